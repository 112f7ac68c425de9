"""What the console shows: counts from facts, and the engine's state when it draws."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from acdengine.console.frame import (
    Decision,
    Frame,
    QueueDetail,
    QueueRow,
    StepRow,
    Totals,
    TrunkRow,
    WaitingRow,
)
from acdengine.engine.records import is_in_flow
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallRefused,
    CallStarted,
    CallTurnedBusy,
    OfferMade,
)
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from queues.order import urgency

_S: Final = 1_000_000
#: Arrivals are counted over so much of the centre's clock.
_RATE_US: Final = 60 * _S
DECISIONS_KEPT: Final = 40
#: Calls of an opened queue, the first in line.
CALLS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Setting:
    """What a console says of the daemon that it shows.

    Attributes:
        title: what traffic this is.
        east_us: how far the clock of the centre's people is ahead of UTC.
        speed: of the runtime's clock.
        behind_us: how far a simulation is behind.
        trouble: what is wrong beside the calls; empty while all is well.
    """

    title: str = ""
    east_us: int = 0
    speed: float = 1.0
    behind_us: Callable[[], int] = lambda: 0
    trouble: Callable[[], str] = lambda: ""


class View:
    """A fact sink that can say what there is to be seen.

    Args:
        runtime: whose state is read. The caller adds it to the runtime's sinks.
        longest: of the same runtime.
        setting: what is known beforehand.
    """

    def __init__(
        self, runtime: Runtime, longest: LongestWaits, setting: Setting | None = None
    ) -> None:
        self._runtime = runtime
        self._longest = longest
        self._setting = setting or Setting()
        self._decisions: deque[OfferMade] = deque(maxlen=DECISIONS_KEPT)
        #: Arrivals of the last minute: (second, number).
        self._arrivals: deque[tuple[int, int]] = deque()
        self._offered = self._answered = self._abandoned = self._refused = self._busy = 0
        #: Calls that were answered before, so that a transfer is no second answer.
        self._known_answered: dict[str, None] = {}

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Remember what will be shown."""
        for fact in facts:
            # Not isinstance, which is slow on these classes.
            if type(fact) is OfferMade:
                self._decisions.append(fact)
            elif type(fact) is CallStarted:
                self._offered += 1
                self._count_arrival(fact.at_us)
            elif type(fact) is CallConnected:
                if fact.call_id not in self._known_answered:
                    self._known_answered[fact.call_id] = None
                    self._answered += 1
            elif type(fact) is CallLeftQueue:
                self._abandoned += fact.reason == "abandoned"
            elif type(fact) is CallEnded:
                self._known_answered.pop(fact.call_id, None)
            elif type(fact) is CallRefused:
                self._refused += 1
            elif type(fact) is CallTurnedBusy:
                self._busy += 1

    def _count_arrival(self, at_us: int) -> None:
        second = at_us // _S
        arrivals = self._arrivals
        if arrivals and arrivals[-1][0] == second:
            arrivals[-1] = (second, arrivals[-1][1] + 1)
        else:
            arrivals.append((second, 1))
        while arrivals[0][0] <= second - _RATE_US // _S:
            arrivals.popleft()

    def frame(self, opened: str = "") -> Frame:
        """Everything at this moment.

        Args:
            opened: the queue to be shown in detail; empty, or unknown: none.
        """
        runtime, setting = self._runtime, self._setting
        runtime.catch_up()
        now_us = runtime.clock.now_us()
        state, meters = runtime.state, runtime.meters
        p99_ns = meters.decision_ns.quantile(0.99)
        queues = self._queues(now_us)
        return Frame(
            now_us=now_us,
            local_us=now_us + setting.east_us,
            speed=setting.speed,
            title=setting.title,
            queues=queues,
            agents=self._agents(),
            trunks=self._trunks(),
            decisions=tuple(_decision(fact) for fact in reversed(self._decisions)),
            calls=len(state.calls),
            calls_per_s=self._calls_per_s(now_us),
            totals=Totals(
                self._offered, self._answered, self._abandoned, self._refused, self._busy
            ),
            decision_p99_us=None if p99_ns is None else p99_ns / 1000,
            events=sum(meters.events.values()),
            inbox=runtime.inbox_depth(),
            behind_us=setting.behind_us(),
            trouble=setting.trouble(),
            detail=next(
                (self._detail(row, now_us) for row in queues if row.queue_id == opened), None
            ),
            steps=self._steps(),
        )

    def _steps(self) -> tuple[StepRow, ...] | None:
        """Where callers are in flows, those with the most callers first: not those whom a flow has
        sent on, who may come back, but those who go through one while they wait in a queue."""
        state = self._runtime.state
        if not state.plan.flows and not state.plan.ivr_flows:
            return None
        callers: Counter[tuple[str, str]] = Counter()
        for call in state.calls.values():
            if not is_in_flow(call) and call.state != "flow":
                continue
            if call.ivr is not None and call.ivr.run.frames:
                now = call.ivr.run.frames[-1]
                callers[now.flow_id, now.step] += 1
            elif call.flow is not None and call.flow.flow_id:
                callers[call.flow.flow_id, "prompts"] += 1
        rows = [StepRow(flow_id, step, number) for (flow_id, step), number in callers.items()]
        of_flow: Counter[str] = Counter()
        for row in rows:
            of_flow[row.flow_id] += row.callers
        return tuple(
            sorted(
                rows, key=lambda row: (-of_flow[row.flow_id], row.flow_id, -row.callers, row.step)
            )
        )

    def _detail(self, row: QueueRow, now_us: int) -> QueueDetail:
        state = self._runtime.state
        queue = state.queues[row.queue_id]
        first = nsmallest(
            CALLS_SHOWN,
            queue.calls.values(),
            key=lambda call: urgency(call.rank, call.weight, now_us),
        )
        calls = tuple(
            WaitingRow(
                place=queue.position(call, now_us),
                call_id=call.call_id,
                waited_us=call.wait_us(now_us),
                priority=call.priority,
                ringing=tuple(
                    state.offers[offer_id].agent_id
                    for offer_id in state.calls[call.call_id].ringing
                ),
            )
            for call in first
        )
        agents = sorted(
            (agent.state, agent.agent_id)
            for agent in state.agents_of.get(row.queue_id, {}).values()
            if agent.state != "logged_out"
        )
        return QueueDetail(row, calls, tuple(agents))

    def _queues(self, now_us: int) -> tuple[QueueRow, ...]:
        rows = []
        for queue_id, queue in self._runtime.state.queues.items():
            answered, abandoned = queue.service_level.counts(now_us)
            rows.append(
                QueueRow(
                    queue_id=queue_id,
                    waiting=len(queue.calls),
                    longest_us=self._longest.longest_us(queue_id, now_us),
                    estimate_us=queue.newcomer_estimate_us(now_us),
                    service_level=queue.service_level.value(now_us),
                    target=queue.policy.service_level.target,
                    answered=answered,
                    abandoned=abandoned,
                    talking=queue.conversations,
                    working=queue.working,
                    threshold_us=queue.policy.service_level.threshold_us,
                )
            )
        return tuple(rows)

    def _agents(self) -> dict[tuple[str, str], int]:
        numbers: dict[tuple[str, str], int] = {}
        for agent in self._runtime.state.agents.values():
            what = (agent.state, agent.reason)
            numbers[what] = numbers.get(what, 0) + 1
        return numbers

    def _trunks(self) -> tuple[TrunkRow, ...]:
        state = self._runtime.state
        used = dict.fromkeys(state.plan.trunks, 0)
        for call in state.calls.values():
            if call.leg_id and call.trunk_id in used:
                used[call.trunk_id] += 1
        return tuple(
            TrunkRow(trunk_id, used[trunk_id], trunk.channels)
            for trunk_id, trunk in state.plan.trunks.items()
        )

    def _calls_per_s(self, now_us: int) -> float:
        since = (now_us - _RATE_US) // _S
        number = sum(number for second, number in self._arrivals if second > since)
        return number * _S / _RATE_US


def _decision(fact: OfferMade) -> Decision:
    return Decision(
        at_us=fact.at_us,
        call_id=fact.call_id,
        agent_id=fact.agent_id,
        queue_id=fact.queue_id,
        surplus=fact.surplus,
        rule=fact.rule,
        candidates=fact.candidates,
        runner_up=fact.runner_up,
        reason=fact.reason,
    )
