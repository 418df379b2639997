"""What the residuals of a fit say of its months hanging together. All along the last axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats


def lag_one(residuals: ArrayLike) -> Floats:
    """The correlation of each month's residual with the next month's, about their mean."""
    e = _floats(residuals)
    e = e - e.mean(axis=-1, keepdims=True)
    return _ratio((e[..., 1:] * e[..., :-1]).sum(axis=-1), (e * e).sum(axis=-1))


def unbiased_lag_one(residuals: ArrayLike, terms: int) -> Floats:
    """``lag_one`` of a fit with ``terms`` terms, freed of most of its bias towards less than none.

    With n months it falls short of rho by about (terms + 3·rho) / n (for a mean alone: Marriott &
    Pope, 1954, Biometrika 41:390). Not above 0.95.
    """
    r = lag_one(residuals)
    months = np.shape(residuals)[-1]
    return _floats(np.clip((months * r + terms) / max(months - 3, 1), -0.95, 0.95))


def inflation(correlation: ArrayLike) -> Floats:
    """What autocorrelation multiplies a standard error by: √((1 + r) / (1 − r)), at least 1."""
    r = np.clip(_floats(correlation), 0.0, 0.95)
    return _floats(np.sqrt((1 + r) / (1 - r)))


def durbin_watson(residuals: ArrayLike) -> Floats:
    """Squared steps of the residuals over their squares: near 2 without autocorrelation."""
    e = _floats(residuals)
    return _ratio((np.diff(e, axis=-1) ** 2).sum(axis=-1), (e * e).sum(axis=-1))


def ljung_box(residuals: ArrayLike, lags: int = 12) -> Floats:
    """The p-value of no autocorrelation up to ``lags`` months (Ljung & Box, 1978)."""
    e = _floats(residuals)
    e = e - e.mean(axis=-1, keepdims=True)
    n = e.shape[-1]
    whole = (e * e).sum(axis=-1)
    statistic = np.zeros(whole.shape)
    for lag in range(1, lags + 1):
        r = _ratio((e[..., lag:] * e[..., :-lag]).sum(axis=-1), whole)
        statistic = statistic + r * r / (n - lag)
    return _floats(special.chdtrc(lags, n * (n + 2) * statistic))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _floats(np.where(bottom > 0, top / bottom, np.nan))


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float64)
