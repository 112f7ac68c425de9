"""What a simulation measures, from the engine's facts and the callers' attempts."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.centre_facts import AgentStateChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import (
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallRefused,
    LeaveReason,
    OfferMade,
    QueueRefused,
)
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.legs import Caller
from adapters.sim.centre.simulated_world import Readers
from adapters.sim.runs.call_figures import (
    TURNED_AWAY,
    Figures,
    GroupTally,
    Ratios,
    Tally,
    values_of,
)
from adapters.sim.scenarios.scenario import Scenario, ServiceTarget
from adapters.sim.statistics.estimates import TimeAverage

#: Columns of the counts by interval; those in time are those within the target time.
INTERVAL_COUNTS = (
    "offered", "blocked", "answered", "abandoned", "in_time", "abandoned_in_time", "turned_away",
)  # fmt: skip
_OFFERED, _BLOCKED, _ANSWERED, _ABANDONED, _IN_TIME, _ABANDONED_IN_TIME, _TURNED_AWAY = range(7)
_QUEUE_RATIOS = (
    "p_wait", "p_abandon", "mean_wait_s", "asa_s", "time_to_abandon_s", "service_level",
)  # fmt: skip

Labels = Callable[[Caller], tuple[str, ...]]


class _CallRecord:
    """One call while it lasts."""

    __slots__ = (
        "connected", "counts", "last_queue", "last_reason", "queue", "queued_us", "tallies",
        "target_us",
    )  # fmt: skip

    def __init__(self, tallies: tuple[Tally, ...], counts: list[int], target_us: int) -> None:
        #: Answered in time is answered within so long.
        self.target_us = target_us
        self.tallies = tallies
        self.counts = counts
        self.queue: _QueueRecord | None = None
        #: The queue that refused it or that it left last, and why.
        self.last_queue: _QueueRecord | None = None
        self.last_reason: LeaveReason = "abandoned"
        #: When it was queued, until it is offered for the first time.
        self.queued_us = -1
        self.connected = False


class _QueueRecord:
    __slots__ = ("length", "tally")

    def __init__(self, at_us: int) -> None:
        self.tally = Tally()
        self.length = TimeAverage(at_us)


class Measures:
    """The counts of one run.

    Calls that arrive from the end of the warm-up to the horizon are counted, whenever they end;
    averages over time are taken between the same moments.

    Args:
        agenda: the time.
        scenario: what is simulated.
        labels: under which names a caller's calls are counted; the call type unless given.
    """

    def __init__(
        self, agenda: EventSchedule, scenario: Scenario, labels: Labels | None = None
    ) -> None:
        self._agenda = agenda
        self._scenario = scenario
        self._labels = labels or _by_type
        self._from_us = scenario.origin_us + scenario.warm_up_us
        self._to_us = scenario.origin_us + scenario.horizon_us
        #: Call type to its service level; calls of other labels have the scenario's.
        self._targets = {
            kind.name: kind.target for kind in scenario.call_types if kind.target is not None
        }
        self.tallies: dict[str, Tally] = {}
        if labels is None:
            self.tallies = {kind.name: Tally() for kind in scenario.call_types}
        self.total = Tally()
        self._bundles: dict[tuple[str, ...], tuple[Tally, ...]] = {}
        intervals = -(-scenario.horizon_us // scenario.interval_us)
        #: Label to the counts of each interval, by arrival; see `INTERVAL_COUNTS`.
        self.intervals: dict[str, list[list[int]]] = {}
        self._interval_count = intervals
        self._calls: dict[str, _CallRecord] = {}
        at_us = scenario.origin_us
        self.queues = {name: _QueueRecord(at_us) for name in scenario.plan.queues}
        self.groups = {group.name: GroupTally() for group in scenario.groups}
        self._group_of = {
            agent_id: self.groups[group.name] for group in scenario.groups
            for agent_id in group.agents
        }  # fmt: skip
        self._states: dict[str, tuple[str, int]] = {}
        self._queue_figures: dict[str, tuple[float | None, float]] = {}
        if scenario.warm_up_us:
            agenda.at(self._from_us, self._restart)
        agenda.at(self._to_us, self._stop)

    def readers(self) -> Readers:
        """The facts that are counted."""
        return {
            CallQueued: (self._queued,),
            OfferMade: (self._offer_made,),
            CallConnected: (self._connected,),
            CallLeftQueue: (self._left_queue,),
            QueueRefused: (self._queue_refused,),
            ConversationEnded: (self._conversation_ended,),
            CallRefused: (self._refused,),
            CallEnded: (self._ended,),
            AgentStateChanged: (self._agent_changed,),
        }

    # -- attempts ------------------------------------------------------------------------------

    def arrived(self, caller: Caller) -> None:
        """A call has reached the centre."""
        record = self._record(caller)
        self._calls[caller.call_id] = record
        record.counts[_OFFERED] += 1
        for tally in record.tallies:
            tally.attempts += 1
            tally.offered += 1

    def met_busy(self, caller: Caller) -> None:
        """A call met busy on the trunks."""
        record = self._record(caller)
        record.counts[_BLOCKED] += 1
        for tally in record.tallies:
            tally.attempts += 1
            tally.blocked += 1

    def _record(self, caller: Caller) -> _CallRecord:
        at_us = caller.arrived_us
        labels = self._labels(caller)
        intervals = self.intervals.get(labels[0])
        if intervals is None:
            intervals = self.intervals[labels[0]] = [
                [0] * len(INTERVAL_COUNTS) for _ in range(self._interval_count)
            ]
        place = (at_us - self._scenario.origin_us) // self._scenario.interval_us
        if not self._from_us <= at_us < self._to_us:
            return _CallRecord((), [0] * len(INTERVAL_COUNTS), 0)
        bundle = self._bundles.get(labels)
        if bundle is None:
            tallies = [self.tallies.setdefault(label, Tally()) for label in labels]
            bundle = self._bundles[labels] = (self.total, *tallies)
        target = self._target_of(caller.kind.name)
        return _CallRecord(bundle, intervals[place], target.within_us)

    def _target_of(self, name: str) -> ServiceTarget:
        return self._targets.get(name, self._scenario.target)

    # -- facts ---------------------------------------------------------------------------------

    def _queued(self, fact: CallQueued) -> None:
        call = self._calls.get(fact.call_id)
        if call is None:
            return
        if call.queue is not None:
            self._out_of_line(call, fact.at_us)
        queue = call.queue = self.queues[fact.queue_id]
        length = queue.length
        length.change(fact.at_us, length.value + 1)
        call.queued_us = fact.at_us
        if call.tallies:
            queue.tally.queued += 1
            for tally in call.tallies:
                tally.queued += 1

    def _out_of_line(self, call: _CallRecord, at_us: int) -> None:
        queue = call.queue
        if queue is not None:
            length = queue.length
            length.change(at_us, length.value - 1)
            call.queue = None
            if call.queued_us >= 0:
                self._had_to_wait(call, queue)

    def _had_to_wait(self, call: _CallRecord, queue: _QueueRecord) -> None:
        call.queued_us = -1
        if call.tallies:
            queue.tally.waited += 1
            for tally in call.tallies:
                tally.waited += 1

    def _offer_made(self, fact: OfferMade) -> None:
        call = self._calls.get(fact.call_id)
        if call is None or call.queued_us < 0 or call.queue is None:
            return
        if fact.at_us > call.queued_us:
            self._had_to_wait(call, call.queue)
        call.queued_us = -1

    def _connected(self, fact: CallConnected) -> None:
        group = self._group_of.get(fact.agent_id)
        call = self._calls.get(fact.call_id)
        if call is None:
            return
        queue = call.queue
        self._out_of_line(call, fact.at_us)
        if not call.tallies:
            return
        if group is not None:
            group.answered += 1
        in_time = fact.waited_us <= call.target_us
        tallies = call.tallies
        if queue is not None:
            tallies = (queue.tally, *tallies) if not call.connected else (queue.tally,)
        elif call.connected:
            return
        if not call.connected:
            call.connected = True
            call.counts[_ANSWERED] += 1
            call.counts[_IN_TIME] += in_time
        for tally in tallies:
            tally.answered += 1
            tally.wait_answered_us += fact.waited_us
            tally.in_time += in_time

    def _left_queue(self, fact: CallLeftQueue) -> None:
        call = self._calls.get(fact.call_id)
        if call is None:
            return
        queue = call.queue
        call.last_queue, call.last_reason = queue, fact.reason
        self._out_of_line(call, fact.at_us)
        if not call.tallies or queue is None:
            return
        tallies = (queue.tally, *call.tallies)
        if fact.reason != "abandoned":
            for tally in tallies:
                tally.left += 1
            return
        in_time = fact.waited_us <= call.target_us
        if call.connected:
            # Gave up after a transfer: answered is what counts for the call, not for the queue.
            tallies = (queue.tally,)
        else:
            call.counts[_ABANDONED] += 1
            call.counts[_ABANDONED_IN_TIME] += in_time
        for tally in tallies:
            tally.abandoned += 1
            tally.wait_abandoned_us += fact.waited_us
            tally.abandoned_in_time += in_time

    def _conversation_ended(self, fact: ConversationEnded) -> None:
        call = self._calls.get(fact.call_id)
        if call is None or not call.tallies:
            return
        talk_us = fact.talked_us + fact.held_us
        for tally in call.tallies:
            tally.conversations += 1
            tally.talk_us += talk_us

    def _refused(self, fact: CallRefused) -> None:
        call = self._calls.get(fact.call_id)
        if call is not None:
            for tally in call.tallies:
                tally.refused += 1
            if not fact.tenant_id:
                del self._calls[fact.call_id]

    def _queue_refused(self, fact: QueueRefused) -> None:
        call = self._calls.get(fact.call_id)
        if call is not None:
            call.last_queue, call.last_reason = self.queues[fact.queue_id], fact.reason

    def _ended(self, fact: CallEnded) -> None:
        call = self._calls.pop(fact.call_id, None)
        if call is None:
            return
        self._out_of_line(call, fact.at_us)
        if fact.outcome == "turned_away" and call.tallies and not call.connected:
            self._turned_away(call)

    def _turned_away(self, call: _CallRecord) -> None:
        """Hung up by the centre without having reached an agent, a callback or a mailbox."""
        for reason in TURNED_AWAY:
            if reason == call.last_reason:
                tallies = call.tallies
                if call.last_queue is not None:
                    tallies = (call.last_queue.tally, *tallies)
                for tally in tallies:
                    tally.turned_away[reason] += 1
                call.counts[_TURNED_AWAY] += 1

    def _agent_changed(self, fact: AgentStateChanged) -> None:
        agent_id, at_us = fact.agent_id, fact.at_us
        self._states[agent_id] = (fact.state, at_us)
        self._spend(agent_id, fact.before, at_us - fact.lasted_us, at_us)

    def _spend(self, agent_id: str, state: str, begin_us: int, end_us: int) -> None:
        if begin_us < self._from_us:
            begin_us = self._from_us
        if end_us > self._to_us:
            end_us = self._to_us
        if end_us > begin_us:
            group = self._group_of.get(agent_id)
            if group is not None:
                group.times_us[state] += end_us - begin_us

    # -- time ----------------------------------------------------------------------------------

    def _restart(self, _: object) -> None:
        for queue in self.queues.values():
            queue.length.restart(self._agenda.now_us)

    def _stop(self, _: object) -> None:
        for name, queue in self.queues.items():
            length = queue.length
            self._queue_figures[name] = (length.mean(self._to_us), length.largest)

    def finish(self) -> None:
        """The run is over: what still lasts is counted up to here."""
        if not self._queue_figures:
            self._stop(None)
        for agent_id, (state, since_us) in self._states.items():
            self._spend(agent_id, state, since_us, self._to_us)
        self._states.clear()
        for call in self._calls.values():
            for tally in call.tallies:
                tally.unfinished += 1
        self._calls.clear()

    # -- results -------------------------------------------------------------------------------

    def ratios(self) -> dict[str, dict[str, Ratios]]:
        """Section ("total", "call_types", "queues", "groups") to name to ratios."""
        target = self._scenario.target
        length_us = self._to_us - self._from_us
        return {
            "total": {"all": self.total.ratios(target)},
            "call_types": {
                name: tally.ratios(self._target_of(name)) for name, tally in self.tallies.items()
            },
            "queues": {
                name: {key: queue.tally.ratios(target)[key] for key in _QUEUE_RATIOS}
                for name, queue in self.queues.items()
            },
            "groups": {name: group.ratios(length_us) for name, group in self.groups.items()},
        }

    def figures(self) -> dict[str, dict[str, Figures]]:
        """Section to name to figures: counts, ratios, and lengths of queues."""
        counts: dict[str, dict[str, Figures]] = {
            "total": {"all": self.total.counts()},
            "call_types": {name: tally.counts() for name, tally in self.tallies.items()},
            "queues": {
                name: self._queue_counts(name, queue) for name, queue in self.queues.items()
            },
            "groups": {name: group.counts() for name, group in self.groups.items()},
        }
        return {
            section: {
                name: counts[section][name] | values_of(found) for name, found in rows.items()
            }
            for section, rows in self.ratios().items()
        }

    def _queue_counts(self, name: str, queue: _QueueRecord) -> Figures:
        counts = queue.tally.counts()
        mean, largest = self._queue_figures.get(name, (None, 0.0))
        kept = {key: counts[key] for key in ("queued", "answered", "abandoned", "left")}
        return {
            **kept,
            **queue.tally.turned_away_counts(),
            "mean_length": mean,
            "largest_length": largest,
        }


def _by_type(caller: Caller) -> tuple[str, ...]:
    return (caller.kind.name,)
