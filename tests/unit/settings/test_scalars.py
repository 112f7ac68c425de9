"""Plain scalars mean what YAML 1.2 says, not what YAML 1.1 said."""

from __future__ import annotations

import math

import pytest

from acdengine.settings.scalars import core_value


@pytest.mark.parametrize(
    "text",
    [
        *["no", "No", "yes", "on", "off", "y", "n", "NO"],  # truth values of YAML 1.1
        *["12:30:00", "08:30", "190:20:30"],  # numbers to the base of 60
        *["1_000", "0b11", "0O17", "0o8", "0xZZ", "+0x1F", "-0o7"],
        *["2026-01-31", "2026-01-31T08:30:00Z"],  # dates
        *[
            "nULL",
            "tRUE",
            "none",
            "None",
            "inf",
            "nan",
            "+.nan",
            ".",
            "-",
            "+",
            "e5",
            "1e",
            "=",
            "<<",
        ],
        *["+49 89 1234", "089/1234", "1.2.3", "1,5", " 1", "1 "],
        "9" * 41,
    ],
)
def test_what_is_text_stays_text(text: str) -> None:
    assert core_value(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("true", True),
        ("FALSE", False),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-5", -5),
        ("+4989", 4989),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5E-2", -0.015),
        ("-.inf", -math.inf),
        ("9" * 40, int("9" * 40)),
    ],
)
def test_what_is_a_value_is_that_value(text: str, value: object) -> None:
    assert core_value(text) == value
    assert type(core_value(text)) is type(value)


def test_not_a_number() -> None:
    value = core_value(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)
