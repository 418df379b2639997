"""Questions: their state table walked by the services, who may do what, drafting, notices."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from openscrutiny.accountability.models import Question
from openscrutiny.accountability.services import questions, responses
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Link, Notice
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import NotPermitted, Role, may
from openscrutiny.core.workflow import NotPossible
from tests.asking import (
    EVERYBODY,
    HIDDEN,
    OUTCOME_OF,
    SAYS,
    SERVICES,
    START,
    WAYS,
    Cast,
    cast_of_the_city,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return cast_of_the_city()


def as_kept(question: Question) -> tuple[Any, ...]:
    kept = Question.objects.filter(pk=question.pk).values_list()[0]
    others = (question.pauses.count(), question.responses.count(), AuditEvent.objects.count())
    return (*kept, *others, Notice.objects.count(), Link.objects.count())


def carry_out(cast: Cast, event: str, question: Question, **given: Any) -> Any:
    """One event through its service, with the draft an answer needs already there."""
    if event in OUTCOME_OF:
        return responses.sign(question=question, now=START, draft_seen=1, **given)
    return SERVICES[event](question=question, now=START, reason=SAYS, **given)


# ---- the state table --------------------------------------------------------------------------


def test_every_state_and_event_of_the_table_is_walked() -> None:
    assert set(WAYS) == set(QUESTION.states)
    assert set(SERVICES) | set(OUTCOME_OF) == set(QUESTION.events)


@pytest.mark.parametrize("state", QUESTION.states)
@pytest.mark.parametrize("event", QUESTION.events)
def test_each_event_does_what_the_table_says_and_changes_nothing_elsewhere(
    state: str, event: str, cast: Cast
) -> None:
    question = cast.in_state(state)
    if event in OUTCOME_OF and state in ("issued", "acknowledged", "follow_up", "clarifying"):
        cast.save(question, outcome=OUTCOME_OF[event])
    row = next((t for t in QUESTION.possible(state) if t.event == event), None)
    before, events = as_kept(question), AuditEvent.objects.count()
    if row is None:
        # Before its issue nobody was asked, so there is nobody who may answer.
        unasked = state in HIDDEN and event in (*OUTCOME_OF, "acknowledge", "ask_clarification")
        with pytest.raises(NotPermitted if unasked else NotPossible):
            carry_out(cast, event, question, by=cast.who_may(event))
        assert as_kept(question) == before
    else:
        carry_out(cast, event, question, by=cast.who_may(event))
        assert Question.objects.get(pk=question.pk).state == row.target
        assert AuditEvent.objects.count() == events + 1


@pytest.mark.parametrize("event", QUESTION.events)
def test_each_event_is_for_those_whom_the_permissions_name(event: str, cast: Cast) -> None:
    state = next(s for s in QUESTION.states if any(t.event == event for t in QUESTION.possible(s)))
    action = QUESTION.action_of(event)
    for role in EVERYBODY:
        question = cast.in_state(state)
        if event in OUTCOME_OF:
            cast.save(question, outcome=OUTCOME_OF[event])
        allowed = may(standing_of(cast.people[role]), action, concerning=["police"])
        before = as_kept(question)
        if allowed:
            carry_out(cast, event, question, by=cast.people[role])
            assert question.state != state
        else:
            with pytest.raises(NotPermitted):
                carry_out(cast, event, question, by=cast.people[role])
            assert as_kept(question) == before


@pytest.mark.parametrize("event", sorted({t.event for t in QUESTION.transitions if t.needs_reason}))
def test_a_step_that_must_say_why_is_refused_without_a_reason(event: str, cast: Cast) -> None:
    state = next(s for s in QUESTION.states if any(t.event == event for t in QUESTION.possible(s)))
    question = cast.in_state(state)
    before = as_kept(question)
    with pytest.raises(ReasonMissing):
        SERVICES[event](question=question, by=cast.who_may(event), now=START, reason="  ")
    assert as_kept(question) == before


def test_two_people_deciding_at_once_cannot_overwrite_each_other(cast: Cast) -> None:
    question = cast.in_state("submitted")
    other = Question.objects.get(pk=question.pk)
    questions.accept(question=question, by=cast.chair, now=START, seen=question.revision)
    with pytest.raises(Overtaken):
        questions.refuse(
            question=other, by=cast.secretariat, now=START, seen=other.revision, reason=SAYS
        )
    assert Question.objects.get(pk=question.pk).state == "in_remit"


# ---- drafting ---------------------------------------------------------------------------------


def test_a_question_takes_what_was_written_in_the_line_of_enquiry(
    cast: Cast, client: Client
) -> None:
    enquiry = cast.enquiry()
    sign_in(client, cast.member)
    shown = client.get(f"/questions/new/?enquiry={enquiry.number}")
    form = shown.context["form"].initial
    assert form["heading"] == enquiry.heading
    assert form["text"] == "1. What happened?\n2. Who decided?"
    assert form["why"] == enquiry.why
    assert form["addressee"] == cast.police
    sent = {**form, "addressee": cast.police.pk}
    answer = client.post(f"/questions/new/?enquiry={enquiry.number}", sent)
    question = Question.objects.get()
    assert answer["Location"] == f"/questions/{question.number}/"
    assert (question.heading, question.text, question.why) == (
        enquiry.heading,
        form["text"],
        enquiry.why,
    )
    enquiry.refresh_from_db()
    assert enquiry.state == "asked"
    assert Link.objects.filter(
        from_ref=enquiry.reference, to_ref=question.reference, kind="asked as"
    ).exists()


@pytest.mark.parametrize("state", ["drafted", "withdrawn"])
def test_nothing_is_asked_about_an_enquiry_that_was_not_approved(
    state: str, cast: Cast, client: Client
) -> None:
    enquiry = cast.enquiry(state)
    with pytest.raises(NotPossible):
        cast.draft(enquiry=enquiry)
    assert not Question.objects.exists()
    sign_in(client, cast.secretariat)
    assert client.get(f"/questions/new/?enquiry={enquiry.number}").status_code == 409


def test_more_than_one_question_may_come_from_an_enquiry(cast: Cast) -> None:
    enquiry = cast.enquiry()
    numbers = {cast.draft(enquiry=enquiry).number, cast.draft(enquiry=enquiry).number}
    assert len(numbers) == 2


def test_a_question_is_put_only_to_an_organisation_that_answers(cast: Cast) -> None:
    verifier = cast.people[Role.VERIFIER].roles.get().organisation
    with pytest.raises(NotPossible, match="not an organisation that answers"):
        cast.draft(addressee=verifier)


def test_a_question_to_nobody_may_be_drafted_but_not_submitted(cast: Cast) -> None:
    question = cast.draft(addressee=None)
    with pytest.raises(NotPossible, match="Choose the organisation"):
        questions.submit(question=question, by=cast.member, now=START)


def test_issuing_freezes_the_words_the_addressee_and_the_term(cast: Cast) -> None:
    question = cast.in_state("issued")
    assert (question.issued_at, question.clock_started_at) == (START, START)
    assert (question.term_length, question.term_unit) == (20, "working days")
    with pytest.raises(NotPossible, match="can no longer be changed"):
        questions.edit_question(
            question=question, heading="x", text="y", why="", addressee=cast.housing,
            by=cast.secretariat, now=START, seen=question.revision,
        )  # fmt: skip
    question.refresh_from_db()
    assert question.addressee == cast.police


def test_what_a_second_editor_wrote_is_kept_beside_what_the_first_one_saved(
    cast: Cast, client: Client
) -> None:
    question = cast.draft()
    sign_in(client, cast.secretariat)
    address = f"/questions/{question.number}/edit/"
    seen = client.get(address).context["form"].initial["seen"]
    mine = {"heading": "Mine", "text": "What I wrote", "why": "", "seen": seen}
    assert client.post(address, {**mine, "heading": "First"}).status_code == 302
    refused = client.post(address, mine)
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "What I wrote" in text
    assert "First" in text
    question.refresh_from_db()
    assert question.heading == "First"
    again = refused.context["form"]["seen"].value()
    assert client.post(address, {**mine, "seen": again}).status_code == 302
    question.refresh_from_db()
    assert question.heading == "Mine"


# ---- who hears of it --------------------------------------------------------------------------


def test_the_organisation_hears_of_a_question_when_it_is_issued_and_not_before(cast: Cast) -> None:
    question = cast.in_state("in_remit")
    assert not Notice.objects.filter(recipient__in=[cast.drafter, cast.signatory]).exists()
    questions.withdraw(question=question, by=cast.chair, now=START, reason=SAYS)
    assert not Notice.objects.filter(recipient__in=[cast.drafter, cast.signatory]).exists()
    cast.in_state("issued")
    told = Notice.objects.filter(event="accountability.question.issue")
    clearer = cast.people[Role.CLEARER]
    assert {n.recipient for n in told} == {cast.drafter, clearer, cast.signatory}
