"""Parts of recommendations: the state table, responses, plans, progress, closing, lateness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.accountability.deadlines import deadline_of
from openscrutiny.accountability.models import (
    EvidenceItem,
    Part,
    PartDraft,
    PartResponse,
    Plan,
    ProgressUpdate,
)
from openscrutiny.accountability.pages.parts import cases_of, in_short, standing_of_part
from openscrutiny.accountability.services import parts as services
from openscrutiny.accountability.services.guards import is_plain
from openscrutiny.accountability.services.verification import record_verification
from openscrutiny.accountability.threads.recommendations import overdue
from openscrutiny.accountability.threads.recommendations import work as source_of_work
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, ImmutableRow, Notice
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.core.machines import PART
from openscrutiny.core.permits import RESPONDENTS, TABLE, Action, NotPermitted, Role, Where
from openscrutiny.core.workflow import NotPossible
from tests.apps import recommending as r
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)


@pytest.fixture
def f() -> r.Forum:
    return r.forum()


def a_part(f: r.Forum, state: str = "issued") -> Part:
    return r.bring(f, r.part_of(r.issued(f)), state)


ANSWERS = {event: answer for answer, event in services.ANSWERED_BY.items()}


def equip(f: r.Forum, part: Part, event: str) -> None:
    """Give a part all that an event asks for but its state."""
    if event in ANSWERS:
        PartDraft.objects.create(
            part=part, answer=ANSWERS[event], text="We will.", saved_by=f.drafter, saved_at=NOW
        )
    elif event in ("verify", "return", "report_complete"):
        EvidenceItem(
            part=part, method="data", heading="D", shows="S", where="W", by=f.drafter, at=NOW
        ).save()
    elif event.startswith("close_") or event == "withdraw":
        r.decision(f, part.reference, event)


def attempt(f: r.Forum, part: Part, event: str, by: object = None) -> None:
    """The event through its service, by somebody who may, unless ``by`` is given."""
    respondent, officer = f.signatory, f.secretariat
    who = {"part": part, "now": NOW}
    if event in ANSWERS:
        services.sign_part_response(by=by or respondent, **who)
    elif event == "plan":
        services.send_plan(steps="Letters.", complete_by=r.PLAN_BY, by=by or respondent, **who)
    elif event == "report_progress":
        services.report_progress(text="Half of it is done.", by=by or respondent, **who)
    elif event in ("verify", "return"):
        found = "implemented" if event == "verify" else "not_implemented"
        record_verification(
            found=found,
            method="data",
            statement="I looked.",
            evidence=part.evidence.all(),
            by=by or f.verifier,
            **who,
        )
    else:
        usual = {"start": respondent, "report_complete": respondent, "take_up": f.verifier}
        services.take_step(
            event=event, reason="Because.", by=by or usual.get(event, officer), **who
        )


@pytest.mark.parametrize("state", PART.states)
def test_each_event_happens_where_the_table_says_and_nowhere_else(f: r.Forum, state: str) -> None:
    part = a_part(f, state)
    possible = {t.event: t.target for t in PART.possible(state)}
    for event in PART.events:
        mark = transaction.savepoint()
        part = r.fresh(part)
        equip(f, part, event)
        if event == "close_alternative" and state == "verified":
            found_otherwise(part)
        events, before = AuditEvent.objects.count(), (part.state, part.revision)
        if event in possible:
            attempt(f, part, event)
            after = r.fresh(part)
            assert (after.state, after.revision) == (possible[event], before[1] + 1)
            last = AuditEvent.objects.last()
            assert last is not None
            assert last.event == f"accountability.part.{event}"
            assert AuditEvent.objects.count() == events + 1
        else:
            with pytest.raises(NotPossible):
                attempt(f, part, event)
            after = r.fresh(part)
            assert (after.state, after.revision) == before
            assert AuditEvent.objects.count() == events
        transaction.savepoint_rollback(mark)


def found_otherwise(part: Part) -> None:
    verification = part.verifications.get()
    type(verification).objects.filter(pk=verification.pk).update(found="alternative")


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("accept", "issued"),
        ("not_accept", "issued"),
        ("report_complete", "in_progress"),
        ("close_implemented", "verified"),
        ("close_alternative", "verified"),
        ("close_not_implemented", "not_accepted"),
        ("close_not_implemented", "in_progress"),
        ("withdraw", "planned"),
    ],
)
def test_a_step_whose_guard_does_not_hold_is_refused(f: r.Forum, event: str, state: str) -> None:
    part = a_part(f, state)
    if event == "report_complete":
        part = r.fresh(r.part_of(r.issued(f)))
        r.answer(f, part, "accepted")
        services.send_plan(part=part, steps="S", complete_by=r.PLAN_BY, by=f.drafter, now=NOW)
        r.step(f, part, "start", f.drafter)
    with pytest.raises(NotPossible):
        attempt(f, part, event)
    assert r.fresh(part).state == (state if event != "report_complete" else "in_progress")


# ---- responding ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Accepted in principle.",
        "We agree, in principle, with this.",
        "We agree IN  PRINCIPLE",
        "accepted in-principle",
        "accepted in\u2011principle",
        "accepted in\u00a0prin\u200bciple",
        "We accept the principle of this.",
        "The service agrees with the principles.",
    ],
)
@pytest.mark.parametrize("answer", ["accepted", "part_accepted"])
def test_accepted_in_principle_cannot_be_sent(f: r.Forum, text: str, answer: str) -> None:
    part = a_part(f)
    with pytest.raises(NotPossible, match="does not say what will be done"):
        r.answer(f, part, answer, text=text)
    assert r.fresh(part).state == "issued"
    assert not PartResponse.objects.exists()
    assert PartDraft.objects.get().text.startswith(text.strip())


@pytest.mark.parametrize(
    "text",
    ["We will write to everybody.", "The principal officer will do it.", "Accepted in full."],
)
def test_plain_words_are_plain(text: str) -> None:
    assert is_plain(text)


def test_a_refusal_may_speak_of_principles_and_stays_tracked(f: r.Forum, client: Client) -> None:
    part = a_part(f)
    r.answer(f, part, "not_accepted", text="In principle right, but the law forbids it.")
    assert r.fresh(part).state == "not_accepted"
    page = sign_in(client, f.secretariat).get(
        f"/recommendations/{part.limb.recommendation.number}/"
    )
    assert "not accepted, and still tracked" in page.content.decode()
    waiting = work(f.secretariat, standing_of(f.secretariat), NOW + timedelta(days=400))
    assert [w.reference for w in waiting] == [part.reference]
    r.step(f, r.fresh(part), "ask_again", f.secretariat, at=NOW + timedelta(days=400))
    again = r.fresh(part)
    assert again.state == "issued"
    due = deadline_of(again, NOW + timedelta(days=400))
    assert due.started_on == date(2027, 12, 7)
    assert due.steps[0].startswith("Asked again on")


def test_accepting_in_part_says_what_is_accepted_and_why_not_the_rest(f: r.Forum) -> None:
    part = a_part(f)
    kept = {"part": part, "answer": "part_accepted", "seen": 0, "by": f.drafter, "now": NOW}
    with pytest.raises(NotPossible, match="what is not accepted"):
        services.save_part_draft(text="The letters.", rest=" ", **kept)
    services.save_part_draft(text="The letters.", rest="No leaflets: too dear.", **kept)
    services.sign_part_response(part=part, by=f.signatory, now=NOW)
    sent = PartResponse.objects.get()
    assert services.both_parts(sent.text) == ("The letters.", "No leaflets: too dear.")
    assert "What is not accepted, and why: No leaflets" in sent.text


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        (datetime(2026, 12, 28, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 29, 0, 0, tzinfo=UTC), True),
        (datetime(2027, 2, 1, tzinfo=UTC), True),
    ],
)
def test_a_response_is_late_from_the_midnight_after_its_last_day(
    f: r.Forum, client: Client, moment: datetime, late: bool
) -> None:
    part = a_part(f)
    r.answer(f, part, "accepted", at=moment)
    sent = PartResponse.objects.get()
    assert sent.due == datetime(2026, 12, 29, tzinfo=UTC)
    assert sent.is_late is late
    page = sign_in(client, f.chair).get(f"/recommendations/{part.limb.recommendation.number}/")
    assert ("This response came after it was due." in page.content.decode()) is late


def test_a_sent_response_cannot_be_changed(f: r.Forum) -> None:
    part = a_part(f, "accepted")
    sent = PartResponse.objects.get()
    sent.text = "Something else"
    with pytest.raises(ImmutableRow):
        sent.save()
    with pytest.raises(NotPossible, match="stands as it was sent"):
        services.save_part_draft(
            part=part, answer="accepted", text="Else", seen=0, by=f.drafter, now=NOW
        )
    assert not PartDraft.objects.exists()


def test_two_people_drafting_do_not_overwrite_each_other(f: r.Forum, client: Client) -> None:
    part = a_part(f)
    kept = {"part": part, "answer": "accepted", "by": f.drafter, "now": NOW}
    services.save_part_draft(text="First.", seen=0, **kept)
    with pytest.raises(Overtaken):
        services.save_part_draft(text="Second.", seen=0, **kept)
    services.save_part_draft(text="Better.", seen=1, **kept)
    with pytest.raises(Overtaken):
        services.save_part_draft(text="Late.", seen=1, **kept)
    address = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/respond/"
    sent = sign_in(client, f.signatory).post(
        address, {"answer": "accepted", "text": "My own words.", "rest": "", "seen": 1}
    )
    assert sent.status_code == 409
    assert "My own words." in sent.content.decode()
    assert "Better." in sent.content.decode()
    assert PartDraft.objects.get().text == "Better."
    again = client.post(
        address,
        {
            "answer": "accepted",
            "text": "My own words.",
            "seen": sent.context["form"]["seen"].value(),
        },
    )
    assert again.status_code == 302
    assert PartDraft.objects.get().text == "My own words."


def test_the_signatory_signs_only_what_was_read(f: r.Forum, client: Client) -> None:
    part = a_part(f)
    kept = {"part": part, "answer": "accepted", "by": f.drafter, "now": NOW}
    services.save_part_draft(text="First.", seen=0, **kept)
    services.save_part_draft(text="Other.", seen=1, **kept)
    address = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/sign/"
    sign_in(client, f.signatory)
    refused = client.post(address, {"seen": 1})
    assert refused.status_code == 409
    assert "Other." in refused.content.decode()
    assert r.fresh(part).state == "issued"
    assert client.post(address, {"seen": 2}).status_code == 302
    assert PartResponse.objects.get().text == "Other."


def test_nobody_outside_the_organisation_reads_its_draft(f: r.Forum) -> None:
    part = a_part(f)
    services.save_part_draft(
        part=part, answer="accepted", text="A secret draft.", seen=0, by=f.drafter, now=NOW
    )
    address = f"/recommendations/{part.limb.recommendation.number}/"
    for who, reads in ((f.drafter, True), (f.secretariat, False), (f.verifier, False)):
        shown = sign_in(Client(), who).get(address).content.decode()
        assert ("A secret draft." in shown) is reads
    assert not AuditEvent.objects.filter(details__icontains="A secret draft").exists()


# ---- plans, progress, evidence ------------------------------------------------------------------


def test_a_plan_says_what_will_be_done(f: r.Forum) -> None:
    part = a_part(f, "accepted")
    with pytest.raises(NotPossible, match="does not say what will be done"):
        services.send_plan(part=part, steps=" ", complete_by=r.PLAN_BY, by=f.drafter, now=NOW)
    assert r.fresh(part).state == "accepted"


def test_a_plan_is_not_complete_in_the_past(f: r.Forum) -> None:
    part = a_part(f, "accepted")
    with pytest.raises(NotPossible, match="has passed"):
        services.send_plan(
            part=part,
            steps="Letters.",
            complete_by=NOW.date() - timedelta(days=1),
            by=f.drafter,
            now=NOW,
        )
    assert r.fresh(part).state == "accepted"
    services.send_plan(
        part=r.fresh(part), steps="Letters.", complete_by=NOW.date(), by=f.drafter, now=NOW
    )
    assert r.fresh(part).state == "planned"


def change(f: r.Forum, part: Part, by: date, at: datetime, reason: str = "Printers.") -> None:
    services.change_plan(
        part=part,
        steps="Fewer letters.",
        complete_by=by,
        reason=reason,
        seen=r.fresh(part).revision,
        by=f.drafter,
        now=at,
    )


def test_a_moved_day_is_shown_beside_the_first_one_which_still_counts(
    f: r.Forum, client: Client
) -> None:
    part = a_part(f, "in_progress")
    change(f, part, date(2027, 9, 30), NOW + timedelta(days=30))
    page = sign_in(client, f.secretariat).get(
        f"/recommendations/{part.limb.recommendation.number}/"
    )
    shown = page.content.decode()
    assert "To be complete by Wednesday 31 March 2027, as first planned" in shown
    assert "the plan now says Thursday 30 September 2027" in shown
    assert "Printers." in shown
    after = datetime(2027, 4, 2, 12, tzinfo=UTC)
    standing = standing_of_part(cases_of([r.fresh(part)])[0], now=after)
    assert standing.plan_late.endswith("2 days ago.")
    assert "date moved" in standing.marks
    assert "plan overdue" in standing.marks


def test_a_plan_is_not_changed_without_saying_why_or_before_there_is_one(f: r.Forum) -> None:
    part = a_part(f, "planned")
    with pytest.raises(NotPossible, match="why it changed"):
        change(f, part, r.PLAN_BY, NOW, reason=" ")
    other = a_part(f, "accepted")
    with pytest.raises(NotPossible, match="cannot be changed"):
        change(f, other, r.PLAN_BY, NOW)
    assert Plan.objects.count() == 1
    with pytest.raises(Overtaken):
        services.change_plan(
            part=part,
            steps="S",
            complete_by=r.PLAN_BY,
            reason="So.",
            seen=part.revision + 1,
            by=f.drafter,
            now=NOW,
        )


def test_a_plan_brought_forward_has_not_slipped(f: r.Forum) -> None:
    part = a_part(f, "planned")
    change(f, part, r.PLAN_BY - timedelta(days=3), NOW)
    assert standing_of_part(cases_of([r.fresh(part)])[0], now=NOW).slipped == ""


def test_overdue_and_stalled_are_worked_out_when_they_are_read(f: r.Forum) -> None:
    part = a_part(f)

    def marks(at: datetime) -> tuple[str, ...]:
        return standing_of_part(cases_of([r.fresh(part)])[0], now=at).marks

    assert marks(datetime(2026, 12, 28, 23, tzinfo=UTC)) == ()
    assert marks(datetime(2026, 12, 29, 1, tzinfo=UTC)) == ("response overdue",)
    r.answer(f, part, "accepted", at=datetime(2026, 12, 1, tzinfo=UTC))
    assert marks(datetime(2027, 3, 1, 12, tzinfo=UTC)) == ()
    assert marks(datetime(2027, 3, 2, 12, tzinfo=UTC)) == ("stalled",)
    services.send_plan(
        part=r.fresh(part),
        steps="S",
        complete_by=date(2027, 12, 31),
        by=f.drafter,
        now=datetime(2027, 3, 3, tzinfo=UTC),
    )
    assert marks(datetime(2027, 3, 4, tzinfo=UTC)) == ()
    r.step(f, r.fresh(part), "start", f.drafter, at=datetime(2027, 3, 4, tzinfo=UTC))
    services.report_progress(
        part=r.fresh(part), text="News.", by=f.drafter, now=datetime(2027, 5, 30, tzinfo=UTC)
    )
    assert marks(datetime(2027, 7, 1, tzinfo=UTC)) == ()
    assert marks(datetime(2027, 9, 1, tzinfo=UTC)) == ("stalled",)


def test_progress_says_something(f: r.Forum) -> None:
    part = a_part(f, "in_progress")
    with pytest.raises(ReasonMissing):
        services.report_progress(part=part, text="  ", by=f.drafter, now=NOW)
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize("state", PART.states)
def test_evidence_is_taken_from_the_plan_on_until_it_is_closed(f: r.Forum, state: str) -> None:
    part = a_part(f, state)
    before = part.evidence.count()
    taken = {"planned", "in_progress", "reported_complete", "verifying", "verified"}
    if state in taken:
        r.evidence(f, part)
    else:
        with pytest.raises(NotPossible, match="no evidence can be added"):
            r.evidence(f, part)
    assert part.evidence.count() == before + (state in taken)


def test_evidence_links_only_to_web_addresses(f: r.Forum, client: Client) -> None:
    part = a_part(f, "planned")
    for where in ("https://example.org/report.pdf", "javascript:alert(1)"):
        services.add_evidence(
            part=part,
            method="documents",
            heading="Report",
            shows="It.",
            where=where,
            by=f.secretariat,
            now=NOW,
        )
    shown = (
        sign_in(client, f.chair)
        .get(f"/recommendations/{part.limb.recommendation.number}/")
        .content.decode()
    )
    assert 'href="https://example.org/report.pdf"' in shown
    assert 'href="javascript' not in shown


# ---- closing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "settles", "state", "recorded"),
    [
        ("part:2026-999.a", "close_implemented", "certified", "verified"),
        ("", "close_not_implemented", "certified", "verified"),
        ("", "agree", "certified", "verified"),
        ("", "close_implemented", "recorded", "verified"),
        ("", "close_implemented", "certified", "verifying"),
    ],
)
def test_only_a_certified_decision_on_what_was_verified_closes_it(
    f: r.Forum, about: str, settles: str, state: str, recorded: str
) -> None:
    part = a_part(f, recorded)
    r.decision(f, about or part.reference, settles, state=state)
    if recorded == "verifying":
        r.verified(f, part, "implemented", at=NOW)
        part = r.fresh(part)
    with pytest.raises(NotPossible, match="no certified decision"):
        r.step(f, part, "close_implemented", f.secretariat)
    assert r.fresh(part).state == "verified"


def test_closing_says_what_the_verifier_found(f: r.Forum) -> None:
    part = a_part(f, "verified")
    r.decision(f, part.reference, "close_alternative")
    with pytest.raises(NotPossible, match="met in another way"):
        r.step(f, part, "close_alternative", f.secretariat)


def test_a_reopened_part_needs_a_new_decision_to_be_closed_again(f: r.Forum) -> None:
    part = a_part(f, "closed_not_implemented")
    with pytest.raises(ReasonMissing):
        services.take_step(part=part, event="reopen", reason="", by=f.secretariat, now=r.LATER)
    r.step(f, part, "reopen", f.secretariat, at=r.LATER)
    part = r.fresh(part)
    assert part.state == "in_progress"
    with pytest.raises(NotPossible, match="no certified decision"):
        r.step(f, part, "close_not_implemented", f.secretariat, at=r.LATER)
    r.decision(f, part.reference, "close_not_implemented", at=r.LATER)
    r.step(f, part, "close_not_implemented", f.secretariat, at=r.LATER)
    assert r.fresh(part).state == "closed_not_implemented"


def test_the_decision_that_closed_a_part_stands_in_its_story(f: r.Forum, client: Client) -> None:
    part = a_part(f, "closed_implemented")
    page = sign_in(client, f.chair).get(f"/recommendations/{part.limb.recommendation.number}/")
    story = page.context["page"].limbs[0].parts[0].story
    assert [e.heading for e in story] == [
        "Issued to The police service",
        "Response: accepted",
        "Plan",
        "Work began",
        "Evidence: Twenty letters",
        "Reported complete, and not yet verified",
        "Verification began",
        "Verification 2026-001: carried out as recommended",
        "Closed: carried out",
    ]
    assert story[-1].href == "/decisions/2026-002/"
    shown = page.content.decode()
    for name in ("a-drafter", "a-signatory", "a-verifier", "the-secretariat"):
        assert name not in shown


def test_the_secretariat_is_led_to_the_decision_that_is_missing(f: r.Forum, client: Client) -> None:
    part = a_part(f, "verified")
    address = f"/recommendations/{part.limb.recommendation.number}/"
    sign_in(client, f.secretariat)
    needed = client.get(address).context["page"].limbs[0].parts[0].needed
    assert [n.label for n in needed] == ["Close: carried out", "Withdraw"]
    assert f"about=part%3A{part.number}&settles=close_implemented&heading=" in needed[0].href
    made = r.decision(f, part.reference, "close_implemented", state="recorded")
    shown = client.get(address)
    assert shown.context["page"].limbs[0].parts[0].needed[0].waiting == made.number
    assert "waits for the chair to certify" in shown.content.decode()


def test_everybody_concerned_is_told_and_nobody_else(f: r.Forum) -> None:
    outside = person(Role.DRAFTER, organisation=f.housing)
    part = a_part(f, "reported_complete")
    told = Notice.objects.filter(reference=part.reference)
    assert {n.recipient for n in told if n.event.endswith("report_complete")} == {
        f.secretariat,
        f.verifier,
    }
    assert not told.filter(recipient=outside).exists()


def test_the_standing_of_a_recommendation_follows_from_its_parts() -> None:
    assert in_short([]) == ""
    assert in_short(["issued"]) == "1 part: 1 waiting for a response"
    assert (
        in_short(["closed_implemented", "in_progress", "closed_implemented"])
        == "3 parts: 1 in progress; 2 closed as carried out"
    )


# ---- who may ------------------------------------------------------------------------------------

DRAFT = {"answer": "accepted", "text": "We will.", "seen": 0}
PROOF = {"method": "data", "heading": "D", "shows": "S", "where": "W"}
ACTS: dict[Action, tuple[str, Callable[[r.Forum, Part, object], object]]] = {
    Action.DRAFT_LIMB_RESPONSE: (
        "issued",
        lambda f, part, by: services.save_part_draft(part=part, by=by, now=NOW, **DRAFT),
    ),
    Action.ANSWER_LIMB: ("issued", lambda f, part, by: attempt(f, part, "accept", by)),
    Action.REPORT_PROGRESS: ("accepted", lambda f, part, by: attempt(f, part, "plan", by)),
    Action.REPORT_COMPLETE: (
        "in_progress",
        lambda f, part, by: attempt(f, part, "report_complete", by),
    ),
    Action.ADD_EVIDENCE: (
        "planned",
        lambda f, part, by: services.add_evidence(part=part, by=by, now=NOW, **PROOF),
    ),
    Action.VERIFY: ("reported_complete", lambda f, part, by: attempt(f, part, "take_up", by)),
    Action.CLOSE_LIMB: (
        "not_accepted",
        lambda f, part, by: attempt(f, part, "close_not_implemented", by),
    ),
    Action.ISSUE_RECOMMENDATION: (
        "not_accepted",
        lambda f, part, by: attempt(f, part, "ask_again", by),
    ),
}
NEEDS = {
    Action.ANSWER_LIMB: "accept",
    Action.REPORT_COMPLETE: "report_complete",
    Action.CLOSE_LIMB: "close_not_implemented",
}


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says_for_its_organisation(
    f: r.Forum, role: Role, asked: bool
) -> None:
    own = f.police if asked else f.housing
    by = AnonymousUser() if role is Role.ANYONE else person(role, organisation=own)
    for action, (state, act) in ACTS.items():
        mark = transaction.savepoint()
        part = a_part(f, state)
        equip(f, part, NEEDS.get(action, ""))
        where = TABLE[action].get(role)
        allowed = (
            where is Where.ANYWHERE
            or (where is Where.ADDRESSEE and asked)
            or (where is Where.INDEPENDENT and not asked)
        )
        before = AuditEvent.objects.count()
        if allowed:
            act(f, part, by)
            assert AuditEvent.objects.count() == before + 1, action
        else:
            with pytest.raises(NotPermitted):
                act(f, part, by)
            assert AuditEvent.objects.count() == before, action
            assert r.fresh(part).state == state
        transaction.savepoint_rollback(mark)


PAGES = [
    ("respond", "issued", Action.DRAFT_LIMB_RESPONSE),
    ("sign", "issued", Action.ANSWER_LIMB),
    ("plan", "accepted", Action.REPORT_PROGRESS),
    ("plan", "in_progress", Action.REPORT_PROGRESS),
    ("progress", "in_progress", Action.REPORT_PROGRESS),
    ("evidence", "planned", Action.ADD_EVIDENCE),
    ("verify", "verifying", Action.VERIFY),
]


@pytest.mark.parametrize(("page", "state", "action"), PAGES)
def test_every_address_of_a_part_opens_for_whom_the_table_names(
    f: r.Forum, page: str, state: str, action: Action
) -> None:
    part = a_part(f, state)
    if page == "sign":
        services.save_part_draft(part=part, by=f.drafter, now=NOW, **DRAFT)
    address = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/{page}/"
    for role in Role:
        own = f.police if role in RESPONDENTS else None
        client = Client()
        if role is not Role.ANYONE:
            sign_in(client, person(role, organisation=own))
        expected = 200 if role in TABLE[action] else 403
        assert client.get(address).status_code == expected, role
        sent = client.post(address, {})
        assert sent.status_code == (422 if role in TABLE[action] else 403), role
        moved = client.post(
            f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/move/",
            {"event": "reopen", "seen": part.revision, "reason": "So."},
        )
        assert moved.status_code == (409 if role is Role.SECRETARIAT else 403), role


@pytest.mark.parametrize(("page", "state", "action"), PAGES)
def test_a_page_for_a_step_that_is_not_possible_now_says_so(
    f: r.Forum, page: str, state: str, action: Action
) -> None:
    part = a_part(f, "closed_implemented")
    who = {Action.VERIFY: f.verifier}.get(action, f.signatory)
    address = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/{page}/"
    assert sign_in(Client(), who).get(address).status_code == 409


def test_the_whole_way_of_a_part_can_be_walked_on_its_pages(f: r.Forum) -> None:
    part = a_part(f)
    root = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/"
    drafter, signatory, verifier, secretariat = (
        sign_in(Client(), who) for who in (f.drafter, f.signatory, f.verifier, f.secretariat)
    )

    def post(client: Client, page: str, state: str, **sent: object) -> None:
        if page == "move":
            sent["seen"] = r.fresh(part).revision
        elif "seen" not in sent and page != "evidence":
            sent["seen"] = client.get(f"{root}{page}/").context["form"]["seen"].value()
        answered = client.post(f"{root}{page}/", sent)
        assert answered.status_code == 302, answered.content.decode()
        assert r.fresh(part).state == state

    post(drafter, "respond", "issued", answer="part_accepted", text="Letters.", rest="No leaflets.")
    assert "Sign and send" in signatory.get(f"{root}sign/").content.decode()
    post(signatory, "sign", "part_accepted", seen=1)
    post(drafter, "plan", "planned", steps="Print.", complete_by="2035-03-31")
    post(drafter, "move", "in_progress", event="start")
    post(drafter, "plan", "in_progress", steps="Fold.", complete_by="2036-03-31", reason="Paper.")
    post(drafter, "progress", "in_progress", text="Half.")
    post(drafter, "evidence", "in_progress", **PROOF)
    post(secretariat, "evidence", "in_progress", **PROOF)
    post(signatory, "move", "reported_complete", event="report_complete")
    post(verifier, "move", "verifying", event="take_up")
    seen = {"method": "visit", "statement": "Two boxes of letters lay unsent."}
    proof = [e.pk for e in part.evidence.all()]
    post(verifier, "verify", "in_progress", found="not_implemented", evidence=proof, **seen)
    post(signatory, "move", "reported_complete", event="report_complete")
    post(verifier, "move", "verifying", event="take_up")
    post(verifier, "verify", "verified", found="alternative", evidence=proof[:1], **seen)
    r.decision(f, part.reference, "close_alternative", at=datetime(2100, 1, 1, tzinfo=UTC))
    post(secretariat, "move", "closed_alternative", event="close_alternative")
    post(secretariat, "move", "in_progress", event="reopen", reason="A retest failed.")
    shown = secretariat.get(f"/recommendations/{part.limb.recommendation.number}/").content.decode()
    assert "A retest failed." in shown
    assert "Two boxes of letters lay unsent." in shown


# ---- what proposes itself for the work programme ---------------------------------------------


def test_a_recommendation_proposes_itself_for_the_programme_once_something_of_it_is_late(
    f: r.Forum, django_assert_num_queries: Callable[..., Any]
) -> None:
    whole = r.issued(f, limbs=2, asked=[f.police, f.housing])
    standing = standing_of(f.secretariat)
    late = datetime(2026, 12, 29, 1, tzinfo=UTC)
    assert overdue(standing, NOW) == []
    found = overdue(standing, late)
    assert [(c.reference, c.title) for c in found] == [(whole.reference, whole.heading)]
    assert found[0].why.count("late.") == 4
    assert overdue(standing_of(None), late) == []
    with CaptureQueriesContext(connection) as few:
        overdue(standing, late)
    r.issued(f)
    with django_assert_num_queries(len(few)):
        assert len(overdue(standing, late)) == 2
