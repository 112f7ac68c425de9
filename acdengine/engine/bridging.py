"""Bridging legs during a conversation: commands are repeated until the switch confirms them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from acdengine.commands import Bridge, JoinAll, JoinConsult
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.part import DeadlineHandlers, Handlers, Part
from acdengine.engine.records import Call, Consult
from acdengine.engine.state import EngineState
from acdengine.events import AllJoined, CallBridged, ConsultJoined

#: Caller and agent (or a party) alone; agent and consulted party alone; all three.
Await: TypeAlias = Literal["", "bridge", "consult", "all"]


class Bridging(Part):
    """Keeps one bridge order a call and repeats it until the switch confirms it; a later order
    replaces it."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            ConsultJoined: self.consult_joined,
            AllJoined: self.all_joined,
        }

    def deadlines(self) -> DeadlineHandlers:
        """A bridge was not confirmed."""
        return {"talking": self.due, "held": self.due, "outside": self.due}

    def check(self) -> Iterator[str]:
        """A bridge that is not confirmed is ordered again."""
        for call in self._state.calls.values():
            if call.unconfirmed and not call.deadline:
                yield f"call {call.call_id}: {call.unconfirmed} is not confirmed, with no deadline"

    def order(self, call: Call, what: Await) -> None:
        """Order a bridge of legs, in place of the bridge that the switch has now."""
        state = self._state
        call.unconfirmed = what
        call.repeats = 0
        state.arm_call(call, state.now_us + REPEAT_US)
        self._command(call)

    def _command(self, call: Call) -> None:
        state = self._state
        consult = call.consult
        if call.unconfirmed == "bridge":
            state.commands.append(Bridge(call.call_id, call.offer_id or call.party_id))
        elif consult is not None and call.unconfirmed == "consult":
            queue = state.queues.get(call.last_queue_id)
            music = queue.policy.announcements.music if queue is not None else "default"
            state.commands.append(
                JoinConsult(
                    call.call_id, call.offer_id, consult.consult_id, music,
                    accepted=not self._awaits_key(consult),
                )
            )  # fmt: skip
        elif consult is not None:
            state.commands.append(JoinAll(call.call_id, call.offer_id, consult.consult_id))

    def _awaits_key(self, consult: Consult) -> bool:
        """Whether the consulted agent has to accept by a key, and has not yet."""
        offer = self._state.offers.get(consult.consult_id)
        return offer is not None and offer.state == "ringing" and offer.accept_key is not None

    def due(self, call: Call) -> None:
        """The bridge was not confirmed: send the command again, up to the limit."""
        state = self._state
        if not call.unconfirmed:
            return
        if call.consult is not None and call.consult.state == "ringing":
            # Confirmed by the answer, which has a deadline of its own.
            state.arm_call(call, state.now_us + REPEAT_US)
            return
        if not repeats(state, call):
            call.unconfirmed = ""
            return
        self._command(call)
        state.arm_call(call, state.now_us + REPEAT_US)

    def bridged(self, event: CallBridged) -> bool:
        """Whether this confirms what was ordered during a conversation or after it."""
        call = self._state.calls.get(event.call_id)
        if call is None or call.unconfirmed != "bridge" or call.state == "ending":
            return False
        if event.offer_id != (call.offer_id or call.party_id):
            return False
        self._confirm(call)
        return True

    def consult_joined(self, event: ConsultJoined) -> None:
        """Agent and consulted party hear each other."""
        self._joined(event.call_id, event.consult_id, "consult")

    def all_joined(self, event: AllJoined) -> None:
        """All three hear each other."""
        self._joined(event.call_id, event.consult_id, "all")

    def _joined(self, call_id: str, consult_id: str, awaited: Await) -> None:
        call = self._state.calls.get(call_id)
        if call is None or call.consult is None or call.unconfirmed != awaited:
            self._state.count("late_events")
        elif call.consult.consult_id == consult_id and call.consult.state != "ringing":
            self._confirm(call)
        else:
            self._state.count("late_events")

    def _confirm(self, call: Call) -> None:
        call.unconfirmed = ""
        self._state.disarm_call(call)
