"""From counts to ranked findings: what, where, when, how unusual, against what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core import counting
from openscrutiny.core.checks import METHOD, Decision, Method, Test, decide
from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Panel
from openscrutiny.core.taxonomy import Taxonomy

Cells = tuple[NDArray[np.intp], ...]

__all__ = ["METHOD", "Finding", "Findings", "Method", "find", "found_by"]


@dataclass(frozen=True)
class Finding:
    """One figure that deserves a question, with everything it rests on frozen in.

    ``value``, ``low`` and ``high`` (the usual range) are in the measure's own unit;
    ``observed_count`` and ``expected_count`` are events in ``period``. ``exposure_count`` is what
    the events were held against: offences for a ratio, the events of the year before for a change,
    the offences of all other areas for a share, person-years for a rate, months for a count. A
    finding ``between`` areas has its own period as baseline. ``p`` is the two-sided mid-p, ``q``
    the same after Benjamini–Hochberg; ``once_in_years`` says for a single month how often chance
    alone would bring one this far out on this side. ``persistence`` counts how many of the last
    three months, this one included, are flagged in the same direction. ``force_adjusted``: the
    expectation has been moved with the rest of the whole, which jumped too.
    """

    id: str
    measure: str
    area: str
    strand: str
    kind: str
    scope: str
    period: Period
    baseline: Period
    value: float
    low: float
    high: float
    expected: float
    observed_count: int
    expected_count: float
    exposure_count: float
    direction: str
    p: float
    q: float
    once_in_years: float | None
    excess: float
    percent: float
    persistence: int
    force_adjusted: bool
    data_version: str
    method_version: str


@dataclass(frozen=True)
class Findings:
    """Everything found, and how much was looked at to find it.

    ``findings`` stand newest month first, then most persistent, then least likely by chance.
    ``checked`` counts tests; ``checked_by_month`` and ``too_few_by_month`` give them by measure and
    month, for months in which there were any.
    """

    findings: tuple[Finding, ...]
    checked: int
    checked_by_month: Mapping[tuple[str, Month], int]
    too_few_by_month: Mapping[tuple[str, Month], int]
    data_version: str
    method_version: str


def find(
    measures: Iterable[Measure],
    counts: Mapping[str, Panel],
    *,
    whole: str,
    taxonomy: Taxonomy,
    method: Method = METHOD,
) -> Findings:
    """Test every measure whose counted things are there; findings for every month of the panel.

    ``counts`` are aligned panels that hold the areas and, last, the ``whole``. A measure whose
    counted things are missing is passed over. KeyError for a strand the taxonomy does not know.
    """
    found: list[Finding] = []
    checked: dict[tuple[str, Month], int] = {}
    too_few: dict[tuple[str, Month], int] = {}
    version = ""
    for measure in testable(measures, counts):
        panel = counts[measure.numerator]
        version = panel.version
        for strand in panel.strands:
            taxonomy[strand]
        decision = decide(measure, counts, whole=whole, taxonomy=taxonomy, method=method)
        found += found_by(decision, measure, panel, whole=whole, method=method)
        for table, numbers in ((checked, decision.checked), (too_few, decision.too_few)):
            table.update(
                {(measure.id, panel.months[i]): int(numbers[i]) for i in np.flatnonzero(numbers)}
            )
    found.sort(key=lambda f: (-f.period.last.ordinal, -f.persistence, f.p, f.id))
    return Findings(tuple(found), sum(checked.values()), checked, too_few, version, method.version)


def testable(measures: Iterable[Measure], counts: Mapping[str, Panel]) -> list[Measure]:
    """The measures whose counted things are all there."""
    return [m for m in measures if all(c in counts for c in m.counts)]


def found_by(
    decision: Decision, measure: Measure, panel: Panel, *, whole: str, method: Method = METHOD
) -> list[Finding]:
    """What was decided about one measure as findings, in no order that means anything."""
    persistence = _persistence(decision, panel, method)
    found = []
    for k, test in enumerate(decision.tests):
        where = np.nonzero(decision.flagged[k])
        if where[0].size == 0:
            continue
        _refuse_crossing(measure, panel, test, where)
        found += _of_one_kind(
            measure,
            panel,
            test,
            where=where,
            q=decision.q[k],
            persistence=persistence[k],
            whole=whole,
            method=method,
        )
    return found


def _of_one_kind(
    measure: Measure,
    panel: Panel,
    test: Test,
    *,
    where: Cells,
    q: Floats,
    persistence: NDArray[np.int64],
    whole: str,
    method: Method,
) -> list[Finding]:
    observed, expected = test.observed[where], test.expected[where]
    exposure = test.exposure[where]
    low, high = counting.usual_range(expected, test.size[where], method.usual)
    in_unit = [in_own_unit(measure, events, exposure) for events in (observed, low, high, expected)]
    p, months = test.p[where], test.baseline_months[where]
    found = []
    for i, (a, s, t) in enumerate(zip(*where, strict=True)):
        period = Period.ending(panel.months[t], test.window_months)
        baseline = Period.ending(period.first + -1, int(months[i])) if months[i] else period
        key = (measure.id, panel.areas[a], panel.strands[s], test.kind)
        once = 1 / (12 * max(p[i] / 2, 1e-12))
        found.append(
            Finding(
                id=_identity(*key, period, panel.version, method.version),
                measure=measure.id,
                area=panel.areas[a],
                strand=panel.strands[s],
                kind=test.kind,
                scope="whole" if panel.areas[a] == whole else "area",
                period=period,
                baseline=baseline,
                value=float(in_unit[0][i]),
                low=float(in_unit[1][i]),
                high=float(in_unit[2][i]),
                expected=float(in_unit[3][i]),
                observed_count=int(observed[i]),
                expected_count=float(expected[i]),
                exposure_count=float(exposure[i]),
                direction="higher" if observed[i] > expected[i] else "lower",
                p=float(p[i]),
                q=float(q[a, s, t]),
                once_in_years=float(once) if months[i] and test.window_months == 1 else None,
                excess=float(observed[i] - expected[i]),
                percent=float(100 * (observed[i] / expected[i] - 1)),
                persistence=int(persistence[a, s, t]),
                force_adjusted=bool(test.adjusted[a, s, t]),
                data_version=panel.version,
                method_version=method.version,
            )
        )
    return found


def in_own_unit(measure: Measure, events: Floats, exposure: Floats) -> Floats:
    """Events in a window as a figure of the measure, given the ``exposure`` of the same window."""
    if measure.kind is Kind.COUNT:
        return events
    if measure.kind is Kind.SHARE:
        return measure.per * events / (events + exposure)
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = measure.per * events / exposure
    return figures - measure.per if measure.kind is Kind.CHANGE else figures


def _persistence(decision: Decision, panel: Panel, method: Method) -> NDArray[np.int64]:
    """In how many of the last months of the same regime the same thing was flagged alike."""
    signed = decision.flagged * decision.direction
    regimes = panel.regime_numbers()
    count = np.zeros(signed.shape, np.int64)
    for back in range(min(method.persistence_months, signed.shape[-1])):
        earlier = np.zeros_like(signed)
        earlier[..., back:] = signed[..., : signed.shape[-1] - back]
        same = np.zeros(signed.shape[-1], np.bool_)
        same[back:] = regimes[back:] == regimes[: len(regimes) - back]
        count += (earlier == signed) & (signed != 0) & same
    return count


def _refuse_crossing(measure: Measure, panel: Panel, test: Test, where: Cells) -> None:
    """No finding may use months on both sides of a break or a gap, whatever the tests did."""
    regimes = panel.regime_numbers()
    last = where[2]
    first = last + 1 - test.window_months - test.baseline_months[where]
    if np.any(first < 0) or np.any(regimes[first] != regimes[last]) or np.any(regimes[last] < 0):
        raise AssertionError(
            f"{measure.id}, {test.kind}: a finding would compare months of two regimes."
        )


def _identity(*parts: object) -> str:
    text = "\x1f".join(str(p) for p in parts)
    return "F-" + hashlib.sha256(text.encode()).hexdigest()[:10]
