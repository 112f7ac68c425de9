"""Recordings of legs, as real WAV files: each sound that is heard is a tone of its own.

There is no media in the stand-in. What a leg hears and says is known at every moment as
frequencies in Hz, and a recording is written from that when it ends.
"""

from __future__ import annotations

import math
import wave
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.sim.standin import applications, conference, eavesdropping, sounds
from adapters.sim.standin.channel import Channel, Running
from adapters.sim.standin.reading import separated

if TYPE_CHECKING:
    from adapters.sim.standin.switch import StandIn

RATE: Final = 8000
_QUARTER: Final = 8000
#: Below this length FreeSWITCH's recording holds one frame.
_SHORTEST_S: Final = 0.5
_FRAME_SAMPLES: Final = 160
_LONGEST_S: Final = 600
_USAGE: Final = "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"

Tones = tuple[int, ...]


@dataclass(slots=True)
class Stretch:
    """From a moment on the leg hears and says these tones."""

    at_us: int
    heard: Tones
    said: Tones
    is_cut_out: bool = False


@dataclass(slots=True, eq=False)
class Recording:
    """One recording under way."""

    path: str
    is_stereo: bool
    begun_us: int
    stretches: list[Stretch] = field(default_factory=list)
    is_masked: bool = False
    is_paused: bool = False


# -- what is heard -----------------------------------------------------------------------------


def heard(switch: StandIn, leg: Channel) -> Tones:
    """The tones that the person behind a leg hears; silence is none."""
    running = leg.top
    if running is not None and running.name == "echo":
        return said(switch, leg)
    if running is not None and sounds.is_sound(running):
        return (running.hz,) if running.hz else ()
    found: list[int] = []
    partner = leg.partner
    if partner is not None and partner.is_up and not partner.is_held:
        found += said(switch, partner)
    found += conference.heard(switch, leg)
    found += eavesdropping.heard(switch, leg)
    return tuple(hz for hz in found if hz)


def said(switch: StandIn, leg: Channel) -> Tones:
    """The tone of the person behind a leg; half of a loopback says what the other half hears."""
    if not leg.is_up:
        return ()
    other = leg.is_loopback_of or switch.living(leg.get("other_loopback_leg_uuid"))
    if other is not None:
        return heard(switch, other)
    return (leg.tone_hz,) if leg.tone_hz else ()


def sound_changed(switch: StandIn, leg: Channel) -> None:
    """What a leg hears may be another thing now: its recordings note it."""
    for one in leg.recordings.values():
        _note(switch, leg, one)


def all_sounds_changed(switch: StandIn) -> None:
    """Something changed that more than one leg hears."""
    for leg in switch.channels.values():
        sound_changed(switch, leg)


def _note(switch: StandIn, leg: Channel, one: Recording) -> None:
    masked = one.is_masked
    one.stretches.append(
        Stretch(
            switch.clock.now_us(),
            () if masked else heard(switch, leg),
            () if masked else said(switch, leg),
            one.is_paused,
        )
    )


# -- the API command ---------------------------------------------------------------------------


def uuid_record(switch: StandIn, argument: str) -> str:
    """`uuid_record LEG start|stop|mask|unmask|pause|resume PATH [limit]`; what it prints."""
    words = separated(argument, " ")
    if len(words) < 3:
        return _USAGE
    leg, order, path = switch.living(words[0]), words[1], words[2]
    if leg is None:
        return "-ERR Cannot locate session!\n"
    if order == "start":
        limit_s = int(words[3]) if len(words) > 3 and words[3].isdigit() else 0
        is_done = start(switch, leg, path, limit_s)
        return "+OK Success\n" if is_done else "-ERR Cannot record session!\n"
    if order == "stop":
        return _stop_by_command(switch, leg, path)
    if order not in ("mask", "unmask", "pause", "resume"):
        return _USAGE
    one = leg.recordings.get(path)
    if one is None:
        return f"-ERR Cannot {order} recording session!\n"
    if order in ("mask", "unmask"):
        one.is_masked = order == "mask"
    else:
        one.is_paused = order == "pause"
    _note(switch, leg, one)
    return "+OK Success\n"


def _stop_by_command(switch: StandIn, leg: Channel, path: str) -> str:
    if path == "all":
        for each in list(leg.recordings):
            stop(switch, leg, each)
    elif path in leg.recordings:
        stop(switch, leg, path)
    else:
        return "-ERR Cannot stop record session!\n"
    return "+OK Success\n"


def start(switch: StandIn, leg: Channel, path: str, limit_s: int) -> bool:
    """Record a leg from now on; whether that can be. A second time does nothing."""
    if path in leg.recordings:
        return True
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    except (OSError, ValueError):
        return False
    one = Recording(path, leg.is_true("RECORD_STEREO"), switch.clock.now_us())
    leg.recordings[path] = one
    _note(switch, leg, one)
    switch.tell("RECORD_START", leg, {"Record-File-Path": path})
    if limit_s:
        switch.clock.after(limit_s, lambda: _limit(switch, leg, one))
    return True


def _end_with_silence(switch: StandIn, leg: Channel, one: Recording) -> None:
    """Who says nothing is recorded for so many milliseconds, and no longer."""
    initial_ms = leg.get("RECORD_INITIAL_TIMEOUT_MS")
    if initial_ms.isdigit() and int(initial_ms) and not leg.tone_hz:
        switch.clock.after(int(initial_ms) / 1000, lambda: _limit(switch, leg, one))


def _limit(switch: StandIn, leg: Channel, one: Recording) -> None:
    if leg.recordings.get(one.path) is one:
        stop(switch, leg, one.path)


def stop(switch: StandIn, leg: Channel, path: str) -> None:
    """End a recording: the file is written, and RECORD_STOP told."""
    one = leg.recordings.pop(path)
    samples = write(one, switch.clock.now_us())
    _tell_stop(switch, leg, path, samples)


def _tell_stop(switch: StandIn, leg: Channel, path: str, samples: int) -> None:
    completion = "success-maxtime" if leg.is_up else "success-silence"
    leg.set("record_samples", str(samples))
    leg.set("record_seconds", str(samples // RATE))
    leg.set("record_ms", str(samples * 1000 // RATE))
    leg.set("record_completion_cause", completion)
    extra = {"Record-File-Path": path, "Record-Completion-Cause": completion}
    switch.tell("RECORD_STOP", leg, extra)


def leg_ended(switch: StandIn, leg: Channel) -> None:
    """The leg is hung up: what is recorded of it ends."""
    for path in list(leg.recordings):
        stop(switch, leg, path)


# -- applications ------------------------------------------------------------------------------


def record_leg(switch: StandIn, leg: Channel, running: Running) -> None:
    """`record_session PATH [+LIMIT]`, the limit in seconds."""
    path, _, limit = running.argument.partition("+")
    path = path.strip()
    if start(switch, leg, path, int(limit) if limit.isdigit() else 0):
        _end_with_silence(switch, leg, leg.recordings[path])
    applications.finish(switch, leg, running)


def stop_leg(switch: StandIn, leg: Channel, running: Running) -> None:
    """`stop_record_session PATH`."""
    path = running.argument
    for each in list(leg.recordings) if path == "all" else [path] * (path in leg.recordings):
        stop(switch, leg, each)
    applications.finish(switch, leg, running)


def record_message(switch: StandIn, leg: Channel, running: Running) -> None:
    """`record PATH [limit] [threshold] [hits]`: what the caller says, until a key or the limit."""
    words = separated(running.argument, " ")
    try:
        Path(words[0]).parent.mkdir(parents=True, exist_ok=True)
        Path(words[0]).touch()
    except (OSError, ValueError, IndexError):
        applications.finish(switch, leg, running)
        return
    running.begins = [(words[0], 0.0, switch.clock.now_us())]
    leg.set("playback_terminator_used", "")
    switch.tell("RECORD_START", leg, {"Record-File-Path": words[0]})
    limits = [int(words[1])] if len(words) > 1 and words[1].isdigit() else []
    if len(words) > 3 and words[3].isdigit() and not leg.tone_hz:
        # Who says nothing is recorded for so many seconds.
        limits.append(int(words[3]))
    limits = [limit for limit in limits if limit]
    if limits:
        running.timer = switch.clock.after(min(limits), lambda: _message_over(switch, leg, running))
    switch.at_frame(leg)


def _message_over(switch: StandIn, leg: Channel, running: Running) -> None:
    message_ended(switch, leg, running)
    applications.finish(switch, leg, running)


def message_ended(switch: StandIn, leg: Channel, running: Running) -> None:
    """Write the message that was recorded, and tell."""
    if not running.begins:
        return
    path, _, begun_us = running.begins.pop()
    one = Recording(path, False, begun_us)
    tone = (leg.tone_hz,) if leg.tone_hz else ()
    one.stretches.append(Stretch(begun_us, (), tone))
    _tell_stop(switch, leg, path, write(one, switch.clock.now_us()))


# -- the file ----------------------------------------------------------------------------------


def write(one: Recording, until_us: int) -> int:
    """Write a recording as 16-bit WAV of 8,000 samples a second; its samples."""
    sides: list[array[int]] = [array("h"), array("h")]
    ends = [stretch.at_us for stretch in one.stretches[1:]] + [until_us]
    samples = 0
    for stretch, end_us in zip(one.stretches, ends, strict=True):
        if stretch.is_cut_out:
            continue
        count = min((end_us - stretch.at_us) * RATE // 1_000_000, _LONGEST_S * RATE - samples)
        for side, tones in zip(sides, (stretch.said, stretch.heard), strict=True):
            side.extend(_sound(tones, samples, count))
        samples += count
    if samples < _SHORTEST_S * RATE:
        samples = min(samples, _FRAME_SAMPLES)
    said_side, heard_side = (side[:samples] for side in sides)
    with wave.open(one.path, "wb") as out:
        out.setnchannels(2 if one.is_stereo else 1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        pairs = zip(said_side, heard_side, strict=True)
        if one.is_stereo:
            frames = array("h", (sample for pair in pairs for sample in pair))
        else:
            frames = array("h", (left + right for left, right in pairs))
        out.writeframes(frames.tobytes())
    return samples


def _sound(tones: Tones, start: int, count: int) -> array[int]:
    if count <= 0:
        return array("h")
    second = _second(tones)
    first = start % RATE
    loops = (first + count) // RATE + 1
    return (second * loops)[first : first + count]


@lru_cache(maxsize=64)
def _second(tones: Tones) -> array[int]:
    """One second of these tones together; whole frequencies loop without a click."""
    if not tones:
        return array("h", bytes(2 * RATE))
    height = _QUARTER // len(tones)
    return array(
        "h",
        (
            round(sum(height * math.sin(2 * math.pi * hz * n / RATE) for hz in tones))
            for n in range(RATE)
        ),
    )
