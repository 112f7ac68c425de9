"""A queue_log as records: every event of Asterisk, and what cannot be used."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from acdengine.program.histories.history import HistoryError
from acdengine.queue_log.translation import Translation
from tests.unit.program.histories.loaded import History
from tests.unit.records.history import of_a_seed

S = 1_000_000
T = 1_767_603_600

#: Seconds after T, then the line. Each call is one line of the story.
LINES = """\
0|NONE|NONE|NONE|QUEUESTART|
1|NONE|NONE|NONE|CONFIGRELOAD|
2|REALTIME|sales|SIP/ann|ADDMEMBER|
2|MANAGER|support|SIP/ann|ADDMEMBER|
3|NONE|sales|Bob|ADDMEMBER|PAUSED
4|NONE|sales|Bob|UNPAUSE|
5|NONE|NONE|Agent/7|AGENTLOGIN|SIP/7-1
5|NONE|sales|SIP/ann|PENALTY|3
5|NONE|sales|SIP/ann|RINGINUSE|1
10|c1|NONE|NONE|DID|4930555
10|c1|sales|NONE|ENTERQUEUE||030123|1
22|c1|sales|Bob|RINGNOANSWER|5000
30|c1|sales|SIP/ann|CONNECT|20|ch1|4
40|c1|sales|SIP/ann|CALLERONHOLD|PARK
50|c1|sales|SIP/ann|CALLEROFFHOLD|10
90|c1|sales|SIP/ann|COMPLETECALLER|20|60|1
100|c2|sales|NONE|ENTERQUEUE||030124|1
130|c2|sales|NONE|ABANDON|1|1|30
140|c3|sales|NONE|ENTERQUEUE||030125|1
200|c3|sales|NONE|EXITWITHTIMEOUT|1|1|60
201|c3|support|NONE|ENTERQUEUE||030125|1
211|c3|support|SIP/ann|CONNECT|10|ch2|2
251|c3|support|SIP/ann|BLINDTRANSFER|200|default|10|40|1
260|c4|sales|NONE|ENTERQUEUE|||1
270|c4|sales|NONE|EXITWITHKEY|1|1|1|10
280|c5|sales|NONE|ENTERQUEUE|||1
285|c5|sales|NONE|EXITEMPTY|1|1|5
290|c6|sales|NONE|ENTERQUEUE|||1
291|c6|sales|Bob|RINGCANCELED|500
299|c6|sales|NONE|WITHDRAW|1|1|9|by hand
300|c7|sales|NONE|JOINEMPTY|
310|c8|sales|NONE|ENTERQUEUE|||1
311|c8|sales|Bob|AGENTDUMP|
312|c8|sales|Bob|SYSCOMPAT|
320|c8|sales|Bob|CONNECT|10|ch3|3
350|c8|sales|Bob|ATTENDEDTRANSFER|LINK|SIP/a|SIP/b|10|30|1
400|NONE|NONE|Bob|PAUSEALL|lunch
420|NONE|NONE|Bob|UNPAUSEALL|
430|NONE|sales|SIP/ann|PAUSE|break
440|NONE|support|SIP/ann|PAUSE|break
450|NONE|sales|SIP/ann|UNPAUSE|Auto-Unpause
460|NONE|sales|SIP/ann|REMOVEMEMBER|
470|NONE|support|SIP/ann|REMOVEMEMBER|
480|NONE|NONE|Agent/7|AGENTLOGOFF|SIP/7-1|475
490|c9|sales|NONE|ENTERQUEUE|||1
500|c10|sales|NONE|ENTERQUEUE|||2
510|c10|sales|Bob|CONNECT|10|ch4|3
900|NONE|NONE|NONE|QUEUESTART|
"""
CALLS = [
    ("c1", "030123", "4930555", "answered", "caller", 1, 20, 50, 10),
    ("c2", "030124", "", "abandoned", "caller", 1, 30, 0, 0),
    ("c3", "030125", "", "answered", "agent", 2, 70, 40, 0),
    ("c4", "", "", "diverted", "system", 1, 10, 0, 0),
    ("c5", "", "", "diverted", "system", 1, 5, 0, 0),
    ("c6", "", "", "diverted", "system", 1, 9, 0, 0),
    ("c7", "", "", "diverted", "system", 0, 0, 0, 0),
    ("c8", "", "", "answered", "agent", 1, 10, 30, 0),
    ("c9", "", "", "lost", "system", 1, 410, 0, 0),
    ("c10", "", "", "answered", "system", 1, 10, 390, 0),
]
CALLS_QUERY = (
    "SELECT call_id, ani, dnis, outcome, ended_by, waits, waited_us / 1000000,"
    " talked_us / 1000000, held_us / 1000000 FROM calls ORDER BY started_at_us"
)
STATES = [
    ("acme/Agent-7", "ready", "", 5), ("acme/Agent-7", "logged_out", "", 480),
    ("acme/Bob", "not_ready", "", 3), ("acme/Bob", "ready", "", 4),
    ("acme/Bob", "talking", "", 320), ("acme/Bob", "ready", "", 350),
    ("acme/Bob", "not_ready", "lunch", 400), ("acme/Bob", "ready", "", 420),
    ("acme/Bob", "talking", "", 510), ("acme/Bob", "ready", "", 900),
    ("acme/SIP-ann", "ready", "", 2), ("acme/SIP-ann", "talking", "", 30),
    ("acme/SIP-ann", "ready", "", 90), ("acme/SIP-ann", "talking", "", 211),
    ("acme/SIP-ann", "ready", "", 251), ("acme/SIP-ann", "not_ready", "break", 440),
    ("acme/SIP-ann", "logged_out", "", 470),
]  # fmt: skip


def lines() -> list[str]:
    found = []
    for line in LINES.splitlines():
        seconds, _, rest = line.partition("|")
        found.append(f"{T + int(seconds)}|{rest}")
    return found


def as_file(folder: Path, count: int | None = None) -> Path:
    path = folder / "queue_log"
    path.write_text("".join(f"{line}\n" for line in lines()[:count]))
    return path


def as_database(folder: Path) -> Path:
    path = folder / "queue_log.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "time", "callid", "queuename", "agent", "event",
                       *(f"data{n}" for n in range(1, 6))])  # fmt: skip
        for number, line in enumerate(lines()):
            rows.writerow([number, *(line.split("|") + [""] * 5)[:10]])
    return path


@pytest.mark.parametrize("make", [as_file, as_database])
def test_every_event_of_asterisk_is_in_the_records(make: object, tmp_path: Path) -> None:
    history = History(tmp_path)
    path = as_file(tmp_path) if make is as_file else as_database(tmp_path)
    loaded = history.load("queue_log", path)
    assert history.left_out == []
    assert loaded.calls == len(CALLS)
    assert history.rows(CALLS_QUERY) == CALLS
    states = history.rows(
        f"SELECT agent_id, state, reason, started_at_us / 1000000 - {T} FROM agent_states"
        " ORDER BY agent_id, started_at_us, seq"
    )
    assert states == STATES
    offers = history.rows(
        "SELECT call_id, agent_id, outcome, rang_us FROM segments WHERE kind = 'offer'"
        " ORDER BY call_id, seq, idx"
    )
    assert ("c1", "acme/Bob", "no_answer", 5 * S) in offers
    assert ("c1", "acme/SIP-ann", "connected", 4 * S) in offers
    assert [row[2] for row in offers if row[0] == "c8"] == ["rejected", "failed", "connected"]
    transfers = history.rows("SELECT target, outcome FROM segments WHERE kind = 'transfer'")
    assert transfers == [("200@default", "blind"), ("SIP/a", "attended")]
    assert history.rows("SELECT queue_id, name FROM queues ORDER BY 1") == [
        ("acme/sales", "sales"), ("acme/support", "support"),
    ]  # fmt: skip


def test_a_log_that_has_grown_adds_what_is_new_and_the_same_nothing(tmp_path: Path) -> None:
    history = History(tmp_path)
    for count in (12, 13, 30, None):
        history.load("queue_log", as_file(tmp_path, count))
    again = history.load("queue_log", as_file(tmp_path))
    assert (again.calls, again.rows, again.known) == (0, 0, again.lines)
    assert history.rows(CALLS_QUERY) == CALLS
    assert history.rows("SELECT COUNT(*) FROM sources") == [(1,)]


def test_lines_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text(
        "\n".join(
            (
                f"{T}|c1|sales|NONE|ENTERQUEUE||030|1",
                f"{T}|c1|sales",
                "then|c1|sales|NONE|ABANDON|1|1|3",
                f"{T}|c1|sales|NONE|SINGS|",
                f"{T}|c2|sales|NONE|ABANDON|1|1|3",
                f"{T}|c1|sales|NONE|ABANDON|1|1|soon",
                f"{T}|c1|sales|Bob|COMPLETEAGENT|1|2|3",
                f"{T}|NONE|sales|NONE|PAUSE|",
                "",
                f"{T + 4}|c1|sales|NONE|ABANDON|1|1|4",
            )
        )
    )
    history = History(tmp_path)
    loaded = history.load("queue_log", path)
    assert history.left_out == [
        ("queue_log", 2, "3 fields, expected 5 or more"),
        ("queue_log", 3, "bad time"),
        ("queue_log", 4, "unknown event SINGS"),
        ("queue_log", 5, "ABANDON of a call that has entered no queue"),
        ("queue_log", 6, "ABANDON: field 8 is no number"),
        ("queue_log", 7, "COMPLETEAGENT of a call that is with no agent"),
        ("queue_log", 8, "PAUSE names no agent"),
    ]
    assert sum(loaded.left_out.values()) == 7
    assert history.rows("SELECT outcome, waited_us FROM calls") == [("abandoned", 4 * S)]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("when,what\n1,2\n")
    with pytest.raises(HistoryError, match=r"other\.csv:1: neither .* time, callid"):
        History(tmp_path).load("queue_log", path)
    with pytest.raises(HistoryError, match="cannot be read"):
        History(tmp_path).load("queue_log", tmp_path / "none")


@pytest.mark.parametrize("seed", [1, 4])
def test_what_acdengine_itself_has_logged_comes_back(seed: int, tmp_path: Path) -> None:
    translation = Translation("", with_holds=True, band_of=lambda queue, priority: 0)
    told = of_a_seed(seed)
    written = "".join(line for _, facts in told for line in translation.lines(facts))
    path = tmp_path / "queue_log"
    path.write_text(written)
    history = History(tmp_path)
    history.load("queue_log", path)
    logged = [line.split("|") for line in written.splitlines()]
    (answered,) = history.rows("SELECT COUNT(*) FROM segments WHERE kind = 'talk'")
    assert answered == (sum(line[4] == "CONNECT" for line in logged),)
    (waits,) = history.rows("SELECT COUNT(*) FROM segments WHERE kind = 'queue_wait'")
    assert waits == (sum(line[4] == "ENTERQUEUE" for line in logged),)
