"""The forum's part of the thread: decisions, and those that wait for the chair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from openscrutiny.base.thread import Described, Kind
from openscrutiny.base.work import WorkItem
from openscrutiny.core.permits import Action, Role, Standing, may
from openscrutiny.forum.models import Decision


def upstream_of_decisions(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What decisions were made about. One query."""
    found = Decision.objects.filter(number__in=numbers).values_list("number", "about")
    return {number: [about] for number, about in found}


def describe_decisions(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Decisions, for the forum. One query."""
    visible = may(standing, Action.READ_RECOMMENDATION_DRAFT)
    return {
        found.number: Described(found.title, found.href, found.state_in_words, visible)
        for found in Decision.objects.filter(number__in=numbers)
    }


def work(user: Any, standing: Standing, now: datetime) -> Sequence[WorkItem]:
    """Recorded decisions wait for the chair, except one the chair recorded. One query."""
    if not standing.has(Role.CHAIR):
        return ()
    recorded = Decision.objects.filter(state=Decision.MACHINE.initial).exclude(recorded_by=user)
    return [
        WorkItem(found.reference, found.title, found.href, "Certify this decision, or refuse to")
        for found in recorded
    ]


DECISION = Kind(Decision.KIND, "Decision", describe_decisions, upstream_of_decisions)
