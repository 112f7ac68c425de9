"""Callers who go through a flow while they wait in a queue, and places that flows keep for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.facts import CallbackPlaced, CallLeftQueue, CallQueued
from acdengine.flow_facts import FlowLeft, FlowStepLeft, SurveyAnswered
from acdengine.ivr.definition import FlowDefinition
from acdengine.plan import Plan
from acdengine.prompts import SoundPrompt
from acdengine.settings.flows.library import load_flows
from queues.policy import Announcements, CallbackPolicy, Overflow
from queues.targets import ToFlow, ToQueue, ToVoicemail
from tests.unit.engine.scene import Scene, agent, centre, queue
from tests.unit.engine.test_flows import Caller, forgotten

MAIN = """
flow: 1
steps:
  sales:
    queue: sales
    while_waiting: hold
    on: {waited: box, full: box, message: box, menu: more, answered: rate}
  more: {menu: main, keys: {1: sales, 9: end}}
  box: {voicemail: main, on: {left: end}}
  rate: {survey: service, question: helpful, prompt: rate, scale: 3, next: end}
  end: {hangup: normal}
"""
HOLD = """
flow: 1
otherwise: pause
steps:
  hello: {play: comfort}
  pause: {wait: 20}
  offer:
    menu: offer
    keys: {1: back, 2: message, 3: menu, 4: out}
    noinput: {tries: 0, then: again}
  again: {return: }
  message: {return: message}
  menu: {return: menu}
  out: {voicemail: main, on: {left: over}}
  back: {callback: sales, on: {placed: thanks, refused: pause}}
  thanks: {play: thanks}
  over: {hangup: normal}
"""
DIRECT = """
flow: 1
steps:
  back: {callback: sales, number: "{caller.number}", on: {refused: sorry}}
  sorry: {play: sorry}
  end: {hangup: normal}
"""
POLICY = CallbackPolicy(confirm_prompt="we ring back")


def flows(folder: Path, **texts: str) -> dict[str, FlowDefinition]:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    made = load_flows([folder], tenant="t", draft=True).definitions.values()
    return {flow.flow_id: flow for flow in made}


def plan(folder: Path, main: str = MAIN, hold: str = HOLD, **policy: object) -> Plan:
    policy.setdefault("callback", POLICY)
    return centre(
        queue("sales", **policy),
        queue("other"),
        agent("anna", "sales"),
        numbers={"100": ToFlow("t/main"), "200": ToFlow("t/direct")},
        ivr_flows=flows(folder, main=main, hold=hold, direct=DIRECT),
    )


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(plan(tmp_path))


def offered(scene: Scene, call_id: str = "c1") -> Caller:
    """A caller who waits and is asked by the flow beside the queue."""
    caller = Caller(scene, call_id).heard()
    scene.wait(20)
    assert caller.step == "offer"
    return caller


def test_the_caller_is_in_line_and_hears_the_flow(scene: Scene) -> None:
    caller = Caller(scene)
    call = scene.live("c1")
    assert (call.state, call.queue_id) == ("waiting", "t/sales")
    kinds = [type(command) for command in scene.commands]
    assert kinds == [cmd.AnswerCall, cmd.PlayMusic, cmd.PlayPrompts]
    row = caller.last()
    assert isinstance(row, cmd.PlayPrompts)
    assert row.prompts == (SoundPrompt("en/comfort"),)
    before = len(scene.commands)
    caller.heard()
    assert [type(command) for command in scene.commands[before:]] == [cmd.PlayMusic]
    scene.wait(19)
    assert caller.step == "pause"
    scene.wait(1)
    assert isinstance(caller.last(), cmd.Collect)
    assert scene.live("c1").queue_id == "t/sales"


def test_the_queue_says_nothing_of_its_own(tmp_path: Path) -> None:
    said = Announcements(greeting="welcome", comfort=("soon",), first_after_us=10, every_us=10)
    scene = Scene(plan(tmp_path, announcements=said))
    Caller(scene).heard()
    scene.wait(19)
    assert not scene.ordered(cmd.PlayPrompt)


def test_an_answer_ends_the_flow_within_the_event(scene: Scene) -> None:
    offered(scene)
    scene.ready("anna")
    offer = scene.ordered(cmd.RingAgent)[-1]
    commands = scene.feed(ev.OfferAnswered(scene.now_us, offer.offer_id))
    assert [type(command) for command in commands] == [cmd.StopPrompt, cmd.Bridge]
    assert scene.live("c1").state == "talking"
    scene.wait(300)
    assert scene.live("c1").state == "talking"
    scene.agent_hangs_up("anna")
    caller_step = scene.live("c1").ivr
    assert caller_step is not None
    assert caller_step.run.frames[-1].step == "rate"
    collect = scene.ordered(cmd.Collect)[-1]
    scene.feed(ev.DigitsCollected(scene.now_us, "c1", collect.collect_id, "value", "2"))
    assert scene.told(SurveyAnswered, score=2)
    assert scene.outcome("c1") == "answered"


def test_keys_that_come_after_the_answer_change_nothing(scene: Scene) -> None:
    caller = offered(scene)
    scene.ready("anna")
    collect = caller.last()
    assert isinstance(collect, cmd.Collect)
    scene.answers("anna")
    now = scene.now_us
    scene.feed(ev.DigitsCollected(now, "c1", collect.collect_id, "value", "2"))
    assert scene.live("c1").state == "talking"


def test_the_flow_goes_on_where_it_was_when_the_agent_is_lost(scene: Scene) -> None:
    scene.ignored = (cmd.Bridge,)
    caller = offered(scene)
    scene.ready("anna")
    scene.answers("anna")
    assert scene.live("c1").state == "connecting"
    before = len(scene.ordered(cmd.Collect))
    scene.agent_hangs_up("anna")
    scene.wait(0)
    assert scene.live("c1").state == "waiting"
    assert len(scene.ordered(cmd.Collect)) == before + 1
    assert caller.step == "offer"
    caller.types("2")
    assert scene.live("c1").state == "message"


def test_music_goes_on_while_the_agent_hears_a_whisper(tmp_path: Path) -> None:
    scene = Scene(plan(tmp_path, whisper="sales call"))
    offered(scene)
    scene.ready("anna")
    offer = scene.ordered(cmd.RingAgent)[-1]
    commands = scene.feed(ev.OfferAnswered(scene.now_us, offer.offer_id))
    assert [type(command) for command in commands] == [cmd.PlayMusic, cmd.Bridge]


@pytest.mark.parametrize(
    ("key", "state", "way"), [("2", "message", "message"), ("3", "flow", "menu")]
)
def test_a_key_leads_out_of_the_queue_to_a_step(
    scene: Scene, key: str, state: str, way: str
) -> None:
    caller = offered(scene)
    caller.types(key)
    assert scene.live("c1").state == state
    assert scene.told(CallLeftQueue, reason="key", to="flow")
    assert scene.told(FlowStepLeft, step="sales", way=way)


def test_what_was_typed_ahead_is_for_the_step_behind(scene: Scene) -> None:
    caller = offered(scene)
    collect = caller.last()
    assert isinstance(collect, cmd.Collect)
    done = ev.DigitsCollected(
        scene.now_us, "c1", collect.collect_id, "value", "3", typed_ahead="9", heard=2
    )
    scene.feed(done)
    menu = caller.last()
    assert isinstance(menu, cmd.Collect)
    assert (menu.typed, menu.heard) == ("9", 2)


def test_voicemail_from_the_flow_leaves_the_queue(scene: Scene) -> None:
    offered(scene).types("4")
    assert scene.live("c1").state == "message"
    record = scene.ordered(cmd.RecordMessage)[-1]
    scene.feed(ev.MessageLeft(scene.now_us, "c1", record.file, 9_000_000))
    assert scene.is_over("c1")


def test_the_longest_wait_leads_where_the_step_says(tmp_path: Path) -> None:
    scene = Scene(plan(tmp_path, max_wait_us=30_000_000))
    offered(scene)
    scene.wait(11)
    assert scene.live("c1").state == "message"
    assert scene.told(FlowStepLeft, step="sales", way="waited")


def test_a_full_queue_is_not_joined_and_nothing_of_the_flow_is_heard(tmp_path: Path) -> None:
    scene = Scene(plan(tmp_path, max_length=0))
    scene.call("c1", "100")
    assert scene.live("c1").state == "message"
    assert not scene.ordered(cmd.PlayPrompts)


def test_the_flow_goes_on_in_the_queue_that_a_call_overflows_to(tmp_path: Path) -> None:
    line = Overflow(after_us=30_000_000, targets=(ToQueue("t/other"),))
    scene = Scene(plan(tmp_path, overflow=(line,)))
    caller = offered(scene)
    scene.commands.clear()
    scene.wait(10)
    assert scene.live("c1").queue_id == "t/other"
    assert scene.commands == []
    caller_step = caller.step
    assert caller_step == "offer"


def test_a_call_that_is_moved_elsewhere_leaves_the_flow(scene: Scene) -> None:
    offered(scene)
    move = rq.MoveRequested(scene.now_us, call_id="c1", target=ToVoicemail("t/main"))
    assert scene.ask(move) == ""
    assert scene.live("c1").state == "message"
    scene.wait(200)
    assert scene.live("c1").state == "message"


def test_who_hangs_up_while_waiting_is_abandoned(scene: Scene) -> None:
    offered(scene)
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "abandoned"
    scene.wait(100)


def test_the_flow_begins_again_and_the_place_stays(scene: Scene) -> None:
    caller = offered(scene)
    joined = scene.live("c1").joined_us
    caller.types("", "no_input")
    assert caller.step == "hello"
    assert scene.live("c1").joined_us == joined
    assert len(scene.told(CallQueued)) == 1


def test_keys_between_the_prompts_are_typed_ahead(scene: Scene) -> None:
    caller = Caller(scene).heard()
    scene.feed(ev.DigitPressed(scene.now_us, "c1", "2", 1))
    scene.wait(20)
    menu = caller.last()
    assert isinstance(menu, cmd.Collect)
    assert (menu.typed, menu.heard) == ("2", 1)


def test_after_a_restart_of_the_adapter_the_step_is_ordered_again(scene: Scene) -> None:
    caller = offered(scene)
    before = len(scene.ordered(cmd.Collect))
    forgotten(scene)
    assert len(scene.ordered(cmd.Collect)) == before + 1
    caller.types("2")
    assert scene.live("c1").state == "message"


def test_a_flow_that_circles_leaves_the_caller_in_line(tmp_path: Path) -> None:
    main = "flow: 1\nsteps:\n  sales: {queue: sales, while_waiting: hold}\n"
    hold = "flow: 1\nsteps:\n  a: {tag: {x: '1'}}\n  b: {return: }\n"
    scene = Scene(plan(tmp_path, main, hold))
    scene.call("c1", "100")
    assert scene.live("c1").state == "waiting"
    assert isinstance(scene.commands[-1], cmd.PlayMusic)
    scene.ready("anna")
    scene.answers("anna")
    assert scene.live("c1").state == "talking"


# -- callbacks -------------------------------------------------------------------------------------


def test_a_callback_keeps_the_place_and_the_flow_says_goodbye(scene: Scene) -> None:
    caller = offered(scene)
    joined = scene.live("c1").joined_us
    caller.types("1")
    assert scene.told(CallbackPlaced, call_id="c1", number="0301234567")
    row = caller.last()
    assert isinstance(row, cmd.PlayPrompts)
    assert row.prompts == (SoundPrompt("en/thanks"),)
    scene.ready("anna")
    assert not scene.ordered(cmd.RingAgent)
    caller.heard()
    call = scene.live("c1")
    assert (call.state, call.leg_id, call.joined_us) == ("waiting", "", joined)
    assert not scene.ordered(cmd.PlayPrompt)
    assert scene.ordered(cmd.RingAgent, call_id="c1")
    assert scene.told(FlowLeft, call_id="c1")
    scene.answers("anna")
    scene.feed(ev.CallbackAnswered(scene.now_us, "c1", "leg-2"))
    assert scene.live("c1").state == "talking"
    scene.agent_hangs_up("anna")
    assert scene.outcome("c1") == "answered"


def test_who_hangs_up_after_the_place_is_kept_is_rung_back(scene: Scene) -> None:
    offered(scene).types("1")
    scene.caller_hangs_up("c1")
    call = scene.live("c1")
    assert call.callback is not None
    assert (call.callback.state, call.ivr) == ("waiting", None)


def test_a_callback_from_a_menu_joins_the_queue(scene: Scene) -> None:
    scene.call("c1", "200", "0301234567")
    call = scene.live("c1")
    assert call.callback is not None
    assert (call.queue_id, call.leg_id) == ("t/sales", "leg-c1")
    assert not scene.ordered(cmd.PlayMusic)
    # The flow has no word on it: the queue's prompt confirms it, and the leg is let go.
    assert scene.ordered(cmd.PlayPrompt)[-1].prompt == "we ring back"
    scene.prompt_ends("c1")
    assert scene.live("c1").leg_id == ""


def test_one_callback_for_a_number_and_queue(scene: Scene) -> None:
    scene.call("c1", "200", "0301234567")
    scene.prompt_ends("c1")
    since = scene.live("c1").queued_at_us
    scene.wait(60)
    offered(scene, "c2").types("1")
    assert scene.is_over("c1")
    call = scene.live("c2")
    assert call.callback is not None
    assert call.queued_at_us == since


def test_a_callback_that_is_refused_goes_on_and_the_place_is_kept(tmp_path: Path) -> None:
    scene = Scene(plan(tmp_path, callback=None))
    caller = offered(scene)
    joined = scene.live("c1").joined_us
    caller.types("1")
    assert caller.step == "pause"
    assert (scene.live("c1").state, scene.live("c1").joined_us) == ("waiting", joined)
    scene.call("c2", "200")
    assert scene.live("c2").state == "flow"


def test_a_number_that_may_not_be_dialled_is_refused(scene: Scene) -> None:
    scene.call("c1", "200", "77")
    assert scene.live("c1").state == "flow"
    assert scene.live("c1").callback is None
    assert not scene.told(CallQueued)


def test_a_caller_who_goes_elsewhere_after_all_is_not_rung_back(tmp_path: Path) -> None:
    hold = HOLD.replace("thanks: {play: thanks}", "thanks: {queue: other}")
    scene = Scene(plan(tmp_path, hold=hold))
    offered(scene).types("1")
    call = scene.live("c1")
    assert (call.state, call.queue_id, call.callback) == ("waiting", "t/other", None)
