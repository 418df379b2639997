"""What waits for the secretariat of a body: required seats that are vacant, terms that end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from openscrutiny.base.work import Pile, WorkItem, few
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.core.representation import ends_soon
from openscrutiny.forum import terms
from openscrutiny.forum.models import Membership
from openscrutiny.forum.pages.seats import sitting


def work(_: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What the seats of a body wait for: no more than there are of those."""
    yield few(_waiting(standing, now))


def _waiting(standing: Standing, now: datetime) -> Sequence[WorkItem]:
    """Vacant required seats and terms that end within 90 days. Two queries at most."""
    mine = {c for c in standing.organisations if may(standing, Action.FILL_SEATS, concerning=[c])}
    if not mine or settings.PLACE is None:
        return ()
    today = timezone.localtime(now).date()
    rows: dict[str, list[Membership]] = defaultdict(list)
    not_over = Membership.objects.filter(Q(until=None) | Q(until__gte=today))
    for row in not_over.filter(body__code__in=mine).select_related("body"):
        rows[row.body.code].append(row)
    found = terms.in_force(today)
    waiting: list[WorkItem] = []
    for body in found.bodies:
        if body.code not in mine:
            continue
        sitting_now = [sitting(r) for r in rows[body.code]]
        filled = {s.seat for s in sitting_now if not s.substitute and s.holds_on(today)}
        vacant = [s for s in body.seats if s.required and s.code not in filled]
        name = found.organisation(body.code).name
        if vacant:
            waiting.append(
                WorkItem(
                    f"seats:{body.code}",
                    f"{name}: {_count(len(vacant))} vacant",
                    f"/seats/?body={body.code}",
                    f"Fill {', '.join(s.title for s in vacant)}"
                    if len(vacant) <= 3
                    else "Fill the seats that must not stay empty",
                )
            )
        titles = {s.code: s.title for s in body.seats}
        waiting += [
            WorkItem(
                f"seat:{body.code}.{s.seat}",
                f"A term ends: {titles.get(s.seat, s.seat)}",
                f"/seats/{body.code}/{s.seat}/",
                "Renew it, or look for somebody else",
                s.until,
            )
            for s in sitting_now
            if ends_soon(s, sitting_now, today)
        ]
    return waiting


def _count(seats: int) -> str:
    return f"{seats} required seat{'s are' if seats > 1 else ' is'}"
