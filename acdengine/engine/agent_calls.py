"""Agents who call a flow: their PINs, with a limit on wrong ones, and what they want to be."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from acdengine.engine.agent_requests import AgentRequests
from acdengine.engine.flow_orders import id_of, ticket_of
from acdengine.engine.nodes import PHONE_REASONS
from acdengine.engine.part import Part, Share, Shares
from acdengine.engine.phones import Phones
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.flow_facts import AgentPinChecked
from acdengine.ivr.effects import ChangeAgent, CheckPin
from acdengine.ivr.inputs import AgentChanged, PinChecked, PinOutcome
from acdengine.ivr.turn import AgentSeen
from acdengine.plan import PinPolicy
from acdengine.requests import (
    NotReadyRequested,
    ReadyRequested,
    SignInRequested,
    SignOutRequested,
)
from acdengine.service_commands import CheckPin as CheckPinOrder
from acdengine.service_commands import WriteLogLine
from acdengine.service_events import PinChecked as PinReport
from queues.policy import SECOND_US

#: Who asks, for the facts.
_BY: Final = "telephone"
_REGISTERED: Final = "user/"


class WrongPins(Struct):
    """PINs of one agent, or from one telephone, that were wrong or are being checked; until when
    they count."""

    count: int = 0
    until_us: int = 0


class AgentCalls(Part):
    """Handles agents who call."""

    def __init__(self, state: EngineState, requests: AgentRequests, phones: Phones) -> None:
        self._state = state
        self._requests = requests
        self._phones = phones
        #: `agent ID` and `telephone TENANT/NUMBER` to what was wrong; the one tried last is last.
        self._wrong: dict[str, WrongPins] = {}

    def shares(self) -> Shares:
        """Wrong PINs, so that a restart opens no lock."""
        wrong = self._wrong
        return {"wrong_pins": Share(dict[str, WrongPins], lambda: wrong, wrong.update, dict)}

    # -- PINs ----------------------------------------------------------------------------------

    def check_pin(self, call: Call, effect: CheckPin) -> PinChecked | None:
        """Have a PIN checked; returns the answer where it is not looked at.

        It counts as wrong until it has proved right, so that PINs that are tried at the same moment
        are no way around the limit.
        """
        state = self._state
        policy = state.tenant(call.tenant_id).pins
        agent_id = self._agent_with(call.tenant_id, effect.number)
        self._forget()
        until_us = self._locked_until_us(call, agent_id, policy)
        if until_us:
            self._tell(call, agent_id, "locked", until_us)
            return PinChecked(effect.ticket, "locked")
        for key in _keys(call, agent_id):
            wrong = self._wrong.pop(key, None) or WrongPins()
            self._wrong[key] = WrongPins(wrong.count + 1, state.now_us + policy.lock_us)
        order = CheckPinOrder(call.call_id, id_of(effect.ticket), agent_id, effect.secret)
        state.commands.append(order)
        return None

    def checked(self, call: Call, event: PinReport) -> PinChecked:
        """A PIN was checked, or could not be."""
        agent_id = event.agent_id
        is_right = event.is_right and self._is_agent_of(call.tenant_id, agent_id)
        outcome: PinOutcome = "accepted" if is_right else "failed" if event.is_gone else "refused"
        if outcome != "refused":
            self._take_back(call, agent_id, is_right=is_right)
        policy = self._state.tenant(call.tenant_id).pins
        until_us = self._locked_until_us(call, agent_id, policy) if outcome == "refused" else 0
        self._tell(call, agent_id, outcome, until_us)
        if until_us:
            who = f"agent {agent_id}" if agent_id else "numbers of no agent"
            seconds = (until_us - self._state.now_us) // SECOND_US
            words = f"too many wrong PINs ({who}): none is looked at for {seconds} s"
            self._state.commands.append(WriteLogLine(call.call_id, "warning", words))
        return PinChecked(ticket_of(event.check_id), outcome, agent_id if is_right else "")

    def _agent_with(self, tenant_id: str, number: str) -> str:
        """The agent of a tenant who has this number; empty where none has."""
        if number:
            for profile in self._state.plan.agents.values():
                if profile.number == number and profile.tenant_id == tenant_id:
                    return profile.agent_id
        return ""

    def _is_agent_of(self, tenant_id: str, agent_id: str) -> bool:
        profile = self._state.plan.agents.get(agent_id)
        return profile is not None and profile.tenant_id == tenant_id

    def _locked_until_us(self, call: Call, agent_id: str, policy: PinPolicy) -> int:
        """Until when no PIN of this agent or from this telephone is looked at; 0: it is now."""
        until_us = 0
        for key in _keys(call, agent_id):
            wrong = self._wrong.get(key)
            if wrong is not None and wrong.count >= policy.attempts:
                until_us = max(until_us, wrong.until_us)
        return until_us if until_us > self._state.now_us else 0

    def _forget(self) -> None:
        """Forget what counts no longer."""
        now = self._state.now_us
        over = [key for key, one in self._wrong.items() if one.until_us <= now]
        for key in over:
            del self._wrong[key]

    def _take_back(self, call: Call, agent_id: str, *, is_right: bool) -> None:
        """The last PIN was right after all: the agent has no wrong ones, the telephone one fewer.
        Of one that was not looked at, both have one fewer."""
        for key in _keys(call, agent_id):
            wrong = self._wrong.get(key)
            if wrong is None:
                continue
            wrong.count -= 1
            if wrong.count <= 0 or (is_right and key.startswith("agent ")):
                del self._wrong[key]

    def _tell(self, call: Call, agent_id: str, outcome: PinOutcome, until_us: int) -> None:
        now = self._state.now_us
        fact = AgentPinChecked(now, call.call_id, agent_id, outcome, until_us)
        self._state.tell_call(call, fact)

    # -- states --------------------------------------------------------------------------------

    def seen(self, agent_id: str) -> AgentSeen | None:
        """An agent as one who calls hears of it."""
        agent = self._state.agents.get(agent_id)
        profile = self._state.plan.agents.get(agent_id)
        if agent is None or profile is None:
            return None
        waits = agent.reason in PHONE_REASONS and agent.resumes_ready
        if waits and agent_id in self._state.calling:
            return AgentSeen(profile.number, profile.name, "ready")
        return AgentSeen(profile.number, profile.name, agent.state, agent.reason)

    def change(self, call: Call, effect: ChangeAgent) -> AgentChanged:
        """Do what an agent who calls wants."""
        if not self._is_agent_of(call.tenant_id, effect.agent_id):
            return AgentChanged(effect.ticket, "no such agent")
        problem = self._changed(call, effect)
        if not problem:
            self._note_own_call(call, effect.agent_id)
        return AgentChanged(effect.ticket, problem)

    def _changed(self, call: Call, effect: ChangeAgent) -> str:
        now, agent_id = self._state.now_us, effect.agent_id
        requests = self._requests
        if effect.change == "ready":
            return requests.ready(ReadyRequested(now, agent_id=agent_id, by=_BY))
        if effect.change == "not_ready":
            reason = effect.reason
            return requests.not_ready(
                NotReadyRequested(now, agent_id=agent_id, reason=reason, by=_BY)
            )
        if effect.change == "sign_out":
            return requests.sign_out(SignOutRequested(now, agent_id=agent_id, by=_BY))
        telephone = call.caller.telephone
        if effect.is_here and not telephone:
            return "the call does not come from a telephone of the centre"
        contact = _REGISTERED + telephone if effect.is_here else ""
        return requests.sign_in(SignInRequested(now, agent_id=agent_id, contact=contact, by=_BY))

    def _note_own_call(self, call: Call, agent_id: str) -> None:
        """The call is the own call of an agent whose telephone it comes from: the agent is not rung
        before it is over."""
        caller, agent = call.caller, self._state.agents[agent_id]
        is_own = caller.telephone and agent.contact == _REGISTERED + caller.telephone
        if not is_own or caller.from_agent_id == agent_id:
            return
        before, caller.from_agent_id = caller.from_agent_id, agent_id
        if before:
            self._phones.calls(before, -1)
        self._phones.calls(agent_id, 1)


def _keys(call: Call, agent_id: str) -> list[str]:
    """Under what wrong PINs are counted: the telephone, and the agent where there is one."""
    caller = call.caller
    telephone = caller.telephone or caller.asserted or caller.known_by
    keys = [f"telephone {call.tenant_id}/{telephone}"]
    return [*keys, f"agent {agent_id}"] if agent_id else keys
