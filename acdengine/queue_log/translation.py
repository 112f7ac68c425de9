"""Facts to lines of a ``queue_log``.

What each event says is defined by app_queue (Asterisk 20 to 23, ``apps/app_queue.c``): waits and
talks in whole seconds, ring times of missed and cancelled offers in milliseconds, a position from
1. A call has an event ``CONNECT`` for the agent who answered it from the queue, and one event at
the end of that conversation; what a consulted colleague does with the call afterwards is not in a
``queue_log``. Where this engine knows more than app_queue, the nearest event is written, and its
last field says what it was.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from acdengine.centre_facts import AgentStateChanged, SettingsApplied
from acdengine.conversation_facts import (
    CallHeld,
    CallRetrieved,
    CallTransferred,
    ConversationEnded,
)
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallStarted,
    LeaveReason,
    OfferClosed,
)
from acdengine.queue_log.lines import line

_S: Final = 1_000_000
_MS: Final = 1_000
#: Events of callers who leave without an answer; all others are ``WITHDRAW`` with their reason.
_LEFT: Final[dict[LeaveReason, str]] = {
    "abandoned": "ABANDON",
    "waited": "EXITWITHTIMEOUT",
    "overflow": "EXITWITHTIMEOUT",
    "no_staff": "EXITEMPTY",
    "key": "EXITWITHKEY",
}
#: Offers that app_queue would have written ``RINGNOANSWER`` for.
_MISSED: Final = frozenset({"no_answer", "busy", "rejected", "unreachable", "failed"})
#: Reasons by which a call is gone, so that who is rung for it is told so.
_GONE: Final = frozenset({"abandoned", "switch_lost"})

_OfQueue: TypeAlias = CallQueued | CallLeftQueue | OfferClosed | CallConnected | ConversationEnded

#: The strict band of a priority in a queue, the smaller the sooner.
BandOf = Callable[[str, int], int]


class LoggedCall(Struct):
    """What later lines of a call need of earlier facts."""

    caller: str = ""
    dnis: str = ""
    #: The queue that the call waits in; empty: none.
    queue_id: str = ""
    #: Its place there: the strict band, and when it would have come had its boost been waiting.
    place: tuple[int, int] = (0, 0)
    position: int = 0
    #: The offer that was connected, and how long the caller had waited.
    offer_id: str = ""
    waited_s: int = 0


class LoggedAgent(Struct):
    """What later lines of an agent need of earlier facts."""

    signed_in_us: int
    #: Why the agent is not ready; empty: ready or on a call.
    reason: str = ""


class Logged(Struct):
    """All that is remembered between facts; it is kept with the file."""

    calls: dict[str, LoggedCall] = field(default_factory=dict)
    agents: dict[str, LoggedAgent] = field(default_factory=dict)


class Translation:
    """Makes the lines of facts, in order.

    Args:
        tenant: whose calls and agents are written, by names without the tenant; empty: those of
            all tenants, as ``tenant/name``.
        with_holds: write ``CALLERONHOLD``, ``CALLEROFFHOLD`` and ``INFO`` too, which QueueMetrics
            reads and Asterisk does not write.
        band_of: the strict band of a priority in a queue, for the position of a call.
    """

    def __init__(
        self, tenant: str = "", *, with_holds: bool = False, band_of: BandOf = lambda _queue, _: 0
    ) -> None:
        self.logged = Logged()
        #: The places of the waiting calls, by queue, in order.
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._prefix = f"{tenant}/" if tenant else ""
        self._with_holds = with_holds
        self._band_of = band_of
        self._handlers: dict[type[AnyFact], Callable[[Any, Sequence[AnyFact]], str]] = {
            CallStarted: self._started,
            CallQueued: self._queued,
            CallLeftQueue: self._left,
            OfferClosed: self._offer_closed,
            CallConnected: self._connected,
            CallHeld: self._held,
            CallRetrieved: self._retrieved,
            ConversationEnded: self._conversation_ended,
            CallEnded: self._ended,
            AgentStateChanged: self._agent_changed,
            SettingsApplied: self._settings_applied,
        }

    def restore(self, logged: Logged) -> None:
        """Go on with what was remembered."""
        self.logged = logged
        self._places.clear()
        for call in logged.calls.values():
            if call.queue_id:
                insort(self._places.setdefault(call.queue_id, []), call.place)

    def lines(self, facts: Sequence[AnyFact]) -> str:
        """The lines of the facts that one event caused; empty where they have none."""
        written = ""
        for fact in facts:
            handler = self._handlers.get(type(fact))
            if handler is not None:
                written += handler(fact, facts)
        return written

    def _is_ours(self, full_id: str) -> bool:
        return bool(full_id) and full_id.startswith(self._prefix)

    def _name(self, full_id: str) -> str:
        return full_id.removeprefix(self._prefix)

    def _of_call(self, fact: _OfQueue, event: str, *data: object, agent_id: str = "") -> str:
        return line(
            fact.at_us, event, *data, call_id=fact.call_id, queue=self._name(fact.queue_id),
            agent=self._name(agent_id),
        )  # fmt: skip

    # -- calls ---------------------------------------------------------------------------------

    def _started(self, fact: CallStarted, _: Sequence[AnyFact]) -> str:
        self.logged.calls[fact.call_id] = LoggedCall(fact.ani, fact.dnis)
        return ""

    def _queued(self, fact: CallQueued, _: Sequence[AnyFact]) -> str:
        call = self.logged.calls.setdefault(fact.call_id, LoggedCall())
        self._leave(call)
        call.offer_id = ""
        if not self._is_ours(fact.queue_id):
            return ""
        band = self._band_of(fact.queue_id, fact.priority)
        self._join(call, fact.queue_id, (band, fact.queued_at_us - fact.boost_us))
        entered = self._of_call(fact, "ENTERQUEUE", "", call.caller, call.position)
        if self._with_holds and call.dnis:
            entered += self._of_call(fact, "INFO", "DID", call.dnis)
        return entered

    def _join(self, call: LoggedCall, queue_id: str, place: tuple[int, int]) -> None:
        places = self._places.setdefault(queue_id, [])
        call.queue_id, call.place = queue_id, place
        call.position = bisect_left(places, place) + 1
        places.insert(call.position - 1, place)

    def _leave(self, call: LoggedCall) -> None:
        places = self._places.get(call.queue_id)
        call.queue_id = ""
        if places is not None:
            del places[bisect_left(places, call.place)]

    def _left(self, fact: CallLeftQueue, _: Sequence[AnyFact]) -> str:
        call = self.logged.calls.get(fact.call_id)
        if call is None or call.queue_id != fact.queue_id:
            return ""
        self._leave(call)
        where = (fact.position, call.position, fact.waited_us // _S)
        event = _LEFT.get(fact.reason)
        if event is None:
            return self._of_call(fact, "WITHDRAW", *where, fact.reason)
        if event == "EXITWITHKEY":
            return self._of_call(fact, event, fact.key, *where)
        return self._of_call(fact, event, *where)

    def _offer_closed(self, fact: OfferClosed, facts: Sequence[AnyFact]) -> str:
        if not self._is_ours(fact.queue_id):
            return ""
        rang_ms = fact.rang_us // _MS
        if fact.outcome in _MISSED:
            return self._of_call(fact, "RINGNOANSWER", rang_ms, agent_id=fact.agent_id)
        if fact.outcome == "withdrawn" and any(
            type(other) is CallLeftQueue and other.call_id == fact.call_id and other.reason in _GONE
            for other in facts
        ):
            return self._of_call(fact, "RINGCANCELED", rang_ms, agent_id=fact.agent_id)
        return ""

    def _connected(self, fact: CallConnected, _: Sequence[AnyFact]) -> str:
        call = self.logged.calls.get(fact.call_id)
        if call is None or not self._is_ours(fact.queue_id):
            return ""
        self._leave(call)
        call.offer_id = fact.offer_id
        call.waited_s = fact.waited_us // _S
        return self._of_call(
            fact, "CONNECT", call.waited_s, fact.offer_id, fact.rang_us // _S,
            agent_id=fact.agent_id,
        )  # fmt: skip

    def _conversation_ended(self, fact: ConversationEnded, facts: Sequence[AnyFact]) -> str:
        call = self.logged.calls.get(fact.call_id)
        if call is None or not call.offer_id or call.offer_id != fact.offer_id:
            return ""
        call.offer_id = ""
        times = (call.waited_s, (fact.talked_us + fact.held_us) // _S, call.position)
        event, data = _end(fact, _transfer_in(fact, facts))
        return self._of_call(fact, event, *data, *times, agent_id=fact.agent_id)

    def _held(self, fact: CallHeld, _: Sequence[AnyFact]) -> str:
        return self._of_conversation(fact, "CALLERONHOLD")

    def _retrieved(self, fact: CallRetrieved, _: Sequence[AnyFact]) -> str:
        return self._of_conversation(fact, "CALLEROFFHOLD", fact.held_us // _S)

    def _of_conversation(self, fact: CallHeld | CallRetrieved, event: str, *data: object) -> str:
        if not self._with_holds or not self._is_ours(fact.agent_id):
            return ""
        return line(fact.at_us, event, *data, call_id=fact.call_id, agent=self._name(fact.agent_id))

    def _ended(self, fact: CallEnded, _: Sequence[AnyFact]) -> str:
        call = self.logged.calls.pop(fact.call_id, None)
        if call is not None:
            self._leave(call)
        return ""

    # -- the centre ----------------------------------------------------------------------------

    def _agent_changed(self, fact: AgentStateChanged, _: Sequence[AnyFact]) -> str:
        if not self._is_ours(fact.agent_id):
            return ""
        name, agents = self._name(fact.agent_id), self.logged.agents
        if fact.state == "logged_out":
            agent = agents.pop(fact.agent_id, None)
            signed_in_us = fact.at_us if agent is None else agent.signed_in_us
            lasted_s = (fact.at_us - signed_in_us) // _S
            return line(fact.at_us, "AGENTLOGOFF", name, lasted_s, agent=name)
        written = ""
        agent = agents.get(fact.agent_id)
        if agent is None:
            agent = agents[fact.agent_id] = LoggedAgent(fact.at_us)
            if fact.before == "logged_out":
                written = line(fact.at_us, "AGENTLOGIN", name, agent=name)
        reason = (fact.reason or "pause") if fact.state == "not_ready" else ""
        if reason == agent.reason:
            return written
        if agent.reason:
            why = "Auto-Unpause" if reason else agent.reason
            written += line(fact.at_us, "UNPAUSEALL", why, agent=name)
        if reason:
            written += line(fact.at_us, "PAUSEALL", reason, agent=name)
        agent.reason = reason
        return written

    def _settings_applied(self, fact: SettingsApplied, _: Sequence[AnyFact]) -> str:
        return line(fact.at_us, "CONFIGRELOAD")


def _transfer_in(ended: ConversationEnded, facts: Sequence[AnyFact]) -> CallTransferred | None:
    """The transfer by which a conversation ended: the same event caused it."""
    for fact in facts:
        if (
            type(fact) is CallTransferred
            and fact.call_id == ended.call_id
            and fact.agent_id == ended.agent_id
        ):
            return fact
    return None


def _end(ended: ConversationEnded, transfer: CallTransferred | None) -> tuple[str, list[object]]:
    """The event at the end of a conversation, and its fields before the times."""
    if transfer is None:
        return "COMPLETECALLER" if ended.ended_by == "caller" else "COMPLETEAGENT", []
    if transfer.kind == "blind":
        tenant = ended.queue_id.partition("/")[0]
        return "BLINDTRANSFER", [transfer.to, tenant]
    return "ATTENDEDTRANSFER", ["BRIDGE", transfer.to]
