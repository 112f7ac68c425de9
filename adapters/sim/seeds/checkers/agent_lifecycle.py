"""An agent is in one state, gets calls only when ready, and keeps wrap-up as long as promised."""

from __future__ import annotations

from dataclasses import dataclass

from acdengine.centre_facts import AgentStateChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.events import AnyEvent
from acdengine.facts import OfferMade
from acdengine.plan import Plan
from acdengine.requests import (
    NotReadyRequested,
    ReadyRequested,
    SignOutRequested,
    WrapUpEndRequested,
)
from adapters.sim.seeds.checkers.checker import HandledEvent, need

#: What may follow what, written down from the description of the states and not from the engine.
_FOLLOWS = {
    "logged_out": ("not_ready", "talking"),
    "not_ready": ("ready", "not_ready", "logged_out", "talking"),
    "ready": ("ringing", "not_ready", "logged_out", "wrap_up", "talking"),
    "ringing": ("talking", "ready", "not_ready", "logged_out"),
    "talking": ("wrap_up", "ready", "not_ready", "logged_out"),
    "wrap_up": ("wrap_up", "ready", "not_ready", "logged_out", "talking"),
}
#: Only a conversation that is found on the switch begins without ringing.
_FOUND = {("logged_out", "talking"), ("not_ready", "talking"), ("ready", "talking"),
          ("wrap_up", "talking")}  # fmt: skip
_BUSY = ("ringing", "talking")


@dataclass(slots=True)
class _Known:
    state: str = "logged_out"
    since_us: int = 0
    wrap_up_from_us: int = 0
    talked: bool = False


class AgentLives:
    """Agents' states follow each other, offers go to the ready, wrap-up lasts as agreed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._agents: dict[str, _Known] = {}

    def look(self, moment: HandledEvent) -> None:
        """Follow each agent through the facts."""
        for fact in moment.facts:
            if isinstance(fact, AgentStateChanged):
                self._changed(fact, moment)
            elif isinstance(fact, OfferMade):
                known = self._agents.get(fact.agent_id)
                need(
                    known is not None and known.state == "ringing" and known.since_us == fact.at_us,
                    f"{fact.agent_id} was offered {fact.call_id} without having been ready",
                )
            elif isinstance(fact, ConversationEnded):
                self._agents[fact.agent_id].talked = True

    def _changed(self, fact: AgentStateChanged, moment: HandledEvent) -> None:
        agent_id, at_us = fact.agent_id, fact.at_us
        known = self._agents.setdefault(agent_id, _Known())
        before, state = known.state, fact.state
        need(before == fact.before, f"{agent_id} was {before}, the fact says {fact.before}")
        need(state in _FOLLOWS[before], f"{agent_id} went from {before} to {state}")
        found = (before, state) in _FOUND
        need(
            not found or type(moment.event).__name__ == "SwitchSynced",
            f"{agent_id} talks without having been rung",
        )
        need((state == "not_ready") == bool(fact.reason), f"{agent_id}: reason {fact.reason!r}")
        if before == "talking" and known.talked:
            self._after_call(fact, known, moment)
        if before == "wrap_up" and state != "wrap_up":
            self._wrap_up_over(fact, known, moment)
        if state == "wrap_up" and before != "wrap_up":
            known.wrap_up_from_us = at_us
        if state == "talking":
            known.talked = False
        known.state, known.since_us = state, at_us

    def _after_call(self, fact: AgentStateChanged, known: _Known, moment: HandledEvent) -> None:
        """After a conversation comes wrap-up, where the policy has it."""
        mode = self._plan.agents[fact.agent_id].wrap_up.mode
        if mode in ("mandatory", "timed", "forced"):
            need(fact.state == "wrap_up", f"{fact.agent_id} had no wrap-up after a call")
        elif mode == "none":
            need(fact.state != "wrap_up", f"{fact.agent_id} wraps up against the policy")

    def _wrap_up_over(self, fact: AgentStateChanged, known: _Known, moment: HandledEvent) -> None:
        """Wrap-up ends when its time is over, or when the agent says so and may."""
        agent_id = fact.agent_id
        policy = self._plan.agents[agent_id].wrap_up
        lasted_us = fact.at_us - known.wrap_up_from_us
        if _signs_out(moment.event, agent_id) or fact.state == "talking":
            return
        if policy.mode == "forced":
            need(lasted_us >= policy.time_us, f"{agent_id}'s forced wrap-up was cut short")
        elif policy.mode == "mandatory" or (
            policy.mode in ("timed", "on_request") and lasted_us < policy.time_us
        ):
            need(_ends_wrap_up(moment.event, agent_id), f"{agent_id}'s wrap-up was cut short")

    def forget(self) -> None:
        """All agents are signed out."""
        self._agents.clear()

    def finish(self) -> None:
        """Every agent is free."""
        busy = [name for name, known in self._agents.items() if known.state in _BUSY]
        need(not busy, f"agents who never became free: {', '.join(busy)}")


def _signs_out(event: AnyEvent, agent_id: str) -> bool:
    return isinstance(event, SignOutRequested) and event.agent_id == agent_id


def _ends_wrap_up(event: AnyEvent, agent_id: str) -> bool:
    ends = WrapUpEndRequested | ReadyRequested | NotReadyRequested
    return isinstance(event, ends) and event.agent_id == agent_id
