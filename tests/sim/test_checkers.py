"""Each checker finds the breach that it is for, and leaves the ordinary way of a call alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import AgentStateChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.plan import Plan, Tenant
from adapters.sim.seeds.checkers.agent_lifecycle import AgentLives
from adapters.sim.seeds.checkers.call_lifecycle import CallLives
from adapters.sim.seeds.checkers.checker import Checker, CheckFailed, HandledEvent
from adapters.sim.seeds.checkers.failed_offers import FailedOffers
from adapters.sim.seeds.checkers.fair_order import FairOrder
from adapters.sim.seeds.checkers.queue_limits import Limits
from adapters.sim.seeds.checkers.request_replies import Answers, Time
from adapters.sim.seeds.checkers.ringing_phones import Phones
from queues.policy import CallbackPolicy, QueuePolicy
from routing.policy import AgentProfile, WrapUpMode, WrapUpPolicy

S = 1_000_000


def plan(wrap_up: WrapUpMode = "timed") -> Plan:
    queue = QueuePolicy(
        queue_id="q",
        tenant_id="t",
        name="q",
        max_length=2,
        max_conversations=1,
        callback=CallbackPolicy(attempts=1, limit=1),
    )
    policy = WrapUpPolicy(mode=wrap_up, time_us=10 * S)
    agent = AgentProfile(agent_id="a", tenant_id="t", name="a", wrap_up=policy)
    return Plan(tenants={"t": Tenant(tenant_id="t")}, queues={"q": queue}, agents={"a": agent})


def moment(event: ev.AnyEvent | int, *more: facts.AnyFact | cmd.AnyCommand) -> HandledEvent:
    """An event (or the mere passing of time up to a second) with what followed from it."""
    if isinstance(event, int):
        event = ev.TimePassed(event * S)
    commands = [one for one in more if isinstance(one, get_args(cmd.AnyCommand))]
    told = [one for one in more if isinstance(one, get_args(facts.AnyFact))]
    return HandledEvent(event, commands, told)


def started(at_s: int, call_id: str = "c1") -> facts.CallStarted:
    return facts.CallStarted(at_s * S, call_id, "t", "49", "100", "trunk", "", 0, "")


def queued(at_s: int, call_id: str = "c1", priority: int = 0) -> facts.CallQueued:
    return facts.CallQueued(at_s * S, call_id, "q", at_s * S, priority, 0, False)


def offered(at_s: int, call_id: str = "c1", number: int = 1, agent: str = "a") -> facts.OfferMade:
    return facts.OfferMade(
        at_s * S, call_id, agent, f"{call_id}-{number}", "q", "agent", "order", 1, "", ""
    )


def closed(at_s: int, call_id: str = "c1", number: int = 1) -> facts.OfferClosed:
    return facts.OfferClosed(at_s * S, call_id, "a", f"{call_id}-{number}", "q", "withdrawn", S)


def connected(at_s: int, call_id: str = "c1", number: int = 1) -> facts.CallConnected:
    return facts.CallConnected(at_s * S, call_id, "a", f"{call_id}-{number}", "q", S, S)


def talked(at_s: int, call_id: str = "c1") -> ConversationEnded:
    return ConversationEnded(at_s * S, call_id, "a", f"{call_id}-1", "q", S, 0, "caller")


def left(
    at_s: int, call_id: str = "c1", reason: facts.LeaveReason = "abandoned"
) -> facts.CallLeftQueue:
    return facts.CallLeftQueue(at_s * S, call_id, "q", reason, S, 1, False, "")


def ended(at_s: int, call_id: str = "c1") -> facts.CallEnded:
    return facts.CallEnded(at_s * S, call_id, "t", "answered", "caller", "normal")


def ring(call_id: str = "c1", number: int = 1, agent: str = "a") -> cmd.RingAgent:
    return cmd.RingAgent(f"{call_id}-{number}", call_id, agent, "user/a", 20 * S)


def state(at_s: int, before: str, after: str, reason: str = "") -> AgentStateChanged:
    return AgentStateChanged(at_s * S, "a", before, after, reason, 0, 0, "")


def placed(at_s: int, call_id: str = "c1") -> facts.CallbackPlaced:
    return facts.CallbackPlaced(at_s * S, call_id, "q", "49")


def dialled(at_s: int, attempt: int = 1) -> facts.CallbackDialled:
    return facts.CallbackDialled(at_s * S, "c1", "q", attempt)


READY: list[facts.AnyFact] = [
    state(1, "logged_out", "not_ready", "signed-in"),
    state(1, "not_ready", "ready"),
]
TALKING: list[facts.AnyFact] = [
    *READY,
    state(2, "ready", "ringing"),
    state(3, "ringing", "talking"),
    talked(9),
]

ORDINARY = [
    moment(1, *READY),
    moment(
        ev.CallArrived(2 * S, "c1", "leg", "49", "100", "trunk"),
        started(2), queued(2), state(2, "ready", "ringing"), offered(2), ring(),
    ),
    moment(
        ev.OfferAnswered(3 * S, "c1-1"), state(3, "ringing", "talking"), cmd.Bridge("c1", "c1-1")
    ),
    moment(ev.CallBridged(3 * S, "c1", "c1-1"), connected(3)),
    moment(ev.CallerHungUp(9 * S, "c1"), talked(9), ended(9), cmd.CancelRing("c1-1")),
    moment(ev.OfferEnded(9 * S, "c1-1", "hangup"), state(9, "talking", "wrap_up")),
    moment(19, state(19, "wrap_up", "ready")),
    moment(
        rq.SignOutRequested(20 * S, agent_id="a", request_id="r1"),
        state(20, "ready", "logged_out"),
        cmd.Reply("r1"),
    ),
]  # fmt: skip


CHECKERS: list[Callable[[], Checker]] = [
    Answers,
    Time,
    CallLives,
    Phones,
    lambda: AgentLives(plan()),
    lambda: FairOrder(plan()),
    lambda: Limits(plan()),
]


@pytest.mark.parametrize("make", CHECKERS)
def test_the_ordinary_way_of_a_call_breaks_nothing(make: Callable[[], Checker]) -> None:
    checker = make()
    for one in ORDINARY:
        checker.look(one)
    checker.finish()


BREACHES: list[tuple[str, Callable[[], Checker], list[HandledEvent]]] = [
    ("the time went back", Time, [moment(2), moment(1)]),
    ("a fact of", Time, [moment(2, started(1))]),
    ("answered 0 times", Answers, [moment(rq.ReadyRequested(0, agent_id="a", request_id="r1"))]),
    ("a reply without a request", Answers, [moment(1, cmd.Reply("r1"))]),
    # -- calls
    ("began twice", CallLives, [moment(1, started(1)), moment(2, started(2))]),
    ("began again", CallLives, [moment(1, started(1), ended(1)), moment(2, started(2))]),
    ("in two queues", CallLives, [moment(1, started(1), queued(1)), moment(2, queued(2))]),
    ("ended in queue", CallLives, [moment(1, started(1), queued(1), ended(1))]),
    (
        "ended while it talked",
        CallLives,
        [moment(1, started(1), queued(1), connected(1), ended(1))],
    ),
    ("not open", CallLives, [moment(1, started(1), ended(1)), moment(2, ended(2))]),
    ("left a queue it was not in", CallLives, [moment(1, started(1), left(1))]),
    ("what had not begun", CallLives, [moment(1, started(1), talked(1))]),
    ("which is over", CallLives, [moment(1, started(1), ended(1)), moment(2, ring())]),
    ("outlasts its call", CallLives, [moment(1, started(1)), moment(2, ended(2), ring())]),
    # -- agents
    ("without having been ready", lambda: AgentLives(plan()), [moment(1, offered(1))]),
    ("the fact says", lambda: AgentLives(plan()), [moment(1, state(1, "ready", "ringing"))]),
    (
        "from not_ready to ringing",
        lambda: AgentLives(plan()),
        [moment(1, READY[0], state(1, "not_ready", "ringing"))],
    ),
    (
        "without having been rung",
        lambda: AgentLives(plan()),
        [moment(1, *READY, state(1, "ready", "talking"))],
    ),
    (
        "no wrap-up after a call",
        lambda: AgentLives(plan("mandatory")),
        [moment(1, *TALKING), moment(9, state(9, "talking", "ready"))],
    ),
    (
        "against the policy",
        lambda: AgentLives(plan("none")),
        [moment(1, *TALKING), moment(9, state(9, "talking", "wrap_up"))],
    ),
    (
        "forced wrap-up was cut short",
        lambda: AgentLives(plan("forced")),
        [
            moment(1, *TALKING, state(9, "talking", "wrap_up")),
            moment(rq.WrapUpEndRequested(12 * S, agent_id="a"), state(12, "wrap_up", "ready")),
        ],
    ),
    (
        "wrap-up was cut short",
        lambda: AgentLives(plan("timed")),
        [
            moment(1, *TALKING, state(9, "talking", "wrap_up")),
            moment(12, state(12, "wrap_up", "ready")),
        ],
    ),
    # -- phones
    (
        "is rung for c2-1 while c1-1 is up",
        Phones,
        [moment(1, offered(1), ring()), moment(2, offered(2, "c2"), ring("c2"))],
    ),
    (
        "left ringing",
        Phones,
        [moment(1, offered(1), ring()), moment(ev.CallerHungUp(2 * S, "c1"), left(2), ended(2))],
    ),
    (
        "bridged after it was cancelled",
        Phones,
        [
            moment(1, offered(1), ring()),
            moment(2, cmd.CancelRing("c1-1")),
            moment(3, cmd.Bridge("c1", "c1-1")),
        ],
    ),
    ("without having been made", Phones, [moment(1, ring())]),
    # -- order and limits
    (
        "c2 was served before c1",
        lambda: FairOrder(plan()),
        [moment(1, queued(1)), moment(2, queued(2, "c2")), moment(3, offered(3, "c2"))],
    ),
    (
        "joined the full queue",
        lambda: Limits(plan()),
        [moment(n, queued(n, f"c{n}")) for n in (1, 2, 3)],
    ),
    (
        "beyond its 1 conversations",
        lambda: Limits(plan()),
        [moment(1, queued(1), connected(1)), moment(2, queued(2, "c2"), offered(2, "c2"))],
    ),
    (
        "more than 1 callbacks",
        lambda: Limits(plan()),
        [moment(1, placed(1)), moment(2, placed(2, "c2"))],
    ),
    ("for the 2th time", lambda: Limits(plan()), [moment(1, placed(1), dialled(1, 2))]),
    ("rung twice at once", lambda: Limits(plan()), [moment(1, dialled(1)), moment(2, dialled(2))]),
    (
        "rung without a callback",
        lambda: Limits(plan()),
        [moment(1, cmd.DialCustomer("c1", "49", S))],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "make", "moments"), BREACHES, ids=[b[0] for b in BREACHES])
def test_a_checker_finds_its_breach(
    said: str, make: Callable[[], Checker], moments: list[HandledEvent]
) -> None:
    checker = make()
    *before, last = moments
    for one in before:
        checker.look(one)
    with pytest.raises(CheckFailed, match=said):
        checker.look(last)


LASTING: list[tuple[str, Callable[[], Checker], HandledEvent]] = [
    ("never ended: c1", CallLives, moment(1, started(1))),
    (
        "never became free: a",
        lambda: AgentLives(plan()),
        moment(1, *READY, state(2, "ready", "ringing")),
    ),
    ("never reported down", Phones, moment(1, offered(1), ring())),
    ("still wait in q", lambda: Limits(plan()), moment(1, queued(1))),
]  # fmt: skip


@pytest.mark.parametrize(("said", "make", "one"), LASTING, ids=[line[0] for line in LASTING])
def test_a_checker_finds_what_never_ends(
    said: str, make: Callable[[], Checker], one: HandledEvent
) -> None:
    checker = make()
    checker.look(one)
    with pytest.raises(CheckFailed, match=said):
        checker.finish()
    checker.forget()
    checker.finish()


def test_calls_that_are_not_alike_may_pass_each_other() -> None:
    checker = FairOrder(plan())
    checker.look(moment(1, queued(1)))
    checker.look(moment(2, queued(2, "c2", priority=1)))
    checker.look(moment(3, offered(3, "c2")))


# -- nobody pays for an offer that failed through no telephone -------------------------------------


def rung(at_s: int) -> facts.OfferMade:
    return facts.OfferMade(at_s * S, "c1", "a", "o1", "q", "call", "", 1, "", "", 1, 1, 0)


def rests(at_s: int, reason: str) -> AgentStateChanged:
    return AgentStateChanged(at_s * S, "a", "ringing", "not_ready", reason, 0, 0, "")


@pytest.mark.parametrize(("cause", "is_fine"), [("not_rung", False), ("busy", True)])
def test_an_agent_who_pays_for_a_ring_that_never_went_out(
    cause: ev.OfferCause, is_fine: bool
) -> None:
    checker = FailedOffers()
    checker.look(moment(1, rung(1)))
    ended = moment(ev.OfferEnded(2 * S, "o1", cause), rests(2, "miss-delay"))
    if is_fine:
        checker.look(ended)
        return
    with pytest.raises(CheckFailed, match="a pays for o1"):
        checker.look(ended)


def test_a_call_that_is_offered_although_it_has_stepped_back() -> None:
    checker = FailedOffers()
    checker.look(moment(1, facts.CallSteppedBack(S, "c1", "q", 1, 1, 3 * S)))
    with pytest.raises(CheckFailed, match="has stepped back"):
        checker.look(moment(2, rung(2)))
    checker.look(moment(3, rung(3)))
    checker.look(moment(4, facts.CallSteppedBack(4 * S, "c1", "q", 2, 1, 9 * S)))
    checker.look(moment(ev.SwitchSynced(5 * S, "n", (), ()), rung(5)))


def failed(at_s: int, call_id: str) -> facts.OfferClosed:
    return facts.OfferClosed(at_s * S, call_id, "a", "o1", "q", "failed", 0)


@pytest.mark.parametrize("is_good", [False, True])
def test_a_call_that_steps_back_for_a_broken_telephone(is_good: bool) -> None:
    checker = FailedOffers()
    checker.look(moment(ev.OfferEnded(S, "o1", "failed"), failed(1, "c1")))
    if is_good:
        checker.look(moment(2, facts.CallConnected(2 * S, "c1", "b", "o2", "q", 0, 0)))
    back = facts.CallSteppedBack(3 * S, "c2", "q", 1, 1, 4 * S)
    second = moment(ev.OfferEnded(3 * S, "o1", "failed"), failed(3, "c2"), back)
    if not is_good:
        checker.look(second)
        return
    with pytest.raises(CheckFailed, match="c2 steps back for the broken telephone of a"):
        checker.look(second)
