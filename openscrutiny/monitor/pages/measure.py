"""What a measure is, in the forum's own words."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.core.measures import Measure, Polarity
from openscrutiny.warehouse.definitions import measures

_POLARITY = {
    Polarity.HIGHER_GOOD: "A higher figure is better.",
    Polarity.LOWER_GOOD: "A lower figure is better.",
    Polarity.AMBIGUOUS: (
        "Neither direction is good by itself: more offences recorded can mean more hate crime, or "
        "more people willing to report it."
    ),
}


class NoSuchMeasure(LookupError):
    """An address that names no measure."""


@dataclass(frozen=True)
class MeasurePage:
    """A measure with what its tests need, in sentences."""

    measure: Measure
    polarity: str
    tests: tuple[str, ...]
    review_by: str
    findings_href: str


@dataclass(frozen=True)
class MeasuresPage:
    measures: tuple[Measure, ...]


def measures_page() -> MeasuresPage:
    return MeasuresPage(tuple(measures().values()))


def measure_page(id: str) -> MeasurePage:
    """NoSuchMeasure for an unknown identifier."""
    measure = measures().get(id)
    if measure is None:
        raise NoSuchMeasure(f"There is no measure “{id}”. The measures are listed under Measures.")
    tests = []
    if measure.over_time is not None:
        rule = measure.over_time
        months = "month is" if rule.window_months == 1 else f"{rule.window_months} months are"
        tests.append(
            f"Over time: the last {months} held against the {rule.baseline_least} to "
            f"{rule.baseline_most} months before, never across a break or a gap. At least "
            f"{rule.expected_least:g} must be expected; below that it is too few to tell."
        )
    if measure.between is not None:
        tests.append(
            f"Between areas: {measure.between.window_months} months, against all areas together, "
            "allowing for the ordinary spread between them. At least "
            f"{measure.between.expected_least:g} must be expected."
        )
    large = measure.materiality
    tests.append(
        f"Only what is large enough is flagged: {large.excess:g} or more above or below what was "
        f"expected, or {large.percent:g} per cent where at least {large.with_expected:g} were."
    )
    return MeasurePage(
        measure=measure,
        polarity=_POLARITY[measure.polarity],
        tests=tuple(tests),
        review_by=measure.review_by.words,
        findings_href=f"/findings/?measure={id}&month=any",
    )
