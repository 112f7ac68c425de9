"""What a recording holds, and the WAV file written from it: each sound is a tone of its own."""

from __future__ import annotations

import math
import wave
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

#: Samples a second.
RATE: Final = 8000
_QUARTER: Final = 8000
#: Below this length FreeSWITCH's recording holds one frame.
_SHORTEST_S: Final = 0.5
_FRAME_SAMPLES: Final = 160
_LONGEST_S: Final = 600

Tones = tuple[int, ...]


@dataclass(slots=True)
class Stretch:
    """The tones in Hz that a leg hears and says from `at_us` on."""

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
