"""Recordings of the simulated switch: no sound, but beginnings, ends and lengths."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from acdengine.commands import (
    AnyCommand,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from acdengine.events import AnyEvent, RecordingBegan, RecordingEnded
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.legs import CallerLeg


class Recordings:
    """Files that callers' legs are recorded into.

    Args:
        agenda: the time.
        report: takes each event at the moment it happens.
        legs: callers' legs by call.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        legs: Mapping[str, CallerLeg],
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._legs = legs

    def orders(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """Handlers by command."""
        return {
            StartRecording: self.start,
            PauseRecording: self.pause,
            ResumeRecording: self.pause,
            StopRecording: self.stop,
        }

    def start(self, command: StartRecording) -> None:
        """Record; a file that is being recorded into is reported again."""
        leg = self._legs.get(command.call_id)
        now = self._agenda.now_us
        if leg is None:
            self._report(RecordingEnded(now, command.call_id, command.file, 0, "no_such_leg"))
            return
        leg.recordings.setdefault(command.file, now)
        self._report(RecordingBegan(now, command.call_id, command.file))

    def pause(self, command: PauseRecording | ResumeRecording) -> None:
        """There is no sound that could be left out."""

    def stop(self, command: StopRecording) -> None:
        """End a recording; an unknown one has ended with the caller's leg."""
        leg = self._legs.get(command.call_id)
        if leg is not None and command.file in leg.recordings:
            self._end(leg, command.file)

    def leg_down(self, leg: CallerLeg) -> None:
        """With the leg everything ends that is recorded of it; told after the leg's own end."""
        for file in list(leg.recordings):
            self._end(leg, file)

    def _end(self, leg: CallerLeg, file: str) -> None:
        now = self._agenda.now_us
        length_us = now - leg.recordings.pop(file)
        self._report(RecordingEnded(now, leg.call_id, file, length_us))
