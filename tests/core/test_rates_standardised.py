"""Standardised rates, means, groups by rank and standings: worked by hand, laws and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import rates
from openscrutiny.core.measures import Refused
from openscrutiny.core.rates import Standing
from tests.core.invented import MEASURES

bands = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 5000), st.integers(1, 900)),
    min_size=1,
    max_size=8,
)


def test_a_directly_standardised_rate_worked_by_hand() -> None:
    # Rates of 0.1 and 0.2 in bands that the standard weighs 3 to 1.
    found = rates.direct_rate([8, 4], [80, 20], [300, 100], per=100)
    assert found.value == pytest.approx(12.5, rel=1e-12)
    error = math.sqrt((300**2 * 8 / 80**2 + 100**2 * 4 / 20**2) / 12) / 400
    low, high = (float(v) for v in rates.byar_interval(12))
    assert found.low == pytest.approx(100 * (0.125 + error * (low - 12)), rel=1e-12)
    assert found.high == pytest.approx(100 * (0.125 + error * (high - 12)), rel=1e-12)
    assert rates.direct_rate([8, 4], [80, 20], [3, 1]).value == pytest.approx(0.125)
    assert rates.direct_rate([8, 4], [80, 20], [3, 1], coverage=0.5).low > found.low / 100


@given(bands)
def test_with_the_areas_own_people_as_standard_it_is_the_crude_rate(
    table: list[tuple[int, int, int]],
) -> None:
    x, n, w = np.array(table, float).T
    found = rates.direct_rate(x, n, n)
    if x.sum() < 10:
        assert np.isnan([found.value, found.low, found.high]).all()
        return
    crude = rates.rate_interval(x.sum(), n.sum())
    assert found.value == pytest.approx(x.sum() / n.sum())
    if x.sum() >= 10:
        assert found.low == pytest.approx(crude[0])
        assert found.high == pytest.approx(crude[1])
    order = np.arange(len(x))[::-1]
    mixed, again = rates.direct_rate(x, n, w), rates.direct_rate(x[order], n[order], 7 * w[order])
    assert again.value == pytest.approx(float(mixed.value))
    assert again.low == pytest.approx(float(mixed.low))


def test_fewer_than_ten_events_are_too_few_to_standardise() -> None:
    found = rates.direct_rate([[5, 4], [5, 5], [np.nan, 20]], [50, 50], [1, 1])
    assert np.isnan(found.value).tolist() == [True, False, True]
    assert np.isnan(found.low).tolist() == [True, False, True]
    assert np.isnan(found.high).tolist() == [True, False, True]


def test_a_band_with_nobody_in_it_is_refused() -> None:
    with pytest.raises(Refused, match="^Nobody lives in one of these bands, so it has no rate"):
        rates.direct_rate([5, 9], [50, 0], [1, 1])
    with pytest.raises(Refused, match="^Nobody is in the standard population, so nothing can be"):
        rates.direct_rate([5, 9], [50, 10], [0, 0])
    with pytest.raises(Refused, match="negative or infinite"):
        rates.direct_rate([5, 9], [50, 10], [1, 1], variance=[1, -1])
    for wrong in ([-5, 9], [5, np.inf]):
        with pytest.raises(Refused, match="negative or infinite"):
            rates.direct_rate(wrong, [50, 10], [1, 1])


def test_incidents_with_several_victims_widen_the_interval() -> None:
    # 4 incidents with one victim, 2 with two, 1 with three: 11 victims.
    assert rates.compound_variance([4, 2, 1]) == 4 + 8 + 9
    assert rates.compound_variance([[4], [7]]).tolist() == [4, 7]
    single = rates.direct_rate([11, 20], [50, 60], [1, 1])
    several = rates.direct_rate([11, 20], [50, 60], [1, 1], variance=[44, 80])
    assert several.value == single.value
    assert several.value - several.low == pytest.approx(2 * float(single.value - single.low))
    assert several.high - several.value == pytest.approx(2 * float(single.high - single.value))


def test_what_is_expected_is_the_references_rates_on_the_areas_people() -> None:
    found = rates.expected_count([[100, 50], [10, 0]], [20, 30], [1000, 300])
    assert found.tolist() == pytest.approx([2 + 5, 0.2])
    assert np.isnan(rates.expected_count([100, 50], [20, 30], [1000, 0]))


def test_an_indirect_ratio_and_rate_worked_by_hand() -> None:
    ratio = rates.indirect_ratio([9, 10, 3], [6, 8, 0], per=100)
    assert ratio.value[:2] == pytest.approx([150, 125])
    assert ratio.low[:2] == pytest.approx(
        [100 * float(rates.poisson_interval(9)[0]) / 6, 100 * float(rates.byar_interval(10)[0]) / 8]
    )
    assert np.isnan([ratio.value[2], ratio.low[2], ratio.high[2]]).all()
    plain = rates.indirect_ratio(9, 6)
    assert plain.value == 1.5
    rate = rates.indirect_rate(9, 6, 20.0)
    assert rate.value == pytest.approx(30)
    assert rate.low == pytest.approx(20 * float(plain.low))
    assert rate.high == pytest.approx(20 * float(plain.high))
    narrow = rates.indirect_rate(9, 6, 20.0, coverage=0.5)
    assert rate.low < narrow.low < narrow.high < rate.high
    assert rates.indirect_ratio(9, 6, coverage=0.5).low * 20 == pytest.approx(float(narrow.low))


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20), st.floats(0.5, 0.99))
def test_a_mean_has_students_interval(values: list[float], coverage: float) -> None:
    found = rates.mean_interval(values, coverage=coverage)
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    reach = stats.t(len(values) - 1).ppf((1 + coverage) / 2) * error
    assert found.value == pytest.approx(np.mean(values), abs=1e-9)
    assert found.high - found.value == pytest.approx(reach, rel=1e-8, abs=1e-9)
    assert found.value - found.low == pytest.approx(reach, rel=1e-8, abs=1e-9)


def test_means_at_their_edges() -> None:
    two = rates.mean_interval([[1.0, 3.0], [1.0, np.nan]])
    assert two.value[0] == 2
    assert two.high[0] == pytest.approx(2 + 12.7062047, rel=1e-7)
    assert np.isnan([two.value[1], two.low[1], two.high[1]]).all()
    one = rates.mean_interval([[4.0], [5.0]])
    assert one.value.tolist() == [4, 5]
    assert np.isnan([one.low, one.high]).all()
    none = rates.mean_interval(np.empty((3, 0)))
    assert none.value.shape == (3,)
    assert np.isnan([none.value, none.low, none.high]).all()
    constant = rates.mean_interval([7.0, 7.0, 7.0])
    assert (constant.low, constant.high) == (7, 7)
    with pytest.raises(Refused, match="^A mean of infinite values has no meaning. Mark what is"):
        rates.mean_interval([1.0, np.inf])


def groups_one_by_one(values: list[float], groups: int) -> list[float]:
    known = [v for v in values if not math.isnan(v)]
    n = len(known)
    if n < groups:
        return [math.nan] * len(values)
    found = []
    for v in values:
        rank = 1 + sum(k < v for k in known)
        group = groups + 1 - math.ceil((n + 1 - rank) / (n / groups))
        found.append(math.nan if math.isnan(v) else float(max(group, 1)))
    return found


@given(
    st.lists(st.one_of(st.integers(0, 9).map(float), st.just(math.nan)), min_size=1, max_size=25),
    st.integers(1, 10),
)
def test_groups_by_rank_agree_with_counting_one_by_one(values: list[float], groups: int) -> None:
    found = rates.quantile_groups(values, groups)
    assert found == pytest.approx(groups_one_by_one(values, groups), nan_ok=True)
    turned = rates.quantile_groups([-v for v in values], groups, highest_first=True)
    assert turned == pytest.approx(found, nan_ok=True)
    both = rates.quantile_groups([values, values[::-1]], groups)
    assert both[1] == pytest.approx(groups_one_by_one(values[::-1], groups), nan_ok=True)


def test_groups_worked_by_hand() -> None:
    assert rates.quantile_groups([10, 20, 30, 40, 50, 60, 70, 80], 4).tolist() == [
        1, 1, 2, 2, 3, 3, 4, 4,
    ]  # fmt: skip
    assert rates.quantile_groups([5, 5, 5, 9], 2).tolist() == [1, 1, 1, 2]
    assert rates.quantile_groups([1, 2, 3], 3, highest_first=True).tolist() == [3, 2, 1]
    assert np.isnan(rates.quantile_groups([1, 2, np.nan], 3)).all()
    assert rates.quantile_groups([4.0, 2.0], 1).tolist() == [1, 1]
    with pytest.raises(Refused, match="^Values can be put into one group or more, not into 0.$"):
        rates.quantile_groups([1, 2], 0)


def test_how_counts_stand_against_what_is_expected() -> None:
    # The exact 95 % interval of 5 is 1.62 to 11.67; its 99.8 % interval 0.74 to 16.45.
    expected = [0.7, 0.8, 1.6, 1.7, 11.6, 11.7, 16.4, 16.5]
    assert rates.standing_of_count(5, expected).tolist() == [
        Standing.FAR_HIGHER,
        Standing.HIGHER,
        Standing.HIGHER,
        Standing.NO_DIFFERENT,
        Standing.NO_DIFFERENT,
        Standing.LOWER,
        Standing.LOWER,
        Standing.FAR_LOWER,
    ]
    assert rates.standing_of_count([0, 0, 3, np.nan, 3], [3, 8, 0, 3, np.nan]).tolist() == [
        "no different",
        "far lower",
        "too few to tell",
        "too few to tell",
        "too few to tell",
    ]
    assert rates.standing_of_count([9, 10], [1, 1], directly_standardised=True).tolist() == [
        "too few to tell",
        "far higher",
    ]


@given(st.integers(1, 300), st.integers(0, 300), st.floats(0.02, 0.98))
def test_a_proportion_stands_outside_just_when_its_wilson_interval_leaves_the_benchmark_out(
    n: int, x: int, benchmark: float
) -> None:
    x = min(x, n)
    standing = str(rates.standing_of_proportion(x, n, benchmark))
    for coverage, beyond in ((0.95, 1), (0.998, 2)):
        reach = stats.norm.ppf((1 + coverage) / 2) * math.sqrt(benchmark * (1 - benchmark) / n)
        rank = {"far lower": -2, "lower": -1, "no different": 0, "higher": 1, "far higher": 2}
        if abs(abs(x / n - benchmark) - reach) > 1e-9:
            assert (rank[standing] >= beyond) == (x / n - benchmark > reach)
            assert (rank[standing] <= -beyond) == (benchmark - x / n > reach)


def test_no_standing_for_what_is_no_proportion_or_not_known() -> None:
    assert (
        rates.standing_of_proportion([0, np.nan, 1], [0, 5, np.nan], 0.5).tolist()
        == ["too few to tell"] * 3
    )
    assert rates.standing_of_proportion(1, 1, 0.9) == "no different"
    with pytest.raises(Refused, match="greater than its whole"):
        rates.standing_of_proportion(3, 2, 0.5)
    with pytest.raises(Refused, match="not a proportion"):
        rates.standing_of_proportion(1, 2, 0.5, measure=MEASURES["outcomes_per_100"])
