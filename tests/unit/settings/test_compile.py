"""Settings to plan: defaults agree, every option arrives, agents take after their teams."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from acdengine.plan import Flow, Plan, Tenant, TrunkGroup
from acdengine.settings.compile import load_plan, plan_of_documents
from acdengine.settings.daemon import DaemonSettings
from acdengine.settings.fastagi import FastAgiSettings
from acdengine.settings.queues import StrategyName
from acdengine.settings.whole import PlanSettings
from acdengine.settings.yaml_source import parse
from queues.policy import CallbackPolicy, QueuePolicy
from queues.targets import (
    ToAgent,
    ToCallback,
    ToFlow,
    ToHangup,
    ToNumber,
    ToQueue,
    ToVoicemail,
)
from routing.policy import (
    AgentProfile,
    Assignment,
    Customer,
    Hours,
    MissPolicy,
    RoutingRule,
    RuleThen,
    WrapUpPolicy,
)
from routing.strategies import STRATEGIES

EVERYTHING = Path(__file__).with_name("everything.yaml")


def plan_of(text: str) -> Plan:
    return plan_of_documents([parse(text, "f")])[1]


def acme(text: str) -> Plan:
    return plan_of("tenants: {acme: {" + text + "}}")


def agent(text: str, name: str = "bob") -> AgentProfile:
    skills = "skills: [german, french], queues: {sales: {}, service: {}}"
    return acme(f"{skills}, {text}").agents[f"acme/{name}"]


def test_what_is_not_said_is_as_the_engine_has_it() -> None:
    plan = acme(
        "queues: {q: {}, b: {callback: {}}}, dial_allow: [+49], agents: {bob: {}, carl: {}},"
        "wrap_up: {default: {}}, misses: {default: {}}, hours: {h: {}},"
        "customers: {c: {numbers: [1]}}, rules: [{then: {priority: 1}}],"
        "flows: {f: {then: {hangup: {}}}}, numbers: {1: {voicemail: x}}"
    )
    assert plan.queues["acme/q"] == QueuePolicy(queue_id="acme/q", tenant_id="acme", name="q")
    assert plan.queues["acme/b"].callback == CallbackPolicy()
    assert plan.agents["acme/bob"] == AgentProfile(
        agent_id="acme/bob", tenant_id="acme", name="bob"
    )
    assert plan.hours["acme/h"] == Hours(hours_id="acme/h")
    assert plan.customers["acme/1"] == Customer(customer_id="c", tenant_id="acme")
    assert plan.flows["acme/f"] == Flow(flow_id="acme/f", prompts=(), then=ToHangup())
    assert plan.tenants["acme"] == Tenant(
        tenant_id="acme",
        name="acme",
        dial_allow=("+49",),
        skills=(),
        boxes=("acme/x",),
        numbers={"1": ToVoicemail("acme/x")},
        rules=(RoutingRule(name="rule 1", then=RuleThen(priority=1)),),
    )
    assert plan_of("trunks: {t: {}}").trunks["t"] == TrunkGroup(trunk_id="t")
    assert plan_of("") == Plan()


def test_policies_that_are_named_and_empty_are_the_engines_own() -> None:
    plain = agent("wrap_up: {w: {}}, misses: {m: {}}, agents: {bob: {wrap_up: w, misses: m}}")
    assert (plain.wrap_up, plain.misses) == (WrapUpPolicy(), MissPolicy())


def structs(value: Any) -> Iterator[msgspec.Struct]:
    if isinstance(value, msgspec.Struct):
        yield value
        for name in value.__struct_fields__:
            yield from structs(getattr(value, name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from structs(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from structs(inner)


def models(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from models(getattr(value, name))
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from models(inner)


def test_every_setting_is_used_and_every_option_of_the_plan_is_reached() -> None:
    settings, plan = load_plan([EVERYTHING])
    said: dict[type[BaseModel], set[str]] = {}
    for model in models(settings):
        said.setdefault(type(model), set()).update(model.model_fields_set)
    unsaid = [
        f"{model.__name__}.{name}"
        for model, names in said.items()
        if not issubclass(model, PlanSettings) and "daemon" not in model.__module__
        for name in model.model_fields
        if name not in names
    ]
    assert unsaid == []

    reached: dict[type[msgspec.Struct], set[str]] = {}
    for struct in structs(plan):
        fields = msgspec.structs.fields(type(struct))
        reached.setdefault(type(struct), set()).update(
            field.name for field in fields if getattr(struct, field.name) != _default(field)
        )
    untouched = [
        f"{kind.__name__}.{name}"
        for kind, names in reached.items()
        for name in kind.__struct_fields__
        # What flow files can say has tests of its own.
        if name not in names and not kind.__module__.startswith("acdengine.ivr")
    ]
    assert untouched == ["ToNumber.by_refer"]  # flow files can
    assert {kind.__name__ for kind in reached} >= {"Step", "StaffRule", "Window", "RuleWhen"}


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def test_what_is_written_arrives_in_microseconds() -> None:
    sales = load_plan([EVERYTHING])[1].queues["acme/sales"]
    assert sales.order.boosts_us == {1: 12_000_000, -1: 0}
    assert sales.overflow[0].retry_us == 23_000_000
    assert sales.exit_keys == {"1": (ToCallback(),), "*": (ToQueue("acme/other"), ToHangup())}
    assert sales.steps[1].add_teams == ("acme/home",)
    assert (
        acme("wrap_up: {default: {time_s: 0.1}}, agents: {a: {}}").agents["acme/a"].wrap_up.time_us
        == 100_000
    )


def test_a_plan_can_be_written_to_the_journal_and_read_again() -> None:
    plan = load_plan([EVERYTHING])[1]
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


def test_every_kind_of_target_arrives() -> None:
    assert list(load_plan([EVERYTHING])[1].tenants["acme"].numbers.values()) == [
        ToQueue("acme/sales", 90_500_000, 0.75),
        ToAgent("acme/bob", 7_000_000, "acme/sales"),
        ToNumber("+491234567"),
        ToVoicemail("acme/box", "leave"),
        ToFlow("acme/closed"),
        ToHangup("bye", "busy"),
    ]


def test_the_strategies_are_those_there_are() -> None:
    assert typing.get_args(StrategyName) == tuple(STRATEGIES)


def test_the_daemon_has_defaults_for_all() -> None:
    daemon = load_plan([EVERYTHING])[0].daemon
    assert daemon.model_copy(update={"fastagi": FastAgiSettings()}) == DaemonSettings()


def test_a_requirement_alone_is_a_single_step() -> None:
    steps = acme("skills: [a], queues: {q: {requirement: a >= 3}}").queues["acme/q"].steps
    assert [(step.requirement, step.expires_us) for step in steps] == [("a >= 3", None)]


@pytest.mark.parametrize(
    ("trunk", "channels"),
    [("kind: sip", 30), ("kind: e1", 30), ("kind: e1, spans: 4", 120), ("channels: 7", 7),
     ("kind: e1, channels: 23", 23)],
)  # fmt: skip
def test_trunks_have_channels(trunk: str, channels: int) -> None:
    assert plan_of("trunks: {t: {" + trunk + "}}").trunks["t"].channels == channels


def test_an_agent_takes_after_the_team_and_says_otherwise() -> None:
    team = (
        "wrap_up: {slow: {mode: mandatory}, fast: {time_s: 1}}, misses: {never: {limit: 0}},"
        "teams: {t: {skills: {german: 5}, queues: {sales: {level: 2, delay_s: 7}}, wrap_up: slow,"
        "misses: never, contact: 'user/{agent}', auto_answer: true}}, "
    )
    like = agent(team + "agents: {bob: {team: t}}")
    assert like.team_id == "acme/t"
    assert like.skills == {"german": 5}
    assert like.queues == {"acme/sales": Assignment(level=2, delay_us=7_000_000)}
    assert (like.wrap_up.mode, like.misses.limit) == ("mandatory", 0)
    assert (like.contact, like.auto_answer) == ("user/bob", "standard")

    other = agent(
        team + "agents: {bob: {team: t, skills: {german: 0, french: 3},"
        "queues: {sales: {level: 3}, service: {}}, wrap_up: fast, contact: '', auto_answer: false}}"
    )
    assert other.skills == {"french": 3}
    assert other.queues == {
        "acme/sales": Assignment(level=3, delay_us=7_000_000),
        "acme/service": Assignment(),
    }
    assert other.wrap_up.time_us == 1_000_000
    assert (other.contact, other.auto_answer) == ("", "")

    alone = agent(team + "agents: {bob: {team: t, queues: {sales: {serves: false}}}}")
    assert alone.queues == {}


def test_a_policy_named_default_holds_for_all_who_name_none() -> None:
    both = (
        "wrap_up: {default: {time_s: 9}, slow: {time_s: 99}}, agents: {a: {}, b: {wrap_up: slow}}"
    )
    assert agent(both, "a").wrap_up.time_us == 9_000_000
    assert agent(both, "b").wrap_up.time_us == 99_000_000


def test_telephones_register_where_the_agent_says_or_the_team() -> None:
    switches = "switches: {w: {password: '${env:A}'}, e: {password: '${env:A}', port: 1}}\n"
    teams = "tenants: {acme: {numbers: {}, teams: {t: {switch: w}}, agents: {%s}}}"

    def home(said: str) -> str:
        return plan_of(switches + teams % f"bob: {{{said}}}").agents["acme/bob"].node_id

    assert home("team: t") == "w"
    assert home("team: t, switch: e") == "e"
    assert home("team: t, switch: ''") == ""
    assert home("") == ""


def test_many_agents_in_one_line() -> None:
    plan = acme("agents: {'a{08..11}x': {name: 'Agent {agent}', contact: 'user/{agent}'}, b: {}}")
    assert list(plan.agents) == ["acme/a08x", "acme/a09x", "acme/a10x", "acme/a11x", "acme/b"]
    assert plan.agents["acme/a10x"].name == "Agent a10x"
    assert plan.agents["acme/a10x"].contact == "user/a10x"


def test_a_customer_is_found_by_each_number() -> None:
    plan = load_plan([EVERYTHING])[1]
    assert plan.customers["acme/1"] is plan.customers["acme/2"]
    assert plan.customers["acme/1"].preferred == {"acme/bob": 90}
