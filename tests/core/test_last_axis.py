"""Months, or areas, are the last axis: series in rows and columns are told as each alone is."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from openscrutiny.core import funnel, rates, spc
from openscrutiny.core import surveillance as watch
from openscrutiny.core.spc import shewhart
from openscrutiny.core.spc.runs import anhoej

SHAPE = (2, 3, 36)
RNG = np.random.default_rng(17)
COUNTS = RNG.poisson(RNG.uniform(2, 30, (2, 3, 1)), SHAPE)
COUNTS[0, 1, 20:] *= 2
RARE = RNG.poisson(0.3, SHAPE)
OF = COUNTS + RNG.poisson(40, SHAPE)
EXPECTED = np.broadcast_to(np.maximum(COUNTS.mean(axis=-1, keepdims=True), 1.0), SHAPE)
MEASURED = RNG.normal(50, 5, SHAPE)

TOLD: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "nhs": (spc.chart, (MEASURED,)),
    "runs": (anhoej, (MEASURED,)),
    "i": (shewhart.i, (MEASURED,)),
    "mr": (shewhart.mr, (MEASURED,)),
    "ip": (shewhart.ip, (COUNTS, OF)),
    "p": (shewhart.p, (COUNTS, OF)),
    "u": (shewhart.u, (COUNTS, OF)),
    "c": (lambda x: shewhart.c(x, laney=True), (COUNTS,)),
    "g": (shewhart.g, (COUNTS,)),
    "t": (shewhart.t, (COUNTS + 1,)),
    "ears": (watch.ears, (COUNTS,)),
    "ewma": (lambda x: watch.ewma(x, target=50.0, sd=5.0), (MEASURED,)),
    "tabular cusum": (lambda x: watch.tabular_cusum(x, target=50.0, sd=5.0), (MEASURED,)),
    "poisson cusum": (watch.poisson_cusum, (COUNTS, EXPECTED)),
    "glr": (watch.glr, (COUNTS, EXPECTED)),
    "months between": (watch.months_between, (RARE,)),
    "rare cusum": (lambda x: watch.rare_cusum(x, 0.25), (RARE,)),
    "recent trend": (watch.recent_trend, (MEASURED, MEASURED - 3, MEASURED + 3)),
    "single break": (watch.single_break, (MEASURED,)),
    "mean before": (lambda x: watch.mean_before(x, 24), (COUNTS,)),
    "funnel": (lambda x, e: funnel.funnel(np.array(x, float), np.array(e)), (COUNTS, EXPECTED)),
    "poisson gamma": (rates.poisson_gamma, (COUNTS, EXPECTED)),
    "marshall": (rates.marshall, (COUNTS, EXPECTED)),
    "random effects": (lambda x: funnel.random_effects(x, 20.0), (MEASURED,)),
}


def parts(told: Any) -> list[tuple[str, Any]]:
    """The arrays of an answer by name."""
    if is_dataclass(told):
        return [(f.name, getattr(told, f.name)) for f in fields(told)]
    return list(enumerate(told)) if isinstance(told, tuple) else [("", told)]  # type: ignore[misc]


@pytest.mark.parametrize("name", TOLD)
def test_series_in_rows_and_columns_are_told_as_each_alone_is(name: str) -> None:
    method, series = TOLD[name]
    together = dict(parts(method(*series)))
    seen = 0
    for k in ((0, 1), (1, 2)):
        for what, alone in parts(method(*(s[k].tolist() for s in series))):
            if isinstance(alone, np.ndarray | np.generic):
                both = np.asarray(together[what])
                assert both.shape == (2, 3, *np.shape(alone)), what
                if both.dtype.kind in "fiub":
                    assert both[k] == pytest.approx(alone, rel=1e-6, abs=1e-9, nan_ok=True), what
                    seen += 1
    assert seen
