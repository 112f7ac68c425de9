"""Student's t distribution: how wide a confidence interval over few replications must be."""

from __future__ import annotations

import math
from functools import lru_cache


def student_t_cdf(t: float, degrees: float) -> float:
    """P(T ≤ t) with this many degrees of freedom (above 0).

    By the regularized incomplete beta function (Abramowitz and Stegun 26.7.1).
    """
    if degrees <= 0:
        raise ValueError(f"{degrees} degrees of freedom: expected more than 0")
    if math.isinf(t):
        return 1.0 if t > 0 else 0.0
    tail = incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2
    return 1.0 - tail if t > 0 else tail


@lru_cache(maxsize=1024)
def student_t_quantile(probability: float, degrees: float) -> float:
    """The t that P(T ≤ t) = probability, by bisection to the last digits.

    Raises:
        ValueError: the probability is not between 0 and 1, or no degrees of freedom.
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"a probability of {probability}: expected between 0 and 1")
    if probability < 0.5:
        return -student_t_quantile(1.0 - probability, degrees)
    low, high = 0.0, 1.0
    while student_t_cdf(high, degrees) < probability:
        low, high = high, high * 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if student_t_cdf(middle, degrees) < probability:
            low = middle
        else:
            high = middle


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function I_x(a, b), for a, b > 0 and x from 0 to 1.

    Continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions, evaluated by
    Lentz's method; where it converges slowly, by I_x(a, b) = 1 − I_{1−x}(b, a).
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    scale = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return scale * _beta_fraction(a, b, x) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    """1/(1+ d₁/(1+ d₂/(1+ …))) with the d of DLMF 8.17.22."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    step = 0
    while True:
        step += 1
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        for factor in (even, odd):
            d = 1.0 + factor * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + factor / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-15 or step >= 10_000:
            return value
