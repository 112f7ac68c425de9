"""One call in the hands of a script: its leg, its variables, its place in the dialplan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from acdengine.agi.commands.words import whole_or
from acdengine.agi.database import AgiDatabase
from acdengine.agi.environment import AgiRequest
from acdengine.agi.host import ScriptHost
from acdengine.agi.script_link import ScriptLines
from acdengine.commands import Collect
from acdengine.leg_sessions.port import LegGone, LegSession

T = TypeVar("T")

#: Asterisk's channel states: 4 rings in, 6 is up.
RINGING_IN: Final = 4
UP: Final = 6
#: Samples of a millisecond of telephone sound (8 kHz).
SAMPLES_PER_MS: Final = 8
_DIGIT_TIMEOUT_MS: Final = 5_000


@dataclass
class Place:
    """Where in the dialplan the call goes on after the script."""

    context: str
    extension: str
    priority: str = "1"
    #: The script has named a place.
    is_set: bool = False


class ScriptCall:
    """What the commands of one script work on.

    Args:
        session: the leg.
        host: what is beyond it.
        database: the families and keys that outlive calls.
        request: how the script was called.
        lines: what the script sends, which stops prompts.
        clock_us: a clock that only goes forward, in microseconds.
        now_s: seconds since 1970.
        state: of the leg now: `RINGING_IN` or `UP`.
    """

    def __init__(
        self,
        session: LegSession,
        host: ScriptHost,
        database: AgiDatabase,
        request: AgiRequest,
        lines: ScriptLines,
        clock_us: Callable[[], int],
        now_s: Callable[[], int],
        state: int = RINGING_IN,
    ) -> None:
        self.session = session
        self.host = host
        self.database = database
        self.request = request
        self.lines = lines
        self.clock_us = clock_us
        self.now_s = now_s
        self.place = Place(request.context, request.extension)
        self.variables = Variables()
        self.caller = CallerId(request.number, request.name, request.presentation)
        self.language = request.language
        self.music = "default"
        self.is_dead = False
        self.state = state
        self.hang_up_cause = ""
        #: Recordings beside the script that are under way: the file of each, by its id.
        self.recordings: dict[str, str] = {}
        self._auto_hang_up: asyncio.Task[None] | None = None

    # -- steps on the leg ------------------------------------------------------------------------

    async def until_next_command(self, step: Coroutine[Any, Any, T]) -> T | None:
        """Carry out a step that the script's next command stops.

        Returns None if it was stopped: what was under way is silent then, and gets no reply.
        """
        running = asyncio.ensure_future(step)
        arrival = asyncio.ensure_future(self.lines.arrival())
        try:
            await asyncio.wait((running, arrival), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                return running.result()
            await self.session.stop()
            await running
            return None
        finally:
            arrival.cancel()
            running.cancel()

    async def key(self, wait_ms: int) -> str:
        """Wait for one key, typed ahead or pressed in time; a negative time is for ever."""
        wait_us = wait_ms * 1_000 if wait_ms >= 0 else FOR_EVER_US
        collected = await self.session.collect(
            Collect("", "", first_digit_us=max(wait_us, 1), max_digits=1)
        )
        return collected.digits

    @property
    def digit_timeout_ms(self) -> int:
        """How long to wait for the next key, as ``TIMEOUT(digit)`` was set."""
        text = self.variables.read("TIMEOUT(digit)") or ""
        seconds = whole_or(text, 0)
        return seconds * 1_000 if seconds else _DIGIT_TIMEOUT_MS

    async def answer(self) -> None:
        """Answer the leg, if it rings."""
        await self.session.answer()
        self.state = UP

    # -- the end of the leg ----------------------------------------------------------------------

    def hang_up_after(self, seconds: float) -> None:
        """Hang up in so many seconds; 0: not."""
        if self._auto_hang_up is not None:
            self._auto_hang_up.cancel()
            self._auto_hang_up = None
        if seconds > 0:
            self._auto_hang_up = asyncio.create_task(self._hang_up_in(seconds))

    async def _hang_up_in(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self.session.hang_up()
        except LegGone:
            pass

    def stop(self) -> None:
        """Nothing more is due for this script."""
        self.hang_up_after(0)


#: Longer than any call.
FOR_EVER_US: Final = 10**13


@dataclass
class CallerId:
    """The caller's number and name, as a script may change them."""

    number: str
    name: str
    presentation: int = 0

    @property
    def whole(self) -> str:
        """``"NAME" <NUMBER>``."""
        return f'"{self.name}" <{self.number}>' if self.name else self.number


@dataclass
class Variables:
    """The variables of one call. A name's first underscores say that dialled legs get it: one for
    the legs that this call dials, two for those that they dial too. They are no part of it."""

    _values: dict[str, str] = field(default_factory=dict)
    _passed_on: dict[str, None] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        """The value; None where it was never set. Read by its name without the underscores."""
        return self._values.get(name)

    def write(self, name: str, value: str) -> None:
        """Set a variable; the script's own count is limited by `VARIABLES`."""
        plain = name.lstrip("_")
        if plain not in self._values and len(self._values) >= VARIABLES:
            raise TooManyVariables(f"more than {VARIABLES} variables")
        self._values[plain] = value[:VALUE_CHARS]
        if name != plain:
            self._passed_on[plain] = None

    def inherited(self) -> dict[str, str]:
        """What a leg that this call dials gets. That leg dials no further one here, so that one
        underscore is as good as two."""
        return {name: self._values[name] for name in self._passed_on}


VARIABLES: Final = 1_000
VALUE_CHARS: Final = 65_536


class TooManyVariables(Exception):
    """A script has set more variables than a call may have."""


Handler = Callable[[ScriptCall, list[str]], Awaitable[Any]]
