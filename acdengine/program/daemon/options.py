"""What `acdengine run` was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from acdengine.program.installation import shipped

#: In the folder where it is started; where there is none, the example that is shipped.
DEFAULT_CONFIG: Final = Path("config/acdengine.yaml")
#: Of the simulated day.
DEFAULT_PROFILE: Final = shipped.folder() / "profiles" / "day.csv"
_HOUR_US: Final = 3_600_000_000
#: When a simulated day is busy.
BUSY_HOUR_US: Final = 10 * _HOUR_US


def default_config() -> Path:
    """The settings that are taken when none are named."""
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else shipped.folder() / DEFAULT_CONFIG.name


class StartError(Exception):
    """The daemon cannot start; the text says why, in words for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line's wishes.

    Attributes:
        config: settings files, read as one.
        simulated: calls come from simulated trunks; otherwise from the switches of the settings,
            and the state is taken up from the journal. None: simulated unless the settings name
            switches.
        speed: of the simulated clock.
        from_midnight_us: time of the simulated day to begin at; None: when it is busy, or when
            the scenario has warmed up.
        seed: of what is simulated; None: that of the scenario.
        profile: of the simulated day.
        scenario: a scenario file in place of the day.
        trace_format, trace_files: recorded traffic in place of the day.
        headless: no screen.
        seconds: stop after so many real seconds; None: never.
        http_port, metrics_port: in place of the settings'.
        new_day: begin a new simulated day, also where one was killed.
        force: begin although the settings leave nothing of what ran before.
    """

    config: tuple[Path, ...] = field(default_factory=lambda: (default_config(),))
    simulated: bool | None = None
    speed: float = 1.0
    from_midnight_us: int | None = None
    seed: int | None = None
    profile: Path = DEFAULT_PROFILE
    scenario: Path | None = None
    trace_format: str = ""
    trace_files: tuple[Path, ...] = ()
    headless: bool = False
    seconds: float | None = None
    http_port: int | None = None
    metrics_port: int | None = None
    new_day: bool = False
    force: bool = False

    def with_traffic(self, has_switches: bool) -> Options:
        """The same, decided whether calls are simulated.

        Raises:
            StartError: a scenario or a trace is asked for together with real switches.
        """
        wants_simulation = self.scenario is not None or bool(self.trace_format)
        if self.simulated is False and wants_simulation:
            raise StartError("a scenario or a trace is simulated: not with --no-sim")
        simulated = self.simulated
        if simulated is None:
            simulated = wants_simulation or not has_switches
        return replace(self, simulated=simulated)
