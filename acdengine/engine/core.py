"""The engine: events in, commands out, nothing else.

`Engine.handle` is synchronous and deterministic: the same events give the same commands, on any
machine, under any hash seed. It reads no clock; time is a field of the event. A deadline that is
due comes before the event that arrives after it. Calls and agents that a handler made available are
matched at the end of the event, calls before agents, so that no decision sees half a change.
"""

from __future__ import annotations

from typing import Any, Final

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.base_messages import Event
from acdengine.commands import AnyCommand
from acdengine.engine.admission import Admission
from acdengine.engine.agent_requests import AgentRequests
from acdengine.engine.agents import Agents
from acdengine.engine.announcer import Announcer
from acdengine.engine.assignments import Assignments
from acdengine.engine.call_pickup import CallPickup
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.consults import Consults
from acdengine.engine.conversations import Conversations
from acdengine.engine.destinations import Destinations
from acdengine.engine.explain.answer import Explanation, explain
from acdengine.engine.external_calls import ExternalCalls
from acdengine.engine.handlers import Handlers, union
from acdengine.engine.intake import Intake
from acdengine.engine.invariants import check_state
from acdengine.engine.matching import Matching
from acdengine.engine.nailed_up_line_reports import NailedUpLineReports
from acdengine.engine.nailed_up_lines import NailedUpLines
from acdengine.engine.offer_reports import OfferReports
from acdengine.engine.offers import Offers
from acdengine.engine.parties import Parties
from acdengine.engine.party_reports import PartyReports
from acdengine.engine.phones import Phones
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call, Line, Offer, Party
from acdengine.engine.reload import Reload
from acdengine.engine.snapshot import dump, load
from acdengine.engine.state import EngineState
from acdengine.engine.supervision import Supervision
from acdengine.engine.switches import Switches
from acdengine.engine.teardown import Teardown
from acdengine.engine.transfers import Transfers
from acdengine.engine.waiting import Waiting
from acdengine.engine.waiting_deadlines import WaitingDeadlines
from acdengine.errors import InconsistentState, InvalidTransition
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from queues.order import Rank, urgency
from routing.agent import Agent

#: Events whose handlers move a machine before they change anything else: what the table does not
#: allow there is refused. Other handlers look for themselves whether the event fits, so that a
#: table that disagrees shows a state that is wrong.
REFUSABLE: Final[frozenset[type[Event]]] = frozenset(
    {
        ev.OfferAnswered, ev.OfferKeyPressed, ev.OfferEnded, ev.CallBridged, ev.BridgeFailed,
        ev.LineOpened, ev.LineClosed, ev.CallbackAnswered, ev.CallbackFailed,
        ev.PartyAnswered, ev.PartyEnded,
        rq.HoldRequested, rq.RetrieveRequested,
        rq.ConsultSwapRequested, rq.ConsultCompleteRequested, rq.ConsultJoinRequested,
        rq.SupervisionEndRequested, rq.CallbackCancelRequested,
    }
)  # fmt: skip


class Engine:
    """Calls, offers, agents and queues of a plan, from one event to the next."""

    def __init__(self, plan: Plan, state: EngineState | None = None) -> None:
        """Build the parts on an empty state of the plan, or on the state given."""
        if state is not None:
            self._build(state)
            return
        self._build(EngineState(plan))
        self._reload.begin(plan)
        self._state.restaffed.clear()

    def _build(self, state: EngineState) -> None:
        """Wire the parts: each is given those below it, `EngineState` is what they share."""
        self._state = state
        admission = self._admission = Admission(state)
        announcer = Announcer(state)
        recordings = self._recordings = Recordings(state)
        # Legs: of agents, of their nailed-up lines, of parties.
        lines = NailedUpLines(state)
        agents = self._agents = Agents(state, lines)
        self._agent_requests = AgentRequests(state, agents, lines)
        self._line_reports = NailedUpLineReports(state, lines, agents)
        offers = self._offers = Offers(state, agents, lines)
        phones = self._phones = Phones(state, agents, offers)
        parties = Parties(state)
        # Calls: their end, callbacks, waiting, destinations.
        teardown = self._teardown = Teardown(state, offers, parties, announcer, phones)
        callbacks = self._callbacks = Callbacks(state, admission, offers, teardown)
        self._matching = Matching(state, offers, callbacks)
        pickup = self._call_pickup = CallPickup(state, agents, offers)
        waiting = self._waiting = Waiting(state, admission, callbacks, announcer)
        destinations = self._destinations = Destinations(
            state, admission, callbacks, waiting, teardown, announcer
        )
        self._external = ExternalCalls(state, admission, callbacks, waiting, teardown, destinations)
        self._waiting_deadlines = WaitingDeadlines(
            state, admission, announcer, offers.failed_offers, callbacks, waiting, destinations
        )
        intake = self._intake = Intake(
            state, admission, callbacks, waiting, teardown, destinations, phones, pickup
        )
        # Conversations, and how calls leave them.
        consults = self._consults = Consults(state, agents, offers, parties, recordings)
        supervision = self._supervision = Supervision(state, parties)
        conversations = self._conversations = Conversations(
            state, offers, teardown, callbacks, consults, supervision, recordings
        )
        transfers = self._transfers = Transfers(
            state, admission, offers, teardown, destinations, recordings, consults, supervision,
            conversations,
        )  # fmt: skip
        # What becomes of a leg, mapped to calls.
        self._offer_reports = OfferReports(state, agents, offers, callbacks, consults, transfers)
        self._party_reports = PartyReports(state, parties, consults, supervision, teardown)
        # The centre as a whole: switches, assignments, settings.
        self._switches = Switches(
            state, agents, self._line_reports, offers, self._offer_reports, callbacks, waiting,
            intake, conversations, transfers, destinations, self._party_reports, consults, phones,
            recordings,
        )  # fmt: skip
        self._assignments = Assignments(state, agents)
        self._reload = Reload(state, agents, self._assignments, offers, waiting, intake, phones)
        self._handlers = self._handler_table()
        self._is_firing = False

    def _handler_table(self) -> Handlers:
        """The union of what the parts offer."""
        own: Handlers = {ev.TimePassed: self._time_passed}
        return union(
            (
                self._intake.handlers(),
                self._waiting.handlers(),
                self._destinations.handlers(),
                self._external.handlers(),
                self._callbacks.handlers(),
                self._call_pickup.handlers(),
                self._conversations.handlers(),
                self._consults.handlers(),
                self._consults.bridging.handlers(),
                self._supervision.handlers(),
                self._transfers.handlers(),
                self._recordings.handlers(),
                self._offer_reports.handlers(),
                self._party_reports.handlers(),
                self._line_reports.handlers(),
                self._phones.handlers(),
                self._agent_requests.handlers(),
                self._assignments.handlers(),
                self._switches.handlers(),
                self._reload.handlers(),
                own,
            )
        )

    # -- events --------------------------------------------------------------------------------

    def handle(self, event: AnyEvent) -> list[AnyCommand]:
        """Take in one event and say what is to be done about it.

        ``event.at_us`` may not lie before that of the event before; one that does is taken as
        happening now.

        Raises:
            InvalidTransition: the event contradicts the tables (a defect); it changed nothing.
            InconsistentState: the state contradicts the tables (a defect): a later step of the
                event, or a deadline before it, is not allowed. The engine is half changed and of
                no further use.
        """
        state = self._state
        before_us = state.now_us
        stamp: Any = event.at_us
        if stamp > before_us:
            state.now_us = stamp
            state.stamp = stamp
        try:
            if state.deadlines.not_before_us <= state.now_us:
                before_us = state.now_us
                state.changed = True
                self._fire_due()
            state.changed = False
            self._handlers[type(event)](event)
            state.changed = True
            if state.emptying:
                self._switches.close_empty()
            fresh = state.fresh_calls or state.fresh_agents
            if fresh or state.restaffed or state.swayed or state.sweeping:
                self._settle()
        except InvalidTransition as defect:
            if state.changed or type(event) not in REFUSABLE:
                raise InconsistentState(defect) from defect
            state.now_us = state.stamp = before_us
            raise
        commands = state.commands
        state.commands = []
        return commands

    def _time_passed(self, event: ev.TimePassed) -> None:
        """Nothing but the deadlines, which `handle` has seen to."""

    def _fire_due(self) -> None:
        state = self._state
        deadlines = state.deadlines
        what = deadlines.pop(state.now_us)
        self._is_firing = True
        while what is not None:
            if isinstance(what, Call):
                self._call_due(what)
            elif isinstance(what, Agent):
                self._agents.due(what)
            elif isinstance(what, Offer):
                self._offer_reports.due(what)
            elif isinstance(what, Party):
                self._party_reports.due(what)
            elif isinstance(what, Line):
                self._line_reports.due(what)
            else:
                self._waiting_deadlines.unstaffed(what)
            self._settle()
            what = deadlines.pop(state.now_us)
        self._is_firing = False

    @property
    def failed_deadline(self) -> int:
        """The serial of the deadline that brought the engine down; 0 where the event did."""
        return self._state.deadlines.popped if self._is_firing else 0

    def void_deadline(self, serial: int) -> None:
        """Cancel a deadline whose handler fails."""
        self._state.void_deadline(serial)

    def _call_due(self, call: Call) -> None:
        call.deadline = 0
        state = call.state
        if state == "waiting":
            self._waiting_deadlines.due(call)
        elif state == "ending":
            self._teardown.repeat_hang_up(call)
        elif state == "flow":
            self._destinations.prompt_overdue(call)
        elif state == "connecting" and call.callback is not None:
            self._callbacks.due(call)
        elif state in ("talking", "held", "outside"):
            self._consults.bridging.due(call)

    def _settle(self) -> None:
        """Match what has become fresh, until nothing is."""
        state = self._state
        matching = self._matching
        while True:
            if state.restaffed:
                restaffed, state.restaffed = state.restaffed, {}
                for queue_id, stages_too in restaffed.items():
                    self._waiting.restaffed(queue_id, stages_too)
            if state.swayed:
                swayed, state.swayed = state.swayed, {}
                for agent_id in swayed:
                    self._waiting.reconsider(agent_id)
            if state.fresh_calls:
                calls, state.fresh_calls = state.fresh_calls, []
                if len(calls) > 1:
                    calls.sort(key=self._urgency)
                for done, call in enumerate(calls, start=1):
                    matching.seek(call)
                    if state.fresh_calls and done < len(calls):
                        # A call that became fresh meanwhile may come before the rest.
                        state.fresh_calls += calls[done:]
                        break
            elif state.fresh_agents:
                agents, state.fresh_agents = state.fresh_agents, []
                for agent in agents:
                    matching.match(agent)
            elif not (state.restaffed or (state.sweeping and self._reload.sweep())):
                break

    def _urgency(self, call: Call) -> Rank:
        return urgency(call.rank, call.weight, self._state.now_us)

    # -- what others read ----------------------------------------------------------------------

    def drain_facts(self) -> list[AnyFact]:
        """The facts since the last time, in order."""
        state = self._state
        facts = state.facts
        state.facts = []
        return facts

    def next_due_us(self) -> int:
        """When the next deadline is due (`queues.deadlines.NEVER_US`: none). Feed `TimePassed`."""
        return self._state.deadlines.next_us()

    @property
    def state(self) -> EngineState:
        """Everything the engine knows, to be read and never written."""
        return self._state

    def check(self) -> None:
        """Hold the whole state against itself.

        Raises:
            InvariantViolated: with what is wrong.
        """
        check_state(self._state)

    def story(self, call_or_agent_id: str) -> list[AnyFact]:
        """The facts kept of a call (live, or ended and still remembered) or of an agent, oldest
        first; a long story has lost its middle.

        Raises:
            KeyError: neither is known.
        """
        state = self._state
        call = state.calls.get(call_or_agent_id) or state.ended.get(call_or_agent_id)
        return list(call.story if call is not None else state.agents[call_or_agent_id].story)

    def explain(self, call_id: str, now_us: int = 0) -> Explanation:
        """Why a call waits, or why it went where it went.

        Args:
            call_id: of a call that is live, or has ended and is still remembered.
            now_us: the present time, where it is later than that of the last event.

        Raises:
            KeyError: there is no such call.
        """
        state = self._state
        call = state.ended.get(call_id) or state.calls[call_id]
        return explain(state, call, self._admission.problem, max(now_us, state.now_us))

    # -- snapshot ------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """The whole state; an engine restored from it goes on exactly as this one does."""
        return dump(self._state)

    @classmethod
    def restore(cls, snapshot: bytes) -> Engine:
        """An engine in the state of a snapshot.

        Raises:
            msgspec.DecodeError: it is not a snapshot, or of another version.
        """
        state = load(snapshot, EngineState)
        return cls(state.plan, state)
