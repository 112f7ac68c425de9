from __future__ import annotations

import csv
import math
from functools import cache

import pytest

from acdengine.planning.erlang import (
    QueueFigures,
    erlang_a_figures,
    erlang_b,
    erlang_c,
    erlang_c_figures,
    priority_mean_waits_s,
    servers_for_service_level,
)
from tests.reference_data import reference

# --- published facts ---------------------------------------------------------------------------


def test_the_usual_example_needs_14_agents() -> None:
    """100 calls in half an hour of 3 minutes each, 80 % to be answered within 20 s."""
    assert servers_for_service_level(100 / 1800, 180, 0.8, 20) == 14
    figures = erlang_c_figures(100 / 1800, 180, 14, 20)
    assert figures.p_wait == pytest.approx(0.1741319, abs=5e-8)
    assert figures.service_level == pytest.approx(0.8883500, abs=5e-8)
    assert figures.mean_wait_s == figures.asa_s == pytest.approx(7.8359370, abs=5e-7)
    assert erlang_c_figures(100 / 1800, 180, 13, 20).service_level < 0.8


def test_impatient_callers_as_published() -> None:
    """48 calls a minute of one minute each, 50 agents, mean patience 2 minutes."""
    figures = erlang_a_figures(48 / 60, 60, 50, 120)
    assert figures.p_abandon == pytest.approx(0.0309, abs=5e-5)
    assert figures.mean_wait_s == pytest.approx(3.71, abs=5e-3)


@pytest.mark.parametrize(
    ("servers", "blocking", "erlangs"),
    [(1, 0.01, 0.0101), (5, 0.01, 1.36), (10, 0.01, 4.46), (30, 0.01, 20.3), (100, 0.01, 84.1),
     (10, 0.05, 6.22), (30, 0.001, 16.7)],
)  # fmt: skip
def test_the_erlang_b_table(servers: int, blocking: float, erlangs: float) -> None:
    """The table of every traffic text, rounded to three digits of load."""
    assert erlang_b(servers, erlangs) == pytest.approx(blocking, rel=0.03)


# --- every row of the reference table, to its nine digits --------------------------------------


@cache
def reference_rows(model: str) -> list[dict[str, str]]:
    with reference("erlang/reference.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["model"].split()[0] == model]
    assert rows
    return rows


def assert_row(row: dict[str, str], found: dict[str, float]) -> None:
    given = {
        name: row[name]
        for name in ("occupancy", "p_wait", "asa_s", "service_level", "p_abandon", "lq")
        if row[name]
    }
    assert given
    assert {name: nine_digits(found[name]) for name in given} == given, row


def nine_digits(value: float) -> str:
    return f"{value:.9g}"


def as_columns(figures: QueueFigures) -> dict[str, float]:
    """The reference calls the mean wait of all calls `asa_s`, whether they gave up or not."""
    return {
        "occupancy": figures.occupancy,
        "p_wait": figures.p_wait,
        "asa_s": figures.mean_wait_s,
        "service_level": figures.service_level,
        "p_abandon": figures.p_abandon,
        "lq": figures.mean_queue,
    }


def test_erlang_b_equals_the_reference() -> None:
    for row in reference_rows("B"):
        assert_row(row, {"p_wait": erlang_b(int(row["agents"]), float(row["erlangs"]))})


def test_erlang_c_equals_the_reference() -> None:
    for row in reference_rows("C"):
        rate = float(row["calls"]) / float(row["interval_s"])
        figures = erlang_c_figures(
            rate, float(row["aht_s"]), int(row["agents"]), float(row["target_s"])
        )
        assert_row(row, as_columns(figures))
        assert nine_digits(rate * float(row["aht_s"])) == row["erlangs"]


def test_erlang_a_equals_the_reference() -> None:
    for row in reference_rows("A"):
        figures = erlang_a_figures(
            float(row["calls"]) / float(row["interval_s"]),
            float(row["aht_s"]),
            int(row["agents"]),
            float(row["patience_s"]),
            float(row["target_s"]),
        )
        assert_row(row, as_columns(figures))


def test_priorities_equal_the_reference() -> None:
    for row in reference_rows("PRIO"):
        rates = [float(rate) for rate in row["model"].split()[1].split("/")]
        waits_s = priority_mean_waits_s(rates, float(row["aht_s"]), int(row["agents"]))
        assert [nine_digits(wait_s) for wait_s in waits_s] == row["asa_s"].split()


# --- against the definitions, by another way ---------------------------------------------------


def birth_death(rate: float, service_s: float, servers: int, patience_s: float) -> list[float]:
    """P(j calls in the system) of M/M/c+M, from the balance of flows."""
    weights = [1.0]
    while len(weights) <= servers or weights[-1] > 1e-18 * max(weights):
        calls = len(weights)
        busy, waiting = min(calls, servers), max(0, calls - servers)
        weights.append(weights[-1] * rate / (busy / service_s + waiting / patience_s))
    total = math.fsum(weights)
    return [weight / total for weight in weights]


CASES = [(0.8, 60, 50, 120), (0.05, 180, 10, 30), (0.2, 60, 6, 200), (0.001, 100, 1, 50)]


@pytest.mark.parametrize(("rate", "service_s", "servers", "patience_s"), CASES)
def test_erlang_a_by_the_balance_of_flows(
    rate: float, service_s: float, servers: int, patience_s: float
) -> None:
    chances = birth_death(rate, service_s, servers, patience_s)
    figures = erlang_a_figures(rate, service_s, servers, patience_s)
    queue = math.fsum(max(0, calls - servers) * part for calls, part in enumerate(chances))
    busy = math.fsum(min(calls, servers) * part for calls, part in enumerate(chances))
    assert figures.p_wait == pytest.approx(math.fsum(chances[servers:]), rel=1e-9)
    assert figures.mean_queue == pytest.approx(queue, rel=1e-9)
    assert figures.occupancy == pytest.approx(busy / servers, rel=1e-9)
    assert figures.p_abandon == pytest.approx(queue / patience_s / rate, rel=1e-9)


@pytest.mark.parametrize(("rate", "service_s", "servers", "patience_s"), CASES)
def test_service_levels_by_integration(
    rate: float, service_s: float, servers: int, patience_s: float
) -> None:
    """The density of the offered wait, integrated in small steps."""
    spare = servers / service_s
    no_wait = math.fsum(birth_death(rate, service_s, servers, patience_s)[:servers])
    step_s, steps_s = 0.01, 20.0

    def density(wait_s: float) -> float:
        grown = rate * patience_s * -math.expm1(-wait_s / patience_s)
        return math.exp(grown - spare * wait_s)

    # Its total is known from P(no wait); far enough out nothing is left of it.
    far_s = 40 * service_s
    grid = [place * 0.02 for place in range(round(far_s / 0.02))]
    scale = (1 - no_wait) / math.fsum(0.02 * density(at + 0.01) for at in grid)
    middles = [(place + 0.5) * step_s for place in range(round(steps_s / step_s))]

    def stays(wait_s: float) -> float:
        return math.exp(-wait_s / patience_s)

    in_time = no_wait + scale * step_s * math.fsum(density(at) * stays(at) for at in middles)
    late = 1 - no_wait - scale * step_s * math.fsum(density(at) for at in middles)
    answered_wait_s = (
        scale * 0.02 * math.fsum((at + 0.01) * density(at + 0.01) * stays(at + 0.01) for at in grid)
    )
    figures = erlang_a_figures(rate, service_s, servers, patience_s, steps_s)
    answered = 1 - figures.p_abandon
    waiting = late * stays(steps_s)
    assert figures.service_level == pytest.approx(in_time, rel=1e-5)
    assert figures.p_wait_over_target == pytest.approx(waiting, rel=1e-4)
    assert figures.service_level_of_answered == pytest.approx(in_time / answered, rel=1e-5)
    assert figures.service_level_less_abandoned == pytest.approx(
        in_time / (in_time + waiting), rel=1e-5
    )
    assert figures.asa_s == pytest.approx(answered_wait_s / answered, rel=1e-4)


def test_three_definitions_of_the_service_level_differ() -> None:
    figures = erlang_a_figures(48 / 60, 60, 50, 120, 20)
    assert figures.service_level == pytest.approx(0.943, abs=5e-4)
    assert figures.service_level_less_abandoned == pytest.approx(0.972, abs=5e-4)
    assert figures.service_level_of_answered == pytest.approx(0.973, abs=5e-4)


def test_very_patient_callers_are_erlang_c() -> None:
    patient = erlang_a_figures(100 / 1800, 180, 12, 1e9)
    endless = erlang_c_figures(100 / 1800, 180, 12)
    assert patient.p_wait == pytest.approx(endless.p_wait, rel=1e-5)
    assert patient.mean_wait_s == pytest.approx(endless.mean_wait_s, rel=1e-5)
    assert patient.asa_s == pytest.approx(endless.asa_s, rel=1e-5)
    assert patient.service_level == pytest.approx(endless.service_level, rel=1e-5)
    # A small part still gives up, and it is not lost in the rounding.
    assert patient.p_abandon == pytest.approx(endless.mean_wait_s / 1e9, rel=1e-4)


def test_very_impatient_callers_are_erlang_b() -> None:
    figures = erlang_a_figures(100 / 1800, 180, 12, 1e-6)
    assert figures.p_abandon == pytest.approx(erlang_b(12, 10), rel=1e-6)


def test_one_server_is_the_textbook_queue() -> None:
    # M/M/1 with ρ = 0.8: P(wait) = ρ, wait = ρ/(μ − λ), queue = ρ²/(1 − ρ).
    figures = erlang_c_figures(0.8, 1.0, 1, 2.0)
    assert figures.p_wait == pytest.approx(0.8)
    assert figures.mean_wait_s == pytest.approx(4.0)
    assert figures.mean_queue == pytest.approx(3.2)
    assert figures.service_level == pytest.approx(1 - 0.8 * math.exp(-0.4))


# --- large, empty, overloaded ------------------------------------------------------------------


def test_thousands_of_servers_lose_no_digits() -> None:
    # By the normal approximation of Halfin and Whitt: ρ = 1 − β/√c gives
    # P(wait) → 1 ÷ (1 + βΦ(β)/φ(β)), 0.223361 for β = 1.
    for servers, allowed in ((100, 0.02), (10_000, 2e-3), (1_000_000, 2e-4)):
        erlangs = servers - math.sqrt(servers)
        assert erlang_c(servers, erlangs) == pytest.approx(0.223361, abs=allowed)
    assert erlang_b(5000, 1000.0) == 0.0
    assert erlang_b(5000, 1e9) == pytest.approx(1 - 5e-6, rel=1e-9)


def test_overload_with_thousands_of_servers() -> None:
    """Who cannot be served gives up: P(abandon) = 1 − 1/ρ."""
    for patience_s in (60, 3600, 36_000):
        figures = erlang_a_figures(40, 180, 5000, patience_s)
        assert figures.p_abandon == pytest.approx(1 - 5000 / 7200, rel=1e-9)
        assert figures.p_wait == pytest.approx(1.0)
        assert figures.occupancy == pytest.approx(1.0)
        assert 0.0 <= figures.service_level <= 1.0
        # The queue is as long as makes the rest give up.
        assert figures.mean_queue == pytest.approx((40 - 5000 / 180) * patience_s, rel=1e-9)


def test_light_load_with_thousands_of_servers() -> None:
    figures = erlang_a_figures(1.0, 180, 5000, 3600)
    assert (figures.p_wait, figures.p_abandon, figures.mean_wait_s) == (0.0, 0.0, 0.0)
    assert figures.service_level == 1.0
    assert figures.occupancy == pytest.approx(0.036)


def test_no_calls_at_all() -> None:
    for figures in (erlang_c_figures(0.0, 180, 3), erlang_a_figures(0.0, 180, 3, 60)):
        assert (figures.p_wait, figures.mean_wait_s, figures.mean_queue) == (0.0, 0.0, 0.0)
        assert (figures.service_level, figures.occupancy) == (1.0, 0.0)
    assert erlang_b(0, 3.0) == 1.0
    assert erlang_b(3, 0.0) == 0.0


def test_too_much_load_for_patient_callers() -> None:
    figures = erlang_c_figures(1.0, 10.0, 10)
    assert (figures.p_wait, figures.mean_wait_s, figures.service_level) == (1.0, math.inf, 0.0)
    assert (figures.occupancy, figures.mean_queue) == (1.0, math.inf)


def test_targets_at_the_ends() -> None:
    at_once = erlang_a_figures(0.8, 60, 50, 120, 0.0)
    assert at_once.service_level == pytest.approx(1 - at_once.p_wait)
    at_last = erlang_a_figures(0.8, 60, 50, 120, math.inf)
    assert at_last.service_level == pytest.approx(1 - at_last.p_abandon)
    assert at_last.service_level_of_answered == pytest.approx(1.0)


def test_priorities_share_the_same_work() -> None:
    """Kleinrock's conservation law: Σ ρ_k·W_k does not depend on the order of the classes."""
    rates = [1.0, 2.0, 1.0]
    waits_s = priority_mean_waits_s(rates, 1.0, 5)
    assert waits_s == sorted(waits_s)
    shared = sum(rate * wait_s for rate, wait_s in zip(rates, waits_s, strict=True)) / sum(rates)
    assert shared == pytest.approx(erlang_c_figures(4.0, 1.0, 5).mean_wait_s)
    assert priority_mean_waits_s([4.0], 1.0, 5) == pytest.approx([shared])


def test_only_the_lowest_classes_starve() -> None:
    high, low = priority_mean_waits_s([3.0, 3.0], 1.0, 5)
    # All servers are always busy: the next is free after 1/c, and class 1 has ρ = 0.6.
    assert high == pytest.approx(0.2 / 0.4)
    assert low == math.inf


def test_agents_for_a_service_level() -> None:
    for patience_s in (None, 60.0):
        servers = servers_for_service_level(0.5, 200, 0.9, 10, patience_s)
        levels = [
            erlang_c_figures(0.5, 200, number, 10).service_level
            if patience_s is None
            else erlang_a_figures(0.5, 200, number, patience_s, 10).service_level
            for number in (servers - 1, servers)
        ]
        assert levels[0] < 0.9 <= levels[1]
    assert servers_for_service_level(0.5, 200, 0.0) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(-1, 3.0), "-1 servers"),
        (lambda: erlang_c(0, 3.0), "0 servers"),
        (lambda: erlang_b(3, -1.0), "-1.0 erlangs"),
        (lambda: erlang_b(3, math.nan), "nan erlangs"),
        (lambda: erlang_c_figures(1.0, 0.0, 3), "mean service is 0.0"),
        (lambda: erlang_c_figures(1.0, 1.0, 3, -1.0), "target is -1.0"),
        (lambda: erlang_a_figures(1.0, 1.0, 3, 0.0), "mean patience is 0.0"),
        (lambda: priority_mean_waits_s([1.0, -0.5], 1.0, 3), "arrival rate of -0.5"),
        (lambda: servers_for_service_level(1.0, 1.0, 1.0), "service level of 1.0"),
    ],
)
def test_what_cannot_be_is_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        call()
