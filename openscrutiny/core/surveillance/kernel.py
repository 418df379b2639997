"""Farrington's method compiled: one series and month at a time, the same answers faster.

Optional. It needs numba, and nothing imports this module until somebody asks for it by name, as the
commands do that simulate for minutes. Compiling takes some seconds the first time a machine does it
and is kept on disk after that; pages do without. The arithmetic is that of
``baseline_fit`` and ``limits``, in the order that suits one window at a time; only the tails are
worked out in another way: the probability of the count itself by Loader's saddle-point form (2000,
*Fast and accurate computation of binomial probabilities*), the tail from it by a continued
fraction (DLMF 8.17.22) or, for Poisson counts, its series.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.surveillance.baseline_fit import (
    CLOSE,
    HALVED,
    PATIENCE,
    RIDGE,
    STEEPEST,
    WIDEST,
    layout,
)
from openscrutiny.core.surveillance.limits import AS_POISSON

if TYPE_CHECKING:
    from openscrutiny.core.surveillance.farrington import Settings

numba: Any = None
with contextlib.suppress(ImportError):
    import numba


def _compile(function: Any) -> Any:
    if numba is None:
        return function
    try:
        return numba.njit(cache=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in: it is compiled anew in each process
        return numba.njit(error_model="numpy")(function)


def score(
    y: Floats,
    e: Floats | None,
    years: NDArray[np.int64],
    how: Settings,
    told: dict[str, Floats],
    status: NDArray[np.int8],
) -> None:
    """Fill ``told`` and ``status`` for every series, where ``years`` of a month is above 0."""
    shape = layout(how.years, how.half_window, how.periods, how.excluded)
    lags = np.array(shape.lags)
    first = np.searchsorted(-lags, -(12 * np.arange(how.years + 1) + how.half_window))
    exposure = np.ones_like(y) if e is None else np.nan_to_num(e)
    known = ~np.isnan(y) & (exposure > 0)
    x, u = np.where(known, y, 0.0), np.where(known, exposure, 0.0)
    months = (lags, np.array(shape.seasons), np.array(shape.years), first, shape.periods)
    # Plain floats: another type would be compiled for anew.
    rule = (float(how.reweight_above) ** 2, float(how.alpha), how.years_least, float(how.floor))
    z = float(special.ndtri(1 - how.alpha))
    _all(x, np.cbrt(x) ** 2, u, u ** (1 / 6), years, months, rule, z, (*told.values(),), status)


# ---- the fit ------------------------------------------------------------------------------------


@_compile
def _all(y, roots, e, e6, years, shape, rule, z, told, status):  # type: ignore[no-untyped-def]
    lags, seasons, near, first, periods = shape
    room = np.empty((7, len(lags)))
    level = np.empty((7, periods))
    for s in range(y.shape[0]):
        warm = 0.0
        for t in range(y.shape[1]):
            if years[t] <= 0 or e[s, t] <= 0:
                continue
            skip = first[years[t]]
            n = len(lags) - skip
            x, r, u, v = room[0, :n], room[1, :n], room[2, :n], room[3, :n]
            for i in range(n):
                month = t - lags[skip + i]
                x[i], r[i], u[i], v[i] = y[s, month], roots[s, month], e[s, month], e6[s, month]
            now = (lags[skip:], seasons[skip:], near[skip:], periods)
            rate, phi, slope, warm = _expect(now, room[:, :n], level, rule, e[s, t], warm)
            if phi > 0:
                status[s, t] = 0
                _tell(s, t, y[s, t], rate * e[s, t], phi, slope, rule[1], z, told)


@_compile
def _expect(shape, room, level, rule, exposed, warm):  # type: ignore[no-untyped-def]
    """Rate, phi and slope of one baseline, and the slope to start the next from; phi 0: too few."""
    lags, seasons, near, periods = shape
    limit, _, least, floor = rule
    x, u = room[0], room[2]
    known, own, highest, bits = 0, 0.0, 0.0, 0
    level[6, :] = 0.0
    for i in range(len(x)):
        if u[i] > 0:
            known += 1
            level[6, seasons[i]] = 1.0
            highest = max(highest, x[i])
            if seasons[i] == periods - 1:
                own += u[i]
            if near[i] > 0:
                bits |= 1 << near[i]
    years = 0
    while bits:
        years += bits & 1
        bits >>= 1
    spare = known - int(level[6].sum())
    if years < least or spare <= 1:
        return 0.0, 0.0, 0.0, warm
    rate, phi, slope, warm = _fit(lags, seasons, room, level, limit, known, spare - 1, True, warm)
    if rate * exposed > highest:
        rate, phi, slope, _ = _fit(lags, seasons, room, level, limit, known, spare, False, 0.0)
    return max(rate, floor / own, 1e-300 / exposed), phi, slope, warm


@_compile
def _fit(lags, seasons, room, level, limit, known, degrees, trend, warm):  # type: ignore[no-untyped-def]
    x, u, squares, weighed, exposed = room[0], room[2], room[4], room[5], room[6]
    slope, information = _solve(lags, seasons, x, u, level, trend, warm)
    warm = slope
    pearson, worst = _residuals(lags, seasons, room, level, slope, information)
    phi = min(max(pearson / degrees, 1.0), WIDEST)
    if worst > limit * phi:
        total = 0.0
        for i in range(len(x)):
            w = 1.0 if u[i] > 0 else 0.0
            if squares[i] > limit * phi:
                w = phi / squares[i]
            exposed[i] = w
            total += w
        for i in range(len(x)):
            w = exposed[i] * (known / total)
            weighed[i], exposed[i] = w * x[i], w * u[i]
        slope, information = _solve(lags, seasons, weighed, exposed, level, trend, slope)
        pearson = _pearson(lags, seasons, weighed, exposed, level, slope)
        phi = min(max(pearson / degrees, 1.0), WIDEST)
    return level[5, -1], phi, slope, warm


@_compile
def _solve(lags, seasons, x, u, level, trend, slope):  # type: ignore[no-untyped-def]
    """Newton for the slope. Leaves events, exposures, centres and factors of the seasons behind."""
    events, exposed, first, second = level[0], level[1], level[2], level[3]
    events[:] = 0.0
    moment = 0.0
    for i in range(len(x)):
        events[seasons[i]] += x[i]
        moment -= lags[i] * x[i]
    low, high = -STEEPEST, STEEPEST
    going, turn = trend, 0
    while True:
        turn += 1
        _sums(lags, seasons, u, level, slope)
        score, information = moment - RIDGE * slope, RIDGE
        for j in range(len(events)):
            reached = max(exposed[j], 1e-150)
            centre = first[j] / reached
            score -= events[j] * centre
            information += events[j] * max(second[j] / reached - centre * centre, 0.0)
            level[4, j] = centre
            level[5, j] = events[j] / reached
        if not going:
            break
        if score > 0:
            low = slope
        else:
            high = slope
        there = slope + score / information
        close = CLOSE
        if turn > PATIENCE or not low <= there <= high:
            there, close = (low + high) / 2, HALVED
        going = abs(there - slope) > close
        slope = there
        if abs(slope) > STEEPEST - 1e-5 and not going:
            slope = math.copysign(STEEPEST, slope)
    return slope, information if trend else np.inf


@_compile
def _sums(lags, seasons, u, level, slope):  # type: ignore[no-untyped-def]
    exposed, first, second = level[1], level[2], level[3]
    exposed[:] = 0.0
    first[:] = 0.0
    second[:] = 0.0
    step, power, before = math.exp(slope), math.exp(-lags[0] * slope), lags[0]
    for i in range(len(u)):
        power *= _over(step, before - lags[i])
        before = lags[i]
        j = seasons[i]
        value = power * u[i]
        moved = value * lags[i]
        exposed[j] += value
        first[j] -= moved
        second[j] += moved * lags[i]


@_compile
def _over(step, gap):  # type: ignore[no-untyped-def]
    return step if gap == 1 else step**gap


@_compile
def _residuals(lags, seasons, room, level, slope, information):  # type: ignore[no-untyped-def]
    x, roots, e6, squares = room[0], room[1], room[3], room[4]
    sixth = level[2]
    for j in range(len(sixth)):
        sixth[j] = level[5, j] ** (1 / 6)
        level[3, j] = 1 / max(level[0, j], 1e-150)
    step, power = math.exp(slope / 6), math.exp(-lags[0] * slope / 6)
    before, pearson, worst = lags[0], 0.0, 0.0
    for i in range(len(x)):
        power *= _over(step, before - lags[i])
        before = lags[i]
        j = seasons[i]
        root = power * sixth[j] * e6[i]
        cube = root * root * root
        mean = cube * cube
        pearson += (x[i] - mean) ** 2 / max(mean, 1e-150)
        residual = roots[i] / max(root, 1e-150) - cube
        squares[i] = 0.0
        if residual > 0:
            left = 1 - mean * (level[3, j] + (lags[i] + level[4, j]) ** 2 / information)
            if left > 1e-9:
                squares[i] = 2.25 * residual * residual / left
                worst = max(worst, squares[i])
    return pearson, worst


@_compile
def _pearson(lags, seasons, x, u, level, slope):  # type: ignore[no-untyped-def]
    pearson = 0.0
    step, power, before = math.exp(slope), math.exp(-lags[0] * slope), lags[0]
    for i in range(len(x)):
        power *= _over(step, before - lags[i])
        before = lags[i]
        mean = power * level[5, seasons[i]] * u[i]
        pearson += (x[i] - mean) ** 2 / max(mean, 1e-150)
    return pearson


# ---- the tails ----------------------------------------------------------------------------------


@_compile
def _tell(s, t, x, mean, phi, slope, alpha, z, told):  # type: ignore[no-untyped-def]
    expected, phis, trend, lower, upper, p_lower, p_upper, p = told
    expected[s, t], phis[s, t], trend[s, t] = mean, phi, slope
    extra = phi - 1
    size = mean / extra if extra * AS_POISSON > mean else np.inf
    mass, below, above = _tails(x, mean, phi, size)
    p_upper[s, t] = above
    p_lower[s, t] = below + mass if x < mean else min(1 - (above - mass), 1.0)
    smaller = above - mass / 2 if x >= mean else below + mass / 2
    p[s, t] = 2 * min(smaller, 1 - smaller)
    spread = math.sqrt(phi * mean)
    bend = mean + (2 * phi - 1) * (z * z - 1) / 6 - 0.5
    lower[s, t] = _quantile(alpha, bend - z * spread, mean, phi, size, False)
    upper[s, t] = _quantile(alpha, bend + z * spread, mean, phi, size, True)


@_compile
def _quantile(alpha, guess, mean, phi, size, high):  # type: ignore[no-untyped-def]
    """Smallest x with P(X > x) <= alpha (high), or with P(X <= x) >= alpha."""
    x = max(np.rint(guess), 0.0)
    low, top, step, seen = -1.0, np.inf, 1.0, False
    mass, below, above = _tails(x, mean, phi, size)
    while True:
        if (above - mass <= alpha) if high else (below + mass >= alpha):
            top = x
        else:
            low, seen = x, True
        if top - low == 1:
            return top
        if top < np.inf and seen:
            to = np.floor((low + top) / 2)
        else:
            to = max(top - step, low + 1) if top < np.inf else low + step
        if step > 4 or abs(to - x) > 1:
            mass, below, above = _tails(to, mean, phi, size)
        elif to > x:
            above, below = above - mass, below + mass
            mass *= (mean / (x + 1)) if size == np.inf else (1 - 1 / phi) * (x + size) / (x + 1)
        else:
            mass *= (x / mean) if size == np.inf else x / ((1 - 1 / phi) * (x - 1 + size))
            above, below = above + mass, below - mass
        x = to
        step *= 2


@_compile
def _tails(x, mean, phi, size):  # type: ignore[no-untyped-def]
    """P(X = x), P(X < x) and P(X >= x); the smaller of the last two is accurate however small."""
    if x == 0:
        mass = math.exp(-mean if size == np.inf else -size * math.log(phi))
        return mass, 0.0, 1.0
    if size == np.inf:
        away = _stirling(x) + _deviance(x, mean, x - mean)
        mass = math.exp(-away) / math.sqrt(2 * math.pi * x)
        if x >= mean:
            above = mass * _rising(x, mean)
            return mass, 1 - above, above
        below = mass * _falling(x, mean)
        return mass, below, 1 - below
    p, q = 1 / phi, 1 - 1 / phi
    n = x + size
    away = x * p - size * q
    apart = _stirling(n) - _stirling(size) - _stirling(x) - _deviance(size, n * p, -away)
    mass = math.exp(apart - _deviance(x, n * q, away))
    mass *= math.sqrt(size / (2 * math.pi * x * n))
    if q * (n + 2) < x + 1:
        above = mass * _fraction(x, size, q)
        return mass, 1 - above, above
    below = mass * x / size * _fraction(size, x, p)
    above = 1 - below
    if above < 1e-5:  # one less a number next to one: too few of its digits are left
        above = mass * _fraction(x, size, q)
    return mass, below, above


@_compile
def _rising(x, mean):  # type: ignore[no-untyped-def]
    """P(X >= x) / P(X = x) of a Poisson count."""
    total = term = 1.0
    while term > 1e-17 * total:
        x += 1
        term *= mean / x
        total += term
    return total


@_compile
def _falling(x, mean):  # type: ignore[no-untyped-def]
    """P(X < x) / P(X = x) of a Poisson count."""
    total, term = mean - mean, mean / mean
    while x > 0 and term > 1e-17 * total:
        term *= x / mean
        total += term
        x -= 1
    return total


@_compile
def _stirling(n):  # type: ignore[no-untyped-def]
    """log n! less Stirling's formula for it."""
    if n > 15:
        square = 1 / (n * n)
        tail = 1 / 1260 - square * (1 / 1680 - square / 1188)
        return (1 / 12 - square * (1 / 360 - square * tail)) / n
    return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2 * math.pi)


@_compile
def _deviance(x, mean, away):  # type: ignore[no-untyped-def]
    """x log(x / mean) + mean - x, where ``away`` is x - mean."""
    v = away / (x + mean)
    if abs(v) > 0.1:
        return x * math.log(x / mean) - away
    total, term = away * v, 2 * x * v
    for k in range(3, 25, 2):
        term *= v * v
        total += term / k
    return total


@_compile
def _fraction(a, b, x):  # type: ignore[no-untyped-def]
    """a B(a, b) I_x(a, b) / (x^a (1 - x)^b), by Lentz's method."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    m = 1.0
    while True:
        even, twice = m * (b - m) * x, a + 2 * m
        odd = -(a + m) * (a + b + m) * x
        for term in (even / ((twice - 1) * twice), odd / (twice * (twice + 1))):
            d = 1 / (1 + term * d)
            c = 1 + term / c
            found *= c * d
        if abs(c * d - 1) < 1e-15 or m > 1e6:
            return found
        m += 1
