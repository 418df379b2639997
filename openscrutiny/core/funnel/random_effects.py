"""Estimates of several areas with standard errors: their mean, and how much they truly differ.

The random-effects model of meta-analysis: an estimate is normal around its area's own value, with
a known variance, and the values are normal around a mean with variance tau². For figures that come
with a standard error and not as counts, such as survey scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused

_GRID = 80
_HALVINGS = 80


class Method(StrEnum):
    """How tau² is estimated."""

    DL = "DL"
    REML = "REML"
    PM = "PM"
    ML = "ML"


@dataclass(frozen=True)
class RandomEffects:
    """Without the last axis: tau², the mean and its standard error, Cochran's Q with its p, I².

    ``i2``: the percentage of the spread that is not chance (Higgins & Thompson, 2002), from
    tau². ``blup``: each area's estimate drawn towards the mean, NaN for an area left out.
    """

    tau2: Floats
    mean: Floats
    se: Floats
    q: Floats
    q_p: Floats
    i2: Floats
    blup: Floats


@dataclass(frozen=True)
class _Areas:
    """Estimates and variances, with weight 0 for areas that are left out."""

    y: Floats
    v: Floats
    used: NDArray[np.bool_]

    def weights(self, tau2: Floats) -> Floats:
        return np.where(self.used, 1 / (self.v + tau2[..., None]), 0.0)

    def centre(self, w: Floats) -> Floats:
        total = w.sum(axis=-1)
        return np.asarray((w * self.y).sum(axis=-1) / np.where(total > 0, total, np.nan))

    def spread(self, tau2: Floats) -> Floats:
        """Cochran's Q with weights that know of tau²."""
        w = self.weights(tau2)
        away = self.y - self.centre(w)[..., None]
        return np.asarray((w * away**2).sum(axis=-1), np.float64)


def random_effects(
    estimate: ArrayLike, variance: ArrayLike, method: Method = Method.REML
) -> RandomEffects:
    """Fit the model over the last axis, by one of four methods for tau².

    DerSimonian & Laird (1986) by moments in closed form; Paule & Mandel (1982) solves Q = k − 1;
    ML and REML (Viechtbauer, 2005) find the highest likelihood on a grid and then to full
    precision. tau² is never negative; with fewer than two areas it is 0. NaN areas are left out.
    Infinite estimates and variances that are not above 0 are Refused.
    """
    y, v = np.broadcast_arrays(np.asarray(estimate, np.float64), np.asarray(variance, np.float64))
    if np.any(np.isinf(y) | np.isinf(v) | (v <= 0)):
        raise Refused("Every estimate needs to be finite, with a finite variance above 0.")
    used = ~(np.isnan(y) | np.isnan(v))
    areas = _Areas(np.where(used, y, 0.0), np.where(used, v, 1.0), used)
    k = used.sum(axis=-1)
    zero = np.zeros(k.shape)
    q = areas.spread(zero)
    tau2 = np.where(k > 1, _tau2(areas, k, q, method), 0.0)
    w, w0 = areas.weights(tau2), areas.weights(zero)
    mean, total = areas.centre(w), w0.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = (k - 1) * total / (total**2 - (w0**2).sum(axis=-1))
        i2 = np.where(k > 1, 100 * tau2 / (tau2 + typical), 0.0)
        se = np.where(k > 0, 1 / np.sqrt(w.sum(axis=-1)), np.nan)
        q_p = np.where(k > 1, special.chdtrc(np.maximum(k - 1, 1), q), np.nan)
    blup = mean[..., None] + (y - mean[..., None]) * tau2[..., None] * w
    return RandomEffects(tau2, mean, se, q, q_p, i2, np.where(used, blup, np.nan))


def _tau2(areas: _Areas, k: NDArray[np.int_], q: Floats, method: Method) -> Floats:
    if method is Method.DL:
        w = areas.weights(np.zeros(k.shape))
        total = w.sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            moments = (q - (k - 1)) / (total - (w**2).sum(axis=-1) / total)
        return np.asarray(np.maximum(moments, 0.0), np.float64)
    low = np.where(areas.used, areas.y, np.inf).min(axis=-1, initial=np.inf)
    high = np.where(areas.used, areas.y, -np.inf).max(axis=-1, initial=-np.inf)
    widest = np.where(areas.used, areas.v, 0.0).max(axis=-1, initial=0.0)
    with np.errstate(invalid="ignore"):
        # So far out that the likelihood falls and Q is below k − 1, whatever the variances.
        most = np.where(k > 0, 4 * (high - low) ** 2 + 10 * widest, 1.0)
    if method is Method.PM:
        return np.where(
            q <= k - 1, 0.0, _falls_through(lambda t: areas.spread(t) - (k - 1), 0 * most, most)
        )
    return _likeliest(areas, most, restricted=method is Method.REML)


def _likeliest(areas: _Areas, most: Floats, *, restricted: bool) -> Floats:
    """The tau² of the highest likelihood: the best of a grid, then where the slope is 0."""
    grid = np.concatenate([[0.0], np.geomspace(1e-9, 1, _GRID)])
    best, at = np.full(most.shape, -np.inf), np.zeros(most.shape, np.int64)
    for i, share in enumerate(grid):
        likelihood = _likelihood(areas, share * most, restricted)
        better = likelihood > best
        best, at = np.where(better, likelihood, best), np.where(better, i, at)
    low, high = grid[np.maximum(at - 1, 0)] * most, grid[np.minimum(at + 1, _GRID)] * most
    return _falls_through(lambda t: _slope(areas, t, restricted), low, high)


def _likelihood(areas: _Areas, tau2: Floats, restricted: bool) -> Floats:
    w = areas.weights(tau2)
    logs = np.where(areas.used, np.log(areas.v + tau2[..., None]), 0.0).sum(axis=-1)
    if restricted:
        total = w.sum(axis=-1)
        logs = logs + np.log(np.where(total > 0, total, 1.0))
    return np.asarray(-(logs + areas.spread(tau2)) / 2, np.float64)


def _slope(areas: _Areas, tau2: Floats, restricted: bool) -> Floats:
    """Of twice the likelihood in tau²."""
    w = areas.weights(tau2)
    away = areas.y - areas.centre(w)[..., None]
    total = w.sum(axis=-1)
    slope = (w**2 * away**2).sum(axis=-1) - total
    if restricted:
        slope = slope + (w**2).sum(axis=-1) / np.where(total > 0, total, 1.0)
    return np.asarray(slope, np.float64)


def _falls_through(f, low: Floats, high: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """By bisection where a function that falls goes through 0; ``low`` where it never is above."""
    start = low
    above = f(start) > 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        yes = f(middle) > 0
        low, high = np.where(yes, middle, low), np.where(yes, high, middle)
    return np.where(above, (low + high) / 2, start)
