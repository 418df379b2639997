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


def cases() -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = results("random_effects_tau2.json")["cases"]  # type: ignore[type-arg]
    assert len(found) >= 21
    return found


def test_the_moments_of_dersimonian_and_laird_are_theirs() -> None:
    for case in cases():
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


def bracketing(y: np.ndarray, v: np.ndarray, width: float) -> float:
    """Brent's search (1973) for a spread of k - 1 between 0 and 100, to a bracket of ``width``."""

    def off(tau2: float) -> float:
        return spread(y, v, tau2) - (len(y) - 1)

    if off(0.0) < 0:
        return 0.0
    best, other, last = 100.0, 0.0, 0.0
    while True:
        moved = best - last
        if abs(off(other)) < abs(off(best)):
            last, best, other = best, other, best
        least = 2 * np.finfo(float).eps * abs(best) + width / 2
        step = (other - best) / 2
        if abs(step) <= least or off(best) == 0:
            return best
        if abs(moved) >= least and abs(off(last)) > abs(off(best)):
            slope = off(best) / off(last)
            if last == other:
                over, under = 2 * step * slope, 1 - slope
            else:
                a, b = off(last) / off(other), off(best) / off(other)
                over = slope * (2 * step * a * (a - b) - (best - last) * (b - 1))
                under = (a - 1) * (b - 1) * (slope - 1)
            over, under = abs(over), -under if over > 0 else under
            inside = over < 1.5 * step * under - abs(least * under) / 2
            if inside and over < abs(moved * under / 2):
                step = over / under
        last = best
        best += step if abs(step) >= least else math.copysign(least, step)
        if (off(best) > 0) == (off(other) > 0):
            other = last


def as_they_stop(y: np.ndarray, v: np.ndarray, method: Method) -> float:
    if method is Method.PM:
        return bracketing(y, v, np.finfo(float).eps ** 0.25)
    return scoring(y, v, method, 1e-5)


def run_on(y: np.ndarray, v: np.ndarray, method: Method) -> float:
    return bracketing(y, v, 1e-15) if method is Method.PM else scoring(y, v, method, 1e-14)


METHODS = [(Method.REML, 8), (Method.ML, 9), (Method.PM, 7)]


@pytest.mark.parametrize(("method", "differing"), METHODS)
def test_fault_an_iteration_that_stops_short(method: Method, differing: int) -> None:
    """Fault "stops short": for REML and ML metafor stops when a step is below 0.00001, for PM when
    the bracket of the root is below 0.00012, whatever the size of tau², so near 0 it stops short.

    Stopped where they stop, the same iteration gives theirs in every case; run on, it gives ours in
    every case. Theirs and ours differ by more than one in ten thousand in as many as said; the
    mean and its error are those that belong to tau².
    """
    short = set()
    for case in cases():
        y, v = np.array(case["yi"]), np.array(case["vi"])
        wanted, found = case[method.value], funnel.random_effects(y, v, method)
        theirs = wanted["tau2"]
        assert as_they_stop(y, v, method) == pytest.approx(theirs, rel=1e-7, abs=0), case["id"]
        assert run_on(y, v, method) == pytest.approx(found.tau2, rel=1e-8, abs=1e-12), case["id"]
        w = 1 / (v + theirs)
        assert wanted["b"] == pytest.approx((w * y).sum() / w.sum(), rel=1e-9, abs=0)
        assert wanted["se"] == pytest.approx(w.sum() ** -0.5, rel=1e-9, abs=0)
        if found.tau2 == pytest.approx(theirs, rel=1e-4, abs=0):
            continue
        short.add(case["id"])
        assert found.tau2 == pytest.approx(theirs, abs=3e-5), case["id"]
        if method is Method.PM:
            aim = len(y) - 1
            ours_is = -abs(spread(y, v, found.tau2) - aim)
            assert ours_is > -abs(spread(y, v, theirs) - aim), case["id"]
        else:
            ours_is = likelihood(y, v, found.tau2, method)
            assert ours_is > likelihood(y, v, theirs, method), case["id"]
    assert len(short) == differing


@pytest.mark.parametrize("method", [m for m, _ in METHODS])
def test_where_they_do_not_stop_short_all_is_theirs(method: Method) -> None:
    compared = 0
    for case in cases():
        y, v, wanted = np.array(case["yi"]), np.array(case["vi"]), case[method.value]
        found = funnel.random_effects(y, v, method)
        if found.tau2 == pytest.approx(wanted["tau2"], rel=1e-4, abs=0):
            compared += 1
            assert found.mean == pytest.approx(wanted["b"], rel=1e-4, abs=0), case["id"]
            assert found.se == pytest.approx(wanted["se"], rel=1e-4, abs=0), case["id"]
    assert compared == len(cases()) - dict(METHODS)[method]
