"""Every write about a vote: it is opened, each seat votes once, it is closed and counted."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from openscrutiny.base.models import RoleHeld, User
from openscrutiny.base.moves import note
from openscrutiny.base.thread import concerned
from openscrutiny.core.permits import Action, NotPermitted
from openscrutiny.core.quorum import takes_casting_vote, tally
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, Ballot, Vote
from openscrutiny.forum.quorum import Room, day_of
from openscrutiny.forum.services.attendance import lock

CASTING = ("for", "against", "none")


@transaction.atomic
def open_ballot(
    *, item: AgendaItem, motion: str, named: bool = False, about: str = "", by: User, now: datetime
) -> Ballot:
    """Put a motion to the vote under the item before the meeting.

    NotPossible while another vote of the item is open, outside a meeting in session, and without a
    quorum for this item.
    """
    meeting = lock(item.meeting)
    item.refresh_from_db()
    note(
        "forum.ballot.open",
        reference=item.reference,
        action=Action.RUN_MEETING,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"named": named},
    )
    if not motion.strip():
        raise NotPossible("It is not said what is voted on.", "Write the motion in full.")
    refuse_unless_before_meeting(item, Room.of(meeting), now=now)
    if Ballot.objects.filter(item=item, closed_at=None).exists():
        raise NotPossible("Another vote on this item is open.", "Close that vote first.")
    return Ballot.objects.create(
        item=item,
        motion=motion.strip(),
        about=about or item.about,
        named=named,
        opened_at=now,
        opened_by=by,
    )


@transaction.atomic
def cast_vote(
    *, ballot: Ballot, attendance: Attendance, stance: str, by: User, now: datetime
) -> Vote:
    """Vote for one's own seat; or, by the secretariat, record the vote of somebody in the room.

    How anybody voted never stands in the audit trail. NotPossible or NotPermitted, each with its
    reason: a closed vote, a second vote, somebody who is not there, has no voting seat, stepped
    aside, or sits for or belongs to an organisation that the vote is about.
    """
    meeting = lock(ballot.item.meeting)
    ballot.refresh_from_db()
    own = attendance.person.user_id == by.pk
    note(
        "forum.ballot.vote",
        reference=ballot.item.reference,
        # Whoever records who is in the room records what somebody there says aloud.
        action=Action.VOTE if own else Action.RECORD_ATTENDANCE,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"person": attendance.person_id, "ballot": ballot.pk},
    )
    room = Room.of(meeting)
    refuse_vote(ballot, attendance, room, now=now)
    try:
        with transaction.atomic():
            return Vote.objects.create(
                ballot=ballot,
                attendance=attendance,
                stance=Vote.Stance(stance).value,
                at=now,
                recorded_by=by,
            )
    except IntegrityError:
        raise _voted_already() from None


def refuse_vote(ballot: Ballot, attendance: Attendance, room: Room, *, now: datetime) -> None:
    """Why somebody may not vote in a ballot now; nothing where they may."""
    if ballot.closed_at is not None:
        raise NotPossible(
            "This vote is closed.", "Its result stands. The chair may put another motion."
        )
    if room.stay_of(attendance, at=now) is None:
        raise NotPossible(
            "Only who is in the meeting votes, and this person is not recorded as being there.",
            "Record the arrival first, or ask the secretariat to.",
        )
    seat = room.seat_of(attendance)
    if seat is None or not seat.voting or attendance.capacity not in ("seat", "substitute"):
        raise NotPossible(
            "Only voting seats vote, and this person sits in none.",
            "What they have to say can be written down as a note.",
        )
    if attendance.person_id in room.aside_from(ballot.item):
        raise NotPossible(
            "This person stepped aside from this item, so they do not vote on it.",
            "Nothing more is needed: the vote is counted without them.",
        )
    if own := belongs_to(attendance, room) & about_whom(ballot.item, ballot.about):
        raise NotPermitted(
            "This vote is about an organisation this person sits for or belongs to "
            f"({', '.join(sorted(own))}): nobody votes on what was put to their own organisation.",
            "Record that they step aside from the item.",
        )
    if not room.counts(attendance, at=now, item=ballot.item):
        raise NotPossible(
            "Whoever holds this seat is in the meeting, so a substitute does not vote for it.",
            "The holder of the seat votes.",
        )
    refuse_second_vote(ballot, attendance)


def refuse_second_vote(ballot: Ballot, attendance: Attendance) -> None:
    """NotPossible where this person, or somebody else of the same seat, has voted."""
    if Vote.objects.filter(ballot=ballot, attendance=attendance).exists():
        raise _voted_already()
    seat = attendance.membership.seat if attendance.membership else ""
    if Vote.objects.filter(ballot=ballot, attendance__membership__seat=seat).exists():
        raise NotPossible(
            "Somebody else has voted for this seat already.", "Each seat has one vote."
        )


@transaction.atomic
def close_ballot(*, ballot: Ballot, casting: str = "", by: User, now: datetime) -> Ballot:
    """Close a vote and keep what it came to.

    Where votes are equal and the terms give who presides a second vote, ``casting`` says how it was
    given: for, against, or none. NotPossible where that is missing. Without a quorum at this moment
    the vote is closed and carries nothing.
    """
    meeting = lock(ballot.item.meeting)
    ballot.refresh_from_db()
    note(
        "forum.ballot.close",
        reference=ballot.item.reference,
        action=Action.RUN_MEETING,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"ballot": ballot.pk},
    )
    if ballot.closed_at is not None:
        raise NotPossible("This vote is closed already.", "Its result stands.")
    room = Room.of(meeting)
    stances = list(ballot.votes.values_list("stance", flat=True))
    if takes_casting_vote(room.terms.voting, stances) and casting not in CASTING:
        raise NotPossible(
            "The votes are equal, and who presides has a casting vote.",
            "Say how it was given, or that it was not.",
        )
    found = tally(room.terms.voting, stances, casting="" if casting == "none" else casting)
    quorum = room.count(at=now, item=ballot.item)
    sentence = found.sentence
    if not quorum.quorate:
        sentence = (
            f"{sentence.rstrip('.')}. It counts for nothing: when it was closed there was no "
            f"quorum. {room.sentence(quorum)}"
        )
    ballot.closed_at = now
    ballot.result = {
        "for": found.votes_for,
        "against": found.votes_against,
        "abstain": found.abstained,
        "casting": found.casting,
        "carried": found.carried and quorum.quorate,
        "sentence": sentence,
    }
    ballot.save(update_fields=["closed_at", "result"])
    return ballot


def refuse_unless_before_meeting(item: AgendaItem, room: Room, *, now: datetime) -> None:
    """NotPossible unless an item is before a meeting in session that may decide on it now."""
    if room.meeting.state != "in_session" or item.state != "opened":
        raise NotPossible(
            "This item is not before a meeting in session, so nothing is decided under it.",
            "Open the item in the meeting first.",
        )
    found = room.count(at=now, item=item)
    if not found.quorate:
        raise NotPossible(
            f"There is no quorum for this item. {room.sentence(found)}",
            "Notes can be taken. Wait until enough seats are here, or defer the item.",
        )


def about_whom(item: AgendaItem, *also: str) -> frozenset[str]:
    """Codes of the organisations that were asked in what an item or its motion is about."""
    return concerned({r for r in (item.about, *also) if r})


def belongs_to(attendance: Attendance, room: Room) -> frozenset[str]:
    """Codes of the organisations somebody sits for, belongs to, or acts for on the day."""
    person, membership = attendance.person, attendance.membership
    codes = {
        o.code for o in (person.organisation, membership.on_behalf_of if membership else None) if o
    }
    if person.user_id is not None:
        held = RoleHeld.objects.on(day_of(room.meeting))  # type: ignore[attr-defined]
        roles = held.filter(user=person.user_id)
        codes |= set(roles.values_list("organisation__code", flat=True))
    return frozenset(codes)


def _voted_already() -> NotPossible:
    return NotPossible(
        "This person has voted already, and a vote is cast once.",
        "The vote stands. Say so at once if it was recorded wrongly: the chair may vote again.",
    )
