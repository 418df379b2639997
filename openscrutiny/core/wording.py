"""From a finding to plain words that carry their own doubt and both periods.

Written to be read at about the age of twelve: one figure, one usual range, one doubt. No p-values,
no causes, no praise or blame. The words say what was recorded, never what happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.findings import Finding
from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Period
from openscrutiny.core.panel import Break
from openscrutiny.core.taxonomy import Taxonomy

_FEW = 10
_NEAR_A_BREAK = 3
_MANY_YEARS = 100
_LONG_ODDS = 1000
_FINEST = 4  # decimals beyond which a figure is not drawn apart from its range


@dataclass(frozen=True)
class Explanation:
    """What stands under a finding: how likely by chance, what else, and what nobody can tell."""

    how_likely: str
    could_explain: tuple[str, ...]
    cannot_tell: tuple[str, ...]


def header(flagged: int, checked: int, expected: float) -> str:
    """The line over every list of findings: ``9 flagged of 3,210 checked; about 4 expected …``."""
    number = f"about {expected:,.0f}" if expected >= 1 else "fewer than 1"
    return f"{flagged:,} flagged of {checked:,} checked; {number} expected to be chance."


def sentence(finding: Finding, *, measure: Measure, areas: AreaSet, taxonomy: Taxonomy) -> str:
    """What was found, where and when, against what, and how often chance alone would bring it."""
    crimes = _Crimes(taxonomy[finding.strand].in_words)
    if measure.kind is Kind.COUNT:
        told = _count(finding, areas, crimes)
    elif measure.kind is Kind.RATE:
        told = _rate(finding, measure, areas, crimes)
    elif measure.kind is Kind.RATIO:
        told = _ratio(finding, measure, areas, crimes)
    elif measure.kind is Kind.CHANGE:
        told = _change(finding, measure, areas, crimes)
    else:
        told = _share(finding, measure, areas, crimes)
    return f"{told}. {_by_chance(finding, areas)}"


def explain(
    finding: Finding,
    *,
    measure: Measure,
    areas: AreaSet,
    taxonomy: Taxonomy,
    breaks: Iterable[Break] = (),
) -> Explanation:
    """How likely, what else could explain it, and what cannot be told from these figures."""
    how_likely = (
        f"{_by_chance(finding, areas)} That is for one area and strand looked at by itself. Many "
        "are looked at, so some of those flagged are chance; the list of findings of "
        "that month says about how many."
    )
    what_else = list(measure.explanations)
    if finding.expected_count < _FEW:
        what_else.append(
            f"The numbers are small (about {_number(finding.expected_count, 0)} expected), so a "
            "few records make a large difference."
        )
    if finding.force_adjusted:
        what_else.append(
            f"The figure for {areas.place} as a whole changed too, and is reported once; the usual "
            f"range for this {areas.kind} has been moved with the other {areas.kinds}."
        )
    for change in breaks:
        if 0 <= finding.baseline.first - change.month <= _NEAR_A_BREAK:
            what_else.append(
                "The months it is held against begin soon after a change in recording "
                f"({change.month.words}: {change.title}), when figures may not have settled."
            )
    tell = list(measure.unknowns)
    if taxonomy[finding.strand].parent is not None:
        tell.append(
            "Whether the same offences are counted under another strand as well: one offence can "
            "carry several."
        )
    return Explanation(how_likely, tuple(what_else), tuple(tell))


def named_parts(
    finding: Finding, *, measure: Measure, areas: AreaSet, taxonomy: Taxonomy
) -> dict[str, str]:
    """The parts of a finding by name, as a line of enquiry puts them into its questions.

    ``area`` and ``place``; ``areas`` (what several are called); ``police``; ``strand`` and, for
    several, ``crimes``; ``period`` and the ``baseline`` it is held against; ``value`` with its
    unit, and what is ``usual`` in the same unit; ``count``, how many events were counted. Each may
    stand inside a sentence.
    """
    crimes = _Crimes(taxonomy[finding.strand].in_words)
    value, low, high, places = _apart(finding, measure)
    if measure.kind is Kind.CHANGE:
        size = _number(abs(finding.value), places)
        word = "more" if finding.value > 0 else "fewer"
        figure = "about as many" if size == "0" else f"{size} per cent {word}"
        usual = _usual_change(low, high, places)
    else:
        one = measure.kind is Kind.COUNT and value == "1"
        figure = f"{value} {measure.unit.removesuffix('s') if one else measure.unit}"
        usual = _between(low, high, places)
    everything = finding.scope == "whole"
    return {
        "area": f"{areas.place} as a whole" if everything else areas.name(finding.area),
        "place": areas.place,
        "areas": areas.kinds,
        "police": areas.police,
        "strand": crimes.one,
        "crimes": crimes.many,
        "period": _months(finding.period),
        "baseline": _months(finding.baseline),
        "value": figure,
        "usual": usual,
        "count": _number(finding.observed_count, 0),
    }


# ---- one sentence for each kind of measure ----------------------------------------------------


def _count(finding: Finding, areas: AreaSet, crimes: _Crimes) -> str:
    return (
        f"{_where(finding, areas)} the police recorded {crimes.number(finding.observed_count)} in "
        f"{finding.period.words}{_beyond(finding, areas)}; {_from_before(finding)} "
        f"{_between(finding.low, finding.high, 0)} would be usual"
    )


def _rate(finding: Finding, measure: Measure, areas: AreaSet, crimes: _Crimes) -> str:
    value, low, high, places = _apart(finding, measure)
    return (
        f"{_during(finding.period)} {_where(finding, areas, start=False)} the police recorded "
        f"{value} {crimes.many} for every {_number(measure.per, 0)} residents "
        f"({_number(finding.observed_count, 0)} in all){_beyond(finding, areas)}; "
        f"{_held_against(finding, areas, _between(low, high, places))}"
    )


def _ratio(finding: Finding, measure: Measure, areas: AreaSet, crimes: _Crimes) -> str:
    value, low, high, places = _apart(finding, measure)
    outcomes = "positive outcome" if value == "1" else "positive outcomes"
    return (
        f"{_during(finding.period)} {_where(finding, areas, start=False)} there were {value} "
        f"{outcomes} for every {_number(measure.per, 0)} {crimes.many} recorded in the same "
        f"period ({_number(finding.observed_count, 0)} for {_number(finding.exposure_count, 0)})"
        f"{_beyond(finding, areas)}; {_held_against(finding, areas, _between(low, high, places))}"
    )


def _change(finding: Finding, measure: Measure, areas: AreaSet, crimes: _Crimes) -> str:
    _, low, high, places = _apart(finding, measure)
    return (
        f"{_during(finding.period)} {_where(finding, areas, start=False)} the police recorded "
        f"{crimes.number(finding.observed_count)}, {_moved_by(finding.value, places)} the "
        f"{len(finding.baseline)} months before ({finding.baseline.words}: "
        f"{_number(finding.exposure_count, 0)}){_beyond(finding, areas)}; "
        f"{'with that change, ' if finding.force_adjusted else ''}"
        f"{_usual_change(low, high, places)} would be usual"
    )


def _share(finding: Finding, measure: Measure, areas: AreaSet, crimes: _Crimes) -> str:
    value, low, high, places = _apart(finding, measure)
    everywhere = finding.observed_count + finding.exposure_count
    return (
        f"{_during(finding.period)} {areas.name(finding.area)} had {value} per cent of the "
        f"{crimes.many} recorded across {areas.whole} "
        f"({_number(finding.observed_count, 0)} of {_number(everywhere, 0)}); "
        f"{_from_before(finding)} {_between(low, high, places)} per cent would be usual"
    )


# ---- parts of sentences -----------------------------------------------------------------------


class _Crimes:
    """The words for a strand's offences: ``antisemitic hate crime`` and more than one of them."""

    def __init__(self, in_words: str) -> None:
        self.one = in_words
        self.many = in_words.replace("crime", "crimes", 1)

    def number(self, count: int) -> str:
        return f"{'no' if count == 0 else f'{count:,}'} {self.one if count == 1 else self.many}"


def _where(finding: Finding, areas: AreaSet, *, start: bool = True) -> str:
    name = areas.name(finding.area)
    if finding.scope == "whole":
        return f"{'Across' if start else 'across'} {name}"
    return f"{'In' if start else 'in'} {name}"


def _during(period: Period) -> str:
    return f"In {_months(period)}"


def _months(period: Period) -> str:
    return f"the {len(period)} months {period.words}" if len(period) > 1 else period.words


def _from_before(finding: Finding) -> str:
    months = "months" if len(finding.baseline) > 1 else "month"
    moved = ", moved with that change," if finding.force_adjusted else ""
    return f"from the {months} before ({finding.baseline.words}){moved}"


def _held_against(finding: Finding, areas: AreaSet, usual: str) -> str:
    if finding.kind == "between":
        same = (
            f"over the same {len(finding.period)} months"
            if len(finding.period) > 1
            else ("in the same month")
        )
        return f"{same} {usual} would be usual for a {areas.kind} of its size"
    return f"{_from_before(finding)} {usual} would be usual"


def _beyond(finding: Finding, areas: AreaSet) -> str:
    if not finding.force_adjusted:
        return ""
    if finding.direction == "higher":
        return f", over and above the change across {areas.place}"
    return f", below what the change across {areas.place} would lead one to expect"


def _by_chance(finding: Finding, areas: AreaSet) -> str:
    far = "high" if finding.direction == "higher" else "low"
    if finding.once_in_years is not None:
        return f"By chance alone a month this {far} would come {_once_in(finding.once_in_years)}."
    often = _one_in(2 / max(finding.p, 1e-12))
    if finding.kind == "between":
        return (
            f"If {areas.kinds} differed only as they ordinarily do, {often} would have a figure "
            f"this {far}."
        )
    return f"By chance alone {often} such figures would be this {far}."


def _once_in(years: float) -> str:
    if years >= _MANY_YEARS:
        return f"less than once in {_MANY_YEARS} years"
    return "about once a year" if years < 1.5 else f"about once in {years:.0f} years"


def _one_in(odds: float) -> str:
    """To one leading figure: the odds are an estimate."""
    if odds >= _LONG_ODDS:
        return f"fewer than 1 in {_LONG_ODDS:,}"
    step = 10 ** (len(f"{odds:.0f}") - 1)
    return f"about 1 in {round(odds / step) * step:,}"


def _between(low: float, high: float, places: int) -> str:
    if _number(low, places) == _number(high, places):
        return f"about {_number(low, places)}"
    return f"between {_number(low, places)} and {_number(high, places)}"


def _apart(finding: Finding, measure: Measure) -> tuple[str, float, float, int]:
    """The value in words with as many decimals as set it apart from the usual range."""
    end = finding.high if finding.direction == "higher" else finding.low
    places = measure.decimals
    while places < _FINEST and _number(finding.value, places) == _number(end, places):
        places += 1
    return _number(finding.value, places), finding.low, finding.high, places


def _moved_by(percent: float, places: int) -> str:
    if _number(abs(percent), places) == "0":
        return "about as many as in"
    word = "more" if percent > 0 else "fewer"
    return f"{_number(abs(percent), places)} per cent {word} than in"


def _usual_change(low: float, high: float, places: int) -> str:
    """``a change between 12 per cent fewer and 25 per cent more``."""
    return f"anything between {_change_end(low, places)} and {_change_end(high, places)}"


def _change_end(percent: float, places: int) -> str:
    size = _number(abs(percent), places)
    if size == "0":
        return "no change"
    return f"{size} per cent {'more' if percent > 0 else 'fewer'}"


def _number(value: float, places: int) -> str:
    """With thousands' commas; a figure that rounds to nought bears no minus sign."""
    rounded = round(float(value), places)
    return f"{rounded if rounded else 0.0:,.{places}f}"
