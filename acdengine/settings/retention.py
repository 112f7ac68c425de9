"""How long each tenant's records are kept in the database."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from acdengine.settings.model import SettingsModel

Days: TypeAlias = Annotated[int, Field(ge=0, le=100_000)]


class KeepingSettings(SettingsModel):
    """How long records are kept; 0: for ever. What is over by so many days goes."""

    calls_days: Days = 0
    """Calls with their segments, callbacks, survey answers and tags."""
    recordings_days: Days = 0
    """Files of recordings and of messages in voicemail boxes, where the switch's folder of
    recordings is on this machine; their calls stay."""
    agent_states_days: Days = 0
    """Intervals of agents' states."""
    intervals_days: Days = 0
    """Counts of queues by quarter of an hour, which name no one."""
    changes_days: Days = 0
    """What people changed."""
    anonymise_after_days: Days = 0
    """Callers' numbers, customers and tags go out of calls that ended so long ago; the calls stay
    and are counted."""
