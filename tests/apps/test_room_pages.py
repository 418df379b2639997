"""The pages of the room: one screen for a tablet, and voting on one's own device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from openscrutiny.base.models import User
from openscrutiny.core.permits import TABLE, Action, Role
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Ballot,
    Decision,
    Interest,
    Meeting,
    Paper,
    Presence,
    Recusal,
    RoomNote,
    Vote,
)
from openscrutiny.forum.services import papers
from openscrutiny.forum.services.ballots import cast_vote
from tests.apps.meeting_rooms import (
    SINCE,
    body,
    in_the_room,
    item,
    meeting,
    quorate,
    seated,
    sitting,
    somebody,
)
from tests.apps.recommending import forum, issued
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

ROLES = [r for r in Role if r is not Role.ANYONE]


@pytest.fixture
def officer(client: Client) -> User:
    user = person(Role.SECRETARIAT, organisation=body())
    sign_in(client, user)
    return user


@pytest.fixture
def under() -> AgendaItem:
    """An item before a meeting that began an hour ago by the clock of the pages."""
    return sitting(timezone.now() - timedelta(hours=1))


def room(of: Meeting | AgendaItem) -> str:
    on = of.meeting if isinstance(of, AgendaItem) else of
    return f"/meetings/{on.number}/room/"


def press(client: Client, of: AgendaItem, step: str, **sent: Any) -> Any:
    return client.post(f"{room(of)}{step}/", sent, follow=True)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_the_room_is_for_those_who_lead_through_it_and_the_vote_for_those_who_vote(
    client: Client, under: AgendaItem, role: Role | None
) -> None:
    if role is not None:
        sign_in(client, person(role, organisation=body()))
    for place, action in (("room", Action.RUN_MEETING), ("vote", Action.VOTE)):
        answer = client.get(f"/meetings/{under.meeting.number}/{place}/")
        allowed = role is not None and role in TABLE[action]
        assert answer.status_code == (200 if allowed else 403), place
        missing = client.get(f"/meetings/2099-999/{place}/").status_code
        assert missing == (404 if allowed else 403), place
    if role is not None:
        sign_in(client, person(role, organisation=body("practice")))
        assert client.get(room(under)).status_code == 403


def test_the_screen_says_the_quorum_who_presides_and_what_is_before_the_meeting(
    client: Client, officer: User, under: AgendaItem
) -> None:
    shown = client.get(room(under)).content.decode()
    assert "There is a quorum" in shown
    assert "7 voting seats are here and 7 are needed." in shown
    assert "the chair, presides" in shown
    assert under.heading in shown
    Presence.objects.filter(attendance__membership__seat="victim-support").update(
        left_at=timezone.now()
    )
    shown = client.get(room(under)).content.decode()
    assert "There is no quorum" in shown
    assert "nobody from victim support is here" in shown
    assert "No decision can be recorded" in shown
    assert ">Record the decision</button>" not in shown


def test_the_papers_of_the_item_and_putting_it_off_are_reached_from_the_room(
    client: Client, officer: User, under: AgendaItem
) -> None:
    first = client.get(room(under)).content.decode()
    assert "Papers:" not in first
    paper = Paper.objects.create(
        number="P-2026-701",
        state="published",
        item=under,
        heading="Waiting times, in figures",
        owner=body(),
        created_by=officer,
        created_at=timezone.now(),
        published_at=timezone.now(),
    )
    shown = client.get(room(under)).content.decode()
    assert f'href="{paper.href}">Waiting times, in figures</a>' in shown
    away = f"{under.href}defer/"
    assert f'href="{away}"' in shown
    assert client.get(away).status_code == 200
    chair = User.objects.get(person__attendances__membership__seat="authority-1")
    sign_in(client, chair)
    assert client.get(away).status_code == 200, "whoever is offered it may do it"


def test_somebody_arrives_and_leaves_by_one_button_each(
    client: Client, officer: User, under: AgendaItem
) -> None:
    late = seated("muslim")
    page = client.get(room(under)).context["page"]
    assert late.person.name in [s.name for s in page.expected]
    done = press(client, under, "arrive", membership=late.pk, remote="on")
    assert done.redirect_chain[0][0].endswith("?done=arrive#people")
    assert late.person.name in [s.name for s in done.context["page"].here]
    own = under.meeting.attendances.get(person=late.person)
    assert own.presences.get().remote
    assert "8 voting seats are here" in done.content.decode()
    done = press(client, under, "leave", attendance=own.pk)
    assert late.person.name in [s.name for s in done.context["page"].expected]
    # Who was there before is there again by the same button.
    press(client, under, "arrive", attendance=own.pk)
    assert own.presences.count() == 2


def test_a_button_that_waited_for_the_network_is_recorded_when_it_was_pressed_and_once(
    client: Client, officer: User, under: AgendaItem
) -> None:
    late = seated("muslim")
    minutes = {"arrive": 20, "leave": 5}
    sent = {step: {"key": str(uuid4()), "waited": n * 60000} for step, n in minutes.items()}
    # Whoever came while the network was away is known by the seat alone when they leave.
    for _ in range(2):
        for step, more in sent.items():
            answer = client.post(
                f"{room(under)}{step}/",
                {"membership": late.pk, **more},
                headers={"Accept": "application/json"},
            )
            assert answer.status_code == 200, answer.content
    stay = Presence.objects.get(attendance__person=late.person)
    now = timezone.now()
    assert (now - stay.arrived_at) // timedelta(minutes=1) == 20
    assert stay.left_at is not None
    assert (now - stay.left_at) // timedelta(minutes=1) == 5


@pytest.mark.parametrize(
    ("step", "waited", "words"),
    [
        ("leave", 2 * 3600000, "They would have left before they came."),
        ("leave", -1, "greater than or equal to 0"),
        ("arrive", 400 * 24 * 3600000, "That is before the day of the meeting."),
    ],
)
def test_a_moment_that_cannot_be_is_refused_with_the_reason(
    client: Client, officer: User, under: AgendaItem, step: str, waited: int, words: str
) -> None:
    here = under.meeting.attendances.get(membership__seat="race-1")
    who = {"membership": seated("muslim").pk} if step == "arrive" else {"attendance": here.pk}
    answer = client.post(
        f"{room(under)}{step}/",
        {**who, "key": str(uuid4()), "waited": waited},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code in (409, 422)
    assert words in answer.json()["reason"]
    assert not Presence.objects.exclude(left_at=None).exists()
    assert Presence.objects.count() == 7


def test_a_guest_comes_and_a_wrong_time_is_put_right(
    client: Client, officer: User, under: AgendaItem
) -> None:
    guest = somebody("Ada Guest")
    done = press(client, under, "arrive", person=guest.pk, capacity="presenter")
    assert "Presenting or answering" in done.content.decode()
    stay = Presence.objects.get(attendance__person=guest)
    clock = (timezone.localtime() - timedelta(minutes=20)).strftime("%H:%M")
    press(client, under, "correct", presence=stay.pk, arrived_at=clock, reason="Late note.")
    stay.refresh_from_db()
    assert timezone.localtime(stay.arrived_at).strftime("%H:%M") == clock
    refused = press(client, under, "correct", presence=stay.pk, arrived_at="soon", reason="X")
    assert refused.status_code == 422
    assert "such as 14:05" in refused.content.decode()


def test_a_whole_item_is_run_from_the_screen(client: Client, officer: User) -> None:
    on = meeting("agenda_published", starts_at=timezone.now() - timedelta(minutes=5))
    quorate(on)
    one, two = item(on), item(on)
    press(client, one, "step", event="open", seen=1)
    done = press(client, one, "step", event="open", seen=1, item=one.pk)
    assert done.context["page"].before.item == one
    press(client, one, "note", key=uuid4(), item=one.pk, text="It was said.")
    press(
        client, one, "action", key=uuid4(), item=one.pk, sort="undertaking", text="To count.",
        owner=body().pk, due_on="2999-01-01",
    )  # fmt: skip
    press(client, one, "ballot", item=one.pk, motion="To agree.", named="on")
    ballot = Ballot.objects.get()
    voters = on.attendances.all()
    for own, stance in zip(voters, ["for", "for", "against"], strict=False):
        press(client, one, "vote", ballot=ballot.pk, attendance=own.pk, stance=stance)
    done = press(client, one, "count", ballot=ballot.pk)
    assert "2 for, 1 against, 0 abstained: carried." in done.content.decode()
    assert "Who voted how" in done.content.decode()
    done = press(
        client, one, "decide", item=one.pk, kind="agree", heading="Agreed", text="So it is."
    )
    made = Decision.objects.get()
    assert (made.about, made.item, made.quorum["ballot"]["for"]) == (one.reference, one, 2)
    press(client, one, "step", event="decide", seen=2, item=one.pk)
    one.refresh_from_db()
    assert one.state == "decided"
    press(client, one, "step", event="close", seen=2)
    two.refresh_from_db()
    assert (two.state, Meeting.objects.get().state) == ("not_reached", "held")
    assert RoomNote.objects.get().text == "It was said."
    assert ActionPoint.objects.get().owner == body()
    shown = client.get(room(one)).content.decode()
    assert "There is a quorum" not in shown or "Record the arrival" not in shown


def test_a_step_of_others_is_not_taken_in_the_room(
    client: Client, officer: User, under: AgendaItem
) -> None:
    for sent in ({"event": "cancel"}, {"event": "defer", "item": under.pk}):
        assert press(client, under, "step", seen=1, reason="So.", **sent).status_code == 409
    assert press(client, under, "fly").status_code == 404
    elsewhere = sitting(timezone.now() - timedelta(hours=2))
    refused = press(client, under, "step", event="note", seen=1, item=elsewhere.pk)
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        ("note", {"text": ""}),
        ("action", {"text": "Kept words", "sort": "action", "due_on": "soon"}),
        ("action", {"text": "Kept words", "sort": "action", "due_on": "1999-01-01"}),
        ("decide", {"kind": "agree", "heading": "", "text": "Kept words"}),
        ("decide", {"kind": "agree", "heading": "H", "text": "Kept words", "settles": "fly"}),
        ("ballot", {"motion": ""}),
        ("aside", {"reason": "Kept words"}),
    ],
)
def test_what_is_refused_is_shown_again_with_everything_that_was_typed(
    client: Client, officer: User, under: AgendaItem, step: str, sent: dict[str, str]
) -> None:
    owner = {"owner": body().pk} if step == "action" else {}
    key = {"key": uuid4()} if step in ("note", "action") else {}
    refused = press(client, under, step, item=under.pk, **sent, **owner, **key)
    assert refused.status_code in (409, 422)
    shown = refused.content.decode()
    assert "This was not done" in shown
    assert "Kept words" in shown or "Kept words" not in sent.values()


def test_two_who_change_a_note_are_shown_both_texts(
    client: Client, officer: User, under: AgendaItem
) -> None:
    key = uuid4()
    press(client, under, "note", key=key, item=under.pk, text="First.")
    press(client, under, "note", key=key, item=under.pk, text="Theirs now.", seen=1)
    refused = press(client, under, "note", key=key, item=under.pk, text="Mine instead.", seen=1)
    assert refused.status_code == 409
    shown = refused.content.decode()
    assert "Somebody else changed this note" in shown
    assert "Theirs now." in shown
    assert "Mine instead." in shown
    assert 'name="seen" value="2"' in shown
    press(client, under, "note", key=key, item=under.pk, text="Both.", seen=2)
    assert RoomNote.objects.get().text == "Both."


def test_a_script_is_answered_in_json_and_a_note_sent_twice_is_kept_once(
    client: Client, officer: User, under: AgendaItem
) -> None:
    sent = {"key": str(uuid4()), "item": under.pk, "text": "Said while the network was away."}
    sent["written_at"] = "2026-01-01T10:00:00.000+0000"
    for _ in range(2):
        answer = client.post(f"{room(under)}note/", sent, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()) == (200, {"kept": sent["key"]})
    assert RoomNote.objects.count() == 1
    answer = client.post(
        f"{room(under)}note/", {**sent, "text": "Else."}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 409
    assert answer.json()["theirs"] == "Said while the network was away."


def test_those_whom_an_item_is_about_are_proposed_to_step_aside(
    client: Client, officer: User, under: AgendaItem
) -> None:
    f = forum()
    AgendaItem.objects.filter(pk=under.pk).update(about=issued(f, asked=[f.housing]).reference)
    sits = under.meeting.attendances.get(membership__seat="housing")
    assert sits.membership is not None
    sits.membership.on_behalf_of = f.housing
    sits.membership.save()
    declared = under.meeting.attendances.get(membership__seat="race-1")
    Interest.objects.create(
        body=body(), person=declared.person, organisation=f.housing, text="Rents from them.",
        since=SINCE, declared_at=timezone.now(),
    )  # fmt: skip
    page = client.get(room(under)).context["page"]
    assert {p.name for p in page.before.proposals} == {sits.person.name, declared.person.name}
    assert any("Rents from them" in p.why for p in page.before.proposals)
    done = press(client, under, "aside", item=under.pk, attendance=sits.pk, reason="Their own.")
    assert "stepped aside" in done.content.decode()
    assert "For this item: 6 voting seats are here and 7 are needed" in done.content.decode()
    assert Recusal.objects.get().attendance == sits


def test_an_interest_is_declared_in_the_room_and_stepping_aside_is_offered_with_its_words(
    client: Client, officer: User, under: AgendaItem
) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    said = {"item": under.pk, "attendance": own.pk}
    refused = press(client, under, "interest", **said, text="")
    assert refused.status_code == 422
    done = press(client, under, "interest", **said, text="My sister works there.")
    assert Interest.objects.get().item == under
    (proposed,) = done.context["page"].before.proposals
    assert proposed.declared
    assert proposed.reason == "Declared an interest: My sister works there."
    shown = done.content.decode()
    assert "Whether they step aside is for the meeting to decide." in shown
    assert "should step aside" not in shown
    # Nothing follows by itself: they count until somebody records that they step aside.
    assert not Recusal.objects.exists()
    done = press(client, under, "aside", **said, reason=proposed.reason)
    assert Recusal.objects.get().reason == proposed.reason
    assert done.context["page"].before.proposals == ()


def test_the_chair_sees_who_declared_and_that_the_meeting_decides(
    client: Client, officer: User, under: AgendaItem
) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    press(
        client, under, "interest", item=under.pk, attendance=own.pk, text="My sister works there."
    )
    chair = under.meeting.attendances.get(membership__seat="authority-1")
    sign_in(client, User.objects.get(pk=chair.person.user_id))
    shown = client.get(room(under)).content.decode()
    assert "Declared an interest: My sister works there." in shown
    assert "Whether they step aside is for the meeting to decide." in shown
    assert f"Record that {own.person.name} steps aside" not in shown


def test_long_interests_still_fit_what_stepping_aside_records(
    client: Client, officer: User, under: AgendaItem
) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    for start in "AB":
        press(client, under, "interest", item=under.pk, attendance=own.pk, text=start * 500)
    (proposed,) = client.get(room(under)).context["page"].before.proposals
    press(client, under, "aside", item=under.pk, attendance=own.pk, reason=proposed.reason)
    assert Recusal.objects.get().reason.startswith("Declared an interest: AAA")


def test_the_chair_declares_their_own_in_the_room_and_nobody_elses(
    client: Client, under: AgendaItem
) -> None:
    chair = under.meeting.attendances.get(membership__seat="authority-1")
    other = under.meeting.attendances.get(membership__seat="race-1")
    sign_in(client, User.objects.get(pk=chair.person.user_id))
    assert client.get(room(under)).context["page"].before.declarers == (chair,)
    refused = press(client, under, "interest", item=under.pk, attendance=other.pk, text="So.")
    assert refused.status_code == 403
    press(client, under, "interest", item=under.pk, attendance=chair.pk, text="So.")
    assert Interest.objects.get().person == chair.person


def test_the_chair_takes_a_tabled_paper_on_the_screen_and_the_others_see_whom_to_ask(
    client: Client, officer: User, under: AgendaItem
) -> None:
    made = papers.draft_paper(
        item=under, heading="This morning's figures", owner=body(), by=officer, now=timezone.now()
    )
    papers.save_version(paper=made, text="Twelve.", by=officer, now=timezone.now())
    shown = client.get(room(under)).content.decode()
    assert f'href="{under.href}papers/new/"' in shown
    assert "Only who presides takes it at the meeting" in shown
    chair = under.meeting.attendances.get(membership__seat="authority-1")
    sign_in(client, User.objects.get(pk=chair.person.user_id))
    assert "Take it at the meeting" in client.get(room(under)).content.decode()
    said = {"paper": made.pk, "seen": made.revision}
    refused = press(client, under, "table", **said, reason="")
    assert refused.status_code == 422
    assert "Write why it could not wait." in refused.content.decode()
    stale = press(client, under, "table", paper=made.pk, seen=made.revision + 7, reason="Urgent.")
    assert stale.status_code == 409
    assert "Urgent.</textarea>" in stale.content.decode()
    done = press(client, under, "table", **said, reason="A court date moved.")
    assert done.redirect_chain[-1][0].endswith("?done=table#papers")
    made.refresh_from_db()
    assert (made.state, made.tabled_because) == ("published", "A court date moved.")
    assert [p.published for p in done.context["page"].before.papers] == [True]


def test_an_interest_of_another_body_is_not_told_in_this_room(
    client: Client, officer: User, under: AgendaItem
) -> None:
    f = forum()
    AgendaItem.objects.filter(pk=under.pk).update(about=issued(f, asked=[f.housing]).reference)
    own = under.meeting.attendances.get(membership__seat="race-1")
    Interest.objects.create(
        body=body("practice"), person=own.person, organisation=f.housing, text="Told there alone.",
        since=SINCE, declared_at=timezone.now(),
    )  # fmt: skip
    assert "Told there alone." not in client.get(room(under)).content.decode()


def test_a_member_finds_where_to_declare_on_their_own_device(
    client: Client, under: AgendaItem
) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    sign_in(client, User.objects.get(pk=own.person.user_id))
    shown = client.get(f"/meetings/{under.meeting.number}/vote/").content.decode()
    assert f'href="{under.href}interest/"' in shown


def test_a_member_votes_on_their_own_device_once(client: Client, under: AgendaItem) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    sign_in(client, User.objects.get(pk=own.person.user_id))
    address = f"/meetings/{under.meeting.number}/vote/"
    assert "No vote is open" in client.get(address).content.decode()
    ballot = Ballot.objects.create(
        item=under, motion="To agree.", opened_at=timezone.now(), opened_by=under.meeting.created_by
    )
    shown = client.get(address).content.decode()
    assert "To agree." in shown
    assert "never who" in shown
    done = client.post(address, {"ballot": ballot.pk, "stance": "against"}, follow=True)
    assert "You have voted: <strong>against</strong>" in done.content.decode()
    again = client.post(address, {"ballot": ballot.pk, "stance": "for"})
    assert again.status_code == 409
    assert "a vote is cast once" in again.content.decode()
    # Nobody votes for somebody else from here, whatever is sent.
    other = under.meeting.attendances.get(membership__seat="jewish")
    client.post(address, {"ballot": ballot.pk, "stance": "for", "attendance": other.pk})
    assert [v.attendance for v in Vote.objects.all()] == [own]


def test_a_member_steps_aside_on_their_own_device(client: Client, under: AgendaItem) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    sign_in(client, User.objects.get(pk=own.person.user_id))
    address = f"/meetings/{under.meeting.number}/vote/"
    refused = client.post(address, {"step": "aside", "item": under.pk, "reason": ""})
    assert refused.status_code == 409
    client.post(address, {"step": "aside", "item": under.pk, "reason": "My employer."})
    assert Recusal.objects.get().reason == "My employer."
    Ballot.objects.create(
        item=under, motion="To agree.", opened_at=timezone.now(), opened_by=under.meeting.created_by
    )
    assert "stepped aside from this item" in client.get(address).content.decode()


def test_who_voted_how_is_shown_of_named_votes_alone(
    client: Client, officer: User, under: AgendaItem
) -> None:
    own = under.meeting.attendances.get(membership__seat="race-1")
    for named in (True, False):
        ballot = Ballot.objects.create(
            item=under, motion=f"Named {named}", named=named, opened_at=timezone.now(),
            opened_by=officer,
        )  # fmt: skip
        cast_vote(ballot=ballot, attendance=own, stance="for", by=officer, now=timezone.now())
        press(client, under, "count", ballot=ballot.pk)
    shown = {b.motion: b.votes for b in client.get(room(under)).context["page"].before.ballots}
    assert shown == {"Named True": ((own.person.name, "For"),), "Named False": ()}


def test_queries_do_not_grow_with_the_people_items_and_words_in_the_room(
    client: Client,
    officer: User,
    under: AgendaItem,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    ballot = Ballot.objects.create(
        item=under, motion="So.", opened_at=timezone.now(), opened_by=officer
    )
    own = under.meeting.attendances.get(membership__seat="race-1")
    cast_vote(ballot=ballot, attendance=own, stance="for", by=officer, now=timezone.now())
    in_the_room(under.meeting, seated("muslim"))
    made = papers.draft_paper(
        item=under, heading="One", owner=body(), by=officer, now=timezone.now()
    )
    papers.save_version(paper=made, text="Words.", by=officer, now=timezone.now())

    def asked() -> int:
        with django_assert_max_num_queries(60) as captured:
            assert client.get(room(under)).status_code == 200
        return len(captured)

    asked()
    one = asked()
    for seat in ("lgb", "trans", "age", "gender", "education"):
        in_the_room(under.meeting, seated(seat))
        seated("other-faiths")
        item(under.meeting)
        somebody()
        extra = papers.draft_paper(
            item=under, heading=seat, owner=body(), by=officer, now=timezone.now()
        )
        papers.save_version(paper=extra, text="Words.", by=officer, now=timezone.now())
        press(client, under, "note", key=uuid4(), item=under.pk, text="Said.")
        press(
            client, under, "action", key=uuid4(), item=under.pk, sort="action", text="To do.",
            owner=body().pk, due_on="2999-01-01",
        )  # fmt: skip
    for late in under.meeting.attendances.filter(membership__seat__in=["lgb", "trans", "age"]):
        cast_vote(ballot=ballot, attendance=late, stance="for", by=officer, now=timezone.now())
    assert asked() == one
