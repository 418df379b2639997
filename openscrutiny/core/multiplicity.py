"""How many of many tests may be believed: control of the false discovery rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values of the step-up procedure, over the last axis, NaN for what was not tested.

    A family is one row of the last axis; NaN cells do not count in it. Declaring the cells whose
    adjusted value is at most q keeps the expected share of false ones among them at most q, for
    independent tests and for positively dependent ones (Benjamini & Hochberg, 1995, JRSS B 57:289;
    Benjamini & Yekutieli, 2001).
    """
    values = np.asarray(p, np.float64)
    if values.shape[-1] == 0:
        return values.copy()
    order = np.argsort(values, axis=-1)  # NaN sort last
    ordered = np.take_along_axis(values, order, axis=-1)
    tests = np.sum(~np.isnan(values), axis=-1, keepdims=True)
    rank = np.arange(1, values.shape[-1] + 1)
    stepped = np.where(np.isnan(ordered), np.inf, ordered * tests / rank)
    stepped = np.minimum.accumulate(stepped[..., ::-1], axis=-1)[..., ::-1]
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), axis=-1)
    adjusted[np.isnan(values)] = np.nan
    return adjusted
