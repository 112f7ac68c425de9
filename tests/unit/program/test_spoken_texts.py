"""Texts are read out before the switch plays them; what is overtaken is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from acdengine.commands import AnyCommand, Collect, PlayPrompts, StopPrompt
from acdengine.program.switches.spoken_texts import SpeechFiles, SpokenTexts
from acdengine.prompts import SoundPrompt, SpeechPrompt
from acdengine.settings.sounds import SoundsSettings, SpeechSettings
from tests.unit.speech.sounds import asked, fake_words

pytestmark = pytest.mark.slow

HELLO = PlayPrompts("c1", "p1", (SoundPrompt("en/welcome"), SpeechPrompt("hello", "en")))


class Switch:
    """A port that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[AnyCommand] = []

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        self.told.extend(commands)


async def made() -> None:
    """Until everything that was begun is done."""
    own = asyncio.current_task()
    await asyncio.gather(*[task for task in asyncio.all_tasks() if task is not own])


def is_file(path: str) -> bool:
    return Path(path).is_file()


def files(folder: Path, **more: object) -> SpeechFiles:
    speech = SpeechSettings(command=fake_words(folder), cache=str(folder / "cache"))
    return SpeechFiles(SoundsSettings(speech=speech, **more))  # type: ignore[arg-type]


async def test_a_text_is_made_once_and_then_at_hand(tmp_path: Path) -> None:
    switch = Switch()
    port = SpokenTexts(switch, files(tmp_path))
    other_call = StopPrompt("c2")
    port.execute([HELLO, other_call])
    assert switch.told == [other_call], "no other call waits for the text"
    await made()
    (played,) = [one for one in switch.told if isinstance(one, PlayPrompts)]
    sound, text = played.prompts
    assert sound == HELLO.prompts[0]
    assert isinstance(text, SpeechPrompt)
    assert is_file(text.file)
    assert Path(text.file).is_relative_to(tmp_path / "cache")
    port.execute([Collect("c3", "x", (SpeechPrompt("hello"),))])
    (collect,) = switch.told[2:]
    assert isinstance(collect, Collect)
    assert collect.prompts == (SpeechPrompt("hello", file=text.file),)
    assert asked(tmp_path) == ["en: hello"]


async def test_what_is_overtaken_goes_out_first_and_without_its_text(tmp_path: Path) -> None:
    switch = Switch()
    port = SpokenTexts(switch, files(tmp_path))
    port.execute([HELLO])
    port.execute([HELLO])
    assert switch.told == [], "repeated, it is still one"
    port.execute([StopPrompt("c1")])
    assert switch.told == [HELLO, StopPrompt("c1")]
    await made()
    assert asked(tmp_path) == ["en: hello"]
    assert len(switch.told) == 2


async def test_a_text_that_cannot_be_made_is_left_out_and_the_call_goes_on(tmp_path: Path) -> None:
    switch = Switch()
    speech = SpeechSettings(command=["espeak-nonesuch"], cache=str(tmp_path / "cache"))
    port = SpokenTexts(switch, SpeechFiles(SoundsSettings(speech=speech)))
    port.execute([HELLO])
    await made()
    assert switch.told == [HELLO]


async def test_the_switchs_own_engine_has_the_text_as_it_is(tmp_path: Path) -> None:
    switch = Switch()
    speech = files(tmp_path, speech_engine="flite")
    SpokenTexts(switch, speech).execute([HELLO])
    assert switch.told == [HELLO]
    speech.use(SoundsSettings())
    SpokenTexts(switch, speech).execute([HELLO])
    assert switch.told == [HELLO, HELLO]
