"""The fuzzer runs, and finds what it is for."""

from __future__ import annotations

import pytest

from tests.fuzz import esl_targets, fuzz_esl


def test_a_short_run_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [esl_targets.check_codec, esl_targets.check_quoting]
    assert fuzz_esl.with_hypothesis(1.0, checks) == 0
    assert "nothing found" in capsys.readouterr().out


def test_a_planted_fault_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    def fails_on_percent(data: bytes) -> None:
        assert b"%0A" not in data

    assert fuzz_esl.with_hypothesis(60.0, [fails_on_percent]) == 1
    assert "AssertionError" in capsys.readouterr().out


@pytest.mark.parametrize("data", fuzz_esl.CORPUS)
def test_the_first_inputs_hold(data: bytes) -> None:
    esl_targets.check_codec(data)
    esl_targets.check_quoting(data)
