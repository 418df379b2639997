"""Publications: the state table walked through the services, the checks, what waits for whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from openscrutiny.base.models import AuditEvent, Link, Notice, User
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.base.thread import next_steps, thread_of
from openscrutiny.base.work import waiting_for
from openscrutiny.core.machines import PUBLICATION
from openscrutiny.core.permits import NOBODY, TABLE, Held, NotPermitted, Role, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.public import services
from openscrutiny.public.checks import NotChecked
from openscrutiny.public.models import Publication
from tests.apps.chains import whole_chain
from tests.apps.publishing import (
    IN_STATE,
    REASON,
    carry_out,
    checks_for,
    prepared,
    published,
    sent_back,
    withdrawn,
)
from tests.city import NOW
from tests.people import person

pytestmark = pytest.mark.django_db

SIGNED_IN = [role for role in Role if role is not Role.ANYONE]


# ---- the table, walked ------------------------------------------------------------------------


@pytest.mark.parametrize("event", PUBLICATION.events)
@pytest.mark.parametrize("state", PUBLICATION.states)
def test_each_step_goes_where_the_table_says_and_from_nowhere_else(state: str, event: str) -> None:
    chain = whole_chain()
    item = IN_STATE[state](chain)
    assert item.state == state
    row = next((t for t in PUBLICATION.possible(state) if t.event == event), None)
    allowed = TABLE[PUBLICATION.action_of(event)]
    by = chain.people[Role.CHAIR if Role.CHAIR in allowed else Role.SECRETARIAT]
    before = item.revision, AuditEvent.objects.count(), Notice.objects.count()
    if row:
        carry_out(item, event, by)
        assert item.state == row.target
        assert AuditEvent.objects.count() == before[1] + 1
        written = AuditEvent.objects.get(sequence=AuditEvent.objects.count())
        assert (written.event, written.reference, written.actor) == (
            f"public.publication.{event}",
            item.reference,
            by.pk,
        )
        assert (Notice.objects.count() > before[2]) is bool(row.notifies)
    else:
        with pytest.raises(NotPossible, match="cannot be done now"):
            carry_out(item, event, by)
        item.refresh_from_db()
        assert item.state == state
        assert (item.revision, AuditEvent.objects.count(), Notice.objects.count()) == before


@pytest.mark.parametrize("role", SIGNED_IN)
@pytest.mark.parametrize(
    ("event", "state"),
    [(t.event, s) for t in PUBLICATION.transitions for s in sorted(t.sources)],
)
def test_each_role_may_take_the_steps_of_the_role_table_and_no_others(
    role: Role, event: str, state: str
) -> None:
    item = IN_STATE[state](whole_chain())
    somebody = person(role)
    if role in TABLE[PUBLICATION.action_of(event)]:
        carry_out(item, event, somebody)
        assert item.state == next(t.target for t in PUBLICATION.possible(state) if t.event == event)
    else:
        with pytest.raises(NotPermitted, match=f"signed in as .*{role.words}"):
            carry_out(item, event, somebody)
        item.refresh_from_db()
        assert item.state == state


@pytest.mark.parametrize("role", SIGNED_IN)
def test_only_the_secretariat_prepares(role: Role) -> None:
    chain = whole_chain()
    given = {"subject": chain.subject, "checks": checks_for(chain.subject), "now": NOW}
    if role is Role.SECRETARIAT:
        assert services.prepare_publication(by=person(role), **given).state == "prepared"
    else:
        with pytest.raises(NotPermitted):
            services.prepare_publication(by=person(role), **given)
        assert not Publication.objects.exists()


def _also(role: Role, user: User) -> User:
    """The same person holding a second role."""
    user.roles.create(
        role=role.value, organisation=user.roles.get().organisation, since=date(2020, 1, 1)
    )
    user.__dict__.pop("_standings", None)
    return user


def test_nobody_publishes_what_they_prepared_themselves() -> None:
    chain = whole_chain()
    both = _also(Role.CHAIR, chain.people[Role.SECRETARIAT])
    item = prepared(chain)
    with pytest.raises(NotPossible, match="takes a second person"):
        carry_out(item, "publish", both)
    assert carry_out(item, "publish", chain.people[Role.CHAIR]).published_by is not None


def test_nobody_withdraws_on_their_own_proposal() -> None:
    chain = whole_chain()
    item = published(chain)
    both = _also(Role.SECRETARIAT, chain.people[Role.CHAIR])
    carry_out(item, "propose_withdrawal", both)
    with pytest.raises(NotPossible, match="takes a second person"):
        carry_out(item, "withdraw", both)
    assert carry_out(item, "withdraw", person(Role.CHAIR)).state == "withdrawn"


def test_of_two_people_who_act_at_once_the_second_is_told() -> None:
    chain = whole_chain()
    item = prepared(chain)
    other = Publication.objects.get(pk=item.pk)
    carry_out(item, "publish", chain.people[Role.CHAIR], seen=1)
    with pytest.raises(Overtaken):
        carry_out(other, "send_back", chain.people[Role.CHAIR], seen=1)
    with pytest.raises(Overtaken):
        carry_out(item, "propose_withdrawal", chain.people[Role.SECRETARIAT], seen=1)
    item.refresh_from_db()
    assert item.state == "published"


@pytest.mark.parametrize("event", ["send_back", "propose_withdrawal", "keep"])
def test_a_step_that_takes_something_back_says_why(event: str) -> None:
    chain = whole_chain()
    row = next(t for t in PUBLICATION.transitions if t.event == event)
    item = IN_STATE[min(row.sources)](chain)
    given = {"code": "wrong"} if event == "propose_withdrawal" else {}
    by = chain.people[Role.SECRETARIAT if given else Role.CHAIR]
    with pytest.raises(ReasonMissing):
        getattr(services, event)(publication=item, by=by, now=NOW, seen=None, reason=" \n", **given)


def test_a_proposal_that_is_not_followed_leaves_nothing_behind() -> None:
    chain = whole_chain()
    item = published(chain)
    carry_out(item, "propose_withdrawal", chain.people[Role.SECRETARIAT])
    assert (item.withdrawal_code, item.withdrawal_reason) == ("wrong", REASON)
    carry_out(item, "keep", chain.people[Role.CHAIR])
    assert (item.withdrawal_code, item.withdrawal_reason, item.proposed_by) == ("", "", None)


def test_the_reason_of_a_withdrawal_is_public_and_so_holds_no_personal_data() -> None:
    chain = whole_chain()
    item = published(chain)
    with pytest.raises(NotPossible, match="e-mail address"):
        services.propose_withdrawal(
            publication=item, code="personal", reason="It named a.b@example.org.",
            seen=None, by=chain.people[Role.SECRETARIAT], now=NOW,
        )  # fmt: skip
    with pytest.raises(NotPossible, match="kind of reason"):
        services.propose_withdrawal(
            publication=item, code="whim", reason="x", seen=None,
            by=chain.people[Role.SECRETARIAT], now=NOW,
        )  # fmt: skip


# ---- preparing --------------------------------------------------------------------------------


def test_preparing_writes_one_event_and_the_way_back() -> None:
    chain = whole_chain(limbs=2)
    before = AuditEvent.objects.count()
    item = prepared(chain)
    assert AuditEvent.objects.count() == before + 1
    written = Link.objects.filter(to_ref=item.reference, kind="published as")
    assert {row.from_ref for row in written} == {
        chain.subject,
        *(v.reference for v in chain.verifications),
    }
    way_back = {s.reference for s in thread_of(item.reference, standing=NOBODY).steps}
    assert {f"batch:{b}" for b in chain.batches} <= way_back
    assert chain.batches


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"exempt": True, "public_interest": "It matters."}, "which exempt information"),
        ({"exempt": True, "ground": "9", "public_interest": "It."}, "which exempt information"),
        ({"exempt": True, "ground": "3", "public_interest": " "}, "why that may be published"),
        ({"recognisable": True}, "could be recognised"),
        ({"looked_at": "  "}, "what was looked at"),
        ({"fingerprint": "of another account"}, "changed while you were checking"),
    ],
)
def test_a_check_that_is_not_made_stops_it(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(NotChecked, match=words):
        prepared(whole_chain(), **changed)
    assert not Publication.objects.exists()
    assert not Link.objects.filter(kind="published as").exists()


def test_small_numbers_must_be_confirmed_where_there_are_any() -> None:
    few = whole_chain(answer="It was 7 officers, and one victim, in three wards.")
    with pytest.raises(NotChecked, match="small numbers"):
        prepared(few, small_numbers_confirmed=False)
    listed = " ".join(s["words"] for s in prepared(few).checks["small_numbers"])
    assert "7 officers" in listed
    assert "one victim" in listed
    assert "three wards" in listed


def test_every_unmade_check_is_named_at_once() -> None:
    with pytest.raises(NotChecked) as refused:
        prepared(whole_chain(), recognisable=True, looked_at="", exempt=True)
    assert {u.answer for u in refused.value.unmet} == {
        "ground",
        "public_interest",
        "recognisable",
        "looked_at",
    }


def test_checks_that_do_not_fit_the_account_keep_it_from_being_published() -> None:
    chain = whole_chain()
    item = prepared(chain)
    for kept in ({}, {**item.checks, "recognisable": True}, {**item.checks, "fingerprint": "x"}):
        Publication.objects.filter(pk=item.pk).update(checks=kept)
        item.refresh_from_db()
        with pytest.raises(NotPossible, match="checks before publishing"):
            carry_out(item, "publish", chain.people[Role.CHAIR])


@pytest.mark.parametrize(
    "place", ["enquiry", "why", "question", "answer", "heading", "because", "response"]
)
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Write to jo.bloggs+x@example.org now.", "e-mail address"),
        ("Ring 020 7946 0018.", "telephone number"),
        ("Ring +44 (0)7700 900123.", "telephone number"),
        ("It was at SW1A 1AA.", "postcode"),
        ("It was at m1 1ae, they say.", "postcode"),
    ],
)
def test_what_points_at_a_person_is_found_in_every_text(place: str, text: str, what: str) -> None:
    with pytest.raises(NotChecked, match=what):
        prepared(whole_chain(**{place: text}))


@pytest.mark.parametrize(
    "text",
    [
        "From 01/04/2025 to 31/03/2026 we recorded 1,234,567 offences, 0.1234567890 of all.",
        "See question 2026-001, recommendation 2026-014 and finding F-1e45ab9012.",
        "In Q1 2nd place; the A12 1st phase; call 101 or 999. 2026-11-02 10:15.",
        "Schedule 12A, paragraph 7; section 31(1)(a); £20,000,000 over 3 years.",
    ],
)
def test_figures_dates_and_references_are_not_taken_for_personal_data(text: str) -> None:
    assert prepared(whole_chain(answer=text)).state == "prepared"


@pytest.mark.parametrize("state", ["prepared", "published", "withdrawal_proposed"])
def test_a_second_publication_is_refused_while_one_stands(state: str) -> None:
    chain = whole_chain()
    item = IN_STATE[state](chain)
    todo = "send it back" if state == "prepared" else "Withdraw it first"
    with pytest.raises(NotPossible, match=f"{item.number} of the same subject.*{todo}"):
        prepared(chain)
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.create(
            number="x", state="prepared", subject=chain.subject, heading="x", content={},
            prepared_by=chain.people[Role.SECRETARIAT], prepared_at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("ended", [sent_back, withdrawn])
def test_once_it_ended_it_may_be_prepared_anew_under_a_new_number(ended: Any) -> None:
    chain = whole_chain()
    first = ended(chain)
    assert prepared(chain).number != first.number


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("", "is not a reference"),
        ("nothing", "is not a reference"),
        ("finding:F-1", "no public account of its own"),
        ("recommendation:1999-1", "no recommendation 1999-1"),
    ],
)
def test_what_has_no_account_is_refused_with_what_to_do(subject: str, words: str) -> None:
    with pytest.raises(NotPossible, match=words) as refused:
        services.account_of(subject, now=NOW)
    assert refused.value.what_to_do.endswith(".")


@pytest.mark.parametrize("state", ["drafting", "agreed", "withdrawn"])
def test_only_an_issued_recommendation_is_published(state: str) -> None:
    chain = whole_chain()
    chain.recommendation.state = state
    chain.recommendation.save()
    with pytest.raises(NotPossible, match="only one that was issued"):
        prepared(chain)


# ---- what waits, what comes next --------------------------------------------------------------


def _next(chain: Any, standing: Standing) -> list[str]:
    number = chain.recommendation.number
    found = [n.href for f in next_steps()["recommendation"] for n in f(number, standing)]
    return [href for href in found if href.startswith("/publications/")]


def test_an_issued_recommendation_offers_its_account_until_one_stands() -> None:
    chain, other = whole_chain(), whole_chain()
    office = Standing((Held(Role.SECRETARIAT, "forum"),))
    assert _next(chain, office) == [f"/publications/new/?about={chain.subject}"]
    assert _next(chain, NOBODY) == []
    assert _next(chain, Standing((Held(Role.CHAIR, "forum"),))) == []
    prepared(chain)
    assert _next(chain, office) == []
    assert _next(other, office) != []
    other.recommendation.state = "agreed"
    other.recommendation.save()
    assert _next(other, office) == []


@pytest.mark.parametrize(
    ("state", "to_do"),
    [
        ("prepared", "Publish this account, or send it back."),
        ("withdrawal_proposed", "Withdraw it, or keep it published."),
        ("published", ""),
        ("sent_back", ""),
        ("withdrawn", ""),
    ],
)
def test_what_takes_a_second_person_waits_for_the_chair_alone(state: str, to_do: str) -> None:
    item = IN_STATE[state](whole_chain())
    for role in Role:
        standing = Standing((Held(role, "forum"),))
        waiting = waiting_for(User(pk=0), standing, now=NOW)
        mine = [w.to_do for w in waiting if w.reference == item.reference]
        assert mine == ([to_do] if to_do and role is Role.CHAIR else [])


def test_nothing_waits_for_the_person_who_did_the_first_half() -> None:
    chain = whole_chain()
    item = prepared(chain)
    standing = Standing((Held(Role.CHAIR, "forum"),))
    waiting = waiting_for(item.prepared_by, standing, now=NOW)
    assert item.reference not in {w.reference for w in waiting}
