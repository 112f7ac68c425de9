"""Supervision: a supervisor listens to an agent's conversation, whispers, or barges in.

One at a time, on a telephone of their own, for as long as the conversation lasts. The parties are
told nothing. A supervisor who is an agent too must not be ready for calls meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.commands import Supervise
from acdengine.conversation_facts import (
    SupervisionChanged,
    SupervisionEnd,
    SupervisionEnded,
    SupervisionStarted,
)
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.part import Handlers, Part
from acdengine.engine.parties import Parties
from acdengine.engine.records import Call, Party
from acdengine.engine.state import EngineState
from acdengine.events import SupervisionSet
from acdengine.facts import AnyFact
from acdengine.requests import (
    Request,
    SuperviseRequested,
    SupervisionChangeRequested,
    SupervisionEndRequested,
)

#: States in which an agent is not rung by the engine.
_AT_REST: Final = ("logged_out", "not_ready")


class Supervision(Part):
    """Connects supervisors to conversations and sets how they are heard."""

    def __init__(self, state: EngineState, parties: Parties) -> None:
        self._state = state
        self._parties = parties

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            SupervisionSet: self.was_set,
            SuperviseRequested: self.request,
            SupervisionChangeRequested: self.change,
            SupervisionEndRequested: self.end,
        }

    def check(self) -> Iterator[str]:
        """Conversations alone are supervised, by a party."""
        for call in self._state.calls.values():
            if not call.supervisor_id:
                continue
            name = f"call {call.call_id} ({call.state})"
            if call.state not in ("talking", "held"):
                yield f"{name} is supervised"
            if call.supervisor_id not in self._state.parties:
                yield f"{name} is supervised by {call.supervisor_id}, which is no party"

    # -- what is asked for ---------------------------------------------------------------------

    def request(self, event: SuperviseRequested) -> None:
        """Ring the supervisor, who then hears the conversation."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state not in ("talking", "held"):
            state.answer(event, state.why_no_conversation(event.call_id))
            return
        contact, problem = self._contact(call, event)
        if call.supervisor_id:
            problem = "somebody supervises this conversation"
        if problem:
            state.answer(event, problem)
            return
        party = self._parties.dial(call, "supervisor", contact=contact)
        party.by, party.agent_id, party.mode = event.by, event.agent_id, event.mode
        call.supervisor_id = party.party_id
        self._tell(
            call,
            SupervisionStarted(
                state.now_us, call.call_id, self._agent_id(call), party.party_id, party.by,
                party.agent_id, party.mode,
            ),
        )  # fmt: skip
        state.answer(event)

    def _contact(self, call: Call, event: SuperviseRequested) -> tuple[str, str]:
        """The supervisor's telephone, or why the request is refused."""
        if not event.agent_id:
            return event.contact, "" if event.contact else "no telephone to ring"
        agent = self._state.agents.get(event.agent_id)
        if agent is None or agent.tenant_id != call.tenant_id:
            return "", "no such agent"
        if agent.state not in _AT_REST:
            return "", "go not ready first"
        if any(party.agent_id == event.agent_id for party in self._state.parties.values()):
            return "", "this agent supervises a conversation already"
        contact = event.contact or agent.contact
        return contact, "" if contact else "no telephone to ring"

    def of(self, event: Request, call_id: str) -> tuple[Call, Party] | None:
        """The supervision that a request is about; None where it was refused."""
        call = self._state.calls.get(call_id)
        if call is None or not call.supervisor_id:
            self._state.answer(event, "nobody supervises this conversation")
            return None
        return call, self._state.parties[call.supervisor_id]

    def change(self, event: SupervisionChangeRequested) -> None:
        """Change the supervision mode: listen, whisper or barge."""
        found = self.of(event, event.call_id)
        if found is None:
            return
        call, party = found
        party.mode = event.mode
        if party.state == "answered":
            self._order(call, party)
        self._changed(call, party)
        self._state.answer(event)

    def end(self, event: SupervisionEndRequested) -> None:
        """The supervisor leaves, the conversation goes on."""
        found = self.of(event, event.call_id)
        if found is None:
            return
        self._leave(*found, "ended")
        self._state.answer(event)

    # -- what becomes of it --------------------------------------------------------------------

    def party_answered(self, call: Call, party: Party) -> None:
        """The supervisor has answered: order the supervision mode."""
        self._order(call, party)
        self._changed(call, party)

    def party_gone(self, call: Call, party: Party, cause: str) -> None:
        """The supervisor has hung up, or was not reached."""
        self.over(call, party, "hung_up" if party.answered_us else "not_reached")

    def conversation_over(self, call: Call) -> None:
        """End the supervision of a conversation that is over, if there is one."""
        if call.supervisor_id:
            self._leave(call, self._state.parties[call.supervisor_id], "conversation_over")

    def _leave(self, call: Call, party: Party, reason: SupervisionEnd) -> None:
        self._parties.drop(party)
        self.over(call, party, reason)

    def over(self, call: Call, party: Party, reason: SupervisionEnd) -> None:
        """Tell the fact that the supervision is over, and forget the supervisor."""
        state = self._state
        lasted_us = state.now_us - party.answered_us if party.answered_us else 0
        fact = SupervisionEnded(
            state.now_us, call.call_id, self._agent_id(call), party.party_id, reason, lasted_us
        )
        call.supervisor_id = ""
        self._tell(call, fact)

    # -- orders --------------------------------------------------------------------------------

    def _order(self, call: Call, party: Party) -> None:
        party.repeats = 0
        self._command(call, party)

    def _command(self, call: Call, party: Party) -> None:
        state = self._state
        state.commands.append(Supervise(party.party_id, call.call_id, call.offer_id, party.mode))
        state.arm_leg(party, state.now_us + REPEAT_US)

    def was_set(self, event: SupervisionSet) -> None:
        """The switch has confirmed the supervision mode."""
        party = self._state.parties.get(event.party_id)
        if party is None or party.role != "supervisor" or party.state != "answered":
            self._state.count("late_events")
        elif party.mode == event.mode:
            self._state.disarm_leg(party)

    def party_due(self, call: Call, party: Party) -> None:
        """The supervision mode was not confirmed: send it again, up to the limit."""
        if repeats(self._state, party):
            self._command(call, party)

    # -- telling -------------------------------------------------------------------------------

    def _agent_id(self, call: Call) -> str:
        offer = self._state.offers.get(call.offer_id)
        return offer.agent_id if offer is not None else ""

    def _changed(self, call: Call, party: Party) -> None:
        fact = SupervisionChanged(
            self._state.now_us, call.call_id, self._agent_id(call), party.party_id, party.by,
            party.mode,
        )  # fmt: skip
        self._tell(call, fact)

    def _tell(self, call: Call, fact: AnyFact) -> None:
        """Tell a fact in the call's story only: the agent's story must not show a supervision."""
        self._state.tell_call(call, fact)
