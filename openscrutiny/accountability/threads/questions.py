"""Questions and answers on the thread, and what waits for people because of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from openscrutiny.accountability.deadlines import OPEN, Due, acknowledgement_of, due_of
from openscrutiny.accountability.models import Question, Response
from openscrutiny.accountability.pages.question_next import address_of, next_words
from openscrutiny.accountability.pages.questions import OUTCOME_IN_WORDS
from openscrutiny.accountability.threads import texts
from openscrutiny.base.thread import Described, Kind, Next
from openscrutiny.base.work import Pile, Waits, WorkItem
from openscrutiny.core.machines import ENQUIRY, QUESTION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.scrutiny.models import Enquiry


def describe_questions(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Questions by their heading. One query."""
    rows = Question.objects.select_related("addressee").filter(number__in=numbers)
    return {
        q.number: Described(
            q.heading,
            address_of(q),
            q.state_in_words,
            visible=_readable(q, standing),
            concerning=_put_to(q),
        )
        for q in rows
    }


def describe_responses(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Answers, each with its place on the page of its question. One query."""
    rows = Response.objects.select_related("question__addressee").filter(number__in=numbers)
    return {
        r.number: Described(
            f"Answer {r.version}: {OUTCOME_IN_WORDS[r.outcome].lower()}",
            f"{address_of(r.question)}#response-{r.number}",
            "late" if r.is_late else "",
            visible=_readable(r.question, standing),
            concerning=_put_to(r.question),
        )
        for r in rows
    }


def next_from_enquiry(number: str, standing: Standing) -> Sequence[Next]:
    """A question may be drafted from a line of enquiry that was approved. One query."""
    if not may(standing, Action.DRAFT_QUESTION):
        return ()
    ready = [t for row in ENQUIRY.transitions if row.event == "ask" for t in row.sources]
    if not Enquiry.objects.filter(number=number, state__in=ready).exists():
        return ()
    return (Next("Draft a question", f"/questions/new/?enquiry={number}"),)


def next_from_question(number: str, standing: Standing) -> Sequence[Next]:
    """A recommendation may be drafted from the latest answer. One query."""
    if not may(standing, Action.DRAFT_RECOMMENDATION):
        return ()
    latest = Response.objects.filter(question__number=number).order_by("-version").first()
    return next_from_response(latest.number, standing) if latest else ()


def next_from_response(number: str, standing: Standing) -> Sequence[Next]:
    """A recommendation may be drafted from an answer, whatever its kind."""
    if not may(standing, Action.DRAFT_RECOMMENDATION):
        return ()
    return (Next("Draft a recommendation", f"/recommendations/new/?response={number}"),)


def work_on_questions(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What questions wait for from this person. Two queries, and two for those that are shown.

    When an answer is due is worked out for every question, because that puts them in order.
    """
    readable = Question.objects.visible_to(standing)
    waits = []
    for question in readable.exclude(state__in=QUESTION.final).clocks():
        if question.state == "draft" and question.created_by_id != user.pk:
            continue
        words, due = _awaited(question, standing, now, drafted=False)
        if words:
            waits.append(Waits(due.on if due else None, question.reference, question.pk))

    def read(keys: Sequence[Any]) -> Mapping[Any, WorkItem]:
        shown = readable.filter(pk__in=keys).whole()
        return {q.pk: _item(q, standing, now) for q in shown}

    yield Pile(waits, read)


def _item(question: Question, standing: Standing, now: datetime) -> WorkItem:
    words, due = _awaited(question, standing, now, drafted=hasattr(question, "draft"))
    return WorkItem(
        question.reference,
        question.heading,
        address_of(question),
        words,
        due.on if due else None,
        due.words if due else "",
    )


def _awaited(
    question: Question, standing: Standing, now: datetime, *, drafted: bool
) -> tuple[str, Due | None]:
    """What a question waits for from somebody, empty where nothing, and the clock of that.

    ``drafted``, whether an answer is drafted, decides about words and about nothing else.
    """
    asked = question.asked
    drafts = question.state in OPEN and may(standing, Action.DRAFT_RESPONSE, concerning=asked)
    words = next_words(
        question,
        lambda action: may(standing, action, concerning=asked),
        drafted=drafts and drafted,
    )
    due = due_of(question, now)
    received = acknowledgement_of(question, now)
    if words:
        return words, received if received and received.on else due
    if not may(standing, Action.ISSUE_QUESTION):
        return "", due
    name = question.addressee.name if question.addressee else "the organisation"
    if due and due.overdue:
        return f"No answer yet. Ask {name} when it will come.", due
    if received and received.overdue:
        return f"Not acknowledged. Ask {name} whether it arrived.", received
    return "", due


def _put_to(question: Question) -> tuple[str, ...]:
    """Whom a question is for, while it is only a draft too."""
    return (question.addressee.code,) if question.addressee else ()


def _readable(question: Question, standing: Standing) -> bool:
    if question.issued_at is None:
        return may(standing, Action.READ_QUESTION_DRAFT)
    return may(standing, Action.READ_QUESTION, concerning=question.asked)


QUESTION_KIND = Kind("question", "Question", describe_questions, text=texts.of_questions)
RESPONSE_KIND = Kind("response", "Answer", describe_responses, text=texts.of_responses)
