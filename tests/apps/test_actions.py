"""Actions and undertakings: recorded in the room, reported, confirmed, carried forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Notice, Organisation, RoleHeld, User
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.base.thread import thread_of
from openscrutiny.core.machines import ACTION
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import ActionPoint, AgendaItem, Meeting
from openscrutiny.forum.pages.actions import open_actions_of
from openscrutiny.forum.services.actions import capture_action, move_action
from openscrutiny.forum.threads.programme import work_on_actions as source_of_work
from tests.apps.meeting_rooms import body, item, meeting, somebody
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import SINCE, person, sign_in

pytestmark = pytest.mark.django_db
work_on_actions = in_full(source_of_work)

ROLES = [r for r in Role if r is not Role.ANYONE]
FORUM = (Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT)
DUE, TO = date(2026, 11, 30), date(2027, 1, 15)


@pytest.fixture
def police() -> Organisation:
    made, _ = Organisation.objects.get_or_create(
        code="police", defaults={"name": "The constabulary", "kind": "police"}
    )
    return made


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def drafter(police: Organisation) -> User:
    return person(Role.DRAFTER, organisation=police)


@pytest.fixture
def before_us() -> AgendaItem:
    """The item that is open in a meeting that sits."""
    return item(meeting("in_session", starts_at=NOW), "opened")


@pytest.fixture
def promise(before_us: AgendaItem, police: Organisation, secretary: User) -> ActionPoint:
    return captured(before_us, police, by=secretary)


def captured(on: AgendaItem, owner: Organisation, *, by: User, **said: Any) -> ActionPoint:
    first = {
        "sort": "undertaking",
        "text": "Send the figures for each borough.",
        "key": uuid4(),
        "due_on": DUE,
    }
    return capture_action(**{"item": on, "owner": owner, **first, **said}, by=by, now=NOW)


def step(action: ActionPoint, event: str, *, by: User, **said: Any) -> AuditEvent:
    if event == "carry_forward":
        said.setdefault("to", TO)
    return move_action(action=action, event=event, by=by, now=NOW, **{"reason": "So.", **said})


def everything() -> tuple[int, ...]:
    return (ActionPoint.objects.count(), AuditEvent.objects.count(), Notice.objects.count())


# ---- recording -------------------------------------------------------------------------------


def test_what_is_promised_is_recorded_with_its_owner_and_day(
    promise: ActionPoint, before_us: AgendaItem, police: Organisation
) -> None:
    kept = ActionPoint.objects.get()
    assert (kept.number, kept.state, kept.item) == ("2026-001", "open", before_us)
    assert (kept.owner, kept.due_on, kept.carried_to) == (police, DUE, None)
    event = AuditEvent.objects.get()
    assert event.event == "forum.action.capture"
    assert event.details == {
        "sort": "undertaking",
        "item": before_us.number,
        "owner": "police",
        "due_on": "2026-11-30",
    }


def test_what_is_sent_again_after_the_network_was_gone_is_there_once_as_first_written(
    before_us: AgendaItem, police: Organisation, secretary: User
) -> None:
    key = uuid4()
    first = captured(before_us, police, by=secretary, key=key)
    AgendaItem.objects.update(state="noted")
    before_us.refresh_from_db()
    before = everything()
    again = captured(before_us, police, by=secretary, key=key, text="Other words.")
    assert again == first
    assert again.text == "Send the figures for each borough."
    assert everything() == before


# What was typed while the network was away may arrive once the item, or the meeting, is over.
TAKEN = ("in_session", "adjourned", "held", "inquorate", "minutes_draft")
HAS_BEEN = ("opened", "noted", "decided", "deferred")


@pytest.mark.parametrize("meeting_is", Meeting.MACHINE.states)
@pytest.mark.parametrize("item_is", AgendaItem.MACHINE.states)
def test_a_promise_is_recorded_under_what_was_before_a_meeting_until_its_minutes_are_circulated(
    police: Organisation, secretary: User, item_is: str, meeting_is: str
) -> None:
    on = item(meeting(meeting_is, starts_at=NOW), item_is)
    before = everything()
    if meeting_is in TAKEN and item_is in HAS_BEEN:
        assert captured(on, police, by=secretary).item == on
        return
    words = "has not been before the meeting" if meeting_is in TAKEN else "nothing is written down"
    with pytest.raises(NotPossible, match=words):
        captured(on, police, by=secretary)
    assert everything() == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": "  "}, "Nothing was written"),
        ({"due_on": date(2026, 11, 1)}, "was past when this was promised"),
    ],
)
def test_a_promise_without_words_or_for_a_day_that_has_gone_is_refused(
    before_us: AgendaItem,
    police: Organisation,
    secretary: User,
    wrong: dict[str, Any],
    words: str,
) -> None:
    with pytest.raises(NotPossible, match=words):
        captured(before_us, police, by=secretary, **wrong)
    assert not ActionPoint.objects.exists()


def test_the_person_who_promised_belongs_to_the_owner_or_to_nobody(
    before_us: AgendaItem, police: Organisation, secretary: User
) -> None:
    stranger = somebody(organisation=body("committee"))
    with pytest.raises(NotPossible, match="another organisation"):
        captured(before_us, police, by=secretary, person=stranger)
    assert captured(before_us, police, by=secretary, person=somebody()).person
    assert captured(before_us, police, by=secretary, person=somebody(organisation=police)).person


def test_one_key_belongs_to_one_item(
    before_us: AgendaItem, police: Organisation, secretary: User, promise: ActionPoint
) -> None:
    other = item(meeting("in_session", starts_at=NOW), "opened")
    with pytest.raises(NotPossible, match="under another item already"):
        captured(other, police, by=secretary, key=promise.key)


@pytest.mark.parametrize("role", ROLES)
def test_only_those_the_table_names_record_promises(
    before_us: AgendaItem, police: Organisation, role: Role
) -> None:
    user = person(role, organisation=body() if role in FORUM else None)
    if role in TABLE[Action.CAPTURE_ACTION]:
        assert captured(before_us, police, by=user).created_by == user
    else:
        with pytest.raises(NotPermitted):
            captured(before_us, police, by=user)


# ---- the table, walked -----------------------------------------------------------------------


@pytest.mark.parametrize("state", ACTION.states)
@pytest.mark.parametrize("event", ACTION.events)
def test_each_step_does_what_the_table_says_and_nothing_else(
    promise: ActionPoint, chair: User, drafter: User, state: str, event: str
) -> None:
    ActionPoint.objects.filter(pk=promise.pk).update(state=state, reported_by=drafter)
    promise.refresh_from_db()
    row = next((t for t in ACTION.possible(state) if t.event == event), None)
    before = everything()
    if row is None:
        with pytest.raises(NotPossible):
            step(promise, event, by=chair)
        assert everything() == before
        assert ActionPoint.objects.get().state == state
        return
    written = step(promise, event, by=chair)
    assert ActionPoint.objects.get().state == row.target
    assert written.event == f"forum.action.{event}"


@pytest.mark.parametrize("event", [t.event for t in ACTION.transitions if t.needs_reason])
def test_a_step_that_must_say_why_or_what_was_done_is_refused_without_it(
    promise: ActionPoint, chair: User, event: str
) -> None:
    with pytest.raises(ReasonMissing):
        step(promise, event, by=chair, reason=" ")
    assert ActionPoint.objects.get().state == "open"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("event", ACTION.events)
def test_each_step_is_for_those_the_table_names(
    promise: ActionPoint, police: Organisation, drafter: User, role: Role, event: str
) -> None:
    answering = (Role.DRAFTER, Role.CLEARER, Role.SIGNATORY, Role.PARTNERSHIP, Role.COORDINATOR)
    held_for = body() if role in FORUM else police if role in answering else None
    user = person(role, organisation=held_for)
    if event == "confirm":
        ActionPoint.objects.update(state="claimed_done", reported_by=drafter)
        promise.refresh_from_db()
    if role in TABLE[ACTION.action_of(event)]:
        step(promise, event, by=user)
        assert ActionPoint.objects.get().revision == 2
    else:
        with pytest.raises(NotPermitted):
            step(promise, event, by=user)
        assert ActionPoint.objects.get().revision == 1


def test_another_organisation_reports_nothing_of_what_it_did_not_promise(
    promise: ActionPoint,
) -> None:
    housing = Organisation.objects.create(code="housing", name="Housing", kind="partner")
    with pytest.raises(NotPermitted, match="organisation that was asked"):
        step(promise, "claim_done", by=person(Role.SIGNATORY, organisation=housing))


def test_another_body_confirms_nothing_of_this_one(promise: ActionPoint, drafter: User) -> None:
    step(promise, "claim_done", by=drafter)
    with pytest.raises(NotPermitted, match="another body"):
        step(promise, "confirm", by=person(Role.CHAIR, organisation=body("practice")))


# ---- confirming ------------------------------------------------------------------------------


def test_what_was_done_is_said_by_the_owner_and_confirmed_by_a_second_person(
    promise: ActionPoint, drafter: User, chair: User
) -> None:
    step(promise, "claim_done", by=drafter, reason="Sent on 1 November.")
    assert ActionPoint.objects.get().reported_by == drafter
    told = Notice.objects.filter(recipient=chair).values_list("text", flat=True)
    assert any("is reported done" in text for text in told)
    step(promise, "confirm", by=chair)
    assert ActionPoint.objects.get().state == "confirmed"
    assert Notice.objects.filter(recipient=drafter, text__contains="confirmed").exists()


def test_nobody_confirms_what_they_reported_themselves(
    promise: ActionPoint, secretary: User
) -> None:
    step(promise, "claim_done", by=secretary)
    before = everything()
    with pytest.raises(NotPossible, match="takes a second person"):
        step(promise, "confirm", by=secretary)
    assert everything() == before


def test_nobody_confirms_what_their_own_organisation_promised(
    promise: ActionPoint, police: Organisation, drafter: User, chair: User
) -> None:
    RoleHeld.objects.create(user=chair, organisation=police, role="clearer", since=SINCE)
    step(promise, "claim_done", by=drafter)
    with pytest.raises(NotPermitted, match="nobody judges their own work"):
        step(promise, "confirm", by=chair)
    assert ActionPoint.objects.get().state == "claimed_done"


def test_an_owner_that_is_another_body_does_not_confirm_or_cancel_its_own_promise(
    before_us: AgendaItem, secretary: User
) -> None:
    made = captured(before_us, body("practice"), by=secretary)
    theirs = person(Role.CHAIR, organisation=body("practice"))
    step(made, "claim_done", by=person(Role.MEMBER, organisation=body("practice")))
    for event in ("confirm", "cancel", "carry_forward"):
        with pytest.raises(NotPermitted, match="another body"):
            step(made, event, by=theirs)


# ---- carrying forward ------------------------------------------------------------------------


def test_what_is_carried_forward_keeps_the_day_first_promised_and_counts_how_often(
    promise: ActionPoint, secretary: User, drafter: User
) -> None:
    step(promise, "carry_forward", by=secretary, to=TO)
    step(promise, "begin", by=drafter)
    step(promise, "carry_forward", by=secretary, to=TO + timedelta(days=30))
    kept = ActionPoint.objects.get()
    assert (kept.due_on, kept.carried_to, kept.times_carried) == (
        DUE,
        TO + timedelta(days=30),
        2,
    )
    last = AuditEvent.objects.order_by("-sequence")[0]
    assert (last.details["due_on"], last.details["carried_to"]) == ("2026-11-30", "2027-02-14")


@pytest.mark.parametrize("to", [None, date(2026, 11, 2), DUE, date(2026, 11, 15)])
def test_a_promise_is_carried_forward_only_to_a_later_day(
    promise: ActionPoint, secretary: User, to: date | None
) -> None:
    before = everything()
    with pytest.raises(NotPossible, match="still to come"):
        step(promise, "carry_forward", by=secretary, to=to)
    assert everything() == before


def test_two_who_act_at_once_do_not_overwrite_each_other(
    promise: ActionPoint, secretary: User
) -> None:
    other = ActionPoint.objects.get()
    step(promise, "carry_forward", by=secretary, seen=1)
    with pytest.raises(Overtaken):
        step(other, "carry_forward", by=secretary, seen=1, to=TO + timedelta(days=9))
    assert ActionPoint.objects.get().times_carried == 1


# ---- matters arising, work -------------------------------------------------------------------


def test_matters_arising_are_what_a_body_was_promised_and_is_still_open(
    before_us: AgendaItem, police: Organisation, secretary: User, chair: User
) -> None:
    late = captured(before_us, police, by=secretary, due_on=date(2026, 11, 10))
    first = captured(before_us, police, by=secretary, due_on=date(2026, 11, 20))
    step(first, "carry_forward", by=chair, to=date(2027, 3, 1))
    ended = captured(before_us, police, by=secretary)
    step(ended, "cancel", by=chair)
    captured(item(meeting("in_session", code="practice"), "opened"), police, by=person(
        Role.SECRETARIAT, organisation=body("practice")))  # fmt: skip
    found = open_actions_of(body(), now=NOW + timedelta(days=10))
    assert [line.number for line in found] == [late.number, first.number]
    assert found[0].stands.how == "overdue by 2 working days"
    assert found[1].carried == "carried forward once to Monday 1 March 2027"


def test_a_promise_waits_for_its_owner_and_once_reported_for_an_officer_who_did_not_report_it(
    promise: ActionPoint, secretary: User, chair: User, drafter: User
) -> None:
    def waits(user: User) -> list[str]:
        return [w.to_do for w in work_on_actions(user, standing_of(user), NOW)]

    assert (waits(drafter), waits(secretary)) == (["Report it done"], [])
    step(promise, "claim_done", by=secretary)
    assert (waits(drafter), waits(secretary)) == ([], [])
    assert waits(chair) == ["Confirm that it was done, or carry it forward"]
    step(promise, "confirm", by=chair)
    assert waits(chair) == []


def test_a_promise_stands_on_the_thread_of_its_meeting(
    promise: ActionPoint, before_us: AgendaItem, drafter: User, secretary: User
) -> None:
    steps = thread_of(promise.reference, standing=standing_of(secretary)).steps
    assert {before_us.reference, before_us.meeting.reference} <= {s.reference for s in steps}
    assert thread_of(promise.reference, standing=standing_of(drafter)).open
    assert not thread_of(promise.reference, standing=standing_of(None)).open


# ---- pages -----------------------------------------------------------------------------------


def test_the_public_reads_promises_of_approved_minutes_without_persons(
    client: Client, before_us: AgendaItem, police: Organisation, secretary: User
) -> None:
    named = somebody("Ann Example", organisation=police)
    made = captured(before_us, police, by=secretary, person=named)
    assert not client.get("/actions/").context["page"].lines
    assert client.get(made.href).status_code == 403
    Meeting.objects.update(state="approved")
    for address in ("/actions/", made.href):
        shown = client.get(address).content.decode()
        assert "Send the figures" in shown
        assert "Ann Example" not in shown
    AgendaItem.objects.update(closed=True, exemption="7", public_interest="So.")
    assert not client.get("/actions/").context["page"].lines
    assert client.get(made.href).status_code == 403
    sign_in(client, secretary)
    assert "Ann Example" in client.get(made.href).content.decode()


def test_an_organisation_reads_its_own_promises_and_no_others(
    client: Client, promise: ActionPoint, before_us: AgendaItem, secretary: User, drafter: User
) -> None:
    housing = Organisation.objects.create(code="housing", name="Housing", kind="partner")
    other = captured(before_us, housing, by=secretary)
    sign_in(client, drafter)
    assert [x.number for x in client.get("/actions/").context["page"].lines] == [promise.number]
    refused = [client.get(h) for h in (other.href, "/actions/2026-999/")]
    assert [r.status_code for r in refused] == [404, 404]
    assert client.get(promise.href).status_code == 200


def test_overdue_promises_come_first_and_the_list_is_narrowed_by_how_they_stand(
    client: Client, before_us: AgendaItem, police: Organisation, secretary: User, chair: User
) -> None:
    made = [captured(before_us, police, by=secretary) for _ in range(4)]
    today = timezone.localdate()
    days = [today + timedelta(days=9), today - timedelta(days=3), today, today]
    for one, day in zip(made, days, strict=True):
        ActionPoint.objects.filter(pk=one.pk).update(due_on=day)
    step(made[3], "cancel", by=chair)
    sign_in(client, secretary)
    page = client.get("/actions/").context["page"]
    order = [made[n].number for n in (1, 2, 0, 3)]
    assert [line.number for line in page.lines] == order
    assert [(t.label, t.count) for t in page.tabs][:3] == [
        ("All", 4),
        ("Overdue", 1),
        ("Still to be done", 2),
    ]
    page = client.get("/actions/?show=1+overdue").context["page"]
    assert [line.number for line in page.lines] == [made[1].number]
    assert page.lines[0].stands.overdue


def test_in_the_browser_a_promise_is_reported_carried_forward_and_confirmed(
    client: Client, promise: ActionPoint, drafter: User, secretary: User, chair: User
) -> None:
    address = promise.href
    sign_in(client, drafter)
    shown = client.get(address).content.decode()
    assert "What was done?" in shown
    assert "Carry forward" not in shown
    answer = client.post(f"{address}move/", {"event": "claim_done", "seen": 1, "reason": ""})
    assert answer.status_code == 422
    later = (max(DUE, timezone.localdate()) + timedelta(days=200)).isoformat()
    sign_in(client, secretary)
    for sent, status in (
        ({"seen": 1, "to": "", "reason": "Kept words"}, 422),
        ({"seen": 1, "to": "2026-11-03", "reason": "Kept words"}, 409),
        ({"seen": 7, "to": later, "reason": "Kept words"}, 409),
    ):
        answer = client.post(f"{address}carry/", sent)
        assert answer.status_code == status
        assert "Kept words" in answer.content.decode()
    sent = {"seen": 1, "to": later, "reason": "They are late."}
    assert client.post(f"{address}carry/", sent).status_code == 302
    shown = client.get(address).content.decode()
    assert "Monday 30 November 2026" in shown
    assert "carried forward once" in shown
    sign_in(client, drafter)
    done = {"event": "claim_done", "seen": 2, "reason": "Sent to every borough."}
    assert client.post(f"{address}move/", done).status_code == 302
    sign_in(client, chair)
    assert "Sent to every borough." in client.get(address).content.decode()
    assert client.post(f"{address}move/", {"event": "confirm", "seen": 3}).status_code == 302
    assert ActionPoint.objects.get().state == "confirmed"


def test_queries_do_not_grow_with_the_number_of_promises(
    client: Client,
    before_us: AgendaItem,
    police: Organisation,
    secretary: User,
    promise: ActionPoint,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    sign_in(client, secretary)

    def asked() -> dict[str, int]:
        counts = {}
        for address in ("/actions/", promise.href, "/your-work/"):
            with django_assert_max_num_queries(40) as found:
                assert client.get(address).status_code == 200
            counts[address] = len(found)
        return counts

    few = asked()
    for _ in range(12):
        captured(before_us, police, by=secretary, person=somebody(organisation=police))
    assert asked() == few
