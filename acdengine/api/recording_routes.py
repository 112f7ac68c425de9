"""Recordings of conversations: an agent's own, a supervisor's teams'."""

from __future__ import annotations

from acdengine.api.ask import Ask
from acdengine.api.call_routes import done, done_in_conversation
from acdengine.api.views import CallView
from acdengine.requests import (
    RecordingPauseRequested,
    RecordingResumeRequested,
    RecordingStartRequested,
    RecordingStopRequested,
)


async def start_recording(ask: Ask) -> CallView:
    """Record a conversation from now on, unless its queue's calls never are."""
    return await done_in_conversation(ask, RecordingStartRequested)


async def stop_recording(ask: Ask) -> CallView:
    """End a recording that was asked for; one that the settings ask for by a supervisor alone, and
    where they say so (`supervisors_may_stop`)."""
    event = RecordingStopRequested(
        at_us=0,
        call_id=ask.own_conversation().call_id,
        by=ask.by,
        as_supervisor=ask.sight.access.role in ("admin", "supervisor"),
    )
    return await done(ask, event)


async def pause_recording(ask: Ask) -> CallView:
    """Have nothing on record until it is resumed, as while a card's number is told."""
    return await done_in_conversation(ask, RecordingPauseRequested)


async def resume_recording(ask: Ask) -> CallView:
    """Have on record again what is said."""
    return await done_in_conversation(ask, RecordingResumeRequested)
