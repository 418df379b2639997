"""The pages of questions: what each person may read, what they offer, what waits for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.accountability.deadlines import acknowledgement_of, due_of, terms_in_force
from openscrutiny.accountability.models import Question, Response, ResponseDraft
from openscrutiny.accountability.pages.question_history import HAPPENED
from openscrutiny.accountability.services import responses
from openscrutiny.accountability.threads.questions import next_from_enquiry
from openscrutiny.accountability.threads.questions import work_on_questions as source_of_work
from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import PER_PAGE
from openscrutiny.base.thread import thread_of
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import NOBODY, Role
from openscrutiny.warehouse import definitions
from tests.apps.waiting import in_full
from tests.asking import (
    EVERYBODY,
    HIDDEN,
    SAYS,
    SERVICES,
    START,
    Cast,
    cast_of_the_city,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db
work_on_questions = in_full(source_of_work)

FORUM = {Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT}
ASKED = {Role.DRAFTER, Role.CLEARER, Role.SIGNATORY}
READS_ISSUED = FORUM | ASKED | {Role.ANALYST, Role.VERIFIER, Role.COMMITTEE, Role.CLERK}


@pytest.fixture
def cast() -> Cast:
    return cast_of_the_city()


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
        listed = client.get(f"/questions/?show={group}")
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
                for own in (user.username, f'data-user="{user.pk}"', f"{number}/{page}"):
                    text = text.replace(own, "")
                said.add(text)
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
    assert set(HAPPENED) == set(QUESTION.events) | {"draft", "edit"}


# ---- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "edit/", "answer/", "sign/"])
def test_each_page_opens_for_its_own_readers_alone(page: str, cast: Cast, client: Client) -> None:
    question = cast.in_state("draft" if page == "edit/" else "issued")
    if page == "sign/":
        cast.save(question)
    allowed = {
        "": READS_ISSUED,
        "edit/": FORUM,
        "answer/": ASKED,
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


@pytest.mark.parametrize("page", ["edit/", "answer/", "sign/", "move/"])
def test_what_others_post_is_refused_and_changes_nothing(
    page: str, cast: Cast, client: Client
) -> None:
    question = cast.in_state("draft" if page == "edit/" else "issued")
    if page != "edit/":
        cast.save(question)
    sent = {"heading": "Other", "text": "Other", "why": "", "outcome": "partly", "exemption": "",
            "seen": 1, "draft_seen": 1, "event": "withdraw", "reason": SAYS}  # fmt: skip
    allowed = {
        "edit/": FORUM,
        "answer/": ASKED,
        "sign/": {Role.SIGNATORY},
        "move/": {Role.SECRETARIAT, Role.CHAIR},
    }[page]
    before = Question.objects.filter(pk=question.pk).values_list()[0]
    drafted = list(ResponseDraft.objects.values_list())
    for user in [u for r, u in cast.people.items() if r not in allowed] + [cast.outsider]:
        sign_in(client, user)
        for given in (sent, {**sent, "seen": "nonsense"}):
            answer = client.post(f"/questions/{question.number}/{page}", given)
            unread = answer.status_code == 422 and page == "move/" and given != sent
            assert answer.status_code == 403 or unread, user
    client.logout()
    assert client.post(f"/questions/{question.number}/{page}", sent).status_code == 403
    assert Question.objects.filter(pk=question.pk).values_list()[0] == before
    assert list(ResponseDraft.objects.values_list()) == drafted
    assert not Response.objects.exists()


@pytest.mark.parametrize("event", sorted(SERVICES))
def test_each_step_can_be_taken_from_the_page(event: str, cast: Cast, client: Client) -> None:
    row = next(t for t in QUESTION.transitions if t.event == event)
    question = cast.in_state(sorted(row.sources)[0])
    sign_in(client, cast.who_may(event))
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
    recommend = f"/recommendations/new/?response={response.number}"
    onto_an_agenda = f"/meetings/items/new/?about={question.reference}"
    assert [n.href for n in offered.next] == [recommend, onto_an_agenda]
    assert [s.reference for s in offered.after] == [response.reference]
    by_police = thread_of(question.reference, standing=police).next
    assert [n.href for n in by_police] == [onto_an_agenda]
    assert thread_of(response.reference, standing=forum).next == offered.next[:1]
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
    page = client.get("/questions/?show=overdue").context["page"]
    assert {tab.label: tab.count for tab in page.listed.tabs} == {
        "Open": 2, "Overdue": 1, "Closed": 0,
    }  # fmt: skip
    (line,) = page.listed.lines
    assert line.due.overdue
    assert line.due.words.endswith("working days late")
    assert line.acknowledgement_late.endswith("working days late")


def test_a_question_that_is_not_acknowledged_in_time_is_said_to_be_late_to_both_sides(
    cast: Cast, client: Client
) -> None:
    now = timezone.now()
    question = cast.in_state("issued")
    began = now - timedelta(days=12)
    Question.objects.filter(pk=question.pk).update(issued_at=began, clock_started_at=began)
    question.refresh_from_db()
    due = acknowledgement_of(question, now)
    assert due is not None
    assert due.overdue
    assert not due_of(question, now).overdue
    terms = definitions.calendar(terms_in_force(now))
    counted = [began.date() + timedelta(days=n) for n in range(1, 13)]
    assert due.on == [day for day in counted if terms.is_working(day)][2]
    for who in (cast.drafter, cast.member):
        sign_in(client, who)
        page = client.get(f"/questions/{question.number}/").content.decode()
        assert "To be acknowledged" in page
        assert "3 working days from the next day on" in page
    (theirs,) = [
        item
        for item in work_on_questions(cast.drafter, standing_of(cast.drafter), now)
        if item.reference == question.reference
    ]
    assert theirs.due_on == due.on
    (ours,) = [
        item
        for item in work_on_questions(
            cast.people[Role.SECRETARIAT], standing_of(cast.people[Role.SECRETARIAT]), now
        )
        if item.reference == question.reference
    ]
    assert ours.to_do.startswith("Not acknowledged. Ask ")
    responses.acknowledge(question=question, by=cast.drafter, now=now, reason="")
    question.refresh_from_db()
    assert acknowledgement_of(question, now) is None


def test_a_long_list_of_questions_comes_in_sheets(cast: Cast, client: Client) -> None:
    for n in range(PER_PAGE + 1):
        cast.in_state("draft", heading=f"Number {n}")
    sign_in(client, cast.member)
    first = client.get("/questions/").context["page"].listed
    second = client.get(f"/questions/{first.following}").context["page"].listed
    assert (len(first.lines), len(second.lines)) == (PER_PAGE, 1)
    assert second.previous == "?show=open&page=1"


@pytest.mark.parametrize(
    ("state", "who"),
    [
        ("draft", {Role.SECRETARIAT}),
        ("submitted", {Role.SECRETARIAT, Role.CHAIR}),
        ("in_remit", {Role.SECRETARIAT, Role.CHAIR}),
        ("issued", ASKED),
        ("acknowledged", ASKED),
        ("follow_up", ASKED),
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
