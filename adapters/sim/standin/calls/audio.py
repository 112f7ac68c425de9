"""What each leg hears and says, as tones in Hz; running recordings note every change.

There is no media in the stand-in: which tones are heard follows from bridges, conferences,
eavesdropping legs and applications.
"""

from __future__ import annotations

from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.wav_recording import Recording, Stretch, Tones


def heard(switch: SwitchCore, leg: Channel) -> Tones:
    """The tones that the person behind a leg hears; silence is none."""
    running = leg.top
    if running is not None and running.name == "echo":
        return said(switch, leg)
    if running is not None and running.is_sound:
        return (running.hz,) if running.hz else ()
    found: list[int] = []
    partner = leg.partner
    if partner is not None and partner.is_up and not partner.is_held:
        found += said(switch, partner)
    found += _in_conference(switch, leg)
    found += _by_eavesdropping(switch, leg)
    return tuple(hz for hz in found if hz)


def said(switch: SwitchCore, leg: Channel) -> Tones:
    """The tone of the person behind a leg; half of a loopback says what the other half hears."""
    if not leg.is_up:
        return ()
    other = leg.is_loopback_of or switch.living(leg.get("other_loopback_leg_uuid"))
    if other is not None:
        return heard(switch, other)
    return (leg.tone_hz,) if leg.tone_hz else ()


def sound_changed(switch: SwitchCore, leg: Channel) -> None:
    """Note in a leg's recordings what it hears from now on."""
    for one in leg.recordings.values():
        note(switch, leg, one)


def all_sounds_changed(switch: SwitchCore) -> None:
    """Note in all recordings what their legs hear from now on."""
    for leg in switch.channels.values():
        sound_changed(switch, leg)


def note(switch: SwitchCore, leg: Channel, one: Recording) -> None:
    """Write down in a recording what its leg hears and says from now on."""
    masked = one.is_masked
    one.stretches.append(
        Stretch(
            switch.clock.now_us(),
            () if masked else heard(switch, leg),
            () if masked else said(switch, leg),
            one.is_paused,
        )
    )


def _in_conference(switch: SwitchCore, leg: Channel) -> list[int]:
    """What a leg hears of the others in its conference."""
    room = switch.rooms.get(leg.conference)
    if room is None:
        return []
    others = (switch.channels.get(uuid) for uuid in room.numbers if uuid != leg.uuid)
    return [other.tone_hz for other in others if other is not None]


def _by_eavesdropping(switch: SwitchCore, leg: Channel) -> list[int]:
    """What a leg hears by eavesdropping: as the supervisor, or as a party that is spoken to."""
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


def _spoken_by(switch: SwitchCore, target: str, modes: str) -> list[int]:
    spies = (switch.living(uuid) for uuid in switch.spies.get(target, []))
    return [spy.tone_hz for spy in spies if spy is not None and spy.mode in modes]
