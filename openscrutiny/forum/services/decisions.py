"""Every write of the forum: recording a decision, certifying it or refusing to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import AlreadyThere, move, note
from openscrutiny.base.thread import Described, Reference, kinds, link, next_number
from openscrutiny.core.machines import MACHINES
from openscrutiny.core.machines.rows import DECIDED, PRESIDED, QUORATE, SECOND_PERSON
from openscrutiny.core.permits import Action, Held, NotPermitted, Role, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.decisions import Decisions, comes_after, settled_by, taken_with_a_quorum
from openscrutiny.forum.models import AgendaItem, Attendance, Decision, Meeting
from openscrutiny.forum.quorum import Room, day_of
from openscrutiny.forum.services.attendance import acts_as, lock
from openscrutiny.forum.services.ballots import refuse_unless_before_meeting


@transaction.atomic
def record_decision(
    *,
    item: AgendaItem,
    kind: str,
    about: str,
    settles: str,
    heading: str,
    text: str,
    by: User,
    now: datetime,
) -> Decision:
    """Record what the forum decided under the item before it. In force once it is certified.

    ``about`` is the reference of what it decides on and ``settles`` the event of that thing's state
    table it allows, or empty. The quorum of this moment for this item, who presides and the vote
    that carried it are kept with it for good. NotPossible where the meeting has no quorum, nobody
    presides or the vote was not carried, where there is no such thing or event, where another body
    than the forum would settle something, or (AlreadyThere) where such a decision already waits to
    be certified; one on what has changed since is not in the way.
    """
    meeting = lock(item.meeting)
    item.refresh_from_db()
    # The counter makes others who record wait, so that no two of one kind pass the check below.
    number = next_number(Decision.KIND, now=now)
    note(
        "forum.decision.record",
        reference=f"{Decision.KIND}:{number}",
        action=Action.RECORD_DECISION,
        by=by,
        now=now,
        details={
            "kind": Decision.Kind(kind).value,
            "about": about,
            "settles": settles,
            "item": item.number,
        },
    )
    room = _refuse_what_cannot_be_taken(item, meeting, about, settles, by=by, now=now)
    return Decision.objects.create(
        number=number,
        state=Decision.MACHINE.initial,
        kind=kind,
        about=about,
        settles=settles,
        heading=heading,
        text=text,
        decided_on=day_of(meeting),
        item=item,
        quorum={
            **room.count(at=now, item=item).frozen(room.reference.agency),
            "at": now.isoformat(),
            **_presided(room, item, now=now),
            "ballot": _vote_on(item, settles=settles, kind=kind),
        },
        recorded_by=by,
        recorded_at=now,
    )


def _refuse_what_cannot_be_taken(
    item: AgendaItem, meeting: Meeting, about: str, settles: str, *, by: User, now: datetime
) -> Room:
    """The room in which a decision is taken; the reason where it cannot be taken there now."""
    if not acts_as(by, Role.SECRETARIAT, meeting, now=now):
        raise NotPermitted(
            "This is a meeting of another body, and its own secretariat records what it decides.",
            "Ask the secretariat of that body.",
        )
    refuse_unknown(about, settles, standing=standing_of(by))
    if not settled_by(meeting.body, settles):
        raise NotPossible(
            "Only the forum itself settles this; a sub-group or a committee advises it.",
            "Record what this body advises without a step, and put it on the forum's agenda.",
        )
    _refuse_minutes_of_its_own_or_a_later_meeting(meeting, about, settles)
    room = Room.of(meeting)
    refuse_unless_before_meeting(item, room, now=now)
    already = Decisions.about([about]).waiting(about, settles)
    if already is not None:
        raise AlreadyThere(
            "A decision on this is recorded already and waits to be certified.",
            "Ask the chair to certify that one, or to refuse it.",
            href=already.href,
            label=already.title,
        )
    return room


def _refuse_minutes_of_its_own_or_a_later_meeting(
    meeting: Meeting, about: str, settles: str
) -> None:
    if settles != "approve_minutes":
        return
    of = Meeting.objects.get(number=Reference.parse(about).number)
    if not comes_after(meeting, of):
        raise NotPossible(
            "Minutes are approved at a later meeting of the same body, and this meeting is not.",
            "Record it at the next meeting, under its item about these minutes.",
        )


def _presided(room: Room, item: AgendaItem, *, now: datetime) -> dict[str, Any]:
    """Who presides over the item, as it is kept: the number of the attendance, never a name."""
    found = room.presiding(at=now, item=item)
    if found is None:
        raise NotPossible(
            "Nobody presides over this item.",
            "Record the arrival of the chair, or that a deputy presides and why.",
        )
    chair = room.holds(found, Role.CHAIR)
    return {
        "presided": found.pk,
        "presided_as": (Role.CHAIR if chair else Role.DEPUTY).value,
        "presided_because": "" if chair else found.presides_because,
    }


def _vote_on(item: AgendaItem, *, settles: str, kind: str) -> dict[str, Any]:
    """The last vote on an item as it is kept; empty where there was none, or nothing to carry."""
    last = item.ballots.order_by("-opened_at", "-pk").first()
    if last is None or (kind == Decision.Kind.NOTE and not settles):
        return {}
    if last.closed_at is None:
        raise NotPossible("A vote on this item is still open.", "Close the vote first.")
    if not last.result.get("carried"):
        raise NotPossible(
            f"The last vote on this item was not carried: {last.result.get('sentence', '')}",
            "Record that the forum noted it, or put another motion to the vote.",
        )
    return {"motion": last.motion, **last.result}


@transaction.atomic
def move_decision(
    *,
    decision: Decision,
    event: str,
    by: User,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
) -> AuditEvent:
    """Certify a decision, which nobody may who recorded it, or refuse to with a reason.

    The chair certifies, or the deputy who presided; nobody who stepped aside from the item does.

    Only a certified decision stands on the thread of what it was made on.
    """
    certifying = event == "certify"
    changes = {"certified_by": by, "certified_at": now} if certifying else {}
    written = move(
        decision,
        event,
        by=by,
        now=now,
        facts=facts_of(decision, by=by),
        reason=reason,
        seen=seen,
        **changes,
    )
    if certifying:
        link(decision.reference, decision.about, kind="decided on", by=by.pk, now=now)
    return written


def facts_of(decision: Decision, *, by: User) -> dict[str, bool]:
    """What the guards of a decision's steps ask."""
    return {
        SECOND_PERSON.name: decision.recorded_by_id != by.pk,
        QUORATE.name: taken_with_a_quorum(decision),
        PRESIDED.name: _may_certify(decision, by=by),
    }


def _may_certify(decision: Decision, *, by: User) -> bool:
    """Whether somebody is the chair, or presided over the item, and did not step aside from it."""
    if decision.item is None:
        return False
    meeting = decision.item.meeting
    own = Attendance.objects.filter(meeting=meeting, person__user=by).first()
    if own is not None and decision.item.recusals.filter(attendance=own).exists():
        return False
    if Held(Role.CHAIR, meeting.body.code) in standing_of(by).held:
        return True
    return own is not None and decision.quorum.get("presided") == own.pk


def refuse_unknown(about: str, settles: str, *, standing: Standing) -> Described:
    """What a decision is about; NotPossible where there is no such thing, or nothing to settle."""
    try:
        reference = Reference.parse(about)
    except ValueError as error:
        raise NotPossible(str(error), _BEGIN) from None
    kind = kinds().get(reference.kind)
    known = kind.describe([reference.number], standing) if kind is not None else {}
    thing = known.get(reference.number)
    if thing is None or not thing.visible:
        raise NotPossible(f"There is nothing called {about} to decide on.", _BEGIN)
    if settles and settles not in settled_by_decision(reference.kind):
        raise NotPossible(f"Nothing called “{settles}” waits for a decision on {about}.", _BEGIN)
    return thing


def settled_by_decision(kind: str) -> dict[str, str]:
    """The events of a kind of thing that take a decision of the forum, with their labels."""
    return {
        row.event: row.label
        for machine in MACHINES
        if machine.name == kind
        for row in machine.transitions
        if DECIDED in row.guards
    }


_BEGIN = "Begin from the page of what was decided on."
