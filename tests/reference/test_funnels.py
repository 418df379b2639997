"""The funnel's dispersion and limits are those of FunnelPlotR, where the two do the same thing."""

import math

import numpy as np
import pytest
from scipy import special

from openscrutiny.core import counting, funnel, rates
from openscrutiny.core.funnel import Scale
from tests.reference.published import results

pytestmark = pytest.mark.reference

# They round the normal quantiles of 95 and 99.8 %.
COVERAGES = {z: 2 * float(special.ndtr(z)) - 1 for z in (1.959964, 3.090232)}
LINES = ((1.959964, "95"), (3.090232, "998"))
ZEROS = "zeros_SR_SHMI"


def cases(method: str) -> list[dict]:  # type: ignore[type-arg]
    """Every case of one of their methods: SHMI, CQC, PR (proportions) or RC (ratios of counts)."""
    every = results("funnelplotr_overdispersion.json")["cases"]
    names = {c["id"]: c["args"]["data_type"].replace("SR", c["args"]["sr_method"]) for c in every}
    assert len(every) >= 196
    found = [c for c in every if names[c["id"]] == method and c["id"] != ZEROS]
    assert len(found) >= {"SHMI": 49, "CQC": 50, "PR": 48, "RC": 48}[method]
    return found


def counts(case: dict) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.array(case["numerator"], float), np.array(case["denominator"], float)


def scaled(
    method: str,
    case: dict,  # type: ignore[type-arg]
) -> tuple[np.ndarray, np.ndarray, float]:
    x, n = counts(case)
    if method == "SHMI":
        # They round the expected number to two decimals first.
        return *funnel.on_log_scale(x, np.round(n, 2)), 1.0
    if method == "CQC":
        return *funnel.on_root_scale(x, n), 1.0
    z, s, target = (funnel.on_arcsine_scale if method == "PR" else funnel.on_count_ratio_scale)(
        x, n
    )
    return z, s, float(target)


@pytest.mark.parametrize("method", ["SHMI", "CQC", "PR", "RC"])
def test_z_phi_and_tau2_are_theirs(method: str) -> None:
    for case in cases(method):
        z, s, target = scaled(method, case)
        wanted = case["expected"]
        ours = funnel.dispersion(z, s, trim=case["args"]["trim_by"], drop=method == "SHMI")
        assert target == pytest.approx(wanted["target"], rel=1e-9), case["id"]
        assert s == pytest.approx(np.array(wanted["s"]), rel=1e-9), case["id"]
        theirs = np.array(wanted["z_unadjusted"])
        assert z == pytest.approx(theirs, rel=1e-9, abs=1e-12), case["id"]
        assert ours.phi == pytest.approx(wanted["phi"], rel=1e-9), case["id"]
        assert ours.tau2 == pytest.approx(wanted["tau2"], rel=1e-9, abs=1e-15), case["id"]
        adjusted = funnel.adjusted_z(z, s, tau2=ours.tau2)
        theirs = np.array(wanted["z_adjusted"])
        assert adjusted == pytest.approx(theirs, rel=1e-9, abs=1e-12), case["id"]


@pytest.mark.parametrize("method", ["SHMI", "PR"])
def test_overdispersed_limits_on_the_log_and_arcsine_scales_are_theirs(method: str) -> None:
    """Fault "an angle below nought": it is squared back up, where no limit is left. Written out it
    gives their numbers, and ours are 0. Every other limit is theirs."""
    scale = Scale.LOG if method == "SHMI" else Scale.ARCSINE
    faults = 0
    for case in cases(method):
        z, s, target = scaled(method, case)
        tau2 = funnel.dispersion(z, s, trim=case["args"]["trim_by"], drop=method == "SHMI").tau2
        for reach, name in LINES:
            limits = funnel.scale_limits(scale, target, s, tau2=tau2, coverage=COVERAGES[reach])
            for found, side in zip(limits, ("odll", "odul"), strict=True):
                theirs = np.array(case["expected"]["od"][side + name])
                bounced = (found == 0) & (theirs > 0)
                if bounced.any():
                    assert (scale, side) == (Scale.ARCSINE, "odll")
                    angle = np.arcsin(np.sqrt(target)) - reach * np.sqrt(s[bounced] ** 2 + tau2)
                    assert (angle < 0).all()
                    assert np.sin(angle) ** 2 == pytest.approx(theirs[bounced], abs=1e-12)
                faults += int(bounced.sum())
                theirs[bounced] = 0
                assert found == pytest.approx(theirs, rel=1e-9, abs=1e-15), case["id"]
    assert faults >= 10 if scale is Scale.ARCSINE else faults == 0


def test_their_limits_on_the_root_scale_are_ours_before_they_are_squared() -> None:
    """Fault "limits of a root": drawn beside ratios, they are half as wide; and fault "a root below
    nought": where no lower limit is left, theirs is negative and ours is 0."""
    below = 0
    for case in cases("CQC"):
        z, s, _ = scaled("CQC", case)
        tau2 = funnel.dispersion(z, s, trim=case["args"]["trim_by"]).tau2
        for reach, name in LINES:
            limits = funnel.scale_limits(Scale.ROOT, 1.0, s, tau2=tau2, coverage=COVERAGES[reach])
            for found, side in zip(limits, ("odll", "odul"), strict=True):
                theirs = np.array(case["expected"]["od"][side + name])
                roots = np.maximum(theirs, 0.0)
                below += int((theirs < 0).sum())
                assert np.sqrt(found) == pytest.approx(roots, rel=1e-9, abs=0), case["id"]
                if side == "odul":
                    assert (found - 1 > 2 * (theirs - 1)).all(), case["id"]
    assert below >= 10


def test_their_limits_of_a_ratio_of_counts_have_another_standard_error_than_their_z() -> None:
    """Fault "two standard errors": limits from 1 / (2 √n), z from both counts."""
    for case in cases("RC"):
        z, s, target = scaled("RC", case)
        tau2 = funnel.dispersion(z, s, trim=case["args"]["trim_by"]).tau2
        theirs = 1 / (2 * np.sqrt(counts(case)[1]))
        for reach, name in LINES:
            coverage = COVERAGES[reach]
            same = funnel.scale_limits(Scale.LOG, target, theirs, tau2=tau2, coverage=coverage)
            ours = funnel.scale_limits(Scale.LOG, target, s, tau2=tau2, coverage=coverage)
            for found, own, side in zip(same, ours, ("odll", "odul"), strict=True):
                wanted = np.array(case["expected"]["od"][side + name])
                assert found == pytest.approx(wanted, rel=1e-9, abs=0), case["id"]
                assert (np.abs(own - target) > np.abs(wanted - target)).all(), case["id"]


@pytest.mark.parametrize("method", ["SHMI", "CQC", "PR"])
def test_their_limits_without_overdispersion_are_an_interval_for_what_was_expected(
    method: str,
) -> None:
    """Fault "an interval for what was expected": their line is not where a count of the given size
    stops being unusual (``poisson_limits``, below). With the fault of angles below nought."""
    faults = 0
    for case in cases(method):
        z, s, target = scaled(method, case)
        _, n = counts(case)
        n = np.round(n, 2) if method == "SHMI" else n
        for reach, name, coverage in ((*LINES[0], 0.95), (*LINES[1], 0.998)):
            if method == "PR":
                limits = funnel.scale_limits(Scale.ARCSINE, target, s, coverage=COVERAGES[reach])
            else:
                limits = tuple(v / n for v in rates.poisson_interval(n, coverage))
            for found, side in zip(limits, ("ll", "ul"), strict=True):
                theirs = np.array(case["expected"]["unadj"][side + name])
                bounced = (found == 0) & (theirs > 0)
                if bounced.any():
                    assert (method, side) == ("PR", "ll")
                    angle = np.arcsin(np.sqrt(target)) - reach * s[bounced]
                    assert (angle < 0).all()
                    assert np.sin(angle) ** 2 == pytest.approx(theirs[bounced], abs=1e-12)
                faults += int(bounced.sum())
                theirs[bounced] = 0
                assert found == pytest.approx(theirs, rel=1e-9, abs=1e-15), case["id"]
    assert faults >= 3 if method == "PR" else faults == 0


def test_several_zero_counts_do_not_make_the_spread_infinite_as_theirs_becomes() -> None:
    """Fault "the logarithm of nought". It is left out, or roots are used."""
    every = results("funnelplotr_overdispersion.json")["cases"]
    case = next(c for c in every if c["id"] == ZEROS)
    assert case["expected"]["phi"] is None
    x, e = counts(case)
    z, s = funnel.on_log_scale(x, e)
    assert np.isnan(z[x == 0]).all()
    assert math.isfinite(funnel.dispersion(z, s, drop=True).phi)
    found = funnel.funnel(x, e)
    assert np.isfinite(found.p).all()
    assert found.p[x == 0].max() < found.p[x > 0].min()


def test_their_exact_poisson_limits_are_the_interval_of_a_count_and_ours_are_limits() -> None:
    exact = results("funnelplotr_overdispersion.json")["exact_poisson_limits"]
    n = np.array(exact["number_seq"], float)
    assert len(n) == len(exact["ll95"]) == len(exact["ul998"]) > 0
    for coverage, name in ((0.95, "95"), (0.998, "998")):
        low, high = rates.poisson_interval(n, coverage)
        assert low / n == pytest.approx(np.array(exact["ll" + name]), rel=1e-9)
        assert high / n == pytest.approx(np.array(exact["ul" + name]), rel=1e-9)
        # The count n is just on our limit where that much is expected.
        assert funnel.poisson_limits(high, coverage=coverage)[0] == pytest.approx(n, rel=1e-9)
    for x, low, high in zip(n, exact["ll95"], exact["ul95"], strict=True):
        # A mean outside their interval for n makes n surprising, and one well inside does not.
        assert counting.two_sided(x, x * low * 0.9, np.inf) < 0.05
        assert counting.two_sided(x, x * high * 1.1, np.inf) < 0.05
        assert counting.two_sided(x, x, np.inf) > 0.5
