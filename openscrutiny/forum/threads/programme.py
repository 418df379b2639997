"""What leads to the work programme, and what waits for whom: proposals, and promises made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from openscrutiny.base.thread import Next
from openscrutiny.base.work import Pile, rows_waiting
from openscrutiny.base.work import WorkItem as Waiting
from openscrutiny.core.machines import ACTION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models import ActionPoint, WorkItem
from openscrutiny.forum.pages.actions import standing_of_action, working_days


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


def work_on_programme(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """Proposals wait to be scored and taken in or declined. One query."""
    own = [c for c in standing.organisations if may(standing, Action.PLAN_WORK, concerning=[c])]
    if not own:
        return
    to_do = {True: "Take it into the programme, or decline it", False: "Score it, or decline it"}
    yield rows_waiting(
        WorkItem.objects.filter(state=WorkItem.MACHINE.initial, body__code__in=own),
        lambda rows: [Waiting(w.reference, w.heading, w.href, to_do[bool(w.scores)]) for w in rows],
    )


def work_on_actions(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What organisations promised waits for them; what is reported done, for an officer who did
    not report it and is none of those who promised."""
    own = standing.organisations
    reports = [c for c in own if may(standing, Action.REPORT_ACTION, concerning=[c])]
    confirms = [c for c in own if may(standing, Action.CONFIRM_ACTION, concerning=[c])]
    if not (reports or confirms):
        return
    claimed = Q(state="claimed_done")
    promised_it = Q(owner__code__in=own) & ~Q(owner=F("item__meeting__body"))
    to_confirm = claimed & Q(item__meeting__body__code__in=confirms)
    to_confirm &= ~Q(reported_by=user.pk) & ~promised_it
    to_report = ~claimed & Q(owner__code__in=reports)
    rows = ActionPoint.objects.by_day().exclude(state__in=ACTION.final)
    yield rows_waiting(
        rows.filter(to_confirm | to_report).select_related("item__meeting__body", "owner"),
        lambda found: _in_words(found, now),
        day="day",
    )


def _in_words(rows: Iterable[ActionPoint], now: datetime) -> Iterator[Waiting]:
    today = timezone.localtime(now).date()
    calendar = working_days(today)
    for row in rows:
        stands = standing_of_action(row, today, calendar)
        to_do = (
            "Confirm that it was done, or carry it forward"
            if row.state == "claimed_done"
            else "Report it done"
        )
        yield Waiting(row.reference, row.title, row.href, to_do, stands.due_on, stands.how)
