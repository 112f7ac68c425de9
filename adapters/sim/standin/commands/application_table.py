"""Dialplan applications by name; the short ones are here."""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.calls import (
    applications,
    bridging,
    conference,
    dtmf,
    eavesdropping,
    leg_states,
    playback_applications,
    recording,
    speech_recognition,
    transfer,
)
from adapters.sim.standin.core import hangup_causes
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.switch_core import Application, SwitchCore
from adapters.sim.standin.core.text_parsing import expanded, separated
from adapters.sim.standin.dialling import originate
from adapters.sim.standin.event_socket import outbound_socket

#: After these the dialplan goes on behind `bridge`, also without `continue_on_fail`.
_GOES_ON: Final = ("NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL")


def _park(switch: SwitchCore, leg: Channel, running: Running) -> None:
    switch.tell("CHANNEL_PARK", leg)
    leg_states.begin_parking(switch, leg)


def _leave_park(switch: SwitchCore, leg: Channel, running: Running) -> str:
    leg_states.leave_park(leg)
    switch.tell("CHANNEL_UNPARK", leg)
    return ""


def _answer(switch: SwitchCore, leg: Channel, running: Running) -> None:
    leg_states.answer(switch, leg)
    applications.finish(switch, leg, running)


def _pre_answer(switch: SwitchCore, leg: Channel, running: Running) -> None:
    leg_states.pre_answer(switch, leg)
    applications.finish(switch, leg, running)


def _set(switch: SwitchCore, leg: Channel, running: Running) -> None:
    name, equals, value = running.argument.partition("=")
    if equals:
        leg.set(name.strip(), expanded(value, lambda asked: switch.look_up(leg, asked)))
    applications.finish(switch, leg, running)


def _multiset(switch: SwitchCore, leg: Channel, running: Running) -> None:
    for piece in separated(running.argument, " "):
        name, equals, value = piece.partition("=")
        if equals:
            leg.set(name, value)
    applications.finish(switch, leg, running)


def _unset(switch: SwitchCore, leg: Channel, running: Running) -> None:
    leg.set(running.argument, "")
    applications.finish(switch, leg, running)


def _nothing(switch: SwitchCore, leg: Channel, running: Running) -> None:
    applications.finish(switch, leg, running)


def _sleep(switch: SwitchCore, leg: Channel, running: Running) -> None:
    wait_s = int(running.argument) / 1000 if running.argument.isdigit() else 0.0
    running.timer = switch.clock.after(wait_s, lambda: applications.finish(switch, leg, running))
    switch.at_frame(leg)


def _hang_up(switch: SwitchCore, leg: Channel, running: Running) -> None:
    leg_states.hang_up(switch, leg, hangup_causes.known(running.argument))


def _echo(switch: SwitchCore, leg: Channel, running: Running) -> None:
    running.hz = leg.tone_hz
    switch.at_frame(leg)


def _break(switch: SwitchCore, leg: Channel, running: Running) -> None:
    applications.finish(switch, leg, running)
    switch.next_frame(leg, lambda: applications.break_sounds(switch, leg))


def _send_dtmf(switch: SwitchCore, leg: Channel, running: Running) -> None:
    if leg.partner is not None:
        for key in running.argument.partition("@")[0]:
            dtmf.pressed(switch, leg.partner, key, "APP")
    applications.finish(switch, leg, running)


def _transfer(switch: SwitchCore, leg: Channel, running: Running) -> None:
    transfer.move(switch, leg, separated(running.argument, " ", 3))


def _replaced(switch: SwitchCore, leg: Channel, outcome: list[str]) -> None:
    """The telephone had left its call to what `bridge` dialled: the held leg is joined with it, or
    goes on where this one would have, with its variables."""
    held = switch.living(leg.get("holding_uuid"))
    behind = tuple(switch.actions.get(leg.uuid, ()))
    variables = dict(leg.variables)
    leg_states.hang_up(switch, leg, "NORMAL_CLEARING")
    if outcome[0] == "+OK":
        other = switch.channels[outcome[1]]
        if held is None:
            leg_states.hang_up(switch, other, "ORIGINATOR_CANCEL")
        else:
            bridging.join(switch, held, other)
    elif held is not None:
        left_out = leg.get("attended_transfer_no_copy").split(",")
        for key, value in variables.items():
            if key.removeprefix("variable_") not in left_out:
                held.variables[key] = value
        held.caller.pop("Caller-Transfer-Source", None)
        applications.unwind(switch, held)
        applications.run_actions(switch, held, behind)


def _intercept(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """Take another leg over from its partner."""
    other = switch.living(running.argument)
    if other is None:
        leg_states.hang_up(switch, leg, "NORMAL_CLEARING")
        return
    before = other.partner
    bridging.join(switch, leg, other)
    if before is not None:
        switch.next_frame(other, lambda: leg_states.hang_up(switch, before, "PICKED_OFF"))


def _bridge(switch: SwitchCore, leg: Channel, running: Running) -> None:
    def ended(printed: str) -> None:
        outcome = printed.split()
        if not leg.is_up or len(outcome) < 2:
            return
        if leg.get("holding_uuid"):
            _replaced(switch, leg, outcome)
            return
        if outcome[0] == "+OK":
            leg_states.answer(switch, leg)
            applications.unwind(switch, leg)
            bridging.join(switch, leg, switch.channels[outcome[1]])
            return
        leg.set("originate_disposition", outcome[1])
        if outcome[1] in _GOES_ON or leg.get("continue_on_fail"):
            applications.finish(switch, leg, running)
        else:
            leg_states.hang_up(switch, leg, outcome[1])

    originate.dial(switch, running.argument, leg, ended)


_NOTHING: Final = Application(_nothing)
_SET: Final = Application(_set)

APPLICATIONS: Final[dict[str, Application]] = {
    "park": Application(_park, leave=_leave_park, broken=None),
    "answer": Application(_answer),
    "pre_answer": Application(_pre_answer),
    "ring_ready": _NOTHING,
    "set": _SET,
    "export": _SET,
    "multiset": Application(_multiset),
    "unset": Application(_unset),
    "eval": _NOTHING,
    "log": _NOTHING,
    "info": _NOTHING,
    "sched_hangup": _NOTHING,
    "start_dtmf": _NOTHING,
    "stop_dtmf": _NOTHING,
    "set_profile_var": _NOTHING,
    "event": _NOTHING,
    "hash": _NOTHING,
    "sleep": Application(_sleep),
    "hangup": Application(_hang_up),
    "echo": Application(_echo),
    "break": Application(_break),
    "send_dtmf": Application(_send_dtmf),
    "transfer": Application(_transfer),
    "bridge": Application(_bridge),
    "intercept": Application(_intercept),
    **playback_applications.APPLICATIONS,
    **recording.APPLICATIONS,
    **speech_recognition.APPLICATIONS,
    "conference": conference.APPLICATION,
    "eavesdrop": eavesdropping.APPLICATION,
    "socket": Application(outbound_socket.connect, leave=_leave_park, broken=None),
}
