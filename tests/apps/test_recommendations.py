"""Recommendations: drafting, agreeing, issuing, withdrawing, and who may do and see what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client

from openscrutiny.accountability.forms.questions import QuestionForm
from openscrutiny.accountability.forms.recommendations import LimbForm
from openscrutiny.accountability.models import Part, Recommendation
from openscrutiny.accountability.services import recommendations as services
from openscrutiny.base.account_forms import GrantForm
from openscrutiny.base.models import AuditEvent, Link, Notice, Organisation
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.core.machines import RECOMMENDATION
from openscrutiny.core.permits import RESPONDENTS, TABLE, Action, NotPermitted, Role, Where
from openscrutiny.core.workflow import NotPossible
from tests.apps import recommending as r
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def f() -> r.Forum:
    return r.forum()


def brought(f: r.Forum, state: str) -> Recommendation:
    if state == "withdrawn":
        made = r.drafted(f)
        services.abandon_recommendation(
            recommendation=made, reason="Overtaken by events.", by=f.secretariat, now=NOW
        )
        return made
    return {"drafting": r.drafted, "agreed": r.agreed, "issued": r.issued}[state](f)


def attempt(f: r.Forum, made: Recommendation, event: str, by: object = None) -> None:
    """The event with everything it needs, so that only the state or the person can refuse it."""
    who = {"by": by or f.secretariat, "now": NOW, "recommendation": made}
    if event in ("agree", "withdraw"):
        r.decision(f, made.reference, event)
    if event in ("withdraw", "abandon"):
        who["reason"] = "Because."
    getattr(services, f"{event}_recommendation")(**who)


@pytest.mark.parametrize("state", RECOMMENDATION.states)
def test_each_event_happens_where_the_table_says_and_nowhere_else(f: r.Forum, state: str) -> None:
    made = brought(f, state)
    possible = {t.event: t.target for t in RECOMMENDATION.possible(state)}
    for event in RECOMMENDATION.events:
        made = Recommendation.objects.get(pk=made.pk)
        mark = transaction.savepoint()
        if event in possible:
            attempt(f, made, event)
            assert Recommendation.objects.get(pk=made.pk).state == possible[event]
            written = AuditEvent.objects.filter(reference=made.reference).last()
            assert written is not None
            assert written.event == f"accountability.recommendation.{event}"
        else:
            trail = AuditEvent.objects.filter(reference=made.reference)
            events = trail.count()
            with pytest.raises(NotPossible):
                attempt(f, made, event)
            after = Recommendation.objects.get(pk=made.pk)
            assert (after.state, after.revision) == (state, made.revision)
            assert trail.count() == events
        transaction.savepoint_rollback(mark)


def test_a_draft_begins_with_the_question_and_the_answer_and_is_linked_to_it(
    f: r.Forum, client: Client
) -> None:
    answer = r.response(f)
    sign_in(client, f.secretariat)
    address = f"/recommendations/new/?response={answer.number}"
    form = client.get(address).context["form"]
    assert form["heading"].value() == "Victims who hear nothing"
    assert "About one in three." in form["why"].value()
    sent = client.post(
        address, {"heading": "Tell victims", "why": "They wait.", "outcome": "value", "seen": 0}
    )
    made = Recommendation.objects.get()
    assert sent["Location"] == f"/recommendations/{made.number}/"
    assert Link.objects.filter(
        from_ref=answer.reference, to_ref=made.reference, kind="led to"
    ).exists()
    assert (
        "answer to the question “Victims who hear nothing”"
        in client.get(sent["Location"]).content.decode()
    )


def test_limbs_are_lettered_in_order_and_move_up_when_one_is_removed(f: r.Forum) -> None:
    made = r.drafted(f, limbs=4)
    texts = [limb.text for limb in made.limbs.all()]
    second = made.limbs.get(letter="b")
    services.remove_limb(limb=second, seen=made.revision, by=f.secretariat, now=NOW)
    assert [(x.letter, x.text) for x in made.limbs.all()] == [
        ("a", texts[0]),
        ("b", texts[2]),
        ("c", texts[3]),
    ]


def test_a_limb_is_addressed_to_somebody_who_answers(f: r.Forum) -> None:
    made = r.drafted(f)
    for asked in (
        [],
        [Organisation.objects.get(kind="verifier")],
        [f.police, r.organisation("hq", "forum")],
    ):
        with pytest.raises(NotPossible):
            services.add_limb(
                recommendation=made,
                text="Do it.",
                success="It is done.",
                addressees=asked,
                seen=made.revision,
                by=f.secretariat,
                now=NOW,
            )
    assert made.limbs.count() == 1


def test_the_text_stands_once_it_is_agreed(f: r.Forum) -> None:
    made = r.agreed(f)
    limb = made.limbs.get()
    kept = {"seen": made.revision, "by": f.secretariat, "now": NOW}
    new = {"text": "Do less.", "success": "None.", "addressees": [f.police]}
    for change in (
        lambda: services.edit_limb(limb=limb, **new, **kept),
        lambda: services.add_limb(recommendation=made, **new, **kept),
        lambda: services.remove_limb(limb=limb, **kept),
        lambda: services.edit_recommendation(
            recommendation=made, heading="Less", why="So.", outcome="value", **kept
        ),
    ):
        with pytest.raises(NotPossible, match="text stands"):
            change()
    limb.refresh_from_db()
    assert limb.text == "Write to every victim within 7 days."


def test_two_people_changing_a_draft_do_not_overwrite_each_other(f: r.Forum) -> None:
    made = r.drafted(f)
    first, second = (Recommendation.objects.get(pk=made.pk) for _ in range(2))
    said = {"why": "So.", "outcome": "value", "by": f.secretariat, "now": NOW}
    services.edit_recommendation(recommendation=first, heading="One", seen=made.revision, **said)
    with pytest.raises(Overtaken):
        services.edit_recommendation(
            recommendation=second, heading="Two", seen=made.revision, **said
        )
    assert Recommendation.objects.get().heading == "One"


@pytest.mark.parametrize(
    ("about", "settles", "state"),
    [
        ("recommendation:2026-999", "agree", "certified"),
        ("", "withdraw", "certified"),
        ("", "agree", "recorded"),
        ("", "agree", "not_certified"),
    ],
)
def test_only_a_certified_decision_on_this_very_step_agrees_it(
    f: r.Forum, about: str, settles: str, state: str
) -> None:
    made = r.drafted(f)
    r.decision(f, about or made.reference, settles, state=state)
    with pytest.raises(NotPossible, match="no certified decision"):
        services.agree_recommendation(recommendation=made, by=f.secretariat, now=NOW)
    assert Recommendation.objects.get().state == "drafting"


def test_a_decision_does_not_cover_words_that_were_changed_after_it(
    f: r.Forum, client: Client
) -> None:
    made = r.drafted(f)
    decision = r.decision(f, made.reference, "agree")
    services.edit_recommendation(
        recommendation=made,
        heading="Something else",
        why="So.",
        outcome="value",
        seen=made.revision,
        by=f.secretariat,
        now=NOW + timedelta(hours=1),
    )
    with pytest.raises(NotPossible, match="no certified decision"):
        services.agree_recommendation(recommendation=made, by=f.secretariat, now=NOW)
    shown = sign_in(client, f.secretariat).get(f"/recommendations/{made.number}/").content.decode()
    assert f"Decision {decision.number} does not count: what it was about has changed" in shown


def test_a_recommendation_without_limbs_is_not_agreed(f: r.Forum) -> None:
    made = r.drafted(f, limbs=0)
    r.decision(f, made.reference, "agree")
    with pytest.raises(NotPossible, match="no part that names"):
        services.agree_recommendation(recommendation=made, by=f.secretariat, now=NOW)


def test_issuing_makes_a_part_for_each_limb_and_organisation_and_tells_those_asked(
    f: r.Forum,
) -> None:
    made = r.agreed(f, limbs=2, asked=[f.police, f.housing])
    own = person(Role.DRAFTER, organisation=f.housing)
    services.issue_recommendation(recommendation=made, by=f.secretariat, now=NOW)
    n = made.number
    assert {p.number for p in Part.objects.all()} == {
        f"{n}.{letter}-{code}" for letter in "ab" for code in ("police", "housing")
    }
    assert (made.term_length, made.term_unit) == (56, "calendar days")
    told = Notice.objects.filter(event="accountability.recommendation.issue")
    assert {x.recipient for x in told} == {own, f.drafter, f.signatory}
    assert Link.objects.filter(to_ref=made.reference, kind="agreed by").count() == 1


def test_a_part_of_one_organisation_has_the_letter_alone(f: r.Forum) -> None:
    made = r.issued(f)
    assert [p.number for p in Part.objects.all()] == [f"{made.number}.a"]


def test_a_long_code_of_an_organisation_still_makes_a_number_that_fits(f: r.Forum) -> None:
    r.issued(f, asked=[f.police, r.organisation("a-partner-with-a-very-long-name-indeed")])
    assert all(len(p.number) <= 40 for p in Part.objects.all())
    assert Part.objects.count() == 2


def test_withdrawing_takes_every_open_part_along_and_leaves_closed_ones(f: r.Forum) -> None:
    made = r.issued(f, limbs=3)
    closed, working, waiting = (r.fresh(p) for p in Part.objects.order_by("number"))
    r.bring(f, closed, "closed_implemented")
    r.bring(f, working, "in_progress")
    with pytest.raises(NotPossible, match="no certified decision"):
        services.withdraw_recommendation(
            recommendation=made, reason="The law changed.", by=f.secretariat, now=NOW
        )
    r.decision(f, made.reference, "withdraw")
    with pytest.raises(ReasonMissing):
        services.withdraw_recommendation(recommendation=made, reason=" ", by=f.secretariat, now=NOW)
    services.withdraw_recommendation(
        recommendation=made, reason="The law changed.", by=f.secretariat, now=NOW
    )
    states = dict(Part.objects.values_list("number", "state"))
    assert states == {
        closed.number: "closed_implemented",
        working.number: "withdrawn",
        waiting.number: "withdrawn",
    }
    with pytest.raises(NotPossible, match="was withdrawn"):
        r.step(f, r.fresh(closed), "reopen", f.secretariat)


# ---- who may ------------------------------------------------------------------------------------

ACTS: dict[Action, tuple[str, Callable[[r.Forum, Recommendation, object], object]]] = {
    Action.DRAFT_RECOMMENDATION: (
        "drafting",
        lambda f, made, by: services.edit_recommendation(
            recommendation=made,
            heading="New",
            why="So.",
            outcome="value",
            seen=made.revision,
            by=by,
            now=NOW,
        ),
    ),
    Action.RECORD_DECISION: ("drafting", lambda f, made, by: attempt(f, made, "agree", by)),
    Action.ISSUE_RECOMMENDATION: ("agreed", lambda f, made, by: attempt(f, made, "issue", by)),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", ACTS)
def test_each_role_may_do_what_the_table_says(f: r.Forum, role: Role, action: Action) -> None:
    by = AnonymousUser() if role is Role.ANYONE else person(role)
    state, act = ACTS[action]
    made = brought(f, state)
    if role in TABLE[action]:
        before = made.revision
        act(f, made, by)
        assert Recommendation.objects.get().revision == before + 1
    else:
        with pytest.raises(NotPermitted):
            act(f, made, by)
        assert Recommendation.objects.get().state == state


@pytest.mark.parametrize("role", Role)
def test_only_those_see_it_whom_the_table_names(f: r.Forum, role: Role, client: Client) -> None:
    hidden = r.drafted(f)
    open_ = r.issued(f)
    if role is not Role.ANYONE:
        own = f.police if role in RESPONDENTS else None
        sign_in(client, person(role, organisation=own))
    draft_seen = role in TABLE[Action.READ_RECOMMENDATION_DRAFT]
    issued_seen = role in TABLE[Action.READ_RECOMMENDATION]
    for made, seen in ((hidden, draft_seen), (open_, issued_seen)):
        assert client.get(f"/recommendations/{made.number}/").status_code == (200 if seen else 403)
    listed = client.get("/recommendations/")
    assert listed.status_code == (200 if issued_seen else 403)
    if issued_seen:
        numbers = {row.number for row in listed.context["page"].listed.lines}
        assert numbers == {open_.number} | ({hidden.number} if draft_seen else set())
    nothing = client.get("/recommendations/2031-001/").status_code
    assert nothing == (404 if draft_seen else 403)


def test_another_organisation_sees_neither_the_recommendation_nor_the_part_of_others(
    f: r.Forum, client: Client
) -> None:
    alone = r.issued(f)
    shared = r.issued(f, limbs=2, asked=[f.police, f.housing])
    police_part = r.fresh(Part.objects.get(number=f"{shared.number}.a-police"))
    r.answer(f, police_part, "accepted", text="A confidential sentence of the police.")
    sign_in(client, person(Role.SIGNATORY, organisation=f.housing))
    assert client.get(f"/recommendations/{alone.number}/").status_code == 403
    listed = client.get("/recommendations/")
    assert [row.number for row in listed.context["page"].listed.lines] == [shared.number]
    assert "police" not in str(listed.context["page"].listed.lines)
    page = client.get(f"/recommendations/{shared.number}/")
    assert "A confidential sentence" not in page.content.decode()
    assert page.context["page"].elsewhere == 2
    assert page.context["page"].standing == "2 parts: 2 waiting for a response"
    address = f"/recommendations/{shared.number}/parts/{police_part.number}/respond/"
    assert client.get(address).status_code == 403


DRAFTING_PAGES = ["edit/", "limbs/new/", "limbs/a/"]


@pytest.mark.parametrize("role", Role)
def test_every_drafting_address_opens_for_the_secretariat_alone(
    f: r.Forum, role: Role, client: Client
) -> None:
    made = r.drafted(f)
    if role is not Role.ANYONE:
        sign_in(client, person(role))
    expected = 200 if role is Role.SECRETARIAT else 403
    assert client.get("/recommendations/new/").status_code == expected
    for page in DRAFTING_PAGES:
        assert client.get(f"/recommendations/{made.number}/{page}").status_code == expected
    step = {"event": "abandon", "seen": made.revision, "reason": "So."}
    removed = client.post(
        f"/recommendations/{made.number}/limbs/a/remove/", {"seen": made.revision}
    )
    assert removed.status_code == (302 if role is Role.SECRETARIAT else 403)
    step["seen"] = Recommendation.objects.get().revision
    moved = client.post(f"/recommendations/{made.number}/move/", step)
    assert moved.status_code == (302 if role is Role.SECRETARIAT else 403)
    assert Recommendation.objects.get().state == (
        "withdrawn" if role is Role.SECRETARIAT else "drafting"
    )


def test_the_limbs_form_keeps_what_was_typed_when_somebody_was_faster(
    f: r.Forum, client: Client
) -> None:
    made = r.drafted(f)
    sign_in(client, f.secretariat)
    typed = {
        "text": "Train every officer.",
        "success": "All have a certificate.",
        "addressees": [f.police.pk],
        "seen": made.revision - 1,
    }
    sent = client.post(f"/recommendations/{made.number}/limbs/new/", typed)
    assert sent.status_code == 409
    assert "Train every officer." in sent.content.decode()
    assert made.limbs.count() == 1
    again = client.post(
        f"/recommendations/{made.number}/limbs/new/",
        {**typed, "seen": sent.context["form"]["seen"].value()},
    )
    assert again.status_code == 302
    assert made.limbs.count() == 2


def test_a_refused_step_shows_the_page_again_with_the_reason_that_was_typed(
    f: r.Forum, client: Client
) -> None:
    made = r.issued(f)
    sign_in(client, f.secretariat)
    step = {"event": "withdraw", "seen": made.revision, "reason": "The law of 2026 changed."}
    sent = client.post(f"/recommendations/{made.number}/move/", step)
    assert sent.status_code == 409
    assert "There is no certified decision" in sent.content.decode()
    assert "The law of 2026 changed." in sent.content.decode()
    r.decision(f, made.reference, "withdraw")
    sent = client.post(f"/recommendations/{made.number}/move/", {**step, "reason": ""})
    assert sent.status_code == 422
    sent = client.post(f"/recommendations/{made.number}/move/", {**step, "seen": 1})
    assert sent.status_code == 409
    assert "The law of 2026 changed." in sent.content.decode()


@pytest.mark.parametrize(
    "step", [{}, {"event": "conjure", "seen": 1}, {"event": "issue", "seen": "x"}]
)
def test_a_step_that_nobody_knows_is_refused_with_a_page(
    f: r.Forum, client: Client, step: dict[str, object]
) -> None:
    made = r.drafted(f)
    sign_in(client, f.secretariat)
    assert client.post(f"/recommendations/{made.number}/move/", step).status_code == 422


def queries(client: Client, address: str, django_assert_max_num_queries: Callable) -> int:
    client.get(address)
    with django_assert_max_num_queries(60) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


@pytest.mark.parametrize("role", [Role.SECRETARIAT, Role.SIGNATORY, Role.VERIFIER])
def test_pages_take_as_many_queries_for_many_parts_as_for_one(
    f: r.Forum, role: Role, client: Client, django_assert_max_num_queries: Callable
) -> None:
    by = {
        Role.SECRETARIAT: f.secretariat,
        Role.SIGNATORY: f.signatory,
        Role.VERIFIER: f.verifier,
    }[role]
    sign_in(client, by)

    def counts(made: Recommendation) -> list[int]:
        addresses = (f"/recommendations/{made.number}/", "/recommendations/", "/your-work/")
        return [queries(client, a, django_assert_max_num_queries) for a in addresses]

    small = r.issued(f, limbs=2)
    r.bring(f, r.part_of(small), "verifying")
    r.drafted(f)
    few = counts(small)
    large = r.issued(f, limbs=6, asked=[f.police, f.housing, r.organisation("council")])
    for part in Part.objects.filter(
        limb__recommendation=large, organisation=f.police, limb__letter__lt="d"
    ).select_related("limb__recommendation", "organisation"):
        r.bring(f, part, "verifying")
    r.drafted(f, limbs=3)
    assert counts(large) == few


def test_where_a_role_must_be_held_is_said_for_every_action_tested_here() -> None:
    assert all(where is Where.ANYWHERE for a in ACTS for where in TABLE[a].values())


@pytest.mark.parametrize("key", ["9" * 30, "one", "-1", "\0", "1.5"])
@pytest.mark.parametrize("field", ["addressees", "addressee", "organisation"])
def test_what_can_be_no_key_is_no_choice_and_breaks_nothing(field: str, key: str) -> None:
    forms = {
        "addressees": lambda: LimbForm({"addressees": [key]}),
        "addressee": lambda: QuestionForm({"addressee": key}),
        "organisation": lambda: GrantForm({"organisation": key}),
    }
    assert any("Choose again" in said for said in forms[field]().errors[field])
