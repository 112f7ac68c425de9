"""Calls in IVR flows: what the switch is asked for, where calls go, and how they come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.engine.explain.timeline import in_words
from acdengine.facts import CallDiverted, QueueRefused
from acdengine.flow_facts import CallTagged, FlowStepLeft, SurveyAnswered
from acdengine.handover_commands import ReferCaller
from acdengine.ivr.versions import KEPT
from acdengine.live_legs import LiveCall
from acdengine.plan import Plan, TrunkGroup
from acdengine.prompts import SayPrompt, SoundPrompt, SpeechPrompt
from acdengine.service_commands import AskSystem
from acdengine.settings.flows.library import load_flows
from queues.targets import ToFlow
from tests.unit.engine.scene import Scene, agent, centre, queue

MAIN = """
languages: [en, de]
variables: {typed: text, file: text, length: number, card: secret, shown: text}
otherwise: sales
steps:
  hello: {play: [welcome, {text: "From {caller.number}"}]}
  choose:
    menu: main
    keys: {1: sales, 2: german, 3: record, 4: outside, 5: box, 6: tell, 77: end, 8: away, 9: card}
    noinput: {tries: 1}
  german: {language: de, next: choose}
  sales:
    queue: sales
    priority: "3"
    credit_s: "60"
    on: {full: box, no_staff: box, waited: box, answered: rate}
  outside: {number: "+4930555", on: {busy: choose}, next: end}
  box: {voicemail: main, on: {left: tell, empty: choose}}
  away: {transfer: "+4930777", on: {busy: choose}, next: end}
  card:
    collect: card
    prompt: card
    most: 16
    check: luhn
    sensitive: card
    shown: shown
    shown_digits: 4
    nomatch: {then: end}
  pay: {http: "https://pay.example/", json: {card: card, shown: shown}, on_error: end, next: end}
  record: {record: file, prompt: speak, seconds: length, max_s: 20, next: choose}
  tell: {tag: {topic: "'order'", from: caller.number}}
  amount: {say: "12.5", as: money}
  pause: {wait: 30}
  end: {hangup: normal}
  rate: {survey: service, question: helpful, prompt: rate, scale: 3, next: end}
"""


def plan(folder: Path, text: str = MAIN, *parts: object, **policy: object) -> Plan:
    (folder / "main.yaml").write_text(f"flow: 1\n{text}")
    flows = load_flows([folder], tenant="t", draft=True).definitions.values()
    return centre(
        queue("sales", **policy),
        agent("anna", "sales"),
        numbers={"100": ToFlow("t/main")},
        ivr_flows={flow.flow_id: flow for flow in flows},
    )


class Caller:
    """One caller in the flow, as the switch reports it."""

    def __init__(self, scene: Scene, call_id: str = "c1") -> None:
        self.scene = scene
        self.call_id = call_id
        scene.call(call_id, "100", "0301234567")

    def last(self) -> cmd.PlayPrompts | cmd.Collect | cmd.RecordCaller:
        kinds = (cmd.PlayPrompts, cmd.Collect, cmd.RecordCaller)
        return [command for command in self.scene.commands if isinstance(command, kinds)][-1]

    def heard(self) -> Caller:
        order = self.last()
        assert isinstance(order, cmd.PlayPrompts)
        now = self.scene.now_us
        self.scene.feed(ev.PromptsFinished(now, self.call_id, order.prompt_id))
        return self

    def types(self, digits: str, outcome: ev.CollectOutcome = "value") -> Caller:
        order = self.last()
        assert isinstance(order, cmd.Collect)
        now = self.scene.now_us
        self.scene.feed(ev.DigitsCollected(now, self.call_id, order.collect_id, outcome, digits))
        return self

    @property
    def step(self) -> str:
        ivr = self.scene.live(self.call_id).ivr
        assert ivr is not None
        return ivr.run.frames[-1].step


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(plan(tmp_path))


def test_a_caller_hears_prompts_and_is_asked(scene: Scene) -> None:
    caller = Caller(scene)
    assert scene.ordered(cmd.AnswerCall, call_id="c1")
    assert scene.told(CallDiverted, to="flow t/main")
    row = caller.last()
    assert row == cmd.PlayPrompts(
        "c1",
        "flow-1",
        (SoundPrompt("en/welcome"), SpeechPrompt("From 0301234567", "en")),
        "0123456789*#",
    )
    collect = caller.heard().last()
    assert isinstance(collect, cmd.Collect)
    assert collect.prompts == (SoundPrompt("en/main"),)
    assert collect.options == ("1", "2", "3", "4", "5", "6", "77", "8", "9")
    assert [fact.way for fact in scene.told(FlowStepLeft)] == ["next"]
    german = caller.types("2").last()
    assert isinstance(german, cmd.Collect)
    assert german.prompts == (SoundPrompt("de/main"),)


def test_the_queue_is_given_what_the_flow_says(scene: Scene) -> None:
    caller = Caller(scene).heard().types("1")
    call = scene.live(caller.call_id)
    assert (call.state, call.queue_id, call.priority) == ("waiting", "t/sales", 3)
    assert call.boost_us == 60_000_000


def test_no_key_leads_out_after_the_tries(scene: Scene) -> None:
    caller = Caller(scene).heard().types("", "no_input").types("", "no_input")
    assert scene.live(caller.call_id).queue_id == "t/sales"
    assert scene.told(FlowStepLeft, step="choose", way="noinput")


@pytest.mark.parametrize("outcome", ["no_match", "incomplete", "failed"])
def test_what_does_not_fit_is_asked_again_and_a_switch_that_fails_is_left(
    scene: Scene, outcome: ev.CollectOutcome
) -> None:
    caller = Caller(scene).heard().types("9", outcome)
    waits = scene.live(caller.call_id).state == "waiting"
    assert waits == (outcome == "failed")


def test_keys_typed_ahead_go_with_the_question(scene: Scene) -> None:
    caller = Caller(scene)
    row = caller.last()
    assert isinstance(row, cmd.PlayPrompts)
    scene.feed(ev.PromptsFinished(scene.now_us, "c1", row.prompt_id, key="7"))
    collect = caller.last()
    assert isinstance(collect, cmd.Collect)
    assert (collect.typed, collect.heard) == ("7", 1)
    now = scene.now_us
    done = ev.DigitsCollected(now, "c1", collect.collect_id, "value", "2", typed_ahead="5", heard=3)
    scene.feed(done)
    again = caller.last()
    assert isinstance(again, cmd.Collect)
    assert (again.typed, again.heard) == ("5", 3)


def test_a_full_queue_gives_the_call_back(tmp_path: Path) -> None:
    scene = Scene(plan(tmp_path, MAIN, max_length=0))
    caller = Caller(scene).heard().types("1")
    assert scene.live(caller.call_id).state == "message"
    assert scene.told(FlowStepLeft, step="sales", way="full")
    assert not scene.told(QueueRefused)
    record = scene.ordered(cmd.RecordMessage)[-1]
    scene.feed(ev.MessageLeft(scene.now_us, "c1", record.file, 9_000_000))
    assert scene.told(CallTagged, name="topic", value="order")
    money = caller.last()
    assert isinstance(money, cmd.PlayPrompts)
    assert money.prompts == (SayPrompt("money", "12.5", "en", currency="EUR"),)
    assert scene.live("c1").tags == {"topic": "order", "from": "0301234567"}


def test_an_empty_message_is_another_way(scene: Scene) -> None:
    caller = Caller(scene).heard().types("5")
    record = scene.ordered(cmd.RecordMessage)[-1]
    scene.feed(ev.MessageLeft(scene.now_us, "c1", record.file, 0))
    assert caller.step == "choose"


def test_a_wait_that_is_too_long_gives_the_call_back(tmp_path: Path) -> None:
    scene = Scene(plan(tmp_path, MAIN, max_wait_us=60_000_000))
    Caller(scene).heard().types("1")
    scene.wait(61)
    assert scene.live("c1").state == "message"


def test_a_survey_follows_the_conversation(scene: Scene) -> None:
    scene.ready("anna")
    caller = Caller(scene).heard().types("6").heard()
    scene.wait(31)
    assert scene.is_over("c1")
    caller = Caller(scene, "c2").heard().types("1")
    scene.answers("anna")
    scene.wait(60)
    scene.agent_hangs_up("anna")
    assert scene.live("c2").state == "flow"
    assert scene.state("anna") == "ready"
    caller.types("3")
    assert scene.told(SurveyAnswered, score=3, question="helpful", call_id="c2")
    assert scene.outcome("c2") == "answered"


def test_who_hangs_up_after_the_conversation_is_gone(scene: Scene) -> None:
    scene.ready("anna")
    Caller(scene).heard().types("1")
    scene.answers("anna")
    scene.caller_hangs_up("c1")
    assert scene.is_over("c1")
    assert not scene.told(SurveyAnswered)


def test_the_agents_screen_shows_the_tags(tmp_path: Path) -> None:
    text = MAIN.replace("amount: {say", "on: {goto: main}\n  x: {say").replace(
        "tell: {tag: {topic: \"'order'\", from: caller.number}}",
        "tell: {tag: {topic: \"'order'\"}, next: sales}",
    )
    text = text[: text.index("  on: {goto")] + text[text.index("  end:") :]
    scene = Scene(plan(tmp_path, text))
    scene.ready("anna")
    Caller(scene).heard().types("6")
    ring = scene.ordered(cmd.RingAgent)[-1]
    assert ring.screen_pop is not None
    assert ring.screen_pop.extra == {"topic": "order"}


def test_a_number_that_is_busy_leads_back(scene: Scene) -> None:
    caller = Caller(scene).heard().types("4")
    dial = scene.ordered(cmd.DialNumber)[-1]
    assert dial.number == "+4930555"
    scene.feed(ev.NumberEnded(scene.now_us, "c1", False, "busy", dial.attempt))
    assert caller.step == "choose"


def test_who_is_handed_over_does_not_come_back(scene: Scene) -> None:
    caller = Caller(scene).heard().types("8")
    dial = scene.ordered(cmd.DialNumber)[-1]
    assert dial.number == "+4930777"
    scene.feed(ev.NumberEnded(scene.now_us, "c1", False, "busy", dial.attempt))
    assert caller.step == "choose"
    caller.types("8")
    dial = scene.ordered(cmd.DialNumber)[-1]
    scene.feed(ev.NumberAnswered(scene.now_us, "c1", dial.attempt))
    scene.feed(ev.NumberEnded(scene.now_us, "c1", True, "normal", dial.attempt))
    assert scene.outcome("c1") == "diverted"
    assert not scene.told(FlowStepLeft, step="end")


def test_a_card_goes_through_the_engine_as_a_handle(scene: Scene) -> None:
    caller = Caller(scene).heard().types("9")
    order = caller.last()
    assert isinstance(order, cmd.Collect)
    assert (order.is_sensitive, order.shown_digits, order.check) == (True, 4, "luhn")
    assert not order.keeps_typed
    done = ev.DigitsCollected(
        scene.now_us, "c1", order.collect_id, "value", "*" * 12 + "1111", token="handle"
    )
    scene.feed(done)
    (ask,) = scene.ordered(AskSystem)
    assert ask.secrets == {"card": "handle"}
    assert ask.data == {"shown": "*" * 12 + "1111"}


def test_a_switch_that_cannot_read_unseen_leads_out(scene: Scene) -> None:
    Caller(scene).heard().types("9").types("", "failed")
    assert scene.told(FlowStepLeft, step="card", way="nomatch")
    assert scene.is_over("c1")


def test_a_number_that_may_not_be_dialled_is_refused(tmp_path: Path) -> None:
    text = MAIN.replace('"+4930555"', "\"99{typed ?? '1'}\"").replace(
        "on: {busy: choose}", "on: {refused: choose}"
    )
    scene = Scene(plan(tmp_path, text))
    caller = Caller(scene).heard().types("4")
    assert caller.step == "choose"
    assert not scene.ordered(cmd.DialNumber)


def test_a_recording_is_kept_where_recordings_are(scene: Scene) -> None:
    caller = Caller(scene).heard().types("3")
    order = caller.last()
    assert isinstance(order, cmd.RecordCaller)
    assert order.file.startswith("t/flows/")
    assert "0301234567" not in order.file
    done = ev.CallerRecorded(scene.now_us, "c1", order.record_id, order.file, 4_000_000, "key")
    scene.feed(done)
    ivr = scene.live("c1").ivr
    assert ivr is not None
    assert ivr.run.frames[0].variables["length"] == 4.0


def test_time_passes_in_a_flow(scene: Scene) -> None:
    caller = Caller(scene).heard().types("6").heard()
    assert caller.step == "pause"
    scene.wait(29)
    assert not scene.is_over("c1")
    scene.wait(1)
    assert scene.is_over("c1")


def test_a_switch_that_never_reports_keeps_no_caller(scene: Scene) -> None:
    Caller(scene)
    for _ in range(4):
        scene.wait(121)
    assert scene.live("c1").queue_id == "t/sales"
    assert scene.engine.state.counters["overdue_prompts"] == 3


def test_reports_that_are_late_change_nothing(scene: Scene) -> None:
    caller = Caller(scene).heard()
    scene.feed(ev.PromptsFinished(scene.now_us, "c1", "flow-1"))
    scene.feed(ev.PromptsFinished(scene.now_us, "c1", "flow-2", is_cancelled=True))
    assert caller.step == "choose"
    scene.feed(ev.DigitsCollected(scene.now_us, "c1", "flow-2", "cancelled"))
    scene.feed(ev.DigitsCollected(scene.now_us, "c9", "flow-2", "value", "1"))
    scene.feed(ev.CallerRecorded(scene.now_us, "c1", "flow-2", "a", 0, "cancelled"))
    assert caller.step == "choose"
    caller.types("1").types("1")
    assert scene.live("c1").state == "waiting"


def test_a_call_in_a_flow_can_be_moved(scene: Scene) -> None:
    Caller(scene).heard()
    move = rq.MoveRequested(scene.now_us, call_id="c1", target=ToFlow("t/main"))
    assert scene.ask(move) == ""
    assert scene.live("c1").state == "flow"


def test_a_caller_ends_in_the_version_in_which_it_began(tmp_path: Path, scene: Scene) -> None:
    old = Caller(scene).heard()
    scene.reload(plan(tmp_path, MAIN.replace("menu: main", "menu: other")))
    new = Caller(scene, "c2").heard()
    asked = [caller.last() for caller in (new,)]
    assert isinstance(asked[0], cmd.Collect)
    assert asked[0].prompts == (SoundPrompt("en/other"),)
    now = scene.now_us
    scene.feed(ev.DigitsCollected(now, "c1", "flow-2", "value", "2"))
    assert scene.ordered(cmd.Collect, call_id="c1")[-1].prompts == (SoundPrompt("de/main"),)
    versions = {fact.call_id: fact.version for fact in scene.told(FlowStepLeft)}
    assert versions["c1"] != versions["c2"]
    assert old.call_id == "c1"


def test_old_versions_with_callers_in_them_are_kept(tmp_path: Path, scene: Scene) -> None:
    Caller(scene).heard()
    for number in range(KEPT + 3):
        scene.reload(plan(tmp_path, MAIN.replace("menu: main", f"menu: m{number}")))
    scene.feed(ev.DigitsCollected(scene.now_us, "c1", "flow-2", "value", "2"))
    assert scene.ordered(cmd.Collect, call_id="c1")[-1].prompts == (SoundPrompt("de/main"),)


def forgotten(scene: Scene) -> None:
    """The adapter has restarted, and finds the caller's leg."""
    live = LiveCall(
        call_id="c1",
        leg_id="leg-c1",
        ani="0301234567",
        dnis="100",
        trunk_id="trunk",
        forgotten=True,
    )
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), ()))


def test_what_was_heard_is_not_heard_again_after_a_restart(scene: Scene) -> None:
    caller = Caller(scene)
    scene.feed(ev.PromptHeard(scene.now_us, "c1", "flow-1", 1))
    forgotten(scene)
    row = caller.last()
    assert isinstance(row, cmd.PlayPrompts)
    assert row.prompts == (SpeechPrompt("From 0301234567", "en"),)
    caller.heard()
    assert caller.step == "choose"
    scene.feed(ev.PromptHeard(scene.now_us, "c1", "flow-3", 1))
    forgotten(scene)
    question = caller.last()
    assert isinstance(question, cmd.Collect)
    assert question.prompts == ()
    caller.types("1")
    assert scene.live("c1").queue_id == "t/sales"


def test_the_story_tells_the_way_through_the_flow(scene: Scene) -> None:
    Caller(scene).heard().types("1")
    told = [in_words(fact) for fact in scene.live("c1").story]
    assert "went to flow t/main" in told
    assert "left step choose of flow t/main by key 1" in told


REFER = """
languages: [en]
steps:
  away:
    transfer: "+4930777"
    by: refer
    on: {busy: busy, refused: refused}
    next: end
  busy: {tag: {came: "'busy'"}, next: end}
  refused: {tag: {came: "'refused'"}, next: end}
  end: {hangup: normal}
"""
CARRIER = "sip:{number}@carrier.example"


def referred(folder: Path, refer_to: str = CARRIER, allow: tuple[str, ...] = ("+49",)) -> Scene:
    made = plan(folder, REFER)
    tenant = structs.replace(made.tenants["t"], dial_allow=allow)
    trunks = {"trunk": TrunkGroup(trunk_id="trunk", refer_to=refer_to)}
    scene = Scene(structs.replace(made, tenants={"t": tenant}, trunks=trunks))
    scene.call("c1", "100")
    return scene


def test_a_caller_is_handed_over_to_the_trunk(tmp_path: Path) -> None:
    scene = referred(tmp_path)
    (order,) = scene.ordered(ReferCaller)
    assert (order.number, order.to, order.allow) == ("+4930777", CARRIER, ("+49",))
    assert not scene.ordered(cmd.DialNumber)
    scene.feed(ev.NumberAnswered(scene.now_us, "c1", 1))
    scene.feed(ev.NumberEnded(scene.now_us, "c1", True, "normal", 1))
    assert scene.outcome("c1") == "diverted"


@pytest.mark.parametrize(("cause", "came"), [("busy", "busy"), ("refused", "refused")])
def test_a_trunk_that_does_not_reach_the_number_leads_on(
    tmp_path: Path, cause: str, came: str
) -> None:
    scene = referred(tmp_path)
    scene.feed(ev.NumberEnded(scene.now_us, "c1", False, cause, 1))
    assert scene.told(CallTagged, value=came)


@pytest.mark.parametrize(("refer_to", "allow"), [("", ("+49",)), (CARRIER, ("+43",))])
def test_a_trunk_is_asked_only_where_both_settings_allow_it(
    tmp_path: Path, refer_to: str, allow: tuple[str, ...]
) -> None:
    scene = referred(tmp_path, refer_to, allow)
    assert not scene.ordered(ReferCaller)
    assert scene.told(CallTagged, value="refused")


def test_a_repeated_order_asks_the_trunk_again(tmp_path: Path) -> None:
    scene = referred(tmp_path)
    live = LiveCall("c1", "leg-c1", "0301234567", "100", "trunk", "", scene.now_us)
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), ()))
    assert len(scene.ordered(ReferCaller)) == 2


def test_a_queue_an_agent_and_a_flow_take_a_call_over(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("flow: 1\nsteps:\n  end: {hangup: busy}\n")
    text = """
steps:
  choose: {menu: where, keys: {1: queue, 2: agent, 3: flow}}
  queue: {transfer: {queue: sales}}
  agent: {transfer: {agent: anna, backup: sales, wait_s: 9}}
  flow: {transfer: {flow: other}}
"""
    scene = Scene(plan(tmp_path, text))
    Caller(scene, "c1").types("1")
    assert scene.live("c1").queue_id == "t/sales"
    Caller(scene, "c2").types("2")
    assert scene.live("c2").preferred == (("t/anna", 100),)
    Caller(scene, "c3").types("3")
    assert scene.told(FlowStepLeft, call_id="c3", flow_id="t/other")
