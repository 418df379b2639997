"""The one schema of a measure, and the panel a measure makes of counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np

from openscrutiny.core.months import Month
from openscrutiny.core.panel import Coverage, Panel


class Kind(StrEnum):
    """What a measure is, which decides how it may be tested.

    A *ratio* is a ratio of two counts whose events need not belong together (outcomes happen when
    they happen): it is never a proportion, so binomial methods are refused for it.
    """

    COUNT = "count"
    RATE = "rate"
    RATIO = "ratio"
    CHANGE = "change"
    SHARE = "share"


class Polarity(StrEnum):
    """Which direction is good. Recorded volume is ambiguous: more may mean more confidence."""

    HIGHER_GOOD = "higher_good"
    LOWER_GOOD = "lower_good"
    AMBIGUOUS = "ambiguous"


class Refused(ValueError):
    """A method or a question that does not fit a measure, with the reason and what to do."""


@dataclass(frozen=True)
class OverTime:
    """How a measure is tested against its own past.

    The last ``window_months`` are held against up to ``baseline_most`` and at least
    ``baseline_least`` months before them in the same regime. A test needs ``expected_least``
    events expected in the window; below it the answer is "too few to tell".
    """

    window_months: int
    baseline_least: int
    baseline_most: int
    expected_least: float


@dataclass(frozen=True)
class Between:
    """How areas are held against each other: over ``window_months`` inside one regime."""

    window_months: int
    expected_least: float


@dataclass(frozen=True)
class Materiality:
    """What is large enough to matter: an excess of events, or a share of a large expectation."""

    excess: float
    percent: float
    with_expected: float


@dataclass(frozen=True)
class Measure:
    """One measure, as the forum has defined it.

    ``numerator`` and ``denominator`` name counted things (``offences``, ``positive_outcomes``,
    ``residents``, or ``offences_before`` for the same count a year earlier, ``offences_whole`` for
    the same count over all areas). ``per`` scales the ratio. ``window_months`` is the number of
    months one published figure covers. ``explanations`` and ``unknowns`` are printed with every
    finding: what else could explain it, what cannot be told.
    """

    id: str
    label: str
    noun: str
    kind: Kind
    numerator: str
    denominator: str | None
    per: float
    decimals: int
    unit: str
    window_months: int
    polarity: Polarity
    outcome: str
    owner: str
    review_by: Month
    definition: str
    caveats: tuple[str, ...]
    explanations: tuple[str, ...]
    unknowns: tuple[str, ...]
    over_time: OverTime | None
    between: Between | None
    materiality: Materiality
    untested: str

    @classmethod
    def parse(cls, id: str, data: Mapping[str, Any]) -> Measure:
        """Read a measure definition; ValueError names a key that is missing, unknown or wrong."""
        known = {f.name for f in fields(cls)} - {"id"}
        if unknown := set(data) - known:
            raise ValueError(f"{id}: unknown keys {sorted(unknown)}; the keys are {sorted(known)}.")
        optional = {"denominator", "over_time", "between", "untested"}
        if missing := known - optional - set(data):
            raise ValueError(f"{id}: these keys are missing: {sorted(missing)}.")
        tests = (data.get("over_time"), data.get("between"))
        if None in tests and not data.get("untested"):
            raise ValueError(f"{id}: a measure that leaves out a test says why in “untested”.")
        return cls(
            id=id,
            label=data["label"],
            noun=data["noun"],
            kind=Kind(data["kind"]),
            numerator=data["numerator"],
            denominator=data.get("denominator"),
            per=float(data["per"]),
            decimals=int(data["decimals"]),
            unit=data["unit"],
            window_months=int(data["window_months"]),
            polarity=Polarity(data["polarity"]),
            outcome=data["outcome"],
            owner=data["owner"],
            review_by=Month.parse(data["review_by"]),
            definition=data["definition"].strip(),
            caveats=tuple(data["caveats"]),
            explanations=tuple(data["explanations"]),
            unknowns=tuple(data["unknowns"]),
            over_time=OverTime(**data["over_time"]) if data.get("over_time") else None,
            between=Between(**data["between"]) if data.get("between") else None,
            materiality=Materiality(**data["materiality"]),
            untested=data.get("untested", ""),
        )

    @property
    def counts(self) -> tuple[str, ...]:
        """The counted things a figure of this measure rests on."""
        base = (self.denominator or "").removesuffix("_before").removesuffix("_whole")
        return tuple(dict.fromkeys(c for c in (self.numerator, base) if c))

    def refuse_binomial(self) -> None:
        """Raise Refused for a ratio of two counts: its numerator is not a part of its denominator.

        In some months there are more outcomes than offences, so Wilson intervals, binomial limits
        and p-charts have no meaning for it.
        """
        if self.kind is Kind.RATIO:
            raise Refused(
                f"{self.label} is a ratio of two counts, not a proportion: an outcome can belong "
                "to an offence of an earlier month. Use the over-dispersed Poisson methods "
                "(funnel, against its own regime) instead of binomial, Wilson or p-chart limits."
            )


def evaluate(
    measure: Measure,
    counts: Mapping[str, Panel],
    *,
    whole: str,
    window_months: int | None = None,
) -> Panel:
    """The figures of a measure: one per area, strand and month, each over the months ending there.

    ``counts`` holds one aligned Panel per counted thing, areas first and, where it is wanted, the
    whole area (labelled ``whole``) last. ``window_months`` replaces the measure's own window. No
    window reaches across a break or a gap. A rate is per year: residents are averaged over the
    window. Where the denominator is zero, the cell is UNDEFINED; where a count it rests on is
    withheld, it is SUPPRESSED.
    """
    width = measure.window_months if window_months is None else window_months
    top, bottom = terms(measure, counts, whole=whole, window_months=width)
    if bottom is None:
        return top.derive(measure.id, top.values)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(bottom.values > 0, measure.per * top.values / bottom.values, np.nan)
    if measure.kind is Kind.CHANGE:
        values = values - measure.per
    withheld = (top.coverage == Coverage.SUPPRESSED) | (bottom.coverage == Coverage.SUPPRESSED)
    figures = top.derive(measure.id, values, undefined=bottom.values == 0, suppressed=withheld)
    return _joined_supply(figures, counts, measure)


def terms(
    measure: Measure, counts: Mapping[str, Panel], *, whole: str, window_months: int
) -> tuple[Panel, Panel | None]:
    """Numerator and denominator over windows of ``window_months``, on the same labels.

    The denominator is None for a count. For a rate it is person-years; for a change the same
    count one window earlier, in the same regime; for a share the same count over all areas.
    """
    top = counts[measure.numerator].trailing(window_months)
    if measure.denominator is None:
        return top, None
    if measure.kind is Kind.CHANGE:
        return top, _earlier(counts[measure.numerator], window_months)
    if measure.kind is Kind.SHARE:
        row = [top.area_index(whole)]
        everywhere = np.broadcast_to(top.values[row], top.values.shape).copy()
        withheld = np.broadcast_to(top.coverage[row] == Coverage.SUPPRESSED, top.values.shape)
        return top, top.derive(measure.id, everywhere, suppressed=withheld)
    bottom = counts[measure.denominator].trailing(window_months)
    if measure.kind is Kind.RATE:
        return top, bottom.derive(bottom.name, bottom.values / 12)
    return top, bottom


def _earlier(counted: Panel, width: int) -> Panel:
    """The window just before each window, where both lie in one regime."""
    both = counted.trailing(2 * width)
    late = counted.trailing(width)
    withheld = both.coverage == Coverage.SUPPRESSED
    return counted.derive(counted.name, both.values - late.values, suppressed=withheld)


def _joined_supply(figures: Panel, counts: Mapping[str, Panel], measure: Measure) -> Panel:
    """Name the batches of every counted thing a figure rests on."""
    panels = [counts[c] for c in measure.counts]
    if len(panels) == 1:
        return figures
    names: dict[tuple[str, ...], int] = {}
    supply = np.full(figures.supply.shape, -1, np.int16)
    stacked = np.stack([p.supply for p in panels], axis=-1)
    for combination in np.unique(stacked.reshape(-1, len(panels)), axis=0):
        found = [p.batches[i] for p, i in zip(panels, combination, strict=True) if i >= 0]
        if not found:
            continue
        rests_on = tuple(dict.fromkeys(batch for entry in found for batch in entry))
        index = names.setdefault(rests_on, len(names))
        supply[(stacked == combination).all(axis=-1)] = index
    return replace(figures, batches=tuple(names), supply=supply)
