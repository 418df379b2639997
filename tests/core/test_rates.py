"""Intervals and the exact test: laws, refusals, and a second implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import rates
from openscrutiny.core.measures import Refused
from openscrutiny.core.rates.intervals import normal_reach, tail_of
from tests.core.invented import MEASURES

counts = st.integers(0, 400)


@settings(deadline=None)
@given(counts, st.floats(0.5, 0.999))
def test_the_exact_interval_leaves_half_the_doubt_on_each_side(x: int, coverage: float) -> None:
    low, high = rates.poisson_interval(x, coverage)
    tail = (1 - coverage) / 2
    assert stats.poisson(float(high)).cdf(x) == pytest.approx(tail, rel=1e-6)
    if x:
        assert stats.poisson(float(low)).sf(x - 1) == pytest.approx(tail, rel=1e-6)
    else:
        assert low == 0


@settings(deadline=None)
@given(st.integers(10, 5000))
def test_byar_is_close_to_exact_from_ten_on(x: int) -> None:
    for byar, exact in zip(rates.byar_interval(x), rates.poisson_interval(x), strict=True):
        assert byar == pytest.approx(exact, abs=0.1)


def test_byar_of_nothing_starts_at_nothing() -> None:
    assert rates.byar_interval(0)[0] == 0


def test_byar_written_out_for_one_case() -> None:
    z = 1.959963984540054
    low, high = rates.byar_interval(1)
    assert low == pytest.approx((1 - 1 / 9 - z / 3) ** 3, rel=1e-12)
    assert high == pytest.approx(2 * (1 - 1 / 18 + z / (3 * 2**0.5)) ** 3, rel=1e-12)


@settings(deadline=None)
@given(counts, st.floats(0.1, 1000))
def test_ten_times_the_people_is_a_tenth_of_the_rate(x: int, exposure: float) -> None:
    one, ten = rates.rate_interval(x, exposure), rates.rate_interval(x, 10 * exposure)
    assert one[0] == pytest.approx(10 * ten[0])
    assert one[1] == pytest.approx(10 * ten[1])


def test_a_rate_is_exact_below_ten_and_byar_from_ten_on() -> None:
    low, high = rates.rate_interval([9, 10], 2, per=1000)
    exact, byar = rates.poisson_interval(9), rates.byar_interval(10)
    assert low == pytest.approx([500 * float(exact[0]), 500 * float(byar[0])], rel=1e-14)
    assert high == pytest.approx([500 * float(exact[1]), 500 * float(byar[1])], rel=1e-14)
    assert rates.rate_interval(4, 1)[0] == rates.poisson_interval(4)[0]


@settings(deadline=None)
@given(counts, st.floats(0.2, 50), counts, st.floats(0.2, 50))
def test_the_mid_p_of_two_rates_agrees_with_the_binomial_written_out(
    x: int, e: float, y: int, f: float
) -> None:
    d = stats.binom(x + y, e / (e + f))
    lower = d.cdf(x) - d.pmf(x) / 2
    p = rates.rate_ratio_p(x, e, y, f)
    assert p == pytest.approx(2 * min(lower, 1 - lower), rel=1e-5, abs=1e-9)


@settings(deadline=None)
@given(counts, st.floats(0.2, 50), counts, st.floats(0.2, 50))
def test_it_does_not_matter_which_rate_is_named_first(x: int, e: float, y: int, f: float) -> None:
    for mid in (True, False):
        one, other = (
            rates.rate_ratio_p(x, e, y, f, mid=mid),
            rates.rate_ratio_p(y, f, x, e, mid=mid),
        )
        assert one == pytest.approx(other, rel=1e-4, abs=1e-9)
        assert 0 <= one <= 1


def test_equal_rates_are_no_surprise() -> None:
    assert rates.rate_ratio_p(10, 1, 10, 1, mid=False) == pytest.approx(1)
    assert rates.rate_ratio_p(10, 1, 40, 1) < 0.001
    assert rates.rate_ratio_p(0, 1, 0, 1) == 1
    assert rates.rate_ratio_p(0, 1, 0, 1, mid=False) == 1


def test_the_two_forms_of_the_test_written_out_for_three_cases() -> None:
    # Three against none at equal exposure: P(3 of 3) is an eighth.
    assert rates.rate_ratio_p(3, 5, 0, 5, mid=True) == pytest.approx(1 / 8, rel=1e-12)
    assert rates.rate_ratio_p(3, 5, 0, 5, mid=False) == pytest.approx(1 / 4, rel=1e-12)
    # One of two at a share of a quarter: nothing is likelier than what was seen but 0 of 2.
    assert rates.rate_ratio_p(1, 1, 1, 3, mid=False) == pytest.approx(7 / 16, rel=1e-12)
    assert rates.rate_ratio_p(1, 1, 1, 3) == pytest.approx(2 * (1 / 16 + 3 / 16), rel=1e-12)
    # Without being told, the mid-p.
    assert rates.rate_ratio_p(3, 5, 0, 5) == pytest.approx(1 / 8, rel=1e-12)


def test_the_exact_form_is_for_sums_up_to_a_million() -> None:
    with pytest.raises(Refused, match="^The exact test is for sums up to a million. Use the mid-p"):
        rates.rate_ratio_p(1_000_000, 1, 1, 1, mid=False)
    assert rates.rate_ratio_p(500_000, 1, 500_000, 1, mid=False) == pytest.approx(1)
    assert rates.rate_ratio_p(1e9, 1, 1.0002e9, 1) < 0.01


def test_what_is_not_known_of_two_rates_stays_unknown() -> None:
    for mid in (True, False):
        p = rates.rate_ratio_p([3, np.nan, 3], [1, 1, 0], [4, 4, 4], [1, 1, 0], mid=mid)
        assert p[0] > 0.5
        assert np.isnan(p[1:]).all()


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(0.5, 9), st.integers(1, 60), st.floats(0.5, 9))
def test_at_the_ends_of_its_interval_a_ratio_of_rates_is_just_believable(
    x: int, e: float, y: int, f: float
) -> None:
    found = rates.rate_ratio(x, e, y, f)
    assert found.value == pytest.approx(x / e / (y / f), rel=1e-12)
    for end, tail in ((found.low, "sf"), (found.high, "cdf")):
        share = float(end) * e / (float(end) * e + f)
        d = stats.binom(x + y, share)
        chance = d.sf(x - 1) if tail == "sf" else d.cdf(x)
        assert chance == pytest.approx(0.025, rel=1e-6)
    turned = rates.rate_ratio(y, f, x, e)
    assert turned.low == pytest.approx(1 / found.high, rel=1e-9)


def test_a_ratio_of_rates_at_its_edges() -> None:
    found = rates.rate_ratio([0, 5, 0, 5, 1], [2, 2, 2, 0, 1], [5, 0, 0, 5, 1], [1, 1, 1, 1, 1])
    assert found.value[0] == 0
    assert found.low[0] == 0
    # 0.025 ** (1 / 5) is the highest share that would still let none of five fall on one side.
    share = 1 - 0.025**0.2
    assert found.high[0] == pytest.approx(share / (1 - share) / 2, rel=1e-9)
    assert np.isposinf(found.value[1])
    assert np.isposinf(found.high[1])
    assert found.low[1] == pytest.approx((1 - share) / share / 2, rel=1e-9)
    assert np.isnan([found.value[2:4], found.low[2:4], found.high[2:4]]).all()
    # One of two: the share lies between 1 - 0.975 ** 0.5 and 0.975 ** 0.5.
    least = 1 - 0.975**0.5
    assert found.low[4] == pytest.approx(least / (1 - least), rel=1e-9)
    assert found.high[4] == pytest.approx((1 - least) / least, rel=1e-9)
    assert rates.rate_ratio(1, 1, 1, 1, coverage=0.5).high < 10


def test_the_ratio_of_two_counts_gets_no_binomial_interval() -> None:
    for interval in (rates.wilson_interval, rates.binomial_interval):
        with pytest.raises(Refused, match="not a proportion"):
            interval(18, 497, measure=MEASURES["outcomes_per_100"])


def test_more_outcomes_than_offences_is_no_proportion() -> None:
    sentence = "^A part cannot be greater than its whole, so these figures are not a proportion"
    for interval in (rates.wilson_interval, rates.binomial_interval):
        with pytest.raises(Refused, match=sentence + ". For a ratio of two counts use"):
            interval([3, 9], [10, 8])


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 60))
def test_a_wilson_interval_holds_its_proportion_and_stays_within_nought_and_one(
    x: int, more: int
) -> None:
    n = x + more
    low, high = rates.wilson_interval(x, n, measure=MEASURES["share_of_whole"])
    assert 0 <= low <= x / n + 1e-12
    assert x / n - 1e-12 <= high <= 1
    assert np.isfinite(low + high)


def test_wilson_written_out_for_half_of_ten() -> None:
    z = 1.959963984540054
    reach = z * (0.25 / 10 + z * z / 400) ** 0.5 / (1 + z * z / 10)
    low, high = rates.wilson_interval(5, 10)
    assert (low, high) == pytest.approx((0.5 - reach, 0.5 + reach), rel=1e-12)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 0.999))
def test_the_exact_binomial_interval_leaves_half_the_doubt_on_each_side(
    x: int, more: int, coverage: float
) -> None:
    n, tail = x + more, (1 - coverage) / 2
    low, high = rates.binomial_interval(x, n, coverage=coverage)
    if n == 0:
        assert np.isnan([low, high]).all()
        return
    assert (low == 0) == (x == 0)
    assert (high == 1) == (more == 0)
    if x:
        assert stats.binom(n, float(low)).sf(x - 1) == pytest.approx(tail, rel=1e-6)
    if more:
        assert stats.binom(n, float(high)).cdf(x) == pytest.approx(tail, rel=1e-6)


def test_without_being_told_every_interval_covers_95_percent() -> None:
    assert tail_of(0.95) == pytest.approx(0.025)
    assert normal_reach(0.95) == pytest.approx(1.959963984540054, rel=1e-12)
    for found, told in (
        (rates.poisson_interval(7), rates.poisson_interval(7, 0.95)),
        (rates.byar_interval(7), rates.byar_interval(7, 0.95)),
        (rates.rate_interval(7, 2), rates.rate_interval(7, 2, per=1, coverage=0.95)),
        (rates.wilson_interval(7, 9), rates.wilson_interval(7, 9, coverage=0.95)),
        (rates.binomial_interval(7, 9), rates.binomial_interval(7, 9, coverage=0.95)),
    ):
        assert found == told


@pytest.mark.parametrize("coverage", [0.0, 1.0, 95.0, -0.1, float("nan")])
def test_a_coverage_is_a_share(coverage: float) -> None:
    sentence = f"^A coverage is a share between 0 and 1, such as 0.95, and not {coverage}.$"
    with pytest.raises(Refused, match=sentence):
        rates.poisson_interval(3, coverage)


@pytest.mark.parametrize("wrong", [-1.0, float("inf"), float("-inf")])
def test_no_count_is_negative_or_infinite(wrong: float) -> None:
    sentence = (
        "^A count or an exposure cannot be negative or infinite. Mark what is not known as NaN.$"
    )
    for ask in (
        lambda: rates.poisson_interval(wrong),
        lambda: rates.byar_interval([3, wrong]),
        lambda: rates.rate_interval(3, wrong),
        lambda: rates.wilson_interval(wrong, 5),
        lambda: rates.rate_ratio(3, 1, 4, wrong),
        lambda: rates.rate_ratio_p(wrong, 1, 4, 1),
    ):
        with pytest.raises(Refused, match=sentence):
            ask()


def test_what_is_not_there_stays_not_there() -> None:
    nan = np.nan
    for low, high in (
        rates.poisson_interval(nan),
        rates.byar_interval(nan),
        rates.rate_interval([nan, 3, 3], [1, nan, 0]),
        rates.wilson_interval([nan, 3, 0], [1, nan, 0]),
        rates.binomial_interval([nan, 3, 0], [1, nan, 0]),
    ):
        assert np.isnan(low).all()
        assert np.isnan(high).all()


def test_a_thousand_million_events_are_no_difficulty() -> None:
    for interval in (rates.poisson_interval, rates.byar_interval):
        low, high = interval(1e9)
        assert (1e9 - low, high - 1e9) == pytest.approx((61980, 61980), rel=1e-3)
