"""Work after a call: six policies, extended, ended early, asked for."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import requests as rq
from acdengine.centre_facts import AgentStateChanged
from queues.targets import ToQueue
from routing.policy import WrapUpMode, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, queue


def after_a_call(mode: WrapUpMode, asked: bool = False, time_s: int = 30) -> Scene:
    """Anna has talked for a minute; it is the moment after."""
    scene = Scene(
        queue("a"), agent("anna", "a", wrap_up=WrapUpPolicy(mode=mode, time_us=time_s * S))
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    if asked:
        assert ask_for(scene) == ""
    scene.wait(60)
    scene.caller_hangs_up("c1")
    return scene


def ask_for(scene: Scene) -> str:
    return scene.ask(rq.WrapUpRequested(scene.now_us, agent_id="t/anna"))


def extend(scene: Scene, seconds: int) -> str:
    request = rq.WrapUpExtendRequested(scene.now_us, agent_id="t/anna", by_us=seconds * S)
    return scene.ask(request)


def end(scene: Scene) -> str:
    return scene.ask(rq.WrapUpEndRequested(scene.now_us, agent_id="t/anna"))


@pytest.mark.parametrize(
    ("mode", "asked", "state", "after_30_s"),
    [
        ("none", False, "ready", "ready"),
        ("optional", False, "ready", "ready"),
        ("optional", True, "wrap_up", "ready"),
        ("mandatory", False, "wrap_up", "wrap_up"),
        ("timed", False, "wrap_up", "ready"),
        ("forced", False, "wrap_up", "ready"),
        ("on_request", False, "ready", "ready"),
        ("on_request", True, "wrap_up", "ready"),
    ],
)
def test_what_follows_a_call(mode: WrapUpMode, asked: bool, state: str, after_30_s: str) -> None:
    scene = after_a_call(mode, asked)
    assert scene.state("anna") == state
    scene.wait(29)
    assert scene.state("anna") == state
    scene.wait(1)
    assert scene.state("anna") == after_30_s
    scene.wait(3600)
    assert scene.state("anna") == after_30_s


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("mandatory", ""),
        ("timed", ""),
        ("forced", "this wrap-up ends by itself"),
    ],
)
def test_who_may_end_it_early(mode: WrapUpMode, problem: str) -> None:
    scene = after_a_call(mode)
    scene.call("c2", "a")
    scene.wait(10)
    assert end(scene) == problem
    assert scene.ringing("c2") == ([] if problem else ["anna"])
    assert end(scene) == problem or end(scene) == "not in wrap-up"


@pytest.mark.parametrize("mode", ["mandatory", "timed", "forced"])
def test_asking_to_be_ready_ends_it_early_or_is_refused(mode: WrapUpMode) -> None:
    scene = after_a_call(mode)
    problem = scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna"))
    assert problem == ("this wrap-up ends by itself" if mode == "forced" else "")
    assert scene.state("anna") == ("wrap_up" if mode == "forced" else "ready")


def test_it_can_be_extended_up_to_the_limit() -> None:
    scene = after_a_call("timed")
    assert extend(scene, 200) == ""
    scene.wait(30)
    assert scene.state("anna") == "wrap_up"
    assert extend(scene, 101) == "beyond the limit of extensions"
    assert extend(scene, 100) == ""
    assert extend(scene, 0) == "the time to add must be positive"
    assert extend(scene, 1) == "beyond the limit of extensions"
    scene.wait(299)
    assert scene.state("anna") == "wrap_up"
    scene.wait(1)
    assert scene.state("anna") == "ready"
    assert extend(scene, 5) == "no wrap-up with an end"


def test_the_next_wrap_up_can_be_extended_anew() -> None:
    scene = after_a_call("timed")
    assert extend(scene, 300) == ""
    end(scene)
    scene.call("c2", "a")
    scene.talk("anna", 10)
    assert extend(scene, 300) == ""


def test_what_has_no_end_cannot_be_put_off() -> None:
    scene = after_a_call("mandatory")
    assert extend(scene, 10) == "no wrap-up with an end"


def test_optional_wrap_up_can_be_asked_for_shortly_after_the_call() -> None:
    scene = after_a_call("optional")
    scene.wait(20)
    assert ask_for(scene) == ""
    assert scene.state("anna") == "wrap_up"
    scene.call("c2", "a")
    scene.wait(9)
    assert scene.ringing("c2") == []
    scene.wait(1)
    assert scene.ringing("c2") == ["anna"], "within 30 s of the call, all told"


def test_optional_wrap_up_is_not_for_later_nor_for_no_call() -> None:
    scene = after_a_call("optional")
    scene.wait(30)
    assert ask_for(scene) == "there is no call to wrap up"
    scene.sign_out("anna")
    scene.ready("anna")
    assert ask_for(scene) == "there is no call to wrap up", "just signed in"


def test_wrap_up_is_refused_where_there_is_none() -> None:
    scene = after_a_call("none")
    assert ask_for(scene) == "wrap-up is off for this agent"
    scene = after_a_call("on_request")
    assert ask_for(scene) == "there is no call to wrap up"


def test_a_wish_for_wrap_up_is_for_this_call_only() -> None:
    """Also when no conversation comes of the call after all."""
    scene = Scene(queue("a"), agent("anna", "a", wrap_up=WrapUpPolicy(mode="on_request")))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")
    assert ask_for(scene) == ""
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "ready"
    scene.ignored = ()
    scene.call("c2", "a")
    scene.talk("anna", 10)
    assert scene.state("anna") == "ready"


def test_a_transfer_begins_wrap_up_once_and_the_calls_later_end_does_not_touch_it() -> None:
    scene = Scene(
        queue("a"),
        queue("b"),
        agent("anna", "a", wrap_up=WrapUpPolicy(mode="timed", time_us=30 * S)),
        agent("ben", "b"),
    )
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(10)
    scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/b")))
    assert scene.state("anna") == "wrap_up"
    scene.wait(10)
    scene.talk("ben", 15)
    scene.wait(4)
    assert scene.state("anna") == "wrap_up"
    scene.wait(1)
    assert scene.state("anna") == "ready"
    changes = scene.told(AgentStateChanged, agent_id="t/anna", state="wrap_up")
    assert len(changes) == 1


def test_not_ready_and_signing_out_during_wrap_up() -> None:
    scene = after_a_call("timed")
    assert scene.not_ready("anna") == ""
    assert scene.state("anna") == "wrap_up"
    scene.wait(30)
    assert scene.state("anna") == "not_ready break"
    scene = after_a_call("forced")
    assert scene.sign_out("anna") == ""
    assert scene.state("anna") == "logged_out"
    scene.wait(60)
    assert scene.state("anna") == "logged_out"


def test_wrap_up_counts_as_time_at_work_and_in_the_handle_time() -> None:
    scene = after_a_call("timed")
    scene.wait(30)
    assert scene.agent("anna").busy_us == 90 * S
    assert scene.agent("anna").talk_us == 60 * S
    assert scene.engine.state.queues["t/a"].estimate.handle_us == 90 * S
