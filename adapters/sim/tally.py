"""Counts and sums over some calls, and the figures worked out of them."""

from __future__ import annotations

from typing import TypeAlias

from adapters.sim.scenario import ServiceTarget

US = 1_000_000
Figures: TypeAlias = dict[str, float | None]


class Tally:
    """Calls counted: of one type, one queue, one priority.

    Attributes:
        attempts: calls made, those that met busy included.
        blocked: of these, met busy on the trunks.
        offered: reached the centre.
        refused: of these, turned away before anything else.
        queued: got a place in a queue.
        waited: of these, found no agent free at once.
        answered: were connected to an agent.
        abandoned: gave up waiting.
        left: left the queue on another way (a callback, another queue, voicemail, sent away).
        in_time: answered within the target.
        abandoned_in_time: gave up within it.
        conversations: ended, with `talk_us` in all.
        unfinished: were not over when the simulation was.
    """

    __slots__ = (
        "abandoned", "abandoned_in_time", "answered", "attempts", "blocked", "conversations",
        "in_time", "left", "offered", "queued", "refused", "talk_us", "unfinished",
        "wait_abandoned_us", "wait_answered_us", "waited",
    )  # fmt: skip

    def __init__(self) -> None:
        self.attempts = 0
        self.blocked = 0
        self.offered = 0
        self.refused = 0
        self.queued = 0
        self.waited = 0
        self.answered = 0
        self.abandoned = 0
        self.left = 0
        self.in_time = 0
        self.abandoned_in_time = 0
        self.conversations = 0
        self.unfinished = 0
        self.talk_us = 0
        self.wait_answered_us = 0
        self.wait_abandoned_us = 0

    def service_level(self, target: ServiceTarget) -> float | None:
        """Answered within the target, over the calls that the definition counts."""
        if target.abandons == "answered":
            counted = self.answered
        else:
            counted = self.answered + self.abandoned
            if target.abandons == "late_only":
                counted -= self.abandoned_in_time
        return self.in_time / counted if counted else None

    def figures(self, target: ServiceTarget) -> Figures:
        """All figures by name; None where nothing was counted to work one out of."""
        ended = self.answered + self.abandoned
        return {
            "attempts": self.attempts,
            "blocked": self.blocked,
            "offered": self.offered,
            "refused": self.refused,
            "queued": self.queued,
            "answered": self.answered,
            "abandoned": self.abandoned,
            "left": self.left,
            "unfinished": self.unfinished,
            "p_blocked": _share(self.blocked, self.attempts),
            "p_wait": _share(self.waited, self.queued),
            "p_abandon": _share(self.abandoned, ended),
            "mean_wait_s": _mean_s(self.wait_answered_us + self.wait_abandoned_us, ended),
            "asa_s": _mean_s(self.wait_answered_us, self.answered),
            "time_to_abandon_s": _mean_s(self.wait_abandoned_us, self.abandoned),
            "service_level": self.service_level(target),
            "talk_s": _mean_s(self.talk_us, self.conversations),
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean_s(total_us: int, count: int) -> float | None:
    return total_us / count / US if count else None


class GroupTally:
    """What the agents of a group did with their time, in agent microseconds."""

    __slots__ = ("answered", "times_us")

    _STATES = ("not_ready", "ready", "ringing", "talking", "wrap_up")

    def __init__(self) -> None:
        self.answered = 0
        self.times_us: dict[str, int] = dict.fromkeys(("logged_out", *self._STATES), 0)

    def figures(self, length_us: int) -> Figures:
        """Over a stretch of time: agents at work on average, and what they did.

        ``occupancy``: talking ÷ (talking + ready). ``utilisation``: talking, ringing and wrap-up ÷
        signed in.
        """
        times = self.times_us
        signed_in = sum(times[state] for state in self._STATES)
        talking, ready = times["talking"], times["ready"]
        busy = talking + times["ringing"] + times["wrap_up"]
        return {
            "answered": self.answered,
            "agents": signed_in / length_us if length_us else None,
            "occupancy": talking / (talking + ready) if talking + ready else None,
            "utilisation": busy / signed_in if signed_in else None,
            **{
                f"{state}_share": times[state] / signed_in if signed_in else None
                for state in self._STATES
            },
        }
