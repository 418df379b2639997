"""Items on an agenda: proposed, put on it, put in order, put off; what comes onto it by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Link, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing
from openscrutiny.base.thread import thread_of
from openscrutiny.core.machines import AGENDA_ITEM
from openscrutiny.core.permits import RESPONDENTS, TABLE, Action, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Meeting
from openscrutiny.forum.services.agenda import (
    Draft,
    allow_late_item,
    bring_in,
    change_item,
    defer_item,
    move_item,
    propose_item,
    schedule_item,
    withdraw_item,
)
from openscrutiny.forum.services.meetings import call_off, plan_meeting, publish_agenda
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import STARTS, arranged, body, item, meeting
from tests.people import person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
CLOSED = {"closed": True, "exemption": "7", "public_interest": "It would warn the offender."}
MINE = {"schedule", "publish", "defer", "withdraw"}


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def planned(secretary: User) -> Meeting:
    return plan_meeting(body=body(), arrangements=arranged(), by=secretary, now=NOW)


@pytest.fixture
def following(secretary: User) -> Meeting:
    later = arranged(day=date(2027, 1, 12), heading="Winter meeting")
    return plan_meeting(body=body(), arrangements=later, by=secretary, now=NOW)


def proposed(on: Meeting, by: User, **said: Any) -> AgendaItem:
    return propose_item(meeting=on, draft=Draft(**{"heading": "Flags", **said}), by=by, now=NOW)


def scheduled(on: Meeting, by: User, **said: Any) -> AgendaItem:
    made = proposed(on, by, **said)
    schedule_item(item=made, by=by, now=NOW)
    return made


def order(on: Meeting) -> list[str]:
    return [i.heading for i in on.items.on_the_agenda()]


def positions(on: Meeting) -> list[int]:
    return [i.position for i in on.items.on_the_agenda()]


def everything() -> tuple[int, int, int]:
    return (AgendaItem.objects.count(), Link.objects.count(), AuditEvent.objects.count())


# ---- proposing and changing --------------------------------------------------------------------


def test_a_proposed_item_holds_what_was_said_and_has_no_place_yet(
    planned: Meeting, secretary: User
) -> None:
    made = proposed(planned, secretary, heading=" Flags ", strands=["race"], minutes_planned=20)
    kept = AgendaItem.objects.get(pk=made.pk)
    assert (kept.number, kept.state, kept.position) == ("2026-001-5", "proposed", 0)
    assert (kept.heading, kept.strands, kept.minutes_planned) == ("Flags", ["race"], 20)
    assert (kept.section, kept.proposed_by) == ("business", secretary)
    assert made not in planned.items.on_the_agenda()


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
def test_the_forum_proposes_for_its_own_meetings_and_who_answers_for_any(
    planned: Meeting, role: Role
) -> None:
    other = meeting(code="practice")
    of_forum = person(role, organisation=body())
    if role in TABLE[Action.PROPOSE_ITEM]:
        proposed(planned, of_forum)
    else:
        with pytest.raises(NotPermitted):
            proposed(planned, of_forum)
    if role in RESPONDENTS:
        proposed(other, of_forum)
    else:
        with pytest.raises(NotPermitted):
            proposed(other, of_forum)


@pytest.mark.parametrize("state", ["in_session", "held", "postponed", "cancelled"])
def test_nothing_is_proposed_for_a_meeting_that_has_begun_or_is_off(
    secretary: User, state: str
) -> None:
    with pytest.raises(NotPossible, match="later meeting"):
        proposed(meeting(state), secretary)
    with pytest.raises(NotPossible, match="later meeting"):
        proposed(meeting(starts_at=NOW), secretary)


@pytest.mark.parametrize("missing", ["exemption", "public_interest"])
def test_a_closed_item_needs_its_ground_and_the_public_interest_test(
    planned: Meeting, secretary: User, missing: str
) -> None:
    before = everything()
    with pytest.raises(NotPossible, match="closed item needs the ground"):
        proposed(planned, secretary, **{**CLOSED, missing: " "})
    assert everything() == before
    made = proposed(planned, secretary, **CLOSED)
    with pytest.raises(NotPossible, match="closed item needs the ground"):
        change_item(
            item=made,
            draft=Draft(heading="x", **{**CLOSED, missing: ""}),
            by=secretary,
            now=NOW,
            seen=made.revision,
        )


def test_an_item_that_is_opened_again_to_the_public_keeps_no_ground(
    planned: Meeting, secretary: User
) -> None:
    made = proposed(planned, secretary, **CLOSED, closed_heading="What it is really about")
    assert (made.heading, made.closed_heading) == ("Flags", "What it is really about")
    open_again = Draft(heading="Flags", exemption="7", closed_heading="Secret")
    change_item(item=made, draft=open_again, by=secretary, now=NOW, seen=made.revision)
    assert (made.closed, made.exemption, made.closed_heading) == (False, "", "")


def test_an_item_about_something_stands_on_its_thread(planned: Meeting, secretary: User) -> None:
    finding = Finding.objects.all()[0]
    about = f"finding:{finding.pk}"
    made = proposed(planned, secretary, about=about)
    steps = thread_of(about, standing=standing_of(secretary)).steps
    assert made.reference in [s.reference for s in steps]
    own = thread_of(made.reference, standing=standing_of(secretary)).steps
    assert about in [s.reference for s in own]
    assert planned.reference in [s.reference for s in own]
    with pytest.raises(AlreadyThere) as refusal:
        proposed(planned, secretary, about=about)
    assert refusal.value.href == made.href
    withdraw_item(item=made, reason="Twice.", by=secretary, now=NOW)
    proposed(planned, secretary, about=about)


@pytest.mark.parametrize("about", ["finding:none", "dragon:1", "dragon"])
def test_an_item_about_nothing_is_refused(planned: Meeting, secretary: User, about: str) -> None:
    with pytest.raises(NotPossible, match="nothing called|not a reference"):
        proposed(planned, secretary, about=about)


def test_who_proposed_an_item_changes_it_until_it_is_on_the_agenda(
    planned: Meeting, secretary: User
) -> None:
    member = person(Role.MEMBER, organisation=body())
    made = proposed(planned, member)

    def change(by: User, *, seen: int | None = None, heading: str = "Better") -> None:
        change_item(
            item=made,
            draft=Draft(heading=heading),
            by=by,
            now=NOW,
            seen=made.revision if seen is None else seen,
        )

    change(member)
    assert made.heading == "Better"
    with pytest.raises(NotPermitted):
        change(person(Role.MEMBER, organisation=body()))
    with pytest.raises(Overtaken):
        change(member, seen=1)
    schedule_item(item=made, by=secretary, now=NOW)
    with pytest.raises(NotPermitted):
        change(member)
    change(secretary, heading="Best")
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    made.refresh_from_db()
    with pytest.raises(NotPossible, match="can no longer be changed"):
        change(secretary)
    made.refresh_from_db()
    assert made.heading == "Best"


# ---- the order -------------------------------------------------------------------------------


def test_items_take_the_last_place_of_their_section_without_gaps(
    planned: Meeting, secretary: User
) -> None:
    for heading in ("One", "Two", "Three"):
        scheduled(planned, secretary, heading=heading)
    assert order(planned)[3:] == ["One", "Two", "Three", "Date of the next meeting"]
    assert positions(planned) == [1, 2, 3, 4, 5, 6, 7]


def test_an_item_moves_up_and_down_inside_its_section(planned: Meeting, secretary: User) -> None:
    one, two, three = (scheduled(planned, secretary, heading=h) for h in ("One", "Two", "Three"))

    def moved(which: AgendaItem, *, up: bool) -> list[str]:
        move_item(item=which, up=up, by=secretary, now=NOW)
        assert positions(planned) == [1, 2, 3, 4, 5, 6, 7]
        return order(planned)[3:6]

    assert moved(three, up=True) == ["One", "Three", "Two"]
    assert moved(one, up=False) == ["Three", "One", "Two"]
    for which, up, words in [(three, True, "first"), (two, False, "last")]:
        before = everything()
        with pytest.raises(NotPossible, match=f"the {words} of its section"):
            move_item(item=which, up=up, by=secretary, now=NOW)
        assert everything() == before
    with pytest.raises(NotPermitted):
        move_item(item=one, up=True, by=person(Role.CHAIR, organisation=body()), now=NOW)


def test_the_order_of_a_published_agenda_is_kept(planned: Meeting, secretary: User) -> None:
    one = scheduled(planned, secretary)
    only_proposed = proposed(planned, secretary)
    with pytest.raises(NotPossible, match="what is not on it has none"):
        move_item(item=only_proposed, up=True, by=secretary, now=NOW)
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    one = AgendaItem.objects.get(pk=one.pk)
    with pytest.raises(NotPossible, match="kept once it is published"):
        move_item(item=one, up=True, by=secretary, now=NOW)


def test_what_is_taken_off_before_publication_leaves_no_gap(
    planned: Meeting, secretary: User
) -> None:
    one, two = (scheduled(planned, secretary, heading=h) for h in ("One", "Two"))
    withdraw_item(item=one, reason="Not now.", by=secretary, now=NOW)
    assert order(planned)[3:] == ["Two", "Date of the next meeting"]
    assert positions(planned) == [1, 2, 3, 4, 5]
    defer_item(item=two, to=None, reason="Not now.", by=secretary, now=NOW)
    assert positions(planned) == [1, 2, 3, 4]


def test_what_is_withdrawn_after_publication_keeps_its_place(
    planned: Meeting, secretary: User
) -> None:
    one = scheduled(planned, secretary)
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    one = AgendaItem.objects.get(pk=one.pk)
    withdraw_item(item=one, reason="Not now.", by=secretary, now=NOW)
    assert (one.state, one.position) == ("withdrawn", 4)
    assert positions(planned) == [1, 2, 3, 4, 5]


# ---- late items ------------------------------------------------------------------------------


def test_an_item_after_publication_takes_the_reason_of_the_chair_and_is_published_at_once(
    planned: Meeting, secretary: User, chair: User
) -> None:
    early = proposed(planned, secretary)
    with pytest.raises(NotPossible, match="does not come late"):
        allow_late_item(item=early, reason="So.", by=chair, now=NOW, seen=1)
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    late = AgendaItem.objects.get(pk=early.pk)
    with pytest.raises(NotPossible, match="Ask the chair"):
        schedule_item(item=late, by=secretary, now=NOW)
    late = AgendaItem.objects.get(pk=early.pk)
    assert late.state == "proposed"
    with pytest.raises(NotPermitted):
        allow_late_item(item=late, reason="So.", by=secretary, now=NOW, seen=late.revision)
    with pytest.raises(ReasonMissing):
        allow_late_item(item=late, reason=" ", by=chair, now=NOW, seen=late.revision)
    with pytest.raises(Overtaken):
        allow_late_item(item=late, reason="So.", by=chair, now=NOW, seen=9)
    allow_late_item(item=late, reason="A march is on Sunday.", by=chair, now=NOW, seen=1)
    schedule_item(item=late, by=secretary, now=NOW)
    assert (late.state, late.late_reason) == ("published", "A march is on Sunday.")
    assert order(planned)[-2:] == ["Flags", "Date of the next meeting"]


# ---- deferring -------------------------------------------------------------------------------


def test_a_deferred_item_stands_on_the_later_agenda_with_what_it_was(
    planned: Meeting, following: Meeting, secretary: User
) -> None:
    one = scheduled(planned, secretary, **CLOSED, closed_heading="Inside", text="Words")
    made = defer_item(item=one, to=following, reason="No time.", by=secretary, now=NOW)
    assert made is not None
    assert one.state == "deferred"
    assert (made.state, made.section, made.deferred_from) == ("scheduled", "arising", one)
    assert (made.heading, made.closed_heading, made.text) == ("Flags", "Inside", "Words")
    assert (made.closed, made.exemption) == (True, "7")
    assert Link.objects.filter(from_ref=one.reference, to_ref=made.reference).exists()
    step = AuditEvent.objects.get(event="forum.item.defer")
    assert (step.details["to"], step.details["later_meeting"]) == ("deferred", "2026-002")


def test_an_item_is_deferred_only_to_a_later_meeting_of_its_body_that_is_planned(
    planned: Meeting, following: Meeting, secretary: User
) -> None:
    other_body = meeting(code="practice", starts_at=STARTS + timedelta(days=60))
    earlier = meeting(starts_at=STARTS - timedelta(days=3))
    out = meeting("agenda_published", starts_at=STARTS + timedelta(days=60))
    one = scheduled(planned, secretary)
    for wrong in (planned, other_body, earlier, out):
        before = everything()
        with pytest.raises(NotPossible, match="later meeting of the same body"):
            defer_item(item=one, to=wrong, reason="No time.", by=secretary, now=NOW)
        assert everything() == before
        one = AgendaItem.objects.get(pk=one.pk)
        assert one.state == "scheduled"
    with pytest.raises(ReasonMissing):
        defer_item(item=one, to=following, reason="", by=secretary, now=NOW)


def test_the_chair_defers_in_the_room_to_the_next_agenda(following: Meeting, chair: User) -> None:
    sitting = meeting("in_session", starts_at=STARTS)
    for state in ("opened", "not_reached"):
        made = defer_item(
            item=item(sitting, state), to=following, reason="No time.", by=chair, now=NOW
        )
        assert made is not None
        assert made.state == "scheduled"


def test_what_an_earlier_meeting_deferred_comes_in_by_itself_once(secretary: User) -> None:
    held = meeting("held", starts_at=STARTS - timedelta(days=90))
    left = item(held, "not_reached", heading="Not reached")
    off = item(held, "published", heading="Deferred")
    item(held, "decided", heading="Decided")
    item(held, "not_reached", heading="Standing", section="arising")
    defer_item(item=off, to=None, reason="No time.", by=secretary, now=NOW)
    first = plan_meeting(body=body(), arrangements=arranged(), by=secretary, now=NOW)
    came = {i.heading: i.deferred_from for i in first.items.exclude(deferred_from=None)}
    assert came == {"Not reached": left, "Deferred": off}
    second = plan_meeting(
        body=body(), arrangements=arranged(day=date(2027, 1, 12)), by=secretary, now=NOW
    )
    assert not second.items.exclude(deferred_from=None).exists()
    with pytest.raises(NotPossible, match="Nothing is due"):
        bring_in(meeting=second, by=secretary, now=NOW)


# ---- minutes come in by themselves -------------------------------------------------------------


def minutes_on(on: Meeting) -> list[str]:
    return [i.about for i in on.items.filter(section="minutes")]


def test_minutes_that_wait_for_approval_are_tabled_by_themselves(secretary: User) -> None:
    waiting = meeting("circulated", starts_at=STARTS - timedelta(days=90))
    meeting("approved", starts_at=STARTS - timedelta(days=180))
    meeting("circulated", starts_at=STARTS - timedelta(days=80), code="practice")
    first = plan_meeting(body=body(), arrangements=arranged(), by=secretary, now=NOW)
    assert minutes_on(first) == [waiting.reference]
    # They are not tabled twice while they are on an agenda that is still to come.
    second = plan_meeting(
        body=body(), arrangements=arranged(day=date(2027, 1, 12)), by=secretary, now=NOW
    )
    assert minutes_on(second) == []
    # The meeting that was to approve them does not take place.
    call_off(meeting=first, event="cancel", reason="No room.", by=secretary, now=NOW)
    assert [i.about for i in bring_in(meeting=second, by=secretary, now=NOW)] == [waiting.reference]
    assert minutes_on(second) == [waiting.reference]


def test_minutes_circulated_since_the_agenda_was_begun_come_in_when_it_is_published(
    planned: Meeting, chair: User
) -> None:
    assert minutes_on(planned) == []
    waiting = meeting("circulated", starts_at=STARTS - timedelta(days=90))
    publish_agenda(meeting=planned, by=chair, now=NOW)
    tabled = planned.items.get(section="minutes")
    assert (tabled.about, tabled.state, tabled.position) == (waiting.reference, "published", 3)
    assert [i.section for i in planned.items.on_the_agenda()][2:4] == ["minutes", "arising"]


def test_nothing_is_brought_onto_a_published_agenda(planned: Meeting, secretary: User) -> None:
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    with pytest.raises(NotPossible, match="not built any more"):
        bring_in(meeting=planned, by=secretary, now=NOW)


# ---- the table -------------------------------------------------------------------------------


def take(event: str, on: AgendaItem, by: User) -> None:
    if event == "schedule":
        schedule_item(item=on, by=by, now=NOW, seen=on.revision)
    elif event == "publish":
        publish_agenda(meeting=on.meeting, by=by, now=NOW)
    elif event == "defer":
        defer_item(item=on, to=None, reason="So.", by=by, now=NOW, seen=on.revision)
    else:
        withdraw_item(item=on, reason="So.", by=by, now=NOW, seen=on.revision)


@pytest.mark.parametrize("state", AGENDA_ITEM.states)
@pytest.mark.parametrize("event", sorted(MINE - {"publish"}))
def test_every_step_of_an_item_outside_the_room_is_taken_or_refused_by_the_table(
    secretary: User, event: str, state: str
) -> None:
    found = item(meeting(), state)
    row = next((r for r in AGENDA_ITEM.possible(state) if r.event == event), None)
    if row is None:
        with pytest.raises(NotPossible, match="cannot be done now"):
            take(event, found, secretary)
        assert AgendaItem.objects.get().state == state
    else:
        take(event, found, secretary)
        assert AgendaItem.objects.get().state == row.target
        if row.needs_reason:
            assert AuditEvent.objects.get(reference=found.reference).details["reason"] == "So."


@pytest.mark.parametrize("state", AGENDA_ITEM.states)
def test_publishing_an_agenda_publishes_what_is_scheduled_and_nothing_else(
    secretary: User, state: str
) -> None:
    on = meeting()
    found = item(on, state)
    item(on, "scheduled")
    take("publish", found, secretary)
    found.refresh_from_db()
    assert found.state == ("published" if state == "scheduled" else state)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
@pytest.mark.parametrize("event", sorted(MINE))
def test_every_step_of_an_item_is_for_those_the_table_of_permits_names(
    event: str, role: Role
) -> None:
    row = next(r for r in AGENDA_ITEM.transitions if r.event == event)
    state = min(row.sources)
    found = item(meeting(), state)
    other = item(meeting(code="practice", starts_at=STARTS + timedelta(days=1)), state)
    by = person(role, organisation=body())
    with pytest.raises(NotPermitted):
        take(event, other, by)
    if role in TABLE[row.action]:
        take(event, found, by)
    else:
        with pytest.raises(NotPermitted):
            take(event, found, by)


@pytest.mark.parametrize("event", ["schedule", "publish"])
def test_a_closed_item_goes_nowhere_without_its_ground(secretary: User, event: str) -> None:
    state = "proposed" if event == "schedule" else "scheduled"
    found = item(meeting(), state, closed=True, exemption="1", public_interest=" ")
    with pytest.raises(NotPossible, match="closed item needs the ground"):
        take(event, found, secretary)
    assert AgendaItem.objects.get().state == state


def test_an_item_of_a_meeting_that_is_off_is_not_put_on_its_agenda(secretary: User) -> None:
    found = item(meeting("cancelled"), "proposed")
    with pytest.raises(NotPossible, match="nothing is put on its agenda"):
        take("schedule", found, secretary)
    found.refresh_from_db()
    assert found.state == "proposed"
    assert found.meeting.starts_at.astimezone(UTC).time() == time(13)


def test_every_other_step_of_an_item_belongs_to_the_room() -> None:
    assert set(AGENDA_ITEM.events) - MINE == {"open", "note", "decide", "reopen", "not_reach"}
