"""What the engine hears of a command that could not be carried out: the end of what it was for.

Every part of the adapter answers for what FreeSWITCH does with its commands. Here is what remains:
a command that was never sent, because a value in it can stand in no command. It ends as if the
switch had refused it, so that nothing waits for it and no other command is held up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from adapters.freeswitch.legs.leg_table import Legs

Ends = tuple[AnyEvent, ...]

_FAILED: Final = "failed"


def _nothing(_: AnyCommand) -> Ends:
    """Nothing waits for it: what was, goes on."""
    return ()


def _caller(command: cmd.RejectCall | cmd.AnswerCall | cmd.OpenMedia | cmd.HangUpCall) -> Ends:
    # A leg that cannot even be named is no call.
    return (ev.CallerHungUp(0, command.call_id, "no_such_leg"),)


def _recording(command: cmd.StartRecording | cmd.StopRecording) -> Ends:
    return (ev.RecordingEnded(0, command.call_id, command.file, 0, "not_recorded"),)


def _consult(command: cmd.JoinConsult | cmd.JoinAll) -> Ends:
    # Who is consulted is an agent with an offer, or a party: one of the two is known.
    party = ev.PartyEnded(0, command.consult_id, _FAILED)
    return (ev.OfferEnded(0, command.consult_id, "hangup"), party)


def _collected(command: cmd.Collect | cmd.StopCollect) -> Ends:
    return (ev.DigitsCollected(0, command.call_id, command.collect_id, _FAILED),)


def _caller_recorded(command: cmd.RecordCaller | cmd.StopRecord) -> Ends:
    return (ev.CallerRecorded(0, command.call_id, command.record_id, "", 0, _FAILED),)


def _being_made(legs: Legs, command: AnyCommand) -> None:
    """Forget the leg that a command was to bring up."""
    if isinstance(command, cmd.RingAgent):
        legs.agents.pop(command.offer_id)
    elif isinstance(command, cmd.OpenLine):
        legs.lines.pop(command.line_id, None)
    elif isinstance(command, cmd.DialNumber):
        leg = legs.outside_of(command.call_id)
        if leg is not None:
            del legs.outside[leg.leg_id]
    elif isinstance(command, cmd.DialCustomer):
        legs.customers.pop(command.call_id, None)
    elif isinstance(command, cmd.DialParty):
        legs.parties.pop(command.party_id, None)


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
    cmd.RecordCaller: _caller_recorded,
    cmd.StopRecord: _caller_recorded,
    cmd.SendKeys: _nothing,
    cmd.SetVariable: lambda one: (ev.VariableRead(0, one.call_id, one.read_id, None),),
    cmd.ReadVariable: lambda one: (ev.VariableRead(0, one.call_id, one.read_id, None),),
    cmd.RingAgent: lambda one: (ev.OfferEnded(0, one.offer_id, "not_rung"),),
    # The time for the key runs, and its end ends the offer.
    cmd.AskToAccept: _nothing,
    cmd.OpenLine: lambda one: (ev.LineClosed(0, one.line_id, "not_rung"),),
    cmd.CloseLine: lambda one: (ev.LineClosed(0, one.line_id, "hangup"),),
    cmd.CancelRing: lambda one: (ev.OfferEnded(0, one.offer_id, "hangup"),),
    cmd.Bridge: lambda one: (ev.BridgeFailed(0, one.call_id, one.offer_id, _FAILED),),
    cmd.HoldCall: _nothing,
    cmd.RetrieveCall: _nothing,
    cmd.DialNumber: lambda one: (ev.NumberEnded(0, one.call_id, False, _FAILED, one.attempt),),
    cmd.ReferCaller: lambda one: (ev.NumberEnded(0, one.call_id, False, _FAILED, one.attempt),),
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
}
#: The commands that this adapter carries out.
CARRIED_OUT: Final = tuple(_ENDS)


def ends_of(command: AnyCommand, legs: Legs) -> Ends:
    """What to report of a command that could not be carried out, of which nothing is left in the
    table of legs."""
    _being_made(legs, command)
    return _ENDS[type(command)](command)
