"""Notes that came after the minutes were drafted: added to their text, or set aside and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from openscrutiny.core.minutes import OPENING
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Meeting, RoomNote


@dataclass(frozen=True)
class Settled:
    """What becomes of a note: ``added`` to the text, or set aside ``because``. ``revision`` is the
    one that was read."""

    key: int
    revision: int
    added: bool
    because: str = ""


def late_notes(meeting: Meeting) -> QuerySet[RoomNote]:
    """The notes nobody has dealt with since they came or were changed, oldest first."""
    return meeting.notes.exclude(settled=F("revision")).select_related("item")


def section_of(note: RoomNote, sections: Mapping[str, Any]) -> str:
    """The part of the minutes a note belongs to; the opening for one under no item of theirs."""
    return note.item.number if note.item and note.item.number in sections else OPENING


def settle(
    meeting: Meeting, settled: Sequence[Settled], *, sections: Mapping[str, str]
) -> Mapping[str, str]:
    """Mark notes as dealt with; the text of the sections with what was added at their ends.

    Call it inside the transaction that saves the text. NotPossible for a note somebody else dealt
    with or changed, and for one that is set aside without a reason.
    """
    added: dict[str, list[str]] = defaultdict(list)
    waiting = {note.pk: note for note in late_notes(meeting)}
    for one in settled:
        note = waiting.get(one.key)
        if note is None or note.revision != one.revision:
            raise NotPossible(
                "Somebody else dealt with a note, or changed it, while you were writing.",
                "What you wrote is still here. Read the notes as they are now, then save again.",
            )
        if not one.added and not one.because.strip():
            raise NotPossible(
                "A note is to be set aside, and it is not said why.",
                "Write the reason beside the note, then save again.",
            )
        note.settled = note.revision
        note.set_aside_because = "" if one.added else one.because.strip()[:300]
        note.save(update_fields=["settled", "set_aside_because"])
        if one.added:
            added[section_of(note, sections)].append(note.text.strip())
    return {
        name: "\n\n".join(filter(None, [text.rstrip(), *added[name]])) if name in added else text
        for name, text in sections.items()
    }
