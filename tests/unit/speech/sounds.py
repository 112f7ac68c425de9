"""Sounds for tests, and a command that stands in for a speech engine."""

from __future__ import annotations

import math
import sys
from array import array
from pathlib import Path

from acdengine.speech.audio import Audio
from acdengine.speech.speech_command import SpeechCommand

#: Writes a tone, a tenth of a second for each character; says in a file how often it was asked.
_PROGRAM = """
import math, struct, sys, wave
text = sys.stdin.read()
file, voice, log = sys.argv[1:]
with open(log, "a") as asked:
    asked.write(f"{voice}: {text}\\n")
with wave.open(file, "wb") as sound:
    sound.setnchannels(1); sound.setsampwidth(2); sound.setframerate(22050)
    for index in range(2205 * (len(text) + 2)):
        loud = 10000 if 2205 < index < 2205 * (len(text) + 1) else 0
        sound.writeframesraw(struct.pack("<h", int(loud * math.sin(index / 8))))
"""


def tone(rate: int, seconds: float, hz: float = 440, loudness: float = 10_000) -> Audio:
    """A tone."""
    turn = 2 * math.pi * hz / rate
    values = (round(loudness * math.sin(turn * at)) for at in range(round(seconds * rate)))
    return Audio(rate, array("h", values))


def joined(*parts: Audio) -> Audio:
    """Sounds of one rate, one after the other."""
    samples = array("h")
    for part in parts:
        samples += part.samples
    return Audio(parts[0].rate, samples)


def silence(rate: int, seconds: float) -> Audio:
    """Nothing to hear."""
    return tone(rate, seconds, loudness=0)


def fake_words(folder: Path) -> list[str]:
    """Program and arguments of a speech command; what it is asked is in `asked.txt`."""
    program = folder / "fake_speech.py"
    program.write_text(_PROGRAM)
    return [sys.executable, str(program), "{file}", "{voice}", str(folder / "asked.txt")]


def fake_speech(folder: Path) -> SpeechCommand:
    """The same as a command."""
    return SpeechCommand(fake_words(folder), {"de": "male"})


def asked(folder: Path) -> list[str]:
    """What the command was asked, as `VOICE: TEXT`."""
    log = folder / "asked.txt"
    return log.read_text().splitlines() if log.exists() else []
