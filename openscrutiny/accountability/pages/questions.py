"""One question at one address, which shows each person what they may see; drafting a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects

from openscrutiny.accountability.deadlines import (
    OPEN,
    Due,
    acknowledgement_of,
    due_of,
    due_of_answer,
    terms_in_force,
)
from openscrutiny.accountability.models import Question, Response
from openscrutiny.accountability.pages.question_history import Happening, history_of
from openscrutiny.accountability.pages.question_next import ToDo, address_of, to_do
from openscrutiny.base import access
from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.machines import ENQUIRY, QUESTION
from openscrutiny.core.permits import Action
from openscrutiny.monitor.models import Finding
from openscrutiny.scrutiny.models import Enquiry

OUTCOME_IN_WORDS: Mapping[str, str] = {
    "answered": "A full answer",
    "partly": "An answer in part",
    "not_held": "The information is not held",
    "declined": "Declined under an exemption",
}

# What each step that takes words asks for, and whether it needs them.
_STEPS: Mapping[str, tuple[str, str, bool]] = {
    "acknowledge": (
        "Anything to say meanwhile?",
        "You need not write anything. A holding reply does not stop the clock.",
        False,
    ),
    "ask_clarification": (
        "What is unclear?",
        "The clock stands still until the forum has answered this.",
        True,
    ),
    "clarify": ("What is meant?", "The clock runs again as soon as you send this.", True),
    "assess_satisfied": ("Why is the answer satisfactory?", "It stands in the record.", True),
    "follow_up": (
        "What is still missing?",
        "The organisation reads this. The clock starts anew, with the same term.",
        True,
    ),
}
# What stands open on the page, because it is the thing to do next.
_AT_ONCE = {"acknowledge", "clarify"}
# Offered by the pages on which the answer is written and signed.
_ELSEWHERE = {"answer", "answer_partly", "answer_not_held", "decline"}


@dataclass(frozen=True)
class Ground:
    """The finding a question rests on, as somebody outside the forum must be able to read it."""

    sentence: str
    how_likely: str
    period: str
    baseline: str
    href: str
    month: str
    month_href: str


@dataclass(frozen=True)
class Assessed:
    """What the forum made of an answer."""

    satisfied: bool
    reason: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent. ``late`` says by how much, empty where it was in time."""

    number: str
    anchor: str
    version: int
    outcome: str
    text: str
    exemption: str
    signed_for: str
    signed_at: datetime
    due_on: date | None
    late: str
    assessments: tuple[Assessed, ...]


@dataclass(frozen=True)
class Step:
    """A step that takes words of its own: what its box asks, and whether they are needed."""

    event: str
    label: str
    asks: str
    hint: str
    needed: bool
    opened: bool


@dataclass(frozen=True)
class QuestionPage:
    """A question. What a person may not see is empty."""

    number: str
    heading: str
    state: str
    text: str
    why: str
    addressee: str
    issued_at: datetime | None
    ground: Ground | None
    enquiry: tuple[str, str] | None
    due: Due | None
    acknowledgement: Due | None
    to_do: ToDo
    answers: tuple[Answer, ...]
    no_answer_yet: bool
    answer_href: str
    draft_saved_at: datetime | None
    history: tuple[Happening, ...]
    steps: tuple[Step, ...]
    offers: tuple[Offer, ...]
    seen: int
    moving: str
    edit: str
    thread: Thread


@dataclass(frozen=True)
class Prefilled:
    """What the form of a new question starts from, and the enquiry it came from, if any."""

    enquiry: Enquiry | None
    initial: dict[str, Any]
    thread: Thread | None


def question_for(number: str, user: Any) -> Question:
    """The question a person asked for, with what its page needs; NotPermitted or 404 otherwise.

    Whoever may not read it gets the same refusal whether it is a draft, another organisation's, or
    not there at all.
    """
    found = (
        Question.objects.whole()
        .select_related("addressee", "draft", "enquiry__finding")
        .filter(number=number)
        .first()
    )
    all_issued = allows(user, Action.READ_QUESTION)
    hidden = Action.READ_QUESTION_DRAFT if all_issued else Action.READ_QUESTION
    return access.fetch_or_deny(
        found,
        by=user,
        hidden=hidden,
        needs=lambda q: (Action.READ_QUESTION, q.asked) if q.issued_at else (hidden, ()),
    )


def question_page(question: Question, user: Any, *, now: datetime) -> QuestionPage:
    """One question, as this person may see it."""
    asked = question.asked
    prefetch_related_objects([question], "responses__assessments")
    answers = tuple(_answer(r, question) for r in question.responses.all())
    own = allows(user, Action.DRAFT_RESPONSE, concerning=asked)
    in_forum = allows(user, Action.READ_QUESTION_DRAFT)
    enquiry = question.enquiry if allows(user, Action.READ_ENQUIRY) else None
    draft = getattr(question, "draft", None) if own and question.state in OPEN else None
    found = offers(
        question,
        by=user,
        concerning=asked,
        facts={"has_addressee": question.addressee_id is not None, "has_draft": draft is not None},
        without=_ELSEWHERE,
    )
    drafting = question.state == QUESTION.initial and allows(user, Action.DRAFT_QUESTION)
    return QuestionPage(
        number=question.number,
        heading=question.heading,
        state=question.state_in_words,
        text=question.text,
        why=question.why,
        addressee=question.addressee.name if question.addressee else "",
        issued_at=question.issued_at,
        ground=_ground(question.enquiry.finding) if question.enquiry else None,
        enquiry=(enquiry.heading, f"/enquiries/{enquiry.number}/") if enquiry else None,
        due=due_of(question, now),
        acknowledgement=acknowledgement_of(question, now),
        to_do=to_do(question, user, drafted=draft is not None),
        answers=answers,
        no_answer_yet=not answers and question.state in OPEN,
        answer_href=f"{address_of(question)}answer/" if own and question.state in OPEN else "",
        draft_saved_at=draft.saved_at if draft else None,
        history=history_of(question, with_drafting=in_forum),
        steps=tuple(_step(o) for o in found if o.event in _STEPS),
        offers=tuple(o for o in found if o.event not in _STEPS),
        seen=question.revision,
        moving=f"{address_of(question)}move/",
        edit=f"{address_of(question)}edit/" if drafting else "",
        thread=thread_of(question.reference, standing=standing_of(user)),
    )


def prefilled(enquiry_number: str, user: Any, *, now: datetime) -> Prefilled:
    """What a new question starts from: a line of enquiry that may be asked about, or nothing.

    NotPossible where the enquiry is not approved yet, or is withdrawn.
    """
    access.require(user, Action.DRAFT_QUESTION)
    respondent = Organisation.objects.filter(code=terms_in_force(now).respondent).first()
    if not enquiry_number:
        return Prefilled(None, {"addressee": respondent}, None)
    enquiry = access.fetch_or_deny(
        Enquiry.objects.filter(number=enquiry_number).first(),
        by=user,
        hidden=Action.READ_ENQUIRY,
        needs=lambda _: (Action.READ_ENQUIRY, ()),
    )
    ENQUIRY.step(enquiry.state, "ask")
    asked = "\n".join(f"{n}. {words}" for n, words in enumerate(enquiry.ask, start=1))
    return Prefilled(
        enquiry,
        {
            "heading": enquiry.heading,
            "text": asked,
            "why": enquiry.why,
            "addressee": respondent,
        },
        thread_of(enquiry.reference, standing=standing_of(user)),
    )


def _ground(finding: Finding) -> Ground:
    return Ground(
        sentence=finding.sentence,
        how_likely=finding.how_likely,
        period=finding.period.words,
        baseline=(
            "the other areas in the same months"
            if finding.kind == "between"
            else finding.baseline.words
        ),
        href=f"/findings/{finding.pk}/",
        month=finding.period.last.words,
        month_href=f"/findings/?month={finding.period_to}",
    )


def _answer(response: Response, question: Question) -> Answer:
    response.question = question
    due = due_of_answer(response)
    return Answer(
        number=response.number,
        anchor=f"response-{response.number}",
        version=response.version,
        outcome=OUTCOME_IN_WORDS[response.outcome],
        text=response.text,
        exemption=response.exemption,
        signed_for=question.addressee.name if question.addressee else "",
        signed_at=response.signed_at,
        due_on=due.on if due else None,
        late=due.late if due else "",
        assessments=tuple(
            Assessed(a.satisfied, a.reason, a.at) for a in response.assessments.all()
        ),
    )


def _step(offer: Offer) -> Step:
    asks, hint, needed = _STEPS[offer.event]
    return Step(offer.event, offer.label, asks, hint, needed, offer.event in _AT_ONCE)
