"""Small centres drawn at random: several queues, every strategy, every way in and out of a queue.

Made so that the checkers can judge them: requirement steps only ever open a call to more agents.
"""

from __future__ import annotations

from random import Random
from typing import Final, get_args

from msgspec import structs

from acdengine.plan import Flow, Plan, Systems, Tenant, TrunkGroup
from adapters.sim.seeds.random_flows import draw_flows, draw_recogniser, flow_to
from queues.policy import (
    SECOND_US,
    WORKING,
    AcceptKey,
    Announcements,
    CallbackPolicy,
    LevelRules,
    OrderPolicy,
    Overflow,
    PreferredRule,
    QueuePolicy,
    RecordingPolicy,
    ServiceLevelPolicy,
    StaffRule,
    Step,
)
from queues.targets import (
    Target,
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
    MissPolicy,
    MissRule,
    RoutingRule,
    RuleThen,
    RuleWhen,
    WrapUpMode,
    WrapUpPolicy,
)
from routing.strategies import STRATEGIES

TENANT: Final = "centre"
#: What telephones dial to pick up a call.
PICKUP_CODE: Final = "*8"
SKILLS: Final = ("sales", "service", "french", "tech")
#: The switch's nodes, on each of which some of the phones are.
NODES: Final = ("east", "west")
#: What every simulated caller's number begins with, so that they may be rung back.
CALLER_PREFIX: Final = "49"
_OUTSIDE = "4930555"


def draw_plan(random: Random) -> Plan:
    """A tenant with queues, agents and lines."""
    names = [f"{TENANT}/q{number}" for number in range(random.randint(1, 4))]
    agents = [f"{TENANT}/a{number}" for number in range(random.randint(1, 9))]
    queues = {name: _queue(random, name, names, agents) for name in names}
    numbers: dict[str, Target] = {str(100 + n): ToQueue(name) for n, name in enumerate(names)}
    if _chance(random, 0.3):
        numbers["190"] = ToFlow(f"{TENANT}/welcome")
    if _chance(random, 0.2):
        numbers["191"] = ToAgent(random.choice(agents), _us(random, 5, 40), names[0])
    tenant = Tenant(
        tenant_id=TENANT,
        numbers=numbers,
        rules=_rules(random),
        dial_allow=(CALLER_PREFIX,),
        max_calls=random.choice((None, None, random.randint(3, 30))),
        not_ready_reasons=("break", "training"),
        pickup_code=PICKUP_CODE,
    )
    plan = Plan(
        tenants={TENANT: tenant},
        queues=queues,
        agents={name: _agent(random, name, names) for name in agents},
        customers=_customers(random, agents),
        flows={
            f"{TENANT}/welcome": Flow(
                flow_id=f"{TENANT}/welcome",
                prompts=("welcome", "terms")[: random.randint(0, 2)],
                then=ToQueue(names[-1]),
            )
        },
        trunks=_trunks(random),
        seed=random.getrandbits(32),
    )
    return _with_extras(plan, Random(plan.seed))


def _with_extras(plan: Plan, random: Random) -> Plan:
    """Some queues play a whisper, some agents are nailed up. Drawn last, so that the other draws
    of a seed stay as they are."""
    queues = {
        name: structs.replace(queue, whisper="who-calls") if _chance(random, 0.3) else queue
        for name, queue in plan.queues.items()
    }
    agents = {
        name: structs.replace(profile, nailed_up=True) if _chance(random, 0.25) else profile
        for name, profile in plan.agents.items()
    }
    key = AcceptKey(key="1", prompt="press-one", timeout_us=random.randint(2, 8) * SECOND_US)
    queues = {
        name: structs.replace(queue, accept_key=key) if _chance(random, 0.2) else queue
        for name, queue in queues.items()
    }
    own = structs.replace(key, key="5")
    agents = {
        name: structs.replace(profile, accept_key=own) if _chance(random, 0.2) else profile
        for name, profile in agents.items()
    }
    return _with_flows(structs.replace(plan, queues=queues, agents=agents), random)


def _with_flows(plan: Plan, random: Random) -> Plan:
    """In some centres an IVR flow stands before each queue."""
    if not _chance(random, 0.4):
        return plan
    tenant = plan.tenants[TENANT]
    numbers: dict[str, Target] = {
        number: ToFlow(flow_to(target.queue_id)) if isinstance(target, ToQueue) else target
        for number, target in tenant.numbers.items()
    }
    return structs.replace(
        plan,
        tenants={
            TENANT: structs.replace(
                tenant, numbers=numbers, systems=Systems(recogniser=draw_recogniser(random))
            )
        },
        ivr_flows=draw_flows(random, TENANT, list(plan.queues)),
    )


def _chance(random: Random, probability: float) -> bool:
    return random.random() < probability


def _us(random: Random, least_s: float, most_s: float) -> int:
    return int(random.uniform(least_s, most_s) * SECOND_US)


def _trunks(random: Random) -> dict[str, TrunkGroup]:
    groups = [
        TrunkGroup(
            trunk_id=f"trunk{number}",
            channels=random.choice((2, 5, 10, 30, 60)),
            calls_per_s=random.choice((None, None, 0.5, 2.0)),
        )
        for number in range(random.randint(1, 3))
    ]
    return {group.trunk_id: group for group in groups}


def _rules(random: Random) -> tuple[RoutingRule, ...]:
    rules = []
    if _chance(random, 0.3):
        then = RuleThen(priority=random.randint(1, 3), boost_us=_us(random, 0, 60))
        rules.append(RoutingRule(name="vip", when=RuleWhen(vip_at_least=1), then=then))
    if _chance(random, 0.2):
        rules.append(RoutingRule(name="last", then=RuleThen(last_agent_score=50)))
    if _chance(random, 0.2):
        when = RuleWhen(ani=(f"{CALLER_PREFIX}00000007*",))
        rules.append(RoutingRule(name="unwanted", when=when, then=RuleThen(reject="rejected")))
    return tuple(rules)


def _customers(random: Random, agents: list[str]) -> dict[str, Customer]:
    """Some of the first callers of the first type are known."""
    if not _chance(random, 0.4):
        return {}
    customers = {}
    for number in range(1, 12):
        ani = f"{CALLER_PREFIX}00{number:08d}"
        customers[f"{TENANT}/{ani}"] = Customer(
            customer_id=f"{TENANT}/customer{number}",
            tenant_id=TENANT,
            vip_level=random.randint(0, 2),
            blacklisted=_chance(random, 0.1),
            preferred={random.choice(agents): random.choice((30, 80))}
            if _chance(random, 0.5)
            else {},
        )
    return customers


# -- queues ----------------------------------------------------------------------------------------


def _queue(random: Random, name: str, names: list[str], agents: list[str]) -> QueuePolicy:
    others = [other for other in names if other != name]
    callback = _callback(random) if _chance(random, 0.5) else None

    def ways() -> tuple[Target, ...]:
        return _ways(random, others, agents, with_callback=callback is not None)

    steps = _steps(random)
    overflow = sorted(_us(random, 1, 60) for _ in range(random.choice((0, 0, 1, 2))))
    return QueuePolicy(
        queue_id=name,
        tenant_id=TENANT,
        name=name,
        strategy=random.choice(sorted(STRATEGIES)),
        order=_order(random),
        steps=steps,
        levels=LevelRules(
            wait_us=random.choice((0, _us(random, 1, 30))),
            per_level=_chance(random, 0.5),
            skip_unstaffed=_chance(random, 0.7),
        ),
        preferred=random.choice(
            ((), (), (PreferredRule(min_score=50, wait_us=8 * SECOND_US),),
             (PreferredRule(min_score=70, wait_us=5 * SECOND_US),
              PreferredRule(min_score=20, wait_us=10 * SECOND_US)))
        ),
        ring_timeout_us=_us(random, 3, 25),
        ring_more_us=_us(random, 1, 6),
        ring_limit=random.randint(1, 6),
        max_length=random.choice((None, None, random.randint(0, 6))),
        when_full=ways(),
        max_wait_us=random.choice((None, _us(random, 20, 200))),
        when_waited=ways(),
        join_staff=_staff(random) if _chance(random, 0.25) else None,
        when_no_staff=ways(),
        leave_staff=_staff(random) if _chance(random, 0.25) else None,
        leave_grace_us=random.choice((0, 5 * SECOND_US)),
        when_staff_left=ways(),
        overflow=tuple(
            Overflow(after_us=after, targets=ways(), retry_us=_us(random, 2, 20))
            for after in overflow
        ),
        exit_keys={digit: ways() for digit in "0123"[: random.randint(0, 3)]},
        max_conversations=random.choice((None, None, random.randint(1, 4))),
        announcements=_announcements(random),
        answer=random.choice(("at_once", "at_once", "with_agent")),
        recording=_recording(random),
        callback=callback,
        resume_us=random.choice((0, _us(random, 30, 300))),
        service_level=ServiceLevelPolicy(
            abandons=random.choice(("all", "late_only", "answered")),
        ),
    )  # fmt: skip


def _order(random: Random) -> OrderPolicy:
    mode = random.choice(("wait", "wait", "bands", "weights"))
    if mode == "weights":
        return OrderPolicy(mode="weights", weights={1: 2.0, 2: 3.5, 3: 0.5})
    if mode == "bands":
        return OrderPolicy(mode="bands")
    return OrderPolicy(
        boost_per_priority_us=_us(random, 0, 90),
        boosts_us=random.choice(({}, {2: 90 * SECOND_US})),
    )


def _steps(random: Random) -> tuple[Step, ...]:
    """None, or ever lower demands: an agent who may take a call at a step may take it later too."""
    if _chance(random, 0.5):
        return (Step(),)
    skill = random.choice(SKILLS)
    levels = sorted(random.sample(range(1, 10), random.randint(1, 3)), reverse=True)
    demands = [f"{skill} >= {level}" for level in levels]
    if _chance(random, 0.7):
        demands.append("")
    steps = []
    for place, demand in enumerate(demands):
        last = place == len(demands) - 1
        steps.append(
            Step(
                requirement=demand,
                expires_us=None if last else _us(random, 2, 40),
                add_teams=("red",) if last and _chance(random, 0.4) else (),
                drop_skills=SKILLS if last and _chance(random, 0.5) else (),
            )
        )
    return tuple(steps)


def _staff(random: Random) -> StaffRule:
    states = random.choice((WORKING, (*WORKING, "not_ready"), ("ready",), ("ready", "talking")))
    return StaffRule(states=states, at_least=random.randint(1, 2))


def _callback(random: Random) -> CallbackPolicy:
    return CallbackPolicy(
        mode=random.choice(("agent_first", "customer_first")),
        attempts=random.randint(1, 3),
        retry_us=_us(random, 5, 60),
        ring_timeout_us=_us(random, 5, 30),
        expires_us=_us(random, 60, 900),
        limit=random.choice((1, 3, 100)),
        confirm_prompt=random.choice(("", "callback-confirmed")),
    )


def _recording(random: Random) -> RecordingPolicy:
    return RecordingPolicy(
        mode=random.choice(("never", "never", "always", "share", "on_request")),
        share_permille=random.choice((100, 500)),
        on_hold=_chance(random, 0.5),
        supervisors_may_stop=_chance(random, 0.5),
    )


def _announcements(random: Random) -> Announcements:
    return Announcements(
        greeting=random.choice(("", "greeting")),
        first_after_us=_us(random, 1, 20),
        every_us=random.choice((0, _us(random, 3, 30))),
        position=_chance(random, 0.4),
        estimate=_chance(random, 0.4),
        comfort=("patience", "website")[: random.randint(0, 2)],
    )


def _ways(
    random: Random, others: list[str], agents: list[str], *, with_callback: bool
) -> tuple[Target, ...]:
    kinds = random.sample(
        ("queue", "queue_if", "agent", "number", "voicemail", "callback", "hangup", "flow"),
        random.randint(0, 3),
    )
    return tuple(_way(random, kind, others, agents) for kind in kinds
                 if _possible(kind, others, with_callback))  # fmt: skip


def _possible(kind: str, others: list[str], with_callback: bool) -> bool:
    if kind in ("queue", "queue_if", "agent"):
        return bool(others)
    return kind != "callback" or with_callback


def _way(random: Random, kind: str, others: list[str], agents: list[str]) -> Target:
    if kind == "queue":
        return ToQueue(random.choice(others))
    if kind == "queue_if":
        return ToQueue(
            random.choice(others),
            estimate_below_us=_us(random, 10, 200) if _chance(random, 0.7) else None,
            service_level_above=0.4 if _chance(random, 0.3) else None,
        )
    if kind == "agent":
        return ToAgent(random.choice(agents), _us(random, 3, 30), random.choice(others))
    if kind == "number":
        return ToNumber(_OUTSIDE if _chance(random, 0.8) else "1900666")
    if kind == "voicemail":
        return ToVoicemail(f"{TENANT}/box", "leave-a-message")
    if kind == "callback":
        return ToCallback()
    if kind == "flow":
        return ToFlow(f"{TENANT}/welcome")
    return ToHangup(random.choice(("", "goodbye")), "busy")


# -- agents ----------------------------------------------------------------------------------------


def _assignment(random: Random) -> Assignment:
    how = Assignment(
        level=random.choice((1, 1, 1, 2, 3)),
        position=random.randint(0, 3),
        delay_us=random.choice((0, 0, 0, _us(random, 1, 30))),
        weight=random.randint(1, 5),
    )
    # Not a draw of its own, so that the seeds keep their centres.
    return structs.replace(how, rank=2 if how.weight == 5 else 1)


def _agent(random: Random, name: str, queues: list[str]) -> AgentProfile:
    served = [queue for queue in queues if _chance(random, 0.7)] or [random.choice(queues)]
    modes: tuple[WrapUpMode, ...] = get_args(WrapUpMode)
    return AgentProfile(
        agent_id=name,
        tenant_id=TENANT,
        name=name,
        team_id=random.choice(("red", "blue")),
        skills={skill: random.randint(1, 10) for skill in SKILLS if _chance(random, 0.6)},
        queues={queue: _assignment(random) for queue in served},
        contact=f"user/{name}",
        node_id=random.choice(("", "", *NODES)),
        wrap_up=WrapUpPolicy(
            mode=random.choice(modes),
            time_us=_us(random, 1, 30),
            extend_limit_us=_us(random, 0, 60),
        ),
        misses=MissPolicy(
            no_answer=_miss_rule(random),
            busy=_miss_rule(random),
            rejected=_miss_rule(random),
            unreachable=_miss_rule(random),
            limit=random.choice((0, 1, 2, 3)),
        ),
        auto_answer="standard" if _chance(random, 0.15) else "",
    )


def _miss_rule(random: Random) -> MissRule:
    return MissRule(delay_us=random.choice((0, _us(random, 1, 30))), counts=_chance(random, 0.6))
