"""The pages of questions: the list, and one address that shows each person what they may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openscrutiny.accountability.deadlines import (
    OPEN,
    WAITING,
    Due,
    due_of,
    due_on,
    lateness,
    terms_in_force,
)
from openscrutiny.accountability.models import Question, Response
from openscrutiny.accountability.pages.question_history import Happening, history_of
from openscrutiny.base import access
from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.machines import ENQUIRY, QUESTION
from openscrutiny.core.permits import Action
from openscrutiny.monitor.models import Finding
from openscrutiny.scrutiny.models import Enquiry

GROUPS: Mapping[str, str] = {"open": "Open", "overdue": "Overdue", "closed": "Closed"}

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
# Offered by the pages on which the answer is written and signed.
_ELSEWHERE = {"answer", "answer_partly", "answer_not_held", "decline"}


@dataclass(frozen=True)
class Line:
    """A question in the list."""

    number: str
    heading: str
    href: str
    addressee: str
    state: str
    due: Due | None


@dataclass(frozen=True)
class QuestionsPage:
    """The questions of one group that a person may read. ``groups`` are code, label and count."""

    group: str
    groups: tuple[tuple[str, str, int], ...]
    lines: tuple[Line, ...]
    may_draft: bool


@dataclass(frozen=True)
class Ground:
    """The finding a question rests on, as somebody outside the forum must be able to read it."""

    sentence: str
    how_likely: str
    period: str
    baseline: str
    href: str


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


@dataclass(frozen=True)
class ToDo:
    """The one thing this person should do next; ``href`` and ``label`` where it has a page."""

    words: str
    href: str = ""
    label: str = ""


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
    to_do: ToDo
    answers: tuple[Answer, ...]
    no_answer_yet: bool
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


def questions_page(user: Any, *, group: str, now: datetime) -> QuestionsPage:
    """The list. Being overdue is worked out now, for every question that waits for an answer."""
    standing = standing_of(user)
    access.require(user, Action.READ_QUESTION, concerning=standing.organisations)
    chosen = group if group in GROUPS else "open"
    rows = [(q, due_of(q, now)) for q in Question.objects.visible_to(standing).whole()]
    sorted_out: dict[str, list[Line]] = {name: [] for name in GROUPS}
    for question, due in rows:
        line = Line(
            number=question.number,
            heading=question.heading,
            href=address_of(question),
            addressee=question.addressee.name if question.addressee else "nobody yet",
            state=question.state_in_words,
            due=due,
        )
        sorted_out["closed" if question.state in QUESTION.final else "open"].append(line)
        if due and due.overdue:
            sorted_out["overdue"].append(line)
    for name in ("open", "overdue"):
        sorted_out[name].sort(key=lambda x: x.due.on if x.due and x.due.on else date.max)
    return QuestionsPage(
        chosen,
        tuple((name, label, len(sorted_out[name])) for name, label in GROUPS.items()),
        tuple(sorted_out[chosen]),
        allows(user, Action.DRAFT_QUESTION),
    )


def question_page(question: Question, user: Any, *, now: datetime) -> QuestionPage:
    """One question, as this person may see it."""
    asked = question.asked
    answers = tuple(
        _answer(r, question) for r in question.responses.prefetch_related("assessments")
    )
    own = allows(user, Action.DRAFT_RESPONSE, concerning=asked)
    in_forum = allows(user, Action.READ_QUESTION_DRAFT)
    enquiry = question.enquiry if allows(user, Action.READ_ENQUIRY) else None
    draft = getattr(question, "draft", None) if own else None
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
        to_do=_to_do(question, user, drafted=draft is not None),
        answers=answers,
        no_answer_yet=not answers and question.state in OPEN,
        draft_saved_at=draft.saved_at if draft else None,
        history=history_of(question, with_drafting=in_forum),
        steps=tuple(_step(o) for o in found if o.event in _STEPS),
        offers=tuple(o for o in found if o.event not in _STEPS),
        seen=question.revision,
        moving=f"{address_of(question)}move/",
        edit=f"{address_of(question)}edit/" if drafting else "",
        thread=thread_of(question.reference, standing=standing_of(user)),
    )


def prefilled(enquiry_number: str, user: Any) -> Prefilled:
    """What a new question starts from: a line of enquiry that may be asked about, or nothing.

    NotPossible where the enquiry is not approved yet, or is withdrawn.
    """
    access.require(user, Action.DRAFT_QUESTION)
    respondent = Organisation.objects.filter(code=terms_in_force().respondent).first()
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


def address_of(question: Question) -> str:
    return f"/questions/{question.number}/"


def _ground(finding: Finding) -> Ground:
    return Ground(
        sentence=finding.sentence,
        how_likely=finding.how_likely,
        period=finding.period.words,
        baseline=finding.baseline.words,
        href=f"/findings/{finding.pk}/",
    )


def _answer(response: Response, question: Question) -> Answer:
    response.question = question
    return Answer(
        number=response.number,
        anchor=f"response-{response.number}",
        version=response.version,
        outcome=OUTCOME_IN_WORDS[response.outcome],
        text=response.text,
        exemption=response.exemption,
        signed_for=question.addressee.name if question.addressee else "",
        signed_at=response.signed_at,
        due_on=due_on(response),
        late=lateness(response),
        assessments=tuple(
            Assessed(a.satisfied, a.reason, a.at) for a in response.assessments.all()
        ),
    )


def _step(offer: Offer) -> Step:
    asks, hint, needed = _STEPS[offer.event]
    return Step(offer.event, offer.label, asks, hint, needed)


# What waits for whoever may do it, by state: the permission, and the words.
_NEXT: Mapping[str, tuple[Action, str]] = {
    "draft": (Action.DRAFT_QUESTION, "Finish this draft, then submit it."),
    "submitted": (Action.DECIDE_REMIT, "Decide whether this is in the forum's remit."),
    "in_remit": (Action.ISSUE_QUESTION, "Issue this question. Its clock starts then."),
    "clarifying": (Action.CLARIFY_QUESTION, "Say what was meant, so that the clock runs again."),
    "answered": (Action.ASSESS_RESPONSE, "Say whether the answer is satisfactory."),
    "partly": (Action.ASSESS_RESPONSE, "Say whether the answer is satisfactory."),
    "not_held": (Action.ASSESS_RESPONSE, "Say whether the answer is satisfactory."),
    "declined": (Action.ASSESS_RESPONSE, "Say whether declining to answer is acceptable."),
    "satisfied": (Action.ASSESS_RESPONSE, "Close this question."),
}


def next_words(question: Question, may_do: Any, *, drafted: bool) -> str:
    """What waits for a person here; empty where nothing does.

    ``may_do`` says of an action whether the person may take it on this question.
    """
    if question.state in WAITING and may_do(Action.DRAFT_RESPONSE):
        if drafted and may_do(Action.SIGN_RESPONSE):
            return "Check the drafted answer, then sign and send it."
        if drafted:
            return "Finish the drafted answer, then ask your signatory to sign and send it."
        if question.state == "issued":
            return "Acknowledge this question, then draft the answer."
        return "Draft the answer."
    action, words = _NEXT.get(question.state, (None, ""))
    return words if action is not None and may_do(action) else ""


def _to_do(question: Question, user: Any, *, drafted: bool) -> ToDo:
    def may_do(action: Action) -> bool:
        return allows(user, action, concerning=question.asked)

    words = next_words(question, may_do, drafted=drafted)
    home = address_of(question)
    if question.state in WAITING and words:
        if drafted and may_do(Action.SIGN_RESPONSE):
            return ToDo(words, f"{home}sign/", "Check, sign and send")
        return ToDo(words, f"{home}answer/", "Write the answer")
    if words:
        return ToDo(words)
    if question.state in OPEN:
        name = question.addressee.name if question.addressee else "the organisation"
        whom = "the forum" if question.state == "clarifying" else name
        return ToDo(f"Nothing for you to do now. This waits for {whom}.")
    return ToDo("Nothing for you to do now.")
