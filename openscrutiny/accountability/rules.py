"""Who is told of clocks: answers and responses due soon or overdue, and progress that stalled.

Everything is worked out when it is asked. A due day is the event of its clock, so a new bank
holiday, a pause or a second term is another event and tells once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from openscrutiny.accountability.deadlines import WAITING, Asked, deadline_of, terms_in_force
from openscrutiny.accountability.models import Part, Question
from openscrutiny.accountability.pages.parts import (
    MUST_MOVE,
    anchor_of,
    cases_of,
    stalled_since,
    with_everything,
)
from openscrutiny.accountability.pages.question_next import address_of
from openscrutiny.accountability.pages.recommendations import address_of_recommendation
from openscrutiny.base.mail.queue import Alert
from openscrutiny.base.mail.rules import Contacts, Rules
from openscrutiny.base.models import Person
from openscrutiny.core.bodies import LadderStep, Rung
from openscrutiny.core.calendar import Calendar, Deadline, NotKnownYet, State, Unit, in_words
from openscrutiny.core.permits import RESPONDENTS, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.terms import read_once
from openscrutiny.warehouse import definitions

_SIGNING = (Role.SIGNATORY, Role.COORDINATOR)


@dataclass(frozen=True)
class _Stage:
    """One thing to say of a clock: as which rule, in which words, to whom, how soon."""

    rule: str
    subject: str
    text: str
    respondents: tuple[Role, ...]
    forum: tuple[Role, ...] = ()
    statutory: bool = False


_REMINDER = _Stage(
    "reminder", "a reminder", "{The} is due by the end of {day}.", respondents=RESPONDENTS
)
_DUE_SOON = _Stage(
    "due_soon", "due soon", "{The} is due soon: by the end of {day}.", respondents=RESPONDENTS
)
_OVERDUE = _Stage(
    "overdue",
    "overdue",
    "{The} has not come. It was due by the end of {day}.",
    respondents=_SIGNING,
    forum=(Role.SECRETARIAT,),
    statutory=True,
)
_LONG_OVERDUE = _Stage(
    "long_overdue",
    "long overdue",
    "{The} has not come, and the time allowed for it has gone by twice. It was due by the end of "
    "{day}.",
    respondents=_SIGNING,
    forum=(Role.SECRETARIAT, Role.CHAIR),
    statutory=True,
)
# The steps of the ladder that a mail carries out. The later ones (a letter of the chair, the next
# agenda, a dossier) make things of their own; each is added here when something makes it.
_RUNGS: Mapping[Rung, _Stage] = {Rung.REMINDER: _REMINDER, Rung.OVERDUE: _OVERDUE}
_STAGES = (_REMINDER, _DUE_SOON, _OVERDUE, _LONG_OVERDUE)


def alerts(now: datetime, contacts: Contacts) -> Iterator[Alert]:
    """What is to be said of every open clock. Seven queries, however many clocks there are."""
    with read_once():
        return iter(list(_alerts(now, contacts)))


def _alerts(now: datetime, contacts: Contacts) -> Iterator[Alert]:
    try:
        terms_in_force(now)
    except NotPossible:
        return
    awaited = Question.objects.filter(state__in=WAITING, issued_at__isnull=False).whole()  # type: ignore[attr-defined]
    for question in awaited:
        code = question.addressee.code if question.addressee else ""
        the = f"the answer to question {question.number}"
        yield from _of_clock("question", question, the, code, address_of(question), contacts, now)
    open_parts = Part.objects.filter(state__in={"issued", *MUST_MOVE})
    issued = open_parts.filter(limb__recommendation__state="issued")
    for case in cases_of(with_everything(issued)):
        part = case.part
        code = part.organisation.code
        href = f"{address_of_recommendation(part.limb.recommendation)}#{anchor_of(part)}"
        if part.state == "issued":
            the = f"the response to part {part.number} of a recommendation"
            yield from _of_clock("part", part, the, code, href, contacts, now)
        elif since := stalled_since(case, now):
            yield Alert(
                "part.stalled",
                _both(contacts, RESPONDENTS, (Role.SECRETARIAT,), code),
                part.reference,
                f"nothing since {since.isoformat()}",
                f"Part {part.number}: no news",
                f"Nothing was heard of part {part.number} of a recommendation since "
                f"{in_words(since)}.",
                href=href,
            )


def _of_clock(
    kind: str, asked: Asked, the: str, code: str, href: str, contacts: Contacts, now: datetime
) -> Iterator[Alert]:
    try:
        clock = deadline_of(asked, now)
        stages = _stages(clock, now)
    except (NotKnownYet, ValueError):
        return
    if clock.due_on is None:
        return
    for stage, since in stages:
        thing = f"{type(asked).MACHINE.noun} {asked.number}"
        yield Alert(
            f"{kind}.{stage.rule}",
            _both(contacts, stage.respondents, stage.forum, code),
            asked.reference,
            f"due {clock.due_on.isoformat()}",
            f"{thing[:1].upper()}{thing[1:]}: {stage.subject}",
            stage.text.format(The=f"{the[:1].upper()}{the[1:]}", day=in_words(clock.due_on)),
            statutory=stage.statutory,
            href=href,
            since=_midnight(since, clock.zone),
        )


def _stages(clock: Deadline, now: datetime) -> list[tuple[_Stage, date | None]]:
    """What is to be said of a clock at a moment, and since which day if the day has gone by.

    Of a late one the worst alone is said.
    """
    state = clock.state(now)
    if clock.due_on is None or state is State.PAUSED:
        return []
    if state is State.LONG_OVERDUE:
        return [(_LONG_OVERDUE, long_overdue_on(clock))]
    today = now.astimezone(ZoneInfo(clock.zone)).date()
    terms = terms_in_force(now)
    steps = terms.ladder or (LadderStep(1, Rung.OVERDUE),)
    calendar = definitions.calendar(terms)
    found = [
        (_RUNGS[s.rung], _late_since(s.days, clock.due_on, calendar))
        for s in steps
        if s.rung in _RUNGS and _reached(s.days, clock.due_on, today, calendar)
    ]
    if state is State.DUE_SOON:
        found.append((_DUE_SOON, None))
    return found


def _reached(days: int, due_on: date, today: date, calendar: Calendar) -> bool:
    """Whether a step of the ladder is reached: before the due day only while it is to come."""
    if days < 0:
        return today <= due_on and calendar.working_days(today, due_on) <= -days
    return today > due_on and calendar.working_days(due_on, today) >= days


def long_overdue_on(clock: Deadline) -> date | None:
    """The first day on which a clock is long overdue: once the same term has gone by again.

    None while the clock is paused, and where bank holidays are not known that far.
    """
    if clock.due_on is None:
        return None
    if clock.term.unit is Unit.CALENDAR:
        return clock.due_on + timedelta(days=clock.term.length + 1)
    try:
        again = clock.calendar.add_working_days(clock.due_on, clock.term.length)
    except NotKnownYet:
        return None
    return again + timedelta(days=1)


def _late_since(days: int, due_on: date, calendar: Calendar) -> date | None:
    """The day on which a step of the ladder that comes after the due day was reached."""
    return calendar.add_working_days(due_on, days) if days > 0 else None


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(zone)) if day else None


def _both(
    contacts: Contacts, respondents: tuple[Role, ...], forum: tuple[Role, ...], code: str
) -> tuple[Person, ...]:
    """Those who act for the organisation that was asked, and those of the forum."""
    return (*contacts.holding(*respondents, of=[code]), *contacts.holding(*forum))


_KINDS = {"question": "Question", "part": "Response to a recommendation"}
RULES = Rules(
    words={
        **{
            f"{k}.{s.rule}": f"{words}: {s.subject}" for k, words in _KINDS.items() for s in _STAGES
        },
        "part.stalled": "Part of a recommendation: no news",
    },
    alerts=alerts,
)
