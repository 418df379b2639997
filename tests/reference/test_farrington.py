"""The detector and its verification against R's surveillance 1.26.0, point by point."""

from typing import Any

import numpy as np
import pytest

from openscrutiny.core.surveillance import compatibility
from openscrutiny.core.surveillance.compatibility import Answer, Control
from openscrutiny.core.surveillance.farrington import Settings, Status, farrington
from tests.reference.published import FOLDER, results

pytestmark = pytest.mark.reference

# R's iteration stops at 1e-8 of the deviance; two machines' exponentials then differ by this much.
CLOSE = 1e-6


def control_of(case: dict[str, Any]) -> Control:
    c = case["control"]
    return Control(
        frequency=case["freq"],
        b=c["b"],
        w=c["w"],
        reweight=c["reweight"],
        weights_threshold=c["weightsThreshold"],
        alpha=c["alpha"],
        trend=c["trend"],
        p_threshold_trend=c["pThresholdTrend"],
        limit54=tuple(c["limit54"]),
        powertrans=c["powertrans"],
        population_offset=c["populationOffset"],
        no_periods=c["noPeriods"],
        past_not_included=c["pastWeeksNotIncluded"],
        threshold_method=c["thresholdMethod"],
    )


def flexible(case: dict[str, Any], control: Control) -> Answer:
    dates = None if case["epoch"] is None else np.array(case["epoch"], "datetime64[D]")
    return compatibility.flexible(
        case["y"],
        [k - 1 for k in case["expected"]["range"]],
        control,
        population=case["population"],
        dates=dates,
    )


def test_every_point_of_the_flexible_method_is_theirs() -> None:
    cases = results("surveillance_farrington_flexible.json")["cases"]
    assert len(cases) > 100
    points = 0
    for case in cases:
        wanted, found = case["expected"], flexible(case, control_of(case))
        points += len(wanted["range"])
        assert found.alarm.tolist() == wanted["alarm"], case["id"]
        assert found.trend.tolist() == [x == 1 for x in wanted["trend"]], case["id"]
        for ours, theirs in (
            ("upper", "upper"),
            ("expected", "expected"),
            ("mu0", "mu0"),
            ("phi", "phi"),
            ("p", "pvalue"),
            ("score", "score"),
            ("trend_coefficient", "trend_coef"),
        ):
            values = np.array(wanted[theirs], float)
            assert getattr(found, ours) == pytest.approx(
                values, rel=CLOSE, abs=1e-9, nan_ok=True
            ), (case["id"], ours)
    assert points > 2000
