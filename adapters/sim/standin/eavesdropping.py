"""A supervisor's leg that hears a conversation, and is heard by nobody, one side, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.sim.standin import applications, legs, recording
from adapters.sim.standin.channel import Channel, Running

if TYPE_CHECKING:
    from adapters.sim.standin.switch import StandIn


def join(switch: StandIn, leg: Channel, running: Running) -> None:
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
    recording.all_sounds_changed(switch)
    switch.at_frame(leg)


def leave(switch: StandIn, leg: Channel) -> None:
    """The supervisor goes."""
    target, leg.spied_on = leg.spied_on, ""
    spies = switch.spies.get(target, [])
    if leg.uuid in spies:
        spies.remove(leg.uuid)
    if not spies:
        switch.spies.pop(target, None)
    spied = switch.living(target)
    if spied is not None:
        _tell(switch, spied, "MEDIA_BUG_STOP")
    recording.all_sounds_changed(switch)


def target_gone(switch: StandIn, target: Channel) -> None:
    """The leg that was listened to is gone: who listened goes on to what was to follow, or goes."""
    for uuid in list(switch.spies.get(target.uuid, [])):
        spy = switch.living(uuid)
        running = spy.top if spy is not None else None
        if spy is not None and running is not None and switch.actions.get(uuid):
            applications.finish(switch, spy, running)
        elif spy is not None:
            legs.hang_up(switch, spy, "NORMAL_CLEARING")


def _tell(switch: StandIn, target: Channel, name: str) -> None:
    extra = {"Media-Bug-Function": "eavesdrop", "Media-Bug-Target": "N/A"}
    switch.tell(name, target, extra)


def heard(switch: StandIn, leg: Channel) -> list[int]:
    """What a leg hears because of supervisors: as one of them, or as one who is spoken to."""
    found: list[int] = []
    target = switch.living(leg.spied_on) if leg.spied_on else None
    if target is not None:
        found.append(target.tone_hz)
        if target.partner is not None:
            found.append(target.partner.tone_hz)
    # Key 1 speaks to the partner of the leg that is listened to, key 2 to itself, 3 to both.
    found += _spoken_by(switch, leg.uuid, "23")
    if leg.partner is not None:
        found += _spoken_by(switch, leg.partner.uuid, "13")
    return found


def _spoken_by(switch: StandIn, target: str, modes: str) -> list[int]:
    spies = (switch.living(uuid) for uuid in switch.spies.get(target, []))
    return [spy.tone_hz for spy in spies if spy is not None and spy.mode in modes]
