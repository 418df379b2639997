"""The figures an impact is measured on, checked, and the effect on some of their months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.impact.correlated import Effect, effect
from openscrutiny.core.impact.design import Design, Season, interrupted
from openscrutiny.core.impact.fits import Fit, fit
from openscrutiny.core.impact.plans import Shape
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month

# On either side: with fewer there is nothing to compare with.
_EVENTS_OF_OTHERS = 5

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Figures:
    """Counts (K, T) and what they are counted on (K, T); of comparison areas (K, C, T), or None.

    A month without a figure or with nothing to count on is unknown: NaN in both.
    """

    months: tuple[Month, ...]
    counts: Floats
    exposure: Floats
    others: Floats | None
    others_exposure: Floats | None

    @classmethod
    def checked(
        cls,
        months: Sequence[Month],
        counts: ArrayLike,
        exposure: ArrayLike | None,
        others: ArrayLike | None,
        others_exposure: ArrayLike | None,
    ) -> Figures:
        """Refused with a sentence: months that do not follow on each other, or are not as many as
        the figures; counts that are negative or infinite; exposures that are, or that are given
        for the area alone or for its comparison areas alone."""
        if not months or any(b - a != 1 for a, b in zip(months, months[1:], strict=False)):
            raise Refused("Months follow on each other without a gap: mark one not known as NaN.")
        own, on = _known_pair(len(months), counts, exposure)
        if others is None:
            return cls(tuple(months), own, on, None, None)
        if (exposure is None) != (others_exposure is None):
            raise Refused(
                "Say what events are counted on for the area and for its comparison areas, or for "
                "neither: else their rates cannot be compared."
            )
        theirs, theirs_on = _known_pair(len(months), others, others_exposure)
        if theirs.ndim < 2:
            raise Refused(
                "Figures of comparison areas have areas before months: (…, areas, months)."
            )
        leading = np.broadcast_shapes(own.shape[:-1], theirs.shape[:-2])
        own, on = (np.broadcast_to(v, (*leading, len(months))) for v in (own, on))
        theirs, theirs_on = (
            np.broadcast_to(v, (*leading, *theirs.shape[-2:])) for v in (theirs, theirs_on)
        )
        return cls(tuple(months), own, on, theirs, theirs_on)

    @property
    def known(self) -> Mask:
        """The months (T) in which any of the series has a figure."""
        return np.asarray((~np.isnan(self.counts)).reshape(-1, len(self.months)).any(axis=0))

    def pooled(self, used: Mask) -> tuple[Floats, Floats] | None:
        """Counts and exposure (K, months used) of the comparison areas together.

        An area that lacks one of the months is left out of all of them. None without areas.
        """
        if self.others is None or self.others_exposure is None:
            return None
        y, e = self.others[..., used], self.others_exposure[..., used]
        whole = ~np.isnan(y).any(axis=-1, keepdims=True)
        return np.where(whole, y, 0.0).sum(axis=-2), np.where(whole, e, 0.0).sum(axis=-2)

    def only(self, which: Mask) -> Figures:
        """The series (N) of those that ``which`` (K) marks."""
        theirs = [v if v is None else v[which] for v in (self.others, self.others_exposure)]
        return Figures(self.months, self.counts[which], self.exposure[which], *theirs)

    def in_turn(self) -> Figures:
        """Every comparison area as if it were the recipient, the others its comparison.

        Counts then have shape (K, C, T). The last area's companions are all the others, and so on:
        they are kept pooled, as one area. An area with an unknown month is unknown throughout.
        """
        if self.others is None or self.others_exposure is None:
            raise Refused("There are no comparison areas to take in turn.")
        y, e = self.others, self.others_exposure
        rest = np.nansum(y, axis=-2, keepdims=True) - np.nan_to_num(y)
        rest_on = np.nansum(e, axis=-2, keepdims=True) - np.nan_to_num(e)
        return Figures(self.months, y, e, rest[..., None, :], rest_on[..., None, :])


def _known_pair(
    months: int, counts: ArrayLike, exposure: ArrayLike | None
) -> tuple[Floats, Floats]:
    y = np.asarray(counts, np.float64)
    e = np.ones_like(y) if exposure is None else np.asarray(exposure, np.float64)
    if y.ndim == 0 or y.shape[-1] != months or e.ndim == 0 or e.shape[-1] not in (1, months):
        raise Refused(f"Figures have one value for each of the {months} months, on the last axis.")
    for values, what in ((y, "A count"), (e, "What events are counted on")):
        if np.isinf(values).any() or (values < 0).any():
            raise Refused(f"{what} is 0 or more, and finite; mark what is not known as NaN.")
    y, e = np.broadcast_arrays(y, e)
    known = ~np.isnan(y) & (np.nan_to_num(e) > 0)
    return np.where(known, y, np.nan), np.where(known, e, np.nan)


@dataclass(frozen=True)
class Measured:
    """The effect on K series, its fit and design; ``whole`` (K): whether every month was known."""

    effect: Effect
    fit: Fit
    design: Design
    whole: Mask


def measure(
    figures: Figures, before: Mask, after: Mask, *, shape: Shape, season: Season | None = None
) -> Measured:
    """Measure the average difference in log rate ``after`` (T) against ``before`` (T).

    Against comparison areas, where there are any, it is the difference of the differences. Series
    that lack one of the months or have no event at all are not ``whole``, nor are those whose
    comparison areas have fewer than 5 events on either side, or events in too few months.
    """
    used = (before | after) & figures.known
    months = [m for m, yes in zip(figures.months, used, strict=True) if yes]
    design = interrupted(
        months, after[used], shape=shape, season=season or Season.fitting(len(months))
    )
    y, e = figures.counts[..., used], figures.exposure[..., used]
    whole = ~np.isnan(y).any(axis=-1) & (np.nan_to_num(y).sum(axis=-1) > 0)
    pool = figures.pooled(used)
    if pool is not None:
        side = [pool[0][..., part[used]].sum(axis=-1) for part in (before, after)]
        months_told = (np.nan_to_num(y) + pool[0] > 0).sum(axis=-1)
        whole &= (np.minimum(*side) >= _EVENTS_OF_OTHERS) & (pool[1] > 0).all(axis=-1)
        whole &= months_told >= 2 * len(design.terms)
    # A series that cannot be fitted is given figures that can, and its result is blanked.
    y, e = np.where(whole[..., None], y, 1.0), np.where(whole[..., None], e, 1.0)
    trials = None
    if pool is not None:
        trials = y + np.where(whole[..., None], pool[0], 1.0)
        e = e / np.where(whole[..., None], pool[1], 1.0)
    fitted = fit(y, design.matrix, exposure=e, trials=trials, firth=True)
    return Measured(effect(fitted, design.contrast, design.at), fitted, design, whole)
