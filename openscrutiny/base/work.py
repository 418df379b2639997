"""What waits for a person: collected from every app that ``config`` registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from openscrutiny.core.permits import Standing


@dataclass(frozen=True)
class WorkItem:
    """One thing that waits for a person: what to do, on which page, and by when if there is a day.

    ``standing_words`` says how it stands against its day ("overdue by 2 working days").
    """

    reference: str
    title: str
    href: str
    to_do: str
    due_on: date | None = None
    standing_words: str = ""


Source = Callable[[Any, Standing, datetime], Sequence[WorkItem]]


@cache
def sources() -> Sequence[Source]:
    """Every registered source of work."""
    found: Sequence[Source] = import_string(settings.WORK_SOURCES)
    return found


def waiting_for(user: Any, standing: Standing, *, now: datetime) -> tuple[WorkItem, ...]:
    """What this person may and should do next, what is due first coming first."""
    found = [item for source in sources() for item in source(user, standing, now)]
    return tuple(sorted(found, key=lambda i: (i.due_on or date.max, i.reference)))
