"""Calendars: the public one and a person's own, held against RFC 5545 byte by byte."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.base.models import AccessNeeds, AuditEvent, User
from openscrutiny.core.local_time import NoOneMoment, moment_of
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.calendar_file import calendar_file
from openscrutiny.forum.models import Attendance, CalendarAddress, Meeting
from openscrutiny.forum.pages.calendars import CalendarEvent, CalendarFeed, Status
from openscrutiny.forum.services.agenda import Draft, propose_item, schedule_item
from openscrutiny.forum.services.calendars import remove_address, renew_address
from openscrutiny.forum.services.invitations import answer, invite
from openscrutiny.forum.services.meetings import (
    call_off,
    change_meeting,
    plan_meeting,
    publish_agenda,
    reschedule,
)
from tests.apps.calendar_rules import AgainstTheRules, Component, moment, read
from tests.apps.meeting_rooms import arranged, body, meeting, seated
from tests.people import person, sign_in

NOW = datetime(2026, 9, 8, 10, 0, tzinfo=UTC)
ZONE = "Europe/London"


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def planned(secretary: User) -> Meeting:
    return plan_meeting(body=body(), arrangements=arranged(access="A lift."), by=secretary, now=NOW)


@pytest.fixture
def published(planned: Meeting, secretary: User) -> Meeting:
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    return planned


def public(client: Client) -> Component:
    answered = client.get("/meetings/calendar.ics")
    assert answered["Content-Type"] == "text/calendar; charset=utf-8"
    return read(answered.content)


def only(calendar: Component) -> Component:
    (event,) = calendar.events()
    return event


def own(client: Client, secret: str) -> Component:
    answered = client.get(f"/calendar/{secret}.ics")
    assert answered.status_code == 200
    return read(answered.content)


# ---- the file --------------------------------------------------------------------------------

texts = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\x85"),
    max_size=120,
)


def event(**other: Any) -> CalendarEvent:
    said = {
        "uid": "meeting-2026-001@aldermere.openscrutiny",
        "starts_at": datetime(2026, 10, 6, 13, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 6, 15, tzinfo=UTC),
        "heading": "Quarterly meeting",
        "venue": "Committee room 1",
        "description": "The forum.",
        "href": "/meetings/2026-001/",
        "status": Status.CONFIRMED,
        "sequence": 0,
        "changed_at": NOW,
    }
    return CalendarEvent(**{**said, **other})


def made(*events: CalendarEvent) -> bytes:
    return calendar_file(CalendarFeed("Meetings", events), site="https://f.example", zone=ZONE)


@given(texts, texts, texts)
def test_whatever_a_meeting_is_called_the_file_keeps_the_rules_and_the_words(
    heading: str, venue: str, words: str
) -> None:
    found = only(read(made(event(heading=heading, venue=venue, description=words))))
    assert found.value("SUMMARY") == heading
    assert found.value("LOCATION") == venue
    assert found.value("DESCRIPTION") == f"{words}\nhttps://f.example/meetings/2026-001/"


def test_what_was_typed_in_several_lines_and_what_no_calendar_may_hold() -> None:
    found = only(read(made(event(description="One\r\ntwo\rthree\x0b\x7f;", heading="a\tb\\n"))))
    assert found.value("DESCRIPTION").startswith("One\ntwo\nthree;\nhttps://")
    assert found.value("SUMMARY") == "ab\\n"


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.sampled_from(range(24)))
def test_a_time_in_the_file_is_the_hour_on_the_wall_and_the_moment_by_its_own_zone(
    day: date, hour: int
) -> None:
    try:
        starts = moment_of(day, time(hour), ZONE)
    except NoOneMoment:
        return
    calendar = read(made(event(starts_at=starts, ends_at=starts + timedelta(hours=5))))
    found = only(calendar)
    assert found.lines["DTSTART"] == [({"TZID": ZONE}, f"{day:%Y%m%d}T{hour:02}0000")]
    assert moment(found, "DTSTART", calendar) == starts
    ends = (starts + timedelta(hours=5)).astimezone(ZoneInfo(ZONE))
    if ends.utcoffset() == ends.replace(fold=1 - ends.fold).utcoffset():  # not in an hour of two
        assert moment(found, "DTEND", calendar) == ends


@pytest.mark.parametrize(
    ("before", "after"),
    [(date(2026, 10, 23), date(2026, 10, 26)), (date(2027, 3, 26), date(2027, 3, 29))],
)
def test_meetings_on_both_sides_of_a_clock_change_keep_their_hour(
    before: date, after: date
) -> None:
    events = []
    for number, day in enumerate((before, after)):
        starts = moment_of(day, time(14), ZONE)
        events.append(
            event(uid=f"{number}@x", starts_at=starts, ends_at=starts + timedelta(hours=2))
        )
    calendar = read(made(*events))
    one, other = calendar.events()
    assert [e.value("DTSTART")[-6:] for e in (one, other)] == ["140000", "140000"]
    apart = moment(other, "DTSTART", calendar) - moment(one, "DTSTART", calendar)
    days = (after - before).days
    assert apart == timedelta(days=days, hours=1 if after.month == 10 else -1)


def test_the_same_meetings_make_the_same_file_and_none_make_an_empty_one() -> None:
    assert made(event()) == made(event())
    assert read(made()).events() == []
    assert b"BEGIN:VTIMEZONE" in made()  # a calendar must have a component


@pytest.mark.parametrize(
    ("said", "instead", "rule"),
    [
        (b"UID:", b"X-UID:", "has a UID"),
        (b"DTSTAMP:", b"X-STAMP:", "has a DTSTAMP"),
        (b"PRODID:", b"X-PRODID:", "one PRODID"),
        (b"\r\n", b"\n", "CRLF"),
        (b"SUMMARY:", b"SUMMARY:" + b"x" * 76, "75 octets"),
        (b"BEGIN:VTIMEZONE", b"BEGIN:X-OTHER", "ends where it began"),
        (b"STATUS:CONFIRMED", b"STATUS:MAYBE", "one of three"),
        (b"TZID=Europe/London", b"TZID=Nowhere", "zone of DTSTART"),
    ],
)
def test_a_file_that_breaks_a_rule_is_noticed(said: bytes, instead: bytes, rule: str) -> None:
    assert said in made(event())
    with pytest.raises(AgainstTheRules, match=rule):
        read(made(event()).replace(said, instead))


@pytest.mark.real
def test_the_rules_refuse_the_known_bad_calendar(real_data: Path) -> None:
    folder = real_data.parent / "schemas" / "icalendar"
    with pytest.raises(AgainstTheRules):
        read((folder / "invalid_start_and_end.ics").read_bytes())


# ---- the public calendar -----------------------------------------------------------------------


@pytest.mark.django_db
def test_the_public_calendar_has_published_meetings_alone(
    client: Client, planned: Meeting, secretary: User
) -> None:
    assert public(client).events() == []
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    calendar = public(client)
    found = only(calendar)
    assert found.value("UID") == "meeting-2026-001@aldermere.openscrutiny"
    assert (found.value("STATUS"), found.value("SEQUENCE")) == ("CONFIRMED", "1")
    assert found.value("DTSTAMP") == "20260908T100000Z"
    assert found.value("URL") == "http://testserver/meetings/2026-001/"
    assert moment(found, "DTSTART", calendar) == planned.starts_at
    assert "A lift." in found.value("DESCRIPTION")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("event", "words"), [("cancel", "Cancelled: "), ("postpone", "Postponed: ")]
)
def test_a_meeting_that_is_off_stays_in_the_calendar_as_cancelled_with_the_reason(
    client: Client, published: Meeting, secretary: User, event: str, words: str
) -> None:
    uid = only(public(client)).value("UID")
    later = NOW + timedelta(days=1)
    call_off(meeting=published, event=event, reason="Burst pipe.", by=secretary, now=later)
    found = only(public(client))
    assert (found.value("UID"), found.value("STATUS")) == (uid, "CANCELLED")
    assert (found.value("SEQUENCE"), found.value("TRANSP")) == ("2", "TRANSPARENT")
    assert found.value("SUMMARY") == f"{words}Quarterly meeting"
    assert "Why: Burst pipe." in found.value("DESCRIPTION")
    assert found.value("DTSTAMP") == "20260909T100000Z"


@pytest.mark.django_db
def test_every_change_a_calendar_must_learn_of_raises_the_sequence_under_the_same_uid(
    client: Client, published: Meeting, secretary: User
) -> None:
    def state() -> tuple[str, int, str, str]:
        found = only(public(client))
        return (
            found.value("UID"),
            int(found.value("SEQUENCE")),
            found.value("STATUS"),
            found.value("DTSTART"),
        )

    uid = state()[0]
    assert state() == (uid, 1, "CONFIRMED", "20261006T140000")
    change_meeting(
        meeting=published,
        arrangements=arranged(starts=time(15), ends=time(17)),
        by=secretary,
        now=NOW,
        seen=published.revision,
    )
    assert state() == (uid, 2, "CONFIRMED", "20261006T150000")
    call_off(meeting=published, event="postpone", reason="So.", by=secretary, now=NOW)
    assert state() == (uid, 3, "CANCELLED", "20261006T150000")
    reschedule(
        meeting=published,
        arrangements=arranged(day=date(2026, 11, 3)),
        by=secretary,
        now=NOW,
        seen=None,
    )
    assert state() == (uid, 4, "TENTATIVE", "20261103T140000")
    publish_agenda(meeting=published, by=secretary, now=NOW)
    assert state() == (uid, 5, "CONFIRMED", "20261103T140000")


# ---- a person's own ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_ones_own_calendar_has_ones_own_invitations_also_to_planned_meetings(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sits = seated("age")
    meeting("agenda_published", starts_at=NOW + timedelta(days=90))
    invite(meeting=planned, by=secretary, now=NOW)
    secret = renew_address(by=sits.person.user, now=NOW)  # type: ignore[arg-type]
    found = only(own(client, secret))
    assert found.value("SUMMARY") == "Quarterly meeting"
    assert found.value("STATUS") == "TENTATIVE"
    assert "Your answer: no answer yet." in found.value("DESCRIPTION")
    row = Attendance.objects.get()
    answer(attendance=row, reply="apologies", by=secretary, now=NOW)
    found = only(own(client, secret))
    assert "Your answer: sends apologies." in found.value("DESCRIPTION")
    assert found.value("TRANSP") == "TRANSPARENT"


@pytest.mark.django_db
def test_nothing_confidential_stands_in_a_calendar(
    client: Client, planned: Meeting, secretary: User
) -> None:
    sits = seated("age")
    AccessNeeds.objects.create(person=sits.person, text="A hearing loop", changed_at=NOW)
    closed = propose_item(
        meeting=planned,
        draft=Draft(
            heading="An operation",
            closed_heading="Raid in Ambleworth",
            text="Who and when",
            closed=True,
            exemption="7",
            public_interest="It would warn.",
        ),
        by=secretary,
        now=NOW,
    )
    schedule_item(item=closed, by=secretary, now=NOW)
    Meeting.objects.update(joining="Call 01234.")
    invite(meeting=planned, by=secretary, now=NOW)
    publish_agenda(meeting=Meeting.objects.get(), by=secretary, now=NOW)
    secret = renew_address(by=sits.person.user, now=NOW)  # type: ignore[arg-type]
    for address in ("/meetings/calendar.ics", f"/calendar/{secret}.ics"):
        told = client.get(address).content.replace(b"\r\n ", b"").decode()
        for word in ("Raid", "operation", "Who and when", "01234", "hearing", sits.person.name):
            assert word not in told, (address, word)


@pytest.mark.django_db
def test_only_a_hash_of_the_secret_is_kept_and_a_new_one_ends_the_old(
    client: Client, planned: Meeting
) -> None:
    user = person(Role.MEMBER, organisation=body())
    first = renew_address(by=user, now=NOW)
    assert len(first) > 40
    kept = CalendarAddress.objects.get()
    assert first not in (kept.secret_hash, str(vars(kept)))
    assert not AuditEvent.objects.filter(details__icontains=first).exists()
    own(client, first)
    second = renew_address(by=user, now=NOW)
    assert second != first
    assert client.get(f"/calendar/{first}.ics").status_code == 404
    own(client, second)
    assert CalendarAddress.objects.count() == 1
    remove_address(by=user, now=NOW)
    assert client.get(f"/calendar/{second}.ics").status_code == 404
    with pytest.raises(NotPossible, match="no address"):
        remove_address(by=user, now=NOW)


@pytest.mark.django_db
def test_the_calendar_of_a_closed_account_leads_nowhere_and_is_kept_by_nobody(
    client: Client,
) -> None:
    user = person(Role.MEMBER, organisation=body())
    secret = renew_address(by=user, now=NOW)
    answered = client.get(f"/calendar/{secret}.ics")
    assert "no-store" in answered["Cache-Control"]
    assert answered["X-Robots-Tag"] == "noindex"
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


@pytest.mark.django_db
def test_who_holds_no_role_has_no_calendar_here() -> None:
    nobody = User.objects.create(username="nobody", created_at=NOW)
    with pytest.raises(NotPermitted):
        renew_address(by=nobody, now=NOW)
    assert not CalendarAddress.objects.exists()


@pytest.mark.django_db
def test_an_address_is_made_renewed_and_taken_away_on_its_page(client: Client) -> None:
    sign_in(client, person(Role.MEMBER, organisation=body()))
    assert "/account/calendar/" in client.get("/account/").content.decode()
    assert "You have no address yet" in client.get("/account/calendar/").content.decode()
    refused = client.post("/account/calendar/", {"step": "remove"})
    assert refused.status_code == 409
    shown = client.post("/account/calendar/", {"step": "renew"})
    address = shown.context["page"].address
    assert address.startswith("http://testserver/calendar/")
    assert address in shown.content.decode()
    # It is shown that once.
    again = client.get("/account/calendar/").content.decode()
    assert address not in again
    assert "You have an address since" in again
    assert client.get(address).status_code == 200
    client.post("/account/calendar/", {"step": "remove"})
    assert client.get(address).status_code == 404
