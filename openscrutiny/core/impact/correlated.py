"""How sure one can be of a change when one month resembles the next.

A step is judged against how far levels wander by themselves, and a few years of months say little
of that. Here the residuals are held to be the sum of chance that each month has for itself and of a
wave that dies away by rho from month to month; how large a part the wave has and how slowly it dies
is not estimated but averaged over, each possibility weighted by its restricted likelihood
(Patterson & Thompson, 1971, Biometrika 58:545; Harville, 1974, Biometrika 61:383, who shows that it
is what is left of the likelihood once the coefficients are averaged out). Given each possibility
the estimate is generalised least squares and its reference Student's t. The spread of a count is
never taken to be less than Poisson's; where it would be, nothing was estimated, and the reference
is the normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.impact.fits import Fit, inverse

# The possibilities: how slowly the wave dies, and what part of the variance it has.
_RHOS = np.arange(0.0, 0.95, 0.1)
_PARTS = (1.0, 0.5)
# Before the figures speak: that months do not hang together has this weight, and the rest is shared
# out in proportion to rho. Found by measuring: even weights claim too few changes where months do
# not hang together and too many, on short series, where they do.
_APART = 0.4
_HALVINGS = 45
_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Effect:
    """A change in log rate, averaged over G possibilities of K series. Arrays (G, K).

    ``likely``: how likely each possibility is, summing to 1 over G; ``centres``, ``spreads``: the
    estimate and its standard error given it; ``estimated``: whether that error rests on an
    estimated dispersion; ``rhos`` (G); ``degrees``: months less terms.
    """

    likely: Floats
    centres: Floats
    spreads: Floats
    estimated: NDArray[np.bool_]
    rhos: Floats
    degrees: int

    @property
    def estimate(self) -> Floats:
        """The mean over the possibilities (K)."""
        return _floats((self.likely * self.centres).sum(axis=0))

    @property
    def error(self) -> Floats:
        """Standard error (K), the disagreement of the possibilities included."""
        away = self.centres - self.estimate
        return _floats(np.sqrt((self.likely * (self.spreads**2 + away**2)).sum(axis=0)))

    @property
    def rho(self) -> Floats:
        """The mean correlation of a month's wave with the next month's (K)."""
        shaped = self.rhos.reshape(-1, *([1] * (self.likely.ndim - 1)))
        return _floats((self.likely * shaped).sum(axis=0))

    def below(self, value: ArrayLike) -> Floats:
        """How likely the change is below ``value`` (K), given the figures."""
        with np.errstate(invalid="ignore"):
            u = (_floats(value) - self.centres) / self.spreads
        chance = np.where(self.estimated, special.stdtr(self.degrees, u), special.ndtr(u))
        return _floats((self.likely * chance).sum(axis=0))

    def p(self, null: ArrayLike = 0.0) -> Floats:
        """Two-sided p-value (K) of the change being ``null``."""
        below = self.below(null)
        return _floats(2 * np.minimum(below, 1 - below))

    def interval(self, coverage: float) -> tuple[Floats, Floats]:
        """The changes (K) whose p-value is at least ``1 - coverage``."""
        tail = (1 - coverage) / 2
        return self._quantile(tail), self._quantile(1 - tail)

    def _quantile(self, share: float) -> Floats:
        """Where ``below`` reaches ``share`` (K), by bisection."""
        reach = special.stdtrit(self.degrees, max(share, 1 - share)) * self.spreads
        low, high = (self.centres - reach).min(axis=0), (self.centres + reach).max(axis=0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return _floats(high)


def effect(fitted: Fit, contrast: Floats, at: NDArray[np.int64]) -> Effect:
    """The change ``contrast`` (P) makes of the coefficients, for fits of K series.

    ``at`` (T) says where the months lie, so that those left out still separate those that remain.
    NaN where the fit did not settle.
    """
    shape, terms = fitted.coefficients.shape[:-1], fitted.coefficients.shape[-1]
    root = np.sqrt(np.where(fitted.settled[..., None], fitted.weights, 1.0))
    residuals = np.where(fitted.settled[..., None], fitted.pearson, 1.0)
    both = np.concatenate([fitted.design * root[..., None], residuals[..., None]], axis=-1)
    apart = np.abs(at[:, None] - at)
    possibilities = [(rho, part) for part in _PARTS for rho in _RHOS if rho > 0 or part == 1]
    weights = np.array([rho for rho, _ in possibilities])
    weights = np.where(weights > 0, (1 - _APART) * weights / weights.sum(), _APART)
    size = (len(possibilities), *shape)
    support, moved, spreads = np.empty(size), np.empty(size), np.empty(size)
    estimated = np.empty(size, bool)
    for g, (rho, part) in enumerate(possibilities):
        alike = np.where(apart == 0, 1.0, part * rho**apart)
        step = _generalised(both, alike)
        support[g] = step.restricted + np.log(weights[g])
        dispersion = step.squares / (len(at) - terms)
        estimated[g] = dispersion > 1
        moved[g] = step.shift @ contrast
        variance = ((step.bread @ contrast) * contrast).sum(axis=-1)
        spreads[g] = np.sqrt(variance * np.maximum(dispersion, 1.0))
    likely = np.exp(support - support.max(axis=0))
    likely /= likely.sum(axis=0)
    known = np.where(fitted.settled, 1.0, np.nan)
    return Effect(
        likely=likely,
        centres=(fitted.coefficients @ contrast + moved) * known,
        spreads=spreads * known,
        estimated=estimated,
        rhos=np.array([rho for rho, _ in possibilities]),
        degrees=len(at) - terms,
    )


@dataclass(frozen=True)
class Gls:
    """Generalised least squares with errors that follow a first-order autoregression. Arrays (K…).

    ``correlation``: of each error with the next; ``sigma``: their standard deviation.
    """

    coefficients: Floats
    errors: Floats
    correlation: Floats
    sigma: Floats
    log_likelihood: Floats


def gls_ar1(response: ArrayLike, design: Floats, *, restricted: bool = True) -> Gls:
    """Fit ``response`` (…, T) on ``design`` (T, P), by restricted or full maximum likelihood.

    The correlation is found by golden section between -0.99 and 0.99, all series at once. Standard
    errors use T − P degrees in either case. For measures that are not counts (a mean, an index),
    and to compare with other programs.
    """
    y = _floats(response)
    months, terms = design.shape
    both = np.concatenate([np.broadcast_to(design, (*y.shape, terms)), y[..., None]], axis=-1)
    degrees = months - terms if restricted else months

    def worth(rho: Floats) -> tuple[Floats, _Step]:
        step = _autoregressive(both, rho)
        scale = np.log(2 * np.pi * step.squares / degrees) + 1
        size = step.size_design if restricted else 0.0
        return -0.5 * (degrees * scale + step.size_alike + size), step

    low, high = np.full(y.shape[:-1], -0.99), np.full(y.shape[:-1], 0.99)
    for _ in range(_HALVINGS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        better = worth(left)[0] > worth(right)[0]
        low, high = np.where(better, low, left), np.where(better, right, high)
    rho = (low + high) / 2
    value, step = worth(rho)
    variance = np.diagonal(step.bread, axis1=-2, axis2=-1)
    return Gls(
        coefficients=step.shift,
        errors=np.sqrt(variance * (step.squares / (months - terms))[..., None]),
        correlation=rho,
        sigma=np.sqrt(step.squares / degrees),
        log_likelihood=value,
    )


@dataclass(frozen=True)
class _Step:
    """One generalised least-squares fit: coefficients, inverse information, squares left over."""

    shift: Floats
    bread: Floats
    squares: Floats
    size_alike: Floats  # log determinants
    size_design: Floats
    freedom: int  # months less terms

    @property
    def restricted(self) -> Floats:
        """The restricted log likelihood without its constant, sigma profiled out."""
        left = self.freedom * np.log(self.squares)
        return _floats(-0.5 * (self.size_alike + self.size_design + left))


def _generalised(both: Floats, alike: Floats) -> _Step:
    """Fit the last column of ``both`` (…, T, P + 1) on the others; errors are ``alike`` (T, T)."""
    crossed = np.swapaxes(both, -1, -2) @ (np.linalg.inv(alike) @ both)
    return _solved(crossed, both.shape[-2], np.asarray(np.linalg.slogdet(alike)[1]))


def _autoregressive(both: Floats, rho: Floats) -> _Step:
    """The same with a correlation ``rho`` of its own for each series, months without gaps."""
    months = both.shape[-2]
    r = rho[..., None, None]
    inner = both[..., 1:, :] - r * both[..., :-1, :]
    first = both[..., :1, :]
    crossed = np.swapaxes(first, -1, -2) @ first + (np.swapaxes(inner, -1, -2) @ inner) / (
        1 - r * r
    )
    return _solved(crossed, months, (months - 1) * np.log1p(-(rho**2)))


def _solved(crossed: Floats, months: int, size_alike: Floats) -> _Step:
    """The fit from the crossed products of the design with itself and with the response."""
    terms = crossed.shape[-1] - 1
    information, against = crossed[..., :terms, :terms], crossed[..., :terms, terms]
    bread = inverse(information)
    shift = (bread @ against[..., None])[..., 0]
    squares = np.maximum(crossed[..., terms, terms] - (shift * against).sum(axis=-1), 1e-300)
    return _Step(
        shift=shift,
        bread=bread,
        squares=squares,
        size_alike=size_alike,
        size_design=np.linalg.slogdet(information)[1],
        freedom=months - terms,
    )


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float64)
