"""What agents ask for: to sign in and out, to be ready or not, and wrap-up."""

from __future__ import annotations

from acdengine.engine.agents import IN_CALL, Agents
from acdengine.engine.nailed_up_lines import NailedUpLines
from acdengine.engine.part import Handlers, Part
from acdengine.engine.state import EngineState
from acdengine.requests import (
    NotReadyRequested,
    ReadyRequested,
    SignInRequested,
    SignOutRequested,
    WrapUpEndRequested,
    WrapUpExtendRequested,
    WrapUpRequested,
)
from routing.agent import Agent


class AgentRequests(Part):
    """Handles the requests that concern an agent's own state."""

    def __init__(self, state: EngineState, agents: Agents, lines: NailedUpLines) -> None:
        self._state = state
        self._agents = agents
        self._lines = lines

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        answer = self._state.answer
        return {
            SignInRequested: lambda event: answer(event, self.sign_in(event)),
            SignOutRequested: lambda event: answer(event, self.sign_out(event)),
            ReadyRequested: lambda event: answer(event, self.ready(event)),
            NotReadyRequested: lambda event: answer(event, self.not_ready(event)),
            WrapUpRequested: self.wrap_up,
            WrapUpExtendRequested: self.extend_wrap_up,
            WrapUpEndRequested: self.end_wrap_up,
        }

    def sign_in(self, event: SignInRequested) -> str:
        """Sign an agent in; one who is signed in already changes the telephone. Returns what is in
        the way, as do the requests below."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None or event.agent_id not in state.plan.agents:
            return "no such agent"
        if agent.state in IN_CALL and event.contact not in ("", agent.contact):
            return "the phone cannot change during a call"
        usual = agent.profile.contact if agent.state == "logged_out" else agent.contact
        contact = event.contact or usual
        others = self._agents.telephones.others(agent, contact)
        problem = self._telephone_problem(agent, others)
        if problem:
            return problem
        for other in others:
            self._agents.leave(other, event.by)
        self._agents.use_phone(agent, contact)
        if agent.pending == "logged_out":
            agent.pending = ""
            state.note_availability(agent)
        if agent.state == "logged_out":
            self._agents.begin(agent, event.by)
        elif agent.state not in IN_CALL:
            self._agents.fit_line(agent)
        return ""

    def _telephone_problem(self, agent: Agent, others: list[Agent]) -> str:
        """Why an agent cannot have a telephone on which these others are signed in."""
        for other in others:
            if other.tenant_id != agent.tenant_id:
                return "another agent is signed in on this telephone"
            if other.state in IN_CALL:
                return f"{other.agent_id} is in a call on this telephone"
            if self._state.tenant(agent.tenant_id).telephone_in_use == "refuse":
                return f"{other.agent_id} is signed in on this telephone"
        return ""

    def sign_out(self, event: SignOutRequested) -> str:
        """Sign an agent out; during a call, when that is over."""
        agent = self._state.agents.get(event.agent_id)
        if agent is None:
            return "no such agent"
        if agent.state in IN_CALL:
            self._agents.set_pending(agent, "logged_out", "")
        elif agent.state != "logged_out":
            self._agents.leave(agent, event.by)
        return ""

    def ready(self, event: ReadyRequested) -> str:
        """Make an agent ready; during a call it cancels a break or sign-out asked for before."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        problem = ""
        if agent is None or event.agent_id not in state.plan.agents:
            problem = "no such agent"
        elif agent.state == "logged_out":
            problem = "not signed in"
        elif any(party.agent_id == agent.agent_id for party in state.parties.values()):
            problem = "on the telephone, supervising a conversation"
        elif agent.state in IN_CALL:
            agent.pending = agent.pending_reason = ""
            state.note_availability(agent)
        elif agent.state == "wrap_up":
            if agent.profile.wrap_up.mode != "forced":
                self._lines.want(agent)
            problem = self._end_wrap_up(agent, event.by)
        elif agent.state == "not_ready":
            self._lines.want(agent)
            agent.pending = ""
            agent.idle_since_us = state.now_us
            self._agents.become_available(agent, event.by)
        return problem

    def not_ready(self, event: NotReadyRequested) -> str:
        """Begin a break; during an offer, a call or wrap-up, when that is over."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        problem = ""
        if agent is None or event.agent_id not in state.plan.agents:
            problem = "no such agent"
        elif agent.state == "logged_out":
            problem = "not signed in"
        elif event.reason not in self._reasons(agent):
            problem = f"no such reason; one of {', '.join(self._reasons(agent))}"
        elif agent.state in ("ready", "not_ready"):
            agent.resumes_ready = False
            state.matcher.make_busy(agent)
            self._agents.change(agent, "rested", event.reason, by=event.by)
        else:
            self._agents.set_pending(agent, "not_ready", event.reason)
        return problem

    def _reasons(self, agent: Agent) -> tuple[str, ...]:
        return self._state.tenant(agent.tenant_id).not_ready_reasons

    def wrap_up(self, event: WrapUpRequested) -> None:
        """Ask for wrap-up: during a call, or, with optional wrap-up, just after it."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None:
            state.answer(event, "no such agent")
            return
        policy = agent.profile.wrap_up
        ends_us = agent.last_ended_us + policy.time_us
        if policy.mode == "none":
            state.answer(event, "wrap-up is off for this agent")
        elif agent.state == "talking":
            agent.wrap_up_wanted = True
            state.answer(event)
        elif (
            policy.mode == "optional"
            and agent.state == "ready"
            and agent.calls
            and state.now_us < ends_us
        ):
            state.matcher.make_busy(agent)
            self._agents.change(agent, "wrapped_up", until_us=ends_us, by=event.by)
            state.answer(event)
        else:
            state.answer(event, "there is no call to wrap up")

    def extend_wrap_up(self, event: WrapUpExtendRequested) -> None:
        """Put off the end of wrap-up, by no more in all than the policy allows. Wrap-up without an
        end cannot be extended."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        problem = ""
        if agent is None:
            problem = "no such agent"
        elif agent.state != "wrap_up" or not agent.until_us:
            problem = "no wrap-up with an end"
        elif event.by_us <= 0:
            problem = "the time to add must be positive"
        elif agent.extended_us + event.by_us > agent.profile.wrap_up.extend_limit_us:
            problem = "beyond the limit of extensions"
        else:
            agent.extended_us += event.by_us
            self._agents.change(
                agent, "wrapped_up", until_us=agent.until_us + event.by_us, by=event.by
            )
        state.answer(event, problem)

    def end_wrap_up(self, event: WrapUpEndRequested) -> None:
        """End wrap-up early, where the policy lets agents do so."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None:
            state.answer(event, "no such agent")
        elif agent.state != "wrap_up":
            state.answer(event, "not in wrap-up")
        else:
            state.answer(event, self._end_wrap_up(agent, event.by))

    def _end_wrap_up(self, agent: Agent, by: str) -> str:
        if agent.profile.wrap_up.mode == "forced":
            return "this wrap-up ends by itself"
        self._agents.call_work_over(agent, by)
        return ""
