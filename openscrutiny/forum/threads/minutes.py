"""What waits for people because of papers and minutes, and where a meeting leads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from openscrutiny.base.thread import Next
from openscrutiny.base.work import Pile, WorkItem, few, rows_waiting
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.deadlines import minutes_due
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Paper
from openscrutiny.forum.places import IN_A_SEAT
from openscrutiny.forum.services.papers import TAKES_PAPERS

_OVER = ("held", "inquorate", "minutes_draft", "circulated", "approved")


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """Papers to accept, minutes to draft and circulate, minutes to read. Two queries at most, and
    those of the terms for each meeting whose minutes are due."""
    bodies = {
        action: [c for c in standing.organisations if may(standing, action, concerning=[c])]
        for action in (Action.PLAN_MEETING, Action.WRITE_MINUTES, Action.CORRECT_MINUTES)
    }
    if planned := bodies[Action.PLAN_MEETING]:
        to_do = "Accept this paper, or send it back"
        yield rows_waiting(
            Paper.objects.filter(state="submitted", item__meeting__body__code__in=planned),
            lambda rows: [WorkItem(p.reference, p.title, p.href, to_do) for p in rows],
        )
    yield few(_minutes(bodies[Action.WRITE_MINUTES], bodies[Action.CORRECT_MINUTES], user, now))


def _minutes(
    writes: Sequence[str], reads: Sequence[str], user: Any, now: datetime
) -> Iterator[WorkItem]:
    states = ("held", "inquorate", "minutes_draft", "circulated")
    of_body = Q(state__in=states, body__code__in={*writes, *reads})
    sat = Attendance.objects.filter(person__user=user.pk, capacity__in=IN_A_SEAT)
    corrects = Q(state="circulated", pk__in=sat.values("meeting"))
    for meeting in Meeting.objects.filter(of_body | corrects).select_related("body"):
        href = f"{meeting.href}minutes/"
        if meeting.state == "circulated":
            yield WorkItem(
                meeting.reference, meeting.title, href, "Read the draft minutes, and correct them"
            )
        elif meeting.body.code in writes:
            due = minutes_due(meeting, now=now)
            to_do = (
                "Circulate the draft minutes"
                if meeting.state == "minutes_draft"
                else "Draft the minutes"
            )
            words = (due.late_by(now) or due.left(now)) if due else ""
            yield WorkItem(
                meeting.reference, meeting.title, href, to_do, due.due_on if due else None, words
            )


def next_from_meeting(number: str, standing: Standing) -> Sequence[Next]:
    """Where a meeting leads: its pack, its brief, its minutes and the note of its decisions."""
    meeting = Meeting.objects.filter(number=number).select_related("body").first()
    if meeting is None:
        return ()
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    found = []
    if meeting.agenda_published_at is not None:
        found.append(Next("Meeting pack (PDF)", f"{meeting.href}pack.pdf"))
        found.append(Next("Agenda (Word)", f"{meeting.href}agenda.docx"))
        if may(standing, Action.READ_CLOSED, concerning=meeting.concerning):
            found.append(Next("Full pack, with closed papers", f"{meeting.href}pack.pdf?closed=1"))
            found.append(Next("Full agenda (Word)", f"{meeting.href}agenda.docx?closed=1"))
    if own and meeting.state not in _OVER:
        found.append(Next("Brief for the chair", f"{meeting.href}brief/"))
    if meeting.state not in _OVER and may(
        standing, Action.PLAN_MEETING, concerning=meeting.concerning
    ):
        found.append(Next("Letters of invitation (Word)", f"{meeting.href}invitations.docx"))
    if meeting.state in _OVER:
        found.append(Next("What was decided", f"{meeting.href}decisions/"))
    if meeting.state in ("circulated", "approved") or (own and meeting.state in _OVER):
        found.append(Next("Minutes", f"{meeting.href}minutes/"))
    return found


def next_from_item(number: str, standing: Standing) -> Sequence[Next]:
    """From an item that still takes papers, to drafting one."""
    item = AgendaItem.objects.filter(number=number).select_related("meeting__body").first()
    if item is None or item.state not in TAKES_PAPERS:
        return ()
    codes = [*item.meeting.concerning, *standing.organisations]
    if not may(standing, Action.SUBMIT_PAPER, concerning=codes):
        return ()
    return (Next("Draft a paper for this item", f"{item.href}papers/new/"),)
