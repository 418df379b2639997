"""Intervals, the exact test of two rates and adjusted p-values give what R gives."""

import numpy as np
import pytest
from scipy import special

from openscrutiny.core import multiplicity, rates
from openscrutiny.core.rates import Level
from tests.reference.published import results

pytestmark = pytest.mark.reference


def test_exact_poisson_intervals_are_those_of_r() -> None:
    table = results("exact_intervals.json")["poisson"]
    assert len(table["x"]) >= 28
    for x, coverage, low, high in zip(
        table["x"], table["conf"], table["exact_lo"], table["exact_hi"], strict=True
    ):
        found = rates.poisson_interval(x, coverage)
        assert found[0] == pytest.approx(low, rel=1e-9, abs=0)
        assert found[1] == pytest.approx(high, rel=1e-9, abs=0)


def test_the_byar_of_epitools_is_another_one() -> None:
    """Fault "a half added twice": ``epitools::pois.byar`` adds a half to the count for both limits,
    and goes even below nought for 0. Written out it gives their numbers; ours differ in all."""
    table = results("exact_intervals.json")["poisson"]
    assert len(table["x"]) >= 28
    for x, coverage, low, high in zip(
        table["x"], table["conf"], table["byar_lo"], table["byar_hi"], strict=True
    ):
        z = special.ndtri((1 + coverage) / 2)
        half = x + 0.5
        for sign, theirs in ((-1, low), (1, high)):
            variant = half * (1 - 1 / (9 * half) + sign * z / (3 * np.sqrt(half))) ** 3
            assert variant == pytest.approx(theirs, rel=1e-9, abs=1e-9)
        found = rates.byar_interval(x, coverage)
        assert found[1] > high + 0.1
        assert found[0] < low or (x == 0 and low < 0 == found[0])


def test_wilson_and_exact_binomial_intervals_are_those_of_r() -> None:
    table = results("exact_intervals.json")["binomial"]
    assert len(table["x"]) >= 23
    for interval, name in ((rates.wilson_interval, "wilson"), (rates.binomial_interval, "exact")):
        low, high = interval(table["x"], table["n"])
        # Of 0 events and of all, one end is 0 or 1 but for their rounding.
        assert low == pytest.approx(np.array(table[name + "_lo"]), rel=1e-9, abs=1e-16)
        assert high == pytest.approx(np.array(table[name + "_hi"]), rel=1e-9, abs=0)


def test_the_exact_test_of_two_rates_and_their_ratio_are_those_of_r() -> None:
    table = results("exact_intervals.json")["poisson_rate_ratio_exact"]
    assert len(table["x1"]) >= 30
    pair = (table["x1"], table["t1"], table["x2"], table["t2"])
    assert rates.rate_ratio_p(*pair, mid=False) == pytest.approx(np.array(table["p"]), rel=1e-6)
    found = rates.rate_ratio(*pair)
    for ours, theirs in ((found.value, "rr"), (found.low, "lo"), (found.high, "hi")):
        assert ours == pytest.approx(np.array(table[theirs]), rel=1e-9, abs=0)


def test_recorded_beside_the_survey_is_what_was_worked_out() -> None:
    table = results("underreporting_ratio.json")["cases"]
    assert len(table) >= 4
    for case in table:
        figures = (case["recorded"], case["survey_estimate"], case["rse"])
        # They round the normal quantile of 95 % to 1.959964.
        rounded = 2 * float(special.ndtr(1.959964)) - 1
        found = rates.recorded_to_survey(*figures, level=Level.NATION, coverage=rounded)
        assert found.value == pytest.approx(case["ratio"], rel=1e-9)
        assert found.low == pytest.approx(case["lo"], rel=1e-9)
        assert found.high == pytest.approx(case["hi"], rel=1e-9)
        drawn = rates.recorded_to_survey(*figures, level=Level.NATION)
        assert drawn.low == pytest.approx(case["mc_lo"], rel=0.01)
        assert drawn.high == pytest.approx(case["mc_hi"], rel=0.01)


def test_adjusted_p_values_are_those_of_r() -> None:
    cases = results("fdr_padjust.json")["cases"]
    assert len(cases) >= 21
    ways = {
        "BH": multiplicity.benjamini_hochberg,
        "BY": multiplicity.benjamini_yekutieli,
        "holm": multiplicity.holm,
        "hochberg": multiplicity.hochberg,
        "bonferroni": multiplicity.bonferroni,
    }
    for case in cases:
        p = np.array(case["p"], float)
        for name, adjust in ways.items():
            wanted = np.array(case[name], float)
            assert adjust(p) == pytest.approx(wanted, rel=1e-12, abs=0, nan_ok=True), (
                case["id"],
                name,
            )
        assert (multiplicity.benjamini_hochberg(p) <= 0.05).sum() == case["n_reject_BH_05"]
    published = next(c for c in cases if c["id"].startswith("BH1995"))["p"]
    assert (multiplicity.benjamini_hochberg(published) <= 0.05).sum() == 4
    for strict in (multiplicity.bonferroni, multiplicity.hochberg):
        assert (strict(published) <= 0.05).sum() == 3
