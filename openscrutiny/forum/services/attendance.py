"""Every write about who is in the room: who came, left, presides or steps aside; corrections."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import access
from openscrutiny.base.models import Person, User
from openscrutiny.base.moves import ReasonMissing, note
from openscrutiny.core.permits import Action, Held, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import (
    AgendaItem,
    Attendance,
    Meeting,
    Membership,
    Presence,
    Recusal,
    Vote,
)
from openscrutiny.forum.quorum import Room, day_of

# People come before the meeting is opened, and are still there while it is adjourned.
_COMING = ("agenda_published", "in_session", "adjourned")
# A time can be put right until the minutes that tell of it are approved.
_CORRECTED = (*_COMING, "held", "inquorate", "minutes_draft", "circulated")
_BEFORE_CLOSING = ("published", "opened")


def lock(meeting: Meeting) -> Meeting:
    """The meeting as it stands, kept from everybody else until this transaction ends.

    What is decided in a room rests on who is in it, so all that is written of one takes turns.
    """
    rows = Meeting.objects.select_related("body").select_for_update(of=("self",))
    return rows.get(pk=meeting.pk)


@transaction.atomic
def record_arrival(
    *,
    meeting: Meeting,
    person: Person,
    membership: Membership | None = None,
    capacity: str = "",
    remote: bool = False,
    at: datetime | None = None,
    key: UUID | None = None,
    by: User,
    now: datetime,
) -> Presence:
    """Record that somebody came, to the room or from elsewhere, now or at an earlier moment.

    Sent again with the same ``key``, it changes nothing.

    Who was not expected is taken down as coming in a seat (``membership``) or in another
    ``capacity``. NotPossible for somebody who is there already, for a time to come or one that
    another stay of theirs covers, and for a membership of another body or another day. Whose seat
    ended since they were invited comes as an observer.
    """
    meeting = lock(meeting)
    at = at or now
    taken = _taken(meeting, by=by, now=now, arrival_key=key)
    if taken is not None:
        return taken
    _refuse_state(meeting, _COMING)
    attending = Attendance.objects.filter(meeting=meeting, person=person).first()
    _write(
        "arrive",
        meeting,
        by=by,
        now=now,
        details={"person": person.pk, "at": at.isoformat(), "remote": remote},
    )
    if attending is None:
        attending = _expected(meeting, person, membership, capacity)
    _without_seat_that_ended(attending, meeting)
    _refuse_time(attending, at, None, now=now)
    return Presence.objects.create(
        attendance=attending, remote=remote, arrived_at=at, arrival_key=key
    )


@transaction.atomic
def record_departure(
    *,
    attendance: Attendance,
    at: datetime | None = None,
    key: UUID | None = None,
    by: User,
    now: datetime,
) -> Presence:
    """Record that somebody left. NotPossible where they are not there, or for a time to come.

    Sent again with the same ``key``, it changes nothing.
    """
    meeting = lock(attendance.meeting)
    at = at or now
    taken = _taken(meeting, by=by, now=now, departure_key=key)
    if taken is not None:
        return taken
    _refuse_state(meeting, _COMING)
    _write(
        "leave",
        meeting,
        by=by,
        now=now,
        details={"person": attendance.person_id, "at": at.isoformat()},
    )
    stay = Presence.objects.filter(attendance=attendance, left_at=None).first()
    if stay is None:
        raise NotPossible(
            "This person is not recorded as being in the meeting.",
            "Record the arrival first, with the time at which they came.",
        )
    _refuse_time(attendance, stay.arrived_at, at, now=now, but=stay)
    stay.left_at, stay.departure_key = at, key
    stay.save(update_fields=["left_at", "departure_key"])
    return stay


@transaction.atomic
def correct_presence(
    *,
    presence: Presence,
    arrived_at: datetime,
    left_at: datetime | None,
    reason: str,
    by: User,
    now: datetime,
) -> Presence:
    """Put a wrong time right. What was recorded before stays in the audit trail, with the reason.

    Decisions that were recorded keep the count they were taken with.
    """
    meeting = lock(presence.attendance.meeting)
    _refuse_state(meeting, _CORRECTED)
    if not reason.strip():
        raise ReasonMissing
    presence.refresh_from_db()
    was = {"arrived": presence.arrived_at.isoformat(), "left": _iso(presence.left_at)}
    _write(
        "correct",
        meeting,
        by=by,
        now=now,
        details={
            "person": presence.attendance.person_id,
            "arrived_was": was["arrived"],
            "left_was": was["left"],
            "arrived": arrived_at.isoformat(),
            "left": _iso(left_at),
            "reason": reason.strip(),
        },
    )
    if left_at is None and meeting.closed_at is not None:
        raise NotPossible(
            "The meeting is closed, so everybody has left.", "Write when they left as well."
        )
    _refuse_time(presence.attendance, arrived_at, left_at, now=now, but=presence)
    presence.arrived_at, presence.left_at = arrived_at, left_at
    presence.save(update_fields=["arrived_at", "left_at"])
    return presence


@transaction.atomic
def preside(
    *, meeting: Meeting, attendance: Attendance, because: str, by: User, now: datetime
) -> Attendance:
    """Record that a deputy presides and why: the chair is not there, or stepped aside.

    The chair presides by being there, so nothing is recorded of that. NotPossible while the chair
    is there and has not stepped aside from the item before the meeting, for somebody who is no
    deputy of the body, and for one who is not there.
    """
    meeting = lock(meeting)
    _refuse_state(meeting, _COMING)
    room = Room.of(meeting)
    if not because.strip():
        raise ReasonMissing
    note(
        "forum.room.preside",
        reference=meeting.reference,
        action=Action.RUN_MEETING,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"person": attendance.person_id, "reason": because.strip()},
    )
    open_item = AgendaItem.objects.filter(meeting=meeting, state="opened").first()
    found = room.attending(attendance.pk)
    if found is None or not room.holds(found, Role.DEPUTY):
        raise NotPossible(
            "This person is not a deputy chair of this body.",
            "Choose a deputy chair, or ask the administrator to give the role.",
        )
    if room.stay_of(found, at=now) is None:
        raise NotPossible(
            "This person is not in the meeting.", "Record the arrival first, then who presides."
        )
    chair = room.presiding(at=now, item=open_item)
    if chair is not None and room.holds(chair, Role.CHAIR):
        raise NotPossible(
            "The chair is in the meeting and presides.",
            "A deputy presides while the chair is away or has stepped aside from the item.",
        )
    if found.person_id in room.aside_from(open_item):
        raise NotPossible(
            "This person has stepped aside from the item before the meeting.",
            "Choose another deputy chair, or defer the item.",
        )
    attendance.presides_because = because.strip()
    attendance.save(update_fields=["presides_because"])
    return attendance


@transaction.atomic
def recuse(
    *, item: AgendaItem, attendance: Attendance, reason: str, by: User, now: datetime
) -> Recusal:
    """Record that somebody steps aside from an item: said by themselves or by the secretariat.

    They count for no quorum and no vote of it. NotPossible once the item is closed, once they voted
    on it, and a second time.
    """
    meeting = lock(item.meeting)
    item.refresh_from_db()
    _refuse_state(meeting, _COMING)
    if not reason.strip():
        raise ReasonMissing
    note(
        "forum.item.recuse",
        reference=item.reference,
        action=Action.RECUSE,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"person": attendance.person_id},
    )
    if attendance.person.user_id != by.pk and not acts_as(by, Role.SECRETARIAT, meeting, now=now):
        raise NotPermitted(
            "You can step aside for yourself alone.",
            "The secretariat records it for somebody else.",
        )
    if attendance.meeting_id != meeting.pk:
        raise NotPossible(
            "This person is not expected at this meeting.", "Record the arrival first."
        )
    if item.state not in _BEFORE_CLOSING:
        raise NotPossible(
            f"This item is {item.state_in_words}, so nobody can step aside from it now.",
            "Open the item again first, with the reason.",
        )
    if Recusal.objects.filter(item=item, attendance=attendance).exists():
        raise NotPossible(
            "This person has stepped aside from this item already.", "Nothing more is needed."
        )
    if Vote.objects.filter(ballot__item=item, attendance=attendance).exists():
        raise NotPossible(
            "This person has voted on this item already.",
            "Write down in a note what is to be known of their interest; the chair decides.",
        )
    return Recusal.objects.create(
        item=item, attendance=attendance, reason=reason.strip(), at=now, recorded_by=by
    )


def acts_as(user: User, role: Role, meeting: Meeting, *, now: datetime) -> bool:
    """Whether somebody holds a role for the body of a meeting today."""
    standing = access.standing_of(user, on=timezone.localtime(now).date())
    return Held(role, meeting.body.code) in standing.held


def _without_seat_that_ended(attending: Attendance, meeting: Meeting) -> None:
    """Have somebody observe who was invited in a seat and has left it before the meeting.

    They are there, and count for no quorum, no vote and nobody's voice.
    """
    seat = attending.membership
    if seat is None or seat.until is None or seat.until >= day_of(meeting):
        return
    attending.membership, attending.capacity = None, Attendance.Capacity.OBSERVER
    attending.save(update_fields=["membership", "capacity"])


def _expected(
    meeting: Meeting, person: Person, membership: Membership | None, capacity: str
) -> Attendance:
    """Take down somebody who came without having been expected."""
    if membership is not None:
        day = day_of(meeting)
        ended = membership.until is not None and membership.until < day
        if membership.body_id != meeting.body_id or membership.since > day or ended:
            raise NotPossible(
                "This person holds no seat of this body on the day of the meeting.",
                "Record them as an observer or as somebody who presents.",
            )
        if membership.person_id != person.pk:
            raise NotPossible("This seat is somebody else's.", "Choose the person again.")
        standing_in = membership.substitute_for_id is not None
        capacity = Attendance.Capacity.SUBSTITUTE if standing_in else Attendance.Capacity.SEAT
    elif capacity not in ("secretariat", "presenter", "observer"):
        raise NotPossible(
            "It is not said as what this person comes.",
            "Choose a seat, the secretariat, a presenter or an observer.",
        )
    return Attendance.objects.create(
        meeting=meeting, person=person, membership=membership, capacity=capacity
    )


def _taken(meeting: Meeting, *, by: User, now: datetime, **key: UUID | None) -> Presence | None:
    """What was recorded with this key already, for somebody who may record it."""
    if None in key.values():
        return None
    found = Presence.objects.filter(attendance__meeting=meeting, **key).first()
    if found is not None:
        access.require(
            by,
            Action.RECORD_ATTENDANCE,
            on=timezone.localtime(now).date(),
            concerning=meeting.concerning,
        )
    return found


def _refuse_state(meeting: Meeting, states: tuple[str, ...]) -> None:
    if meeting.state not in states:
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so nothing about who is in the room can be "
            "recorded.",
            "Look at the page of the meeting for what can be done.",
        )


def _refuse_time(
    attendance: Attendance,
    arrived: datetime,
    left: datetime | None,
    *,
    now: datetime,
    but: Presence | None = None,
) -> None:
    """NotPossible for times that cannot be, or that another stay of the same person covers."""
    # Somebody who writes down the minute of now may be some seconds ahead of us.
    if max(arrived, left or arrived) > now + timedelta(minutes=1):
        raise NotPossible("That time has not come yet.", "Write a time that is past, or none.")
    if timezone.localtime(arrived).date() < day_of(attendance.meeting):
        raise NotPossible(
            "That is before the day of the meeting.", "Write the time at which they came."
        )
    if left is not None and left < arrived:
        raise NotPossible("They would have left before they came.", "Correct one of the times.")
    others = Presence.objects.filter(attendance=attendance)
    for other in others.exclude(pk=but.pk) if but else others:
        begins_later = left is not None and left <= other.arrived_at
        ended_before = other.left_at is not None and other.left_at <= arrived
        if not (begins_later or ended_before):
            raise NotPossible(
                "This person is recorded as being in the meeting at that time already.",
                "Record that they left first, or correct the times that are there.",
            )


def _write(
    verb: str, meeting: Meeting, *, by: User, now: datetime, details: dict[str, Any]
) -> None:
    note(
        f"forum.room.{verb}",
        reference=meeting.reference,
        action=Action.RECORD_ATTENDANCE,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details=details,
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
