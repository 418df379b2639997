"""Random effects give what metafor gives, as far as its own iterations go."""

import math

import numpy as np
import pytest

from openscrutiny.core import funnel
from openscrutiny.core.funnel import Method
from tests.reference.published import results

pytestmark = pytest.mark.reference


def spread(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    w = 1 / (v + tau2)
    return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())


def likelihood(y: np.ndarray, v: np.ndarray, tau2: float, method: Method) -> float:
    total = (1 / (v + tau2)).sum()
    extra = math.log(total) if method is Method.REML else 0.0
    return -(np.log(v + tau2).sum() + extra + spread(y, v, tau2)) / 2


def test_the_moments_of_dersimonian_and_laird_are_theirs() -> None:
    for case in results("random_effects_tau2.json")["cases"]:
        found = funnel.random_effects(case["yi"], case["vi"], Method.DL)
        wanted = case["DL"]
        for ours, theirs in (
            (found.tau2, "tau2"), (found.mean, "b"), (found.se, "se"),
            (found.q, "Q"), (found.q_p, "Qp"), (found.i2, "I2"),
        ):  # fmt: skip
            assert ours == pytest.approx(wanted[theirs], rel=1e-9, abs=1e-12), case["id"]
        assert found.blup == pytest.approx(np.array(case["blup"]), rel=1e-9), case["id"]


def scoring(y: np.ndarray, v: np.ndarray, method: Method, stop: float) -> float:
    """Fisher scoring from the moments of Hedges, until a step is no larger than ``stop``."""
    k = len(y)
    tau2 = max(0.0, (((y - y.mean()) ** 2).sum() - (1 - 1 / k) * v.sum()) / (k - 1))
    while True:
        w = 1 / (v + tau2)
        total, squares = w.sum(), (w**2).sum()
        away = (w**2 * (y - (w * y).sum() / total) ** 2).sum()
        if method is Method.REML:
            trace = squares - 2 * (w**3).sum() / total + (squares / total) ** 2
            step = (away - total + squares / total) / trace
        else:
            step = (away - total) / squares
        while tau2 + step < 0:
            step /= 2
        tau2 += step
        if abs(step) <= stop:
            return float(tau2)


@pytest.mark.parametrize("method", [Method.REML, Method.ML])
def test_their_iteration_stopped_where_they_stop_gives_theirs_and_run_on_gives_ours(
    method: Method,
) -> None:
    for case in results("random_effects_tau2.json")["cases"]:
        y, v = np.array(case["yi"]), np.array(case["vi"])
        theirs = case[method.value]["tau2"]
        assert scoring(y, v, method, 1e-5) == pytest.approx(theirs, rel=1e-7), case["id"]
        ours = funnel.random_effects(y, v, method).tau2
        assert scoring(y, v, method, 1e-14) == pytest.approx(ours, rel=1e-8, abs=1e-12), case["id"]


@pytest.mark.parametrize("method", [Method.REML, Method.ML, Method.PM])
def test_tau2_by_iteration_is_theirs_or_the_better_one(method: Method) -> None:
    """metafor stops when a step is below 0.00001 (PM: 0.0001), so near 0 it stops short."""
    within = 0
    for case in results("random_effects_tau2.json")["cases"]:
        y, v = np.array(case["yi"]), np.array(case["vi"])
        found = funnel.random_effects(y, v, method)
        ours, theirs = float(found.tau2), case[method.value]["tau2"]
        assert ours == pytest.approx(theirs, rel=1e-4, abs=3e-5), case["id"]
        assert found.mean == pytest.approx(case[method.value]["b"], rel=1e-4, abs=6e-5)
        assert found.se == pytest.approx(case[method.value]["se"], rel=1.5e-3)
        if ours == pytest.approx(theirs, rel=1e-4):
            within += 1
        elif method is Method.PM:
            aim = len(y) - 1
            assert abs(spread(y, v, ours) - aim) < abs(spread(y, v, theirs) - aim), case["id"]
        else:
            ours_is = likelihood(y, v, ours, method)
            assert ours_is > likelihood(y, v, theirs, method), case["id"]
    assert within >= 8
