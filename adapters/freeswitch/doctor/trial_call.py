"""A call of our own through everything that a real one goes through: park, music, ring, bridge,
record, hang up. Both legs are `null/`: nobody is rung, no trunk is used, nobody hears it, and
neither is a caller to an engine that drives the same switch.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath
from typing import Final

from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, error, listed, ok, warning
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.protocol.channel_fields import FROM_AGENT_VARIABLE
from adapters.freeswitch.protocol.dial_strings import LegToDial, originate_argument
from adapters.freeswitch.protocol.errors import CommandRefused, EslError
from adapters.freeswitch.protocol.quoting import api_word, bare_word, file_path, leg_uuid

_RING_MS: Final = 200
#: Shorter recordings are empty.
_RECORDED_S: Final = 1.2
_SLOW_BRIDGE_MS: Final = 200.0
#: Steps without which the call can go on.
_NOT_NEEDED: Final = ("prompts", "numbers", "music", "record")
#: Prompts that are tried, each some 40 ms.
_PROMPTS: Final = 50
_FREE_WARNING_GB: Final = 5.0
_MUSIC: Final = "tone_stream://%(1000,0,440);loops=-1"
_PATH: Final = re.compile(r"/[A-Za-z0-9_./-]*")


class TrialCall:
    """One call. Each step is a finding; one that the next ones need and that fails ends it."""

    def __init__(self, talk: SwitchQueries, wanted: Wanted) -> None:
        self._talk = talk
        self._wanted = wanted
        self._caller = str(uuid.uuid4())
        self._agent = str(uuid.uuid4())

    async def run(self) -> list[Finding]:
        """Make the call; both legs are down when this returns, whatever happened."""
        findings: list[Finding] = []
        steps: list[tuple[str, Callable[[], Awaitable[str]], str]] = [
            ("park", self._park, "mod_loopback (null/) and mod_dptools (park) are needed"),
            ("prompts", self._prompts, "can the switch's user read them? is the format known?"),
            ("numbers", self._numbers, "sounds of the language, and lang/acd.xml, are needed"),
            ("music", self._music, "mod_tone_stream and mod_dptools (playback) are needed"),
            ("ring", self._ring, "see log/freeswitch.log"),
            ("bridge", self._bridge, "see log/freeswitch.log"),
            ("record", self._record, "can the switch's user write there? mod_sndfile is needed"),
            ("hang up", self._hang_up, "see log/freeswitch.log"),
        ]
        try:
            for name, step, advice in steps:
                begun = time.perf_counter()
                try:
                    seen = await step()
                except TimeoutError:
                    findings.append(error(f"call: {name}", "nothing came of it", advice))
                    break
                except EslError as failure:
                    findings.append(error(f"call: {name}", str(failure), advice))
                    if name in _NOT_NEEDED:
                        continue
                    break
                took_ms = (time.perf_counter() - begun) * 1000
                findings.append(self._judged(name, seen, took_ms))
        finally:
            await self._clear()
        return findings

    def _judged(self, name: str, seen: str, took_ms: float) -> Finding:
        if name == "bridge" and took_ms > _SLOW_BRIDGE_MS:
            advice = "agents and callers wait for each other: is the switch overloaded?"
            return warning(f"call: {name}", seen, advice, took_ms)
        return ok(f"call: {name}", seen, took_ms)

    async def _originate(self, leg: str, variables: dict[str, str]) -> None:
        argument = originate_argument(
            [LegToDial("null/acd-doctor")],
            {
                "origination_uuid": leg_uuid(leg),
                "origination_caller_id_name": "acdengine doctor",
                # An engine that drives this switch is to leave these legs alone.
                FROM_AGENT_VARIABLE: "true",
                # Nothing stays behind, should this process die.
                "park_timeout": "30:NORMAL_CLEARING",
                **variables,
            },
            "park",
        )
        await self._talk.job("originate", argument)

    async def _park(self) -> str:
        await self._originate(self._caller, {})
        await self._talk.event(self._caller, "CHANNEL_PARK")
        return "a caller's leg is parked"

    async def _prompts(self) -> str:
        """Begin to play each prompt: only so is it seen whether the switch may read it."""
        silent = []
        played = list(self._wanted.prompts.items())[:_PROMPTS]
        for name, path in played:
            if not await self._is_heard("playback", file_path(f"prompt {name}", path)):
                silent.append(name)
        if silent:
            raise CommandRefused(f"not played: {listed(silent)}")
        return f"{len(played)} were begun"

    async def _numbers(self) -> str:
        """Begin to say a number in each language."""
        if not self._wanted.says_numbers:
            return "none are said to callers"
        silent = []
        for language in self._wanted.languages:
            said = f"{bare_word('language', language)} number pronounced 1"
            if not await self._is_heard("say", said):
                silent.append(language)
        if silent:
            raise CommandRefused(f"not said in {listed(silent)}")
        return f"said in {listed(list(self._wanted.languages))}"

    async def _is_heard(self, application: str, argument: str) -> bool:
        self._talk.execute(self._caller, application, argument)
        came = await self._talk.event(self._caller, "PLAYBACK_START", "CHANNEL_EXECUTE_COMPLETE")
        if came.fields.event_name != "PLAYBACK_START":
            return False
        await self._talk.api("uuid_break", self._caller)
        await self._talk.event(self._caller, "CHANNEL_EXECUTE_COMPLETE")
        return True

    async def _music(self) -> str:
        self._talk.execute(self._caller, "playback", _MUSIC)
        await self._talk.event(self._caller, "PLAYBACK_START")
        return "the caller hears something"

    async def _ring(self) -> str:
        await self._originate(self._agent, {"null_auto_answer_delay": str(_RING_MS)})
        await self._talk.event(self._agent, "CHANNEL_ANSWER")
        await self._talk.event(self._agent, "CHANNEL_PARK")
        return f"an agent's leg rang for {_RING_MS} ms and answered"

    async def _bridge(self) -> str:
        await self._talk.api("uuid_bridge", f"{self._caller} {self._agent}")
        await self._talk.event(self._caller, "CHANNEL_BRIDGE")
        return "caller and agent hear each other"

    async def _record(self) -> str:
        folder = self._wanted.recordings or await self._talk.api("global_getvar", "recordings_dir")
        path = file_path("recordings", f"{folder}/acd-doctor.wav")
        quoted = api_word("recordings", path)
        begin = f"{self._caller} start {quoted}"
        if "Success" not in await self._talk.api("uuid_record", begin):
            raise CommandRefused("the recording did not begin")
        await asyncio.sleep(_RECORDED_S)
        await self._talk.api("uuid_record", f"{self._caller} stop {quoted}")
        done = await self._talk.event(self._caller, "RECORD_STOP")
        if not done.fields.record_samples:
            raise CommandRefused(f"{path} is empty")
        if await self._talk.api("file_exists", path) != "true":
            raise CommandRefused(f"{path} was not written")
        return path

    async def _hang_up(self) -> str:
        await self._talk.api("uuid_kill", self._caller)
        await self._talk.event(self._caller, "CHANNEL_HANGUP_COMPLETE")
        await self._talk.event(self._agent, "CHANNEL_HANGUP_COMPLETE")
        return "the caller hung up, and the agent's leg went with it"

    async def _clear(self) -> None:
        for leg in (self._caller, self._agent):
            try:
                await self._talk.api("uuid_kill", leg)
            except EslError:
                pass  # it is down already


async def disk(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Room for recordings, as the switch sees its disk."""
    folder = wanted.recordings or await talk.api("global_getvar", "recordings_dir")
    if not _PATH.fullmatch(folder):
        return []
    found = None
    # A folder that no recording has made yet will be on the disk of the one around it.
    for place in (folder, *map(str, PurePosixPath(folder).parents)):
        # No shell: the words go to df as they are.
        printed = await talk.job("spawn_stream", f"df -Pk {bare_word('folder', place)}")
        found = re.search(r"^\S+ +\d+ +\d+ +(\d+) +(\d+)% ", printed, re.MULTILINE)
        if found is not None:
            break
    if found is None:
        return [warning("disk", f"{folder} cannot be looked at", "is there a program df?")]
    free_gb = int(found[1]) / 1_048_576
    seen = f"{free_gb:.0f} GB free for {folder} ({found[2]} % used)"
    if free_gb < _FREE_WARNING_GB:
        hours = free_gb * 1_073_741_824 / (8000 * 2 * 2 * 3600)
        advice = f"enough for {hours:.0f} hours of stereo recording: make room, or record less"
        return [warning("disk", seen, advice)]
    return [ok("disk", seen)]
