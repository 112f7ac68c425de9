"""Applications on a leg: how they begin, nest, are broken, and end.

An application that begins while another runs suspends it and returns to it: a stack. Events:
CHANNEL_EXECUTE, its own events, CHANNEL_EXECUTE_COMPLETE with the response.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from adapters.sim.standin.calls import audio, leg_states
from adapters.sim.standin.core import hangup_causes
from adapters.sim.standin.core.channel import PLAYING, Channel, Message, Running
from adapters.sim.standin.core.standin_settings import Actions
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.text_parsing import expanded


def begin(
    switch: SwitchCore,
    leg: Channel,
    name: str,
    argument: str,
    uuid: str = "",
    *,
    is_locked: bool = False,
    on_end: Callable[[], None] | None = None,
) -> None:
    """Run an application now; `on_end` is called when it has ended, however that came."""
    application = switch.applications.get(name)
    if application is None:
        if on_end is not None:
            on_end()
        leg_states.hang_up(switch, leg, "DESTINATION_OUT_OF_ORDER")
        return
    argument = expanded(argument, lambda asked: switch.look_up(leg, asked))
    running = Running(name, argument, uuid or switch.new_uuid(), is_locked=is_locked, on_end=on_end)
    if leg.top is not None:
        switch.applications[leg.top.name].suspend(switch, leg, leg.top)
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
    if leg.joining is not None and name in PLAYING:
        finish(switch, leg, running, "PLAYBACK ERROR")
    else:
        application.begin(switch, leg, running)


def finish(switch: SwitchCore, leg: Channel, running: Running, response: str = "") -> None:
    """An application has ended by itself: the one below it resumes, or the next action begins."""
    if running not in leg.stack:
        return
    _ended(switch, leg, running, response)
    below = leg.top
    if below is not None:
        switch.applications[below.name].resume(switch, leg, below)
        switch.at_frame(leg)
    else:
        next_action(switch, leg)
    audio.sound_changed(switch, leg)


def _ended(switch: SwitchCore, leg: Channel, running: Running, response: str) -> None:
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


def cut(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """End an application early: the leg is needed for something else, or hung up."""
    response = switch.applications[running.name].leave(switch, leg, running)
    _ended(switch, leg, running, response)


def unwind(switch: SwitchCore, leg: Channel) -> None:
    """End every application on the leg, the last first."""
    while leg.stack:
        cut(switch, leg, leg.stack[-1])
    audio.sound_changed(switch, leg)


def run_actions(switch: SwitchCore, leg: Channel, actions: Actions) -> None:
    """Run applications on a leg, one after the other; at their end it is hung up."""
    switch.actions[leg.uuid] = deque(actions)
    leg_states.goes(switch, leg, "CS_EXECUTE")
    next_action(switch, leg)


def next_action(switch: SwitchCore, leg: Channel) -> None:
    """Begin the next action of the dialplan, or hang up after the last."""
    if not leg.is_up or leg.partner is not None or leg.joining is not None or leg.stack:
        return
    waiting = switch.actions.get(leg.uuid)
    if waiting:
        name, argument = waiting.popleft()
        begin(switch, leg, name, argument)
    elif leg.state != "CS_PARK":
        leg_states.hang_up(switch, leg, "NORMAL_CLEARING")


def break_sounds(switch: SwitchCore, leg: Channel) -> None:
    """`uuid_break`: end the whole stack of sounds, the last first, one each frame.

    Sounds that begin after the break are not broken.
    """
    table = switch.applications
    broken = [running for running in leg.stack if table[running.name].broken is not None]
    _break_next(switch, leg, broken)


def _break_next(switch: SwitchCore, leg: Channel, broken: list[Running]) -> None:
    running = leg.top
    is_over = running is None or not leg.is_up or running not in broken
    if running is None or is_over or running.name == "endless_playback":
        leg.is_breaking = False
        switch.at_frame(leg)
        return
    end = switch.applications[running.name].broken
    _ended(switch, leg, running, end(switch, leg, running) if end is not None else "")
    audio.sound_changed(switch, leg)
    switch.at_frame(leg)
    if leg.stack:
        switch.next_frame(leg, lambda: _break_next(switch, leg, broken))
    else:
        leg.is_breaking = False
        next_action(switch, leg)


def work_off(switch: SwitchCore, leg: Channel, *, is_leaving: bool = False) -> None:
    """Carry out the commands that wait for a leg, up to an application that is locked.

    Args:
        is_leaving: it is the leg's last frame before a bridge: a `playback` then begins
            and ends at once, unheard (measured: `uuid_bridge` right after `playback`).
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
            leg_states.hang_up(switch, leg, hangup_causes.known(message.cause))
        elif message.command in ("unicast", "nomedia", "media", "xferext"):
            continue
        switch.tell("PRIVATE_COMMAND", leg, variables=False)


def digit(switch: SwitchCore, leg: Channel, running: Running, key: str) -> None:
    """Hand a key to the application that runs."""
    switch.applications[running.name].key(switch, leg, running, key)
