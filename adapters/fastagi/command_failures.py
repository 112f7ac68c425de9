"""What the engine hears of a command that is not carried out: the end of what it was for.

Either Asterisk cannot do it by AGI, or the leg is gone, or busy with an application that takes no
commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent

Ends = tuple[AnyEvent, ...]

_FAILED: Final = "failed"


def _nothing(_: AnyCommand) -> Ends:
    """Nothing waits for it."""
    return ()


def _caller(command: cmd.RejectCall | cmd.AnswerCall | cmd.HangUpCall) -> Ends:
    return (ev.CallerHungUp(0, command.call_id, "no_such_leg"),)


def _read(command: cmd.SetVariable | cmd.ReadVariable) -> Ends:
    return (ev.VariableRead(0, command.call_id, command.read_id, None),)


def _collected(command: cmd.Collect | cmd.StopCollect) -> Ends:
    return (ev.DigitsCollected(0, command.call_id, command.collect_id, _FAILED),)


def _recorded(command: cmd.RecordCaller | cmd.StopRecord) -> Ends:
    return (ev.CallerRecorded(0, command.call_id, command.record_id, "", 0, _FAILED),)


def _recording(command: cmd.StartRecording | cmd.StopRecording) -> Ends:
    return (ev.RecordingEnded(0, command.call_id, command.file, 0, "not_recorded"),)


def _consult(command: cmd.JoinConsult | cmd.JoinAll) -> Ends:
    # Who is consulted is an agent with an offer, or a party: one of the two is known.
    party = ev.PartyEnded(0, command.consult_id, _FAILED)
    return (ev.OfferEnded(0, command.consult_id, "hangup"), party)


_ENDS: Final[dict[type[AnyCommand], Callable[[Any], Ends]]] = {
    cmd.RejectCall: _caller,
    cmd.AnswerCall: _caller,
    cmd.OpenMedia: _caller,
    cmd.HangUpCall: _caller,
    cmd.PlayMusic: _nothing,
    cmd.PlayPrompt: lambda one: (ev.PromptFinished(0, one.call_id, one.prompt_id),),
    cmd.StopPrompt: _nothing,
    cmd.PlayPrompts: lambda one: (
        ev.PromptsFinished(0, one.call_id, one.prompt_id, is_cancelled=True),
    ),
    cmd.Collect: _collected,
    cmd.StopCollect: _collected,
    cmd.RecordCaller: _recorded,
    cmd.StopRecord: _recorded,
    cmd.SendKeys: _nothing,
    cmd.SetVariable: _read,
    cmd.ReadVariable: _read,
    cmd.RingAgent: lambda one: (ev.OfferEnded(0, one.offer_id, "not_rung"),),
    cmd.AskToAccept: _nothing,
    cmd.OpenLine: lambda one: (ev.LineClosed(0, one.line_id, "not_rung"),),
    cmd.CloseLine: lambda one: (ev.LineClosed(0, one.line_id, "hangup"),),
    cmd.CancelRing: lambda one: (ev.OfferEnded(0, one.offer_id, "hangup"),),
    cmd.Bridge: lambda one: (ev.BridgeFailed(0, one.call_id, one.offer_id, _FAILED),),
    cmd.HoldCall: _nothing,
    cmd.RetrieveCall: _nothing,
    cmd.DialNumber: lambda one: (ev.NumberEnded(0, one.call_id, False, _FAILED, one.attempt),),
    # Asterisk's `Transfer` tells whether REFER was taken, and not what came of it.
    cmd.ReferCaller: lambda one: (ev.NumberEnded(0, one.call_id, False, "refused", one.attempt),),
    cmd.RecordMessage: lambda one: (ev.MessageLeft(0, one.call_id, "", 0),),
    cmd.StartRecording: _recording,
    cmd.PauseRecording: _nothing,
    cmd.ResumeRecording: _nothing,
    cmd.StopRecording: _recording,
    cmd.DialCustomer: lambda one: (ev.CallbackFailed(0, one.call_id, _FAILED),),
    cmd.CancelDial: lambda one: (ev.CallbackFailed(0, one.call_id, _FAILED),),
    cmd.DialParty: lambda one: (ev.PartyEnded(0, one.party_id, _FAILED),),
    cmd.EndParty: lambda one: (ev.PartyEnded(0, one.party_id, _FAILED),),
    cmd.AdoptAgentLeg: lambda one: (ev.OfferEnded(0, one.offer_id, "hangup"),),
    cmd.AdoptExternalLeg: lambda one: (
        ev.NumberEnded(0, one.call_id, one.answered, _FAILED, one.attempt),
    ),
    cmd.JoinConsult: _consult,
    cmd.JoinAll: _consult,
    cmd.Supervise: lambda one: (ev.PartyEnded(0, one.party_id, _FAILED),),
    cmd.Reply: _nothing,
}


def ends_of(command: AnyCommand) -> Ends:
    """What is reported of a command that is not carried out."""
    return _ENDS.get(type(command), _nothing)(command)
