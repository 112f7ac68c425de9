"""Texts that callers are to hear, read out into files before a switch is told to play them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import structlog

from acdengine.commands import AnyCommand, Collect, PlayPrompts, RecordCaller
from acdengine.ports import Port
from acdengine.prompts import AnyPrompt, SpeechPrompt
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.settings.sounds import SoundsSettings
from acdengine.speech.speech_cache import SpeechCache
from acdengine.speech.speech_command import SpeechCommand, SpeechFailed

#: Texts read out at once.
_AT_ONCE: Final = 2
#: Files kept, and after how many new ones it is looked whether there are more.
_KEPT: Final = 5_000
_LOOK_EVERY: Final = 100

_log = structlog.get_logger("acdengine.speech")
_WithPrompts: TypeAlias = PlayPrompts | Collect | RecordCaller


class SpeechFiles:
    """Makes texts into files, as the settings say.

    Args:
        settings: those of the sounds; with an engine of the switch's own, or without a folder,
            nothing is made.
    """

    def __init__(self, settings: SoundsSettings) -> None:
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._said = RateLimitedLog()
        self._made = 0
        self.use(settings)

    def use(self, settings: SoundsSettings) -> None:
        """Follow these settings from now on."""
        own = settings.speech
        self._language = settings.language
        self._cache: SpeechCache | None = None
        if own.cache and not settings.speech_engine:
            command = SpeechCommand(tuple(own.command), dict(own.voices), own.timeout_s)
            self._cache = SpeechCache(command, Path(own.cache))

    def with_files(self, prompts: Sequence[AnyPrompt]) -> tuple[AnyPrompt, ...] | None:
        """The prompts with the files that are there; None where one has to be made first."""
        found = [self._with_file(prompt) for prompt in prompts]
        complete = [prompt for prompt in found if prompt is not None]
        return tuple(complete) if len(complete) == len(found) else None

    def _with_file(self, prompt: AnyPrompt) -> AnyPrompt | None:
        cache = self._cache
        if not isinstance(prompt, SpeechPrompt) or cache is None:
            return prompt
        path = cache.path_of(prompt.text, prompt.language or self._language, prompt.voice)
        return msgspec.structs.replace(prompt, file=str(path)) if path.is_file() else None

    async def make(self, prompts: Sequence[AnyPrompt]) -> tuple[AnyPrompt, ...]:
        """The prompts with their files; a text that cannot be made stays without, and the log says
        why."""
        return tuple([await self._made_of(prompt) for prompt in prompts])

    async def _made_of(self, prompt: AnyPrompt) -> AnyPrompt:
        cache = self._cache
        if not isinstance(prompt, SpeechPrompt) or cache is None:
            return prompt
        language = prompt.language or self._language
        async with self._limit:
            try:
                path = await asyncio.to_thread(cache.make, prompt.text, language, prompt.voice)
                self._made += 1
                if self._made % _LOOK_EVERY == 0:
                    await asyncio.to_thread(cache.prune, _KEPT)
            except SpeechFailed as error:
                reason = str(error)
                self._said.say(_log.warning, reason, "text left out", reason=reason)
                return prompt
        return msgspec.structs.replace(prompt, file=str(path))


class SpokenTexts:
    """A port before a switch's own: commands with texts are held until there are files of them.

    A held command is passed on as it is when another for the same call follows: what was to be
    heard is overtaken.

    Args:
        port: the switch's.
        files: makes them.
    """

    def __init__(self, port: Port, files: SpeechFiles) -> None:
        self._port = port
        self._files = files
        self._held: dict[str, _WithPrompts] = {}
        self._making: set[asyncio.Task[None]] = set()

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Pass the commands on, those with texts when their files are there."""
        ready: list[AnyCommand] = []
        for command in commands:
            held = self._held.get(getattr(command, "call_id", ""))
            if held is not None:
                if held == command:
                    continue
                ready.append(self._held.pop(held.call_id))
            if isinstance(command, PlayPrompts | Collect | RecordCaller):
                prompts = self._files.with_files(command.prompts)
                if prompts is None:
                    self._hold(command)
                    continue
                command = _with(command, prompts)
            ready.append(command)
        if ready:
            self._port.execute(ready)

    def _hold(self, command: _WithPrompts) -> None:
        self._held[command.call_id] = command
        task = asyncio.get_running_loop().create_task(self._make(command))
        # The loop itself keeps no task alive.
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    async def _make(self, command: _WithPrompts) -> None:
        prompts = await self._files.make(command.prompts)
        if self._held.get(command.call_id) is command:
            del self._held[command.call_id]
            self._port.execute([_with(command, prompts)])


def _with(command: _WithPrompts, prompts: tuple[AnyPrompt, ...]) -> _WithPrompts:
    if prompts == command.prompts:
        return command
    return msgspec.structs.replace(command, prompts=prompts)
