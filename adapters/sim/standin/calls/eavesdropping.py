"""A supervisor's leg that hears a conversation, and is heard by neither, one or both sides."""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.calls import applications, audio, leg_states
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.switch_core import Application, SwitchCore


def _join(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`eavesdrop LEG`."""
    target = switch.living(running.argument)
    if target is None:
        applications.finish(switch, leg, running)
        return
    to_caller = leg.is_true("eavesdrop_whisper_aleg")
    to_agent = leg.is_true("eavesdrop_whisper_bleg")
    leg.mode = str(int(to_caller) + 2 * int(to_agent))
    leg.spied_on = target.uuid
    switch.spies.setdefault(target.uuid, []).append(leg.uuid)
    _tell(switch, target, "MEDIA_BUG_START")
    audio.all_sounds_changed(switch)
    switch.at_frame(leg)


def _leave(switch: SwitchCore, leg: Channel, running: Running) -> str:
    """Take the supervisor's leg out."""
    target, leg.spied_on = leg.spied_on, ""
    spies = switch.spies.get(target, [])
    if leg.uuid in spies:
        spies.remove(leg.uuid)
    if not spies:
        switch.spies.pop(target, None)
    spied = switch.living(target)
    if spied is not None:
        _tell(switch, spied, "MEDIA_BUG_STOP")
    audio.all_sounds_changed(switch)
    return ""


def target_gone(switch: SwitchCore, target: Channel) -> None:
    """The target leg is gone: the supervisor's leg continues its actions, or is hung up."""
    for uuid in list(switch.spies.get(target.uuid, [])):
        spy = switch.living(uuid)
        running = spy.top if spy is not None else None
        if spy is not None and running is not None and switch.actions.get(uuid):
            applications.finish(switch, spy, running)
        elif spy is not None:
            leg_states.hang_up(switch, spy, "NORMAL_CLEARING")


def _tell(switch: SwitchCore, target: Channel, name: str) -> None:
    extra = {"Media-Bug-Function": "eavesdrop", "Media-Bug-Target": "N/A"}
    switch.tell(name, target, extra)


APPLICATION: Final = Application(_join, leave=_leave, broken=None)
