"""Metrics for Prometheus: the engine's state, what has happened, how the daemon is.

Counts come from the facts, the states of queues and agents from the engine at the time of a scrape.
Every label's values come from the settings or from a closed list, so their number is bounded.
Times are seconds of the centre's clock, except where the name says what the daemon itself took.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest

from acdengine import facts as ft
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import AnyFact
from acdengine.runtime.exposition import Family, HistogramFamily
from acdengine.runtime.flow_metrics import FlowMetrics
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.multiparty_metrics import MultipartyMetrics
from acdengine.runtime.recording_metrics import RecordingMetrics
from acdengine.runtime.runtime_metrics import RuntimeMetrics

_US: Final = 1e-6
_S: Final = 1_000_000
_WAIT_BOUNDS_US: Final = tuple(
    _S * seconds for seconds in (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200)
)
_ERROR_BOUNDS_US: Final = tuple(
    _S * seconds for seconds in (5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 1200)
)
_TALK_BOUNDS_US: Final = tuple(_S * seconds for seconds in (15, 30, 60, 120, 180, 300, 600, 1800))

Reader = Callable[[Any], None]


class Metrics:
    """A fact sink that can be scraped.

    Args:
        runtime: whose state and meters are shown. The caller adds it as a sink.
        longest: of the same runtime, told of the facts before this.
    """

    def __init__(self, runtime: Runtime, longest: LongestWaits) -> None:
        self._runtime = runtime
        self._longest = longest
        self._of_runtime = RuntimeMetrics(runtime)
        self._of_recordings = RecordingMetrics(runtime)
        self._of_flows = FlowMetrics(runtime)
        self._of_company = MultipartyMetrics(runtime)
        #: Says how many channels of a trunk group are taken, if an adapter counts them; else they
        #: are those of the engine's calls.
        self.channels_used: Callable[[str], int] | None = None
        #: Further metrics, each rendered at a scrape.
        self.more: list[Callable[[], str]] = []
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        GCCollector(registry=self._process)
        self._count_calls()
        self._count_queues()
        self._measure()
        self._readers: dict[type[AnyFact], Reader] = {
            ft.CallStarted: self._started,
            ft.CallRefused: self._refused,
            ft.CallTurnedBusy: self._turned_busy,
            ft.CallQueued: self._queued,
            ft.CallLeftQueue: self._left,
            ft.CallConnected: self._connected,
            ConversationEnded: self._conversation_ended,
            ft.CallEnded: self._ended,
            ft.OfferMade: self._offered,
            ft.OfferClosed: self._offer_closed,
            ft.CallSteppedBack: self._stepped_back,
            ft.EstimateChecked: self._estimate_checked,
            ft.CallbackDialled: self._callback_dialled,
            **self._of_flows.readers,
            **self._of_recordings.readers,
            **self._of_company.readers,
        }

    def _count_calls(self) -> None:
        self.calls_started = Family(
            "acdengine_calls_started_total",
            "Calls that reached the centre.",
            "counter",
            ("tenant", "trunk"),
        )
        self.calls_refused = Family(
            "acdengine_calls_refused_total",
            "Calls turned away before anything else.",
            "counter",
            ("tenant", "cause"),
        )
        self.calls_busy = Family(
            "acdengine_calls_busy_total",
            "Callers who met busy on a trunk group.",
            "counter",
            ("trunk", "cause"),
        )
        self.calls_ended = Family(
            "acdengine_calls_ended_total",
            "Calls that are over, by what they came to.",
            "counter",
            ("tenant", "outcome"),
        )

    def _count_queues(self) -> None:
        queue = ("tenant", "queue")
        self.queued = Family(
            "acdengine_queue_calls_queued_total", "Calls that took a place.", "counter", queue
        )
        self.left = Family(
            "acdengine_queue_calls_left_total",
            "Calls that left without an answer.",
            "counter",
            (*queue, "reason"),
        )
        self.stepped_back = Family(
            "acdengine_queue_calls_stepped_back_total",
            "Times that a call let others go first because its offers failed through no telephone.",
            "counter",
            queue,
        )
        self.short_abandons = Family(
            "acdengine_queue_short_abandons_total",
            "Abandoned calls that left within the short-abandon time.",
            "counter",
            queue,
        )
        self.connected_wait = HistogramFamily(
            "acdengine_queue_connected_wait_seconds",
            "Wait of the calls that were answered.",
            _WAIT_BOUNDS_US,
            _US,
            queue,
        )
        self.talk = HistogramFamily(
            "acdengine_queue_talk_seconds",
            "Length of conversations, time on hold included.",
            _TALK_BOUNDS_US,
            _US,
            queue,
        )
        self.estimate_error = HistogramFamily(
            "acdengine_queue_estimate_error_seconds",
            "Difference of the wait from what the caller was told, whichever was longer.",
            _ERROR_BOUNDS_US,
            _US,
            queue,
        )
        self.estimates_short = Family(
            "acdengine_queue_estimates_too_short_total",
            "Answered calls that waited longer than they were told.",
            "counter",
            queue,
        )
        self.offers_made = Family(
            "acdengine_offers_made_total",
            "Agents rung, by the rule that chose.",
            "counter",
            (*queue, "rule"),
        )
        self.offers_closed = Family(
            "acdengine_offers_closed_total",
            "Offers that are over, by what they came to.",
            "counter",
            (*queue, "outcome"),
        )
        self.callbacks = Family(
            "acdengine_callbacks_dialled_total", "Customers rung back.", "counter", queue
        )

    def _measure(self) -> None:
        queue = ("tenant", "queue")
        self._waiting = Family("acdengine_queue_waiting", "Calls waiting.", "gauge", queue)
        self._longest_wait = Family(
            "acdengine_queue_longest_wait_seconds",
            "Wait of the call that waits longest.",
            "gauge",
            queue,
        )
        self._estimated = Family(
            "acdengine_queue_estimated_wait_seconds",
            "Estimated wait of a call that joined now; no series while no agent works.",
            "gauge",
            queue,
        )
        self._service_level = Family(
            "acdengine_queue_service_level_ratio",
            "Share of calls answered in time over the queue's window.",
            "gauge",
            queue,
        )
        self._talking = Family(
            "acdengine_queue_conversations", "Conversations under way.", "gauge", queue
        )
        self._staffed = Family(
            "acdengine_queue_agents_working", "Agents at work who serve the queue.", "gauge", queue
        )
        self._agents = Family(
            "acdengine_agents",
            "Agents by state, and reason where not ready.",
            "gauge",
            ("tenant", "state", "reason"),
        )
        self._calls = Family(
            "acdengine_calls", "Calls by state.", "gauge", ("tenant", "state")
        )  # fmt: skip
        self._trunks = Family(
            "acdengine_trunk_channels_used",
            "Channels of a trunk group with a call.",
            "gauge",
            ("trunk",),
        )
        self._channels = Family(
            "acdengine_trunk_channels", "Channels of a trunk group.", "gauge", ("trunk",)
        )

    # -- facts ------------------------------------------------------------------------------------

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Count what happened."""
        readers = self._readers
        for fact in facts:
            reader = readers.get(type(fact))
            if reader is not None:
                reader(fact)

    def _started(self, fact: ft.CallStarted) -> None:
        self.calls_started.add((fact.tenant_id, fact.trunk_id))

    def _refused(self, fact: ft.CallRefused) -> None:
        self.calls_refused.add((fact.tenant_id, fact.cause))

    def _turned_busy(self, fact: ft.CallTurnedBusy) -> None:
        self.calls_busy.add((fact.trunk_id, fact.cause))

    def _queued(self, fact: ft.CallQueued) -> None:
        self.queued.add(_queue(fact.queue_id))

    def _left(self, fact: ft.CallLeftQueue) -> None:
        queue = _queue(fact.queue_id)
        self.left.add((*queue, fact.reason))
        if fact.short:
            self.short_abandons.add(queue)

    def _connected(self, fact: ft.CallConnected) -> None:
        self.connected_wait.of(_queue(fact.queue_id)).add(fact.waited_us)

    def _conversation_ended(self, fact: ConversationEnded) -> None:
        self.talk.of(_queue(fact.queue_id)).add(fact.talked_us)

    def _ended(self, fact: ft.CallEnded) -> None:
        self.calls_ended.add((fact.tenant_id, fact.outcome))

    def _offered(self, fact: ft.OfferMade) -> None:
        self.offers_made.add((*_queue(fact.queue_id), fact.rule))

    def _offer_closed(self, fact: ft.OfferClosed) -> None:
        self.offers_closed.add((*_queue(fact.queue_id), fact.outcome))

    def _stepped_back(self, fact: ft.CallSteppedBack) -> None:
        self.stepped_back.add(_queue(fact.queue_id))

    def _estimate_checked(self, fact: ft.EstimateChecked) -> None:
        queue = _queue(fact.queue_id)
        self.estimate_error.of(queue).add(abs(fact.actual_us - fact.told_us))
        if fact.actual_us > fact.told_us:
            self.estimates_short.add(queue)

    def _callback_dialled(self, fact: ft.CallbackDialled) -> None:
        self.callbacks.add(_queue(fact.queue_id))

    # -- scraping ---------------------------------------------------------------------------------

    def render(self) -> bytes:
        """Everything, as `acdengine.runtime.exposition.CONTENT_TYPE`."""
        self._runtime.catch_up()
        self._look_at_queues()
        self._look_at_agents()
        self._look_at_calls()
        text = [family.render() for family in self._families()]
        text += self._of_runtime.render()
        text += self._of_flows.render()
        text += self._of_recordings.render()
        text += self._of_company.render()
        text += [render() for render in self.more]
        return "".join(text).encode() + generate_latest(self._process)

    def _families(self) -> list[Family | HistogramFamily]:
        """All of our own, in the order of the page."""
        return [
            self.calls_started, self.calls_refused, self.calls_busy, self.calls_ended,
            self.queued, self.left, self.stepped_back, self.short_abandons, self.connected_wait,
            self.talk,
            self.estimate_error, self.estimates_short, self.offers_made, self.offers_closed,
            self.callbacks, self._waiting, self._longest_wait, self._estimated,
            self._service_level, self._talking, self._staffed, self._agents, self._calls,
            self._trunks, self._channels,
        ]  # fmt: skip

    def _look_at_queues(self) -> None:
        now_us = self._runtime.clock.now_us()
        for gauge in (
            self._waiting, self._longest_wait, self._estimated, self._service_level,
            self._talking, self._staffed,
        ):  # fmt: skip
            gauge.clear()
        for queue_id, queue in self._runtime.state.queues.items():
            labels = _queue(queue_id)
            self._waiting.set(len(queue.calls), labels)
            self._longest_wait.set(self._longest.longest_us(queue_id, now_us) * _US, labels)
            estimate_us = queue.newcomer_estimate_us(now_us)
            if estimate_us is not None:
                self._estimated.set(estimate_us * _US, labels)
            level = queue.service_level.value(now_us)
            if level is not None:
                self._service_level.set(level, labels)
            self._talking.set(queue.conversations, labels)
            self._staffed.set(queue.working, labels)

    def _look_at_agents(self) -> None:
        self._agents.clear()
        for agent in self._runtime.state.agents.values():
            self._agents.add((agent.tenant_id, agent.state, agent.reason))

    def _look_at_calls(self) -> None:
        state = self._runtime.state
        self._calls.clear()
        self._trunks.clear()
        self._channels.clear()
        for trunk_id, trunk in state.plan.trunks.items():
            self._trunks.set(0, (trunk_id,))
            self._channels.set(trunk.channels, (trunk_id,))
        for call in state.calls.values():
            self._calls.add((call.tenant_id, call.state))
            if call.leg_id and call.trunk_id:
                self._trunks.add((call.trunk_id,))
        if self.channels_used is not None:
            for trunk_id in state.plan.trunks:
                self._trunks.set(self.channels_used(trunk_id), (trunk_id,))


def _queue(queue_id: str) -> tuple[str, str]:
    """Tenant and name: the labels of a queue's series."""
    tenant_id, _, name = queue_id.partition("/")
    return tenant_id, name
