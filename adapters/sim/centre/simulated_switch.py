"""The simulated switch: trunks, callers' legs and agents' legs. It does what the engine commands
and reports what happens; who calls, who answers and for how long is decided elsewhere
(`adapters.sim.centre.callers`, `adapters.sim.centre.agents`).

Like a real switch it forgives: a command for a leg that has gone is answered by the report that it
has gone, a repeated command by the report of its first effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import TypeAlias

from msgspec import structs

from acdengine.commands import (
    AnswerCall,
    AnyCommand,
    AskToAccept,
    Bridge,
    CancelDial,
    CancelRing,
    CloseLine,
    DialCustomer,
    DialNumber,
    HangUpCall,
    HoldCall,
    OpenLine,
    OpenMedia,
    RecordMessage,
    ReferCaller,
    RejectCall,
    Reply,
    RetrieveCall,
    RingAgent,
    SendKeys,
)
from acdengine.events import (
    AnyEvent,
    BridgeFailed,
    CallArrived,
    CallBlocked,
    CallBridged,
    CallerHungUp,
    OfferAnswered,
    OfferCause,
    OfferEnded,
    PartyEnded,
    SwitchSynced,
)
from acdengine.trunks import Trunk
from adapters.sim.centre.accept_keys import Accepting
from adapters.sim.centre.callback_dialling import RingBack
from adapters.sim.centre.diverted_calls import Diversions
from adapters.sim.centre.event_schedule import Action, EventSchedule
from adapters.sim.centre.exchange_interfaces import Callers, Phones
from adapters.sim.centre.legs import (
    ANSWERED,
    DOWN,
    HEARD,
    HEARING,
    NOT_YET,
    RINGING,
    AgentLeg,
    Caller,
    CallerLeg,
    SimulatedAgent,
)
from adapters.sim.centre.multiparty import PartyBehaviour, PartyLegs, join
from adapters.sim.centre.nailed_up_lines import AgentLines
from adapters.sim.centre.prompts_and_keys import CallerInputs
from adapters.sim.centre.recordings import Recordings
from adapters.sim.centre.trunk_channels import Channels
from adapters.sim.draws.distributions import Constant, Distribution, Sampler
from adapters.sim.scenarios.switch_latencies import Latencies

Report: TypeAlias = Callable[[AnyEvent], None]

#: An agent's leg that goes down by itself does so after so long.
_FOLLOWS_AFTER_US = 20_000
#: A leg whose far end was lost goes down by itself after so long, by the session timer.
_CUT_FOUND_AFTER_US = 120_000_000


class Switch:
    """Legs, and what is done with them.

    Args:
        agenda: the time.
        report: takes each event at the moment it happens.
        trunks: trunk groups by id.
        latencies: how long things take.
        stream: for these latencies.
        nodes: switch nodes; trunk groups are spread over them in order.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        report: Report,
        trunks: Mapping[str, Trunk],
        latencies: Latencies,
        stream: Random,
        nodes: Sequence[str] = ("",),
    ) -> None:
        self._agenda = agenda
        self._report = report
        self.trunks = trunks
        self.node_of_trunk = {name: nodes[n % len(nodes)] for n, name in enumerate(trunks)}
        self._home_node = nodes[0]
        self._starts = dict.fromkeys(nodes, 1)
        self.caller_legs: dict[str, CallerLeg] = {}
        self.agent_legs: dict[str, AgentLeg] = {}
        #: What the adapter has written on the legs.
        self.channels = Channels()
        #: Offers whose order to ring is on its way, with their calls.
        self._ordered: dict[str, str] = {}
        self._serial = 0
        self._random = stream.random
        self._effect_us = 0
        #: Takes the replies to requests; None where they are not used.
        self.replied: Callable[[Reply], None] | None = None
        self._draw_command = _draw(latencies.command, stream)
        self._draw_set_up = _draw(latencies.set_up, stream)
        self._draw_whisper = latencies.whisper.sampler(stream)
        self._diversions = Diversions(
            agenda, report, latencies, stream, lambda leg: self.callers.left_alone(leg)
        )
        self.inputs = CallerInputs(
            agenda, report, self.caller_legs, latencies, stream, self._diversions
        )
        self._latencies = latencies
        self._ring_back = RingBack(
            agenda, report, self.caller_legs,
            lambda call_id, caller: self._new_leg(call_id, caller, None, self._home_node),
        )  # fmt: skip
        self.parties = PartyLegs(
            agenda, report, self.caller_legs, self.agent_legs, PartyBehaviour(
                stream.random, latencies.outside_answers, latencies.outside.sampler(stream)
            ), self._node_of, lambda leg: self.agent_down(leg, "hangup"),
        )  # fmt: skip
        self.lines = AgentLines(
            agenda, report, self._home_node, lambda leg: self.agent_down(leg, "hangup")
        )
        self.accepting = Accepting(agenda, report, self.agent_legs, self._draw_whisper)
        self._recordings = Recordings(agenda, report, self.caller_legs)
        self._do: dict[type[AnyCommand], Action] = {
            RejectCall: self._hang_up_call,
            HangUpCall: self._hang_up_call,
            **dict.fromkeys((AnswerCall, OpenMedia, HoldCall, RetrieveCall, SendKeys), _nothing),
            **self.inputs.orders(),
            RingAgent: self._ring_agent,
            AskToAccept: self.accepting.ask,
            OpenLine: self.lines.open,
            CloseLine: self.lines.close,
            CancelRing: self._cancel_ring,
            Bridge: self._bridge,
            **dict.fromkeys((DialNumber, ReferCaller), self._dial_number),
            RecordMessage: self._record_message,
            DialCustomer: self._ring_back.dial,
            CancelDial: self._ring_back.cancel,
            **self._recordings.orders(),
            **self.parties.orders(),
            Reply: self._reply,
        }

    def people(self, callers: Callers, phones: Phones) -> None:
        """Who is at the telephones."""
        self.callers = self.parties.callers = self._ring_back.callers = callers
        self.inputs.callers = callers
        self.phones = self.parties.phones = self.lines.phones = self.accepting.phones = phones

    def carried_out(self) -> dict[type[AnyCommand], str]:
        """What follows from each command: "yes", or "nothing" where it changes nothing here."""
        return {kind: "nothing" if do is _nothing else "yes" for kind, do in self._do.items()}

    # -- commands ------------------------------------------------------------------------------

    def execute(self, commands: Iterable[AnyCommand]) -> None:
        """Carry commands out, now or after the switch's latency, in order."""
        draw = self._draw_command
        do = self._do
        if draw is None:
            for command in commands:
                do[type(command)](command)
            return
        agenda = self._agenda
        for command in commands:
            at_us = self._effect_us = max(self._effect_us, agenda.now_us + draw())
            if isinstance(command, RingAgent):
                self._ordered[command.offer_id] = command.call_id
            agenda.at(at_us, do[type(command)], command)

    def _reply(self, command: Reply) -> None:
        if self.replied is not None:
            self.replied(command)

    # -- callers' legs -------------------------------------------------------------------------

    def arrive(
        self,
        caller: Caller,
        trunk_ids: Sequence[str],
        skills: dict[str, int],
        priority: int,
        customer_id: str = "",
        wanted_queue: str = "",
    ) -> CallerLeg | None:
        """A caller dials in; None where all lines of the trunk groups, tried in order, are busy."""
        leg = self._leg_of(caller, trunk_ids)
        if leg is not None and leg.trunk is not None:
            self._report(
                CallArrived(
                    self._agenda.now_us, leg.call_id, leg.leg_id, caller.ani, caller.dnis,
                    leg.trunk.trunk_id, caller.hostile.name, skills,
                    priority, leg.node_id, customer_id, wanted_queue,
                )
            )  # fmt: skip
        return leg

    def arrive_as(self, caller: Caller, arrival: CallArrived) -> CallerLeg | None:
        """As `arrive`, on the trunk group of an event that says what the call brings along; leg,
        node and time are filled in here."""
        leg = self._leg_of(caller, (arrival.trunk_id,))
        if leg is not None:
            now, node_id = self._agenda.now_us, leg.node_id
            self._report(structs.replace(arrival, at_us=now, leg_id=leg.leg_id, node_id=node_id))
        return leg

    def _leg_of(self, caller: Caller, trunk_ids: Sequence[str]) -> CallerLeg | None:
        """A leg on the first trunk group that has a line free; None where all are busy."""
        now = self._agenda.now_us
        busy = None
        for trunk_id in trunk_ids:
            trunk = self.trunks[trunk_id]
            busy = trunk.take(now)
            if busy is None:
                return self._new_leg(caller.call_id, caller, trunk, self.node_of_trunk[trunk_id])
        assert busy is not None
        self._report(CallBlocked(now, caller.ani, caller.dnis, trunk_id, busy))
        return None

    def _new_leg(
        self, call_id: str, caller: Caller, trunk: Trunk | None, node_id: str
    ) -> CallerLeg:
        self._serial += 1
        leg = CallerLeg(call_id, f"leg{self._serial}", caller, trunk, node_id)
        self.caller_legs[call_id] = leg
        return leg

    def hang_up(self, leg: CallerLeg, cause: str = "normal") -> None:
        """The caller hangs up."""
        self._caller_down(leg, cause, by_centre=False)

    def press(self, leg: CallerLeg, digit: str) -> None:
        """The caller presses a key."""
        self.inputs.press(leg, digit)

    def say(self, leg: CallerLeg, words: str, confidence: int) -> None:
        """The caller says something."""
        self.inputs.say(leg, words, confidence)

    def _caller_down(self, leg: CallerLeg, cause: str, by_centre: bool) -> None:
        if not leg.up:
            return
        self._drop_caller(leg)
        self.inputs.leg_down(leg)
        partner, leg.bridged = leg.bridged, None
        party, leg.party = leg.party, None
        if party is not None:
            party.caller = None
        if partner is not None:
            partner.caller = None
            partner.state = ANSWERED
            follows = self._latencies.agent_leg_follows
            if follows and self._random() < follows:
                self._agenda.after(_FOLLOWS_AFTER_US, self._follow, partner)
        self._report(CallerHungUp(self._agenda.now_us, leg.call_id, cause))
        self._recordings.leg_down(leg)
        self.callers.leg_down(leg, by_centre)

    def _drop_caller(self, leg: CallerLeg) -> None:
        leg.up = False
        del self.caller_legs[leg.call_id]
        if leg.trunk is not None:
            leg.trunk.give_back()

    def _follow(self, leg: AgentLeg) -> None:
        if leg.state == ANSWERED and leg.caller is None:
            self.agent_down(leg, "hangup")

    def _hang_up_call(self, command: HangUpCall | RejectCall) -> None:
        leg = self.caller_legs.get(command.call_id)
        if leg is None:
            self._no_caller(command.call_id)
        else:
            self._caller_down(leg, command.cause, by_centre=True)

    def _no_caller(self, call_id: str) -> None:
        self._report(CallerHungUp(self._agenda.now_us, call_id, "no_such_leg"))

    # -- what is played, recorded, dialled -----------------------------------------------------

    def _record_message(self, command: RecordMessage) -> None:
        leg = self.caller_legs.get(command.call_id)
        if leg is None:
            self._no_caller(command.call_id)
        else:
            self.inputs.cancel(leg)
            self._diversions.record_message(command, leg)

    def _dial_number(self, command: DialNumber | ReferCaller) -> None:
        if (leg := self.caller_legs.get(command.call_id)) is None:
            self._no_caller(command.call_id)
        else:
            self.inputs.cancel(leg)
            self._diversions.dial_number(command, leg)

    # -- agents' legs --------------------------------------------------------------------------

    def _ring_agent(self, command: RingAgent) -> None:
        offer_id = command.offer_id
        self._ordered.pop(offer_id, None)
        if offer_id in self.agent_legs:
            return
        agent = self.phones.find(command.agent_id)
        if agent is None or not agent.registered:
            self._report(OfferEnded(self._agenda.now_us, offer_id, "unreachable"))
            return
        caller = self.caller_legs.get(command.call_id)
        if caller is not None and (ends := caller.caller.hostile.ends):
            self._report(OfferEnded(self._agenda.now_us, offer_id, ends))
            return
        if command.line_id:
            self._put_through(command, agent)
            return
        if agent.leg is not None or agent.phone_busy:
            self._report(OfferEnded(self._agenda.now_us, offer_id, "busy"))
            return
        leg = AgentLeg(offer_id, command.call_id, agent, self._node_of(command.call_id))
        leg.far_node_id = command.node_id if command.node_id != leg.node_id else ""
        self.agent_legs[offer_id] = agent.leg = leg
        if command.leg_id:
            self.take_up(leg)  # the telephone has dialled it
        elif self._draw_set_up is None:
            self.phones.rings(leg, command.timeout_us, bool(command.auto_answer))
        else:
            self._agenda.after(self._draw_set_up(), self._rings, (leg, command))

    def _put_through(self, command: RingAgent, agent: SimulatedAgent) -> None:
        """An offer on a line that is up: nothing rings."""
        line = self.lines.of_offer(command)
        if line is None:
            self._report(OfferEnded(self._agenda.now_us, command.offer_id, "unreachable"))
        elif agent.leg is not None:
            self._report(OfferEnded(self._agenda.now_us, command.offer_id, "busy"))
        else:
            leg = AgentLeg(command.offer_id, command.call_id, agent, line.node_id)
            leg.line = line
            self.agent_legs[leg.offer_id] = agent.leg = leg
            self.take_up(leg)

    def _node_of(self, call_id: str) -> str:
        caller = self.caller_legs.get(call_id)
        return self._home_node if caller is None else caller.node_id

    def _rings(self, what: tuple[AgentLeg, RingAgent]) -> None:
        leg, command = what
        if leg.state == RINGING:
            self.phones.rings(leg, command.timeout_us, bool(command.auto_answer))

    def take_up(self, leg: AgentLeg) -> None:
        """The agent answers the ringing phone."""
        if leg.state == RINGING and not leg.is_cut:
            leg.state = ANSWERED
            self._report(OfferAnswered(self._agenda.now_us, leg.offer_id, leg.node_id))

    def phone_down(self, leg: AgentLeg, cause: OfferCause) -> None:
        """The agent turns the call away, does not answer, or hangs up."""
        if not leg.is_cut:
            self.agent_down(leg, cause)

    def agent_down(self, leg: AgentLeg, cause: OfferCause) -> None:
        """The agent's leg ends: turned away, not answered, or hung up."""
        if leg.state == DOWN:
            return
        self._drop_agent(leg)
        caller, leg.caller = leg.caller, None
        self._report(OfferEnded(self._agenda.now_us, leg.offer_id, cause))
        self.phones.leg_down(leg)
        if caller is not None:
            caller.bridged = None
            self.callers.left_alone(caller)

    def _cut_found(self, leg: AgentLeg) -> None:
        self.agent_down(leg, "hangup")

    def _drop_agent(self, leg: AgentLeg) -> None:
        leg.state = DOWN
        del self.agent_legs[leg.offer_id]
        leg.agent.leg = None

    def _cancel_ring(self, command: CancelRing) -> None:
        leg = self.agent_legs.get(command.offer_id)
        if leg is None:
            self._report(OfferEnded(self._agenda.now_us, command.offer_id, "hangup"))
        else:
            self.agent_down(leg, "hangup")

    def _bridge(self, command: Bridge) -> None:
        now = self._agenda.now_us
        call_id, offer_id = command.call_id, command.offer_id
        leg = self.agent_legs.get(offer_id)
        caller = self.caller_legs.get(call_id)
        if caller is not None and self.parties.bridge(caller, offer_id):
            return
        if leg is None:
            self._report(OfferEnded(now, offer_id, "hangup"))
            self._report(PartyEnded(now, offer_id))
        elif caller is None:
            self._no_caller(call_id)
            self._report(BridgeFailed(now, call_id, offer_id, "no_such_leg"))
        elif leg.caller is caller:
            self._report(CallBridged(now, call_id, offer_id))
        elif leg.state != ANSWERED or caller.bridged is not None:
            self._report(BridgeFailed(now, call_id, offer_id, "wrong_state"))
        elif command.whisper and leg.whisper != HEARD:
            if leg.whisper == NOT_YET:
                leg.whisper = HEARING
                self._agenda.after(self._draw_whisper(), self._whispered, (leg, command))
        else:
            join(caller, leg)
            self.inputs.cancel(caller)
            caller.occupied = ""
            self._report(CallBridged(now, call_id, offer_id))
            self.callers.talking(caller)
            self.phones.talking(leg, caller.caller)

    def _whispered(self, what: tuple[AgentLeg, Bridge]) -> None:
        leg, command = what
        leg.whisper = HEARD
        if leg.state == ANSWERED and command.call_id in self.caller_legs:
            self._bridge(command)

    # -- the switch as a whole -----------------------------------------------------------------

    def barrier(self, action: Action) -> None:
        """Call ``action(None)`` when all that was ordered so far has taken effect."""
        self._agenda.at(self._effect_us, action)

    def synced(self, node_id: str) -> SwitchSynced:
        """All that is live on a node, and the offers whose order to ring is still on its way:
        an adapter knows what it has sent."""
        calls = tuple(
            self.channels.live(leg) for leg in self.caller_legs.values() if leg.node_id == node_id
        )
        offers = [leg.offer_id for leg in self.agent_legs.values() if leg.node_id == node_id]
        offers += [
            offer_id
            for offer_id, call_id in self._ordered.items()
            if self._node_of(call_id) == node_id
        ]
        parties = self.parties.on_node(node_id)
        core = f"{node_id} started {self._starts[node_id]}"
        now = self._agenda.now_us
        lines = self.lines.on_node(node_id)
        return SwitchSynced(now, node_id, calls, tuple(offers), parties, core, lines)

    def lose_node(self, node_id: str) -> None:
        """A node goes with everything on it, and reports nothing. Legs that go through it to a
        phone stay up on their own node, with a dead far end."""
        self._starts[node_id] += 1
        for cut in [leg for leg in self.agent_legs.values() if leg.far_node_id == node_id]:
            cut.is_cut = True
            self._agenda.after(_CUT_FOUND_AFTER_US, self._cut_found, cut)
        for agent_leg in [leg for leg in self.agent_legs.values() if leg.node_id == node_id]:
            self._drop_agent(agent_leg)
            partner, agent_leg.caller = agent_leg.caller, None
            if partner is not None:
                partner.bridged = None
            self.phones.leg_down(agent_leg)
        self.lines.lose_node(node_id)
        for leg in [leg for leg in self.caller_legs.values() if leg.node_id == node_id]:
            self._drop_caller(leg)
            self.callers.leg_down(leg, by_centre=True)
        self.parties.lose_node(node_id)
        if node_id == self._home_node:
            self._ring_back.lose_node()


def _draw(duration: Distribution, stream: Random) -> Sampler | None:
    """The sampler of a duration; None where it is always 0, which then costs nothing."""
    if isinstance(duration, Constant) and not duration.value_us:
        return None
    return duration.sampler(stream)


def _nothing(command: object) -> None:
    """The caller hears something else; no leg is touched and nothing is to be reported."""
