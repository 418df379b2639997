"""Scales on which the spread of a figure hardly depends on its level, and limits drawn on them.

Over-dispersion is estimated on such a scale (Spiegelhalter, 2005, QSHC 14:347): the square root
and the logarithm for observed against expected counts (``on_root_scale``, as the Care Quality
Commission did; ``on_log_scale``, as the hospital mortality indicator SHMI does), the arcsine of
the root for a proportion, the logarithm for a ratio of two counts. ``dispersion`` takes z and s of
any of them.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure, Refused
from openscrutiny.core.rates.intervals import figures, normal_reach, proportions


class Scale(StrEnum):
    """A transformation of a ratio or a proportion."""

    LOG = "log"
    ROOT = "root"
    ARCSINE = "arcsine"


def on_arcsine_scale(
    part: ArrayLike, of: ArrayLike, *, measure: Measure | None = None
) -> tuple[Floats, Floats, Floats]:
    """z and standard error of asin √(part / of), and the target: the proportion of all together.

    Areas on the last axis; the target is without it, and on the scale of proportions. An area
    that is not known, or whose whole is 0, is left out (NaN). A part greater than its whole, and a
    measure that is a ratio of two counts, is Refused.
    """
    x, n = proportions(part, of, measure)
    x, n, target = _with_target(x, n)
    s = 1 / (2 * np.sqrt(n))
    return (np.arcsin(np.sqrt(x / n)) - np.arcsin(np.sqrt(target))[..., None]) / s, s, target


def on_count_ratio_scale(
    numerator: ArrayLike, denominator: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """z and standard error of log(numerator / denominator), and the target: the ratio of all.

    For two counts whose events need not belong together. Both vary by chance; a half is added to
    each so that 0 has a place. An area with nothing in the denominator is left out (NaN).
    """
    x, n, target = _with_target(*figures(numerator, denominator))
    s = np.sqrt(x / (x + 0.5) ** 2 + n / (n + 0.5) ** 2)
    with np.errstate(divide="ignore"):
        z = (np.log((x + 0.5) / (n + 0.5)) - np.log(target)[..., None]) / s
    return np.where(target[..., None] > 0, z, np.nan), s, target


def scale_limits(
    scale: Scale,
    target: ArrayLike,
    s: ArrayLike,
    *,
    tau2: ArrayLike = 0.0,
    phi: ArrayLike = 1.0,
    coverage: float = 0.95,
) -> tuple[Floats, Floats]:
    """Limits around a target for areas whose standard errors on the scale are ``s``.

    Areas on the last axis; ``target``, ``tau2`` and ``phi`` are without it. Additive
    over-dispersion ``tau2`` is a variance between areas on the scale; multiplicative ``phi``
    widens every standard error by its root and never narrows one. The limits are turned back: the
    ratio or the proportion itself, a ratio never below 0, a proportion within 0 and 1.
    """
    error, at = np.asarray(s, np.float64), np.asarray(target, np.float64)[..., None]
    if np.any(at < 0) or (scale is Scale.ARCSINE and np.any(at > 1)):
        raise Refused("A target is not negative, and the target of a proportion is at most 1.")
    reach = normal_reach(coverage) * _widened(error, tau2, phi)
    if scale is Scale.LOG:
        return at * np.exp(-reach), at * np.exp(reach)
    if scale is Scale.ROOT:
        return np.maximum(np.sqrt(at) - reach, 0.0) ** 2, (np.sqrt(at) + reach) ** 2
    angle = np.arcsin(np.sqrt(at))
    return (
        np.sin(np.maximum(angle - reach, 0.0)) ** 2,
        np.sin(np.minimum(angle + reach, np.pi / 2)) ** 2,
    )


def adjusted_z(
    z: ArrayLike, s: ArrayLike, *, tau2: ArrayLike = 0.0, phi: ArrayLike = 1.0
) -> Floats:
    """z against the widened spread, whichever of the two ways it is widened."""
    error = np.asarray(s, np.float64)
    return np.asarray(z, np.float64) * error / _widened(error, tau2, phi)


def _widened(s: Floats, tau2: ArrayLike, phi: ArrayLike) -> Floats:
    additive = np.asarray(tau2, np.float64)[..., None]
    multiplied = np.maximum(np.asarray(phi, np.float64), 1.0)[..., None]
    return np.asarray(np.sqrt(s**2 * multiplied + additive), np.float64)


def _with_target(x: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Both with NaN where an area is left out, and the figure of all that are there."""
    used = ~np.isnan(x) & (n > 0)
    total = np.where(used, n, 0.0).sum(axis=-1)
    target = np.where(used, x, 0.0).sum(axis=-1) / np.where(total > 0, total, np.nan)
    return np.where(used, x, np.nan), np.where(used, n, np.nan), target
