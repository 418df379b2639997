"""Clear days before a meeting: by when its agenda must go out, and how that was worked out.

Neither the day the agenda goes out nor the day of the meeting counts: only the days between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from openscrutiny.core.calendar import Calendar, Term, Unit, in_words

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClearDays:
    """The notice of a meeting whose agenda goes out on ``given_on``.

    ``days`` are the clear days there are between the two, counted in the unit of ``term``; none
    where the agenda goes out on the day of the meeting or after it. ``latest`` is the last day on
    which it may go out. ``steps`` say how that was worked out.
    """

    meets_on: date
    given_on: date
    term: Term
    days: int
    latest: date
    steps: tuple[str, ...]
    in_one_sentence: str

    @property
    def enough(self) -> bool:
        """Whether the notice is as long as the terms of reference ask for."""
        return self.days >= self.term.length


def latest_day(meets_on: date, term: Term, calendar: Calendar) -> date:
    """The last day on which an agenda may go out. NotKnownYet where holidays are not known.

    It is the day before the clear days begin, whether or not anybody works on it.
    """
    return _first_clear_day(meets_on, term, calendar) - _DAY


def clear_days(*, meets_on: date, given_on: date, term: Term, calendar: Calendar) -> ClearDays:
    """What notice a meeting has where its agenda goes out on a day, step by step.

    NotKnownYet where the bank holidays between the two days are not known.
    """
    first = _first_clear_day(meets_on, term, calendar)
    latest = first - _DAY
    days = (
        calendar.working_days(given_on, meets_on - _DAY)
        if term.unit is Unit.WORKING
        else max(0, (meets_on - given_on).days - 1)
    )
    goes_out = (
        f"The first of the clear days is {in_words(first)}, and the day on which the agenda goes "
        f"out does not count: it goes out by the end of {in_words(latest)}."
    )
    steps = [
        f"The meeting is on {in_words(meets_on)}. That day does not count.",
        _how_counted(first, meets_on, term, calendar),
        goes_out,
    ]
    if term.unit is Unit.WORKING and not calendar.is_working(latest):
        steps.append(f"The last working day until then is {in_words(_worked(latest, calendar))}.")
    there_are = f"there {'is' if days == 1 else 'are'} {_so_many(days, term)}"
    steps.append(f"If it goes out on {in_words(given_on)}, {there_are}.")
    return ClearDays(
        meets_on=meets_on,
        given_on=given_on,
        term=term,
        days=days,
        latest=latest,
        steps=tuple(steps),
        in_one_sentence=(
            f"From {in_words(given_on)} to {in_words(meets_on)} {there_are}; the terms of "
            f"reference ask for {term.length}."
        ),
    )


def _first_clear_day(meets_on: date, term: Term, calendar: Calendar) -> date:
    day, to_go = meets_on, term.length
    while to_go > 0:
        day -= _DAY
        to_go -= _counts(day, term.unit, calendar)
    return day


def _counts(day: date, unit: Unit, calendar: Calendar) -> bool:
    return unit is Unit.CALENDAR or calendar.is_working(day)


def _worked(day: date, calendar: Calendar) -> date:
    while not calendar.is_working(day):
        day -= _DAY
    return day


def _how_counted(first: date, meets_on: date, term: Term, calendar: Calendar) -> str:
    asked = f"{_so_many(term.length, term)} must lie before it"
    if term.unit is Unit.CALENDAR:
        return f"{asked}; weekends and bank holidays count too."
    closed = [
        f"{calendar.closed[day]} ({in_words(day)})"
        for day in (first + n * _DAY for n in range((meets_on - first).days))
        if day in calendar.closed and day.isoweekday() < 6
    ]
    left_out = ["Saturdays", "Sundays", *closed]
    return f"{asked}, not counting {', '.join(left_out[:-1])} and {left_out[-1]}."


def _so_many(days: int, term: Term) -> str:
    """``5 clear working days``, ``1 clear day``."""
    unit = "working day" if term.unit is Unit.WORKING else "day"
    return f"{days or 'no'} clear {unit}{'' if days == 1 else 's'}"
