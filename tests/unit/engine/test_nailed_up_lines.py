"""Lines of nailed-up agents: dialled at sign-in, kept through calls, dialled again when lost."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.centre_facts import LineChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.live_legs import LiveLine
from routing.policy import MissPolicy, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, queue


def centre(**profile: object) -> Scene:
    return Scene(queue("a"), agent("anna", "a", **{"nailed_up": True, **profile}))


def on_the_line() -> Scene:
    """Anna is on her line, ready for calls."""
    scene = centre()
    scene.ready("anna")
    scene.takes_up_line("anna")
    return scene


def dialled(scene: Scene) -> list[str]:
    return [order.line_id for order in scene.ordered(cmd.OpenLine)]


def states(scene: Scene) -> list[tuple[str, str]]:
    return [(fact.state, fact.cause) for fact in scene.told(LineChanged)]


def test_the_line_is_dialled_at_the_sign_in_and_makes_ready() -> None:
    scene = centre(auto_answer="call_info")
    scene.sign_in("anna")
    [order] = scene.ordered(cmd.OpenLine)
    assert (order.agent_id, order.contact, order.auto_answer) == ("t/anna", "sip:anna", "call_info")
    scene.ready("anna")
    assert scene.state("anna") == "not_ready line-down"
    scene.call("c1", "a")
    scene.takes_up_line("anna")
    assert scene.live("c1").state == "talking"
    assert states(scene) == [("dialled", ""), ("up", "")]


def test_a_line_that_is_up_before_the_agent_wants_calls_waits_for_that() -> None:
    scene = centre()
    scene.sign_in("anna")
    scene.takes_up_line("anna")
    assert scene.state("anna") == "not_ready signed-in"
    scene.ready("anna")
    assert scene.state("anna") == "ready"


def test_a_call_is_put_through_on_the_line_and_the_line_stays() -> None:
    scene = on_the_line()
    line_id = scene.agent("anna").line_id
    for call_id in ("c1", "c2"):
        scene.call(call_id, "a")
        assert scene.live(call_id).state == "talking"
        scene.wait(10)
        scene.caller_hangs_up(call_id)
        assert scene.state("anna") == "ready"
    rings = scene.ordered(cmd.RingAgent)
    assert [ring.line_id for ring in rings] == [line_id, line_id]
    assert rings[0].offer_id != rings[1].offer_id
    assert dialled(scene) == [line_id]
    assert not scene.ordered(cmd.CloseLine)


def test_the_switch_is_told_to_take_the_caller_off_the_line_after_a_call() -> None:
    scene = on_the_line()
    scene.call("c1", "a")
    assert scene.ask(rq.HangUpRequested(scene.now_us, call_id="c1")) == ""
    assert [order.offer_id for order in scene.ordered(cmd.CancelRing)] == ["c1-1"]
    assert scene.state("anna") == "ready"


def test_who_hangs_up_the_line_gets_no_calls_until_they_ask_for_them() -> None:
    scene = on_the_line()
    scene.line_ends("anna")
    assert scene.state("anna") == "not_ready line-down"
    scene.wait(600)
    assert len(dialled(scene)) == 1
    scene.call("c1", "a")
    scene.ready("anna")
    assert len(dialled(scene)) == 2
    assert scene.state("anna") == "not_ready line-down"
    scene.takes_up_line("anna")
    assert scene.live("c1").state == "talking"


def test_who_hangs_up_during_a_call_has_ended_it_and_the_line() -> None:
    scene = on_the_line()
    scene.call("c1", "a")
    offer_id = scene.offer_of("anna")
    scene.line_ends("anna")
    assert scene.state("anna") == "talking"
    scene.feed(ev.OfferEnded(scene.now_us, offer_id, "hangup"))
    assert scene.outcome("c1") == "answered"
    assert scene.state("anna") == "not_ready line-down"


@pytest.mark.parametrize("cause", ["no_answer", "busy", "rejected"])
def test_a_line_that_is_not_taken_up_is_not_dialled_again_by_itself(cause: ev.LineCause) -> None:
    scene = centre()
    scene.ready("anna")
    scene.line_ends("anna", cause)
    scene.wait(600)
    assert len(dialled(scene)) == 1
    assert scene.state("anna") == "not_ready line-down"


@pytest.mark.parametrize("cause", ["lost", "failed", "unreachable"])
def test_a_line_that_was_lost_is_dialled_again_and_makes_ready(cause: ev.LineCause) -> None:
    scene = on_the_line()
    scene.line_ends("anna", cause)
    assert scene.state("anna") == "not_ready line-down"
    scene.wait(9)
    assert len(dialled(scene)) == 1
    scene.wait(1)
    assert len(set(dialled(scene))) == 2
    scene.takes_up_line("anna")
    assert scene.state("anna") == "ready"
    assert states(scene)[2:] == [("down", cause), ("dialled", ""), ("up", "")]


def test_a_line_of_which_nothing_is_heard_is_dialled_again() -> None:
    scene = centre()
    scene.ready("anna")
    first = scene.agent("anna").line_id
    scene.wait(39)
    assert dialled(scene) == [first]
    scene.wait(11)
    assert len(dialled(scene)) == 2
    assert [order.line_id for order in scene.ordered(cmd.CloseLine)] == [first]
    scene.feed(ev.LineOpened(scene.now_us, first))
    assert [order.line_id for order in scene.ordered(cmd.CloseLine)] == [first, first]
    assert scene.state("anna") == "not_ready line-down"


def test_the_sign_out_drops_the_line_until_that_is_confirmed() -> None:
    scene = on_the_line()
    line_id = scene.agent("anna").line_id
    scene.ignored = (cmd.CloseLine,)
    assert scene.sign_out("anna") == ""
    scene.wait(11)
    assert len(scene.ordered(cmd.CloseLine, line_id=line_id)) == 3
    scene.feed(ev.LineClosed(scene.now_us, line_id, "hangup"))
    assert not scene.engine.state.lines
    assert scene.state("anna") == "logged_out"


def test_a_line_whose_end_nobody_confirms_is_given_up() -> None:
    scene = on_the_line()
    scene.ignored = (cmd.CloseLine,)
    scene.sign_out("anna")
    scene.wait(200)
    assert not scene.engine.state.lines


def test_a_sign_out_during_a_call_drops_the_line_after_it() -> None:
    scene = on_the_line()
    scene.call("c1", "a")
    scene.sign_out("anna")
    assert not scene.ordered(cmd.CloseLine)
    scene.caller_hangs_up("c1")
    assert scene.ordered(cmd.CloseLine)
    assert scene.state("anna") == "logged_out"


def test_another_phone_is_another_line() -> None:
    scene = on_the_line()
    first = scene.agent("anna").line_id
    scene.sign_in("anna", contact="sip:desk")
    assert [order.line_id for order in scene.ordered(cmd.CloseLine)] == [first]
    assert [order.contact for order in scene.ordered(cmd.OpenLine)] == ["sip:anna", "sip:desk"]
    assert scene.state("anna") == "not_ready line-down"
    scene.takes_up_line("anna")
    assert scene.state("anna") == "ready"


def test_settings_nail_up_and_let_go() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.reload(queue("a"), agent("anna", "a", nailed_up=True))
    assert len(dialled(scene)) == 1
    assert scene.state("anna") == "not_ready line-down"
    scene.reload(queue("a"), agent("anna", "a"))
    assert scene.ordered(cmd.CloseLine)
    assert scene.state("anna") == "ready"
    scene.call("c1", "a")
    assert scene.ordered(cmd.RingAgent)[-1].line_id == ""


# -- nodes -----------------------------------------------------------------------------------------


def test_a_lost_switch_ends_its_lines_which_are_dialled_when_it_is_back() -> None:
    scene = centre()
    scene.ready("anna")
    scene.feed(ev.LineOpened(scene.now_us, scene.agent("anna").line_id, "east"))
    scene.feed(ev.SwitchLost(scene.now_us, "west"))
    assert scene.state("anna") == "ready"
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    assert scene.state("anna") == "not_ready line-down"
    scene.wait(1)
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), ()))
    assert len(dialled(scene)) == 2
    scene.takes_up_line("anna")
    assert scene.state("anna") == "ready"


def test_an_engine_that_begins_anew_takes_in_the_lines_that_are_live() -> None:
    scene = centre()
    live = LiveLine("line-before", "t/anna", answered=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), (), lines=(live,)))
    assert scene.state("anna") == "not_ready signed-in"
    scene.ready("anna")
    assert scene.state("anna") == "ready"
    assert dialled(scene) == []
    scene.call("c1", "a", node_id="east")
    assert scene.ordered(cmd.RingAgent)[0].line_id == "line-before"
    assert scene.live("c1").state == "talking"


def test_a_line_that_was_given_up_is_not_taken_in() -> None:
    scene = centre()
    scene.ready("anna")
    (given_up,) = dialled(scene)
    scene.wait(60)
    scene.ready("anna")
    live = LiveLine(given_up, "t/anna", answered=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), (), lines=(live,)))
    assert scene.agent("anna").line_id != given_up
    assert scene.commands[-1] == cmd.CloseLine(given_up)


def test_a_live_line_is_better_than_one_that_is_being_dialled() -> None:
    scene = centre()
    scene.ready("anna")
    live = LiveLine("line-before", "t/anna", answered=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), (), lines=(live,)))
    assert scene.agent("anna").line_id == "line-before"
    assert [order.line_id for order in scene.ordered(cmd.CloseLine)] == dialled(scene)
    assert scene.state("anna") == "ready"


@pytest.mark.parametrize(
    "live",
    [
        LiveLine("line-x", "t/none", answered=True),
        LiveLine("line-x", "t/anna", answered=False),
    ],
)
def test_a_line_that_is_nobodys_is_dropped(live: LiveLine) -> None:
    scene = centre()
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), (), lines=(live,)))
    assert [order.line_id for order in scene.ordered(cmd.CloseLine)] == ["line-x"]
    assert scene.state("anna") == "logged_out"


def test_a_line_of_somebody_who_has_signed_out_is_dropped() -> None:
    scene = on_the_line()
    scene.sign_out("anna")
    live = LiveLine("line-x", "t/anna", answered=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), (), lines=(live,)))
    assert scene.ordered(cmd.CloseLine, line_id="line-x")
    assert scene.state("anna") == "logged_out"


def test_an_answer_that_was_not_heard_of_is_found_by_comparing() -> None:
    scene = centre()
    scene.ready("anna")
    live = LiveLine(scene.agent("anna").line_id, "t/anna", answered=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), (), lines=(live,)))
    assert scene.state("anna") == "ready"


def test_ready_in_wrap_up_has_a_line_that_was_hung_up_dialled() -> None:
    scene = centre(wrap_up=WrapUpPolicy(mode="timed"), misses=MissPolicy(limit=0))
    scene.ready("anna")
    scene.takes_up_line("anna")
    scene.call("c1", "a")
    offer_id = scene.offer_of("anna")
    scene.line_ends("anna")
    scene.feed(ev.OfferEnded(scene.now_us, offer_id, "hangup"))
    assert scene.state("anna") == "wrap_up"
    scene.ready("anna")
    assert scene.state("anna") == "not_ready line-down"
    scene.takes_up_line("anna")
    assert scene.state("anna") == "ready"
    assert scene.told(ConversationEnded)[0].talked_us < S


def test_a_caller_on_another_node_rings_the_phone() -> None:
    scene = centre()
    scene.ready("anna")
    scene.feed(ev.LineOpened(scene.now_us, scene.agent("anna").line_id, "east"))
    scene.call("c1", "a", node_id="west")
    assert [ring.line_id for ring in scene.ordered(cmd.RingAgent)] == [""]
    assert scene.live("c1").state == "waiting"
