"""Kinds of step one by one: what they ask for, and what follows from the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.ivr.effects import (
    Collect,
    GoTo,
    HangUp,
    HttpRequest,
    LeaveQueue,
    Music,
    PlaceCallback,
    Play,
    Record,
    RunScript,
    ScoreGiven,
    SendWebhook,
    StopPlay,
    TagCall,
    Wake,
    WriteLog,
)
from acdengine.ivr.inputs import (
    AgentAnswered,
    HttpAnswered,
    InputEnded,
    PlayFinished,
    PlayProgress,
    ReachEnded,
    Recorded,
    ScriptEnded,
    TimePassed,
)
from acdengine.ivr.turn import QueueState
from queues.targets import ToQueue, ToVoicemail
from routing.policy import Customer, Hours, Window
from tests.unit.ivr.staging import SECOND_US, Stage, stored

COLLECT = """
variables: {account: text, pin: secret, shown: text}
steps:
  ask:
    collect: account
    prompt: account
    least: 3
    most: 6
    pattern: [1X., 2XX]
    confirm: {before: you-typed, after: right, tries: 1, then: bye}
    nomatch: {then: bye}
  pin: {collect: pin, length: 4, sensitive: pin, shown: shown, shown_digits: 1}
  pay:
    http: https://pay.example/x
    json: {account: account, pin: pin, level: "1 + 1"}
    on_error: bye
  bye: {hangup: normal}
"""


def test_what_was_typed_is_said_back_and_accepted(tmp_path: Path) -> None:
    stage = Stage(tmp_path, COLLECT).begin()
    rules = stage.only(Collect).rules
    assert (rules.least, rules.most, rules.terminators) == (3, 6, "#")
    assert stage.typed("1234").heard == ["you-typed", "digits:1234", "right"]
    assert stage.only(Collect).rules.options == ("1", "2")
    assert not stage.only(Collect).type_ahead
    assert stage.typed("2").heard == ["account"]
    assert stage.typed("299").heard == ["you-typed", "digits:299", "right"]
    assert stage.silent().heard == ["you-typed", "digits:299", "right"]
    stage.typed("1")
    assert stage.variables["account"] == "299"
    assert stage.step == "pin"


@pytest.mark.parametrize(
    ("between", "hides"),
    [
        ("", True),
        ("  go: {if: customer.vip > 1, then: card, else: bye}\n", True),
        ("  go: {http: https://pay.example/, on_error: bye}\n", True),
        ("  go: {play: more}\n", True),
        ("  go: {menu: main, keys: {1: card}, nomatch: {then: bye}}\n", False),
        ("  go: {record: file, empty: card}\n", False),
        ("  go: {queue: sales, on: {full: card}, next: bye}\n", False),
    ],
)
def test_what_is_typed_before_sensitive_input_is_hidden(
    between: str, hides: bool, tmp_path: Path
) -> None:
    text = f"""
variables: {{card: secret, file: text}}
steps:
  hello: {{play: welcome}}
{between}  card: {{collect: card, prompt: card, sensitive: card, noinput: {{then: bye}}}}
  pay: {{http: https://pay.example/x, json: {{card: card}}, on_error: bye}}
  bye: {{play: goodbye}}
  end: {{hangup: normal}}
"""
    play = Stage(tmp_path, text).begin().only(Play)
    assert (play.hides_keys, play.barge_in, play.keep_keys) == (hides, not hides, not hides)


@pytest.mark.parametrize("digits", ["12", "1234567", "2999", "399", "11"])
def test_what_does_not_fit_is_asked_again(tmp_path: Path, digits: str) -> None:
    stage = Stage(tmp_path, COLLECT).begin().typed(digits)
    assert stage.heard == ["account"]
    assert "account" not in stage.variables


def test_what_was_understood_is_accepted_by_a_word(tmp_path: Path) -> None:
    spoken = 'tries: 1, then: bye, speech: {"yes": "1", "no": "2"}}'
    text = COLLECT.replace("tries: 1, then: bye}", spoken)
    stage = Stage(tmp_path, text).begin().typed("1234")
    assert stage.only(Collect).phrases == ("yes", "no")
    stage.give(InputEnded(stage.ticket, "value", spoken="No, thanks"))
    assert stage.heard == ["account"]
    stage.typed("299").give(InputEnded(stage.ticket, "value", spoken="maybe"))
    assert stage.step == "ask"
    stage.give(InputEnded(stage.ticket, "value", spoken="Yes!"))
    assert stage.variables["account"] == "299"


def test_what_is_never_accepted_has_a_way_out(tmp_path: Path) -> None:
    stage = Stage(tmp_path, COLLECT).begin().typed("1234").typed("2").typed("1234").typed("2")
    assert "ask refused" in stage.left
    assert stage.has(HangUp)


def test_a_secret_is_known_by_its_handle_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, COLLECT).begin().typed("1234").typed("1")
    collect = stage.only(Collect)
    assert (collect.sensitive, collect.shown_digits, collect.type_ahead) == ("pin", 1, False)
    stage.give(InputEnded(stage.ticket, "value", secret="s-1", masked="***4"))
    request = stage.only(HttpRequest)
    assert request.data == {"account": "1234", "level": 2}
    assert request.secrets == {"pin": "s-1"}
    assert (request.method, request.body) == ("POST", "json")
    assert stage.variables["shown"] == "***4"


DECIDE = """
variables:
  vip: number
  name: text
  opens: number
  waiting: number
  tries: {type: number, value: 0}
steps:
  count: {set: {tries: tries + 1, vip: tries * 2}}
  who: {lookup: "{caller.number}", unknown: stranger}
  known: {if: customer.vip > 2, then: state, else: state}
  state: {queue_state: sales, save: {waiting: waiting}}
  open: {hours: office, closed: closed, next_open: opens}
  choice: {switch: waiting, cases: {0: none, 7: seven}, else: none}
  seven: {tag: {vip: customer.vip, waits: "waiting"}}
  log: {log: "{waiting} wait"}
  hook: {webhook: "https://a.example/{call.dialled}", data: {n: waiting}}
  none: {hangup: normal}
  closed: {say: opens, as: datetime, next: none}
  stranger: {play: stranger, next: none}
zone: Europe/Berlin
"""


def test_decisions_are_made_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, DECIDE)
    stage.world.customers["acme/+4930123"] = Customer(
        customer_id="acme/c", tenant_id="acme", name="Ann", vip_level=3
    )
    stage.world.queues["acme/sales"] = QueueState(waiting=7)
    stage.world.forced["acme/office"] = True
    stage.begin()
    assert [left.partition(" ")[2] for left in stage.left] == [
        "next", "found", "then", "next", "open", "case 7", "next", "next", "next", "hangup",
    ]  # fmt: skip
    assert stage.only(TagCall).tags == {"vip": "3", "waits": "7"}
    assert stage.only(WriteLog).message == "7 wait"
    webhook = stage.only(SendWebhook)
    assert (webhook.url, webhook.data) == ("https://a.example/%2B49800", {"n": 7})


def test_closed_hours_can_tell_when_they_open(tmp_path: Path) -> None:
    stage = Stage(tmp_path, DECIDE)
    stage.world.customers["acme/+4930123"] = Customer(customer_id="x", tenant_id="acme")
    # 2027-01-15 was a Friday, 08:00 UTC; it opens on Monday at 09:00 in UTC, 10:00 in Berlin.
    stage.world.by_id["acme/office"] = Hours(hours_id="acme/office", windows=(Window(0, 540, 600),))
    stage.begin()
    assert stage.heard == ["datetime:2027-01-18T10:00:00"]


def test_an_unknown_caller_goes_another_way(tmp_path: Path) -> None:
    assert Stage(tmp_path, DECIDE).begin().heard == ["stranger"]


def test_the_same_caller_always_goes_the_same_way(tmp_path: Path) -> None:
    text = """
steps:
  share: {split: {new: 30}, by: trial}
  old: {hangup: normal}
  new: {hangup: busy}
"""
    stage = Stage(tmp_path, text)
    causes = [stage.begin(f"+4930{n}").only(HangUp).cause for n in range(1000)]
    assert 250 < causes.count("busy") < 350
    assert [stage.begin(f"+4930{n}").only(HangUp).cause for n in range(1000)] == causes


QUEUE = """
variables: {points: {type: number, value: 5}}
steps:
  wait:
    queue: sales
    skills: {english: 3}
    priority: points * 2
    credit_s: "30"
    preferred: {ann: 10}
    while_waiting: hold
    arguments: {name: "'Bo'"}
    on: {message: box, answered: ask, no_staff: box}
  ask: {survey: service, question: helpful, prompt: how, scale: 3}
  end: {hangup: normal}
  box: {voicemail: main, prompt: leave, on: {left: end}}
"""
HOLD = """
parameters: {name: text}
steps:
  tune: {music: jazz}
  offer:
    menu: {text: "{name}, press 1 for a message"}
    keys: {1: leave}
    noinput: {tries: 0, then: again}
  again: {wait: 20}
  round: {return: }
  leave: {return: message}
"""


def waiting(folder: Path) -> Stage:
    stage = Stage(folder, QUEUE, hold=HOLD).begin()
    goes = stage.only(GoTo)
    assert (goes.target, goes.priority, goes.credit_us) == (ToQueue("acme/sales"), 10, 30 * 10**6)
    assert (goes.skills, goes.preferred, goes.waits) == ({"english": 3}, {"acme/ann": 10}, True)
    assert stage.only(Music).music == "jazz"
    assert stage.heard == ["Bo, press 1 for a message"]
    return stage


def test_a_flow_while_waiting_goes_round(tmp_path: Path) -> None:
    stage = waiting(tmp_path).silent()
    wake = stage.only(Wake)
    assert wake.at_us == stage.at_us + 20 * SECOND_US
    stage.give(TimePassed(wake.ticket), after_s=20)
    assert stage.heard == ["Bo, press 1 for a message"]
    assert not stage.has(GoTo)


def test_an_agents_answer_ends_it_at_once(tmp_path: Path) -> None:
    stage = waiting(tmp_path)
    asked = stage.ticket
    stage.give(AgentAnswered(stage.run.reaching))
    assert stage.effects == [StopPlay(asked)]
    assert stage.give(InputEnded(asked, "value", "1")) == []
    stage.give(ReachEnded(stage.run.reaching, "answered"), after_s=600)
    assert stage.heard == ["how"]
    assert stage.typed("3").only(ScoreGiven) == ScoreGiven("service", "helpful", 3, 3)
    assert stage.has(HangUp)


def test_the_time_in_a_queue_and_with_an_agent_is_no_time_of_the_flow(tmp_path: Path) -> None:
    stage = waiting(tmp_path)
    stage.give(ReachEnded(stage.run.reaching, "answered"), after_s=100_000)
    assert stage.heard == ["how"]


def test_a_survey_that_is_not_answered_goes_on(tmp_path: Path) -> None:
    stage = waiting(tmp_path)
    stage.give(ReachEnded(stage.run.reaching, "answered"))
    stage.silent().silent().silent()
    assert stage.left[:1] == ["ask noinput"]
    assert not stage.has(ScoreGiven)


def test_a_key_leads_out_of_the_queue(tmp_path: Path) -> None:
    stage = waiting(tmp_path)
    ticket = stage.run.reaching
    stage.typed("1")
    assert stage.only(LeaveQueue).ticket == ticket
    assert stage.heard == ["leave"]
    assert stage.played().only(GoTo).target == ToVoicemail("acme/main")
    stage.give(ReachEnded(stage.ticket, "left"))
    assert stage.has(HangUp)


def test_a_queue_that_gives_the_caller_back_ends_the_flow_of_waiting(tmp_path: Path) -> None:
    stage = waiting(tmp_path)
    asked = stage.ticket
    stage.give(ReachEnded(stage.run.reaching, "no_staff"))
    assert stage.effects[0] == StopPlay(asked)
    assert stage.heard == ["leave"]


def test_a_callback_keeps_the_place_of_who_waits(tmp_path: Path) -> None:
    hold = """
parameters: {name: text}
steps:
  offer: {menu: main, keys: {1: back, 2: leave}, noinput: {tries: 0, then: rest}}
  leave: {return: message}
  rest: {wait: 5}
  round: {return: }
  back: {callback: sales, on: {placed: bye}, next: rest}
  bye: {hangup: normal}
"""
    stage = Stage(tmp_path, QUEUE, hold=hold).begin()
    ticket = stage.run.reaching
    placed = stage.typed("1").only(PlaceCallback)
    assert (placed.number, placed.queue_id, placed.waits) == ("+4930123", "acme/sales", ticket)
    assert not stage.has(LeaveQueue)
    stage.give(ReachEnded(placed.ticket, "placed"))
    assert stage.has(HangUp)


HTTP = """
variables: {total: number, name: text, tags: list, paid: flag, order: {type: text, value: "a/1"}}
steps:
  ask:
    http: https://crm.example/orders/{order}?q={{x}}
    headers: {X-Order: "{order}"}
    save: {total: order.total, name: order.items.0.name, tags: tags, paid: paid}
    filler: moment
    filler_after_s: 2
    on_status: {404: none, 5xx: down}
    on_error: error
  tell: {say: total, as: money, currency: USD, next: end}
  none: {play: none, next: end}
  down: {play: down, next: end}
  error: {play: error, next: end}
  end: {hangup: normal}
"""


def asked(folder: Path) -> Stage:
    stage = Stage(folder, HTTP).begin()
    request = stage.only(HttpRequest)
    assert request.url == "https://crm.example/orders/a%2F1?q={x}"
    assert (request.method, request.headers, request.body) == ("GET", {"X-Order": "a/1"}, "")
    return stage


def test_an_answer_goes_into_variables(tmp_path: Path) -> None:
    stage = asked(tmp_path)
    body = '{"order":{"total":"12.50","items":[{"name":"Lamp"}]},"tags":["a",2],"paid":null}'
    stage.give(HttpAnswered(stage.ticket, 200, body))
    assert stage.heard == ["money:12.5"]
    assert stage.variables["name"] == "Lamp"
    assert stage.variables["tags"] == ("a", "2")
    assert stage.variables["paid"] is None


@pytest.mark.parametrize(
    ("answer", "heard", "left", "why"),
    [
        ((404, "", ""), "none", "status 404", "404"),
        ((503, "", ""), "down", "status 5xx", "503"),
        ((302, "", ""), "error", "error", "status 302"),
        ((200, "<html>", ""), "error", "error", "the answer is not JSON"),
        ((200, "[" * 100_000, ""), "error", "error", "the answer is not JSON"),
        (
            (200, '{"order":{"total":"much"}}', ""),
            "error",
            "error",
            "order.total is a text, expected a number",
        ),
        ((200, '{"paid":1}', ""), "error", "error", "paid is a number, expected a flag"),
        ((200, '{"tags":[["x"]]}', ""), "error", "error", "tags is a list, expected a text"),
        ((0, "", "timeout"), "error", "error", "timeout"),
        ((0, "", "refused"), "error", "error", "refused"),
    ],
)
def test_an_answer_leads_by_its_status_or_its_error(
    tmp_path: Path, answer: tuple[int, str, str], heard: str, left: str, why: str
) -> None:
    stage = asked(tmp_path)
    status, body, problem = answer
    stage.give(HttpAnswered(stage.ticket, status, body, problem))  # type: ignore[arg-type]
    assert stage.heard == [heard]
    assert stage.left == [f"ask {left}"]
    assert getattr(stage.effects[0], "detail", "") == why


def test_a_long_question_is_bridged_by_a_filler(tmp_path: Path) -> None:
    stage = asked(tmp_path)
    wake = stage.only(Wake)
    stage.give(TimePassed(wake.ticket), after_s=2)
    filler = stage.only(Play)
    assert stage.heard == ["moment"]
    assert stage.give(PlayFinished(filler.ticket)) == []
    stage.give(HttpAnswered(stage.ticket, 404))
    assert stage.effects[0] == StopPlay(filler.ticket)
    assert stage.heard == ["none"]


def test_a_script_gives_variables(tmp_path: Path) -> None:
    text = """
variables: {score: number, text: text}
steps:
  run: {agi: agi://host/x, arguments: ["{caller.number}"], save: {score: SCORE, text: T},
        on_error: bad}
  tell: {say: score, next: bad}
  bad: {hangup: normal}
"""
    stage = Stage(tmp_path, text).begin()
    script = stage.only(RunScript)
    assert (script.arguments, script.variables) == (("+4930123",), ("SCORE", "T"))
    stage.give(ScriptEnded(script.ticket, "success", {"SCORE": "7"}))
    assert stage.heard == ["number:7"]
    assert stage.variables["text"] is None
    stage.begin()
    stage.give(ScriptEnded(stage.ticket, "notfound"))
    assert stage.left[0] == "run error"


def test_a_recording_that_is_empty_goes_another_way(tmp_path: Path) -> None:
    text = """
variables: {file: text, length: number}
steps:
  take: {record: file, prompt: speak, seconds: length, empty: nothing, max_s: 30}
  done: {hangup: normal}
  nothing: {hangup: busy}
"""
    stage = Stage(tmp_path, text).begin()
    assert stage.only(Record).max_us == 30 * SECOND_US
    stage.give(Recorded(stage.ticket))
    assert stage.only(HangUp).cause == "busy"
    stage.begin()
    stage.give(Recorded(stage.ticket, "a.wav", 2.5))
    assert stage.only(HangUp).cause == "normal"


def test_a_question_is_taken_up_where_it_was(tmp_path: Path) -> None:
    stage = Stage(tmp_path, COLLECT).begin().typed("1234")
    stage.give(PlayProgress(stage.ticket, 2))
    stage.run = stored(stage.run)
    stage.effects = stage.interpreter.resume(stage.run, stage.at_us)
    assert stage.heard == ["right"]
    stage.typed("1")
    assert stage.variables["account"] == "1234"


def test_who_waits_goes_on_in_the_flow_of_waiting(tmp_path: Path) -> None:
    stage = waiting(tmp_path)
    stage.run = stored(stage.run)
    stage.effects = stage.interpreter.resume(stage.run, stage.at_us)
    assert stage.only(Music).music == "jazz"
    assert stage.heard == ["Bo, press 1 for a message"]
    stage.give(AgentAnswered(stage.run.reaching))
    stage.effects = stage.interpreter.resume(stored(stage.run), stage.at_us)
    assert not stage.has(Collect)


@pytest.mark.parametrize(
    ("number", "url"),
    [
        ("..", ""),
        (".", ""),
        ("../x", "https://crm.example/c/..%2Fx/orders"),
        ("a?b#c@d", "https://crm.example/c/a%3Fb%23c%40d/orders"),
        ("1\r\nHost: x", "https://crm.example/c/1%0D%0AHost%3A%20x/orders"),
    ],
)
def test_a_callers_number_changes_no_part_of_an_address(
    tmp_path: Path, number: str, url: str
) -> None:
    text = """
steps:
  hook: {webhook: "https://crm.example/c/{caller.number}/orders"}
  ask: {http: "https://crm.example/c/{caller.number}/orders", on_error: end}
  end: {hangup: normal}
"""
    stage = Stage(tmp_path, text).begin(number)
    asked = [e.url for e in stage.effects if isinstance(e, (HttpRequest, SendWebhook))]
    assert asked == ([url, url] if url else [])
    if not url:
        assert stage.left[1] == "ask error"
