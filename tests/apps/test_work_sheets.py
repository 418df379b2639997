"""What waits for a person, sheet by sheet: the most urgent first, and nothing read in vain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.base import work
from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import PER_PAGE, Asked
from openscrutiny.base.models import Notice, Organisation, User
from openscrutiny.base.work import Pile, Waits, WorkItem, waiting_for, work_listed
from openscrutiny.core.permits import Standing
from openscrutiny.forum.models import ActionPoint, AgendaItem
from tests.apps.mailing import sent_question
from tests.apps.meeting_rooms import item, meeting
from tests.apps.recommending import Forum, forum
from tests.city import NOW
from tests.people import sign_in

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def f() -> Forum:
    return forum()


@pytest.fixture
def before_us(f: Forum) -> AgendaItem:
    return item(meeting("approved", created_by=f.secretariat), "noted")


def promises(on: AgendaItem, owner: Organisation, by: User, days: Sequence[date]) -> None:
    """Actions that wait for their owner, each due on a day."""
    begin = ActionPoint.objects.count()
    ActionPoint.objects.bulk_create(
        ActionPoint(
            number=f"2026-{begin + place:04d}",
            state="open",
            item=on,
            sort="action",
            text=f"Promise {begin + place}",
            key=uuid4(),
            owner=owner,
            due_on=day,
            created_by=by,
            created_at=NOW,
        )
        for place, day in enumerate(days)
    )


def some_days(how_many: int) -> list[date]:
    """Days around today, in no order, of which a third has gone by."""
    today = timezone.localdate()
    return [today + timedelta(days=place * 7 % 30 - 10) for place in range(how_many)]


def sheets(client: Client, first: str = "/your-work/") -> Iterable[Any]:
    """Every sheet of the list, by following the link to the next one."""
    query = first.removeprefix("/your-work/")
    while True:
        answer = client.get(f"/your-work/{query}")
        assert answer.status_code == 200
        yield answer.context["page"]
        query = answer.context["page"].listed.following
        if not query:
            return
        assert f'href="/your-work/{query.replace("&", "&amp;")}"' in answer.content.decode()


def test_the_number_of_queries_is_the_same_with_three_and_with_three_hundred(
    client: Client, f: Forum, before_us: AgendaItem
) -> None:
    sign_in(client, f.drafter)

    def asked(address: str = "/your-work/") -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    long_ago = timezone.localdate() - 900 * DAY
    promises(before_us, f.police, f.secretariat, [long_ago, timezone.localdate()])
    sent_question(f, at=NOW - 60 * DAY)
    few = asked()
    # So that both kinds stand on the first sheet as they did before.
    promises(before_us, f.police, f.secretariat, [long_ago] * 20 + some_days(205))
    for _ in range(72):
        sent_question(f, at=NOW - 60 * DAY)
    assert asked() == few
    assert asked("/your-work/?page=2") <= few


def test_the_most_urgent_comes_first_and_every_sheet_is_reached_by_its_link(
    client: Client, f: Forum, before_us: AgendaItem
) -> None:
    promises(before_us, f.police, f.secretariat, some_days(2 * PER_PAGE + 7))
    found = list(sheets(sign_in(client, f.drafter)))
    assert [len(page.listed.lines) for page in found] == [PER_PAGE, PER_PAGE, 7]
    lines = [line for page in found for line in page.listed.lines]
    days = [line.due_on for line in lines]
    assert days == sorted(days)
    assert len({line.reference for line in lines}) == 2 * PER_PAGE + 7
    assert lines[0].standing_words.startswith("overdue by")
    assert {page.waiting for page in found} == {2 * PER_PAGE + 7}


def test_the_heading_tells_how_many_wait_and_the_last_sheet_leads_back_alone(
    client: Client, f: Forum, before_us: AgendaItem
) -> None:
    promises(before_us, f.police, f.secretariat, some_days(PER_PAGE + 1))
    text = sign_in(client, f.drafter).get("/your-work/?page=2").content.decode()
    assert re.search(r"<h2[^>]*>Waiting for you: 51</h2>", text)
    assert "Page 2 of 2" in text
    assert 'rel="prev"' in text
    assert 'rel="next"' not in text
    assert text.count('class="os-work__item"') == 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [("0", 1), ("-1", 1), ("two", 1), ("", 1), ("99999", 2), ("99999999999", 1), ("³", 1)],
)
def test_a_sheet_that_there_is_not_shows_the_nearest_that_there_is(
    client: Client, f: Forum, before_us: AgendaItem, said: str, shown: int
) -> None:
    promises(before_us, f.police, f.secretariat, some_days(PER_PAGE + 1))
    answer = sign_in(client, f.drafter).get("/your-work/", {"page": said})
    assert answer.status_code == 200
    assert answer.context["page"].listed.words == f"Page {shown} of 2"


def test_a_long_list_is_narrowed_to_what_is_overdue_and_a_short_one_is_not_cut_up(
    client: Client, f: Forum, before_us: AgendaItem
) -> None:
    today = timezone.localdate()
    promises(before_us, f.police, f.secretariat, [today - DAY, today, today + 7 * DAY])
    sign_in(client, f.drafter)
    assert "Show what waits for you" not in client.get("/your-work/").content.decode()
    promises(before_us, f.police, f.secretariat, [today + 8 * DAY] * PER_PAGE)
    page = client.get("/your-work/?show=overdue").context["page"]
    counted = {tab.label: tab.count for tab in page.listed.tabs}
    assert counted == {
        "All": 53, "Overdue": 1, "Due within a week": 2, "Due later": 50, "Without a day": 0,
    }  # fmt: skip
    assert [line.due_on for line in page.listed.lines] == [today - DAY]
    nothing = client.get("/your-work/?show=open").content.decode()
    assert "Nothing of this waits for you" in nothing
    assert "Show what waits for you" in nothing


def test_of_what_is_not_on_the_sheet_no_word_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[list[int]] = []

    def in_full(keys: Sequence[int]) -> dict[int, WorkItem]:
        read.append(list(keys))
        return {key: WorkItem(f"thing:{key}", "", "", "") for key in keys}

    def source(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
        first = date(2027, 1, 1)
        yield Pile([Waits(first - key * DAY, f"thing:{key}", key) for key in range(120)], in_full)
        yield Pile([], in_full)

    monkeypatch.setattr(work, "sources", lambda: [source])
    sheet = work_listed(None, Standing(()), Asked(sheet=2), now=NOW)
    assert read == [list(range(69, 19, -1))]
    assert [line.reference for line in sheet.lines] == [f"thing:{key}" for key in read[0]]
    assert sheet.count == 120


def test_what_has_gone_since_it_was_counted_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pile = Pile([Waits(None, "thing:1", 1), Waits(None, "thing:2", 2)], lambda keys: {})
    monkeypatch.setattr(work, "sources", lambda: [lambda user, standing, now: [pile]])
    assert work_listed(None, Standing(()), Asked(), now=NOW).lines == ()


@pytest.mark.parametrize("role", ["drafter", "signatory", "secretariat", "chair", "verifier"])
def test_who_asks_for_everything_gets_every_sheet(
    client: Client, f: Forum, before_us: AgendaItem, role: str
) -> None:
    promises(before_us, f.police, f.secretariat, some_days(PER_PAGE + 3))
    for days in (60, 20, 1):
        sent_question(f, at=NOW - days * DAY)
    user = getattr(f, role)
    whole = waiting_for(user, standing_of(user), now=timezone.now())
    shown = [x for page in sheets(sign_in(client, user)) for x in page.listed.lines]
    assert [x.reference for x in whole] == [x.reference for x in shown]
    if role in ("drafter", "signatory"):
        assert len(whole) == PER_PAGE + 6


def test_the_day_that_puts_it_in_order_is_the_day_that_is_shown(f: Forum) -> None:
    for days in (90, 60, 20, 1):
        sent_question(f, at=NOW - days * DAY)
    for user in (f.drafter, f.secretariat, f.signatory):
        for source in work.sources():
            for pile in source(user, standing_of(user), NOW):
                read = pile.read([waits.key for waits in pile.waits])
                for waits in pile.waits:
                    assert read[waits.key].due_on == waits.due_on
                    assert read[waits.key].reference == waits.reference
                    assert read[waits.key].to_do


def test_marking_notices_as_seen_says_how_many_it_marks_also_of_those_not_shown(
    client: Client, f: Forum
) -> None:
    Notice.objects.bulk_create(
        Notice(
            recipient=f.drafter,
            event="accountability.question.issue",
            reference=f"question:2026-{place:03d}",
            sequence=place,
            text="Words.",
            at=NOW,
        )
        for place in range(70)
    )
    sign_in(client, f.drafter)
    assert "Mark 70 as seen" in client.get("/your-work/").content.decode()
    client.post("/your-work/")
    assert not Notice.objects.filter(seen_at=None).exists()
    assert "as seen" not in client.get("/your-work/").content.decode()
