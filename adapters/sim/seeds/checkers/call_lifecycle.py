"""Every call begins once, ends once, and what happens to it in between makes sense."""

from __future__ import annotations

from dataclasses import dataclass

from acdengine.commands import (
    AnswerCall,
    AnyCommand,
    Bridge,
    CancelDial,
    CancelRing,
    Collect,
    DialCustomer,
    DialNumber,
    DialParty,
    HoldCall,
    JoinAll,
    JoinConsult,
    PlayMusic,
    PlayPrompt,
    PlayPrompts,
    RecordCaller,
    RecordMessage,
    RetrieveCall,
    RingAgent,
    StartRecording,
    StopRecording,
    Supervise,
)
from acdengine.conversation_facts import CallHandedOver, CallHeld, CallRetrieved, ConversationEnded
from acdengine.facts import (
    AnyFact,
    CallbackPlaced,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallRefused,
    CallStarted,
)
from adapters.sim.seeds.checkers.checker import HandledEvent, need

#: What may not be done for a call that is over.
_FOR_THE_LIVING = (
    AnswerCall, Bridge, DialCustomer, DialNumber, DialParty, HoldCall, JoinAll, JoinConsult,
    Collect, PlayMusic, PlayPrompt, PlayPrompts, RecordCaller, RecordMessage, RetrieveCall,
    RingAgent, StartRecording, Supervise,
)  # fmt: skip


@dataclass(slots=True)
class _Life:
    queue_id: str = ""
    agent_id: str = ""
    held: bool = False
    refused: bool = False


class CallLives:
    """No call is lost, none ends twice, none is in two places at once."""

    def __init__(self) -> None:
        self.open: dict[str, _Life] = {}
        self.ended: dict[str, None] = {}

    def look(self, moment: HandledEvent) -> None:
        """Follow each call through its facts; nothing is done for a call that is over."""
        open_before = dict.fromkeys(self.open)
        for fact in moment.facts:
            self._follow(fact)
        for command in moment.commands:
            if isinstance(command, _FOR_THE_LIVING):
                call_id = command.call_id
                need(
                    call_id in self.open or call_id in open_before,
                    f"{type(command).__name__} for call {call_id}, which is over",
                )
                if call_id not in self.open:
                    # It ended in this very moment: what was begun before must have been undone.
                    need(_is_undone(command, moment), f"{command} outlasts its call")

    def _follow(self, fact: AnyFact) -> None:
        if isinstance(fact, CallStarted | CallRefused):
            self._begin(fact)
        elif isinstance(fact, CallQueued):
            self._queued(fact)
        elif isinstance(fact, CallLeftQueue):
            life = self._life(fact)
            need(life.queue_id == fact.queue_id, f"{fact.call_id} left a queue it was not in")
            life.queue_id = ""
        elif isinstance(fact, CallConnected):
            life = self._life(fact)
            need(life.queue_id == fact.queue_id, f"{fact.call_id} answered from another queue")
            need(not life.agent_id, f"{fact.call_id} talks to two agents")
            life.queue_id, life.agent_id, life.held = "", fact.agent_id, False
        elif isinstance(fact, CallHandedOver):
            life = self._life(fact)
            need(not life.agent_id, f"{fact.call_id} talks to two agents")
            life.agent_id, life.held = fact.agent_id, False
        elif isinstance(fact, CallHeld | CallRetrieved):
            life = self._life(fact)
            need(life.agent_id == fact.agent_id, f"{fact.call_id} held by another agent")
            need(life.held == isinstance(fact, CallRetrieved), f"{fact.call_id} held twice")
            life.held = not life.held
        elif isinstance(fact, ConversationEnded):
            life = self._life(fact)
            need(life.agent_id == fact.agent_id, f"{fact.call_id} ended what had not begun")
            need(fact.talked_us >= 0 and fact.held_us >= 0, f"{fact.call_id} talked less than 0")
            life.agent_id = ""
        elif isinstance(fact, CallbackPlaced):
            need(bool(self._life(fact).queue_id), f"callback {fact.call_id} without a queue")
        elif isinstance(fact, CallEnded):
            self._ended(fact)

    def _begin(self, fact: CallStarted | CallRefused) -> None:
        call_id = fact.call_id
        if isinstance(fact, CallRefused) and not fact.tenant_id:
            # The number is unknown, so there is no call: nothing is kept, not even the refusal.
            return
        need(call_id not in self.open, f"call {call_id} began twice")
        need(call_id not in self.ended, f"call {call_id} began again after its end")
        self.open[call_id] = _Life(refused=isinstance(fact, CallRefused))

    def _queued(self, fact: CallQueued) -> None:
        need(fact.call_id not in self.ended, f"call {fact.call_id} queued after its end")
        # A callback that was asked for without a telephone begins with its place in line.
        life = self.open.setdefault(fact.call_id, _Life())
        need(not life.queue_id, f"call {fact.call_id} is in two queues")
        need(not life.agent_id, f"call {fact.call_id} queued while it talks")
        need(not life.refused, f"call {fact.call_id} queued after it was refused")
        life.queue_id = fact.queue_id

    def _life(self, fact: AnyFact) -> _Life:
        call_id = getattr(fact, "call_id", "")
        life = self.open.get(call_id)
        need(life is not None, f"{type(fact).__name__} of call {call_id}, which is not open")
        assert life is not None
        return life

    def _ended(self, fact: CallEnded) -> None:
        life = self._life(fact)
        need(not life.queue_id, f"call {fact.call_id} ended in queue {life.queue_id}")
        need(not life.agent_id, f"call {fact.call_id} ended while it talked")
        need(bool(fact.outcome), f"call {fact.call_id} ended without an outcome")
        del self.open[fact.call_id]
        self.ended[fact.call_id] = None

    def forget(self) -> None:
        """Calls may begin again, ended ones too: the engine knows of none."""
        self.open.clear()
        self.ended.clear()

    def finish(self) -> None:
        """Every call has ended."""
        need(not self.open, f"calls that never ended: {', '.join(self.open)}")


def _is_undone(command: AnyCommand, moment: HandledEvent) -> bool:
    """Whether a later command of the same moment takes back what rings; the rest needs none."""
    later = moment.commands[list(moment.commands).index(command) + 1 :]
    if isinstance(command, RingAgent):
        return any(isinstance(c, CancelRing) and c.offer_id == command.offer_id for c in later)
    if isinstance(command, StartRecording):
        return any(isinstance(c, StopRecording) and c.file == command.file for c in later)
    if isinstance(command, DialCustomer):
        return any(isinstance(c, CancelDial) and c.call_id == command.call_id for c in later)
    return True
