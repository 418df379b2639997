"""The pages of minutes: reading them, writing in them, correcting them; the note of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from openscrutiny.base.access import standing_of
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.calendar import Deadline
from openscrutiny.core.minutes import OPENING, Conflict
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum import recorded
from openscrutiny.forum.deadlines import decision_note_due, minutes_due
from openscrutiny.forum.documents import blocks
from openscrutiny.forum.documents.minutes import DRAFT, decision_note, minutes
from openscrutiny.forum.models import Correction, Decision, Meeting, MinutesVersion
from openscrutiny.forum.places import at_meeting
from openscrutiny.forum.services.minutes import (
    approving,
    at_a_later_meeting,
    facts_of,
    newest_version,
)

_STEPS = ("draft_minutes", "circulate", "approve_minutes")
_OVER = ("held", "inquorate", "minutes_draft", "circulated", "approved")
# What anybody may read: a draft only once its members have it.
PUBLIC = ("circulated", "approved")


@dataclass(frozen=True)
class VersionLine:
    """A version of minutes: when it was saved and why."""

    version: int
    at: datetime
    changed_because: str


@dataclass(frozen=True)
class CorrectionLine:
    """A correction that was asked for, against which page and item, and what became of it."""

    key: int
    where: str
    text: str
    asked_at: datetime
    outcome: str
    open: bool
    reason: str
    settled_at: datetime | None


@dataclass(frozen=True)
class MinutesPage:
    """The minutes of a meeting as one person may read them.

    ``draft`` is the mark that stands on every page until they are approved, empty after. ``html``
    is the text, empty where there are no minutes yet. Versions are for the body, and corrections
    for the body and for whoever asked for them.
    ``due`` says until when the draft has to be out and how that was worked out.
    """

    number: str
    href: str
    heading: str
    title: str
    state: str
    draft: str
    html: str
    version: int
    newest: int
    versions: tuple[VersionLine, ...]
    corrections: tuple[CorrectionLine, ...]
    due: Deadline | None
    due_words: str
    approved_by: Decision | None
    edit: bool
    correct: bool
    settle: bool
    record_decision: str
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread

    @property
    def moving(self) -> str:
        return f"{self.href}minutes/move/"


@dataclass(frozen=True)
class Section:
    """A part of the minutes to write in. ``theirs`` is what somebody else saved in the meantime."""

    name: str
    label: str
    text: str
    theirs: str | None


@dataclass(frozen=True)
class EditPage:
    """Writing in the minutes, on top of version ``base``."""

    heading: str
    href: str
    base: int
    sections: tuple[Section, ...]
    circulated: bool
    changed_because: str


def minutes_page(
    meeting: Meeting, *, by: Any, now: datetime, version: int | None = None
) -> MinutesPage:
    """The minutes for a person who may read them; LookupError for a version there is not."""
    standing = standing_of(by)
    body = meeting.concerning
    own = may(standing, Action.READ_MEETING, concerning=body)
    newest = newest_version(meeting)
    shown = newest
    if version is not None:
        shown = meeting.minutes.filter(version=version).first() if own else None
        if shown is None:
            raise LookupError("These minutes have no such version.")
    writes = may(standing, Action.WRITE_MINUTES, concerning=body)
    open_to_write = meeting.state in ("minutes_draft", "circulated")
    due = minutes_due(meeting, now=now) if meeting.state in _OVER else None
    left_out = frozenset(meeting.MACHINE.events) - set(_STEPS)
    steps = offers(meeting, by=by, concerning=body, facts=facts_of(meeting), without=left_out)
    whole = thread_of(meeting.reference, standing=standing)
    elsewhere = tuple(n for n in whole.next if n.href != f"{meeting.href}minutes/")
    decision = approving(meeting) if meeting.state == "circulated" else None
    if decision is not None and not at_a_later_meeting(decision, meeting):
        decision = None
    return MinutesPage(
        number=meeting.number,
        href=meeting.href,
        heading=meeting.heading,
        title=f"Minutes: {meeting.heading}",
        state=meeting.state_in_words,
        draft="" if meeting.state == "approved" else DRAFT,
        html=html_of(shown, standing) if shown else "",
        version=shown.version if shown else 0,
        newest=newest.version if newest else 0,
        versions=_versions(meeting) if own else (),
        corrections=_corrections(meeting, None if own else by),
        due=due,
        due_words=_due_words(meeting, due, now),
        approved_by=decision,
        edit=writes and open_to_write,
        correct=meeting.state == "circulated"
        and may(standing, Action.CORRECT_MINUTES, concerning=body, places=at_meeting(by, meeting)),
        settle=writes and open_to_write,
        record_decision=f"/decisions/new/?about={meeting.reference}&settles=approve_minutes"
        if meeting.state == "circulated"
        and decision is None
        and may(standing, Action.RECORD_DECISION)
        else "",
        revision=meeting.revision,
        offers=steps,
        thread=replace(whole, next=elsewhere),
    )


def may_read(meeting: Meeting, standing: Standing) -> bool:
    """Whether somebody may read the minutes as they stand: the body always, others what is out."""
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    return own or meeting.state in PUBLIC


def html_of(version: MinutesVersion, standing: Standing) -> str:
    """A version as HTML, with what this person may read of it."""
    return blocks.render(blocks_of(version, standing))


def blocks_of(version: MinutesVersion, standing: Standing) -> tuple[blocks.Block, ...]:
    """A version as blocks: names for the body alone, closed items for those who may read them."""
    body = version.meeting.concerning
    return minutes(
        version.content,
        names=may(standing, Action.READ_MEETING, concerning=body),
        closed=may(standing, Action.READ_CLOSED, concerning=body),
    )


def edit_page(
    meeting: Meeting,
    *,
    typed: Mapping[str, str] | None = None,
    conflicts: tuple[Conflict, ...] = (),
    changed_because: str = "",
    base: int | None = None,
    only: str = "",
) -> EditPage:
    """The minutes to write in: as they are saved, or as they were typed and could not be.

    ``only`` is the one section to show. NotPossible is the service's to raise, when it is sent.
    """
    newest = newest_version(meeting)
    content = newest.content if newest else {"facts": {"items": []}, "text": {}}
    labels = {i["number"]: f"{i['position']}. {i['heading']}" for i in content["facts"]["items"]}
    theirs = {c.section: c.theirs for c in conflicts}
    typed = typed or {}
    return EditPage(
        heading=meeting.heading,
        href=meeting.href,
        base=base if base is not None else (newest.version if newest else 0),
        sections=tuple(
            Section(
                name,
                labels.get(name, "Opening and what concerns no item"),
                typed.get(name, text),
                theirs.get(name),
            )
            for name, text in content["text"].items()
            if not only or name == only
        ),
        circulated=meeting.state == "circulated",
        changed_because=changed_because,
    )


def closed_to(standing: Standing, meeting: Meeting) -> frozenset[str]:
    """The parts of the minutes that somebody may not read, by the number of their item."""
    if may(standing, Action.READ_CLOSED, concerning=meeting.concerning):
        return frozenset()
    return frozenset(meeting.items.filter(closed=True).values_list("number", flat=True))


def section_of(correction: Correction) -> str:
    """The part of the minutes a correction is about."""
    return correction.item.number if correction.item else OPENING


@dataclass(frozen=True)
class NotePage:
    """What a meeting decided, out before its minutes are, and until when it was due."""

    number: str
    href: str
    heading: str
    html: str
    due: Deadline | None
    due_words: str


def note_page(meeting: Meeting, *, by: Any, now: datetime) -> NotePage:
    """The note of decisions of a meeting that was held, from the record itself."""
    standing = standing_of(by)
    body = meeting.concerning
    found = decision_note(
        recorded.facts_of(meeting),
        names=may(standing, Action.READ_MEETING, concerning=body),
        closed=may(standing, Action.READ_CLOSED, concerning=body),
    )
    due = decision_note_due(meeting, now=now)
    return NotePage(
        meeting.number, meeting.href, meeting.heading, blocks.render(found), due, _said(due, now)
    )


def was_held(meeting: Meeting) -> bool:
    """Whether the meeting is over, so that there is a note of its decisions."""
    return meeting.state in _OVER


def _due_words(meeting: Meeting, due: Deadline | None, now: datetime) -> str:
    """How the draft stands against its day, while it is still to be circulated."""
    return _said(due, now) if meeting.state not in PUBLIC else ""


def _said(due: Deadline | None, now: datetime) -> str:
    return (due.late_by(now) or due.left(now)) if due else ""


def _versions(meeting: Meeting) -> tuple[VersionLine, ...]:
    return tuple(
        VersionLine(v.version, v.at, v.changed_because) for v in meeting.minutes.defer("content")
    )


def _corrections(meeting: Meeting, only_of: Any) -> tuple[CorrectionLine, ...]:
    """Those that were asked for: all of them for the body, anybody else's own for themselves."""
    rows = Correction.objects.filter(version__meeting=meeting).select_related("version", "item")
    if only_of is not None:
        rows = rows.filter(asked_by=only_of.pk)
    return tuple(
        CorrectionLine(
            row.pk,
            ", ".join(
                filter(
                    None,
                    (
                        f"version {row.version.version}",
                        f"page {row.page}" if row.page else "",
                        f"item {row.item.position}" if row.item else "opening",
                    ),
                )
            ),
            row.text,
            row.asked_at,
            row.get_outcome_display(),
            row.outcome == Correction.Outcome.OPEN,
            row.reason,
            row.settled_at,
        )
        for row in rows
    )
