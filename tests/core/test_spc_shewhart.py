"""Shewhart's charts: worked values, their refusals, and a loop that does one series at a time."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openscrutiny.core.measures import Kind, Measure, Refused
from openscrutiny.core.spc import shewhart, spread
from openscrutiny.core.spc.shewhart import Baseline

CALM = [10.0, 12, 9, 11, 10, 8, 12, 9, 11, 10, 12, 9]
WILD = [*CALM[:6], 90.0, *CALM[6:]]
ANY = Baseline(least=1)
PLAIN = Baseline(screened=False, least=1)


# A second way, one number at a time.


def step_of(steps: list[float], screened: bool, cut: float = 3.267) -> float:
    if not steps:
        return math.nan
    mean = sum(steps) / len(steps)
    if screened:
        steps = [s for s in steps if s < cut * mean]
        mean = sum(steps) / len(steps) if steps else math.nan
    return mean if mean > 0 else math.nan


def slowly(kind: str, x: list[float], n: list[float], screened: bool) -> list[tuple[float, ...]]:
    """Centre, low and high of each point: i, ip, p, pp, u, up and c, for sizes above nought."""
    if kind == "i":
        centre = sum(x) / len(x)
        sd = step_of([abs(b - a) for a, b in zip(x, x[1:], strict=False)], screened) / 1.128
        return [(centre, centre - 3 * sd, centre + 3 * sd)] * len(x)
    y = [a / b for a, b in zip(x, n, strict=True)]
    centre = sum(x) / sum(n)
    if kind == "ip":
        steps = [
            math.sqrt(math.pi / 2) * abs(y[k + 1] - y[k]) / math.sqrt(1 / n[k] + 1 / n[k + 1])
            for k in range(len(y) - 1)
        ]
        unit = step_of(steps, screened, 3.2665)
        return [(centre, centre - 3 * unit / b**0.5, centre + 3 * unit / b**0.5) for b in n]
    variance = centre * (1 - centre) if kind[0] == "p" else centre
    unit = math.sqrt(variance) if variance > 0 else math.nan
    if len(kind) == 2:
        z = [(a - centre) * b**0.5 / unit for a, b in zip(y, n, strict=True)]
        unit *= step_of([abs(b - a) for a, b in zip(z, z[1:], strict=False)], screened) / 1.128
    most = 1.0 if kind[0] == "p" else math.inf
    found = []
    for b in n:
        low, high = centre - 3 * unit / b**0.5, centre + 3 * unit / b**0.5
        if not math.isnan(unit):
            low, high = max(low, 0.0), min(high, most)
        found.append((centre, low, high))
    return found


def quickly(kind: str, x: np.ndarray, n: np.ndarray, screened: bool) -> shewhart.Limits:
    base = Baseline(screened=screened, least=1)
    if kind == "i":
        return shewhart.i(x, baseline=base)
    if kind == "ip":
        return shewhart.ip(x / n, n, baseline=base)
    if kind[0] == "p":
        return shewhart.p(x, n, laney=kind == "pp", baseline=base, least_denominator=1)
    return shewhart.u(x, n, laney=kind == "up", baseline=base)


@given(
    st.sampled_from(["i", "ip", "p", "pp", "u", "up"]),
    arrays(np.int64, (2, 3, 14), elements=st.integers(0, 40)),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_every_chart_agrees_with_a_loop(
    kind: str, counts: np.ndarray, seed: int, screened: bool
) -> None:
    sizes = counts + np.random.default_rng(seed).integers(1, 90, counts.shape)
    x, n = counts.astype(float), sizes.astype(float)
    found = quickly(kind, x, n, screened)
    assert found.values == pytest.approx(x if kind == "i" else x / n)
    for at in np.ndindex(2, 3):
        wanted = np.array(slowly(kind, list(x[at]), list(n[at]), screened))
        for line, column in (("centre", 0), ("low", 1), ("high", 2)):
            assert getattr(found, line)[at] == pytest.approx(
                wanted[:, column], rel=1e-9, abs=1e-12, nan_ok=True
            )


# Worked values.


def test_single_values_stand_within_three_deviations_of_their_mean() -> None:
    found = shewhart.i(CALM)
    step = (2 + 3 + 2 + 1 + 2 + 4 + 3 + 2 + 1 + 2 + 3) / 11
    assert found.centre == pytest.approx([10.25] * 12)
    assert found.high == pytest.approx([10.25 + 3 * step / 1.128] * 12)
    assert found.low == pytest.approx([10.25 - 3 * step / 1.128] * 12)
    assert found.values.tolist() == CALM
    assert not found.outside.any()


def test_a_wild_value_is_outside_and_screening_leaves_its_ranges_out() -> None:
    wild = [*CALM, *CALM, 60.0]
    screened, whole = shewhart.i(wild), shewhart.i(wild, baseline=Baseline(screened=False))
    assert screened.outside.tolist() == [0] * 24 + [1]
    step = (25 + 1 + 25) / 23  # without the range of 51
    assert screened.high[0] - screened.centre[0] == pytest.approx(3 * step / 1.128)
    assert whole.high[0] - whole.centre[0] == pytest.approx(3 * (23 * step + 51) / 24 / 1.128)
    assert shewhart.i([-v for v in wild]).outside.tolist() == [0] * 24 + [-1]


def test_a_range_at_the_cut_is_left_out_and_one_below_it_is_not() -> None:
    steps = np.array([1.0, 1, 1, 1, 6])
    assert spread.typical_step(steps, screened=True, cut=3.0) == pytest.approx([1.0])
    assert spread.typical_step(steps, screened=True, cut=3.0001) == pytest.approx([2.0])
    assert spread.typical_step(steps, screened=False, cut=3.0) == pytest.approx([2.0])
    assert spread.typical_step(steps, screened=True) == pytest.approx([2.0])
    high = np.array([1.0, 1, 1, 1, 8])  # 8 > 3.267 × 2.4
    assert spread.typical_step(high, screened=True) == pytest.approx([1.0])
    there = np.array([True, True, False, True, True])
    assert spread.typical_step(np.array([1.0, 3, 50, 1, 3]), there, screened=True) == 2.0
    assert spread.typical_step(np.array([1.0, 1, 50, 1, 30]), there, screened=True) == 1.0
    assert np.isnan(spread.typical_step(np.array([1.0]), np.array([False]), screened=False))


def test_a_point_on_a_limit_is_not_outside() -> None:
    assert not shewhart.c([0.0, 3, 1, 2] * 6).outside.any()
    assert not shewhart.p([19.0, 20] * 12, [20.0] * 24, laney=False).outside.any()
    assert shewhart.c([4.0, 5, 3] * 8 + [18.0, 0.0]).outside[-2:].tolist() == [1, 0]


def test_moving_ranges_have_their_mean_and_3267_times_it() -> None:
    found = shewhart.mr(CALM)
    step = 25 / 11
    assert np.isnan(found.values[0])
    assert found.values[1:].tolist() == [2, 3, 2, 1, 2, 4, 3, 2, 1, 2, 3]
    assert found.centre == pytest.approx([step] * 12)
    assert found.high == pytest.approx([3.267 * step] * 12)
    assert found.low.tolist() == [0.0] * 12
    wild = shewhart.mr(WILD)
    assert wild.centre[0] == pytest.approx((20 + 82 + 78 + 1) / 12, abs=3)
    assert wild.outside.tolist() == [0] * 6 + [1, 1] + [0] * 5
    assert not shewhart.mr([5.0] * 12).outside.any()
    assert np.isnan(shewhart.mr([5.0], baseline=ANY).low).all()


def test_values_that_rest_on_more_have_narrower_limits() -> None:
    sizes = np.array([4.0, 16] * 6)
    found = shewhart.ip(CALM, sizes, baseline=PLAIN, per=10)
    steps = np.abs(np.diff(CALM)) * math.sqrt(math.pi / 2) / math.sqrt(1 / 4 + 1 / 16)
    centre = (4 * sum(CALM[::2]) + 16 * sum(CALM[1::2])) / 120
    assert found.centre == pytest.approx([10 * centre] * 12)
    assert found.high[0] - found.centre[0] == pytest.approx(10 * 3 * steps.mean() / 2)
    assert found.centre[1] - found.low[1] == pytest.approx(10 * 3 * steps.mean() / 4)
    assert found.values == pytest.approx(10 * np.array(CALM))


def test_a_proportion_has_binomial_limits_cut_at_nought_and_one() -> None:
    part, whole = [3.0] * 10 + [1.0] * 10, [20.0] * 10 + [10.0] * 10
    found = shewhart.p(part, whole, laney=False)
    centre = 40 / 300
    sd = math.sqrt(centre * (1 - centre) / 20)
    assert found.values.tolist() == [0.15] * 10 + [0.1] * 10
    assert found.centre == pytest.approx([centre] * 20)
    assert found.high[0] == pytest.approx(centre + 3 * sd)
    assert found.high[-1] == pytest.approx(centre + 3 * sd * math.sqrt(2))
    assert found.low.tolist() == [0.0] * 20
    most = shewhart.p([19.0, 18] * 10, [20.0] * 20, laney=False, per=100)
    assert most.high.tolist() == [100.0] * 20
    assert most.centre == pytest.approx([92.5] * 20)
    assert most.low[0] == pytest.approx(92.5 - 300 * math.sqrt(0.925 * 0.075 / 20))


def test_laney_is_the_default_for_proportions_and_rates_but_not_for_counts() -> None:
    part, whole = [3.0, 9] * 10, [30.0] * 20
    wide = 3 * math.sqrt(0.2 * 0.8 / 30)
    ratio = (0.2 / math.sqrt(0.2 * 0.8 / 30)) / 1.128
    assert shewhart.p(part, whole).high[0] == pytest.approx(0.2 + wide * ratio)
    assert shewhart.p(part, whole, laney=False).high[0] == pytest.approx(0.2 + wide)
    rate = 3 * math.sqrt(0.2 / 30)
    spread_of = (0.2 / math.sqrt(0.2 / 30)) / 1.128
    assert shewhart.u(part, whole).high[0] == pytest.approx(0.2 + rate * spread_of)
    assert shewhart.u(part, whole, laney=False).high[0] == pytest.approx(0.2 + rate)
    assert shewhart.c(part).high[0] == pytest.approx(6 + 3 * math.sqrt(6))
    assert shewhart.c(part, laney=True).high[0] == pytest.approx(6 + 3 * 6 / 1.128)
    assert shewhart.c([4.0, 5] * 6).low.tolist() == [0.0] * 12
    assert shewhart.c([90.0, 110] * 6).low[0] == pytest.approx(70)
    assert shewhart.c([90.0, 110] * 6).values.tolist() == [90.0, 110] * 6


def test_a_rate_may_be_scaled_and_may_exceed_one() -> None:
    found = shewhart.u([8.0, 12] * 6, [2.0] * 12, laney=False, per=100)
    assert found.values.tolist() == [400.0, 600] * 6
    assert found.centre == pytest.approx([500] * 12)
    assert found.high[0] == pytest.approx(500 + 300 * math.sqrt(2.5))
    assert found.low[0] == pytest.approx(500 - 300 * math.sqrt(2.5))


def test_gaps_between_rare_events_have_geometric_limits_around_their_mean() -> None:
    gaps = [0.0, 1, 2, 3, 4, 5, 6, 19]
    found = shewhart.g(gaps)
    assert found.centre.tolist() == [3.5] * 8
    assert found.high == pytest.approx([5 + 3 * math.sqrt(30)] * 8)
    assert found.low.tolist() == [0.0] * 8
    assert found.values.tolist() == gaps
    assert np.isnan(shewhart.g([0.0] * 8).high).all()


def test_times_between_events_are_charted_by_their_root() -> None:
    roots = np.array([1.0, 2, 1, 2, 1, 2, 1, 2])
    found = shewhart.t(roots**3.6)
    assert found.centre == pytest.approx([1.5**3.6] * 8)
    assert found.high == pytest.approx([(1.5 + 3 / 1.128) ** 3.6] * 8)
    assert found.low.tolist() == [0.0] * 8
    steady = shewhart.t((roots / 10 + 5) ** 3.6)
    assert steady.low == pytest.approx([(5.15 - 0.3 / 1.128) ** 3.6] * 8)
    assert steady.values == pytest.approx((roots / 10 + 5) ** 3.6)


MEMBERS = np.tile([[1.0, 3, 5], [2.0, 4, 6], [0.0, 4, 8]], (4, 1))
C4 = {2: math.sqrt(2 / math.pi), 3: math.sqrt(math.pi) / 2}


def test_means_and_spreads_of_subgroups_of_one_size() -> None:
    within = (2 + 2 + 4) / 3
    found = shewhart.xbar(MEMBERS)
    assert found.values.tolist() == [3.0, 4, 4] * 4
    assert found.centre == pytest.approx([11 / 3] * 12)
    assert found.high == pytest.approx([11 / 3 + 3 * within / (C4[3] * math.sqrt(3))] * 12)
    assert found.low == pytest.approx([11 / 3 - 3 * within / (C4[3] * math.sqrt(3))] * 12)
    spreads = shewhart.s(MEMBERS)
    c5 = math.sqrt(1 - C4[3] ** 2)
    assert spreads.values == pytest.approx([2.0, 2, 4] * 4)
    assert spreads.centre == pytest.approx([within] * 12)
    assert spreads.high == pytest.approx([within * (1 + 3 * c5 / C4[3])] * 12)
    assert spreads.low.tolist() == [0.0] * 12


def test_subgroups_of_several_sizes_pool_their_variance() -> None:
    members = MEMBERS.copy()
    members[1, 2] = np.nan  # 2, 4: two members, of standard deviation √2
    pooled = math.sqrt((2 * (4 * 4 + 3 * 4 + 4 * 16) + 2) / 23)
    found = shewhart.xbar(members)
    assert found.values[1] == 3.0
    assert found.centre == pytest.approx([(9 * 4 + 12 * 4 + 12 * 3 + 6) / 35] * 12)
    assert found.high[0] - found.centre[0] == pytest.approx(3 * pooled / (C4[3] * math.sqrt(3)))
    assert found.high[1] - found.centre[1] == pytest.approx(3 * pooled / (C4[2] * math.sqrt(2)))
    assert shewhart.s(members).centre == pytest.approx([pooled] * 12)
    large = np.random.default_rng(1).normal(0, 1, (12, 40))
    assert shewhart.s(large).low[0] / shewhart.s(large).centre[0] == pytest.approx(0.659, abs=1e-3)


def test_a_subgroup_of_one_or_none_has_no_limits() -> None:
    members = MEMBERS.copy()
    members[1, 1:] = np.nan
    members[2] = np.nan
    for drawn in (shewhart.xbar(members), shewhart.s(members)):
        assert np.isnan(drawn.high).nonzero()[0].tolist() == [1, 2]
        assert np.isnan(drawn.low).nonzero()[0].tolist() == [1, 2]
    assert shewhart.xbar(members).values[:3] == pytest.approx([3, 2, np.nan], nan_ok=True)
    assert np.isnan(shewhart.s(members).values[1])
    for nothing in (np.full((12, 3), np.nan), np.full((12, 3), 5.0)):
        assert np.isnan(shewhart.xbar(nothing).high).all()


# Baselines.


def test_the_limits_may_rest_on_the_first_points_or_on_a_slice() -> None:
    values = [*CALM, 30.0, 34, 30, 33]
    first = shewhart.i(values, baseline=Baseline(points=12))
    assert first.centre[-1] == shewhart.i(CALM).centre[0]
    assert first.high[-1] == shewhart.i(CALM).high[0]
    assert first.outside.tolist() == [0] * 12 + [1] * 4
    late = shewhart.i(values, baseline=Baseline(points=slice(12, None), least=4))
    assert late.centre[0] == 31.75
    assert late.outside.tolist() == [-1] * 12 + [0] * 4
    assert shewhart.mr(values, baseline=Baseline(points=12)).centre[0] == pytest.approx(25 / 11)
    assert shewhart.c(values, baseline=Baseline(points=12)).centre[0] == pytest.approx(10.25)


def test_points_left_out_set_no_limits_and_ranges_reach_over_them() -> None:
    without = shewhart.i(WILD, baseline=Baseline(without=(6,), screened=False))
    alone = shewhart.i(CALM, baseline=Baseline(screened=False))
    assert without.high[6] == alone.high[0]
    assert without.values[6] == 90
    assert without.outside[6] == 1
    assert Baseline(None, (), True, None) == shewhart.EVERY_POINT


@pytest.mark.parametrize(
    ("draw", "least"),
    [
        (lambda k: shewhart.i(range(k)), 12),
        (lambda k: shewhart.mr(range(k)), 12),
        (lambda k: shewhart.ip(range(k), [3] * k), 12),
        (lambda k: shewhart.u(range(k), [3] * k), 12),
        (lambda k: shewhart.c(range(k)), 12),
        (lambda k: shewhart.p([3] * k, [30] * k), 20),
        (lambda k: shewhart.g(range(k)), 8),
        (lambda k: shewhart.t([3] * k), 8),
        (lambda k: shewhart.xbar(np.ones((k, 3))), 12),
        (lambda k: shewhart.s(np.ones((k, 3))), 12),
    ],
)
def test_each_chart_says_how_many_points_it_needs(draw: Callable[[int], Any], least: int) -> None:
    draw(least)
    words = f"^The limits of this chart need at least {least} points; there are {least - 1}. Show "
    with pytest.raises(Refused, match=words):
        draw(least - 1)


# Refusals, and what is too little to tell.


def measure(kind: Kind) -> Measure:
    refuse = SimpleNamespace(kind=kind, label="Outcomes")
    refuse.refuse_binomial = lambda: Measure.refuse_binomial(refuse)  # type: ignore[arg-type]
    return refuse  # type: ignore[return-value]


def test_a_ratio_of_two_counts_gets_no_p_chart() -> None:
    with pytest.raises(Refused, match=r"Outcomes is a ratio of two counts"):
        shewhart.p([3.0] * 20, [30.0] * 20, measure=measure(Kind.RATIO))
    assert shewhart.p([3.0] * 20, [30.0] * 20, measure=measure(Kind.SHARE)).centre[0] == 0.1


def test_a_part_greater_than_its_whole_is_refused_and_an_equal_one_is_not() -> None:
    whole = [30.0] * 20
    words = r"^A part cannot .* not a proportion\. For a ratio of two counts use the u chart\.$"
    with pytest.raises(Refused, match=words):
        shewhart.p([31.0, *[3.0] * 19], whole)
    assert shewhart.p([30.0, *[3.0] * 19], whole, laney=False).outside[0] == 1
    assert shewhart.u([31.0, *[3.0] * 19], whole, laney=False).outside[0] == 1


def test_a_small_month_has_no_limits_and_sets_none() -> None:
    part, whole = [3.0, 5] * 10 + [9.0], [30.0] * 20 + [9.0]
    found = shewhart.p(part, whole)
    assert found.values[-1] == 1.0
    assert np.isnan(found.high[-1])
    assert found.high[:20] == pytest.approx(shewhart.p(part[:20], whole[:20]).high)
    assert np.isnan(shewhart.p(part[1:], whole[1:]).high).all()  # nineteen months are left
    assert not np.isnan(shewhart.p(part, [*whole[:-1], 10]).high).any()
    nothing = shewhart.p([*part[:20], 0], [*whole[:20], 0], least_denominator=0)
    assert np.isnan(nothing.values[-1])
    assert not np.isnan(nothing.high[:20]).any()


def test_without_exposure_there_is_no_figure() -> None:
    count, exposure = [4.0, 6] * 6 + [1.0], [2.0] * 12 + [0.0]
    for drawn in (shewhart.u(count, exposure), shewhart.ip(count, exposure)):
        assert np.isnan(drawn.values[-1])
        assert np.isnan(drawn.high[-1])
        assert np.isfinite(drawn.high[:-1]).all()
    assert shewhart.u(count, exposure).centre[0] == pytest.approx(60 / 24)
    assert np.isnan(shewhart.u(count[1:], exposure[1:]).high).all()
    assert np.isnan(shewhart.ip(count[1:], exposure[1:]).high).all()
    assert np.isnan(shewhart.u([0.0] * 12, [0.0] * 12).centre).all()


@pytest.mark.parametrize(
    "draw",
    [
        shewhart.i,
        shewhart.c,
        lambda y: shewhart.c(y, laney=True),
        lambda y: shewhart.u(y, np.full(y.shape, 7.0)),
        lambda y: shewhart.p(y, np.full(y.shape, 1e10)),
        lambda y: shewhart.ip(y, np.full(y.shape, 7.0)),
    ],
)
def test_what_does_not_vary_or_is_never_seen_flags_nothing(
    draw: Callable[[np.ndarray], shewhart.Limits],
) -> None:
    for level in (0.0, 0.1, 7.0, 1e9):
        assert not draw(np.full((2, 24), level)).outside.any()
    assert np.isnan(draw(np.zeros(24)).high).all()
    assert np.isfinite(draw(np.zeros(24)).centre).all()


def test_shares_that_are_alike_but_for_rounding_do_not_vary() -> None:
    whole = np.arange(3.0, 43) * 7 + 70
    part = whole / 7
    for drawn in (
        shewhart.p(part, whole),
        shewhart.u(part, whole),
        shewhart.ip(part / whole, whole),
        shewhart.i(part / whole),
    ):
        assert not drawn.outside.any()
        assert np.isnan(drawn.high).all()
    near = shewhart.i([1.0, 1 + 1e-11] * 6)
    assert near.high[0] > near.centre[0]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_point_missing_or_infinite_is_refused(wrong: float) -> None:
    y, n = [*CALM, wrong], [30.0] * 13
    words = "^A control chart cannot have points missing or infinite. Draw one chart for each unbro"
    for draw in (shewhart.i, shewhart.mr, shewhart.c, shewhart.g, shewhart.t):
        with pytest.raises(Refused, match=words):
            draw(y)
    for pair in (shewhart.ip, shewhart.p, shewhart.u):
        with pytest.raises(Refused, match=words):
            pair(y, n)
        with pytest.raises(Refused, match=words):
            pair(n, y)
    if np.isinf(wrong):
        with pytest.raises(Refused, match="^A control chart cannot have infinite values. Correct"):
            shewhart.s(np.full((12, 3), wrong))


def test_a_negative_count_size_or_gap_is_refused() -> None:
    y, n = [*CALM, -1.0], [30.0] * 13
    for draw, what in (
        (lambda: shewhart.c(y), "Counts"),
        (lambda: shewhart.u(y, n), "Counts"),
        (lambda: shewhart.u(n, y), "Exposures"),
        (lambda: shewhart.p(y, n), "Counts"),
        (lambda: shewhart.p(n, y), "Denominators"),
        (lambda: shewhart.ip(n, y), "The sizes"),
        (lambda: shewhart.g(y), "Gaps"),
    ):
        with pytest.raises(Refused, match=rf"^{what} cannot be negative\. Correct the figures"):
            draw()
    assert shewhart.i(y).values[-1] == -1
    assert shewhart.ip(y, n).values[-1] == -1


def test_a_gap_of_no_time_is_refused_for_a_t_chart() -> None:
    with pytest.raises(Refused, match=r"must be greater than 0 for a t chart\. Use the g chart"):
        shewhart.t([*CALM, 0.0])
    assert shewhart.g([*CALM, 0.0]).values[-1] == 0


# Laws.


series = arrays(float, (2, 16), elements=st.integers(0, 60).map(float))


@given(series, st.floats(0.5, 40), st.floats(-50, 50))
def test_single_values_scaled_and_moved_have_their_limits_scaled_and_moved(
    y: np.ndarray, scale: float, away: float
) -> None:
    one, other = shewhart.i(y, baseline=PLAIN), shewhart.i(scale * y + away, baseline=PLAIN)
    assert other.centre == pytest.approx(scale * one.centre + away, abs=1e-9)
    varies = ~np.isnan(one.high)
    assert other.high[varies] == pytest.approx(scale * one.high[varies] + away, abs=1e-9)


@settings(max_examples=25)
@given(series)
def test_many_charts_at_once_are_each_their_own(y: np.ndarray) -> None:
    n = y + 20
    for draw in (
        shewhart.i,
        shewhart.c,
        shewhart.mr,
        shewhart.g,
        lambda v: shewhart.u(v, v + 20),
        lambda v: shewhart.p(v, v + 20, baseline=ANY),
        lambda v: shewhart.ip(v, v + 20),
    ):
        together = draw(y)
        for k, row in enumerate(y):
            alone = draw(row)
            for line in ("values", "centre", "low", "high"):
                assert getattr(together, line)[k] == pytest.approx(
                    getattr(alone, line), nan_ok=True
                )
    assert shewhart.u(y, n).high.shape == y.shape


@given(series, st.integers(1, 12))
def test_more_exposure_narrows_the_limits(y: np.ndarray, times: int) -> None:
    narrow = shewhart.u(y, np.r_[np.full(15, 9.0), 9.0 * (times + 1)], laney=False)
    known = ~np.isnan(narrow.high[:, -1])
    assert (narrow.high[known, -1] < narrow.high[known, 0]).all()


@given(arrays(float, 14, elements=st.sampled_from([0.0, 1.0, 3.0, 1e9, 1e15])))
def test_enormous_values_are_charted_without_a_warning(y: np.ndarray) -> None:
    for draw in (shewhart.i, shewhart.mr, shewhart.c, shewhart.g):
        found = draw(y)
        assert found.high.shape == (14,)
        assert not (found.outside[np.isnan(found.high)]).any()
    shewhart.p(y, y, baseline=ANY)
    shewhart.u(y, y[::-1])
