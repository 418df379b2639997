"""The frozen account: what it says, that it stays as it was, and how late anybody was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from openscrutiny.accountability.models import Part, Plan, Response
from openscrutiny.core.permits import Role
from openscrutiny.public import services
from openscrutiny.public.content import Account
from tests.apps.chains import NAMES, whole_chain
from tests.apps.publishing import prepared, published
from tests.city import NOW

pytestmark = pytest.mark.django_db


# ---- the frozen account -----------------------------------------------------------------------


def test_the_account_does_not_change_when_the_things_it_tells_of_do() -> None:
    chain = whole_chain()
    item = published(chain)
    before = json.dumps(item.content, sort_keys=True)
    chain.recommendation.heading = "Something else"
    chain.recommendation.why = "Another reason"
    chain.recommendation.save()
    Part.objects.filter(pk=chain.parts[0].pk).update(state="in_progress")
    chain.enquiry.why = "Changed"
    chain.enquiry.save()
    item.refresh_from_db()
    assert json.dumps(item.content, sort_keys=True) == before
    assert item.heading == "Check how hate crime is recorded"


def test_no_name_of_anybody_and_no_address_of_evidence_stands_in_an_account() -> None:
    item = published(whole_chain(limbs=3, answers=2))
    told = json.dumps(item.content)
    for name in NAMES.values():
        assert name not in told
    assert "secret-folder" not in told
    assert "The reports of the checks" in told
    assert "a verifier of The verifier" in told


def test_the_account_says_everything_on_the_way() -> None:
    chain = whole_chain(limbs=2)
    account = Account.from_json(prepared(chain).content)
    found, asked = account.found, account.asked
    assert found is not None
    assert asked is not None
    assert account.why is not None
    assert found.sentence == chain.finding.sentence
    assert found.period == chain.finding.period.words
    assert found.held_against == chain.finding.baseline.words
    assert found.data_version == chain.finding.found_in.data_version
    assert found.cannot_tell == tuple(chain.finding.cannot_tell)
    assert {f.batch for f in account.files} == set(chain.batches)
    assert all(f.licence and f.publisher for f in account.files)
    assert account.why.text == chain.enquiry.why
    assert [limb.letter for limb in account.recommended.limbs] == ["A", "B"]
    taken = account.recommended.limbs[0].taken[0]
    assert taken.came_to == "closed: carried out"
    assert taken.planned is not None
    assert (taken.planned.first_by, taken.planned.by) == (date(2026, 9, 1), date(2026, 10, 1))
    assert taken.verified[0].found == "Carried out as recommended"
    assert taken.closed_by is not None
    assert taken.closed_by.text == "The forum closed this part."
    assert account.recommended.agreed_by is not None
    assert account.recommended.agreed_by.text == "The forum agreed."


def test_an_account_is_read_as_it_was_written_and_another_version_is_refused() -> None:
    content = prepared(whole_chain(limbs=2)).content
    assert Account.from_json(json.loads(json.dumps(content))).to_json() == content
    with pytest.raises(ValueError, match="version 2"):
        Account.from_json({**content, "version": 2})


def test_an_account_without_a_question_says_what_there_is() -> None:
    chain = whole_chain(answers=0)
    account, _ = services.account_of(chain.subject, now=NOW)
    assert (account.found, account.why, account.asked) == (None, None, None)
    assert prepared(chain).state == "prepared"


def test_composing_takes_as_many_queries_for_many_limbs_as_for_one() -> None:
    few, many = whole_chain(), whole_chain(limbs=5, answers=4)
    counts = []
    for chain in (few, many):
        with CaptureQueriesContext(connection) as asked:
            services.account_of(chain.subject, now=NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# ---- when it was due and how late it came ------------------------------------------------------


def _answers(chain: Any) -> Any:
    account, _ = services.account_of(chain.subject, now=NOW)
    assert account.asked is not None
    return account.asked


def test_how_late_an_answer_came_is_worked_out_in_working_days() -> None:
    asked = _answers(whole_chain())
    # Monday 1 June 2026 is day zero; 20 working days later is Monday 29 June.
    assert asked.due.on == date(2026, 6, 29)
    assert asked.due.steps
    assert asked.answers[0].sent_on == date(2026, 7, 2)
    assert asked.answers[0].late == "3 working days late"


def test_an_answer_that_came_by_the_end_of_the_day_is_in_time() -> None:
    chain = whole_chain()
    sent = Response.objects.filter(pk=chain.responses[0].pk)
    sent.update(signed_at="2026-06-29T22:59:59Z")
    assert _answers(chain).answers[0].late == ""
    sent.update(signed_at="2026-06-29T23:00:00Z")
    assert _answers(chain).answers[0].late == "less than a minute late"


def test_the_due_moment_written_down_at_signing_stands() -> None:
    chain = whole_chain()
    sent = Response.objects.filter(pk=chain.responses[0].pk)
    sent.update(due="2026-07-03T23:00:00Z")
    answer = _answers(chain).answers[0]
    assert (answer.due.on, answer.late) == (date(2026, 7, 3), "")


def test_an_answer_to_a_follow_up_has_the_time_of_the_follow_up() -> None:
    chain = whole_chain(answers=2)
    first, second = chain.responses
    again = "2026-08-03T09:00:00Z"
    first.assessments.create(satisfied=False, reason="More.", by=chain.people[Role.CHAIR], at=again)
    chain.question.clock_started_at = again
    chain.question.save()
    Response.objects.filter(pk=second.pk).update(signed_at="2026-08-20T09:00:00Z", due=None)
    one, two = _answers(chain).answers
    assert (one.late, two.late) == ("3 working days late", "")
    # The August bank holiday (31 August 2026) does not count.
    assert two.due.on == date(2026, 9, 1)


def test_a_day_on_which_the_clock_stood_still_does_not_count() -> None:
    chain = whole_chain()
    chain.question.pauses.create(
        since="2026-06-08T09:00:00Z",
        until="2026-06-09T09:00:00Z",
        asked="Which months?",
        asked_by=chain.people[Role.DRAFTER],
        clarified="May.",
        clarified_by=chain.people[Role.SECRETARIAT],
    )
    Response.objects.filter(question=chain.question).update(due=None)
    assert _answers(chain).answers[0].late == "10 hours late"


def test_a_part_nobody_answered_is_said_to_be_late() -> None:
    chain = whole_chain()
    part = chain.parts[0]
    part.responses.all()._raw_delete("default")
    account, _ = services.account_of(chain.subject, now=NOW)
    waiting = account.recommended.limbs[0].taken[0].waiting
    # Issued on 31 July 2026 with 56 days: due on 25 September, and 2 November is 38 days later.
    assert waiting == "None had come by Monday 2 November 2026: 38 days late."


def test_a_term_that_runs_past_the_known_bank_holidays_says_so() -> None:
    chain = whole_chain()
    chain.question.term_length = 2000
    chain.question.save()
    asked = _answers(chain)
    assert asked.due.on is None
    assert "Bank holidays are known until" in asked.due.sentence


def test_a_later_plan_is_not_in_an_account_that_stands() -> None:
    chain = whole_chain()
    item = published(chain)
    Plan.objects.create(
        part=chain.parts[0], steps="More", complete_by=date(2027, 1, 1),
        by=chain.people[Role.DRAFTER], at=NOW,
    )  # fmt: skip
    item.refresh_from_db()
    account = Account.from_json(item.content)
    planned = account.recommended.limbs[0].taken[0].planned
    assert planned == replace(planned, by=date(2026, 10, 1))
