"""The applications that the stand-in knows, by name; the longer ones have modules of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from adapters.sim.standin import (
    applications,
    bridging,
    causes,
    conference,
    eavesdropping,
    legs,
    originating,
    recording,
    socket_out,
    sounds,
    tones,
    transfer,
)
from adapters.sim.standin.channel import Channel, Running
from adapters.sim.standin.reading import expanded, separated

if TYPE_CHECKING:
    from adapters.sim.standin.switch import StandIn

#: After these the dialplan goes on behind `bridge`, whatever `continue_on_fail` says.
_GOES_ON: Final = ("NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL")

Application = Callable[["StandIn", Channel, Running], None]


def _park(switch: StandIn, leg: Channel, running: Running) -> None:
    switch.tell("CHANNEL_PARK", leg)
    legs.begin_parking(switch, leg)


def _answer(switch: StandIn, leg: Channel, running: Running) -> None:
    legs.answer(switch, leg)
    applications.finish(switch, leg, running)


def _pre_answer(switch: StandIn, leg: Channel, running: Running) -> None:
    legs.pre_answer(switch, leg)
    applications.finish(switch, leg, running)


def _set(switch: StandIn, leg: Channel, running: Running) -> None:
    name, equals, value = running.argument.partition("=")
    if equals:
        leg.set(name.strip(), expanded(value, lambda asked: switch.look_up(leg, asked)))
    applications.finish(switch, leg, running)


def _multiset(switch: StandIn, leg: Channel, running: Running) -> None:
    for piece in separated(running.argument, " "):
        name, equals, value = piece.partition("=")
        if equals:
            leg.set(name, value)
    applications.finish(switch, leg, running)


def _unset(switch: StandIn, leg: Channel, running: Running) -> None:
    leg.set(running.argument, "")
    applications.finish(switch, leg, running)


def _nothing(switch: StandIn, leg: Channel, running: Running) -> None:
    applications.finish(switch, leg, running)


def _sleep(switch: StandIn, leg: Channel, running: Running) -> None:
    wait_s = int(running.argument) / 1000 if running.argument.isdigit() else 0.0
    running.timer = switch.clock.after(wait_s, lambda: applications.finish(switch, leg, running))
    switch.at_frame(leg)


def _hang_up(switch: StandIn, leg: Channel, running: Running) -> None:
    legs.hang_up(switch, leg, causes.known(running.argument))


def _echo(switch: StandIn, leg: Channel, running: Running) -> None:
    running.hz = leg.tone_hz
    switch.at_frame(leg)


def _break(switch: StandIn, leg: Channel, running: Running) -> None:
    applications.finish(switch, leg, running)
    switch.next_frame(leg, lambda: applications.break_sounds(switch, leg))


def _send_dtmf(switch: StandIn, leg: Channel, running: Running) -> None:
    if leg.partner is not None:
        for key in running.argument.partition("@")[0]:
            tones.pressed(switch, leg.partner, key, "APP")
    applications.finish(switch, leg, running)


def _transfer(switch: StandIn, leg: Channel, running: Running) -> None:
    transfer.move(switch, leg, separated(running.argument, " ", 3))


def _bridge(switch: StandIn, leg: Channel, running: Running) -> None:
    def ended(printed: str) -> None:
        outcome = printed.split()
        if not leg.is_up or len(outcome) < 2:
            return
        if outcome[0] == "+OK":
            legs.answer(switch, leg)
            legs.unwind(switch, leg)
            bridging.join(switch, leg, switch.channels[outcome[1]])
            return
        leg.set("originate_disposition", outcome[1])
        if outcome[1] in _GOES_ON or leg.get("continue_on_fail"):
            applications.finish(switch, leg, running)
        else:
            legs.hang_up(switch, leg, outcome[1])

    originating.dial(switch, running.argument, leg, ended)


APPLICATIONS: Final[dict[str, Application]] = {
    "park": _park,
    "answer": _answer,
    "pre_answer": _pre_answer,
    "ring_ready": _nothing,
    "set": _set,
    "export": _set,
    "multiset": _multiset,
    "unset": _unset,
    "eval": _nothing,
    "log": _nothing,
    "info": _nothing,
    "sched_hangup": _nothing,
    "start_dtmf": _nothing,
    "stop_dtmf": _nothing,
    "set_profile_var": _nothing,
    "event": _nothing,
    "hash": _nothing,
    "sleep": _sleep,
    "hangup": _hang_up,
    "echo": _echo,
    "break": _break,
    "send_dtmf": _send_dtmf,
    "transfer": _transfer,
    "bridge": _bridge,
    "playback": sounds.play,
    "endless_playback": sounds.play,
    "gentones": sounds.play_tones,
    "say": sounds.say,
    "play_and_get_digits": sounds.play_and_get_digits,
    "read": sounds.play_and_get_digits,
    "record": recording.record_message,
    "record_session": recording.record_leg,
    "stop_record_session": recording.stop_leg,
    "conference": conference.join,
    "eavesdrop": eavesdropping.join,
    "socket": socket_out.connect,
}
