"""Every write on the work programme: proposing, scoring, scheduling, moving, declining."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from openscrutiny.base import access, audit
from openscrutiny.base.access import standing_of
from openscrutiny.base.layout import area_set
from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.base.moves import Overtaken, move, note
from openscrutiny.base.thread import Reference, described, link, next_number
from openscrutiny.core import programme as rules
from openscrutiny.core.machines import WORK
from openscrutiny.core.machines.promises import MET, PLACED, SCORED
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import AgendaItem, Meeting, WorkItem
from openscrutiny.forum.services.agenda import Draft, propose_item

# A meeting that something can still be scheduled for, and those that were held.
TO_COME = ("planned", "agenda_published")
_HELD = ("held", "inquorate", "minutes_draft", "circulated", "approved")
# An agenda item that has not been dealt with.
_LIVE = ("proposed", "scheduled", "published", "opened")
# What the public may send in an hour, all senders together: no address of any sender is kept.
MOST_SUGGESTIONS = 30
_AN_HOUR = timedelta(hours=1)
# Without the letters and digits that are easily mistaken for each other.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
# Which kinds of things each origin is, where it must be one on the thread.
_FROM: Mapping[str, tuple[str, ...]] = {
    WorkItem.Origin.FINDING: ("finding",),
    WorkItem.Origin.OVERDUE: ("recommendation", "part"),
}


@transaction.atomic
def propose_work(
    *,
    body: Organisation,
    heading: str,
    why: str,
    origin: str,
    strands: Sequence[str],
    areas: Sequence[str],
    by: User,
    now: datetime,
    origin_reference: str = "",
) -> WorkItem:
    """Propose a subject. What it came from must be a thing on the thread that ``by`` may see.

    NotPossible where there is no such thing, where the origin needs one of another kind, or where a
    strand or an area is unknown. What the public sends comes in by ``suggest_work``.
    """
    number = next_number(WorkItem.KIND, now=now)
    note(
        "forum.work.propose",
        reference=f"{WorkItem.KIND}:{number}",
        action=Action.PROPOSE_WORK,
        by=by,
        now=now,
        concerning=(body.code,),
        details={"origin": WorkItem.Origin(origin).value, "from_what": origin_reference},
    )
    _refuse_origin(origin, origin_reference, by=by)
    _refuse_unknown(strands, areas, now=now)
    made = WorkItem.objects.create(
        number=number,
        state=WORK.initial,
        body=body,
        heading=heading,
        why=why,
        origin=origin,
        origin_reference=origin_reference,
        strands=list(strands),
        areas=list(areas),
        proposed_by=by,
        proposed_at=now,
    )
    if origin_reference:
        link(origin_reference, made.reference, kind="proposed as work", by=by.pk, now=now)
    return made


@transaction.atomic
def suggest_work(
    *,
    heading: str,
    why: str,
    strands: Sequence[str],
    areas: Sequence[str],
    by: Any,
    now: datetime,
) -> WorkItem:
    """What anybody suggests, without an account; its ``receipt`` is how they follow it.

    Nothing is kept of the sender, not even of one who is signed in. NotPossible where too many came
    within the hour, or a strand or an area is unknown.
    """
    access.require(by, Action.SUGGEST_WORK)
    number = next_number(WorkItem.KIND, now=now)
    recent = WorkItem.objects.filter(origin="public", proposed_at__gt=now - _AN_HOUR)
    if recent.count() >= MOST_SUGGESTIONS:
        raise NotPossible(
            "More suggestions came within this hour than anybody could read.",
            "What you wrote is still in the form. Send it again in an hour.",
        )
    _refuse_unknown(strands, areas, now=now)
    made = WorkItem.objects.create(
        number=number,
        state=WORK.initial,
        body=the_forum(),
        heading=heading,
        why=why,
        origin=WorkItem.Origin.PUBLIC,
        strands=list(strands),
        areas=list(areas),
        proposed_at=now,
        receipt=_receipt(),
        as_sent=f"{heading}\n\n{why}".strip(),
    )
    audit.record("forum.work.suggest", reference=made.reference, actor=None, acting=None, now=now)
    return made


@transaction.atomic
def reword_work(
    *, work: WorkItem, heading: str, why: str, seen: int, by: User, now: datetime
) -> WorkItem:
    """Put what the programme shows of a subject in other words; ``as_sent`` stays as it came."""
    if work.state not in ("proposed", "accepted"):
        raise NotPossible(
            f"This {WORK.noun} is {work.state_in_words}, so its words stand.",
            "Its words can be changed until it is scheduled.",
        )
    _change(work, "reword", seen=seen, by=by, now=now, heading=heading, why=why)
    return work


@transaction.atomic
def score(
    *, work: WorkItem, answers: Mapping[str, int], seen: int, by: User, now: datetime
) -> WorkItem:
    """Answer the questions of the scoring, all of them; a later scoring takes the place of this.

    NotPossible where an answer is missing or is none, or once the subject is no longer waiting.
    """
    if work.state not in ("proposed", "accepted"):
        raise NotPossible(
            f"This {WORK.noun} is {work.state_in_words}, so its score orders nothing any more.",
            "Score what is proposed or waits for a meeting.",
        )
    try:
        found = rules.score(answers)
    except ValueError as wrong:
        raise NotPossible(str(wrong), "Answer every question, then save again.") from None
    if found is None:
        raise NotPossible("Nothing was answered.", "Answer every question, then save again.")
    details = {**answers, "total": found.total}
    _change(work, "score", seen=seen, by=by, now=now, details=details, scores=dict(answers))
    return work


@transaction.atomic
def move_work(
    *,
    work: WorkItem,
    event: str,
    by: User,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
    meeting: Meeting | None = None,
) -> AuditEvent:
    """Carry out one step of the table: accept, decline, schedule, move, unschedule or finish.

    Scheduling proposes an item for the agenda of the ``meeting``, which must be one of the same
    body and still to come. What is moved or taken off leaves the agenda it was on, which only the
    secretariat may do.
    """
    placed = event in ("schedule", "move")
    before = work.meeting
    changes: dict[str, Any] = {}
    if placed:
        changes["meeting"] = meeting
    elif event == "unschedule":
        changes["meeting"] = None
    written = move(
        work,
        event,
        by=by,
        now=now,
        concerning=work.concerning,
        facts=facts_of(work, meeting=meeting, now=now),
        reason=reason,
        seen=seen,
        details={"meeting": meeting.number} if placed and meeting else {},
        **changes,
    )
    if event in ("move", "unschedule") and before is not None:
        _take_off_agenda(work, before, by=by, now=now, reason=reason)
    if placed and meeting is not None:
        put_on_agenda(work, meeting, by=by, now=now)
    return written


def facts_of(work: WorkItem, *, now: datetime, meeting: Meeting | None = None) -> dict[str, bool]:
    """What the guards ask: of the scores, of the meeting chosen, of the meeting it is on."""
    return {
        SCORED.name: bool(work.scores),
        PLACED.name: meeting is not None
        and meeting.pk != work.meeting_id
        and meeting.body_id == work.body_id
        and meeting.state in TO_COME
        and meeting.starts_at > now,
        MET.name: work.meeting is not None and work.meeting.state in _HELD,
    }


def put_on_agenda(work: WorkItem, meeting: Meeting, *, by: User, now: datetime) -> AgendaItem:
    """Propose a subject for a meeting's agenda; the secretariat puts it on.

    Call it inside the transaction that schedules the subject.
    """
    draft = Draft(
        heading=work.heading, text=work.why, strands=tuple(work.strands), about=work.reference
    )
    return propose_item(meeting=meeting, draft=draft, by=by, now=now)


def the_forum() -> Organisation:
    """The forum itself, whose programme the public may add to."""
    found = Organisation.objects.filter(kind="forum").order_by("pk").first()
    if found is None:
        raise NotPossible(
            "There is no forum here yet.", "Its administrator brings in a published file first."
        )
    return found


def _take_off_agenda(
    work: WorkItem, meeting: Meeting, *, by: User, now: datetime, reason: str
) -> None:
    """Withdraw what waits on the agenda of a meeting; what was dealt with there stays as it is."""
    for item in meeting.items.filter(about=work.reference, state__in=_LIVE):
        move(item, "withdraw", by=by, now=now, concerning=meeting.concerning, reason=reason)


def _change(
    work: WorkItem,
    what: str,
    *,
    seen: int,
    by: User,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """A change of fields that changes no state, refused where somebody was quicker."""
    note(
        f"forum.work.{what}",
        reference=work.reference,
        action=Action.PLAN_WORK,
        by=by,
        now=now,
        concerning=work.concerning,
        details=details,
    )
    same = WorkItem.objects.filter(pk=work.pk, state=work.state, revision=seen)
    if not same.update(revision=F("revision") + 1, **changes):
        raise Overtaken(WORK.noun)
    work.refresh_from_db()


def _refuse_origin(origin: str, reference: str, *, by: User) -> None:
    """NotPossible where the origin is not what it says, or not for this person to see."""
    if origin == WorkItem.Origin.PUBLIC:
        raise NotPossible(
            "What the public suggests comes in by its own form.",
            "Propose it as a member, and say in the text who raised it.",
        )
    kinds = _FROM.get(origin)
    if not reference and kinds is None:
        return
    try:
        kind = Reference.parse(reference).kind
        known = reference in described([reference], standing=standing_of(by))
    except ValueError:
        kind, known = "", False
    if not known or (kinds is not None and kind not in kinds):
        raise NotPossible(
            f"There is no such thing on the thread as “{reference}” that this could come from.",
            "Begin from the page of the finding or the recommendation.",
        )


def _refuse_unknown(strands: Collection[str], areas: Collection[str], *, now: datetime) -> None:
    in_remit = terms.in_force(timezone.localtime(now).date()).strands
    known = area_set()
    strange = set(strands) - set(in_remit)
    strange |= set(areas) - set(known.codes if known else ())
    if strange:
        raise NotPossible(
            f"{sorted(strange)} are no strands of the remit and no areas.",
            "Choose from those that the form offers.",
        )


def _receipt() -> str:
    """What a sender looks a suggestion up by: about 49 bits, so that nobody guesses one."""
    letters = [secrets.choice(_LETTERS) for _ in range(10)]
    return f"{''.join(letters[:5])}-{''.join(letters[5:])}"
