"""Every write about a question until it has been issued, and its withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from openscrutiny.accountability.deadlines import terms_in_force
from openscrutiny.accountability.models import Question
from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.base.moves import Overtaken, move, note
from openscrutiny.base.thread import link, next_number
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Action
from openscrutiny.core.terms import ANSWERING
from openscrutiny.core.workflow import NotPossible
from openscrutiny.scrutiny.models import Enquiry


@transaction.atomic
def draft_question(
    *,
    enquiry: Enquiry | None,
    heading: str,
    text: str,
    why: str,
    addressee: Organisation | None,
    by: User,
    now: datetime,
) -> Question:
    """Draft a question, from a line of enquiry where there is one, which then counts as asked.

    NotPossible where the enquiry is not approved or the organisation is not one that answers.
    """
    _answers(addressee)
    number = next_number(Question.KIND, now=now)
    note(
        "accountability.question.draft",
        reference=f"{Question.KIND}:{number}",
        action=Action.DRAFT_QUESTION,
        by=by,
        now=now,
        details={"enquiry": enquiry.number if enquiry else ""},
    )
    question = Question.objects.create(
        number=number,
        state=QUESTION.initial,
        enquiry=enquiry,
        addressee=addressee,
        heading=heading.strip(),
        text=text.strip(),
        why=why.strip(),
        created_by=by,
        created_at=now,
    )
    if enquiry is not None:
        move(enquiry, "ask", by=by, now=now, details={"question": number})
        link(enquiry.reference, question.reference, kind="asked as", by=by.pk, now=now)
    return question


@transaction.atomic
def edit_question(
    *,
    question: Question,
    heading: str,
    text: str,
    why: str,
    addressee: Organisation | None,
    by: User,
    now: datetime,
    seen: int,
) -> Question:
    """Change a draft. NotPossible once it was submitted; Overtaken where somebody was quicker."""
    note(
        "accountability.question.edit",
        reference=question.reference,
        action=Action.DRAFT_QUESTION,
        by=by,
        now=now,
    )
    _answers(addressee)
    question.refresh_from_db()
    if question.state != QUESTION.initial:
        raise NotPossible(
            f"This question is {question.state_in_words}, so its words can no longer be changed.",
            "If they must change, ask the secretariat to send it back or to withdraw it.",
        )
    changed = Question.objects.filter(pk=question.pk, state=QUESTION.initial, revision=seen).update(
        heading=heading.strip(),
        text=text.strip(),
        why=why.strip(),
        addressee=addressee,
        revision=F("revision") + 1,
    )
    if not changed:
        raise Overtaken(QUESTION.noun)
    question.refresh_from_db()
    return question


def submit(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str = ""
) -> AuditEvent:
    """Hand a draft to the secretariat and the chair. NotPossible while it names no addressee."""
    return _step(question, "submit", by=by, now=now, seen=seen, reason=reason)


def accept(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str = ""
) -> AuditEvent:
    """Accept a submitted question as in the forum's remit."""
    return _step(question, "accept", by=by, now=now, seen=seen, reason=reason)


def send_back(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Make a submitted question a draft again, saying why."""
    return _step(question, "send_back", by=by, now=now, seen=seen, reason=reason)


def redirect(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Say that a question belongs elsewhere, and where."""
    return _step(question, "redirect", by=by, now=now, seen=seen, reason=reason)


def refuse(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Refuse a submitted question, saying why."""
    return _step(question, "refuse", by=by, now=now, seen=seen, reason=reason)


def issue(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str = ""
) -> AuditEvent:
    """Put a question to its addressee. Its clock starts, with the term now in force."""
    allowed = terms_in_force(now).deadlines.question_answer.term
    code = question.addressee.code if question.addressee else ""
    return _step(
        question,
        "issue",
        by=by,
        now=now,
        seen=seen,
        reason=reason,
        concerning={code} if code else (),
        details={"addressee": code, "term": str(allowed)},
        issued_at=now,
        clock_started_at=now,
        term_length=allowed.length,
        term_unit=allowed.unit.value,
    )


def withdraw(
    *, question: Question, by: User, now: datetime, seen: int | None = None, reason: str
) -> AuditEvent:
    """Withdraw a question that has not been answered. The addressee hears of it if it was asked."""
    return _step(
        question, "withdraw", by=by, now=now, seen=seen, reason=reason, concerning=question.asked
    )


def _step(question: Question, event: str, **given: Any) -> AuditEvent:
    return move(
        question, event, facts={"has_addressee": question.addressee_id is not None}, **given
    )


def _answers(addressee: Organisation | None) -> None:
    if addressee is not None and addressee.kind not in ANSWERING:
        raise NotPossible(
            f"{addressee.name} is not an organisation that answers the forum's questions.",
            "Choose the police service or a partner.",
        )
