"""Callers in IVR flows who speak: what the switch is asked to listen for, and what that means."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.flow_facts import FlowStepLeft
from acdengine.speech_input import Recogniser
from tests.unit.engine.scene import Scene
from tests.unit.engine.test_flows import Caller, plan

FLOW = """
languages: [en]
variables: {order: text, pin: secret}
steps:
  choose: {menu: main, keys: {1: number, 2: end}, speech: {my order: "1", goodbye: "2"}}
  number: {collect: order, most: 3, speech: {one: "1", two: "2"}, next: secret}
  secret: {collect: pin, prompt: main, sensitive: pin, noinput: {then: end}, next: told}
  told: {http: "https://pay.example/", json: {pin: pin, order: order}, on_error: end}
  end: {hangup: normal}
"""
RECOGNISER = Recogniser(module="unimrcp", grammar="g", languages={"en": "en-US"})


def caller(folder: Path, recogniser: Recogniser | None = RECOGNISER) -> Caller:
    made = plan(folder, FLOW)
    systems = structs.replace(made.tenants["t"].systems, recogniser=recogniser)
    tenant = structs.replace(made.tenants["t"], systems=systems)
    return Caller(Scene(structs.replace(made, tenants={"t": tenant})))


def asked(one: Caller) -> cmd.Collect:
    order = one.last()
    assert isinstance(order, cmd.Collect)
    return order


def says(one: Caller, words: str) -> cmd.Collect:
    """The caller says something; returns the question behind it."""
    scene, order = one.scene, asked(one)
    scene.feed(ev.DigitsCollected(scene.now_us, "c1", order.collect_id, "value", spoken=words))
    return asked(one)


def test_what_is_said_stands_for_keys_and_sensitive_digits_are_keys_alone(tmp_path: Path) -> None:
    one = caller(tmp_path)
    speech = asked(one).speech
    assert speech is not None
    assert (speech.module, speech.language) == ("unimrcp", "en-US")
    assert speech.phrases == ("my order", "goodbye")
    number = says(one, "My order, please")
    assert number.speech is not None
    assert number.speech.phrases == ("one", "two")
    secret = says(one, "one two")
    assert (secret.is_sensitive, secret.speech) == (True, None)
    ways = [(fact.step, fact.way) for fact in one.scene.told(FlowStepLeft)]
    assert ways == [("choose", "key 1"), ("number", "value")]
    ivr = one.scene.live("c1").ivr
    assert ivr is not None
    assert ivr.run.frames[-1].variables["order"] == "12"


def test_a_question_that_listens_is_waited_for_longer(tmp_path: Path) -> None:
    longest = structs.replace(RECOGNISER, longest_us=60_000_000)
    one = caller(tmp_path, longest)
    one.scene.wait(150)
    assert one.step == "choose"
    assert len(one.scene.ordered(cmd.Collect)) == 1
    one.scene.wait(60)
    assert len(one.scene.ordered(cmd.Collect)) > 1, "the switch never told of the end"


def test_words_that_fit_nothing_are_no_match(tmp_path: Path) -> None:
    one = caller(tmp_path)
    before = asked(one).collect_id
    assert says(one, "the weather").collect_id != before
    assert one.step == "choose"


def test_without_a_recogniser_keys_alone_are_asked_for(tmp_path: Path) -> None:
    assert asked(caller(tmp_path, None)).speech is None
