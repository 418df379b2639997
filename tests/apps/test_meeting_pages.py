"""The pages of meetings: what everybody reads, what the body reads, and every form on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from openscrutiny.base import audit
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AccessNeeds, Organisation, User
from openscrutiny.base.thread import thread_of
from openscrutiny.base.work import WorkItem
from openscrutiny.core.permits import NOBODY, Role
from openscrutiny.forum.models import ActionPoint, AgendaItem, Attendance, Meeting, Paper
from openscrutiny.forum.pages.invitations import invited_page
from openscrutiny.forum.services.agenda import Draft, propose_item, schedule_item, withdraw_item
from openscrutiny.forum.services.invitations import answer, invite
from openscrutiny.forum.services.meetings import (
    call_off,
    plan_meeting,
    publish_agenda,
    reschedule,
)
from openscrutiny.forum.threads.agendas import work as source_of_work
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import arranged, body, item, meeting, named_substitute, seated
from tests.apps.waiting import in_full
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)

NOW = datetime(2026, 9, 8, 10, 0, tzinfo=UTC)
SOON = (NOW + timedelta(days=28)).date()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages read the clock: here it stands still."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def planned(secretary: User) -> Meeting:
    said = arranged(day=SOON, access="A lift.", joining="Call 01234.")
    return plan_meeting(body=body(), arrangements=said, by=secretary, now=NOW)


@pytest.fixture
def published(planned: Meeting, secretary: User) -> Meeting:
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    return planned


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return str(answer.content.decode())


def form_of(meeting: Meeting, **other: Any) -> dict[str, Any]:
    said = {
        "heading": meeting.heading,
        "day": str(SOON),
        "starts": "14:00",
        "ends": "16:00",
        "venue": "Committee room 1",
        "access": "A lift.",
        "joining": "Call 01234.",
        "seen": meeting.revision,
    }
    return {**said, **other}


# ---- what everybody reads ----------------------------------------------------------------------


def test_a_planned_meeting_is_for_its_body_alone_and_refused_like_one_that_is_not_there(
    client: Client, planned: Meeting, chair: User
) -> None:
    refused = text_of(client, planned.href, 403)
    assert refused.replace(planned.number, "2026-999") == text_of(
        client, "/meetings/2026-999/", 403
    )
    assert planned.heading not in text_of(client, "/meetings/")
    sign_in(client, person(Role.CHAIR, organisation=body("practice")))
    assert client.get(planned.href).status_code == 404
    sign_in(client, chair)
    assert "Call 01234." in text_of(client, planned.href)
    assert planned.heading in text_of(client, "/meetings/")
    text_of(client, "/meetings/2026-999/", 404)


def test_a_published_meeting_is_read_by_everybody_without_how_to_join(
    client: Client, published: Meeting
) -> None:
    page = text_of(client, published.href)
    assert "Declarations of interest" in page
    assert "A lift." in page
    assert "01234" not in page
    assert "14:00 to 16:00" in page
    assert "How that was worked out" in page
    assert published.heading in text_of(client, "/meetings/")


def test_of_a_closed_item_the_public_reads_heading_ground_and_test_and_nothing_else(
    client: Client, planned: Meeting, secretary: User, chair: User
) -> None:
    closed = propose_item(
        meeting=planned,
        draft=Draft(
            heading="An operation",
            closed_heading="Raid in Ambleworth",
            text="Who and when",
            presenter="Superintendent",
            strands=["disability"],
            closed=True,
            exemption="7",
            public_interest="It would warn the offender.",
        ),
        by=secretary,
        now=NOW,
    )
    schedule_item(item=closed, by=secretary, now=NOW)
    paper(closed, secretary)
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    for address in (planned.href, closed.href):
        shown = text_of(client, address)
        assert "An operation" in shown
        assert "preventing, investigating or prosecuting crime" in shown
        assert "It would warn the offender." in shown
        for secret in ("Raid", "Who and when", "Superintendent", "Paper of the", "Disability"):
            assert secret not in shown, (address, secret)
    sign_in(client, chair)
    inside = text_of(client, closed.href)
    for told in ("Raid in Ambleworth", "Who and when", "Superintendent", "Paper of the raid"):
        assert told in inside


def paper(on: AgendaItem, by: User) -> Paper:
    return Paper.objects.create(
        number=f"{on.number}-1",
        state="published",
        item=on,
        heading="Paper of the raid",
        owner=body(),
        created_by=by,
        created_at=NOW,
    )


def test_open_papers_stand_under_their_item_once_published(
    client: Client, published: Meeting, secretary: User
) -> None:
    on = published.items.get(section="arising")
    one = paper(on, secretary)
    assert one.heading in text_of(client, published.href)
    Paper.objects.update(state="accepted")
    assert one.heading not in text_of(client, published.href)
    sign_in(client, secretary)
    assert "(accepted for the meeting)" in text_of(client, published.href)


def test_the_page_says_beside_the_button_whom_publishing_the_agenda_invites(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sign_in(client, secretary)

    def said() -> str:
        shown = client.get(planned.href)
        words = str(shown.context["page"].invites)
        assert words in shown.content.decode()
        assert ('id="invites"' in shown.content.decode()) == bool(words)
        return words

    assert "nobody sits in this body" in said()
    seated("age")
    assert "invites the one person who sits" in said()
    one = seated("health")
    assert "invites the 2 people who sit" in said()
    client.post(f"{planned.href}move/", {"event": "publish_agenda", "seen": planned.revision})
    assert "Nobody is invited yet" not in text_of(client, f"{planned.href}invited/")
    assert one.person.name in text_of(client, f"{planned.href}invited/")
    assert said() == ""


def test_every_postponement_keeps_its_date_and_its_reason_for_everybody(
    client: Client, published: Meeting, secretary: User
) -> None:
    def put_off(reason: str, *, weeks: int) -> None:
        call_off(meeting=published, event="postpone", reason=reason, by=secretary, now=NOW)
        new = arranged(day=SOON + timedelta(weeks=weeks))
        reschedule(meeting=published, arrangements=new, by=secretary, now=NOW,
                   seen=published.revision)  # fmt: skip

    put_off("Chair ill", weeks=2)
    once = "It was to be on Tuesday 6 October 2026 and was postponed: Chair ill."
    shown = text_of(client, published.href)
    assert once in shown
    assert "Tuesday 20 October 2026" in shown
    assert "Tuesday 8 September 2026, for Tuesday 6 October 2026. It goes out anew" in shown
    assert once in text_of(client, "/meetings/?show=off")
    assert once in text_of(client, "/meetings/")
    publish_agenda(meeting=published, by=secretary, now=NOW)
    again = text_of(client, published.href)
    assert once in again
    assert "It goes out anew" not in again
    put_off("Burst pipe.", weeks=4)
    call_off(meeting=published, event="postpone", reason="Snow", by=secretary, now=NOW)
    for address in (published.href, "/meetings/?show=off"):
        shown = text_of(client, address)
        for said in (once, "20 October 2026 and was postponed: Burst pipe.", "Why: Snow"):
            assert shown.count(said) == 1, (address, said)
        assert "postponed: Snow" not in shown


def test_a_postponement_recorded_without_its_day_takes_it_from_the_plan(
    client: Client, published: Meeting
) -> None:
    audit.record(
        "forum.meeting.postpone", reference=published.reference, actor=None, acting=None, now=NOW,
        details={"reason": "No room"},
    )  # fmt: skip
    Meeting.objects.update(starts_at=published.starts_at + timedelta(days=14),
                           ends_at=published.ends_at + timedelta(days=14))  # fmt: skip
    shown = text_of(client, published.href)
    assert "It was to be on Tuesday 6 October 2026 and was postponed: No room." in shown
    audit.record(
        "forum.meeting.change", reference=published.reference, actor=None, acting=None, now=NOW,
        details={"changed": ["day"]},
    )  # fmt: skip
    audit.record(
        "forum.meeting.postpone", reference=published.reference, actor=None, acting=None, now=NOW,
        details={"reason": "No heating"},
    )  # fmt: skip
    assert "It was to be earlier and was postponed: No heating." in text_of(client, published.href)


def test_a_meeting_that_was_closed_early_is_past_and_promises_no_quorum(
    client: Client, secretary: User
) -> None:
    now = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1)}
    closed = meeting("held", **now)
    sits = seated("age")
    closed.attendances.create(person=sits.person, membership=sits, capacity="seat")
    assert [line.number for line in client.get("/meetings/?show=past").context["page"].lines] == [
        closed.number
    ]
    assert closed.number not in [
        line.number for line in client.get("/meetings/?show=coming").context["page"].lines
    ]
    sign_in(client, secretary)
    shown = text_of(client, f"{closed.href}invited/")
    assert sits.person.name in shown
    assert "By the answers so far" not in shown


def test_the_summary_of_errors_leads_to_the_hour_that_is_wrong(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sign_in(client, secretary)
    answer = client.post(f"{planned.href}edit/", form_of(planned, ends="13:00"))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert '<a href="#id_ends">The meeting would end before it begins.' in shown


@pytest.mark.parametrize("event", ["postpone", "cancel"])
def test_a_meeting_that_is_off_is_shown_to_everybody_with_agenda_and_reason(
    client: Client, published: Meeting, secretary: User, event: str
) -> None:
    call_off(meeting=published, event=event, reason="Burst pipe.", by=secretary, now=NOW)
    listed = client.get("/meetings/?show=off")
    assert [line.reason for line in listed.context["page"].lines] == ["Burst pipe."]
    coming = client.get("/meetings/").context["page"]
    assert [line.off for line in coming.lines] == [True]
    page = text_of(client, published.href)
    assert "Burst pipe." in page
    assert "Declarations of interest" in page


def test_what_was_withdrawn_before_publication_was_never_there_for_the_public(
    client: Client, planned: Meeting, secretary: User
) -> None:
    gone = propose_item(meeting=planned, draft=Draft(heading="Never mind"), by=secretary, now=NOW)
    schedule_item(item=gone, by=secretary, now=NOW)
    withdraw_item(item=gone, reason="Not now.", by=secretary, now=NOW)
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    assert "Never mind" not in text_of(client, planned.href)
    text_of(client, gone.href, 403)
    assert not thread_of(gone.reference, standing=NOBODY).open


def test_what_was_withdrawn_after_publication_is_read_with_its_reason(
    client: Client, published: Meeting, secretary: User
) -> None:
    gone = published.items.get(section="closing")
    withdraw_item(item=gone, reason="Fixed by e-mail.", by=secretary, now=NOW)
    for address in (published.href, gone.href):
        assert "Why it is withdrawn: Fixed by e-mail." in text_of(client, address)


def test_the_reason_for_short_notice_is_read_by_everybody(
    client: Client, planned: Meeting, secretary: User, chair: User
) -> None:
    soon = (NOW + timedelta(days=2)).date()
    sign_in(client, secretary)
    changed = {**form_of(planned), "day": str(soon)}
    assert client.post(f"{planned.href}edit/", changed).status_code == 302
    page = client.get(planned.href).context["page"]
    assert "fewer clear days" in page.offers[0].blocked
    assert not any("short-notice" in href for _, href in page.links)
    sign_in(client, chair)
    address = f"{planned.href}short-notice/"
    assert address in text_of(client, planned.href)
    empty = client.post(address, {"reason": "", "seen": 2})
    assert empty.status_code == 422
    assert "Write why it cannot wait" in empty.content.decode()
    said = {"reason": "A court date moved.", "seen": 2}
    assert client.post(address, said).status_code == 302
    step = {"event": "publish_agenda", "seen": 3}
    done = client.post(f"{planned.href}move/", step, follow=True)
    assert "The agenda is published" in done.content.decode()
    client.logout()
    assert "because: A court date moved." in text_of(client, planned.href)


# ---- planning and building in the browser --------------------------------------------------------


def test_a_meeting_is_planned_changed_put_off_and_given_a_new_date_in_the_browser(
    client: Client, secretary: User
) -> None:
    sign_in(client, secretary)
    page = client.get("/meetings/new/")
    assert page.context["form"]["body"].value() == body().pk
    sent = {
        "body": body().pk,
        "heading": "Spring meeting",
        "day": str(SOON),
        "starts": "14:00",
        "ends": "13:00",
        "venue": "Town hall",
        "seen": 0,
    }
    refused = client.post("/meetings/new/", sent)
    assert refused.status_code == 422
    assert "end before it begins" in refused.content.decode()
    assert "Town hall" in refused.content.decode()
    done = client.post("/meetings/new/", {**sent, "ends": "16:00"}, follow=True)
    made = Meeting.objects.get()
    assert done.redirect_chain == [(f"{made.href}agenda/", 302)]
    again = client.post("/meetings/new/", {**sent, "ends": "16:00"})
    assert again.status_code == 409
    assert f'href="{made.href}"' in again.content.decode()
    step = {"event": "postpone", "seen": 1, "reason": "No room."}
    client.post(f"{made.href}move/", step)
    address = f"{made.href}new-date/"
    assert address in text_of(client, made.href)
    new = form_of(made, day=str(SOON + timedelta(days=7)), seen=2)
    assert client.post(address, new).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.sequence) == ("planned", 2)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("heading", "", "Give the meeting a name"),
        ("day", "soon", "such as 2026-11-02"),
        ("starts", "2 pm", "such as 14:00"),
        ("venue", " ", "Write where it is"),
    ],
)
def test_arrangements_that_cannot_be_read_come_back_as_they_were_typed(
    client: Client, planned: Meeting, secretary: User, name: str, value: str, words: str
) -> None:
    sign_in(client, secretary)
    sent = form_of(planned, access="Kept words", **{name: value})
    answered = client.post(f"{planned.href}edit/", sent)
    assert answered.status_code == 422
    assert words in answered.content.decode()
    assert "Kept words" in answered.content.decode()
    planned.refresh_from_db()
    assert planned.sequence == 0


def test_who_was_overtaken_keeps_what_was_typed_and_may_send_it_again(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sign_in(client, secretary)
    old = form_of(planned, venue="Library")
    client.post(f"{planned.href}edit/", form_of(planned, venue="Town hall"))
    refused = client.post(f"{planned.href}edit/", old)
    assert refused.status_code == 409
    assert "Library" in refused.content.decode()
    assert refused.context["form"]["seen"].value() == "2"
    client.post(f"{planned.href}edit/", {**old, "seen": 2})
    planned.refresh_from_db()
    assert planned.venue == "Library"


def test_an_agenda_is_built_in_the_browser(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sign_in(client, secretary)
    finding = Finding.objects.all()[0]
    about = f"finding:{finding.pk}"
    assert f"/meetings/items/new/?about={about}" in text_of(client, f"/findings/{finding.pk}/")
    new = client.get(f"/meetings/items/new/?about={about}&meeting={planned.number}")
    form = new.context["form"]
    assert form["heading"].value()
    assert form["meeting"].value() == planned.number
    for heading in ("First", "Second"):
        sent = {
            "meeting": planned.number,
            "heading": heading,
            "minutes_planned": 200,
            "strands": ["race"],
            "about": about if heading == "First" else "",
            "seen": 0,
        }
        assert client.post("/meetings/items/new/", sent).status_code == 302
    building = f"{planned.href}agenda/"
    for line in client.get(building).context["page"].proposed:
        step = {"event": "schedule", "seen": line.revision, "back": "agenda"}
        done = client.post(f"{line.href}move/", step)
        assert done["Location"] == building
    page = client.get(building).context["page"]
    assert page.over == page.minutes - 120 > 0
    lines = page.sections[-2].lines
    assert [(line.heading, line.first, line.last) for line in lines] == [
        ("First", True, False),
        ("Second", False, True),
    ]
    moved = client.post(f"{lines[1].href}place/", {"direction": "up"})
    assert moved["Location"] == f"{building}#item-{lines[1].number}"
    lines = client.get(building).context["page"].sections[-2].lines
    assert [line.heading for line in lines] == ["Second", "First"]
    refused = client.post(f"{lines[0].href}place/", {"direction": "up"})
    assert refused.status_code == 409
    assert "the first of its section" in refused.content.decode()
    nothing = client.post(f"{building}bring-in/")
    assert nothing.status_code == 409
    meeting("circulated", starts_at=NOW - timedelta(days=60), heading="Autumn meeting")
    brought = client.post(f"{building}bring-in/", follow=True)
    assert "Minutes: Autumn meeting" in brought.content.decode()
    assert "Race" in text_of(client, planned.href)


def test_a_closed_item_without_its_ground_comes_back_with_what_was_typed(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sign_in(client, secretary)
    sent = {
        "meeting": planned.number,
        "heading": "Kept heading",
        "minutes_planned": 5,
        "closed": "closed",
        "seen": 0,
    }
    refused = client.post("/meetings/items/new/", sent)
    assert refused.status_code == 409
    assert "closed item needs the ground" in refused.content.decode()
    assert "Kept heading" in refused.content.decode()
    sent |= {"exemption": "5", "public_interest": "Advice of counsel."}
    assert client.post("/meetings/items/new/", sent).status_code == 302
    made = AgendaItem.objects.get(state="proposed")
    assert (made.closed, made.exemption) == (True, "5")
    edit = client.get(f"{made.href}edit/").context["form"]
    assert edit["closed"].value() == "closed"
    changed = {**sent, "heading": "Other", "closed": "", "seen": 1}
    assert client.post(f"{made.href}edit/", changed).status_code == 302
    made.refresh_from_db()
    assert (made.heading, made.closed, made.exemption) == ("Other", False, "")


def test_who_answers_for_an_organisation_proposes_an_item_and_sees_only_that(
    client: Client, planned: Meeting
) -> None:
    police = Organisation.objects.create(code="police", name="Police", kind="police")
    sign_in(client, person(Role.DRAFTER, organisation=police))
    sent = {"meeting": planned.number, "heading": "Training", "minutes_planned": 5, "seen": 0}
    done = client.post("/meetings/items/new/", sent, follow=True)
    made = AgendaItem.objects.get(state="proposed")
    assert done.redirect_chain == [(made.href, 302)]
    assert f"{made.href}edit/" in done.content.decode()
    assert (
        client.post(f"{made.href}edit/", {**sent, "heading": "Other", "seen": 1}).status_code == 302
    )
    text_of(client, planned.items.get(section="closing").href, 403)
    text_of(client, planned.href, 403)


def test_an_item_is_deferred_in_the_browser(
    client: Client, planned: Meeting, secretary: User
) -> None:
    later = plan_meeting(
        body=body(),
        arrangements=arranged(day=SOON + timedelta(days=90), heading="Later meeting"),
        by=secretary,
        now=NOW,
    )
    on = item(planned, "scheduled", heading="Put off")
    sign_in(client, secretary)
    address = f"{on.href}defer/"
    assert address in text_of(client, on.href)
    assert "Later meeting" in text_of(client, address)
    for to, status in [("2026-999", 422), (later.number, 302)]:
        sent = {"to": to, "reason": "No time.", "seen": on.revision}
        assert client.post(address, sent).status_code == status
    assert "Deferred to" in text_of(client, on.href)
    assert "Put off" in text_of(client, later.href)


def test_a_late_item_goes_by_the_chair_in_the_browser(
    client: Client, published: Meeting, secretary: User, chair: User
) -> None:
    sign_in(client, secretary)
    sent = {"meeting": published.number, "heading": "March", "minutes_planned": 5, "seen": 0}
    client.post("/meetings/items/new/", sent)
    late = AgendaItem.objects.get(state="proposed")
    assert "the chair has to record" in text_of(client, f"{published.href}agenda/")
    refused = client.post(f"{late.href}move/", {"event": "schedule", "seen": 1})
    assert refused.status_code == 409
    sign_in(client, chair)
    assert client.post(f"{late.href}late/", {"reason": "It is on Sunday.", "seen": 1})["Location"]
    sign_in(client, secretary)
    client.post(f"{late.href}move/", {"event": "schedule", "seen": 2})
    client.logout()
    assert "because: It is on Sunday." in text_of(client, published.href)


def test_open_actions_of_the_body_stand_under_what_arises_for_the_body_alone(
    client: Client, published: Meeting, secretary: User
) -> None:
    earlier = item(meeting("held", starts_at=NOW - timedelta(days=60)), "decided")
    for number, state in enumerate(("open", "confirmed")):
        ActionPoint.objects.create(
            number=f"2026-90{number}",
            state=state,
            item=earlier,
            sort="action",
            text=f"Send the list that is {state}",
            key=f"00000000-0000-0000-0000-00000000000{number}",
            owner=body(),
            due_on=SOON,
            created_by=secretary,
            created_at=NOW,
        )
    arising = published.items.get(section="arising")
    assert "Send the list" not in text_of(client, arising.href)
    sign_in(client, secretary)
    page = text_of(client, arising.href)
    assert "Send the list that is open" in page
    assert "Send the list that is confirmed" not in page


# ---- invitations in the browser ------------------------------------------------------------------


def test_a_member_answers_on_the_page_of_the_meeting(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sits = seated("age")
    stands_in = named_substitute(sits)
    sign_in(client, secretary)
    done = client.post(f"{planned.href}invited/", follow=True)
    assert "1 person was invited" in done.content.decode()
    assert client.post(f"{planned.href}invited/").status_code == 409
    sign_in(client, sits.person.user)  # type: ignore[arg-type]
    assert f'href="{planned.href}#answer"' in text_of(client, "/your-work/")
    row = Attendance.objects.get()
    address = f"{planned.href}invited/{row.pk}/"
    assert address in text_of(client, planned.href)
    refused = client.post(address, {"answer": "maybe"})
    assert refused.status_code == 422
    assert "Choose one of the answers" in refused.content.decode()
    sent = client.post(address, {"answer": f"substitute-{stands_in.pk}"}, follow=True)
    assert "Your answer is recorded" in sent.content.decode()
    assert "sends a substitute" in sent.content.decode()
    assert Attendance.objects.get(person=stands_in.person).capacity == "substitute"
    assert f'href="{planned.href}#answer"' not in text_of(client, "/your-work/")
    # And nobody answers for another.
    other = Attendance.objects.get(person=stands_in.person)
    assert (
        client.post(f"{planned.href}invited/{other.pk}/", {"answer": "coming"}).status_code == 403
    )


def test_the_secretariat_sees_who_has_not_answered_and_records_it_for_them(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sits = seated("age")
    invite(meeting=planned, by=secretary, now=NOW)
    sign_in(client, secretary)
    page = client.get(f"{planned.href}invited/").context["page"]
    assert page.unanswered == (sits.person.name,)
    row = Attendance.objects.get()
    address = f"{planned.href}invited/{row.pk}/"
    assert f"Will {sits.person.name} attend?" in text_of(client, address)
    done = client.post(address, {"answer": "apologies"})
    assert done["Location"] == f"{planned.href}invited/"
    assert client.get(f"{planned.href}invited/").context["page"].unanswered == ()
    text_of(client, f"{planned.href}invited/0/", 404)


def test_somebody_without_a_seat_is_invited_in_the_browser(
    client: Client, planned: Meeting, secretary: User
) -> None:
    guest = seated("practice-chair", code="practice").person
    sign_in(client, secretary)
    address = f"{planned.href}invited/new/"
    sent = {"person": guest.pk, "capacity": "presenter"}
    assert client.post(address, {**sent, "person": "x"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    assert Attendance.objects.get().capacity == "presenter"
    assert guest.name in text_of(client, f"{planned.href}invited/")


def test_the_quorum_that_the_answers_promise_counts_voting_seats_and_voices(
    planned: Meeting, secretary: User
) -> None:
    seats = ["council-north", "council-south", "housing", "health", "education", "authority-1"]
    people = [seated(s) for s in seats]
    lead = seated("police-lead")
    invite(meeting=planned, by=secretary, now=NOW)

    def promised() -> str:
        return invited_page(planned, by=secretary).promised

    def says(membership: Any, reply: str, substitute: Any = None) -> None:
        row = Attendance.objects.get(meeting=planned, person=membership.person)
        answer(attendance=row, reply=reply, substitute=substitute, by=secretary, now=NOW)

    assert promised().startswith("By the answers so far no voting seats will be there; 7 are")
    for one in [*people, lead]:
        says(one, "coming")
    assert promised().startswith("By the answers so far 6 voting seats will be there")
    assert "Nobody from community bodies" in promised()
    assert "Nobody from victim support" in promised()
    victims, age = seated("victim-support"), seated("age")
    stands_in = named_substitute(age)
    invite(meeting=planned, by=secretary, now=NOW)
    says(victims, "remote")
    says(age, "substitute", stands_in)
    # The substitute has not said yet that they will come.
    assert "7 voting seats" in promised()
    assert "Nobody from community bodies" in promised()
    says(stands_in, "coming")
    assert promised() == (
        "By the answers so far 8 voting seats will be there; 7 are needed. So the meeting will "
        "have its quorum."
    )


def test_what_people_need_is_for_the_secretariat_alone_and_for_who_comes(
    client: Client, planned: Meeting, secretary: User, chair: User
) -> None:
    comes, stays, plain = seated("age"), seated("race-1"), seated("gender")
    for one, text in [(comes, "A hearing loop"), (stays, "Large print")]:
        AccessNeeds.objects.create(person=one.person, text=text, changed_at=NOW)
    invite(meeting=planned, by=secretary, now=NOW)
    gone = Attendance.objects.get(person=stays.person)
    answer(attendance=gone, reply="apologies", by=secretary, now=NOW)
    address = f"{planned.href}needs/"
    for by in (chair, comes.person.user, person(Role.SECRETARIAT, organisation=body("practice"))):
        sign_in(client, by)  # type: ignore[arg-type]
        assert client.get(address).status_code in (403, 404)
    sign_in(client, secretary)
    page = client.get(address).context["page"]
    assert [(line.name, line.text) for line in page.lines] == [
        (comes.person.name, "A hearing loop")
    ]
    assert page.nothing == 1
    assert plain.person.name not in client.get(address).content.decode()


@pytest.mark.parametrize("place", ["agenda/", "edit/", "invited/new/", "new-date/"])
def test_a_member_is_told_why_the_pages_of_the_secretariat_are_shut(
    client: Client, planned: Meeting, place: str
) -> None:
    sign_in(client, person(Role.MEMBER, organisation=body()))
    assert "Only the secretariat may plan" in text_of(client, f"{planned.href}{place}", 403)


# ---- what waits for whom -------------------------------------------------------------------------


def waiting(user: User, *, now: datetime = NOW) -> list[WorkItem]:
    user.__dict__.pop("_standings", None)
    return list(work(user, standing_of(user), now))


def test_the_secretariat_is_told_of_the_day_by_which_an_agenda_goes_out(
    planned: Meeting, secretary: User, chair: User
) -> None:
    assert waiting(secretary) == []
    near = NOW + timedelta(days=12)
    (due,) = waiting(secretary, now=near)
    assert due.to_do.startswith("Publish the agenda by ")
    assert due.due_on is not None
    assert NOW.date() < due.due_on < SOON
    assert waiting(chair, now=near) == []
    late = NOW + timedelta(days=26)
    (due,) = waiting(secretary, now=late)
    assert "Ask the chair" in due.to_do
    (to_decide,) = waiting(chair, now=late)
    assert to_decide.href == f"{planned.href}short-notice/"
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    assert waiting(secretary, now=near) == waiting(chair, now=late) == []


def test_proposed_items_wait_for_the_secretariat_and_late_ones_for_the_chair(
    planned: Meeting, secretary: User, chair: User
) -> None:
    made = propose_item(meeting=planned, draft=Draft(heading="Flags"), by=chair, now=NOW)
    assert [w.href for w in waiting(secretary)] == [made.href]
    assert waiting(chair) == []
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    assert [w.href for w in waiting(chair)] == [f"{made.href}late/"]
    assert waiting(secretary) == []
    AgendaItem.objects.filter(pk=made.pk).update(late_reason="So.")
    assert [w.href for w in waiting(secretary)] == [made.href]


def test_a_body_that_has_no_meeting_planned_is_told_by_when_it_meets_again(
    secretary: User,
) -> None:
    (never,) = waiting(secretary)
    assert "meets 4 times a year, and none is planned" in never.to_do
    assert never.due_on is None
    held = meeting("held", starts_at=NOW - timedelta(days=30))
    meeting("cancelled", starts_at=NOW - timedelta(days=3))
    (due,) = waiting(secretary)
    assert due.due_on == held.starts_at.date() + timedelta(days=91)
    postponed = meeting("postponed", starts_at=NOW + timedelta(days=3))
    assert {w.href for w in waiting(secretary)} == {
        "/meetings/new/",
        f"{postponed.href}new-date/",
    }
    meeting(starts_at=NOW + timedelta(days=90))
    assert [w.href for w in waiting(secretary)] == [f"{postponed.href}new-date/"]


# ---- queries -------------------------------------------------------------------------------------


def test_queries_do_not_grow_with_meetings_items_and_invitations(
    client: Client,
    published: Meeting,
    secretary: User,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    seated("age")
    invite(meeting=published, by=secretary, now=NOW)
    item(published, "published", about=f"finding:{Finding.objects.all()[0].pk}")
    item(published, "proposed")
    meeting("cancelled", starts_at=NOW + timedelta(days=200))
    # Of each kind that waits there is one: a sheet asks once for each kind that stands on it.
    item(meeting(starts_at=NOW + timedelta(days=300)), "proposed")
    sign_in(client, secretary)
    addresses = (
        "/meetings/",
        "/meetings/?show=off",
        "/meetings/calendar.ics",
        "/your-work/",
        published.href,
        f"{published.href}agenda/",
        f"{published.href}invited/",
        f"{published.href}needs/",
        "/meetings/items/new/",
    )

    def asked() -> dict[str, int]:
        counts = {}
        for address in addresses:
            with django_assert_max_num_queries(60) as captured:
                assert client.get(address).status_code == 200
            counts[address] = len(captured)
        return counts

    few = asked()
    for number in range(38):
        state = ("planned", "agenda_published", "cancelled", "postponed")[number % 4]
        starts = NOW + timedelta(days=40 + number)
        item(meeting(state, starts_at=starts), "proposed")
    for finding in Finding.objects.all()[1:9]:
        one = item(published, "published", about=f"finding:{finding.pk}")
        paper(one, secretary)
    for seat in ("race-1", "race-2", "gender", "trans"):
        named_substitute(seated(seat))
    invite(meeting=published, by=secretary, now=NOW, with_substitutes=True)
    assert asked() == few
