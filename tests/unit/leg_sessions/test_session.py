"""A script's leg on the simulated switch: steps are awaited, and the engine hears what is its."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine.leg_sessions.port import LegGone, LegIdentity, LegSession
from acdengine.leg_sessions.session import ScriptCentre, ScriptLegs
from acdengine.plan import DialRoute
from acdengine.ports import Source
from acdengine.prompts import SoundPrompt
from acdengine.requests import MoveRequested, TakeBackRequested
from queues.targets import ToQueue

WHO = LegIdentity("c1", "0777", "1")
S = 1_000_000


class Engine:
    """An inbox that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[ev.AnyEvent] = []

    def post(self, event: ev.AnyEvent) -> bool:
        self.events.append(event)
        return True

    def slow_down(self, source: Source) -> None: ...

    def hold(self) -> None: ...

    def release(self) -> None: ...


class Desk:
    """A port that keeps what it is to do."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.ordered: list[cmd.AnyCommand] = []
        self.engine = Engine()
        centre = ScriptCentre(lambda queue_id: queue_id == "t/a")
        self.legs = ScriptLegs(self.engine, centre, lambda: self.now_s)
        self.leg = self.legs.open(self, WHO, {})

    def execute(self, commands: Sequence[cmd.AnyCommand]) -> None:
        self.ordered.extend(commands)

    async def last(self) -> cmd.AnyCommand:
        await asyncio.sleep(0)
        return self.ordered[-1]


async def test_it_is_a_session_of_the_port() -> None:
    session: LegSession = Desk().leg
    assert session.is_up
    assert session.identity == WHO


async def test_a_step_is_answered_and_the_engine_does_not_hear_of_it() -> None:
    desk = Desk()
    playing = asyncio.ensure_future(desk.leg.play([SoundPrompt("a")], "#"))
    assert await desk.last() == cmd.PlayPrompts("c1", "script-1", (SoundPrompt("a"),), "#")
    ended = ev.PromptsFinished(0, "c1", "script-1", "#")
    assert desk.legs.post(ev.PromptHeard(0, "c1", "script-1", 1))
    assert desk.legs.post(ended)
    assert await playing == ended
    assert desk.engine.events == []


async def test_what_is_typed_ahead_goes_with_the_next_collection() -> None:
    desk = Desk()
    for number, digit in enumerate("12", start=1):
        desk.legs.post(ev.DigitPressed(0, "c1", digit, number))
    collecting = asyncio.ensure_future(desk.leg.collect(cmd.Collect("", "", max_digits=1)))
    order = await desk.last()
    assert isinstance(order, cmd.Collect)
    assert (order.call_id, order.typed, order.heard) == ("c1", "12", 2)
    desk.legs.post(
        ev.DigitsCollected(0, "c1", order.collect_id, "value", "1", typed_ahead="2", heard=2)
    )
    assert (await collecting).digits == "1"
    again = asyncio.ensure_future(desk.leg.collect(cmd.Collect("", "")))
    order = await desk.last()
    assert isinstance(order, cmd.Collect)
    assert order.typed == "2"
    again.cancel()


async def test_a_hang_up_ends_the_step_and_reaches_the_engine() -> None:
    desk = Desk()
    recording = asyncio.ensure_future(desk.leg.record(cmd.RecordCaller("", "", "f.wav")))
    waiting = asyncio.ensure_future(desk.leg.wait_hang_up())
    await desk.last()
    gone = ev.CallerHungUp(0, "c1", "busy")
    desk.legs.post(gone)
    with pytest.raises(LegGone, match="busy"):
        await recording
    assert await waiting == "busy"
    assert desk.engine.events == [gone]
    with pytest.raises(LegGone):
        await desk.leg.play([])
    await desk.leg.hang_up()


async def test_a_number_is_dialled_and_its_times_are_told() -> None:
    desk = Desk()
    dialling = asyncio.ensure_future(
        desk.leg.dial("0123", allow=["0"], route=DialRoute(), timeout_us=20 * S)
    )
    order = await desk.last()
    assert isinstance(order, cmd.DialNumber)
    assert order.route.ring_timeout_us == 20 * S
    desk.now_s = 3.0
    desk.legs.post(ev.NumberAnswered(0, "c1", order.attempt))
    desk.now_s = 10.0
    desk.legs.post(ev.NumberEnded(0, "c1", True, "normal", order.attempt))
    outcome = await dialling
    assert (outcome.is_answered, outcome.rang_us, outcome.talked_us) == (True, 3 * S, 7 * S)
    other = ev.NumberEnded(0, "c1", True, "normal", 1)
    desk.legs.post(other)
    assert desk.engine.events == [other], "a number that the engine has dialled"


async def test_variables() -> None:
    desk = Desk()
    reading = asyncio.ensure_future(desk.leg.set_variable("flow_a", "x"))
    order = await desk.last()
    assert isinstance(order, cmd.SetVariable)
    desk.legs.post(ev.VariableRead(0, "c1", order.read_id, None))
    assert not await reading


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (facts.CallEnded(0, "c1", "t", "answered", "caller", "normal"), "answered"),
        (facts.CallLeftQueue(0, "c1", "t/a", "abandoned", 1, 1, False, ""), "abandoned"),
        (facts.CallLeftQueue(0, "c1", "t/a", "overflow", 1, 1, False, "x"), "left"),
        (facts.QueueRefused(0, "c1", "t/a", "full", "x"), "full"),
    ],
)
async def test_a_queue_is_left(told: facts.AnyFact, outcome: str) -> None:
    desk = Desk()
    queueing = asyncio.ensure_future(desk.leg.queue("t/a"))
    await asyncio.sleep(0)
    (asked,) = desk.engine.events
    assert isinstance(asked, MoveRequested)
    assert asked.target == ToQueue("t/a")
    desk.legs.take(1, (told,))
    assert await queueing == outcome


async def taken_back(desk: Desk) -> asyncio.Future[str]:
    queueing = asyncio.ensure_future(desk.leg.queue("t/a", timeout_us=1))
    for _ in range(1_000):
        if len(desk.engine.events) > 1:
            break
        await asyncio.sleep(0.001)
    assert isinstance(desk.engine.events[-1], TakeBackRequested)
    return queueing


async def test_a_queue_that_takes_too_long_gives_the_caller_back() -> None:
    desk = Desk()
    away: list[bool] = []
    desk.leg.on_away = away.append
    assert await desk.leg.queue("t/none") == "refused"
    queueing = await taken_back(desk)
    desk.legs.take(1, (facts.CallLeftQueue(0, "c1", "t/a", "moved", 1, 1, False, "flow"),))
    assert await queueing == "timeout"
    assert away == [True, False]
    assert desk.leg.is_up


async def test_a_caller_who_talks_by_then_talks_on() -> None:
    desk = Desk()
    queueing = await taken_back(desk)
    desk.legs.take(1, (facts.CallEnded(0, "c1", "t", "answered", "caller", "normal"),))
    assert await queueing == "answered"
    assert not desk.leg.is_up


async def test_a_leg_that_has_gone_elsewhere_is_the_centres() -> None:
    desk = Desk()
    queueing = asyncio.ensure_future(desk.leg.queue("t/a"))
    await asyncio.sleep(0)
    desk.legs.take(1, (facts.CallLeftQueue(0, "c1", "t/a", "overflow", 1, 1, False, "x"),))
    assert await queueing == "left"
    with pytest.raises(LegGone):
        await desk.leg.play([SoundPrompt("a")])
    key = ev.DigitPressed(0, "c1", "1", 1)
    desk.legs.post(key)
    assert desk.engine.events[-1] is key


async def test_keys_of_the_queue_are_the_engines() -> None:
    desk = Desk()
    queueing = asyncio.ensure_future(desk.leg.queue("t/a"))
    await asyncio.sleep(0)
    key = ev.DigitPressed(0, "c1", "1", 1)
    desk.legs.post(key)
    assert desk.engine.events[-1] is key
    desk.legs.take(1, (facts.QueueRefused(0, "c1", "t/a", "full", "script"),))
    assert await queueing == "full"
    assert desk.leg.typed_ahead == ("", 1)


async def test_another_script_takes_the_leg_over() -> None:
    desk = Desk()
    playing = asyncio.ensure_future(desk.leg.play([SoundPrompt("a")]))
    await desk.last()
    desk.legs.open(desk, WHO, {})
    with pytest.raises(LegGone):
        await playing


async def test_events_of_other_calls_are_the_engines() -> None:
    desk = Desk()
    desk.legs.close(desk.leg)
    event = ev.DigitPressed(0, "c1", "1", 1)
    desk.legs.post(event)
    desk.legs.post(ev.TimePassed(0))
    assert desk.engine.events[0] == event


async def test_a_recording_goes_on_beside_the_steps() -> None:
    desk = Desk()
    beginning = asyncio.ensure_future(desk.leg.start_recording("t/x.wav"))
    order = await desk.last()
    assert order == cmd.StartRecording("c1", "t/x.wav", stereo=False, by_script=True)
    desk.legs.post(ev.RecordingBegan(0, "c1", "t/x.wav"))
    assert await beginning
    await desk.leg.stop_recording("t/x.wav")
    assert desk.ordered[-1] == cmd.StopRecording("c1", "t/x.wav")
    desk.legs.post(ev.RecordingEnded(0, "c1", "t/x.wav", 5))
    assert desk.engine.events == []
    other = ev.RecordingBegan(0, "c1", "t/engine.wav")
    desk.legs.post(other)
    assert desk.engine.events == [other]


async def test_a_recording_that_is_not_begun() -> None:
    desk = Desk()
    beginning = asyncio.ensure_future(desk.leg.start_recording("t/x.wav"))
    await desk.last()
    desk.legs.post(ev.RecordingEnded(0, "c1", "t/x.wav", 0, "not_recorded"))
    assert not await beginning


async def test_keys_are_sent_to_the_caller() -> None:
    desk = Desk()
    await desk.leg.send_keys("1", 1_000)
    assert desk.ordered == [cmd.SendKeys("c1", "1", 1_000)]
