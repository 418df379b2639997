"""Every write of what is said in the room.

A note carries a key that was made where it was written, so that one that is sent again because the
network failed is kept once.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import access
from openscrutiny.base.models import User
from openscrutiny.base.moves import note
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Meeting, RoomNote
from openscrutiny.forum.services.attendance import lock

# What was written while the network was away may arrive after the meeting was closed.
_TAKEN = ("in_session", "adjourned", "held", "inquorate", "minutes_draft")


class NoteOvertaken(NotPossible):
    """Somebody else wrote in the same note: ``theirs`` is what it says now, at ``revision``."""

    def __init__(self, theirs: str, revision: int) -> None:
        super().__init__(
            "Somebody else changed this note while you were writing in it.",
            "Both texts are shown. Put into yours what must be kept of theirs, then keep it.",
        )
        self.theirs = theirs
        self.revision = revision


@transaction.atomic
def write_note(
    *,
    meeting: Meeting,
    item: AgendaItem | None,
    key: UUID,
    text: str,
    by: User,
    now: datetime,
    seen: int = 0,
    written_at: datetime | None = None,
) -> RoomNote:
    """Keep a note of the meeting, or change one of which revision ``seen`` was seen (0: a new one).

    Sent again as it is kept, it changes nothing. NoteOvertaken where it says something else by now.
    Notes are taken whether there is a quorum or not, and until the minutes are circulated.
    """
    meeting = lock(meeting)
    found = RoomNote.objects.select_for_update().filter(key=key).first()
    text = text.strip()
    if found is not None and found.meeting_id == meeting.pk and found.text == text:
        refuse_reader(meeting, by=by, now=now)
        return found
    note(
        "forum.room.note",
        reference=meeting.reference,
        action=Action.WRITE_MINUTES,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"key": str(key), "item": item.number if item else "", "revision": seen + 1},
    )
    refuse_unless_taken_down(meeting, item)
    if not text:
        raise NotPossible("The note is empty.", "Write what was said, then keep it.")
    if found is None:
        return RoomNote.objects.create(
            meeting=meeting,
            item=item,
            key=key,
            text=text,
            written_at=_when(written_at, meeting, now=now),
            saved_at=now,
            by=by,
        )
    if found.meeting_id != meeting.pk:
        raise NotPossible("This is a note of another meeting.", "Load the page again.")
    if found.revision != seen:
        raise NoteOvertaken(found.text, found.revision)
    found.text, found.saved_at, found.by = text, now, by
    found.revision += 1
    found.save(update_fields=["text", "saved_at", "by", "revision"])
    return found


def refuse_unless_taken_down(meeting: Meeting, item: AgendaItem | None) -> None:
    """NotPossible where nothing is written down in a meeting now, or the item is not on it."""
    if meeting.state not in _TAKEN:
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so nothing is written down in it now.",
            "Notes are taken from when it is opened until its minutes are circulated. Keep your "
            "text, and ask for a correction of the minutes where it belongs there.",
        )
    if item is not None and item.meeting_id != meeting.pk:
        raise NotPossible("This item is on another agenda.", "Load the page again.")


def refuse_reader(meeting: Meeting, *, by: User, now: datetime) -> None:
    """Whoever may not write learns nothing of what is kept either."""
    access.require(
        by,
        Action.CAPTURE_ACTION,
        on=timezone.localtime(now).date(),
        concerning=meeting.concerning,
    )


def _when(written: datetime | None, meeting: Meeting, *, now: datetime) -> datetime:
    """When a note was written, as its writer's clock says, where that can be."""
    if written is None or meeting.opened_at is None:
        return now
    return written if meeting.opened_at <= written <= now else now
