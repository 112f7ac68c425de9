"""Detects a silent peer. A socket can look open for hours when the other machine is gone.

Pure: it is told when something was heard and what time it is, and says what to do. Silence for
`quiet_s` asks for a probe, and a probe unanswered for `answer_s` means that the link is dead.
Only time in which it was asked to look counts: when this process stood still, nothing was read.
"""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What to do about a link."""

    FINE = "fine"
    PROBE = "probe"
    DEAD = "dead"


class Watchdog:
    """Watches one link. Times are seconds of any clock that never goes back."""

    def __init__(self, quiet_s: float, answer_s: float, now_s: float) -> None:
        self._quiet_s = quiet_s
        self._answer_s = answer_s
        self._heard_at_s = now_s
        self._looked_at_s = now_s
        self._probed_at_s: float | None = None

    @property
    def tick_s(self) -> float:
        """How often `look` should be called."""
        return min(self._quiet_s, self._answer_s) / 4

    def heard(self, now_s: float) -> None:
        """Anything at all arrived."""
        self._heard_at_s = now_s
        self._probed_at_s = None

    def excuse(self, now_s: float) -> None:
        """Silence up to now is our own doing, or announced: it does not count."""
        self.heard(now_s)

    def look(self, now_s: float) -> Verdict:
        """What to do now. After `PROBE` it takes the probe as sent."""
        stood_still_s = now_s - self._looked_at_s - self.tick_s
        self._looked_at_s = now_s
        if stood_still_s > self.tick_s:
            self._heard_at_s = min(now_s, self._heard_at_s + stood_still_s)
            if self._probed_at_s is not None:
                self._probed_at_s = min(now_s, self._probed_at_s + stood_still_s)
        if self._probed_at_s is not None:
            is_late = now_s - self._probed_at_s >= self._answer_s
            return Verdict.DEAD if is_late else Verdict.FINE
        if now_s - self._heard_at_s < self._quiet_s:
            return Verdict.FINE
        self._probed_at_s = now_s
        return Verdict.PROBE
