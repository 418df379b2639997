"""A plan is declared before what it judges, and says when there is enough to judge."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from openscrutiny.core.impact import Direction, Plan, Season, Shape, interrupted, readiness
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period

START = Month.of(2024, 3)
PLAN = Plan(
    measure="offences",
    area="north",
    direction=Direction.FALL,
    start=START,
    shape=Shape.LEVEL,
    declared_on=date(2024, 2, 29),
    triggered_by=None,
)


def test_a_plan_is_declared_at_the_latest_on_the_day_before_its_start() -> None:
    assert PLAN.declared_on == date(2024, 2, 29)
    assert (PLAN.lag, PLAN.comparison) == (0, ())
    with pytest.raises(Refused) as refused:
        replace(PLAN, declared_on=date(2024, 3, 1))
    assert str(refused.value) == (
        "A plan is declared before the months it judges begin. This one was declared on "
        "2024-03-01 and starts in March 2024: choose April 2024 or later as its start."
    )
    with pytest.raises(Refused, match="choose January 2025 or later"):
        replace(PLAN, declared_on=date(2024, 12, 31))


def test_a_lag_does_not_excuse_declaring_after_the_start() -> None:
    with pytest.raises(Refused, match="declared on 2024-03-20"):
        replace(PLAN, declared_on=date(2024, 3, 20), lag=6)


def test_the_triggering_months_lie_before_the_start() -> None:
    last = Period(START + (-3), START + (-1))
    assert replace(PLAN, triggered_by=last).triggered_by == last
    with pytest.raises(Refused) as refused:
        replace(PLAN, triggered_by=Period(START + (-3), START))
    assert str(refused.value) == (
        "The months that led to a recommendation lie before its start, March 2024; those of this "
        "plan end in March 2024."
    )


@pytest.mark.parametrize("lag", [-1, 25])
def test_a_lag_is_between_nothing_and_two_years(lag: int) -> None:
    with pytest.raises(Refused) as refused:
        replace(PLAN, lag=lag)
    assert str(refused.value) == f"A lag is 0 to 24 months, not {lag}."
    assert replace(PLAN, lag=24).after_from == START + 24


def test_an_area_is_compared_with_others_each_once() -> None:
    with pytest.raises(Refused) as itself:
        replace(PLAN, comparison=("south", "north"))
    assert str(itself.value) == "north cannot be compared with itself: leave it out."
    with pytest.raises(Refused) as twice:
        replace(PLAN, comparison=("south", "south"))
    assert str(twice.value) == (
        "An area is named twice among those to compare with: name each once."
    )


def test_triggering_months_and_those_of_the_lag_count_on_neither_side() -> None:
    plan = replace(PLAN, lag=2, triggered_by=Period(START + (-4), START + (-2)))
    months = (START + (-6)).through(START + 4)
    assert list(np.flatnonzero(plan.before(months))) == [0, 1, 5]
    assert list(np.flatnonzero(plan.triggering(months))) == [2, 3, 4]
    assert list(np.flatnonzero(plan.after(months))) == [8, 9, 10]
    assert not PLAN.triggering(months).any()


@pytest.mark.parametrize(
    ("shape", "before", "after"), [(Shape.LEVEL, 12, 8), (Shape.LEVEL_AND_SLOPE, 24, 12)]
)
def test_each_shape_has_its_least_months(shape: Shape, before: int, after: int) -> None:
    plan = replace(PLAN, shape=shape)
    months = (START + (-before)).through(START + (after - 1))
    known = np.ones(len(months), bool)
    enough = readiness(plan, months, known)
    assert enough.enough
    assert (enough.before, enough.after, enough.missing) == (before, after, "")
    assert enough.told_from is None
    early = readiness(plan, months[:-1], known[:-1])
    assert not early.enough
    assert early.missing == "Figures are needed for 1 more month from March 2024 on."
    assert early.told_from == months[-1]
    old = readiness(plan, months[1:], known[1:])
    assert old.missing == (
        "Figures are needed for 1 more month before March 2024, which only older figures can bring."
    )
    assert old.told_from is None


def test_what_is_missing_on_both_sides_is_said_and_waiting_is_not_advised() -> None:
    months = (START + (-3)).through(START + 1)
    found = readiness(PLAN, months, np.ones(5, bool))
    assert (found.before, found.after) == (3, 2)
    assert found.missing == (
        "Figures are needed for 9 more months before March 2024, which only older figures can "
        "bring and 6 more months from March 2024 on."
    )
    assert found.told_from is None


def test_the_month_it_can_be_told_counts_the_lag_and_the_months_not_known() -> None:
    plan = replace(PLAN, lag=3)
    before_start = (START + (-20)).through(START + (-1))
    found = readiness(plan, before_start, np.ones(20, bool))
    assert found.told_from == START + 3 + 7
    months = (START + (-20)).through(START + 5)
    known = np.ones(26, bool)
    known[24] = False
    assert readiness(plan, months, known).after == 2
    assert readiness(plan, months, known).told_from == START + 5 + 6


def test_a_design_has_level_trend_season_step_and_ramp() -> None:
    months = [m for m in START.through(START + 6) if m != START + 4]
    after = np.array([m >= START + 3 for m in months])
    found = interrupted(months, after, shape=Shape.LEVEL_AND_SLOPE, season=Season.ONE_WAVE)
    assert found.terms == ("level_before", "trend", "sine_1", "cosine_1", "step", "ramp")
    assert list(found.matrix[:, 0]) == [1] * 6
    middle = np.mean([0, 1, 2, 3, 5, 6])
    assert found.matrix[:, 1] == pytest.approx((np.array([0, 1, 2, 3, 5, 6]) - middle) / 12)
    angle = 2 * np.pi * (np.array([0, 1, 2, 3, 5, 6]) + 2) / 12
    assert found.matrix[:, 2] == pytest.approx(np.sin(angle), abs=1e-9)
    assert found.matrix[:, 3] == pytest.approx(np.cos(angle), abs=1e-9)
    assert list(found.matrix[:, 4]) == [0, 0, 0, 1, 1, 1]
    assert list(found.matrix[:, 5]) == [0, 0, 0, 1, 3, 4]
    assert list(found.contrast) == pytest.approx([0, 0, 0, 0, 1, 8 / 3])
    assert list(found.at - START.ordinal) == [0, 1, 2, 3, 5, 6]
    level = interrupted(months, after, shape=Shape.LEVEL, season=Season.NONE)
    assert level.terms == ("level_before", "trend", "step")
    assert list(level.contrast) == [0, 0, 1]


def test_the_season_is_two_waves_from_sixty_months_or_month_by_month_if_asked() -> None:
    assert Season.fitting(59) is Season.ONE_WAVE
    assert Season.fitting(60) is Season.TWO_WAVES
    months = START.through(START + 23)
    after = np.arange(24) > 11
    two = interrupted(months, after, shape=Shape.LEVEL, season=Season.TWO_WAVES)
    waves = ("sine_1", "cosine_1", "sine_2", "cosine_2")
    assert two.terms == ("level_before", "trend", *waves, "step")
    assert two.matrix[1, 4] == pytest.approx(np.sin(4 * np.pi * 3 / 12), abs=1e-9)
    assert two.matrix[2, 4] == pytest.approx(np.sin(4 * np.pi * 4 / 12))
    each = interrupted(months, after, shape=Shape.LEVEL, season=Season.MONTHS)
    assert each.terms[2:] == (*(f"month_{k}" for k in range(2, 13)), "step")
    assert list(each.matrix[:, 2:13].sum(axis=1)) == [0 if m.number == 1 else 1 for m in months]
    assert each.matrix[0, 3] == 1
