"""Random traffic on a random centre, with a random mix of faults: one scenario for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from acdengine.plan import Plan
from adapters.sim.draws.arrivals import RateProfile, Retrials
from adapters.sim.draws.distributions import (
    Constant,
    Distribution,
    Exponential,
    Lognormal,
    Never,
    Uniform,
)
from adapters.sim.draws.random_streams import derived_seed
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.fault_mix import draw_mix
from adapters.sim.scenarios.scenario import (
    AgentGroup,
    AgentManners,
    AnswerManners,
    Breaks,
    CallbackManners,
    CallType,
    KeyPress,
    Scenario,
)
from adapters.sim.scenarios.switch_latencies import Latencies
from adapters.sim.seeds.random_plans import SKILLS, TENANT, draw_plan
from queues.targets import Target, ToAgent, ToCallback, ToHangup, ToNumber, ToQueue, ToVoicemail

_S = 1_000_000
_MINUTE = 60 * _S


def draw_scenario(seed: int) -> Scenario:
    """The scenario of a seed: a few hundred calls in half an hour or so."""
    random = Random(derived_seed(seed, "scenario"))
    hostile = Random(derived_seed(seed, "hostile"))
    presses = Random(derived_seed(seed, "presses"))
    plan = draw_plan(random)
    horizon_us = random.randint(8, 40) * _MINUTE
    calls = random.randint(20, 250)
    dnis = sorted(plan.tenants[TENANT].numbers)
    types = random.randint(1, 4)
    # The first kind of caller reaches the centre: without them nothing at all would happen.
    asked = [random.choice(dnis), *random.choices([*dnis, *dnis, *dnis, "999"], k=types - 1)]
    return Scenario(
        name=f"seed {seed}",
        plan=plan,
        call_types=tuple(
            replace(
                _call_type(random, number, dialled, plan, calls / types / horizon_us * _S),
                hostile=hostile.choice((0.0, 0.1, 0.5)),
                answers=AnswerManners(
                    random=presses.random(), first=Uniform(_S // 2, 6 * _S),
                    speech=presses.random(), understood=0.8,
                ),
            )
            for number, dialled in enumerate(asked)
        ),
        groups=tuple(_groups(random, plan, horizon_us)),
        horizon_us=horizon_us,
        run_out_us=4 * 60 * _MINUTE,
        seed=seed,
        latencies=_latencies(random),
        faults=draw_mix(random),
    )  # fmt: skip


def _between(random: Random, least_s: float, most_s: float) -> Distribution:
    """One of several shapes with a mean in this range; never endless."""
    mean_us = random.uniform(least_s, most_s) * _S
    kind = random.randrange(4)
    if kind == 0:
        return Constant(int(mean_us))
    if kind == 1:
        return Uniform(0, 2 * mean_us)
    if kind == 2:
        return Lognormal(mean_us, random.uniform(0.2, 2.0))
    return Exponential(mean_us)


def _latencies(random: Random) -> Latencies:
    at_once = Constant(0)
    return Latencies(
        command=random.choice((at_once, Uniform(0, 20_000), Uniform(0, 2 * _S))),
        set_up=random.choice((at_once, Uniform(50_000, 900_000))),
        prompt=_between(random, 0.5, 8),
        message=_between(random, 2, 40),
        outside=_between(random, 2, 90),
        outside_answers=random.random(),
        agent_leg_follows=random.choice((0.0, 0.5, 1.0)),
    )


def _call_type(random: Random, number: int, dnis: str, plan: Plan, rate_per_s: float) -> CallType:
    trunks = list(plan.trunks)
    keys = tuple(
        KeyPress(digit, _between(random, 1, 40), random.random())
        for digit in "0125"[: random.randint(0, 4)]
    )
    skills = {skill: random.randint(1, 8) for skill in SKILLS if random.random() < 0.15}
    with_callback = [name for name, queue in plan.queues.items() if queue.callback is not None]
    web = random.choice(with_callback) if with_callback and random.random() < 0.2 else ""
    return CallType(
        name=f"type{number}",
        arrivals=RateProfile.constant(rate_per_s),
        dnis=dnis,
        trunks=tuple(random.sample(trunks, random.randint(1, len(trunks)))),
        service=Timetable.always(_between(random, 2, 120)),
        patience=Timetable.always(_between(random, 2, 240)),
        priority=random.choice((0, 0, 0, 1, 2, 3)),
        skills=skills,
        retrials=Retrials(random.random(), _between(random, 1, 90), 2)
        if random.random() < 0.5
        else None,
        keys=keys,
        leaves=_between(random, 5, 200) if random.random() < 0.4 else Never(),
        callback=CallbackManners(random.random(), _between(random, 1, 20)),
        callback_queue=web,
        customer_id=_hint(random, [known.customer_id for known in plan.customers.values()]),
        wanted_queue=_hint(random, [*plan.queues, *(name.split("/")[1] for name in plan.queues)]),
    )


def _hint(random: Random, known: Sequence[str]) -> str:
    """A queue as a dialplan names it: mostly none, sometimes an unknown one."""
    if random.random() < 0.85:
        return ""
    return random.choice([*known, "t1/nothing", "nobody"])


def _groups(random: Random, plan: Plan, horizon_us: int) -> list[AgentGroup]:
    agents = list(plan.agents)
    cut = random.randint(0, len(agents))
    parts = [part for part in (agents[:cut], agents[cut:]) if part]
    return [
        AgentGroup(
            name=f"group{number}",
            agents=tuple(part),
            number=_shifts(random, len(part), horizon_us),
            manners=_manners(random, plan),
        )
        for number, part in enumerate(parts)
    ]


def _shifts(random: Random, most: int, horizon_us: int) -> Timetable[int] | None:
    if random.random() < 0.5:
        return None
    starts = sorted({0, *(random.randrange(1, horizon_us) for _ in range(random.randint(1, 4)))})
    return Timetable(tuple(starts), tuple(random.randint(0, most) for _ in starts))


def _manners(random: Random, plan: Plan) -> AgentManners:
    queues = list(plan.queues)
    targets: list[Target] = [
        ToQueue(random.choice(queues)),
        ToAgent(random.choice(list(plan.agents)), 10 * _S, random.choice(queues)),
        ToNumber("4930555"),
        ToVoicemail(f"{TENANT}/box"),
        ToHangup(),
        ToCallback(),
    ]
    often = random.choice((0.0, 0.1, 0.4))
    return AgentManners(
        answer=random.choice((Constant(0), _between(random, 0.5, 12))),
        misses=random.choice((0.0, 0.05, 0.4)),
        rejects=random.choice((0.0, 0.05, 0.3)),
        fails=random.choice((0.0, 0.0, 0.0, 0.0, 0.3, 1.0)),
        voicemail=random.choice((0.0, 0.3)),
        wrap_up=_between(random, 1, 40),
        asks_wrap_up=often,
        extends=often,
        hangs_up=random.random(),
        holds=random.choice((0.0, 0.3)),
        hold=_between(random, 1, 20),
        transfers=random.choice((0.0, 0.0, 0.3)),
        transfer_to=tuple(random.sample(targets, random.randint(1, 3))),
        back=_between(random, 1, 60),
        breaks=Breaks(_between(random, 30, 600), _between(random, 5, 120))
        if random.random() < 0.5
        else None,
        loses_phone=_between(random, 60, 900) if random.random() < 0.3 else Never(),
        phone_lost=_between(random, 1, 60),
    )
