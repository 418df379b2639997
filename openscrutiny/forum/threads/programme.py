"""What leads to the work programme, and what waits for whom: proposals, and promises made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from openscrutiny.base.thread import Next
from openscrutiny.base.work import WorkItem as Waiting
from openscrutiny.core.machines import ACTION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models import ActionPoint, WorkItem
from openscrutiny.forum.pages.actions import standing_of_action, working_days
from openscrutiny.forum.services.actions import promised_by


def next_from_finding(number: str, standing: Standing) -> Sequence[Next]:
    """Proposing a finding for the work programme, for those who may."""
    return _propose(f"finding:{number}", standing)


def next_from_recommendation(number: str, standing: Standing) -> Sequence[Next]:
    """Proposing a recommendation for the work programme, for those who may."""
    return _propose(f"recommendation:{number}", standing)


def _propose(reference: str, standing: Standing) -> Sequence[Next]:
    if not may(standing, Action.PROPOSE_WORK, concerning=standing.organisations):
        return ()
    return (Next("Propose for the work programme", f"/programme/new/?from={reference}"),)


def work_on_programme(user: Any, standing: Standing, now: datetime) -> Sequence[Waiting]:
    """Proposals wait to be scored and taken in or declined. One query."""
    own = [c for c in standing.organisations if may(standing, Action.PLAN_WORK, concerning=[c])]
    if not own:
        return ()
    to_do = {True: "Take it into the programme, or decline it", False: "Score it, or decline it"}
    return [
        Waiting(w.reference, w.heading, w.href, to_do[bool(w.scores)])
        for w in WorkItem.objects.filter(state=WorkItem.MACHINE.initial, body__code__in=own)
    ]


def work_on_actions(user: Any, standing: Standing, now: datetime) -> Sequence[Waiting]:
    """What organisations promised waits for them; what is reported done, for an officer."""
    own = standing.organisations
    if not (
        may(standing, Action.REPORT_ACTION, concerning=own)
        or may(standing, Action.CONFIRM_ACTION, concerning=own)
    ):
        return ()
    rows = ActionPoint.objects.filter(owner__code__in=own)
    rows |= ActionPoint.objects.filter(item__meeting__body__code__in=own)
    rows = rows.exclude(state__in=ACTION.final).select_related("item__meeting__body", "owner")
    return list(_waiting(rows, user, standing, now))


def _waiting(rows: Any, user: Any, standing: Standing, now: datetime) -> Iterator[Waiting]:
    today = timezone.localtime(now).date()
    calendar = working_days(today)
    for row in rows:
        body = row.item.meeting.concerning
        if row.state == "claimed_done":
            officer = may(standing, Action.CONFIRM_ACTION, concerning=body)
            if not officer or row.reported_by_id == user.pk or promised_by(standing, row):
                continue
            to_do = "Confirm that it was done, or carry it forward"
        elif row.owner.code in standing.organisations and may(
            standing, Action.REPORT_ACTION, concerning=[row.owner.code]
        ):
            to_do = "Report it done"
        else:
            continue
        stands = standing_of_action(row, today, calendar)
        yield Waiting(row.reference, row.title, row.href, to_do, stands.due_on, stands.how)
