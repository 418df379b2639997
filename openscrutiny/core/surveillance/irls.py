"""The quasi-Poisson model as R's ``glm`` fits it, to the step at which it stops.

Iteratively reweighted least squares (McCullagh & Nelder, 1989, section 2.5), many fits of one shape
at once. What is kept is what R keeps, because ``compatibility`` has to answer as R does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from openscrutiny.core.counting import Floats

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Fitted:
    """What R keeps of a fit: means at the end, weights and leverages of the step before.

    ``residuals`` are working residuals; ``variance`` is that of the coefficients, unscaled.
    """

    coefficients: Floats
    mean: Floats
    residuals: Floats
    weights: Floats
    leverage: Floats
    variance: Floats
    converged: NDArray[np.bool_]

    def dispersion(self, weights: Floats) -> Floats:
        """Sum of weighed squared residuals."""
        return np.asarray((weights * self.residuals**2).sum(axis=1), np.float64)


def iterate(
    y: Floats, offset: Floats, columns: Floats, prior: Floats, *, within: float = 1e-8
) -> Fitted:
    """Fit ``columns``, shape (fits, points, coefficients), to counts of shape (fits, points).

    At most 25 steps, until the deviance moves by less than ``within`` of itself (R's is 1e-8: it
    stops a little short, and a smaller one shows by how much). Points of ``prior``
    weight 0 take no part.
    """
    n, length, width = columns.shape
    mean = y + 0.1
    eta = np.log(mean)
    deviance = _deviance(y, mean, prior)
    coefficients, variance = np.zeros((n, width)), np.zeros((n, width, width))
    weights, leverage = np.zeros((n, length)), np.zeros((n, length))
    open_ = np.arange(n)
    for _ in range(25):
        x, before, shift = columns[open_], mean[open_], offset[open_]
        working = eta[open_] - shift + (y[open_] - before) / before
        w = prior[open_] * before
        root = np.sqrt(w)
        q, r = np.linalg.qr(x * root[..., None])
        solved = np.linalg.solve(r, np.einsum("ijk,ij->ik", q, working * root)[..., None])[..., 0]
        back = np.linalg.inv(r)
        coefficients[open_], variance[open_] = solved, back @ back.swapaxes(1, 2)
        weights[open_], leverage[open_] = w, (q**2).sum(axis=2)
        eta[open_] = np.einsum("ijk,ik->ij", x, solved) + shift
        mean[open_] = np.maximum(np.exp(eta[open_]), _EPSILON)
        found = _deviance(y[open_], mean[open_], prior[open_])
        going = np.abs(found - deviance[open_]) / (np.abs(found) + 0.1) >= within
        deviance[open_] = found
        open_ = open_[going]
        if not len(open_):
            break
    converged = np.ones(n, np.bool_)
    converged[open_] = False
    residuals = (y - mean) / mean
    return Fitted(coefficients, mean, residuals, weights, leverage, variance, converged)


def _deviance(y: Floats, mean: Floats, weights: Floats) -> Floats:
    parts = special.xlogy(y, np.where(y > 0, y, 1.0) / mean) - (y - mean)
    return np.asarray(2 * (weights * parts).sum(axis=1), np.float64)
