"""Recordings on FreeSWITCH: what is sent, what is told, and how much space there must be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given

from acdengine.commands import PauseRecording, ResumeRecording, StartRecording, StopRecording
from acdengine.events import AnyEvent, RecordingBegan, RecordingEnded, SpaceChanged
from adapters.freeswitch.protocol.errors import LinkDown, Unrepresentable
from adapters.freeswitch.recordings.disk_watch import DiskWatch, free_bytes_of
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.resync.recordings import files_listed
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.evil import anything

FILE = "t/2026-01-05/20260105-080000_a_anna_x_c_1.wav"


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.caller()
    return made


def test_a_recording_from_its_beginning_to_its_end(desk: Desk) -> None:
    desk.orders.execute([StartRecording("c", FILE, True)])
    assert desk.sent == [
        f"uuid_setvar c acd_recording {FILE}", "uuid_setvar c RECORD_STEREO true",
        "uuid_setvar c RECORD_READ_ONLY false", "uuid_setvar c RECORD_MIN_SEC 0",
        f"uuid_record c start /rec/{FILE}",
    ]  # fmt: skip
    desk.answer("+OK Success\n")
    desk.orders.execute([StartRecording("c", FILE, True)])
    assert desk.drain()[1] == [RecordingBegan(0, "c", FILE)] * 2, "repeated, not begun again"
    desk.orders.execute([PauseRecording("c", FILE), ResumeRecording("c", FILE)])
    desk.orders.execute([StopRecording("c", FILE)])
    assert desk.drain() == (
        [f"uuid_record c {word} /rec/{FILE}" for word in ("mask", "unmask", "stop")], [],
    )  # fmt: skip
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="7000", recording=FILE)
    assert desk.drain()[1] == [RecordingEnded(0, "c", FILE, 7_000_000)]


def test_the_end_is_told_after_the_caller_has_gone(desk: Desk) -> None:
    desk.hear("CHANNEL_HANGUP", "c", hangup_cause="NORMAL_CLEARING")
    desk.drain()
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="7000", recording=FILE)
    assert desk.reported == [RecordingEnded(0, "c", FILE, 7_000_000)]


def test_files_of_others_are_theirs(desk: Desk) -> None:
    desk.hear("RECORD_STOP", "c", record_path="/else/x.wav", record_ms="7000", recording=FILE)
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="7000")
    assert desk.reported == []


def test_what_cannot_be_recorded_is_told(desk: Desk) -> None:
    desk.orders.execute([StartRecording("c", FILE)])
    desk.answer("-ERR Cannot record session!\n")
    desk.orders.execute([StartRecording("x", FILE), StartRecording("c", "../x.wav")])
    assert desk.reported == [
        RecordingEnded(0, "c", FILE, 0, "not_recorded"),
        RecordingEnded(0, "x", FILE, 0, "no_such_leg"),
        RecordingEnded(0, "c", "../x.wav", 0, "no_such_file"),
    ]
    desk.orders.execute([StartRecording("c", FILE)])
    replied = desk.on_reply[-1]
    assert replied is not None
    replied(LinkDown("gone"))
    assert len(desk.reported) == 3, "reading through the switch will tell"


@given(anything)
def test_hostile_files_are_refused_or_arrive_as_data(file: str) -> None:
    desk = Desk()
    desk.caller()
    for kind in (StartRecording, PauseRecording, StopRecording):
        desk.orders.execute([kind("c", file)])
    assert all("\n" not in line and "${" not in line and ".." not in line for line in desk.sent)
    ends = ["no_such_file", "not_recorded"]  # of the beginning, and of the order to stop
    assert desk.sent or desk.reported == [RecordingEnded(0, "c", file, 0, end) for end in ends]


# -- the folder --------------------------------------------------------------------------------


def test_a_file_is_below_the_folder() -> None:
    storage = Storage("/rec/")
    assert storage.path("t/x.wav") == "/rec/t/x.wav"
    assert storage.file("/rec/t/x.wav") == "t/x.wav"
    assert storage.file("/record/t/x.wav") == ""
    for file in ("", "/x", "../x", "t/../x", "a b", "a\nb", "a'b", "t//x", "x@@3/../y"):
        with pytest.raises(Unrepresentable):
            storage.path(file)


def test_what_the_switch_lists_as_being_recorded() -> None:
    bug = "<media-bug>\n <function>{}</function>\n <target>{}</target>\n</media-bug>"
    printed = "<media-bugs>" + "".join((
        bug.format("session_record", "/rec/t/a&amp;b.wav"),
        bug.format("eavesdrop", "/rec/t/no.wav"),
        bug.format("session_record", "/else/no.wav"),
        bug.format("session_record", "/rec/t/c.wav"),
    ))  # fmt: skip
    assert files_listed(printed, Storage("/rec")) == ("t/a&b.wav", "t/c.wav")
    assert files_listed("<media-bugs>\n</media-bugs>\n", Storage("/rec")) == ()


# -- space -------------------------------------------------------------------------------------


def test_too_little_space_is_told_once_and_so_is_enough() -> None:
    told: list[AnyEvent] = []
    watch = DiskWatch("n1", Storage("/rec", 1000), told.append)
    for free in (5000, 999, 500, 1050, 1100, 1001, 0):
        watch.look(free)
    assert told == [
        SpaceChanged(0, "n1", False, 999), SpaceChanged(0, "n1", True, 1100),
        SpaceChanged(0, "n1", False, 0),
    ]  # fmt: skip


def test_a_folder_that_is_not_there_yet_has_the_space_of_where_it_will_be(tmp_path: Path) -> None:
    assert free_bytes_of(str(tmp_path / "not" / "yet"))


def test_the_watch_looks_again_and_again() -> None:
    told: list[AnyEvent] = []
    frees = iter([5000, None, 10])
    done = asyncio.Event()

    def free_bytes(folder: str) -> int | None:
        assert folder == "/rec"
        return next(frees)

    def report(event: AnyEvent) -> None:
        told.append(event)
        done.set()

    async def scene() -> None:
        watch = DiskWatch("n1", Storage("/rec", 1000), report, free_bytes)
        running = asyncio.create_task(watch.run(every_s=0))
        await done.wait()
        running.cancel()
        await DiskWatch("n1", Storage("/rec", 0), report, free_bytes).run()

    asyncio.run(scene())
    assert told == [SpaceChanged(0, "n1", False, 10)]
