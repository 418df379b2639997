"""The false discovery rate, against the step-up procedure written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openscrutiny.core.multiplicity import benjamini_hochberg

ps = st.one_of(st.floats(0, 1), st.just(np.nan))
families = st.integers(0, 30).flatmap(lambda n: arrays(float, n, elements=ps))


def rejected_one_by_one(p: np.ndarray, q: float) -> set[int]:
    """Step up: find the largest rank k whose p is at most q·k/m; reject the k smallest."""
    tested = sorted((float(v), i) for i, v in enumerate(p) if not np.isnan(v))
    last = max((k for k, (v, _) in enumerate(tested, 1) if v * len(tested) / k <= q), default=0)
    return {i for _, i in tested[:last]}


@settings(deadline=None)
@given(families, st.sampled_from([0.01, 0.05, 0.1, 0.3]))
def test_it_rejects_what_the_step_up_procedure_rejects(p: np.ndarray, q: float) -> None:
    with np.errstate(invalid="ignore"):
        found = set(np.flatnonzero(benjamini_hochberg(p) <= q))
    expected = rejected_one_by_one(p, q)
    # Equal p-values may be ordered either way, but are rejected together.
    assert {float(p[i]) for i in found} == {float(p[i]) for i in expected}


@settings(deadline=None)
@given(families)
def test_adjusting_never_lowers_a_p_and_never_passes_one(p: np.ndarray) -> None:
    adjusted = benjamini_hochberg(p)
    known = ~np.isnan(p)
    assert np.array_equal(np.isnan(adjusted), ~known)
    assert (adjusted[known] >= p[known] * (1 - 1e-12)).all()
    assert (adjusted[known] <= 1).all()


@settings(deadline=None)
@given(families, families)
def test_each_row_is_a_family_of_its_own(one: np.ndarray, other: np.ndarray) -> None:
    width = max(len(one), len(other))
    rows = np.full((2, width), np.nan)
    rows[0, : len(one)], rows[1, : len(other)] = one, other
    together = benjamini_hochberg(rows)
    assert together[0, : len(one)] == pytest.approx(benjamini_hochberg(one), nan_ok=True)
    assert together[1, : len(other)] == pytest.approx(benjamini_hochberg(other), nan_ok=True)


def test_an_untested_cell_does_not_count() -> None:
    assert benjamini_hochberg([0.02, np.nan, 0.9])[0] == pytest.approx(0.04)
