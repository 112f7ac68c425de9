"""Applications on a leg: how they begin, nest, are broken, and end.

An application that begins while another runs suspends it and returns to it: a stack. What is told:
CHANNEL_EXECUTE, its own events, CHANNEL_EXECUTE_COMPLETE with the response.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from adapters.sim.standin import (
    causes,
    conference,
    eavesdropping,
    legs,
    recording,
    sounds,
    transfer,
)
from adapters.sim.standin.channel import Channel, Message, Running
from adapters.sim.standin.reading import expanded

if TYPE_CHECKING:
    from adapters.sim.standin.switch import StandIn

#: What `uuid_break` does not end.
_UNBROKEN: Final = ("park", "socket", "conference", "eavesdrop")


def begin(
    switch: StandIn,
    leg: Channel,
    name: str,
    argument: str,
    uuid: str = "",
    *,
    is_locked: bool = False,
    on_end: Callable[[], None] | None = None,
) -> None:
    """Run an application now; `on_end` is called when it has ended, however that came."""
    action = switch.applications.get(name)
    if action is None:
        if on_end is not None:
            on_end()
        legs.hang_up(switch, leg, "DESTINATION_OUT_OF_ORDER")
        return
    argument = expanded(argument, lambda asked: switch.look_up(leg, asked))
    running = Running(name, argument, uuid or switch.new_uuid(), is_locked=is_locked, on_end=on_end)
    if leg.top is not None:
        sounds.suspend(switch, leg.top)
    leg.set("current_application_response", "")
    leg.set("current_application_data", argument)
    leg.set("current_application", name)
    leg.shown_application = (name, argument)
    leg.stack.append(running)
    extra = {"Application": name}
    if argument:
        extra["Application-Data"] = argument
    extra["Application-UUID"] = running.uuid
    switch.tell("CHANNEL_EXECUTE", leg, extra)
    if leg.joining is not None and name in sounds.PLAYING:
        finish(switch, leg, running, "PLAYBACK ERROR")
    else:
        action(switch, leg, running)


def finish(switch: StandIn, leg: Channel, running: Running, response: str = "") -> None:
    """An application has ended by itself: what it ran over goes on."""
    if running not in leg.stack:
        return
    _ended(switch, leg, running, response)
    below = leg.top
    if below is not None:
        sounds.go_on(switch, leg, below)
        switch.at_frame(leg)
    else:
        transfer.next_action(switch, leg)
    recording.sound_changed(switch, leg)


def _ended(switch: StandIn, leg: Channel, running: Running, response: str) -> None:
    leg.stack.remove(running)
    if running.timer is not None:
        running.timer.cancel()
    if response:
        leg.set("current_application_response", response)
    if running.on_end is not None:
        running.on_end()
    if not running.is_told:
        return
    extra = {"Application": running.name}
    if running.argument:
        extra["Application-Data"] = running.argument
    extra["Application-Response"] = leg.get("current_application_response") or "_none_"
    extra["Application-UUID"] = running.uuid
    switch.tell("CHANNEL_EXECUTE_COMPLETE", leg, extra)


def cut(switch: StandIn, leg: Channel, running: Running) -> None:
    """The leg is needed for something else, or hung up: an application ends where it is."""
    response = ""
    if sounds.is_sound(running):
        sounds.stopped(switch, leg, running, "done")
        response = "PLAYBACK ERROR"
    elif running.name in ("park", "socket"):
        legs.leave_park(leg)
        switch.tell("CHANNEL_UNPARK", leg)
    elif running.name == "record":
        recording.message_ended(switch, leg, running)
    elif running.name == "conference":
        conference.leave(switch, leg)
    elif running.name == "eavesdrop":
        eavesdropping.leave(switch, leg)
    _ended(switch, leg, running, response)


def break_sounds(switch: StandIn, leg: Channel) -> None:
    """`uuid_break`: the whole stack of sounds ends, the last first, one each frame.

    What begins after the break is not broken by it.
    """
    _break_next(switch, leg, [running for running in leg.stack if running.name not in _UNBROKEN])


def _break_next(switch: StandIn, leg: Channel, broken: list[Running]) -> None:
    running = leg.top
    is_over = running is None or not leg.is_up or running not in broken
    if running is None or is_over or running.name == "endless_playback":
        leg.is_breaking = False
        switch.at_frame(leg)
        return
    if sounds.is_sound(running):
        sounds.stopped(switch, leg, running, "break")
        _ended(switch, leg, running, "FILE PLAYED")
    elif running.name == "record":
        recording.message_ended(switch, leg, running)
        _ended(switch, leg, running, "")
    else:
        _ended(switch, leg, running, "")
    recording.sound_changed(switch, leg)
    switch.at_frame(leg)
    if leg.stack:
        switch.next_frame(leg, lambda: _break_next(switch, leg, broken))
    else:
        leg.is_breaking = False
        transfer.next_action(switch, leg)


def work_off(switch: StandIn, leg: Channel, *, is_leaving: bool = False) -> None:
    """A frame of the leg: the commands that wait for it are carried out, until one is locked.

    Args:
        is_leaving: it is the leg's last frame before a bridge: what is to be played then begins
            and ends at once, unheard (measured; a bridge on the heels of `playback`).
    """
    leg.is_frame_due = False
    if leg.is_breaking and not is_leaving:
        return  # what is sent behind a break begins when it is through
    while leg.messages and leg.is_up and (leg.joining is None or is_leaving):
        if any(running.is_locked for running in leg.stack):
            return
        message = leg.messages.popleft()
        if message.command == "execute":
            begin(
                switch, leg, message.application, message.argument, message.uuid,
                is_locked=message.is_locked, on_end=message.on_end,
            )  # fmt: skip
            if message.loops < 0 and message.application == "playback":
                again = Message("execute", "playback", message.argument, message.uuid, loops=-1)
                leg.messages.append(again)
                return
        elif message.command == "hangup":
            legs.hang_up(switch, leg, causes.known(message.cause))
        elif message.command in ("unicast", "nomedia", "media", "xferext"):
            continue
        switch.tell("PRIVATE_COMMAND", leg, variables=False)


def digit(switch: StandIn, leg: Channel, running: Running, key: str) -> None:
    """A key was pressed while this runs."""
    if running.name in ("play_and_get_digits", "read"):
        sounds.collected(switch, leg, running, key)
    elif running.name == "record" and key in leg.get("playback_terminators"):
        leg.set("playback_terminator_used", key)
        recording.message_ended(switch, leg, running)
        finish(switch, leg, running)
    elif running.name == "playback" and key in (leg.get("playback_terminators") or "*"):
        if leg.get("playback_terminators") == "none":
            return
        leg.set("playback_terminator_used", key)
        sounds.stopped(switch, leg, running, "break")
        finish(switch, leg, running, "FILE PLAYED")
