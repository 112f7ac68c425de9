"""Rows of a call from its arrival to its end: queue waits, offers, ways outside, callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from acdengine.facts import (
    AnyFact,
    CallbackDialled,
    CallbackMissed,
    CallbackPlaced,
    CallbackReached,
    CallConnected,
    CallDiverted,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallRefused,
    CallStarted,
    CallTurnedBusy,
    EstimateTold,
    MessageStored,
    NumberMissed,
    NumberReached,
    OfferClosed,
    OfferMade,
    OfferRedirection,
    QueueRefused,
)
from acdengine.records.agent_rows import AgentRows
from acdengine.records.open_rows import AWAY_KINDS, OpenRows
from acdengine.records.rows import CallbackRow, CallRow

#: Outcomes of an offer for which the agent, or the telephone, is the cause.
_MISSED: Final = ("no_answer", "busy", "rejected", "unreachable", "failed", "not_rung")
#: What a call's own way has open when it ends; offers and recordings have facts of their end.
_ENDED_WITH_CALL: Final = ("queue_wait", "talk", "hold", "flow", "away")


class CallRows:
    """Makes rows of the facts of `acdengine.facts`."""

    def __init__(self, rows: OpenRows, agents: AgentRows) -> None:
        self._rows = rows
        self._agents = agents

    def handlers(self) -> dict[type[AnyFact], Callable[[Any], None]]:
        """What takes each kind of fact."""
        return {
            CallStarted: self.started,
            CallRefused: self.refused,
            CallTurnedBusy: self.turned_busy,
            CallQueued: self.queued,
            QueueRefused: self.queue_refused,
            EstimateTold: self.estimate_told,
            CallLeftQueue: self.left_queue,
            OfferMade: self.offer_made,
            OfferRedirection: self.offer_redirected,
            OfferClosed: self.offer_closed,
            CallConnected: self.connected,
            CallDiverted: self.diverted,
            NumberReached: self.number_reached,
            NumberMissed: self.number_missed,
            MessageStored: self.message_stored,
            CallEnded: self.ended,
            CallbackPlaced: self.callback_placed,
            CallbackDialled: self.callback_dialled,
            CallbackMissed: self.callback_missed,
            CallbackReached: self.callback_reached,
        }

    # -- arrival ----------------------------------------------------------------------------------

    def started(self, fact: CallStarted) -> None:
        """A call begins."""
        rows = self._rows
        call = CallRow(
            rows.source_id, rows.seq, rows.idx, fact.call_id, fact.tenant_id, fact.direction,
            fact.ani, fact.dnis, fact.trunk_id, fact.customer_id, fact.from_agent_id,
            int(fact.withheld), fact.priority, fact.rule, fact.at_us, call_type=fact.direction,
            region=rows.regions.of(fact.tenant_id, fact.ani),
        )  # fmt: skip
        rows.calls[fact.call_id] = call
        rows.add(call)

    def refused(self, fact: CallRefused) -> None:
        """A call that was turned away before it began."""
        self._never_began(fact, fact.call_id, fact.tenant_id, "refused")

    def turned_busy(self, fact: CallTurnedBusy) -> None:
        """A caller who met busy on the trunk group."""
        self._never_began(fact, "", "", "blocked")

    def _never_began(
        self, fact: CallRefused | CallTurnedBusy, call_id: str, tenant_id: str, outcome: str
    ) -> None:
        rows = self._rows
        rows.add(
            CallRow(
                rows.source_id, rows.seq, rows.idx, call_id, tenant_id, "inbound",
                fact.ani, fact.dnis, fact.trunk_id, "", "", 0, 0, "", fact.at_us,
                fact.at_us, outcome, "system", fact.cause, call_type="inbound",
                region=rows.regions.of(tenant_id, fact.ani),
            )
        )  # fmt: skip

    # -- in a queue -------------------------------------------------------------------------------

    def queued(self, fact: CallQueued) -> None:
        """A queue wait begins; one that goes on where it was left counts as no new one."""
        rows = self._rows
        rows.end("away", fact.call_id, fact.at_us, "back_in_queue")
        wait = rows.begin("queue_wait", fact.call_id, fact.at_us, queue_id=fact.queue_id)
        call = rows.calls.get(fact.call_id)
        counts = rows.intervals.of(fact.queue_id, fact.at_us)
        if fact.resumed:
            wait.detail = "resumed"
            counts.resumed += 1
        else:
            counts.queued += 1
        if call is None:
            return
        call.waits += not fact.resumed
        call.last_queue_id = fact.queue_id
        if call.queued_at_us is None:
            call.queued_at_us = fact.at_us
            call.first_queue_id = fact.queue_id
        rows.changed(call)

    def queue_refused(self, fact: QueueRefused) -> None:
        """A queue did not take the call."""
        rows = self._rows
        refusal = rows.point(
            "queue_refusal", fact.call_id, fact.at_us, queue_id=fact.queue_id, target=fact.to
        )
        refusal.outcome = fact.reason
        rows.intervals.of(fact.queue_id, fact.at_us).refused += 1

    def estimate_told(self, fact: EstimateTold) -> None:
        """The caller hears an estimate of the wait."""
        wait = self._rows.of("queue_wait", fact.call_id)
        if wait is not None:
            wait.told_us = fact.estimate_us
            self._rows.changed(wait)

    def left_queue(self, fact: CallLeftQueue) -> None:
        """A queue wait ends without an answer."""
        rows = self._rows
        wait = rows.end("queue_wait", fact.call_id, fact.at_us, fact.reason)
        self._add_waited(fact.call_id, fact.waited_us)
        if wait is None:
            return
        wait.waited_us = fact.waited_us
        wait.position = fact.position
        wait.is_short = int(fact.short)
        wait.target = fact.to
        counts = rows.intervals.of(wait.queue_id, wait.started_at_us)
        if fact.reason != "abandoned":
            counts.left_otherwise += 1
            counts.waited_otherwise_us += fact.waited_us
            return
        counts.abandoned += 1
        counts.short_abandoned += fact.short
        counts.waited_abandoned_us += fact.waited_us
        rows.intervals.add_wait(wait.queue_id, wait.started_at_us, fact.waited_us, answered=False)

    def _add_waited(self, call_id: str, waited_us: int) -> None:
        call = self._rows.calls.get(call_id)
        if call is not None:
            call.waited_us += waited_us
            self._rows.changed(call)

    # -- offers -----------------------------------------------------------------------------------

    def offer_made(self, fact: OfferMade) -> None:
        """An agent is rung."""
        rows = self._rows
        rows.begin(
            "offer", fact.call_id, fact.at_us, queue_id=fact.queue_id, agent_id=fact.agent_id,
            reference=fact.offer_id, detail=fact.rule,
        )  # fmt: skip
        self._agents.with_call(fact.agent_id, fact.call_id, fact.queue_id)
        if fact.queue_id:
            rows.intervals.of(fact.queue_id, fact.at_us).offers += 1
        call = rows.calls.get(fact.call_id)
        if call is not None:
            call.offers += 1
            rows.changed(call)

    def offer_redirected(self, fact: OfferRedirection) -> None:
        """The agent's telephone sends the offer elsewhere."""
        offer = self._rows.of("offer", fact.offer_id)
        if offer is not None:
            offer.target = fact.number
            self._rows.changed(offer)

    def offer_closed(self, fact: OfferClosed) -> None:
        """An offer ends without a conversation."""
        rows = self._rows
        offer = rows.end("offer", fact.offer_id, fact.at_us, fact.outcome)
        if offer is None:
            return
        offer.rang_us = fact.rang_us
        if fact.outcome in _MISSED and fact.queue_id:
            rows.intervals.of(fact.queue_id, offer.started_at_us).offers_missed += 1

    def connected(self, fact: CallConnected) -> None:
        """Wait and offer end, a conversation begins."""
        rows = self._rows
        offer = rows.end("offer", fact.offer_id, fact.at_us, "connected")
        if offer is not None:
            offer.rang_us = fact.rang_us
        wait = rows.end("queue_wait", fact.call_id, fact.at_us, "answered")
        if wait is not None:
            wait.waited_us = fact.waited_us
            wait.agent_id = fact.agent_id
            counts = rows.intervals.of(wait.queue_id, wait.started_at_us)
            counts.answered += 1
            counts.waited_answered_us += fact.waited_us
            rows.intervals.add_wait(
                wait.queue_id, wait.started_at_us, fact.waited_us, answered=True
            )
            self._add_waited(fact.call_id, fact.waited_us)
        talk = rows.begin(
            "talk", fact.call_id, fact.at_us, queue_id=fact.queue_id, agent_id=fact.agent_id,
            reference=fact.offer_id,
        )  # fmt: skip
        talk.waited_us, talk.rang_us = fact.waited_us, fact.rang_us
        self._agents.with_call(fact.agent_id, fact.call_id, fact.queue_id)
        call = rows.calls.get(fact.call_id)
        if call is None:
            return
        call.answers += 1
        call.last_agent_id = fact.agent_id
        if call.answered_at_us is None:
            call.answered_at_us = fact.at_us
            call.first_agent_id = fact.agent_id
            call.rang_us = fact.rang_us
        rows.changed(call)

    # -- elsewhere --------------------------------------------------------------------------------

    def diverted(self, fact: CallDiverted) -> None:
        """The call goes to a number, a box, a flow or a supervisor."""
        kind, _, target = fact.to.partition(" ")
        if kind == "flow":
            # Flows tell their beginning themselves.
            return
        if kind not in AWAY_KINDS:
            kind, target = "diverted", fact.to
        self._rows.begin(kind, fact.call_id, fact.at_us, target=target)

    def number_reached(self, fact: NumberReached) -> None:
        """The number outside has answered."""
        away = self._rows.of("away", fact.call_id)
        if away is not None:
            away.rang_us, away.outcome = fact.rang_us, "reached"
            self._rows.changed(away)

    def number_missed(self, fact: NumberMissed) -> None:
        """The number outside was not reached."""
        away = self._rows.end("away", fact.call_id, fact.at_us, "missed")
        if away is not None:
            away.rang_us, away.detail = fact.rang_us, fact.cause

    def message_stored(self, fact: MessageStored) -> None:
        """The caller's message is in the box."""
        rows = self._rows
        away = rows.end("away", fact.call_id, fact.at_us, "stored")
        if away is None:
            away = rows.point("voicemail", fact.call_id, fact.at_us)
            away.outcome = "stored"
        away.target, away.detail, away.active_us = fact.box, fact.file, fact.length_us

    def ended(self, fact: CallEnded) -> None:
        """The call is over, and what it had open with it."""
        rows = self._rows
        for kind in _ENDED_WITH_CALL:
            segment = rows.of(kind, fact.call_id)
            if segment is not None:
                rows.end(kind, fact.call_id, fact.at_us, segment.outcome or fact.outcome)
        callback = rows.callbacks.pop(fact.call_id, None)
        if callback is not None:
            callback.ended_at_us = fact.at_us
            callback.outcome = "reached" if callback.reached_at_us is not None else fact.outcome
            rows.changed(callback)
        call = rows.calls.pop(fact.call_id, None)
        if call is None:
            return
        call.ended_at_us = fact.at_us
        call.outcome, call.ended_by, call.cause = fact.outcome, fact.ended_by, fact.cause
        rows.changed(call)

    # -- callbacks --------------------------------------------------------------------------------

    def callback_placed(self, fact: CallbackPlaced) -> None:
        """A caller waits to be rung back."""
        rows = self._rows
        if fact.call_id in rows.callbacks:
            return
        callback = CallbackRow(
            rows.source_id, rows.seq, rows.idx, fact.call_id,
            rows.tenant_of(fact.call_id, fact.queue_id), fact.queue_id, fact.number, fact.at_us,
        )  # fmt: skip
        rows.callbacks[fact.call_id] = callback
        rows.add(callback)

    def callback_dialled(self, fact: CallbackDialled) -> None:
        """The customer is rung."""
        callback = self._rows.callbacks.get(fact.call_id)
        if callback is not None:
            callback.attempts, callback.attempted_at_us = fact.attempt, fact.at_us
            callback.next_at_us = None
            self._rows.changed(callback)

    def callback_missed(self, fact: CallbackMissed) -> None:
        """The customer was not reached."""
        callback = self._rows.callbacks.get(fact.call_id)
        if callback is not None:
            callback.cause = fact.cause
            callback.next_at_us = fact.next_at_us or None
            self._rows.changed(callback)

    def callback_reached(self, fact: CallbackReached) -> None:
        """The customer has answered."""
        callback = self._rows.callbacks.get(fact.call_id)
        if callback is not None:
            callback.reached_at_us, callback.cause = fact.at_us, ""
            self._rows.changed(callback)
