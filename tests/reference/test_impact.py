"""Segmented quasi-Poisson fits, their errors and their residuals give what R gives."""

from typing import Any

import numpy as np
import pytest

from openscrutiny.core.impact import Fit, fit, gls_ar1
from openscrutiny.core.impact.diagnostics import durbin_watson, lag_one, ljung_box
from tests.reference.published import results

pytestmark = pytest.mark.reference


def design(case: dict[str, Any], columns: list[str]) -> np.ndarray:
    t = np.array(case["t"], float)
    found = []
    for name in columns:
        if name == "(Intercept)":
            found.append(np.ones_like(t))
        elif name in ("t", "step", "ramp"):
            found.append(np.array(case[name], float))
        elif name.startswith("mth"):
            found.append(((t - 1) % 12 + 1 == int(name[3:])).astype(float))
        else:
            wave = np.sin if name[0] == "s" else np.cos
            found.append(wave(2 * np.pi * int(name[1:]) * t / 12))
    return np.stack(found, axis=-1)


def cases() -> list[tuple[dict[str, Any], Fit]]:
    """Every case with our fit of it."""
    found = results("its_segmented.json")["cases"]
    assert len(found) >= 15
    return [
        (
            case,
            fit(
                case["y"],
                design(case, case["colnames"]),
                exposure=1.0 if case["offset"] is None else case["offset"],
            ),
        )
        for case in found
    ]


def test_coefficients_dispersion_and_plain_errors_are_those_of_quasi_poisson() -> None:
    for case, found in cases():
        assert found.coefficients == pytest.approx(np.array(case["coef"]), rel=1e-6), case["id"]
        assert found.dispersion == pytest.approx(case["dispersion"], rel=1e-6), case["id"]
        assert found.errors() == pytest.approx(np.array(case["se_quasi"]), rel=1e-6), case["id"]


def test_sandwich_errors_are_those_of_white_and_of_newey_and_west() -> None:
    for case, found in cases():
        assert case["NW"] == {"lag": 6, "prewhite": False, "adjust": True}
        assert found.sandwich_errors() == pytest.approx(np.array(case["se_HC0"]), rel=1e-6)
        assert found.sandwich_errors(6) == pytest.approx(np.array(case["se_NW"]), rel=1e-6)


def test_what_the_residuals_say_is_the_same() -> None:
    """Fault "one less a number next to one": their p-values are known to 1e-16 and no
    better, so that one of them is 0. Ours is not, and is within that of theirs."""
    faults = 0
    for case, found in cases():
        e = found.pearson
        assert lag_one(e) == pytest.approx(case["lag1_pearson"], rel=1e-9, abs=0)
        assert durbin_watson(e) == pytest.approx(case["durbin_watson"], rel=1e-9, abs=0)
        ours, theirs = ljung_box(e, 12), case["ljung_box_12"]
        assert ours == pytest.approx(theirs, rel=1e-9, abs=2**-52), case["id"]
        faults += theirs == 0
        assert ours > 0
    assert faults == 1


def test_autoregressive_least_squares_is_that_of_r() -> None:
    everything = results("its_segmented.json")
    wanted = everything["gls"]
    drivers = next(c for c in everything["cases"] if c["id"] == "seatbelts_drivers_fourier2")
    columns = [{"st": "step", "rp": "ramp"}.get(name, name) for name in wanted["coef"]]
    found = gls_ar1(np.log(drivers["y"]), design(drivers, columns), restricted=False)
    assert found.coefficients == pytest.approx(np.array([*wanted["coef"].values()]), rel=1e-5)
    assert found.errors == pytest.approx(np.array([*wanted["se"].values()]), rel=1e-5)
    assert found.correlation == pytest.approx(wanted["phi"], rel=1e-5)
    assert found.sigma == pytest.approx(wanted["sigma"], rel=1e-5)
    assert found.log_likelihood == pytest.approx(wanted["logLik"], rel=1e-8)
