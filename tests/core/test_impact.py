"""What is concluded of a figure after a recommendation, and when nothing is."""

import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core.impact import (
    Conclusion,
    Direction,
    Impact,
    Level,
    Plan,
    Season,
    Shape,
    assess,
    effect,
    expected_return,
    fit,
    interrupted,
    level_of_areas,
    measured_error,
)
from openscrutiny.core.impact.diagnostics import inflation, unbiased_lag_one
from openscrutiny.core.impact.figures import Figures, measure
from openscrutiny.core.impact.placebos import _rank, placebo_areas, placebo_dates
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period
from tests.core import deep_impact
from tests.core.deep_impact import Cell

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
MONTHS = (START + (-36)).through(START + 11)
RNG = np.random.default_rng(5)
STEADY = RNG.poisson(20, (3, 48)).astype(float)
FALLEN = STEADY.copy()
FALLEN[:, 36:] = RNG.poisson(6, (3, 12))
OTHERS = RNG.poisson(20, (3, 9, 48)).astype(float)
COMPARED = replace(PLAN, comparison=tuple(f"area {i}" for i in range(9)))


def said(found: Impact) -> list[Conclusion]:
    return list(found.conclusion.ravel())


# ---- conclusions ------------------------------------------------------------------------------


def test_a_large_fall_is_an_improvement_if_a_fall_was_hoped_for_and_else_worse() -> None:
    found = assess(PLAN, MONTHS, FALLEN)
    assert said(found) == [Conclusion.IMPROVED] * 3
    assert (found.high < 0).all()
    assert (found.change < -0.5).all()
    rise = assess(replace(PLAN, direction=Direction.RISE), MONTHS, FALLEN)
    assert said(rise) == [Conclusion.WORSE] * 3
    assert rise.p == pytest.approx(found.p)


def test_a_large_rise_is_worse_if_a_fall_was_hoped_for_and_else_an_improvement() -> None:
    risen = STEADY.copy()
    risen[:, 36:] *= 3
    assert said(assess(PLAN, MONTHS, risen)) == [Conclusion.WORSE] * 3
    rise = replace(PLAN, direction=Direction.RISE)
    assert said(assess(rise, MONTHS, risen)) == [Conclusion.IMPROVED] * 3


def test_steady_figures_show_no_detectable_change() -> None:
    found = assess(PLAN, MONTHS, STEADY)
    assert said(found) == [Conclusion.NO_DETECTABLE_CHANGE] * 3
    assert all(isinstance(c, Conclusion) for c in said(found))
    assert ((found.low < 0) & (found.high > 0)).all()
    assert list(found.reason) == ["", "", ""]


def test_a_figure_that_falls_to_nothing_is_seen_to_fall() -> None:
    nothing = STEADY[0].copy()
    nothing[36:] = 0
    found = assess(PLAN, MONTHS, nothing)
    assert found.conclusion.shape == ()
    assert said(found) == [Conclusion.IMPROVED]
    assert -1 < float(found.change) < -0.9
    assert float(found.observed) == 0


def test_against_others_a_fall_that_everybody_shares_is_none() -> None:
    others = OTHERS.copy()
    others[..., 36:] = RNG.poisson(6, (3, 9, 12))
    alike = assess(COMPARED, MONTHS, FALLEN, others=others)
    assert Conclusion.IMPROVED not in said(alike)
    alone = assess(COMPARED, MONTHS, FALLEN, others=OTHERS)
    assert said(alone) == [Conclusion.IMPROVED] * 3


def by_hand(y: np.ndarray, plan: Plan, *, coverage: float = 0.95) -> dict[str, np.ndarray]:
    """The numbers of a series without gaps from the parts, which have tests of their own."""
    before, after = plan.before(MONTHS), plan.after(MONTHS)
    used = before | after
    months = [m for m, yes in zip(MONTHS, used, strict=True) if yes]
    design = interrupted(months, after[used], shape=plan.shape, season=Season.fitting(len(months)))
    fitted = fit(y[..., used], design.matrix, firth=True)
    got = effect(fitted, design.contrast, design.at)
    low, high = got.interval(coverage)
    dispersion = np.maximum(fitted.dispersion, 1)
    plain = np.sqrt(
        np.einsum("i,kij,j->k", design.contrast, fitted.bread, design.contrast) * dispersion
    )
    r = unbiased_lag_one(fitted.pearson, len(design.terms))
    ratio = np.exp(got.estimate)
    return {
        "change": ratio - 1,
        "low": np.exp(low) - 1,
        "high": np.exp(high) - 1,
        "p": got.p(),
        "observed": y[:, after].sum(axis=1),
        "expected": fitted.fitted[:, after[used]].sum(axis=1) / ratio,
        "error": got.error,
        "plain_error": plain,
        "inflated_error": plain * np.sqrt((1 + np.maximum(r, 0)) / (1 - np.maximum(r, 0))),
        "lag_one": r,
        "dispersion": dispersion,
        "baseline": y[:, before].mean(axis=1),
        "shrunk_baseline": y[:, before].mean(axis=1),
    }


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        replace(PLAN, shape=Shape.LEVEL_AND_SLOPE),
        replace(PLAN, lag=3, triggered_by=Period(START + (-5), START + (-3))),
    ],
)
def test_the_numbers_are_those_of_the_parts(plan: Plan) -> None:
    wide = RNG.poisson(RNG.gamma(4, 5, (3, 48))).astype(float)
    if plan.shape is Shape.LEVEL_AND_SLOPE:
        wide = np.concatenate([wide, STEADY, FALLEN])
    found = assess(plan, MONTHS, wide, placebos=False)
    for name, wanted in by_hand(wide, plan).items():
        assert getattr(found, name) == pytest.approx(wanted), name
    narrow = assess(plan, MONTHS, wide, placebos=False, coverage=0.8)
    assert narrow.low == pytest.approx(by_hand(wide, plan, coverage=0.8)["low"])
    assert (found.coverage, narrow.coverage) == (0.95, 0.8)


def test_the_periods_are_named_and_the_error_of_the_method_is_stated() -> None:
    found = assess(PLAN, MONTHS, STEADY)
    assert found.before == Period(START + (-36), START + (-1))
    assert found.after == Period(START, START + 11)
    assert found.picked_from == Period(START + (-12), START + (-1))
    assert found.measured_error == measured_error(Shape.LEVEL, 36)
    assert found.readiness.enough
    led = Period(START + (-4), START + (-1))
    triggered = assess(replace(PLAN, triggered_by=led), MONTHS, STEADY)
    assert triggered.picked_from == led
    assert triggered.before == Period(START + (-36), START + (-5))


def test_the_error_of_the_method_is_that_of_the_nearest_shorter_baseline() -> None:
    level, slope = Shape.LEVEL, Shape.LEVEL_AND_SLOPE
    assert measured_error(level, 59) == measured_error(level, 36)
    assert measured_error(level, 1000) == measured_error(level, 60)
    assert measured_error(level, 3) == measured_error(level, 12)
    assert measured_error(slope, 3) == measured_error(slope, 24)
    for shape, before in ((level, 12), (level, 24), (level, 36), (level, 60), (slope, 24)):
        low, high = measured_error(shape, before)
        assert 0 < low < 0.05 < high <= 0.08


def test_the_error_that_is_stated_covers_all_that_the_page_says_was_measured() -> None:
    """Nothing is stated better than it was measured: the page holds the last whole run."""
    page = Path(__file__).resolve().parents[2].joinpath("docs", "methods", "impact.md")
    rows = re.findall(r"^\| (level.*?) \| (\d+) \+ \d+ \|(.*)\|$", page.read_text(), re.MULTILINE)
    assert len(rows) == 7
    for shape, before, cells in rows:
        measured = [float(rate) / 100 for rate in re.findall(r"\d+\.\d", cells)]
        assert len(measured) == 12
        low, high = measured_error(Shape(shape.replace(" ", "_")), int(before))
        assert low <= min(measured), (shape, before)
        assert high >= max(measured), (shape, before)
        # Above one and a half times nominal only where it was measured, and said in as many words.
        assert high <= 0.075 or max(measured) > 0.075


def test_the_season_may_be_chosen() -> None:
    chosen = assess(PLAN, MONTHS, STEADY, season=Season.MONTHS, placebos=False)
    usual = assess(PLAN, MONTHS, STEADY, placebos=False)
    assert chosen.change != pytest.approx(usual.change)
    one = assess(PLAN, MONTHS, STEADY, season=Season.ONE_WAVE, placebos=False)
    assert one.change == pytest.approx(usual.change)


# ---- chance alone -----------------------------------------------------------------------------


def test_what_led_to_it_and_what_the_lag_covers_do_not_matter_to_the_change() -> None:
    plan = replace(PLAN, lag=2, triggered_by=Period(START + (-6), START + (-4)))
    high = STEADY.copy()
    high[:, 30:33] = 90
    high[:, 36:38] = 90
    quiet, loud = (assess(plan, MONTHS, y, placebos=False) for y in (STEADY, high))
    assert loud.p == pytest.approx(quiet.p)
    assert loud.change == pytest.approx(quiet.change)
    assert (loud.expected_return < quiet.expected_return).all()
    assert (loud.picked_height > 10).all()


def test_the_return_to_expect_is_from_the_figure_that_led_to_it() -> None:
    plan = replace(PLAN, triggered_by=Period(START + (-6), START + (-4)))
    y = STEADY.copy()
    y[:, 30:33] = 40
    found = assess(plan, MONTHS, y, placebos=False)
    wider = found.dispersion * inflation(found.lag_one) ** 2
    rest = np.delete(y[:, :36], [30, 31, 32], axis=1)
    known = Level(np.array(0.0), np.array(0.0)).after_seeing(rest.sum(axis=1), 33, wider)
    assert found.expected_return == pytest.approx(expected_return(known, 120, 3, wider))
    usual = 3 * known.mean
    assert found.picked_height == pytest.approx((120 - usual) / np.sqrt(usual))


def test_without_a_figure_that_led_to_it_the_last_year_stands_for_it() -> None:
    found = assess(PLAN, MONTHS, STEADY, placebos=False)
    wider = found.dispersion * inflation(found.lag_one) ** 2
    known = Level(np.array(0.0), np.array(0.0)).after_seeing(STEADY[:, :24].sum(axis=1), 24, wider)
    year = STEADY[:, 24:36].sum(axis=1)
    assert found.expected_return == pytest.approx(expected_return(known, year, 12, wider))


def test_with_others_the_baseline_is_drawn_towards_theirs() -> None:
    y = STEADY * 2
    found = assess(COMPARED, MONTHS, y, others=OTHERS, placebos=False)
    wider = found.dispersion * inflation(found.lag_one) ** 2
    every = np.concatenate([y[:, None], OTHERS], axis=1)[..., :24].sum(axis=-1)
    areas = level_of_areas(every, 24.0, wider)
    shrunk = areas.after_seeing(y[:, :36].sum(axis=1), 36, wider).mean
    assert found.shrunk_baseline == pytest.approx(shrunk)
    assert (found.shrunk_baseline < found.baseline).all()
    known = areas.after_seeing(y[:, :24].sum(axis=1), 24, wider)
    year = y[:, 24:36].sum(axis=1)
    assert found.expected_return == pytest.approx(expected_return(known, year, 12, wider))


def test_a_baseline_of_one_year_has_only_the_others_to_go_by() -> None:
    months, y, others = MONTHS[24:], STEADY[:, 24:], OTHERS[..., 24:]
    found = assess(COMPARED, months, y, others=others, placebos=False)
    wider = found.dispersion * inflation(found.lag_one) ** 2
    areas = level_of_areas(
        np.concatenate([y[:, None], others], axis=1)[..., :12].sum(axis=-1), 12.0, wider
    )
    year = y[:, :12].sum(axis=1)
    assert found.expected_return == pytest.approx(expected_return(areas, year, 12, wider))
    alone = assess(PLAN, months, y, placebos=False)
    assert np.isnan(alone.picked_height).all()


def test_a_fall_no_larger_than_the_way_back_is_not_claimed() -> None:
    """The baseline of an area far above the others is expected to come down by itself."""
    y = np.full(20, 4.0)
    y[0:12] = 9
    months = (START + (-12)).through(START + 7)
    others = np.random.default_rng(3).poisson(4, (40, 20)).astype(float)
    plan = replace(PLAN, comparison=tuple(str(i) for i in range(40)))
    found = assess(plan, months, y, others=others, placebos=False)
    back = float(found.shrunk_baseline / found.baseline) - 1
    assert back < -0.1
    improved = float(found.high) < back
    assert (said(found) == [Conclusion.IMPROVED]) == improved


@pytest.mark.parametrize(
    ("low", "high", "back", "wanted"),
    [
        (-0.5, -0.2, 0.0, "fell"),
        (-0.5, -0.2, -0.1, "fell"),
        (-0.5, -0.2, -0.3, "none"),
        (-0.5, -0.2, 0.3, "fell"),
        (-0.5, 0.0, 0.0, "none"),
        (0.2, 0.5, 0.0, "rose"),
        (0.2, 0.5, 0.1, "rose"),
        (0.2, 0.5, 0.3, "none"),
        (0.2, 0.5, -0.3, "rose"),
        (0.0, 0.5, 0.0, "none"),
    ],
)
def test_a_claim_excludes_both_no_change_and_the_way_back(
    low: float, high: float, back: float, wanted: str
) -> None:
    from openscrutiny.core.impact import assessment, baseline

    past = baseline.Past(
        raw=np.array(10.0),
        shrunk=np.array(10.0 * math.exp(back)),
        picked=np.array([True]),
        height=np.array(0.0),
        expected_return=np.array(0.0),
    )
    words = {"fell": Conclusion.IMPROVED, "rose": Conclusion.WORSE}
    found = assessment._conclusions(PLAN, np.array(low), np.array(high), past, np.array(True))
    assert found == words.get(wanted, Conclusion.NO_DETECTABLE_CHANGE)


@pytest.mark.parametrize("high", [slice(35, 36), slice(33, 36), slice(24, 36)])
def test_an_improvement_that_rests_on_months_that_look_picked_is_withheld(high: slice) -> None:
    y = np.full(48, 20.0) + np.tile([1.0, -1.0, 2.0, -2.0], 12)
    y[high] = 90
    y[36:] = 17
    assert said(assess(PLAN, MONTHS, y, placebos=False)) == [Conclusion.NO_DETECTABLE_CHANGE]
    y[36:] = 3
    assert said(assess(PLAN, MONTHS, y, placebos=False)) == [Conclusion.IMPROVED]


# ---- other dates, other areas -----------------------------------------------------------------


def test_placebo_dates_are_every_earlier_month_with_enough_on_either_side() -> None:
    found = assess(PLAN, MONTHS, FALLEN)
    assert found.dates is not None
    assert list(found.dates.number) == [17] * 3  # starts 12 to 28 of 36 months
    figures = Figures.checked(MONTHS, FALLEN, None, None, None)
    at = np.arange(48)
    smaller = np.zeros(3)
    for start in range(12, 29):
        one = measure(figures, at < start, (at >= start) & (at < 36), shape=Shape.LEVEL)
        smaller += one.effect.p() <= found.p
    assert found.dates.p == pytest.approx((1 + smaller) / 18)
    assert (found.dates.p >= 1 / 18).all()


def test_a_lag_leaves_fewer_placebo_dates() -> None:
    figures = Figures.checked(MONTHS, STEADY, None, None, None)
    found = placebo_dates(figures, replace(PLAN, lag=5), np.full(3, 0.5))
    assert list(found.number) == [12] * 3
    none = placebo_dates(figures, replace(PLAN, shape=Shape.LEVEL_AND_SLOPE), np.full(3, 0.5))
    assert list(none.number) == [1] * 3
    short = Figures.checked(MONTHS[20:], STEADY[:, 20:], None, None, None)
    nothing = placebo_dates(short, PLAN, np.full(3, 0.5))
    assert list(nothing.number) == [0] * 3
    assert np.isnan(nothing.p).all()


def test_placebo_areas_are_each_held_against_the_others() -> None:
    found = assess(COMPARED, MONTHS, FALLEN, others=OTHERS)
    assert found.areas is not None
    assert list(found.areas.number) == [9] * 3
    figures = Figures.checked(MONTHS, OTHERS[:, 4], None, np.delete(OTHERS, 4, axis=1), None)
    before, after = PLAN.before(MONTHS), PLAN.after(MONTHS)
    one = measure(figures, before, after, shape=Shape.LEVEL)
    together = Figures.checked(MONTHS, FALLEN, None, OTHERS, None)
    each = measure(together.in_turn(), before, after, shape=Shape.LEVEL)
    assert each.effect.p()[:, 4] == pytest.approx(one.effect.p())
    rank = (1 + (each.effect.p() <= found.p[:, None]).sum(axis=1)) / 10
    assert found.areas.p == pytest.approx(rank)


def test_a_placebo_as_strong_as_the_real_one_counts_and_an_unknown_one_does_not() -> None:
    real = np.array([0.3, math.nan, 0.01])
    others = np.array([[0.3, 0.2, math.nan, 0.5], [0.1, 0.2, 0.3, 0.4], [math.nan] * 4])
    found = _rank(real, others)
    assert found.p == pytest.approx([3 / 4, math.nan, math.nan], nan_ok=True)
    assert list(found.number) == [3, 4, 0]


def test_placebos_are_measured_with_the_season_of_the_real_one() -> None:
    usual = assess(COMPARED, MONTHS, STEADY, others=OTHERS)
    without = assess(COMPARED, MONTHS, STEADY, others=OTHERS, season=Season.NONE)
    figures = Figures.checked(MONTHS, STEADY, None, OTHERS, None)
    sides = PLAN.before(MONTHS), PLAN.after(MONTHS)
    dates = placebo_dates(figures, COMPARED, without.p, season=Season.NONE)
    areas = placebo_areas(figures, *sides, COMPARED, without.p, season=Season.NONE)
    assert without.dates is not None
    assert without.areas is not None
    assert without.dates.p == pytest.approx(dates.p)
    assert without.areas.p == pytest.approx(areas.p)
    assert usual.dates is not None
    assert usual.dates.p != pytest.approx(placebo_dates(figures, COMPARED, without.p).p)


def test_one_other_area_alone_is_no_placebo() -> None:
    plan = replace(PLAN, comparison=("south",))
    found = assess(plan, MONTHS, STEADY, others=OTHERS[:, :1])
    assert found.areas is not None
    assert list(found.areas.number) == [0] * 3
    assert np.isnan(found.areas.p).all()
    two = assess(replace(PLAN, comparison=("s", "w")), MONTHS, STEADY, others=OTHERS[:, :2])
    assert two.areas is not None
    assert list(two.areas.number) == [2] * 3


def test_placebos_can_be_left_out() -> None:
    found = assess(PLAN, MONTHS, STEADY, placebos=False)
    assert found.dates is None
    assert found.areas is None
    both = assess(PLAN, MONTHS, STEADY)
    assert both.dates is not None
    assert both.areas is not None
    assert list(both.areas.number) == [0] * 3
    nothing = Figures.checked(MONTHS, STEADY, None, None, None)
    known = np.ones(48, bool)
    assert list(placebo_areas(nothing, known, known, PLAN, np.zeros(3)).number) == [0] * 3
    with pytest.raises(Refused, match="There are no comparison areas to take in turn"):
        nothing.in_turn()


# ---- what cannot be told ----------------------------------------------------------------------


def test_one_month_short_is_too_early() -> None:
    months = (START + (-12)).through(START + 7)
    y = STEADY[:, 24:44]
    assert said(assess(PLAN, months, y)) == [Conclusion.NO_DETECTABLE_CHANGE] * 3
    early = assess(PLAN, months[:-1], y[:, :-1])
    assert said(early) == [Conclusion.TOO_EARLY] * 3
    assert early.readiness.told_from == START + 7
    assert early.readiness.missing == "Figures are needed for 1 more month from January 2024 on."
    assert np.isnan(early.change).all()
    assert np.isnan(early.expected_return).all()
    assert list(early.reason) == ["", "", ""]
    assert (early.dates, early.areas, early.picked_from) == (None, None, None)
    assert early.before == Period(START + (-12), START + (-1))
    assert early.after == Period(START, START + 6)
    assert early.coverage == 0.95
    assert early.measured_error == measured_error(Shape.LEVEL, 12)
    assert said(assess(PLAN, months[1:], y[:, 1:])) == [Conclusion.TOO_EARLY] * 3
    assert assess(PLAN, months[:12], y[:, :12]).after is None


def test_a_slope_needs_two_years_before_and_one_after() -> None:
    plan = replace(PLAN, shape=Shape.LEVEL_AND_SLOPE)
    assert Conclusion.TOO_EARLY not in said(assess(plan, MONTHS[12:], STEADY[:, 12:]))
    assert said(assess(plan, MONTHS[13:], STEADY[:, 13:])) == [Conclusion.TOO_EARLY] * 3
    assert said(assess(plan, MONTHS[12:-1], STEADY[:, 12:-1])) == [Conclusion.TOO_EARLY] * 3


def test_triggering_months_do_not_count_towards_the_baseline() -> None:
    plan = replace(PLAN, triggered_by=Period(START + (-2), START + (-1)))
    assert said(assess(plan, MONTHS[23:], STEADY[:, 23:])) == [Conclusion.TOO_EARLY] * 3
    assert Conclusion.TOO_EARLY not in said(assess(plan, MONTHS[22:], STEADY[:, 22:]))


def test_a_month_that_nobody_has_is_left_out_and_one_that_others_have_is_not_forgiven() -> None:
    gap = STEADY.copy()
    gap[:, 5] = np.nan
    assert said(assess(PLAN, MONTHS, gap)) == [Conclusion.NO_DETECTABLE_CHANGE] * 3
    gap[1, 7] = np.nan
    found = assess(PLAN, MONTHS, gap)
    assert said(found)[1] is Conclusion.NOT_ASSESSABLE
    assert found.reason[1] == (
        "A month without a figure, or no events to compare, stands in the way."
    )
    assert np.isnan(found.change[1])
    assert said(found)[0] is Conclusion.NO_DETECTABLE_CHANGE
    alone = assess(PLAN, MONTHS, gap[0])
    assert float(alone.change) == pytest.approx(found.change[0])


def test_an_area_without_exposure_in_a_month_has_no_figure_there() -> None:
    on = np.ones((3, 48))
    on[2, 10] = 0
    found = assess(PLAN, MONTHS, STEADY, exposure=on, placebos=False)
    assert said(found)[2] is Conclusion.NOT_ASSESSABLE
    whole = assess(PLAN, MONTHS, STEADY, placebos=False)
    assert found.change[:2] == pytest.approx(whole.change[:2])


def test_ten_events_before_and_five_expected_after_are_the_least() -> None:
    months = (START + (-12)).through(START + 7)
    y = np.ones(20)
    y[:2] = 0
    on = np.ones(20)
    assert said(assess(PLAN, months, y)) == [Conclusion.NO_DETECTABLE_CHANGE]  # 10, and 6.7
    y[2] = 0
    nine = assess(PLAN, months, y)
    assert said(nine) == [Conclusion.NOT_ASSESSABLE]
    assert nine.reason == (
        "There are too few events to tell: at least 10 are needed before and 5 to be expected "
        "after."
    )
    y[:12] = 1
    on[12:] = 5 / 8
    assert said(assess(PLAN, months, y, exposure=on)) == [Conclusion.NO_DETECTABLE_CHANGE]
    on[12:] = 4.99 / 8
    assert said(assess(PLAN, months, y, exposure=on)) == [Conclusion.NOT_ASSESSABLE]


def test_no_event_at_all_is_not_assessable() -> None:
    found = assess(PLAN, MONTHS, np.zeros(48))
    assert said(found) == [Conclusion.NOT_ASSESSABLE]
    without = assess(COMPARED, MONTHS, STEADY, others=OTHERS * 0)
    assert said(without) == [Conclusion.NOT_ASSESSABLE] * 3
    assert set(without.reason) == {
        "A month without a figure, or no events to compare, stands in the way."
    }


def test_the_others_need_five_events_on_either_side() -> None:
    plan = replace(PLAN, comparison=("south",))
    others = np.ones((1, 48))
    others[0, 36:43] = 0
    assert said(assess(plan, MONTHS, STEADY[0], others=others)) != [Conclusion.NOT_ASSESSABLE]
    others[0, 43] = 0
    assert said(assess(plan, MONTHS, STEADY[0], others=others)) == [Conclusion.NOT_ASSESSABLE]
    others[0] = 1
    others[0, 5:36] = 0
    assert said(assess(plan, MONTHS, STEADY[0], others=others)) != [Conclusion.NOT_ASSESSABLE]
    others[0, 4] = 0
    assert said(assess(plan, MONTHS, STEADY[0], others=others)) == [Conclusion.NOT_ASSESSABLE]


def test_a_series_without_others_to_compare_spoils_none_beside_it() -> None:
    plan = replace(PLAN, comparison=("south",))
    others = OTHERS[:2, :1].copy()
    others[1, 0, 3] = np.nan
    found = assess(plan, MONTHS, STEADY[:2], others=others, placebos=False)
    alone = assess(plan, MONTHS, STEADY[0], others=others[0], placebos=False)
    assert said(found) == [Conclusion.NO_DETECTABLE_CHANGE, Conclusion.NOT_ASSESSABLE]
    assert found.change[0] == pytest.approx(float(alone.change))
    assert math.isnan(found.change[1])


def test_events_in_ten_months_at_least_are_needed_for_five_terms() -> None:
    y, others = np.zeros(48), np.zeros((1, 1, 48))
    y[[1, 8, 15, 22, 30]] = 4
    others[..., [2, 10, 20, 40, 46]] = 5
    figures = Figures.checked(MONTHS, y, None, others[0], None)
    sides = PLAN.before(MONTHS), PLAN.after(MONTHS)
    assert bool(measure(figures, *sides, shape=Shape.LEVEL).whole)
    y[30] = 0
    nine = Figures.checked(MONTHS, y, None, others[0], None)
    assert not measure(nine, *sides, shape=Shape.LEVEL).whole


def test_a_comparison_area_with_a_gap_is_left_out() -> None:
    gap = OTHERS.copy()
    gap[:, 0, 3] = np.nan
    found = assess(COMPARED, MONTHS, STEADY, others=gap)
    fewer = replace(PLAN, comparison=COMPARED.comparison[1:])
    wanted = assess(fewer, MONTHS, STEADY, others=OTHERS[:, 1:])
    assert found.change == pytest.approx(wanted.change)
    assert found.areas is not None
    assert list(found.areas.number) == [8] * 3


# ---- refusals ---------------------------------------------------------------------------------


def test_figures_that_are_none_are_refused() -> None:
    for wrong in (-1.0, math.inf):
        y = STEADY.copy()
        y[0, 0] = wrong
        with pytest.raises(Refused, match="^A count is 0 or more, and finite; mark what is not"):
            assess(PLAN, MONTHS, y)
        with pytest.raises(Refused, match="^What events are counted on is 0 or more, and finite"):
            assess(PLAN, MONTHS, STEADY, exposure=y)
        with pytest.raises(Refused, match="^A count is 0 or more"):
            assess(COMPARED, MONTHS, STEADY, others=OTHERS * y[:1, None, :])


def test_months_and_figures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(Refused) as gap:
        assess(PLAN, [m for m in MONTHS if m != START], STEADY[:, 1:])
    assert str(gap.value) == (
        "Months follow on each other without a gap: mark one not known as NaN."
    )
    with pytest.raises(Refused, match="Months follow"):
        assess(PLAN, [], [])
    for wrong in (STEADY[:, 1:], np.array(3.0)):
        with pytest.raises(Refused) as many:
            assess(PLAN, MONTHS, wrong)
        assert str(many.value) == (
            "Figures have one value for each of the 48 months, on the last axis."
        )
    with pytest.raises(Refused, match="one value for each of the 48 months"):
        assess(PLAN, MONTHS, STEADY, exposure=np.ones(47))
    with pytest.raises(Refused) as flat:
        assess(COMPARED, MONTHS, STEADY[0], others=OTHERS[0, 0])
    assert str(flat.value) == (
        "Figures of comparison areas have areas before months: (…, areas, months)."
    )


def test_the_comparison_areas_are_those_of_the_plan() -> None:
    with pytest.raises(Refused) as fewer:
        assess(COMPARED, MONTHS, STEADY, others=OTHERS[:, 1:])
    assert str(fewer.value) == (
        "The plan names 9 comparison areas and there are figures of 8: give those of the plan, no "
        "other and no fewer."
    )
    with pytest.raises(Refused, match="names 9 comparison areas and there are figures of 0"):
        assess(COMPARED, MONTHS, STEADY)
    with pytest.raises(Refused, match="names 0 comparison areas"):
        assess(PLAN, MONTHS, STEADY, others=OTHERS)


def test_exposures_are_given_for_both_sides_or_for_neither() -> None:
    wanted = (
        "Say what events are counted on for the area and for its comparison areas, or for neither: "
        "else their rates cannot be compared."
    )
    for how in ({"exposure": np.ones(48)}, {"others_exposure": np.ones((9, 48))}):
        with pytest.raises(Refused) as refused:
            assess(COMPARED, MONTHS, STEADY, others=OTHERS, **how)
        assert str(refused.value) == wanted
    plain = assess(COMPARED, MONTHS, STEADY, others=OTHERS)
    on = {"exposure": np.full(48, 4.0), "others_exposure": np.full((9, 48), 2.0)}
    twice = assess(COMPARED, MONTHS, STEADY, others=OTHERS, **on)
    assert twice.change == pytest.approx(plain.change)
    assert twice.p == pytest.approx(plain.p)


@pytest.mark.parametrize("coverage", [0.49, 0.9991])
def test_a_range_holds_half_at_least_and_never_everything(coverage: float) -> None:
    with pytest.raises(Refused, match="A range holds 50 to 99.9 per cent, not"):
        assess(PLAN, MONTHS, STEADY, coverage=coverage)
    assert assess(PLAN, MONTHS, STEADY, coverage=0.5, placebos=False).coverage == 0.5
    assert assess(PLAN, MONTHS, STEADY, coverage=0.999, placebos=False).coverage == 0.999


# ---- laws -------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.05, 1.0, 20.0, 1e9]),
    st.sampled_from(["", "gap", "outlier", "constant", "zero"]),
    st.booleans(),
)
def test_every_figure_has_an_answer(seed: int, mean: float, trouble: str, against: bool) -> None:
    rng = np.random.default_rng(seed)
    y, others = rng.poisson(mean, (3, 48)) + 0.0, rng.poisson(mean, (3, 9, 48)) + 0.0
    if trouble == "gap":
        y[0, rng.integers(48)] = np.nan
    elif trouble == "outlier":
        y[0, rng.integers(48)] = 1e9
    elif trouble in ("constant", "zero"):
        y[0] = 5.0 * (trouble == "constant")
    how = {"others": others} if against else {}
    found = assess(COMPARED if against else PLAN, MONTHS, y, placebos=False, **how)
    told = found.conclusion != Conclusion.NOT_ASSESSABLE
    assert np.array_equal(~np.isnan(found.p), told)
    assert np.array_equal(found.reason == "", told)
    assert (found.low[told] <= found.high[told]).all()
    assert ((found.p[told] >= 0) & (found.p[told] <= 1)).all()
    assert np.isfinite(found.high[told]).all()
    claimed = np.isin(found.conclusion.astype(str), ["improved", "worse"])
    assert (found.p[claimed] <= 0.05 + 1e-6).all()
    if trouble == "zero":
        assert said(found)[0] is Conclusion.NOT_ASSESSABLE


def test_series_are_judged_each_by_itself() -> None:
    together = assess(COMPARED, MONTHS, FALLEN, others=OTHERS)
    backwards = assess(COMPARED, MONTHS, FALLEN[::-1], others=OTHERS[::-1])
    one = assess(COMPARED, MONTHS, FALLEN[1], others=OTHERS[1])
    assert backwards.p[::-1] == pytest.approx(together.p)
    for name in ("change", "low", "high", "p", "expected_return", "shrunk_baseline"):
        assert float(getattr(one, name)) == pytest.approx(getattr(together, name)[1]), name


def test_the_order_of_the_other_areas_does_not_matter() -> None:
    one = assess(COMPARED, MONTHS, STEADY, others=OTHERS)
    other = assess(COMPARED, MONTHS, STEADY, others=OTHERS[:, ::-1])
    assert other.p == pytest.approx(one.p)
    assert one.areas is not None
    assert other.areas is not None
    assert other.areas.p == pytest.approx(one.areas.p)


def test_ten_times_the_exposure_changes_only_the_rates() -> None:
    one = assess(PLAN, MONTHS, STEADY, placebos=False)
    ten = assess(PLAN, MONTHS, STEADY, exposure=np.full(48, 10.0), placebos=False)
    assert ten.p == pytest.approx(one.p)
    assert ten.expected == pytest.approx(one.expected)
    assert ten.baseline == pytest.approx(one.baseline / 10)


def test_an_exposure_that_grows_is_allowed_for() -> None:
    on = np.where(np.arange(48) < 36, 1.0, 3.0)
    more = STEADY * on
    assert Conclusion.WORSE in said(assess(PLAN, MONTHS, more, placebos=False))
    found = assess(PLAN, MONTHS, more, exposure=on, placebos=False)
    assert Conclusion.WORSE not in said(found)


# ---- a sample of the long calibration ---------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        Cell(Shape.LEVEL, 12, 8, 5.0, 0.0, 1.0),
        Cell(Shape.LEVEL, 24, 12, 20.0, 0.6, 2.0),
        Cell(Shape.LEVEL, 36, 12, 5.0, 0.6, 2.0, True),
        Cell(Shape.LEVEL_AND_SLOPE, 60, 24, 50.0, 0.6, 2.0),
    ],
    ids=str,
)
def test_a_change_is_seldom_claimed_where_there_is_none(cell: Cell) -> None:
    assert deep_impact.claimed(cell, 300, 12, declared=True) <= 0.1


def test_series_picked_for_being_high_are_not_said_to_have_improved_beyond_chance() -> None:
    cell = Cell(Shape.LEVEL, 36, 12, 20.0, 0.3, 2.0)
    rate, picked = deep_impact.claimed_of_picked(cell, 4000, 12)
    assert picked > 200
    assert rate <= 0.06
    rate, picked = deep_impact.claimed_of_picked(cell, 3000, 14, months_picked=12, declared=False)
    assert picked > 200
    assert rate <= 0.06
    assert deep_impact.claimed_against_others(cell, 200, 13) <= 0.1
