"""Numbers that scripts send, of any length and form: none ends a dialogue."""

from __future__ import annotations

import asyncio

import pytest

from acdengine.agi.commands.words import decimal_number, whole_number, whole_or
from tests.unit.agi.legs import PaperScript

MANY = "9" * 5_000


@pytest.mark.parametrize(
    "line",
    [
        f"SAY NUMBER {MANY} #",
        f"SAY DATE {MANY} #",
        f"SAY DATETIME {MANY} #",
        "SAY DATETIME 1 # ABdY Europe",
        f"WAIT FOR DIGIT {MANY}",
        f"EXEC SayUnixTime {MANY}",
        "EXEC SayUnixTime ²",
        f"EXEC Read X,hello,{MANY},,1,0.001",
        "EXEC Read X,hello,²,,²,1",
        f"GET DATA hello {MANY} 3",
        f"GET FULL VARIABLE ${{STRFTIME({MANY},Europe)}}",
        "GET FULL VARIABLE ${STRFTIME(²,../../etc)}",
        "GET FULL VARIABLE ${STRFTIME(1,,\udc80)}",
        f"GET FULL VARIABLE ${{CUT(A,-,{MANY})}}",
        f"GET FULL VARIABLE ${{A:{MANY}:1}}",
        f"SET VARIABLE TIMEOUT(absolute) {MANY}",
        "SET VARIABLE TIMEOUT(absolute) nan",
        "SET VARIABLE TIMEOUT(absolute) inf",
        f"SET AUTOHANGUP {MANY}",
        "SET AUTOHANGUP 1e999",
    ],
    ids=lambda line: line[:30],
)
def test_a_dialogue_goes_on(line: str) -> None:
    async def whole() -> list[str]:
        script = PaperScript()
        await script.begin()
        await script.say(f"SET VARIABLE TIMEOUT(digit) {MANY[:400]}")
        # A key ends what waits for one.
        await script.say(line, keys=[(1, "#"), (2, "1"), (3, "#")])
        told = await script.say("NOOP")
        await script.end()
        return told

    assert asyncio.run(whole())[-1:] == ["200 result=0"]


def test_numbers_are_cut() -> None:
    assert whole_number("-" + MANY) == -(2**31 - 1)
    assert whole_number("0" * 5_000 + "7") == 7
    assert whole_number(" +12ab") == 12
    assert decimal_number(MANY) == 2**31 - 1
    assert [whole_or(text, 5) for text in ("", "7", "²", "-1", "007", MANY)] == [
        5, 7, 5, 5, 7, 2**31 - 1,
    ]  # fmt: skip
