"""Survey proportions and recorded crime beside a survey: worked by hand, laws and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core import rates
from openscrutiny.core.measures import Refused
from openscrutiny.core.rates import Level

asked = st.tuples(st.integers(0, 80), st.integers(1, 80)).map(lambda v: (v[0], v[0] + v[1]))


def test_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80 is 0.2 with 0.0524 to 0.3339 (Newcombe, 1998, table II)."""
    found = rates.proportion_difference(56, 70, 48, 80)
    assert found.value == pytest.approx(0.2, abs=1e-12)
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)


@given(asked, asked)
def test_a_difference_lies_in_its_interval_and_turns_with_its_order(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    found = rates.proportion_difference(*one, *other)
    turned = rates.proportion_difference(*other, *one)
    assert -1 - 1e-12 <= found.low <= found.value <= found.high <= 1 + 1e-12
    assert found.low == pytest.approx(-turned.high, abs=1e-12)
    narrow = rates.proportion_difference(*one, *other, coverage=0.5)
    assert found.low <= narrow.low <= narrow.high <= found.high


def test_a_design_effect_makes_the_samples_smaller() -> None:
    found = rates.proportion_difference(60, 120, 20, 80, design_effect=2)
    smaller = rates.proportion_difference(30, 60, 10, 40)
    assert (found.value, found.low, found.high) == (smaller.value, smaller.low, smaller.high)
    for wrong in (0.99, np.nan):
        with pytest.raises(Refused, match="^A design effect below 1 would make a survey better"):
            rates.proportion_difference(1, 2, 1, 2, design_effect=wrong)


def test_where_nobody_was_asked_there_is_no_difference_to_tell() -> None:
    found = rates.proportion_difference([0, 1], [0, 2], [1, np.nan], 2)
    assert np.isnan([found.value, found.low, found.high]).all()
    with pytest.raises(Refused, match="greater than its whole"):
        rates.proportion_difference(3, 2, 1, 2)


def test_recorded_beside_the_survey_worked_by_hand() -> None:
    found = rates.recorded_to_survey(400, 1000, 0.2, level=Level.NATION)
    reach = math.exp(1.959963984540054 * math.sqrt(math.log(1.04) + 1 / 400))
    assert found.value == pytest.approx(0.4, rel=1e-12)
    assert found.low == pytest.approx(0.4 / reach, rel=1e-12)
    assert found.high == pytest.approx(0.4 * reach, rel=1e-12)
    region = rates.recorded_to_survey(400, 1000, 0.2, level=Level.REGION, coverage=0.5)
    assert found.low < region.low < region.high < found.high


def test_no_ratio_to_the_survey_below_a_region() -> None:
    sentence = (
        "^The survey asks too few people in one area to say how much of its hate crime is "
        "recorded. Show the ratio for the nation or a region, over several survey years.$"
    )
    with pytest.raises(Refused, match=sentence):
        rates.recorded_to_survey(40, 100, 0.2, level=Level.AREA)
    assert {level.value for level in Level} == {"nation", "region", "area"}


def test_nothing_recorded_or_estimated_is_no_ratio() -> None:
    found = rates.recorded_to_survey([0, 5, np.nan], [9, 0, 9], 0.1, level=Level.NATION)
    assert np.isnan([found.value, found.low, found.high]).all()
    with pytest.raises(Refused, match="negative or infinite"):
        rates.recorded_to_survey(5, 9, -0.1, level=Level.NATION)
