"""Call detail records of Asterisk and FreeSWITCH as records."""

from __future__ import annotations

from pathlib import Path

from tests.unit.program.histories.loaded import History

ASTERISK = '''\
"","030123","100","from-trunk","""Ann"" <030123>","PJSIP/trunk-00000001","PJSIP/1001-00000002","Queue","sales,t,,,60","2026-01-05 10:00:00","2026-01-05 10:00:20","2026-01-05 10:01:20",80,60,"ANSWERED","DOCUMENTATION","1767603600.1",""
"","030124","100","from-trunk","<030124>","PJSIP/trunk-00000003","","Queue","sales,t","2026-01-05 10:00:10","","2026-01-05 10:00:40",30,0,"NO ANSWER","DOCUMENTATION","1767603610.3",""
"","030124","100","from-trunk","<030124>","PJSIP/trunk-00000003","PJSIP/1002-00000009","Queue","sales,t","2026-01-05 10:00:12","","2026-01-05 10:00:22",10,0,"NO ANSWER","DOCUMENTATION","1767603610.3",""
"","1001","0049","internal","<1001>","PJSIP/1001-00000004","PJSIP/trunk-00000005","Dial","PJSIP/0049@trunk","2026-01-05 10:02:00","","2026-01-05 10:02:09",9,0,"BUSY","DOCUMENTATION","1767603720.5"
"","1001"
"","1","2","x","<1>","a","b","Dial","","2026-13-05 10:02:00","","2026-01-05 10:02:09",9,0,"BUSY","DOCUMENTATION","9.9",""
"","1","2","x","<1>","a","b","Dial","","2026-01-05 10:02:10","","2026-01-05 10:02:09",9,0,"BUSY","DOCUMENTATION","9.8",""
'''  # noqa: E501
FREESWITCH = """\
"Ann","030123","100","public","2026-01-05 10:00:00","2026-01-05 10:00:20","2026-01-05 10:01:20","80","60","NORMAL_CLEARING","u1","b1","","PCMA","PCMA"
"Ann","030124","100","public","2026-01-05 10:00:00","2026-01-05 10:00:00","2026-01-05 10:00:09","9","9","NORMAL_CLEARING","u2","","","PCMA","PCMA"
"Ann","030125","100","public","2026-01-05 10:00:00","","2026-01-05 10:00:07","7","0","USER_BUSY","u3","",""
"""  # noqa: E501
QUERY = (
    "SELECT call_id, ani, dnis, outcome, last_queue_id, last_agent_id, waited_us / 1000000,"
    " talked_us / 1000000, started_at_us / 1000000 FROM calls ORDER BY call_id"
)
TEN = 1_767_603_600  # 10:00 in Berlin


def test_asterisks_records_with_one_call_in_two_lines(tmp_path: Path) -> None:
    history = History(tmp_path, "Europe/Berlin")
    path = tmp_path / "Master.csv"
    path.write_text(ASTERISK)
    loaded = history.load("cdr-csv", path)
    assert history.rows(QUERY) == [
        ("1767603600.1", "030123", "100", "answered", "acme/sales", "acme/PJSIP-1001", 20, 60, TEN),
        ("1767603610.3", "030124", "100", "abandoned", "acme/sales", "", 30, 0, TEN + 10),
        ("1767603720.5", "1001", "0049", "busy", "", "", 0, 0, TEN + 120),
    ]
    assert history.left_out == [
        ("Master.csv", 5, "neither 17 columns of Asterisk nor 12 of FreeSWITCH"),
        ("Master.csv", 6, "bad date or time"),
        ("Master.csv", 7, "ends before it begins"),
    ]
    assert (loaded.calls, loaded.lines) == (3, 7)
    assert history.load("cdr-csv", path).rows == 0


def test_freeswitchs_records(tmp_path: Path) -> None:
    history = History(tmp_path)
    path = tmp_path / "Master.csv"
    path.write_text(FREESWITCH)
    history.load("cdr-csv", path)
    assert [(row[0], row[1], row[3], row[7]) for row in history.rows(QUERY)] == [
        ("u1", "030123", "answered", 60),
        ("u2", "030124", "abandoned", 0),
        ("u3", "030125", "busy", 0),
    ]
    assert history.left_out == []
