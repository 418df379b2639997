"""Intervals and the exact test of two rates give what R and the public health tables give."""

import numpy as np
import pytest

from openscrutiny.core import rates
from openscrutiny.core.multiplicity import benjamini_hochberg
from tests.reference.published import results, rows

pytestmark = pytest.mark.reference


def test_exact_poisson_intervals_are_those_of_r() -> None:
    table = results("exact_intervals.json")["poisson"]
    for x, coverage, low, high in zip(
        table["x"], table["conf"], table["exact_lo"], table["exact_hi"], strict=True
    ):
        found = rates.poisson_interval(x, coverage)
        assert found[0] == pytest.approx(low, rel=1e-6)
        assert found[1] == pytest.approx(high, rel=1e-6)


def test_wilson_intervals_are_those_of_r() -> None:
    table = results("exact_intervals.json")["binomial"]
    low, high = rates.wilson_interval(table["x"], table["n"])
    assert low == pytest.approx(np.array(table["wilson_lo"]), abs=1e-12)
    assert high == pytest.approx(np.array(table["wilson_hi"]), abs=1e-12)


def test_the_exact_test_of_two_rates_is_that_of_r() -> None:
    table = results("exact_intervals.json")["poisson_rate_ratio_exact"]
    p = rates.rate_ratio_p(table["x1"], table["t1"], table["x2"], table["t2"], mid=False)
    assert p == pytest.approx(np.array(table["p"]), rel=1e-6)


def test_byar_and_wilson_intervals_are_those_of_public_health() -> None:
    table = [r for r in rows("*Byars_Wilson*") if r["lowercl"] and r["uppercl"]]
    assert {r["method"] for r in table} == {"Byars", "Wilson"}
    for row in table:
        coverage = float(row["confidence"].rstrip("%")) / 100
        x = float(row["x"])
        if row["method"] == "Byars":
            found = rates.byar_interval(x, coverage)
        else:
            found = rates.wilson_interval(x, float(row["n"]), coverage=coverage)
        assert found[0] == pytest.approx(float(row["lowercl"]), rel=1e-9)
        assert found[1] == pytest.approx(float(row["uppercl"]), rel=1e-9)


def test_rates_are_exact_when_small_and_byar_when_not_as_in_public_health() -> None:
    table = [r for r in rows("*testdata_Rate__testdata_Rate.csv") if r.get("lower95_0cl")]
    assert len(table) > 8
    for row in table:
        x, e, per = (float(row[k]) for k in ("Numerator", "Denominator", "multiplier"))
        for coverage, low, high in (
            (0.95, "lower95_0cl", "upper95_0cl"),
            (0.998, "lower99_8cl", "upper99_8cl"),
        ):
            found = rates.rate_interval(x, e, per=per, coverage=coverage)
            assert found[0] == pytest.approx(float(row[low]), rel=1e-9)
            assert found[1] == pytest.approx(float(row[high]), rel=1e-9)


def test_adjusted_p_values_are_those_of_r() -> None:
    cases = results("fdr_padjust.json")["cases"]
    for case in cases:
        p = np.array(case["p"], float)
        wanted = np.array(case["BH"], float)
        assert benjamini_hochberg(p) == pytest.approx(wanted, rel=1e-12, nan_ok=True), case["id"]
    published = next(c for c in cases if c["id"].startswith("BH1995"))
    assert (benjamini_hochberg(published["p"]) <= 0.05).sum() == 4
