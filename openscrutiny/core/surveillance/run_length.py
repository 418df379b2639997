"""How long a chart runs before it signals: the price of its settings, before any data.

The run length is the month of the first alarm. In control it should be long (a false alarm is
rare), out of control short. Charts of measurements: the integral equation of the mean run length,
solved at Gauss-Legendre nodes (Crowder, 1987, *Technometrics* 29:401; Knoth, 2005). Charts of
counts: the sum is a Markov chain (Brook & Evans, 1972, *Biometrika* 59:539), exactly where it moves
on a lattice, and to the approximation of Hawkins (1992) where it does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import above_zero, first_count

_FEWEST_NODES = 40
_LONGEST = 200.0  # standard deviations from end to end of a chart
_HALVINGS = 40  # from a bracket of a few units down to less than 1e-10
_STATES_AT_ONCE = 4_000_000
_STEADY = 1e-13
_MOST_STATES = 512


def cusum_run_length(
    k: ArrayLike, h: ArrayLike, shift: ArrayLike = 0.0, *, two_sided: bool = True
) -> Floats:
    """Mean run length of the tabular CUSUM when the mean is ``shift`` standard deviations off.

    The arguments broadcast. The two-sided chart's is 1 / (1 / up + 1 / down) (van Dobben de Bruyn,
    1968). Refused: k below 0, h that is not positive or beyond 200.
    """
    ks, hs, mu = _settings(k, h, shift)
    if not ((ks >= 0) & (hs > 0) & (hs <= _LONGEST)).all():
        raise Refused("A CUSUM needs k of 0 or more and h between 0 and 200.")
    up = _one_sided(ks, hs, mu)
    if not two_sided:
        return up
    return np.asarray(1 / (1 / up + 1 / _one_sided(ks, hs, -mu)), np.float64)


def cusum_limit(k: ArrayLike, run_length: ArrayLike, *, two_sided: bool = True) -> Floats:
    """The h that gives a CUSUM with reference value ``k`` this mean run length in control.

    NaN where even h of 0 runs longer or h of 100 runs shorter. Refused: k below 0.
    """
    ks, wished = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(run_length, np.float64))
    return _solve(
        lambda h: cusum_run_length(ks, h, two_sided=two_sided), wished, low=1e-6, high=100.0
    )


def ewma_run_length(
    weight: ArrayLike, width: ArrayLike, shift: ArrayLike = 0.0, *, exact_limits: bool = False
) -> Floats:
    """Mean run length of the EWMA when the mean is ``shift`` standard deviations off from month 1.

    ``exact_limits`` as in ``ewma``. The arguments broadcast. Refused: a weight under 0.001 or above
    1, a width that is not positive or above 10.
    """
    lam, wide, mu = _settings(weight, width, shift)
    if not ((lam >= 0.001) & (lam <= 1) & (wide > 0) & (wide <= 10)).all():
        raise Refused("An EWMA needs a weight from 0.001 to 1 and a width between 0 and 10.")
    flat = [a.ravel() for a in (lam, wide, mu)]
    # A weight of 1 is a chart of single months; the kernel then no longer depends on the start.
    found = _ewma_flat(*flat, exact_limits=exact_limits)
    return found.reshape(lam.shape)


def ewma_limit(weight: ArrayLike, run_length: ArrayLike, *, exact_limits: bool = False) -> Floats:
    """The width that gives an EWMA with this weight this mean run length in control.

    NaN where no width from 0.001 to 10 does.
    """
    lam, wished = np.broadcast_arrays(
        np.asarray(weight, np.float64), np.asarray(run_length, np.float64)
    )
    return _solve(
        lambda c: ewma_run_length(lam, c, exact_limits=exact_limits), wished, low=1e-3, high=10.0
    )


def poisson_cusum_run_length(
    mean: ArrayLike, reference: ArrayLike, threshold: ArrayLike, *, per: ArrayLike = 1
) -> Floats:
    """Mean run length of S = max(0, S + count - reference), which signals when S > threshold.

    ``reference`` and ``threshold`` are whole numbers of 1/``per`` events: the sum moves on a
    lattice and the answer is exact. The arguments broadcast. Refused: a mean that is not positive,
    settings that are not whole, a threshold beyond 511.
    """
    arrays = (np.asarray(a, np.float64) for a in (mean, reference, threshold, per))
    mu, km, hm, m = np.broadcast_arrays(*arrays)
    whole = all(((a >= 0) & (a == np.floor(a))).all() for a in (km, hm, m))
    if not (whole and (m >= 1).all() and (hm < _MOST_STATES).all()):
        raise Refused(
            "The reference value and the threshold of a Poisson CUSUM must be whole numbers of "
            "1/“per” events, and the threshold below 512 of them."
        )
    if not ((mu > 0) & np.isfinite(mu)).all():
        raise Refused("The mean of a Poisson CUSUM must be positive.")
    flat = (a.ravel() for a in (mu, km, hm, m))
    return _lattice(*flat).reshape(mu.shape)


def poisson_cusum_limit(
    mean: ArrayLike, reference: ArrayLike, run_length: ArrayLike, *, per: ArrayLike = 1
) -> Floats:
    """The smallest threshold (in 1/``per`` events) that gives at least this mean run length.

    NaN where none below 512 does.
    """
    arrays = (np.asarray(a, np.float64) for a in (mean, reference, run_length, per))
    mu, km, wished, m = np.broadcast_arrays(*arrays)

    def long_enough(threshold: Floats) -> np.ndarray:
        most = np.minimum(threshold, _MOST_STATES - 1.0)
        return (poisson_cusum_run_length(mu, km, most, per=m) >= wished) | (threshold > most)

    found = first_count(long_enough, mu.shape)
    return np.where(found < _MOST_STATES, found, np.nan)


def lr_cusum_run_length(
    mean: ArrayLike,
    in_control: ArrayLike,
    ratio: ArrayLike,
    h: ArrayLike,
    *,
    months: int,
    levels: int = 5,
) -> Floats:
    """P(first alarm in month 1, 2, … ``months``) of the likelihood-ratio CUSUM of Poisson counts.

    The chart adds up the log likelihood ratio of ``ratio`` times ``in_control`` against
    ``in_control`` and signals at ``h``; ``mean`` is the true mean. The sum is cut into ``levels``
    (the first is 0) and moved by Simpson's rule within each (Hawkins, 1992). The arguments
    broadcast; months become the last axis. Refused: means or h that are not positive, a ratio of 1
    or less, fewer than 2 levels or 1 month.
    """
    arrays = (np.asarray(a, np.float64) for a in (mean, in_control, ratio, h))
    mu, mu0, r, top = np.broadcast_arrays(*arrays)
    if not ((mu > 0) & (mu0 > 0) & (r > 1) & (top > 0)).all():
        raise Refused("A likelihood-ratio CUSUM needs positive means and h, and a ratio above 1.")
    if levels < 2 or months < 1:
        raise Refused("Take 2 levels or more, and 1 month or more.")

    def at_most(llr: Floats) -> Floats:
        """P(the log likelihood ratio of one month <= llr): the count is at most so much."""
        count = np.floor((llr + mu0 * (r - 1)) / np.log(r) + 1e-12)
        return np.where(count >= 0, special.pdtr(np.maximum(count, 0.0), mu), 0.0)

    edges = [np.full(mu.shape, -np.inf), *(top * j / (levels - 1) for j in range(levels))]
    chain = np.zeros((*mu.shape, levels + 1, levels + 1))
    chain[..., -1, -1] = 1
    for j in range(levels):
        points = ((edges[1], 1.0),) if j == 0 else _simpson(edges[j], edges[j + 1])
        for k in range(levels):
            chain[..., j, k] = sum(
                w * (at_most(edges[k + 1] - s) - (at_most(edges[k] - s) if k else 0.0))
                for s, w in points
            )
    chain[..., :-1, -1] = np.maximum(0.0, 1 - chain[..., :-1, :-1].sum(axis=-1))
    state = np.zeros((*mu.shape, 1, levels + 1))
    state[..., 0] = 1
    alarmed = np.zeros((*mu.shape, months + 1))
    for t in range(1, months + 1):
        state = state @ chain
        alarmed[..., t] = state[..., 0, -1]
    return np.diff(alarmed, axis=-1)


def _simpson(start: Floats, end: Floats) -> tuple[tuple[Floats, float], ...]:
    return (start, 1 / 6), ((start + end) / 2, 4 / 6), (end, 1 / 6)


def _settings(*arguments: ArrayLike) -> tuple[Floats, ...]:
    arrays = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in arguments))
    if not all(np.isfinite(a).all() for a in arrays):
        raise Refused("The settings of a chart must be finite numbers.")
    return tuple(arrays)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-z * z / 2) / np.sqrt(2 * np.pi), np.float64)


def _nodes(longest: float) -> tuple[Floats, Floats]:
    """Nodes and weights on [-1, 1], enough for a chart so many standard deviations long."""
    x, w = np.polynomial.legendre.leggauss(_FEWEST_NODES + int(np.ceil(4 * longest)))
    return np.asarray(x, np.float64), np.asarray(w, np.float64)


def _one_sided(k: Floats, h: Floats, mu: Floats) -> Floats:
    """Mean run length of the upper CUSUM from 0."""
    x, w = _nodes(float(h.max()) if h.size else 1.0)
    at, weight = (x + 1) * h[..., None] / 2, w * h[..., None] / 2
    start = np.concatenate([np.zeros((*h.shape, 1)), at], axis=-1)
    drift = (k - mu)[..., None]
    moves = np.empty((*h.shape, len(x) + 1, len(x) + 1))
    moves[..., 0] = special.ndtr(drift - start)
    step = at[..., None, :] + drift[..., None] - start[..., None]
    moves[..., 1:] = weight[..., None, :] * _density(step)
    ones = np.ones((*h.shape, len(x) + 1, 1))
    return np.asarray(np.linalg.solve(np.eye(len(x) + 1) - moves, ones)[..., 0, 0], np.float64)


def _ewma_flat(lam: Floats, wide: Floats, mu: Floats, *, exact_limits: bool) -> Floats:
    spread = np.sqrt(lam / (2 - lam))
    reach = wide * spread
    x, w = _nodes(float((2 * reach / lam).max()) if lam.size else 1.0)
    share, off = lam[:, None], mu[:, None]

    def kernel(at: Floats, start: Floats, of: np.ndarray) -> Floats:
        """Density of the average at ``at`` (last axis) after ``start`` (the one before)."""
        step = (at[:, None, :] - (1 - lam[of, None, None]) * start[:, :, None]) / lam[
            of, None, None
        ]
        return _density(step - mu[of, None, None]) / lam[of, None, None]

    every = np.arange(len(lam))
    at, weight = x * reach[:, None], w * reach[:, None]
    moves = weight[:, None, :] * kernel(at, at, every)
    ones = np.ones((len(lam), len(x), 1))
    from_here = np.linalg.solve(np.eye(len(x)) - moves, ones)[..., 0]
    if not exact_limits:
        first = weight * _density(at / share - off) / share
        return np.asarray(1 + (first * from_here).sum(axis=1), np.float64)

    # Limits that widen: follow the chart month by month until they stand still.
    total = np.ones(len(lam))
    months, going = 1, every
    grown = np.sqrt(1 - (1 - lam) ** 2)
    start = at * grown[:, None]
    mass = weight * grown[:, None] * _density(start / share - off) / share
    while len(going):
        still = (1 - lam[going]) ** (2 * months) < _STEADY
        done = going[still]
        total[done] += (mass[still] * from_here[done]).sum(axis=1)
        going, start, mass = going[~still], start[~still], mass[~still]
        total[going] += mass.sum(axis=1)
        months += 1
        grown = np.sqrt(1 - (1 - lam[going]) ** (2 * months))[:, None]
        after = x * reach[going, None] * grown
        density = (mass[:, None, :] @ kernel(after, start, going))[:, 0, :]
        start, mass = after, w * reach[going, None] * grown * density
    return total


def _lattice(mu: Floats, km: Floats, hm: Floats, m: Floats) -> Floats:
    """Mean run length on the lattice 0 … hm, in groups that fit in memory."""
    out = np.empty(len(mu))
    states = int(hm.max()) + 1 if len(hm) else 1
    group = max(1, _STATES_AT_ONCE // states**2)
    for g in range(0, len(mu), group):
        part = slice(g, g + group)
        out[part] = _lattice_group(mu[part], km[part], hm[part], m[part], states)
    return out


def _lattice_group(mu: Floats, km: Floats, hm: Floats, m: Floats, states: int) -> Floats:
    i = np.arange(states)
    rows, start = np.arange(len(mu))[:, None], np.broadcast_to(i, (len(mu), states))
    chain = np.zeros((len(mu), states, states))
    most = int(((states - 1 + km) // m).max())
    for count in range(most + 1):
        chance = np.exp(special.xlogy(count, mu) - mu - special.gammaln(count + 1))
        reached = np.maximum(0, start + (m * count - km).astype(np.int64)[:, None])
        stays = np.where(reached < states, chance[:, None], 0.0)
        np.add.at(chain, (rows, start, np.minimum(reached, states - 1)), stays)
    live = i[None, :] <= hm[:, None]
    chain *= live[:, :, None] & live[:, None, :]
    found = np.linalg.solve(np.eye(states) - chain, np.where(live, 1.0, 0.0)[..., None])
    return np.asarray(found[:, 0, 0], np.float64)


def _solve(run: Callable[[Floats], Floats], wished: Floats, *, low: float, high: float) -> Floats:
    """The setting at which an increasing run length is as wished; NaN where none in reach is."""
    for value in np.ravel(wished):
        above_zero(run_length=float(value))
    bottom, top = np.full(wished.shape, low), np.full(wished.shape, low)
    in_reach = run(bottom) <= wished
    # A limit far too wide is never tried, because the work grows with it.
    while (short := (run(top) < wished) & (top < high)).any():
        top = np.where(short, np.minimum(np.maximum(top * 2, 1.0), high), top)
    in_reach &= run(top) >= wished
    for _ in range(_HALVINGS):
        middle = (bottom + top) / 2
        short = run(middle) < wished
        bottom, top = np.where(short, middle, bottom), np.where(short, top, middle)
    return np.where(in_reach, top, np.nan)
