"""Every write about who is invited to a meeting and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from openscrutiny.base.models import Person, User
from openscrutiny.base.moves import note
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Membership
from openscrutiny.forum.models.meetings import TO_COME
from openscrutiny.forum.places import at_meeting
from openscrutiny.forum.services import people
from openscrutiny.forum.services.people import Newcomer

# Until then people are invited and answer.
NOT_OVER = (*TO_COME, "in_session", "adjourned")

_SEATED = (Attendance.Capacity.SEAT, Attendance.Capacity.SUBSTITUTE)


@transaction.atomic
def invite(
    *, meeting: Meeting, by: User, now: datetime, with_substitutes: bool = False
) -> list[Attendance]:
    """Invite everybody who sits in the body on the day of the meeting and is not invited yet.

    With their substitutes where asked. Somebody in two seats is invited once. NotPossible where
    nobody is left to invite, and for a meeting that is called off or over.
    """
    _note("forum.meeting.invite", meeting, action=Action.PLAN_MEETING, by=by, now=now)
    refuse_over(meeting)
    made = [_attendance(meeting, m) for m in to_invite(meeting, with_substitutes=with_substitutes)]
    if not made:
        raise NotPossible(
            "Everybody who sits in this body on that day is invited already, or nobody does.",
            "Fill the seats of the body first, or add somebody who does not sit in it.",
        )
    return made


def to_invite(meeting: Meeting, *, with_substitutes: bool = False) -> list[Membership]:
    """Who sits in the body on the day of a meeting and is not invited yet, each person once.

    Two queries.
    """
    day = timezone.localtime(meeting.starts_at).date()
    sitting = Membership.objects.on(day).filter(body=meeting.body)  # type: ignore[attr-defined]
    if not with_substitutes:
        sitting = sitting.filter(substitute_for=None)
    invited = set(meeting.attendances.values_list("person", flat=True))
    found: dict[int, Membership] = {}
    # Who has a seat comes before who only stands in for somebody.
    for membership in sorted(sitting, key=lambda m: (m.substitute_for_id is not None, m.pk)):
        if membership.person_id not in invited:
            found.setdefault(membership.person_id, membership)
    return list(found.values())


def nobody_in_a_seat_is_invited(meeting: Meeting) -> bool:
    """Whether no member was invited yet; who comes to present or to observe is none. A query."""
    return not meeting.attendances.filter(capacity__in=_SEATED).exists()


@transaction.atomic
def invite_with_the_agenda(*, meeting: Meeting, by: User, now: datetime) -> int:
    """Invite whoever sits in the body on the day, where no member was invited before.

    Call it in the transaction that publishes the agenda. Returns how many were invited; nobody
    where the seats are empty, which keeps no agenda back.
    """
    waiting = to_invite(meeting) if nobody_in_a_seat_is_invited(meeting) else []
    if waiting:
        _note("forum.meeting.invite", meeting, action=Action.PUBLISH_AGENDA, by=by, now=now)
        for membership in waiting:
            _attendance(meeting, membership)
    return len(waiting)


@transaction.atomic
def add_person(
    *,
    meeting: Meeting,
    person: Person | Newcomer,
    capacity: str,
    presents: AgendaItem | None = None,
    by: User,
    now: datetime,
) -> Attendance:
    """Invite somebody who has no seat: to present or answer, to observe, or from the secretariat.

    ``presents`` is the item they come for. NotPossible for somebody who is invited already, in a
    seat (seats are filled elsewhere), and for an item of another meeting.
    """
    _note("forum.meeting.add_person", meeting, action=Action.PLAN_MEETING, by=by, now=now)
    refuse_over(meeting)
    if capacity in _SEATED:
        raise NotPossible(
            "Nobody is put in a seat by an invitation.",
            "Give them the seat first, or make them a named substitute.",
        )
    if presents is not None and presents.meeting_id != meeting.pk:
        raise NotPossible(
            "This item is on the agenda of another meeting.", "Choose an item of this one."
        )
    if isinstance(person, Newcomer):
        person = people.add_person(newcomer=person, body=meeting.body, by=by, now=now)
    if meeting.attendances.filter(person=person).exists():
        raise NotPossible("This person is invited already.", "Look for them in the list.")
    return Attendance.objects.create(
        meeting=meeting, person=person, capacity=capacity, presents=presents
    )


@transaction.atomic
def answer(
    *,
    attendance: Attendance,
    reply: str,
    substitute: Membership | None = None,
    by: User,
    now: datetime,
) -> Attendance:
    """Say whether somebody will attend: they themselves, or the secretariat for them.

    A substitute who is sent is invited at once. NotPossible once the meeting is over, for a person
    who is no named substitute of that seat, and for a substitute of a substitute.
    """
    meeting = attendance.meeting
    action = Action.ATTEND if is_own(attendance, by) else Action.RECORD_ATTENDANCE
    _note(
        "forum.meeting.reply",
        meeting,
        action=action,
        by=by,
        now=now,
        reply=str(reply),
        attendance=attendance.pk,
    )
    refuse_over(meeting)
    sends = reply == Attendance.Reply.SUBSTITUTE
    if sends:
        _refuse_substitute(attendance, substitute)
    _call_back(attendance, keep=substitute if sends else None)
    attendance.reply = reply
    attendance.save(update_fields=["reply"])
    if sends:
        assert substitute is not None
        if not meeting.attendances.filter(membership=substitute).exists():
            _attendance(meeting, substitute)
    return attendance


def is_own(attendance: Attendance, user: Any) -> bool:
    """Whether an invitation is somebody's own. Without an account nobody is anybody."""
    return attendance.person.user_id is not None and attendance.person.user_id == user.pk


def may_send(attendance: Attendance) -> list[Membership]:
    """The named substitutes of the day of the meeting whom somebody in a seat may send. A query."""
    seat = attendance.membership
    if seat is None or seat.substitute_for_id is not None:
        return []
    day = timezone.localtime(attendance.meeting.starts_at).date()
    named = Membership.objects.on(day).filter(substitute_for=seat)  # type: ignore[attr-defined]
    return list(named.select_related("person"))


def _attendance(meeting: Meeting, membership: Membership) -> Attendance:
    stands_in = membership.substitute_for_id is not None
    return Attendance.objects.create(
        meeting=meeting,
        person_id=membership.person_id,
        membership=membership,
        capacity=Attendance.Capacity.SUBSTITUTE if stands_in else Attendance.Capacity.SEAT,
    )


def refuse_over(meeting: Meeting) -> None:
    """NotPossible for a meeting that is over or called off."""
    if meeting.state not in NOT_OVER:
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so nobody is invited and nobody answers.",
            "If it gets a new date, everybody is asked again.",
        )


def _refuse_substitute(attendance: Attendance, substitute: Membership | None) -> None:
    if attendance.capacity == Attendance.Capacity.SUBSTITUTE:
        raise NotPossible(
            "A substitute cannot send a substitute.",
            "Send apologies, so that the holder of the seat can find another one.",
        )
    if substitute is None or substitute not in may_send(attendance):
        raise NotPossible(
            "Only a named substitute of this seat can be sent.",
            "Choose one of them, or ask the secretariat to name somebody.",
        )
    taken = attendance.meeting.attendances.filter(person=substitute.person_id)
    if taken.exclude(membership=substitute).exists():
        raise NotPossible(
            "This substitute is invited on their own account already.",
            "Choose another substitute, or send apologies.",
        )


def _call_back(attendance: Attendance, *, keep: Membership | None) -> None:
    """Take back the invitation of a substitute who is needed no more, if they have not come yet."""
    seat = attendance.membership_id
    if seat is None or attendance.reply != Attendance.Reply.SUBSTITUTE:
        return
    sent = attendance.meeting.attendances.filter(membership__substitute_for=seat)
    if keep is not None:
        sent = sent.exclude(membership=keep)
    if sent.filter(presences__isnull=False).exists():
        raise NotPossible(
            "The substitute is in the meeting already.", "Record first that they have left."
        )
    sent.delete()


def _note(
    event: str, meeting: Meeting, *, action: Action, by: User, now: datetime, **details: object
) -> None:
    own = action is Action.ATTEND
    note(
        event,
        reference=meeting.reference,
        action=action,
        by=by,
        now=now,
        concerning=meeting.concerning,
        places=at_meeting(by, meeting) if own else (),
        details=details,
    )
