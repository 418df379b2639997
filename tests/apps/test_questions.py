"""Questions: their state table walked by the services, who may do what, and what each may read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.accountability.models import Question
from openscrutiny.accountability.pages.question_history import HAPPENED
from openscrutiny.accountability.services import questions, responses
from openscrutiny.accountability.threads.questions import next_from_enquiry, work_on_questions
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Link, Notice
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.base.thread import thread_of
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import NOBODY, NotPermitted, Role, may
from openscrutiny.core.workflow import NotPossible
from tests.asking import OUTCOME_OF, SAYS, SERVICES, START, WAYS, Cast, cast_of_the_city
from tests.people import sign_in

pytestmark = pytest.mark.django_db

EVERYBODY = [r for r in Role if r is not Role.ANYONE]


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


def doer(cast: Cast, event: str) -> Any:
    action = QUESTION.action_of(event)
    return next(
        u for u in cast.people.values() if may(standing_of(u), action, concerning=["police"])
    )


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
            carry_out(cast, event, question, by=doer(cast, event))
        assert as_kept(question) == before
    else:
        carry_out(cast, event, question, by=doer(cast, event))
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
        SERVICES[event](question=question, by=doer(cast, event), now=START, reason="  ")
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
    assert {n.recipient for n in told} == {cast.drafter, cast.signatory}


# ---- who may read what ------------------------------------------------------------------------

HIDDEN = {"draft", "submitted", "in_remit", "redirected", "refused"}
READS_ISSUED = {Role.MEMBER, Role.CHAIR, Role.SECRETARIAT, Role.ANALYST, Role.VERIFIER,
                Role.DRAFTER, Role.SIGNATORY}  # fmt: skip
FORUM = {Role.MEMBER, Role.CHAIR, Role.SECRETARIAT}


@pytest.mark.parametrize("state", QUESTION.states)
def test_each_state_is_read_by_those_who_may_and_listed_for_the_same(
    state: str, cast: Cast, client: Client
) -> None:
    question = cast.in_state(state)
    group = "closed" if state in QUESTION.final else "open"
    for role in EVERYBODY:
        sign_in(client, cast.people[role])
        readers = FORUM if state in HIDDEN else READS_ISSUED
        shown = client.get(f"/questions/{question.number}/")
        assert shown.status_code == (200 if role in readers else 403), role
        listed = client.get(f"/questions/?group={group}")
        if listed.status_code == 200:
            assert (question.heading in listed.content.decode()) is (role in readers)
        else:
            assert role not in READS_ISSUED


def test_nobody_who_has_not_signed_in_reads_a_question(cast: Cast, client: Client) -> None:
    for state in ("draft", "issued", "closed"):
        question = cast.in_state(state)
        refused = client.get(f"/questions/{question.number}/")
        assert refused.status_code == 403
        assert question.heading not in refused.content.decode()
    assert client.get("/questions/").status_code == 403
    assert not Question.objects.visible_to(NOBODY).exists()


def test_another_organisation_cannot_tell_a_question_from_one_that_is_not_there(
    cast: Cast, client: Client
) -> None:
    said = set()
    for user in (cast.outsider, cast.outside_drafter):
        sign_in(client, user)
        for number in ("2026-999", *(cast.in_state(s).number for s in ("draft", "issued"))):
            for page in ("", "answer/", "sign/", "edit/"):
                refused = client.get(f"/questions/{number}/{page}")
                assert refused.status_code == 403
                text = refused.content.decode().split("<main")[1]
                said.add(text.replace(user.username, "").replace(f"{number}/{page}", ""))
        assert list(Question.objects.visible_to(standing_of(user))) == []
    assert len(said) == 1


def test_an_analyst_cannot_tell_a_draft_from_nothing(cast: Cast, client: Client) -> None:
    draft = cast.in_state("submitted")
    sign_in(client, cast.people[Role.ANALYST])
    there, missing = (
        client.get(f"/questions/{n}/").content.decode().split("<main")[1]
        for n in (draft.number, "2026-999")
    )
    assert there == missing


def test_the_officer_reads_at_once_what_why_by_when_and_what_to_do(
    cast: Cast, client: Client
) -> None:
    enquiry = cast.enquiry()
    question = cast.in_state("issued", enquiry=enquiry)
    sign_in(client, cast.drafter)
    text = client.get(f"/questions/{question.number}/").content.decode()
    finding = enquiry.finding
    for said in (
        question.heading,
        "What happened?<br>2. Who decided?",
        question.why,
        finding.how_likely,
        finding.period.words,
        finding.baseline.words,
        f'href="/findings/{finding.pk}/"',
        "By the end of Monday 30 March 2026",
        "day zero",
        "Acknowledge this question, then draft the answer.",
        "(chair, ",
    ):
        assert said in text
    assert "/enquiries/" not in text
    assert "Drafted" not in text
    assert "name-of-secretariat" not in text
    assert "name-of-chair" not in text


def test_the_forum_reads_the_way_to_the_enquiry_and_how_it_was_drafted(
    cast: Cast, client: Client
) -> None:
    enquiry = cast.enquiry()
    question = cast.in_state("issued", enquiry=enquiry)
    sign_in(client, cast.member)
    text = client.get(f"/questions/{question.number}/").content.decode()
    assert f'href="/enquiries/{enquiry.number}/"' in text
    assert "Drafted" in text


def test_every_event_has_words_for_the_history() -> None:
    assert set(HAPPENED) == set(QUESTION.events) | {"drafted", "edited"}


# ---- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "edit/", "answer/", "sign/"])
def test_each_page_opens_for_its_own_readers_alone(page: str, cast: Cast, client: Client) -> None:
    question = cast.in_state("draft" if page == "edit/" else "issued")
    if page == "sign/":
        cast.save(question)
    allowed = {
        "": READS_ISSUED,
        "edit/": FORUM,
        "answer/": {Role.DRAFTER, Role.SIGNATORY},
        "sign/": {Role.SIGNATORY},
    }[page]
    for role in EVERYBODY:
        sign_in(client, cast.people[role])
        got = client.get(f"/questions/{question.number}/{page}").status_code
        assert got == (200 if role in allowed else 403), role
    client.logout()
    assert client.get(f"/questions/{question.number}/{page}").status_code == 403


def test_a_new_question_is_drafted_by_the_forum_alone(cast: Cast, client: Client) -> None:
    for role in EVERYBODY:
        sign_in(client, cast.people[role])
        got = client.get("/questions/new/").status_code
        assert got == (200 if role in FORUM else 403), role
    client.logout()
    assert client.get("/questions/new/").status_code == 403


@pytest.mark.parametrize("event", sorted(SERVICES))
def test_each_step_can_be_taken_from_the_page(event: str, cast: Cast, client: Client) -> None:
    row = next(t for t in QUESTION.transitions if t.event == event)
    question = cast.in_state(sorted(row.sources)[0])
    sign_in(client, doer(cast, event))
    address = f"/questions/{question.number}/"
    page = client.get(address).content.decode()
    assert f'name="event" value="{event}"' in page
    sent = {"event": event, "seen": question.revision, "reason": SAYS}
    assert client.post(f"{address}move/", sent)["Location"] == address
    question.refresh_from_db()
    assert question.state == row.target
    assert client.get(address).status_code == 200


def test_a_refused_step_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    question = cast.in_state("clarifying")
    sign_in(client, cast.chair)
    address = f"/questions/{question.number}/move/"
    sent = {"event": "clarify", "seen": question.revision + 7, "reason": "A long explanation"}
    stale = client.post(address, sent)
    assert stale.status_code == 409
    assert "A long explanation" in stale.content.decode()
    empty = client.post(address, {**sent, "seen": question.revision, "reason": ""})
    assert empty.status_code == 422
    assert client.post(address, {"event": "nonsense", "seen": 1}).status_code == 422
    question.refresh_from_db()
    assert question.state == "clarifying"


def test_what_was_typed_into_a_faulty_question_stays_in_the_form(
    cast: Cast, client: Client
) -> None:
    sign_in(client, cast.member)
    refused = client.post("/questions/new/", {"heading": "", "text": "What I typed", "why": ""})
    assert refused.status_code == 422
    assert "What I typed" in refused.content.decode()
    assert not Question.objects.exists()


# ---- the thread, the list, the work -----------------------------------------------------------


def test_the_thread_offers_what_comes_next_to_those_who_may(cast: Cast) -> None:
    enquiry = cast.enquiry()
    question = cast.in_state("partly", enquiry=enquiry)
    response = question.responses.get()
    forum, police = standing_of(cast.secretariat), standing_of(cast.drafter)
    offered = thread_of(question.reference, standing=forum)
    assert [n.href for n in offered.next] == [f"/recommendations/new/?response={response.number}"]
    assert [s.reference for s in offered.after] == [response.reference]
    assert thread_of(question.reference, standing=police).next == ()
    assert thread_of(response.reference, standing=forum).next == offered.next
    described = {s.reference for s in thread_of(question.reference, standing=NOBODY).steps}
    assert response.reference not in described


@pytest.mark.parametrize("state", ["drafted", "approved", "asked", "withdrawn"])
def test_a_question_is_offered_from_an_enquiry_that_may_be_asked_about(
    state: str, cast: Cast
) -> None:
    enquiry = cast.enquiry(state)
    ready = state in ("approved", "asked")
    assert bool(next_from_enquiry(enquiry.number, standing_of(cast.member))) is ready
    assert not next_from_enquiry(enquiry.number, standing_of(cast.drafter))


def test_the_list_says_how_each_question_stands_and_counts_what_is_overdue(
    cast: Cast, client: Client
) -> None:
    now = timezone.now()
    for state, began in (("issued", now - timedelta(days=60)), ("issued", now)):
        question = cast.in_state(state, heading=f"Began {began:%d}")
        Question.objects.filter(pk=question.pk).update(issued_at=began, clock_started_at=began)
    sign_in(client, cast.member)
    page = client.get("/questions/?group=overdue").context["page"]
    assert {code: count for code, _, count in page.groups} == {
        "open": 2, "overdue": 1, "closed": 0,
    }  # fmt: skip
    assert page.lines[0].due.words.startswith(("overdue: ", "long overdue: "))
    assert page.lines[0].due.words.endswith("working days late")


@pytest.mark.parametrize(
    ("state", "who"),
    [
        ("draft", {Role.SECRETARIAT}),
        ("submitted", {Role.SECRETARIAT, Role.CHAIR}),
        ("in_remit", {Role.SECRETARIAT, Role.CHAIR}),
        ("issued", {Role.DRAFTER, Role.SIGNATORY}),
        ("acknowledged", {Role.DRAFTER, Role.SIGNATORY}),
        ("follow_up", {Role.DRAFTER, Role.SIGNATORY}),
        ("clarifying", {Role.SECRETARIAT, Role.CHAIR}),
        ("answered", {Role.SECRETARIAT, Role.CHAIR}),
        ("partly", {Role.SECRETARIAT, Role.CHAIR}),
        ("not_held", {Role.SECRETARIAT, Role.CHAIR}),
        ("declined", {Role.SECRETARIAT, Role.CHAIR}),
        ("satisfied", {Role.SECRETARIAT, Role.CHAIR}),
        ("redirected", set()),
        ("refused", set()),
        ("closed", set()),
        ("withdrawn", set()),
    ],
)
def test_each_state_waits_for_those_who_can_move_it(state: str, who: set[Role], cast: Cast) -> None:
    cast.in_state(state)
    waits = {
        role
        for role in EVERYBODY
        if work_on_questions(cast.people[role], standing_of(cast.people[role]), START)
    }
    assert waits == who
    assert not work_on_questions(cast.outsider, standing_of(cast.outsider), START)


def test_an_overdue_question_stands_among_the_secretariats_work(cast: Cast) -> None:
    cast.in_state("acknowledged")
    standing = standing_of(cast.secretariat)
    assert not work_on_questions(cast.secretariat, standing, START)
    later = work_on_questions(cast.secretariat, standing, START + timedelta(days=40))
    assert later[0].standing_words.startswith("overdue: ")
    assert str(later[0].due_on) == "2026-03-30"


def test_no_page_asks_the_database_more_often_when_there_is_more_to_show(
    cast: Cast, client: Client
) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    first = cast.in_state("clarifying")
    for user in (cast.secretariat, cast.signatory):
        sign_in(client, user)
        pages = ["/questions/", f"/questions/{first.number}/", "/your-work/"]
        for address in pages:
            queries(address)
        few = [queries(a) for a in pages]
        for state in ("clarifying", "issued", "follow_up", "partly", "satisfied"):
            cast.in_state(state)
        assert [queries(a) for a in pages] == few
        busy = cast.in_state("follow_up")
        one = queries(f"/questions/{busy.number}/")
        for event in ("ask_clarification", "clarify", "answer", "follow_up"):
            cast.take(event, busy, now=START)
        assert queries(f"/questions/{busy.number}/") == one
