"""The forum's part of the thread: decisions, and those that wait for the chair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from openscrutiny.base.thread import Described, Kind, Passage
from openscrutiny.base.work import Pile, WorkItem, rows_waiting
from openscrutiny.core.permits import Action, Role, Standing, may
from openscrutiny.forum.models import Attendance, Decision


def upstream_of_decisions(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What decisions were made about, and under which item of a meeting. One query."""
    found = Decision.objects.filter(number__in=numbers).select_related("item")
    return {d.number: [d.about, *([d.item.reference] if d.item else [])] for d in found}


def describe_decisions(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Decisions, for the forum. One query."""
    visible = may(standing, Action.READ_RECOMMENDATION_DRAFT)
    return {
        found.number: Described(found.title, found.href, found.state_in_words, visible)
        for found in Decision.objects.filter(number__in=numbers)
    }


def texts_of_decisions(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """What was decided. One query."""
    found = Decision.objects.filter(number__in=numbers)
    return {d.number: (Passage(d.get_kind_display(), d.text),) for d in found}


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """Recorded decisions wait for the chair and for the deputy who presided over them.

    Not those they recorded themselves or stepped aside from. At most two queries.
    """
    if not (standing.has(Role.CHAIR) or standing.has(Role.DEPUTY)):
        return
    recorded = Decision.objects.filter(state=Decision.MACHINE.initial, item__isnull=False)
    recorded = recorded.exclude(recorded_by=user)
    recorded = recorded.exclude(item__recusals__attendance__person__user=user)
    bodies = [h.organisation for h in standing.held if h.role is Role.CHAIR]
    own = list(Attendance.objects.filter(person__user=user).values_list("pk", flat=True))
    mine = recorded.filter(Q(item__meeting__body__code__in=bodies) | Q(quorum__presided__in=own))
    to_do = "Certify this decision, or refuse to"
    yield rows_waiting(
        mine, lambda rows: [WorkItem(d.reference, d.title, d.href, to_do) for d in rows]
    )


DECISION = Kind(
    Decision.KIND, "Decision", describe_decisions, upstream_of_decisions, texts_of_decisions
)
