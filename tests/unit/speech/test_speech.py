"""Texts made into files: once, whole, by a command that may be missing, fail or hang."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from acdengine.settings.sounds import SpeechSettings
from acdengine.speech.audio import read_sound
from acdengine.speech.sound_check import problems_of
from acdengine.speech.speech_cache import SpeechCache
from acdengine.speech.speech_command import SpeechCommand, SpeechFailed
from tests.unit.speech.sounds import asked, fake_speech

pytestmark = pytest.mark.slow


def test_a_text_is_made_once_for_each_voice_and_rate(tmp_path: Path) -> None:
    cache = SpeechCache(fake_speech(tmp_path), tmp_path / "cache")
    first = cache.make("hello", "en")
    assert cache.make("hello", "en") == first == cache.path_of("hello", "en")
    others = {
        cache.make("hello", "de"),
        cache.make("hello", "en", voice="clear"),
        cache.make("hello", "en", rate=16_000),
        cache.make("hallo", "en"),
    }
    assert len(others | {first}) == 5
    assert asked(tmp_path) == ["en: hello", "male: hello", "clear: hello", "en: hello", "en: hallo"]
    audio, form = read_sound(first)
    assert (form.rate, form.channels, form.bits) == (8_000, 1, 16)
    # Without the tenth of a second of silence at each end, of which a twentieth is left.
    assert audio.seconds == pytest.approx(0.6, abs=0.03)
    assert problems_of(first) == []
    assert set((tmp_path / "cache").rglob("*.*")) == others | {first}


def test_the_files_used_last_are_kept(tmp_path: Path) -> None:
    cache = SpeechCache(fake_speech(tmp_path), tmp_path / "cache")
    made = [cache.make(text, "en") for text in ("one", "two", "three")]
    for age, path in enumerate(made):
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    cache.make("one", "en")
    assert cache.prune(2) == 1
    assert [path.exists() for path in made] == [True, False, True]


def test_a_program_that_is_missing_is_one_clear_line() -> None:
    command = SpeechCommand(("espeak-nonesuch", "{file}"))
    assert command.missing() == (
        "the speech command espeak-nonesuch is not installed: install espeak-nonesuch, or name"
        " another one in the settings (sounds.speech.command)"
    )
    with pytest.raises(SpeechFailed, match="is not installed"):
        command.run("hello", "en", "en", Path("out.wav"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit('no such voice')", "ended with status 1: no such voice"),
        ("pass", "wrote no file for the voice 'en'"),
        ("import sys; open(sys.argv[1], 'w').write('no sound')", "is no WAV file"),
        ("import time; time.sleep(60)", "took longer than 0.3 s"),
    ],
)
def test_a_program_that_fails_leaves_nothing(tmp_path: Path, code: str, told: str) -> None:
    command = SpeechCommand(
        (sys.executable, "-c", code, "{file}"), timeout_s=0.3 if "60" in code else 20
    )
    cache = SpeechCache(command, tmp_path / "cache")
    with pytest.raises(SpeechFailed, match=told):
        cache.make("hello", "en")
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_text_is_never_an_argument(tmp_path: Path) -> None:
    cache = SpeechCache(fake_speech(tmp_path), tmp_path / "cache")
    text = "--voice=x {file} $(touch gone) `id`; é"
    cache.make(text, "en")
    assert asked(tmp_path) == [f"en: {text}"]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_espeak_makes_a_good_prompt_with_the_settings_as_they_are(
    tmp_path: Path, rate: int
) -> None:
    cache = SpeechCache(SpeechCommand(tuple(SpeechSettings().command)), tmp_path)
    for language, text in (("en", "For sales, press 1."), ("de", "Für den Verkauf drücken Sie 1.")):
        made = cache.make(text, language, rate=rate)
        assert problems_of(made) == []
        assert 1 < read_sound(made)[0].seconds < 5
