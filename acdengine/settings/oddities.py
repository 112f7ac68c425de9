"""What is odd about settings in which nothing is wrong: it works, and is hardly what was meant."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping

from pydantic import SecretStr

from acdengine.ivr.definition import AgentStep, FlowDefinition, QueueStep, Speech
from acdengine.ivr.spoken import items_of
from acdengine.plan import Plan
from acdengine.settings.checks.targets import each_target
from acdengine.settings.compiling.ids import full_id
from acdengine.settings.credentials import SHORTEST_TOKEN, read_secret
from acdengine.settings.model import Remark
from acdengine.settings.names import agents_of
from acdengine.settings.odd_recognisers import odd_recognisers
from acdengine.settings.queues import QueueSettings
from acdengine.settings.suggest import one_of
from acdengine.settings.targets import Targets, TargetSettings
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.tree import Keys
from acdengine.settings.values import SECRET_SOURCE
from acdengine.settings.whole import Settings
from routing.policy import AgentProfile
from routing.requirements import parse_requirement

#: Names shown of many.
_SHOWN = 3


def oddities(settings: Settings, plan: Plan, environ: Mapping[str, str]) -> Iterator[Remark]:
    """Everything that is odd, given the plan that was made of the settings."""
    yield from _secrets(settings, environ)
    yield from _contacts(settings, plan)
    yield from _speech(settings, plan)
    yield from odd_recognisers(settings)
    for name, tenant in settings.tenants.items():
        agents = [agent for agent in plan.agents.values() if agent.tenant_id == name]
        path = ("tenants", name)
        for queue, policy in tenant.queues.items():
            yield from _unserved(full_id(name, queue), policy, agents, (*path, "queues", queue))
        asterisks = settings.daemon.fastagi.enabled and bool(settings.daemon.fastagi.asterisks)
        by_dialplan = {"queues": bool(settings.switches) or asterisks, "flows": asterisks}
        flows = [flow for key, flow in plan.ivr_flows.items() if key.startswith(f"{name}/")]
        yield from _led_to_by_nothing(tenant, path, by_dialplan, _queues_of(flows))
        yield from _idle(name, tenant, agents, path)


def _secrets(settings: Settings, environ: Mapping[str, str]) -> Iterator[Remark]:
    """Secrets that are not where the settings say that they are."""
    path: Keys
    places: list[tuple[Keys, SecretStr, int]] = [
        (("switches", name, "password"), switch.password, 1)
        for name, switch in settings.switches.items()
    ]
    control, metrics = settings.daemon.control, settings.daemon.metrics
    for name, token in control.tokens.items():
        path = ("daemon", "control", "tokens", name, "token")
        places.append((path, token.token, SHORTEST_TOKEN))
    if metrics.token is not None:
        places.append((("daemon", "metrics", "token"), metrics.token, SHORTEST_TOKEN))
    for name, tenant in settings.tenants.items():
        recogniser = tenant.ivr.recogniser if tenant.ivr is not None else None
        if recogniser is not None and recogniser.http is not None:
            path = ("tenants", name, "ivr", "recogniser", "http", "headers")
            for header, text in recogniser.http.headers.items():
                sources = SECRET_SOURCE.finditer(text)
                places += [((*path, header), SecretStr(found[0]), 1) for found in sources]
    accounts = control.accounts_file
    if accounts and os.path.exists(accounts) and not os.access(accounts, os.R_OK):
        yield Remark(("daemon", "control", "accounts_file"), f"{accounts} cannot be read")
    for path, source, least in places:
        secret, wrong = read_secret(source, environ)
        if not wrong and len(secret) < least:
            wrong = f"is too short, expected {least} characters or more"
        if wrong:
            yield Remark(path, wrong)


def _speech(settings: Settings, plan: Plan) -> Iterator[Remark]:
    """Texts of flows that nothing reads out."""
    flows = [
        flow_id
        for flow_id, flow in plan.ivr_flows.items()
        if any(isinstance(item, Speech) for item in items_of(flow))
    ]
    sounds = settings.sounds
    if not flows or sounds.speech_engine or not settings.has_real_calls:
        return
    program = sounds.speech.command[0]
    if not sounds.speech.cache:
        message = f"texts of the flow {flows[0]} are read out by nothing"
        yield Remark(("sounds", "speech", "cache"), message, "a folder, or a speech_engine")
    elif shutil.which(program) is None:
        message = f"{program} is not installed: texts of the flow {flows[0]} are left out"
        yield Remark(("sounds", "speech", "command"), message, f"{program}, or another program")


def _contacts(settings: Settings, plan: Plan) -> Iterator[Remark]:
    """One telephone for several agents: only one of them can be signed in on it at a time."""
    having: dict[str, list[AgentProfile]] = {}
    for agent in plan.agents.values():
        if agent.contact:
            having.setdefault(agent.contact, []).append(agent)
    for agents in having.values():
        if len(agents) == 1:
            continue
        last = agents[-1]
        names = [agent.agent_id for agent in agents[:_SHOWN]]
        more = f" and {len(agents) - _SHOWN} more" if len(agents) > _SHOWN else ""
        # Without the contact itself: it may be a person's number, and this stands in the log.
        message = f"is the contact of {', '.join(names)}{more}"
        path = _place_of_contact(settings.tenants[last.tenant_id], last)
        yield Remark(path, message, "a telephone for each, such as user/{agent}@DOMAIN")


def _place_of_contact(tenant: TenantSettings, agent: AgentProfile) -> Keys:
    key, own = agents_of(tenant)[agent.agent_id.partition("/")[2]]
    above = ("tenants", agent.tenant_id)
    if own.contact is None and own.team:
        return (*above, "teams", own.team, "contact")
    return (*above, "agents", key, "contact")


def _unserved(
    queue_id: str, queue: QueueSettings, agents: list[AgentProfile], path: Keys
) -> Iterator[Remark]:
    """A queue that no agent serves, or that asks for what none of its agents can."""
    tenant_id = queue_id.partition("/")[0]
    steps = [(step.requirement, step.add_teams) for step in queue.steps]
    teams: set[str] = set()
    served = False
    for number, (requirement, more) in enumerate(steps or [(queue.requirement, [])]):
        teams.update(full_id(tenant_id, team) for team in more)
        able = [agent for agent in agents if queue_id in agent.queues or agent.team_id in teams]
        served = served or bool(able)
        test = parse_requirement(requirement).test
        if able and not any(test(agent.skills) for agent in able):
            place = ("steps", number, "requirement") if steps else ("requirement",)
            yield Remark((*path, *place), f"no agent of this queue meets '{requirement}'")
    if not served:
        yield Remark(path, "no agent serves this queue")


def _led_to_by_nothing(
    tenant: TenantSettings, path: Keys, by_dialplan: Mapping[str, bool], of_flows: set[str]
) -> Iterator[Remark]:
    """Queues and flows to which no number, rule or other way leads, but for those kinds to which a
    dialplan may lead by itself: to queues, and from an Asterisk to flows."""
    queues: set[str | None] = {*of_flows}
    flows: set[str | None] = set()
    for target in _targets(tenant):
        queues |= {target.queue, target.backup}
        flows.add(target.flow)
    ways: list[tuple[str, Mapping[str, object], set[str | None]]] = [
        ("flows", tenant.flows, flows),
        ("queues", tenant.queues, queues),
    ]
    for kind, known, used in ways:
        if by_dialplan[kind]:
            continue
        for name in known:
            if name not in used:
                yield Remark((*path, kind, name), f"nothing of the tenant leads to '{name}'")


def _queues_of(flows: Iterable[FlowDefinition]) -> set[str]:
    """Names of the queues to which IVR flows lead."""
    found: set[str] = set()
    for flow in flows:
        for step in flow.steps.values():
            if isinstance(step, QueueStep | AgentStep):
                queue_id = step.queue_id if isinstance(step, QueueStep) else step.backup_id
                found.add(queue_id.partition("/")[2])
    return found


def _targets(tenant: TenantSettings) -> Iterator[TargetSettings]:
    found: list[Targets] = [*tenant.numbers.values(), *tenant.agi.places.values()]
    found += [flow.then for flow in tenant.flows.values()]
    found += [rule.then.to for rule in tenant.rules if rule.then.to is not None]
    for queue in tenant.queues.values():
        found += [queue.when_full, queue.when_waited, queue.when_no_staff, queue.when_staff_left]
        found += [line.to for line in queue.overflow]
        found += queue.exit_keys.values()
    for targets in found:
        yield from (target for target, _ in each_target(targets, ()))


def _idle(
    name: str, tenant: TenantSettings, agents: list[AgentProfile], path: Keys
) -> Iterator[Remark]:
    """Teams without agents, agents without queues."""
    lent = {team for queue in tenant.queues.values() for step in queue.steps
            for team in step.add_teams}  # fmt: skip
    asked_for = {target.agent for target in _targets(tenant)}
    staffed = {agent.team_id for agent in agents}
    for team in tenant.teams:
        if full_id(name, team) not in staffed:
            yield Remark((*path, "teams", team), f"no agent is of the team '{team}'")
    by_name = agents_of(tenant)
    told: set[str] = set()
    for agent in agents:
        short = agent.agent_id.partition("/")[2]
        key = by_name[short].key
        is_lent = agent.team_id.partition("/")[2] in lent
        if not (agent.queues or is_lent or short in asked_for or key in told):
            told.add(key)
            expected = one_of(tenant.queues) or "queues that the tenant has"
            yield Remark((*path, "agents", key), f"'{short}' serves no queue", expected)
