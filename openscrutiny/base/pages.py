"""The kernel's own pages: a person's work, the thread through one thing, the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openscrutiny.base.access import standing_of
from openscrutiny.base.event_words import details_in_words, event_in_words
from openscrutiny.base.lists import PER_PAGE, Asked, Listed
from openscrutiny.base.models import AuditEvent, AuditHead, Notice, User
from openscrutiny.base.thread import Reference, Thread, described, kinds, thread_of
from openscrutiny.base.work import work_listed
from openscrutiny.core.permits import Standing

_SHOWN = 50


@dataclass(frozen=True)
class Told:
    """A notice as it is shown; ``href`` is empty where the thing has no page."""

    text: str
    href: str
    at: datetime
    new: bool


@dataclass(frozen=True)
class WorkPage:
    """One sheet of what waits for a person, and what the person was told last, newest first.

    ``waiting`` counts all that waits; ``narrows`` says whether that is more than one sheet. ``new``
    counts every notice that was not seen yet, also those that are no longer shown.
    """

    listed: Listed
    waiting: int
    narrows: bool
    told: tuple[Told, ...]
    new: int


def work_page(user: User, asked: Asked, *, now: datetime) -> WorkPage:
    """The work page of a person; what is shown here as new was not seen before."""
    standing = standing_of(user)
    notices = list(Notice.objects.filter(recipient=user)[:_SHOWN])
    places = described((n.reference for n in notices), standing=standing)
    told = tuple(
        Told(
            n.text,
            places[n.reference].place_of(n.event) if n.reference in places else "",
            n.at,
            not n.seen_at,
        )
        for n in notices
    )
    sheet = work_listed(user, standing, asked, now=now)
    waiting = sheet.tabs[0].count
    new = Notice.objects.filter(recipient=user, seen_at=None).count()
    return WorkPage(sheet, waiting, waiting > PER_PAGE, told, new)


def thread_page(reference: str, user: Any) -> Thread:
    """The thread through a thing. LookupError with a sentence where nothing has that reference."""
    try:
        parsed = Reference.parse(reference)
    except ValueError as error:
        raise NoSuchThing(str(error)) from None
    thread = thread_of(reference, standing=standing_of(user))
    # What is hidden and what is not there are answered alike.
    if parsed.kind not in kinds() or not thread.open:
        raise NoSuchThing(
            f"Nothing that you may read is called {reference}. A reference is written as "
            "question:2026-001."
        )
    return thread


class NoSuchThing(LookupError):
    """A reference that nothing has."""


@dataclass(frozen=True)
class Happened:
    """One row of the audit trail as it is shown to those who may read it.

    ``what`` says the ``event`` in words. ``thing`` is the title of what it was done to, empty where
    that is not on the thread or not for the person who reads.
    """

    sequence: int
    at: datetime
    event: str
    what: str
    reference: str
    thing: str
    on_thread: bool
    who: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AuditPage:
    """The newest rows of the trail, and the head that shows nothing was taken off its end."""

    rows: tuple[Happened, ...]
    head: str
    older: int | None


def audit_page(
    *, standing: Standing, before: int | None = None, actor: int | None = None
) -> AuditPage:
    """The trail from ``before`` backwards, without what organisations draft for themselves.

    Of a thing that somebody may not read it says that something was done, and no more.
    With ``actor``: all that this person did, and nothing else.
    """
    rows = AuditEvent.objects.order_by("-sequence")
    # That an organisation is drafting something is its own affair until it is sent.
    rows = rows.filter(actor=actor) if actor else rows.exclude(event__endswith=".save_draft")
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    shown = list(rows[: _SHOWN + 1])
    people = dict(
        User.objects.filter(pk__in={r.actor for r in shown if r.actor}).values_list(
            "pk", "username"
        )
    )
    older = shown[_SHOWN - 1].sequence if len(shown) > _SHOWN else None
    head = AuditHead.objects.get(pk=1)
    things = described((r.reference for r in shown), standing=standing)
    titles = {reference: thing.title for reference, thing in things.items()}
    silent = {
        r.reference
        for r in shown
        if actor is None and _on_thread(r.reference) and r.reference not in things
    }
    rows_shown = tuple(_happened(r, people, titles, silent) for r in shown[:_SHOWN])
    return AuditPage(rows_shown, str(head), older)


def _on_thread(reference: str) -> bool:
    return reference.partition(":")[0] in kinds()


def _happened(
    row: AuditEvent, people: dict[int, str], titles: dict[str, str], silent: set[str]
) -> Happened:
    who = people.get(row.actor or 0, "") or (
        "the product" if row.actor is None else "a former user"
    )
    return Happened(
        sequence=row.sequence,
        at=row.at,
        event=row.event,
        what=event_in_words(row.event),
        reference=row.reference,
        thing=titles.get(row.reference, ""),
        on_thread=_on_thread(row.reference),
        who=f"{who}, {row.acting_as}" if row.acting_as else who,
        details=() if row.reference in silent else details_in_words(row.event, row.details),
    )
