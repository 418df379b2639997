"""Decisions of the forum: recorded, certified by a second person, and used once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from openscrutiny.accountability.models import Recommendation
from openscrutiny.accountability.services.recommendations import edit_recommendation
from openscrutiny.base import thread
from openscrutiny.base.access import standing_of
from openscrutiny.base.audit import verify
from openscrutiny.base.models import AuditEvent, Link, Notice, Organisation, RoleHeld, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing, move
from openscrutiny.base.thread import Described, Kind, thread_of
from openscrutiny.config import registry
from openscrutiny.core.machines import DECISION
from openscrutiny.core.permits import TABLE, Action, Held, NotPermitted, Role, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.decisions import Decisions
from openscrutiny.forum.models import AgendaItem, Decision, Meeting, Presence, Recusal
from openscrutiny.forum.services.decisions import (
    move_decision,
    record_decision,
)
from openscrutiny.forum.threads.decisions import work as source_of_work
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import body, in_the_room, item, meeting, seated, sitting
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import SINCE, person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)

ROLES = [r for r in Role if r is not Role.ANYONE]
TODAY = date(2026, 11, 2)


def describe(numbers: Sequence[str], _: Standing) -> Mapping[str, Described]:
    found = Recommendation.objects.filter(number__in=numbers)
    return {r.number: Described(r.heading, f"/recommendations/{r.number}/") for r in found}


# The forum decides on recommendations, which are described by an app above it.
KINDS = (
    *(k for k in registry.KINDS if k.name != "recommendation"),
    Kind("recommendation", "Recommendation", describe),
)


@pytest.fixture(autouse=True)
def recommendations_are_known(settings: Any) -> Iterator[None]:
    settings.THREAD_KINDS = "tests.apps.test_decisions.KINDS"
    thread.kinds.cache_clear()
    yield
    thread.kinds.cache_clear()


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT)


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR)


@pytest.fixture
def recommendation(secretary: User) -> Recommendation:
    return recommended("2026-007", by=secretary)


def recommended(number: str, *, by: User) -> Recommendation:
    return Recommendation.objects.create(
        number=number,
        state="drafting",
        heading="Flag every report",
        why="So.",
        outcome="confidence",
        created_by=by,
        created_at=NOW,
    )


@pytest.fixture
def decision(recommendation: Recommendation, secretary: User) -> Decision:
    return recorded(recommendation, by=secretary)


def recorded(on: Recommendation, *, by: User, **other: Any) -> Decision:
    said = {
        "kind": "agree",
        "about": on.reference,
        "settles": "agree",
        "heading": "Agree to flag every report",
        "text": "The forum agreed it.",
        "item": before_the_meeting(),
        "by": by,
        "now": NOW,
    }
    return record_decision(**{**said, **other})


def before_the_meeting() -> AgendaItem:
    """The item that is before the forum, which sits with a quorum and the chair presiding."""
    return AgendaItem.objects.filter(state="opened").first() or sitting(NOW - timedelta(hours=1))


def agree(recommendation: Recommendation, *, by: User, minutes: int = 5) -> None:
    """Use the decision as the app of recommendations does."""
    found = certified(recommendation.reference, "agree")
    move(
        recommendation,
        "agree",
        by=by,
        now=NOW + timedelta(minutes=minutes),
        facts={"has_parts": True, "decided": found is not None},
    )


def certified(about: str, settles: str) -> Decision | None:
    return Decisions.about([about]).certified(about, settles)


def waiting(about: str, settles: str) -> Decision | None:
    return Decisions.about([about]).waiting(about, settles)


def settled_at(decision: Decision) -> datetime | None:
    return Decisions.about([decision.about]).used_at(decision)


def everything() -> tuple[int, int, int]:
    return (Decision.objects.count(), Link.objects.count(), AuditEvent.objects.count())


# ---- recording -------------------------------------------------------------------------------


def test_a_recorded_decision_holds_what_was_said_and_is_not_yet_in_force(
    decision: Decision, recommendation: Recommendation, secretary: User
) -> None:
    kept = Decision.objects.get()
    assert (kept.number, kept.state, kept.kind) == ("2026-001", "recorded", "agree")
    assert (kept.about, kept.settles) == ("recommendation:2026-007", "agree")
    assert (kept.heading, kept.text) == ("Agree to flag every report", "The forum agreed it.")
    assert (kept.decided_on, kept.recorded_by, kept.recorded_at) == (TODAY, secretary, NOW)
    assert certified(recommendation.reference, "agree") is None
    assert waiting(recommendation.reference, "agree") == decision
    event = AuditEvent.objects.get()
    assert (event.event, event.reference) == ("forum.decision.record", "decision:2026-001")
    assert not verify().wrong
    assert not Link.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"about": "recommendation:2026-999"}, "nothing called recommendation:2026-999"),
        ({"about": "dragon:1"}, "nothing called dragon:1"),
        ({"about": "recommendation"}, "not a reference"),
        ({"settles": "issue"}, "Nothing called “issue”"),
        ({"settles": "close_implemented"}, "Nothing called “close_implemented”"),
    ],
)
def test_a_decision_on_nothing_is_refused(
    recommendation: Recommendation, secretary: User, wrong: dict[str, Any], words: str
) -> None:
    before_the_meeting()
    before = everything()
    with pytest.raises(NotPossible, match=words):
        recorded(recommendation, by=secretary, **wrong)
    assert everything() == before


def test_the_day_of_a_decision_is_a_day_at_the_forum_not_in_greenwich(
    recommendation: Recommendation, secretary: User
) -> None:
    summer_night = NOW.replace(month=7, day=1, hour=23, minute=30)
    late = sitting(summer_night)
    made = recorded(recommendation, by=secretary, item=late, now=summer_night)
    assert made.decided_on == date(2026, 7, 2)


def test_a_decision_may_only_note_something_and_then_allows_nothing(
    secretary: User, chair: User
) -> None:
    finding = Finding.objects.all()[0]
    noted = record_decision(
        kind="note",
        about=f"finding:{finding.pk}",
        settles="",
        heading="Noted",
        text="The forum noted it.",
        item=before_the_meeting(),
        by=secretary,
        now=NOW,
    )
    move_decision(decision=noted, event="certify", by=chair, now=NOW)
    assert certified(f"finding:{finding.pk}", "") is None
    assert settled_at(noted) is None
    # The finding still rests on its files, which no link has named yet.
    steps = thread_of(f"finding:{finding.pk}", standing=standing_of(chair)).steps
    assert [s.reference.split(":")[0] for s in steps][0] == "batch"
    assert steps[-1].reference == noted.reference


def test_a_second_decision_for_the_same_step_waits_until_the_first_is_settled(
    decision: Decision, recommendation: Recommendation, secretary: User, chair: User
) -> None:
    before = everything()
    with pytest.raises(AlreadyThere) as refusal:
        recorded(recommendation, by=secretary)
    assert refusal.value.href == "/decisions/2026-001/"
    assert everything() == before
    assert recorded(recommendation, by=secretary, settles="withdraw").number == "2026-002"
    move_decision(decision=decision, event="not_certify", reason="No.", by=chair, now=NOW)
    assert recorded(recommendation, by=secretary).number == "2026-003"


def edited(recommendation: Recommendation, *, by: User) -> None:
    edit_recommendation(
        recommendation=recommendation,
        heading="Flag most reports",
        why="So.",
        outcome="confidence",
        seen=recommendation.revision,
        by=by,
        now=NOW,
    )


def test_a_waiting_decision_on_words_that_changed_since_keeps_nobody_from_a_new_one(
    decision: Decision, recommendation: Recommendation, secretary: User, chair: User
) -> None:
    edited(recommendation, by=secretary)
    assert waiting(recommendation.reference, "agree") is None
    again = recorded(recommendation, by=secretary)
    assert waiting(recommendation.reference, "agree") == again
    with pytest.raises(AlreadyThere):
        recorded(recommendation, by=secretary)
    # The first one may still be certified, and allows nothing.
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    assert certified(recommendation.reference, "agree") is None
    move_decision(decision=again, event="certify", by=chair, now=NOW)
    assert certified(recommendation.reference, "agree") == again


def test_a_decision_recorded_at_the_very_moment_of_a_change_counts_by_the_order_of_the_record(
    recommendation: Recommendation, secretary: User, chair: User
) -> None:
    edited(recommendation, by=secretary)
    after = recorded(recommendation, by=secretary)
    move_decision(decision=after, event="certify", by=chair, now=NOW)
    assert certified(recommendation.reference, "agree") == after
    edited(recommendation, by=secretary)
    assert certified(recommendation.reference, "agree") is None
    about = [recommendation.reference]
    assert Decisions.about(about).spent(recommendation.reference, "agree") == after


def test_decisions_about_many_things_are_read_in_two_queries(
    decision: Decision, secretary: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    made = [recommended(f"2026-1{n:02d}", by=secretary) for n in range(4)]
    for one in made:
        recorded(one, by=secretary)
    about = [decision.about, *(one.reference for one in made)]
    with django_assert_num_queries(2):
        found = Decisions.about(about)
        assert all(found.waiting(reference, "agree") for reference in about)


@pytest.mark.parametrize("role", ROLES)
def test_only_those_the_table_names_record_decisions(
    recommendation: Recommendation, role: Role
) -> None:
    before_the_meeting()
    user, before = person(role), everything()
    if role in TABLE[Action.RECORD_DECISION]:
        assert recorded(recommendation, by=user).recorded_by == user
    else:
        with pytest.raises(NotPermitted):
            recorded(recommendation, by=user)
        assert everything() == before


# ---- the meeting that takes it ------------------------------------------------------------------


def test_the_quorum_and_who_presided_are_kept_with_the_decision_for_good(
    decision: Decision,
) -> None:
    kept = Decision.objects.get()
    assert kept.item == before_the_meeting()
    assert kept.quorum["quorate"] is True
    assert kept.quorum["sentence"] == "7 voting seats are here and 7 are needed."
    assert len(kept.quorum["seats"]) == 7
    assert (kept.quorum["presided_as"], kept.quorum["ballot"]) == ("chair", {})
    # Whoever leaves afterwards takes nothing away from it.
    Presence.objects.update(left_at=NOW - timedelta(minutes=59))
    assert Decision.objects.get().quorum == kept.quorum


def test_a_decision_is_refused_while_the_meeting_is_inquorate(
    recommendation: Recommendation, secretary: User
) -> None:
    before_the_meeting()
    Presence.objects.filter(attendance__membership__seat="victim-support").update(left_at=NOW)
    before = everything()
    words = "no quorum.*6 voting seats are here and 7 are needed; nobody from victim support"
    with pytest.raises(NotPossible, match=words):
        recorded(recommendation, by=secretary)
    assert everything() == before


def test_a_decision_is_refused_where_stepping_aside_took_the_quorum_of_this_item(
    recommendation: Recommendation, secretary: User
) -> None:
    open_now = before_the_meeting()
    one = open_now.meeting.attendances.get(membership__seat="race-1")
    Recusal.objects.create(
        item=open_now, attendance=one, reason="Works there.", at=NOW, recorded_by=secretary
    )
    with pytest.raises(NotPossible, match="no quorum for this item"):
        recorded(recommendation, by=secretary)


@pytest.mark.parametrize(
    ("state", "item_state"),
    [("agenda_published", "published"), ("adjourned", "opened"), ("held", "decided"),
     ("in_session", "published"), ("in_session", "noted")],
)  # fmt: skip
def test_a_decision_is_taken_under_an_item_before_a_meeting_in_session(
    recommendation: Recommendation, secretary: User, state: str, item_state: str
) -> None:
    one = before_the_meeting()
    Meeting.objects.update(state=state)
    AgendaItem.objects.update(state=item_state)
    with pytest.raises(NotPossible, match="not before a meeting in session"):
        recorded(recommendation, by=secretary, item=one)


def test_a_decision_is_refused_where_nobody_presides(
    recommendation: Recommendation, secretary: User
) -> None:
    one = before_the_meeting()
    RoleHeld.objects.filter(role="chair").delete()
    with pytest.raises(NotPossible, match="Nobody presides over this item"):
        recorded(recommendation, by=secretary, item=one)


def test_a_sub_group_settles_nothing_of_the_forums(recommendation: Recommendation) -> None:
    practice = meeting("in_session", code="practice", starts_at=NOW, opened_at=NOW)
    chair = seated("practice-chair", role=Role.CHAIR, code="practice")
    for one in (chair, seated("practice-community-1", code="practice")):
        in_the_room(practice, one)
    under = item(practice, "opened", opened_at=NOW)
    own = person(Role.SECRETARIAT, organisation=body("practice"))
    with pytest.raises(NotPossible, match="Only the forum itself settles this"):
        recorded(recommendation, by=own, item=under)
    assert recorded(recommendation, by=own, item=under, settles="", kind="endorse")
    with pytest.raises(NotPermitted, match="its own secretariat records"):
        recorded(
            recommendation,
            by=person(Role.SECRETARIAT, organisation=body()),
            item=under,
            settles="",
        )


def test_only_a_decision_taken_with_a_quorum_allows_anything(
    decision: Decision, recommendation: Recommendation, chair: User
) -> None:
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    assert certified(recommendation.reference, "agree") == decision
    for quorum in ({}, {"quorate": False}, {"quorate": "yes"}):
        Decision.objects.update(quorum=quorum)
        assert certified(recommendation.reference, "agree") is None
    # One that was certified before meetings were kept here stays what it was.
    Decision.objects.update(quorum={}, item=None)
    assert certified(recommendation.reference, "agree") == decision


def test_what_was_taken_without_a_quorum_or_before_meetings_is_certified_no_more(
    decision: Decision, recommendation: Recommendation, chair: User
) -> None:
    for changed in ({"item": None}, {"quorum": {"quorate": False}}):
        Decision.objects.filter(pk=decision.pk).update(**changed)
        decision.refresh_from_db()
        with pytest.raises(NotPossible, match="not taken by a meeting with a quorum"):
            move_decision(decision=decision, event="certify", by=chair, now=NOW)
        assert waiting(recommendation.reference, "agree") is None


def test_the_deputy_who_presided_certifies_and_another_deputy_does_not(
    recommendation: Recommendation, secretary: User
) -> None:
    one = before_the_meeting()
    Presence.objects.filter(attendance__membership__seat="authority-1").update(left_at=NOW)
    deputy = in_the_room(one.meeting, seated("authority-2", role=Role.DEPUTY))
    other = person(Role.DEPUTY, organisation=body())
    deputy.presides_because = "The chair left early."
    deputy.save()
    made = recorded(recommendation, by=secretary)
    assert made.quorum["presided_as"] == "deputy"
    assert made.quorum["presided_because"] == "The chair left early."
    with pytest.raises(NotPossible, match="the deputy who presided"):
        move_decision(decision=made, event="certify", by=other, now=NOW)
    own = User.objects.get(pk=deputy.person.user_id)
    assert [w.reference for w in work(own, standing_of(own), NOW)] == [made.reference]
    move_decision(decision=made, event="certify", by=own, now=NOW)
    assert Decision.objects.get().certified_by == own


def test_a_chair_who_stepped_aside_from_the_item_does_not_certify_it(
    decision: Decision, chair: User
) -> None:
    one = before_the_meeting()
    own = one.meeting.attendances.get(membership__seat="authority-1")
    sitting_chair = User.objects.get(pk=own.person.user_id)
    Recusal.objects.create(
        item=one, attendance=own, reason="Family.", at=NOW, recorded_by=decision.recorded_by
    )
    with pytest.raises(NotPossible, match="nobody certifies what they stepped aside from"):
        move_decision(decision=decision, event="certify", by=sitting_chair, now=NOW)
    assert work(sitting_chair, standing_of(sitting_chair), NOW) == []


def test_the_chair_of_another_body_certifies_nothing_of_the_forums(decision: Decision) -> None:
    elsewhere = person(Role.CHAIR, organisation=body("practice"))
    assert Held(Role.CHAIR, "practice") in standing_of(elsewhere).held
    with pytest.raises(NotPossible, match="certified by the chair"):
        move_decision(decision=decision, event="certify", by=elsewhere, now=NOW)


def test_without_an_open_item_the_page_says_where_the_thing_is_on_an_agenda(
    client: Client, recommendation: Recommendation, secretary: User
) -> None:
    sign_in(client, secretary)
    shown = client.get(new(recommendation)).content.decode()
    assert "Put it on an agenda first" in shown
    assert "Record this decision" not in shown
    planned = item(meeting("agenda_published"), about=recommendation.reference, heading="Flags")
    shown = client.get(new(recommendation)).content.decode()
    assert "It is on an agenda" in shown
    assert f'href="{planned.href}"' in shown
    assert "Tuesday 6 October 2026" in shown


def test_the_item_about_the_thing_is_offered_first(
    client: Client, recommendation: Recommendation, secretary: User
) -> None:
    other = sitting(NOW - timedelta(hours=2))
    about = sitting(NOW - timedelta(hours=1))
    AgendaItem.objects.filter(pk=about.pk).update(about=recommendation.reference)
    sign_in(client, secretary)
    offered = client.get(new(recommendation)).context["form"].fields["item"].queryset
    assert [i.pk for i in offered] == [about.pk, other.pk]


# ---- certifying ------------------------------------------------------------------------------


def test_a_certified_decision_stands_on_the_thread_of_what_it_was_made_on(
    decision: Decision, recommendation: Recommendation, secretary: User, chair: User
) -> None:
    later = NOW + timedelta(minutes=3)
    move_decision(decision=decision, event="certify", by=chair, now=later)
    kept = Decision.objects.get()
    assert (kept.state, kept.certified_by, kept.certified_at) == ("certified", chair, later)
    assert certified(recommendation.reference, "agree") == kept
    assert waiting(recommendation.reference, "agree") is None
    assert [(one.from_ref, one.to_ref, one.kind) for one in Link.objects.all()] == [
        ("decision:2026-001", "recommendation:2026-007", "decided on")
    ]
    told = {n.recipient.roles.get().role for n in Notice.objects.all()}
    assert told == {"secretariat"}
    assert secretary in {n.recipient for n in Notice.objects.all()}


def test_a_decision_that_was_not_certified_says_why_and_never_stands_on_the_thread(
    decision: Decision, recommendation: Recommendation, chair: User
) -> None:
    with pytest.raises(ReasonMissing):
        move_decision(decision=decision, event="not_certify", by=chair, now=NOW)
    move_decision(decision=decision, event="not_certify", reason="Not so.", by=chair, now=NOW)
    kept = Decision.objects.get()
    assert (kept.state, kept.certified_by, kept.certified_at) == ("not_certified", None, None)
    assert certified(recommendation.reference, "agree") is None
    assert not Link.objects.exists()


def test_nobody_certifies_what_they_recorded(recommendation: Recommendation) -> None:
    both = person(Role.CHAIR)
    RoleHeld.objects.create(
        user=both, organisation=Organisation.objects.get(), role="secretariat", since=SINCE
    )
    decision = recorded(recommendation, by=both)
    before = everything()
    with pytest.raises(NotPossible, match="takes a second person"):
        move_decision(decision=decision, event="certify", by=both, now=NOW)
    assert everything() == before
    assert Decision.objects.get().state == "recorded"
    assert work(both, standing_of(both), NOW) == []


@pytest.mark.parametrize("state", DECISION.states)
@pytest.mark.parametrize("event", DECISION.events)
def test_each_step_does_what_the_table_says_and_nothing_else(
    decision: Decision, chair: User, state: str, event: str
) -> None:
    Decision.objects.filter(pk=decision.pk).update(state=state)
    decision.refresh_from_db()
    row = next((t for t in DECISION.possible(state) if t.event == event), None)
    step: dict[str, Any] = {"decision": decision, "event": event, "reason": "So.", "by": chair}
    before = everything()
    if row is None:
        with pytest.raises(NotPossible):
            move_decision(**step, now=NOW)
        assert everything() == before
        assert Decision.objects.get().state == state
        return
    written = move_decision(**step, now=NOW)
    assert Decision.objects.get().state == row.target
    assert AuditEvent.objects.count() == before[2] + 1
    assert written.event == f"forum.decision.{event}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("event", DECISION.events)
def test_each_step_is_for_those_the_table_names(decision: Decision, role: Role, event: str) -> None:
    user = person(role)
    if role is Role.DEPUTY and event == "certify":
        with pytest.raises(NotPossible, match="by the deputy who presided over its item"):
            move_decision(decision=decision, event=event, by=user, now=NOW)
    elif role in TABLE[DECISION.action_of(event)]:
        move_decision(decision=decision, event=event, reason="So.", by=user, now=NOW)
        assert Decision.objects.get().state != "recorded"
    else:
        with pytest.raises(NotPermitted):
            move_decision(decision=decision, event=event, reason="So.", by=user, now=NOW)
        assert Decision.objects.get().state == "recorded"


def test_two_chairs_who_act_at_once_do_not_overwrite_each_other(
    decision: Decision, chair: User
) -> None:
    other = Decision.objects.get()
    move_decision(decision=decision, event="certify", by=chair, now=NOW, seen=1)
    with pytest.raises(Overtaken):
        move_decision(decision=other, event="not_certify", reason="No.", by=chair, now=NOW, seen=1)
    assert Decision.objects.get().state == "certified"


# ---- using a decision once -------------------------------------------------------------------


def test_a_decision_is_used_up_by_the_event_it_allows(
    decision: Decision, recommendation: Recommendation, secretary: User, chair: User
) -> None:
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    assert settled_at(decision) is None
    agree(recommendation, by=secretary)
    assert certified(recommendation.reference, "agree") is None
    assert settled_at(decision) == NOW + timedelta(minutes=5)


def test_without_a_certified_decision_nothing_is_agreed(
    decision: Decision, recommendation: Recommendation, secretary: User
) -> None:
    with pytest.raises(NotPossible, match="no certified decision"):
        agree(recommendation, by=secretary)


def test_a_decision_made_after_the_last_use_counts_again(
    decision: Decision, recommendation: Recommendation, secretary: User, chair: User
) -> None:
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    agree(recommendation, by=secretary)
    Recommendation.objects.update(state="drafting")
    recommendation.refresh_from_db()
    with pytest.raises(NotPossible):
        agree(recommendation, by=secretary)
    again = recorded(recommendation, by=secretary)
    # Even one certified at an earlier time of the clock: the trail's order decides.
    move_decision(decision=again, event="certify", by=chair, now=NOW)
    Decision.objects.filter(pk=decision.pk).update(certified_at=NOW - timedelta(minutes=1))
    assert certified(recommendation.reference, "agree") == again
    agree(recommendation, by=secretary, minutes=9)
    assert certified(recommendation.reference, "agree") is None


def test_a_decision_allows_its_own_step_of_its_own_thing_alone(
    decision: Decision, recommendation: Recommendation, chair: User
) -> None:
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    assert certified(recommendation.reference, "withdraw") is None
    assert certified("recommendation:2026-008", "agree") is None


# ---- the thread, people's work and pages -----------------------------------------------------


def test_a_recorded_decision_waits_for_the_chair_alone(decision: Decision) -> None:
    for role in ROLES:
        user = person(role)
        waits = [item.reference for item in work(user, standing_of(user), NOW)]
        assert waits == ([decision.reference] if role is Role.CHAIR else [])


def test_only_the_forum_sees_decisions_on_the_thread(
    decision: Decision, recommendation: Recommendation, chair: User
) -> None:
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    for role in ROLES:
        found = thread_of(recommendation.reference, standing=standing_of(person(role)))
        seen = any(s.reference == decision.reference for s in found.steps)
        assert seen is (role in TABLE[Action.READ_RECOMMENDATION_DRAFT])


def new(recommendation: Recommendation) -> str:
    return f"/decisions/new/?about={recommendation.reference}&settles=agree"


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_answers_those_it_is_for(
    client: Client, decision: Decision, recommendation: Recommendation, role: Role | None
) -> None:
    if role is not None:
        sign_in(client, person(role))
    for address, action in {
        "/decisions/": Action.READ_RECOMMENDATION_DRAFT,
        "/decisions/2026-001/": Action.READ_RECOMMENDATION_DRAFT,
        new(recommendation): Action.RECORD_DECISION,
    }.items():
        allowed = role is not None and role in TABLE[action]
        answer = client.get(address)
        assert answer.status_code == (200 if allowed else 403), address
        if not allowed:
            assert decision.heading not in answer.content.decode()


def test_a_decision_is_recorded_and_certified_in_the_browser(
    client: Client, recommendation: Recommendation, secretary: User, chair: User
) -> None:
    item = before_the_meeting()
    sign_in(client, secretary)
    query = "&kind=agree&heading=Agree+it&text=As+it+stands"
    page = client.get(new(recommendation) + query)
    form = page.context["form"]
    names = ("kind", "heading", "text", "about", "settles")
    sent = {name: form[name].value() for name in names}
    assert list(sent.values()) == [
        "agree",
        "Agree it",
        "As it stands",
        "recommendation:2026-007",
        "agree",
    ]
    assert "“Mark as agreed”" in page.content.decode()
    done = client.post("/decisions/new/", {**sent, "item": item.pk}, follow=True)
    assert done.redirect_chain == [("/decisions/2026-001/", 302)]
    assert recommendation.heading in done.content.decode()
    assert [o.event for o in done.context["page"].offers] == []
    sign_in(client, chair)
    step = {"event": "certify", "seen": 1}
    done = client.post("/decisions/2026-001/move/", step, follow=True)
    assert "“Certify” is done" in done.content.decode()
    assert Decision.objects.get().state == "certified"
    thread = done.context["thread"]
    assert [s.reference for s in thread.steps if s.here] == ["decision:2026-001"]
    assert recommendation.reference in [s.reference for s in thread.steps]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "about=dragon:1",
        "about=recommendation:2026-007%00",
        "about=recommendation:2026-999&settles=agree",
        "about=recommendation:2026-007&settles=issue",
        "about=" + "x" * 5000,
    ],
)
def test_recording_a_decision_on_nothing_is_a_page_that_says_where_to_begin(
    client: Client, recommendation: Recommendation, secretary: User, query: str
) -> None:
    sign_in(client, secretary)
    answer = client.get(f"/decisions/new/?{query}")
    assert answer.status_code == 404
    assert "Begin from the page of what was decided on" in answer.content.decode()


def test_what_the_query_says_too_long_or_unreadable_is_left_out(
    client: Client, recommendation: Recommendation, secretary: User
) -> None:
    sign_in(client, secretary)
    before_the_meeting()
    query = f"&heading={'x' * 201}&text=a%00b&kind=eat&item=soon"
    form = client.get(new(recommendation) + query).context["form"]
    assert not form.errors
    for name in ("heading", "text", "kind", "item"):
        assert not form[name].value(), name


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("heading", "", "Give it a heading"),
        ("text", " ", "Write what was decided"),
        ("kind", "eat", "eat is not one"),
        ("item", "soon", "not one of the choices"),
        ("item", "999999", "not before a meeting now"),
        ("heading", "a\0b", "Null characters"),
    ],
)
def test_a_decision_that_cannot_be_read_is_shown_again_with_what_was_typed(
    client: Client,
    recommendation: Recommendation,
    secretary: User,
    name: str,
    value: str,
    words: str,
) -> None:
    sign_in(client, secretary)
    sent = {
        "kind": "agree",
        "heading": "Kept heading",
        "text": "Kept text",
        "item": str(before_the_meeting().pk),
        "about": recommendation.reference,
        "settles": "agree",
        name: value,
    }
    answer = client.post("/decisions/new/", sent)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert words in shown
    kept = "Kept text" if name != "text" else "Kept heading"
    assert kept in shown
    assert not Decision.objects.exists()


def test_a_second_decision_is_refused_in_the_browser_with_the_way_to_the_first(
    client: Client, decision: Decision, recommendation: Recommendation, secretary: User
) -> None:
    sign_in(client, secretary)
    sent = {
        "kind": "agree",
        "heading": "Kept heading",
        "text": "Kept text",
        "item": str(before_the_meeting().pk),
        "about": recommendation.reference,
        "settles": "agree",
    }
    answer = client.post("/decisions/new/", sent)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert 'href="/decisions/2026-001/"' in shown
    assert "Kept text" in shown


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"event": "not_certify", "seen": 1, "reason": ""}, 422),
        ({"event": "explode", "seen": 1, "reason": "Kept words"}, 422),
        ({"event": "not_certify", "seen": 4, "reason": "Kept words"}, 409),
    ],
)
def test_a_refused_step_changes_nothing_and_loses_no_words(
    client: Client, decision: Decision, chair: User, sent: dict[str, Any], status: int
) -> None:
    sign_in(client, chair)
    before = everything()
    answer = client.post("/decisions/2026-001/move/", sent)
    assert answer.status_code == status
    assert sent["reason"] in answer.content.decode()
    assert everything() == before


def test_a_refusal_to_certify_stands_on_the_page_with_its_reason(
    client: Client, decision: Decision, chair: User
) -> None:
    move_decision(decision=decision, event="not_certify", reason="Not so.", by=chair, now=NOW)
    sign_in(client, chair)
    shown = client.get("/decisions/2026-001/").content.decode()
    assert "Why it was not certified: Not so." in shown


def test_decisions_are_listed_by_their_state(
    client: Client, decision: Decision, recommendation: Recommendation, chair: User
) -> None:
    move_decision(decision=decision, event="certify", by=chair, now=NOW)
    recorded(recommendation, by=decision.recorded_by, settles="withdraw")
    sign_in(client, chair)
    page = client.get("/decisions/?show=certified").context["page"]
    assert [line.number for line in page.lines] == ["2026-001"]
    assert [t.count for t in page.tabs] == [2, 1, 1, 0]


def test_queries_do_not_grow_with_the_number_of_decisions(
    client: Client,
    decision: Decision,
    chair: User,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    sign_in(client, chair)

    def asked() -> dict[str, int]:
        counts = {}
        for address in ("/decisions/", "/decisions/2026-001/", "/your-work/"):
            with django_assert_max_num_queries(40) as captured:
                assert client.get(address).status_code == 200
            counts[address] = len(captured)
        return counts

    one = asked()
    for number in range(10):
        recorded(recommended(f"2026-1{number:02d}", by=chair), by=decision.recorded_by)
    assert asked() == one
