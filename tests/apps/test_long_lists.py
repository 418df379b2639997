"""Lists that grow with the years: every sheet is reached, and queries stay as many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.lists import PER_PAGE, Asked, sheet_of
from openscrutiny.base.models import Message, Person, RoleHeld, User
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import Interest, Membership
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.public.models import Publication
from openscrutiny.warehouse.batches import SUPERSEDED, Ledger
from tests.apps.meeting_rooms import body, seated
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def officer() -> User:
    made = User.objects.filter(username="an-officer").first()
    return made or person(Role.SECRETARIAT, organisation=body(), name="an-officer")


def administrator() -> User:
    made = User.objects.filter(username="who-keeps-accounts").first()
    return made or person(Role.ADMINISTRATOR, name="who-keeps-accounts")


def more_accounts(n: int) -> None:
    begin = User.objects.count()
    for place in range(begin, begin + n):
        made = User.objects.create(
            username=f"account-{place:04d}", is_active=bool(place % 3), created_at=NOW
        )
        RoleHeld.objects.create(
            user=made, organisation=body(), role=Role.MEMBER.value, since=date(2025, 1, 1)
        )


def more_publications(n: int) -> None:
    by = officer()
    begin = Publication.objects.count()
    for place in range(begin, begin + n):
        gone = place % 5 == 4
        Publication.objects.create(
            number=f"2026-{place:04d}",
            state="withdrawn" if gone else "published",
            subject=f"recommendation:2026-{place:04d}",
            heading=f"Account {place}",
            content={},
            prepared_by=by,
            prepared_at=NOW,
            published_by=by,
            published_at=NOW + place * DAY,
            withdrawn_by=by if gone else None,
            withdrawn_at=NOW + (place + 2) * DAY if gone else None,
            withdrawal_code="wrong" if gone else "",
        )


def more_people(n: int) -> list[Person]:
    begin = Person.objects.count()
    return Person.objects.bulk_create(
        Person(name=f"Person {place:04d}", email=f"p{place}@example.org", created_at=NOW)
        for place in range(begin, begin + n)
    )


def more_interests(n: int) -> None:
    for place, one in enumerate(more_people(n)):
        Interest.objects.create(
            body=body(),
            person=one,
            text=f"Trustee {one.name}",
            since=date(2025, 1, 1),
            until=date(2025, 6, 1) if place % 2 else None,
            declared_at=NOW,
        )


def more_written_to(n: int) -> None:
    for place, one in enumerate(more_people(n)):
        Message.objects.create(
            recipient=one,
            rule="meeting.agenda",
            reference=f"meeting:2026-{place:04d}",
            clock_event="1:published",
            channel="email",
            subject="Words",
            text="Words.",
            created_at=NOW,
        )


LISTS: dict[str, tuple[Callable[[int], None], Callable[[], User], str]] = {
    "/accounts/": (more_accounts, administrator, '<th scope="row"'),
    "/publications/": (more_publications, officer, "<br><span"),
    "/publications/log/": (more_publications, officer, '<th scope="row"'),
    "/interests/": (more_interests, officer, 'class="os-work__item"'),
    "/notices/people/": (more_written_to, officer, '<th scope="row"'),
}


@pytest.mark.parametrize("address", LISTS)
def test_every_row_stands_on_one_of_the_sheets_and_queries_stay_as_many(
    client: Client, address: str
) -> None:
    more, who, row = LISTS[address]
    sign_in(client, who())

    def asked(query: str = "") -> tuple[int, str]:
        with CaptureQueriesContext(connection) as counted:
            answer = client.get(f"{address}{query}")
        assert answer.status_code == 200
        return len(counted), answer.content.decode()

    more(5)
    few, text = asked()
    begun = text.count(row)
    assert begun > 0
    assert "govuk-pagination" not in text
    more(2 * PER_PAGE)
    many, text = asked()
    assert many == few
    assert text.count(row) == PER_PAGE
    assert 'rel="next"' in text
    assert asked("?page=2")[0] == few
    last = text
    sheets, seen = 1, text.count(row)
    while 'rel="next"' in last:
        sheets += 1
        _, last = asked(f"?page={sheets}")
        seen += last.count(row)
    beyond = asked("?page=999")[1]
    assert f"Page {sheets} of {sheets}" in last
    assert f"Page {sheets} of {sheets}" in beyond
    rows = {"/publications/": 84, "/publications/log/": 126}
    assert seen == rows.get(address, begun + 2 * PER_PAGE)


def test_the_register_shows_what_is_in_force_before_what_is_over(client: Client) -> None:
    more_interests(PER_PAGE + 10)
    sign_in(client, officer())
    first = client.get("/interests/?body=forum").context["page"]
    last = client.get("/interests/?body=forum&page=2").context["page"]
    assert (len(first.current), len(first.over)) == (30, 20)
    assert (len(last.current), len(last.over)) == (0, 10)
    assert first.sheet.following == "?body=forum&page=2"


def test_a_list_without_a_filter_keeps_what_else_its_address_says() -> None:
    found = sheet_of(range(120), asked=Asked(sheet=2), lines=list, beside={"body": "forum"})
    assert found.lines == tuple(range(50, 100))
    assert (found.previous, found.following) == ("?body=forum&page=1", "?body=forum&page=3")
    assert (found.count, found.tabs) == (120, ())


def test_seats_take_as_many_queries_after_a_hundred_who_came_and_went(
    client: Client, served: Any
) -> None:
    sign_in(client, officer())

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    seated("health")
    few = [asked(a) for a in ("/seats/", "/representation/")]
    for place, one in enumerate(more_people(100)):
        Membership.objects.create(
            body=body(),
            seat=("health", "age")[place % 2],
            person=one,
            since=date(2000, 1, 1) + place * 30 * DAY,
            until=date(2000, 1, 29) + place * 30 * DAY,
        )
    assert [asked(a) for a in ("/seats/", "/representation/")] == few
    page = client.get("/seats/").context["page"]
    age = next(line for line in page.lines if line.code == "age")
    last = date(2000, 1, 29) + 99 * 30 * DAY + DAY
    assert age.vacant
    assert age.state == f"Vacant since {last.day} {last:%B %Y}"


def test_files_no_longer_in_use_have_sheets_and_those_in_use_stand_on_each(
    client: Client, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = reading.current_ledger()
    older = [
        replace(ledger.active[0], batch=f"older-{place:03d}", status=SUPERSEDED)
        for place in range(PER_PAGE + 4)
    ]
    kept = Ledger((*older, *ledger.all))
    monkeypatch.setattr(reading, "current_ledger", lambda: kept)
    first = client.get("/data/").context["page"]
    last = client.get("/data/?page=2").context["page"]
    assert first.former.lines[0].batch == "older-053"
    assert [line.batch for line in last.former.lines][-1] == "older-000"
    assert (len(first.former.lines), len(last.former.lines)) == (PER_PAGE, 4)
    assert first.active == last.active
    assert len(first.active) == len(ledger.active)
    assert 'rel="next"' in client.get("/data/").content.decode()
