"""How far a figure picked for being high comes down by itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core.impact import (
    Level,
    expected_return,
    expected_return_when_picked,
    level_of_areas,
)
from openscrutiny.core.impact.regression_to_the_mean import UNKNOWN


def level(mean: float, weight: float) -> Level:
    return Level(np.array(mean), np.array(weight))


def test_a_level_lies_between_what_was_known_and_what_was_seen() -> None:
    seen = level(10.0, 2.0).after_seeing(60, 4)
    assert float(seen.mean) == pytest.approx((20 + 60) / 6)
    assert float(seen.weight) == 6
    wider = level(10.0, 2.0).after_seeing(60, 4, 2.0)
    assert float(wider.mean) == pytest.approx((20 + 30) / 4)
    assert float(wider.weight) == 4


def test_a_level_known_for_certain_stays_and_an_unknown_one_is_what_was_seen() -> None:
    certain = level(10.0, math.inf).after_seeing(60, 4)
    assert (float(certain.mean), float(certain.weight)) == (10, math.inf)
    new = UNKNOWN.after_seeing(60, 4)
    assert (float(new.mean), float(new.weight)) == (60.5 / 4, 4)


def test_the_levels_of_areas_vary_as_marshall_has_it() -> None:
    found = level_of_areas([10.0, 30.0, 20.0], [10.0, 10.0, 20.0])
    mean, between = 60 / 40, (10 * 0.25 + 10 * 2.25 + 20 * 0.25) / 40 - 1.5 * 3 / 40
    assert float(found.mean) == pytest.approx(mean)
    assert float(found.weight) == pytest.approx(mean / between)
    wider = level_of_areas([10.0, 30.0, 20.0], [10.0, 10.0, 20.0], 2.0)
    assert float(wider.weight) == pytest.approx(mean / (between - 1.5 * 3 / 40))


def test_areas_that_differ_by_no_more_than_chance_have_one_level() -> None:
    found = level_of_areas([10.0, 11.0], [10.0, 10.0])
    assert (float(found.mean), float(found.weight)) == (1.05, math.inf)


@pytest.mark.parametrize(
    ("events", "exposure"),
    [([5.0], [1.0]), ([5.0, math.nan], [1.0, 1.0]), ([5.0, 3.0], [1.0, 0.0]), ([0.0, 0.0], [1, 1])],
)
def test_nothing_is_known_of_fewer_than_two_areas_or_without_events(
    events: list[float], exposure: list[float]
) -> None:
    found = level_of_areas(events, exposure)
    assert (float(found.mean), float(found.weight)) == (0, 0)


def test_areas_not_known_are_left_out() -> None:
    with_gap = level_of_areas([10.0, math.nan, 30.0, 4.0], [10.0, 5.0, 10.0, 0.0])
    without = level_of_areas([10.0, 30.0], [10.0, 10.0])
    assert with_gap == pytest.approx(without) or (
        float(with_gap.mean) == float(without.mean)
        and float(with_gap.weight) == float(without.weight)
    )


def test_the_return_to_expect_is_towards_what_was_known() -> None:
    assert float(expected_return(level(10.0, 12.0), 180, 12)) == pytest.approx(12.5 / 15 - 1)
    assert float(expected_return(level(10.0, 12.0), 60, 12)) == pytest.approx(7.5 / 5 - 1)
    assert float(expected_return(level(10.0, 12.0), 180, 12, 2.0)) == pytest.approx(
        (120 + 90) / 18 / 15 - 1
    )
    assert math.isnan(float(expected_return(level(10.0, 12.0), 0, 12)))
    assert math.isnan(float(expected_return(level(10.0, 12.0), 5, 0)))


def test_many_levels_are_told_at_once_and_each_as_if_alone() -> None:
    events = np.array([[10, 30, 20], [0, 0, 0], [10, 11, 10], [3, 0, 9]])
    exposure = np.array([[10, 10, 20], [1, 1, 1], [10, 10, 10], [0.5, 0, 0.75]])
    found = level_of_areas(events, exposure)
    for k in range(4):
        alone = level_of_areas(list(events[k]), list(exposure[k]))
        assert (found.mean[k], found.weight[k]) == (float(alone.mean), float(alone.weight))
    # Of two areas with half a unit and three quarters, rates of 6 and 12 about 9.6.
    between = (0.5 * 3.6**2 + 0.75 * 2.4**2) / 1.25 - 9.6 * 2 / 1.25
    assert found.mean[3] == pytest.approx(9.6)
    assert found.weight[3] == (math.inf if between <= 0 else pytest.approx(9.6 / between))
    seen = Level(np.array([10.0, 10.0, 0.0]), np.array([2.0, math.inf, 0.0])).after_seeing(
        [60, 60, 60], [4, 4, 4]
    )
    assert list(seen.mean) == pytest.approx([80 / 6, 10, 60.5 / 4])
    assert list(seen.weight) == [6, math.inf, 4]
    # Half a unit of knowledge counts for half a unit.
    little = level(10.0, 0.5).after_seeing(3, 1)
    assert (float(little.mean), float(little.weight)) == (pytest.approx(8 / 1.5), 1.5)


def test_the_return_of_many_figures_is_each_its_own() -> None:
    known = Level(np.array(0.5), np.array(12.0))
    found = expected_return(known, [9, 3, 0, 5], [12, 12, 12, 0])
    assert list(found[:2]) == pytest.approx([(15 / 24) / 0.75 - 1, (9 / 24) / 0.25 - 1])
    assert np.isnan(found[2:]).all()
    unknown = expected_return(UNKNOWN, [4, 0], [8, 0])
    assert unknown[0] == pytest.approx(4.5 / 4 - 1)
    assert math.isnan(unknown[1])


def test_the_return_of_many_classes_is_each_its_own() -> None:
    means, heights = [0.0, 0.05, 3.0, -1.0], [2.0, 0.5, 2.0, -100.0]
    found = expected_return_when_picked(means, heights, spread=0.2)
    assert np.isnan(found[[0, 3]]).all()
    assert list(found[1:3]) == pytest.approx(
        [added_up(0.05, 0.5, 0.2), added_up(3.0, 2.0, 0.2)], rel=1e-8
    )
    # With 0.6 expected, one event is a high figure: what remains of it is 0.6 / 1.33 or so.
    assert float(expected_return_when_picked(0.05, 0.0)) == pytest.approx(
        added_up(0.05, 0.0, 0.0), rel=1e-8
    )


def added_up(mean: float, height: float, spread: float) -> float:
    """The same by adding up every possible count of a year."""
    expected = 12 * mean
    y = np.arange(0, int(expected * 30 + 400))
    if spread:
        chance = stats.nbinom.pmf(y, 1 / spread, 1 / (1 + spread * expected))
        again = expected * (1 / spread + y) / (1 / spread + expected)
    else:
        chance, again = stats.poisson.pmf(y, expected), np.full(len(y), expected)
    high = y > expected + height * math.sqrt(expected)
    return float((chance * again)[high].sum() / (chance * y)[high].sum() - 1)


@pytest.mark.parametrize("mean", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("height", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("spread", [0.0, 0.05, 0.4])
def test_the_return_of_a_whole_class_is_what_adding_up_gives(
    mean: float, height: float, spread: float
) -> None:
    found = expected_return_when_picked(mean, height, spread=spread)
    assert float(found) == pytest.approx(added_up(mean, height, spread), rel=1e-8)


def test_wider_counts_come_back_further() -> None:
    found = expected_return_when_picked(10.0, 2.0, dispersion=2.0)
    y = np.arange(2000)
    chance = stats.nbinom.pmf(y, 120, 0.5)
    high = y > 120 + 2 * math.sqrt(120)
    assert float(found) == pytest.approx(
        120 * chance[high].sum() / (chance * y)[high].sum() - 1, rel=1e-8
    )
    assert found < expected_return_when_picked(10.0, 2.0)


def test_the_months_of_the_figure_are_a_year_unless_said() -> None:
    year, two = (float(expected_return_when_picked(10.0, 2.0, months=m)) for m in (12, 24))
    assert year == float(expected_return_when_picked(10.0, 2.0))
    assert two == float(expected_return_when_picked(20.0, 2.0))


def test_a_figure_that_every_series_has_does_not_come_down() -> None:
    assert float(expected_return_when_picked(5.0, -100.0)) == pytest.approx(0.0)
    assert float(expected_return_when_picked(5.0, -100.0, spread=0.2)) == pytest.approx(0.0)


@pytest.mark.parametrize("mean", [0.0, -1.0])
def test_nothing_is_said_of_series_without_events(mean: float) -> None:
    assert math.isnan(float(expected_return_when_picked(mean, 2.0)))


def test_it_agrees_with_what_was_measured_by_simulation() -> None:
    """Falls measured of series picked at z above 1, 2 and 3, by the mean of a month."""
    measured = {
        (1.0, 1.5, 2.0): (-0.27, -0.35, -0.40),
        (2.0, 3.0, 4.0, 6.0, 8.0): (-0.18, -0.22, -0.27),
        (8.0, 10.0, 14.0, 20.0): (-0.13, -0.15, -0.18),
    }
    for means, falls in measured.items():
        for height, fall in zip((1.0, 2.0, 3.0), falls, strict=True):
            found = expected_return_when_picked(means, height).mean()
            assert found == pytest.approx(fall, abs=0.07), (means, height)


@given(st.floats(0.3, 1e8), st.floats(0.0, 4.0), st.floats(0.0, 2.0))
def test_what_is_picked_for_being_high_is_expected_to_fall(
    mean: float, height: float, spread: float
) -> None:
    found = float(expected_return_when_picked(mean, height, spread=spread))
    assert -1 < found <= 1e-9
