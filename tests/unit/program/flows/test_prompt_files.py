"""`acdengine prompts`: what is missing is named, what can be made is made, recordings are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from acdengine.program.cli.prompts import app
from acdengine.speech.audio import read_sound
from tests.unit.speech.sounds import asked, fake_words, tone

FLOW = """
flow: 1
languages: [en, de]
steps:
  hello: {play: [welcome, recorded, "{call.dialled}-hours"]}
  end: {hangup: normal, prompt: goodbye}
"""


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    (folder / "prompts" / "en").mkdir(parents=True)
    (folder / "main.yaml").write_text(FLOW)
    (folder / "prompts" / "en.yaml").write_text("welcome: Hello.\nold: Gone.\n")
    (folder / "prompts" / "de.yaml").write_text("welcome: Hallo.\ngoodbye: Tschau.\n")
    tone(16_000, 0.5).write(folder / "prompts" / "en" / "recorded.wav")
    words = ", ".join(f'"{word}"' for word in fake_words(tmp_path))
    (tmp_path / "centre.yaml").write_text(
        f"sounds: {{ folder: {tmp_path}/sounds, speech: {{ command: [{words}] }} }}\n"
    )
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def make(flows: Path, *more: object) -> Result:
    cache = flows.parent / "cache"
    return run("make", flows, "--config", flows.parent / "centre.yaml", "--cache", cache, *more)


def test_the_list_says_how_each_prompt_is_had_and_who_uses_it(flows: Path) -> None:
    lines = [line.split(maxsplit=3) for line in run("list", flows).output.splitlines()]
    assert lines == [
        ["de", "goodbye", "words", "main"],
        ["de", "recorded", "missing", "main"],
        ["de", "welcome", "words", "main"],
        ["en", "goodbye", "missing", "main"],
        ["en", "old", "words", "not used"],
        ["en", "recorded", "recorded", "main"],
        ["en", "welcome", "words", "main"],
    ]


def test_what_is_missing_is_named_by_language(flows: Path, tmp_path: Path) -> None:
    done = run("missing", flows)
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "de/recorded: no words and no recording",
        "en/goodbye: no words and no recording",
        "2 prompts missing",
    ]
    with_sounds = run("missing", flows, "--config", tmp_path / "centre.yaml")
    assert f"en/welcome: not in {tmp_path}/sounds" in with_sounds.output


@pytest.mark.slow
def test_every_prompt_becomes_a_file_of_both_rates(flows: Path, tmp_path: Path) -> None:
    done = make(flows)
    assert done.exit_code == 0, done.output
    sounds = tmp_path / "sounds"
    made = {path.relative_to(sounds).as_posix(): path for path in sounds.rglob("*.wav")}
    names = ["de/goodbye", "de/welcome", "en/old", "en/recorded", "en/welcome"]
    wide = [name.replace("/", "/16000/") for name in names]
    assert sorted(made) == sorted(f"{name}.wav" for name in names + wide)
    for name, path in made.items():
        assert read_sound(path)[1].rate == (16_000 if "16000" in name else 8_000)
    assert run("check", sounds).exit_code == 0
    assert run("missing", flows, "--sounds", sounds).output.count("not in") == 0


@pytest.mark.slow
def test_only_what_has_changed_is_made_again(flows: Path, tmp_path: Path) -> None:
    make(flows, "--rate", 8000)
    before = asked(tmp_path)
    assert "0 files written" in make(flows, "--rate", 8000).output
    (flows / "prompts" / "en.yaml").write_text("welcome: Hello there.\nold: Gone.\n")
    assert "1 file written" in make(flows, "--rate", 8000).output
    assert asked(tmp_path) == [*before, "en: Hello there."]


@pytest.mark.slow
def test_a_file_that_was_put_there_by_hand_is_kept(flows: Path, tmp_path: Path) -> None:
    own = tmp_path / "sounds" / "en" / "welcome.wav"
    own.parent.mkdir(parents=True)
    tone(8_000, 0.2).write(own)
    before = own.read_bytes()
    done = make(flows, "--rate", 8000)
    assert f"kept {own}: it was not made here" in done.output
    assert own.read_bytes() == before
    # One that was made here and edited since is kept too.
    made = tmp_path / "sounds" / "de" / "welcome.wav"
    tone(8_000, 0.3).write(made)
    assert f"kept {made}" in make(flows, "--rate", 8000).output


def test_a_missing_speech_command_is_one_clear_line(flows: Path, tmp_path: Path) -> None:
    (tmp_path / "centre.yaml").write_text("sounds: { speech: { command: [espeak-nonesuch] } }\n")
    done = make(flows, "--sounds", tmp_path / "sounds")
    assert done.exit_code == 1
    assert done.output == (
        "the speech command espeak-nonesuch is not installed: install espeak-nonesuch, or name"
        " another one in the settings (sounds.speech.command)\n"
    )
    assert not (tmp_path / "sounds").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../../out", "/out", "a..b", "a:b"])
def test_a_name_that_is_no_file_below_the_folder_is_refused(flows: Path, name: str) -> None:
    (flows / "prompts" / "en.yaml").write_text(f'"{name}": Hello.\n')
    done = make(flows)
    assert done.exit_code == 1
    assert f"'{name}' cannot be the name of a sound file" in done.output


def test_a_bad_recording_is_named(flows: Path) -> None:
    bad = flows / "prompts" / "en" / "recorded.wav"
    bad.write_bytes(b"no sound")
    done = run("check", bad)
    assert done.exit_code == 1
    assert done.output.startswith(f"{bad}: is no WAV file of PCM samples")
