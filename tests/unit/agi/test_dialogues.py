"""The dialogues that an Asterisk has had, held against ours."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from acdengine.agi.environment import AgiRequest
from tests.unit.agi.legs import REQUEST, PaperScript

DIALOGUES = json.loads(
    (Path(__file__).parents[2] / "replay" / "agi" / "dialogues.json").read_text()
)["cases"]
#: Time by which keys and prompts may differ, in milliseconds.
TOLERANCE_MS = 180
_END = re.compile(r" endpos=(-?\d+)")


def comparable(lines: list[str]) -> list[str]:
    """Replies without the end of a sound, and a usage as one line."""
    kept = [_END.sub("", line) for line in lines]
    if any(line.startswith("520") for line in kept):
        return [line for line in kept if not line.startswith("520")] + ["520"]
    return kept


def ends(lines: list[str]) -> list[int]:
    return [int(end) for line in lines for end in _END.findall(line)]


def of_block(lines: list[str]) -> list[str]:
    """The lines of a reply, a block of usage as one of them."""
    whole, inside = [], False
    for line in lines:
        inside = inside or line.startswith("520-")
        if not inside:
            whole.append(line)
        if line.startswith("520 "):
            inside = False
            whole += [line] if not line.startswith("520 Invalid") else []
    return whole


@pytest.mark.parametrize("case", DIALOGUES, ids=[case["name"] for case in DIALOGUES])
def test_the_replies_are_those_of_asterisk(case: dict[str, Any]) -> None:
    asyncio.run(same_dialogue(case))


async def same_dialogue(case: dict[str, Any]) -> None:
    exten = {"variables": "12345", "exec": "200"}.get(case["name"], "100")
    request = AgiRequest(**{**REQUEST.__dict__, "extension": exten})
    script = PaperScript(request)
    await script.begin()
    early: list[str] = []
    for step in case["steps"]:
        if "hangup" in step:
            # The line HANGUP is read with the reply that comes after it.
            early = await script.hang_up()
            continue
        if "then" in step:
            script.leg.next_line = tuple(step["then"])
        keys = [(at, key) for at, key in step.get("keys", [])]
        got = early + await script.say(step["send"], keys)
        early = []
        assert comparable(of_block(got)) == comparable(of_block(wanted_of(step))), step["send"]
        is_ms = step["send"].startswith("CONTROL")
        if case["name"] not in ("record", "hangup-in-record"):
            for ours, theirs in zip(ends(got), ends(step["reply"]), strict=True):
                assert abs(ours - theirs) <= TOLERANCE_MS * (1 if is_ms else 8), step["send"]
    assert await script.end() == case["status"]


def wanted_of(step: dict[str, Any]) -> list[str]:
    reply: list[str] = step["reply"]
    return reply


def test_the_environment_has_the_lines_of_asterisk_in_its_order() -> None:
    theirs = [line.partition(":")[0] for line in DIALOGUES[0]["environment"]]

    async def ours() -> list[str]:
        script = PaperScript()
        lines = await script.begin()
        await script.end()
        return lines

    lines = asyncio.run(ours())
    assert [line.partition(":")[0] for line in lines[:-1]] == theirs
    assert lines[-1] == ""
