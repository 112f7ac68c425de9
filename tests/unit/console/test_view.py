"""The view: what is shown is what happened."""

from __future__ import annotations

import asyncio
import io

from msgspec import structs
from rich.console import Console

from acdengine.console.frame import Frame, StepRow
from acdengine.console.live import LiveLines, LiveScreen
from acdengine.console.view import DECISIONS_KEPT, Setting, View
from acdengine.engine import Engine
from acdengine.events import (
    CallBlocked,
    CallBridged,
    CallerHungUp,
    DigitsCollected,
    OfferAnswered,
)
from acdengine.facts import CallConnected, CallStarted, OfferMade
from acdengine.ivr.definition import (
    FlowDefinition,
    HangupStep,
    Listening,
    MenuStep,
    QueueStep,
    WaitStep,
)
from acdengine.plan import Flow, Plan
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from queues.targets import ToFlow, ToQueue
from tests.unit.runtime.centre import DAY_US, HandClock, Nobody, S, arrival, plan, sign_in


def watched(
    setting: Setting | None = None, centre: Plan | None = None
) -> tuple[Runtime, View, HandClock]:
    clock = HandClock()
    runtime = Runtime(Engine(centre or plan(agents=1)), clock)
    runtime.woken_by(Nobody())
    longest = LongestWaits(lambda: runtime.state)
    view = View(runtime, longest, setting)
    runtime.add_sink(longest)
    runtime.add_sink(view)
    return runtime, view, clock


def some_calls() -> tuple[Runtime, View, HandClock]:
    """One call answered, one given up, one waiting for 20 s."""
    runtime, view, clock = watched(Setting("a test", east_us=3600 * S, speed=2.0))
    for event in (*sign_in(1), arrival(1), arrival(2), arrival(3)):
        runtime.post(event)
    runtime.turn()
    offer_id = next(iter(runtime.state.offers))
    clock.us += 8 * S
    for event in (
        OfferAnswered(0, offer_id), CallBridged(0, "c1", offer_id), CallerHungUp(0, "c2"),
        CallBlocked(0, "+4930", "800", "pstn", "channels"),
    ):  # fmt: skip
        runtime.post(event)
    runtime.turn()
    clock.us += 12 * S
    return runtime, view, clock


def test_a_frame_shows_queues_agents_trunks_and_totals() -> None:
    _, view, _ = some_calls()
    frame = view.frame()
    (row,) = frame.queues
    assert (row.queue_id, row.waiting, row.longest_us) == ("acme/sales", 1, 20 * S)
    assert (row.answered, row.abandoned, row.talking, row.working) == (1, 1, 1, 1)
    assert row.estimate_us
    assert frame.agents == {("talking", ""): 1}
    assert [(trunk.trunk_id, trunk.used) for trunk in frame.trunks] == [("pstn", 2)]
    totals = frame.totals
    assert (totals.offered, totals.answered, totals.abandoned, totals.busy) == (3, 1, 1, 1)
    assert (frame.calls, frame.title, frame.speed) == (2, "a test", 2.0)
    assert frame.local_us - frame.now_us == 3600 * S


def test_an_opened_queue_shows_who_waits_and_who_serves_it() -> None:
    _, view, _ = some_calls()
    assert view.frame().detail is None
    assert view.frame("acme/none").detail is None
    detail = view.frame("acme/sales").detail
    assert detail is not None
    (call,) = detail.calls
    assert (call.place, call.call_id, call.waited_us, call.priority) == (1, "c3", 20 * S, 0)
    assert detail.agents == (("talking", "acme/a1"),)
    assert detail.row.threshold_us == 20 * S


def test_the_last_decisions_come_newest_first_and_are_not_kept_for_ever() -> None:
    _, view, _ = watched()
    for n in range(DECISIONS_KEPT + 5):
        made = OfferMade(
            DAY_US + n, f"c{n}", "acme/a1", f"o{n}", "acme/sales", "call", "r", 1, "", ""
        )
        view.take(n, [made])
    shown = view.frame().decisions
    assert [decision.call_id for decision in shown[:2]] == ["c44", "c43"]
    assert len(shown) == DECISIONS_KEPT


def test_calls_a_second_are_those_of_the_last_minute() -> None:
    _, view, clock = watched()
    for n in range(120):
        at_us = DAY_US + n * S
        view.take(n, [CallStarted(at_us, f"c{n}", "acme", "", "800", "pstn", "", 0, "")] * 2)
    clock.us = DAY_US + 119 * S
    assert view.frame().calls_per_s == 2.0
    clock.us += 30 * S
    assert view.frame().calls_per_s == 1.0
    clock.us += 60 * S
    assert view.frame().calls_per_s == 0.0


def test_a_call_that_is_transferred_is_answered_once() -> None:
    _, view, _ = watched()
    for n in (1, 2):
        view.take(n, [CallConnected(DAY_US, "c1", "acme/a1", f"o{n}", "acme/sales", 5, 5)])
    assert view.frame().totals.answered == 1


class Lines(io.StringIO):
    """Says when three lines have been written, from whatever thread."""

    def __init__(self) -> None:
        super().__init__()
        self.third = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def flush(self) -> None:
        if self.getvalue().count("\n") == 3:
            self._loop.call_soon_threadsafe(self.third.set)


async def test_lines_are_written_at_once_now_and_then_and_at_the_end() -> None:
    _, view, _ = some_calls()
    stream = Lines()
    lines = LiveLines(view, stream, every_s=0.001)
    lines.start()
    await stream.third.wait()
    await lines.stop()
    written = stream.getvalue().splitlines()
    assert len(written) >= 4
    assert all("waiting 1 (longest 0:20)" in text for text in written)


async def test_a_reader_that_is_gone_does_not_stop_the_calls() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    _, view, _ = some_calls()
    lines = LiveLines(view, Gone())
    lines.start()
    await lines.stop()


async def test_the_screen_is_drawn_and_given_back() -> None:
    _, view, _ = some_calls()
    drawn = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Screen(LiveScreen):
        def show(self, frame: Frame) -> None:
            super().show(frame)
            loop.call_soon_threadsafe(drawn.set)

    file = io.StringIO()
    ended: list[str] = []
    shown = Screen(view, Console(file=file, force_terminal=True, width=100, height=30),
                   lambda: ended.append("asked"))  # fmt: skip
    shown.start()
    await drawn.wait()
    for key in ("enter", "q", "y"):
        drawn.clear()
        shown.pressed(key)
        await drawn.wait()
    assert ended == ["asked"]
    await shown.stop()
    text = file.getvalue()
    assert "acme/" in text
    assert "Stop the engine?" in text
    assert "\x1b[?1049h" in text
    assert text.index("\x1b[?1049l") < text.rindex("offered 3 answered 1 abandoned 1")


def test_it_counts_the_callers_in_each_step_of_a_flow() -> None:
    menu = FlowDefinition(
        flow_id="acme/menu",
        first="choose",
        steps={
            "choose": MenuStep(listening=Listening(), keys={"1": "sales", "2": "more"}),
            "more": MenuStep(listening=Listening(), keys={"1": "end"}),
            "sales": QueueStep(queue_id="acme/sales"),
            "end": HangupStep(),
        },
    )
    short = Flow(flow_id="acme/short", prompts=("hello",), then=ToQueue("acme/sales"))
    centre = plan(agents=1)
    numbers = {"800": ToFlow("acme/menu"), "900": ToFlow("acme/short")}
    tenant = structs.replace(centre.tenants["acme"], numbers=numbers)
    centre = structs.replace(
        centre,
        tenants={"acme": tenant},
        ivr_flows={"acme/menu": menu},
        flows={"acme/short": short},
    )
    runtime, view, _ = watched(centre=centre)
    assert view.frame().steps == ()
    for number in range(1, 6):
        runtime.post(arrival(number))
    runtime.post(structs.replace(arrival(6), dnis="900"))
    runtime.turn()
    assert view.frame().steps == (
        StepRow("acme/menu", "choose", 5), StepRow("acme/short", "prompts", 1),
    )  # fmt: skip
    for number, digits in ((1, "1"), (2, "2")):
        ivr = runtime.state.calls[f"c{number}"].ivr
        assert ivr is not None
        assert ivr.run.pending is not None
        ticket = f"flow-{ivr.run.pending.ticket}"
        runtime.post(DigitsCollected(0, f"c{number}", ticket, "value", digits))
    runtime.turn()
    # One has gone on to the queue, which shows it.
    assert view.frame().steps == (
        StepRow("acme/menu", "choose", 3),
        StepRow("acme/menu", "more", 1),
        StepRow("acme/short", "prompts", 1),
    )
    assert watched()[1].frame().steps is None


def test_callers_in_a_flow_beside_a_queue_count_and_the_fullest_flow_is_first() -> None:
    hold = FlowDefinition(
        flow_id="acme/hold",
        first="rest",
        steps={"rest": WaitStep(time_us=60_000_000, next="rest")},
    )
    menu = FlowDefinition(
        flow_id="acme/menu",
        first="sales",
        steps={"sales": QueueStep(queue_id="acme/sales", while_waiting="acme/hold")},
    )
    box = FlowDefinition(
        flow_id="acme/box", first="a", steps={"a": WaitStep(time_us=60_000_000, next="a")}
    )
    centre = plan(agents=0)
    numbers = {"800": ToFlow("acme/menu"), "900": ToFlow("acme/box")}
    tenant = structs.replace(centre.tenants["acme"], numbers=numbers)
    flows = {flow.flow_id: flow for flow in (hold, menu, box)}
    centre = structs.replace(centre, tenants={"acme": tenant}, ivr_flows=flows)
    runtime, view, _ = watched(centre=centre)
    runtime.post(structs.replace(arrival(1), dnis="900"))
    for number in (2, 3):
        runtime.post(arrival(number))
    runtime.turn()
    assert view.frame().steps == (StepRow("acme/hold", "rest", 2), StepRow("acme/box", "a", 1))
    (row,) = [row for row in view.frame().queues if row.queue_id == "acme/sales"]
    assert row.waiting == 2
