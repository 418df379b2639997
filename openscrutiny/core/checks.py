"""One measure, every area, strand and month: what is tested, against what, and what is flagged.

This is the whole decision, and nothing but the decision: ``findings`` puts it into words for the
published figures, and ``nulls`` runs the same code on figures in which nothing deserves attention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core import counting, funnel
from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Kind, Materiality, Measure, terms
from openscrutiny.core.multiplicity import benjamini_hochberg, hierarchical
from openscrutiny.core.panel import Panel
from openscrutiny.core.pasts import Pasts, pasts
from openscrutiny.core.surveillance import OwnPast
from openscrutiny.core.surveillance.choice import Watched
from openscrutiny.core.surveillance.farrington import Settings
from openscrutiny.core.taxonomy import Taxonomy

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Method:
    """What the forum has fixed about how findings are made. ``version`` is frozen into each.

    ``seasonal``: how a month is held against its season and trend where enough years are known;
    None leaves it to the months of its regime so far, whatever the season.
    """

    version: str = "4"
    false_share: float = 0.10  # Benjamini–Hochberg q, per measure and month
    usual: float = 0.95  # coverage of the usual range
    areas_least: int = 8  # areas with data for a comparison between areas
    trim: float = 0.10  # winsorised at each end when the spread between areas is estimated
    persistence_months: int = 3
    seasonal: Settings | None = Settings()


METHOD = Method()


@dataclass(frozen=True)
class Test:
    """One kind of test of one measure. Arrays of shape (areas, strands, months), NaN untested.

    ``observed`` and ``expected`` events in the window; ``size`` of the negative binomial around
    ``expected``; ``p`` two-sided mid-p; ``exposure`` what turns events into the measure's own
    unit; ``baseline_months`` before the window (0 for a comparison between areas); ``too_few``
    where there is a figure but too little to test; ``adjusted`` where the expectation has been
    moved with the rest of the whole.
    """

    kind: str
    window_months: int
    observed: Floats
    expected: Floats
    size: Floats
    p: Floats
    exposure: Floats
    baseline_months: NDArray[np.int64]
    too_few: Flags
    adjusted: Flags


@dataclass(frozen=True)
class Decision:
    """The tests of one measure, their adjusted p-values ``q`` and what is flagged.

    ``q``, ``flagged`` and ``direction`` (+1 higher, -1 lower) have a leading axis over ``tests``.
    """

    tests: tuple[Test, ...]
    q: Floats
    flagged: Flags
    direction: NDArray[np.int8]

    @property
    def checked(self) -> NDArray[np.int64]:
        """How many were tested in each month."""
        return np.asarray(np.sum(~np.isnan(self.q), axis=(0, 1, 2)), np.int64)

    @property
    def too_few(self) -> NDArray[np.int64]:
        """How many had a figure in each month but too little to test."""
        counted = np.zeros(self.q.shape[-1], np.int64)
        for test in self.tests:
            counted += test.too_few.sum(axis=(0, 1))
        return counted


def decide(
    measure: Measure,
    counts: Mapping[str, Panel],
    *,
    whole: str,
    taxonomy: Taxonomy,
    method: Method = METHOD,
) -> Decision:
    """Test a measure everywhere. ``counts`` hold the areas and, last, the ``whole``.

    The tests of one measure in one month, all areas, all strands, both kinds, are decided together:
    parents first, their children inside them, and all children once more by themselves
    (``multiplicity.hierarchical``). Those of the whole are decided before them, by themselves. The
    share of false findings among each is held at ``method.false_share``; what is left must also be
    large enough to matter.
    """
    return flagged_among(
        every_test(measure, counts, whole=whole, method=method),
        measure,
        counts,
        taxonomy=taxonomy,
        method=method,
    )


def every_test(
    measure: Measure,
    counts: Mapping[str, Panel],
    *,
    whole: str,
    method: Method = METHOD,
    known: Pasts | None = None,
) -> tuple[Test, ...]:
    """The tests of a measure, before it is decided which of them are believed.

    ``known``: what ``pasts`` gave for the same measure, figures and ``method.seasonal``.
    """
    panel = counts[measure.numerator]
    if panel.areas[-1] != whole:
        raise ValueError(f"{measure.id}: the whole ({whole}) must be the last area of the panels.")
    tests = []
    if measure.over_time is not None:
        tests.append(
            _over_time(
                measure, counts, known or pasts(measure, counts, seasonal=method.seasonal), method
            )
        )
    if measure.between is not None:
        tests.append(_between(measure, counts, whole, method))
    return tuple(tests)


def flagged_among(
    tests: Sequence[Test],
    measure: Measure,
    counts: Mapping[str, Panel],
    *,
    taxonomy: Taxonomy,
    method: Method = METHOD,
) -> Decision:
    """Which of the tests of a measure are believed, and matter."""
    panel = counts[measure.numerator]
    if not tests:
        return _nothing(panel)
    p = np.stack([t.p for t in tests])
    kinds, areas, strands, months = p.shape
    q = np.full(p.shape, np.nan)
    for part in (slice(areas - 1), slice(areas - 1, None)):
        family = np.moveaxis(p[:, part], 3, 0).reshape(months, -1, strands)
        adjusted = hierarchical(family, taxonomy.parents_among(panel.strands)).adjusted
        q[:, part] = np.moveaxis(adjusted.reshape(months, kinds, -1, strands), 0, 3)
    observed = np.stack([t.observed for t in tests])
    expected = np.stack([t.expected for t in tests])
    with np.errstate(invalid="ignore"):
        flagged = (q <= method.false_share) & _material(measure.materiality, observed, expected)
        direction = np.nan_to_num(np.sign(observed - expected)).astype(np.int8)
    return Decision(tuple(tests), q, flagged, direction)


def _nothing(panel: Panel) -> Decision:
    shape = (0, *panel.values.shape)
    return Decision((), np.empty(shape), np.empty(shape, np.bool_), np.empty(shape, np.int8))


def _material(rule: Materiality, observed: Floats, expected: Floats) -> Flags:
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.abs(observed - expected)
        large_share = (100 * excess / expected >= rule.percent) & (expected >= rule.with_expected)
    return (excess >= rule.excess) | large_share


# ---- over time --------------------------------------------------------------------------------


def _over_time(measure: Measure, counts: Mapping[str, Panel], known: Pasts, method: Method) -> Test:
    rule = measure.over_time
    assert rule is not None
    panel = counts[measure.numerator]
    each, together = known.areas, known.whole
    areas, everywhere = each.past, together.past
    top = _tested(everywhere, rule.expected_least)
    if measure.kind is Kind.SHARE:  # the whole's share of itself is no finding
        top[:] = False
    own = _tested(areas, rule.expected_least)

    whole_size = counting.size_from_variance(
        everywhere.expected, everywhere.variance(everywhere.expected)
    )
    whole_p = together.calibrated(_p(everywhere.observed, everywhere.expected, whole_size, top))
    jumped = _jumped(whole_p, method)
    moved, doubt = _moved(areas, everywhere, jumped)
    spread = _spread_of_changes(measure, areas, moved, own, method)
    expected, size, p, adjusted = _nearer(
        each, moved=moved, doubt=doubt, spread=spread, tested=own, jumped=jumped
    )
    # Too few to tell is what the calibration says too, of cells in which no p-value holds.
    own, top = own & ~np.isnan(p), top & ~np.isnan(whole_p)

    figures = ~np.isnan(panel.trailing(rule.window_months).values)
    tested = np.concatenate([own, top])
    too_few = figures & ~tested
    if measure.kind is Kind.SHARE:
        too_few[-1] = False
    return Test(
        kind="over_time",
        window_months=rule.window_months,
        observed=np.concatenate([areas.observed, everywhere.observed]),
        expected=np.concatenate([expected, everywhere.expected]),
        size=np.concatenate([size, whole_size]),
        p=np.concatenate([p, whole_p]),
        exposure=_unit_exposure(measure, areas, everywhere),
        baseline_months=np.concatenate([areas.baseline_months, everywhere.baseline_months]),
        too_few=too_few,
        adjusted=np.concatenate([adjusted, np.zeros_like(top)]),
    )


def _unit_exposure(measure: Measure, areas: OwnPast, everywhere: OwnPast) -> Floats:
    """The denominator of the measure's own unit: for a change, the events of the year before."""
    if measure.kind is Kind.CHANGE:
        return np.concatenate([areas.baseline_events, everywhere.baseline_events])
    return np.concatenate([areas.exposure, everywhere.exposure])


def _tested(past: OwnPast, least: float) -> Flags:
    with np.errstate(invalid="ignore"):
        return (past.baseline_months > 0) & (past.expected >= least)


def _p(observed: Floats, expected: Floats, size: Floats, tested: Flags) -> Floats:
    p = np.full(observed.shape, np.nan)
    p[tested] = counting.two_sided(observed[tested], expected[tested], size[tested])
    return p


def _jumped(whole_p: Floats, method: Method) -> Flags:
    """Strands and months in which the whole itself is unusual, judged among the whole's tests."""
    family = np.moveaxis(whole_p, 2, 0)  # (months, 1, strands)
    with np.errstate(invalid="ignore"):
        found = benjamini_hochberg(family) <= method.false_share
    return np.moveaxis(found, 0, 2)


def _moved(areas: OwnPast, everywhere: OwnPast, jumped: Flags) -> tuple[Floats, Floats]:
    """Each area's expectation times the ratio of the rest of the whole, and that ratio's doubt.

    The area itself is left out of the ratio, or a large area would explain itself away.
    """
    others = np.nansum(areas.expected, axis=0, keepdims=True) - np.nan_to_num(areas.expected)
    seen = np.nansum(areas.observed, axis=0, keepdims=True) - np.nan_to_num(areas.observed)
    usable = jumped & (others > 0) & (seen > 0) & ~np.isnan(everywhere.observed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(usable, seen / others, 1.0)
        doubt = np.where(usable, 1 / seen, 0.0)
    return areas.expected * ratio, doubt


def _spread_of_changes(
    measure: Measure,
    areas: OwnPast,
    moved: Floats,
    tested: Flags,
    method: Method,
) -> Floats:
    """tau² between areas of year-on-year changes: trajectories differ more than months say.

    Shape (1, strands, months); zero for measures that are not year against year.
    """
    shape = (1, *tested.shape[1:])
    if measure.kind not in (Kind.CHANGE, Kind.SHARE):
        return np.zeros(shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(tested, np.sqrt(areas.variance(moved)) / (2 * moved), np.nan)
        z = (np.sqrt(areas.observed / moved) - 1) / s
    found = funnel.dispersion(
        np.moveaxis(z, 0, -1), np.moveaxis(s, 0, -1), trim=method.trim, consistent=True
    )
    enough = tested.sum(axis=0) >= method.areas_least
    return np.where(enough, 4 * found.tau2, 0.0).reshape(shape)


def _nearer(
    each: Watched,
    *,
    moved: Floats,
    doubt: Floats,
    spread: Floats,
    tested: Flags,
    jumped: Flags,
) -> tuple[Floats, Floats, Floats, Flags]:
    """Test against the area's own past and, where the whole jumped, that past moved along with it.

    An area is unusual only if neither explains it; the nearer explanation is the one recorded.
    """
    areas = each.past
    size = counting.size_from_variance(areas.expected, areas.variance(areas.expected, spread))
    p = each.calibrated(_p(areas.observed, areas.expected, size, tested))
    again = tested & jumped
    variance = areas.variance(moved, spread) + doubt * moved**2
    moved_size = counting.size_from_variance(moved, variance)
    moved_p = each.calibrated(_p(areas.observed, moved, moved_size, again))
    with np.errstate(invalid="ignore"):
        adjusted = again & (moved_p >= p)
    return (
        np.where(adjusted, moved, areas.expected),
        np.where(adjusted, moved_size, size),
        np.where(adjusted, moved_p, p),
        adjusted,
    )


# ---- between areas ----------------------------------------------------------------------------


def _between(measure: Measure, counts: Mapping[str, Panel], whole: str, method: Method) -> Test:
    rule = measure.between
    assert rule is not None
    top, bottom = terms(measure, counts, whole=whole, window_months=rule.window_months)
    if bottom is None:
        raise ValueError(f"{measure.id}: areas cannot be compared on a bare count.")
    x, exposure = top.values[:-1], bottom.values[:-1]
    usable = ~(np.isnan(x) | np.isnan(exposure)) & (np.nan_to_num(exposure) > 0)
    x, exposure = np.where(usable, x, np.nan), np.where(usable, exposure, np.nan)
    enough = usable.sum(axis=0) >= method.areas_least
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.nansum(x, axis=0) / np.nansum(exposure, axis=0)
        expected = np.where(enough, exposure * rate, np.nan)
        tested = usable & (expected >= rule.expected_least)
    tau2, _, _ = funnel.between_areas(
        np.moveaxis(np.where(tested, x, np.nan), 0, -1),
        np.moveaxis(np.where(tested, expected, np.nan), 0, -1),
        trim=method.trim,
    )
    with np.errstate(divide="ignore"):
        size = np.broadcast_to(1 / tau2, x.shape)

    def with_whole(values: NDArray, nothing: object) -> NDArray:  # type: ignore[type-arg]
        return np.concatenate([values, np.full((1, *values.shape[1:]), nothing, values.dtype)])

    return Test(
        kind="between",
        window_months=rule.window_months,
        observed=with_whole(x, np.nan),
        expected=with_whole(expected, np.nan),
        size=with_whole(size, np.nan),
        p=with_whole(_p(x, expected, size, tested), np.nan),
        exposure=with_whole(exposure, np.nan),
        baseline_months=np.zeros((x.shape[0] + 1, *x.shape[1:]), np.int64),
        too_few=with_whole(~np.isnan(top.values[:-1]) & ~tested, False),
        adjusted=np.zeros((x.shape[0] + 1, *x.shape[1:]), np.bool_),
    )
