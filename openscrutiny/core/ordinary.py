"""The ordinary variation of published figures, and figures drawn with nothing else in them.

What is kept from the published figures, strand by strand and regime by regime, each estimated so
that a spike, a step or a drift does not swell it:

* the common rate per resident (for outcomes: per offence);
* the spread between areas, drawn anew as gamma effects with the funnel's winsorised tau²
  (which is an estimate, so each data set has a spread of its own about it);
* the month-to-month swing of all areas together, from successive differences of the whole;
* the further month-to-month dispersion of an area's count, from successive differences net of
  that swing (conditional on each pair's sum, so that the level need not be known).

Every area keeps its level, within a regime and from one to the next. Strands overlap: area and
month effects are drawn with the correlation between strands that the figures show, and a strand's
count contains the counts of the strands inside it (thinned, where they would come to more than it
holds), so that related strands go astray together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from openscrutiny.core import funnel
from openscrutiny.core.counting import Floats
from openscrutiny.core.panel import Panel
from openscrutiny.core.taxonomy import Taxonomy

Counts = Mapping[str, Panel]

# A spread between areas is estimated from areas with this many events expected, if there are
# enough of them; below that the square root of a count says little.
_EXPECTED_LEAST = 1.0
_AREAS_LEAST = 8
# What winsorising leaves of the information about the spread (a variance from n - 1 areas).
_SPREAD_EFFICIENCY = 0.7


@dataclass(frozen=True)
class _Stretch:
    """Ordinary variation of one counted thing in one regime. First axis of arrays: strands."""

    months: slice
    rate: Floats
    spread: Floats  # tau² between areas
    areas_together: Floats  # square root of the correlation of area effects between strands
    swing: Floats  # standard deviation of the common month effect, log scale
    months_together: Floats
    phi: Floats


@dataclass(frozen=True)
class Ordinary:
    """Everything needed to draw figures of the same shape in which nothing deserves attention."""

    exposures: Mapping[str, Floats | None]
    stretches: Mapping[str, tuple[_Stretch, ...]]
    inside: tuple[tuple[int, ...], ...]  # for each strand the strands directly inside it
    order: tuple[int, ...]  # strands, the innermost first

    def draw(self, rng: np.random.Generator) -> dict[str, Floats]:
        """One null data set: counts of shape (areas, strands, months) for each counted thing."""
        drawn: dict[str, Floats] = {}
        means: dict[str, Floats] = {}
        for name in ("offences", "positive_outcomes"):
            if name not in self.stretches:
                continue
            exposure = self.exposures[name]
            if exposure is None:
                exposure = means["offences"]
            mean = np.zeros(exposure.shape)
            counts = np.zeros(exposure.shape)
            levels = rng.standard_normal(exposure.shape[:2])
            # The spread is itself an estimate from so many areas.
            degrees = _SPREAD_EFFICIENCY * max(len(exposure) - 1, 1)
            looser = degrees / rng.chisquare(degrees)
            for stretch in self.stretches[name]:
                part = self._means(
                    rng,
                    replace(stretch, spread=stretch.spread * looser),
                    levels,
                    exposure[:, :, stretch.months],
                )
                mean[:, :, stretch.months] = part
                counts[:, :, stretch.months] = self._counts(rng, part, stretch.phi)
            means[name], drawn[name] = mean, counts
        return drawn

    def _means(
        self, rng: np.random.Generator, stretch: _Stretch, levels: Floats, exposure: Floats
    ) -> Floats:
        """Expected counts of a stretch. ``levels`` are the areas' own, alike in every stretch."""
        _, strands, months = exposure.shape
        effect = _effects(levels @ stretch.areas_together.T, stretch.spread)
        swing = rng.standard_normal((months, strands)) @ stretch.months_together.T
        common = np.exp(swing * stretch.swing - stretch.swing**2 / 2).T
        return np.asarray(
            exposure * stretch.rate[:, None] * effect[:, :, None] * common[None], np.float64
        )

    def _counts(self, rng: np.random.Generator, mean: Floats, phi: Floats) -> Floats:
        """Counts with variance phi·mean, each strand's containing those of the strands inside."""
        counts = np.zeros(mean.shape)
        for s in self.order:
            children = self.inside[s]
            within = counts[:, children].sum(axis=1)
            held = mean[:, children].sum(axis=1)
            rest = mean[:, s] - held
            surplus = np.maximum(rest, 0.0)
            # The rest carries what dispersion the strands inside have not brought along.
            brought = np.einsum("c,acm->am", phi[list(children)], mean[:, children])
            wanted = phi[s] * mean[:, s] - brought
            own = _over_dispersed(rng, surplus, np.maximum(wanted, surplus))
            with np.errstate(divide="ignore", invalid="ignore"):
                kept = np.where(rest < 0, mean[:, s] / held, 1.0)
            # Thinning takes dispersion away with the counts: a wavering share gives it back.
            left = kept**2 * brought + kept * (1 - kept) * held
            lacking = np.where(rest < 0, phi[s] * mean[:, s] - left, 0.0)
            kept = kept * _wavering(rng, lacking, mean[:, s])
            thinned = rng.binomial(within.astype(np.int64), np.minimum(kept, 1.0))
            counts[:, s] = own + thinned + rng.poisson(within * np.maximum(kept - 1, 0.0))
        return counts


def ordinary_variation(counts: Counts, taxonomy: Taxonomy) -> Ordinary:
    """Estimate the ordinary variation of the published figures (areas, and the whole last)."""
    strands = next(iter(counts.values())).strands
    inside = tuple(
        tuple(strands.index(c.code) for c in taxonomy.children(s) if c.code in strands)
        for s in strands
    )
    depth = [len(taxonomy.ancestors(s)) for s in strands]
    order = tuple(sorted(range(len(strands)), key=lambda s: -depth[s]))
    exposures: dict[str, Floats | None] = {}
    stretches: dict[str, tuple[_Stretch, ...]] = {}
    for name, below in (("offences", "residents"), ("positive_outcomes", "offences")):
        if name not in counts:
            continue
        panel = counts[name]
        held_against = (
            counts[below].values[:-1] if below in counts else np.ones_like(panel.values[:-1])
        )
        exposures[name] = None if below == "offences" else np.nan_to_num(held_against)
        stretches[name] = tuple(
            _estimated(panel.values[:-1, :, months], held_against[:, :, months], months)
            for months in _spans(panel)
        )
    return Ordinary(exposures, stretches, inside, order)


def _spans(panel: Panel) -> list[slice]:
    spans = []
    for regime in panel.regimes:
        first = panel.month_index(regime.first)
        spans.append(slice(first, first + len(regime)))
    return spans


def _estimated(y: Floats, exposure: Floats, months: slice) -> _Stretch:
    known = ~(np.isnan(y) | np.isnan(exposure))
    y, exposure = np.where(known, y, 0.0), np.where(known, exposure, 0.0)
    observed, exposed = y.sum(axis=2).T, exposure.sum(axis=2).T  # (strands, areas)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.nan_to_num(observed.sum(axis=1) / exposed.sum(axis=1), posinf=0.0)
    expected = exposed * rate[:, None]
    usable = expected >= _EXPECTED_LEAST
    spread, _, z = funnel.between_areas(
        np.where(usable, observed, np.nan), np.where(usable, expected, np.nan)
    )
    spread = np.where(usable.sum(axis=1) >= _AREAS_LEAST, spread, 0.0)
    phi = _dispersion(y)
    swing, steps = _swing(y, phi)
    return _Stretch(
        months=months,
        rate=rate,
        spread=spread,
        areas_together=_square_root(_correlation(np.nan_to_num(z))),
        swing=swing,
        months_together=_square_root(_correlation(steps)),
        phi=phi,
    )


def _dispersion(y: Floats) -> Floats:
    """Month-to-month dispersion of an area's count net of the common swing, one per strand.

    Given the sum n of two neighbouring months, the later is binomial with the share of the whole's
    later month; its squared standardised distance averages phi whatever the level. Distances beyond
    three standard deviations are drawn in, so that one spike does not count as ordinary.
    """
    everywhere = y.sum(axis=0)
    pair, together = y[:, :, 1:] + y[:, :, :-1], everywhere[:, 1:] + everywhere[:, :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = everywhere[:, 1:] / together
        z2 = (y[:, :, 1:] - pair * share) ** 2 / (pair * share * (1 - share))
    usable = (pair > 0) & (share > 0) & (share < 1)
    number = np.maximum(usable.sum(axis=(0, 2)), 1)
    z2 = np.where(usable, z2, 0.0)
    phi = np.ones(y.shape[1])
    for _ in range(8):
        phi = np.maximum(np.minimum(z2, 9 * phi[None, :, None]).sum(axis=(0, 2)) / number, 1.0)
    return phi


def _swing(y: Floats, phi: Floats) -> tuple[Floats, Floats]:
    """Standard deviation of the common month effect, and the steps it was taken from.

    From the median absolute step of the whole's logarithm, less what chance alone contributes.
    """
    everywhere = y.sum(axis=0) + 0.5
    steps = np.diff(np.log(everywhere), axis=1)
    if steps.shape[1] < 3:
        return np.zeros(len(steps)), np.zeros((len(steps), 3))
    typical = np.median(np.abs(steps), axis=1) / special.ndtri(0.75)
    by_chance = phi / np.median(everywhere, axis=1)
    return np.sqrt(np.maximum(typical**2 / 2 - by_chance, 0.0)), steps


def _correlation(rows: Floats) -> Floats:
    """Rank-free correlation of rows, each drawn in at three robust deviations; 0 where constant."""
    centred = rows - np.median(rows, axis=1, keepdims=True)
    scale = 1.4826 * np.median(np.abs(centred), axis=1, keepdims=True)
    centred = np.clip(centred, -3 * scale, 3 * scale)
    size = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = centred @ centred.T / np.outer(size, size)
    found = np.nan_to_num(found)
    np.fill_diagonal(found, 1.0)
    return found


def _square_root(correlation: Floats) -> Floats:
    """A matrix whose product with its transpose is the correlation, rows of unit length."""
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True), np.float64)


def _effects(normal: Floats, spread: Floats) -> Floats:
    """Gamma effects of mean 1 and variance ``spread`` at the quantiles of standard normals.

    Gamma, because that is the ordinary spread which the funnel's test supposes.
    """
    some = spread > 1e-6
    shape = 1 / np.where(some, spread, 1.0)
    quantile = np.clip(special.ndtr(normal), 1e-12, 1 - 1e-12)
    return np.where(some, special.gammaincinv(shape, quantile) / shape, 1.0)


def _wavering(rng: np.random.Generator, variance: Floats, mean: Floats) -> Floats:
    """Gamma factors of mean 1 that add a variance to counts of a mean; 1 where none is due."""
    factor = np.ones(mean.shape)
    due = (variance > 1e-9) & (mean > 0)
    shape = mean[due] ** 2 / variance[due]
    factor[due] = rng.gamma(shape, 1 / shape)
    return factor


def _over_dispersed(rng: np.random.Generator, mean: Floats, variance: Floats) -> Floats:
    """Poisson counts, their means gamma where the variance asks for more."""
    extra = variance - mean
    wide = (extra > 1e-9) & (mean > 0)
    rate = mean.copy()
    scale = extra[wide] / mean[wide]
    rate[wide] = rng.gamma(mean[wide] / scale, scale)
    return np.asarray(rng.poisson(rate), np.float64)
