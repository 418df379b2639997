"""Every write about a meeting before it sits: planned, changed, published, put off, called off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from openscrutiny.base.models import AuditEvent, Notice, Organisation, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing, move, note
from openscrutiny.base.thread import next_number
from openscrutiny.core.calendar import in_words
from openscrutiny.core.local_time import NoOneMoment, moment_of
from openscrutiny.core.machines.meetings import AGENDA_READY, NOTICE_GIVEN
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Attendance, Meeting
from openscrutiny.forum.models.meetings import TO_COME
from openscrutiny.forum.notice import notice_of
from openscrutiny.forum.services.invitations import invite_with_the_agenda
from openscrutiny.forum.services.standing_items import (
    begin_agenda,
    bring_in_what_is_due,
    publish_items,
)
from openscrutiny.forum.terms import of_body

# The steps of a meeting that are taken before it sits; the others are taken in the room and after.
BEFORE_IT_SITS = ("publish_agenda", "postpone", "cancel")


@dataclass(frozen=True)
class Arrangements:
    """What a meeting is called, when it is by the clock on the wall, where, and how to get in.

    ``joining`` is how to take part from elsewhere: for those who are invited.
    """

    heading: str
    day: date
    starts: time
    ends: time
    venue: str
    access: str = ""
    joining: str = ""

    @classmethod
    def of(cls, meeting: Meeting) -> Arrangements:
        """Those of a meeting as they stand."""
        starts, ends = (timezone.localtime(m) for m in (meeting.starts_at, meeting.ends_at))
        return cls(
            heading=meeting.heading,
            day=starts.date(),
            starts=starts.time(),
            ends=ends.time(),
            venue=meeting.venue,
            access=meeting.access,
            joining=meeting.joining,
        )

    @property
    def words(self) -> dict[str, str]:
        return {n: getattr(self, n).strip() for n in ("heading", "venue", "access", "joining")}


@transaction.atomic
def plan_meeting(
    *, body: Organisation, arrangements: Arrangements, by: User, now: datetime
) -> Meeting:
    """Plan a meeting of a body; its agenda begins with what stands on every agenda.

    NotPossible where the terms of reference of the day do not know the body, for a time that is
    over, comes twice or not at all, and (AlreadyThere) where the body meets at that time already.
    """
    number = next_number(Meeting.KIND, now=now)
    note(
        "forum.meeting.plan",
        reference=f"{Meeting.KIND}:{number}",
        action=Action.PLAN_MEETING,
        by=by,
        now=now,
        concerning=[body.code],
        details={"body": body.code, "day": str(arrangements.day)},
    )
    of_body(body.code, on=arrangements.day)
    meeting = Meeting.objects.create(
        number=number,
        state=Meeting.MACHINE.initial,
        body=body,
        **arrangements.words,
        **_free(arrangements, body, now=now),
        changed_at=now,
        created_by=by,
        created_at=now,
    )
    begin_agenda(meeting=meeting, by=by, now=now)
    return meeting


@transaction.atomic
def change_meeting(
    *, meeting: Meeting, arrangements: Arrangements, by: User, now: datetime, seen: int
) -> Meeting:
    """Change what was arranged for a meeting that has not begun, so that calendars learn of it.

    Once its agenda is published everybody who is invited is told, and its day changes only by
    postponing it, which says why. NotPossible for that, for what ``plan_meeting`` refuses and where
    nothing was changed; Overtaken where somebody was quicker.
    """
    changed = _changed(meeting, arrangements)
    moved = "day" in changed
    written = note(
        "forum.meeting.change",
        reference=meeting.reference,
        action=Action.PLAN_MEETING,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"changed": changed, **({"day": str(arrangements.day)} if moved else {})},
    )
    _refuse_change(meeting, changed)
    times = _free(arrangements, meeting.body, now=now, but=meeting)
    # A reason for short notice was given for one day, and holds for no other.
    late_reason = "" if moved else meeting.late_reason
    done = Meeting.objects.filter(pk=meeting.pk, revision=seen, state=meeting.state).update(
        **arrangements.words,
        **times,
        late_reason=late_reason,
        sequence=F("sequence") + 1,
        changed_at=now,
        revision=F("revision") + 1,
    )
    if not done:
        raise Overtaken(Meeting.MACHINE.noun)
    meeting.refresh_from_db()
    if meeting.state == "agenda_published":
        _tell_invited(meeting, written, changed, now=now)
    return meeting


@transaction.atomic
def allow_short_notice(
    *, meeting: Meeting, reason: str, by: User, now: datetime, seen: int
) -> Meeting:
    """Record the chair's reason why an agenda may go out with less notice; everybody reads it.

    NotPossible where the agenda is out already or there is time enough; ReasonMissing without one.
    """
    note(
        "forum.meeting.allow_short_notice",
        reference=meeting.reference,
        action=Action.ALLOW_LATE,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"reason": reason.strip()},
    )
    if meeting.state != "planned":
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so nothing waits for such a reason.",
            "A reason is needed only before an agenda is published.",
        )
    if not reason.strip():
        raise ReasonMissing
    if _known_to_be_enough(meeting, now):
        raise NotPossible(
            "There is notice enough if the agenda goes out today.", "Publish the agenda today."
        )
    done = Meeting.objects.filter(pk=meeting.pk, revision=seen, state=meeting.state).update(
        late_reason=reason.strip(), revision=F("revision") + 1
    )
    if not done:
        raise Overtaken(Meeting.MACHINE.noun)
    meeting.refresh_from_db()
    return meeting


@transaction.atomic
def publish_agenda(
    *, meeting: Meeting, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Publish the agenda and every item on it, with what has become due for it since it was begun.

    Where no member was invited yet, everybody who sits in the body on the day is. NotPossible for
    an empty agenda, for less notice than there must be without the chair's reason, and once the
    meeting should have begun.
    """
    written = move(
        meeting,
        "publish_agenda",
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts=facts_of(meeting, now=now),
        seen=seen,
        details=_day_of(meeting),
        agenda_published_at=now,
        sequence=F("sequence") + 1,
        changed_at=now,
    )
    if now >= meeting.starts_at:
        raise NotPossible(
            "The time of this meeting has come, and nobody could read its agenda before it.",
            "Postpone the meeting or cancel it.",
        )
    bring_in_what_is_due(meeting=meeting, action=Action.PUBLISH_AGENDA, by=by, now=now)
    publish_items(meeting=meeting, by=by, now=now)
    invite_with_the_agenda(meeting=meeting, by=by, now=now)
    return written


@transaction.atomic
def call_off(
    *,
    meeting: Meeting,
    event: str,
    reason: str,
    by: User,
    now: datetime,
    seen: int | None = None,
) -> AuditEvent:
    """Postpone or cancel a meeting, with a reason that everybody reads. Its agenda is kept.

    The day it was to be on stands in the record, so that a new date does not take it away.
    """
    if event not in ("postpone", "cancel"):
        raise ValueError(f"“{event}” does not call a meeting off.")
    return move(
        meeting,
        event,
        by=by,
        now=now,
        concerning=meeting.concerning,
        reason=reason,
        seen=seen,
        details=_day_of(meeting),
        sequence=F("sequence") + 1,
        changed_at=now,
    )


@transaction.atomic
def reschedule(
    *, meeting: Meeting, arrangements: Arrangements, by: User, now: datetime, seen: int | None
) -> AuditEvent:
    """Give a postponed meeting its new date. It is planned again, and everybody is asked again.

    NotPossible for what ``plan_meeting`` refuses. Its agenda has to be published anew, with notice
    for the new day.
    """
    written = move(
        meeting,
        "reschedule",
        by=by,
        now=now,
        concerning=meeting.concerning,
        seen=seen,
        details={"day": str(arrangements.day)},
        **arrangements.words,
        **_free(arrangements, meeting.body, now=now, but=meeting),
        late_reason="",
        sequence=F("sequence") + 1,
        changed_at=now,
    )
    meeting.attendances.update(reply=Attendance.Reply.NONE)
    return written


def move_meeting(
    *,
    meeting: Meeting,
    event: str,
    by: User,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
) -> AuditEvent:
    """A step that is taken before a meeting sits, by its name."""
    if event == "publish_agenda":
        return publish_agenda(meeting=meeting, by=by, now=now, seen=seen)
    return call_off(meeting=meeting, event=event, reason=reason, by=by, now=now, seen=seen)


def facts_of(meeting: Meeting, *, now: datetime) -> dict[str, bool]:
    """What the guards of publishing its agenda ask. One query."""
    on_it = meeting.items.filter(state__in=["scheduled", "published"])
    return {
        AGENDA_READY.name: on_it.exists(),
        NOTICE_GIVEN.name: bool(meeting.late_reason) or _known_to_be_enough(meeting, now),
    }


def _known_to_be_enough(meeting: Meeting, now: datetime) -> bool:
    try:
        return notice_of(meeting, now=now).enough
    except NotPossible:
        return False


def _free(
    said: Arrangements, body: Organisation, *, now: datetime, but: Meeting | None = None
) -> Mapping[str, datetime]:
    """When a meeting begins and ends; NotPossible where it cannot, or the body meets then."""
    zone = timezone.get_default_timezone_name()
    try:
        starts, ends = (moment_of(said.day, hour, zone) for hour in (said.starts, said.ends))
    except NoOneMoment as refusal:
        raise NotPossible(str(refusal), "Then plan it again.") from None
    if ends <= starts:
        raise NotPossible("The meeting would end before it begins.", "Correct one of the hours.")
    if starts <= now:
        raise NotPossible(
            f"{in_words(said.day)}, {said.starts:%H:%M} is over.", "Choose a time still to come."
        )
    # Whoever else plans a meeting of this body waits here, so that both cannot find it free.
    Organisation.objects.select_for_update().get(pk=body.pk)
    other = (
        Meeting.objects.taking_place()
        .filter(body=body, starts_at__lt=ends, ends_at__gt=starts)
        .exclude(pk=but.pk if but else None)
        .first()
    )
    if other is not None:
        raise AlreadyThere(
            f"{body} has another meeting at that time.",
            "Choose another time, or postpone or cancel the other meeting.",
            href=other.href,
            label=other.title,
        )
    return {"starts_at": starts, "ends_at": ends}


def _day_of(meeting: Meeting) -> dict[str, str]:
    """The day of a meeting, for the record of a step that is about that day."""
    return {"day": str(timezone.localtime(meeting.starts_at).date())}


def _changed(meeting: Meeting, said: Arrangements) -> list[str]:
    stands = Arrangements.of(meeting)
    times = [n for n in ("day", "starts", "ends") if getattr(stands, n) != getattr(said, n)]
    return times + [name for name, text in said.words.items() if text != stands.words[name]]


def _refuse_change(meeting: Meeting, changed: list[str]) -> None:
    if meeting.state not in TO_COME:
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so its arrangements are not changed.",
            "If it was postponed, set a new date.",
        )
    if "day" in changed and meeting.state == "agenda_published":
        raise NotPossible(
            "The agenda is published for this day, so people rely on it.",
            "Postpone the meeting, which says why, then set a new date.",
        )
    if not changed:
        raise NotPossible("Nothing was changed.", "Change what should be different, then save.")


def _tell_invited(
    meeting: Meeting, written: AuditEvent, changed: list[str], *, now: datetime
) -> None:
    """A notice for everybody who is invited and has an account, except who changed it."""
    invited = meeting.attendances.filter(person__user__is_active=True)
    people = invited.exclude(person__user=written.actor).values_list("person__user", flat=True)
    what = ", ".join({"starts": "beginning", "ends": "end"}.get(name, name) for name in changed)
    text = f"Meeting {meeting.number}, “{meeting.title}”, is arranged differently: {what}."
    Notice.objects.bulk_create(
        Notice(
            recipient_id=person,
            event=written.event,
            reference=written.reference,
            sequence=written.sequence,
            text=text[:400],
            at=now,
        )
        for person in sorted(set(people))
    )
