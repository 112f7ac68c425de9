"""Recordings of conversations: an agent's own, a supervisor's teams'."""

from __future__ import annotations

from acdengine.api.call_routes import done, done_in_conversation
from acdengine.api.request_context import RequestContext
from acdengine.api.views import CallView
from acdengine.requests import (
    RecordingPauseRequested,
    RecordingResumeRequested,
    RecordingStartRequested,
    RecordingStopRequested,
)


async def start_recording(context: RequestContext) -> CallView:
    """Record a conversation from now on, unless its queue's calls never are."""
    return await done_in_conversation(context, RecordingStartRequested)


async def stop_recording(context: RequestContext) -> CallView:
    """End a recording that was asked for; a recording by the settings only by a supervisor, and
    where they say so (`supervisors_may_stop`)."""
    event = RecordingStopRequested(
        at_us=0,
        call_id=context.own_conversation().call_id,
        by=context.by,
        as_supervisor=context.rights.access.role in ("admin", "supervisor"),
    )
    return await done(context, event)


async def pause_recording(context: RequestContext) -> CallView:
    """Have nothing on record until it is resumed, as while a card's number is told."""
    return await done_in_conversation(context, RecordingPauseRequested)


async def resume_recording(context: RequestContext) -> CallView:
    """Have on record again what is said."""
    return await done_in_conversation(context, RecordingResumeRequested)
