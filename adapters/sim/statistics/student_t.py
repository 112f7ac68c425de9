"""Quantiles of Student's t: how wide a confidence interval over few replications is."""

from __future__ import annotations

from functools import lru_cache

from adapters.sim.statistics.scipy_extra import require_scipy


@lru_cache(maxsize=1024)
def student_t_quantile(probability: float, degrees: float) -> float:
    """The t with P(T ≤ t) = probability.

    Raises:
        MissingScipyError: scipy is not installed.
        ValueError: the probability is not between 0 and 1, or the degrees of freedom are not
            above 0.
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"a probability of {probability}: expected between 0 and 1")
    if degrees <= 0:
        raise ValueError(f"{degrees} degrees of freedom: expected more than 0")
    require_scipy()
    # Here, not above: loading it takes a quarter of a second, and one replication has no interval.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))
