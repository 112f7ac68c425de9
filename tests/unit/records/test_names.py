"""Names in the database, and the teams of agents over time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select

from acdengine.records.database import RecordsDatabase, engine_of
from acdengine.records.migrating import migrate
from acdengine.records.named import CentreNames, Named, NamedAgent, NamedTenant
from acdengine.records.schema import agents, queues, teams, tenants
from tests.unit.records.test_writer import write

ACME = NamedTenant("acme", "Acme", "Europe/Berlin")


def names(at_us: int, *agents: tuple[str, str, str]) -> CentreNames:
    return CentreNames(
        at_us,
        (ACME,),
        (Named("acme/front", "Front"),),
        (Named("acme/sales", "Sales"),),
        tuple(NamedAgent(*agent) for agent in agents),
    )


def stretches(engine: Engine) -> list[tuple[str, str, str, int, int | None]]:
    columns = (agents.c.agent_id, agents.c.name, agents.c.team_id, agents.c.from_us,
               agents.c.until_us)  # fmt: skip
    with engine.connect() as connection:
        found = connection.execute(select(*columns).order_by(agents.c.agent_id, agents.c.from_us))
        return [tuple(row) for row in found]


def test_an_agent_who_changes_the_team_leaves_goes_and_comes_back(url: str) -> None:
    engine = engine_of(url)
    migrate(engine)
    database = RecordsDatabase(engine)
    ann, bob = ("acme/ann", "Ann", "acme/front"), ("acme/bob", "Bob", "")
    moved = ("acme/ann", "Ann", "acme/back")
    for told in (
        names(100, ann, bob),
        names(200, ann, bob),
        names(300, moved, bob),
        names(400, moved),
        names(500, moved, bob),
    ):
        database.keep_names(told)
        database.keep_names(told)
    assert stretches(engine) == [
        ("acme/ann", "Ann", "acme/front", 0, 300),
        ("acme/ann", "Ann", "acme/back", 300, None),
        ("acme/bob", "Bob", "", 0, 400),
        ("acme/bob", "Bob", "", 500, None),
    ]


def test_a_simulated_day_that_is_begun_again_overlaps_nothing(url: str) -> None:
    engine = engine_of(url)
    migrate(engine)
    database = RecordsDatabase(engine)
    for team in ("a", "b", "c", "c"):
        database.keep_names(names(100, ("acme/ann", "Ann", team)))
    database.keep_names(names(50, ("acme/ann", "Ann", "d")))
    assert stretches(engine) == [
        ("acme/ann", "Ann", "a", 0, 100),
        ("acme/ann", "Ann", "d", 100, None),
    ]


def test_a_tenant_that_is_removed_keeps_its_names(url: str) -> None:
    engine = engine_of(url)
    migrate(engine)
    database = RecordsDatabase(engine)
    database.keep_names(names(1, ("acme/ann", "Ann", "acme/front")))
    database.keep_names(CentreNames(2, (NamedTenant("globex", "Globex", "UTC"),)))
    assert stretches(engine) == [("acme/ann", "Ann", "acme/front", 0, None)]
    with engine.connect() as connection:
        assert connection.execute(select(tenants.c.name).order_by("name")).scalars().all() == [
            "Acme",
            "Globex",
        ]
        assert connection.execute(select(teams)).all() == [("acme/front", "acme", "Front")]
        assert connection.execute(select(queues)).all() == [("acme/sales", "acme", "Sales")]


def test_the_writer_brings_names_up_to_date(url: str, tmp_path: Path) -> None:
    for name in ("Sales", "Sale"):
        told = CentreNames(5, (ACME,), (), (Named("acme/sales", name),))
        write(url, tmp_path, names=told)
    with engine_of(url).connect() as connection:
        assert connection.execute(select(queues.c.name)).scalars().all() == ["Sale"]
