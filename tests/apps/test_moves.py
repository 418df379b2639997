"""The one way a state changes: permission, table, guards, record and notices in one step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openscrutiny.base.access import fetch_or_deny
from openscrutiny.base.models import AuditEvent, AuditHead, Notice, Organisation, RoleHeld
from openscrutiny.base.moves import Overtaken, ReasonMissing, move, offers
from openscrutiny.core.permits import Action, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Decision
from tests.people import person

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db

# What the guards of a decision's steps ask, all of it as it should be.
FACTS = dict.fromkeys(("second_person", "taken_with_a_quorum", "presided"), True)


@pytest.fixture
def secretary():
    return person(Role.SECRETARIAT)


@pytest.fixture
def chair():
    return person(Role.CHAIR)


@pytest.fixture
def decision(secretary) -> Decision:
    return Decision.objects.create(
        number="2025-001",
        state="recorded",
        kind="agree",
        about="recommendation:2025-001",
        settles="agree",
        heading="To agree",
        text="Agreed.",
        decided_on=NOW.date(),
        recorded_by=secretary,
        recorded_at=NOW,
    )


def _events() -> int:
    return AuditHead.objects.get(pk=1).sequence


def test_a_step_changes_the_state_and_writes_one_event_in_the_role_that_allowed_it(
    decision, chair
) -> None:
    before = _events()
    written = move(decision, "certify", by=chair, now=NOW, facts=FACTS)
    assert (decision.state, decision.revision) == ("certified", 2)
    assert _events() == before + 1
    assert written.event == "forum.decision.certify"
    assert written.reference == "decision:2025-001"
    assert written.acting_as == "chair for forum"
    assert written.details == {"from": "recorded", "to": "certified"}


def test_the_wrong_role_learns_nothing_of_the_state_and_changes_nothing(
    decision, secretary
) -> None:
    before = _events()
    for event in ("certify", "not_certify"):
        with pytest.raises(NotPermitted):
            move(decision, event, by=secretary, now=NOW, facts=FACTS)
    decision.refresh_from_db()
    assert (decision.state, _events()) == ("recorded", before)


def test_a_guard_that_does_not_hold_says_why_and_changes_nothing(decision, chair) -> None:
    before = _events()
    with pytest.raises(NotPossible, match="takes a second person"):
        move(decision, "certify", by=chair, now=NOW, facts={"second_person": False})
    assert (Decision.objects.get().state, _events()) == ("recorded", before)


def test_a_step_that_needs_a_reason_is_refused_without_one(decision, chair) -> None:
    with pytest.raises(ReasonMissing):
        move(decision, "not_certify", by=chair, now=NOW, reason="  ")
    written = move(decision, "not_certify", by=chair, now=NOW, reason=" Not what was decided. ")
    assert written.details["reason"] == "Not what was decided."


def test_of_two_people_who_act_at_once_the_second_is_told(decision, chair) -> None:
    another = Decision.objects.get()
    move(decision, "certify", by=chair, now=NOW, facts=FACTS)
    with pytest.raises(Overtaken, match="Somebody else"):
        move(another, "not_certify", by=chair, now=NOW, reason="No.")
    assert Decision.objects.get().state == "certified"


def test_a_person_who_looked_at_an_older_revision_is_told(decision, chair) -> None:
    Decision.objects.update(revision=3)
    decision.refresh_from_db()
    with pytest.raises(Overtaken):
        move(decision, "certify", by=chair, now=NOW, facts=FACTS, seen=2)
    move(decision, "certify", by=chair, now=NOW, facts=FACTS, seen=3)


def test_those_the_table_names_are_told_once_and_the_one_who_did_it_is_not(
    decision, chair, secretary
) -> None:
    colleague = person(Role.SECRETARIAT)
    RoleHeld.objects.create(
        user=colleague,
        organisation=Organisation.objects.get(kind="forum"),
        role="secretariat",
        since="2021-01-01",
    )
    person(Role.MEMBER)
    move(decision, "certify", by=chair, now=NOW, facts=FACTS)
    told = Notice.objects.all()
    assert {n.recipient for n in told} == {secretary, colleague}
    assert len(told) == 2
    assert all(n.text == "Decision 2025-001, “To agree”, was certified." for n in told)


def test_a_role_that_has_ended_or_not_begun_permits_nothing(decision, chair) -> None:
    today = NOW.date()
    held = RoleHeld.objects.filter(user=chair)
    for since, until in (
        (today + timedelta(days=1), None),
        (today - timedelta(days=9), today - timedelta(days=1)),
    ):
        held.update(since=since, until=until)
        chair.__dict__.pop("_standings", None)  # a new request has not read them yet
        with pytest.raises(NotPermitted):
            move(decision, "certify", by=chair, now=NOW, facts=FACTS)
    held.update(since=today, until=today)
    chair.__dict__.pop("_standings", None)
    move(decision, "certify", by=chair, now=NOW, facts=FACTS)


def test_what_is_offered_is_what_the_person_may_do_with_the_reason_where_not_yet(
    decision, chair, secretary
) -> None:
    facts = {"second_person": False}
    assert offers(decision, by=secretary, facts=facts) == ()
    certify, refuse = offers(decision, by=chair, facts=facts)
    assert (certify.event, bool(certify.blocked)) == ("certify", True)
    assert "second person" in certify.blocked
    assert (refuse.event, refuse.blocked, refuse.needs_reason) == ("not_certify", "", True)
    (only,) = offers(decision, by=chair, facts=facts, without=["certify"])
    assert only.event == "not_certify"


def test_what_is_hidden_and_what_is_not_there_are_refused_in_the_same_words(decision) -> None:
    drafter = person(Role.DRAFTER)
    said = []
    for found in (decision, None):
        with pytest.raises(NotPermitted) as refusal:
            fetch_or_deny(
                found,
                by=drafter,
                hidden=Action.READ_RECOMMENDATION_DRAFT,
                needs=lambda _: (Action.READ_RECOMMENDATION_DRAFT, ()),
            )
        said.append(str(refusal.value))
    assert said[0] == said[1]


def test_an_event_is_written_for_every_step_and_none_is_left_over(decision, chair) -> None:
    move(decision, "certify", by=chair, now=NOW, facts=FACTS)
    assert AuditEvent.objects.filter(reference=decision.reference).count() == 1
