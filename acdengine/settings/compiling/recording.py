"""Which conversations are recorded, of the plan."""

from __future__ import annotations

from acdengine.settings.recording import RecordingSettings
from queues.policy import RecordingPolicy

_PERMILLE = 1000


def recording_policy_of(settings: RecordingSettings) -> RecordingPolicy:
    """Which conversations of a queue are recorded."""
    return RecordingPolicy(
        mode=settings.mode,
        share_permille=_PERMILLE if settings.share is None else round(settings.share * _PERMILLE),
        stereo=settings.stereo,
        on_hold=settings.on_hold,
        format=settings.format,
        pattern=settings.pattern,
        mask_caller=settings.mask_caller,
        supervisors_may_stop=settings.supervisors_may_stop,
    )
