"""What meetings to come ask of people, and the way from a thing onto an agenda."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from openscrutiny.base.thread import Next
from openscrutiny.base.work import Pile, WorkItem, few, rows_waiting
from openscrutiny.core.calendar import in_words
from openscrutiny.core.notice import ClearDays
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting
from openscrutiny.forum.models.meetings import TO_COME
from openscrutiny.forum.notice import next_meeting_by, notice_of

# From how many days before the last day for its agenda a meeting stands in the secretariat's work.
_NEAR = timedelta(days=14)
_TOOK_PLACE = ("held", "minutes_draft", "circulated", "approved", "in_session", "adjourned")


def put_on_an_agenda(kind: str) -> Callable[[str, Standing], Sequence[Next]]:
    """From a thing of a kind an item about it may be proposed."""

    def next_from_it(number: str, standing: Standing) -> Sequence[Next]:
        if not _bodies(standing, Action.PROPOSE_ITEM):
            return ()
        return (Next("Put on an agenda", f"/meetings/items/new/?about={kind}:{number}"),)

    return next_from_it


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What meetings to come wait for from this person. At most six queries, however many there are.

    The notice is counted by the terms of reference of today, as a reminder and no more.
    """
    planning = _bodies(standing, Action.PLAN_MEETING)
    allowing = _bodies(standing, Action.ALLOW_LATE)
    yield few(_invitations(user, now))
    if not (planning or allowing):
        return
    try:
        today = terms.in_force(timezone.localtime(now).date())
    except NotPossible:
        return
    waiting = Meeting.objects.filter(
        state__in=[*TO_COME, "postponed"], body__code__in=[*planning, *allowing]
    )
    meetings = list(waiting.select_related("body"))
    yield few(
        item
        for meeting in meetings
        for item in _of_meeting(meeting, today, planning=planning, allowing=allowing, now=now)
    )
    yield _items_waiting(planning, allowing)
    yield few(_not_planned(meetings, today, planning, now))


def _bodies(standing: Standing, action: Action) -> list[str]:
    codes = sorted(standing.organisations)
    return [c for c in codes if may(standing, action, concerning=[c])]


def _invitations(user: Any, now: datetime) -> Iterable[WorkItem]:
    rows = Attendance.objects.filter(
        person__user=user,
        reply=Attendance.Reply.NONE,
        meeting__state__in=TO_COME,
        meeting__starts_at__gt=now,
    ).select_related("meeting")
    for row in rows:
        meeting = row.meeting
        yield WorkItem(
            meeting.reference,
            meeting.title,
            f"{meeting.href}#answer",
            "Say whether you will attend",
            timezone.localtime(meeting.starts_at).date(),
        )


def _of_meeting(
    meeting: Meeting,
    today: TermsOfReference,
    *,
    planning: Sequence[str],
    allowing: Sequence[str],
    now: datetime,
) -> Iterable[WorkItem]:
    code = meeting.body.code
    if meeting.state == "postponed":
        if code in planning:
            yield _item(meeting, "Set a new date, or cancel it", place="new-date/")
        return
    if meeting.state != "planned" or meeting.starts_at <= now:
        return
    notice = _notice(meeting, today, now)
    if notice is None or meeting.late_reason:
        return
    if not notice.enough and code in allowing:
        yield _item(
            meeting,
            "Decide whether its agenda may go out late, and record why",
            place="short-notice/",
        )
    if code in planning and notice.given_on >= notice.latest - _NEAR:
        last = in_words(notice.latest)
        words = (
            f"Publish the agenda by {last}, so that there is notice enough"
            if notice.enough
            else f"The agenda was to go out by {last}. Ask the chair to record why it is late"
        )
        yield _item(meeting, words, due_on=notice.latest)


def _items_waiting(planning: Sequence[str], allowing: Sequence[str]) -> Pile:
    """Proposed items of meetings to come: late ones wait for the chair, others for an officer."""
    late = Q(meeting__state="agenda_published", late_reason="")
    mine = (late & Q(meeting__body__code__in=allowing)) | (
        ~late & Q(meeting__body__code__in=planning)
    )
    rows = AgendaItem.objects.filter(mine, state="proposed", meeting__state__in=TO_COME)
    return rows_waiting(rows.select_related("meeting"), _of_items)


def _of_items(rows: Iterable[AgendaItem]) -> Iterable[WorkItem]:
    for item in rows:
        if item.meeting.state == "agenda_published" and not item.late_reason:
            words = "Decide whether this late item may be taken, and record why"
            yield WorkItem(item.reference, item.title, f"{item.href}late/", words)
        else:
            words = "Put it on the agenda, or withdraw it"
            yield WorkItem(item.reference, item.title, item.href, words)


def _not_planned(
    meetings: Sequence[Meeting], today: TermsOfReference, planning: Sequence[str], now: datetime
) -> Iterable[WorkItem]:
    """Bodies of which no meeting is to come: by when the next must be, by their terms."""
    to_come = {m.body.code for m in meetings if m.state != "postponed" and m.ends_at > now}
    lacking = [b for b in today.bodies if b.code in planning and b.code not in to_come]
    if not lacking:
        return
    took_place = Meeting.objects.filter(
        body__code__in=[b.code for b in lacking], state__in=_TOOK_PLACE
    )
    last = dict(took_place.order_by().values_list("body__code").annotate(Max("starts_at")))
    for body in lacking:
        met = last.get(body.code)
        by = next_meeting_by(timezone.localtime(met).date(), body.meetings_a_year) if met else None
        times = "once" if body.meetings_a_year == 1 else f"{body.meetings_a_year} times"
        yield WorkItem(
            f"organisation:{body.code}",
            f"Next meeting of {today.organisation(body.code).name}",
            "/meetings/new/",
            f"Plan the next meeting: this body meets {times} a year, and none is planned",
            by,
        )


def _notice(meeting: Meeting, today: TermsOfReference, now: datetime) -> ClearDays | None:
    try:
        return notice_of(meeting, now=now, by=today)
    except NotPossible:
        return None


def _item(meeting: Meeting, to_do: str, *, place: str = "", due_on: date | None = None) -> WorkItem:
    return WorkItem(meeting.reference, meeting.title, f"{meeting.href}{place}", to_do, due_on)
