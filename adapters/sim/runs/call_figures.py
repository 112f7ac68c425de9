"""Counts and sums over some calls, and the figures worked out of them."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from adapters.sim.scenarios.scenario import ServiceTarget
from routing.agent import AgentState

US = 1_000_000
Figures: TypeAlias = dict[str, float | None]
#: Why a queue turns callers away: no room, no agents at work, waited as long as it lets them, takes
#: no new calls.
TurnedAway: TypeAlias = Literal["full", "no_staff", "waited", "drained"]
TURNED_AWAY: Final[tuple[TurnedAway, ...]] = get_args(TurnedAway)


class Ratio(NamedTuple):
    """A figure that is one sum over another, both of one run.

    Attributes:
        part: the numerator, for example calls answered in time.
        whole: the denominator, for example calls that count for the service level.
    """

    part: float
    whole: float

    @property
    def value(self) -> float | None:
        """The figure of this run alone; None where nothing was counted."""
        return self.part / self.whole if self.whole else None


Ratios: TypeAlias = dict[str, Ratio]


def values_of(ratios: Ratios) -> Figures:
    """The figures of one run."""
    return {name: ratio.value for name, ratio in ratios.items()}


class Tally:
    """Calls counted: of one type, one queue, one priority.

    Attributes:
        attempts: calls made, those that met busy included.
        blocked: of these, met busy on the trunks.
        offered: reached the centre.
        refused: of these, turned away before anything else.
        turned_away: by reason, hung up by a queue that took them not or kept them no longer.
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
        "in_time", "left", "offered", "queued", "refused", "talk_us", "turned_away", "unfinished",
        "wait_abandoned_us", "wait_answered_us", "waited",
    )  # fmt: skip

    def __init__(self) -> None:
        self.attempts = 0
        self.blocked = 0
        self.offered = 0
        self.refused = 0
        self.turned_away: dict[TurnedAway, int] = dict.fromkeys(TURNED_AWAY, 0)
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

    def counts(self) -> Figures:
        """The numbers of calls by name."""
        return {
            "attempts": self.attempts,
            "blocked": self.blocked,
            "offered": self.offered,
            "refused": self.refused,
            **self.turned_away_counts(),
            "queued": self.queued,
            "answered": self.answered,
            "abandoned": self.abandoned,
            "left": self.left,
            "unfinished": self.unfinished,
        }

    def turned_away_counts(self) -> Figures:
        """How many were turned away by queues, in all and by reason."""
        by_reason = {f"turned_away_{reason}": n for reason, n in self.turned_away.items()}
        return {"turned_away": sum(self.turned_away.values()), **by_reason}

    def ratios(self, target: ServiceTarget) -> Ratios:
        """Shares of calls, and means over calls in seconds, by name."""
        ended = self.answered + self.abandoned
        waited_us = self.wait_answered_us + self.wait_abandoned_us
        return {
            "p_blocked": Ratio(self.blocked, self.attempts),
            "p_wait": Ratio(self.waited, self.queued),
            "p_abandon": Ratio(self.abandoned, ended),
            "mean_wait_s": Ratio(waited_us / US, ended),
            "asa_s": Ratio(self.wait_answered_us / US, self.answered),
            "time_to_abandon_s": Ratio(self.wait_abandoned_us / US, self.abandoned),
            "service_level": self._service_level(target),
            "talk_s": Ratio(self.talk_us / US, self.conversations),
        }

    def _service_level(self, target: ServiceTarget) -> Ratio:
        """Answered within the target, over the calls that the definition counts: to a caller, being
        turned away is no better than having given up late."""
        counted = self.answered
        if target.abandons != "answered":
            counted += self.abandoned + sum(self.turned_away.values())
            if target.abandons == "late_only":
                counted -= self.abandoned_in_time
        return Ratio(self.in_time, counted)


class GroupTally:
    """What the agents of a group did with their time, in agent microseconds."""

    __slots__ = ("answered", "times_us")

    _STATES = tuple(state for state in get_args(AgentState) if state != "logged_out")

    def __init__(self) -> None:
        self.answered = 0
        self.times_us: dict[str, int] = dict.fromkeys(("logged_out", *self._STATES), 0)

    def counts(self) -> Figures:
        """The numbers of calls by name."""
        return {"answered": self.answered}

    def ratios(self, length_us: int) -> Ratios:
        """Over a stretch of time: agents at work on average, and what they did.

        ``occupancy``: talking ÷ (talking + ready). ``utilisation``: talking, ringing and wrap-up ÷
        signed in.
        """
        times = self.times_us
        signed_in = sum(times[state] for state in self._STATES)
        talking, ready = times["talking"], times["ready"]
        busy = talking + times["ringing"] + times["wrap_up"]
        return {
            "agents": Ratio(signed_in, length_us),
            "occupancy": Ratio(talking, talking + ready),
            "utilisation": Ratio(busy, signed_in),
            **{f"{state}_share": Ratio(times[state], signed_in) for state in self._STATES},
        }
