"""Whether the last months of a baseline look picked, against a loop."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from openscrutiny.core.impact import Direction, Plan, Shape
from openscrutiny.core.impact.baseline import looks_picked, past_of
from openscrutiny.core.impact.figures import Figures
from openscrutiny.core.months import Month

START = Month.of(2024, 1)
PLAN = Plan(
    measure="offences",
    area="north",
    direction=Direction.FALL,
    start=START,
    shape=Shape.LEVEL,
    declared_on=date(2023, 11, 1),
    triggered_by=None,
)
MONTHS = (START + (-20)).through(START + (-1))
LATE = np.arange(20) >= 17
REST = ~LATE


def away(y: np.ndarray, e: np.ndarray) -> float:
    """How many standard deviations the late months stand above what the rest lets one expect."""
    rate = (y[REST].sum() + 0.5) / e[REST].sum()
    usual = rate * e[LATE].sum()
    squares = sum((y[t] - rate * e[t]) ** 2 / (rate * e[t]) for t in np.flatnonzero(REST))
    dispersion = max(squares / (REST.sum() - 1), 1)
    return float(
        (y[LATE].sum() - usual)
        / math.sqrt(dispersion * usual * (1 + e[LATE].sum() / e[REST].sum()))
    )


@pytest.mark.parametrize("wide", [1.0, 5.0])
def test_months_look_picked_beyond_one_and_a_half_standard_deviations(wide: float) -> None:
    rng = np.random.default_rng(1)
    e = rng.uniform(0.5, 2, (200, 20))
    y = rng.poisson(rng.gamma(10 / wide, wide, (200, 20)) * e).astype(float)
    figures = Figures.checked(MONTHS, y, e, None, None)
    wanted = np.array([away(a, b) for a, b in zip(y, e, strict=True)])
    assert np.array_equal(looks_picked(PLAN, figures, LATE, REST), wanted > 1.5)
    rise = replace(PLAN, direction=Direction.RISE)
    assert np.array_equal(looks_picked(rise, figures, LATE, REST), wanted < -1.5)
    assert 5 < (wanted > 1.5).sum() < 60
    assert (wanted < -1.5).sum() > 0


def test_months_without_any_event_do_not_look_picked() -> None:
    figures = Figures.checked(MONTHS, np.zeros((2, 20)), None, None, None)
    assert not looks_picked(PLAN, figures, LATE, REST).any()


def test_the_height_is_told_from_what_came_before() -> None:
    y = np.r_[np.full(8, 4.0), np.full(12, 9.0)]
    figures = Figures.checked(MONTHS, y, None, None, None)
    found = past_of(figures, PLAN, np.ones(20, bool), np.array(1.0))
    usual = 12 * 32.5 / 8
    assert float(found.height) == pytest.approx((108 - usual) / math.sqrt(usual))
    assert float(found.raw) == pytest.approx(140 / 20)
    assert float(found.shrunk) == float(found.raw)
    assert list(np.flatnonzero(found.picked)) == list(range(8, 20))
    assert float(found.expected_return) == pytest.approx((32.5 + 108) / 20 / 9 - 1)
