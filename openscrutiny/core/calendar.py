"""Working days, and clocks whose due date can be shown step by step.

Every date in a public accusation of lateness comes from here, so a due date is never a bare date:
it carries the calculation in plain sentences. Nothing is stored and no clock is read: whoever asks
says what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from openscrutiny.core.months import Month

_DAY = timedelta(days=1)
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SATURDAY = 5


class NotKnownYet(ValueError):
    """A question about days whose bank holidays are not known, saying until when they are."""


class Unit(StrEnum):
    """What a term is counted in."""

    WORKING = "working days"
    CALENDAR = "calendar days"


class State(StrEnum):
    """Where a clock stands at a moment."""

    RUNNING = "running"
    DUE_SOON = "due soon"
    OVERDUE = "overdue"
    LONG_OVERDUE = "long overdue"
    PAUSED = "paused"


@dataclass(frozen=True)
class Calendar:
    """Which days are working days: not Saturday, not Sunday, and not ``closed``.

    ``closed`` gives each closed day (a bank holiday, or a day the forum added) its name. They are
    known from ``known_from`` to ``known_until``, both included; outside it no answer is given.
    """

    closed: Mapping[date, str] = field(hash=False)
    known_until: date
    known_from: date = date.min

    def is_working(self, day: date) -> bool:
        """Whether people work on ``day``; NotKnownYet outside the days that are known."""
        if day > self.known_until:
            raise NotKnownYet(
                f"Bank holidays are known until {in_words(self.known_until)}, so nothing can be "
                f"said about {in_words(day)} yet. Bring the list of bank holidays up to date, then "
                "try again."
            )
        if day < self.known_from:
            raise NotKnownYet(
                f"Bank holidays are known from {in_words(self.known_from)} on, so nothing can be "
                f"said about {in_words(day)}. Check that the date is right."
            )
        return day.weekday() < _SATURDAY and day not in self.closed

    def add_working_days(self, start: date, n: int) -> date:
        """The ``n``-th working day after ``start``, which is day zero; ``start`` itself for 0."""
        if n < 0:
            raise ValueError("Working days are only counted forwards.")
        day = start
        while n > 0:
            day += _DAY
            n -= self.is_working(day)
        return day

    def working_days(self, after: date, until: date) -> int:
        """How many working days there are after ``after``, up to and including ``until``."""
        if until <= after:
            return 0
        # The first day that is not known refuses, as counting day by day would.
        self.is_working(after + _DAY)
        self.is_working(until if until <= self.known_until else self.known_until + _DAY)
        weeks, rest = divmod((until - after).days, 7)
        worked = sum(day.weekday() < _SATURDAY for day in _days(until - rest * _DAY, until))
        days_off = (day for day in self.closed if after < day <= until)
        return weeks * _SATURDAY + worked - sum(day.weekday() < _SATURDAY for day in days_off)


@dataclass(frozen=True)
class Term:
    """How long someone has: ``Term(20, Unit.WORKING)``."""

    length: int
    unit: Unit

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", Unit(self.unit))
        if self.length < 1:
            raise ValueError(f"A term of {self.length} {self.unit} is no term: give at least 1.")

    def __str__(self) -> str:
        return _count(self.length, self.unit)


@dataclass(frozen=True)
class Pause:
    """The clock stands still while an answer to a clarification is awaited.

    ``until`` is None while it is. A holding reply is not a pause: it changes nothing.
    """

    since: datetime
    until: datetime | None
    reason: str

    def __post_init__(self) -> None:
        if _aware(self.since) > _aware(self.until or self.since):
            raise ValueError("A pause cannot end before it begins.")
        if not self.reason.strip():
            raise ValueError("A pause needs its reason: what was asked.")


@dataclass(frozen=True)
class Deadline:
    """When something is due, how that was worked out, and how it stands at a moment.

    It is due by the end of ``due_on`` where the respondent is. ``due`` is the first moment that is
    late: the midnight that ends that day, in UTC. Both are None while the clock is ``paused``.
    ``days_to_go`` is what a paused clock still has to run, in the unit of the term; 0 once the due
    date is fixed.
    """

    started_on: date
    term: Term
    due_on: date | None
    due: datetime | None
    days_to_go: int
    steps: tuple[str, ...]
    in_one_sentence: str
    calendar: Calendar = field(repr=False)
    zone: str
    due_soon_days: int

    @property
    def paused(self) -> bool:
        """Whether the clock stands still, so that no due date is fixed."""
        return self.due is None

    def state(self, at: datetime) -> State:
        """How it stands at a moment.

        Due soon from ``due_soon_days`` working days before the end; long overdue once the same
        term has gone by again. Where bank holidays are not known far enough for that, it says no
        worse than overdue.
        """
        today = self._day(at)
        if self.due is None or self.due_on is None:
            return State.PAUSED
        if at >= self.due:
            return State.LONG_OVERDUE if self._again_over(today) else State.OVERDUE
        to_come = (day for day in _days(today, self.due_on) if self._taken_as_working(day))
        few = len(list(islice(to_come, self.due_soon_days + 1))) <= self.due_soon_days
        return State.DUE_SOON if few else State.RUNNING

    def late_by(self, at: datetime) -> str:
        """How late it is, such as ``3 working days late``; empty while it is not late.

        On the first late day in minutes or hours; then in the unit of the term. Days without a
        working day among them, or with unknown bank holidays, are given as plain days.
        """
        today = self._day(at)
        if self.due is None or self.due_on is None or at < self.due:
            return ""
        if today == self.due_on + _DAY:
            minutes = int((at - self.due) / timedelta(minutes=1))
            if minutes == 0:
                return "less than a minute late"
            hours = minutes // 60
            return f"{_count(hours, 'hours') if hours else _count(minutes, 'minutes')} late"
        if self.term.unit is Unit.WORKING and today <= self.calendar.known_until:
            working = self.calendar.working_days(self.due_on, today)
            if working:
                return f"{_count(working, Unit.WORKING)} late"
        return f"{_count((today - self.due_on).days, 'days')} late"

    def left(self, at: datetime) -> str:
        """How long is left, such as ``12 working days left``; empty once it is late."""
        today = self._day(at)
        if self.due is None or self.due_on is None:
            to_go = _count(self.days_to_go, self.term.unit)
            return f"{to_go} left from when the clock starts again"
        if at >= self.due:
            return ""
        if today == self.due_on:
            return "due by the end of today"
        if self.term.unit is Unit.CALENDAR:
            return f"{_count((self.due_on - today).days, Unit.CALENDAR)} left"
        return f"{_count(self.calendar.working_days(today, self.due_on), Unit.WORKING)} left"

    def _day(self, at: datetime) -> date:
        return _aware(at).astimezone(ZoneInfo(self.zone)).date()

    def _again_over(self, today: date) -> bool:
        assert self.due_on is not None
        if self.term.unit is Unit.CALENDAR:
            return today > self.due_on + self.term.length * _DAY
        # Beyond the known bank holidays the days known so far decide, which is never too early.
        known = min(today - _DAY, self.calendar.known_until)
        return self.calendar.working_days(self.due_on, known) >= self.term.length

    def _taken_as_working(self, day: date) -> bool:
        """Only for a hint (due soon): an unknown bank holiday is taken as a working day."""
        if day > self.calendar.known_until:
            return day.weekday() < _SATURDAY
        return self.calendar.is_working(day)


def deadline(
    *,
    started: datetime,
    term: Term,
    calendar: Calendar,
    as_of: datetime,
    zone: str = "Europe/London",
    pauses: Sequence[Pause] = (),
    due_soon_days: int = 5,
    event: str = "Sent",
) -> Deadline:
    """When ``term`` is over, as it stood at ``as_of``, with every step of the calculation.

    The day of ``started`` is day zero. Then every working day counts (or every day, for calendar
    days) but one: a day on any part of which the clock stood still does not count, the first and
    the last day of a pause included. More pause therefore never makes anything due earlier. A pause
    that begins when the last day is over changes nothing: the term had run out. What happened to
    the pauses after ``as_of`` is left out: one that ended later is still open. ``event`` is the
    word the first step begins with. NotKnownYet where the bank holidays are not known that far.
    """
    where = ZoneInfo(zone)
    day_zero = _aware(started).astimezone(where).date()
    seen = _aware(as_of)
    stood_still = sorted(
        (_Still.of(pause, seen, where) for pause in pauses if _aware(pause.since) <= seen),
        key=lambda s: s.first,
    )
    counted = _counted(day_zero, term, calendar, stood_still)
    due_on = counted[-1] if len(counted) == term.length else None
    told = [s for s in stood_still if s.touches(day_zero, due_on)]
    first = f"{event} on {in_words(day_zero)}, which is day zero."
    if counted:
        first += f" Day one is {in_words(counted[0])}."
    steps = [first, _how_counted(day_zero, counted, term, calendar, told)]
    steps += [s.sentence for s in told]
    if due_on is None:
        to_go = term.length - len(counted)
        end = f"No due date is fixed: {_count(to_go, term.unit)} of {term.length} are still to run"
        late_from = None
    else:
        to_go = 0
        end = f"Due by the end of {in_words(due_on)}"
        late_from = _midnight(due_on + _DAY, where)
    return Deadline(
        started_on=day_zero,
        term=term,
        due_on=due_on,
        due=late_from,
        days_to_go=to_go,
        steps=(*steps, f"{end}."),
        in_one_sentence=_one_sentence(event, day_zero, term, told, end),
        calendar=calendar,
        zone=zone,
        due_soon_days=due_soon_days,
    )


def in_words(day: date) -> str:
    """``Monday 3 March 2025``."""
    return f"{_WEEK[day.weekday()]} {_short(day)}"


# ---- the calculation --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Still:
    """The days a pause takes out: all from ``first`` to ``last``, or from ``first`` on for None."""

    first: date
    last: date | None
    reason: str

    @classmethod
    def of(cls, pause: Pause, as_of: datetime, where: ZoneInfo) -> _Still:
        until = pause.until if pause.until and _aware(pause.until) <= as_of else None
        last = until.astimezone(where).date() if until else None
        return cls(pause.since.astimezone(where).date(), last, pause.reason.strip())

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def touches(self, day_zero: date, due_on: date | None) -> bool:
        """Whether it took out days between day zero and the due date."""
        ended_before = self.last is not None and self.last <= day_zero
        return not ended_before and (due_on is None or self.first <= due_on)

    @property
    def sentence(self) -> str:
        if self.last is None:
            return (
                f"The clock has stood still since {in_words(self.first)} ({self.reason}). No day "
                "counts until it starts again."
            )
        if self.last == self.first:
            when = f"The clock stood still on {in_words(self.first)} ({self.reason}). That day does"
        else:
            when = (
                f"The clock stood still from {in_words(self.first)} to {in_words(self.last)} "
                f"({self.reason}). These days, first and last included, do"
            )
        return f"{when} not count."


def _counted(
    day_zero: date, term: Term, calendar: Calendar, stood_still: Sequence[_Still]
) -> list[date]:
    """The days that count, in order: all of the term, or fewer where an open pause stops it."""
    stops = min((s.first for s in stood_still if s.last is None), default=None)
    counted: list[date] = []
    day = day_zero
    while len(counted) < term.length:
        day += _DAY
        if stops is not None and day >= stops:
            break
        if any(s.holds(day) for s in stood_still):
            continue
        if term.unit is Unit.CALENDAR or calendar.is_working(day):
            counted.append(day)
    return counted


def _midnight(day: date, where: ZoneInfo) -> datetime:
    """The moment ``day`` begins, in UTC, where earlier is always smaller."""
    return datetime(day.year, day.month, day.day, tzinfo=where).astimezone(UTC)


def _aware(moment: datetime) -> datetime:
    """The moment in UTC, where earlier is always smaller; ValueError for one without a zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no time zone, so it names no moment.")
    return moment.astimezone(UTC)


def _days(after: date, until: date) -> Iterator[date]:
    return (after + n * _DAY for n in range(1, (until - after).days + 1))


# ---- the words --------------------------------------------------------------------------------


def _how_counted(
    day_zero: date,
    counted: Sequence[date],
    term: Term,
    calendar: Calendar,
    stood_still: Sequence[_Still],
) -> str:
    if term.unit is Unit.CALENDAR:
        return f"{term}: weekends and bank holidays count too."
    closed = [
        f"{calendar.closed[day]} ({_short(day)})"
        for day in (_days(day_zero, counted[-1]) if counted else ())
        if day in calendar.closed and day.weekday() < _SATURDAY
        if not any(s.holds(day) for s in stood_still)
    ]
    left_out = ["Saturdays", "Sundays", *closed]
    return f"{term}, not counting {', '.join(left_out[:-1])} and {left_out[-1]}."


def _one_sentence(
    event: str, day_zero: date, term: Term, stood_still: Sequence[_Still], end: str
) -> str:
    still = ", less the days the clock stood still" if stood_still else ""
    return (
        f"{event} on {in_words(day_zero)} with {term} from the next day on{still}: "
        f"{end[0].lower()}{end[1:]}."
    )


def _short(day: date) -> str:
    return f"{day.day} {Month.of(day.year, day.month).words}"


def _count(n: int, unit: str) -> str:
    """``1 working day``, ``20 working days``."""
    return f"{n:,} {unit.removesuffix('s') if n == 1 else unit}"
