"""Callers through flows: menus, flows that call each other, what bounds a way, restarts."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from acdengine.ivr.effects import (
    Collect,
    FlowEnded,
    GoTo,
    HangUp,
    HttpRequest,
    Wake,
)
from acdengine.ivr.inputs import (
    HungUp,
    InputEnded,
    PlayFinished,
    PlayProgress,
    ReachEnded,
    TimePassed,
)
from queues.targets import ToAgent, ToNumber, ToQueue
from tests.unit.ivr.staging import SECOND_US, START_US, Stage, stored

MENU = """
languages: [en, de]
otherwise: bye
defaults: {noinput: {tries: 1, prompts: [quiet]}}
steps:
  hello: {play: [welcome, news]}
  choose:
    menu: main
    keys: {1: sales, 12: german, 3XX: direct}
    save: typed
    nomatch: {tries: 2, prompts: [wrong, [wrong-again, slowly]], repeat: false, then: sales}
  german: {language: de, next: choose}
  direct: {number: "+49{typed}", on: {busy: choose}}
  sales: {queue: sales}
  bye: {hangup: normal, prompt: goodbye}
variables: {typed: text}
"""


def menu(folder: Path) -> Stage:
    stage = Stage(folder, MENU).begin()
    assert stage.heard == ["welcome", "news"]
    return stage.played()


def test_a_menu_takes_the_key_that_was_pressed(tmp_path: Path) -> None:
    stage = menu(tmp_path)
    collect = stage.only(Collect)
    assert collect.rules.options[:2] == ("1", "12")
    assert len(collect.rules.options) == 102
    assert stage.typed("1").only(GoTo).target == ToQueue("acme/sales")
    assert stage.left == ["choose key 1"]


def test_the_language_changes_what_is_played(tmp_path: Path) -> None:
    stage = menu(tmp_path).typed("12")
    assert [(a.language, a.name) for a in stage.only(Collect).audio] == [("de", "main")]  # type: ignore[union-attr]
    assert stage.run.call["call.language"] == "de"


def test_nothing_typed_and_something_wrong_are_counted_apart(tmp_path: Path) -> None:
    stage = menu(tmp_path)
    assert stage.silent().heard == ["quiet", "main"]
    assert stage.wrong().heard == ["wrong"]
    assert stage.wrong().heard == ["wrong-again", "slowly"]
    assert stage.silent().heard == ["goodbye"]
    assert stage.left == ["choose noinput"]
    assert stage.played().only(HangUp).cause == "normal"
    assert stage.step == "over"


def test_wrong_keys_have_a_way_out_of_their_own(tmp_path: Path) -> None:
    stage = menu(tmp_path).wrong().wrong().wrong()
    assert stage.only(GoTo).target == ToQueue("acme/sales")


def test_an_input_that_is_no_key_of_the_menu_does_not_fit(tmp_path: Path) -> None:
    assert menu(tmp_path).typed("7").heard == ["wrong"]


def test_the_counts_begin_again_with_the_step(tmp_path: Path) -> None:
    stage = menu(tmp_path).silent().typed("12").silent()
    assert stage.heard == ["quiet", "main"]


def test_a_number_that_is_busy_leads_back(tmp_path: Path) -> None:
    stage = menu(tmp_path).typed("345")
    goes = stage.only(GoTo)
    assert goes.target == ToNumber("+49345")
    assert not goes.handover
    stage.give(ReachEnded(goes.ticket, "busy"))
    assert stage.step == "choose"


def test_a_target_that_the_flow_says_nothing_of_ends_it(tmp_path: Path) -> None:
    stage = menu(tmp_path).typed("1")
    stage.give(ReachEnded(stage.ticket, "answered"))
    assert stage.only(FlowEnded).reason == "answered"
    assert stage.step == "over"


def test_answers_that_are_not_awaited_change_nothing(tmp_path: Path) -> None:
    stage = menu(tmp_path)
    before = msgspec.json.encode(stage.run)
    for given in (PlayFinished(1), InputEnded(99, "value", "1"), ReachEnded(0, "x"), TimePassed(7)):
        assert stage.give(given) == []
    assert stage.give(PlayFinished(stage.ticket)) == []
    assert msgspec.json.encode(stage.run) == before


def test_hanging_up_ends_the_flow(tmp_path: Path) -> None:
    stage = menu(tmp_path)
    stage.give(HungUp())
    assert stage.left == ["choose caller hung up"]
    assert stage.step == "over"
    assert stage.give(HungUp()) == []


CALLING = """
variables: {result: text}
steps:
  go: {call: sub, arguments: {start: "2"}, save: {result: found}, on: {failed: failed}}
  tell: {play: {text: "{result}"}, next: end}
  failed: {play: failed, next: end}
  end: {hangup: normal}
"""
SUB = """
parameters: {start: number}
variables: {found: text}
steps:
  note: {set: {found: text(start) + '!'}}
  ask: {menu: sub, keys: {1: back, 2: fail, 3: other}}
  back: {return: }
  fail: {return: failed}
  other: {goto: third}
"""
THIRD = "steps: {ask: {menu: third, keys: {1: back}}, back: {return: failed}}"


@pytest.mark.parametrize(("keys", "heard"), [("1", ["2!"]), ("2", ["failed"]), ("31", ["failed"])])
def test_a_flow_calls_another_and_goes_on(tmp_path: Path, keys: str, heard: list[str]) -> None:
    stage = Stage(tmp_path, CALLING, sub=SUB, third=THIRD).begin()
    assert stage.heard == ["sub"]
    for key in keys:
        stage.typed(key)
    assert stage.heard == heard
    assert len(stage.run.frames) == 1


def test_a_flow_that_was_called_without_way_out_uses_that_of_its_caller(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "otherwise: failed\n" + CALLING, sub=SUB, third=THIRD).begin()
    stage.silent().silent().silent()
    assert stage.heard == ["failed"]
    assert len(stage.run.frames) == 1


def test_a_way_out_that_is_nowhere_hangs_up(tmp_path: Path) -> None:
    stage = Stage(tmp_path, CALLING, sub=SUB, third=THIRD).begin().silent().silent().silent()
    assert stage.has(HangUp)
    assert stage.step == "over"


def test_the_budget_of_time_leads_out_once_and_then_hangs_up(tmp_path: Path) -> None:
    text = """
budget: {seconds: 60}
otherwise: last
steps:
  ask: {menu: ask, keys: {1: ask, 2: queue}}
  queue: {queue: sales}
  last: {menu: last, keys: {1: ask}, noinput: {tries: 20}}
"""
    stage = Stage(tmp_path, text).begin()
    for _ in range(6):
        stage.give(InputEnded(stage.ticket, "value", "1"), after_s=10)
        assert stage.step == "ask"
    stage.give(InputEnded(stage.ticket, "value", "1"), after_s=10)
    assert stage.heard == ["last"]
    stage.give(InputEnded(stage.ticket, "value", "1"), after_s=10)
    assert stage.step == "ask"
    stage.give(InputEnded(stage.ticket, "value", "1"), after_s=60)
    assert stage.has(HangUp)


def test_the_budget_of_time_keeps_no_caller_from_an_agent(tmp_path: Path) -> None:
    text = """
budget: {seconds: 60}
steps: {ask: {menu: ask, keys: {2: queue}}, queue: {agent: ann, backup: sales, wait_s: 5}}
"""
    stage = Stage(tmp_path, text).begin()
    stage.give(InputEnded(stage.ticket, "value", "2"), after_s=100)
    assert stage.only(GoTo).target == ToAgent("acme/ann", 5 * SECOND_US, "acme/sales")


def test_the_budget_of_steps_bounds_a_circle(tmp_path: Path) -> None:
    text = """
budget: {steps: 10}
steps: {ask: {menu: ask, keys: {1: ask}}}
"""
    stage = Stage(tmp_path, text).begin()
    for _ in range(9):
        stage.typed("1")
    assert not stage.has(HangUp)
    assert stage.typed("1").has(HangUp)


def test_phrases_stand_for_keys(tmp_path: Path) -> None:
    text = """
steps:
  ask: {menu: ask, keys: {1: sales, 2: end}, speech: {Sales: "1", "the end": "2"}}
  sales: {queue: sales}
  end: {hangup: normal}
"""
    stage = Stage(tmp_path, text).begin()
    assert stage.only(Collect).phrases == ("Sales", "the end")
    stage.give(InputEnded(stage.ticket, "value", spoken="THE END"))
    assert stage.left[0] == "ask key 2"
    stage.begin()
    stage.give(InputEnded(stage.ticket, "value", spoken="mumble"))
    assert stage.step == "ask"


# -- restarts ----------------------------------------------------------------------------------


def test_what_was_heard_is_not_heard_again_after_a_restart(tmp_path: Path) -> None:
    stage = Stage(tmp_path, MENU).begin()
    stage.give(PlayProgress(stage.ticket, 1))
    stage.run = stored(stage.run)
    stage.effects = stage.interpreter.resume(stage.run, stage.at_us)
    assert stage.heard == ["news"]
    stage.give(PlayProgress(stage.ticket, 1))
    stage.run = stored(stage.run)
    stage.effects = stage.interpreter.resume(stage.run, stage.at_us)
    assert stage.heard == ["main"]
    assert stage.step == "choose"


def test_a_wait_goes_on_with_what_is_left_of_it(tmp_path: Path) -> None:
    text = "steps: {rest: {wait: 20}, end: {hangup: normal}}"
    stage = Stage(tmp_path, text).begin()
    stage.run = stored(stage.run)
    stage.effects = stage.interpreter.resume(stage.run, stage.at_us + 5 * SECOND_US)
    assert stage.only(Wake).at_us == START_US + 20 * SECOND_US
    stage.effects = stage.interpreter.resume(stage.run, stage.at_us + 21 * SECOND_US)
    assert stage.has(HangUp)


def test_a_request_that_may_have_been_done_is_not_sent_again(tmp_path: Path) -> None:
    text = """
steps:
  pay: {http: https://a.example/, json: {a: "1"}, on_error: bad}
  end: {hangup: normal}
  bad: {hangup: busy}
"""
    stage = Stage(tmp_path, text).begin()
    stage.effects = stage.interpreter.resume(stored(stage.run), stage.at_us)
    assert stage.only(HangUp).cause == "busy"
    keyed = text.replace('json: {a: "1"}', 'json: {a: "1"}, idempotency_key: "{call.id}"')
    stage = Stage(tmp_path, keyed).begin()
    stage.effects = stage.interpreter.resume(stored(stage.run), stage.at_us)
    assert stage.has(HttpRequest)


def test_after_a_loss_the_flow_begins_again_or_where_it_says(tmp_path: Path) -> None:
    stage = menu(tmp_path)
    stage.effects = stage.interpreter.restart(stage.run, stage.at_us)
    assert stage.heard == ["welcome", "news"]
    stage = Stage(tmp_path, "after_loss: choose\n" + MENU).begin()
    stage.effects = stage.interpreter.restart(stage.run, stage.at_us)
    assert stage.heard == ["main"]
