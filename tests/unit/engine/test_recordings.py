"""Recordings of conversations: which there are, when they begin and end, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.centre_facts import RecordingSpaceChanged
from acdengine.conversation_facts import (
    RecordingLeftOut,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call, Caller
from acdengine.live_legs import LiveCall
from queues.policy import RecordingPolicy
from queues.targets import ToQueue
from tests.unit.engine.scene import S, Scene, agent, queue


def talking(**policy: Any) -> Scene:
    """Anna talks with the caller of c1."""
    scene = Scene(queue("a", recording=RecordingPolicy(**policy)), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a", ani="+4930123456", node_id="east")
    scene.answers("anna")
    return scene


def began(scene: Scene) -> str:
    """The switch says that it writes; the file."""
    file = scene.live("c1").recording
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    return file


def ask(scene: Scene, kind: Any) -> str:
    return scene.ask(kind(scene.now_us, call_id="c1", by="lead"))


def test_a_conversation_is_recorded_from_the_bridge_to_its_end() -> None:
    scene = talking(mode="always", stereo=False)
    file = "t/2026-01-05/20260105-080001_a_anna_x456_c1_1.wav"
    assert scene.ordered(cmd.StartRecording) == [cmd.StartRecording("c1", file, False)]
    assert not scene.told(RecordingStarted), "the switch has not said so"
    began(scene)
    began(scene)
    (started,) = scene.told(RecordingStarted)
    assert (started.agent_id, started.queue_id, started.by) == ("t/anna", "t/a", "policy")
    scene.agent_hangs_up("anna")
    assert scene.ordered(cmd.StopRecording) == [cmd.StopRecording("c1", file)]
    assert scene.is_over("c1")
    scene.feed(ev.RecordingEnded(scene.now_us, "c1", file, 7 * S))
    scene.feed(ev.RecordingEnded(scene.now_us, "c1", file, 7 * S))
    (stopped,) = scene.told(RecordingStopped)
    assert (stopped.file, stopped.length_us, stopped.agent_id) == (file, 7 * S, "t/anna")
    assert scene.engine.story("c1")[-1] == stopped, "after the end of the call"


@pytest.mark.parametrize("mode", ["never", "on_request"])
def test_what_is_not_to_be_recorded_is_not(mode: str) -> None:
    assert not talking(mode=mode).ordered(cmd.StartRecording)


def test_a_share_of_the_calls_is_recorded_and_always_the_same_ones() -> None:
    scene = Scene(queue("a", recording=RecordingPolicy(mode="share", share_permille=250)))
    part = Recordings(scene.engine.state)

    def call(n: int) -> Call:
        call = Call(f"call-{n}", "t", n, "l", Caller("", "", ""), "", "")
        call.last_queue_id = "t/a"
        return call

    wanted = [part._wanted(call(n)) for n in range(2000)]
    assert 0.22 < sum(wanted) / len(wanted) < 0.28
    assert wanted == [part._wanted(call(n)) for n in range(2000)]


def test_each_conversation_has_a_file_of_its_own() -> None:
    scene = talking(mode="always")
    first = began(scene)
    scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/a")))
    scene.answers("anna")
    second = scene.live("c1").recording
    assert first.endswith("_c1_1.wav")
    assert second.endswith("_c1_2.wav")
    assert scene.ordered(cmd.StopRecording) == [cmd.StopRecording("c1", first)]


def test_pausing_and_resuming() -> None:
    scene = talking(mode="always")
    file = began(scene)
    assert ask(scene, rq.RecordingResumeRequested) == "it is not paused"
    assert ask(scene, rq.RecordingPauseRequested) == ""
    assert ask(scene, rq.RecordingPauseRequested) == "it is paused already"
    assert ask(scene, rq.RecordingResumeRequested) == ""
    assert scene.ordered(cmd.PauseRecording) == [cmd.PauseRecording("c1", file)]
    assert scene.ordered(cmd.ResumeRecording) == [cmd.ResumeRecording("c1", file)]
    assert [f.by for f in scene.told(RecordingPaused)] == ["lead"]
    assert [f.by for f in scene.told(RecordingResumed)] == ["lead"]
    assert ask(scene, rq.RecordingStopRequested).startswith("it is recorded by the queue's policy")


@pytest.mark.parametrize("mode", ["always", "share"])
def test_a_supervisor_stops_what_the_policy_records_for_the_rest_of_the_call(mode: str) -> None:
    policy = RecordingPolicy(mode=mode, supervisors_may_stop=True)  # type: ignore[arg-type]
    scene = Scene(queue("a", recording=policy), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    file = began(scene)
    assert ask(scene, rq.RecordingStopRequested).startswith("it is recorded by the queue's policy")
    stop = rq.RecordingStopRequested(scene.now_us, call_id="c1", by="lead", as_supervisor=True)
    assert scene.ask(stop) == ""
    assert scene.ordered(cmd.StopRecording) == [cmd.StopRecording("c1", file)]
    scene.feed(ev.RecordingEnded(scene.now_us, "c1", file, 7 * S))
    target = ToQueue("t/a")
    assert scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=target)) == ""
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    assert len(scene.ordered(cmd.StartRecording)) == 1
    assert ask(scene, rq.RecordingStartRequested) == "", "somebody may ask for it again"


def test_a_policy_that_does_not_say_so_is_not_stopped_by_a_supervisor_either() -> None:
    scene = talking(mode="always")
    began(scene)
    stop = rq.RecordingStopRequested(scene.now_us, call_id="c1", by="lead", as_supervisor=True)
    assert scene.ask(stop).startswith("it is recorded by the queue's policy")


@pytest.mark.parametrize("on_hold", [True, False])
def test_music_on_hold_is_recorded_or_not(on_hold: bool) -> None:
    scene = talking(mode="always", on_hold=on_hold)
    began(scene)
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))
    scene.ask(rq.RetrieveRequested(scene.now_us, call_id="c1"))
    masked = [fact.by for fact in scene.told(RecordingPaused)]
    assert masked == ([] if on_hold else ["hold"])
    assert len(scene.ordered(cmd.ResumeRecording)) == len(masked)


def test_what_somebody_paused_stays_paused_after_a_hold() -> None:
    scene = talking(mode="always")
    began(scene)
    ask(scene, rq.RecordingPauseRequested)
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))
    scene.ask(rq.RetrieveRequested(scene.now_us, call_id="c1"))
    assert len(scene.ordered(cmd.PauseRecording)) == 1
    assert not scene.ordered(cmd.ResumeRecording)
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))
    assert ask(scene, rq.RecordingResumeRequested) == ""
    assert not scene.ordered(cmd.ResumeRecording), "the caller still hears music"
    scene.ask(rq.RetrieveRequested(scene.now_us, call_id="c1"))
    assert len(scene.ordered(cmd.ResumeRecording)) == 1


def test_somebody_asks_for_a_recording() -> None:
    scene = talking(mode="on_request")
    assert ask(scene, rq.RecordingPauseRequested) == "this conversation is not being recorded"
    assert ask(scene, rq.RecordingStopRequested) == "this conversation is not being recorded"
    assert ask(scene, rq.RecordingStartRequested) == ""
    assert ask(scene, rq.RecordingStartRequested) == "it is being recorded already"
    file = began(scene)
    assert scene.told(RecordingStarted)[0].by == "lead"
    assert ask(scene, rq.RecordingStopRequested) == ""
    assert scene.ordered(cmd.StopRecording) == [cmd.StopRecording("c1", file)]
    assert ask(scene, rq.RecordingStartRequested) == ""
    assert scene.live("c1").recording.endswith("_2.wav")


def test_what_is_never_recorded_is_not_on_request_either() -> None:
    scene = talking(mode="never")
    assert ask(scene, rq.RecordingStartRequested) == "this queue's calls are never recorded"
    scene.caller_hangs_up("c1")
    assert ask(scene, rq.RecordingStartRequested) == "the call has ended"


def test_a_recording_that_could_not_be_begun_is_left_out() -> None:
    scene = talking(mode="always")
    file = scene.live("c1").recording
    scene.feed(ev.RecordingEnded(scene.now_us, "c1", file, 0, "not_recorded"))
    assert [fact.reason for fact in scene.told(RecordingLeftOut)] == ["not_recorded"]
    assert scene.live("c1").recording == ""
    assert scene.live("c1").state == "talking", "the conversation goes on"


def test_without_space_none_is_begun_and_calls_go_on() -> None:
    scene = Scene(queue("a", recording=RecordingPolicy(mode="always")), agent("anna", "a"))
    scene.feed(ev.SpaceChanged(scene.now_us, "east", False, 9))
    scene.feed(ev.SpaceChanged(scene.now_us, "east", False, 8))
    scene.ready("anna")
    for node, count in (("east", 0), ("west", 1)):
        call_id = scene.call(node, "a", node_id=node)
        scene.talk("anna", 5)
        assert len(scene.ordered(cmd.StartRecording, call_id=call_id)) == count
    assert [fact.reason for fact in scene.told(RecordingLeftOut)] == ["disk"]
    scene.feed(ev.SpaceChanged(scene.now_us, "east", True, 99))
    assert [f.enough for f in scene.told(RecordingSpaceChanged)] == [False, True]


def synced(scene: Scene, *files: str, up: bool = True) -> None:
    live = LiveCall(
        "c1", "leg-c1", "+49", "a", "trunk", queue_id="t/a", offer_id="c1-1", agent_id="t/anna",
        recordings=files,
    )  # fmt: skip
    calls, offers = ((live,), ("c1-1",)) if up else ((), ())
    scene.feed(ev.SwitchSynced(scene.now_us, "east", calls, offers))


def test_comparing_gives_a_lost_order_again_and_takes_in_what_was_not_heard() -> None:
    scene = talking(mode="always")
    file = scene.live("c1").recording
    synced(scene)
    assert len(scene.ordered(cmd.StartRecording)) == 2
    synced(scene, file)
    assert len(scene.told(RecordingStarted)) == 1
    synced(scene, file, "t/stray.wav")
    assert scene.ordered(cmd.StopRecording) == [cmd.StopRecording("c1", "t/stray.wav")]
    synced(scene)
    assert [fact.cause for fact in scene.told(RecordingStopped)] == ["lost"]
    assert scene.live("c1").recording == ""


def test_comparing_tells_again_whether_anything_is_on_record() -> None:
    scene = talking(mode="always")
    file = began(scene)
    synced(scene, file)
    assert scene.ordered(cmd.ResumeRecording) == [], "never paused"
    ask(scene, rq.RecordingPauseRequested)
    synced(scene, file)
    assert scene.ordered(cmd.PauseRecording) == [cmd.PauseRecording("c1", file)] * 2
    ask(scene, rq.RecordingResumeRequested)
    synced(scene, file)
    assert scene.ordered(cmd.PauseRecording) == [cmd.PauseRecording("c1", file)] * 2
    assert scene.ordered(cmd.ResumeRecording) == [cmd.ResumeRecording("c1", file)] * 2
    assert len(scene.told(RecordingPaused)) == len(scene.told(RecordingResumed)) == 1


def test_an_end_that_was_lost_is_found_by_comparing() -> None:
    scene = talking(mode="always")
    file = began(scene)
    ask(scene, rq.HangUpRequested)
    assert scene.engine.state.recordings[file].state == "stopping"
    synced(scene, up=False)
    assert not scene.engine.state.recordings
    assert [fact.cause for fact in scene.told(RecordingStopped)] == ["lost"]


def test_with_a_node_its_recordings_go() -> None:
    scene = talking(mode="always")
    began(scene)
    scene.feed(ev.SwitchLost(scene.now_us, "east"))
    assert not scene.engine.state.recordings
    assert [fact.cause for fact in scene.told(RecordingStopped)] == ["lost"]


def test_an_engine_that_lost_its_memory_goes_on_with_the_file() -> None:
    scene = Scene(queue("a", recording=RecordingPolicy(mode="always")), agent("anna", "a"))
    scene.sign_in("anna")
    synced(scene, "t/old.wav")
    assert scene.live("c1").state == "talking"
    assert not scene.ordered(cmd.StartRecording)
    (started,) = scene.told(RecordingStarted)
    assert started.file == scene.live("c1").recording == "t/old.wav"
    scene.caller_hangs_up("c1")
    scene.feed(ev.RecordingEnded(scene.now_us, "c1", "t/old.wav", 9 * S))
    assert scene.told(RecordingStopped)[0].agent_id == "t/anna"
