"""Steps on a caller's leg of FreeSWITCH: what is sent for them, and how they end."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.prompts import AnyPrompt, SayPrompt, SilencePrompt, SoundPrompt, SpeechPrompt
from adapters.freeswitch.media.prompt_playback import parts_of
from adapters.freeswitch.media.sounds import Sounds
from tests.unit.freeswitch.desk import BROKEN, Desk

GREETING = SoundPrompt("greeting")
ROW = (GREETING, SilencePrompt(500_000))


def desk() -> Desk:
    made = Desk()
    made.caller()
    return made


def run_of(made: Desk, application: str) -> str:
    """The execution of the last such application that was sent."""
    return f"run-{max(at for at, line in enumerate(made.sent) if line.startswith(application))}"


def over(made: Desk, application: str = "playback") -> None:
    made.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid=run_of(made, application))


def press(made: Desk, keys: str) -> None:
    for key in keys:
        made.hear("DTMF", "c", dtmf_digit=key)


def time_passes(made: Desk, seconds: float) -> None:
    made.now_s += seconds
    later, made.later = made.later, []
    for action in later:
        action()


def test_a_row_is_played_part_by_part_and_told_of() -> None:
    made = desk()
    made.orders.execute([cmd.PlayPrompts("c", "1", ROW)])
    assert made.sent == ["playback /s/greeting.wav"]
    over(made)
    assert made.sent[1:] == ["playback silence_stream://500"]
    assert made.reported == [ev.PromptHeard(0, "c", "1", 1)]
    over(made)
    assert made.reported[1:] == [ev.PromptsFinished(0, "c", "1")]


def test_a_sound_that_is_missing_is_in_the_log_and_the_row_goes_on() -> None:
    made = desk()
    made.orders.execute([cmd.PlayPrompts("c", "1", ROW)])
    with capture_logs() as lines:
        made.hear(
            "CHANNEL_EXECUTE_COMPLETE", "c", application_uuid=run_of(made, "playback"),
            application_data="/s/greeting.wav", application_response="FILE NOT FOUND",
        )  # fmt: skip
    (line,) = lines
    assert (line["event"], line["file"]) == ("sound is not on the switch", "/s/greeting.wav")
    assert made.sent[1:] == ["playback silence_stream://500"]


def test_a_prompt_that_cannot_be_played_is_in_the_log_without_its_words() -> None:
    made = desk()
    with capture_logs() as lines:
        made.orders.execute([cmd.PlayPrompts("c", "1", (SpeechPrompt("Dear Ms Miller"),))])
    assert [line["event"] for line in lines] == ["prompt cannot be played"]
    assert "Miller" not in f"{lines}"
    assert made.reported == [ev.PromptsFinished(0, "c", "1", is_missing=True)]


def test_the_keys_that_end_a_row_are_on_the_leg_and_gone_with_the_music_behind_it() -> None:
    made = desk()
    made.orders.execute([cmd.PlayPrompts("c", "1", ROW, end_keys="#*")])
    assert made.sent[0] == "uuid_setvar c playback_terminators #*"
    press(made, "1#")
    assert made.sent[2:] == BROKEN, "the parts behind the one that the switch has stopped"
    over(made)
    over(made, "unset")
    assert made.reported == [
        ev.DigitPressed(0, "c", "1", 1), ev.PromptsFinished(0, "c", "1", "#")
    ]  # fmt: skip
    made.orders.execute([cmd.PlayMusic("c", "default")])
    assert made.sent[-2:] == [
        "uuid_setvar c playback_terminators none", "playback local_stream://moh"
    ]  # fmt: skip


def test_a_bridge_or_another_prompt_cancels_a_row() -> None:
    for order in (cmd.StopPrompt("c"), cmd.PlayPrompt("c", "2", "greeting"), cmd.Collect("c", "2")):
        made = desk()
        made.orders.execute([cmd.PlayPrompts("c", "1", ROW), order])
        assert made.reported == [ev.PromptsFinished(0, "c", "1", "", True)]
    made = desk()
    made.agent()
    made.orders.execute([cmd.PlayPrompts("c", "1", ROW)])
    made.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    assert ev.PromptsFinished(0, "c", "1", "", True) in made.reported


def test_a_menu_takes_keys_that_were_typed_ahead_without_a_word() -> None:
    made = desk()
    press(made, "42")
    made.drain()
    made.orders.execute([cmd.Collect("c", "7", ROW, options=("41", "42"), typed="4", heard=1)])
    assert made.sent == []
    assert made.reported == [ev.DigitsCollected(0, "c", "7", "value", "42", heard=2)]


def test_a_key_stops_the_prompts_of_a_question() -> None:
    made = desk()
    made.orders.execute([cmd.Collect("c", "7", ROW, max_digits=2)])
    assert made.sent[0] == "uuid_setvar c playback_terminators '0123456789*#ABCD'" or made.sent[
        0
    ].startswith("uuid_setvar c playback_terminators 0123456789*#ABCD")
    press(made, "4")
    assert made.sent[2:] == BROKEN
    press(made, "2")
    assert made.reported == [ev.DigitsCollected(0, "c", "7", "value", "42", heard=2)]


def test_nobody_presses_anything() -> None:
    made = desk()
    made.orders.execute([cmd.Collect("c", "7", (GREETING,), first_digit_us=5_000_000)])
    made.now_s = 9.0
    over(made)
    assert made.reported == []
    made.orders.execute([cmd.Collect("c", "7", (GREETING,))])
    time_passes(made, 5)
    assert made.reported == [ev.DigitsCollected(0, "c", "7", "no_input")]


def test_the_time_between_keys_runs_anew_with_each() -> None:
    made = desk()
    made.orders.execute([cmd.Collect("c", "7", max_digits=4, min_digits=3)])
    press(made, "1")
    made.now_s = 1.0
    press(made, "2")
    _, first, second = made.later
    first()
    assert made.reported == []
    second()
    assert made.reported == [ev.DigitsCollected(0, "c", "7", "incomplete", "12", heard=2)]


def sensitive(made: Desk, **fields: object) -> None:
    made.orders.execute(
        [
            cmd.Collect(
                "c", "9", (GREETING,), terminators="#", is_sensitive=True, shown_digits=4,
                **{"max_digits": 16, **fields},  # type: ignore[arg-type]
            )
        ]
    )  # fmt: skip


def answered(made: Desk, command: str, text: str) -> None:
    """The switch answers the last command that begins so."""
    at = max(at for at, line in enumerate(made.sent) if line.startswith(command))
    made.answer(text, at)


CARD = "4111111111111111"


def takes(made: Desk, key: str, result: str = "success") -> None:
    """The switch has read a key, and the adapter takes it."""
    answered(made, "uuid_getvar c read_result", result)
    answered(made, "uuid_getvar c acd_digits_invalid", key or "_undef_")


def test_sensitive_keys_are_read_one_by_one_and_never_let_out() -> None:
    made = desk()
    sensitive(made)
    assert "uuid_setvar c sensitive_dtmf true" in made.sent
    reading = "play_and_get_digits 1 1 1 5000 xD /s/greeting.wav"
    assert any(line.startswith(reading) for line in made.sent), made.sent
    answered(made, "uuid_getvar c read_result", "_undef_")
    time_passes(made, 0.1)
    takes(made, "4")
    further = "play_and_get_digits 1 1 200 600000 xD silence"
    assert any(line.startswith(further) for line in made.sent), "it waits for the next ones"
    for key in CARD[1:15]:
        takes(made, key)
        assert made.sent[-2:] == ["uuid_break c", "uuid_getvar c read_result"]
    takes(made, CARD[15])
    assert made.sent[-3:] == ["uuid_recv_dtmf c D", "uuid_break c", "uuid_getvar c acd_digits"]
    answered(made, "uuid_getvar c acd_digits", "D")
    for name in ("acd_digits", "acd_digits_invalid", "acd_collect"):
        assert f"uuid_setvar c {name}" in made.sent
    assert made.sent[-2:] == BROKEN, "the pause is broken off when nothing is left to see"
    over(made, "play_and_get_digits 1 1 1 ")
    (told,) = made.reported
    assert isinstance(told, ev.DigitsCollected)
    assert (told.outcome, told.digits) == ("value", "*" * 12 + "1111")
    assert "411" not in f"{made.sent} {made.reported} {made.secrets}"
    assert made.secrets.redeem("other", told.token) is None
    assert made.secrets.redeem("c", told.token) == CARD
    assert made.secrets.redeem("c", told.token) is None


def test_keys_are_hidden_before_and_behind_sensitive_input_until_something_else_begins() -> None:
    made = desk()
    made.orders.execute([cmd.PlayPrompts("c", "1", ROW, hides_keys=True)])
    assert made.sent[0] == "uuid_setvar c sensitive_dtmf true"
    over(made)
    over(made)
    sensitive(made, max_digits=1)
    assert made.sent.count("uuid_setvar c sensitive_dtmf true") == 1, "no key is told in between"
    takes(made, "4")
    over(made, "play_and_get_digits")
    assert "uuid_setvar c sensitive_dtmf" not in made.sent
    made.orders.execute([cmd.PlayPrompts("c", "3", ROW)])
    assert "uuid_setvar c sensitive_dtmf" in made.sent


@pytest.mark.parametrize("order", [cmd.PlayMusic("c", "default"), cmd.StopPrompt("c")])
def test_keys_are_told_again_where_something_else_is_to_be_heard(order: cmd.Command) -> None:
    made = desk()
    made.orders.execute([cmd.PlayPrompts("c", "1", ROW, hides_keys=True)])
    made.orders.execute([order])  # type: ignore[list-item]
    assert "uuid_setvar c sensitive_dtmf" in made.sent


def test_each_key_is_removed_before_the_next_is_read() -> None:
    made = desk()
    sensitive(made)
    for key in "41":
        before = len(made.sent)
        takes(made, key)
        removed = made.sent.index("uuid_setvar c acd_digits_invalid", before)
        goes_on = next(
            at for at, line in enumerate(made.sent)
            if at > before and line.startswith(("play_and_get_digits 1 1 200", "uuid_break"))
        )  # fmt: skip
        assert removed < goes_on


def test_what_records_the_leg_is_paused_while_sensitive_keys_are_taken() -> None:
    made = desk()
    made.orders.execute([cmd.StartRecording("c", "t/all.wav")])
    sensitive(made, max_digits=1)
    mask, unmask = (f"uuid_record c {what} /rec/t/all.wav" for what in ("mask", "unmask"))
    reading = next(line for line in made.sent if line.startswith("play_and_get_digits"))
    assert made.sent.index(mask) < made.sent.index(reading)
    assert unmask not in made.sent
    takes(made, "4")
    assert unmask in made.sent


@pytest.mark.parametrize(
    ("keys", "fields", "outcome"),
    [
        ("4111111111111112", {"check": "luhn"}, "no_match"),
        ("4111111111111111", {"check": "luhn"}, "value"),
        ("41#", {}, "value"),
        ("#", {"min_digits": 2}, "incomplete"),
        ("4#", {"min_digits": 2}, "incomplete"),
    ],
)
def test_how_a_sensitive_question_ends(keys: str, fields: dict[str, Any], outcome: str) -> None:
    made = desk()
    sensitive(made, **fields)
    for key in keys:
        takes(made, key)
    if len(keys) > 1:
        answered(made, "uuid_getvar c acd_digits", "D")
    over(made, "play_and_get_digits 1 1 1 ")
    (told,) = made.reported
    assert isinstance(told, ev.DigitsCollected)
    assert told.outcome == outcome
    assert bool(told.token) == (outcome == "value")


def test_the_time_between_sensitive_keys_ends_the_question() -> None:
    made = desk()
    sensitive(made, min_digits=4)
    takes(made, "4")
    time_passes(made, 3)
    assert "uuid_recv_dtmf c D" in made.sent
    answered(made, "uuid_getvar c acd_digits", "D")
    over(made, "play_and_get_digits 1 1 1 ")
    assert made.reported == [ev.DigitsCollected(0, "c", "9", "incomplete")]


def test_a_sensitive_question_without_an_answer() -> None:
    made = desk()
    sensitive(made)
    takes(made, "", "failure")
    over(made, "play_and_get_digits")
    assert made.reported == [ev.DigitsCollected(0, "c", "9", "no_input")]


def test_a_sensitive_collection_that_is_stopped_leaves_nothing_and_the_next_prompt_waits() -> None:
    made = desk()
    sensitive(made)
    takes(made, "4")
    made.orders.execute([cmd.StopCollect("c", "9"), cmd.PlayPrompt("c", "2", "greeting")])
    assert made.reported == [ev.DigitsCollected(0, "c", "9", "cancelled")]
    assert "playback /s/greeting.wav" not in made.sent
    answered(made, "uuid_getvar c acd_digits", "D")
    over(made, "play_and_get_digits 1 1 1 ")
    over(made, "unset")
    assert made.sent[-1] == "playback /s/greeting.wav"
    assert len(made.reported) == 1


def test_a_sensitive_collection_that_is_stopped_before_its_first_key() -> None:
    made = desk()
    sensitive(made)
    made.orders.execute([cmd.StopCollect("c", "9")])
    assert made.sent[-2:] == ["uuid_recv_dtmf c D", "uuid_getvar c read_result"]
    assert "uuid_setvar c sensitive_dtmf" not in made.sent, "what is read meanwhile is hidden"
    answered(made, "uuid_getvar c read_result", "failure")
    assert "uuid_setvar c sensitive_dtmf" in made.sent
    assert made.sent[-2:] == BROKEN
    assert made.reported == [ev.DigitsCollected(0, "c", "9", "cancelled")]


def test_a_sensitive_collection_that_another_process_began_is_asked_again() -> None:
    made = desk()
    made.legs.callers["c"].reads = "9"
    sensitive(made)
    assert "uuid_recv_dtmf c D" in made.sent, "the keys of the other process are gone with it"
    assert BROKEN[0] in made.sent
    over(made, "unset")
    assert any(line.startswith("play_and_get_digits 1 1 1 ") for line in made.sent)


def test_a_recording_is_told_with_its_length() -> None:
    made = desk()
    made.orders.execute(
        [cmd.RecordCaller("c", "1", "t/f.wav", has_beep=False, max_us=30_000_000, silence_us=0)]
    )
    assert "record_session /rec/t/f.wav +35" in made.sent
    over(made, "record_session")
    press(made, "#")
    over(made)
    assert made.sent[-1] == "uuid_record c stop /rec/t/f.wav"
    made.hear("RECORD_STOP", "c", record_path="/rec/t/f.wav", record_ms="1500")
    assert made.reported == [ev.CallerRecorded(0, "c", "1", "t/f.wav", 1_500_000, "key", "#")]


def test_a_recording_is_told_before_the_hang_up() -> None:
    made = desk()
    made.orders.execute([cmd.RecordCaller("c", "1", "t/f.wav", has_beep=False)])
    over(made, "record_session")
    made.hear("CHANNEL_HANGUP", "c", answer_state="hangup")
    made.hear(
        "RECORD_STOP", "c", record_path="/rec/t/f.wav", record_ms="900", answer_state="hangup"
    )
    made.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    assert [type(event).__name__ for event in made.reported] == ["CallerRecorded", "CallerHungUp"]


def test_variables_outside_the_list_are_not_touched() -> None:
    made = desk()
    made.orders.execute(
        [
            cmd.SetVariable("c", "1", "flow_a", "a b\n${x}"),
            cmd.SetVariable("c", "2", "acd_place", "x"),
            cmd.ReadVariable("c", "3", "sip_auth_password"),
        ]
    )
    assert made.sent == ["uuid_setvar c flow_a 'a b $(x)'", "uuid_getvar c flow_a"]
    made.answer("a b $(x)")
    assert [event.value for event in made.reported if isinstance(event, ev.VariableRead)] == [
        None, None, "a b $(x)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "played"),
    [
        (SayPrompt("number", "12"), ["say en number pronounced 12"]),
        (
            SayPrompt("number", "-1.50"),
            ["playback currency/negative.wav", "say en number pronounced 1",
             "playback digits/dot.wav", "say en number iterated 50"],
        ),
        (SayPrompt("ordinal", "3", "de-AT", "feminine"), ["say de number counted feminine 3"]),
        (SayPrompt("digits", "007"), ["say en number iterated 007"]),
        (SayPrompt("digits", "0*"), ["say en name_spelled pronounced 0*"]),
        (SayPrompt("date", "1970-01-02"), ["say en current_date pronounced 129599"]),
        (SayPrompt("time", "00:00:02"), ["say en current_time pronounced 946684801"]),
        (SayPrompt("duration", "3725"), ["say en time_measurement pronounced 1:2:5"]),
        (SayPrompt("money", "12.50", currency="EUR"), ["say en currency pronounced 12.50"]),
        (SayPrompt("telephone", "+4930"), ["say en telephone_number iterated 4930"]),
        (SayPrompt("spelled", "a b"), ["say en name_spelled pronounced 'a b'"]),
        (SayPrompt("date", "today"), []),
        (SpeechPrompt("hello", file="/speech/ab/ab.wav"), ["playback /speech/ab/ab.wav"]),
        (SpeechPrompt("hello | ${x}"), ["speak flite|kal|hello   $(x)"]),
        (SoundPrompt("none"), []),
    ],
)  # fmt: skip
def test_values_are_said_by_the_switchs_own_words(prompt: AnyPrompt, played: list[str]) -> None:
    sounds = Sounds(speech_engine="flite", speech_voice="kal")
    (parts,) = parts_of((prompt,), sounds)
    assert [f"{part.application} {part.argument}" for part in parts] == played
    (silent,) = parts_of((SpeechPrompt("x"),), Sounds())
    assert silent == (), "speak without an engine would hang the leg up"
