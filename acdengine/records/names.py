"""Names of tenants, teams, queues and agents in the database, and the teams of agents over time.

The daemon tells its writer what the settings have, at its start and after each reload. What is
told twice changes nothing. Nothing is taken from tenants that are not told of: another daemon may
have them, or they were removed and their past is still reported.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from acdengine.records.named import CentreNames, NamedAgent
from acdengine.records.schema import agents, queues, teams, tenants


def keep_names(connection: Connection, names: CentreNames) -> None:
    """Bring the tables of names up to date, within the transaction of the connection."""
    _keep(connection, tenants, [msgspec.structs.astuple(tenant) for tenant in names.tenants])
    for table, named in ((teams, names.teams), (queues, names.queues)):
        _keep(connection, table, [(one.id, _tenant_of(one.id), one.name) for one in named])
    _keep_agents(connection, names)


def add_names(connection: Connection, names: CentreNames) -> None:
    """Add what is not there yet, and change nothing."""
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (tenants, [msgspec.structs.asdict(tenant) for tenant in names.tenants]),
        (queues, [
            {"queue_id": one.id, "tenant_id": _tenant_of(one.id), "name": one.name}
            for one in names.queues
        ]),
        (agents, [_agent(agent, 0) for agent in names.agents]),
    ]  # fmt: skip
    for table, wanted in rows:
        key, *_ = table.columns
        known = {*connection.scalars(select(key))}
        new = [row for row in wanted if row[key.name] not in known]
        if new:
            connection.execute(insert(table), new)


def _tenant_of(full_id: str) -> str:
    return full_id.partition("/")[0]


def _keep(connection: Connection, table: Any, rows: list[tuple[str, ...]]) -> None:  # noqa: ANN401
    """Rows by their first column: new ones are inserted, changed ones brought up to date."""
    known = {row[0]: tuple(row) for row in connection.execute(select(table))}
    key, *_ = table.columns
    columns = [column.name for column in table.columns]
    for row in rows:
        if known.get(row[0]) == row:
            continue
        values = dict(zip(columns, row, strict=True))
        if row[0] in known:
            connection.execute(update(table).where(key == row[0]).values(values))
        else:
            connection.execute(insert(table).values(values))


def _keep_agents(connection: Connection, names: CentreNames) -> None:
    """End the stretches of what has changed, and begin new ones."""
    at_us = names.at_us
    told = {tenant.tenant_id for tenant in names.tenants}
    present: dict[str, Any] = {}
    ended: dict[str, int] = {}
    for row in connection.execute(select(agents).where(agents.c.tenant_id.in_(told))):
        if row.until_us is None:
            present[row.agent_id] = row
        else:
            ended[row.agent_id] = max(row.until_us, ended.get(row.agent_id, 0))
    new = []
    for agent in names.agents:
        row = present.pop(agent.agent_id, None)
        if row is not None and (row.name, row.team_id) == (agent.name, agent.team_id):
            continue
        from_us = ended.get(agent.agent_id, 0)
        if row is not None:
            from_us = max(at_us, from_us)
            if row.from_us >= from_us:
                # Changed twice in one moment, or a simulated day that is begun again.
                _change(connection, row, name=agent.name, team_id=agent.team_id)
                continue
            _change(connection, row, until_us=from_us)
        elif from_us:
            from_us = max(at_us, from_us)
        new.append(_agent(agent, from_us))
    for row in present.values():
        _change(connection, row, until_us=max(at_us, row.from_us))
    if new:
        connection.execute(insert(agents), new)


def _agent(agent: NamedAgent, from_us: int) -> dict[str, Any]:
    return {
        "agent_id": agent.agent_id, "from_us": from_us, "until_us": None,
        "tenant_id": _tenant_of(agent.agent_id), "name": agent.name, "team_id": agent.team_id,
    }  # fmt: skip


def _change(connection: Connection, row: Any, **values: str | int) -> None:  # noqa: ANN401
    connection.execute(
        update(agents)
        .where(agents.c.agent_id == row.agent_id, agents.c.from_us == row.from_us)
        .values(**values)
    )
