"""A switch node that is lost, and one compared with what the engine knows."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import SwitchChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.engine import Engine
from acdengine.live_legs import LiveCall
from queues.policy import Announcements, CallbackPolicy, Overflow, Step
from queues.targets import ToCallback, ToNumber, ToVoicemail
from routing.policy import Customer, MissPolicy, RoutingRule, RuleThen, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def on_nodes() -> Scene:
    """c1 rings, c2 talks and c3 waits on node east, c4 waits on node west."""
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna", "ben")
    scene.call("c2", "a", node_id="east")
    scene.answers("anna")
    for call_id, node in (("c1", "east"), ("c3", "east"), ("c4", "west")):
        scene.call(call_id, "a", node_id=node)
        scene.wait(1)
    assert scene.ringing("c1") == ["ben"]
    return scene


def live(call_id: str, **more: object) -> LiveCall:
    fields: dict[str, object] = {
        "leg_id": f"leg-{call_id}",
        "ani": f"0555{call_id}",
        "dnis": "a",
        "trunk_id": "trunk",
        **more,
    }
    return LiveCall(call_id=call_id, **fields)  # type: ignore[arg-type]


def sync(scene: Scene, node: str, calls: tuple[LiveCall, ...], *offers: str) -> None:
    scene.feed(ev.SwitchSynced(scene.now_us, node, calls, offers))


# -- lost --------------------------------------------------------------------------------------


def test_everything_on_a_lost_node_is_over_and_the_rest_goes_on() -> None:
    scene = on_nodes()
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    assert [scene.outcome(c) for c in ("c1", "c2", "c3")] == [
        "switch_lost",
        "answered",
        "switch_lost",
    ]
    assert all(fact.ended_by == "system" for fact in scene.told(facts.CallEnded))
    assert scene.told(ConversationEnded)[0].ended_by == "system"
    [changed] = scene.told(SwitchChanged)
    assert (changed.state, changed.calls_ended) == ("lost", 3)
    assert scene.told(facts.CallLeftQueue, reason="switch_lost", call_id="c3")
    scene.wait(10)
    assert len(scene.ringing("c4")) == 1, "an agent whose leg was lost is free after a moment"


def test_callers_lost_with_a_node_are_no_abandoned_calls() -> None:
    scene = on_nodes()
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    level = scene.engine.state.queues["t/a"].service_level
    assert level.counts(scene.now_us) == (1, 0)


def test_a_callback_whose_leg_was_lost_with_the_node_keeps_its_place() -> None:
    keys = {"1": (ToCallback(),)}
    policy = CallbackPolicy(confirm_prompt="we-call-you")
    scene = Scene(queue("a", callback=policy, exit_keys=keys), agent("anna", "a"))
    scene.call("c1", "a", node_id="east")
    scene.presses("c1", "1")
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    assert scene.live("c1").leg_id == ""
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]


# -- synced ------------------------------------------------------------------------------------


def test_what_the_switch_has_and_the_engine_knows_is_left_alone() -> None:
    scene = on_nodes()
    before = len(scene.commands)
    calls = (live("c1"), live("c2", offer_id="c2-1", agent_id="t/anna"), live("c3"))
    sync(scene, "east", calls, "c2-1", "c1-1")
    assert scene.commands[before:] == []
    [changed] = scene.told(SwitchChanged)
    assert (changed.state, changed.calls_ended, changed.calls_adopted) == ("synced", 0, 0)


def test_what_the_switch_no_longer_has_is_over() -> None:
    scene = on_nodes()
    sync(scene, "east", (live("c1"),), "c1-1")
    assert scene.outcome("c2") == "answered"
    assert scene.outcome("c3") == "switch_lost"
    assert scene.ringing("c1") == ["ben"]
    assert scene.live("c4").state == "waiting"
    assert scene.ringing("c4") == ["anna"]


def test_an_agents_leg_that_went_with_the_switch_costs_the_agent_nothing() -> None:
    scene = on_nodes()
    calls = (live("c1"), live("c2", offer_id="c2-1", agent_id="t/anna"), live("c3"))
    sync(scene, "east", calls, "c2-1")
    assert scene.told(facts.OfferClosed, agent_id="t/ben", outcome="not_rung")
    assert scene.live("c1").state == "waiting"
    assert scene.ringing("c1") == ["ben"], "the switch is there again: nothing is waited for"


def test_a_leg_that_the_engine_wants_down_is_ordered_down() -> None:
    scene = on_nodes()
    scene.ignored = (cmd.HangUpCall,)
    scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c3"))
    scene.caller_hangs_up("c2")
    before = len(scene.commands)
    calls = (live("c1"), live("c2"), live("c3"))
    sync(scene, "east", calls, "c1-1", "old-1")
    later = scene.commands[before:]
    assert cmd.HangUpCall("c2", "normal") in later, "its end was decided here"
    assert cmd.CancelRing("old-1") in later, "nobody knows whom it rings for"


def test_a_bridge_that_was_not_heard_of_is_seen() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")
    sync(scene, "east", (live("c1", offer_id="c1-1", agent_id="t/anna"),), "c1-1")
    assert scene.live("c1").state == "talking"


def test_an_answer_and_a_bridge_that_the_engine_forgot_are_seen() -> None:
    """The engine goes on from a snapshot that is older than what the switch has done since."""
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    talking = live("c1", offer_id="c1-1", agent_id="t/anna")
    sync(scene, "east", (talking,), "c1-1")
    assert scene.live("c1").state == "talking"
    assert scene.state("anna") == "talking"
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "ready"


def test_a_conversation_begun_after_the_snapshot_is_taken_in() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.sign_in("anna")
    scene.call("c1", "a", node_id="east")
    before = len(scene.commands)
    sync(scene, "east", (live("c1", offer_id="c1-1", agent_id="t/anna"),), "c1-1")
    assert scene.live("c1").state == "talking"
    assert scene.state("anna") == "talking"
    assert not [c for c in scene.commands[before:] if isinstance(c, cmd.PlayMusic | cmd.CancelRing)]


# -- adopted: the engine knows nothing ---------------------------------------------------------


def test_waiting_calls_are_taken_in_at_their_old_places() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("talk", "a")
    scene.answers("anna")
    scene.call("new", "a", node_id="west")
    ago = scene.now_us - 100 * S
    calls = (
        live("second", queue_id="t/a", queued_at_us=ago + 10 * S),
        live("first", queue_id="t/a", queued_at_us=ago),
        live("vip", queue_id="t/a", queued_at_us=ago + 50 * S, priority=1),
        live("credit", queue_id="t/a", queued_at_us=ago + 99 * S, boost_us=94 * S),
    )
    sync(scene, "east", calls)
    assert scene.told(SwitchChanged)[0].calls_adopted == 4
    order = ["vip", "first", "credit", "second", "new"]
    assert [scene.position(c) for c in order] == [1, 2, 3, 4, 5]
    scene.talk("anna", 1)
    scene.caller_hangs_up("talk")
    assert scene.served_order("anna", 5)[-1] == "new"
    assert scene.told(facts.CallConnected, call_id="first")[0].waited_us > 100 * S


def test_adopted_calls_hear_music_and_no_second_greeting() -> None:
    scene = Scene(queue("a", announcements=Announcements(greeting="hello", music="jazz")))
    sync(scene, "east", (live("c1", queue_id="t/a", queued_at_us=scene.now_us - 60 * S),))
    assert scene.ordered(cmd.PlayMusic) == [cmd.PlayMusic("c1", "jazz")]
    assert scene.heard("c1") == []
    assert not scene.ordered(cmd.AnswerCall)


def test_limits_and_steps_of_adopted_calls_count_from_when_they_were_queued() -> None:
    scene = Scene(
        queue(
            "a",
            max_wait_us=300 * S,
            when_waited=(ToVoicemail("t/box"),),
            steps=(Step(requirement="french", expires_us=60 * S), Step()),
        ),
        agent("anna", "a", misses=MissPolicy(limit=0)),
    )
    scene.ready("anna")
    sync(scene, "east", (live("c1", queue_id="t/a", queued_at_us=scene.now_us - 290 * S),))
    scene.wait(0)
    assert scene.ringing("c1") == ["anna"], "the first step is long over"
    scene.wait(9)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.live("c1").state == "message"


def test_overflow_of_adopted_calls_is_not_put_off() -> None:
    overflow = (Overflow(after_us=30 * S, targets=(ToVoicemail("t/box"),)),)
    scene = Scene(queue("a", overflow=overflow))
    sync(scene, "east", (live("c1", queue_id="t/a", queued_at_us=scene.now_us - 60 * S),))
    scene.wait(0)
    assert scene.live("c1").state == "message"


def test_adopted_calls_need_what_their_caller_and_the_rules_ask_for() -> None:
    customer = Customer(customer_id="k", tenant_id="t", skills={"french": 5})
    rules = (RoutingRule(name="all", then=RuleThen(skills={"billing": 1}, priority=7)),)
    scene = Scene(centre(queue("a"), agent("anna", "a"), customers={"t/07": customer}, rules=rules))
    scene.ready("anna")
    sync(scene, "east", (live("c1", ani="07", queue_id="t/a", queued_at_us=scene.now_us),))
    call = scene.live("c1")
    assert call.skills == (("billing", 1), ("french", 5))
    assert (call.caller.customer_id, call.priority) == ("k", 0), (
        "the priority is in the leg's variables"
    )
    assert scene.ringing("c1") == []


@pytest.mark.parametrize("how", ["out", "on a break", "ready", "wrapping up"])
def test_conversations_are_taken_in_with_their_agents_whatever_state_they_were_in(how: str) -> None:
    scene = Scene(
        queue("a", announcements=Announcements(greeting="hello")),
        agent("anna", "a", wrap_up=WrapUpPolicy(mode="mandatory")),
    )
    if how == "on a break":
        scene.sign_in("anna")
    elif how != "out":
        scene.ready("anna")
    if how == "wrapping up":
        scene.call("c0", "a")
        scene.talk("anna", 10)
    before = len(scene.commands)
    talking = live(
        "c1", queue_id="t/a", queued_at_us=scene.now_us - 60 * S, offer_id="c1-7", agent_id="t/anna"
    )
    sync(scene, "east", (talking,), "c1-7")
    assert scene.commands[before:] == [], "the conversation is not disturbed"
    assert (scene.live("c1").state, scene.state("anna")) == ("talking", "talking")
    scene.wait(30)
    scene.caller_hangs_up("c1")
    assert scene.ordered(cmd.CancelRing)[-1] == cmd.CancelRing("c1-7")
    assert scene.state("anna") == "wrap_up"


def test_an_agent_taken_in_talking_has_signed_in_now() -> None:
    scene = Scene(queue("a", strategy="least_occupied"), agent("anna", "a"))
    talking = live("c1", queue_id="t/a", offer_id="c1-7", agent_id="t/anna")
    sync(scene, "east", (talking,), "c1-7")
    assert scene.agent("anna").signed_in_us == scene.now_us
    assert scene.agent("anna").contact == "sip:anna"


def test_a_call_in_no_queue_is_routed_as_a_new_one() -> None:
    scene = Scene(queue("a"))
    sync(scene, "east", (live("c1"),))
    assert scene.live("c1").queue_id == "t/a"
    assert scene.ordered(cmd.AnswerCall, call_id="c1")


def test_a_fresh_engine_rebuilds_its_queues_from_the_switch_alone() -> None:
    """What another engine knew is in the legs' variables; its agents sign in again."""
    old = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    old.ready("anna")
    old.calls("c1 c2", "a", node_id="east")
    old.calls("c3", "a", node_id="east", priority=2)
    old.answers("anna")
    old.wait(30)
    calls = tuple(
        live(
            call.call_id,
            queue_id=call.queue_id or call.last_queue_id,
            queued_at_us=call.queued_at_us,
            priority=call.priority,
            boost_us=call.boost_us,
            offer_id=call.offer_id,
            agent_id="t/anna" if call.offer_id else "",
        )
        for call in old.engine.state.calls.values()
    )
    new = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    new.wait(60)
    sync(new, "east", calls, old.offer_of("anna"))
    assert isinstance(new.engine, Engine)
    assert new.call_of("anna") == old.call_of("anna")
    waiting = [c for c in ("c1", "c2", "c3") if old.live(c).state == "waiting"]
    assert [new.position(c) for c in waiting] == [old.position(c) for c in waiting]


# -- outside -----------------------------------------------------------------------------------


def _outside(scene: Scene, diverted_to: str) -> None:
    """The switch is compared: the caller is there, busy with that."""
    live = LiveCall("c1", "leg-c1", "0555", "out", "trunk", diverted_to=diverted_to)
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), ()))


def test_an_order_to_dial_that_was_lost_is_given_again() -> None:
    scene = Scene(centre(queue("a"), numbers={"out": ToNumber("0123")}))
    scene.call("c1", "out")
    _outside(scene, "number 0123")
    assert len(scene.ordered(cmd.DialNumber)) == 1
    _outside(scene, "")
    assert len(scene.ordered(cmd.DialNumber)) == 2


def test_the_end_of_a_conversation_outside_that_was_not_heard_of() -> None:
    scene = Scene(centre(queue("a"), numbers={"out": ToNumber("0123")}))
    scene.call("c1", "out")
    scene.wait(3)
    scene.feed(ev.NumberAnswered(scene.now_us, "c1"))
    scene.feed(ev.NumberAnswered(scene.now_us, "c1"))
    assert [fact.rang_us for fact in scene.told(facts.NumberReached)] == [3 * S]
    _outside(scene, "")
    assert scene.outcome("c1") == "diverted"


@pytest.mark.parametrize(
    ("diverted_to", "state"), [("number 0123", "outside"), ("voicemail t/box", "message")]
)
def test_a_caller_who_is_busy_elsewhere_is_not_disturbed(diverted_to: str, state: str) -> None:
    scene = Scene(centre(queue("a"), numbers={"out": ToNumber("0123")}))
    _outside(scene, diverted_to)
    assert scene.live("c1").state == state
    assert not scene.commands
    assert scene.told(facts.CallDiverted)[0].to == diverted_to


# -- which process the switch is -----------------------------------------------------------------


def in_core(scene: Scene, core: str, *calls: LiveCall) -> None:
    scene.feed(ev.SwitchSynced(scene.now_us, "east", calls, (), core=core))


def test_who_is_missing_on_the_same_switch_has_left_unseen() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    in_core(scene, "core-1")
    scene.call("c1", "a", node_id="east")
    in_core(scene, "core-1")
    [ended] = scene.told(facts.CallEnded)
    assert (ended.outcome, ended.ended_by, ended.cause) == ("abandoned", "caller", "unseen")
    assert scene.told(facts.CallLeftQueue, reason="abandoned")


@pytest.mark.parametrize("core", ["core-2", ""])
def test_who_is_missing_on_another_switch_was_lost_with_the_one_before(core: str) -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    in_core(scene, "core-1")
    scene.call("c1", "a", node_id="east")
    in_core(scene, core)
    [ended] = scene.told(facts.CallEnded)
    assert (ended.outcome, ended.ended_by, ended.cause) == ("switch_lost", "system", "switch_lost")


def test_a_restored_engine_knows_which_switch_it_was() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    in_core(scene, "core-1")
    scene.call("c1", "a", node_id="east")
    scene.engine = Engine.restore(scene.engine.snapshot())
    in_core(scene, "core-1")
    assert scene.told(facts.CallEnded)[0].cause == "unseen"


# -- whoever carries orders out has forgotten them -------------------------------------------------


def test_callers_forgotten_are_answered_and_hear_music_again() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a", node_id="east")
    before = len(scene.commands)
    sync(scene, "east", (live("c1", forgotten=True),))
    assert scene.commands[before:] == [cmd.AnswerCall("c1"), cmd.PlayMusic("c1", "default")]


def test_a_bridge_forgotten_is_ordered_again_at_once() -> None:
    scene = on_nodes()
    scene.ignored = (cmd.Bridge,)
    scene.feed(ev.OfferAnswered(scene.now_us, "c1-1"))
    before = len(scene.commands)
    calls = (live("c1", forgotten=True), live("c2", offer_id="c2-1", agent_id="t/anna"), live("c3"))
    sync(scene, "east", calls, "c2-1", "c1-1")
    assert scene.commands[before:] == [
        cmd.AnswerCall("c1"),
        cmd.PlayMusic("c1", "default"),
        cmd.Bridge("c1", "c1-1"),
    ]


def test_a_conversation_forgotten_is_left_alone() -> None:
    scene = on_nodes()
    before = len(scene.commands)
    talking = live("c2", offer_id="c2-1", agent_id="t/anna", forgotten=True)
    sync(scene, "east", (live("c1"), talking, live("c3")), "c2-1", "c1-1")
    assert scene.commands[before:] == []


def test_an_end_forgotten_is_ordered_again_at_once() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.HangUpCall,)
    scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1"))
    before = len(scene.commands)
    sync(scene, "east", (live("c1", forgotten=True),))
    assert [type(command) for command in scene.commands[before:]] == [cmd.HangUpCall]


def test_what_follows_a_prompt_forgotten_is_played() -> None:
    heard = Announcements(greeting="hello", position=True, first_after_us=5 * S)
    scene = Scene(queue("a", announcements=heard))
    scene.ignored = (cmd.PlayPrompt,)
    scene.call("c1", "a", node_id="east")
    sync(scene, "east", (live("c1", forgotten=True),))
    assert scene.live("c1").playback is None


def test_nobody_is_hung_up_on_because_the_switch_was_taken_as_lost() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a", node_id="east")
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    assert scene.outcome("c1") == "switch_lost"
    before = len(scene.commands)
    sync(scene, "east", (live("c1", queue_id="t/a", queued_at_us=scene.now_us),))
    assert not [one for one in scene.commands[before:] if isinstance(one, cmd.HangUpCall)]
    assert scene.live("c1").state == "waiting"


def test_the_call_whose_turn_it_was_is_lost_with_the_conversation_and_the_next_is_served() -> None:
    scene = Scene(queue("a", max_conversations=1), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna", "ben")
    scene.call("c0", "a", node_id="east")
    scene.answers("anna")
    scene.not_ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.call("c2", "a", node_id="west")
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    assert scene.is_over("c0")
    assert scene.is_over("c1")
    assert scene.ringing("c2") == ["ben"]
