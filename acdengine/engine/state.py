"""The engine's state: everything it knows, and the few ways to write to it.

The parts of the engine (`intake`, `waiting`, `offers`, ...) share it; other packages only read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from acdengine.commands import AnswerCall, AnyCommand, Reply
from acdengine.engine.bounded_history import BoundedHistory
from acdengine.engine.records import Call, Consult, Line, Node, Offer, Party, Recording
from acdengine.errors import InvalidTransition
from acdengine.facts import AnyFact
from acdengine.ivr.versions import FlowVersions
from acdengine.machines import (
    CALL_TABLE,
    CONSULT_TABLE,
    LATE_LINE,
    LATE_OFFER,
    LATE_PARTY,
    LINE_TABLE,
    OFFER_TABLE,
    PARTY_TABLE,
    CallTrigger,
    ConsultTrigger,
    LineTrigger,
    OfferTrigger,
    PartyTrigger,
)
from acdengine.plan import Plan, Tenant
from acdengine.requests import Request
from queues.deadlines import NEVER_US, Deadlines
from queues.queue import CallQueue
from routing.agent import Agent
from routing.call_group import NO_PREFERENCE
from routing.draw import Draw
from routing.matcher import Matcher
from routing.policy import Hold

#: Facts kept with each agent for its story.
AGENT_STORY: Final = 50
#: Callers whose last agent is remembered.
LAST_AGENTS: Final = 50_000
#: Facts kept with each call; a call that is moved about for days loses its middle.
CALL_STORY: Final = 500


class EngineState:
    """Calls, offers, agents and queues; what is due; what goes out."""

    # A dictionary of more than 30 attributes is looked up more slowly than slots are.
    __slots__ = (
        "agents", "agents_of", "agents_to_match", "availability_changed", "calling", "calls",
        "calls_of_tenant", "calls_to_match", "changed", "commands", "cores", "counters",
        "deadlines", "draining", "draw", "ended", "facts", "flow_versions", "full_nodes",
        "has_draining_nodes", "has_removed", "held_back", "held_hours", "held_queues",
        "last_agent", "lines", "matcher", "nodes",
        "now_us", "offers", "on_telephone", "parties", "plan", "preferring_calls", "queues",
        "recordings", "remembering", "serial", "single_state_queues", "staff_changed", "stamp",
    )  # fmt: skip

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now_us = 0
        #: The same number, as the object that came with the event. The facts that are told at every
        #: call share it; the compiled build would make a new object for each.
        self.stamp: Any = 0
        self.calls: dict[str, Call] = {}
        self.offers: dict[str, Offer] = {}
        #: By file, also of calls that have ended, until the switch says that it is complete.
        self.recordings: dict[str, Recording] = {}
        #: Nodes whose disk has too little space for recordings.
        self.full_nodes: dict[str, bool] = {}
        #: Everybody on a call besides callers and agents with an offer.
        self.parties: dict[str, Party] = {}
        self.agents: dict[str, Agent] = {}
        #: Lines of nailed-up agents that are up, may be, or are to be dialled again.
        self.lines: dict[str, Line] = {}
        #: Telephone to the agents who are signed in on it: one, unless the settings have put more
        #: there.
        self.on_telephone: dict[str, dict[str, Agent]] = {}
        self.queues: dict[str, CallQueue] = {}
        #: Queue id to the agents that serve it, signed in or not.
        self.agents_of: dict[str, dict[str, Agent]] = {}
        self.calls_of_tenant: dict[str, int] = {}
        #: Agent id to how many calls their own telephone has with the centre as a caller.
        self.calling: dict[str, int] = {}
        #: Last agent each caller spoke with: ``tenant/number`` to agent id.
        self.last_agent: BoundedHistory[str] = BoundedHistory(LAST_AGENTS)
        #: Tenants with a rule that prefers the last agent.
        self.remembering: dict[str, bool] = {}
        self.draw = Draw(plan.seed)
        self.matcher = Matcher(self.draw)
        self.deadlines: Deadlines[Call | Offer | Agent | CallQueue | Party | Line | Hold] = (
            Deadlines()
        )
        #: The present event has changed something: it can no longer be refused.
        self.changed = False
        self.commands: list[AnyCommand] = []
        self.facts: list[AnyFact] = []
        #: To be matched at the end of the present event, in this order: calls, then agents.
        self.calls_to_match: list[Call] = []
        self.agents_to_match: list[Agent] = []
        #: Queues whose staff has changed in the present event, and whether their stages may have.
        self.staff_changed: dict[str, bool] = {}
        #: Queue id to the callbacks held back, because enough customers are being rung already.
        self.held_back: dict[str, dict[str, Call]] = {}
        #: Agent id to the waiting calls that prefer the agent, and would wait for them alone.
        self.preferring_calls: dict[str, dict[str, Call]] = {}
        #: Of these agents, those who can take calls no longer, or again, since the last match.
        self.availability_changed: dict[str, bool] = {}
        #: Queues whose callers leave for want of agents in single working states.
        self.single_state_queues: dict[str, bool] = {}
        #: Ended calls, for their stories.
        self.ended: BoundedHistory[Call] = BoundedHistory(plan.history_limit)
        self.serial = 0
        self.draining = False
        #: Switch nodes that were heard of.
        self.nodes: dict[str, Node] = {}
        #: Some of them are drained and not empty yet.
        self.has_draining_nodes = False
        #: Queues or agents that the plan no longer has are still being served to their end.
        self.has_removed = False
        self.counters: dict[str, int] = {}
        #: Switch node to the process that it was when last compared.
        self.cores: dict[str, str] = {}
        #: Opening hours held by hand, and queues that take no calls until a time ("": the centre).
        self.held_hours: dict[str, Hold] = {}
        self.held_queues: dict[str, Hold] = {}
        #: The versions of IVR flows, and which callers get which.
        self.flow_versions = FlowVersions()

    # -- in ------------------------------------------------------------------------------------

    def tenant(self, tenant_id: str) -> Tenant:
        """A tenant; one that the settings no longer have may do nothing but end its calls."""
        return self.plan.tenants.get(tenant_id) or Tenant(tenant_id=tenant_id)

    def newcomer_estimate_us(self, queue: CallQueue) -> int | None:
        """The wait of a call that would join a queue now; none where an agent is free for it."""
        if len(queue.calls) == queue.ringing:
            queue_id = queue.queue_id
            if any(queue_id in agent.queues for agent in self.matcher.idle.values()):
                return 0
        return queue.newcomer_estimate_us(self.now_us)

    # -- preferred agents ----------------------------------------------------------------------

    def await_agents(self, call: Call) -> None:
        """A call prefers some agents: what becomes of them matters to it."""
        for agent_id, _ in call.preferred:
            self.preferring_calls.setdefault(agent_id, {})[call.call_id] = call

    def forget_preference(self, call: Call) -> None:
        """A call has left its queue: it waits for its preferred agents no longer."""
        call.preferred_rule = NO_PREFERENCE
        call.direct_wait_us = 0
        if call.preferred_until_us:
            call.preferred_until_us = ()
            for agent_id, _ in call.preferred:
                calls = self.preferring_calls[agent_id]
                del calls[call.call_id]
                if not calls:
                    del self.preferring_calls[agent_id]

    def stays(self, agent: Agent) -> bool:
        """Whether an agent at work goes on after the present call: nothing else was asked for, and
        the settings have the agent."""
        return not agent.pending and agent.agent_id in self.plan.agents

    def note_availability(self, agent: Agent) -> None:
        """An agent can take calls no longer, or again; calls that prefer the agent look again."""
        if agent.agent_id in self.preferring_calls:
            self.availability_changed[agent.agent_id] = True

    # -- out -----------------------------------------------------------------------------------

    def tell_call(self, call: Call, fact: AnyFact) -> None:
        """Tell a fact about a call."""
        self.facts.append(fact)
        call.story.append(fact)

    def tell_agent(self, agent: Agent, fact: AnyFact) -> None:
        """Tell a fact about an agent."""
        self.facts.append(fact)
        agent.story.append(fact)

    def tell_both(self, call: Call, agent: Agent, fact: AnyFact) -> None:
        """Tell a fact about a call and an agent."""
        self.facts.append(fact)
        call.story.append(fact)
        agent.story.append(fact)

    def shorten(self, story: list[AnyFact], limit: int) -> None:
        """Forget the first half of a story that has become twice as long as it may be, but for its
        beginning."""
        if len(story) > 2 * limit:
            del story[1:limit]

    def answer(self, request: Request, problem: str = "") -> None:
        """Reply to a request that has an id."""
        if request.request_id:
            self.commands.append(Reply(request.request_id, problem))

    def why_not(self, call_id: str, otherwise: str) -> str:
        """Why a request about a call cannot be met: it has ended, is unknown, or ``otherwise``."""
        if call_id in self.calls:
            return otherwise
        return "the call has ended" if call_id in self.ended else "no such call"

    def why_no_conversation(self, call_id: str) -> str:
        """The same for a request about a conversation."""
        return self.why_not(call_id, "the call is not in a conversation")

    def count(self, what: str) -> None:
        """Increase a counter."""
        self.counters[what] = self.counters.get(what, 0) + 1

    def answer_call(self, call: Call) -> None:
        """Order the caller's leg answered, unless it is."""
        if not call.answered:
            call.answered = True
            self.commands.append(AnswerCall(call.call_id))

    # -- machines ------------------------------------------------------------------------------

    def move_call(self, call: Call, trigger: CallTrigger) -> None:
        """Change a call's state by its table.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        try:
            call.state = CALL_TABLE[call.state][trigger]
        except KeyError:
            who = f"call {call.call_id}"
            raise InvalidTransition(who, call.state, trigger, call.story) from None
        self.changed = True
        call.since_us = self.now_us

    def expect_call(self, call: Call, trigger: CallTrigger) -> None:
        """A call must allow a later step of the event before its first is done.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        if trigger not in CALL_TABLE[call.state]:
            raise InvalidTransition(f"call {call.call_id}", call.state, trigger, call.story)

    def expect_consult(self, call: Call, trigger: ConsultTrigger) -> None:
        """The same of a call's consult.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        consult = call.consult
        state = "over" if consult is None else consult.state
        if trigger not in CONSULT_TABLE[state]:
            raise InvalidTransition(f"consult of {call.call_id}", state, trigger, call.story)

    def move_offer(self, offer: Offer, trigger: OfferTrigger) -> bool:
        """Change an offer's state by its table; False when the trigger comes too late to matter.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        state = OFFER_TABLE[offer.state].get(trigger)
        if state is not None:
            offer.state = state
            self.changed = True
            return True
        is_late = trigger in LATE_OFFER[offer.state]
        owner = self.calls.get(offer.call_id)
        return self._not_moved(is_late, f"offer {offer.offer_id}", offer.state, trigger, owner)

    def move_line(self, line: Line, trigger: LineTrigger) -> bool:
        """Change a line's state by its table; False when the trigger comes too late to matter.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        state = LINE_TABLE[line.state].get(trigger)
        if state is not None:
            line.state = state
            self.changed = True
            return True
        is_late = trigger in LATE_LINE[line.state]
        owner = self.agents.get(line.agent_id)
        return self._not_moved(is_late, f"line {line.line_id}", line.state, trigger, owner)

    def move_consult(self, call: Call, consult: Consult, trigger: ConsultTrigger) -> None:
        """Change a consult's state by its table.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        try:
            consult.state = CONSULT_TABLE[consult.state][trigger]
        except KeyError:
            who = f"consult {consult.consult_id}"
            raise InvalidTransition(who, consult.state, trigger, call.story) from None
        self.changed = True

    def move_party(self, party: Party, trigger: PartyTrigger) -> bool:
        """Change a party's state by its table; False when the trigger comes too late to matter.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        state = PARTY_TABLE[party.state].get(trigger)
        if state is not None:
            party.state = state
            self.changed = True
            return True
        is_late = trigger in LATE_PARTY[party.state]
        owner = self.calls.get(party.call_id)
        return self._not_moved(is_late, f"party {party.party_id}", party.state, trigger, owner)

    def _not_moved(
        self, is_late: bool, who: str, state: str, trigger: str, owner: Call | Agent | None
    ) -> bool:
        """No table has the move: count a trigger that comes too late, raise for any other."""
        if is_late:
            self.count("late_events")
            return False
        raise InvalidTransition(who, state, trigger, owner.story if owner else ())

    # -- deadlines -----------------------------------------------------------------------------

    def arm(self, what: Call | Offer | CallQueue | Agent | Party, due_us: int) -> int:
        """Set a deadline for a record; returns the serial to cancel it by."""
        return self.deadlines.set(due_us, what)

    def _legs(self) -> Iterator[Call | Offer | Party | Line]:
        """The records that have ``due_us`` and ``deadline``."""
        return chain(
            self.calls.values(), self.offers.values(), self.parties.values(), self.lines.values()
        )

    def set_deadlines_again(self) -> None:
        """After a restore: set every deadline under its own serial, by which ties are broken."""
        deadlines = self.deadlines
        for leg in self._legs():
            if leg.deadline:
                deadlines.set(leg.due_us, leg, leg.deadline)
        for agent in self.agents.values():
            if agent.deadline:
                deadlines.set(agent.until_us, agent, agent.deadline)
        for queue in self.queues.values():
            if queue.unstaffed_deadline:
                deadlines.set(queue.unstaffed_due_us, queue, queue.unstaffed_deadline)
        for hold in self._holds():
            if hold.deadline:
                deadlines.set(hold.until_us, hold, hold.deadline)

    def void_deadline(self, serial: int) -> None:
        """Cancel the deadline of that serial, of any record."""
        for leg in self._legs():
            if leg.deadline == serial:
                self.deadlines.cancel(leg.due_us, serial)
                leg.deadline = 0
        for agent in self.agents.values():
            if agent.deadline == serial:
                self.deadlines.cancel(agent.until_us, serial)
                agent.deadline = 0
        for queue in self.queues.values():
            if queue.unstaffed_deadline == serial:
                self.deadlines.cancel(queue.unstaffed_due_us, serial)
                queue.unstaffed_deadline = 0
        for hold in self._holds():
            if hold.deadline == serial:
                self.deadlines.cancel(hold.until_us, serial)
                hold.deadline = 0

    def _holds(self) -> Iterator[Hold]:
        """All that is held open or closed by hand."""
        return chain(self.held_hours.values(), self.held_queues.values())

    def arm_call(self, call: Call, due_us: int) -> None:
        """Set a call's deadline; it replaces the one before."""
        if call.deadline:
            self.deadlines.cancel(call.due_us, call.deadline)
        call.due_us = due_us
        call.deadline = self.deadlines.set(due_us, call)

    def disarm_call(self, call: Call) -> None:
        """Cancel a call's deadline."""
        if call.deadline:
            self.deadlines.cancel(call.due_us, call.deadline)
            call.deadline = 0

    def arm_waiting(self, call: Call) -> None:
        """Arm the earliest of all that is due for a waiting call or a callback."""
        due = NEVER_US
        if call.state == "waiting":
            due = min(
                call.leave_due_us,
                call.stage_due_us,
                call.overflow_due_us,
                call.announce_due_us,
                call.ring_more_due_us,
                call.retry_due_us,
            )
        if call.callback is not None and call.callback.resume_us:
            due = min(due, call.callback.resume_us)
        if call.ivr is not None and call.ivr.is_beside and call.ivr.due_us:
            due = min(due, call.ivr.due_us)
        if due != call.due_us or not call.deadline:
            self.disarm_call(call)
            if due < NEVER_US:
                self.arm_call(call, due)

    def arm_offer(self, offer: Offer, due_us: int) -> None:
        """Set an offer's deadline; it replaces the one before."""
        if offer.deadline:
            self.deadlines.cancel(offer.due_us, offer.deadline)
        offer.due_us = due_us
        offer.deadline = self.deadlines.set(due_us, offer)

    def arm_leg(self, leg: Party | Line, due_us: int) -> None:
        """Set the deadline of a party or line; it replaces the one before."""
        self.disarm_leg(leg)
        leg.due_us = due_us
        leg.deadline = self.deadlines.set(due_us, leg)

    def disarm_leg(self, leg: Party | Line) -> None:
        """Cancel the deadline of a party or line."""
        if leg.deadline:
            self.deadlines.cancel(leg.due_us, leg.deadline)
            leg.deadline = 0
