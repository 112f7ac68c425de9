"""`acdengine prompts`: what callers hear, as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from acdengine.program.cli.flow import Config, Flows, loaded, many
from acdengine.program.flows.prompt_files import PromptFile, PromptMaker, path_in, prompts_of
from acdengine.settings.compile import settings_of
from acdengine.settings.errors import SettingsError
from acdengine.settings.sounds import SoundsSettings, SpeechSettings
from acdengine.speech.audio import NotSound
from acdengine.speech.sound_check import RATES, problems_of
from acdengine.speech.speech_cache import SpeechCache
from acdengine.speech.speech_command import SpeechCommand, SpeechFailed

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def prompts() -> None:
    """List, find and make the prompts of IVR flows; check sound files."""


Sounds = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="The folder that the switch plays from; the settings' own without."
    ),
]


@app.command("list")
def list_prompts(files: Flows) -> None:
    """List the prompts: language, name, whether they are recorded or made of words, and the flows
    that use them."""
    for prompt in _prompts(files):
        how = "recorded" if prompt.recording else "words" if prompt.text else "missing"
        used = ", ".join(prompt.flows) or "not used"
        typer.echo(f"{prompt.language}  {prompt.name:<32} {how:<9} {used}")


@app.command()
def missing(files: Flows, config: Config = None, sounds: Sounds = None) -> None:
    """Name what is missing, by language: prompts that a flow uses and that have neither words nor
    a recording, and those that are not in the folder of sounds, where one is known.

    The exit status is 1 when something is missing.
    """
    folder = sounds or _folder(_sounds(config))
    lines = []
    for prompt in _prompts(files):
        if not prompt.flows:
            continue
        if not prompt.is_there:
            lines.append(f"{prompt.language}/{prompt.name}: no words and no recording")
        elif folder is not None and not path_in(folder, prompt, RATES[0], RATES[0]).is_file():
            lines.append(f"{prompt.language}/{prompt.name}: not in {folder}")
    for line in lines:
        typer.echo(line)
    typer.echo(f"{many(len(lines), 'prompt')} missing")
    if lines:
        raise typer.Exit(1)


@app.command()
def make(
    files: Flows,
    config: Config = None,
    sounds: Sounds = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where speech is kept that was made before."),
    ] = None,
    rate: Annotated[
        list[int] | None,
        typer.Option(metavar="HZ", help="8000 or 16000; both without."),
    ] = None,
) -> None:
    """Make a sound file of every prompt: of its recording, or of its words by the speech command of
    the settings, espeak-ng where they say nothing.

    Files that were not made here are kept as they are; words that have not changed are not read out
    again. With 16000 too, the folder has LANGUAGE/16000/NAME.wav for wideband calls.
    """
    about = _sounds(config)
    folder = sounds or _folder(about)
    if folder is None:
        raise typer.BadParameter("expected a folder, here or in --config", param_hint="--sounds")
    rates = sorted(dict.fromkeys(rate or RATES))
    if not set(rates) <= set(RATES):
        raise typer.BadParameter("expected 8000 or 16000", param_hint="--rate")
    speech = command_of(about.speech)
    kept = cache or (Path(about.speech.cache) if about.speech.cache else _own_cache())
    there = [prompt for prompt in _prompts(files) if prompt.is_there]
    needs_speech = any(prompt.recording is None for prompt in there)
    if needs_speech and (problem := speech.missing()):
        _stop(problem)
    maker = PromptMaker(folder, SpeechCache(speech, kept.absolute()), rates)
    try:
        written = maker.make(there, typer.echo)
    except (SpeechFailed, NotSound) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.filename}: cannot be written: {error.strerror or error}")
    typer.echo(f"{many(len(there), 'prompt')}, {many(written, 'file')} written in {folder}")


@app.command()
def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Sound files, or folders of them.")
    ],
) -> None:
    """Check sound files: the format, silence at the ends, sound that is faint or clipped.

    Each problem is a line `file: what is wrong, expected ...`; the exit status is 1 when there is
    one.
    """
    files = [
        file
        for path in paths
        for file in (sorted(path.rglob("*.wav")) if path.is_dir() else [path])
    ]
    lines = [f"{file}: {problem}" for file in files for problem in problems_of(file)]
    for line in lines:
        typer.echo(line)
    typer.echo(f"{many(len(files), 'file')}, {many(len(lines), 'problem')}")
    if lines or not files:
        raise typer.Exit(1)


def _prompts(files: list[Path]) -> list[PromptFile]:
    return prompts_of(loaded(files, [], "", None, draft=True))


def _sounds(config: list[Path] | None) -> SoundsSettings:
    if not config:
        return SoundsSettings()
    try:
        return settings_of(config).sounds
    except SettingsError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None


def command_of(settings: SpeechSettings) -> SpeechCommand:
    """The speech command of the settings."""
    return SpeechCommand(tuple(settings.command), dict(settings.voices), settings.timeout_s)


def _folder(sounds: SoundsSettings) -> Path | None:
    return Path(sounds.folder) if sounds.folder else None


def _own_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "acdengine" / "speech"


def _stop(problem: str) -> NoReturn:
    typer.echo(problem, err=True)
    raise typer.Exit(1)
