"""Tables as spreadsheets and programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sim.scenarios.table_file import TableError, minutes_of, read_table


def table(folder: Path, content: bytes) -> list[dict[str, float]]:
    path = folder / "t.csv"
    path.write_bytes(content)
    rows = read_table(path, ("from", "calls"))
    return [
        {"at": minutes_of(row.cells["from"]) or 0, "n": row.number("calls", 100)} for row in rows
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"from,calls\n08:00,1.5\n",
        b"# about\n\nCalls,From\n1.5,8:00\n",
        b"\xef\xbb\xbffrom;calls\r\n08:00:00;1,5\r\n;\r\n",
        b"from\tcalls\n08:00\t1,5\n",
        b'"from";"calls"\n"08:00";"1,5"\n',
        b"from;calls;\n".replace(b";\n", b"\n") + b"08:00;1,5;;\n",
        "from\tcalls\n08:00\t1,5\n".encode("utf-16"),
    ],
)
def test_one_table_in_many_forms(tmp_path: Path, content: bytes) -> None:
    assert table(tmp_path, content) == [{"at": 480, "n": 1.5}]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "t.csv: it is empty; expected the heading from,calls"),
        (b"from,call\n", "t.csv:1: expected the heading from,calls, found from, call"),
        (b"from,calls,more\n", "found from, calls, more"),
        (b"from,calls\n08:00\n", "t.csv:2: expected 2 cells, found 1"),
        (b"from,calls\n08:00,1,5\n", "t.csv:2: expected 2 cells, found 3"),
        (b"from,calls\n\n08:00,x\n", "t.csv:3: calls is 'x'; expected a number from 0 to 100"),
        (b"from,calls\n08:00,100\n", "expected a number from 0 to 100"),
        (b"from,calls\n08:00,\xff\n", "expected UTF-8"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(TableError, match=told.replace("(", "\\(")):
        table(tmp_path, content)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("9:30", 570), ("09:30:00", 570), ("24:00", None), ("9:60", None), ("9.30", None), ("", None),
     ("9:30:01", None), ("-1:30", None)],
)  # fmt: skip
def test_times_of_day(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes
