"""The engine: events in, commands out, nothing else.

`Engine.handle` is synchronous and deterministic: the same events give the same commands, on any
machine, under any hash seed. It reads no clock; time is a field of the event. A deadline that is
due comes before the event that arrives after it. Calls and agents that a handler made available are
matched at the end of the event, calls before agents, so that no decision sees half a change.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.base_messages import Event
from acdengine.commands import AnyCommand
from acdengine.engine.admission import Admission
from acdengine.engine.agent_calls import AgentCalls
from acdengine.engine.agent_requests import AgentRequests
from acdengine.engine.agents import Agents
from acdengine.engine.announcer import Announcer
from acdengine.engine.assignments import Assignments
from acdengine.engine.bridging import Bridging
from acdengine.engine.call_pickup import CallPickup
from acdengine.engine.call_requests import CallRequests
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.consults import Consults
from acdengine.engine.conversations import Conversations
from acdengine.engine.destinations import Destinations
from acdengine.engine.explain.answer import Explanation, explain
from acdengine.engine.external_calls import ExternalCalls
from acdengine.engine.failed_offers import FailedOffers
from acdengine.engine.flow_places import FlowPlaces
from acdengine.engine.flows import Flows
from acdengine.engine.inputs import Inputs
from acdengine.engine.intake import Intake
from acdengine.engine.matching import Matching
from acdengine.engine.nailed_up_line_reports import NailedUpLineReports
from acdengine.engine.nailed_up_lines import NailedUpLines
from acdengine.engine.offer_reports import OfferReports
from acdengine.engine.offers import Offers
from acdengine.engine.openings import Openings
from acdengine.engine.part import Handlers, Part, union
from acdengine.engine.parties import Parties
from acdengine.engine.party_reports import PartyReports
from acdengine.engine.phones import Phones
from acdengine.engine.prompt_reports import PromptReports
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call
from acdengine.engine.rejoins import Rejoins
from acdengine.engine.reload import Reload
from acdengine.engine.snapshot import Slices, dump, load
from acdengine.engine.state import EngineState
from acdengine.engine.supervision import Supervision
from acdengine.engine.switches import Switches
from acdengine.engine.teardown import Teardown
from acdengine.engine.transfers import Transfers
from acdengine.engine.waiting import Waiting
from acdengine.engine.waiting_deadlines import WaitingDeadlines
from acdengine.errors import InconsistentState, InvalidTransition, InvariantViolated
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from queues.order import Rank, urgency

P = TypeVar("P", bound=Part)

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

    def __init__(self, plan: Plan | None, snapshot: bytes = b"") -> None:
        """Begin with a plan; without one, go on from a snapshot, which holds its own."""
        if plan is None:
            load(snapshot, self._build)
            return
        self._build(EngineState(plan))
        self._reload.begin(plan)
        self._state.staff_changed.clear()

    def _build(self, state: EngineState) -> list[Part]:
        """Wire the parts: each is given those below it, `EngineState` is what they share."""
        self._state = state
        #: From below.
        self._parts: list[Part] = []
        add = self._add
        admission = self._admission = add(Admission(state))
        announcer = add(Announcer(state))
        recordings = add(Recordings(state))
        # Legs: of agents, of their nailed-up lines, of parties.
        lines = add(NailedUpLines(state))
        agents = add(Agents(state, lines))
        line_reports = add(NailedUpLineReports(state, lines, agents))
        failed_offers = add(FailedOffers(state, agents))
        offers = add(Offers(state, agents, lines, failed_offers))
        phones = add(Phones(state, agents, offers))
        agent_calls = add(AgentCalls(state, add(AgentRequests(state, agents, lines)), phones))
        parties = add(Parties(state))
        # Calls: their end, callbacks, waiting, destinations.
        teardown = add(Teardown(state, offers, parties, announcer, phones))
        callbacks = add(Callbacks(state, admission, offers, teardown))
        pickup = add(CallPickup(state, agents, offers))
        waiting = self._waiting = add(Waiting(state, admission, callbacks, announcer))
        self._matching = add(Matching(state, offers, callbacks))
        places = add(FlowPlaces(state, admission, callbacks, waiting, teardown))
        flows = add(Flows(state, agent_calls, places))
        destinations = add(
            Destinations(state, admission, callbacks, waiting, teardown, announcer, flows, places)
        )
        prompts = add(PromptReports(state, callbacks, announcer, flows, destinations))
        add(Inputs(state, agent_calls, destinations))
        add(CallRequests(state, admission, callbacks, teardown, destinations))
        add(ExternalCalls(state, admission, callbacks, waiting, teardown, destinations))
        add(WaitingDeadlines(
            state, admission, announcer, failed_offers, callbacks, waiting, destinations
        ))  # fmt: skip
        intake = add(
            Intake(state, admission, callbacks, waiting, teardown, destinations, phones, pickup)
        )
        openings = add(Openings(state, callbacks))
        # Conversations, and how calls leave them.
        bridging = add(Bridging(state))
        consults = add(Consults(state, agents, offers, parties, recordings, bridging))
        supervision = add(Supervision(state, parties))
        conversations = add(
            Conversations(state, offers, teardown, callbacks, consults, supervision, recordings)
        )
        transfers = add(Transfers(
            state, admission, offers, teardown, destinations, recordings, consults, supervision,
            conversations,
        ))  # fmt: skip
        rejoins = add(Rejoins(state, agents, offers, teardown, conversations, transfers))
        # What becomes of a leg, mapped to calls.
        offer_reports = add(OfferReports(state, agents, offers, callbacks, consults, transfers))
        party_reports = add(PartyReports(state, parties, consults, supervision, teardown))
        # The centre as a whole: switches, assignments, settings.
        self._switches = add(
            Switches(
                state, agents, line_reports, offers, offer_reports, callbacks, waiting, intake,
                openings, conversations, transfers, destinations, prompts, party_reports, consults,
                phones, recordings, rejoins,
            )
        )  # fmt: skip
        assignments = add(Assignments(state, agents))
        self._reload = add(
            Reload(state, agents, assignments, offers, waiting, intake, phones, flows, openings)
        )
        self._index()
        return self._parts

    def _index(self) -> None:
        """Collect the handlers of all parts, by event type and by kind of deadline."""
        own: Handlers = {ev.TimePassed: self._time_passed}
        self._handlers = union([own, *(part.handlers() for part in self._parts)])
        self._deadlines = union([part.deadlines() for part in self._parts])
        self._is_firing = False

    def _add(self, part: P) -> P:
        self._parts.append(part)
        return part

    # -- events --------------------------------------------------------------------------------

    def handle(self, event: AnyEvent) -> list[AnyCommand]:
        """Take in one event and return the commands that follow from it. ``event.at_us`` should not
        lie before that of the event before; one that does is taken as happening now.

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
            if state.has_draining_nodes:
                state.changed = True
                self._switches.close_empty()
            if (
                state.calls_to_match or state.agents_to_match or state.staff_changed
                or state.availability_changed or state.has_removed
            ):  # fmt: skip
                self._match_all()
        except InvalidTransition as defect:
            if state.changed or type(event) not in REFUSABLE:
                raise InconsistentState(defect) from defect
            state.now_us = state.stamp = before_us
            raise
        commands = state.commands
        state.commands = []
        return commands

    def _time_passed(self, event: ev.TimePassed) -> None:
        """`TimePassed` only fires deadlines, which `handle` has done."""

    def _fire_due(self) -> None:
        state = self._state
        deadlines = state.deadlines
        what = deadlines.pop(state.now_us)
        self._is_firing = True
        while what is not None:
            kind: type[object] | str = type(what)
            if isinstance(what, Call):
                what.deadline = 0
                kind = what.state
            handler = self._deadlines.get(kind)
            if handler is not None:
                handler(what)
            self._match_all()
            what = deadlines.pop(state.now_us)
        self._is_firing = False

    @property
    def failed_deadline(self) -> int:
        """The serial of the deadline that brought the engine down; 0 where the event did."""
        return self._state.deadlines.popped if self._is_firing else 0

    def void_deadline(self, serial: int) -> None:
        """Cancel a deadline whose handler fails."""
        self._state.void_deadline(serial)

    def _match_all(self) -> None:
        """Match calls and agents that have become available, until none is left."""
        state = self._state
        state.changed = True
        matching = self._matching
        while True:
            if state.staff_changed:
                changed, state.staff_changed = state.staff_changed, {}
                for queue_id, stages_too in changed.items():
                    self._waiting.staff_changed(queue_id, stages_too)
            if state.availability_changed:
                changed_agents, state.availability_changed = state.availability_changed, {}
                for agent_id in changed_agents:
                    self._waiting.reconsider(agent_id)
            if state.calls_to_match:
                calls, state.calls_to_match = state.calls_to_match, []
                if len(calls) == 1:
                    matching.find_agents(calls[0])
                    continue
                calls.sort(key=self._urgency)
                for done, call in enumerate(calls, start=1):
                    matching.find_agents(call)
                    if state.calls_to_match and done < len(calls):
                        # A call that became fresh meanwhile may come before the rest.
                        state.calls_to_match += calls[done:]
                        break
            elif state.agents_to_match:
                agents, state.agents_to_match = state.agents_to_match, []
                for agent in agents:
                    matching.find_call(agent)
            elif not (state.staff_changed or (state.has_removed and self._reload.sweep())):
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
        """Compare the whole state with itself, slowly and thoroughly: on in tests after every
        event, off in production.

        Raises:
            InvariantViolated: lists all that is wrong.
        """
        wrong = [found for part in self._parts for found in part.check()]
        if wrong:
            raise InvariantViolated(f"at {self._state.now_us}: " + "; ".join(wrong))

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
        return dump(self._state, self._parts)

    def snapshot_in_slices(self) -> Slices:
        """The whole state as of now, of which the history is encoded as the slices are taken."""
        return Slices(self._state, self._parts)

    @classmethod
    def restore(cls, snapshot: bytes) -> Engine:
        """An engine in the state of a snapshot.

        Raises:
            msgspec.DecodeError: it is not a snapshot, or of another version.
        """
        return cls(None, snapshot)
