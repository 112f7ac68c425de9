"""Recordings of conversations: an agent's own, a supervisor's teams'."""

from __future__ import annotations

from acdengine.api.ask import Ask
from acdengine.api.call_routes import done
from acdengine.api.views import CallView
from acdengine.requests import (
    RecordingPauseRequested,
    RecordingResumeRequested,
    RecordingStartRequested,
    RecordingStopRequested,
)


async def start_recording(ask: Ask) -> CallView:
    """Record a conversation from now on, unless its queue's calls never are."""
    call_id = ask.own_conversation().call_id
    return await done(ask, RecordingStartRequested(at_us=0, call_id=call_id, by=ask.by))


async def stop_recording(ask: Ask) -> CallView:
    """End a recording that was asked for; one that the settings ask for can only be paused."""
    call_id = ask.own_conversation().call_id
    return await done(ask, RecordingStopRequested(at_us=0, call_id=call_id, by=ask.by))


async def pause_recording(ask: Ask) -> CallView:
    """Have nothing on record until it is resumed, as while a card's number is told."""
    call_id = ask.own_conversation().call_id
    return await done(ask, RecordingPauseRequested(at_us=0, call_id=call_id, by=ask.by))


async def resume_recording(ask: Ask) -> CallView:
    """Have on record again what is said."""
    call_id = ask.own_conversation().call_id
    return await done(ask, RecordingResumeRequested(at_us=0, call_id=call_id, by=ask.by))
