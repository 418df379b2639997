"""Every write about a question once issued: its clock, its answers, what the forum made of them."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from openscrutiny.accountability.deadlines import OPEN, due_when_signed, lateness, require_awaited
from openscrutiny.accountability.models import Assessment, Question, Response, ResponseDraft
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import Overtaken, move, note
from openscrutiny.base.thread import link, next_number
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible

# The event of the state table by which each kind of answer is sent.
EVENT_OF = {
    "answered": "answer",
    "partly": "answer_partly",
    "not_held": "answer_not_held",
    "declined": "decline",
}


def acknowledge(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str = ""
) -> AuditEvent:
    """Say that a question arrived. ``reason`` may be a holding reply; no clock stops for it."""
    return move(
        question, "acknowledge", by=by, now=now, concerning=question.asked, seen=seen, reason=reason
    )


@transaction.atomic
def ask_clarification(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Ask the forum what it means (``reason``). The clock stands still until it says so."""
    done = move(
        question,
        "ask_clarification",
        by=by,
        now=now,
        concerning=question.asked,
        seen=seen,
        reason=reason,
    )
    question.pauses.create(since=now, asked=reason.strip(), asked_by=by)
    return done


@transaction.atomic
def clarify(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Say what was meant (``reason``). The clock runs on from here."""
    done = move(
        question, "clarify", by=by, now=now, concerning=question.asked, seen=seen, reason=reason
    )
    question.pauses.filter(until=None).update(until=now, clarified=reason.strip(), clarified_by=by)
    return done


@transaction.atomic
def save_draft(
    *,
    question: Question,
    outcome: str,
    text: str,
    exemption: str,
    by: User,
    now: datetime,
    seen: int,
) -> ResponseDraft:
    """Keep the answer an organisation is writing; ``seen`` is the revision it started from, or 0.

    Overtaken where a colleague saved in the meantime; NotPossible where no answer is awaited, it
    says nothing, or it declines without naming an exemption.
    """
    note(
        "accountability.response.save_draft",
        reference=question.reference,
        action=Action.DRAFT_RESPONSE,
        by=by,
        now=now,
        concerning=question.asked,
    )
    question.refresh_from_db()
    require_awaited(question)
    _complete(outcome, text, exemption)
    said = {
        "outcome": outcome,
        "text": text.strip(),
        "exemption": exemption.strip() if outcome == "declined" else "",
        "saved_by": by,
        "saved_at": now,
    }
    if seen:
        kept = ResponseDraft.objects.filter(question=question, revision=seen)
        if not kept.update(revision=F("revision") + 1, **said):
            raise Overtaken("draft")
        return ResponseDraft.objects.get(question=question)
    try:
        with transaction.atomic():
            return ResponseDraft.objects.create(question=question, **said)
    except IntegrityError:
        raise Overtaken("draft") from None


@transaction.atomic
def sign(
    *, question: Question, by: User, now: datetime, draft_seen: int, seen: int | None = None
) -> Response:
    """Send the drafted answer as it stands. It is kept for ever, with what was due at that moment.

    A late answer is taken like any other. ``draft_seen`` is the revision of the draft that the
    signatory read: Overtaken where it has changed.
    """
    draft = ResponseDraft.objects.filter(question=question).first()
    outcome = draft.outcome if draft else "answered"
    number = next_number(Response.KIND, now=now)
    response = Response(
        number=number,
        question=question,
        version=question.responses.count() + 1,
        outcome=outcome,
        text=draft.text if draft else "",
        exemption=draft.exemption if draft else "",
        drafted_by=draft.saved_by if draft else by,
        signed_by=by,
        signed_at=now,
        due=due_when_signed(question, now) if question.state in OPEN else None,
    )
    move(
        question,
        EVENT_OF[outcome],
        by=by,
        now=now,
        concerning=question.asked,
        facts={"has_draft": draft is not None},
        seen=seen,
        details={"response": number, "version": response.version, "late": lateness(response)},
    )
    # Read again: from here on every other writer waits for the record of this step.
    kept = ResponseDraft.objects.filter(question=question, revision=draft_seen)
    if draft is None or draft.revision != draft_seen or not kept.exists():
        raise Overtaken("draft")
    _complete(outcome, draft.text, draft.exemption)
    response.save()
    draft.delete()
    link(question.reference, response.reference, kind="answered by", by=by.pk, now=now)
    return response


@transaction.atomic
def assess_satisfied(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Say that the latest answer is satisfactory, and why."""
    done = move(
        question,
        "assess_satisfied",
        by=by,
        now=now,
        concerning=question.asked,
        seen=seen,
        reason=reason,
    )
    _assess(question, satisfied=True, reason=reason, by=by, now=now)
    return done


@transaction.atomic
def follow_up(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Ask for more than the latest answer gives. The clock starts anew with the same term."""
    done = move(
        question,
        "follow_up",
        by=by,
        now=now,
        concerning=question.asked,
        seen=seen,
        reason=reason,
        clock_started_at=now,
    )
    _assess(question, satisfied=False, reason=reason, by=by, now=now)
    return done


def close(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str = ""
) -> AuditEvent:
    """Close a question that was answered to the forum's satisfaction."""
    return move(
        question, "close", by=by, now=now, concerning=question.asked, seen=seen, reason=reason
    )


def _assess(
    question: Question, *, satisfied: bool, reason: str, by: User, now: datetime
) -> Assessment:
    latest = question.responses.order_by("-version").first()
    return Assessment.objects.create(
        response=latest, satisfied=satisfied, reason=reason.strip(), by=by, at=now
    )


def _complete(outcome: str, text: str, exemption: str) -> None:
    if outcome not in EVENT_OF:
        raise NotPossible("This is not a kind of answer.", "Choose one of those in the form.")
    if not text.strip():
        raise NotPossible("The answer says nothing yet.", "Write the answer, then save it.")
    if outcome == "declined" and not exemption.strip():
        raise NotPossible(
            "An answer is declined only under an exemption, and none is named.",
            "Name the exemption, or choose another kind of answer.",
        )
