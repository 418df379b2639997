"""Tails and limits of a count whose variance is phi times its mean.

With phi of 1 it is a Poisson count, beyond that a negative binomial of size mean / (phi - 1): the
plug-in distribution of Noufaily et al. (2013). Each tail is taken on the side it is accurate on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from openscrutiny.core.counting import Floats

AS_POISSON = 1e10  # from this size on the two agree to the last digits that are told


def size(mean: Floats, phi: Floats) -> Floats:
    """Size of the negative binomial; inf where the count is Poisson."""
    extra = phi - 1
    wide = extra * AS_POISSON > mean
    return np.where(wide, mean / np.where(wide, extra, 1.0), np.inf)


def at_most(count: Floats, mean: Floats, phi: Floats) -> Floats:
    """P(X <= count) for whole counts from -1 on."""
    x = np.maximum(count, 0.0)
    r = size(mean, phi)
    poisson = np.isinf(r)
    found = np.empty(x.shape)
    found[poisson] = special.gammaincc(x[poisson] + 1, mean[poisson])
    wide = ~poisson
    found[wide] = special.betainc(r[wide], x[wide] + 1, 1 / phi[wide])
    return np.where(count < 0, 0.0, found)


def at_least(count: Floats, mean: Floats, phi: Floats) -> Floats:
    """P(X >= count) for whole counts from 0 on."""
    x = np.maximum(count, 1.0)
    r = size(mean, phi)
    poisson = np.isinf(r)
    found = np.empty(x.shape)
    found[poisson] = special.gammainc(x[poisson], mean[poisson])
    wide = ~poisson
    found[wide] = special.betaincc(r[wide], x[wide], 1 / phi[wide])
    return np.where(count < 1, 1.0, found)


def usual_limits(mean: Floats, phi: Floats, alpha: float) -> tuple[Floats, Floats]:
    """The ``alpha`` and 1 - ``alpha`` quantiles: what lies beyond them is an alarm.

    A count above the upper one has P(X >= count) <= ``alpha``; one below the lower one has
    P(X <= count) < ``alpha``.
    """
    z = special.ndtri(1 - alpha)
    spread = np.sqrt(phi * mean)
    skew = (2 * phi - 1) / spread
    bend = mean + spread * skew * (z * z - 1) / 6 - 0.5
    lower = _first(lambda x, m, f: at_most(x, m, f) >= alpha, bend - z * spread, mean, phi)
    upper = _first(lambda x, m, f: at_least(x + 1, m, f) <= alpha, bend + z * spread, mean, phi)
    return lower, upper


def _first(
    holds: Callable[[Floats, Floats, Floats], NDArray[np.bool_]],
    guess: Floats,
    mean: Floats,
    phi: Floats,
) -> Floats:
    """The smallest whole number from 0 on from which ``holds`` is true: step away, then halve."""
    x = np.maximum(np.rint(guess), 0.0)
    found, open_ = np.empty(x.shape), np.arange(x.size)
    low, high = np.full(x.shape, -1.0), np.full(x.shape, np.inf)
    seen_low = np.zeros(x.shape, np.bool_)
    step = 1.0
    while len(open_):
        yes = holds(x, mean, phi)
        high = np.where(yes, x, high)
        low, seen_low = np.where(yes, low, x), seen_low | ~yes
        done = high - low == 1
        found[open_[done]] = high[done]
        going = ~done
        open_, mean, phi = open_[going], mean[going], phi[going]
        low, high, seen_low = low[going], high[going], seen_low[going]
        up, down = low + step, np.maximum(high - step, low + 1)
        both = np.isfinite(high) & seen_low
        middle = np.floor((low + np.where(both, high, low)) / 2)
        x = np.where(both, middle, np.where(np.isfinite(high), down, up))
        step *= 2
    return found
