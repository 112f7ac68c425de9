"""What the control interface needs of the running engine, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from acdengine.api.views import ClockView, RecordsState, SwitchView
from acdengine.engine.explain.explanation import Explanation
from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact
from acdengine.ports import FactSink
from acdengine.requests import Request
from acdengine.settings.difference import Change


class Reloaded(NamedTuple):
    """What came of reading the settings again: what changes, what is in the way (empty: nothing),
    and what is odd about them, in words."""

    changes: list[Change]
    problem: str = ""
    odd: tuple[str, ...] = ()


class Backend(Protocol):
    """A running engine. Everything but `request` and `reload` answers at once."""

    @property
    def state(self) -> EngineState:
        """Everything the engine knows, to be read and never written, nor kept."""

    def now_us(self) -> int:
        """The present time, UTC, microseconds."""

    async def request(self, event: Request) -> str:
        """Have the engine do something; time and request id are filled in.

        Returns what is in the way, empty when it was done.
        """

    def story(self, call_or_agent_id: str) -> Sequence[AnyFact]:
        """The facts kept about a call or agent, oldest first."""

    def explain(self, call_id: str) -> Explanation:
        """Why a call that is known waits, or went where it went."""

    def longest_wait_us(self, queue_id: str, now_us: int) -> int:
        """How long the one who waits longest in a queue has waited."""

    def add_sink(self, sink: FactSink) -> None:
        """Have facts told from now on."""

    def remove_sink(self, sink: FactSink) -> None:
        """Stop passing facts on."""

    async def reload(
        self, by: str, *, check_only: bool, force: bool = False, flow_percent: int = 100
    ) -> Reloaded:
        """Read the settings files again and put them in force, unless they are only to be checked.
        Flows that have changed are tried on ``flow_percent`` of their callers.

        Raises:
            SettingsError: with everything that is wrong; nothing was changed.
        """

    def clock(self) -> ClockView:
        """The centre's clock beside the system's."""

    def step_clock(self, by: str, check_only: bool) -> tuple[ClockView, str]:
        """Set the centre's clock forward to the system's, unless it is only to be checked.

        Returns how it is then, and what is in the way, empty when nothing was.
        """

    def not_ready(self) -> str:
        """Why no calls can be taken now; empty when they can."""

    def records_state(self) -> RecordsState:
        """Whether records are written to their database."""

    def switches(self) -> Sequence[SwitchView]:
        """The switches that are driven; none where calls are simulated."""

    def metrics(self) -> bytes:
        """All metrics as Prometheus reads them (text format 0.0.4)."""
