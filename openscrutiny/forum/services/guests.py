"""Every write about guests: inviting them, the address they answer at, and their own answer."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import audit
from openscrutiny.base.mail.queue import take_back, tell
from openscrutiny.base.mail.sending import server_is_set
from openscrutiny.base.models import Person, User
from openscrutiny.base.moves import note
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action, NotPermitted
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, GuestAddress, Meeting
from openscrutiny.forum.places import at_meeting
from openscrutiny.forum.services import invitations
from openscrutiny.forum.services.calendars import hash_of
from openscrutiny.forum.services.people import Newcomer, keep_needs

RULE = "meeting.guest"
# What a guest may answer: they have nobody to send.
REPLIES = (Attendance.Reply.COMING, Attendance.Reply.REMOTE, Attendance.Reply.APOLOGIES)
_REPLACED = "A newer address took its place."


@transaction.atomic
def invite_guest(
    *,
    meeting: Meeting,
    person: Person | Newcomer,
    capacity: str,
    presents: AgendaItem | None = None,
    site: str,
    by: User,
    now: datetime,
) -> tuple[Attendance, bool]:
    """Invite somebody who has no seat, and write to them where that is possible.

    Who has an account answers there. To others goes, by e-mail, an address of their own; whether it
    does is said beside the invitation.
    """
    made = invitations.add_person(
        meeting=meeting, person=person, capacity=capacity, presents=presents, by=by, now=now
    )
    writes = made.person.user_id is None and bool(made.person.email) and server_is_set()
    if writes:
        send_address(attendance=made, site=site, by=by, now=now)
    return made, writes


@transaction.atomic
def make_address(*, attendance: Attendance, by: User, now: datetime) -> str:
    """A new path at which a guest without an account answers; the one before it leads nowhere.

    It is returned once and cannot be had again. NotPossible for who sits in the body, who has an
    account, and once the meeting is over.
    """
    meeting = attendance.meeting
    note(
        "forum.guest.make_address",
        reference=meeting.reference,
        action=Action.PLAN_MEETING,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"attendance": attendance.pk},
    )
    invitations.refuse_over(meeting)
    if attendance.membership_id is not None or attendance.person.user_id is not None:
        raise NotPossible(
            "Only a guest without an account answers at an address of their own.",
            "Everybody else signs in and answers on the page of the meeting.",
        )
    secret = secrets.token_urlsafe(32)
    GuestAddress.objects.update_or_create(
        attendance=attendance, defaults={"secret_hash": hash_of(secret), "made_at": now}
    )
    return f"/invitation/{secret}/"


@transaction.atomic
def send_address(*, attendance: Attendance, site: str, by: User, now: datetime) -> None:
    """Make a new address and send it to the guest; what waited with an older one is gone.

    ``site`` is the address of these pages. The address stands in the message only until it was
    sent. NotPossible where no e-mail address is known or no mail can be sent.
    """
    path = make_address(attendance=attendance, by=by, now=now)
    person, meeting = attendance.person, attendance.meeting
    if not server_is_set() or not person.email:
        raise NotPossible(
            "No mail server is set, so nothing can be sent."
            if person.email
            else "No e-mail address is known for this person.",
            "Have the address shown instead and hand it over yourself, or record their answer.",
        )
    take_back(rule=RULE, person=person, reference=meeting.reference, problem=_REPLACED)
    local = timezone.localtime(meeting.starts_at)
    tell(
        rule=RULE,
        people=[person],
        reference=meeting.reference,
        clock_event=now.isoformat(),
        subject=f"Invitation to a meeting on {in_words(local.date())}",
        text=(
            f"You are invited to the meeting of {meeting.body.name} on "
            f"{in_words(local.date())}, {local:%H:%M}. Please say whether you come, and what you "
            "need to take part, at an address that is for you alone and works until the meeting "
            f"is over: {site}{path}"
        ),
        now=now,
        statutory=True,
        href="",
        secret=True,
    )


def guest_of(token: str, *, now: datetime) -> Attendance | None:
    """Whose invitation an address is for; None where it is wrong, replaced or out of time."""
    rows = Attendance.objects.select_related("meeting__body", "person", "presents")
    return rows.filter(
        guest_address__secret_hash=hash_of(token),
        membership=None,
        person__user=None,
        meeting__state__in=invitations.NOT_OVER,
        meeting__ends_at__gt=now,
    ).first()


@transaction.atomic
def answer_by_address(*, token: str, reply: str, needs: str, now: datetime) -> Attendance:
    """What a guest answers at their own address; ``needs`` replaces what they need if it is given.

    The record names nobody: the secret is all that is known of who answered. NotPossible where the
    address leads nowhere (any more).
    """
    attendance = guest_of(token, now=now)
    if attendance is None:
        raise NotPossible(
            "This address cannot be used.", "Ask the secretariat of the forum for a new one."
        )
    audit.record(
        "forum.meeting.reply",
        reference=attendance.meeting.reference,
        actor=None,
        acting=None,
        now=now,
        details={"reply": reply, "attendance": attendance.pk},
    )
    return _answered(attendance, reply, needs, now=now)


@transaction.atomic
def answer_as_guest(
    *, attendance: Attendance, reply: str, needs: str, by: User, now: datetime
) -> Attendance:
    """What a guest with an account answers. NotPermitted for anybody else's invitation."""
    meeting = attendance.meeting
    note(
        "forum.meeting.reply",
        reference=meeting.reference,
        action=Action.ATTEND,
        by=by,
        now=now,
        concerning=meeting.concerning,
        places=at_meeting(by, meeting),
        details={"reply": reply, "attendance": attendance.pk},
    )
    if not invitations.is_own(attendance, by):
        raise NotPermitted(
            "This invitation is somebody else's.", "Ask the secretariat of the body."
        )
    return _answered(attendance, reply, needs, now=now)


def _answered(attendance: Attendance, reply: str, needs: str, *, now: datetime) -> Attendance:
    invitations.refuse_over(attendance.meeting)
    if attendance.membership_id is not None or reply not in REPLIES:
        raise NotPossible(
            "A guest says whether they come; nobody comes in their place.",
            "Choose one of the answers that are offered.",
        )
    attendance.reply = reply
    attendance.save(update_fields=["reply"])
    if needs.strip():
        keep_needs(attendance.person, needs, now=now)
    return attendance
