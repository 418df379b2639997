"""The pages of minutes: reading them, writing in them, correcting them; the note of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.calendar import Deadline
from openscrutiny.core.minutes import OPENING, Conflict
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum import recorded
from openscrutiny.forum.approvals import approval_of, approving
from openscrutiny.forum.deadlines import decision_note_due, minutes_due
from openscrutiny.forum.documents import blocks
from openscrutiny.forum.documents.minutes import DRAFT, decision_note, minutes
from openscrutiny.forum.models import Correction, Decision, Meeting, MinutesVersion, RoomNote
from openscrutiny.forum.places import at_meeting
from openscrutiny.forum.services.late_notes import late_notes, section_of
from openscrutiny.forum.services.minutes import (
    changed_since,
    facts_of,
    newest_version,
    why_not_signed,
)

_STEPS = ("draft_minutes", "circulate", "approve_minutes")
_OVER = ("held", "inquorate", "minutes_draft", "circulated", "approved")
# What anybody may read: a draft only once its members have it.
PUBLIC = ("circulated", "approved")


@dataclass(frozen=True)
class VersionLine:
    """A version of minutes: when it was saved and why. ``late`` is one that came after the draft
    had been circulated."""

    version: int
    at: datetime
    changed_because: str
    late: bool


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
    ``due`` says until when the draft has to be out and how that was worked out. ``stale`` says that
    the record changed since the newest version, and ``changed`` in which words, for those who write
    in them. ``circulated`` is the version members were first given, and 0 before. ``late_notes``
    counts the notes that came after the draft, for those who write. ``full`` is whether there may
    be a Word file with names and what is closed.
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
    stale: bool
    changed: tuple[str, ...]
    circulated: int
    late_notes: int
    full: bool
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread

    @property
    def moving(self) -> str:
        return f"{self.href}minutes/move/"

    @property
    def replaced(self) -> VersionLine | None:
        """The newest version, where it came after members had been given an earlier one."""
        return next((v for v in self.versions if v.version == self.newest and v.late), None)


@dataclass(frozen=True)
class Section:
    """A part of the minutes to write in. ``theirs`` is what somebody else saved in the meantime."""

    name: str
    label: str
    text: str
    theirs: str | None
    notes: tuple[LateNote, ...] = ()


@dataclass(frozen=True)
class LateNote:
    """A note that came after the draft, or was changed, and what was chosen for it: ``add``,
    ``aside`` or nothing yet."""

    note: RoomNote
    choice: str = ""
    because: str = ""


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
    changed = changed_since(meeting)
    facts = facts_of(meeting, changed=changed)
    steps = offers(meeting, by=by, concerning=body, facts=facts, without=left_out)
    steps = tuple(_exactly(step, meeting, facts) for step in steps)
    given = _circulated_version(meeting)
    whole = thread_of(meeting.reference, standing=standing, ends=(Meeting.KIND,))
    elsewhere = tuple(n for n in whole.next if n.href != f"{meeting.href}minutes/")
    decision = approving(meeting) if meeting.state == "circulated" else None
    return MinutesPage(
        number=meeting.number,
        href=meeting.href,
        heading=meeting.heading,
        title=f"Minutes: {meeting.heading}",
        state=meeting.state_in_words,
        draft="" if meeting.state == "approved" else DRAFT,
        html=html_of(shown, standing, newest=shown == newest) if shown else "",
        version=shown.version if shown else 0,
        newest=newest.version if newest else 0,
        versions=_versions(meeting, given) if own else (),
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
        stale=bool(changed),
        changed=changed if writes else (),
        circulated=given,
        late_notes=late_notes(meeting).count() if writes and open_to_write else 0,
        full=may(standing, Action.READ_CLOSED, concerning=body),
        revision=meeting.revision,
        offers=steps,
        thread=replace(whole, next=elsewhere),
    )


def may_read(meeting: Meeting, standing: Standing) -> bool:
    """Whether somebody may read the minutes as they stand: the body always, others what is out."""
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    return own or meeting.state in PUBLIC


def html_of(version: MinutesVersion, standing: Standing, *, newest: bool = True) -> str:
    """A version as HTML, with what this person may read of it."""
    return blocks.render(blocks_for(version, standing, newest=newest))


def blocks_for(
    version: MinutesVersion, standing: Standing, *, newest: bool = True
) -> tuple[blocks.Block, ...]:
    """A version as blocks, with what somebody of this standing may read of it."""
    body = version.meeting.concerning
    return blocks_of(
        version,
        names=may(standing, Action.READ_MEETING, concerning=body),
        closed=may(standing, Action.READ_CLOSED, concerning=body),
        newest=newest,
    )


def blocks_of(
    version: MinutesVersion, *, names: bool, closed: bool, newest: bool = True
) -> tuple[blocks.Block, ...]:
    """A version as blocks; the newest says when and by whom it was approved, once it is."""
    approval = approval_of(version.meeting) if newest else ()
    return minutes(version.content, names=names, closed=closed, approval=approval)


def edit_page(
    meeting: Meeting,
    *,
    typed: Mapping[str, str] | None = None,
    conflicts: tuple[Conflict, ...] = (),
    changed_because: str = "",
    base: int | None = None,
    only: str = "",
    chosen: Mapping[int, tuple[str, str]] | None = None,
) -> EditPage:
    """The minutes to write in: as they are saved, or as they were typed and could not be.

    ``only`` is the one section to show; ``chosen`` says by its key what was chosen for a note that
    came after the draft, and why. NotPossible is the service's to raise, when it is sent.
    """
    newest = newest_version(meeting)
    content = newest.content if newest else {"facts": {"items": []}, "text": {}}
    labels = {i["number"]: f"{i['position']}. {i['heading']}" for i in content["facts"]["items"]}
    theirs = {c.section: c.theirs for c in conflicts}
    typed = typed or {}
    late = [LateNote(n, *(chosen or {}).get(n.pk, ())) for n in late_notes(meeting)]
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
                tuple(n for n in late if section_of(n.note, content["text"]) == name),
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


def part_of(correction: Correction) -> str:
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
        approval=approval_of(meeting),
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


def _exactly(offer: Offer, meeting: Meeting, facts: Mapping[str, bool]) -> Offer:
    """A step with the exact reason why it cannot be taken yet, where its guard has none."""
    if offer.event != "approve_minutes":
        return offer
    reason = why_not_signed(meeting, facts)
    return replace(offer, blocked=str(reason)) if reason else offer


def _circulated_version(meeting: Meeting) -> int:
    """The version that was given to members; 0 where none was, or it is not known any more."""
    events = AuditEvent.objects.filter(
        reference=meeting.reference, event="forum.meeting.circulate"
    ).order_by("-sequence")
    details = events.values_list("details", flat=True).first()
    return int((details or {}).get("version", 0))


def _versions(meeting: Meeting, circulated: int) -> tuple[VersionLine, ...]:
    return tuple(
        VersionLine(v.version, v.at, v.changed_because, 0 < circulated < v.version)
        for v in meeting.minutes.defer("content")
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
