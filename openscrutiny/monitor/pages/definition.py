"""What a measure is and how it is tested, in sentences for those who read its figures."""

from __future__ import annotations

from datetime import date

from openscrutiny.core.checks import METHOD
from openscrutiny.core.measures import Kind, Measure, Polarity
from openscrutiny.core.months import Month
from openscrutiny.monitor.pages.sources import COUNTED

_POLARITY = {
    Polarity.HIGHER_GOOD: "A higher figure is better.",
    Polarity.LOWER_GOOD: "A lower figure is better.",
    Polarity.AMBIGUOUS: (
        "Neither direction is good by itself: more offences recorded can mean more hate crime, or "
        "more people willing to report it."
    ),
}


def numerator(measure: Measure) -> str:
    """What is counted, in words."""
    return COUNTED.get(measure.numerator, measure.numerator)


def polarity(measure: Measure) -> str:
    """Which direction is good."""
    return _POLARITY[measure.polarity]


def overdue(measure: Measure, today: date) -> str:
    """That the month of the review is over; nothing before."""
    late = Month.of(today.year, today.month) - measure.review_by
    if late <= 0:
        return ""
    return (
        f"The review of this definition is overdue: it was to be reviewed by "
        f"{measure.review_by.words}. Until it is, bear in mind that it may have aged."
    )


def denominator(measure: Measure, whole: str) -> str:
    """What the count is held against, in words."""
    per = f"{measure.per:,.0f}"
    if measure.denominator is None:
        return "None: it is a bare count, which mostly says how many people there are."
    if measure.kind is Kind.CHANGE:
        return (
            f"The same count in the {measure.window_months} months before, as a change in per cent."
        )
    if measure.kind is Kind.SHARE:
        return f"The same count in {whole}, in the same months, as per cent."
    counted = COUNTED.get(measure.denominator, measure.denominator)
    if measure.kind is Kind.RATE:
        return f"{counted}, for every {per} of them and a year."
    return f"{counted} in the same months, for every {per} of them."


def how_tested(measure: Measure) -> tuple[str, ...]:
    """How it is tested over time and between areas, and what is too small to be told."""
    told = []
    if measure.over_time is not None:
        rule = measure.over_time
        months = "month is" if rule.window_months == 1 else f"{rule.window_months} months are"
        told.append(
            f"Over time: the last {months} held against the {rule.baseline_least} to "
            f"{rule.baseline_most} months before, never across a break or a gap. At least "
            f"{rule.expected_least:g} must be expected; below that it is too few to tell."
        )
        seasonal = METHOD.seasonal
        if rule.window_months == 1 and seasonal is not None:
            told.append(
                f"Once {seasonal.years_least} years of the same way of recording are known (up to "
                f"{seasonal.years} are used), the month is held against its own season and trend "
                f"instead; the last {seasonal.excluded} months before it are left out, so that the "
                "beginning of a change does not hide the rest."
            )
    if measure.between is not None:
        told.append(
            f"Between areas: {measure.between.window_months} months, against all areas together, "
            "allowing for the ordinary spread between them. At least "
            f"{measure.between.expected_least:g} must be expected."
        )
    large = measure.materiality
    told.append(
        f"Only what is large enough is flagged: {large.excess:g} or more above or below what was "
        f"expected, or {large.percent:g} per cent where at least {large.with_expected:g} were."
    )
    if measure.untested:
        told.append(measure.untested)
    return tuple(told)
