"""When an answer to a question is due: worked out whenever it is read, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from openscrutiny.accountability.models import Question, Response
from openscrutiny.core.calendar import Deadline, NotKnownYet, Pause, State, Term, Unit, deadline
from openscrutiny.core.calendar import in_words as day_in_words
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.warehouse import definitions

# The states in which the organisation has to answer, and that in which its clock stands still.
WAITING = frozenset().union(*(r.sources for r in QUESTION.transitions if r.event == "answer"))
OPEN = WAITING | {"clarifying"}

_PAUSED = "the forum was asked what it meant"


@dataclass(frozen=True)
class Due:
    """How a question stands against its due date, in words.

    ``on`` is None while the clock stands still, and where the date cannot be worked out yet:
    ``words`` says which. ``steps`` say how it was worked out.
    """

    on: date | None
    words: str
    sentence: str
    steps: tuple[str, ...] = ()
    overdue: bool = False
    soon: bool = False
    paused: bool = False

    @property
    def by(self) -> str:
        return f"By the end of {day_in_words(self.on)}" if self.on else ""


def terms_in_force() -> TermsOfReference:
    """The terms of reference of the place these pages serve; NotPossible where there is none."""
    if settings.PLACE is None:
        raise NotPossible(
            "No authority's figures have been brought in, so there is no forum here yet.",
            "Bring in a published file first.",
        )
    return definitions.terms(settings.PLACE)


def require_awaited(question: Question) -> None:
    """NotPossible where no answer to the question is awaited."""
    if question.state not in OPEN:
        raise NotPossible(
            f"This question is {question.state_in_words}, so no answer is awaited.",
            "Read the question again to see what happened.",
        )


def deadline_of(question: Question, now: datetime) -> Deadline:
    """When an issued question must be answered, as it stands at a moment.

    It rests on the term and the pauses kept with the question. NotKnownYet where the bank holidays
    are not known that far; ValueError for a question that was not issued.
    """
    if question.clock_started_at is None or question.term_length is None:
        raise ValueError(f"{question} was not issued, so no clock runs.")
    terms = terms_in_force()
    return deadline(
        started=question.clock_started_at,
        term=Term(question.term_length, Unit(question.term_unit)),
        calendar=definitions.calendar(terms),
        as_of=now,
        zone=terms.time_zone,
        pauses=[Pause(p.since, p.until, _PAUSED) for p in question.pauses.all()],
        due_soon_days=terms.due_soon_days,
        event="Sent" if question.clock_started_at == question.issued_at else "Asked for more",
    )


def due_of(question: Question, now: datetime) -> Due | None:
    """How a question stands, in words; None where no answer is awaited."""
    if question.state not in OPEN:
        return None
    try:
        found = deadline_of(question, now)
    except NotKnownYet as unknown:
        return Due(None, "the due date cannot be worked out yet", str(unknown))
    state = found.state(now)
    late = state in (State.OVERDUE, State.LONG_OVERDUE)
    words = {
        State.PAUSED: f"paused: {found.left(now)}",
        State.DUE_SOON: f"due soon: {found.left(now)}",
        State.OVERDUE: f"overdue: {_late_words(found, now)}",
        State.LONG_OVERDUE: f"long overdue: {_late_words(found, now)}",
    }.get(state, found.left(now))
    return Due(
        on=found.due_on,
        words=words,
        sentence=found.in_one_sentence,
        steps=found.steps,
        overdue=late,
        soon=state is State.DUE_SOON,
        paused=state is State.PAUSED,
    )


def due_when_signed(question: Question, now: datetime) -> datetime | None:
    """The first moment that is late, to be kept with an answer; None where it is not known."""
    try:
        return deadline_of(question, now).due
    except NotKnownYet:
        return None


def lateness(response: Response) -> str:
    """How late an answer was, from the due moment that was kept with it; empty if it was not."""
    question = response.question
    if response.due is None or question.term_length is None:
        return ""
    terms = terms_in_force()
    last = due_on(response)
    assert last is not None
    kept = Deadline(
        started_on=last,
        term=Term(question.term_length, Unit(question.term_unit)),
        due_on=last,
        due=response.due,
        days_to_go=0,
        steps=(),
        in_one_sentence="",
        calendar=definitions.calendar(terms),
        zone=terms.time_zone,
        due_soon_days=terms.due_soon_days,
    )
    return kept.late_by(response.signed_at)


def due_on(response: Response) -> date | None:
    """The last day on which an answer would have been in time, if that was known."""
    if response.due is None:
        return None
    last = response.due - timedelta(microseconds=1)
    return last.astimezone(ZoneInfo(terms_in_force().time_zone)).date()


def _late_words(found: Deadline, now: datetime) -> str:
    try:
        return found.late_by(now)
    except NotKnownYet:
        return "late"
