"""The pages of the archive: meetings from before the forum kept its record here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Action
from openscrutiny.forum.models import ArchivedMeeting


@dataclass(frozen=True)
class ArchivedLine:
    """A meeting of the archive in its list."""

    href: str
    year: int
    held: str
    body: str
    kind: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class ArchivePage:
    """The archive, newest first, and whether the person may bring in a record."""

    listed: Listed
    may_bring_in: bool


@dataclass(frozen=True)
class ArchivedPage:
    """One meeting as an older record tells of it.

    What is empty was not recorded. ``newer`` is the address of the record's newest edition of this
    meeting's place, empty on the newest itself.
    """

    row: ArchivedMeeting
    held: str
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    newer: str
    editions: tuple[tuple[int, datetime], ...]


def archive_page(user: Any, asked: Asked) -> ArchivePage:
    """The newest edition of every record, by year."""
    rows = ArchivedMeeting.objects.newest()
    names = rows.order_by("record").values_list("record", flat=True).distinct()
    own = standing_of(user).organisations
    return ArchivePage(
        listed(rows, by="record", labels={n: n for n in names}, asked=asked, lines=_lines),
        allows(user, Action.BRING_IN_RECORD, concerning=own),
    )


def archived_page(record: str, edition: int, place: int) -> ArchivedPage | None:
    """One meeting of one edition; None where there is none."""
    row = ArchivedMeeting.objects.filter(record=record, edition=edition, place=place).first()
    if row is None:
        return None
    same = ArchivedMeeting.objects.filter(record=record)
    editions = same.order_by("edition").values_list("edition", "brought_in_at").distinct()
    last = max(number for number, _ in editions)
    return ArchivedPage(
        row=row,
        held=held_in_words(row.held),
        lists=(
            ("Who was there", tuple(row.present)),
            ("Who sent apologies", tuple(row.apologies)),
            ("What was on the agenda", tuple(row.items)),
            ("What was decided or promised", tuple(row.outcomes)),
        ),
        newer="/archive/" if last > edition else "",
        editions=tuple(editions),
    )


def held_in_words(held: str) -> str:
    """``21 September 2004``, ``September 2004`` or ``2004``, as far as it is known."""
    parts = [int(part) for part in held.split("-")]
    if len(parts) == 1:
        return held
    month = Month.of(parts[0], parts[1]).words
    return f"{date(*parts).day} {month}" if len(parts) == 3 else month


def _lines(rows: list[ArchivedMeeting]) -> Iterable[ArchivedLine]:
    for row in rows:
        yield ArchivedLine(
            href=row.href,
            year=row.sorted_by.year,
            held=held_in_words(row.held),
            body=row.body,
            kind=row.kind,
            items=tuple(row.items),
        )
