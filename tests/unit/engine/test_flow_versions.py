"""Versions of flows: given to all or to some, taken back, told as facts, kept over a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.engine import Engine
from acdengine.engine.explain.timeline import in_words
from acdengine.flow_facts import FlowEntered, FlowLeft, FlowVersionChanged
from queues.targets import ToQueue
from tests.unit.engine.scene import Scene
from tests.unit.engine.test_flows import MAIN, Caller, plan

NEW = MAIN.replace("menu: main", "menu: other")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(plan(tmp_path))
    scene.wait(1)
    scene.facts.clear()
    return scene


def live(scene: Scene) -> str:
    return scene.engine.state.flow_versions.served["t/main"].live


def newest(scene: Scene) -> str:
    return scene.engine.state.flow_versions.served["t/main"].history[-1].version


def reload(scene: Scene, tmp_path: Path, text: str, percent: int = 100) -> None:
    change = rq.SettingsChanged(
        scene.now_us, plan=plan(tmp_path, text), by="ann", flow_percent=percent
    )
    assert scene.ask(change) == ""


def ask_live(scene: Scene, version: str, flow_id: str = "t/main") -> str:
    return scene.ask(rq.FlowLiveRequested(scene.now_us, flow_id=flow_id, version=version, by="bob"))


def ask_trial(scene: Scene, percent: int, version: str = "", flow_id: str = "t/main") -> str:
    return scene.ask(
        rq.FlowTrialRequested(
            scene.now_us, flow_id=flow_id, version=version, percent=percent, by="bob"
        )
    )


def test_a_version_of_before_is_made_live_and_stays_so(tmp_path: Path, scene: Scene) -> None:
    old = live(scene)
    reload(scene, tmp_path, NEW)
    new = live(scene)
    inside = Caller(scene, "c1").heard()
    assert ask_live(scene, old) == ""
    assert live(scene) == old != new
    reload(scene, tmp_path, NEW)
    assert live(scene) == old, "the same settings again take nothing back"
    inside.types("1")
    assert scene.live("c1").queue_id == "t/sales", "who was in the flow ends in its version"
    told = [(one.what, one.version, one.by) for one in scene.told(FlowVersionChanged)]
    assert told == [("published", new, "ann"), ("rolled_back", old, "bob")]
    restored = Engine.restore(scene.engine.snapshot())
    assert restored.state.flow_versions.served["t/main"].live == old


def test_a_new_version_is_tried_on_a_share_of_the_callers(tmp_path: Path, scene: Scene) -> None:
    old = live(scene)
    reload(scene, tmp_path, NEW, percent=30)
    new = newest(scene)
    for number in range(60):
        scene.call(f"c{number}", "100", f"03012{number:05d}")
    given = {fact.call_id: fact for fact in scene.told(FlowEntered)}
    tried = [fact for fact in given.values() if fact.is_trial]
    assert 8 <= len(tried) <= 30
    assert {fact.version for fact in tried} == {new}
    assert {fact.version for fact in given.values() if not fact.is_trial} == {old}
    for number in range(60):
        scene.call(f"again{number}", "100", f"03012{number:05d}")
    again = {fact.call_id: fact for fact in scene.told(FlowEntered)}
    for number in range(60):
        assert again[f"again{number}"].version == given[f"c{number}"].version
    assert ask_trial(scene, 0) == ""
    assert (live(scene), scene.told(FlowVersionChanged)[-1].what) == (old, "trial_ended")
    assert ask_trial(scene, 5, new) == ""
    assert ask_live(scene, new) == ""
    assert scene.told(FlowVersionChanged)[-1].what == "published"
    assert live(scene) == new


def test_requests_that_cannot_be_met_change_nothing(scene: Scene) -> None:
    before = scene.engine.snapshot()
    assert ask_live(scene, live(scene)) == "that version is live already"
    assert ask_live(scene, "none") == "there is no version none of t/main"
    assert ask_live(scene, "none", "t/none") == "there is no version none of t/none"
    assert ask_trial(scene, 5, live(scene)) == "that version is live already"
    assert ask_trial(scene, 5, "none") == "there is no version none of t/main"
    assert ask_trial(scene, 0) == "no version is tried"
    assert ask_trial(scene, 0, flow_id="t/none") == "no version is tried"
    assert scene.engine.snapshot() == before
    assert not scene.told(FlowVersionChanged)


def test_each_way_out_of_a_flow_is_told_with_its_version(scene: Scene) -> None:
    version = live(scene)
    Caller(scene, "c1").heard().types("1")
    Caller(scene, "c2").heard().types("77")
    Caller(scene, "c3").heard()
    scene.wait(5)
    scene.caller_hangs_up("c3")
    Caller(scene, "c4").heard()
    move = rq.MoveRequested(scene.now_us, call_id="c4", target=ToQueue("t/sales"))
    assert scene.ask(move) == ""
    told = {fact.call_id: fact for fact in scene.told(FlowLeft)}
    assert {call_id: fact.to for call_id, fact in told.items()} == {
        "c1": "queue t/sales", "c2": "hangup", "c3": "abandoned", "c4": "queue t/sales",
    }  # fmt: skip
    assert {fact.version for fact in told.values()} == {version}
    assert told["c3"].lasted_us == 5_000_000
    story = [in_words(fact) for fact in scene.engine.story("c3")]
    assert f"came into flow t/main, version {version}" in story
    assert "left flow t/main because the caller hung up" in story
    assert "left flow t/main for queue t/sales" in [
        in_words(fact) for fact in scene.engine.story("c1")
    ]


def test_who_comes_back_leaves_again(scene: Scene) -> None:
    Caller(scene).heard().types("4")
    scene.feed(ev.NumberEnded(scene.now_us, "c1", False, "busy", 1))
    scene.caller_hangs_up("c1")
    assert [fact.to for fact in scene.told(FlowLeft)] == ["number +4930555", "abandoned"]
    assert len(scene.told(FlowEntered)) == 1
