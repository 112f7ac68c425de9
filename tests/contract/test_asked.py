"""Every live test is asked of the stand-in, or it is said why not."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.contract.asked import LEFT_OUT, NOT_ASKED, OTHERWISE

LIVE = sorted(file.stem for file in Path(__file__).parents[1].glob("live/test_*.py"))


def questions_of(module: str) -> dict[str, object]:
    found = vars(importlib.import_module(module))
    return {
        name: value for name, value in found.items() if name.startswith("test_") and callable(value)
    }


@pytest.mark.parametrize("module", [name for name in LIVE if name not in NOT_ASKED])
def test_what_is_asked_of_freeswitch_is_asked_of_the_standin(module: str) -> None:
    live = questions_of(f"tests.live.{module}")
    left_out = LEFT_OUT.get(module, {})
    assert set(left_out) <= set(live)
    assert questions_of(f"tests.contract.{module}") == {
        name: value for name, value in live.items() if name not in left_out
    }


def test_only_what_there_is_is_left_out() -> None:
    assert {*NOT_ASKED, *LEFT_OUT, *OTHERWISE} <= set(LIVE)
    assert not NOT_ASKED.keys() & {*LEFT_OUT, *OTHERWISE}
