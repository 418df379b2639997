"""Every write of minutes: drafting, saving, circulating, correcting, approving."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from openscrutiny.base import access
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import ReasonMissing, move, note
from openscrutiny.base.thread import link
from openscrutiny.core.machines.meetings import MINUTES_WRITTEN
from openscrutiny.core.machines.rows import DECIDED
from openscrutiny.core.minutes import Merged, merged
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import recorded
from openscrutiny.forum.decisions import Decisions, comes_after
from openscrutiny.forum.models import AgendaItem, Correction, Decision, Meeting, MinutesVersion
from openscrutiny.forum.places import at_meeting

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
) -> MinutesVersion:
    """The next version of the minutes: ``text`` by section, on top of version ``base``.

    What somebody else saved since ``base`` is kept where it is about other sections; Conflicting
    where it is about the same. Attendance, decisions and actions are taken from the record anew.
    Once the draft is circulated a change needs its reason; once it is approved there is none.
    """
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
    return _next_version(
        meeting, base=base, text=text, because=changed_because.strip(), by=by, now=now
    )


def circulate(*, meeting: Meeting, by: User, now: datetime, seen: int | None = None) -> AuditEvent:
    """Give the draft to the members to read and correct; the public may read it from now on."""
    return move(
        meeting,
        "circulate",
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts={MINUTES_WRITTEN.name: newest_version(meeting) is not None},
        seen=seen,
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
        short = because if len(because) <= 300 else f"{because[:299]}…"
        _next_version(meeting, base=base, text=text or {}, because=short, by=by, now=now)
    correction.refresh_from_db()
    return correction


@transaction.atomic
def approve_minutes(
    *, meeting: Meeting, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Sign the minutes, which a later meeting approved by a certified decision.

    Nothing of them changes from now on. NotPossible while a correction is not settled, and where
    the decision was not taken at a later meeting.
    """
    access.require(by, Action.PRESIDE, concerning=meeting.concerning)
    decision = approving(meeting)
    open_ones = open_corrections(meeting)
    if decision is not None and open_ones:
        raise NotPossible(
            f"{open_ones} correction{'' if open_ones == 1 else 's'} of these minutes "
            f"{'is' if open_ones == 1 else 'are'} not settled.",
            "Make each of them or decline it with the reason, then sign.",
        )
    if decision is not None and not at_a_later_meeting(decision, meeting):
        raise NotPossible(
            "The decision to approve these minutes was not taken at a later meeting.",
            "Minutes are approved by the next meeting, which can say whether they are right.",
        )
    written = move(
        meeting,
        "approve_minutes",
        by=by,
        now=now,
        concerning=meeting.concerning,
        facts={DECIDED.name: decision is not None},
        seen=seen,
    )
    if decision is not None and decision.item is not None:
        later = decision.item.meeting.reference
        link(meeting.reference, later, kind="minutes approved at", by=by.pk, now=now)
    return written


def facts_of(meeting: Meeting) -> dict[str, bool]:
    """What the guards of the steps of minutes ask."""
    drafted = newest_version(meeting) is not None
    can_be = meeting.items.exclude(state__in=("proposed", "scheduled")).exists()
    decision = approving(meeting)
    return {
        MINUTES_WRITTEN.name: drafted or (meeting.state in ("held", "inquorate") and can_be),
        DECIDED.name: decision is not None and at_a_later_meeting(decision, meeting),
    }


def approving(meeting: Meeting) -> Decision | None:
    """The certified decision by which a meeting approved these minutes as they stand."""
    return Decisions.about([meeting.reference]).certified(meeting.reference, "approve_minutes")


def newest_version(meeting: Meeting) -> MinutesVersion | None:
    return meeting.minutes.order_by("-version").first()


def open_corrections(meeting: Meeting) -> int:
    """How many corrections of the minutes wait to be settled."""
    waiting = Correction.objects.filter(version__meeting=meeting, outcome=Correction.Outcome.OPEN)
    return waiting.count()


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
    content: dict[str, Any] = {
        "facts": recorded.facts_of(meeting),
        "text": {**known, **found.sections},
    }
    if content == newest.content:
        raise NotPossible(
            "Nothing is different from the version there is.",
            "Change what has to be changed, then save.",
        )
    return MinutesVersion.objects.create(
        meeting=meeting,
        version=newest.version + 1,
        content=content,
        changed_because=because[:300],
        at=now,
        by=by,
    )


def _newest_number(meeting: Meeting) -> int:
    newest = newest_version(meeting)
    return newest.version if newest else 0


def at_a_later_meeting(decision: Decision, meeting: Meeting) -> bool:
    """Whether a decision about the minutes of a meeting was taken at a later one of its body."""
    return decision.item is not None and comes_after(decision.item.meeting, meeting)
