"""Every write of minutes: drafting, saving, circulating, correcting, approving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from openscrutiny.base import access
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import ReasonMissing, move, note
from openscrutiny.base.thread import link
from openscrutiny.core.machines.meetings import (
    DECISIONS_SETTLED,
    MINUTES_WRITTEN,
    NOTES_SETTLED,
    RECORD_TAKEN_IN,
)
from openscrutiny.core.machines.rows import DECIDED
from openscrutiny.core.minutes import Merged, merged
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import recorded
from openscrutiny.forum.approvals import approving, in_the_way
from openscrutiny.forum.models import AgendaItem, Correction, Decision, Meeting, MinutesVersion
from openscrutiny.forum.places import at_meeting
from openscrutiny.forum.record_changes import changes
from openscrutiny.forum.services.attendance import lock
from openscrutiny.forum.services.late_notes import Settled, late_notes, settle

_WRITABLE = ("minutes_draft", "circulated")


class Conflicting(NotPossible):
    """Two people changed the same part; ``merged`` holds both texts and ``newest`` what is saved.

    Nothing was saved of what one sent, and nothing of it is lost: it is all in ``merged``.
    """

    def __init__(self, merged: Merged, newest: MinutesVersion) -> None:
        count = len(merged.conflicts)
        what = "this part" if count == 1 else f"{count} parts"
        super().__init__(
            f"Somebody else changed {what} of the minutes while you were writing.",
            "Both texts are shown. Bring them together in yours, then save again.",
        )
        self.merged = merged
        self.newest = newest


@transaction.atomic
def draft_minutes(
    *, meeting: Meeting, by: User, now: datetime, seen: int | None = None
) -> MinutesVersion:
    """Version 1 of the minutes, made of what was recorded in the room, for a meeting that is over.

    NotPossible where the meeting had no item of which anything could be said.
    """
    lock(meeting)
    text = recorded.first_text(meeting)
    facts = recorded.facts_of(meeting)
    move(
        meeting,
        "draft_minutes",
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts={MINUTES_WRITTEN.name: bool(facts["items"])},
        seen=seen,
    )
    meeting.notes.update(settled=F("revision"))
    return MinutesVersion.objects.create(
        meeting=meeting,
        version=_newest_number(meeting) + 1,
        content={"facts": facts, "text": text},
        at=now,
        by=by,
    )


@transaction.atomic
def save_minutes(
    *,
    meeting: Meeting,
    base: int,
    text: Mapping[str, str],
    by: User,
    now: datetime,
    changed_because: str = "",
    notes: Sequence[Settled] = (),
) -> MinutesVersion:
    """The next version of the minutes: ``text`` by section, on top of version ``base``.

    What somebody else saved since ``base`` is kept where it is about other sections; Conflicting
    where it is about the same. Attendance, decisions and actions are taken from the record anew,
    and the version says what changed in them. ``notes`` says what becomes of notes that came after
    the draft; where some are set aside and nothing else is different there is no new version, and
    the newest is returned. Once the draft is circulated a change needs its reason; once it is
    approved there is none.
    """
    lock(meeting)
    note(
        "forum.minutes.save",
        reference=meeting.reference,
        action=Action.WRITE_MINUTES,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"base": base},
    )
    refuse_unwritable(meeting)
    if meeting.state == "circulated" and not changed_because.strip():
        raise ReasonMissing
    because = changed_because.strip()
    return _next_version(
        meeting, base=base, text=text, because=because, notes=notes, by=by, now=now
    )


@transaction.atomic
def take_in_record(*, meeting: Meeting, by: User, now: datetime) -> MinutesVersion:
    """A new version with the record as it is now and the same text; it says what changed.

    NotPossible where nothing did, before there are minutes, and once they are approved.
    """
    lock(meeting)
    note(
        "forum.minutes.take_in",
        reference=meeting.reference,
        action=Action.WRITE_MINUTES,
        by=by,
        now=now,
        concerning=meeting.concerning,
    )
    refuse_unwritable(meeting)
    newest = newest_version(meeting)
    base = newest.version if newest else 0
    return _next_version(meeting, base=base, text={}, because="", by=by, now=now)


@transaction.atomic
def circulate(*, meeting: Meeting, by: User, now: datetime, seen: int | None = None) -> AuditEvent:
    """Give the draft to the members to read and correct; the public may read it from now on.

    NotPossible while the record is another than the newest version tells, so that what goes out is
    what the secretariat read, and while a note that came after the draft is not dealt with.
    """
    lock(meeting)
    newest = newest_version(meeting)
    return move(
        meeting,
        "circulate",
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts={**facts_of(meeting), MINUTES_WRITTEN.name: newest is not None},
        seen=seen,
        details={"version": newest.version if newest else 0},
    )


@transaction.atomic
def ask_correction(
    *,
    meeting: Meeting,
    version: int,
    text: str,
    by: User,
    now: datetime,
    item: AgendaItem | None = None,
    page: int | None = None,
) -> Correction:
    """Ask for a correction of circulated minutes, against a page and an item of one version.

    For the body, and for whoever was invited to the meeting in a seat whatever role they hold.
    """
    note(
        "forum.minutes.ask_correction",
        reference=meeting.reference,
        action=Action.CORRECT_MINUTES,
        by=by,
        now=now,
        concerning=meeting.concerning,
        places=at_meeting(by, meeting),
        details={"version": version, "item": item.number if item else "", "page": page},
    )
    if meeting.state != "circulated":
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so its minutes cannot be corrected now.",
            "Corrections are asked for while the draft minutes are circulated.",
        )
    found = meeting.minutes.filter(version=version).first()
    if found is None or (item is not None and item.meeting_id != meeting.pk):
        raise NotPossible(
            "These minutes have no such version or item.", "Load the page again, then choose."
        )
    return Correction.objects.create(
        version=found, item=item, page=page, text=text, asked_at=now, asked_by=by
    )


@transaction.atomic
def settle_correction(
    *,
    correction: Correction,
    made: bool,
    reason: str,
    by: User,
    now: datetime,
    base: int = 0,
    text: Mapping[str, str] | None = None,
) -> Correction:
    """Make a correction, which is a new version with its note, or decline it with the reason.

    NotPossible where it is settled already, where the reason is missing, or where nothing is
    different after it was made.
    """
    meeting = correction.version.meeting
    note(
        "forum.minutes.correct" if made else "forum.minutes.decline_correction",
        reference=meeting.reference,
        action=Action.WRITE_MINUTES,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"correction": correction.pk, "reason": reason.strip()},
    )
    refuse_unwritable(meeting)
    if not reason.strip():
        raise ReasonMissing
    outcome = Correction.Outcome.MADE if made else Correction.Outcome.DECLINED
    settled = Correction.objects.filter(pk=correction.pk, outcome=Correction.Outcome.OPEN).update(
        outcome=outcome, reason=reason.strip()[:500], settled_at=now, settled_by=by
    )
    if not settled:
        raise NotPossible(
            "This correction is settled already.", "Load the page again to see what became of it."
        )
    if made:
        because = f"Correction asked for: {correction.text}"
        _next_version(meeting, base=base, text=text or {}, because=because, by=by, now=now)
    correction.refresh_from_db()
    return correction


@transaction.atomic
def approve_minutes(
    *, meeting: Meeting, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Sign the minutes, which a later meeting approved by a certified decision.

    Nothing of them changes from now on. NotPossible while a correction is not settled, a decision
    of the meeting is neither certified nor refused or the record is another than they tell, and
    where the decision was not taken at a later meeting or the minutes were changed after it.
    """
    access.require(by, Action.PRESIDE, concerning=meeting.concerning)
    lock(meeting)
    facts = facts_of(meeting)
    if meeting.state == "circulated" and (reason := why_not_signed(meeting, facts)):
        raise reason
    decision = approving(meeting)
    written = move(
        meeting,
        "approve_minutes",
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts=facts,
        seen=seen,
    )
    if decision is not None and decision.item is not None:
        later = decision.item.meeting.reference
        link(meeting.reference, later, kind="minutes approved at", by=by.pk, now=now)
    return written


def why_not_signed(meeting: Meeting, facts: Mapping[str, bool]) -> NotPossible | None:
    """What keeps circulated minutes from being signed that the guards cannot say so exactly; None
    where the guards say it, or nothing does."""
    guarded = facts[DECISIONS_SETTLED.name] and facts[RECORD_TAKEN_IN.name]
    return in_the_way(meeting) if guarded else None


def facts_of(meeting: Meeting, *, changed: Sequence[str] | None = None) -> dict[str, bool]:
    """What the guards of the steps of minutes ask; ``changed`` is ``changed_since``, if known."""
    drafted = newest_version(meeting) is not None
    can_be = meeting.items.exclude(state__in=("proposed", "scheduled")).exists()
    waiting = Decision.objects.filter(item__meeting=meeting, state="recorded")
    return {
        MINUTES_WRITTEN.name: drafted or (meeting.state in ("held", "inquorate") and can_be),
        NOTES_SETTLED.name: not late_notes(meeting).exists(),
        RECORD_TAKEN_IN.name: not (changed_since(meeting) if changed is None else changed),
        DECISIONS_SETTLED.name: not waiting.exists(),
        DECIDED.name: approving(meeting) is not None,
    }


def changed_since(meeting: Meeting) -> tuple[str, ...]:
    """What changed in the record since the newest version, in words, while one can be written."""
    newest = newest_version(meeting) if meeting.state in _WRITABLE else None
    return changes(newest.content["facts"], recorded.facts_of(meeting)) if newest else ()


def newest_version(meeting: Meeting) -> MinutesVersion | None:
    return meeting.minutes.order_by("-version").first()


def refuse_unwritable(meeting: Meeting) -> None:
    """NotPossible where nothing may be written into the minutes: before there are any, and once
    they are approved."""
    if meeting.state == "approved":
        raise NotPossible(
            "These minutes are approved, so they stand as they are.",
            "What was wrong in them is said in the minutes of a later meeting.",
        )
    if meeting.state not in _WRITABLE:
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so there are no minutes to write in.",
            "Draft the minutes once the meeting is over.",
        )


def _next_version(
    meeting: Meeting,
    *,
    base: int,
    text: Mapping[str, str],
    because: str,
    by: User,
    now: datetime,
    notes: Sequence[Settled] = (),
) -> MinutesVersion:
    """The version after the newest. The record made others who save wait, so none comes between."""
    newest = newest_version(meeting)
    begun = meeting.minutes.filter(version=base).first()
    if newest is None or begun is None:
        raise NotPossible("These minutes have no such version.", "Load the page again.")
    known = newest.content["text"]
    mine = {name: said for name, said in text.items() if name in known}
    found = merged(base=begun.content["text"], theirs=known, mine=mine)
    if found.conflicts:
        raise Conflicting(found, newest)
    facts = recorded.facts_of(meeting)
    sections = settle(meeting, notes, sections={**known, **found.sections})
    content: dict[str, Any] = {"facts": facts, "text": dict(sections)}
    if content == newest.content:
        if notes:
            return newest
        raise NotPossible(
            "Nothing is different from the version there is.",
            "Change what has to be changed, then save.",
        )
    differences = " ".join(changes(newest.content["facts"], facts))
    from_record = f"From the record: {differences}" if differences else ""
    why = " ".join(filter(None, (because, from_record)))
    return MinutesVersion.objects.create(
        meeting=meeting,
        version=newest.version + 1,
        content=content,
        changed_because=why if len(why) <= 300 else f"{why[:299]}…",
        at=now,
        by=by,
    )


def _newest_number(meeting: Meeting) -> int:
    newest = newest_version(meeting)
    return newest.version if newest else 0
