"""The pages on which an answer is written, and on which it is read once more and signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openscrutiny.accountability.deadlines import WAITING, Due, due_of, require_awaited
from openscrutiny.accountability.models import Question, ResponseDraft
from openscrutiny.accountability.pages.questions import OUTCOME_IN_WORDS, address_of
from openscrutiny.base.access import allows, require, standing_of
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Action


@dataclass(frozen=True)
class AnswerPage:
    """Where an answer is written: the question beside it, and what was saved so far."""

    number: str
    heading: str
    text: str
    href: str
    due: Due | None
    may_sign: bool
    draft_revision: int
    saved: str
    saved_at: datetime | None
    thread: Thread


@dataclass(frozen=True)
class SignPage:
    """The answer as it will stand once it is sent."""

    number: str
    heading: str
    question: str
    href: str
    organisation: str
    outcome: str
    text: str
    exemption: str
    due: Due | None
    seen: int
    draft_seen: int
    thread: Thread


def answer_page(question: Question, user: Any, *, now: datetime) -> AnswerPage:
    """Where the answer is written; NotPermitted for others, NotPossible where none is awaited."""
    require(user, Action.DRAFT_RESPONSE, concerning=question.asked)
    require_awaited(question)
    draft = draft_of(question)
    return AnswerPage(
        number=question.number,
        heading=question.heading,
        text=question.text,
        href=address_of(question),
        due=due_of(question, now),
        may_sign=question.state in WAITING
        and allows(user, Action.SIGN_RESPONSE, concerning=question.asked),
        draft_revision=draft.revision if draft else 0,
        saved=draft.text if draft else "",
        saved_at=draft.saved_at if draft else None,
        thread=thread_of(question.reference, standing=standing_of(user)),
    )


def sign_page(question: Question, user: Any, *, now: datetime) -> SignPage:
    """The answer as it will stand; NotPossible where nothing was drafted or none is awaited."""
    require(user, Action.SIGN_RESPONSE, concerning=question.asked)
    draft = draft_of(question)
    QUESTION.step(question.state, "answer", {"has_draft": draft is not None})
    assert draft is not None
    return SignPage(
        number=question.number,
        heading=question.heading,
        question=question.text,
        href=address_of(question),
        organisation=question.addressee.name if question.addressee else "",
        outcome=OUTCOME_IN_WORDS[draft.outcome],
        text=draft.text,
        exemption=draft.exemption,
        due=due_of(question, now),
        seen=question.revision,
        draft_seen=draft.revision,
        thread=thread_of(question.reference, standing=standing_of(user)),
    )


def draft_of(question: Question) -> ResponseDraft | None:
    """The answer that is being written, if any. For the organisation that was asked alone."""
    return getattr(question, "draft", None)
