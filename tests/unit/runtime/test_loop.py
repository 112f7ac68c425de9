"""The loop: order, time, numbers, replies, and what goes wrong around it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from acdengine.commands import (
    CancelDial,
    CancelRing,
    DialCustomer,
    PlayMusic,
    RejectCall,
    RingAgent,
)
from acdengine.engine import Engine
from acdengine.engine.records import Call
from acdengine.engine.waiting_deadlines import WaitingDeadlines
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent, CallerHungUp, OfferAnswered, OfferEnded, TimePassed
from acdengine.facts import CallLeftQueue, CallQueued, CallRefused, CallStarted
from acdengine.requests import DrainRequested, HoldRequested, NotReadyRequested, SignInRequested
from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.inbox import InboxLimits
from acdengine.runtime.journal import Journal
from acdengine.runtime.loop import TURN_LIMIT, Runtime
from acdengine.runtime.masking import Masks
from acdengine.runtime.pending_requests import BUSY, DEFECT, STOPPED
from acdengine.runtime.recovery import recover
from bench.core import is_compiled
from tests.unit.runtime.centre import DAY_US, HandClock, Nobody, Recorder, S, arrival, plan, sign_in
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual


def runtime(
    journal: Journal | None = None, limits: InboxLimits | None = None
) -> tuple[Runtime, Recorder, HandClock]:
    """A runtime that is turned by hand."""
    clock = HandClock()
    made = Runtime(Engine(plan()), clock, journal=journal, limits=limits)
    made.woken_by(Nobody())
    recorder = Recorder()
    made.attach(recorder)
    made.add_sink(recorder)
    return made, recorder, clock


def test_facts_are_told_before_the_commands_that_come_of_them_go_out() -> None:
    made, recorder, _ = runtime()
    made.post(arrival(1))
    made.turn()
    kinds = [type(thing) for thing in recorder.seen]
    assert kinds.index(CallQueued) < kinds.index(PlayMusic)


def test_events_are_on_disk_before_their_commands_go_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "never")
    journal.rotate(0, Engine(plan()).snapshot())
    made, recorder, _ = runtime(journal)
    on_disk: list[int] = []

    class Port:
        def execute(self, commands: object) -> None:
            recovered = recover(tmp_path)
            assert recovered is not None
            on_disk.append(recovered.seq)

    made.attach(Port())
    made.post(arrival(1))
    made.post(arrival(2))
    made.turn()
    journal.close()
    assert on_disk == [2]
    assert recorder.seqs == [1, 2]


def test_events_are_stamped_now_or_with_their_own_time_if_it_is_neither_past_nor_future() -> None:
    made, recorder, clock = runtime()
    clock.us = DAY_US + 10 * S
    made.post(arrival(1, DAY_US + 4 * S))
    made.post(arrival(2, DAY_US + 3 * S))
    made.post(arrival(3, DAY_US + 999 * S))
    clock.us = DAY_US + 11 * S
    made.post(arrival(4))
    made.turn()
    started = [fact.at_us - DAY_US for fact in recorder.seen if isinstance(fact, CallStarted)]
    assert started == [4 * S, 4 * S, 11 * S, 11 * S]


def test_time_never_goes_back_even_if_the_clock_does() -> None:
    made, recorder, clock = runtime()
    made.post(arrival(1))
    made.turn()
    clock.us -= 5 * S
    made.post(arrival(2))
    made.turn()
    started = [fact.at_us for fact in recorder.seen if isinstance(fact, CallStarted)]
    assert started == [DAY_US, DAY_US]


async def test_a_request_is_answered_with_what_the_engine_says() -> None:
    made, _, _ = runtime()
    made.start()
    assert await made.request(SignInRequested(0, agent_id="acme/a1")) == ""
    assert "reason" in await made.request(NotReadyRequested(0, agent_id="acme/a1", reason="zzz"))
    assert await made.request(SignInRequested(0, agent_id="acme/nobody")) != ""
    assert made.state.agents["acme/a1"].state == "not_ready"


async def test_what_a_source_hands_over_together_is_handled_when_that_was_all() -> None:
    made, recorder, _ = runtime()
    made.start()
    made.hold()
    made.post(arrival(1))
    made.post(arrival(2))
    await asyncio.sleep(0)
    assert recorder.seen == []
    made.release()
    assert [fact.call_id for fact in recorder.seen if isinstance(fact, CallStarted)] == ["c1", "c2"]
    made.post(arrival(3))
    await asyncio.sleep(0)
    assert made.state.calls.keys() == {"c1", "c2", "c3"}


async def test_more_than_one_turn_takes_is_left_to_the_next_though_it_was_handed_over_at_once() -> (
    None
):
    made, _, _ = runtime()
    made.start()
    made.hold()
    for number in range(TURN_LIMIT + 1):
        made.post(CallerHungUp(0, f"nobody {number}"))
    made.release()
    assert made.inbox_depth() == 1
    await asyncio.sleep(0)
    assert made.inbox_depth() == 0


async def test_nothing_is_handled_before_the_start_nor_after_the_end() -> None:
    made, recorder, _ = runtime()
    made.hold()
    made.post(arrival(1))
    made.release()
    assert recorder.seen == []
    made.start()
    await asyncio.sleep(0)
    assert recorder.seen
    await made.stop()
    seen = len(recorder.seen)
    made.hold()
    assert not made.post(arrival(2))
    made.release()
    assert len(recorder.seen) == seen


async def test_two_requests_under_one_id_are_refused() -> None:
    made, _, _ = runtime()
    made.start()
    first = asyncio.ensure_future(made.request(DrainRequested(0, request_id="mine")))
    await asyncio.sleep(0)
    with pytest.raises(ValueError, match="under way"):
        await made.request(DrainRequested(0, request_id="mine"))
    assert await first == ""


async def test_requests_meet_a_long_inbox_and_a_stopped_daemon() -> None:
    made, _, _ = runtime(limits=InboxLimits(high=1, low=0, limit=10))
    made.start()
    made.post(CallerHungUp(0, "nobody"))
    assert await made.request(SignInRequested(0, agent_id="acme/a1")) == BUSY
    await made.stop()
    assert await made.request(SignInRequested(0, agent_id="acme/a1")) == STOPPED
    assert not made.post(arrival(1))


def test_a_call_that_comes_to_a_long_inbox_meets_congestion_and_is_reported() -> None:
    made, recorder, _ = runtime(limits=InboxLimits(high=1, low=0, limit=2))
    assert made.post(CallerHungUp(0, "nobody"))
    assert made.post(arrival(1))
    assert recorder.seen == [
        CallRefused(DAY_US, "c1", "", "+49305550001", "800", "pstn", "congestion"),
        RejectCall("c1", "congestion"),
    ] or recorder.seen == [
        RejectCall("c1", "congestion"),
        CallRefused(DAY_US, "c1", "", "+49305550001", "800", "pstn", "congestion"),
    ]
    assert made.post(CallerHungUp(0, "nobody"))
    assert not made.post(CallerHungUp(0, "nobody")), "lost, and the adapter is told so"


def test_an_event_that_the_tables_do_not_allow_is_counted_and_the_next_one_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, recorder, _ = runtime()
    _stumble(monkeypatch, InvalidTransition("call c1", "waiting", "held", ()))
    for event in (arrival(1), HoldRequested(0, call_id="c1"), arrival(2)):
        made.post(event)
    made.turn()
    assert made.meters.invalid_transitions == 1
    assert [fact.call_id for fact in recorder.seen if isinstance(fact, CallQueued)] == ["c1", "c2"]


async def test_whoever_asked_for_what_could_not_be_taken_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, _, _ = runtime()
    _stumble(monkeypatch, InvalidTransition("call c1", "waiting", "held", ()))
    made.start()
    assert await made.request(HoldRequested(0, call_id="c1")) == DEFECT


def test_an_engine_that_fails_is_rebuilt_without_the_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, "never")
    made, recorder, _ = runtime(journal)
    journal.rotate(0, made.engine.snapshot())
    _stumble(monkeypatch, KeyError("a defect"))
    for event in (arrival(1), HoldRequested(0, call_id="c1"), arrival(2)):
        made.post(event)
    made.turn()
    assert made.meters.rebuilds == 1
    assert list(made.state.calls) == ["c1", "c2"]
    assert [fact.call_id for fact in recorder.seen if isinstance(fact, CallQueued)] == ["c1", "c2"]
    journal.close()
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.seq, recovered.poisoned) == (3, [])


def test_an_event_that_is_refused_changes_nothing_then_and_in_a_replay(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "never")
    made, recorder, clock = runtime(journal)
    journal.rotate(0, made.engine.snapshot())
    for event in (*sign_in(1), arrival(1)):
        made.post(event)
    made.turn()
    # What a defect would do; the state is written, so that the journal knows it too.
    made.state.calls["c1"].state = "talking"
    made.snapshot()
    before, seen = made.engine.snapshot(), len(recorder.seen)
    clock.us += S
    made.post(OfferAnswered(0, "c1-1"))
    with capture_logs() as logged:
        made.turn()
    assert made.engine.snapshot() == before
    assert len(recorder.seen) == seen, "neither commands nor facts"
    assert (made.meters.invalid_transitions, made.meters.rebuilds) == (1, 0)
    (said,) = logged
    assert (said["event_type"], said["who"], said["state"]) == (
        "OfferAnswered", "call c1", "talking",
    )  # fmt: skip
    assert [fact["type"] for fact in said["story"]] == ["CallStarted", "CallQueued", "OfferMade"]
    journal.close()
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.refused, recovered.poisoned, recovered.voided) == (1, [], 0)
    assert recovered.engine.snapshot() == before


def test_a_state_that_contradicts_itself_is_rebuilt_counted_and_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "never")
    made, recorder, clock = runtime(journal)
    journal.rotate(0, made.engine.snapshot())
    for event in sign_in(1):
        made.post(event)
    made.turn()
    before = made.engine.snapshot()
    # What nobody has written down: an agent in the pool who is not ready.
    made.state.agents["acme/a1"].state = "not_ready"
    clock.us += S
    made.post(arrival(1))
    with capture_logs() as logged:
        made.turn()
    assert made.engine.snapshot() == before
    assert recorder.seen[-2:] == [
        RejectCall("c1", "congestion"),
        CallRefused(
            clock.us, "c1", "", "+49305550001", "800", "pstn", "congestion"
        ),
    ] or recorder.seen[-2:] == [
        CallRefused(
            clock.us, "c1", "", "+49305550001", "800", "pstn", "congestion"
        ),
        RejectCall("c1", "congestion"),
    ]  # fmt: skip
    assert (made.meters.invalid_transitions, made.meters.rebuilds) == (1, 1)
    said = [line for line in logged if line["event"] == "invalid transition"]
    assert [(line["who"], line["event_type"]) for line in said] == [
        ("agent acme/a1", "CallArrived")
    ]
    made.post(arrival(2))
    made.turn()
    assert list(made.state.calls) == ["c2"]
    assert isinstance(recorder.seen[-1], RingAgent)


@pytest.mark.skipif(is_compiled(), reason="the parts of a compiled engine cannot be replaced")
def test_a_deadline_that_brings_the_engine_down_is_left_out_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = WaitingDeadlines.due

    def stumble(self: WaitingDeadlines, call: Call) -> None:
        if call.call_id == "c1":
            raise KeyError("a defect")
        due(self, call)

    monkeypatch.setattr(WaitingDeadlines, "due", stumble)
    journal = Journal(tmp_path, "never")
    made, _, clock = runtime(journal)
    journal.rotate(0, made.engine.snapshot())
    for number in (1, 2):
        made.post(arrival(number))
    made.turn()
    clock.us = made.engine.next_due_us() + S
    made.post(arrival(3))
    made.turn()
    assert made.meters.rebuilds == 1
    assert list(made.state.calls) == ["c1", "c2", "c3"], "the event was taken"
    assert made.state.calls["c1"].deadline == 0
    assert made.engine.next_due_us() > clock.us, "the other deadline was done"
    seq = made.seq
    journal.close()
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.seq, recovered.poisoned) == (seq, [])
    recovered.engine.drain_facts()
    assert recovered.engine.snapshot() == made.engine.snapshot()


def test_without_a_journal_a_failed_engine_ends_the_daemon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, _, _ = runtime()
    failures: list[BaseException] = []
    made.on_failure = failures.append
    _stumble(monkeypatch, KeyError("a defect"))
    made.post(HoldRequested(0, call_id="c1"))
    made.turn()
    assert [type(error) for error in failures] == [KeyError]
    assert not made.post(arrival(1))


def _stumble(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    handle = Engine.handle

    def stumble(self: Engine, event: AnyEvent) -> object:
        if isinstance(event, HoldRequested):
            raise error
        return handle(self, event)

    monkeypatch.setattr(Engine, "handle", stumble)


def test_a_port_or_a_sink_that_fails_does_not_stop_the_others() -> None:
    class Broken:
        def execute(self, commands: object) -> None:
            raise OSError("gone")

        def take(self, seq: int, facts: object) -> None:
            raise OSError("gone")

    made, recorder, _ = runtime()
    made.attach(Broken())
    made.add_sink(Broken())
    made.post(arrival(1))
    made.turn()
    assert made.meters.sink_errors == 1
    assert made.meters.port_errors == 1
    assert any(isinstance(thing, PlayMusic) for thing in recorder.seen)


def test_commands_go_to_the_port_of_the_calls_node_and_unknown_ones_to_all() -> None:
    made = Runtime(Engine(plan()), HandClock())
    ports = {node: Recorder() for node in ("fs1", "fs2")}
    for node, port in ports.items():
        made.attach(port, [node])
    made.woken_by(Nobody())
    for event in sign_in(1):
        made.post(event)
    made.post(replace(arrival(1), node_id="fs2"))
    made.post(replace(arrival(2), node_id="fs1"))
    made.turn()
    rung = {
        node: [c for c in port.seen if isinstance(c, RingAgent)] for node, port in ports.items()
    }
    assert [len(rung["fs1"]), len(rung["fs2"])] == [0, 1]
    assert any(isinstance(c, PlayMusic) and c.call_id == "c2" for c in ports["fs1"].seen)
    assert not any(getattr(c, "call_id", "") == "c1" for c in ports["fs1"].seen)
    made._dispatcher.send(
        made._dispatcher.route([(1, [CancelRing("an offer of before")])], made.state)
    )
    assert ports["fs1"].seen[-1] == ports["fs2"].seen[-1] == CancelRing("an offer of before")


def test_a_customer_is_rung_back_by_one_switch() -> None:
    made = Runtime(Engine(plan()), HandClock())
    ports = [Recorder(), Recorder()]
    for node, port in zip(("fs1", "fs2"), ports, strict=True):
        made.attach(port, [node])
    made.woken_by(Nobody())
    made.post(replace(arrival(1), node_id="fs1"))
    made.turn()
    made.state.calls["c1"].node_id = ""
    dial = DialCustomer("c1", "0123", S)
    made._dispatcher.send(made._dispatcher.route([(1, [dial, CancelDial("c1")])], made.state))
    assert [dial in port.seen for port in ports] == [True, False]
    assert all(CancelDial("c1") in port.seen for port in ports)


def test_what_is_due_is_done_in_time_and_the_daemon_waits_between() -> None:
    loop = VirtualLoop()
    recorder = Recorder()

    async def main() -> list[int]:
        made = Runtime(Engine(plan()), ScaledClock(DAY_US, 1.0, loop.now_ns))
        made.attach(recorder)
        made.add_sink(recorder)
        made.start()
        for event in sign_in(1):
            made.post(event)
        made.post(arrival(1))
        await asyncio.sleep(19.9)
        before = len(made.state.offers)
        await asyncio.sleep(0.2)
        offer = next(iter(made.state.offers.values()))
        made.post(OfferEnded(0, offer.offer_id, "no_answer"))
        await asyncio.sleep(1)
        return [before, sum(made.meters.events.values())]

    before, events = run_virtual(main(), loop)
    cancelled = [thing for thing in recorder.seen if isinstance(thing, CancelRing)]
    assert (before, len(cancelled)) == (1, 1), "after the ring timeout of 20 s"
    assert events < 20, "a timer that fires again and again is a busy loop"


async def test_a_burst_is_handled_in_turns() -> None:
    made, _, _ = runtime()
    made.start()
    for n in range(1, 3 * TURN_LIMIT):
        made.post(arrival(n))
    seen: list[int] = []
    while made.inbox_depth():
        seen.append(made.inbox_depth())
        await asyncio.sleep(0)
    assert seen == [191, 127, 63]


async def test_stopping_handles_what_has_come_in_and_writes_the_state(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    made, recorder, _ = runtime(journal)
    made.start()
    made.post(arrival(1))
    made.post(CallerHungUp(0, "c1"))
    await made.stop()
    assert any(isinstance(fact, CallLeftQueue) for fact in recorder.seen)
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.seq, recovered.replayed) == (2, 0)


def test_the_time_of_a_deadline_is_the_time_it_is_handled() -> None:
    made, _, clock = runtime()
    made.post(arrival(1))
    made.turn()
    clock.us += 30 * S
    made.post(TimePassed(0))
    made.turn()
    assert made.state.now_us == DAY_US + 30 * S


@pytest.mark.parametrize(("masks", "shown"), [(Masks(3), "***001"), (None, "+49305550001")])
def test_the_log_tells_the_story_of_what_was_not_allowed(
    monkeypatch: pytest.MonkeyPatch, masks: Masks | None, shown: str
) -> None:
    made = Runtime(Engine(plan()), HandClock(), masks=masks)
    made.woken_by(Nobody())
    made.post(arrival(1))
    made.turn()
    story = made.engine.story("c1")
    _stumble(monkeypatch, InvalidTransition("call c1", "waiting", "held", story))
    made.post(HoldRequested(0, call_id="c1"))
    with capture_logs() as logged:
        made.turn()
    (said,) = logged
    assert (said["event"], said["log_level"], said["seq"]) == ("invalid transition", "error", 2)
    assert said["story"][0]["ani"] == shown
