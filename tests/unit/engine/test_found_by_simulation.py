"""Defects of the engine that seeded simulation found, each as the shortest story that shows it."""

from __future__ import annotations

from msgspec import structs

from acdengine.centre_facts import AgentStateChanged
from acdengine.commands import CancelRing, HangUpCall, RingAgent
from acdengine.conversation_facts import ConversationEnded
from acdengine.engine import Engine
from acdengine.events import (
    CallArrived,
    CallbackAnswered,
    CallBridged,
    CallerHungUp,
    DigitPressed,
    OfferAnswered,
    OfferEnded,
    PromptFinished,
    SwitchLost,
    SwitchSynced,
    TimePassed,
)
from acdengine.facts import CallEnded
from acdengine.live_legs import LiveCall
from acdengine.plan import Flow, Plan, Tenant
from acdengine.requests import (
    CallbackRequested,
    QueuesChangeRequested,
    ReadyRequested,
    SignInRequested,
)
from queues.deadlines import NEVER_US
from queues.policy import Announcements, CallbackPolicy, Overflow, QueuePolicy, StaffRule
from queues.targets import Target, ToAgent, ToCallback, ToFlow, ToNumber, ToQueue
from routing.call_group import CallGroup, RoutedCall
from routing.draw import Draw
from routing.policy import AgentProfile, Assignment, MissPolicy, MissRule, WrapUpPolicy
from routing.strategies import STRATEGIES
from routing.strategies.base import Cursor, PoolContext

S = 1_000_000


def centre(*queues: QueuePolicy, agents: int = 1, wrap_up: WrapUpPolicy | None = None) -> Plan:
    """One tenant; number 100 leads to the first queue, 101 to the second; agents serve all."""
    lines = queues or (QueuePolicy(queue_id="t/q", tenant_id="t", name="q"),)
    numbers: dict[str, Target] = {
        str(100 + place): ToQueue(queue.queue_id) for place, queue in enumerate(lines)
    }
    numbers["200"] = ToAgent("t/a0", 60 * S, lines[0].queue_id)
    return Plan(
        tenants={"t": Tenant(tenant_id="t", numbers=numbers, dial_allow=("49",))},
        queues={queue.queue_id: queue for queue in lines},
        agents={
            f"t/a{number}": AgentProfile(
                agent_id=f"t/a{number}",
                tenant_id="t",
                name="a",
                queues={queue.queue_id: Assignment() for queue in lines},
                wrap_up=wrap_up or WrapUpPolicy(mode="none"),
            )
            for number in range(agents)
        },
    )


def arrived(at_us: int, call_id: str = "c1", dnis: str = "100") -> CallArrived:
    return CallArrived(at_us, call_id, f"leg-{call_id}", "4912345", dnis, "trunk")


def ready(engine: Engine, at_us: int, agent_id: str = "t/a0") -> None:
    engine.handle(SignInRequested(at_us, agent_id=agent_id))
    engine.handle(ReadyRequested(at_us, agent_id=agent_id))


def test_a_restored_engine_has_the_same_snapshot_before_anything_was_measured() -> None:
    engine = Engine(centre())
    snapshot = engine.snapshot()
    assert Engine.restore(snapshot).snapshot() == snapshot


def test_a_deadline_set_for_this_very_moment_fires_when_the_moment_is_fed_again() -> None:
    engine = Engine(centre(wrap_up=WrapUpPolicy(mode="timed", time_us=0)))
    ready(engine, 1 * S)
    engine.handle(arrived(2 * S))
    engine.handle(OfferAnswered(2 * S, "c1-1"))
    engine.handle(CallBridged(2 * S, "c1", "c1-1"))
    engine.handle(CallerHungUp(9 * S, "c1"))
    engine.drain_facts()
    engine.handle(OfferEnded(9 * S, "c1-1", "hangup"))
    assert engine.next_due_us() == 9 * S
    engine.handle(TimePassed(9 * S))
    assert engine.next_due_us() == NEVER_US
    states = [fact.state for fact in engine.drain_facts() if isinstance(fact, AgentStateChanged)]
    assert states == ["wrap_up", "ready"]


def test_a_queue_learns_of_the_delays_of_an_agent_who_gets_it_while_signed_in() -> None:
    other = QueuePolicy(queue_id="t/other", tenant_id="t", name="other")
    wanted = QueuePolicy(queue_id="t/wanted", tenant_id="t", name="wanted")
    engine = Engine(centre(other, wanted))
    engine.handle(QueuesChangeRequested(1 * S, agent_id="t/a0", queues={"t/other": Assignment()}))
    ready(engine, 1 * S)
    engine.handle(arrived(2 * S, dnis="101"))
    late = {"t/wanted": Assignment(delay_us=5 * S)}
    engine.handle(QueuesChangeRequested(3 * S, agent_id="t/a0", queues=late))
    assert engine.next_due_us() == 7 * S
    commands = engine.handle(TimePassed(7 * S))
    assert [command.agent_id for command in commands if isinstance(command, RingAgent)] == ["t/a0"]


def test_a_conversation_found_on_the_switch_counts_against_the_queues_cap() -> None:
    queue = QueuePolicy(queue_id="t/q", tenant_id="t", name="q", max_conversations=1)
    engine = Engine(centre(queue, agents=2))
    ready(engine, 1 * S, "t/a1")
    live = LiveCall(
        "c1", "leg1", "4912345", "100", "trunk", "t/q", 1 * S, offer_id="c1-1", agent_id="t/a0"
    )
    engine.handle(SwitchSynced(2 * S, "", (live,), ("c1-1",)))
    engine.check()
    assert not [c for c in engine.handle(arrived(3 * S, "c2")) if isinstance(c, RingAgent)]


def test_a_call_for_one_agent_rings_when_the_queues_cap_allows_it_again() -> None:
    queue = QueuePolicy(queue_id="t/q", tenant_id="t", name="q", max_conversations=1)
    engine = Engine(centre(queue, agents=2))
    ready(engine, 1 * S, "t/a1")
    engine.handle(arrived(2 * S, "c1"))
    engine.handle(OfferAnswered(2 * S, "c1-1"))
    engine.handle(CallBridged(2 * S, "c1", "c1-1"))
    ready(engine, 3 * S, "t/a0")
    engine.handle(arrived(4 * S, "c2", dnis="200"))
    commands = engine.handle(CallerHungUp(5 * S, "c1"))
    engine.check()
    assert [command.agent_id for command in commands if isinstance(command, RingAgent)] == ["t/a0"]


def test_a_customer_who_was_rung_back_on_another_node_is_missed_when_that_node_has_no_leg() -> None:
    queue = QueuePolicy(queue_id="t/q", tenant_id="t", name="q", callback=CallbackPolicy())
    engine = Engine(centre(queue))
    engine.handle(CallbackRequested(1 * S, call_id="c1", queue_id="t/q", number="4912345"))
    ready(engine, 2 * S)
    engine.handle(OfferAnswered(3 * S, "c1-1", "west"))
    engine.handle(CallbackAnswered(4 * S, "c1", "leg1", "west"))
    engine.handle(CallBridged(4 * S, "c1", "c1-1"))
    engine.drain_facts()
    engine.handle(SwitchSynced(9 * S, "west", (), ()))
    engine.check()
    assert [fact.call_id for fact in engine.drain_facts() if isinstance(fact, CallEnded)] == ["c1"]
    assert engine.state.agents["t/a0"].state == "ready"


def test_a_call_that_was_not_answered_goes_before_those_behind_it_when_the_cap_opens() -> None:
    queue = QueuePolicy(queue_id="t/q", tenant_id="t", name="q", max_conversations=1)
    engine = Engine(centre(queue, agents=2))
    ready(engine, 1 * S, "t/a0")
    ready(engine, 2 * S, "t/a1")
    engine.handle(arrived(3 * S, "c1"))
    engine.handle(arrived(4 * S, "c2"))
    commands = engine.handle(TimePassed(23 * S))
    rung = [(c.call_id, c.agent_id) for c in commands if isinstance(c, RingAgent)]
    assert rung == [("c1", "t/a1")]


def test_offers_for_a_call_found_on_the_switch_are_not_taken_for_those_made_before() -> None:
    engine = Engine(centre())
    ready(engine, 1 * S)
    live = LiveCall("c1", "leg1", "4912345", "100", "trunk", "t/q", 1 * S)
    commands = engine.handle(SwitchSynced(2 * S, "", (live,), ("c1-1",)))
    assert [command.offer_id for command in commands if isinstance(command, CancelRing)] == ["c1-1"]
    rung = [command.offer_id for command in commands if isinstance(command, RingAgent)]
    assert len(rung) == 1
    assert rung != ["c1-1"]


def test_a_conversation_of_a_queue_that_is_no_more_is_left_alone() -> None:
    engine = Engine(centre(agents=2))
    ready(engine, 1 * S, "t/a1")
    live = LiveCall(
        "c1", "leg1", "4912345", "100", "trunk", "t/gone", 1 * S, offer_id="c1-1", agent_id="t/a0"
    )
    assert engine.handle(SwitchSynced(2 * S, "", (live,), ("c1-1",))) == []


def test_announcements_of_a_queue_do_not_go_on_when_the_caller_has_left_it() -> None:
    queue = QueuePolicy(
        queue_id="t/q",
        tenant_id="t",
        name="q",
        announcements=Announcements(first_after_us=S, estimate=True, comfort=("patience",)),
        exit_keys={"1": (ToNumber("4930555"),)},
    )
    engine = Engine(centre(queue))
    ready(engine, 0)
    engine.handle(arrived(1 * S, "c0"))
    engine.handle(arrived(1 * S, "c1"))
    engine.handle(TimePassed(2 * S))
    playback = engine.state.calls["c1"].playback
    assert playback is not None
    assert playback.left == ("patience",)
    engine.handle(DigitPressed(3 * S, "c1", "1"))
    assert engine.handle(PromptFinished(4 * S, "c1", "1")) == []


def test_a_conversation_lost_with_its_node_was_not_ended_by_the_agent() -> None:
    engine = Engine(centre())
    ready(engine, 1 * S)
    engine.handle(arrived(2 * S))
    engine.handle(OfferAnswered(3 * S, "c1-1"))
    engine.handle(CallBridged(3 * S, "c1", "c1-1"))
    engine.drain_facts()
    engine.handle(SwitchLost(9 * S, ""))
    ended = [fact for fact in engine.drain_facts() if isinstance(fact, ConversationEnded)]
    assert [fact.ended_by for fact in ended] == ["system"]
    assert engine.state.agents["t/a0"].state == "ready"
    assert not engine.state.calls


def test_two_queues_without_staff_do_not_send_a_call_to_each_other_for_ever() -> None:
    nobody = StaffRule(states=("ready",))
    queues = [
        QueuePolicy(
            queue_id=queue_id,
            tenant_id="t",
            name=queue_id,
            leave_staff=nobody,
            leave_grace_us=0,
            when_staff_left=(ToQueue(other),),
            overflow=(Overflow(after_us=0, targets=(ToQueue(other),)),),
        )
        for queue_id, other in (("t/a", "t/b"), ("t/b", "t/a"))
    ]
    engine = Engine(centre(*queues))
    engine.handle(arrived(1 * S))
    commands = engine.handle(TimePassed(1 * S))
    assert [command.cause for command in commands if isinstance(command, HangUpCall)] == [
        "no_agent"
    ]


def test_a_flow_and_a_queue_without_staff_do_not_send_a_call_to_each_other_for_ever() -> None:
    queue = QueuePolicy(
        queue_id="t/q",
        tenant_id="t",
        name="q",
        join_staff=StaffRule(),
        when_no_staff=(ToFlow("t/flow"),),
    )
    flow = Flow(flow_id="t/flow", prompts=(), then=ToQueue("t/q"))
    engine = Engine(structs.replace(centre(queue), flows={"t/flow": flow}))
    commands = engine.handle(arrived(1 * S))
    assert [command.cause for command in commands if isinstance(command, HangUpCall)] == [
        "no_agent"
    ]


def test_a_conversation_whose_agent_is_just_being_rung_is_left_alone() -> None:
    engine = Engine(centre())
    ready(engine, 1 * S)
    engine.handle(arrived(2 * S, "c2"))
    live = LiveCall(
        "c1", "leg1", "4912345", "100", "trunk", "t/q", 1 * S, offer_id="c1-1", agent_id="t/a0"
    )
    other = LiveCall("c2", "leg2", "4912345", "100", "trunk", "t/q", 2 * S)
    assert engine.handle(SwitchSynced(2 * S, "", (live, other), ("c1-1", "c2-1"))) == []
    engine.check()


def test_a_phone_that_is_busy_is_not_rung_again_in_the_same_moment_for_ever() -> None:
    """Whatever the policy says: each answer of the switch would order the next ring."""
    patient = MissPolicy(busy=MissRule(delay_us=0, counts=False))
    plan = centre()
    agents = {name: structs.replace(one, misses=patient) for name, one in plan.agents.items()}
    engine = Engine(structs.replace(plan, agents=agents))
    ready(engine, 1 * S)
    rung = 1
    engine.handle(arrived(2 * S))
    while engine.handle(OfferEnded(2 * S, f"c1-{rung}", "busy")):
        rung += 1
        assert rung < 1000
    assert engine.next_due_us() == 3 * S
    commands = engine.handle(TimePassed(3 * S))
    assert [command.agent_id for command in commands if isinstance(command, RingAgent)] == ["t/a0"]


def test_a_call_that_came_back_to_wait_for_one_agent_has_lost_its_place_among_all() -> None:
    """Its old place, left from the middle of the line, is that of the same call and rank."""
    strategy = STRATEGIES["longest_idle"]
    group = CallGroup(strategy.pool(PoolContext((), Cursor(), Draw(1))), strategy.ring)
    first, second = (
        RoutedCall(call_id=f"c{serial}", tenant_id="t", serial=serial) for serial in (1, 2)
    )
    for call in (first, second):
        call.rank = call.serial
        call.group = group
        group.push(call)
    group.drop(second)
    second.preferred_rule, second.in_heap = 0, True
    group.drop(first)
    assert group.head is None


def test_the_agent_of_a_callback_is_not_missed_on_the_node_where_the_caller_once_was() -> None:
    queue = QueuePolicy(
        queue_id="t/q",
        tenant_id="t",
        name="q",
        callback=CallbackPolicy(),
        exit_keys={"1": (ToCallback(),)},
    )
    engine = Engine(centre(queue))
    engine.handle(structs.replace(arrived(1 * S), node_id="west"))
    engine.handle(DigitPressed(2 * S, "c1", "1"))
    engine.handle(CallerHungUp(3 * S, "c1"))
    ready(engine, 4 * S)
    engine.handle(SwitchSynced(5 * S, "west", (), ()))
    assert list(engine.state.offers) == ["c1-1"]


def test_a_phone_that_is_taken_up_for_an_offer_long_over_is_told_so() -> None:
    engine = Engine(centre())
    assert engine.handle(OfferAnswered(1 * S, "c1-1")) == [CancelRing("c1-1")]


def test_a_call_that_rings_already_does_not_use_up_what_the_cap_allows() -> None:
    queue = QueuePolicy(
        queue_id="t/q",
        tenant_id="t",
        name="q",
        strategy="ring_progressively",
        ring_more_us=5 * S,
        max_conversations=2,
    )
    engine = Engine(centre(queue, agents=4))
    ready(engine, 0, "t/a0")
    engine.handle(arrived(0, "c0"))
    engine.handle(OfferAnswered(0, "c0-1"))
    engine.handle(CallBridged(0, "c0", "c0-1"))
    ready(engine, 1 * S, "t/a1")
    engine.handle(arrived(1 * S, "c1"))
    engine.handle(arrived(2 * S, "c2"))
    engine.handle(TimePassed(6 * S))
    ready(engine, 7 * S, "t/a2")
    ready(engine, 7 * S, "t/a3")
    commands = engine.handle(CallerHungUp(8 * S, "c0"))
    engine.check()
    rung = [(c.call_id, c.agent_id) for c in commands if isinstance(c, RingAgent)]
    assert rung == [("c1", "t/a2"), ("c2", "t/a3")]
