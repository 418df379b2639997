"""Verification: nobody judges their own work, and every finding rests on evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from openscrutiny.accountability.models import EvidenceItem, Part, Verification
from openscrutiny.accountability.services.verification import record_verification
from openscrutiny.accountability.threads.recommendations import (
    describe_parts,
    describe_recommendations,
    describe_verifications,
)
from openscrutiny.accountability.threads.recommendations import (
    work as source_of_work,
)
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import Counter, Link, Notice, RoleHeld, User
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.core.permits import NOBODY, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from tests.apps import recommending as r
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import SINCE, organisation_for, person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)


@pytest.fixture
def f() -> r.Forum:
    return r.forum()


def being_verified(f: r.Forum) -> Part:
    return r.bring(f, r.part_of(r.issued(f)), "verifying")


def record(f: r.Forum, part: Part, by: User, **other: object) -> Verification:
    given = {
        "found": "implemented",
        "method": "visit",
        "statement": "I was there and saw it.",
        "evidence": part.evidence.all(),
        **other,
    }
    return record_verification(part=part, by=by, now=NOW, **given)


def also(user: User, role: Role, organisation: object) -> User:
    RoleHeld.objects.create(user=user, organisation=organisation, role=role.value, since=SINCE)
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("own", [Role.DRAFTER, Role.SIGNATORY])
def test_a_respondent_who_is_a_verifier_elsewhere_does_not_verify_the_own_work(
    f: r.Forum, own: Role
) -> None:
    part = being_verified(f)
    both = also(person(Role.VERIFIER), own, f.police)
    with pytest.raises(NotPermitted, match="nobody judges their own work"):
        record(f, part, both)
    page = sign_in(Client(), both).get(
        f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/verify/"
    )
    assert page.status_code == 403
    assert r.fresh(part).state == "verifying"
    assert not Verification.objects.exists()


def test_a_verifier_of_the_organisation_that_was_asked_does_not_verify_it(f: r.Forum) -> None:
    part = being_verified(f)
    inside = person(Role.VERIFIER, organisation=f.police)
    with pytest.raises(NotPermitted):
        record(f, part, inside)
    taken = r.bring(f, r.part_of(r.issued(f)), "reported_complete")
    with pytest.raises(NotPermitted):
        r.step(f, taken, "take_up", inside)


@pytest.mark.parametrize("own", [Role.DRAFTER, Role.SIGNATORY])
def test_a_respondent_of_yesterday_who_is_a_verifier_today_does_not_verify_the_own_work(
    f: r.Forum, own: Role
) -> None:
    asked_at = NOW - timedelta(days=30)
    waiting = r.bring(f, r.part_of(r.issued(f, at=asked_at)), "reported_complete", at=asked_at)
    begun = r.bring(f, r.part_of(r.issued(f, at=asked_at)), "verifying", at=asked_at)
    changed = person(Role.VERIFIER)
    yesterday = NOW.date() - timedelta(days=1)
    RoleHeld.objects.create(
        user=changed, organisation=f.police, role=own.value, since=SINCE, until=yesterday
    )
    with pytest.raises(NotPermitted, match="nobody judges their own work"):
        r.step(f, waiting, "take_up", changed)
    with pytest.raises(NotPermitted, match="nobody judges their own work"):
        record(f, begun, changed)
    address = f"/recommendations/{begun.limb.recommendation.number}/parts/{begun.number}/verify/"
    assert sign_in(Client(), changed).get(address).status_code == 403
    assert (r.fresh(waiting).state, r.fresh(begun).state) == ("reported_complete", "verifying")
    assert not Verification.objects.exists()


def test_who_may_not_verify_is_not_offered_it_and_others_read_whom_it_waits_for(f: r.Forum) -> None:
    asked_at = NOW - timedelta(days=30)
    part = r.bring(f, r.part_of(r.issued(f, at=asked_at)), "reported_complete", at=asked_at)
    former = person(Role.VERIFIER, name="former")
    yesterday = NOW.date() - timedelta(days=1)
    RoleHeld.objects.create(
        user=former, organisation=f.police, role=Role.DRAFTER, since=SINCE, until=yesterday
    )
    address = f"/recommendations/{part.limb.recommendation.number}/"
    independent = person(Role.VERIFIER, name="independent")
    for who, offered in ((former, False), (independent, True)):
        page = sign_in(Client(), who).get(address).content.decode()
        assert ("Begin to verify" in page) is offered
        waits = [i.reference for i in work(who, standing_of(who), NOW)]
        assert (part.reference in waits) is offered
    officer = sign_in(Client(), f.secretariat).get(address).content.decode()
    assert "This waits for a verifier from outside the organisations that were asked." in officer
    r.step(f, r.fresh(part), "take_up", independent)
    page = sign_in(Client(), former).get(address).content.decode()
    assert "Record what was found" not in page
    assert "This waits for the verifier to say what was found." in page


@pytest.mark.parametrize("days", [0, 1])
def test_who_left_before_the_recommendation_was_issued_may_verify_it(f: r.Forum, days: int) -> None:
    asked_at = NOW - timedelta(days=30)
    part = r.bring(f, r.part_of(r.issued(f, at=asked_at)), "verifying", at=asked_at)
    changed = person(Role.VERIFIER)
    left = asked_at.date() - timedelta(days=days)
    RoleHeld.objects.create(
        user=changed, organisation=f.police, role=Role.DRAFTER, since=SINCE, until=left
    )
    if days:
        record(f, part, changed)
        assert r.fresh(part).state == "verified"
    else:
        with pytest.raises(NotPermitted):
            record(f, part, changed, seen=part.revision)


def test_who_acted_for_the_organisation_in_any_part_verifies_none_of_them(f: r.Forum) -> None:
    made = r.issued(f, limbs=2)
    first, second = Part.objects.filter(limb__recommendation=made)
    r.bring(f, r.fresh(first), "verifying")
    r.answer(f, r.fresh(second), "accepted")
    # A role that ended the day before, on the day on which it was still used.
    RoleHeld.objects.filter(user=f.drafter).update(until=NOW.date() - timedelta(days=1))
    hat = also(f.drafter, Role.VERIFIER, organisation_for(Role.VERIFIER))
    with pytest.raises(NotPermitted, match="nobody judges their own work"):
        record(f, r.fresh(first), hat)


def test_nobody_asked_by_one_limb_verifies_another_limb_of_the_same_recommendation(
    f: r.Forum,
) -> None:
    made = r.issued(f, asked=[f.police, f.housing])
    part = r.fresh(Part.objects.get(number=f"{made.number}.a-police"))
    r.bring(f, part, "verifying")
    partner = also(person(Role.VERIFIER), Role.DRAFTER, f.housing)
    with pytest.raises(NotPermitted):
        record(f, r.fresh(part), partner)
    assert work(partner, standing_of(partner), NOW)[0].reference.endswith("housing")


def test_what_was_found_is_kept_numbered_and_linked(f: r.Forum) -> None:
    part = being_verified(f)
    made = record(f, part, f.verifier)
    assert r.fresh(part).state == "verified"
    assert (made.number, made.method, made.found) == ("2026-001", "visit", "implemented")
    assert list(made.evidence.all()) == list(part.evidence.all())
    assert Link.objects.filter(
        from_ref=part.limb.recommendation.reference, to_ref=made.reference, kind="verified by"
    ).exists()
    told = Notice.objects.filter(event="accountability.part.verify")
    assert {n.recipient for n in told} == {f.secretariat, f.chair}


def test_one_finding_is_chosen_and_any_evidence_with_where_it_may_be_seen(f: r.Forum) -> None:
    part = being_verified(f)
    shown = (
        sign_in(Client(), f.verifier)
        .get(f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/verify/")
        .content.decode()
    )
    assert shown.count('class="govuk-radios"') == 2
    assert shown.count('class="govuk-checkboxes"') == 1
    assert "Twenty letters (dip sample of cases; File 12 at the secretariat)" in shown


def test_not_carried_out_goes_back_with_what_is_missing(f: r.Forum) -> None:
    part = being_verified(f)
    record(f, part, f.verifier, found="not_implemented", statement="No letter went out.")
    assert r.fresh(part).state == "in_progress"
    told = Notice.objects.filter(event="accountability.part.return")
    assert {n.recipient for n in told} == {f.secretariat, f.drafter, f.signatory}
    assert Verification.objects.get().statement == "No letter went out."


@pytest.mark.parametrize("found", Verification.Found.values)
def test_no_finding_without_evidence_or_words(f: r.Forum, found: str) -> None:
    part = being_verified(f)
    with pytest.raises(NotPossible, match="rests on evidence"):
        record(f, part, f.verifier, found=found, evidence=[])
    with pytest.raises(ReasonMissing):
        record(f, part, f.verifier, found=found, statement="  ")
    with pytest.raises(Overtaken):
        record(f, part, f.verifier, found=found, seen=part.revision + 1)
    assert r.fresh(part).state == "verifying"
    assert not Verification.objects.exists()
    assert not Counter.objects.filter(kind="verification").exists()


def test_evidence_of_another_part_proves_nothing_here(f: r.Forum) -> None:
    part, other = being_verified(f), being_verified(f)
    with pytest.raises(NotPossible, match="another part"):
        record(f, part, f.verifier, evidence=other.evidence.all())
    address = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/verify/"
    sent = sign_in(Client(), f.verifier).post(
        address,
        {
            "found": "implemented",
            "method": "visit",
            "statement": "A long statement that took an hour to write.",
            "evidence": [EvidenceItem.objects.get(part=other).pk],
            "seen": part.revision,
        },
    )
    assert sent.status_code == 422
    assert "took an hour to write" in sent.content.decode()


def test_what_the_verifier_wrote_survives_when_the_part_was_withdrawn_meanwhile(
    f: r.Forum,
) -> None:
    part = being_verified(f)
    proof = [e.pk for e in part.evidence.all()]
    r.decision(f, part.reference, "withdraw")
    r.step(f, part, "withdraw", f.secretariat)
    address = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/verify/"
    sent = sign_in(Client(), f.verifier).post(
        address,
        {
            "found": "implemented",
            "method": "visit",
            "statement": "It took an hour to write.",
            "evidence": proof,
            "seen": part.revision,
        },
    )
    assert sent.status_code == 409
    assert "It took an hour to write." in sent.content.decode()
    assert not Verification.objects.exists()


def test_the_thread_describes_them_to_those_who_may_see_them(f: r.Forum) -> None:
    made = r.issued(f, asked=[f.police, f.housing])
    part = r.fresh(Part.objects.get(number=f"{made.number}.a-police"))
    r.bring(f, part, "verified")
    outside = person(Role.DRAFTER, organisation=f.housing)
    number = Verification.objects.get().number
    seen = {
        who: (
            describe_recommendations([made.number], standing)[made.number].visible,
            describe_parts([part.number], standing)[part.number].visible,
            describe_verifications([number], standing)[number].visible,
        )
        for who, standing in (
            ("secretariat", standing_of(f.secretariat)),
            ("own", standing_of(f.drafter)),
            ("other", standing_of(outside)),
            ("nobody", NOBODY),
        )
    }
    assert seen == {
        "secretariat": (True, True, True),
        "own": (True, True, True),
        "other": (True, False, False),
        "nobody": (False, False, False),
    }
    described = describe_verifications([number], standing_of(f.chair))[number]
    assert described.href == f"/recommendations/{made.number}/#verification-{number}"


WAITING = {
    "issued": ("drafter", "Draft the response."),
    "accepted": ("drafter", "Send the plan."),
    "planned": ("drafter", "Say when work has begun."),
    "in_progress": ("drafter", "Report progress, or report it complete."),
    "reported_complete": ("verifier", "Verify whether it was carried out."),
    "verifying": ("verifier", "Verify whether it was carried out."),
    "verified": ("secretariat", "Record the forum's decision."),
    "not_accepted": (
        "secretariat",
        "It was not accepted: ask again, or record the forum's decision.",
    ),
}


@pytest.mark.parametrize("state", WAITING)
def test_a_part_waits_for_whose_turn_it_is_and_for_nobody_else(f: r.Forum, state: str) -> None:
    part = r.bring(f, r.part_of(r.issued(f)), state)
    turn, to_do = WAITING[state]
    outside = person(Role.DRAFTER, organisation=f.housing)
    people = {
        "drafter": f.drafter,
        "verifier": f.verifier,
        "secretariat": f.secretariat,
        "chair": f.chair,
        "outside": outside,
    }
    found = {
        name: [(w.reference, w.to_do) for w in work(who, standing_of(who), NOW)]
        for name, who in people.items()
    }
    assert found == {name: [(part.reference, to_do)] if name == turn else [] for name in people}


def test_the_secretariat_is_told_what_each_draft_waits_for(f: r.Forum) -> None:
    def to_do() -> list[str]:
        return [w.to_do for w in work(f.secretariat, standing_of(f.secretariat), NOW)]

    made = r.drafted(f, limbs=0)
    assert to_do() == ["Add what is to be done, and by whom."]
    made.delete()
    made = r.drafted(f)
    assert to_do() == ["Record the forum's decision to agree it."]
    recorded = r.decision(f, made.reference, "agree", state="recorded")
    assert to_do() == ["The chair has still to certify the decision."]
    recorded.delete()
    r.decision(f, made.reference, "agree")
    assert to_do() == ["Mark it as agreed: the decision is certified."]


def test_the_day_a_response_is_due_stands_in_the_work_list(f: r.Forum) -> None:
    r.issued(f)
    waiting = work(f.drafter, standing_of(f.drafter), NOW)[0]
    assert str(waiting.due_on) == "2026-12-28"
    assert waiting.standing_words == "56 calendar days left"
