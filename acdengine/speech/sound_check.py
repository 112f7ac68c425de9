"""What is wrong with a sound file that callers are to hear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from acdengine.speech.audio import Audio, Form, NotSound, read_sound

#: Rates that telephones have: narrow and wide band.
RATES: Final = (8_000, 16_000)
#: More silence is waited for, or answers are typed into it.
_BEFORE_S: Final = 0.3
_BEHIND_S: Final = 1.0
#: Of full scale: a loudest sample below is hard to hear (-24 dB).
_FAINT: Final = 0.063
_FULL: Final = 32_700
#: Share of samples at full scale from which it sounds distorted.
_CLIPPED: Final = 0.001


def problems_of(path: Path) -> list[str]:
    """Everything that is wrong with a file, each in words with what is expected."""
    try:
        audio, form = read_sound(path)
    except NotSound as error:
        return [f"{error}; expected one of 16 bits, mono, 8000 or 16000 Hz"]
    except OSError as error:
        return [f"cannot be read: {error.strerror or error}"]
    return [*_of_form(form), *(_of_sound(audio) if form.bits == 16 else ())]


def _of_form(form: Form) -> Iterator[str]:
    if form.rate not in RATES:
        yield f"has {form.rate} Hz, expected 8000 or 16000"
    if form.channels != 1:
        yield f"has {form.channels} channels, expected 1"
    if form.bits != 16:
        yield f"has samples of {form.bits} bits, expected 16"


def _of_sound(audio: Audio) -> Iterator[str]:
    if not audio.samples:
        yield "is empty"
        return
    before, behind = audio.silence()
    if before >= audio.seconds:
        yield f"is silent for all of its {audio.seconds:.1f} s"
        return
    if before > _BEFORE_S:
        yield f"begins with {before:.1f} s of silence, expected {_BEFORE_S} s at most"
    if behind > _BEHIND_S:
        yield f"ends with {behind:.1f} s of silence, expected {_BEHIND_S:.0f} s at most"
    loudest = max(map(abs, audio.samples))
    if loudest < _FAINT * _FULL:
        yield f"is faint: its loudest sample is at {100 * loudest // _FULL} % of full scale"
    clipped = sum(abs(sample) >= _FULL for sample in audio.samples)
    if clipped > _CLIPPED * len(audio.samples):
        yield f"is clipped: {clipped} samples are at full scale"
