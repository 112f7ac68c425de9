from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sim.statistics.student_t import student_t_quantile

# NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2.
TABLE = [
    (1, 0.90, 3.078), (1, 0.975, 12.706), (1, 0.995, 63.657),
    (2, 0.95, 2.920), (2, 0.975, 4.303), (2, 0.995, 9.925),
    (4, 0.975, 2.776), (5, 0.975, 2.571), (9, 0.95, 1.833), (9, 0.975, 2.262),
    (10, 0.99, 2.764), (19, 0.975, 2.093), (29, 0.975, 2.045), (30, 0.995, 2.750),
    (60, 0.975, 2.000), (100, 0.975, 1.984), (100, 0.999, 3.174),
]  # fmt: skip


@pytest.mark.parametrize(("degrees", "probability", "t"), TABLE)
def test_the_published_table(degrees: int, probability: float, t: float) -> None:
    assert student_t_quantile(probability, degrees) == pytest.approx(t, abs=5.1e-4)


def test_where_the_quantile_is_known_exactly() -> None:
    # One degree of freedom is the Cauchy distribution, two have a closed form.
    for probability in (0.6, 0.9, 0.975, 0.9995):
        assert student_t_quantile(probability, 1) == pytest.approx(
            math.tan(math.pi * (probability - 0.5)), rel=1e-10
        )
        both = 2 * probability - 1
        assert student_t_quantile(probability, 2) == pytest.approx(
            both * math.sqrt(2 / (1 - both * both)), rel=1e-10
        )
    # With very many it is the normal distribution.
    assert student_t_quantile(0.975, 1e9) == pytest.approx(1.959963985, abs=1e-6)


@given(st.floats(0.001, 0.999), st.integers(1, 500))
def test_the_quantiles_are_symmetric_and_rise(probability: float, degrees: int) -> None:
    t = student_t_quantile(probability, degrees)
    assert student_t_quantile(1 - probability, degrees) == pytest.approx(-t, abs=1e-9)
    assert student_t_quantile(0.9995, degrees) > t


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 3), (1.0, 3), (0.9, 0)])
def test_what_has_no_answer(probability: float, degrees: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        student_t_quantile(probability, degrees)
