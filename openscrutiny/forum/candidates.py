"""What proposes itself for the work programme, such as an overdue recommendation. Never stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from openscrutiny.core.permits import Standing
from openscrutiny.forum.models import WorkItem


@dataclass(frozen=True)
class Candidate:
    """One thing on the thread that the programme should take up, and why, in one sentence."""

    reference: str
    title: str
    href: str
    why: str


# What a person may see of what should be taken up at a moment.
Source = Callable[[Standing, datetime], Sequence[Candidate]]


@cache
def sources() -> Sequence[Source]:
    """Every registered source of candidates: the apps that know of them lie above this one."""
    found: Sequence[Source] = import_string(settings.PROGRAMME_SOURCES)
    return found


def candidates(standing: Standing, *, now: datetime) -> tuple[Candidate, ...]:
    """What should be taken up and is not on the programme, nor was declined. Done things return."""
    found = [one for source in sources() for one in source(standing, now)]
    taken = WorkItem.objects.filter(origin_reference__in=[c.reference for c in found])
    there = set(taken.exclude(state="done").values_list("origin_reference", flat=True))
    return tuple(c for c in found if c.reference not in there)
