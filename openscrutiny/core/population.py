"""How many residents a month had, from counts that stand years apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.months import Month
from openscrutiny.core.panel import Values


def interpolate(
    counted_in: Sequence[Month], counts: Values, months: Sequence[Month]
) -> tuple[Values, NDArray[np.int64], NDArray[np.int64]]:
    """Residents in each month, and the two counts each month's figure rests on.

    ``counts`` has shape (areas, counted_in), in time order. Between two counts the figure lies on
    the straight line from one to the other; after the last it stays there; before the first it is
    NaN. The result has shape (areas, months); the two index arrays, of shape (months,), point into
    ``counted_in`` and are equal where one count alone decides, -1 before the first.
    """
    points = np.array([m.ordinal for m in counted_in], np.int64)
    if len(points) == 0 or (np.diff(points) <= 0).any():
        raise ValueError("Interpolation needs at least one count, each later than the one before.")
    wanted = np.array([m.ordinal for m in months], np.int64)
    before = np.searchsorted(points, wanted, side="right") - 1
    low = np.maximum(before, 0)
    exact = points[low] == wanted
    after = np.where(exact, low, np.minimum(low + 1, len(points) - 1))
    width = np.maximum(points[after] - points[low], 1)
    weight = (wanted - points[low]) / width
    rise = np.where(after == low, 0.0, counts[:, after] - counts[:, low])
    values = np.where(before < 0, np.nan, counts[:, low] + weight * rise)
    return values, np.where(before < 0, -1, low), np.where(before < 0, -1, after)
