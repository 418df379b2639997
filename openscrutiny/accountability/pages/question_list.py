"""The list of questions: open, overdue and closed, each with how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openscrutiny.accountability.deadlines import Due, due_of
from openscrutiny.accountability.models import Question
from openscrutiny.accountability.pages.question_next import address_of
from openscrutiny.base import access
from openscrutiny.base.access import allows, standing_of
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Action

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


@dataclass(frozen=True)
class QuestionsPage:
    """The questions of one group that a person may read. ``groups`` are code, label and count."""

    group: str
    groups: tuple[tuple[str, str, int], ...]
    lines: tuple[Line, ...]
    may_draft: bool


def questions_page(user: Any, *, group: str, now: datetime) -> QuestionsPage:
    """The list. Being overdue is worked out now, for every question that waits for an answer."""
    standing = standing_of(user)
    access.require(user, Action.READ_QUESTION, concerning=standing.organisations)
    chosen = group if group in GROUPS else "open"
    rows = [(q, due_of(q, now)) for q in Question.objects.visible_to(standing).whole()]
    sorted_out: dict[str, list[Line]] = {name: [] for name in GROUPS}
    for question, due in rows:
        line = Line(
            number=question.number,
            heading=question.heading,
            href=address_of(question),
            addressee=question.addressee.name if question.addressee else "nobody yet",
            state=question.state_in_words,
            due=due,
        )
        sorted_out["closed" if question.state in QUESTION.final else "open"].append(line)
        if due and due.overdue:
            sorted_out["overdue"].append(line)
    for name in ("open", "overdue"):
        sorted_out[name].sort(key=lambda x: x.due.on if x.due and x.due.on else date.max)
    return QuestionsPage(
        chosen,
        tuple((name, label, len(sorted_out[name])) for name, label in GROUPS.items()),
        tuple(sorted_out[chosen]),
        allows(user, Action.DRAFT_QUESTION),
    )
