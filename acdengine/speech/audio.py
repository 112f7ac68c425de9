"""Sound in memory: 16-bit samples of one channel, from and to WAV files, at another rate."""

from __future__ import annotations

import math
import sys
import wave
from array import array
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Final

#: Zero crossings of the filter's sinc on each side of a sample.
_CROSSINGS: Final = 16
#: Share of the band that is kept; the rest is for the filter's slope.
_KEPT: Final = 0.94
_LOUDEST: Final = 32_767
#: In blocks of so much it is looked whether there is sound.
_BLOCK_S: Final = 0.01
#: What stays below is taken for silence: some -44 dB.
_QUIET: Final = 200


class NotSound(Exception):
    """Why a file cannot be read as sound, in words."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Samples of one channel.

    Attributes:
        rate: samples a second.
        samples: of 16 bits.
    """

    rate: int
    samples: array[int]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def silence(self) -> tuple[float, float]:
        """Seconds of silence at the beginning and at the end; all of it, twice, where nothing is
        heard."""
        block = max(int(self.rate * _BLOCK_S), 1)
        loud = [
            start
            for start in range(0, len(self.samples), block)
            if max(map(abs, self.samples[start : start + block])) >= _QUIET
        ]
        if not loud:
            return self.seconds, self.seconds
        behind = max(len(self.samples) - loud[-1] - block, 0)
        return loud[0] / self.rate, behind / self.rate

    def trimmed(self, kept_s: float) -> Audio:
        """Without the silence at both ends, of which so much is kept."""
        before, behind = self.silence()
        if before >= self.seconds:
            return self
        first = max(int((before - kept_s) * self.rate), 0)
        cut = max(int((behind - kept_s) * self.rate), 0)
        return Audio(self.rate, self.samples[first : len(self.samples) - cut])

    def at_rate(self, rate: int) -> Audio:
        """The same sound at another rate: a windowed sinc, a set of taps for each phase (Smith,
        "Digital Audio Resampling")."""
        if rate == self.rate:
            return self
        divisor = math.gcd(rate, self.rate)
        up, down = rate // divisor, self.rate // divisor
        half = math.ceil(_CROSSINGS / (min(1.0, up / down) * _KEPT))
        taps = [_taps(phase / up, min(1.0, up / down) * _KEPT, half) for phase in range(up)]
        edge = array("h", bytes(2 * half))
        padded = edge + self.samples + edge
        out = array("h")
        for position in range(0, len(self.samples) * up, down):
            first = position // up + 1
            heard = sum(map(mul, padded[first : first + 2 * half], taps[position % up]))
            out.append(max(-_LOUDEST, min(_LOUDEST, round(heard))))
        return Audio(rate, out)

    def write(self, path: Path) -> None:
        """Write a WAV file.

        Raises:
            OSError: it cannot be written.
        """
        samples = array("h", self.samples)
        if sys.byteorder == "big":
            samples.byteswap()
        with path.open("wb") as file, wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(self.rate)
            sound.writeframes(samples.tobytes())


def _taps(offset: float, cutoff: float, half: int) -> list[float]:
    """The filter around a place between two samples; the taps add up to 1."""
    taps = []
    for index in range(-half + 1, half + 1):
        at = index - offset
        angle = math.pi * at * cutoff
        sinc = math.sin(angle) / angle if angle else 1.0
        taps.append(sinc * (0.5 + 0.5 * math.cos(math.pi * at / half)) if abs(at) < half else 0.0)
    total = sum(taps)
    return [tap / total for tap in taps]


@dataclass(frozen=True, slots=True)
class Form:
    """How a WAV file holds its sound."""

    rate: int
    channels: int
    bits: int


def read_sound(path: Path) -> tuple[Audio, Form]:
    """The sound of a WAV file, the channels as one; of 16 bits alone there are samples.

    Raises:
        NotSound: it is no WAV file of PCM samples.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file, wave.open(file, "rb") as sound:
            form = Form(sound.getframerate(), sound.getnchannels(), 8 * sound.getsampwidth())
            frames = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError) as error:
        raise NotSound(
            f"is no WAV file of PCM samples: {str(error) or 'it ends too soon'}"
        ) from None
    if form.bits != 16:
        return Audio(form.rate, array("h")), form
    whole = len(frames) - len(frames) % (2 * form.channels)
    samples = array("h", frames[:whole])
    if sys.byteorder == "big":
        samples.byteswap()
    if form.channels > 1:
        rows = zip(*[samples[one :: form.channels] for one in range(form.channels)], strict=True)
        samples = array("h", (sum(row) // form.channels for row in rows))
    return Audio(form.rate, samples), form
