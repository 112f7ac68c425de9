"""Estimated wait: what callers are told, and how wrong it was.

For a call with ``ahead`` calls before it (callbacks in line count, they will be served too)::

    wait = (ahead * (1 - abandon share) + 1) * handle time / agents

``agents`` counts everybody who is staffed and serves the queue, an agent of k queues as 1/k, as
Google's contact centre documents its own. ``handle time`` (talk and wrap-up) is measured over the
queue's last calls, ``abandon share`` over the service-level window. A call for which an agent is
free waits nothing. The formula's mean error is kept, and each call's error is a fact.
"""

from __future__ import annotations

from typing import Final

from queues.policy import EstimatePolicy

#: A call's handle time moves the mean by this share once that many calls are known.
_SMOOTHING: Final = 0.05


class WaitEstimate:
    """Measured handle time of a queue, and the error of what was told."""

    __slots__ = ("calls", "error_count", "error_sum_us", "handle_us")

    def __init__(self, policy: EstimatePolicy) -> None:
        self.handle_us = float(policy.initial_handle_us)
        self.calls = 0
        self.error_count = 0
        self.error_sum_us = 0

    def handled(self, handle_us: int) -> None:
        """A call was served in ``handle_us``: plain mean at first, then smoothed."""
        self.calls += 1
        share = max(_SMOOTHING, 1.0 / self.calls)
        self.handle_us += (handle_us - self.handle_us) * share

    def checked(self, told_us: int, actual_us: int) -> None:
        """Count the error of an estimate, now that the call has been answered."""
        self.error_count += 1
        self.error_sum_us += abs(actual_us - told_us)

    def mean_error_us(self) -> float | None:
        """Mean absolute error of what callers were told; None before the first."""
        return self.error_sum_us / self.error_count if self.error_count else None

    def wait_us(self, ahead: int, agents: float, abandon_share: float) -> int | None:
        """The estimate; None without agents at work."""
        if agents <= 0:
            return None
        served_before = ahead * (1.0 - abandon_share) + 1.0
        return int(served_before * self.handle_us / agents)


def rounded_up(estimate_us: int, step_us: int) -> int:
    """An estimate as it is told: rounded up, never less than one step."""
    if step_us <= 0:
        return estimate_us
    return max(1, -(-estimate_us // step_us)) * step_us
