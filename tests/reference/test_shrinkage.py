"""Shrinkage gives what MASS and Marshall's formula give, and is close to lme4's other model."""

import numpy as np
import pytest
from scipy import optimize, special

from openscrutiny.core import rates
from tests.reference.published import results

pytestmark = pytest.mark.reference

_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(15)


def cases() -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = results("shrinkage_eb.json")["cases"]  # type: ignore[type-arg]
    assert len(found) >= 12
    return found


def test_the_poisson_gamma_fit_is_that_of_mass() -> None:
    for case in cases():
        found, wanted = rates.poisson_gamma(case["O"], case["E"]), case["nb"]
        assert found.size == pytest.approx(wanted["theta"], rel=1e-4)
        assert found.whole == pytest.approx(wanted["mu"], rel=1e-6)
        assert found.ratio == pytest.approx(np.array(wanted["eb_rate"]), rel=1e-6)


def test_marshalls_moments_are_those_of_his_formula() -> None:
    for case in cases():
        found, wanted = rates.marshall(case["O"], case["E"]), case["marshall1991_global"]
        assert found.whole == pytest.approx(wanted["m"], rel=1e-12)
        assert found.whole**2 / found.size == pytest.approx(wanted["A"], rel=1e-12)
        assert found.ratio == pytest.approx(np.array(wanted["eb_rate"]), rel=1e-12)


def modes(x: np.ndarray, e: np.ndarray, intercept: float, sd: float) -> np.ndarray:
    """Each area's likeliest normal effect, by Newton's method."""
    u = np.zeros(len(x))
    for _ in range(50):
        mean = e * np.exp(intercept + sd * u)
        u = u + (sd * (x - mean) - u) / (sd * sd * mean + 1)
    return u


def log_normal_likelihood(x: np.ndarray, e: np.ndarray, intercept: float, sd: float) -> float:
    """Adaptive Gauss–Hermite with 15 nodes, as ``glmer(nAGQ = 15)`` integrates."""
    u = modes(x, e, intercept, sd)
    width = np.sqrt(2 / (sd * sd * e * np.exp(intercept + sd * u) + 1))
    at = u + width * _NODES[:, None]
    mean = e * np.exp(intercept + sd * at)
    logs = x * np.log(mean) - mean - special.gammaln(x + 1) - at**2 / 2
    inside = np.exp(logs + _NODES[:, None] ** 2) * _WEIGHTS[:, None]
    return float(np.log(inside.sum(axis=0) * width / np.sqrt(2 * np.pi)).sum())


def test_a_second_model_written_out_is_that_of_lme4_and_says_the_same() -> None:
    """Ratios that vary log-normally: another model, fitted another way, moves areas alike."""
    for case in cases():
        x, e, wanted = np.array(case["O"], float), np.array(case["E"]), case["glmer_nAGQ15"]
        best = optimize.minimize(
            lambda v, x=x, e=e: -log_normal_likelihood(x, e, v[0], np.exp(v[1])),
            [0.0, -1.0],
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-10},
        ).x
        intercept, sd = float(best[0]), float(np.exp(best[1]))
        assert intercept == pytest.approx(wanted["intercept"], rel=1e-3, abs=0)
        assert sd == pytest.approx(wanted["sd"], rel=1e-3)
        shown = np.exp(intercept + sd * modes(x, e, intercept, sd))
        assert shown == pytest.approx(np.array(wanted["eb_rate"]), rel=1e-3)
        ours = rates.poisson_gamma(x, e).ratio
        # The mode of a log-normal lies below the mean of a gamma: small areas differ by more.
        assert np.corrcoef(np.log(ours), np.log(shown))[0, 1] > 0.95
