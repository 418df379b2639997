"""Shewhart's control charts: a centre line, and limits three standard deviations either side.

One function for each chart, by the name the field gives it: ``i`` single values (XmR), ``mr`` their
moving ranges, ``ip`` single values of unequal size (I-prime), ``p`` proportions, ``u`` rates, ``c``
counts, ``g`` and ``t`` the gaps between rare events, ``xbar`` and ``s`` subgroups. Constants and
formulas are those of Montgomery (2009, *Introduction to Statistical Quality Control*); the primed
charts are Laney's (2002, *Improved control charts for attributes*, Qual Eng 14:531).

For display: ``surveillance`` and ``funnel`` decide what is brought forward. Time is the last axis
and every series has its own chart. A missing or infinite value is refused; a negative count is
refused. Where the points that set the limits do not vary, are all zero or are too few, the limits
are NaN: too few to tell, so that nothing can be outside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure, Refused
from openscrutiny.core.spc import spread
from openscrutiny.core.spc.spread import Flags, unbroken

LEAST_POINTS = 12
LEAST_PROPORTIONS = 20
LEAST_GAPS = 8

_SIGMAS = 3.0
_D4_PRIME = 3.2665  # as published for the I-prime chart
_ROOT_OF_GAPS = 3.6  # a gap to the power 1 / 3.6 is close to normal (Nelson, 1994)


@dataclass(frozen=True)
class Baseline:
    """Which points set the limits, and how.

    ``points``: all of them (None), the first so many, or a slice. ``without``: places left out, as
    for a month with a known cause; moving ranges then reach over them. ``screened``: the largest
    moving ranges are left out once, before their mean is taken (Nelson, 1982). ``least``: how many
    points must be left (None: what the chart itself asks for).
    """

    points: int | slice | None = None
    without: tuple[int, ...] = ()
    screened: bool = True
    least: int | None = None

    def chosen(self, points: int, least: int) -> tuple[NDArray[np.int64], int]:
        """Places of the points that set the limits, and how many are asked for; or Refused."""
        asked = least if self.least is None else self.least
        part = self.points if isinstance(self.points, slice) else slice(self.points)
        places = np.setdiff1d(np.arange(points)[part], np.array(self.without, np.int64))
        if len(places) < asked:
            raise Refused(
                f"The limits of this chart need at least {asked} points; there are {len(places)}. "
                "Show the figures without limits."
            )
        return places, asked


EVERY_POINT = Baseline()


@dataclass(frozen=True)
class Limits:
    """What is drawn, its centre line and its limits, all of one shape. NaN limits: too few to tell.

    Read as (..., points), also for subgroups.
    """

    values: Floats
    centre: Floats
    low: Floats
    high: Floats

    @property
    def outside(self) -> NDArray[np.int8]:
        """+1 above the upper limit, -1 below the lower one, else 0."""
        above, below = self.values > self.high, self.values < self.low
        return above.astype(np.int8) - below.astype(np.int8)


def i(values: ArrayLike, *, baseline: Baseline = EVERY_POINT) -> Limits:
    """Single values: mean and three standard deviations, by mean moving range / 1.128."""
    y = unbroken(values)
    places, _ = baseline.chosen(y.shape[-1], LEAST_POINTS)
    centre, sd = spread.single_values(y[..., places], screened=baseline.screened)
    return _around(y, centre, sd)


def mr(values: ArrayLike, *, baseline: Baseline = EVERY_POINT) -> Limits:
    """The moving ranges of single values: their mean, and 3.267 times it. The first is NaN.

    The limits are set by the ranges between baseline points, none of which is left out.
    """
    y = unbroken(values)
    places, _ = baseline.chosen(y.shape[-1], LEAST_POINTS)
    ranges = np.full(y.shape, np.nan)
    ranges[..., 1:] = np.abs(np.diff(y, axis=-1))
    steps = np.abs(np.diff(y[..., places], axis=-1))
    centre = np.broadcast_to(spread.typical_step(steps, screened=False), y.shape)
    return Limits(ranges, centre, np.where(np.isnan(centre), np.nan, 0.0), spread.D4 * centre)


def ip(
    values: ArrayLike, sizes: ArrayLike, *, baseline: Baseline = EVERY_POINT, per: float = 1.0
) -> Limits:
    """Single values that rest on unequal ``sizes`` (I-prime): the more it rests on, the narrower.

    ``per`` scales what is returned. Where a size is 0 the value says nothing and has no limits.
    The limits are not cut at zero: the values may be of any kind.
    """
    y, n, used = _sized(values, sizes, 0, "The sizes")
    places, asked = baseline.chosen(y.shape[-1], LEAST_POINTS)
    z, m, counted = y[..., places], n[..., places], used[..., places]
    total = np.where(counted, m, 0.0).sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(counted, z * m, 0.0).sum(axis=-1, keepdims=True) / total
        (z, m), steps_between = spread.packed(counted, z, m)
        width = np.sqrt(1 / m[..., 1:] + 1 / m[..., :-1])
        steps = np.sqrt(np.pi / 2) * np.abs(np.diff(z, axis=-1)) / width
    unit = spread.typical_step(steps, steps_between, screened=baseline.screened, cut=_D4_PRIME)
    unit = _where_enough(spread.varies(unit, centre), counted, asked)
    shown = np.where(used, y, np.nan)
    return _around(per * shown, per * centre, per * _at_size(unit, n, used))


def p(
    part: ArrayLike,
    of: ArrayLike,
    *,
    measure: Measure | None = None,
    laney: bool = True,
    baseline: Baseline = EVERY_POINT,
    least_denominator: int = spread.LEAST_DENOMINATOR,
    per: float = 1.0,
) -> Limits:
    """Proportions: Laney's p', or with ``laney`` off the plain binomial p chart.

    The plain chart of large denominators flags ordinary differences between months, which Laney's
    takes into account. Name the ``measure``: one whose numerator is not part of its denominator is
    Refused, and so is a part greater than its whole. A month of fewer than ``least_denominator``
    sets no limits and has none; a series needs twenty others, or it is a run chart only. The
    limits are cut at 0 and 1, times ``per``.
    """
    if measure is not None:
        measure.refuse_binomial()
    x, n, used = _sized(part, of, least_denominator, "Denominators")
    _refuse_negative(x, "Counts")
    if np.any(x > n):
        raise Refused(
            "A part cannot be greater than its whole, so these figures are not a proportion. "
            "For a ratio of two counts use the u chart."
        )
    found = _of_ratio(x, n, used, baseline, LEAST_PROPORTIONS, laney, spread.of_proportion)
    return _scaled(found, per, 0.0, 1.0)


def u(
    count: ArrayLike,
    exposure: ArrayLike,
    *,
    laney: bool = True,
    baseline: Baseline = EVERY_POINT,
    per: float = 1.0,
) -> Limits:
    """Counts for each unit of exposure: Laney's u', or with ``laney`` off the plain Poisson chart.

    For ratios of two counts too. Where the exposure is 0 there is no figure and there are no
    limits. The lower limit is cut at 0; ``per`` scales what is returned.
    """
    x, n, used = _sized(count, exposure, 0, "Exposures")
    _refuse_negative(x, "Counts")
    found = _of_ratio(x, n, used, baseline, LEAST_POINTS, laney, spread.of_count)
    return _scaled(found, per, 0.0, np.inf)


def c(count: ArrayLike, *, laney: bool = False, baseline: Baseline = EVERY_POINT) -> Limits:
    """Counts of one kind of month: Poisson limits, or with ``laney`` widened (or narrowed): C'."""
    x = unbroken(count)
    return u(x, np.ones(x.shape), laney=laney, baseline=baseline)


def g(gaps: ArrayLike, *, baseline: Baseline = EVERY_POINT) -> Limits:
    """How many days or cases lie between rare events: the limits of a geometric count.

    The centre line is the median, since gaps are skewed; the limits stand around the mean. Below
    eight gaps (nine events) it is Refused: list the events in words.
    """
    x = unbroken(gaps)
    _refuse_negative(x, "Gaps")
    places, _ = baseline.chosen(x.shape[-1], LEAST_GAPS)
    mean = x[..., places].mean(axis=-1, keepdims=True)
    around = _around(x, mean, np.where(mean > 0, np.sqrt(mean * (mean + 1)), np.nan))
    centre = np.broadcast_to(np.median(x[..., places], axis=-1, keepdims=True), x.shape)
    return Limits(x, centre, np.maximum(around.low, 0.0), around.high)


def t(gaps: ArrayLike, *, baseline: Baseline = EVERY_POINT) -> Limits:
    """The time between rare events: single values of its 3.6th root, taken back.

    A gap of 0 is Refused (use the g chart for events counted by the day), and so are fewer than
    eight gaps.
    """
    x = unbroken(gaps)
    if np.any(x <= 0):
        raise Refused(
            "The time between two events must be greater than 0 for a t chart. Use the g chart "
            "where several events can fall on one day."
        )
    places, _ = baseline.chosen(x.shape[-1], LEAST_GAPS)
    root = x ** (1 / _ROOT_OF_GAPS)
    centre, sd = spread.single_values(root[..., places], screened=baseline.screened)
    around = _around(root, centre, sd)
    low = np.maximum(around.low, 0.0)
    return Limits(x, *(line**_ROOT_OF_GAPS for line in (around.centre, low, around.high)))


def xbar(members: ArrayLike, *, baseline: Baseline = EVERY_POINT) -> Limits:
    """Means of subgroups: ``members`` has shape (..., points, members), NaN where there is none.

    The standard deviation is the mean one within subgroups of one size, the pooled one where sizes
    differ (Montgomery, 6.27 to 6.31). A subgroup of fewer than two has no limits.
    """
    n, mean, sd = _subgroups(members)
    places, _ = baseline.chosen(n.shape[-1], LEAST_POINTS)
    known = np.where(n > 0, n * mean, 0.0)[..., places].sum(axis=-1, keepdims=True)
    total = n[..., places].sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        centre = known / total
    within = _within(n[..., places], sd[..., places])
    return _around(mean, centre, within / (_c4(n) * np.sqrt(np.maximum(n, 1))))


def s(members: ArrayLike, *, baseline: Baseline = EVERY_POINT) -> Limits:
    """Standard deviations within subgroups: ``members`` as for ``xbar``. Cut at 0."""
    n, _, sd = _subgroups(members)
    places, _ = baseline.chosen(n.shape[-1], LEAST_POINTS)
    centre = _within(n[..., places], sd[..., places])
    found = _around(sd, centre, centre * np.sqrt(1 - _c4(n) ** 2) / _c4(n))
    return Limits(found.values, found.centre, np.maximum(found.low, 0.0), found.high)


def _around(values: Floats, centre: Floats, sd: Floats) -> Limits:
    """Three standard deviations either side of the centre line, at every point."""
    reach = _SIGMAS * sd
    line = np.broadcast_to(centre, values.shape)
    low, high = np.broadcast_to(line - reach, line.shape), np.broadcast_to(line + reach, line.shape)
    return Limits(values, line, low, high)


def _sized(
    values: ArrayLike, sizes: ArrayLike, least: float, what: str
) -> tuple[Floats, Floats, Flags]:
    """Values and sizes of one shape, and which sizes are large enough to say anything."""
    y, n = np.broadcast_arrays(unbroken(values), unbroken(sizes))
    _refuse_negative(n, what)
    return y, n, (n >= least) & (n > 0)


def _refuse_negative(counts: Floats, what: str) -> None:
    if np.any(counts < 0):
        raise Refused(f"{what} cannot be negative. Correct the figures before charting them.")


def _of_ratio(
    x: Floats,
    n: Floats,
    used: Flags,
    baseline: Baseline,
    least: int,
    laney: bool,
    variance: spread.Variance,
) -> Limits:
    places, asked = baseline.chosen(x.shape[-1], least)
    counted = used[..., places]
    centre, unit = spread.ratios(
        x[..., places],
        n[..., places],
        counted,
        variance,
        laney=laney,
        screened=baseline.screened,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = np.where(n > 0, x / n, np.nan)
    return _around(figures, centre, _at_size(_where_enough(unit, counted, asked), n, used))


def _where_enough(unit: Floats, counted: Flags, asked: int) -> Floats:
    return np.where(counted.sum(axis=-1, keepdims=True) >= asked, unit, np.nan)


def _at_size(unit: Floats, n: Floats, used: Flags) -> Floats:
    """The standard deviation of a point, from that of a size of 1. NaN where the size is no use."""
    return np.where(used, unit / np.sqrt(np.where(used, n, 1.0)), np.nan)


def _scaled(found: Limits, per: float, least: float, most: float) -> Limits:
    low, high = np.maximum(found.low, least), np.minimum(found.high, most)
    return Limits(per * found.values, per * found.centre, per * low, per * high)


def _subgroups(members: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Number, mean and standard deviation of each subgroup; NaN where there are too few members."""
    y = np.asarray(members, np.float64)
    if np.isinf(y).any():
        raise Refused("A control chart cannot have infinite values. Correct the figures first.")
    there = ~np.isnan(y)
    n = there.sum(axis=-1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(there, y, 0.0).sum(axis=-1) / n
        squares = np.where(there, (y - mean[..., None]) ** 2, 0.0).sum(axis=-1)
        sd = np.sqrt(squares / np.where(n > 1, n - 1, np.nan))
    return n, mean, sd


def _within(n: Floats, sd: Floats) -> Floats:
    """The standard deviation within the subgroups of a series: their mean, or pooled."""
    known = n > 1
    number = known.sum(axis=-1, keepdims=True)
    simple = np.where(known, sd, 0.0).sum(axis=-1, keepdims=True) / np.maximum(number, 1)
    degrees = np.where(known, n - 1, 0.0)
    squares = (degrees * np.where(known, sd, 0.0) ** 2).sum(axis=-1, keepdims=True)
    pooled = np.sqrt(squares / np.maximum(degrees.sum(axis=-1, keepdims=True), 1))
    alike = (n == n[..., :1]).all(axis=-1, keepdims=True)
    varies = (number > 0) & (squares > 0)
    return np.where(varies, np.where(alike, simple, pooled), np.nan)


def _c4(n: Floats) -> Floats:
    """Expected standard deviation of n normal values, in theirs. NaN below two."""
    m = np.where(n > 1, n, np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.sqrt(2 / (m - 1)) * np.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)),
            np.float64,
        )
