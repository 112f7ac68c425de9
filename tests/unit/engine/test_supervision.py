"""Supervision: listening to a conversation, speaking into it, taking it over."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.conversation_facts import (
    ConsultEnded,
    ConversationEnded,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
)
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def talking() -> Scene:
    """Anna and the caller of c1 talk; boss is on a break, ben is free."""
    scene = Scene(
        centre(
            queue("a"),
            agent("anna", "a", wrap_up=WrapUpPolicy(mode="timed")),
            agent("boss", "a"),
            agent("ben", "a"),
        )
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ready("ben")
    scene.sign_in("boss")
    return scene


def supervise(scene: Scene, contact: str = "sip:desk", **more: str) -> str:
    return scene.ask(
        rq.SuperviseRequested(scene.now_us, call_id="c1", contact=contact, by="jo", **more)  # type: ignore[arg-type]
    )


def change(scene: Scene, mode: str) -> str:
    return scene.ask(
        rq.SupervisionChangeRequested(scene.now_us, call_id="c1", mode=mode)  # type: ignore[arg-type]
    )


def leave(scene: Scene) -> str:
    return scene.ask(rq.SupervisionEndRequested(scene.now_us, call_id="c1"))


def take_over(scene: Scene) -> str:
    return scene.ask(rq.TakeOverRequested(scene.now_us, call_id="c1"))


def supervised() -> Scene:
    """Jo has listened for five seconds."""
    scene = talking()
    assert supervise(scene) == ""
    scene.wait(2)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2"))
    scene.wait(5)
    return scene


def reason(scene: Scene) -> str:
    [ended] = scene.told(SupervisionEnded)
    return ended.reason


def test_a_supervisor_is_rung_and_listens() -> None:
    scene = talking()
    assert supervise(scene) == ""
    assert scene.ordered(cmd.DialParty) == [cmd.DialParty("c1-2", "c1", "", "sip:desk", 33 * S)]
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2"))
    assert scene.ordered(cmd.Supervise) == [cmd.Supervise("c1-2", "c1", "c1-1", "listen")]
    [started] = scene.told(SupervisionStarted)
    assert (started.by, started.agent_id, started.mode) == ("jo", "t/anna", "listen")
    scene.wait(60)
    assert len(scene.ordered(cmd.Supervise)) == 1
    assert scene.live("c1").state == "talking"
    stories = [type(fact).__name__ for fact in scene.engine.story("t/anna")]
    assert not [name for name in stories if name.startswith("Supervision")], "anna hears of nothing"


def test_a_supervisor_on_an_agents_telephone_is_rung_where_that_is() -> None:
    scene = talking()
    phone = scene.engine.state.agents["t/boss"]
    phone.node_id = "west"
    assert supervise(scene, phone.contact) == ""
    assert [order.node_id for order in scene.ordered(cmd.DialParty)] == ["west"]


def test_the_mode_changes_on_the_fly() -> None:
    scene = supervised()
    assert change(scene, "whisper_agent") == ""
    assert change(scene, "barge") == ""
    modes = [command.mode for command in scene.ordered(cmd.Supervise)]
    assert modes == ["listen", "whisper_agent", "barge"]
    assert scene.told(SupervisionChanged)[-1].mode == "barge"


def test_a_mode_chosen_before_the_answer_is_the_first() -> None:
    scene = talking()
    supervise(scene)
    change(scene, "barge")
    assert not scene.ordered(cmd.Supervise)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2"))
    assert [command.mode for command in scene.ordered(cmd.Supervise)] == ["barge"]


def test_an_order_that_nobody_confirms_is_repeated_and_one_that_is_old_confirms_nothing() -> None:
    scene = supervised()
    scene.ignored = (cmd.Supervise,)
    change(scene, "barge")
    scene.feed(ev.SupervisionSet(scene.now_us, "c1-2", "listen"))
    scene.wait(6)
    assert len(scene.ordered(cmd.Supervise, mode="barge")) == 2
    scene.feed(ev.SupervisionSet(scene.now_us, "c1-2", "barge"))
    scene.wait(30)
    assert len(scene.ordered(cmd.Supervise, mode="barge")) == 2


def test_the_supervisor_leaves_and_the_conversation_goes_on() -> None:
    scene = supervised()
    assert leave(scene) == ""
    assert reason(scene) == "ended"
    assert scene.told(SupervisionEnded)[0].lasted_us == 5 * S
    assert scene.live("c1").state == "talking"
    assert not scene.engine.state.parties
    assert supervise(scene) == "", "and may come back"


def test_the_supervisor_hangs_up_or_is_not_reached() -> None:
    scene = supervised()
    scene.feed(ev.PartyEnded(scene.now_us, "c1-2"))
    assert reason(scene) == "hung_up"
    scene = talking()
    supervise(scene)
    scene.wait(31)
    assert reason(scene) == "not_reached"
    assert not scene.engine.state.parties


@pytest.mark.parametrize("how", ["caller", "agent", "desk"])
def test_it_ends_with_the_conversation(how: str) -> None:
    scene = supervised()
    if how == "caller":
        scene.caller_hangs_up("c1")
    elif how == "agent":
        scene.agent_hangs_up("anna")
    else:
        scene.ask(rq.HangUpRequested(scene.now_us, call_id="c1"))
    assert reason(scene) == "conversation_over"
    assert scene.ordered(cmd.EndParty) == [cmd.EndParty("c1-2")]


def test_the_supervisor_takes_over() -> None:
    scene = supervised()
    assert take_over(scene) == ""
    assert reason(scene) == "took_over"
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-2")
    assert not scene.ordered(cmd.EndParty)
    assert scene.state("anna") == "wrap_up"
    assert scene.live("c1").state == "outside"
    assert scene.told(facts.CallDiverted)[0].to == "supervisor jo"
    assert scene.told(ConversationEnded)[0].ended_by == "system"
    scene.wait(60)
    scene.feed(ev.PartyEnded(scene.now_us, "c1-2"))
    assert scene.outcome("c1") == "diverted"


def test_taking_over_drops_whom_the_agent_consults() -> None:
    scene = supervised()
    scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", agent_id="t/ben"))
    scene.answers("ben")
    assert take_over(scene) == ""
    assert scene.state("ben") == "ready"
    assert scene.told(ConsultEnded)[0].outcome == "conversation_over"


def test_what_is_not_possible() -> None:
    scene = talking()
    nobody = "nobody supervises this conversation"
    assert change(scene, "barge") == leave(scene) == take_over(scene) == nobody
    assert supervise(scene, contact="") == "no telephone to ring"
    assert supervise(scene, agent_id="t/ben") == "go not ready first"
    assert supervise(scene, agent_id="t/none") == "no such agent"
    supervise(scene)
    assert supervise(scene) == "somebody supervises this conversation"
    assert take_over(scene) == "the supervisor has not answered"
    scene.caller_hangs_up("c1")
    assert supervise(scene) == "the call has ended"


def test_a_supervisor_who_is_an_agent_is_rung_there_and_gets_no_calls_meanwhile() -> None:
    scene = talking()
    assert supervise(scene, contact="", agent_id="t/boss") == ""
    assert scene.ordered(cmd.DialParty)[0].contact == "sip:boss"
    wanted = rq.ReadyRequested(scene.now_us, agent_id="t/boss")
    assert scene.ask(wanted) == "on the telephone, supervising a conversation"
    leave(scene)
    assert scene.ask(wanted) == ""
