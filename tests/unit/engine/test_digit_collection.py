"""Collecting keys: when a collection is over, and with what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.commands import Collect
from acdengine.digit_collection import KEYS, DigitCollection, PressedKeys, masked
from acdengine.prompts import SoundPrompt
from acdengine.speech_input import Recognised, SpeechInput

S = 1_000_000
PROMPTS = (SoundPrompt("menu"),)
TOO_SHORT = ("incomplete", "1", "#", "")
CARD = "4111111111111111"


def collection(typed: str = "", crossed: str = "", **fields: Any) -> DigitCollection:
    made = DigitCollection(
        Collect("c", "1", typed=typed, first_digit_us=5 * S, inter_digit_us=2 * S, **fields)
    )
    made.start(0, crossed)
    return made


def ended(made: DigitCollection) -> tuple[str, str, str, str]:
    result = made.result(0)
    return result.outcome, result.digits, result.terminator, result.typed_ahead


def pressed(keys: str, **fields: Any) -> DigitCollection:
    made = collection(**fields)
    for place, key in enumerate(keys, start=1):
        made.press(key, place * S // 10)
    return made


@pytest.mark.parametrize(
    ("keys", "fields", "outcome"),
    [
        ("12345", {"max_digits": 4}, ("value", "1234", "", "5")),
        ("12#", {"max_digits": 4, "terminators": "#"}, ("value", "12", "#", "")),
        (
            "1#",
            {"min_digits": 2, "max_digits": 4, "terminators": "#"},
            ("incomplete", "1", "#", ""),
        ),
        ("#", {"min_digits": 0, "terminators": "#"}, ("value", "", "#", "")),
        ("1*2", {"max_digits": 3}, ("value", "1*2", "", "")),
        ("1", {"options": ("1", "2")}, ("value", "1", "", "")),
        ("3", {"options": ("1", "2")}, ("no_match", "3", "", "")),
        ("12", {"options": ("1", "12", "3")}, ("value", "12", "", "")),
        ("14", {"options": ("1", "12", "3")}, ("no_match", "14", "", "")),
        ("1#", {"options": ("1", "12"), "terminators": "#"}, ("value", "1", "#", "")),
        ("#", {"options": ("1", "#"), "terminators": "#"}, ("value", "#", "", "")),
    ],
)
def test_it_ends_as_soon_as_that_is_certain(
    keys: str, fields: dict[str, Any], outcome: tuple[str, str, str, str]
) -> None:
    assert ended(pressed(keys, **fields)) == outcome


def test_an_option_that_begins_a_longer_one_waits_for_the_ambiguity_time() -> None:
    made = pressed("1", options=("1", "12"), ambiguity_us=S)
    assert (made.outcome, made.due_us) == ("", S // 10 + S)
    made.pass_time(made.due_us)
    assert ended(made) == ("value", "1", "", "")


def test_a_beginning_of_an_option_alone_is_incomplete() -> None:
    made = pressed("1", options=("12",))
    made.pass_time(made.due_us)
    assert ended(made) == ("incomplete", "1", "", "")


def test_each_key_begins_the_time_between_keys_anew() -> None:
    made = pressed("12", max_digits=4, min_digits=4)
    made.pass_time(S // 10 + 2 * S)
    assert made.outcome == ""
    made.pass_time(2 * S // 10 + 2 * S)
    assert ended(made) == ("incomplete", "12", "", "")


def test_the_first_digit_is_waited_for_from_the_end_of_the_prompts() -> None:
    made = collection(prompts=PROMPTS)
    assert (made.plays, made.due_us) == (True, 0)
    made.prompts_over(10 * S)
    assert made.due_us == 15 * S
    made.pass_time(15 * S)
    assert ended(made) == ("no_input", "", "", "")


def test_a_key_stops_the_prompts_only_with_barge_in() -> None:
    made = pressed("1", prompts=PROMPTS, max_digits=2)
    assert not made.plays
    patient = pressed("1", prompts=PROMPTS, max_digits=1, barge_in=False)
    assert (patient.plays, patient.outcome) == (True, "")
    patient.prompts_over(S)
    assert ended(patient) == ("value", "1", "", "")


def test_keys_during_prompts_are_dropped_where_nothing_typed_ahead_is_kept() -> None:
    made = pressed("1", prompts=PROMPTS, barge_in=False, keeps_typed=False, typed="9")
    made.prompts_over(S)
    assert (made.outcome, made.digits, made.due_us) == ("", "", 6 * S)


def test_what_was_typed_ahead_answers_before_a_prompt_is_played() -> None:
    made = collection(typed="12", crossed="34", prompts=PROMPTS, max_digits=3)
    assert not made.plays
    assert ended(made) == ("value", "123", "", "4")


def test_a_sensitive_collection_takes_nothing_that_was_typed_ahead() -> None:
    made = collection(typed="12", crossed="3", is_sensitive=True, max_digits=4)
    assert made.digits == ""


def test_what_is_cancelled_is_typed_ahead_for_the_next() -> None:
    made = pressed("12", max_digits=4)
    made.cancel()
    assert ended(made) == ("cancelled", "12", "", "12")


@given(st.text(KEYS, max_size=12), st.integers(0, 12), st.booleans())
def test_no_key_is_lost_or_counted_twice(keys: str, at: int, barge_in: bool) -> None:
    """Typed ahead, crossing or pressed: the keys come out in order, whatever the moment."""
    made = collection(
        keys[:at], keys[at : at + 2], prompts=PROMPTS, max_digits=4, barge_in=barge_in
    )
    for key in keys[at + 2 :]:
        made.press(key, S)
    made.prompts_over(2 * S)
    result = made.result(0)
    assert result.digits + result.typed_ahead == keys


def test_keys_of_a_leg_are_numbered() -> None:
    keys = PressedKeys()
    assert [keys.press(key) for key in "123"] == [1, 2, 3]
    assert [keys.after(number) for number in (0, 1, 3, 9)] == ["123", "23", "", ""]


@pytest.mark.parametrize(
    ("digits", "shown", "text"),
    [
        ("4111111111111111", 4, "************1111"),
        ("123", 4, "**3"),
        ("12", 4, "**"),
        ("1234", 0, "****"),
    ],
)
def test_a_mask_shows_the_last_digits_and_never_more_than_a_third(
    digits: str, shown: int, text: str
) -> None:
    assert masked(digits, shown) == text


# -- speech --------------------------------------------------------------------------------------

SPEECH = SpeechInput(
    "t", ("sales",), least_confidence=50, longest_us=10 * S, silence_us=S, answer_us=4 * S
)


def listening(**rules: object) -> DigitCollection:
    made = DigitCollection(Collect("c", "1", PROMPTS, options=("1", "22"), speech=SPEECH, **rules))  # type: ignore[arg-type]
    made.start(0)
    return made


def test_speech_stops_the_prompts_and_has_the_time_of_an_utterance() -> None:
    made = listening()
    made.speech_began(2 * S)
    assert (made.plays, made.due_us) == (False, 17 * S)
    made.pass_time(16 * S)
    assert made.outcome == ""
    made.understood(Recognised(" the  sales\n", 50))
    assert (made.outcome, made.result(0).spoken, made.digits) == ("value", "the sales", "")


def test_speech_over_prompts_that_it_may_not_stop_is_not_heard() -> None:
    made = listening(barge_in=False)
    made.speech_began(2 * S)
    assert made.plays
    made.prompts_over(3 * S)
    assert made.due_us == 8 * S


def test_an_utterance_that_does_not_end_is_no_match_and_silence_no_input() -> None:
    made = listening()
    made.speech_began(0)
    made.pass_time(15 * S)
    assert made.outcome == "no_match"
    made = listening()
    made.prompts_over(S)
    made.wait_for_speech(20 * S)
    made.pass_time(6 * S)
    assert not made.outcome
    made.pass_time(20 * S)
    assert ended(made)[0] == "no_input"


def test_what_is_uncertain_or_empty_is_no_match() -> None:
    for heard in (Recognised("sales", 49), Recognised(" "), Recognised("")):
        made = listening()
        made.understood(heard)
        assert (made.outcome, made.spoken) == ("no_match", "")


def test_the_first_of_keys_and_speech_counts() -> None:
    made = listening()
    made.press("2", S)
    assert not made.is_listening
    made.speech_began(S)
    made.understood(Recognised("sales"))
    made.nothing_said()
    assert (made.outcome, made.due_us) == ("", 4 * S)
    made.press("2", 2 * S)
    assert (made.outcome, made.digits) == ("value", "22")
    made = listening()
    made.understood(Recognised("sales"))
    made.press("1", S)
    assert (made.spoken, made.digits, made.result(1).typed_ahead) == ("sales", "", "1")


def test_nothing_is_heard_where_nothing_is_listened_for() -> None:
    made = DigitCollection(Collect("c", "1", options=("1",)))
    made.start(0)
    made.speech_began(0)
    made.understood(Recognised("sales"))
    made.nothing_said()
    assert (made.outcome, made.is_listening) == ("", False)
