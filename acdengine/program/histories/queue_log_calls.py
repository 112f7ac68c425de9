"""Calls of a ``queue_log``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from acdengine.conversation_facts import (
    CallHeld,
    CallRetrieved,
    CallTransferred,
    ConversationEnded,
    EndedBy,
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
    OfferMade,
    OfferOutcome,
    QueueRefused,
)
from acdengine.program.histories.history import US, Centre

_MS: Final = 1000
#: A call that left a queue is over unless it enters one within so long.
_GONE_US: Final = 300 * US
_LEFT: Final[dict[str, LeaveReason]] = {
    "EXITWITHTIMEOUT": "waited", "EXITWITHKEY": "key", "EXITEMPTY": "no_staff",
    "WITHDRAW": "withdrawn",
}  # fmt: skip
_MISSED: Final[dict[str, OfferOutcome]] = {
    "RINGNOANSWER": "no_answer", "RINGCANCELED": "withdrawn", "AGENTDUMP": "rejected",
    "SYSCOMPAT": "failed",
}  # fmt: skip


OnAgent = Callable[[str, int], None]


class LoggedEvent(NamedTuple):
    """A line: names are empty where it has NONE."""

    at_us: int
    call_id: str
    queue: str
    agent: str
    name: str
    data: Sequence[str]

    def text(self, place: int) -> str:
        """A field of data; empty where it is missing."""
        return self.data[place].strip() if place < len(self.data) else ""

    def number(self, place: int) -> int:
        """A field of data that is a number.

        Raises:
            ValueError: it is none, or negative.
        """
        text = self.text(place)
        if not text.isdecimal():
            raise ValueError(f"{self.name}: field {place + 6} is no number")
        return int(text)


class _Call(Struct):
    queue_id: str = ""
    entered_us: int = 0
    agent_id: str = ""
    connected_us: int = 0
    held_at_us: int = 0
    held_us: int = 0
    #: Since when it is in no queue and with no agent; how it ends if it enters none.
    gone_us: int = 0
    outcome: str = ""
    ended_by: EndedBy = "system"


class LoggedCalls:
    """Makes facts of the events of calls.

    Args:
        centre: whose they are.
        on_connected, on_over: told of an agent who begins to talk, and who is free again, and when.
    """

    def __init__(self, centre: Centre, on_connected: OnAgent, on_over: OnAgent) -> None:
        self._centre = centre
        self._on_connected = on_connected
        self._on_over = on_over
        self._calls: dict[str, _Call] = {}
        self._gone: dict[str, int] = {}
        self._dialled: dict[str, str] = {}
        self._facts: list[AnyFact] = []
        self._offers = 0

    def drain(self) -> list[AnyFact]:
        """The facts since the last time."""
        facts, self._facts = self._facts, []
        return facts

    def end_those_gone(self, now_us: int) -> None:
        """End calls that left a queue and have not come to another."""
        while self._gone:
            call_id, gone_us = next(iter(self._gone.items()))
            if now_us - gone_us < _GONE_US:
                return
            del self._gone[call_id]
            call = self._calls.pop(call_id)
            self._end(call_id, gone_us, call.outcome, call.ended_by)

    def restarted(self, event: LoggedEvent) -> None:
        """Asterisk begins: calls of before are over."""
        for call_id, call in self._calls.items():
            if call.connected_us:
                self._talk_over(
                    event.at_us, call_id, call, event.at_us - call.connected_us, "system"
                )
            elif not call.gone_us:
                self._leave(
                    event.at_us, call_id, call, "switch_lost", 0, event.at_us - call.entered_us
                )
            self._end(call_id, event.at_us, call.outcome or "lost", "system")
        self._calls.clear()
        self._gone.clear()

    def dialled(self, event: LoggedEvent) -> None:
        """The number dialled, which some dialplans write before or after the call enters."""
        self._dialled[event.call_id] = event.text(0)

    def informed(self, event: LoggedEvent) -> None:
        """QueueMetrics' further information: the number dialled."""
        if event.text(0).upper() == "DID":
            self._dialled[event.call_id] = event.text(1)

    def _begun(self, event: LoggedEvent, ani: str) -> _Call:
        if not event.call_id:
            raise ValueError(f"{event.name} names no call")
        call = self._calls.get(event.call_id)
        if call is not None:
            self._gone.pop(event.call_id, None)
            call.gone_us = 0
            return call
        self._facts.append(
            CallStarted(
                event.at_us, event.call_id, self._centre.tenant_id, ani,
                self._dialled.pop(event.call_id, ""), "", "", 0, "",
            )
        )  # fmt: skip
        return self._calls.setdefault(event.call_id, _Call())

    def entered(self, event: LoggedEvent) -> None:
        """url, number of the caller, position."""
        call = self._begun(event, event.text(1))
        call.queue_id = self._centre.full_id(event.queue)
        call.entered_us, call.agent_id, call.outcome = event.at_us, "", ""
        self._facts.append(
            CallQueued(event.at_us, event.call_id, call.queue_id, event.at_us, 0, 0, resumed=False)
        )

    def refused(self, event: LoggedEvent) -> None:
        """A queue has not taken the call."""
        call = self._begun(event, "")
        reason: LeaveReason = "full" if event.name == "FULL" else "no_staff"
        queue_id = self._centre.full_id(event.queue)
        self._facts.append(QueueRefused(event.at_us, event.call_id, queue_id, reason, ""))
        self._goes(event, call, call.outcome or "diverted", "system")

    def _known(self, event: LoggedEvent) -> _Call:
        call = self._calls.get(event.call_id)
        if call is None or call.gone_us:
            raise ValueError(f"{event.name} of a call that has entered no queue")
        return call

    def abandoned(self, event: LoggedEvent) -> None:
        """position, original position, wait."""
        call = self._known(event)
        position, waited_us = event.number(0), event.number(2) * US
        self._leave(event.at_us, event.call_id, call, "abandoned", position, waited_us)
        del self._calls[event.call_id]
        self._end(event.call_id, event.at_us, "abandoned", "caller")

    def left(self, event: LoggedEvent) -> None:
        """position, original position, wait; of EXITWITHKEY behind the key."""
        call = self._known(event)
        first = 1 if event.name == "EXITWITHKEY" else 0
        position = event.number(first)
        # Older versions write no wait with a key.
        waited_us = event.number(first + 2) * US if event.text(first + 2) else 0
        self._leave(event.at_us, event.call_id, call, _LEFT[event.name], position, waited_us)
        self._goes(event, call, "diverted", "system")

    def _leave(
        self,
        at_us: int,
        call_id: str,
        call: _Call,
        reason: LeaveReason,
        position: int,
        waited_us: int,
    ) -> None:
        self._facts.append(
            CallLeftQueue(at_us, call_id, call.queue_id, reason, waited_us, position, False, "")
        )

    def _goes(self, event: LoggedEvent, call: _Call, outcome: str, ended_by: EndedBy) -> None:
        call.gone_us, call.outcome, call.ended_by = event.at_us, outcome, ended_by
        call.connected_us = 0
        self._gone[event.call_id] = event.at_us

    def connected(self, event: LoggedEvent) -> None:
        """wait, channel of the agent, ring time in seconds."""
        call = self._known(event)
        agent_id = self._centre.full_id(event.agent)
        if not agent_id:
            raise ValueError("CONNECT names no agent")
        waited_us = event.number(0) * US
        rang_us = event.number(2) * US if event.text(2) else 0
        offer_id = self._offered(event, agent_id, rang_us)
        call.agent_id, call.connected_us, call.held_us = agent_id, event.at_us, 0
        self._facts.append(
            CallConnected(
                event.at_us, event.call_id, agent_id, offer_id, call.queue_id, waited_us, rang_us
            )
        )
        self._on_connected(agent_id, event.at_us)

    def _offered(self, event: LoggedEvent, agent_id: str, rang_us: int) -> str:
        self._offers += 1
        offer_id = f"o{self._offers}"
        self._facts.append(
            OfferMade(
                event.at_us - rang_us, event.call_id, agent_id, offer_id,
                self._centre.full_id(event.queue), "call", "", 0, "", "",
            )
        )  # fmt: skip
        return offer_id

    def missed(self, event: LoggedEvent) -> None:
        """Ring time in milliseconds."""
        self._known(event)
        agent_id = self._centre.full_id(event.agent)
        rang_us = event.number(0) * _MS if event.text(0) else 0
        offer_id = self._offered(event, agent_id, rang_us)
        queue_id = self._centre.full_id(event.queue)
        self._facts.append(
            OfferClosed(
                event.at_us, event.call_id, agent_id, offer_id, queue_id, _MISSED[event.name],
                rang_us,
            )
        )  # fmt: skip

    def _talking(self, event: LoggedEvent) -> _Call:
        call = self._known(event)
        if not call.connected_us:
            raise ValueError(f"{event.name} of a call that is with no agent")
        return call

    def held(self, event: LoggedEvent) -> None:
        """The caller is on hold."""
        call = self._talking(event)
        call.held_at_us = event.at_us
        self._facts.append(CallHeld(event.at_us, event.call_id, call.agent_id))

    def retrieved(self, event: LoggedEvent) -> None:
        """Seconds on hold."""
        call = self._talking(event)
        since_us = event.at_us - (call.held_at_us or event.at_us)
        held_us = event.number(0) * US if event.text(0) else since_us
        call.held_us += held_us
        call.held_at_us = 0
        self._facts.append(CallRetrieved(event.at_us, event.call_id, call.agent_id, held_us))

    def completed(self, event: LoggedEvent) -> None:
        """wait, length of the conversation, original position."""
        call = self._talking(event)
        talked_us = event.number(1) * US
        by: EndedBy = "agent" if event.name == "COMPLETEAGENT" else "caller"
        self._talk_over(event.at_us, event.call_id, call, talked_us, by)
        del self._calls[event.call_id]
        self._end(event.call_id, event.at_us, "answered", by)

    def transferred(self, event: LoggedEvent) -> None:
        """Where to, in one field (attended: two, or three for LINK) or two, wait, length."""
        call = self._talking(event)
        attended = event.name == "ATTENDEDTRANSFER"
        behind = 3 if attended and event.text(0).upper() == "LINK" else 2
        talked_us = event.number(behind + 1) * US
        to = event.text(1) if attended else "@".join(filter(None, map(event.text, (0, 1))))
        self._facts.append(
            CallTransferred(
                event.at_us, event.call_id, call.agent_id, to,
                "attended" if attended else "blind",
            )
        )  # fmt: skip
        self._talk_over(event.at_us, event.call_id, call, talked_us, "agent")
        self._goes(event, call, "answered", "agent")

    def _talk_over(
        self, at_us: int, call_id: str, call: _Call, lasted_us: int, by: EndedBy
    ) -> None:
        held_us = min(call.held_us, lasted_us)
        self._facts.append(
            ConversationEnded(
                at_us, call_id, call.agent_id, "", call.queue_id, lasted_us - held_us, held_us, by
            )
        )
        call.outcome, call.connected_us = "answered", 0
        self._on_over(call.agent_id, at_us)

    def _end(self, call_id: str, at_us: int, outcome: str, by: EndedBy) -> None:
        self._facts.append(CallEnded(at_us, call_id, self._centre.tenant_id, outcome, by, ""))
