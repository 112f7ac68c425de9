"""Messages into voicemail boxes: what is played and recorded, and what is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from acdengine.commands import RecordMessage
from acdengine.events import CallerHungUp, MessageLeft, PromptFinished
from acdengine.plan import MessagePolicy
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.evil import anything

FILE = "t/box/20260105-080000_x123_c.wav"
ORDER = RecordMessage("c", "t/box", "greeting", FILE, MessagePolicy(max_us=60_000_000))
TONE = "playback tone_stream://%(300,0,1000)"
RECORD = f"record_session /rec/{FILE} +65"
SPEAK = "playback silence_stream://60000"


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.caller()
    return made


def run(desk: Desk) -> str:
    """What is being run on the caller's leg, once it has come to its end."""
    player = desk.legs.callers["c"].player
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid=player._part_uuid)
    return desk.sent[-1]


def speaking(desk: Desk) -> None:
    """The announcement and the tone are over."""
    desk.orders.execute([ORDER])
    assert [run(desk), run(desk), run(desk)] == [TONE, RECORD, SPEAK]
    desk.drain()


def test_an_announcement_a_tone_and_then_the_caller(desk: Desk) -> None:
    desk.orders.execute([ORDER, ORDER])
    sent = desk.sent
    assert sent[-1] == "playback /s/greeting.wav"
    assert {
        f"uuid_setvar c acd_message {FILE}", "uuid_setvar c acd_box t/box",
        "uuid_setvar c playback_terminators #", "uuid_setvar c RECORD_READ_ONLY true",
        "uuid_setvar c RECORD_FINAL_TIMEOUT_MS 5000", "uuid_setvar c record_ms",
    } <= set(sent)  # fmt: skip
    assert [run(desk), run(desk), run(desk)] == [TONE, RECORD, SPEAK]
    assert desk.reported == []


def test_the_switch_says_how_long_a_message_is(desk: Desk) -> None:
    speaking(desk)
    desk.hear("RECORD_STOP", "c", record_path="/rec/t/other.wav", record_ms="99")
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="4321")
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="4321")
    orders, reported = desk.drain()
    assert reported == [MessageLeft(0, "c", FILE, 4_321_000)]
    assert orders == [
        "uuid_setvar c RECORD_FINAL_TIMEOUT_MS",
        "uuid_setvar c RECORD_INITIAL_TIMEOUT_MS",
    ], "the recording of a conversation does not end by silence"


def test_a_key_or_the_time_ends_a_message(desk: Desk) -> None:
    speaking(desk)
    assert run(desk) == f"uuid_record c stop /rec/{FILE}"
    desk.answer("+OK Success\n")
    assert desk.reported == []
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="60000")
    assert desk.reported == [MessageLeft(0, "c", FILE, 60_000_000)]


def test_what_could_not_be_recorded_is_no_message(desk: Desk) -> None:
    speaking(desk)
    run(desk)
    desk.answer("-ERR Cannot stop record session!\n")
    assert desk.reported == [MessageLeft(0, "c", "", 0)]


@pytest.mark.parametrize("spoken", [True, False])
def test_who_hangs_up_has_left_a_message_or_none(desk: Desk, spoken: bool) -> None:
    if spoken:
        speaking(desk)
    else:
        desk.orders.execute([ORDER])
    desk.hear("CHANNEL_HANGUP", "c", hangup_cause="NORMAL_CLEARING")
    assert desk.reported == [], "the message comes first"
    if spoken:
        desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms="2000")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    message = [MessageLeft(0, "c", FILE, 2_000_000)] if spoken else []
    assert desk.reported == [*message, CallerHungUp(0, "c", "normal")]


@pytest.mark.parametrize("length", ["", "none", "9" * 40])
def test_a_length_that_is_none_is_no_message(desk: Desk, length: str) -> None:
    speaking(desk)
    desk.hear("RECORD_STOP", "c", record_path=f"/rec/{FILE}", record_ms=length)
    assert desk.reported == [MessageLeft(0, "c", "", 0)]


def test_prompts_of_the_engine_are_told_of_as_ever(desk: Desk) -> None:
    desk.legs.callers["c"].player.prompt("7", ())
    assert desk.reported == [PromptFinished(0, "c", "7")]


@settings(max_examples=200)
@given(anything, anything, anything)
def test_hostile_boxes_files_and_keys_are_refused_or_arrive_as_data(
    file: str, box: str, keys: str
) -> None:
    desk = Desk()
    desk.caller()
    order = RecordMessage("c", box, "greeting", file, MessagePolicy(end_keys=keys))
    desk.orders.execute([order])
    assert all("\n" not in line and "${" not in line for line in desk.sent)
    if not desk.legs.callers["c"].message:
        assert desk.reported == [MessageLeft(0, "c", "", 0)]
        assert desk.sent == []
