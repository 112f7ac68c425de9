from __future__ import annotations

import csv
import gzip
from functools import cache
from pathlib import Path

import pytest

from adapters.sim.draws.kaplan_meier import Tail
from adapters.sim.draws.random_streams import Streams
from adapters.sim.traces.anonymous_bank_1999 import VIP_PRIORITY, LeftOut, Remark, read_bank1999
from adapters.sim.traces.patience import TracePatience
from adapters.sim.traces.staffing import presences, staffing
from adapters.sim.traces.summary import recorded_half_hour, summarise, summarise_by
from adapters.sim.traces.trace import Trace, TraceCall, TraceError, TraceOutcome
from adapters.sim.traces.trace_formats import read_trace
from tests.reference_data import ROOT, reference
from tests.unit.sim.sample_bank1999 import DIRTY, sample

US = 1_000_000
SAMPLE = ROOT / "config" / "traces" / "sample-bank1999.txt"
# The midnight of 1999-06-03 in seconds since 1970.
JUNE_3 = 928_368_000


@cache
def shipped() -> Trace:
    return read_bank1999([SAMPLE])


def call(number: int) -> TraceCall:
    return next(call for call in shipped().calls if call.call_id.endswith(f"/{number}"))


def test_the_shipped_sample_is_the_one_its_maker_makes() -> None:
    assert SAMPLE.read_text() == sample()


def test_every_row_is_a_call_or_counted() -> None:
    trace = shipped()
    assert trace.rows == sample().count("\n") - 1
    assert trace.rows == len(trace.calls) + sum(trace.left_out.values())
    assert list(trace.calls) == sorted(trace.calls, key=lambda call: (call.at_us, call.call_id))
    assert len(dict.fromkeys(call.call_id for call in trace.calls)) == len(trace.calls)


def test_the_sample_has_every_oddity_and_each_is_counted() -> None:
    trace = shipped()
    assert trace.left_out == {
        LeftOut.SHORT_ROW: 2,
        LeftOut.BAD_NUMBER: 1,
        LeftOut.BAD_TIME: 2,
        LeftOut.UNKNOWN_OUTCOME: 1,
        LeftOut.NEGATIVE_TIME: 1,
        LeftOut.PHANTOM: 1,
        LeftOut.BEFORE_QUEUE: 1,
    }
    assert trace.remarks == {
        Remark.QUEUED_OVER_MIDNIGHT: 2,
        Remark.SERVED_OVER_MIDNIGHT: 2,
        Remark.VRU_BACKWARDS: 1,
        Remark.DURATION_WORKED_OUT: 1,
        Remark.STAMPS_DISAGREE: 1,
        Remark.NOT_TIMED: 1,
        Remark.UNKNOWN_SERVER: 1,
        Remark.ABANDONED_AND_SERVED: 1,
    }
    # No bank would ship a service of days; it has a test of its own.
    assert list(trace.left_out) == [one for one in LeftOut if one is not LeftOut.ENDLESS]
    assert list(trace.remarks) == list(Remark)


def test_a_file_that_is_packed_is_read_whatever_its_name(tmp_path: Path) -> None:
    packed = tmp_path / "june.txt"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    assert read_bank1999([packed]).calls == read_bank1999([SAMPLE]).calls


def test_a_service_that_would_never_end_is_left_out(tmp_path: Path) -> None:
    rows = SAMPLE.read_text().splitlines(keepends=True)[:4]
    rows[1] = rows[1].replace("\t118\t", "\t99999999999999999999\t")
    (tmp_path / "endless").write_text("".join(rows))
    trace = read_bank1999([tmp_path / "endless"])
    assert (trace.rows, len(trace.calls)) == (3, 2)
    assert trace.left_out == {LeftOut.ENDLESS: 1}


def test_what_is_no_file_of_lines_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="it is no file"):
        read_bank1999([Path("/dev/zero")])
    packed = bytearray(gzip.compress(SAMPLE.read_bytes()))
    packed[10:40] = b"\xff" * 30
    (tmp_path / "damaged").write_bytes(packed)
    with pytest.raises(TraceError, match="cannot be read"):
        read_bank1999([tmp_path / "damaged"])


def test_a_file_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(SAMPLE.read_bytes())
    for twice in ([SAMPLE, SAMPLE], [SAMPLE, copy]):
        with pytest.raises(TraceError, match=r"the same calls as .*; name each file once"):
            read_bank1999(twice)


@pytest.mark.parametrize("heading", ["when,who,how", "\t".join(["line", "call"] + ["x"] * 15)])
def test_another_heading_is_named(tmp_path: Path, heading: str) -> None:
    other = tmp_path / "other.txt"
    other.write_text(f"{heading}\n1\t2\n")
    with pytest.raises(TraceError, match=r"other.txt:1: unknown heading .*expected 17 columns"):
        read_bank1999([other])


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("outcome", "result", "column 13 is headed 'result', expected 'outcome'"),
        ("q_exit\tq_time", "q_time\tq_exit", "column 11 is headed 'q_time', expected 'q_exit'"),
        ("\tserver", "", "column 17 is headed '', expected 'server'"),
        ("server", "server\tshift", "column 18 is headed 'shift', expected 17 columns"),
    ],
)
def test_a_heading_with_other_columns(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    heading, rest = SAMPLE.read_text().split("\n", 1)
    other = tmp_path / "other.txt"
    other.write_text(f"{heading.replace(before, after)}\n{rest}")
    with pytest.raises(TraceError, match=f"other.txt:1: {problem}"):
        read_bank1999([other])


def test_a_row_read_whole() -> None:
    assert call(9009) == TraceCall(
        at_us=(JUNE_3 + 23 * 3600 + 59 * 60 + 26) * US,
        call_id="AA0102/9009",
        customer_id="5550009",
        priority=1,
        call_type="PS",
        outcome=TraceOutcome.ANSWERED,
        wait_us=48 * US,
        service_us=107 * US,
        server="BORIS",
        service_at_us=(JUNE_3 + 86_400 + 13) * US,
        recorded_date="1999-06-03",
    )


def test_a_call_that_never_queued_asks_for_an_agent_when_it_leaves_the_menu() -> None:
    straight = call(9010)
    assert straight.at_us == (JUNE_3 + 23 * 3600 + 57 * 60 + 40) * US
    assert (straight.wait_us, straight.service_us) == (0, 150 * US)
    assert straight.customer_id is None


def test_the_queue_counts_where_the_menu_clock_ran_backwards() -> None:
    assert call(9011).at_us == (JUNE_3 + 10 * 3600 + 10) * US
    assert call(9011).priority == VIP_PRIORITY


def test_a_negative_wait_over_midnight_is_worked_out() -> None:
    assert call(9012).wait_us == 40 * US


def test_who_served_is_known_only_of_answered_calls() -> None:
    assert (call(9015).answered, call(9015).server) == (True, None)
    given_up = call(9016)
    assert (given_up.answered, given_up.server, given_up.service_us) == (False, None, 0)
    assert (call(9014).service_us, call(9014).service_at_us) == (0, None)


def test_after_midnight_a_queue_stamp_belongs_to_the_next_day(tmp_path: Path) -> None:
    row = "AA0115 1 0 1 PS 990210 23:59:56 23:59:56 0 0:00:02 0:00:29 27 AGENT 0:00:29 0:00:58 29 X"
    path = tmp_path / "one.txt"
    path.write_text("\t".join(row.split()) + "\r\n")
    (found,) = read_bank1999([path]).calls
    assert found.at_us % (86_400 * US) == 2 * US
    assert found.service_at_us == found.at_us + 27 * US
    # The record files it under the day before.
    assert recorded_half_hour(found) == "1999-02-10 00:00"
    assert found.at_us // (86_400 * US) == 10_633  # 1999-02-11


def test_packed_files_and_several_at_once(tmp_path: Path) -> None:
    packed = tmp_path / "sample.txt.gz"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    assert read_trace("bank1999", [packed]) == shipped()
    twice = read_trace("bank1999", [SAMPLE, packed])
    assert twice.rows == 2 * shipped().rows
    assert len(twice.calls) == 2 * len(shipped().calls)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="'bank2000'; known: bank1999"):
        read_trace("bank2000", [SAMPLE])
    with pytest.raises(TraceError, match="absent"):
        read_trace("bank1999", [tmp_path / "absent.txt"])
    broken = tmp_path / "broken.txt.gz"
    broken.write_bytes(gzip.compress(SAMPLE.read_bytes())[:2000])
    with pytest.raises(TraceError, match=r"broken\.txt\.gz"):
        read_trace("bank1999", [broken])
    useless = tmp_path / "useless.txt"
    useless.write_text(DIRTY[0].replace("|", "\t") + "\n")
    with pytest.raises(TraceError, match="no usable call in 1 bank1999 files, 1 rows read"):
        read_trace("bank1999", [useless])


def test_waits_by_priority() -> None:
    by_priority = summarise_by(shipped().calls, lambda call: call.priority)
    assert list(by_priority) == [0, 1, 2]
    whole = summarise(shipped().calls)
    assert sum(figures.offered for figures in by_priority.values()) == whole.offered
    assert sum(figures.wait_us for figures in by_priority.values()) == whole.wait_us
    nothing = summarise([])
    assert (nothing.asa_s, nothing.abandon_rate, nothing.service_level) == (None, None, None)


def served(server: str, from_min: float, until_min: float) -> TraceCall:
    from_us, length_us = int(from_min * 60 * US), int((until_min - from_min) * 60 * US)
    return TraceCall(
        from_us, "", None, 0, "PS", TraceOutcome.ANSWERED, 0, length_us, server, from_us, ""
    )


def test_agents_are_present_from_their_first_call_to_their_last() -> None:
    calls = [served("B", 65, 70), served("A", 0, 10), served("A", 35, 45), served("A", 90, 100)]
    found = presences(calls)
    assert [(one.server, one.from_us // 60 // US, one.until_us // 60 // US) for one in found] == [
        ("A", 0, 45), ("B", 65, 70), ("A", 90, 100),
    ]  # fmt: skip
    rows = staffing(found)
    assert [(row.from_us // 60 // US, row.seen, round(row.mean, 6)) for row in rows] == [
        (0, 1, 1.0), (30, 1, 0.5), (60, 1, round(5 / 30, 6)), (90, 1, round(10 / 30, 6)),
    ]  # fmt: skip
    assert staffing([]) == []


def test_calls_at_the_same_time_count_an_agent_once() -> None:
    rows = staffing(presences([served("A", 0, 30), served("A", 10, 20), served("B", 0, 15)]))
    assert [(row.seen, row.mean) for row in rows] == [(2, 1.5)]


@pytest.mark.slow
def test_patience_is_observed_or_longer_than_the_wait() -> None:
    calls = shipped().calls
    patience = TracePatience(calls, tail=Tail.EXPONENTIAL)
    draw = patience.sampler(Streams(1).stream("patience"))
    drawn = [(call, draw(call)) for call in calls]
    assert all(us == call.wait_us for call, us in drawn if not call.answered)
    assert all(us > call.wait_us for call, us in drawn if call.answered)
    # The sample was drawn with a mean patience of 240 s.
    assert patience.pooled.mean_us == pytest.approx(240 * US, rel=0.5)


@pytest.mark.slow
def test_a_group_where_nobody_gave_up_is_as_patient_as_all() -> None:
    calls = [call for call in shipped().calls if call.call_type != "IN" or call.answered]
    patience = TracePatience(calls)
    assert patience.by_group["IN"] is patience.pooled
    assert patience.by_group["PS"] is not patience.pooled


# --- against figures worked out independently from the real records ---------------------------


@cache
def month(name: str) -> Trace:
    return read_bank1999([reference(f"bank-1999/{name}.txt.gz")])


def monthly_rows() -> list[dict[str, str]]:
    with reference("bank-1999/reference_month.csv").open() as lines:
        return list(csv.DictReader(lines))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["january", "february"])
def test_the_real_month_equals_the_reference(name: str) -> None:
    calls = month(name).calls
    summaries = {("all", "all"): summarise(calls)}
    for priority, figures in summarise_by(calls, lambda call: call.priority).items():
        summaries["prio", str(priority)] = figures
    for call_type, figures in summarise_by(calls, lambda call: call.call_type).items():
        summaries["type", call_type] = figures

    rows = [row for row in monthly_rows() if row["month"] == name]
    assert len(rows) >= 10
    for row in rows:
        figures = summaries.pop((row["dim"], row["value"]), summarise([]))
        counts = (figures.offered, figures.answered, figures.abandoned)
        assert counts == (int(row["offered"]), int(row["answered"]), int(row["abandoned"])), row
        if figures.answered:
            assert figures.abandon_rate == pytest.approx(float(row["abandon_rate"]), abs=5.1e-5)
            assert figures.asa_s == pytest.approx(float(row["asa_s"]), abs=5.1e-3)
            assert figures.aht_s == pytest.approx(float(row["aht_s"]), abs=5.1e-3)
            assert figures.service_level == pytest.approx(float(row["sl20"]), abs=5.1e-5)
    assert not summaries


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "phantom", "before_queue"), [("january", 240, 1198), ("february", 278, 1941)]
)
def test_of_the_real_months_only_what_was_no_call_for_an_agent_is_left_out(
    name: str, phantom: int, before_queue: int
) -> None:
    trace = month(name)
    (row,) = [row for row in monthly_rows() if (row["month"], row["dim"]) == (name, "all")]
    assert trace.rows == int(row["rows"])
    assert trace.left_out == {LeftOut.PHANTOM: phantom, LeftOut.BEFORE_QUEUE: before_queue}


@pytest.mark.slow
def test_the_real_half_hours_equal_the_reference() -> None:
    calls = month("january").calls + month("february").calls
    found = {
        name: (
            figures.offered,
            figures.answered,
            figures.abandoned,
            figures.wait_answered_us // US,
            figures.service_us // US,
            figures.answered_in_time,
        )
        for name, figures in summarise_by(calls, recorded_half_hour).items()
    }
    columns = (
        "offered", "answered", "abandoned", "sum_wait_answered", "sum_service", "answered_le20",
    )  # fmt: skip
    with reference("bank-1999/reference_halfhour.csv").open() as lines:
        expected = {
            f"19{day[:2]}-{day[2:4]}-{day[4:]} {row['halfhour']}": tuple(
                int(row[column]) for column in columns
            )
            for row in csv.DictReader(lines)
            for day in [row["date"]]
        }
    assert found == expected


@pytest.mark.slow
def test_the_real_agents_have_time_for_the_real_calls() -> None:
    calls = month("january").calls
    rows = staffing(presences(calls))
    present_us = sum(row.mean for row in rows) * 1800 * US
    served_us = sum(call.service_us for call in calls if call.server is not None)
    assert 0.5 < served_us / present_us < 1.0
    assert max(row.seen for row in rows) <= 20
