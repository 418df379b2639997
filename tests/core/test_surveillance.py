"""A count against its own regime, against a loop that does one series and month at a time."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import counting
from openscrutiny.core.surveillance import OwnPast, against_own_regime

Cells = dict[tuple[int, int, int], dict[str, float]]


@dataclass(frozen=True)
class Rule:
    window: int
    least: int
    most: int


def slowly(y: np.ndarray, e: np.ndarray, regimes: np.ndarray, rule: Rule) -> Cells:
    """The same promise kept slowly: nothing shared, nothing cumulative."""
    found = one_by_one(y, y, e, regimes, rule)
    for _ in range(2 if rule.window == 1 else 0):
        remembered = y.copy()
        for cell, c in found.items():
            mean = c["expected"]
            reach = 3 * math.sqrt(c["phi"] * (mean + mean**2 / (c["events"] + 0.5)))
            remembered[cell] = min(max(y[cell], mean - reach, 0.0), mean + reach)
        found = one_by_one(y, remembered, e, regimes, rule)
    return found


def one_by_one(
    y: np.ndarray, past: np.ndarray, e: np.ndarray, regimes: np.ndarray, rule: Rule
) -> Cells:
    """Windows of ``y`` against baselines of ``past``."""
    found: Cells = {}
    pool: list[tuple[int, int, float, int]] = []
    for a, s, t in np.ndindex(y.shape):
        months = list(range(t + 1 - rule.window, t + 1))
        known = months[0] >= 0 and all(
            regimes[m] == regimes[t] >= 0 and not np.isnan(y[a, s, m] + e[a, s, m]) for m in months
        )
        baseline: list[int] = []
        before = t - rule.window
        while before >= 0 and len(baseline) < rule.most and regimes[before] == regimes[t]:
            if np.isnan(y[a, s, before] + e[a, s, before]):
                break
            baseline.append(before)
            before -= 1
        if not known or len(baseline) < rule.least:
            continue
        units = sum(e[a, s, m] for m in baseline)
        pearson, degrees = pearson_of(past[a, s], e[a, s], baseline, units)
        pool.append((s, t, pearson, degrees))
        exposed = sum(e[a, s, m] for m in months)
        if units <= 0 or exposed <= 0:
            continue
        events = sum(past[a, s, m] for m in baseline)
        found[a, s, t] = {
            "observed": sum(y[a, s, m] for m in months),
            "expected": (events + 0.5) * exposed / units,
            "events": events,
            "months": len(baseline),
            "pearson": pearson,
            "degrees": degrees,
        }
    for (_, s, t), cell in found.items():
        degrees = sum(d for s2, t2, _, d in pool if (s2, t2) == (s, t))
        pooled = sum(x for s2, t2, x, _ in pool if (s2, t2) == (s, t)) / degrees if degrees else 1
        cell["phi"] = max(1.0, (cell["pearson"] + 12 * pooled) / (cell["degrees"] + 12))
    return found


def pearson_of(
    past: np.ndarray, e: np.ndarray, baseline: list[int], units: float
) -> tuple[float, int]:
    positive = [m for m in baseline if e[m] > 0]
    counted = sum(past[m] for m in positive)
    if counted <= 0 or len(positive) < 2:
        return 0.0, 0
    means = {m: counted * e[m] / units for m in positive}
    return sum((past[m] - means[m]) ** 2 / means[m] for m in positive), len(positive) - 1


@st.composite
def series(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    areas, strands, months = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
        draw(st.integers(4, 26)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.poisson(draw(st.sampled_from([0.3, 4, 40])), (areas, strands, months)).astype(float)
    e = rng.integers(0 if draw(st.booleans()) else 1, 30, y.shape).astype(float)
    for values in (y, e):
        values[rng.random(y.shape) < draw(st.sampled_from([0, 0.02]))] = np.nan
    cuts = sorted(draw(st.lists(st.integers(1, months - 1), max_size=2)))
    regimes = np.searchsorted(cuts, np.arange(months), side="right")
    if draw(st.booleans()):
        regimes[draw(st.integers(0, months - 1))] = -1
    return y, e, regimes.astype(np.int64)


def run(y: np.ndarray, e: np.ndarray | None, regimes: np.ndarray, **how: int) -> OwnPast:
    rules = {"window": 1, "baseline_least": 12, "baseline_most": 36, **how}
    return against_own_regime(y, e, regimes, **rules)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(series(), st.integers(1, 3), st.integers(1, 4), st.integers(0, 12))
def test_every_cell_agrees_with_a_loop(
    given_series: tuple[np.ndarray, np.ndarray, np.ndarray], window: int, least: int, more: int
) -> None:
    y, e, regimes = given_series
    # A gap and what follows it are different regimes, as a panel numbers them.
    steps = np.flatnonzero(regimes == -1)
    for step in steps:
        regimes = np.where(np.arange(len(regimes)) > step, regimes + 10, regimes)
    found = against_own_regime(
        y, e, regimes, window=window, baseline_least=least, baseline_most=least + more
    )
    expected = slowly(y, e, regimes, Rule(window, least, least + more))
    assert set(zip(*np.nonzero(found.baseline_months), strict=True)) == set(expected)
    for cell, numbers in expected.items():
        assert found.observed[cell] == pytest.approx(numbers["observed"])
        assert found.expected[cell] == pytest.approx(numbers["expected"])
        assert found.baseline_months[cell] == numbers["months"]
        assert found.baseline_events[cell] == pytest.approx(numbers["events"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_dispersion_agrees_with_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.negative_binomial(3, 0.2, (3, 2, 20)).astype(float)
    e = rng.integers(0, 9, y.shape).astype(float)
    regimes = np.zeros(20, np.int64)
    found = run(y, e, regimes, baseline_least=6, baseline_most=12)
    for cell, numbers in slowly(y, e, regimes, Rule(1, 6, 12)).items():
        assert found.phi[cell] == pytest.approx(numbers["phi"], rel=1e-6)


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 60), st.integers(12, 36))
def test_the_predictive_tail_lies_between_two_exact_conditional_tests(
    baseline: int, seen: int, months: int
) -> None:
    """Jeffreys' predictive lies between the binomial tests with B and with B + 1 events."""
    share = 1 / (months + 1)
    size = baseline + 0.5
    predicted = stats.nbinom(size, months / (months + 1)).sf(seen - 1)
    # Of n events in both periods, how likely are at least `seen` in the last one?
    loose = stats.binom(baseline + seen, share).sf(seen - 1)
    strict = stats.binom(baseline + 1 + seen - 1, share).sf(seen - 1) if seen else 1.0
    exact_with_one_more = stats.nbinom(baseline + 1, months / (months + 1)).sf(seen - 1)
    exact = stats.nbinom(max(baseline, 1e-9), months / (months + 1)).sf(seen - 1)
    assert exact <= predicted * (1 + 1e-9) + 1e-12
    assert predicted <= exact_with_one_more * (1 + 1e-9) + 1e-12
    # The negative binomial with B + 1 is that exact binomial test (a classical identity).
    assert exact_with_one_more == pytest.approx(strict if seen else loose, rel=1e-7, abs=1e-12)


def test_poisson_months_are_tested_by_that_predictive_distribution() -> None:
    y = np.array([3, 5, 4, 2, 6, 4, 3, 5, 4, 4, 3, 5, 11], float).reshape(1, 1, -1)
    past = run(y, None, np.zeros(13, np.int64))
    assert past.phi[0, 0, 12] == 1
    size = counting.size_from_variance(past.expected, past.variance(past.expected))
    p = counting.two_sided(past.observed, past.expected, size)
    predictive = stats.nbinom(48.5, 12 / 13)
    assert float(p[0, 0, 12]) == pytest.approx(
        2 * (predictive.sf(11) + predictive.pmf(11) / 2), rel=1e-6
    )


def test_no_more_false_alarms_than_said_and_hardly_fewer() -> None:
    rng = np.random.default_rng(8)
    y = rng.poisson(12, (32, 60, 40)).astype(float)
    past = run(y, None, np.zeros(40, np.int64))
    size = counting.size_from_variance(past.expected, past.variance(past.expected))
    p = counting.two_sided(past.observed, past.expected, size)
    tested = past.baseline_months > 0
    # A little below: dispersion is estimated and never taken to be less than Poisson.
    assert 0.035 < np.mean(p[tested] < 0.05) < 0.05


def test_a_varied_series_is_given_more_room() -> None:
    rng = np.random.default_rng(9)
    calm = rng.poisson(30, (8, 1, 37)).astype(float)
    varied = rng.poisson(rng.gamma(6, 5, (8, 1, 37))).astype(float)
    regimes = np.zeros(37, np.int64)
    assert np.nanmean(run(varied, None, regimes).phi) > 3 * np.nanmean(run(calm, None, regimes).phi)


def test_a_series_that_stands_alone_is_widened_for_its_own_estimate() -> None:
    y = np.random.default_rng(10).poisson(30, (1, 1, 13)).astype(float)
    regimes = np.zeros(13, np.int64)
    alone = against_own_regime(
        y, None, regimes, window=1, baseline_least=12, baseline_most=12, alone=True
    )
    pearson = float(np.var(y[..., :12]) * 12 / np.mean(y[..., :12]))
    allowance = (stats.t(11).ppf(0.995) / stats.norm.ppf(0.995)) ** 2
    assert alone.phi[0, 0, 12] == pytest.approx(max(pearson / 11, 1) * allowance)


def test_the_first_month_of_a_change_does_not_hide_the_next_two() -> None:
    y = np.random.default_rng(12).poisson(20, (6, 1, 40)).astype(float)
    y[2, 0, 30:33] = 80
    past = run(y, None, np.zeros(40, np.int64))
    size = counting.size_from_variance(past.expected, past.variance(past.expected))
    p = counting.two_sided(past.observed, past.expected, size)
    assert (p[2, 0, 30:33] < 1e-5).all()
    assert past.expected[2, 0, 33] < 28


def test_ordinary_months_are_remembered_as_they_were() -> None:
    y = np.full((2, 1, 30), 10.0)
    y[:, :, ::2] = 12
    past = run(y, None, np.zeros(30, np.int64))
    assert past.baseline_events[0, 0, 29] == y[0, 0, :29].sum()


def test_a_year_of_baseline_is_needed() -> None:
    y = np.full((1, 1, 20), 5.0)
    past = run(y, None, np.zeros(20, np.int64))
    assert list(np.flatnonzero(past.baseline_months[0, 0])) == list(range(12, 20))


def test_a_break_starts_the_baseline_afresh() -> None:
    y = np.full((1, 1, 40), 5.0)
    regimes = np.array([0] * 20 + [1] * 20)
    months = run(y, None, regimes).baseline_months[0, 0]
    assert list(np.flatnonzero(months)) == [*range(12, 20), *range(32, 40)]
    assert months[32] == 12


def test_ten_times_the_exposure_leaves_the_expectation_as_it_is() -> None:
    rng = np.random.default_rng(11)
    y, e = rng.poisson(8, (2, 1, 20)).astype(float), rng.integers(20, 40, (2, 1, 20)).astype(float)
    one, ten = (run(y, k * e, np.zeros(20, np.int64)) for k in (1, 10))
    assert ten.expected == pytest.approx(one.expected, nan_ok=True)
    assert ten.phi == pytest.approx(one.phi, nan_ok=True)


def test_an_exposure_that_is_itself_a_count_adds_its_own_doubt() -> None:
    y = np.full((1, 1, 13), 5.0)
    e = np.full((1, 1, 13), 20.0)
    how = {"window": 1, "baseline_least": 12, "baseline_most": 12}
    regimes = np.zeros(13, np.int64)
    sure = against_own_regime(y, e, regimes, **how)  # type: ignore[arg-type]
    unsure = against_own_regime(y, e, regimes, exposure_is_count=True, **how)  # type: ignore[arg-type]
    more = 1 / unsure.knowledge[0, 0, 12] - 1 / sure.knowledge[0, 0, 12]
    assert more == pytest.approx(1 / 20 + 1 / 240)
    assert math.isnan(sure.expected[0, 0, 11])
