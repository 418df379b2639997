"""Random effects: against the likelihood and the moments written out, laws, and edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from openscrutiny.core import funnel
from openscrutiny.core.funnel import Method
from openscrutiny.core.measures import Refused

studies = st.lists(
    st.tuples(st.floats(-2, 2).map(lambda v: round(v, 3)), st.floats(0.02, 1)),
    min_size=2,
    max_size=12,
)


def q_of(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    w = 1 / (v + tau2)
    return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())


def likelihood(y: np.ndarray, v: np.ndarray, tau2: float, restricted: bool) -> float:
    w = 1 / (v + tau2)
    logs = np.log(v + tau2).sum() + (math.log(w.sum()) if restricted else 0)
    return -(logs + q_of(y, v, tau2)) / 2


@settings(max_examples=30)
@given(studies)
def test_moments_are_those_written_out(table: list[tuple[float, float]]) -> None:
    y, v = np.array(table).T
    w, k = 1 / v, len(y)
    moments = (q_of(y, v, 0) - (k - 1)) / (w.sum() - (w**2).sum() / w.sum())
    found = funnel.random_effects(y, v, Method.DL)
    assert found.tau2 == pytest.approx(max(0, moments), rel=1e-9, abs=1e-12)
    paule = funnel.random_effects(y, v, Method.PM)
    if q_of(y, v, 0) <= k - 1:
        assert paule.tau2 == 0
    else:
        root = optimize.brentq(lambda t: q_of(y, v, t) - (k - 1), 0, 1e4, xtol=1e-14)
        assert paule.tau2 == pytest.approx(root, rel=1e-7, abs=1e-12)


@settings(max_examples=30)
@given(studies, st.sampled_from([Method.ML, Method.REML]))
def test_no_other_spread_is_likelier(table: list[tuple[float, float]], method: Method) -> None:
    y, v = np.array(table).T
    tau2 = float(funnel.random_effects(y, v, method).tau2)
    here = likelihood(y, v, tau2, method is Method.REML)
    for other in [0, *np.geomspace(1e-6, 100, 200), tau2 * 0.99, tau2 * 1.01]:
        assert likelihood(y, v, other, method is Method.REML) <= here + 1e-9


@settings(max_examples=20)
@given(studies, st.sampled_from(list(Method)), st.floats(-5, 5), st.integers(0, 2**32 - 1))
def test_random_effects_follow_laws(
    table: list[tuple[float, float]], method: Method, shift: float, seed: int
) -> None:
    y, v = np.array(table).T
    order = np.random.default_rng(seed).permutation(len(y))
    found = funnel.random_effects(y, v, method)
    moved = funnel.random_effects(10 * (y[order] + shift), 100 * v[order], method)
    assert moved.tau2 == pytest.approx(100 * found.tau2, rel=1e-4, abs=1e-6)
    assert moved.mean == pytest.approx(10 * (found.mean + shift), rel=1e-5, abs=1e-5)
    low, high = np.minimum(y, found.mean), np.maximum(y, found.mean)
    assert ((found.blup >= low - 1e-9) & (found.blup <= high + 1e-9)).all()
    assert 0 <= found.i2 <= 100


def test_the_model_worked_by_hand() -> None:
    # Equal variances of 1 and estimates 0, 2 and 4: Q is 8 and tau² is 4 - 1.
    found = funnel.random_effects([0, 2, 4], 1.0, Method.DL)
    assert found.tau2 == pytest.approx(3)
    assert found.mean == pytest.approx(2)
    assert found.se == pytest.approx(math.sqrt(4 / 3))
    assert found.q == pytest.approx(8)
    assert found.q_p == pytest.approx(stats.chi2.sf(8, 2))
    assert found.i2 == pytest.approx(75)
    assert found.blup == pytest.approx([0.5, 2, 3.5])
    for method, tau2 in ((Method.REML, 3), (Method.PM, 3), (Method.ML, 8 / 3 - 1)):
        assert funnel.random_effects([0, 2, 4], 1.0, method).tau2 == pytest.approx(tau2, rel=1e-9)
    assert funnel.random_effects([0, 2, 4], 1.0).tau2 == pytest.approx(3)
    assert [m.value for m in Method] == ["DL", "REML", "PM", "ML"]


def test_areas_left_out_change_nothing_and_rows_are_their_own() -> None:
    y, v = [0.1, 0.9, -0.4, 0.6], [0.05, 0.1, 0.07, 0.2]
    for method in Method:
        found = funnel.random_effects(y, v, method)
        padded = funnel.random_effects([*y, np.nan, 3], [*v, 0.1, np.nan], method)
        for field in ("tau2", "mean", "se", "q", "q_p", "i2"):
            assert getattr(padded, field) == pytest.approx(float(getattr(found, field)), rel=1e-7)
        assert padded.blup[:4] == pytest.approx(found.blup)
        assert np.isnan(padded.blup[4:]).all()
        rows = funnel.random_effects([y, [1, 1, 1, 1]], v, method)
        assert rows.tau2[0] == pytest.approx(float(found.tau2))
        assert rows.tau2[1] == 0
        assert rows.blup[1].tolist() == [1, 1, 1, 1]


def test_random_effects_at_their_edges() -> None:
    for method in Method:
        one = funnel.random_effects([3.0, np.nan], [0.5, 0.5], method)
        assert (one.tau2, one.mean, one.i2, one.q) == (0, 3, 0, 0)
        assert one.se == pytest.approx(math.sqrt(0.5))
        assert np.isnan(one.q_p)
        none = funnel.random_effects([np.nan, np.nan], [0.5, 0.5], method)
        assert none.tau2 == 0
        assert np.isnan([none.mean, none.se, none.q_p]).all()
        assert np.isnan(none.blup).all()
        outlier = funnel.random_effects([0, 0, 1e9], [1, 1, 1], method)
        assert outlier.tau2 == pytest.approx(1e18 / (4.5 if method is Method.ML else 3), rel=1e-6)
        for y, v in (([1, np.inf], [1, 1]), ([1, 2], [1, 0]), ([1, 2], [1, -1]), ([1], [np.inf])):
            with pytest.raises(Refused, match="^Every estimate needs to be finite, with a finite"):
                funnel.random_effects(y, v, method)
