"""Steps on the simulated switch: prompts in a row, keys, recordings of the caller, variables."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.prompts import SilencePrompt, SoundPrompt
from acdengine.speech_input import SpeechInput
from adapters.sim.centre.legs import CallerLeg
from adapters.sim.draws.distributions import Constant
from adapters.sim.scenarios.switch_latencies import Latencies
from tests.unit.sim.test_switch import Bench

S = 1_000_000
ROW = (SoundPrompt("a"), SilencePrompt(S), SoundPrompt("b"))


def bench() -> tuple[Bench, CallerLeg]:
    made = Bench(Latencies(prompt=Constant(4 * S), message=Constant(10 * S)))
    leg = made.call()
    assert leg is not None
    return made, leg


def press(made: Bench, leg: CallerLeg, keys: str) -> list[ev.AnyEvent]:
    before = len(made.events)
    for key in keys:
        made.switch.press(leg, key)
    return made.events[before:]


def test_a_row_tells_of_each_prompt_and_of_its_end() -> None:
    made, _ = bench()
    made.do(cmd.PlayPrompts("c1", "1", ROW))
    assert made.wait(20) == [
        ev.PromptHeard(14 * S, "c1", "1", 1),
        ev.PromptHeard(15 * S, "c1", "1", 2),
        ev.PromptsFinished(19 * S, "c1", "1"),
    ]


def test_a_key_stops_a_row_that_it_may_stop() -> None:
    made, leg = bench()
    made.do(cmd.PlayPrompts("c1", "1", ROW, end_keys="#"))
    assert press(made, leg, "1#") == [
        ev.DigitPressed(10 * S, "c1", "1", 1),
        ev.PromptsFinished(10 * S, "c1", "1", "#"),
    ]
    assert made.wait(20) == []


def test_keys_before_and_behind_sensitive_input_are_told_of_by_nothing() -> None:
    made, leg = bench()
    made.do(cmd.PlayPrompts("c1", "1", ROW, hides_keys=True))
    assert press(made, leg, "41") == []
    made.do(cmd.Collect("c1", "2", max_digits=2, is_sensitive=True))
    (told,) = press(made, leg, "4111")
    assert isinstance(told, ev.DigitsCollected)
    assert made.switch.inputs.secrets[told.token] == "41"
    made.do(cmd.PlayMusic("c1", "m"))
    assert [type(one) for one in press(made, leg, "1")] == [ev.DigitPressed]


SPEECH = SpeechInput("t", ("sales",), module="test", least_confidence=50)


def test_a_caller_says_a_phrase_and_the_prompt_stops() -> None:
    made, leg = bench()
    made.do(cmd.Collect("c1", "1", ROW, options=("1",), speech=SPEECH))
    made.switch.say(leg, "sales", 80)
    assert made.wait(2) == [ev.DigitsCollected(11_500_000, "c1", "1", "value", spoken="sales")]


def test_a_caller_who_is_recorded_speaks_behind_the_prompts() -> None:
    made, leg = bench()
    recorded = SpeechInput("t", ("sales",), least_confidence=50)
    made.do(cmd.Collect("c1", "1", ROW, options=("1",), speech=recorded))
    made.switch.say(leg, "sales", 80)
    (told,) = [one for one in made.wait(20) if isinstance(one, ev.DigitsCollected)]
    assert (told.at_us, told.outcome, told.spoken) == (20_500_000, "value", "sales")


def test_what_is_mumbled_is_not_understood_and_a_key_comes_first() -> None:
    made, leg = bench()
    made.do(cmd.Collect("c1", "1", options=("1",), speech=SPEECH))
    made.switch.say(leg, "sales", 0)
    assert [one.outcome for one in made.wait(2)] == ["no_match"]  # type: ignore[union-attr]
    made.do(cmd.Collect("c1", "2", options=("1",), speech=SPEECH))
    made.switch.say(leg, "sales", 80)
    (told,) = press(made, leg, "1")
    assert isinstance(told, ev.DigitsCollected)
    assert (told.digits, told.spoken) == ("1", "")
    assert made.wait(5) == []


def test_what_begins_next_cancels_what_is_under_way() -> None:
    made, _ = bench()
    made.do(cmd.PlayPrompts("c1", "1", ROW))
    told = made.do(cmd.Collect("c1", "2"))
    assert told == [ev.PromptsFinished(10 * S, "c1", "1", "", True)]
    told = made.do(cmd.PlayMusic("c1", "m"))
    assert [type(one) for one in told] == [ev.DigitsCollected]
    assert made.do(cmd.StopPrompt("c1")) == []


def test_keys_typed_ahead_and_crossing_are_taken_once() -> None:
    made, leg = bench()
    press(made, leg, "123")
    told = made.do(cmd.Collect("c1", "2", max_digits=4, typed="1", heard=1))
    assert told == []
    assert press(made, leg, "45")[0] == ev.DigitsCollected(
        10 * S, "c1", "2", "value", "1234", heard=4
    )


def test_a_question_ends_by_time() -> None:
    made, _ = bench()
    made.do(cmd.Collect("c1", "2", (SoundPrompt("a"),), first_digit_us=5 * S))
    assert made.told[-1] == "asked for 2"
    assert made.wait(10) == [ev.DigitsCollected(19 * S, "c1", "2", "no_input")]


def test_a_collection_is_stopped_and_a_repeated_one_goes_on() -> None:
    made, leg = bench()
    made.do(cmd.Collect("c1", "2", max_digits=4))
    press(made, leg, "1")
    assert made.do(cmd.Collect("c1", "2", max_digits=4)) == []
    assert made.do(cmd.StopCollect("c1", "other")) == []
    (ended,) = made.do(cmd.StopCollect("c1", "2"))
    assert isinstance(ended, ev.DigitsCollected)
    assert (ended.outcome, ended.digits, ended.typed_ahead) == ("cancelled", "1", "1")


def test_sensitive_keys_are_in_no_event() -> None:
    made, leg = bench()
    made.do(cmd.Collect("c1", "2", max_digits=6, is_sensitive=True, shown_digits=2))
    (ended,) = press(made, leg, "987654")
    assert isinstance(ended, ev.DigitsCollected)
    assert (ended.outcome, ended.digits) == ("value", "****54")
    assert made.switch.inputs.secrets[ended.token] == "987654"
    assert "9876" not in str(made.events)


def test_a_recording_ends_by_key_silence_length_or_hang_up() -> None:
    made, leg = bench()
    made.do(cmd.RecordCaller("c1", "1", "f.wav", silence_us=2 * S))
    assert made.wait(30) == [ev.CallerRecorded(22 * S, "c1", "1", "f.wav", 12 * S, "silence")]
    made.do(cmd.RecordCaller("c1", "2", "f.wav", max_us=3 * S))
    assert made.wait(10) == [ev.CallerRecorded(43 * S, "c1", "2", "f.wav", 3 * S, "limit")]
    made.do(cmd.RecordCaller("c1", "3", "f.wav"))
    made.wait(1)
    (told,) = press(made, leg, "#")
    assert told == ev.CallerRecorded(51 * S, "c1", "3", "f.wav", S, "key", "#")
    made.do(cmd.RecordCaller("c1", "4", "f.wav"))
    made.wait(2)
    before = len(made.events)
    made.switch.hang_up(leg)
    recorded = [e for e in made.events[before:] if isinstance(e, ev.CallerRecorded)]
    assert [(e.ended_by, e.length_us) for e in recorded] == [("hangup", 2 * S)]


def test_variables_of_the_list_alone_are_written_and_read() -> None:
    made, _ = bench()
    told = made.do(
        cmd.SetVariable("c1", "1", "flow_a", "x"),
        cmd.ReadVariable("c1", "2", "flow_a"),
        cmd.SetVariable("c1", "3", "flow_a", ""),
        cmd.SetVariable("c1", "4", "acd_place", "x"),
    )
    assert [e.value for e in told if isinstance(e, ev.VariableRead)] == ["x", "x", None, None]


@pytest.mark.parametrize(
    "command",
    [
        cmd.PlayPrompts("x", "1", ()),
        cmd.Collect("x", "1"),
        cmd.StopCollect("x", "1"),
        cmd.RecordCaller("x", "1", "f"),
        cmd.StopRecord("x", "1"),
        cmd.SetVariable("x", "1", "flow_a", "b"),
        cmd.ReadVariable("x", "1", "flow_a"),
    ],
)
def test_a_step_for_no_leg_tells_that_it_is_gone(command: cmd.AnyCommand) -> None:
    assert Bench().do(command) == [ev.CallerHungUp(10 * S, "x", "no_such_leg")]
