"""Legs in the hands of scripts, on any switch that carries the engine's commands out.

A session orders steps of the port and awaits the events that answer them. Those events bear ids
that the engine never gives (`SCRIPT`), and go to the session in place of the engine. What the
engine has to hear of the leg, its hang-up above all, goes to both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from msgspec import structs

from acdengine.commands import (
    AnswerCall,
    AnyCommand,
    Collect,
    DialNumber,
    HangUpCall,
    PlayMusic,
    PlayPrompts,
    ReadVariable,
    RecordCaller,
    SendKeys,
    SetVariable,
    StartRecording,
    StopPrompt,
    StopRecording,
)
from acdengine.events import (
    AnyEvent,
    CallerHungUp,
    CallerRecorded,
    DigitPressed,
    DigitsCollected,
    NumberAnswered,
    NumberEnded,
    PromptHeard,
    PromptsFinished,
    RecordingBegan,
    RecordingEnded,
    VariableRead,
)
from acdengine.facts import (
    AnyFact,
    CallEnded,
    CallLeftQueue,
    QueueRefused,
)
from acdengine.leg_sessions.port import DialOutcome, LegGone, LegIdentity
from acdengine.plan import DialRoute
from acdengine.ports import Inbox, Port, Source
from acdengine.prompts import AnyPrompt
from acdengine.requests import MoveRequested, TakeBackRequested
from queues.targets import ToQueue

#: How the ids of a script's steps begin.
SCRIPT: Final = "script-"
#: Attempts to dial that are a script's are counted from here.
_FIRST_ATTEMPT: Final = 1_000_000
_SECOND_US: Final = 1_000_000
#: Why a queue does not take a call, of `QueueRefused`.
_REFUSALS: Final = ("full", "no_staff", "drained")
_NO_VARIABLES: Final[Mapping[str, str]] = {}
#: Between two keys that are sent.
_BETWEEN_KEYS_US: Final = 250_000
#: Keys typed ahead that are kept.
_MOST_KEYS: Final = 32

A = TypeVar("A", PromptsFinished, DigitsCollected, CallerRecorded, VariableRead)


@dataclass(frozen=True, slots=True)
class ScriptCentre:
    """What legs in the hands of scripts need of the centre.

    Attributes:
        has_queue: whether there is a queue of this id.
    """

    has_queue: Callable[[str], bool]


class ScriptLeg:
    """One leg in the hands of one script: a `LegSession`.

    Args:
        identity: who calls.
        variables: what the script is told from the beginning.
        order: carries a command out.
        ask: hands a request to the engine.
        centre: what the script's legs need of the centre.
        monotonic_s: a clock that is never set.
    """

    def __init__(
        self,
        identity: LegIdentity,
        variables: Mapping[str, str],
        order: Callable[[AnyCommand], None],
        ask: Callable[[AnyEvent], object],
        centre: ScriptCentre,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._ask = ask
        self._centre = centre
        self._identity = identity
        self.variables = dict(variables)
        self._order = order
        self._monotonic_s = monotonic_s
        self._gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._awaited: dict[str, asyncio.Future[Any]] = {}
        self._steps = 0
        #: Files of recordings beside the steps.
        self._recorded: dict[str, None] = {}
        self._typed = ""
        self._heard = 0
        self._answered_at_s = 0.0
        self._queue_outcome: asyncio.Future[str] | None = None
        #: Called when the leg goes to a queue, and when it is back or will not come back.
        self.on_away: Callable[[bool], None] = lambda _: None

    @property
    def identity(self) -> LegIdentity:
        """Who calls."""
        return self._identity

    @property
    def is_up(self) -> bool:
        """Whether the leg is still there."""
        return not self._gone.done()

    async def wait_hang_up(self) -> str:
        """Wait until the leg is down; returns the cause."""
        return await asyncio.shield(self._gone)

    # -- steps ---------------------------------------------------------------------------------

    async def play(self, prompts: Sequence[AnyPrompt], end_keys: str = "") -> PromptsFinished:
        """Play prompts in a row, until one of ``end_keys`` is pressed."""
        step = self._step()
        wanted = PlayPrompts(self._identity.call_id, step, tuple(prompts), end_keys)
        return await self._answer(step, wanted, PromptsFinished)

    async def collect(self, wanted: Collect) -> DigitsCollected:
        """Play prompts and collect keys, those typed ahead first."""
        step = self._step()
        order = structs.replace(
            wanted, call_id=self._identity.call_id, collect_id=step,
            typed=self._typed, heard=self._heard,
        )  # fmt: skip
        return await self._answer(step, order, DigitsCollected)

    async def record(self, wanted: RecordCaller) -> CallerRecorded:
        """Record the caller into a file."""
        step = self._step()
        order = structs.replace(wanted, call_id=self._identity.call_id, record_id=step)
        return await self._answer(step, order, CallerRecorded)

    async def stop(self) -> None:
        """End the step under way, if any."""
        if self.is_up:
            self._order(StopPrompt(self._identity.call_id))

    async def music(self, name: str) -> None:
        """Play music until the next step; empty: silence."""
        self._there()
        call_id = self._identity.call_id
        self._order(PlayMusic(call_id, name) if name else StopPrompt(call_id))

    async def start_recording(self, file: str) -> bool:
        """Record the leg beside all steps, until it ends."""
        if file in self._recorded:
            return True
        order = StartRecording(self._identity.call_id, file, stereo=False, by_script=True)
        self._recorded[file] = None
        began = await self._await(file, order)
        if isinstance(began, RecordingBegan):
            return True
        self._recorded.pop(file, None)
        return False

    async def stop_recording(self, file: str) -> None:
        """End such a recording."""
        self._there()
        if file in self._recorded:
            self._order(StopRecording(self._identity.call_id, file))

    async def send_keys(self, keys: str, tone_us: int) -> None:
        """Send keys to the caller's side, and wait as long as they take."""
        self._there()
        self._order(SendKeys(self._identity.call_id, keys, tone_us))
        pauses_us = {"w": _SECOND_US // 2, "W": _SECOND_US}
        lasts_us = sum(pauses_us.get(key, tone_us + _BETWEEN_KEYS_US) for key in keys)
        await asyncio.wait((self._gone,), timeout=lasts_us / _SECOND_US)
        self._there()

    async def dial(
        self,
        number: str,
        *,
        allow: Sequence[str],
        route: DialRoute,
        timeout_us: int,
        variables: Mapping[str, str] = _NO_VARIABLES,
    ) -> DialOutcome:
        """Join the caller with a number outside and wait until that is over."""
        self._there()
        self._steps += 1
        attempt = _FIRST_ATTEMPT + self._steps
        began_s, self._answered_at_s = self._monotonic_s(), 0.0
        route = structs.replace(route, ring_timeout_us=timeout_us) if timeout_us else route
        order = DialNumber(
            self._identity.call_id, number, tuple(allow), route, attempt, dict(variables)
        )
        ended = await self._await(str(attempt), order)
        now_s, answered_s = self._monotonic_s(), self._answered_at_s
        rang_s = (answered_s or now_s) - began_s
        talked_s = now_s - answered_s if answered_s else 0.0
        return DialOutcome(
            ended.answered, ended.cause, int(rang_s * _SECOND_US), int(talked_s * _SECOND_US)
        )

    async def queue(self, queue_id: str, *, timeout_us: int = 0) -> str:
        """Hand the caller to a queue, and wait until the call is over or leaves the queue."""
        self._there()
        if not self._centre.has_queue(queue_id):
            return "refused"
        call_id = self._identity.call_id
        waiting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queue_outcome = waiting
        self.on_away(True)
        self._ask(
            MoveRequested(
                at_us=0, call_id=call_id, target=ToQueue(queue_id), by=SCRIPT, by_script=True
            )
        )
        try:
            limit_s = timeout_us / _SECOND_US if timeout_us else None
            await asyncio.wait((waiting,), timeout=limit_s)
            if not waiting.done():
                # Who talks with an agent by now is not taken back.
                self._ask(TakeBackRequested(at_us=0, call_id=call_id, by=SCRIPT))
            outcome = await waiting
        finally:
            self._queue_outcome = None
            self.on_away(False)
        if outcome not in ("timeout", *_REFUSALS):
            self.end(outcome)
        return outcome

    def told(self, fact: AnyFact) -> None:
        """Take a fact of this call."""
        outcome = self._queue_outcome
        ended = _end_of_queue(fact)
        if outcome is not None and not outcome.done() and ended:
            outcome.set_result(ended)

    async def read_variable(self, name: str) -> str | None:
        """A variable of the leg; None where there is none, or the name is not allowed."""
        step = self._step()
        order = ReadVariable(self._identity.call_id, step, name)
        return (await self._answer(step, order, VariableRead)).value

    async def set_variable(self, name: str, value: str) -> bool:
        """Write a variable of the leg; False where the leg has not taken it."""
        step = self._step()
        order = SetVariable(self._identity.call_id, step, name, value)
        read = await self._answer(step, order, VariableRead)
        return (read.value or "") == value

    async def answer(self) -> None:
        """Answer the leg, if that was not done."""
        self._there()
        self._order(AnswerCall(self._identity.call_id))

    async def hang_up(self, cause: str = "normal") -> None:
        """Take the leg down, and wait until it is."""
        if self.is_up:
            self._order(HangUpCall(self._identity.call_id, cause))
            await self.wait_hang_up()

    # -- awaiting ------------------------------------------------------------------------------

    def _there(self) -> None:
        if self._gone.done():
            raise LegGone(self._gone.result())

    def _step(self) -> str:
        self._steps += 1
        return f"{SCRIPT}{self._steps}"

    async def _answer(self, step: str, order: AnyCommand, kind: type[A]) -> A:
        event = await self._await(step, order)
        assert isinstance(event, kind)
        return event

    async def _await(self, key: str, order: AnyCommand) -> Any:  # noqa: ANN401 - one event of several
        self._there()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._awaited[key] = answer
        try:
            self._order(order)
            return await answer
        finally:
            del self._awaited[key]

    def take(self, event: AnyEvent) -> bool:
        """Take an event of this leg; whether the engine is not to hear of it."""
        if isinstance(event, CallerHungUp):
            self.end(event.cause)
            return False
        if isinstance(event, DigitPressed) and self._queue_outcome is not None:
            self._heard = event.number
            return False  # the queue's keys
        if isinstance(event, DigitPressed):
            self._typed = (self._typed + event.digit)[-_MOST_KEYS:]
            self._heard = event.number
            return True
        if isinstance(event, RecordingBegan | RecordingEnded):
            return self._took_recording(event)
        if isinstance(event, PromptHeard):
            return event.prompt_id.startswith(SCRIPT)
        key = _key(event)
        if not key:
            return False
        if isinstance(event, DigitsCollected):
            self._typed, self._heard = event.typed_ahead, event.heard
        if isinstance(event, NumberAnswered):
            self._answered_at_s = self._monotonic_s()
        elif (answer := self._awaited.get(key)) is not None and not answer.done():
            answer.set_result(event)
        return True

    def _took_recording(self, event: RecordingBegan | RecordingEnded) -> bool:
        """Whether it is of a recording of the script's own."""
        is_own = event.file in self._recorded
        answer = self._awaited.get(event.file)
        if is_own and answer is not None and not answer.done():
            answer.set_result(event)
        elif is_own and isinstance(event, RecordingEnded):
            del self._recorded[event.file]
        return is_own

    def type_ahead(self, typed: str, heard: int) -> None:
        """What was typed ahead before the script began.

        Args:
            typed: the keys.
            heard: `DigitPressed.number` of the last key that the engine was told of.
        """
        self._typed, self._heard = typed, heard

    @property
    def typed_ahead(self) -> tuple[str, int]:
        """The same, as it is now."""
        return self._typed, self._heard

    def end(self, cause: str) -> None:
        """The leg is down, or was given to another script."""
        if self._gone.done():
            return
        self._gone.set_result(cause)
        for answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(LegGone(cause))


def _end_of_queue(fact: AnyFact) -> str:
    """How a queue was left, where that is what a fact tells."""
    if isinstance(fact, QueueRefused):
        return fact.reason if fact.reason in _REFUSALS else "left"
    if isinstance(fact, CallLeftQueue):
        if fact.to == "flow":
            return "timeout"
        return "abandoned" if fact.reason == "abandoned" else "left"
    if isinstance(fact, CallEnded):
        return "answered" if fact.outcome == "answered" else "left"
    return ""


def _key(event: AnyEvent) -> str:
    """What an answer answers, where that is a script's."""
    if isinstance(event, NumberAnswered | NumberEnded):
        return str(event.attempt) if event.attempt >= _FIRST_ATTEMPT else ""
    step = ""
    if isinstance(event, PromptsFinished):
        step = event.prompt_id
    elif isinstance(event, DigitsCollected):
        step = event.collect_id
    elif isinstance(event, CallerRecorded):
        step = event.record_id
    elif isinstance(event, VariableRead):
        step = event.read_id
    return step if step.startswith(SCRIPT) else ""


class ScriptLegs:
    """All legs in the hands of scripts, between adapters and the engine's inbox: an `Inbox`.

    It is a `FactSink` besides: what becomes of a call in a queue is told by facts.

    Args:
        inbox: the engine's.
        centre: what the script's legs need of the centre.
        monotonic_s: a clock that is never set.
    """

    def __init__(
        self, inbox: Inbox, centre: ScriptCentre, monotonic_s: Callable[[], float]
    ) -> None:
        self._inbox = inbox
        self._centre = centre
        self._monotonic_s = monotonic_s
        self._legs: dict[str, ScriptLeg] = {}

    def open(self, port: Port, identity: LegIdentity, variables: Mapping[str, str]) -> ScriptLeg:
        """Take a leg for a script; its earlier session, if any, ends with `LegGone`.

        Args:
            port: of the switch that holds the leg.
            identity: the leg.
            variables: what the script is told from the beginning.
        """
        earlier = self._legs.get(identity.call_id)
        if earlier is not None:
            earlier.end("another script")

        def order(command: AnyCommand) -> None:
            port.execute((command,))

        leg = self._legs[identity.call_id] = ScriptLeg(
            identity, variables, order, self._inbox.post, self._centre, self._monotonic_s
        )
        return leg

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Take the facts that one event caused."""
        for fact in facts:
            leg = self._legs.get(getattr(fact, "call_id", ""))
            if leg is not None:
                leg.told(fact)

    def close(self, leg: ScriptLeg) -> None:
        """The script is over: the leg is the engine's alone."""
        if self._legs.get(leg.identity.call_id) is leg:
            del self._legs[leg.identity.call_id]

    def post(self, event: AnyEvent) -> bool:
        """Hand an event to its session, or over to the engine."""
        leg = self._legs.get(getattr(event, "call_id", ""))
        if leg is None or not leg.is_up:
            # A script that goes on after the end of its leg gets nothing of it.
            return self._inbox.post(event)
        if leg.take(event):
            return True
        return self._inbox.post(event)

    def slow_down(self, source: Source) -> None:
        """Have a source paused while the inbox is long."""
        self._inbox.slow_down(source)

    def hold(self) -> None:
        """There is more to come, in this very call."""
        self._inbox.hold()

    def release(self) -> None:
        """That was all that could be read for now."""
        self._inbox.release()
