"""Residents between censuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.months import Month
from openscrutiny.core.population import interpolate

_ORDINALS = st.lists(st.integers(20000, 30000), min_size=1, max_size=6, unique=True).map(sorted)


@given(_ORDINALS, st.data())
def test_the_straight_line_is_that_of_an_independent_implementation(ordinals, data):
    people = st.lists(st.integers(0, 10**7), min_size=len(ordinals), max_size=len(ordinals))
    counts = np.array([data.draw(people), data.draw(people)], float)
    wanted = data.draw(st.lists(st.integers(19990, 30010), min_size=1, max_size=20))
    values, low, high = interpolate(
        [Month(o) for o in ordinals], counts, [Month(w) for w in wanted]
    )
    for position, ordinal in enumerate(wanted):
        if ordinal < ordinals[0]:
            assert np.isnan(values[:, position]).all()
            assert low[position] == high[position] == -1
            continue
        for area in range(2):
            expected = np.interp(ordinal, ordinals, counts[area])
            assert values[area, position] == pytest.approx(expected)
        assert ordinals[low[position]] <= ordinal
        assert (low[position] == high[position]) == (ordinal in ordinals or ordinal > ordinals[-1])


def test_counts_out_of_order_are_refused():
    months = [Month.parse("2021-03"), Month.parse("2011-03")]
    with pytest.raises(ValueError, match="later than the one before"):
        interpolate(months, np.ones((1, 2)), months)
