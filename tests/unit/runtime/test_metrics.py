"""Metrics: what Prometheus reads is what happened."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from acdengine.conversation_facts import RecordingLeftOut, RecordingStopped
from acdengine.engine import Engine
from acdengine.events import CallBridged, CallerHungUp, OfferAnswered, SpaceChanged
from acdengine.facts import EstimateChecked, MessageStored, NumberMissed, NumberReached
from acdengine.requests import ConsultRequested, SuperviseRequested
from acdengine.runtime.exposition import Family, HistogramFamily
from acdengine.runtime.histogram import Histogram
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from tests.unit.runtime.centre import DAY_US, HandClock, Nobody, S, arrival, plan, sign_in

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


@pytest.fixture
def centre() -> tuple[Runtime, Metrics, HandClock]:
    clock = HandClock()
    runtime = Runtime(Engine(plan(agents=1)), clock)
    runtime.woken_by(Nobody())
    longest = LongestWaits(lambda: runtime.state)
    metrics = Metrics(runtime, longest)
    runtime.add_sink(longest)
    runtime.add_sink(metrics)
    return runtime, metrics, clock


def test_what_waits_what_rings_and_who_works(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    runtime, metrics, clock = centre
    for event in (*sign_in(1), arrival(1), arrival(2), arrival(3)):
        runtime.post(event)
    runtime.turn()
    clock.us += 30 * S
    found = samples(metrics.render().decode())
    queue = {"tenant": "acme", "queue": "sales"}
    assert value(found, "acdengine_queue_waiting", **queue) == 3
    assert value(found, "acdengine_queue_longest_wait_seconds", **queue) == 30
    assert value(found, "acdengine_queue_agents_working", **queue) == 1
    assert value(found, "acdengine_queue_estimated_wait_seconds", **queue) > 0
    assert value(found, "acdengine_agents", tenant="acme", state="ringing", reason="") == 1
    assert value(found, "acdengine_calls", tenant="acme", state="waiting") == 3
    assert value(found, "acdengine_trunk_channels_used", trunk="pstn") == 3
    assert value(found, "acdengine_trunk_channels", trunk="pstn") == 30
    assert value(found, "acdengine_calls_started_total", tenant="acme", trunk="pstn") == 3
    assert value(found, "acdengine_offers_made_total", rule="longest_idle", **queue) == 1


def test_an_answered_and_an_abandoned_call(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    runtime, metrics, clock = centre
    for event in (*sign_in(1), arrival(1), arrival(2)):
        runtime.post(event)
    runtime.turn()
    offer_id = next(iter(runtime.state.offers))
    clock.us += 7 * S
    runtime.post(OfferAnswered(0, offer_id))
    runtime.post(CallBridged(0, "c1", offer_id))
    runtime.post(CallerHungUp(0, "c2"))
    runtime.turn()
    found = samples(metrics.render().decode())
    queue = {"tenant": "acme", "queue": "sales"}
    wait = "acdengine_queue_connected_wait_seconds"
    assert value(found, f"{wait}_bucket", le="5", **queue) == 0
    assert value(found, f"{wait}_bucket", le="10", **queue) == 1
    assert value(found, f"{wait}_bucket", le="+Inf", **queue) == 1
    assert value(found, f"{wait}_sum", **queue) == 7
    assert value(found, "acdengine_queue_calls_left_total", reason="abandoned", **queue) == 1
    assert value(found, "acdengine_calls_ended_total", tenant="acme", outcome="abandoned") == 1
    assert value(found, "acdengine_queue_conversations", **queue) == 1


def test_the_error_of_what_callers_were_told(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    _, metrics, _ = centre
    metrics.take(1, [EstimateChecked(1, "c1", "acme/sales", 60 * S, 75 * S)])
    metrics.take(2, [EstimateChecked(1, "c2", "acme/sales", 60 * S, 20 * S)])
    found = samples(metrics.render().decode())
    queue = {"tenant": "acme", "queue": "sales"}
    assert value(found, "acdengine_queue_estimate_error_seconds_sum", **queue) == 55
    error = "acdengine_queue_estimate_error_seconds_bucket"
    assert value(found, error, le="20", **queue) == 1
    assert value(found, "acdengine_queue_estimates_too_short_total", **queue) == 1


def test_the_daemon_itself(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    runtime, metrics, _ = centre
    for event in sign_in(1):
        runtime.post(event)
    runtime.post(CallerHungUp(0, "nobody"))
    runtime.turn()
    runtime.post(arrival(1))
    runtime.meters.lag_us.add(3_000)
    found = samples(metrics.render().decode())
    assert value(found, "acdengine_events_total", type="SignInRequested") == 1
    assert value(found, "acdengine_decision_seconds_count") == 3
    assert value(found, "acdengine_loop_lag_seconds_bucket", le="0.005") == 1
    assert value(found, "acdengine_loop_lag_seconds_bucket", le="0.002") == 0
    assert value(found, "acdengine_inbox_depth") == 1
    assert value(found, "acdengine_late_events_total") == 1
    assert value(found, "acdengine_clock_seconds") == DAY_US / 1e6
    assert value(found, "acdengine_invalid_transitions_total") == 0
    assert value(found, "process_resident_memory_bytes") > 0


def test_what_the_engine_counts_is_shown(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    runtime, metrics, _ = centre
    runtime.state.count("wanted_skills_unknown")
    assert b'acdengine_engine_total{what="wanted_skills_unknown"} 1' in metrics.render()


def test_a_queue_that_has_gone_has_no_series(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    runtime, metrics, _ = centre
    assert b"acdengine_queue_waiting{" in metrics.render()
    del runtime.state.queues["acme/sales"]
    assert b"acdengine_queue_waiting{" not in metrics.render()


def test_label_values_are_quoted() -> None:
    family = Family("x_total", "Help\nwith \\ both.", "counter", ("what",))
    family.add(('a "quoted" \\ line\n',))
    assert samples(family.render()) == {("x_total", (("what", 'a "quoted" \\ line\n'),)): 1}
    histograms = HistogramFamily("y_seconds", "Help.", (1,), 1.0, ("who",))
    histograms.of(("100 %d",)).add(1)
    assert samples(histograms.render())["y_seconds_count", (("who", "100 %d"),)] == 1


def test_a_family_has_no_more_series_than_its_limit() -> None:
    family = Family("x_total", "Help.", "counter", ("who",), limit=3)
    for n in range(10):
        family.add((f"caller {n}",))
    assert len(samples(family.render())) == 4
    assert family.value(("other",)) == 7
    histograms = HistogramFamily("y_seconds", "Help.", (1, 2), 1.0, ("who",), limit=3)
    for n in range(10):
        histograms.of((f"caller {n}",)).add(1)
    assert histograms.of(("other",)).number == 7


def test_a_histogram_counts_up_to_its_bounds() -> None:
    histogram = Histogram((10, 20))
    for size in (5, 10, 11, 20, 21):
        histogram.add(size)
    assert (histogram.counts, histogram.total, histogram.number) == ([2, 2, 1], 67, 5)
    assert [histogram.quantile(share) for share in (0.4, 0.8, 0.99)] == [10, 20, None]
    assert Histogram((10,)).quantile(0.5) is None


def test_the_longest_wait_forgets_those_who_left(
    centre: tuple[Runtime, Metrics, HandClock],
) -> None:
    runtime, _, clock = centre
    longest = LongestWaits(lambda: runtime.state)
    runtime.add_sink(longest)
    for n in range(1, 401):
        clock.us += S
        runtime.post(arrival(n))
        if n % 100 > 1:
            runtime.post(CallerHungUp(0, f"c{n}"))
        runtime.turn()
        oldest = min(
            call.queued_at_us for call in runtime.state.queues["acme/sales"].calls.values()
        )
        assert longest.longest_us("acme/sales", clock.us) == clock.us - oldest
    assert len(longest._waits["acme/sales"]) < 90
    again = LongestWaits(lambda: runtime.state)
    assert again.longest_us("acme/sales", clock.us) == longest.longest_us("acme/sales", clock.us)
    for n in (1, 100, 101, 200, 201, 300, 301, 400):
        runtime.post(CallerHungUp(0, f"c{n}"))
    runtime.turn()
    assert longest.longest_us("acme/sales", clock.us) == 0


def test_consults_supervision_and_numbers_outside(
    centre: tuple[Runtime, Metrics, HandClock],
) -> None:
    runtime, metrics, _ = centre
    for event in (*sign_in(1), arrival(1)):
        runtime.post(event)
    runtime.turn()
    offer_id = next(iter(runtime.state.offers))
    for event in (
        OfferAnswered(0, offer_id),
        CallBridged(0, "c1", offer_id),
        SuperviseRequested(0, call_id="c1", mode="listen", contact="user/boss", by="lead"),
        ConsultRequested(0, call_id="c1", number="+4930123"),
    ):
        runtime.post(event)
    runtime.turn()
    found = samples(metrics.render().decode())
    assert value(found, "acdengine_consults_active", tenant="acme", state="ringing") == 1
    assert value(found, "acdengine_supervisions_active", tenant="acme", mode="listen") == 1
    runtime.post(CallerHungUp(0, "c1"))
    runtime.turn()
    metrics.take(9, [NumberReached(1, "c2", S), NumberMissed(1, "c3", "busy", S, "hangup")])
    text = metrics.render().decode()
    assert "_active{" not in text
    found, acme = samples(text), {"tenant": "acme"}
    consults = {"kind": "number", "outcome": "conversation_over", **acme}
    assert value(found, "acdengine_consults_total", **consults) == 1
    assert value(found, "acdengine_supervisions_started_total", mode="listen", **acme) == 1
    over = {"reason": "conversation_over", **acme}
    assert value(found, "acdengine_supervisions_ended_total", **over) == 1
    for outcome in ("reached", "busy"):
        assert value(found, "acdengine_numbers_outside_total", outcome=outcome) == 1


def test_recordings_messages_and_their_space(centre: tuple[Runtime, Metrics, HandClock]) -> None:
    runtime, metrics, _ = centre
    for n, cause in enumerate(("normal", "normal", "lost"), 1):
        metrics.take(n, [RecordingStopped(1, "c1", "acme/a", f"{n}.wav", S, cause)])
    metrics.take(4, [RecordingLeftOut(1, "c1", "acme/a", "acme/sales", "disk")])
    metrics.take(5, [MessageStored(1, "c1", "acme/box", "m.wav", S)])
    for is_enough in (False, True):
        runtime.post(SpaceChanged(0, "fs1", is_enough, 5))
        runtime.turn()
        found = samples(metrics.render().decode())
        assert value(found, "acdengine_recording_space_low", node="fs1") == int(not is_enough)
    for result, count in (("made", 2), ("lost", 1), ("left_out", 1)):
        assert value(found, "acdengine_recordings_total", result=result) == count
    assert value(found, "acdengine_messages_total") == 1
