"""Commands that cannot be carried out: each is reported as its end, and harms no other."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.plan import DialRoute, DialWay
from acdengine.screen_pop import ScreenPop
from adapters.freeswitch.commands.command_executor import CommandExecutor
from adapters.freeswitch.protocol.errors import Unrepresentable
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.injection import KINDS

#: Words for which FreeSWITCH would unload its event socket, and so no command may hold them.
WORDS = "reload-mod_event_socket"
ROUTE = DialRoute(ways=(DialWay(contact="sofia/gateway/carrier/{number}"),))
POP = ScreenPop("t/a", WORDS, WORDS, WORDS, "", 0, 0)

#: Every command, and what is told of one that cannot be carried out.
ENDS: list[tuple[cmd.AnyCommand, list[ev.AnyEvent]]] = [
    (cmd.RejectCall("c", "busy"), [ev.CallerHungUp(0, "c", "no_such_leg")]),
    (cmd.AnswerCall("c"), [ev.CallerHungUp(0, "c", "no_such_leg")]),
    (cmd.OpenMedia("c"), [ev.CallerHungUp(0, "c", "no_such_leg")]),
    (cmd.HangUpCall("c", "normal"), [ev.CallerHungUp(0, "c", "no_such_leg")]),
    (cmd.PlayMusic("c", "default"), []),
    (cmd.PlayPrompt("c", "1", "greeting"), [ev.PromptFinished(0, "c", "1")]),
    (cmd.StopPrompt("c"), []),
    (cmd.PlayPrompts("c", "1", ()), [ev.PromptsFinished(0, "c", "1", is_cancelled=True)]),
    (cmd.Collect("c", "1"), [ev.DigitsCollected(0, "c", "1", "failed")]),
    (cmd.StopCollect("c", "1"), [ev.DigitsCollected(0, "c", "1", "failed")]),
    (cmd.RecordCaller("c", "1", "x.wav"), [ev.CallerRecorded(0, "c", "1", "", 0, "failed")]),
    (cmd.StopRecord("c", "1"), [ev.CallerRecorded(0, "c", "1", "", 0, "failed")]),
    (cmd.SendKeys("c", "1"), []),
    (cmd.SetVariable("c", "1", "flow_x", "y"), [ev.VariableRead(0, "c", "1", None)]),
    (cmd.ReadVariable("c", "1", "flow_x"), [ev.VariableRead(0, "c", "1", None)]),
    (cmd.RingAgent("a", "c", "t/anna", "user/1", 1), [ev.OfferEnded(0, "a", "not_rung")]),
    (cmd.AskToAccept("a", "c", "1", ("greeting",)), []),
    (cmd.OpenLine("l", "t/anna", "user/1", 1), [ev.LineClosed(0, "l", "not_rung")]),
    (cmd.CloseLine("l"), [ev.LineClosed(0, "l", "hangup")]),
    (cmd.CancelRing("a"), [ev.OfferEnded(0, "a", "hangup")]),
    (cmd.Bridge("c", "a"), [ev.BridgeFailed(0, "c", "a", "failed")]),
    (cmd.HoldCall("c", "default"), []),
    (cmd.RetrieveCall("c"), []),
    (cmd.DialNumber("c", "0123", attempt=2), [ev.NumberEnded(0, "c", False, "failed", 2)]),
    (
        cmd.ReferCaller("c", "0123", "sip:{number}@x", attempt=2),
        [ev.NumberEnded(0, "c", False, "failed", 2)],
    ),
    (cmd.RecordMessage("c", "t/b", "", "t/b/x.wav"), [ev.MessageLeft(0, "c", "", 0)]),
    (cmd.StartRecording("c", "x"), [ev.RecordingEnded(0, "c", "x", 0, "not_recorded")]),
    (cmd.PauseRecording("c", "x"), []),
    (cmd.ResumeRecording("c", "x"), []),
    (cmd.StopRecording("c", "x"), [ev.RecordingEnded(0, "c", "x", 0, "not_recorded")]),
    (cmd.DialCustomer("c", "0123", 1), [ev.CallbackFailed(0, "c", "failed")]),
    (cmd.CancelDial("c"), [ev.CallbackFailed(0, "c", "failed")]),
    (cmd.DialParty("p", "c", "0123", "", 1), [ev.PartyEnded(0, "p", "failed")]),
    (cmd.EndParty("p"), [ev.PartyEnded(0, "p", "failed")]),
    (cmd.AdoptAgentLeg("q", "c", "t/anna"), [ev.OfferEnded(0, "q", "hangup")]),
    (
        cmd.AdoptExternalLeg("q", "c", "0123", 2, False),
        [ev.NumberEnded(0, "c", False, "failed", 2)],
    ),
    (
        cmd.JoinConsult("c", "a", "b", "default"),
        [ev.OfferEnded(0, "b", "hangup"), ev.PartyEnded(0, "b", "failed")],
    ),
    (
        cmd.JoinAll("c", "a", "b"),
        [ev.OfferEnded(0, "b", "hangup"), ev.PartyEnded(0, "b", "failed")],
    ),
    (cmd.Supervise("p", "c", "a", "listen"), [ev.PartyEnded(0, "p", "failed")]),
]  # fmt: skip


def refuse(orders: CommandExecutor, kind: type[Any], error: Exception) -> None:
    """Have commands of one kind fail in the middle."""

    def fails(_: Any) -> None:
        raise error

    orders._do[kind] = fails


def test_every_command_is_here() -> None:
    assert {type(command) for command, _ in ENDS} == {*KINDS} - {cmd.Reply}


@pytest.mark.parametrize("error", [Unrepresentable("file", "it is none"), KeyError("a defect")])
@pytest.mark.parametrize(("command", "ends"), ENDS, ids=lambda one: type(one).__name__)
def test_it_is_told_as_its_end_and_the_others_of_the_batch_are_carried_out(
    command: cmd.AnyCommand, ends: list[ev.AnyEvent], error: Exception
) -> None:
    desk = Desk()
    desk.caller("c")
    desk.caller("other")
    refuse(desk.orders, type(command), error)
    kind = cmd.AnswerCall if isinstance(command, cmd.HangUpCall) else cmd.HangUpCall
    desk.legs.callers["other"].is_answered = False
    with structlog.testing.capture_logs() as logged:
        others = ("other", "normal") if kind is cmd.HangUpCall else ("other",)
        desk.orders.execute([command, kind(*others)])
    sent, reported = desk.drain()
    assert reported == ends
    assert any("other" in line for line in sent), sent
    assert logged[0]["command"] == type(command).__name__


def test_nothing_is_left_of_a_leg_that_was_to_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.caller("c")

    def breaks(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(desk, "dial", breaks)
    desk.orders.execute(
        [
            cmd.RingAgent("a", "c", "t/anna", "user/1", 1),
            cmd.OpenLine("l", "t/anna", "user/1", 1),
            cmd.DialNumber("c", "0123", ("0",), ROUTE),
            cmd.DialParty("p", "c", "", "user/1", 1),
        ]
    )
    legs = desk.legs
    left = [len(one) for one in (legs.agents, legs.lines, legs.outside, legs.parties)]
    assert left == [0, 0, 0, 0]
    assert len(desk.reported) == 4


# -- a number with the words -------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [WORDS, "RELOAD-Mod_Event_Socket", "mod_event_socket", "unload.mod_event_socket"]
)
def test_a_number_with_the_words_rings_and_is_shown_defused(words: str) -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="answered",
              caller_number=words, destination_number=words)  # fmt: skip
    desk.drain()
    pop = ScreenPop("t/a", words, words, words, words, 0, 0, {"Own": words})
    desk.orders.execute([cmd.RingAgent("a", "c", "t/anna", "user/1", 20_000_000, screen_pop=pop)])
    [sent], reported = desk.drain()
    assert sent.startswith("originate ")
    assert "mod_event_socket" not in sent.lower()
    assert "mod event socket" in sent
    assert reported == []


def test_a_number_with_the_words_is_shown_to_nobody_outside() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="answered",
              caller_number=WORDS)  # fmt: skip
    desk.drain()
    desk.orders.execute([cmd.DialNumber("c", "0123", ("0",), ROUTE)])
    [dialled] = [line for line in desk.sent if line.startswith("originate ")]
    assert "event_socket" not in dialled


@pytest.mark.parametrize(
    "leg_id",
    [WORDS, f"{WORDS}@host", "call-1", "x" * 121, "a b", "a\nb", "${system}", "", "-x", "汉"],
)
def test_a_leg_of_such_an_identity_is_left_alone_with_a_line_in_the_log(leg_id: str) -> None:
    desk = Desk()
    with structlog.testing.capture_logs() as logged:
        desk.hear("CHANNEL_PARK", leg_id, direction="inbound", answer_state="answered")
    assert desk.drain() == ([], [])
    assert [line["event"] for line in logged] == ["a leg that cannot be named is left alone"]


def test_a_leg_that_takes_the_name_of_an_offer_is_no_agents() -> None:
    desk = Desk()
    desk.caller("c")
    desk.hear("CHANNEL_PARK", "c-1", direction="inbound", answer_state="answered")
    desk.orders.execute([cmd.RingAgent("c-1", "c", "t/anna", "user/1", 20_000_000)])
    desk.hear("CHANNEL_ANSWER", "c-1", direction="inbound")
    desk.on_end[-1]("+OK another\n")
    assert ev.OfferEnded(0, "c-1", "not_rung") in desk.reported
