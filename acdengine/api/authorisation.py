"""What a bearer sees and may touch: the only place where tenants, teams and roles are compared.

What is not visible does not exist for the bearer; what is visible and may not be touched is
refused. A token of a tenant sees and touches nothing of another. A supervisor of teams sees the
tenant's queues and calls, and of the agents those of the teams. An agent sees itself and the calls
it rings for, holds or held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import structs

from acdengine.api.problems import unknown
from acdengine.conversation_facts import (
    CallHandedOver,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
)
from acdengine.engine.explain.explanation import Explanation, LeftOut
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact, CallConnected, OfferMade
from acdengine.runtime.masking import Masks
from acdengine.screen_pop import ScreenPop
from acdengine.settings.credentials import Access
from queues.queue import CallQueue
from routing.agent import Agent

#: Facts about supervision: only tokens that may listen get them.
OF_SUPERVISION: Final = (SupervisionStarted, SupervisionChanged, SupervisionEnded)


class Rights:
    """The engine's state as one bearer may see it.

    Args:
        access: what the bearer's token gives.
        state: gives the state of the moment.
        masks: what is written in place of callers' numbers; None: the bearer sees them.
    """

    def __init__(
        self, access: Access, state: Callable[[], EngineState], masks: Masks | None
    ) -> None:
        self.access = access
        self._state = state
        self._masks = masks

    @property
    def state(self) -> EngineState:
        """Everything the engine knows at this moment."""
        return self._state()

    @property
    def sees_numbers(self) -> bool:
        """Whether callers' numbers are shown as they are."""
        return self._masks is None

    # -- what is there -------------------------------------------------------------------------

    def sees_tenant(self, tenant_id: str) -> bool:
        """Whether a tenant is visible."""
        return self.access.tenant_id in ("", tenant_id)

    def sees_queue(self, queue: CallQueue) -> bool:
        """Whether a queue is visible."""
        return self.access.role != "agent" and self.sees_tenant(queue.policy.tenant_id)

    def sees_agent(self, agent: Agent) -> bool:
        """Whether an agent is visible."""
        access = self.access
        if access.role == "agent":
            return agent.agent_id == access.agent_id
        if access.team_ids and agent.profile.team_id not in access.team_ids:
            return False
        return self.sees_tenant(agent.tenant_id)

    def queue_names(self) -> list[str]:
        """The visible queues."""
        return [name for name, queue in self.state.queues.items() if self.sees_queue(queue)]

    def agent_names(self) -> list[str]:
        """The visible agents."""
        return [name for name, agent in self.state.agents.items() if self.sees_agent(agent)]

    def check_queue(self, field: str, queue_id: str) -> None:
        """See that a list is narrowed to a queue that there is.

        Raises:
            Refused: there is none visible.
        """
        queue = self.state.queues.get(queue_id)
        if queue is None or not self.sees_tenant(queue.policy.tenant_id):
            raise unknown(field, "queue", queue_id, self.queue_names())

    def check_agent(self, field: str, agent_id: str) -> None:
        """The same of an agent.

        Raises:
            Refused: there is none visible.
        """
        agent = self.state.agents.get(agent_id)
        if agent is None or not self.sees_agent(agent):
            raise unknown(field, "agent", agent_id, self.agent_names())

    def check_team(self, field: str, team_id: str) -> None:
        """The same of a team.

        Raises:
            Refused: no visible agent is of it.
        """
        agents = self.state.agents.values()
        teams = dict.fromkeys(a.profile.team_id for a in agents if self.sees_agent(a))
        teams.pop("", None)
        if team_id not in teams:
            raise unknown(field, "team", team_id, teams)

    def sees_call(self, call: Call) -> bool:
        """Whether a call is visible."""
        if not self.sees_tenant(call.tenant_id):
            return False
        return self.access.role != "agent" or self._is_own(call)

    def _is_own(self, call: Call) -> bool:
        own = self.access.agent_id
        return own in self.agents_on(call) or any(
            isinstance(fact, CallConnected | CallHandedOver) and fact.agent_id == own
            for fact in call.story
        )

    def agents_on(self, call: Call) -> list[str]:
        """The agents rung for, talking with, or asked about a call."""
        offers = self.state.offers
        consulted = call.consult.consult_id if call.consult is not None else ""
        wanted = (*call.ringing, call.offer_id, consulted)
        return [offers[name].agent_id for name in wanted if name in offers]

    def calls_of(self, agent_id: str) -> list[Call]:
        """The call that an agent is rung for or has, if any."""
        state = self.state
        agent = state.agents.get(agent_id)
        offer = state.offers.get(agent.offer_id) if agent is not None else None
        call = state.calls.get(offer.call_id) if offer is not None else None
        return [call] if call is not None and self.sees_tenant(call.tenant_id) else []

    def explanation(self, told: Explanation) -> Explanation:
        """An explanation that names only visible agents, and counts all."""
        if not self.access.team_ids:
            return told
        wait = told.wait
        return structs.replace(
            told,
            wait=wait and structs.replace(wait, agents=self._named(wait.agents)),
            decisions=tuple(
                structs.replace(decision, left_out=self._named(decision.left_out))
                for decision in told.decisions
            ),
        )

    def _named(self, groups: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
        agents = self.state.agents
        return tuple(
            structs.replace(
                group,
                agents=tuple(
                    named
                    for named in group.agents
                    if named.agent_id in agents and self.sees_agent(agents[named.agent_id])
                ),
            )
            for group in groups
        )

    # -- what may be touched -------------------------------------------------------------------

    def may_speak_for(self, call: Call) -> bool:
        """Whether the bearer may act in a conversation, as its agent or one of its supervisors."""
        state = self.state
        offer = state.offers.get(call.offer_id)
        agent = state.agents.get(offer.agent_id) if offer is not None else None
        if agent is None:
            # A conversation that has ended belongs to none of the agents who had it.
            return self.access.role != "agent"
        return self.sees_agent(agent)

    # -- personal data -------------------------------------------------------------------------

    def number(self, number: str) -> str:
        """A caller's number as the bearer may see it."""
        return number if self._masks is None else self._masks.number(number)

    def person(self, name: str) -> str:
        """A caller's name as the bearer may see it."""
        return name if self._masks is None else ""

    def contact(self, contact: str) -> str:
        """A telephone's contact as the bearer may see it."""
        return contact if self._masks is None else self._masks.contact(contact)

    def sees_supervision(self, agent_id: str) -> bool:
        """Whether the bearer may know who listens to an agent's conversations: bearers who may
        listen to them too."""
        if self.access.role not in ("admin", "supervisor"):
            return False
        agent = self.state.agents.get(agent_id)
        return self.sees_agent(agent) if agent is not None else not self.access.team_ids

    def facts(self, story: Sequence[AnyFact]) -> list[AnyFact]:
        """The facts of a story that the bearer may know, as the bearer may see them."""
        return [self.fact(fact) for fact in story if self._may_know(fact)]

    def _may_know(self, fact: AnyFact) -> bool:
        return not isinstance(fact, OF_SUPERVISION) or self.sees_supervision(fact.agent_id)

    def screen(self, screen: ScreenPop) -> ScreenPop:
        """What an agent's screen shows, as the bearer may see it."""
        return screen if self._masks is None else self._masks.screen(screen)

    def sees_screen(self, fact: AnyFact) -> bool:
        """Whether the bearer sees the screen pop of an offer: an agent sees its own only."""
        if self.access.role != "agent" or not isinstance(fact, OfferMade):
            return True
        return fact.agent_id == self.access.agent_id

    def fact(self, fact: AnyFact) -> AnyFact:
        """A fact with what the bearer may see of callers' numbers, names and screen pops."""
        if isinstance(fact, OfferMade) and not self.sees_screen(fact):
            fact = structs.replace(fact, screen=None)
        return fact if self._masks is None else self._masks.fact(fact)
