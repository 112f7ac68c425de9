"""Conferences: their legs, and the events `conference::maintenance`."""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.calls import audio, leg_states
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.conference_room import Room
from adapters.sim.standin.core.switch_core import Application, SwitchCore


def _join(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`conference NAME[@profile]`."""
    name, _, profile = running.argument.partition("@")
    name = name.partition("+")[0]
    room = switch.rooms.get(name)
    if room is None:
        room = switch.rooms[name] = Room(name, profile or "default", switch.new_uuid())
        _tell(switch, room, "conference-create")
    room.counted += 1
    room.numbers[leg.uuid] = room.counted
    leg.conference = name
    _tell(switch, room, "add-member", leg)
    if len(room.numbers) == 2:
        room.floor = room.counted
        _tell(switch, room, "floor-change", leg, {"Old-ID": "none"}, {"New-ID": str(room.floor)})
    audio.all_sounds_changed(switch)
    switch.at_frame(leg)


def _leave(switch: SwitchCore, leg: Channel, running: Running) -> str:
    """Take a leg out; the last one ends the conference. Other legs stay up."""
    room = switch.rooms.get(leg.conference)
    if room is None or leg.uuid not in room.numbers:
        return ""
    number = room.numbers.pop(leg.uuid)
    leg.conference = ""
    _tell(switch, room, "del-member", leg, number=number)
    if not room.numbers:
        del switch.rooms[room.name]
        _tell(switch, room, "conference-destroy")
    audio.all_sounds_changed(switch)
    return ""


def _tell(
    switch: SwitchCore,
    room: Room,
    action: str,
    leg: Channel | None = None,
    before: dict[str, str] | None = None,
    behind: dict[str, str] | None = None,
    number: int = 0,
) -> None:
    first = {
        "Conference-Name": room.name,
        "Conference-Domain": switch.settings.domain,
        "Conference-Size": str(len(room.numbers)),
        "Conference-Ghosts": "0",
        "Conference-Profile-Name": room.profile,
        "Conference-Unique-ID": room.uuid,
    }
    if before:
        first |= {"Action": action, **before}
    extra: dict[str, str] = {}
    if leg is not None:
        number = number or room.numbers[leg.uuid]
        first["Floor"] = "true" if room.floor == number else "false"
        extra = {
            "Video": "false", "Hear": "true", "See": "true", "Speak": "true", "Talking": "false",
            "Mute-Detect": "false", "Hold": "false", "Member-ID": str(number),
            "Member-Type": "member", "Member-Ghost": "false", "Energy-Level": "100",
            "Current-Energy": "0",
        }  # fmt: skip
    if not before:
        extra["Action"] = action
    extra |= behind or {}
    switch.tell(
        "CUSTOM", leg, extra, first=first, variables=False, subclass="conference::maintenance"
    )


def command(switch: SwitchCore, argument: str) -> str:
    """The API command `conference`, as far as lists and kicks go; what it prints."""
    words = argument.split()
    if not words or words == ["list"]:
        listed = "".join(
            f"+OK Conference {room.name} ({len(room.numbers)} member"
            f"{'s' if len(room.numbers) > 1 else ''} rate: 8000 flags: running|answered)\n"
            for room in switch.rooms.values()
        )
        return listed or "+OK No active conferences.\n"
    room = switch.rooms.get(words[0])
    if room is None:
        return "-ERR Conference room not found\n"
    if len(words) > 2 and words[1] in ("kick", "hup"):
        for uuid, number in list(room.numbers.items()):
            leg = switch.living(uuid)
            if leg is not None and words[2] in ("all", str(number)):
                leg_states.hang_up(switch, leg, "NORMAL_CLEARING")
        return "+OK\n"
    return "".join(f"{number};{uuid}\n" for uuid, number in room.numbers.items())


APPLICATION: Final = Application(_join, leave=_leave, broken=None)
