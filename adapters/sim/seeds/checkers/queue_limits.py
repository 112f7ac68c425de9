"""Queues keep to their limits: length, conversations at once, callbacks and their attempts."""

from __future__ import annotations

from acdengine.commands import CancelDial, DialCustomer
from acdengine.conversation_facts import CallHandedOver, ConversationEnded
from acdengine.facts import (
    AnyFact,
    CallbackDialled,
    CallbackMissed,
    CallbackPlaced,
    CallbackReached,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    NumberMissed,
    OfferMade,
)
from acdengine.plan import Plan
from adapters.sim.seeds.checkers.checker import HandledEvent, need


class Limits:
    """What the settings say is the most, is the most."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._waiting: dict[str, dict[str, None]] = {name: {} for name in plan.queues}
        self._talking: dict[str, dict[str, None]] = {name: {} for name in plan.queues}
        #: Callbacks by queue, until the customer is reached: call to number.
        self._callbacks: dict[str, dict[str, str]] = {name: {} for name in plan.queues}
        self._dialling: dict[str, None] = {}
        #: Where calls went whose number outside was not reached.
        self._missed: dict[str, str] = {}
        #: The queue of which calls hear something that they left it for by a key or on request.
        self._hearing: dict[str, str] = {}
        #: Callers who have taken over the place of their callback.
        self._promised: dict[str, None] = {}
        self._judged = True

    def look(self, moment: HandledEvent) -> None:
        """Count, and compare with the settings."""
        for fact in moment.facts:
            self._follow(fact)
        begun = [fact.call_id for fact in moment.facts if isinstance(fact, CallbackDialled)]
        for command in moment.commands:
            if isinstance(command, DialCustomer):
                need(
                    command.call_id in begun,
                    f"the customer of {command.call_id} is rung without a callback",
                )
            elif isinstance(command, CancelDial):
                self._dialling.pop(command.call_id, None)

    def _follow(self, fact: AnyFact) -> None:
        if isinstance(fact, CallQueued):
            waiting = self._waiting[fact.queue_id]
            most = self._plan.queues[fact.queue_id].max_length
            need(
                not self._judged or most is None or len(waiting) < most or self._is_back(fact),
                f"{fact.call_id} joined the full queue {fact.queue_id}",
            )
            waiting[fact.call_id] = None
        elif isinstance(fact, CallLeftQueue):
            self._leave(fact.queue_id, fact.call_id)
            if fact.reason in ("key", "moved") and fact.to.startswith("flow "):
                self._hearing[fact.call_id] = fact.queue_id
            elif fact.reason == "rang_in":
                self._promised[fact.to.removeprefix("call ")] = None
        elif isinstance(fact, CallConnected):
            self._hearing.pop(fact.call_id, None)
            self._leave(fact.queue_id, fact.call_id)
            self._talking[fact.queue_id][fact.call_id] = None
        elif isinstance(fact, CallHandedOver):
            self._talking[fact.queue_id][fact.call_id] = None
        elif isinstance(fact, ConversationEnded):
            self._talking[fact.queue_id].pop(fact.call_id, None)
        elif isinstance(fact, OfferMade):
            self._offered(fact)
        elif isinstance(fact, NumberMissed):
            self._missed[fact.call_id] = fact.to
        elif isinstance(fact, CallEnded):
            self._dialling.pop(fact.call_id, None)
            self._missed.pop(fact.call_id, None)
            self._hearing.pop(fact.call_id, None)
            self._promised.pop(fact.call_id, None)
        else:
            self._callback(fact)

    def _is_back(self, fact: CallQueued) -> bool:
        """Whether a call takes up its old place after a number that was not reached, or after what
        it heard on a key."""
        missed = self._missed.get(fact.call_id) == f"queue {fact.queue_id}"
        heard = self._hearing.pop(fact.call_id, "") == fact.queue_id
        return fact.resumed and (missed or heard)

    def _leave(self, queue_id: str, call_id: str) -> None:
        self._waiting[queue_id].pop(call_id, None)
        self._callbacks[queue_id].pop(call_id, None)

    def _offered(self, fact: OfferMade) -> None:
        most = self._plan.queues[fact.queue_id].max_conversations
        need(
            not self._judged or most is None or len(self._talking[fact.queue_id]) < most,
            f"{fact.queue_id} offers {fact.call_id} beyond its {most} conversations",
        )

    def _callback(self, fact: AnyFact) -> None:
        if isinstance(fact, CallbackPlaced):
            policy = self._plan.queues[fact.queue_id].callback
            need(policy is not None, f"{fact.queue_id} has no callbacks")
            assert policy is not None
            callbacks = self._callbacks[fact.queue_id]
            need(
                not self._judged or len(callbacks) < policy.limit or fact.call_id in self._promised,
                f"{fact.queue_id} has more than {policy.limit} callbacks",
            )
            need(
                not self._judged or fact.number not in callbacks.values(),
                f"{fact.queue_id} is to ring back {fact.number} twice",
            )
            callbacks[fact.call_id] = fact.number
        elif isinstance(fact, CallbackDialled):
            policy = self._plan.queues[fact.queue_id].callback
            need(
                policy is not None and fact.attempt <= policy.attempts,
                f"{fact.call_id}'s customer is rung for the {fact.attempt}th time",
            )
            need(fact.call_id not in self._dialling, f"{fact.call_id} is rung twice at once")
            self._dialling[fact.call_id] = None
        elif isinstance(fact, CallbackMissed):
            self._dialling.pop(fact.call_id, None)
        elif isinstance(fact, CallbackReached):
            self._dialling.pop(fact.call_id, None)
            self._callbacks[fact.queue_id].pop(fact.call_id, None)

    def forget(self) -> None:
        """Calls found on the switch are taken in above the limits too: they are not judged."""
        self._judged = False
        for calls in (*self._waiting.values(), *self._talking.values()):
            calls.clear()
        for callbacks in self._callbacks.values():
            callbacks.clear()
        self._dialling.clear()
        self._missed.clear()
        self._hearing.clear()
        self._promised.clear()

    def finish(self) -> None:
        """Nothing is over a limit any more, for nothing is left."""
        left = [name for name, calls in self._waiting.items() if calls]
        need(not left, f"calls still wait in {', '.join(left)}")
