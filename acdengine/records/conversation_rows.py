"""Rows of what happens while caller and agent talk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acdengine.conversation_facts import (
    CallHandedOver,
    CallHeld,
    CallRetrieved,
    CallTransferred,
    ConsultAnswered,
    ConsultEnded,
    ConsultStarted,
    ConversationEnded,
    RecordingLeftOut,
    RecordingStarted,
    RecordingStopped,
    SupervisionEnded,
    SupervisionStarted,
    TransferRefused,
)
from acdengine.facts import AnyFact
from acdengine.records.agent_rows import AgentRows
from acdengine.records.open_rows import OpenRows


class ConversationRows:
    """Makes rows of the facts of `acdengine.conversation_facts`."""

    def __init__(self, rows: OpenRows, agents: AgentRows) -> None:
        self._rows = rows
        self._agents = agents

    def handlers(self) -> dict[type[AnyFact], Callable[[Any], None]]:
        """What takes each kind of fact."""
        return {
            CallHeld: self.held,
            CallRetrieved: self.retrieved,
            CallTransferred: self.transferred,
            TransferRefused: self.transfer_refused,
            CallHandedOver: self.handed_over,
            ConsultStarted: self.consult_started,
            ConsultAnswered: self.consult_answered,
            ConsultEnded: self.consult_ended,
            SupervisionStarted: self.supervision_started,
            SupervisionEnded: self.supervision_ended,
            ConversationEnded: self.ended,
            RecordingStarted: self.recording_started,
            RecordingStopped: self.recording_stopped,
            RecordingLeftOut: self.recording_left_out,
        }

    def _queue_of(self, call_id: str) -> str:
        """The queue of the conversation that a call is in."""
        talk = self._rows.of("talk", call_id)
        return "" if talk is None else talk.queue_id

    def held(self, fact: CallHeld) -> None:
        """The caller is on hold."""
        self._rows.begin(
            "hold", fact.call_id, fact.at_us,
            queue_id=self._queue_of(fact.call_id), agent_id=fact.agent_id,
        )  # fmt: skip

    def retrieved(self, fact: CallRetrieved) -> None:
        """The caller is off hold."""
        hold = self._rows.end("hold", fact.call_id, fact.at_us, "retrieved")
        if hold is not None:
            hold.held_us = fact.held_us

    def transferred(self, fact: CallTransferred) -> None:
        """An agent has passed the call on: it counts for that agent, not for who takes it."""
        rows = self._rows
        how = "by_telephone" if fact.by_telephone else "by_switch" if fact.by_switch else ""
        transfer = rows.point(
            "transfer", fact.call_id, fact.at_us, queue_id=self._queue_of(fact.call_id),
            agent_id=fact.agent_id, target=fact.to, detail=how,
        )  # fmt: skip
        transfer.outcome = fact.kind
        call = rows.calls.get(fact.call_id)
        if call is not None:
            call.transfers += 1
            rows.changed(call)

    def transfer_refused(self, fact: TransferRefused) -> None:
        """The call may not be passed on to there."""
        transfer = self._rows.point(
            "transfer", fact.call_id, fact.at_us, agent_id=fact.agent_id, target=fact.to,
            detail=fact.reason,
        )  # fmt: skip
        transfer.outcome = "refused"

    def handed_over(self, fact: CallHandedOver) -> None:
        """After a consult another agent has the caller."""
        rows = self._rows
        rows.end("offer", fact.offer_id, fact.at_us, "connected")
        rows.begin(
            "talk", fact.call_id, fact.at_us, queue_id=fact.queue_id, agent_id=fact.agent_id,
            reference=fact.offer_id, detail="handed_over",
        )  # fmt: skip
        self._agents.with_call(fact.agent_id, fact.call_id, fact.queue_id)
        call = rows.calls.get(fact.call_id)
        if call is not None:
            call.answers += 1
            call.last_agent_id = fact.agent_id
            rows.changed(call)

    def consult_started(self, fact: ConsultStarted) -> None:
        """Another party is rung."""
        self._rows.begin(
            "consult", fact.call_id, fact.at_us, queue_id=self._queue_of(fact.call_id),
            agent_id=fact.agent_id, reference=fact.consult_id, target=fact.to,
        )  # fmt: skip

    def consult_answered(self, fact: ConsultAnswered) -> None:
        """The consulted party has answered."""
        consult = self._rows.of("consult", fact.consult_id)
        if consult is not None:
            consult.rang_us = fact.rang_us
            self._rows.changed(consult)

    def consult_ended(self, fact: ConsultEnded) -> None:
        """The consult is over."""
        consult = self._rows.end("consult", fact.consult_id, fact.at_us, fact.outcome)
        if consult is not None:
            consult.active_us = fact.lasted_us

    def supervision_started(self, fact: SupervisionStarted) -> None:
        """A supervisor is rung."""
        self._rows.begin(
            "supervision", fact.call_id, fact.at_us, queue_id=self._queue_of(fact.call_id),
            agent_id=fact.agent_id, reference=fact.party_id, target=fact.by, detail=fact.mode,
        )  # fmt: skip

    def supervision_ended(self, fact: SupervisionEnded) -> None:
        """The supervision is over."""
        segment = self._rows.end("supervision", fact.party_id, fact.at_us, fact.reason)
        if segment is not None:
            segment.active_us = fact.lasted_us

    def ended(self, fact: ConversationEnded) -> None:
        """Caller and agent no longer talk."""
        rows = self._rows
        hold = rows.end("hold", fact.call_id, fact.at_us, "conversation_over")
        if hold is not None:
            hold.held_us = fact.at_us - hold.started_at_us
        talk = rows.of("talk", fact.call_id)
        # After a hand-over the next conversation has begun already.
        if talk is not None and talk.agent_id == fact.agent_id:
            rows.end("talk", fact.call_id, fact.at_us, fact.ended_by)
            talk.active_us, talk.held_us = fact.talked_us, fact.held_us
            if talk.queue_id:
                counts = rows.intervals.of(talk.queue_id, talk.started_at_us)
                counts.conversations += 1
                counts.talked_us += fact.talked_us
                counts.held_us += fact.held_us
        call = rows.calls.get(fact.call_id)
        if call is not None:
            call.talked_us += fact.talked_us
            call.held_us += fact.held_us
            rows.changed(call)

    def recording_started(self, fact: RecordingStarted) -> None:
        """A recording begins; it may go on after the end of the call."""
        self._rows.begin(
            "recording", fact.call_id, fact.at_us, queue_id=fact.queue_id,
            agent_id=fact.agent_id, target=fact.file, detail=fact.by,
        )  # fmt: skip

    def recording_stopped(self, fact: RecordingStopped) -> None:
        """The recording is complete."""
        recording = self._rows.end("recording", fact.file, fact.at_us, fact.cause)
        if recording is not None:
            recording.active_us = fact.length_us

    def recording_left_out(self, fact: RecordingLeftOut) -> None:
        """A conversation is not recorded though it was to be."""
        recording = self._rows.point(
            "recording", fact.call_id, fact.at_us, queue_id=fact.queue_id, agent_id=fact.agent_id,
            detail=fact.reason,
        )  # fmt: skip
        recording.outcome = "left_out"
