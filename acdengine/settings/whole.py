"""The settings as a whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acdengine.settings.daemon import DaemonSettings
from acdengine.settings.model import SettingsModel
from acdengine.settings.sounds import SoundsSettings
from acdengine.settings.switches import SwitchSettings
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.trunks import TrunkSettings
from acdengine.settings.values import Name


class EngineSettings(SettingsModel):
    """The engine itself."""

    seed: int = 1
    """Seed of the engine's own draws (`random` and `weighted_random`)."""
    history_limit: Annotated[int, Field(ge=0)] = 10_000
    """Ended calls whose story is kept."""


class PlanSettings(SettingsModel):
    """What the engine is told: everything from which a plan is made."""

    engine: EngineSettings = EngineSettings()
    """The engine itself."""
    trunks: dict[Name, TrunkSettings] = {}
    """Trunk groups, for all tenants."""
    tenants: dict[Name, TenantSettings] = {}
    """Tenants."""


class Settings(PlanSettings):
    """All settings: the engine's and the daemon's."""

    daemon: DaemonSettings = DaemonSettings()
    """The running daemon."""
    switches: dict[Name, SwitchSettings] = {}
    """Switches that the daemon drives; without any, `acdengine run` simulates them."""
    sounds: SoundsSettings = SoundsSettings()
    """What is played for the names of music and prompts."""

    @property
    def has_real_calls(self) -> bool:
        """Whether calls come from switches; without any they are simulated."""
        return bool(self.switches) or self.daemon.fastagi.enabled
