"""Switches: what follows when a node is lost, or is compared with what the engine knows."""

from __future__ import annotations

from acdengine.centre_facts import DrainChanged, SwitchChanged, SwitchEmptied
from acdengine.commands import (
    AnswerCall,
    Bridge,
    CancelRing,
    EndParty,
    HangUpCall,
    OpenMedia,
    PlayMusic,
)
from acdengine.engine import accepting
from acdengine.engine.agents import Agents
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.consults import Consults
from acdengine.engine.conversations import Conversations
from acdengine.engine.destinations import Destinations
from acdengine.engine.intake import Intake
from acdengine.engine.nailed_up_line_reports import NailedUpLineReports
from acdengine.engine.nodes import close_empty, known_node
from acdengine.engine.offer_reports import OfferReports
from acdengine.engine.offers import Offers
from acdengine.engine.openings import Openings
from acdengine.engine.part import Handlers, Part, Share, Shares, table
from acdengine.engine.party_reports import PartyReports
from acdengine.engine.phones import Phones
from acdengine.engine.prompt_reports import PromptReports
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call, Node, Offer, ending_of, is_in_flow
from acdengine.engine.rejoins import Rejoins
from acdengine.engine.state import EngineState
from acdengine.engine.transfers import Transfers
from acdengine.engine.waiting import Waiting
from acdengine.events import (
    CallArrived,
    CallbackAnswered,
    CallbackFailed,
    CallBridged,
    OfferCause,
    OfferEnded,
    PartyEnded,
    PromptFinished,
    SwitchLost,
    SwitchSynced,
)
from acdengine.facts import CallStarted
from acdengine.live_legs import LiveCall
from acdengine.plan import Tenant
from acdengine.requests import DrainRequested
from queues.queue import CallQueue, queue_of


class Switches(Part):
    """Loss of nodes and re-synchronisation."""

    def __init__(
        self,
        state: EngineState,
        agents: Agents,
        line_reports: NailedUpLineReports,
        offers: Offers,
        offer_reports: OfferReports,
        callbacks: Callbacks,
        waiting: Waiting,
        intake: Intake,
        openings: Openings,
        conversations: Conversations,
        transfers: Transfers,
        destinations: Destinations,
        prompts: PromptReports,
        party_reports: PartyReports,
        consults: Consults,
        phones: Phones,
        recordings: Recordings,
        rejoins: Rejoins,
    ) -> None:
        self._state = state
        self._agents = agents
        self._line_reports = line_reports
        self._offers = offers
        self._offer_reports = offer_reports
        self._callbacks = callbacks
        self._waiting = waiting
        self._intake = intake
        self._openings = openings
        self._conversations = conversations
        self._transfers = transfers
        self._destinations = destinations
        self._prompts = prompts
        self._party_reports = party_reports
        self._consults = consults
        self._phones = phones
        self._recordings = recordings
        self._rejoins = rejoins

    def shares(self) -> Shares:
        """The nodes, and the process that each was when it was last compared."""
        state = self._state
        return {
            "nodes": table(list[Node], state.nodes, lambda node: node.node_id),
            "cores": Share(dict[str, str], lambda: state.cores, state.cores.update, dict),
        }

    def restored(self) -> None:
        """Whether a node is drained and not empty."""
        nodes = self._state.nodes.values()
        self._state.has_draining_nodes = any(node.draining and not node.closed for node in nodes)

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            SwitchSynced: self.synced,
            SwitchLost: self.lost,
            DrainRequested: self.drain,
        }

    def lost(self, event: SwitchLost) -> None:
        """Everything on the node is gone: its calls end, its agents are free, and what went
        through it to a phone there ends too."""
        state, node_id = self._state, event.node_id
        known_node(state, node_id).lost = True
        self._line_reports.lost(node_id)
        nothing: frozenset[str] = frozenset()
        ended = self._end_missing(node_id, nothing, nothing, nothing, lost=True)
        state.cores.pop(node_id, None)
        self._recordings.lost(node_id)
        for call in [call for call in state.calls.values() if call.node_id == node_id]:
            callback = call.callback
            if not call.leg_id and callback is not None and callback.state == "dialling":
                self._callbacks.failed(CallbackFailed(state.now_us, call.call_id, "failed"))
        self._end_far(node_id)
        self._phones.node_changed(node_id)
        state.facts.append(SwitchChanged(state.now_us, node_id, "lost", ended, 0))

    def _end_far(self, node_id: str) -> None:
        """Legs to phones at a lost node are dead, but the caller's switch does not know it. A
        caller who was talking is taken back into the queue, at the old place."""
        state = self._state
        far = [offer for offer in state.offers.values() if offer.far_node_id == node_id]
        for offer in far:
            call = state.calls.get(offer.call_id)
            if offer.offer_id not in state.offers or offer.state == "clearing":
                continue
            if call is None or offer.consult or call.consult is not None:
                state.commands.append(CancelRing(offer.offer_id))
                self._offer_reports.ended(OfferEnded(state.now_us, offer.offer_id, "failed"))
            elif offer.state == "bridged":
                self._transfers.agent_lost(call, offer)
            else:
                self._offer_reports.give_up(call, offer, "failed")

    def synced(self, event: SwitchSynced) -> None:
        """What the node no longer has, ends; what it has and the engine lost, is taken in."""
        state = self._state
        node = known_node(state, event.node_id)
        before = state.cores.get(event.node_id, "")
        is_same = bool(event.core) and before == event.core
        if event.core:
            state.cores[event.node_id] = event.core
            if before and not is_same:
                # The switch restarted while the connection was down: legs through it are gone.
                self._end_far(event.node_id)
        if node.lost:
            node.lost = False
            self._phones.node_changed(event.node_id)
        self._line_reports.synced(event.node_id, event.lines, "hangup" if is_same else "lost")
        # A leg that has become an agent's by that is live, though no offer's on the switch yet.
        joined = [live.moved.leg_id for live in event.calls if live.moved is not None]
        live_offers = frozenset([*event.offers, *joined])
        moved = [live.call_id for live in event.calls if self._rejoins.found(live)]
        ended = self._end_missing(
            event.node_id,
            frozenset(live.call_id for live in event.calls),
            live_offers,
            frozenset(event.parties),
            lost=not is_same,
        )
        adopted = 0
        left_alone: dict[str, None] = {}
        for live in event.calls:
            call = state.calls.get(live.call_id)
            if call is None and live.offer_id and self._is_foreign(live):
                left_alone[live.offer_id] = None
            elif call is None:
                adopted += self._adopt(event.node_id, live)
            elif live.call_id not in moved:
                self._catch_up(call, live, event.node_id)
            self._hold_found(live)
            if call is not None and live.forgotten and live.call_id in state.calls:
                self._order_again(call, live_offers)
        for offer_id in event.offers:
            if offer_id not in state.offers and offer_id not in left_alone:
                state.commands.append(CancelRing(offer_id))
        for party_id in event.parties:
            if party_id not in state.parties:
                state.commands.append(EndParty(party_id))
        self._recordings.synced(
            event.node_id, {live.call_id: live.recordings for live in event.calls}
        )
        self._offers.failed_offers.switch_back()
        state.facts.append(SwitchChanged(state.now_us, event.node_id, "synced", ended, adopted))

    def drain(self, event: DrainRequested) -> None:
        """Refuse new calls, or take them again: on a node, in a queue, or everywhere."""
        state = self._state
        if not event.node_id:
            self._openings.drain(event)
            return
        node = state.nodes.get(event.node_id)
        if node is None:
            state.answer(event, "no such switch")
            return
        node.draining = event.on
        node.closed = node.closed and event.on
        state.has_draining_nodes = True
        self._phones.node_changed(event.node_id)
        now = state.now_us
        state.facts.append(DrainChanged(now, "", event.on, event.by, node_id=event.node_id))
        state.answer(event)

    def close_empty(self) -> None:
        """Phones of a drained node are not rung once its last call has ended."""
        state = self._state
        for node in close_empty(state):
            self._phones.node_changed(node.node_id)
            state.facts.append(SwitchEmptied(state.now_us, node.node_id))

    def _catch_up(self, call: Call, live: LiveCall, node_id: str) -> None:
        """Handle answers and bridges that happened while the switch was not connected."""
        now = self._state.now_us
        if call.callback is not None and not call.leg_id:
            answer = CallbackAnswered(now, live.call_id, live.leg_id, node_id)
            self._callbacks.answered(answer)
        if live.offer_id and call.state == "connecting" and call.offer_id == live.offer_id:
            self._conversations.bridged(CallBridged(now, live.call_id, live.offer_id))
        elif call.state == "waiting":
            self._adopt_conversation(call, live)
        else:
            self._destinations.catch_up(call, live.diverted_to)

    def _hold_found(self, live: LiveCall) -> None:
        """The agent may have pressed the hold key while the connection was down."""
        call = self._state.calls.get(live.call_id)
        if call is None or live.is_held is None or call.consult is not None:
            return
        if live.offer_id and call.offer_id == live.offer_id:
            self._conversations.hold_found(call, live.is_held)

    def _order_again(self, call: Call, live_offers: frozenset[str]) -> None:
        """The adapter restarted; resend the commands of a call."""
        state = self._state
        if call.state == "ending":
            state.commands.append(HangUpCall(call.call_id, ending_of(call).cause))
            return
        if call.consult is not None:
            self._consults.again(call)
        if not call.leg_id or call.state in ("talking", "held"):
            return
        if call.answered:
            state.commands.append(AnswerCall(call.call_id))
        elif call.early_media:
            state.commands.append(OpenMedia(call.call_id))
        if call.queue is not None:
            state.commands.append(PlayMusic(call.call_id, queue_of(call).music))
        offer = state.offers.get(call.offer_id)
        if offer is not None and offer.state == "answered" and offer.offer_id in live_offers:
            state.commands.append(Bridge(call.call_id, offer.offer_id))
        for offer_id in call.ringing:
            if offer_id in live_offers:
                accepting.order(state, state.offers[offer_id])
        if is_in_flow(call):
            self._destinations.resume_flow(call)
        if call.playback is not None:
            # How far it was is not known: what comes next is played.
            self._prompts.finished(
                PromptFinished(state.now_us, call.call_id, str(call.playback.prompt_id))
            )

    def _is_foreign(self, live: LiveCall) -> bool:
        """Whether a conversation cannot be taken over, because its queue or agent is not known or
        the agent is being rung for another call. It is left alone; once its agent has left, the
        call is taken in as a new one."""
        state = self._state
        if live.call_id in state.ended:
            return False
        agent = state.agents.get(live.agent_id)
        return live.queue_id not in state.queues or agent is None or bool(agent.offer_id)

    def _end_missing(
        self,
        node_id: str,
        live_calls: frozenset[str],
        live_offers: frozenset[str],
        live_parties: frozenset[str],
        lost: bool,
    ) -> int:
        """End what is not live: `lost` with the switch, or hung up while it was not connected."""
        state = self._state
        ended = 0
        for call in [call for call in state.calls.values() if call.node_id == node_id]:
            if call.leg_id and call.call_id not in live_calls:
                if call.callback is not None and call.callback.state == "paused":
                    self._callbacks.leg_down(call)
                else:
                    ended += 1
                    cause = "switch_lost" if lost else "unseen"
                    self._conversations.end_leg(call, cause, lost=lost)
        for offer in [offer for offer in state.offers.values() if offer.node_id == node_id]:
            if offer.offer_id not in live_offers and offer.offer_id in state.offers:
                # With a switch that was lost goes what rang: that says nothing of the agent.
                why: OfferCause = "not_rung" if lost else "failed"
                self._offer_reports.ended(OfferEnded(state.now_us, offer.offer_id, why))
        for party in [party for party in state.parties.values() if party.node_id == node_id]:
            if party.party_id not in live_parties and party.party_id in state.parties:
                self._party_reports.ended(PartyEnded(state.now_us, party.party_id, "failed"))
        if ended:
            self._offers.look_again()
        return ended

    def _adopt(self, node_id: str, live: LiveCall) -> int:
        """Take over a leg that the engine does not know, by its variables: back to its old
        place."""
        state = self._state
        ended = state.ended.get(live.call_id)
        if ended is not None and ending_of(ended).cause == "switch_lost":
            # The switch was taken as lost, and was not: the call stays up.
            state.ended.pop(live.call_id)
        elif ended is not None:
            # Its end was decided here; the order was lost with the connection.
            state.commands.append(HangUpCall(live.call_id, "normal"))
            return 0
        queue = state.queues.get(live.queue_id)
        arrival = CallArrived(
            state.now_us, live.call_id, live.leg_id, live.ani, live.dnis, live.trunk_id,
            name=live.name, withheld=live.withheld, direction=live.direction,
            telephone=live.telephone, skills=live.skills, priority=live.priority, node_id=node_id,
            customer_id=live.customer_id, wanted_queue=live.wanted_queue,
        )  # fmt: skip
        if live.diverted_to:
            return self._adopt_diverted(arrival, live.diverted_to, queue)
        if queue is None:
            self._intake.arrived(arrival)
            routed = state.calls.get(live.call_id)
            if routed is not None:
                routed.offers_made = state.now_us
            return 1
        call = self._found(arrival, state.tenant(queue.policy.tenant_id))
        call.priority = live.priority
        call.boost_us = live.boost_us
        call.answered, call.early_media = not live.early, live.early
        # The wait goes on from when it began, so the place is the old one.
        call.queued_at_us = min(live.queued_at_us or state.now_us, state.now_us)
        self._waiting.join(call, queue, call.queued_at_us)
        if live.offer_id:
            self._recordings.adopt(call, live.recordings)
        if not self._adopt_conversation(call, live):
            self._recordings.conversation_over(call)
            state.commands.append(PlayMusic(call.call_id, queue.music))
        return 1

    def _found(self, arrival: CallArrived, tenant: Tenant) -> Call:
        """Enter a call that the switch has and the engine had lost."""
        state = self._state
        call = self._intake.found(arrival, tenant)
        # Legs of offers made before the loss may still be up: theirs are other numbers.
        call.offers_made = state.now_us
        call.answered = True
        caller = call.caller
        state.tell_call(
            call,
            CallStarted(
                state.now_us, call.call_id, call.tenant_id, caller.ani, call.dnis, call.trunk_id,
                caller.customer_id, arrival.priority, "adopted", caller.direction,
                caller.from_agent_id, caller.withheld,
            ),
        )  # fmt: skip
        return call

    def _adopt_diverted(
        self, arrival: CallArrived, diverted_to: str, queue: CallQueue | None
    ) -> int:
        """A caller who speaks with a number outside, or to a box, is not disturbed."""
        tenant_id = queue.policy.tenant_id if queue is not None else ""
        tenant = self._state.tenant(tenant_id) if tenant_id else self._intake.tenant_of(arrival)
        if tenant is None:
            return 0
        self._destinations.adopt(self._found(arrival, tenant), diverted_to)
        return 1

    def _adopt_conversation(self, call: Call, live: LiveCall) -> bool:
        """The switch shows a call bridged that waits here: so that is the state."""
        state = self._state
        agent = state.agents.get(live.agent_id)
        if not live.offer_id or agent is None:
            return False
        if live.offer_id in call.ringing:
            self._offer_reports.accepted(state.offers[live.offer_id])
            self._conversations.bridged(CallBridged(state.now_us, live.call_id, live.offer_id))
            return True
        if agent.offer_id or not call.leg_id:
            return False
        self._offers.withdraw_all(call)
        if call.callback is not None and call.callback.state != "reached":
            # The caller was to be rung back and is talking already.
            queue_of(call).callback_over(call.callback.number, call.call_id)
            call.callback = None
        offer = Offer(
            offer_id=live.offer_id,
            call_id=call.call_id,
            agent_id=live.agent_id,
            queue_id=call.queue_id,
            made_us=state.now_us,
            node_id=call.node_id,
            far_node_id=agent.node_id if agent.node_id != call.node_id else "",
        )
        offer.state = "answered"
        offer.answered_us = state.now_us
        state.offers[offer.offer_id] = offer
        self._agents.adopt(agent, offer.offer_id)
        queue_of(call).ringing += 1
        self._offers.update_cap(call.queue_id)
        call.offer_id = offer.offer_id
        state.move_call(call, "taken")
        state.disarm_call(call)
        self._conversations.bridged(CallBridged(state.now_us, call.call_id, offer.offer_id))
        if live.consult_id:
            # The agent had a consult of which nothing is known.
            self._consults.bridging.order(call, "bridge")
        return True
