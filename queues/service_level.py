"""Service level over a sliding window: the share of calls answered in time.

One simulation gives three different figures by three definitions, so the policy names which one
(`queues.policy.AbandonTreatment`). The window slides in thirty steps.
"""

from __future__ import annotations

from typing import Final

from queues.policy import ServiceLevelPolicy

_STEPS: Final = 30


class ServiceLevel:
    """Counts of calls by their end, for the present and the past steps of the window."""

    __slots__ = ("_policy", "_slots", "_step_us", "_sum")

    def __init__(self, policy: ServiceLevelPolicy) -> None:
        self._policy = policy
        self._step_us = max(1, policy.window_us // _STEPS)
        #: step number -> [answered in time, answered late, abandoned in time, abandoned late]
        self._slots: dict[int, list[int]] = {}
        self._sum = [0, 0, 0, 0]

    def answered(self, waited_us: int, now_us: int) -> None:
        """A call was answered after ``waited_us``."""
        self._count(0 if waited_us <= self._policy.threshold_us else 1, now_us)

    def abandoned(self, waited_us: int, now_us: int) -> None:
        """A caller gave up after ``waited_us``."""
        self._count(2 if waited_us <= self._policy.threshold_us else 3, now_us)

    def _count(self, which: int, now_us: int) -> None:
        step = now_us // self._step_us
        slot = self._slots.get(step)
        if slot is None:
            self._forget(step)
            slot = self._slots[step] = [0, 0, 0, 0]
        slot[which] += 1
        self._sum[which] += 1

    def _forget(self, step: int) -> None:
        for old in [known for known in self._slots if known <= step - _STEPS]:
            for which, count in enumerate(self._slots.pop(old)):
                self._sum[which] -= count

    def _window(self, now_us: int) -> list[int]:
        """The counts of the window. Looking changes nothing: screens look when they like."""
        total = list(self._sum)
        for step, slot in self._slots.items():
            if step > now_us // self._step_us - _STEPS:
                break
            for which, count in enumerate(slot):
                total[which] -= count
        return total

    def value(self, now_us: int) -> float | None:
        """The share of calls answered in time, 0 to 1; None when there were no calls."""
        in_time, late, gone_early, gone_late = self._window(now_us)
        base = in_time + late
        if self._policy.abandons != "answered":
            base += gone_late
        if self._policy.abandons == "all":
            base += gone_early
        return in_time / base if base else None

    def counts(self, now_us: int) -> tuple[int, int]:
        """(answered, abandoned) in the window."""
        in_time, late, gone_early, gone_late = self._window(now_us)
        return in_time + late, gone_early + gone_late

    def dump(self) -> dict[int, list[int]]:
        """The window as plain data, for a snapshot."""
        return {step: list(slot) for step, slot in self._slots.items()}

    def load(self, slots: dict[int, list[int]]) -> None:
        """Continue a window from a snapshot."""
        self._slots = {step: list(slot) for step, slot in slots.items()}
        self._sum = [sum(slot[which] for slot in slots.values()) for which in range(4)]
