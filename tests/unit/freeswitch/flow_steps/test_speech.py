"""Questions that a caller of FreeSWITCH may answer by speech: what is sent, and which of keys and
speech counts."""

from __future__ import annotations

import msgspec
import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.speech_input import Recognised, SpeechInput
from tests.unit.freeswitch.desk import BROKEN, Desk
from tests.unit.freeswitch.flow_steps.test_steps import (
    GREETING,
    desk,
    over,
    press,
    time_passes,
)

S = 1_000_000
SPEECH = SpeechInput(
    "t", ("sales",), "en-US", "test", "menu-{language}", {"vad-thresh": "300"}, 50,
    10 * S, 1 * S, 4 * S,
)  # fmt: skip
RECORDED = msgspec.structs.replace(SPEECH, module="", grammar="", parameters={})
LISTENING = [
    "uuid_setvar c fire_asr_events true",
    "detect_speech init test",
    "detect_speech param vad-thresh 300",
    "detect_speech test menu-en-US acd",
]


def ask(made: Desk, speech: SpeechInput = SPEECH, *, barge_in: bool = True) -> None:
    made.orders.execute(
        [cmd.Collect("c", "7", (GREETING,), barge_in, options=("1", "22"), speech=speech)]
    )


def listening(barge_in: bool = True) -> Desk:
    """A question whose recogniser is a module of the switch, while its prompt plays."""
    made = desk()
    ask(made, barge_in=barge_in)
    if barge_in:
        for _ in range(3):
            over(made, "detect_speech")
    return made


def told(made: Desk, what: str, body: str = "") -> None:
    made.hear("DETECTED_SPEECH", "c", speech_type=what, body=body)


def answers(made: Desk) -> list[tuple[str, str, str]]:
    """The answers that were reported: outcome, digits, words."""
    return [
        (event.outcome, event.digits, event.spoken)
        for event in made.reported
        if isinstance(event, ev.DigitsCollected)
    ]


def answered(outcome: str, digits: str = "", spoken: str = "") -> tuple[str, str, str]:
    return outcome, digits, spoken


def test_the_switch_listens_before_the_prompt_begins_and_speech_stops_it() -> None:
    made = listening()
    assert [line for line in made.sent if "playback_terminators" not in line] == [
        *LISTENING, "playback /s/greeting.wav"
    ]  # fmt: skip
    before = len(made.sent)
    told(made, "begin-speaking")
    assert made.sent[before:] == BROKEN
    over(made)
    over(made, "unset")
    told(made, "detected-speech", '{"text": "Sales", "confidence": 87.3}')
    assert answers(made) == [answered("value", spoken="Sales")]
    assert made.sent[-1] == "detect_speech stop"


def test_a_prompt_that_cannot_be_stopped_is_heard_before_the_switch_listens() -> None:
    made = listening(barge_in=False)
    over(made)
    assert "detect_speech init test" in made.sent
    assert made.sent.index("playback /s/greeting.wav") < made.sent.index("detect_speech init test")
    assert answers(made) == []


def test_the_first_key_ends_the_recognition() -> None:
    made = listening()
    press(made, "2")
    assert made.sent[-1] == "detect_speech stop"
    told(made, "detected-speech", "sales")
    assert answers(made) == []
    press(made, "2")
    assert answers(made) == [answered("value", "22")]
    assert made.sent.count("detect_speech stop") == 1


def test_keys_typed_ahead_leave_nothing_to_listen_for() -> None:
    made = desk()
    press(made, "1")
    made.drain()
    ask(made)
    assert answers(made) == [answered("value", "1")]
    assert not any("detect_speech" in line for line in made.sent)


@pytest.mark.parametrize("body", ['{"text": "sales", "confidence": 49}', "Completion-Cause: 001"])
def test_what_is_not_certain_or_not_understood_is_no_match(body: str) -> None:
    made = listening()
    told(made, "begin-speaking")
    told(made, "detected-speech", body)
    assert answers(made) == [answered("no_match")]


def test_a_recogniser_that_has_heard_nothing_goes_on_until_the_questions_own_time() -> None:
    made = listening()
    over(made)
    told(made, "detected-speech", "Completion-Cause: 002")
    assert made.sent[-1] == "detect_speech resume"
    assert answers(made) == []
    time_passes(made, 5)
    assert answers(made) == [answered("no_input")]
    assert made.sent[-1] == "detect_speech stop"


def test_an_utterance_without_an_end_is_no_match() -> None:
    made = listening()
    over(made)
    told(made, "begin-speaking")
    time_passes(made, 15)
    assert answers(made) == [answered("no_match")]


def test_an_agents_answer_or_an_order_ends_the_recognition() -> None:
    made = listening()
    made.agent()
    made.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    assert "detect_speech stop" in made.sent
    assert answers(made) == [answered("cancelled")]
    made = listening()
    made.orders.execute([cmd.StopCollect("c", "7")])
    assert "detect_speech stop" in made.sent


def test_speech_of_another_leg_or_step_changes_nothing() -> None:
    made = listening()
    made.hear("DETECTED_SPEECH", "d", speech_type="detected-speech", body="sales")
    assert answers(made) == []
    made.orders.execute([cmd.PlayPrompts("c", "8", (GREETING,))])
    made.drain()
    told(made, "detected-speech", "sales")
    assert made.drain() == ([], [])


# -- recorded, and recognised over HTTP ----------------------------------------------------------


def recorded(made: Desk) -> str:
    """The question is asked, and the caller recorded; returns the file."""
    ask(made, RECORDED)
    over(made)
    line = next(line for line in made.sent if line.startswith("record_session"))
    over(made, "record_session")
    return line.split()[1]


def stopped(made: Desk, path: str, cause: str = "success-silence") -> None:
    made.hear("RECORD_STOP", "c", record_path=path, record_ms="1500", completion_cause=cause)


def test_an_utterance_is_recorded_behind_the_prompt_and_recognised() -> None:
    made = desk()
    path = recorded(made)
    assert path.startswith("/rec/utterances/")
    assert {
        "uuid_setvar c RECORD_INITIAL_TIMEOUT_MS 5000",
        "uuid_setvar c RECORD_FINAL_TIMEOUT_MS 1000",
        "uuid_setvar c RECORD_READ_ONLY true",
        f"record_session {path} +15",
    } <= set(made.sent)
    made.drain()
    stopped(made, path)
    assert made.sent == [
        "uuid_setvar c RECORD_FINAL_TIMEOUT_MS", "uuid_setvar c RECORD_INITIAL_TIMEOUT_MS"
    ]  # fmt: skip
    assert made.recogniser.asked == [(RECORDED, path)]
    made.recogniser.answer(Recognised("sales", 50))
    assert answers(made) == [answered("value", spoken="sales")]
    assert made.recogniser.discarded == [], "the recogniser removes it"


def test_silence_is_no_input_and_is_not_sent() -> None:
    made = desk()
    path = recorded(made)
    stopped(made, path, "no-input-timeout")
    assert answers(made) == [answered("no_input")]
    assert made.recogniser.asked == []
    assert made.recogniser.discarded == [path]


def test_a_key_ends_the_recording_and_its_file_is_removed() -> None:
    made = desk()
    path = recorded(made)
    press(made, "2")
    assert made.sent[-1] == f"uuid_record c stop {path}"
    stopped(made, path)
    assert made.recogniser.discarded == [path]
    assert answers(made) == []
    press(made, "2")
    assert answers(made) == [answered("value", "22")]


def test_a_key_during_the_prompt_leaves_nothing_to_record() -> None:
    made = desk()
    ask(made, RECORDED)
    press(made, "1")
    assert answers(made) == [answered("value", "1")]
    assert not any(line.startswith("record_session") for line in made.sent)


def test_a_key_counts_while_the_recogniser_is_asked() -> None:
    made = desk()
    path = recorded(made)
    stopped(made, path)
    press(made, "1")
    assert answers(made) == [answered("value", "1")]
    made.recogniser.answer(Recognised("sales"))
    assert len(answers(made)) == 1


def test_a_recogniser_without_an_answer_is_no_match_after_its_time() -> None:
    made = desk()
    stopped(made, recorded(made))
    time_passes(made, 6)
    assert answers(made) == [answered("no_match")]


def test_the_file_of_a_caller_who_has_hung_up_is_removed() -> None:
    made = desk()
    path = recorded(made)
    made.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    stopped(made, path)
    assert made.recogniser.discarded == [path]
    assert made.recogniser.asked == []


def test_an_utterance_of_another_process_is_removed() -> None:
    made = desk()
    stopped(made, "/rec/utterances/old_c.wav")
    assert made.recogniser.discarded == ["/rec/utterances/old_c.wav"]
    stopped(made, "/rec/t/conversation.wav")
    assert len(made.recogniser.discarded) == 1
