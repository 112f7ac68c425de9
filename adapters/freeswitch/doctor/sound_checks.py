"""Sounds: prompts and music are there, and in a form that costs nothing to play."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Final

from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, error, listed, ok, warning
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import bare_word, file_path

_RATE: Final = 8000


async def prompts(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Every prompt that the settings name is a file on the switch."""
    missing = []
    for name, path in wanted.prompts.items():
        if await talk.api("file_exists", file_path(f"prompt {name}", path)) != "true":
            missing.append(f"{name} ({path})")
    findings = []
    if missing:
        advice = "callers hear nothing there: record them, or correct the path under sounds"
        findings.append(error("prompts", f"not on the switch: {listed(missing)}", advice))
    if wanted.unknown_prompts:
        seen = f"no sound is known for {listed(list(wanted.unknown_prompts))}"
        advice = "name them under sounds.prompts, or their folder as sounds.folder"
        findings.append(warning("prompts", seen, advice))
    there = len(wanted.prompts) - len(missing)
    if there:
        findings.append(ok("prompts", f"{there} of {len(wanted.prompts)} are there"))
    elif not findings:
        findings.append(ok("prompts", "the settings name none"))
    return findings + _rates(wanted)


def _rates(wanted: Wanted) -> list[Finding]:
    """Sample rates, of the files that this machine can see too."""
    odd, plain = [], 0
    for name, path in wanted.prompts.items():
        try:
            with wave.open(str(Path(path)), "rb") as sound:
                rate, channels = sound.getframerate(), sound.getnchannels()
        except (OSError, EOFError, wave.Error):
            continue  # on another machine, or no plain WAV
        if (rate, channels) == (_RATE, 1):
            plain += 1
        else:
            odd.append(f"{name} ({rate} Hz, {channels} channels)")
    if odd:
        advice = "each caller costs a conversion: sox IN.wav -r 8000 -c 1 OUT.wav"
        return [warning("prompts", f"not 8 kHz mono: {listed(odd)}", advice)]
    return [ok("prompts", f"{plain} are 8 kHz mono")] if plain else []


async def music(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Every stream of music plays."""
    findings = []
    for name in wanted.streams:
        try:
            told = await talk.api("local_stream", f"show {bare_word('music', name)}")
        except EslError:
            advice = "name it in local_stream.conf.xml, then: local_stream start " + name
            findings.append(error("music", f"there is no stream {name}", advice))
            continue
        values = dict(re.findall(r"^ +(\w+): +(.*)$", told, re.MULTILINE))
        seen = f"{name}: {values.get('location', '?')}, {values.get('rate', '?')} Hz"
        if values.get("ready") != "true" or values.get("stopped") == "true":
            advice = "callers hear silence: put sound files there, then: local_stream reload "
            findings.append(error("music", f"{seen}, plays nothing", advice + name))
        elif values.get("rate") not in ("8000", None):
            advice = "rate 8000 in local_stream.conf.xml spares converting for each caller"
            findings.append(warning("music", seen, advice))
        else:
            findings.append(ok("music", seen))
    return findings or [ok("music", "the settings name none")]
