"""The queue_log as a file: each line once over crashes at any moment, and renamed files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from acdengine.facts import AnyFact
from acdengine.queue_log.file import QueueLogFile
from acdengine.queue_log.translation import Translation
from acdengine.runtime.masking import Masks
from acdengine.runtime.rotating_file import FileInUse
from tests.unit.engine.scene import Scene, agent, queue
from tests.unit.queue_log.test_translation import LoggedScene

Events = Sequence[tuple[int, list[AnyFact]]]


class _Numbered(Scene):
    """A stage that numbers its events."""

    def __init__(self, *plan: object) -> None:
        super().__init__(*plan)  # type: ignore[arg-type]
        self.events: list[tuple[int, list[AnyFact]]] = []

    def _step(self, event: object) -> list[object]:  # type: ignore[override]
        before = len(self.facts)
        commands = super()._step(event)  # type: ignore[arg-type]
        self.events.append((len(self.events) + 1, self.facts[before:]))
        return commands  # type: ignore[return-value]


def a_morning() -> Events:
    """Answered, missed, abandoned and withdrawn calls of two agents."""
    scene = _Numbered(queue("a"), agent("ben", "a"), agent("eva", "a"))
    scene.ready("ben", "eva")
    scene.calls("c1 c2 c3", "a")
    scene.answers("ben")
    scene.misses("eva")
    scene.wait(20)
    scene.caller_hangs_up("c3")
    scene.agent_hangs_up("ben")
    scene.wait(5)
    scene.not_ready("ben")
    scene.call("c4", "a")
    scene.wait(60)
    scene.caller_hangs_up("c4")
    return [event for event in scene.events if event[1]]


def written(path: Path, events: Events) -> QueueLogFile:
    """A log with these events, not closed."""
    log = QueueLogFile(path, Translation("t"), None)
    for seq, facts in events:
        log.take(seq, facts)
    return log


def died(log: QueueLogFile, torn_bytes: int = 0) -> None:
    """The process is killed: what the system has stays, without the last bytes."""
    log.flush()
    size = log.file.path.stat().st_size
    os.close(log.file._handle)
    os.truncate(log.file.path, size - torn_bytes)


def test_each_line_once_whenever_the_process_is_killed(tmp_path: Path) -> None:
    events = a_morning()
    whole = written(tmp_path / "whole", events)
    whole.close()
    expected = (tmp_path / "whole").read_text()
    assert expected.count("\n") > 12
    for marked in range(0, len(events), 3):
        for killed in range(marked, len(events) + 1):
            for torn_bytes in (0, 5):
                path = tmp_path / f"{marked}-{killed}-{torn_bytes}"
                log = written(path, events[:marked])
                log.keep()
                at_mark = path.stat().st_size
                for seq, facts in events[marked:killed]:
                    log.take(seq, facts)
                log.flush()
                died(log, min(torn_bytes, path.stat().st_size - at_mark))
                log = QueueLogFile(path, Translation("t"), None)
                log.resume()
                # A snapshot may be older than the mark.
                for seq, facts in events[max(marked - 2, 0) :]:
                    log.take(seq, facts)
                log.close()
                assert path.read_text() == expected, (marked, killed, torn_bytes)


def test_masks_that_differ_after_a_start_do_not_double_lines(tmp_path: Path) -> None:
    events, path = a_morning(), tmp_path / "queue_log"
    for key in (b"one", b"two"):
        log = QueueLogFile(path, Translation("t"), Masks(2, key))
        if key == b"one":
            log.keep()
        log.resume()
        for seq, facts in events:
            log.take(seq, facts)
        died(log)
    entered = [text for text in path.read_text().splitlines() if "ENTERQUEUE" in text]
    assert len(entered) == 4
    assert all("***" in text for text in entered)


def test_a_start_is_written_and_ends_what_is_told_again(tmp_path: Path) -> None:
    events, path = a_morning(), tmp_path / "queue_log"
    log = written(path, events[:4])
    log.keep()
    log.start(1_767_600_000_000_000)
    died(log)
    log = QueueLogFile(path, Translation("t"), None)
    log.resume()
    log.start(1_767_600_001_000_000)
    for seq, facts in events[4:]:
        log.take(seq, facts)
    log.close()
    lines = path.read_text().splitlines()
    assert [text for text in lines if "QUEUESTART" in text] == [
        "1767600000|NONE|NONE|NONE|QUEUESTART|",
        "1767600001|NONE|NONE|NONE|QUEUESTART|",
    ]
    whole = written(tmp_path / "whole", events)
    whole.close()
    rest = [text for text in lines if "QUEUESTART" not in text]
    assert rest == (tmp_path / "whole").read_text().splitlines()


def test_it_follows_its_name_where_logrotate_renames_it(tmp_path: Path) -> None:
    events, path = a_morning(), tmp_path / "queue_log"
    log = written(path, events[:8])
    assert log.flush()
    path.rename(tmp_path / "queue_log.1")
    assert log.flush()
    for seq, facts in events[8:]:
        log.take(seq, facts)
    log.close()
    whole = written(tmp_path / "whole", events)
    whole.close()
    both = (tmp_path / "queue_log.1").read_text() + path.read_text()
    assert both == (tmp_path / "whole").read_text()
    assert path.read_text(), "the new file has the later lines"


def test_after_a_renamed_file_a_restart_goes_on(tmp_path: Path) -> None:
    events, path = a_morning(), tmp_path / "queue_log"
    log = written(path, events[:8])
    log.flush()
    path.rename(tmp_path / "queue_log.1")
    log.flush()
    died(log)
    log = QueueLogFile(path, Translation("t"), None)
    log.resume()
    for seq, facts in events:
        log.take(seq, facts)
    log.close()
    whole = written(tmp_path / "whole", events)
    whole.close()
    both = (tmp_path / "queue_log.1").read_text() + path.read_text()
    assert both == (tmp_path / "whole").read_text()


def test_one_process_writes_it(tmp_path: Path) -> None:
    log = QueueLogFile(tmp_path / "queue_log", Translation("t"), None)
    with pytest.raises(FileInUse):
        QueueLogFile(tmp_path / "queue_log", Translation("t"), None)
    log.close()


@pytest.mark.parametrize("content", ["", "{}", "[1,2]", '{"seq": "x"}', "\x00"])
def test_a_mark_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "queue_log.mark").write_text(content)
    log = QueueLogFile(tmp_path / "queue_log", Translation("t"), None)
    with pytest.raises(ValueError, match=r"queue_log\.mark is not the mark of a queue_log"):
        log.resume()
    log.close()


def test_a_mark_that_cannot_be_written_keeps_the_journal(tmp_path: Path) -> None:
    log = QueueLogFile(tmp_path / "queue_log", Translation("t"), None)
    (tmp_path / "queue_log.mark").mkdir()
    assert not log.keep(), "the snapshot has to wait: what came before it could not be told again"
    log.close()


def test_the_stage_logs_what_the_file_has(tmp_path: Path) -> None:
    scene = LoggedScene(queue("a"), agent("ben", "a"))
    scene.ready("ben")
    scene.call("c1", "a")
    scene.answers("ben")
    scene.agent_hangs_up("ben")
    log = QueueLogFile(tmp_path / "queue_log", Translation("t"), None)
    log.take(1, scene.facts)
    log.close()
    assert sorted((tmp_path / "queue_log").read_text().splitlines()) == sorted(
        scene.log.splitlines()
    )
