"""Sends events of mod_callcenter inside a switch, for programs made for that module.

Wallboards and reports made for FreeSWITCH's mod_callcenter listen for CUSTOM events of the subclass
`callcenter::info`. With this sink such events are fired on a switch for what the engine did, so
that those screens go on working: the same actions, header names and enumerations.

Ids are written as that module writes them: the queue ``sales/support`` as ``support@sales``. Times
are whole seconds since 1970. Not sent: what the engine tells no facts of (an agent's contact), and
the channel data that the module adds to some events. Not even their `Unique-ID`: FreeSWITCH hands
an event that names a live leg to that leg first, and while it plays music nobody hears of it.

Source of names and values: mod_callcenter.c of FreeSWITCH 1.11, and its recorded events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from acdengine.centre_facts import AgentStateChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.engine.state import EngineState
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    LeaveReason,
    OfferClosed,
    OfferMade,
    OfferOutcome,
)
from adapters.freeswitch.protocol.command_lines import Command, send_event
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import display_text

SUBCLASS: Final = "callcenter::info"

_SECOND_US: Final = 1_000_000
_SYSTEM: Final = "single_box"
_LOGGED_OUT: Final = "Logged Out"
_STATUS: Final[Mapping[str, str]] = {
    "logged_out": _LOGGED_OUT,
    "not_ready": "On Break",
}
_AVAILABLE: Final = "Available"
_STATE: Final[Mapping[str, str]] = {
    "ringing": "Receiving",
    "talking": "In a queue call",
    # The module has no state for it; this is its word for an agent that gets no calls.
    "wrap_up": "Idle",
}
_WAITING: Final = "Waiting"
_CANCEL_REASON: Final[Mapping[LeaveReason, str]] = {
    "abandoned": "NONE",
    "switch_lost": "NONE",
    "waited": "TIMEOUT",
    "no_staff": "NO_AGENT_TIMEOUT",
    "key": "EXIT_WITH_KEY",
}
_TAKEN_OUT: Final = "BREAK_OUT"
_CAUSE: Final[Mapping[OfferOutcome, str]] = {
    "no_answer": "NO_ANSWER",
    "busy": "USER_BUSY",
    "rejected": "CALL_REJECTED",
    "unreachable": "USER_NOT_REGISTERED",
    "withdrawn": "ORIGINATOR_CANCEL",
    "hangup": "NORMAL_CLEARING",
    "failed": "NORMAL_TEMPORARY_FAILURE",
    "not_rung": "NORMAL_TEMPORARY_FAILURE",
}


class _Talk(msgspec.Struct):
    """A conversation, for the events at its end. Times in microseconds."""

    called_us: int
    answered_us: int
    joined_us: int


class CallcenterEvents:
    """A `FactSink` that fires mod_callcenter's events on one switch.

    Args:
        send: to the switch. What cannot be sent now is lost, as events are for who was not there.
        state: the engine's, for what facts do not tell of a caller.
    """

    def __init__(self, send: Callable[[Command], None], state: Callable[[], EngineState]) -> None:
        self._send = send
        self._state = state
        #: Call to the queue where it waits or is being offered, and since when.
        self._waiting: dict[str, tuple[str, int]] = {
            call_id: (queue.queue_id, call.queued_at_us)
            for queue in state().queues.values()
            for call_id, call in queue.calls.items()
        }
        self._counts: dict[str, int] = {
            queue.queue_id: len(queue.calls) for queue in state().queues.values()
        }
        self._talking: dict[str, _Talk] = {}
        #: Events that no header could hold.
        self.refused = 0
        self._do: dict[type[AnyFact], Callable[[Any], None]] = {
            CallQueued: self._queued,
            CallLeftQueue: self._left,
            OfferMade: self._offered,
            OfferClosed: self._closed,
            CallConnected: self._connected,
            ConversationEnded: self._talked,
            CallEnded: self._ended,
            AgentStateChanged: self._agent,
        }

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Tell the switch's listeners."""
        for fact in facts:
            do = self._do.get(type(fact))
            if do is not None:
                do(fact)

    # -- callers -------------------------------------------------------------------------------

    def _queued(self, fact: CallQueued) -> None:
        self._leave(fact.call_id)
        self._waiting[fact.call_id] = (fact.queue_id, fact.queued_at_us)
        self._counts[fact.queue_id] = self._counts.get(fact.queue_id, 0) + 1
        action = "member-queue-resume" if fact.resumed else "member-queue-start"
        self._fire(fact.queue_id, action, {}, self._caller(fact.call_id))
        self._count(fact.queue_id)

    def _left(self, fact: CallLeftQueue) -> None:
        self._leave(fact.call_id)
        self._fire(
            fact.queue_id,
            "member-queue-end",
            {
                "CC-Member-Leaving-Time": _seconds(fact.at_us),
                "CC-Member-Joined-Time": _seconds(fact.at_us - fact.waited_us),
                "CC-Cause": "Cancel",
                "CC-Cancel-Reason": _CANCEL_REASON.get(fact.reason, _TAKEN_OUT),
            },
            self._caller(fact.call_id),
        )
        self._count(fact.queue_id)

    def _count(self, queue_id: str) -> None:
        count = str(self._counts.get(queue_id, 0))
        self._fire(queue_id, "members-count", {"CC-Count": count, "CC-Selection": "Single-Queue"})

    def _leave(self, call_id: str) -> int:
        """The call waits no more; since when it did, or 0."""
        queue_id, joined_us = self._waiting.pop(call_id, ("", 0))
        if queue_id:
            self._counts[queue_id] -= 1
        return joined_us

    def _ended(self, fact: CallEnded) -> None:
        # A call can end without its other ends told, when it was lost with its switch.
        self._talking.pop(fact.call_id, None)
        self._leave(fact.call_id)

    # -- offers and conversations --------------------------------------------------------------

    def _offered(self, fact: OfferMade) -> None:
        self._fire(
            fact.queue_id,
            "agent-offering",
            {
                "CC-Agent": _name(fact.agent_id),
                "CC-Agent-Type": "callback",
                "CC-Agent-System": _SYSTEM,
            },
            self._caller(fact.call_id, with_dnis=True),
        )

    def _closed(self, fact: OfferClosed) -> None:
        cause = _CAUSE.get(fact.outcome)
        if cause is None:
            return  # connected: told by the conversation
        joined_us = self._waiting.get(fact.call_id, ("", fact.at_us - fact.rang_us))[1]
        self._fire(
            fact.queue_id,
            "bridge-agent-fail",
            {
                "CC-Hangup-Cause": cause,
                "CC-Agent": _name(fact.agent_id),
                "CC-Agent-System": _SYSTEM,
                "CC-Agent-Called-Time": _seconds(fact.at_us - fact.rang_us),
                "CC-Agent-Aborted-Time": _seconds(fact.at_us),
            },
            self._caller(fact.call_id) | {"CC-Member-Joined-Time": _seconds(joined_us)},
        )

    def _connected(self, fact: CallConnected) -> None:
        joined_us = self._leave(fact.call_id) or fact.at_us - fact.waited_us
        talk = _Talk(fact.at_us - fact.rang_us, fact.at_us, joined_us)
        self._talking[fact.call_id] = talk
        self._fire(
            fact.queue_id,
            "bridge-agent-start",
            {
                "CC-Agent": _name(fact.agent_id),
                "CC-Agent-System": _SYSTEM,
                "CC-Agent-UUID": fact.offer_id,
                **_times(talk),
            },
            self._caller(fact.call_id, with_dnis=True),
        )
        self._count(fact.queue_id)

    def _talked(self, fact: ConversationEnded) -> None:
        answered_us = fact.at_us - fact.talked_us
        talk = self._talking.pop(fact.call_id, _Talk(answered_us, answered_us, answered_us))
        agent = {
            # What the module says here is how the ringing ended, and not the conversation.
            "CC-Hangup-Cause": "SUCCESS",
            "CC-Agent": _name(fact.agent_id),
            "CC-Agent-System": _SYSTEM,
            "CC-Agent-UUID": fact.offer_id,
        }
        self._fire(
            fact.queue_id,
            "bridge-agent-end",
            {
                **agent,
                "CC-Agent-Bridged": "true",
                **_times(talk),
                "CC-Bridge-Terminated-Time": _seconds(fact.at_us),
            },
            self._caller(fact.call_id),
        )
        self._fire(
            fact.queue_id,
            "member-queue-end",
            {
                **agent,
                "CC-Cause": "Terminated",
                **_times(talk),
                "CC-Member-Leaving-Time": _seconds(fact.at_us),
            },
            self._caller(fact.call_id),
        )

    # -- agents --------------------------------------------------------------------------------

    def _agent(self, fact: AgentStateChanged) -> None:
        agent = {"CC-Agent": _name(fact.agent_id)}
        status = _STATUS.get(fact.state, _AVAILABLE)
        if status != _STATUS.get(fact.before, _AVAILABLE):
            self._tell({**agent, "CC-Action": "agent-status-change", "CC-Agent-Status": status})
        state = _STATE.get(fact.state, _WAITING)
        if state != _STATE.get(fact.before, _WAITING):
            self._tell({**agent, "CC-Action": "agent-state-change", "CC-Agent-State": state})

    # -- sending -------------------------------------------------------------------------------

    def _caller(self, call_id: str, *, with_dnis: bool = False) -> dict[str, str]:
        state = self._state()
        call = state.calls.get(call_id) or state.ended.get(call_id)
        caller = {
            "CC-Member-UUID": call_id,
            "CC-Member-Session-UUID": call_id if call is None else call.leg_id or call_id,
            "CC-Member-CID-Name": ""
            if call is None
            else display_text(call.caller.name or call.caller.ani),
            "CC-Member-CID-Number": "" if call is None else display_text(call.caller.ani),
        }
        if with_dnis:
            caller["CC-Member-DNIS"] = "" if call is None else display_text(call.dnis)
        return caller

    def _fire(
        self,
        queue_id: str,
        action: str,
        what: Mapping[str, str],
        caller: Mapping[str, str] | None = None,
    ) -> None:
        self._tell({"CC-Queue": _name(queue_id), "CC-Action": action, **what, **(caller or {})})

    def _tell(self, headers: Mapping[str, str]) -> None:
        filled = {name: value for name, value in headers.items() if value}
        try:
            command = send_event(SUBCLASS, filled)
        except Unrepresentable:
            self.refused += 1
            return
        self._send(command)


def _times(talk: _Talk) -> dict[str, str]:
    return {
        "CC-Agent-Called-Time": _seconds(talk.called_us),
        "CC-Agent-Answered-Time": _seconds(talk.answered_us),
        "CC-Member-Joined-Time": _seconds(talk.joined_us),
    }


def _seconds(at_us: int) -> str:
    return str(at_us // _SECOND_US)


def _name(identity: str) -> str:
    """``sales/support`` as ``support@sales``; what has no tenant stays."""
    tenant, slash, name = identity.partition("/")
    return display_text(f"{name}@{tenant}" if slash else identity)
