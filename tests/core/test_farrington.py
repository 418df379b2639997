"""Farrington's method: all series and months at once, against a loop that does one at a time."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import counting
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import kernel, limits
from openscrutiny.core.surveillance.baseline_fit import layout
from openscrutiny.core.surveillance.farrington import Farrington, Settings, Status, farrington

NUMBERS = ("expected", "phi", "trend", "lower", "upper", "p_lower", "p_upper", "p")

T = np.arange(96)
# An invented series with a season and one month that stands out, and its residents.
INVENTED = (7 * T * T + 3 * T) % 23 + np.where(np.isin(T % 12, (5, 6)), 14, 0) + 60 * (T == 70)
RESIDENTS = 1000.0 + 5 * T


# ---- a second implementation, slow and plain ----------------------------------------------------


def season_of(lag: int, how: Settings) -> int | None:
    """Which season a month ``lag`` months back is in, counted out month by month."""
    after = (-lag) % 12
    if after <= how.half_window or after >= 12 - how.half_window:
        return how.periods - 1
    if how.periods == 1:
        return None
    months = list(range(how.half_window + 1, 12 - how.half_window))
    parts = np.array_split(months, how.periods - 1)
    return next(i for i, part in enumerate(parts) if after in part)


def glm(
    y: np.ndarray, x: np.ndarray, offset: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quasi-Poisson by plain iteratively reweighted least squares: coefficients, means, hat."""
    mean = y + 0.1
    beta = np.zeros(x.shape[1])
    for _ in range(200):
        z = np.log(mean) - offset + (y - mean) / mean
        root = np.sqrt(weights * mean)
        new = np.linalg.lstsq(x * root[:, None], z * root, rcond=None)[0]
        mean = np.exp(x @ new + offset)
        if np.max(np.abs(new - beta)) < 1e-12:
            break
        beta = new
    q, _ = np.linalg.qr(x * np.sqrt(weights * mean)[:, None])
    return new, mean, (q**2).sum(axis=1)


def one(
    y: np.ndarray, e: np.ndarray, months: list[int], t: int, how: Settings, trend: bool
) -> tuple[float, float, float]:
    """Expectation, phi and slope of month ``t`` from the reference ``months``."""
    seasons = [season_of(t - m, how) for m in months]
    there = sorted({s for s in seasons if s is not None})
    x = np.array(
        [
            [float(s == j) for j in there] + [float(m - t)]
            for s, m in zip(seasons, months, strict=True)
        ]
    )
    now = np.array([float(j == how.periods - 1) for j in there] + [0.0])
    if not trend:
        x, now = x[:, :-1], now[:-1]
    degrees = len(months) - x.shape[1]
    counted, offset = y[months], np.log(e[months])
    beta, mean, hat = glm(counted, x, offset, np.ones(len(months)))
    phi = max(1.0, float(np.sum((counted - mean) ** 2 / mean)) / degrees)
    left = np.where(hat > 1 - 1e-9, np.inf, 1 - hat)
    s = 1.5 * (counted ** (2 / 3) / mean ** (1 / 6) - np.sqrt(mean)) / np.sqrt(phi * left)
    weights = np.array([1 / r**2 if r > how.reweight_above else 1.0 for r in s])
    weights *= len(months) / weights.sum()
    beta, mean, _ = glm(counted, x, offset, weights)
    phi = max(1.0, float(np.sum(weights * (counted - mean) ** 2 / mean)) / degrees)
    return math.exp(now @ beta) * e[t], phi, float(beta[-1]) if trend else 0.0


def slowly(y: np.ndarray, e: np.ndarray, t: int, how: Settings) -> tuple[float, float, float]:
    years = min((t - how.half_window) // 12, how.years)
    months = [
        t - lag
        for lag in range(12 * years + how.half_window, how.excluded, -1)
        if season_of(lag, how) is not None and not np.isnan(y[t - lag])
    ]
    expected, phi, slope = one(y, e, months, t, how, trend=True)
    if expected > max(y[months]):
        expected, phi, slope = one(y, e, months, t, how, trend=False)
    return expected, phi, slope


@settings(max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(5, 1, 10, 3), (5, 1, 4, 3), (3, 2, 1, 0), (4, 0, 12, 2), (6, 2, 3, 5)]),
    st.sampled_from([0.0, 0.1]),
    st.booleans(),
)
def test_every_month_agrees_with_a_loop(
    seed: int, shape: tuple[int, int, int, int], missing: float, exposed: bool
) -> None:
    rng = np.random.default_rng(seed)
    how = Settings(*shape, floor=0.0)
    level = rng.uniform(5, 60) * (1 + 0.4 * np.sin(np.arange(90) * np.pi / 6))
    y = rng.negative_binomial(5, 5 / (5 + level)).astype(float)
    y[rng.random(90) < 0.03] += 200
    y[rng.random(90) < missing] = np.nan
    e = rng.uniform(50, 70, 90) if exposed else np.ones(90)
    found = farrington(y, e if exposed else None, settings=how, engine="numpy")
    tested = np.flatnonzero(found.status == Status.TESTED)
    assert len(tested) > 5
    for t in tested[::7]:
        expected, phi, slope = slowly(y, e, int(t), how)
        # The prior on the slope is what is left of a difference.
        assert found.expected[t] == pytest.approx(expected, rel=2e-5)
        assert found.phi[t] == pytest.approx(phi, rel=2e-5)
        assert found.trend[t] == pytest.approx(slope, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("t", "expected", "phi", "slope", "p", "upper"),
    [
        (70, 6.7453726288, 3.50525721047, -0.00748048121446, 6.97690285297e-09, 22),
        (83, 8.52015461684, 4.04997634571, 0.00103539593722, 0.302693577856, 27),
        (95, 7.4821865264, 4.27441502425, -0.00537150370724, 0.820821937364, 26),
    ],
)
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_an_invented_series_is_told_what_r_tells_of_it(
    t: int, expected: float, phi: float, slope: float, p: float, upper: float, engine: str
) -> None:
    """As surveillance 1.20.3 gives them: its iteration stops where four to six digits stand."""
    found = farrington(INVENTED, RESIDENTS, settings=Settings(years=4, floor=0.0), engine=engine)
    assert found.expected[t] == pytest.approx(expected, rel=1e-5)
    assert found.phi[t] == pytest.approx(phi, rel=1e-5)
    assert found.trend[t] == pytest.approx(slope, rel=1e-4)
    assert found.p_upper[t] == pytest.approx(p, rel=1e-4)
    assert found.upper[t] == upper
    assert found.alarm[t] == (t == 70)


# ---- tails and limits ---------------------------------------------------------------------------


@given(
    st.integers(0, 4000),
    st.floats(0.01, 3000),
    st.one_of(st.just(1.0), st.floats(1.0001, 50)),
    st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.2, 0.49]),
)
def test_tails_and_limits_are_those_of_the_distribution(
    count: int, mean: float, phi: float, alpha: float
) -> None:
    law = stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)
    x, m, f = np.array([float(count)]), np.array([mean]), np.array([phi])
    assert limits.at_most(x, m, f)[0] == pytest.approx(law.cdf(count), rel=1e-8, abs=1e-14)
    assert limits.at_least(x, m, f)[0] == pytest.approx(law.sf(count - 1), rel=1e-8, abs=1e-14)
    lower, upper = (int(v[0]) for v in limits.usual_limits(m, f, alpha))
    assert law.cdf(lower) >= alpha * (1 - 1e-9)
    assert lower == 0 or law.cdf(lower - 1) < alpha * (1 + 1e-9)
    assert law.sf(upper) <= alpha * (1 + 1e-9)
    assert upper == 0 or law.sf(upper - 1) > alpha * (1 - 1e-9)


def test_tails_have_their_ends() -> None:
    m, f = np.full(2, 3.0), np.array([1.0, 2.0])
    assert list(limits.at_most(np.array([-1.0, -1.0]), m, f)) == [0, 0]
    assert list(limits.at_least(np.array([0.0, 0.0]), m, f)) == [1, 1]
    assert limits.at_least(np.array([1.0, 1.0]), m, f) == pytest.approx([1 - math.exp(-3), 7 / 8])
    assert limits.at_most(np.array([0.0, 0.0]), m, f) == pytest.approx([math.exp(-3), 1 / 8])
    assert limits.at_most(np.array([1.0, 1.0]), m, f) == pytest.approx([4 * math.exp(-3), 5 / 16])


def test_the_size_of_a_poisson_count_is_infinite() -> None:
    found = limits.size(np.array([6.0, 6.0, 1.0]), np.array([1.0, 4.0, 1 + 5e-11]))
    assert list(found[:2]) == [math.inf, 2]
    assert found[2] == math.inf


def test_limits_of_known_distributions() -> None:
    mean, phi = np.array([10.0, 10.0, 0.02, 3.0]), np.array([1.0, 4.0, 1.0, 1e12])
    lower, upper = limits.usual_limits(mean, phi, 0.01)
    assert list(lower) == [3, 1, 0, 0]
    assert list(upper) == [18, 30, 1, 0]


# ---- the layout ---------------------------------------------------------------------------------


def test_seasons_are_windows_and_what_lies_between_them() -> None:
    shape = layout(3, 1, 4, 3)
    assert shape.lags == tuple(range(37, 3, -1))
    assert shape.seasons[:13] == (3, 3, 3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3)
    assert shape.years[:3] == (3, 3, 3)
    assert shape.years[3] == 0
    assert shape.years[-10:] == (1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
    assert shape.periods == 4


def test_the_first_seasons_take_what_is_left_over() -> None:
    assert layout(3, 2, 4, 0).seasons[5:12] == (0, 0, 0, 1, 1, 2, 2)
    assert layout(3, 1, 10, 3).seasons[3:12] == (0, 1, 2, 3, 4, 5, 6, 7, 8)


def test_with_one_period_the_windows_stand_alone() -> None:
    shape = layout(3, 1, 1, 3)
    assert shape.lags == (37, 36, 35, 25, 24, 23, 13, 12, 11)
    assert shape.years == (3, 3, 3, 2, 2, 2, 1, 1, 1)
    assert set(shape.seasons) == {0}


def test_months_just_before_share_the_season_where_they_are_kept() -> None:
    shape = layout(3, 1, 4, 0)
    assert shape.lags[-1] == 1
    assert (shape.seasons[-1], shape.years[-1]) == (3, 0)


# ---- what is tested, and what is not ------------------------------------------------------------


def flat(months: int = 80, count: float = 10.0) -> np.ndarray:
    return np.full(months, count)


def test_three_years_and_the_half_window_are_needed() -> None:
    found = farrington(flat(70))
    assert list(found.status) == [Status.TOO_FEW] * 37 + [Status.TESTED] * 33
    assert np.isnan(found.expected[:37]).all()
    assert (found.alarm == 0).all()
    assert found.expected[37:] == pytest.approx(np.full(33, 10.0))


def test_more_years_can_be_asked_for() -> None:
    found = farrington(flat(70), settings=Settings(years_least=5))
    assert np.argmax(found.status == Status.TESTED) == 61


def test_a_fourth_and_fifth_year_are_used_as_they_come() -> None:
    y = flat(70)
    y[:10] = 30
    y[10] = 31
    how = Settings(years=3, floor=0)
    short, long = farrington(y, settings=how), farrington(y, settings=replace(how, years=5))
    same = np.isclose(short.expected, long.expected)
    assert same[37:49].all()
    assert not same[49:59].any()


def test_no_baseline_crosses_a_break_or_a_gap() -> None:
    y = flat(90)
    y[:20] = 500
    regimes = np.array([0] * 20 + [1] * 69 + [-1])
    found = farrington(y, regimes=regimes)
    assert list(np.flatnonzero(found.status == Status.TESTED)) == list(range(57, 89))
    assert found.expected[57:89] == pytest.approx(np.full(32, 10.0))
    assert found.status[89] == Status.UNKNOWN
    gap = np.array([0] * 40 + [-1] + [1] * 49)
    tested = np.flatnonzero(farrington(flat(90), regimes=gap).status == Status.TESTED)
    assert list(tested) == [37, 38, 39, 78, *range(79, 90)]


def test_unknown_months_are_passed_over_and_not_read_as_zero() -> None:
    y = flat(70)
    y[[5, 20, 40]] = np.nan
    found = farrington(y)
    assert found.status[40] == Status.UNKNOWN
    assert found.expected[60] == pytest.approx(10)
    assert found.expected[45] == pytest.approx(10)


def test_a_season_known_in_two_years_of_five_is_too_few() -> None:
    y = flat(70)
    for back in (12, 24, 36):
        y[69 - back - 1 : 69 - back + 2] = np.nan
    assert farrington(y).status[69] == Status.TOO_FEW
    y[69 - 12] = 10
    assert farrington(y).status[69] == Status.TESTED


def test_a_month_without_exposure_is_unknown() -> None:
    e = np.full(70, 100.0)
    e[[50, 69]] = 0
    e[68] = np.nan
    found = farrington(flat(70), e)
    assert list(found.status[[50, 67, 68, 69]]) == [
        Status.UNKNOWN,
        Status.TESTED,
        Status.UNKNOWN,
        Status.UNKNOWN,
    ]
    assert found.expected[67] == pytest.approx(10)


def test_only_the_months_asked_for_are_monitored() -> None:
    y = np.stack([flat(70), flat(70, 3.0)])
    some = farrington(y, months=slice(60, 62))
    assert (some.status[:, :60] == Status.NOT_ASKED).all()
    assert (some.status[:, 60:62] == Status.TESTED).all()
    assert (some.status[:, 62:] == Status.NOT_ASKED).all()
    chosen = farrington(y, months=np.array([60, 69]))
    assert list(np.flatnonzero(chosen.status[1] == Status.TESTED)) == [60, 69]
    assert chosen.expected[1, 60] == some.expected[1, 60]


def test_nothing_is_told_of_no_series_and_no_months() -> None:
    assert farrington(np.empty((0, 70))).expected.shape == (0, 70)
    assert farrington(np.empty((3, 0))).expected.shape == (3, 0)


# ---- both tails, the floor ----------------------------------------------------------------------


def test_a_rise_and_a_fall_are_both_told() -> None:
    y = np.tile(flat(62, 20.0), (3, 1))
    y[:, 61] = [40, 20, 4]
    found = farrington(y, months=slice(61, 62))
    assert list(found.alarm[:, 61]) == [1, 0, -1]
    law = stats.poisson(20)
    assert found.phi[:, 61] == pytest.approx(np.ones(3))
    assert found.p_upper[:, 61] == pytest.approx([law.sf(39), law.sf(19), law.sf(3)])
    assert found.p_lower[:, 61] == pytest.approx([law.cdf(40), law.cdf(20), law.cdf(4)])
    assert found.p[0, 61] == pytest.approx(2 * law.sf(40) + law.pmf(40))
    assert found.p[2, 61] == pytest.approx(2 * law.cdf(4) - law.pmf(4))
    assert (found.lower[0, 61], found.upper[0, 61]) == (law.ppf(0.01), law.ppf(0.99))


def test_alarms_begin_just_beyond_the_limits() -> None:
    y = np.tile(flat(62, 20.0), (4, 1))
    y[:, 61] = [31, 32, 10, 9]
    found = farrington(y, months=slice(61, 62))
    assert found.upper[0, 61] == 31
    assert found.lower[0, 61] == 10
    assert list(found.alarm[:, 61]) == [0, 1, 0, -1]


def test_one_case_after_years_of_none_is_no_alarm_but_two_are() -> None:
    y = np.zeros((2, 70))
    y[:, 69] = [1, 2]
    found = farrington(y)
    assert found.expected[:, 69] == pytest.approx([0.5 / 15] * 2)
    assert list(found.alarm[:, 69]) == [0, 1]
    assert list(farrington(y, settings=Settings(floor=0.0)).alarm[:, 69]) == [1, 1]


def test_the_floor_is_half_an_event_at_the_exposure_of_the_season() -> None:
    e = np.full(70, 50.0)
    e[69] = 150
    y = np.zeros(70)
    assert farrington(y, e).expected[69] == pytest.approx(0.5 * 150 / (15 * 50))
    assert farrington(y, e, settings=Settings(floor=1.5)).expected[69] == pytest.approx(0.3)


def test_a_trend_that_leads_beyond_the_past_is_left_out() -> None:
    rising = np.round(10 * np.exp(0.01 * np.arange(70)))
    found = farrington(rising, settings=Settings(periods=1))
    assert found.trend[69] == 0
    assert found.expected[69] <= rising[:66].max()
    falling = rising[::-1].copy()
    assert farrington(falling).trend[69] == pytest.approx(-0.01, abs=1e-3)


def test_a_month_that_stood_out_weighs_less() -> None:
    y = np.tile(flat(70, 20.0), (2, 1)) + np.arange(70) % 2
    y[:, 57] = 120
    kept = farrington(y, settings=Settings(reweight_above=math.inf))
    drawn = farrington(y)
    assert kept.expected[0, 69] > 25
    assert 20 < drawn.expected[0, 69] < 21.5
    assert drawn.phi[0, 69] < kept.phi[0, 69]


# ---- laws ---------------------------------------------------------------------------------------


def drawn(seed: int, series: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(4, 4 / (4 + rng.uniform(0.2, 60, (series, 1))), (series, 80)) * 1.0


def told(found: Farrington) -> list[np.ndarray]:
    return [getattr(found, name) for name in NUMBERS]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_each_series_stands_for_itself(seed: int) -> None:
    y = drawn(seed)
    whole = farrington(y)
    order = np.random.default_rng(seed).permutation(len(y))
    for a, b in zip(told(farrington(y[order])), told(whole), strict=True):
        assert a == pytest.approx(b[order], nan_ok=True)
    for a, b in zip(told(farrington(y.reshape(2, 3, 80))), told(whole), strict=True):
        assert a == pytest.approx(b.reshape(2, 3, 80), nan_ok=True)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e6))
def test_the_unit_of_the_exposure_does_not_matter(seed: int, unit: float) -> None:
    y = drawn(seed)
    e = np.random.default_rng(seed).uniform(1, 2, y.shape)
    for a, b in zip(told(farrington(y, e)), told(farrington(y, unit * e)), strict=True):
        assert a == pytest.approx(b, rel=1e-6, nan_ok=True)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_a_higher_count_is_never_less_unusually_high(seed: int) -> None:
    y = drawn(seed, 1)[0]
    more = np.tile(y, (30, 1))
    more[:, 79] = np.arange(30)
    found = farrington(more, months=slice(79, 80))
    assert (np.diff(found.p_upper[:, 79]) <= 1e-12).all()
    assert (np.diff(found.p_lower[:, 79]) >= -1e-12).all()
    assert np.ptp(found.expected[:, 79]) < 1e-9
    assert (found.alarm[:, 79] == np.sort(found.alarm[:, 79])).all()


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_p_values_and_limits_never_contradict_each_other(seed: int) -> None:
    found = farrington(drawn(seed))
    tested = found.status == Status.TESTED
    assert ((found.p_upper <= 0.01) == (found.alarm == 1))[tested].all()
    assert ((found.p_lower < 0.01) == (found.alarm == -1))[tested].all()
    y = drawn(seed)
    p = counting.two_sided(y, found.expected, limits.size(found.expected, found.phi))
    assert found.p == pytest.approx(p, nan_ok=True)
    assert (found.phi[tested] >= 1).all()


SERIES = st.one_of(
    st.just(np.zeros(75)),
    st.just(np.full(75, 1e9)),
    st.just(np.full(75, np.nan)),
    st.integers(0, 74).map(lambda i: 1e9 * (np.arange(75) == i)),
    st.integers(0, 74).map(lambda i: np.where(np.arange(75) == i, 1e9, 3.0)),
    st.integers(0, 2**32 - 1).map(lambda s: drawn(s, 1)[0, :75]),
    st.integers(0, 2**32 - 1).map(
        lambda s: np.where(np.random.default_rng(s).random(75) < 0.4, np.nan, 2.0)
    ),
    st.integers(0, 2**32 - 1).map(
        lambda s: np.where(np.random.default_rng(s).random(75) < 0.03, 1.0, 0.0)
    ),
)


@settings(max_examples=60)
@given(
    st.lists(SERIES, min_size=1, max_size=3),
    st.sampled_from([(5, 1, 10, 3), (3, 0, 1, 0), (5, 2, 4, 9), (10, 5, 1, 6)]),
    st.booleans(),
    st.sampled_from(["numpy", "compiled"]),
)
def test_whatever_comes_every_tested_month_has_an_answer(
    series: list[np.ndarray], shape: tuple[int, int, int, int], exposed: bool, engine: str
) -> None:
    y = np.array(series)
    e = np.where(np.arange(75) % 11 == 4, 0.0, 20.0) if exposed else None
    found = farrington(y, e, settings=Settings(*shape), engine=engine)
    tested = found.status == Status.TESTED
    for values in told(found):
        assert np.isfinite(values[tested]).all()
        assert np.isnan(values[~tested]).all()
    assert (found.expected[tested] > 0).all()
    assert (found.lower[tested] <= found.upper[tested]).all()
    for p in (found.p, found.p_lower, found.p_upper):
        assert ((p >= 0) & (p <= 1))[tested].all()


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(5, 1, 10, 3), (5, 1, 4, 3), (3, 2, 1, 0), (8, 0, 12, 2)]),
    st.sampled_from([0.0, 0.2]),
    st.booleans(),
    st.sampled_from([0.0, 0.5]),
)
def test_both_engines_give_the_same_answers(
    seed: int, shape: tuple[int, int, int, int], missing: float, exposed: bool, floor: float
) -> None:
    rng = np.random.default_rng(seed)
    mean = 10.0 ** rng.uniform(-1.5, 5, (5, 1))
    y = rng.poisson(rng.gamma(2, mean / 2, (5, 110))).astype(float)
    y[rng.random(y.shape) < missing] = np.nan
    e = rng.uniform(1, 3, y.shape) if exposed else None
    regimes = np.repeat([0, 1], [rng.integers(1, 50), 110])[:110]
    how = Settings(*shape, floor=floor)
    plain = farrington(y, e, regimes, settings=how, engine="numpy")
    fast = farrington(y, e, regimes, settings=how, engine="compiled")
    assert (plain.status == fast.status).all()
    assert (plain.alarm == fast.alarm).all()
    for a, b in zip(told(plain), told(fast), strict=True):
        assert a == pytest.approx(b, rel=1e-8, abs=1e-11, nan_ok=True)


def test_nothing_is_compiled_unless_it_is_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No page can wait for a compiler because of what its process did before."""
    called = []
    monkeypatch.setattr(kernel, "score", lambda *a: called.append(a))
    farrington(flat(70), engine="compiled")
    assert len(called) == 1
    farrington(flat(70))
    farrington(flat(70), engine="numpy")
    assert len(called) == 1


def test_whoever_does_not_ask_for_the_compiled_engine_does_not_import_numba() -> None:
    """Importing it takes longer than a page may."""
    process = """
import sys
import numpy as np
from openscrutiny.core.surveillance import choice, farrington
farrington.farrington(np.ones(70))
print([name for name in sys.modules if name.startswith("numba") or name.endswith(".kernel")])
"""
    found = subprocess.run(
        [sys.executable, "-c", process], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_without_numba_the_compiled_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "numba", None)
    with pytest.raises(Refused, match="needs numba, which is not installed: use numpy"):
        farrington(flat(70), engine="compiled")
    assert farrington(flat(70)).status[69] == Status.TESTED


def test_a_tail_is_as_exact_however_little_was_expected() -> None:
    """Of a season in which nothing was ever recorded, while the others scatter widely."""
    y = np.random.default_rng(4).negative_binomial(0.5, 0.05, 75).astype(float)
    y[np.isin(np.arange(75) % 12, (1, 2, 3))] = 0
    y[74] = 1
    how = Settings(periods=4, floor=0.0)
    plain, fast = (farrington(y, settings=how, engine=e) for e in ("numpy", "compiled"))
    assert plain.phi[74] > 3
    assert plain.expected[74] < 1e-200
    assert plain.p_upper[74] < 1e-200
    assert fast.p_upper[74] == pytest.approx(plain.p_upper[74], rel=1e-8, abs=0)


# ---- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"half_window": 6}, "The half window is 0 to 5 months: months of two years would overlap"),
        ({"half_window": -1}, "The half window is 0 to 5"),
        ({"periods": 11}, "A year has 1 to 10 periods"),
        ({"periods": 0}, "A year has 1 to 10 periods"),
        ({"periods": 13, "half_window": 0}, "A year has 1 to 12 periods"),
        ({"excluded": 11}, "recent months left out"),
        ({"excluded": -1}, "recent months left out"),
        ({"years": 2}, "A baseline has 3 to 10 years"),
        ({"years": 11}, "A baseline has 3 to 10 years"),
        ({"years_least": 2}, "A baseline has 3 to 10 years"),
        ({"years": 4, "years_least": 5}, "A baseline has 3 to 10 years"),
        ({"alpha": 0.0}, "chance of an alarm in one tail: between 0 and 0.5"),
        ({"alpha": 0.5}, "chance of an alarm in one tail"),
        ({"reweight_above": 0.0}, "The reweighting threshold is above 0 and the floor 0 or more"),
        ({"floor": -0.1}, "the floor 0 or more"),
        ({"floor": math.inf}, "the floor 0 or more"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    how: dict[str, float], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        Settings(**how)  # type: ignore[arg-type]


def test_settings_may_go_to_their_ends() -> None:
    Settings(half_window=5, periods=2, excluded=6)
    Settings(half_window=0, periods=12, excluded=11)
    Settings(years=10, years_least=10, alpha=0.4999, floor=0, reweight_above=math.inf)
    Settings(years=3, excluded=0)


def test_the_defaults_are_those_of_the_method_set() -> None:
    assert Settings() == Settings(5, 1, 10, 3, 2.58, 0.01, 3, 0.5)


@pytest.mark.parametrize(
    ("counts", "exposure", "how", "sentence"),
    [
        ([1.0, -1.0], None, {}, "Counts are whole numbers from 0 to 10¹²"),
        ([1.0, math.inf], None, {}, "Counts are whole numbers"),
        ([1.0, 0.5], None, {}, "Counts are whole numbers"),
        ([1.0, 2e12], None, {}, "Counts are whole numbers"),
        (3.0, None, {}, "an array whose last axis is months"),
        ([1.0, 2.0], [1.0, -2.0], {}, "Exposures are finite and not negative"),
        ([1.0, 2.0], [1.0, math.inf], {}, "Exposures are finite and not negative"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], {}, r"The exposure has shape \(3,\), the counts \(2,\)"),
        ([1.0, 2.0], None, {"regimes": np.zeros(3, int)}, "There are 2 months and 3 regimes"),
        ([1.0, 2.0], None, {"months": np.array([2])}, "There are 2 months: monitor some of 0 to 1"),
        ([1.0, 2.0], None, {"engine": "quick"}, "There is no engine 'quick'"),
    ],
)
def test_what_cannot_be_meant_is_refused(counts, exposure, how, sentence) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused, match=sentence):
        farrington(counts, exposure, **how)


def test_counts_of_a_million_million_are_taken() -> None:
    assert farrington(flat(70, 1e12)).expected[69] == pytest.approx(1e12)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_without_tails_the_expectation_is_the_same_and_the_rest_is_nan(engine: str) -> None:
    y = np.random.default_rng(5).poisson(7, (3, 70)).astype(float)
    whole, part = (farrington(y, engine=engine, tails=tails) for tails in (True, False))
    for name in ("expected", "phi", "trend", "status"):
        assert np.array_equal(getattr(part, name), getattr(whole, name), equal_nan=True), name
    for name in ("lower", "upper", "p_lower", "p_upper", "p"):
        assert np.isnan(getattr(part, name)).all(), name
        assert not np.isnan(getattr(whole, name)).all(), name
    assert not part.alarm.any()
