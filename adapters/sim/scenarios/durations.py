"""How durations are written in scenario files, in seconds."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.values import LongEnough
from adapters.sim.draws.distribution_settings import parse_distribution
from adapters.sim.draws.distributions import Constant, Distribution, DistributionError, Never

Probability = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=100_000_000)]
Kind = Literal[
    "constant", "empirical", "erlang", "exponential", "gamma", "kaplan_meier", "lognormal",
    "never", "triangular", "uniform", "weibull",
]  # fmt: skip


class DistributionSettings(SettingsModel):
    """How a duration is drawn: a `kind`, and the values that it needs."""

    kind: Kind | None = None
    """The distribution. `constant` takes `value_s`; `exponential` `mean_s`; `uniform` `low_s` and
    `high_s`; `triangular` `low_s`, `mode_s` and `high_s`; `lognormal` `mean_s` with `cv` or
    `sd_s`; `weibull` `shape` with `mean_s` or `scale_s`; `gamma` `mean_s` with `cv` or `shape`;
    `erlang` `mean_s` and `stages`; `empirical` `values_s` and perhaps `weights`; `kaplan_meier`
    `times_s`, `survival` and perhaps `last_s` and `tail`; `never` is endless."""
    value_s: float | None = None
    """`constant`: the duration in seconds."""
    mean_s: float | None = None
    """The mean in seconds."""
    low_s: float | None = None
    """`uniform`, `triangular`: the shortest, in seconds."""
    high_s: float | None = None
    """`uniform`, `triangular`: the longest, in seconds."""
    mode_s: float | None = None
    """`triangular`: the most frequent, in seconds."""
    cv: float | None = None
    """Coefficient of variation: standard deviation ÷ mean."""
    sd_s: float | None = None
    """`lognormal`: standard deviation in seconds."""
    shape: float | None = None
    """`weibull`, `gamma`: the shape."""
    scale_s: float | None = None
    """`weibull`: the scale in seconds."""
    stages: int | None = None
    """`erlang`: exponential stages, one after the other."""
    values_s: list[float] | None = None
    """`empirical`: observed durations in seconds."""
    weights: list[float] | None = None
    """`empirical`: how often each counts; without it once each."""
    times_s: list[float] | None = None
    """`kaplan_meier`: seconds at which the curve falls."""
    survival: list[float] | None = None
    """`kaplan_meier`: the share still waiting from each of these times on."""
    last_s: float | None = None
    """`kaplan_meier`: the last observation in seconds; the last of the times when not given."""
    tail: Literal["exponential", "last", "never"] | None = None
    """`kaplan_meier`: those still waiting at the end go on giving up (`exponential`, which it is
    when not given), all give up there (`last`) or wait for ever (`never`)."""

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Self:
        self._drawn()
        return self

    def _drawn(self) -> Distribution | None:
        given = {name: getattr(self, name) for name in DistributionSettings.model_fields}
        said = {name: value for name, value in given.items() if value is not None}
        if not said:
            return None
        try:
            return parse_distribution(said)
        except DistributionError as error:
            raise refusal(str(error)) from None

    @property
    def distribution(self) -> Distribution:
        """What is described.

        Raises:
            ValueError: nothing is.
        """
        drawn = self._drawn()
        if drawn is None:
            raise ValueError("no distribution is described")
        return drawn


class LengthSettings(DistributionSettings):
    """A duration that is the same at all times."""

    @model_validator(mode="after")
    def _is_given(self) -> Self:
        if self.kind is None:
            raise refusal("no kind of distribution is given", "kind")
        return self


class StretchSettings(LengthSettings):
    """A duration from some time on."""

    from_s: Seconds
    """Seconds since the scenario's beginning (its midnight) from which it holds; 0 for the
    first."""


class DurationSettings(DistributionSettings):
    """A duration: `kind` with its values, or `by_time` where it changes in the course of time."""

    by_time: list[StretchSettings] = []
    """Distributions one after the other, in place of `kind`."""
    period_s: LongEnough | None = None
    """With `by_time`: seconds after which it begins again, 86400 for every day alike; without it
    the last stretch stays."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.by_time) == (self.kind is not None):
            raise refusal("a duration is described in one way", "either kind or by_time")
        if self.by_time:
            check_starts([stretch.from_s for stretch in self.by_time], self.period_s)
        elif self.period_s is not None:
            raise refusal("there is nothing that could begin again", "period_s with by_time only")
        return self


_Seconds = Annotated[float, Field(ge=0, le=100_000_000), Expected("a number of seconds, 0 or more")]
Length = _Seconds | Literal["never"] | LengthSettings
"""A duration that is always drawn alike: seconds, `never`, or a distribution."""
Duration = _Seconds | Literal["never"] | DurationSettings
"""The same, or one that changes with the time."""


def check_starts(starts: list[float], period_s: float | None) -> None:
    """Raises a refusal unless times rise from 0 and end before they begin again."""
    if starts[0] != 0 or any(b <= a for a, b in itertools.pairwise(starts)):
        raise refusal("the times do not rise from 0", "0 first, then each later than the last")
    if period_s is not None and period_s <= starts[-1]:
        raise refusal("it begins again before its last interval", "a longer period_s")


def length_of(length: Length) -> Distribution:
    """The distribution that a length describes."""
    if isinstance(length, str):
        return Never()
    if isinstance(length, int | float):
        return Constant(round(length * 1_000_000))
    return length.distribution
