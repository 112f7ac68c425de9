"""No call is served before another that is like it in everything and was there before."""

from __future__ import annotations

from dataclasses import dataclass

from acdengine.events import CallArrived, SwitchSynced
from acdengine.facts import (
    AnyFact,
    CallbackPlaced,
    CallConnected,
    CallDiverted,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallSteppedBack,
    OfferClosed,
    OfferMade,
    PriorityChanged,
)
from acdengine.plan import Plan
from adapters.sim.seeds.checkers.checker import HandledEvent, need
from queues.targets import ToAgent


@dataclass(slots=True)
class _Waiting:
    queue_id: str
    queued_at_us: int
    joined_us: int
    priority: int
    boost_us: int
    skills: tuple[tuple[str, int], ...]
    #: Offers ringing.
    offers: int = 0


class FairOrder:
    """First come, first served, among calls of one queue, priority, credit and demand.

    Calls whose place is not simply the time they came are left out: after a conversation or a
    flow, after ringing again, stepped back, turned into a callback, waiting for a certain agent.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by_name = _has_preferred_agents(plan)
        self._skills: dict[str, tuple[tuple[str, int], ...]] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._odd: dict[str, None] = {}

    def look(self, moment: HandledEvent) -> None:
        """Compare each call that is offered with all that wait."""
        event = moment.event
        if isinstance(event, CallArrived):
            self._skills[event.call_id] = tuple(sorted(event.skills.items()))
        elif isinstance(event, SwitchSynced):
            for live in event.calls:
                self._skills.setdefault(live.call_id, tuple(sorted(live.skills.items())))
        for fact in moment.facts:
            self._follow(fact)

    def _follow(self, fact: AnyFact) -> None:
        if isinstance(fact, CallQueued):
            if fact.resumed:
                self._odd[fact.call_id] = None
            self._waiting[fact.call_id] = _Waiting(
                fact.queue_id, fact.queued_at_us, fact.at_us, fact.priority, fact.boost_us,
                self._skills.get(fact.call_id, ()),
            )  # fmt: skip
        elif isinstance(fact, CallLeftQueue | CallConnected | CallEnded):
            self._waiting.pop(fact.call_id, None)
            if isinstance(fact, CallConnected):
                self._odd[fact.call_id] = None
        elif isinstance(fact, CallbackPlaced | CallDiverted | CallSteppedBack):
            self._odd[fact.call_id] = None
        elif isinstance(fact, PriorityChanged):
            waiting = self._waiting[fact.call_id]
            waiting.priority = fact.priority
        elif isinstance(fact, OfferMade | OfferClosed):
            call = self._waiting.get(fact.call_id)
            if call is not None:
                call.offers += 1 if isinstance(fact, OfferMade) else -1
                if isinstance(fact, OfferMade) and call.offers == 1 and not self._by_name:
                    self._compare(fact.call_id, call)

    def _compare(self, call_id: str, call: _Waiting) -> None:
        if call_id in self._odd:
            return
        for other_id, other in self._waiting.items():
            if (
                other.offers == 0
                and other_id not in self._odd
                and other.queue_id == call.queue_id
                and other.priority == call.priority
                and other.boost_us == call.boost_us
                and other.skills == call.skills
                and other.joined_us <= call.joined_us
            ):
                need(
                    other.queued_at_us >= call.queued_at_us,
                    f"{call_id} was served before {other_id}, which was there first",
                )

    def forget(self) -> None:
        """The order is rebuilt from the switch, which knows what the calls demand too."""
        self._waiting.clear()
        self._odd.clear()
        self._skills.clear()

    def finish(self) -> None:
        """Nothing is left to compare."""


def _has_preferred_agents(plan: Plan) -> bool:
    """Whether calls may wait for certain agents, so that being passed over can be right."""
    targets = [target for tenant in plan.tenants.values() for target in tenant.numbers.values()]
    for queue in plan.queues.values():
        targets += [*queue.when_full, *queue.when_waited, *queue.when_no_staff]
        targets += queue.when_staff_left
        targets += [target for line in queue.overflow for target in line.targets]
        targets += [target for ways in queue.exit_keys.values() for target in ways]
    if any(isinstance(target, ToAgent) for target in targets):
        return True
    named = any(customer.preferred for customer in plan.customers.values()) or any(
        rule.then.preferred or rule.then.last_agent_score
        for tenant in plan.tenants.values()
        for rule in tenant.rules
    )
    return named and any(queue.preferred for queue in plan.queues.values())
