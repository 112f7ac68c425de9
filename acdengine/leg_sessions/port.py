"""One caller's leg, held by a script: what it may do there, and what it is answered.

An AGI script, or another program that goes step by step, holds a `LegSession` and awaits each step.
Which switch the leg is on is not known to it: an adapter that runs scripts needs no adapter that
speaks with the switch. One step is under way at a time; the next one that is begun ends it.

Every step raises `LegGone` when the leg is down, before or during the step. No other error comes
from a switch: what it could not do is told in the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct

from acdengine.commands import Collect, RecordCaller
from acdengine.events import CallerRecorded, DigitsCollected, PromptsFinished
from acdengine.plan import DialRoute
from acdengine.prompts import AnyPrompt

_NO_VARIABLES: Final[Mapping[str, str]] = {}


class LegGone(Exception):
    """The caller's leg is down.

    Attributes:
        cause: why, as in `CallerHungUp`.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(f"the leg is down: {cause}")
        self.cause = cause


class LegIdentity(Struct, frozen=True, gc=False):
    """What is known of the caller from the beginning, as in `CallArrived`, and whether the leg is
    answered by then."""

    call_id: str
    ani: str
    dnis: str
    name: str = ""
    trunk_id: str = ""
    tenant_id: str = ""
    withheld: bool = False
    is_answered: bool = False


class DialOutcome(Struct, frozen=True, gc=False):
    """How dialling a number ended.

    ``cause``: ``normal`` after a conversation, else as in `NumberEnded`: ``busy``, ``no_answer``,
    ``rejected``, ``unallocated_number``, ``unreachable``, ``congestion``, ``trunk_failed``,
    ``trunk_busy``, ``no_route``, ``not_allowed``, ``failed``.
    ``rang_us``: from the order to the answer, or to the end; ``talked_us``: from the answer on.
    """

    is_answered: bool
    cause: str
    rang_us: int
    talked_us: int


class LegSession(Protocol):
    """A caller's leg in the hands of one script."""

    @property
    def identity(self) -> LegIdentity:
        """Who calls."""

    @property
    def is_up(self) -> bool:
        """Whether the leg is still there."""

    async def wait_hang_up(self) -> str:
        """Wait until the leg is down; returns the cause. May be awaited beside any step."""

    async def play(self, prompts: Sequence[AnyPrompt], end_keys: str = "") -> PromptsFinished:
        """Play prompts in a row, until one of ``end_keys`` is pressed.

        Values are said with a `SayPrompt`. The key is in the answer, and is typed ahead for no
        other step. Keys that stop nothing are typed ahead for the next `collect`.
        """

    async def collect(self, wanted: Collect) -> DigitsCollected:
        """Play prompts and collect keys; `call_id`, `collect_id`, `typed` and `heard` of the
        command are filled in here, with what was typed ahead on this session.

        A wait for one key is ``Collect("", "", first_digit_us=...)``.
        """

    async def record(self, wanted: RecordCaller) -> CallerRecorded:
        """Record the caller into a file; `call_id` and `record_id` are filled in here."""

    async def stop(self) -> None:
        """End the step under way, if any: a prompt, a collection or a recording. That step returns
        as cancelled; a prompt is silent within a frame or two."""

    async def music(self, name: str) -> None:
        """Play this music, by its name in the settings, until the next step; empty: silence."""

    async def start_recording(self, file: str) -> bool:
        """Record what is said on the leg from now on, beside all steps, into a file below the
        switch's folder of recordings; False where that is not done. It ends with the leg."""

    async def stop_recording(self, file: str) -> None:
        """End such a recording."""

    async def send_keys(self, keys: str, tone_us: int) -> None:
        """Send keys to the caller's side; pauses as in `SendKeys`. Returns when they are sent, as
        far as that is known here."""

    async def dial(
        self,
        number: str,
        *,
        allow: Sequence[str],
        route: DialRoute,
        timeout_us: int,
        variables: Mapping[str, str] = _NO_VARIABLES,
    ) -> DialOutcome:
        """Join the caller with a number outside and wait until that is over.

        Args:
            number: whom to dial.
            allow: beginnings of numbers of which this one must have one.
            route: the gateways.
            timeout_us: how long it may ring.
            variables: what the new leg has besides, of the names that a leg may have.
        """

    async def queue(self, queue_id: str, *, timeout_us: int = 0) -> str:
        """Hand the caller to a queue, and wait until the call is over or leaves the queue.

        Returns how: ``answered`` by an agent and over, ``abandoned``, ``left`` for another
        destination, by the queue's policy or on request; ``timeout``; ``full``, ``no_staff`` or
        ``drained`` where the queue took no call, ``refused`` where there is no such queue. After
        the first three the leg is the centre's, or down, and the session has ended; after all
        others the script goes on with it. A caller who talks with an agent when the time is over
        talks on.

        Args:
            queue_id: ``tenant/name``.
            timeout_us: come back after so long without an agent; 0: never.
        """

    async def read_variable(self, name: str) -> str | None:
        """A variable of the leg; None where there is none, or the name is not allowed."""

    async def set_variable(self, name: str, value: str) -> bool:
        """Write a variable of the leg, empty to remove it; False where the name is not allowed."""

    async def answer(self) -> None:
        """Answer the leg, if that was not done."""

    async def hang_up(self, cause: str = "normal") -> None:
        """Take the leg down, and wait until it is."""
