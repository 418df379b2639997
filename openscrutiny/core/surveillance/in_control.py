"""What a series did before monitoring began: its mean, or its mean by season.

A chart of counts holds each month against what is expected of it. Both functions take the months
before ``start`` as the time when all was as it should be, and answer for the months from it on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import counted

_STEPS = 50
_CLOSE = 1e-12


def mean_before(counts: ArrayLike, start: int) -> Floats:
    """The mean of the known months before month ``start`` (counted from 0), for the months after.

    NaN before ``start``, and everywhere in a series without a known month or without an event
    before it: nothing can be expected from no events. Refused: fewer than two months before
    ``start``, or none after.
    """
    y = _training(counts, start, least=2)
    before = y[..., :start]
    known = ~np.isnan(before)
    total, months = np.where(known, before, 0.0).sum(axis=-1), known.sum(axis=-1)
    mean = np.where(total > 0, total / np.maximum(months, 1), np.nan)
    out = np.full(y.shape, np.nan)
    out[..., start:] = mean[..., None]
    return out


def seasonal_mean_before(counts: ArrayLike, start: int, *, period: int = 12) -> Floats:
    """As ``mean_before``, with one wave a year: log mean = a + b cos + c sin over a ``period``.

    The Poisson regression of the months before ``start``, by iteratively reweighted least squares
    (McCullagh & Nelder, 1989, chapter 2). NaN where a series has fewer than ``period`` known months
    or no events before ``start``, or where the regression does not settle. Refused: fewer months
    before ``start`` than ``period``, or a period under 3 months.
    """
    if period < 3:
        raise Refused(f"A season of {period} months has no shape: take 3 or more.")
    y = _training(counts, start, least=period)
    angle = 2 * np.pi / period * np.arange(y.shape[-1])
    waves = np.stack([np.ones(len(angle)), np.cos(angle), np.sin(angle)], axis=-1)
    beta = _poisson_regression(y[..., :start], waves[:start], period)
    out = np.full(y.shape, np.nan)
    fitted = ~np.isnan(beta[..., 0])
    out[fitted, start:] = np.exp(beta[fitted] @ waves[start:].T)
    return out


def _training(counts: ArrayLike, start: int, *, least: int) -> Floats:
    y = counted(counts)
    if not least <= start < y.shape[-1]:
        raise Refused(
            f"Monitoring from month {start} of {y.shape[-1]} leaves too little: at least {least} "
            "months must come before it, and one month after."
        )
    return y


def _poisson_regression(y: Floats, x: Floats, least: int) -> Floats:
    """Coefficients of each series on the columns of ``x``; NaN where there is no answer."""
    known = ~np.isnan(y)
    counts = np.where(known, y, 0.0)
    usable = (known.sum(axis=-1) >= least) & (counts.sum(axis=-1) > 0)
    beta = np.full((*y.shape[:-1], x.shape[1]), np.nan)
    if not usable.any():
        return beta
    counts, known = counts[usable], known[usable]
    mu = counts + 0.1
    eta = np.log(mu)
    found = np.zeros((len(counts), x.shape[1]))
    moved = np.full(len(counts), np.inf)
    for _ in range(_STEPS):
        weight = np.where(known, mu, 0.0)
        normal = np.einsum("ti,st,tj->sij", x, weight, x)
        right = np.einsum("ti,st->si", x, weight * eta + np.where(known, counts - mu, 0.0))
        # A trace of a ridge: a series with events in one month only has no finite wave.
        normal += 1e-12 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(x.shape[1])
        new = np.linalg.solve(normal, right[..., None])[..., 0]
        moved = np.abs(new - found).max(axis=-1)
        found = new
        eta = np.clip(found @ x.T, -30.0, 30.0)
        mu = np.exp(eta)
        if (moved < _CLOSE * (1 + np.abs(found).max(axis=-1))).all():
            break
    settled = moved < 1e-6
    beta[usable] = np.where(settled[:, None], found, np.nan)
    return beta
