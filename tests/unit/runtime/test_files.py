"""Files of lines: facts and logs."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from acdengine.facts import CallEnded, CallStarted
from acdengine.runtime import rotating_file
from acdengine.runtime.facts_file import FactsFile, last_seq
from acdengine.runtime.logs import log_loop_errors, set_up_logs
from acdengine.runtime.masking import Masks
from acdengine.runtime.rotating_file import FileInUse, RotatingFile
from tests.unit.runtime.centre import DAY_US, S


def ended(n: int, at_us: int = DAY_US) -> CallEnded:
    return CallEnded(at_us, f"c{n}", "acme", "answered", "caller", "normal")


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_facts_are_lines_with_number_kind_and_fields(tmp_path: Path) -> None:
    file = FactsFile(tmp_path / "facts.jsonl", None)
    file.take(7, [ended(1), ended(2)])
    file.close()
    first, second = lines(tmp_path / "facts.jsonl")
    assert first == {
        "seq": 7, "index": 0, "type": "CallEnded", "at_us": DAY_US, "call_id": "c1",
        "tenant_id": "acme", "outcome": "answered", "ended_by": "caller", "cause": "normal",
    }  # fmt: skip
    assert second["call_id"] == "c2"


@pytest.mark.parametrize(("masks", "ani"), [(None, "+4930123456"), (Masks(3), "***456")])
def test_numbers_are_masked_unless_they_are_wanted(
    tmp_path: Path, masks: Masks | None, ani: str
) -> None:
    file = FactsFile(tmp_path / "facts.jsonl", masks)
    file.take(1, [CallStarted(1, "c1", "acme", "+4930123456", "800", "pstn", "", 0, "")])
    file.close()
    assert lines(tmp_path / "facts.jsonl")[0]["ani"] == ani


def test_a_new_day_begins_a_new_file(tmp_path: Path) -> None:
    file = FactsFile(tmp_path / "facts.jsonl", None)
    file.take(1, [ended(1)])
    file.take(2, [ended(2, DAY_US + 86_400 * S)])
    file.close()
    assert lines(tmp_path / "facts.2026-01-05.1.jsonl")[0]["call_id"] == "c1"
    assert lines(tmp_path / "facts.jsonl")[0]["call_id"] == "c2"


def test_a_full_file_is_renamed_by_number(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "a.log", limit_bytes=100)
    for n in range(30):
        file.append(b"%09d\n" % n)
        file.flush()
    file.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.1.log", "a.2.log", "a.3.log", "a.log"]
    whole = b"".join((tmp_path / name).read_bytes() for name in names)
    assert whole.split() == [b"%09d" % n for n in range(30)]


def test_nothing_is_on_disk_until_it_is_flushed(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "a.log")
    file.append(b"line\n")
    assert (tmp_path / "a.log").read_bytes() == b""
    file.flush()
    assert (tmp_path / "a.log").read_bytes() == b"line\n"
    file.close()


def test_a_full_disk_is_tried_again_and_what_is_too_much_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = RotatingFile(tmp_path / "a.log")

    def full(handle: int, content: bytes | bytearray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rotating_file, "_KEPT_BYTES", 12)
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        file.append(b"first\n")
        assert not file.flush()
        assert file.trouble == "No space left on device"
        file.append(b"second\n")
    assert file.flush()
    assert file.trouble == ""
    assert (file.failures, file.lines_lost, file.lines_written) == (1, 1, 1)
    assert (tmp_path / "a.log").read_bytes() == b"first\n"
    file.close()


class Disk:
    """A disk with room for so many bytes, as `os.write` meets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, handle: int, content: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = self._write(handle, bytes(content[: self.room]))
        self.room -= taken
        return taken


def test_what_a_full_disk_took_in_part_ends_with_a_whole_event_and_goes_on_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "facts.jsonl"
    told = [(1, [ended(1)]), (2, [ended(2), ended(3)]), (3, [ended(4)])]

    def write(room: int) -> tuple[bytes, bytes]:
        path.unlink(missing_ok=True)
        file = FactsFile(path, None)
        for seq, facts in told:
            file.take(seq, facts)
        with monkeypatch.context() as patch:
            Disk(patch, room)
            file.flush()
        partly = path.read_bytes()
        file.flush()
        file.close()
        assert file.file.lines_written == 4
        return partly, path.read_bytes()

    whole = write(10_000)[1]
    assert len(whole.splitlines()) == 4
    seen = set()
    for room in range(len(whole)):
        partly, complete = write(room)
        assert complete == whole
        seqs = [json.loads(line)["seq"] for line in partly.splitlines()]
        seen.add(tuple(seqs))
    assert seen == {(), (1,), (1, 2, 2)}


def test_a_pipe_that_takes_a_part_is_given_the_rest_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    file = RotatingFile(fifo)
    file.append(b"first\n")
    file.append(b"second\n")
    with monkeypatch.context() as patch:
        Disk(patch, 9)
        assert not file.flush()
    assert file.flush()
    assert os.read(reader, 100) == b"first\nsecond\n"
    assert file.lines_written == 2
    file.close()
    os.close(reader)


def test_lines_of_a_day_that_the_disk_did_not_take_stay_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = FactsFile(tmp_path / "facts.jsonl", None)
    file.take(1, [ended(1)])
    file.flush()
    file.take(2, [ended(2)])
    with monkeypatch.context() as patch:
        Disk(patch, 0)
        file.take(3, [ended(3, DAY_US + 86_400 * S)])
    file.flush()
    file.take(4, [ended(4, DAY_US + 86_400 * S)])
    file.close()
    (old,) = tmp_path.glob("facts.2026-*.jsonl")
    assert [line["seq"] for line in lines(old)] == [1, 2, 3]
    assert [line["seq"] for line in lines(tmp_path / "facts.jsonl")] == [4]


def test_a_new_file_that_cannot_be_made_leaves_the_old_one_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = RotatingFile(tmp_path / "a.log", limit_bytes=6)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        file.append(b"first\n")
        file.flush()
    assert (tmp_path / "a.log").read_bytes() == b"first\n"
    file.append(b"second\n")
    file.flush()
    file.append(b"third\n")
    file.close()
    names = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert b"".join(names[name] for name in sorted(names)) == b"first\nsecond\nthird\n"
    assert file.failures == 1


def test_two_processes_do_not_write_one_facts_file(tmp_path: Path) -> None:
    file = FactsFile(tmp_path / "facts.jsonl", None)
    with pytest.raises(FileInUse):
        FactsFile(tmp_path / "facts.jsonl", None)
    file.close()
    FactsFile(tmp_path / "facts.jsonl", None).close()


def test_after_a_new_file_was_begun_the_one_before_tells_the_last_event(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    file = FactsFile(path, None)
    file.take(1, [ended(1)])
    file.take(2, [ended(2, DAY_US + 86_400 * S)])
    assert path.read_bytes() == b"", "the second is not flushed: the process dies here"
    assert last_seq(path) == 1
    file.close()
    assert last_seq(path) == 2


def test_facts_told_again_after_a_crash_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    file = FactsFile(path, None)
    file.take(1, [ended(1)])
    file.take(2, [ended(2)])
    file.close()
    path.write_bytes(path.read_bytes() + b'{"seq":3,"ty')
    assert last_seq(path) == 2
    file = FactsFile(path, None, after_seq=last_seq(path))
    for seq in (1, 2, 3):
        file.take(seq, [ended(seq)])
    file.close()
    assert [line["seq"] for line in lines(path)] == [1, 2, 3]


def test_an_event_whose_facts_were_torn_apart_is_told_again_whole(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    file = FactsFile(path, None)
    file.take(1, [ended(1)])
    file.take(2, [ended(2), ended(2), ended(2)])
    file.close()
    path.write_bytes(path.read_bytes()[:-20])
    assert last_seq(path) == 1
    file = FactsFile(path, None, after_seq=last_seq(path))
    file.take(2, [ended(2), ended(2), ended(2)])
    assert file.file.lines_written == 0
    file.close()
    assert [line["seq"] for line in lines(path)] == [1, 2, 2, 2]


def test_a_file_that_is_not_there_or_empty_has_no_last_event(tmp_path: Path) -> None:
    assert last_seq(tmp_path / "none") == 0
    (tmp_path / "empty").touch()
    assert last_seq(tmp_path / "empty") == 0


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    kept = root.handlers, root.level
    yield tmp_path / "log.jsonl"
    root.handlers, level = kept
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_log_is_json_lines_without_secrets(logged: Path) -> None:
    file = set_up_logs(logged, "info")
    log = structlog.get_logger("acdengine.test")
    log.debug("not this")
    log.info("hello", calls=3, api_token="s3cret", Authorization="Bearer s3cret", path=Path("/x"))
    logging.getLogger("asyncio").warning("library %s", "says")
    file.close()
    hello, library = lines(logged)
    assert (hello["event"], hello["level"], hello["logger"]) == ("hello", "info", "acdengine.test")
    assert (hello["calls"], hello["path"]) == (3, "/x")
    assert "s3cret" not in logged.read_text()
    assert (library["event"], library["logger"]) == ("library says", "asyncio")


def test_the_http_library_is_heard_now_and_then_and_without_what_strangers_sent(
    logged: Path,
) -> None:
    file = set_up_logs(logged, "info")
    for _ in range(5):
        try:
            raise ValueError("Bearer s3cret")
        except ValueError:
            logging.getLogger("aiohttp.server").exception("from %s", "s3cret")
    file.close()
    (line,) = lines(logged)
    assert (line["event"], line["reason"]) == ("from %s", "ValueError")
    assert "s3cret" not in logged.read_text()


def test_errors_that_nobody_took_are_told_without_their_text(logged: Path) -> None:
    file = set_up_logs(logged, "info")
    loop = asyncio.new_event_loop()
    log_loop_errors(loop)
    loop.call_exception_handler({"message": "a callback", "exception": ValueError("s3cret")})
    loop.close()
    file.close()
    (line,) = lines(logged)
    assert (line["what"], line["reason"]) == ("a callback", "ValueError")
    assert "s3cret" not in logged.read_text()


def test_what_is_worse_than_a_warning_is_written_at_once(logged: Path) -> None:
    file = set_up_logs(logged, "warning")
    log = structlog.get_logger("acdengine.test")
    log.warning("some time")
    assert logged.read_text() == ""
    try:
        raise KeyError("what")
    except KeyError:
        log.exception("now")
    assert "KeyError: 'what'" in str(lines(logged)[1]["exception"])
    file.close()


def test_without_a_file_the_log_goes_to_standard_error(
    logged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(None, "info")
    structlog.get_logger("acdengine.test").info("seen")
    assert json.loads(capsys.readouterr().err)["event"] == "seen"
