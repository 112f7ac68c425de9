"""The bench beside mod_callcenter: what it says of what it measured, and the settings it runs."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from acdengine.engine import Engine
from acdengine.settings.compile import load_plan
from bench import freeswitch
from bench.freeswitch import Report, compare, goals
from bench.freeswitch_callers import FRAME_MS, scenario
from bench.freeswitch_distributors import SETTINGS
from bench.freeswitch_rung import Side, cpu_s


def report(waiting: int, ratio: float | None, share: float | None) -> Report:
    return Report(waiting, 100, ratio=ratio, engine_cpu_share=share)


@pytest.mark.parametrize(
    ("reports", "met"),
    [
        ([], (None, None, None)),
        ([report(100, 1.0, 0.05)], (True, None, True)),
        ([report(100, 0.99, 0.04), report(1600, 2.5, 0.02)], (False, True, True)),
        ([report(1600, 1.9, 0.051)], (True, False, False)),
        ([report(1600, None, None)], (None, None, None)),
    ],
)
def test_a_goal_is_met_missed_or_not_measured(
    reports: list[Report], met: tuple[bool | None, ...]
) -> None:
    assert tuple(goals(reports).values()) == met


def side(rate: float, freeswitch_s: float, engine_s: float = 0.0) -> Side:
    return Side(rate, 0, 20.0, 0, 0, freeswitch_s, engine_s, 0, 0.0, {})


def test_of_several_rounds_the_medians_are_compared() -> None:
    one = Report(1600, 200)
    one.acdengine = [side(70, 30, 1.0), side(10, 10, 0.5), side(60, 40, 2.5)]
    one.mod_callcenter = [side(20, 39), side(30, 39)]
    compare(one)
    assert (one.rate, one.rate_mod_callcenter, one.ratio) == (60, 25, 2.4)
    assert one.engine_cpu_share == 0.05


def test_a_side_that_could_not_be_measured_is_compared_with_nothing() -> None:
    one = Report(100, 100)
    one.mod_callcenter = [side(20, 39)]
    compare(one)
    assert (one.rate, one.rate_mod_callcenter, one.ratio, one.engine_cpu_share) == (
        None, 20, None, None,
    )  # fmt: skip


def test_the_settings_are_of_so_many_agents_at_null_telephones(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(SETTINGS.format(port=1, folder=tmp_path, sounds=tmp_path, agents=200, music=""))
    _, plan = load_plan([path])
    Engine(plan).check()
    assert len(plan.agents) == 200
    assert plan.agents["bench/a0200"].contact == "null/a0200"
    assert plan.agents["bench/a0200"].wrap_up.mode == "none"


def test_callers_dial_the_number_and_offer_the_frame_that_is_reported() -> None:
    text = scenario("5001")
    assert ET.fromstring(text).tag == "scenario"
    assert "INVITE sip:5001@" in text
    assert f"a=ptime:{FRAME_MS}" in text
    assert "@DID@" not in text


def test_processor_time_is_that_of_the_process() -> None:
    before = cpu_s(os.getpid())
    while cpu_s(os.getpid()) - before < 0.02:
        sum(range(10_000))
    assert cpu_s(os.getpid()) == pytest.approx(sum(os.times()[:2]), abs=0.5)


def test_without_the_binary_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FREESWITCH_BIN", raising=False)
    assert freeswitch.main([]) == 1
    assert "FREESWITCH_BIN" in capsys.readouterr().err
