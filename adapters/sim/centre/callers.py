"""Callers: who rings when, how long they wait, what they press, and whether they ring again."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.commands import Collect
from acdengine.events import AnyEvent
from acdengine.facts import CallbackPlaced, CallEnded, CallQueued, CallRefused, OfferMade
from acdengine.requests import CallbackRequested
from adapters.sim.centre.call_types import Answer, CallerKind
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.exchange_interfaces import Exchange
from adapters.sim.centre.legs import Caller, CallerLeg
from adapters.sim.draws.distributions import NEVER_US
from adapters.sim.draws.hostile_callers import HARMLESS
from adapters.sim.draws.random_streams import Streams
from adapters.sim.scenarios.scenario import Scenario


class SimulatedCallers:
    """All callers of a simulation.

    Args:
        agenda: the time.
        report: takes what they ask for elsewhere than on the telephone.
        switch: what they ring.
        scenario: who they are.
        streams: where their draws come from.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        switch: Exchange,
        scenario: Scenario,
        streams: Streams,
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._switch = switch
        self._origin_us = scenario.origin_us
        self._horizon_us = scenario.horizon_us
        self.kinds = [
            CallerKind(call_type, number, scenario, streams)
            for number, call_type in enumerate(scenario.call_types)
        ]
        #: Callers whose call is not over for the engine, by call.
        self.by_call: dict[str, Caller] = {}
        #: Told of each attempt that reached the centre, and of each that met busy.
        self.on_arrival: Callable[[Caller], None] = _ignore
        self.on_busy: Callable[[Caller], None] = _ignore
        self._people = 0
        self._calls = 0

    def begin(self) -> None:
        """Put the first call of each kind on the agenda."""
        for kind in self.kinds:
            self._next_arrival(kind)

    def _next_arrival(self, kind: CallerKind) -> None:
        at_us = next(kind.arrivals, None)
        if at_us is not None:
            self._agenda.at(at_us, self._arrive, kind)

    def _arrive(self, kind: CallerKind) -> None:
        self._people += 1
        ani = kind.known_number() or f"49{kind.number:02d}{self._people:08d}"
        caller = Caller(kind, ani, kind.call_type.dnis)
        caller.hostile = kind.draw_hostile()
        if caller.hostile is not HARMLESS:
            caller.ani = caller.hostile.number
        self._attempt(caller)
        self._next_arrival(kind)

    def _attempt(self, caller: Caller) -> None:
        since_us = self._agenda.now_us - self._origin_us
        if since_us < self._horizon_us:
            retrials = caller.kind.call_type.retrials
            if not caller.made or retrials is None or retrials.redraws:
                caller.patience_us, caller.service_us = caller.kind.draw(since_us)
            self.dial_in(caller)

    def dial_in(self, caller: Caller) -> None:
        """A caller, whose patience and service time are drawn, calls the centre."""
        now = caller.arrived_us = self._agenda.now_us
        kind = caller.kind
        self._calls += 1
        call_id = caller.call_id = f"c{self._calls}{caller.hostile.mark}"
        caller.served = False
        caller.balks = kind.draw_balking()
        if kind.call_type.callback_queue:
            self._ask_for_callback(caller)
            return
        wish = kind.call_type
        leg = self._switch.arrive(
            caller, kind.trunks, kind.skills, kind.priority, wish.customer_id, wish.wanted_queue
        )
        if leg is None:
            self.on_busy(caller)
            self._perhaps_again(caller)
            return
        caller.leg = leg
        self.by_call[call_id] = caller
        self.on_arrival(caller)
        patience_us = caller.patience_us
        caller.gives_up_us = now + patience_us
        agenda = self._agenda
        if patience_us < NEVER_US:
            agenda.after(patience_us, self._lose_patience, leg)
        for key, after in kind.keys:
            if kind.random() < key.probability:
                agenda.after(after(), self._press, (leg, key.digit))
        agenda.after(kind.leaves(), self._leave, leg)

    def _ask_for_callback(self, caller: Caller) -> None:
        now = self._agenda.now_us
        self.by_call[caller.call_id] = caller
        caller.served = True
        self.on_arrival(caller)
        self._report(
            CallbackRequested(
                now, call_id=caller.call_id, queue_id=caller.kind.call_type.callback_queue,
                number=caller.ani, by="web",
            )
        )  # fmt: skip

    # -- on the line ---------------------------------------------------------------------------

    def _lose_patience(self, leg: CallerLeg) -> None:
        if not leg.up or leg.bridged is not None or leg.occupied or leg.party:
            return
        if self._agenda.now_us >= leg.caller.gives_up_us:
            self._switch.hang_up(leg)

    def _press(self, what: tuple[CallerLeg, str]) -> None:
        leg, digit = what
        if leg.up and leg.bridged is None:
            self._switch.press(leg, digit)

    def asked(self, leg: CallerLeg, command: Collect) -> None:
        """A menu, or another question: press the keys, one after the other, or say the words."""
        script = leg.caller.script
        if script is not None:
            keys, first_us = script.answer()
            answer = Answer(keys, first_us)
        else:
            answer = leg.caller.kind.draw_answer(leg.answers, command)
        leg.answers += 1
        if answer.words:
            self._agenda.after(answer.first_us, self._say, (leg, answer))
        for place, key in enumerate(answer.keys):
            after_us = answer.first_us + place * answer.every_us
            self._agenda.after(after_us, self._press, (leg, key))

    def _say(self, what: tuple[CallerLeg, Answer]) -> None:
        leg, answer = what
        if leg.up and leg.bridged is None:
            self._switch.say(leg, answer.words, answer.confidence)

    def _leave(self, leg: CallerLeg) -> None:
        if leg.up:
            self._switch.hang_up(leg)

    def talking(self, leg: CallerLeg) -> None:
        """An agent is on the line: the wait is over."""
        leg.caller.served = True
        leg.caller.gives_up_us = NEVER_US

    def left_alone(self, leg: CallerLeg) -> None:
        """Without an agent again: the wait begins with new patience."""
        caller = leg.caller
        if caller.script is not None:
            patience_us = caller.script.patience_us()
        else:
            patience_us = caller.kind.draw_patience(self._agenda.now_us - self._origin_us)
        self.wait_at_most(leg, patience_us)

    def wait_at_most(self, leg: CallerLeg, patience_us: int) -> None:
        """The caller gives up after so long, unless something comes of the wait."""
        leg.caller.gives_up_us = self._agenda.now_us + patience_us
        self._agenda.after(patience_us, self._lose_patience, leg)

    def leg_down(self, leg: CallerLeg, by_centre: bool) -> None:
        """The call is over for the caller's telephone."""
        caller = leg.caller
        caller.leg = None
        if caller.kind.retrial is not None:
            caller.served = caller.served or bool(leg.occupied)
            retrials = caller.kind.call_type.retrials
            if not by_centre or (retrials is not None and retrials.turned_away):
                self._perhaps_again(caller)

    def _perhaps_again(self, caller: Caller) -> None:
        retrial = caller.kind.retrial
        if retrial is None or caller.served:
            return
        delay_us = retrial(caller.made)
        if delay_us is not None:
            caller.made += 1
            self._agenda.after(delay_us, self._attempt, caller)

    # -- rung back -----------------------------------------------------------------------------

    def rung_back(self, call_id: str) -> tuple[Caller, int | None]:
        """The centre rings a customer: who, and after how long they answer (None: never)."""
        caller = self.by_call.get(call_id)
        if caller is None:
            # A callback that this simulation did not create: its customer does not answer.
            caller = Caller(self.kinds[0], "", "")
        if caller.script is not None:
            return caller, caller.script.ringing_us()
        kind = caller.kind
        manners = kind.call_type.callback
        answers_us = kind.ring_back()
        return caller, answers_us if kind.random() < manners.answers else None

    # -- what the engine says ------------------------------------------------------------------

    def queued(self, fact: CallQueued) -> None:
        """A call waits; its caller may balk, unless an agent is rung at once."""
        caller = self.by_call.get(fact.call_id)
        if caller is not None and caller.balks and caller.leg is not None:
            self._agenda.after(0, self._balk, caller.leg)

    def offered(self, fact: OfferMade) -> None:
        """An agent is rung for a call: its caller stays."""
        caller = self.by_call.get(fact.call_id)
        if caller is not None:
            caller.balks = False

    def _balk(self, leg: CallerLeg) -> None:
        if leg.up and leg.caller.balks:
            self._switch.hang_up(leg)

    def promised(self, fact: CallbackPlaced) -> None:
        """The centre will ring back: no reason to ring again."""
        caller = self.by_call.get(fact.call_id)
        if caller is not None:
            caller.served = True

    def over(self, fact: CallEnded | CallRefused) -> None:
        """The engine has ended a call: its caller is forgotten."""
        self.by_call.pop(fact.call_id, None)


def _ignore(caller: Caller) -> None:
    """No listener."""
