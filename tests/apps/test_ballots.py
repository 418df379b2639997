"""Votes: opened with a quorum, cast once by those who may, closed and counted for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from openscrutiny.accountability.models import Recommendation
from openscrutiny.base import thread
from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.base.thread import Described, Kind, concerned
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, Ballot, Decision, Presence, Vote
from openscrutiny.forum.services import attendance as people
from openscrutiny.forum.services.ballots import cast_vote, close_ballot, open_ballot
from openscrutiny.forum.services.decisions import record_decision
from tests.apps.meeting_rooms import STARTS, body, in_the_room, item, seated, sitting
from tests.apps.recommending import drafted, forum, issued, part_of, response
from tests.people import person

pytestmark = pytest.mark.django_db

LATER = STARTS + timedelta(minutes=30)
ROLES = [r for r in Role if r is not Role.ANYONE]


@pytest.fixture
def officer() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def ballot(officer: User) -> Ballot:
    return put(sitting(), officer)


def put(under: AgendaItem, by: User, **said: Any) -> Ballot:
    return open_ballot(**{"item": under, "motion": "To agree.", "by": by, "now": LATER, **said})


def seat(of: Ballot, code: str) -> Attendance:
    return of.item.meeting.attendances.get(membership__seat=code)


def account(own: Attendance) -> User:
    return User.objects.get(pk=own.person.user_id)


def vote(of: Ballot, own: Attendance, stance: str = "for", by: User | None = None) -> Vote:
    return cast_vote(ballot=of, attendance=own, stance=stance, by=by or account(own), now=LATER)


def close(of: Ballot, by: User, casting: str = "") -> Ballot:
    return close_ballot(ballot=of, casting=casting, by=by, now=LATER)


def everybody(of: Ballot, by: User, stances: str) -> None:
    """Have the seats vote in order: + for, - against, o abstains."""
    words = {"+": "for", "-": "against", "o": "abstain"}
    for own, sign in zip(of.item.meeting.attendances.all(), stances, strict=False):
        vote(of, own, words[sign], by=by)


def test_a_member_votes_once_from_their_own_account(ballot: Ballot) -> None:
    own = seat(ballot, "race-1")
    kept = vote(ballot, own)
    assert (kept.stance, kept.recorded_by) == ("for", account(own))
    with pytest.raises(NotPossible, match="has voted already"):
        vote(ballot, own, "against")
    assert [v.stance for v in Vote.objects.all()] == ["for"]
    said = str(list(AuditEvent.objects.values_list("details", flat=True)))
    assert "for" not in said, "how anybody voted is nobody's business in the trail"


def test_a_vote_that_two_send_at_once_is_kept_once(ballot: Ballot, monkeypatch: Any) -> None:
    own = seat(ballot, "race-1")
    vote(ballot, own)
    # As if the second had looked before the first was written.
    from openscrutiny.forum.services import ballots

    monkeypatch.setattr(ballots, "refuse_second_vote", lambda *_: None)
    with pytest.raises(NotPossible, match="has voted already"):
        vote(ballot, own)
    assert Vote.objects.count() == 1


def test_the_secretariat_records_the_vote_of_somebody_in_the_room_and_a_member_does_not(
    ballot: Ballot, officer: User
) -> None:
    one, other = seat(ballot, "race-1"), seat(ballot, "jewish")
    vote(ballot, one, by=officer)
    assert Vote.objects.get().recorded_by == officer
    with pytest.raises(NotPermitted):
        vote(ballot, other, by=account(one))


@pytest.mark.parametrize("role", ROLES)
def test_votes_are_opened_and_closed_by_those_the_table_names_of_this_body(role: Role) -> None:
    under = sitting()
    own = person(role, organisation=body())
    with pytest.raises(NotPermitted):
        put(under, person(role, organisation=body("practice")))
    if role in TABLE[Action.RUN_MEETING]:
        close(put(under, own), own)
        return
    with pytest.raises(NotPermitted):
        put(under, own)
    opened = put(under, person(Role.CHAIR, organisation=body()))
    with pytest.raises(NotPermitted):
        close(opened, own)


def test_a_second_vote_on_an_item_waits_until_the_first_is_closed(
    ballot: Ballot, officer: User
) -> None:
    with pytest.raises(NotPossible, match="Another vote on this item is open"):
        put(ballot.item, officer)
    close(ballot, officer)
    put(ballot.item, officer)
    with pytest.raises(NotPossible, match="closed already"):
        close(ballot, officer)


def test_a_vote_is_opened_on_an_open_item_with_a_quorum_and_a_motion(officer: User) -> None:
    under = sitting()
    with pytest.raises(NotPossible, match="not said what is voted on"):
        put(under, officer, motion=" ")
    with pytest.raises(NotPossible, match="not before a meeting in session"):
        put(item(under.meeting), officer)
    Presence.objects.filter(attendance__membership__seat="race-1").update(left_at=LATER)
    with pytest.raises(NotPossible, match="6 voting seats are here and 7 are needed"):
        put(under, officer)


def test_nobody_votes_after_the_vote_was_closed(ballot: Ballot, officer: User) -> None:
    close(ballot, officer)
    with pytest.raises(NotPossible, match="This vote is closed"):
        vote(ballot, seat(ballot, "race-1"))


def test_nobody_votes_who_left_or_sits_in_no_voting_seat(ballot: Ballot, officer: User) -> None:
    own = seat(ballot, "race-1")
    Presence.objects.filter(attendance=own).update(left_at=LATER)
    with pytest.raises(NotPossible, match="Only who is in the meeting votes"):
        vote(ballot, own)
    police = in_the_room(ballot.item.meeting, seated("police-lead"))
    with pytest.raises(NotPossible, match="Only voting seats vote"):
        vote(ballot, police)
    watching = in_the_room(ballot.item.meeting, seated("muslim"))
    watching.capacity = "observer"
    watching.save()
    with pytest.raises(NotPossible, match="Only voting seats vote"):
        vote(ballot, watching, by=officer)


def test_who_stepped_aside_does_not_vote_and_who_voted_does_not_step_aside(
    officer: User,
) -> None:
    under = sitting()
    in_the_room(under.meeting, seated("muslim"))
    step: dict[str, Any] = {"item": under, "reason": "Kin.", "by": officer, "now": LATER}
    aside = under.meeting.attendances.get(membership__seat="race-1")
    people.recuse(attendance=aside, **step)
    opened = put(under, officer)
    with pytest.raises(NotPossible, match="stepped aside from this item"):
        vote(opened, aside)
    voted = seat(opened, "jewish")
    vote(opened, voted)
    with pytest.raises(NotPossible, match="voted on this item already"):
        people.recuse(attendance=voted, **step)


def test_a_substitute_does_not_vote_while_the_holder_is_there_and_a_seat_votes_once(
    ballot: Ballot, officer: User
) -> None:
    holder = seat(ballot, "race-1")
    membership = seated("race-1", substitute_for=holder.membership)
    standing_in = in_the_room(ballot.item.meeting, membership)
    standing_in.capacity = "substitute"
    standing_in.save()
    with pytest.raises(NotPossible, match="a substitute does not vote"):
        vote(ballot, standing_in)
    vote(ballot, holder)
    Presence.objects.filter(attendance=holder).update(left_at=LATER)
    with pytest.raises(NotPossible, match="voted for this seat already"):
        vote(ballot, standing_in)


# ---- nobody votes on their own organisation ------------------------------------------------------


def on_behalf(own: Attendance, organisation: Organisation) -> None:
    assert own.membership is not None
    own.membership.on_behalf_of = organisation
    own.membership.save()


def belonging(own: Attendance, organisation: Organisation) -> None:
    own.person.organisation = organisation
    own.person.save()


def acting(own: Attendance, organisation: Organisation) -> None:
    user = account(own)
    user.roles.create(organisation=organisation, role="drafter", since="2020-01-01")


@pytest.mark.parametrize("tie", [on_behalf, belonging, acting])
@pytest.mark.parametrize("thing", ["recommendation", "draft", "part", "question", "response"])
def test_nobody_votes_on_what_was_put_to_their_own_organisation(
    officer: User, tie: Any, thing: str
) -> None:
    f = forum()
    if thing == "draft":
        about = drafted(f, asked=[f.housing]).reference
    elif thing in ("recommendation", "part"):
        made: Recommendation = issued(f, asked=[f.housing])
        about = made.reference if thing == "recommendation" else part_of(made).reference
    else:
        answer = response(f)
        answer.question.addressee = f.housing
        answer.question.save()
        about = answer.question.reference if thing == "question" else answer.reference
    assert concerned([about]) == {"housing"}
    under = sitting()
    AgendaItem.objects.filter(pk=under.pk).update(about=about)
    opened = put(under, officer)
    own = seat(opened, "housing")
    tie(own, f.housing)
    with pytest.raises(NotPermitted, match=r"sits for or belongs to.*housing.*step aside"):
        vote(opened, own)
    assert not Vote.objects.exists()
    vote(opened, seat(opened, "race-1"))


def test_the_police_never_vote_on_a_recommendation_to_them(officer: User) -> None:
    f = forum()
    under = sitting()
    opened = put(under, officer, about=issued(f).reference)
    # Even in a seat that votes.
    own = in_the_room(under.meeting, seated("muslim", on_behalf_of=f.police))
    with pytest.raises(NotPermitted, match="police"):
        vote(opened, own)
    with pytest.raises(NotPermitted, match="police"):
        vote(opened, own, by=officer)


# ---- counting ------------------------------------------------------------------------------------


def test_a_vote_is_counted_when_it_is_closed_and_its_result_stays(
    ballot: Ballot, officer: User
) -> None:
    everybody(ballot, officer, "+++-oo")
    close(ballot, officer)
    kept = Ballot.objects.get()
    assert kept.closed_at == LATER
    assert kept.result["sentence"] == "3 for, 1 against, 2 abstained: carried."
    assert kept.result["carried"] is True


@pytest.mark.parametrize(
    ("casting", "carried"), [("for", True), ("against", False), ("none", False)]
)
def test_equal_votes_are_settled_by_whoever_presides(
    ballot: Ballot, officer: User, casting: str, carried: bool
) -> None:
    everybody(ballot, officer, "++--o")
    with pytest.raises(NotPossible, match="who presides has a casting vote"):
        close(ballot, officer)
    assert Ballot.objects.get().closed_at is None
    assert close(ballot, officer, casting).result["carried"] is carried


def test_a_vote_that_is_closed_without_a_quorum_carries_nothing(
    ballot: Ballot, officer: User
) -> None:
    everybody(ballot, officer, "+++")
    Presence.objects.filter(attendance__membership__seat="health").update(left_at=LATER)
    result = close(ballot, officer).result
    assert result["carried"] is False
    assert "counts for nothing" in result["sentence"]


def test_a_decision_keeps_the_vote_that_carried_it_and_is_refused_where_none_did(
    ballot: Ballot, officer: User
) -> None:
    said: dict[str, Any] = {
        "item": ballot.item, "about": ballot.item.reference, "settles": "", "heading": "So",
        "text": "So.", "by": officer, "now": LATER,
    }  # fmt: skip
    with pytest.raises(NotPossible, match="A vote on this item is still open"):
        record_decision(kind="resolve", **said)
    everybody(ballot, officer, "+--")
    close(ballot, officer)
    with pytest.raises(NotPossible, match="was not carried: 1 for, 2 against"):
        record_decision(kind="resolve", **said)
    assert record_decision(kind="note", **said).quorum["ballot"] == {}
    again = put(ballot.item, officer, motion="To agree in part.")
    everybody(again, officer, "+++")
    close(again, officer)
    Decision.objects.all().update(state="certified")
    kept = record_decision(kind="resolve", **said).quorum["ballot"]
    assert (kept["motion"], kept["for"], kept["carried"]) == ("To agree in part.", 3, True)


# ---- what the thread says ------------------------------------------------------------------------


def hidden(numbers: Sequence[str], _: Standing) -> Mapping[str, Described]:
    return {n: Described("Hidden", "/x/", visible=False, concerning=("housing",)) for n in numbers}


KINDS = (Kind("secret", "Secret", hidden),)


@pytest.fixture
def secrets(settings: Any) -> Iterator[None]:
    settings.THREAD_KINDS = "tests.apps.test_ballots.KINDS"
    thread.kinds.cache_clear()
    yield
    thread.kinds.cache_clear()


def test_whom_a_thing_concerns_is_known_even_where_it_is_hidden(secrets: None) -> None:
    assert concerned(["secret:1", "secret:2"]) == {"housing"}
    assert concerned([]) == frozenset()
