"""Bringing in an older record of meetings: all of a file or nothing, edition by edition."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import access, audit
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import User
from openscrutiny.base.moves import note
from openscrutiny.base.thread import next_number
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import ArchivedMeeting
from openscrutiny.forum.older_record import Entry, OlderRecord, read_record

_FIELDS = tuple(Entry.__dataclass_fields__)


class Becomes(StrEnum):
    """What a file becomes: of a record nobody knew yet, after it, the same again, or an old one."""

    FIRST = "first"
    CORRECTED = "corrected"
    SAME = "same"
    OLDER = "older"


@dataclass(frozen=True)
class BroughtIn:
    """What a file became, or would become: the edition it is, and how its entries differ."""

    record: str
    becomes: Becomes
    edition: int
    entries: tuple[Entry, ...]
    changed: int

    @property
    def words(self) -> str:
        many = f"{len(self.entries):,} meeting{'s' if len(self.entries) != 1 else ''}"
        return {
            Becomes.FIRST: f"The record “{self.record}” is new: {many}.",
            Becomes.CORRECTED: (
                f"Edition {self.edition} of “{self.record}”: {many}, of which {self.changed:,} "
                "were not so in the edition before. That one is kept."
            ),
            Becomes.SAME: f"“{self.record}” says the same already. Nothing is changed.",
            Becomes.OLDER: (
                f"This is edition {self.edition} of “{self.record}”, and a later one took its "
                "place. Nothing is changed."
            ),
        }[self.becomes]


def would_become(content: bytes, *, record: str, now: datetime) -> BroughtIn:
    """What a file would become, without keeping it. BadRecord for one that cannot be read.

    A record is known by its name. A file that says of every meeting what the newest edition says is
    the same again, whatever its bytes; one whose bytes are those of an earlier edition is that one;
    any other is a corrected file, and becomes the next edition of the whole record.
    """
    return _compared(read_record(content, today=timezone.localtime(now).date()), record)


@transaction.atomic
def bring_in(content: bytes, *, record: str, by: User | None, now: datetime) -> BroughtIn:
    """Keep all of a file as an edition of a record, or nothing of it.

    BadRecord says what is wrong, by entry and field. ``by`` is None for whoever keeps the product's
    own machine and gives the command there.
    """
    found = read_record(content, today=timezone.localtime(now).date())
    # The counter makes others who bring in wait, so that no two become one edition.
    next_number("archive", now=now)
    became = _compared(found, record)
    said = {"edition": became.edition, "meetings": len(found.entries)}
    event, reference = "forum.archive.bring_in", f"archive:{record}"
    if by is not None:
        own = standing_of(by).organisations
        access.require(by, Action.BRING_IN_RECORD, concerning=own)
    if became.becomes in (Becomes.SAME, Becomes.OLDER):
        return became
    if by is None:
        audit.record(event, reference=reference, actor=None, acting=None, now=now, details=said)
    else:
        note(
            event,
            reference=reference,
            action=Action.BRING_IN_RECORD,
            by=by,
            now=now,
            concerning=own,
            details=said,
        )
    ArchivedMeeting.objects.bulk_create(
        ArchivedMeeting(
            record=record,
            edition=became.edition,
            source=found.sha256,
            brought_in_at=now,
            **{**asdict(entry), **_lists(entry)},
        )
        for entry in found.entries
    )
    return became


def _lists(entry: Entry) -> dict[str, list[str]]:
    names = ("present", "apologies", "items", "outcomes")
    return {name: list(getattr(entry, name)) for name in names}


def _compared(found: OlderRecord, record: str) -> BroughtIn:
    if not record or len(record) > 60:
        raise NotPossible("The record has no name.", "Give it a short one, such as older-forum.")
    kept = ArchivedMeeting.objects.filter(record=record)
    newest = kept.newest().order_by("place")  # type: ignore[attr-defined]
    before = [_as_entry(row) for row in newest]
    edition = newest[0].edition if before else 0
    changed = len(set(found.entries) - set(before))
    if before == list(found.entries):
        return BroughtIn(record, Becomes.SAME, edition, found.entries, 0)
    earlier = kept.filter(source=found.sha256).values_list("edition", flat=True).first()
    if earlier is not None:
        return BroughtIn(record, Becomes.OLDER, earlier, found.entries, changed)
    becomes = Becomes.CORRECTED if before else Becomes.FIRST
    return BroughtIn(record, becomes, edition + 1, found.entries, changed)


def _as_entry(row: ArchivedMeeting) -> Entry:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Entry(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
