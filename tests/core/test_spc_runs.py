"""Anhøj's runs: worked values, a loop, and how often chance breaks the rules."""

import math
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.measures import Refused
from openscrutiny.core.spc import runs


def test_a_run_that_is_too_long_is_unusual_and_one_shorter_is_not() -> None:
    seven = runs.anhoej([1.0, -1, 1, -1, 1, -1, 1, *[-1.0] * 7], 0)
    eight = runs.anhoej([1.0, -1, 1, -1, 1, -1, *[1.0] * 8], 0)
    assert (seven.useful, seven.longest, seven.crossings) == (14, 7, 7)
    assert (eight.useful, eight.longest, eight.crossings) == (14, 8, 6)
    assert (seven.longest_usual, seven.fewest_usual) == (7, 4)
    assert not seven.unusual
    assert eight.unusual


def test_too_few_crossings_are_unusual_and_one_more_is_not() -> None:
    few = [1.0] * 5 + [-1.0] * 5 + [1.0] * 5 + [-1.0] * 5
    found = runs.anhoej(few, 0)
    assert (found.useful, found.longest, found.crossings) == (20, 5, 3)
    assert (found.longest_usual, found.fewest_usual) == (7, 6)
    assert found.unusual
    enough = [1.0] * 4 + [-1.0] * 3 + [1.0] * 3 + [-1.0] * 3 + [1.0] * 3 + [-1.0] * 2 + [1.0] * 2
    six = runs.anhoej(enough, 0)
    assert (six.useful, six.longest, six.crossings) == (20, 4, 6)
    assert not six.unusual


def test_points_on_the_line_or_missing_do_not_count() -> None:
    found = runs.anhoej([5, 3, 7, 3, 8, np.nan, 9, 3, 3, 1], 3)
    assert found.useful == 5
    assert found.longest == 4
    assert found.crossings == 1
    assert found.longest_usual == 5
    assert found.fewest_usual == 0


def test_the_line_is_the_median_unless_another_is_given() -> None:
    assert runs.anhoej([4.0, 1, 3]).centre.tolist() == [3.0] * 3
    assert runs.anhoej([4.0, 1, 3, 8]).centre.tolist() == [3.5] * 4
    assert runs.anhoej([4.0, np.nan, 1, 3, 8]).centre.tolist() == [3.5] * 5
    assert runs.anhoej([4.0, 1, 3, 8]).crossings == 2
    stepped = runs.anhoej([4.0, 1, 3, 8], [5.0, 0, 5, 0])
    assert stepped.centre.tolist() == [5.0, 0, 5, 0]
    assert stepped.crossings == 3
    two = runs.anhoej([[4.0, 1, 3, 8], [1.0, 2, 3, 4]], [2.0, 0.0])
    assert two.crossings.tolist() == [2, 0]
    assert two.centre.tolist() == [[2.0] * 4, [0.0] * 4]
    assert two.longest.tolist() == [2, 4]


def test_nine_useful_points_are_too_few_and_ten_are_enough() -> None:
    rising = list(range(11))
    nine, ten = runs.anhoej(rising[:9]), runs.anhoej(rising[:10])
    assert runs.LEAST_USEFUL == 10
    assert not runs.anhoej([1.0] * 9, 0).enough
    assert not runs.anhoej([1.0] * 9, 0).unusual
    assert runs.anhoej([1.0] * 10, 0).enough
    assert runs.anhoej([1.0] * 10, 0).unusual
    assert (nine.useful, ten.useful) == (8, 10)
    assert ten.unusual  # one crossing, and two are the fewest usual


def test_where_nothing_is_useful_nothing_is_said() -> None:
    for values in ([3.0] * 12, [np.nan] * 12, [0.0] * 12):
        found = runs.anhoej(values)
        numbers = (found.useful, found.longest, found.longest_usual, found.crossings)
        assert numbers == (0, 0, 0, 0)
        assert found.fewest_usual == 0
        assert not found.enough
        assert not found.unusual
    assert runs.anhoej(np.empty((2, 0)), 0.0).useful.tolist() == [0, 0]


def test_usual_runs_of_worked_lengths() -> None:
    longest, fewest = runs.usual_runs([0, 1, 2, 5, 6, 10, 11, 12, 22, 23, 45, 46, 90, 91])
    assert longest.tolist() == [0, 3, 4, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 10]
    assert fewest.tolist() == [0, 0, 0, 0, 1, 2, 2, 3, 7, 7, 17, 17, 37, 37]
    assert runs.usual_runs(24)[0].shape == ()


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(Refused, match=r"^A run chart cannot have infinite values\. Correct the"):
        runs.anhoej([1.0, np.inf])


def quantile(n: int) -> int:
    """The smallest number of heads that n tosses reach or stay below in one case of twenty."""
    total = 0.0
    for k in range(n + 1):
        total += math.comb(n, k) / 2**n
        if total >= 0.05:
            return k
    raise AssertionError


values = st.one_of(st.integers(-2, 2).map(float), st.just(math.nan))


@given(st.lists(st.lists(values, min_size=30, max_size=30), min_size=1, max_size=4))
def test_every_number_agrees_with_a_loop(many: list[list[float]]) -> None:
    found = runs.anhoej(many, np.zeros(len(many)))
    for k, one in enumerate(many):
        sides = [v > 0 for v in one if v and not math.isnan(v)]
        lengths = [len(list(group)) for _, group in groupby(sides)]
        n = len(sides)
        assert found.useful[k] == n
        assert found.longest[k] == max(lengths, default=0)
        assert found.crossings[k] == max(len(lengths) - 1, 0)
        assert found.longest_usual[k] == (round(math.log2(n)) + 3 if n else 0)
        assert found.fewest_usual[k] == (quantile(n - 1) if n else 0)
        broken = found.longest[k] > found.longest_usual[k]
        broken |= found.crossings[k] < found.fewest_usual[k]
        assert found.unusual[k] == (broken and n >= 10)


@given(st.lists(values, min_size=12, max_size=40))
def test_upside_down_or_backwards_the_runs_are_the_same(one: list[float]) -> None:
    found = runs.anhoej(one, 0)
    for other in (runs.anhoej([-v for v in one], 0), runs.anhoej(one[::-1], 0)):
        assert (other.longest, other.crossings) == (found.longest, found.crossings)
        assert other.unusual == found.unusual


def test_chance_seldom_breaks_a_rule() -> None:
    rng = np.random.default_rng(1)
    for points, share in ((10, 0.01), (24, 0.03), (60, 0.045)):
        found = runs.anhoej(rng.normal(0, 1, (20_000, points)))
        assert found.unusual.mean() == pytest.approx(share, abs=0.012)
