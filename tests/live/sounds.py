"""What a recording holds, told by ear: which tone is loudest."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path


def channels_of(path: Path) -> list[array[int]]:
    """The samples of a 16-bit WAV, one array for each channel."""
    with wave.open(str(path), "rb") as sound:
        count = sound.getnchannels()
        samples = array("h", sound.readframes(sound.getnframes()))
    return [samples[channel::count] for channel in range(count)]


def loudness(samples: array[int]) -> float:
    """The root mean square of the samples; full scale is 32,768."""
    return math.sqrt(sum(s * s for s in samples) / len(samples)) if samples else 0.0


def level_at(samples: array[int], hz: int, rate: int = 8000) -> float:
    """How loud the tone of `hz` is (its root mean square), by Goertzel's filter."""
    if not samples:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * hz / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = last * last + before * before - turn * last * before
    return math.sqrt(max(power, 0.0) * 2) / len(samples)


def has_tone(samples: array[int], hz: int) -> bool:
    """Whether the tone of `hz` makes up most of what is heard; silence has no tone."""
    total = loudness(samples)
    return total > 50 and level_at(samples, hz) > total / 2
