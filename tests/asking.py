"""Questions for tests, brought into each state by the services alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from openscrutiny.accountability.models import Question, Response
from openscrutiny.accountability.services import questions, responses
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import Organisation, User
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Role, may
from openscrutiny.monitor.models import Finding
from openscrutiny.scrutiny.models import Enquiry
from tests.people import person

# A Monday in spring, so that no bank holiday comes for weeks.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SAYS = "Because of what stands here."
DRAFT_TEXT = "Nobody outside the constabulary may read this yet."
EVERYBODY = [r for r in Role if r is not Role.ANYONE]


@dataclass
class Cast:
    """Everybody a question needs, and the steps that lead to each of its states."""

    police: Organisation
    housing: Organisation
    people: dict[Role, User]
    outsider: User
    outside_drafter: User
    made: int = field(default=0)

    @property
    def secretariat(self) -> User:
        return self.people[Role.SECRETARIAT]

    @property
    def chair(self) -> User:
        return self.people[Role.CHAIR]

    @property
    def member(self) -> User:
        return self.people[Role.MEMBER]

    @property
    def drafter(self) -> User:
        return self.people[Role.DRAFTER]

    @property
    def signatory(self) -> User:
        return self.people[Role.SIGNATORY]

    def who_may(self, event: str) -> User:
        """Somebody whom the table lets carry out an event on a question put to the police."""
        action = QUESTION.action_of(event)
        return next(
            user
            for user in self.people.values()
            if may(standing_of(user), action, concerning=["police"])
        )

    def enquiry(self, state: str = "approved") -> Enquiry:
        """A line of enquiry about a finding of the city."""
        self.made += 1
        return Enquiry.objects.create(
            number=f"2026-9{self.made:02d}",
            state=state,
            finding=Finding.objects.order_by("pk").first(),
            definition="an-enquiry",
            heading=f"Enquiry {self.made}",
            why="The forum wants to know.",
            ask=["What happened?", "Who decided?"],
            created_by=self.secretariat,
            created_at=START,
        )

    def draft(self, **changed: Any) -> Question:
        """A drafted question, put to the police unless told otherwise."""
        given: dict[str, Any] = {
            "enquiry": None,
            "heading": "Fewer outcomes in Ambleworth",
            "text": "1. What happened?\n2. Who decided?",
            "why": "The forum wants to know.",
            "addressee": self.police,
            "by": self.secretariat,
            "now": START,
        }
        return questions.draft_question(**(given | changed))

    def in_state(self, state: str, **changed: Any) -> Question:
        """A question brought into a state along the state table."""
        question = self.draft(**changed)
        for event in WAYS[state].split():
            self.take(event, question, now=START)
        assert question.state == state
        return question

    def save(self, question: Question, *, outcome: str = "answered", **changed: Any) -> Any:
        """Save a draft answer as the drafter."""
        given: dict[str, Any] = {
            "outcome": outcome,
            "text": DRAFT_TEXT,
            "exemption": "Section 31" if outcome == "declined" else "",
            "by": self.drafter,
            "now": START,
            "seen": 0,
        }
        return responses.save_draft(question=question, **(given | changed))

    def answer(self, question: Question, *, now: datetime, outcome: str = "answered") -> Response:
        """Draft an answer and sign it."""
        draft = self.save(question, outcome=outcome, now=now)
        return responses.sign(
            question=question, by=self.signatory, now=now, draft_seen=draft.revision
        )

    def take(self, event: str, question: Question, *, now: datetime, by: User | None = None) -> Any:
        """Carry out one event by its service, as somebody who may unless told otherwise."""
        if event in OUTCOME_OF:
            draft = getattr(Question.objects.whole().get(pk=question.pk), "draft", None)
            if draft is None or draft.outcome != OUTCOME_OF[event]:
                return self.answer(question, now=now, outcome=OUTCOME_OF[event])
            return responses.sign(
                question=question,
                by=by or self.signatory,
                now=now,
                draft_seen=draft.revision,
            )
        service = SERVICES[event]
        doer = by or (self.drafter if event in OF_THE_ASKED else self.chair)
        return service(question=question, by=doer, now=now, reason=SAYS)


OUTCOME_OF: Mapping[str, str] = {event: out for out, event in responses.EVENT_OF.items()}
OF_THE_ASKED = {"acknowledge", "ask_clarification"}
SERVICES: Mapping[str, Callable[..., Any]] = {
    "submit": questions.submit,
    "accept": questions.accept,
    "send_back": questions.send_back,
    "redirect": questions.redirect,
    "refuse": questions.refuse,
    "issue": questions.issue,
    "withdraw": questions.withdraw,
    "acknowledge": responses.acknowledge,
    "ask_clarification": responses.ask_clarification,
    "clarify": responses.clarify,
    "assess_satisfied": responses.assess_satisfied,
    "follow_up": responses.follow_up,
    "close": responses.close,
}
_ISSUED = "submit accept issue"
WAYS: Mapping[str, str] = {
    "draft": "",
    "submitted": "submit",
    "in_remit": "submit accept",
    "redirected": "submit redirect",
    "refused": "submit refuse",
    "issued": _ISSUED,
    "acknowledged": f"{_ISSUED} acknowledge",
    "clarifying": f"{_ISSUED} ask_clarification",
    "answered": f"{_ISSUED} answer",
    "partly": f"{_ISSUED} answer_partly",
    "not_held": f"{_ISSUED} answer_not_held",
    "declined": f"{_ISSUED} decline",
    "follow_up": f"{_ISSUED} answer follow_up",
    "satisfied": f"{_ISSUED} answer assess_satisfied",
    "closed": f"{_ISSUED} answer assess_satisfied close",
    "withdrawn": f"{_ISSUED} withdraw",
}

# The states of a question that nobody outside the forum may read.
HIDDEN = {"draft", "submitted", "in_remit", "redirected", "refused"}


def cast_of_the_city() -> Cast:
    """The bodies of the invented city's terms of reference, and one person for each role."""
    bodies = (
        ("police", "Aldermere City Constabulary", "police"),
        ("housing", "Aldermere Boroughs Housing Partnership", "partner"),
    )
    police, housing = (
        Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]
        for code, name, kind in bodies
    )
    people = {role: person(role, name=f"name-of-{role.value}")
              for role in Role if role is not Role.ANYONE}  # fmt: skip
    return Cast(
        police,
        housing,
        people,
        person(Role.SIGNATORY, organisation=housing, name="name-of-outsider"),
        person(Role.DRAFTER, organisation=housing, name="name-of-outside-drafter"),
    )
