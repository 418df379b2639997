"""Every step of a meeting while it sits, and of the items that come before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import move
from openscrutiny.core.machines.meetings import (
    DECISION_TAKEN,
    IN_SESSION,
    NEVER_QUORATE,
    NO_ITEM_OPEN,
    SOMEBODY_PRESIDES,
    WAS_QUORATE,
)
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Ballot, Meeting, Presence
from openscrutiny.forum.quorum import Room, day_of
from openscrutiny.forum.services.attendance import lock

# The steps a page of the room may offer: the others belong to planning and to the minutes.
OF_MEETING = ("open", "adjourn", "resume", "close", "close_inquorate")
OF_ITEM = ("open", "note", "decide", "reopen")


@transaction.atomic
def open_meeting(
    *, meeting: Meeting, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Open a meeting whose agenda is published, once somebody is there who may preside.

    It may be opened without a quorum: notes are taken, and nothing is decided. NotPossible before
    its day.
    """
    meeting = lock(meeting)
    if meeting.state == "agenda_published" and timezone.localtime(now).date() < day_of(meeting):
        raise NotPossible(
            f"This meeting is planned for {day_of(meeting):%-d %B %Y}, which has not come yet.",
            "Open it on its day, or move it to another day first.",
        )
    return _move(meeting, "open", by=by, now=now, reason=reason, seen=seen, opened_at=now)


@transaction.atomic
def adjourn(
    *, meeting: Meeting, by: User, now: datetime, reason: str, seen: int | None = None
) -> AuditEvent:
    """Adjourn, with the reason. No item may be open."""
    return _move(lock(meeting), "adjourn", by=by, now=now, reason=reason, seen=seen)


@transaction.atomic
def resume(
    *, meeting: Meeting, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Go on after an adjournment, once somebody is there who may preside."""
    return _move(lock(meeting), "resume", by=by, now=now, reason=reason, seen=seen)


@transaction.atomic
def close_meeting(
    *, meeting: Meeting, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Close a meeting that had a quorum. What was not opened is marked as not reached."""
    return _close(lock(meeting), "close", by=by, now=now, reason=reason, seen=seen)


@transaction.atomic
def close_inquorate(
    *, meeting: Meeting, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Close a meeting that never had a quorum. What was noted stands; nothing was decided."""
    return _close(lock(meeting), "close_inquorate", by=by, now=now, reason=reason, seen=seen)


@transaction.atomic
def open_item(
    *, item: AgendaItem, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Bring an item before the meeting. One is before it at a time."""
    return _move_item(item, "open", by=by, now=now, reason=reason, seen=seen, opened_at=now)


@transaction.atomic
def close_item_noted(
    *, item: AgendaItem, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Close an item on which nothing was decided."""
    return _move_item(item, "note", by=by, now=now, reason=reason, seen=seen, closed_at=now)


@transaction.atomic
def close_item_decided(
    *, item: AgendaItem, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Close an item under which a decision was recorded."""
    return _move_item(item, "decide", by=by, now=now, reason=reason, seen=seen, closed_at=now)


@transaction.atomic
def reopen_item(
    *, item: AgendaItem, by: User, now: datetime, reason: str, seen: int | None = None
) -> AuditEvent:
    """Bring a closed item before the meeting again, with the reason."""
    changes: dict[str, Any] = {"closed_at": None}
    if item.opened_at is None:
        changes["opened_at"] = now
    return _move_item(item, "reopen", by=by, now=now, reason=reason, seen=seen, **changes)


@transaction.atomic
def not_reach(
    *, item: AgendaItem, by: User, now: datetime, reason: str = "", seen: int | None = None
) -> AuditEvent:
    """Mark an item that the meeting did not come to."""
    return _move_item(item, "not_reach", by=by, now=now, reason=reason, seen=seen)


def facts_of_meeting(
    meeting: Meeting, *, now: datetime, room: Room | None = None
) -> dict[str, bool]:
    """What the guards of a meeting's steps in the room ask."""
    room = room or Room.of(meeting)
    quorate = room.ever_quorate(until=now)
    return {
        SOMEBODY_PRESIDES.name: room.presiding(at=now) is not None,
        NO_ITEM_OPEN.name: not _open_items(meeting).exists(),
        WAS_QUORATE.name: quorate,
        NEVER_QUORATE.name: not quorate,
    }


def facts_of_item(item: AgendaItem) -> dict[str, bool]:
    """What the guards of an item's steps in the room ask."""
    return {
        IN_SESSION.name: item.meeting.state == "in_session",
        NO_ITEM_OPEN.name: not _open_items(item.meeting).exclude(pk=item.pk).exists(),
        DECISION_TAKEN.name: item.decisions.exclude(state="not_certified").exists(),
    }


def _open_items(meeting: Meeting) -> Any:
    return AgendaItem.objects.filter(meeting=meeting, state="opened")


def _move(meeting: Meeting, event: str, *, now: datetime, **step: Any) -> AuditEvent:
    facts = facts_of_meeting(meeting, now=now)
    return move(meeting, event, now=now, concerning=meeting.concerning, facts=facts, **step)


def _close(meeting: Meeting, event: str, *, by: User, now: datetime, **step: Any) -> AuditEvent:
    room = Room.of(meeting)
    # First the meeting, so that nothing is marked where it cannot be closed.
    facts = facts_of_meeting(meeting, now=now, room=room)
    left = Presence.objects.filter(attendance__meeting=meeting, left_at=None)
    written = move(
        meeting,
        event,
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts=facts,
        details={"there_at_the_end": left.count()},
        closed_at=now,
        **step,
    )
    left.filter(arrived_at__lte=now).update(left_at=now)
    for item in AgendaItem.objects.filter(meeting=meeting, state="published"):
        # The meeting sat until this very step, so its items are marked as it closes.
        move(
            item,
            "not_reach",
            by=by,
            now=now,
            concerning=meeting.concerning,
            facts={IN_SESSION.name: True},
        )
    return written


def _move_item(item: AgendaItem, event: str, *, by: User, now: datetime, **step: Any) -> AuditEvent:
    meeting = lock(item.meeting)
    item.refresh_from_db()
    item.meeting = meeting
    if item.state == "opened" and Ballot.objects.filter(item=item, closed_at=None).exists():
        raise NotPossible(
            "A vote on this item is still open.", "Close the vote first, then the item."
        )
    return move(
        item,
        event,
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts=facts_of_item(item),
        **step,
    )
