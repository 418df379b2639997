"""The chart of single values gives what NHSRplotthedots gives, point by point."""

import numpy as np
import pytest

from openscrutiny.core.spc import Rule, chart
from tests.reference.published import results

pytestmark = pytest.mark.reference

NAMES = {
    "Common Cause": (Rule.NONE, 0),
    "Above UCL": (Rule.OUTSIDE, 1),
    "Below LCL": (Rule.OUTSIDE, -1),
    "7 Point Trend (Increasing)": (Rule.TREND, 1),
    "7 Point Trend (Decreasing)": (Rule.TREND, -1),
    "2 in 3 Above CL": (Rule.TWO_IN_THREE, 1),
    "2 in 3 Below CL": (Rule.TWO_IN_THREE, -1),
    "7 Points Above CL": (Rule.ONE_SIDE, 1),
    "7 Points Below CL": (Rule.ONE_SIDE, -1),
}


def test_every_flag_and_limit_is_theirs() -> None:
    cases = results("nhs_making_data_count.json")["cases"]
    assert len(cases) > 100
    for case in cases:
        how, y = case["args"], np.array(case["y"], float)
        start = how["rebase_at_index1"]
        parts = [y] if start is None else [y[: start - 1], y[start - 1 :]]
        charts = [
            chart(
                part,
                screen=how["screen_outliers"],
                fixed_points=how["fix_after_n_points"],
                least=1,
            )
            for part in parts
        ]
        found = [(Rule(r), int(s)) for c in charts for r, s in zip(c.rule, c.side, strict=True)]
        wanted = case["expected"]
        assert found == [NAMES[name] for name in wanted["special_cause_type"]], case["id"]
        for ours, theirs in (("low", "lpl"), ("high", "upl"), ("centre", "mean")):
            values = np.concatenate([getattr(c, ours) for c in charts])
            limits = np.array(wanted[theirs], float)
            assert values == pytest.approx(limits, rel=1e-11, abs=1e-11, nan_ok=True), case["id"]
