"""Answers: the clock they are due by, who writes and signs them, and what nobody else sees."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.accountability.deadlines import deadline_of, due_of, due_of_answer, lateness
from openscrutiny.accountability.models import Question, Response, ResponseDraft
from openscrutiny.accountability.services import questions, responses
from openscrutiny.base.models import AuditEvent, ImmutableRow, Link, Notice
from openscrutiny.base.moves import Overtaken
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from tests.asking import DRAFT_TEXT, OUTCOME_OF, SAYS, START, Cast, cast_of_the_city
from tests.people import sign_in

pytestmark = pytest.mark.django_db

# Twenty working days after Monday 2 March 2026 is Monday 30 March, when summer time has begun.
DUE = datetime(2026, 3, 30, 23, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return cast_of_the_city()


@pytest.fixture
def asked(cast: Cast) -> Question:
    return cast.in_state("issued")


# ---- the clock --------------------------------------------------------------------------------


def test_the_answer_is_due_after_the_term_that_was_in_force_when_it_was_asked(
    asked: Question,
) -> None:
    assert deadline_of(asked, START).due == DUE
    Question.objects.filter(pk=asked.pk).update(term_length=3)
    asked.refresh_from_db()
    assert str(deadline_of(asked, START).due_on) == "2026-03-05"


def test_a_holding_reply_does_not_stop_the_clock(cast: Cast, asked: Question) -> None:
    responses.acknowledge(
        question=asked, by=cast.drafter, now=START + DAY, reason="We are looking into it."
    )
    assert deadline_of(asked, START + 2 * DAY).due == DUE
    found = due_of(asked, START + 2 * DAY)
    assert found is not None
    assert not found.paused


def test_the_clock_stands_still_while_the_forum_is_asked_what_it_meant(
    cast: Cast, asked: Question
) -> None:
    responses.ask_clarification(
        question=asked, by=cast.drafter, now=START + 2 * DAY, reason="Which months?"
    )
    pausing = deadline_of(asked, START + 100 * DAY)
    assert (pausing.due, pausing.days_to_go) == (None, 19)
    shown = due_of(asked, START + 100 * DAY)
    assert shown is not None
    assert (shown.paused, shown.overdue, shown.on) == (True, False, None)
    responses.clarify(question=asked, by=cast.chair, now=START + 4 * DAY, reason="All of them.")
    pause = asked.pauses.get()
    assert (pause.asked, pause.clarified) == ("Which months?", "All of them.")
    assert (pause.since, pause.until) == (START + 2 * DAY, START + 4 * DAY)
    # Wednesday to Friday do not count, and the term then ends after Easter.
    assert str(deadline_of(asked, START + 5 * DAY).due_on) == "2026-04-02"


def test_a_follow_up_starts_the_clock_anew(cast: Cast, asked: Question) -> None:
    cast.answer(asked, now=START + DAY)
    later = START + 7 * DAY
    responses.follow_up(question=asked, by=cast.chair, now=later, reason="The second part?")
    assert asked.clock_started_at == later
    assert asked.issued_at == START
    assert str(deadline_of(asked, later).due_on) == "2026-04-08"  # two bank holidays lie between
    again = cast.answer(asked, now=later + DAY)
    assert (again.version, again.due) == (2, deadline_of(asked, later).due)
    first, second = Response.objects.order_by("version")
    assert [a.satisfied for a in first.assessments.all()] == [False]
    assert not second.assessments.exists()


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (DUE - MINUTE, ""),
        (DUE - timedelta(microseconds=1), ""),
        (DUE, "less than a minute late"),
        (DUE + MINUTE, "1 minute late"),
        (DUE + timedelta(days=1, hours=1), "2 working days late"),
    ],
)
def test_an_answer_is_taken_at_any_time_and_marked_late_by_how_much(
    at: datetime, late: str, cast: Cast, asked: Question, client: Client
) -> None:
    response = cast.answer(asked, now=at)
    assert asked.state == "answered"
    assert response.due == DUE
    assert response.is_late is bool(late)
    assert lateness(response) == late
    assert AuditEvent.objects.latest("sequence").details["late"] == late
    sign_in(client, cast.member)
    text = client.get(f"/questions/{asked.number}/").content.decode()
    assert ("so it came in time" in text) is not bool(late)
    assert "Monday 30 March 2026" in text
    if late:
        assert late.capitalize() in text


def test_what_is_not_known_of_the_calendar_is_said_and_nothing_breaks(
    cast: Cast, client: Client
) -> None:
    question = cast.in_state("issued")
    far = datetime(2039, 1, 3, 9, tzinfo=UTC)
    Question.objects.filter(pk=question.pk).update(issued_at=far, clock_started_at=far)
    for user in (cast.member, cast.signatory):
        sign_in(client, user)
        for address in (f"/questions/{question.number}/", "/questions/", "/your-work/"):
            shown = client.get(address)
            assert shown.status_code == 200
        assert "cannot be worked out yet" in client.get("/questions/").content.decode()
    text = client.get(f"/questions/{question.number}/").content.decode()
    assert "Bank holidays are known until" in text
    question.refresh_from_db()
    response = cast.answer(question, now=far + DAY)
    assert (response.due, response.is_late, lateness(response)) == (None, False, "")
    assert client.get(f"/questions/{question.number}/").status_code == 200


def test_the_due_moment_kept_with_an_answer_stands_when_it_can_no_longer_be_worked_out(
    cast: Cast, asked: Question
) -> None:
    response = cast.answer(asked, now=DUE + MINUTE)
    response.question.term_length = 5000
    due = due_of_answer(response)
    assert due is not None
    assert (str(due.on), due.late) == ("2026-03-30", "1 minute late")


def test_every_answer_is_held_against_the_clock_that_ran_when_it_was_sent(
    cast: Cast, asked: Question, client: Client
) -> None:
    sign_in(client, cast.member)
    address = f"/questions/{asked.number}/"
    moment, counts = DUE + MINUTE, []
    for _ in range(3):
        sent = cast.answer(asked, now=moment)
        Response.objects.filter(pk=sent.pk).update(due=None)
        moment += DAY
        asked.refresh_from_db()
        responses.follow_up(question=asked, by=cast.secretariat, now=moment, reason="More.")
        with CaptureQueriesContext(connection) as asking:
            page = client.get(address).context["page"]
        counts.append(len(asking))
    assert [a.late for a in page.answers] == ["1 minute late", "", ""]
    assert len(set(counts)) == 1


# ---- drafting and signing ---------------------------------------------------------------------


@pytest.mark.parametrize("outcome", responses.EVENT_OF)
def test_a_signed_answer_is_kept_for_ever_and_its_draft_is_gone(
    outcome: str, cast: Cast, asked: Question
) -> None:
    response = cast.answer(asked, now=START + DAY, outcome=outcome)
    assert asked.state == outcome
    assert (response.text, response.outcome) == (DRAFT_TEXT, outcome)
    assert (response.drafted_by, response.signed_by) == (cast.drafter, cast.signatory)
    assert bool(response.exemption) is (outcome == "declined")
    assert not ResponseDraft.objects.exists()
    assert Link.objects.filter(
        from_ref=asked.reference, to_ref=response.reference, kind="answered by"
    ).exists()
    response.text = "Something else"
    with pytest.raises(ImmutableRow):
        response.save()


def test_nothing_is_sent_that_was_not_drafted(cast: Cast, asked: Question, client: Client) -> None:
    with pytest.raises(NotPossible, match="Draft the answer first"):
        responses.sign(question=asked, by=cast.signatory, now=START, draft_seen=1)
    sign_in(client, cast.signatory)
    assert client.get(f"/questions/{asked.number}/sign/").status_code == 409
    assert not Response.objects.exists()


def test_only_the_signatory_of_the_organisation_that_was_asked_signs(
    cast: Cast, asked: Question
) -> None:
    cast.save(asked)
    for user in (cast.drafter, cast.chair, cast.secretariat, cast.outsider):
        with pytest.raises(NotPermitted):
            responses.sign(question=asked, by=user, now=START, draft_seen=1)
    assert not Response.objects.exists()
    assert ResponseDraft.objects.count() == 1


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
def test_a_draft_is_saved_by_those_who_were_asked_alone(
    role: Role, cast: Cast, asked: Question
) -> None:
    if role in (Role.DRAFTER, Role.CLEARER, Role.SIGNATORY):
        cast.save(asked, by=cast.people[role])
        assert ResponseDraft.objects.get().saved_by == cast.people[role]
    else:
        with pytest.raises(NotPermitted):
            cast.save(asked, by=cast.people[role])
        assert not ResponseDraft.objects.exists()


@pytest.mark.parametrize(
    ("changed", "matching"),
    [
        ({"text": "  "}, "says nothing"),
        ({"outcome": "declined", "exemption": " "}, "exemption"),
        ({"outcome": "perhaps"}, "not a kind of answer"),
    ],
)
def test_an_answer_that_could_not_stand_is_not_saved(
    changed: dict[str, Any], matching: str, cast: Cast, asked: Question
) -> None:
    with pytest.raises(NotPossible, match=matching):
        cast.save(asked, **changed)
    assert not ResponseDraft.objects.exists()


def test_the_database_itself_refuses_declining_without_an_exemption(
    cast: Cast, asked: Question
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Response.objects.create(
            number="2026-900", question=asked, version=1, outcome="declined", text="No.",
            drafted_by=cast.drafter, signed_by=cast.signatory, signed_at=START,
        )  # fmt: skip


@pytest.mark.parametrize("state", ["answered", "satisfied", "closed", "withdrawn"])
def test_nothing_is_drafted_where_no_answer_is_awaited(state: str, cast: Cast) -> None:
    question = cast.in_state(state)
    with pytest.raises(NotPossible, match="no answer is awaited"):
        cast.save(question)
    assert not ResponseDraft.objects.exists()


def test_two_people_saving_a_draft_at_once_cannot_overwrite_each_other(
    cast: Cast, asked: Question
) -> None:
    first = cast.save(asked, text="First")
    with pytest.raises(Overtaken):
        cast.save(asked, text="Begun before the first was saved", seen=0)
    second = cast.save(asked, text="Second", seen=first.revision)
    with pytest.raises(Overtaken):
        cast.save(asked, text="Third", seen=first.revision, by=cast.signatory)
    assert ResponseDraft.objects.get().text == "Second"
    with pytest.raises(Overtaken):
        responses.sign(question=asked, by=cast.signatory, now=START, draft_seen=first.revision)
    assert not Response.objects.exists()
    asked.refresh_from_db()
    responses.sign(question=asked, by=cast.signatory, now=START, draft_seen=second.revision)
    assert Response.objects.get().text == "Second"


def test_what_a_second_drafter_wrote_is_kept_beside_what_the_first_one_saved(
    cast: Cast, asked: Question, client: Client
) -> None:
    address = f"/questions/{asked.number}/answer/"
    sign_in(client, cast.drafter)
    mine = {"outcome": "partly", "text": "What I wrote", "exemption": "", "seen": 0}
    assert client.post(address, {**mine, "text": "What a colleague saved"}).status_code == 302
    refused = client.post(address, mine)
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "What I wrote" in text
    assert "What a colleague saved" in text
    assert ResponseDraft.objects.get().text == "What a colleague saved"
    again = refused.context["form"]["seen"].value()
    assert client.post(address, {**mine, "seen": again}).status_code == 302
    assert ResponseDraft.objects.get().text == "What I wrote"


def test_a_faulty_answer_keeps_what_was_typed(cast: Cast, asked: Question, client: Client) -> None:
    sign_in(client, cast.drafter)
    sent = {"outcome": "declined", "text": "What I typed", "exemption": "", "seen": 0}
    refused = client.post(f"/questions/{asked.number}/answer/", sent)
    assert refused.status_code == 422
    assert "What I typed" in refused.content.decode()
    assert "Name the exemption" in refused.content.decode()
    assert not ResponseDraft.objects.exists()


def test_the_signatory_reads_the_answer_as_it_will_stand_and_then_sends_it(
    cast: Cast, asked: Question, client: Client
) -> None:
    sign_in(client, cast.signatory)
    address = f"/questions/{asked.number}/"
    sent = {"outcome": "partly", "text": "As it will stand", "exemption": "", "seen": 0,
            "check": "yes"}  # fmt: skip
    assert client.post(f"{address}answer/", sent)["Location"] == f"{address}sign/"
    page = client.get(f"{address}sign/")
    assert "As it will stand" in page.content.decode()
    shown = page.context["page"]
    confirmed = {"seen": shown.seen, "draft_seen": shown.draft_seen}
    assert client.post(f"{address}sign/", {**confirmed, "draft_seen": 9}).status_code == 409
    assert client.post(f"{address}sign/", {}).status_code == 409
    assert not Response.objects.exists()
    assert client.post(f"{address}sign/", confirmed)["Location"] == address
    response = Response.objects.get()
    assert response.signed_by == cast.signatory
    assert abs(response.signed_at - timezone.now()) < timedelta(minutes=5)


# ---- what nobody else sees --------------------------------------------------------------------


def test_a_draft_changes_nothing_that_the_forum_or_another_organisation_reads(
    cast: Cast, asked: Question, client: Client
) -> None:
    others = [
        u for r, u in cast.people.items() if r not in (Role.DRAFTER, Role.CLEARER, Role.SIGNATORY)
    ]
    addresses = [f"/questions/{asked.number}/{page}" for page in ("", "answer/", "sign/")]
    addresses += ["/questions/", "/your-work/", f"/thread/{asked.reference}/"]

    def read_by_others() -> list[tuple[int, str]]:
        found = []
        for user in (*others, cast.outsider):
            sign_in(client, user)
            for address in addresses:
                shown = client.get(address)
                text = re.sub(r'csrfmiddlewaretoken" value="[^"]*', "", shown.content.decode())
                found.append((shown.status_code, text))
        return found

    before = read_by_others()
    told = Notice.objects.count()
    cast.save(asked)
    assert read_by_others() == before
    assert Notice.objects.count() == told
    assert any("No answer yet." in text for _, text in before)
    sign_in(client, cast.signatory)
    assert "saved a draft" in client.get(addresses[0]).content.decode()


def test_the_trail_keeps_no_word_of_a_draft(cast: Cast, asked: Question) -> None:
    cast.save(asked)
    event = AuditEvent.objects.latest("sequence")
    assert event.event == "accountability.response.save_draft"
    assert event.details == {}


def test_a_page_names_no_person(cast: Cast, asked: Question, client: Client) -> None:
    cast.answer(asked, now=START + DAY)
    responses.follow_up(question=asked, by=cast.chair, now=START + DAY, reason=SAYS)
    cast.take("ask_clarification", asked, now=START + DAY)
    cast.take("clarify", asked, now=START + DAY)
    sign_in(client, cast.people[Role.ANALYST])
    text = client.get(f"/questions/{asked.number}/").content.decode().split("<main")[1]
    assert "name-of-" not in text
    assert "Signed for Aldermere City Constabulary" in text


def test_a_withdrawn_question_takes_no_answer(cast: Cast, asked: Question) -> None:
    draft = cast.save(asked)
    questions.withdraw(question=asked, by=cast.chair, now=START, reason=SAYS)
    with pytest.raises(NotPossible):
        responses.sign(question=asked, by=cast.signatory, now=START, draft_seen=draft.revision)
    assert not Response.objects.exists()


@pytest.mark.parametrize("event", ["assess_satisfied", "follow_up"])
def test_an_assessment_stands_with_the_latest_answer(event: str, cast: Cast) -> None:
    question = cast.in_state("follow_up")
    second = cast.answer(question, now=START + DAY, outcome="not_held")
    cast.take(event, question, now=START + 2 * DAY)
    found = second.assessments.get()
    assert (found.satisfied, found.reason, found.by) == (
        event == "assess_satisfied",
        SAYS,
        cast.chair,
    )


def test_each_kind_of_answer_has_its_own_event() -> None:
    assert set(OUTCOME_OF.values()) == {v for v, _ in Response._meta.get_field("outcome").choices}


def test_the_secretariat_and_the_chair_are_told_of_an_answer(cast: Cast, asked: Question) -> None:
    cast.answer(asked, now=START + DAY)
    told = Notice.objects.filter(event="accountability.question.answer")
    assert {n.recipient for n in told} == {cast.secretariat, cast.chair}
