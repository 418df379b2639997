"""The list of questions: open, overdue and closed, each with how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from openscrutiny.accountability.deadlines import Due, acknowledgement_of, due_of
from openscrutiny.accountability.models import Question
from openscrutiny.accountability.pages.question_next import address_of
from openscrutiny.base import access
from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.lists import Asked, Listed, listed_in_groups
from openscrutiny.base.thread import warned
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Action, Standing

GROUPS: Mapping[str, str] = {"open": "Open", "overdue": "Overdue", "closed": "Closed"}


@dataclass(frozen=True)
class Line:
    """A question in the list."""

    number: str
    heading: str
    href: str
    addressee: str
    state: str
    due: Due | None
    acknowledgement_late: str
    warned: bool


@dataclass(frozen=True)
class QuestionsPage:
    """One sheet of the questions that a person may read, of one group."""

    listed: Listed
    may_draft: bool


@dataclass(frozen=True)
class _Sorted:
    """A question, of which no more is loaded than its clock, and how it stands now."""

    question: Question
    due: Due | None
    acknowledgement: Due | None

    @property
    def day(self) -> date:
        """The day it is sorted by: what is due first comes first."""
        return self.due.on if self.due and self.due.on else date.max

    @property
    def overdue(self) -> bool:
        return any(due and due.overdue for due in (self.due, self.acknowledgement))


def questions_page(user: Any, asked: Asked, *, now: datetime) -> QuestionsPage:
    """The list. Being overdue is worked out now, for every question that waits for an answer."""
    standing = standing_of(user)
    access.require(user, Action.READ_QUESTION, concerning=standing.organisations)
    rows = [
        _Sorted(q, due_of(q, now), acknowledgement_of(q, now))
        for q in Question.objects.visible_to(standing).clocks()
    ]
    still_open = sorted(
        (r for r in rows if r.question.state not in QUESTION.final), key=lambda r: r.day
    )
    groups = {
        "open": still_open,
        "overdue": [r for r in still_open if r.overdue],
        "closed": [r for r in rows if r.question.state in QUESTION.final],
    }
    sheet = listed_in_groups(
        groups, labels=GROUPS, asked=asked, lines=partial(_lines, standing=standing)
    )
    return QuestionsPage(sheet, allows(user, Action.DRAFT_QUESTION))


def _lines(rows: list[_Sorted], *, standing: Standing) -> Iterable[Line]:
    doubtful = warned((r.question.reference for r in rows), standing=standing)
    whole = Question.objects.select_related("addressee").in_bulk([r.question.pk for r in rows])
    for row in rows:
        question = whole[row.question.pk]
        yield Line(
            number=question.number,
            heading=question.heading,
            href=address_of(question),
            addressee=question.addressee.name if question.addressee else "nobody yet",
            state=question.state_in_words,
            due=row.due,
            acknowledgement_late=row.acknowledgement.late if row.acknowledgement else "",
            warned=question.reference in doubtful,
        )
