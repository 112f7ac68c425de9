"""Distributions as a scenario writes them: small mappings, durations in seconds.

    180                                                         always 180 s
    never                                                       endless
    {kind: constant, value_s: 180}
    {kind: exponential, mean_s: 180}
    {kind: uniform, low_s: 2, high_s: 8}
    {kind: triangular, low_s: 60, mode_s: 120, high_s: 600}
    {kind: lognormal, mean_s: 180, cv: 1.1}                     or sd_s in place of cv
    {kind: weibull, mean_s: 120, shape: 0.8}                    or scale_s in place of mean_s
    {kind: gamma, mean_s: 180, cv: 0.5}                         or shape in place of cv
    {kind: erlang, mean_s: 180, stages: 3}
    {kind: empirical, values_s: [12, 80, 300], weights: [3, 2, 1]}
    {kind: kaplan_meier, times_s: [10, 60], survival: [0.9, 0.4], last_s: 90, tail: exponential}
    {kind: never}

`weights` may be left out (all equal), `last_s` (the last of the times) and `tail` (exponential;
the others are last and never) too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from adapters.sim.draws.distributions import (
    Constant,
    Distribution,
    DistributionError,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Triangular,
    Uniform,
    Weibull,
)
from adapters.sim.draws.kaplan_meier import KaplanMeier, SurvivalCurve, Tail

US = 1_000_000


def parse_distribution(data: object) -> Distribution:
    """The distribution that a scenario describes, see the module for the forms.

    Args:
        data: a number of seconds, the word `never`, or a mapping with `kind`.

    Raises:
        DistributionError: what is wrong, and what would be right.
    """
    if data == "never":
        return Never()
    if isinstance(data, int | float) and not isinstance(data, bool):
        return Constant(round(_seconds("the duration", data)))
    if not isinstance(data, Mapping):
        raise DistributionError(
            f"{data!r} is no distribution: expected a number of seconds, never, or a mapping "
            "with kind"
        )
    settings = _Settings(data)
    distribution = settings.build()
    settings.refuse_unused()
    return distribution


class _Settings:
    """One mapping; remembers what was read of it, so that what was not can be refused."""

    def __init__(self, data: Mapping[object, object]) -> None:
        self._data = data
        self._used = ["kind"]
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            raise DistributionError(f"kind is {kind!r}, expected one of {', '.join(_KINDS)}")
        self._kind = kind

    def build(self) -> Distribution:
        try:
            return _KINDS[self._kind](self)
        except DistributionError as error:
            raise DistributionError(f"{self._kind}: {error}") from None

    def refuse_unused(self) -> None:
        unknown = [str(name) for name in self._data if name not in self._used]
        if unknown:
            raise DistributionError(
                f"{self._kind}: {', '.join(unknown)} unknown; it takes {', '.join(self._used[1:])}"
            )

    def has(self, name: str) -> bool:
        if name not in self._used:
            self._used.append(name)
        return name in self._data

    def one_of(self, *names: str) -> str:
        """Which of the names is given: one exactly."""
        given = [name for name in names if self.has(name)]
        if len(given) != 1:
            found = "both are given" if given else "neither is given"
            raise DistributionError(f"expected {' or '.join(names)}, {found}")
        return given[0]

    def number(self, name: str) -> float:
        return _number(name, self._value(name))

    def us(self, name: str) -> float:
        return _seconds(name, self._value(name))

    def numbers(self, name: str) -> tuple[float, ...]:
        return tuple(_number(f"{name} {place}", item) for place, item in self._items(name))

    def many_us(self, name: str) -> tuple[int, ...]:
        return tuple(round(_seconds(f"{name} {place}", item)) for place, item in self._items(name))

    def word(self, name: str) -> str:
        value = self._value(name)
        if not isinstance(value, str):
            raise DistributionError(f"{name} is {value!r}, expected a word")
        return value

    def whole(self, name: str) -> int:
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise DistributionError(f"{name} is {value!r}, expected a whole number")
        return value

    def _value(self, name: str) -> object:
        if not self.has(name):
            raise DistributionError(f"{name} is missing")
        return self._data[name]

    def _items(self, name: str) -> list[tuple[int, object]]:
        value = self._value(name)
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise DistributionError(f"{name} is {value!r}, expected a list")
        return list(enumerate(value, start=1))


def _number(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise DistributionError(f"{name} is {value!r}, expected a number")
    return float(value)


def _seconds(name: str, value: object) -> float:
    number = _number(name, value)
    if number < 0:
        raise DistributionError(f"{name} is {value}, expected 0 or more")
    return number * US


def _lognormal(settings: _Settings) -> Lognormal:
    mean_us = settings.us("mean_s")
    if settings.one_of("cv", "sd_s") == "cv":
        return Lognormal(mean_us, settings.number("cv"))
    if not mean_us:
        raise DistributionError("mean_s is 0, expected more than 0")
    return Lognormal(mean_us, settings.us("sd_s") / mean_us)


def _weibull(settings: _Settings) -> Weibull:
    shape = settings.number("shape")
    if settings.one_of("mean_s", "scale_s") == "scale_s":
        return Weibull(settings.us("scale_s"), shape)
    return Weibull.of_mean(settings.us("mean_s"), shape)


def _gamma(settings: _Settings) -> Gamma:
    mean_us = settings.us("mean_s")
    if settings.one_of("cv", "shape") == "shape":
        return Gamma(mean_us, settings.number("shape"))
    cv = settings.number("cv")
    if cv <= 0:
        raise DistributionError(f"cv is {cv}, expected more than 0")
    return Gamma(mean_us, 1 / (cv * cv))


def _empirical(settings: _Settings) -> Empirical:
    values_us = settings.many_us("values_s")
    return Empirical(values_us, settings.numbers("weights") if settings.has("weights") else ())


def _kaplan_meier(settings: _Settings) -> KaplanMeier:
    times_us = settings.many_us("times_s")
    survival = settings.numbers("survival")
    if settings.has("last_s"):
        last_us = round(settings.us("last_s"))
    else:
        last_us = times_us[-1] if times_us else 0
    tail = settings.word("tail") if settings.has("tail") else Tail.EXPONENTIAL.value
    if tail not in list(Tail):
        raise DistributionError(f"tail is {tail!r}, expected one of {', '.join(Tail)}")
    return KaplanMeier(SurvivalCurve(times_us, survival, last_us), Tail(tail))


_KINDS: dict[str, Callable[[_Settings], Distribution]] = {
    "constant": lambda settings: Constant(round(settings.us("value_s"))),
    "empirical": _empirical,
    "erlang": lambda settings: Erlang(settings.us("mean_s"), settings.whole("stages")),
    "exponential": lambda settings: Exponential(settings.us("mean_s")),
    "gamma": _gamma,
    "kaplan_meier": _kaplan_meier,
    "lognormal": _lognormal,
    "never": lambda settings: Never(),
    "triangular": lambda settings: Triangular(
        settings.us("low_s"), settings.us("mode_s"), settings.us("high_s")
    ),
    "uniform": lambda settings: Uniform(settings.us("low_s"), settings.us("high_s")),
    "weibull": _weibull,
}
DISTRIBUTION_KINDS = tuple(_KINDS)
