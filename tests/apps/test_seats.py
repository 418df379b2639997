"""Who sits where: each rule of seats with its refusal, names for whom, what waits for whom."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AccessNeeds, AuditEvent, Organisation, Person, User
from openscrutiny.base.moves import ReasonMissing
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services import people, seats
from openscrutiny.forum.services.terms import adopt_terms
from openscrutiny.forum.threads.seats import work as source_of_work
from tests.apps import meeting_rooms as rooms
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)

SINCE = date(2026, 1, 1)


@pytest.fixture
def desk() -> User:
    return person(Role.SECRETARIAT, organisation=rooms.body())


def fill(by: User, seat: str = "trans", who: Any = None, **said: Any) -> Membership:
    given: dict[str, Any] = {"body": rooms.body(), "since": SINCE}
    return seats.fill_seat(
        seat=seat, person=who or rooms.somebody(), by=by, now=NOW, **(given | said)
    )


# ---- filling ------------------------------------------------------------------------------------


def test_a_seat_is_filled_for_one_term_of_the_terms_of_reference(desk: User) -> None:
    made = fill(desk, on_behalf_of=Organisation.objects.get_or_create(
        code="housing", name="Homes", kind="partner")[0])  # fmt: skip
    assert made.until == date(2028, 12, 31)
    event = AuditEvent.objects.get(event="forum.seat.fill")
    assert event.reference == "seat:forum.trans"
    assert event.details["person"] == made.person_id
    assert made.person.name not in str(event.details)


@pytest.mark.parametrize(
    ("since", "years", "until"),
    [
        (date(2026, 1, 1), 0, None),
        (date(2024, 2, 29), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2026, 3, 1), 1, date(2027, 2, 28)),
    ],
)
def test_a_term_ends_the_day_before_its_anniversary(
    since: date, years: int, until: date | None
) -> None:
    assert seats.end_of_term(since, years) == until


def test_a_seat_without_a_term_has_no_end(desk: User) -> None:
    assert fill(desk, "police-lead").until is None


def test_somebody_new_becomes_known_with_the_seat_or_not_at_all(desk: User) -> None:
    new = people.Newcomer("Wren Castellane", "wren@example.org")
    assert fill(desk, who=new).person.email == "wren@example.org"
    with pytest.raises(NotPossible, match="full"):
        fill(desk, who=people.Newcomer("Another"))
    assert not Person.objects.filter(name="Another").exists()


def test_a_seat_that_is_not_in_the_terms_of_that_day_is_refused(desk: User) -> None:
    with pytest.raises(NotPossible, match="have no seat “roma” in this body"):
        fill(desk, "roma")
    document = terms.versions().newest_document
    new = {"code": "roma", "title": "Roma", "agency": "community"}
    document["bodies"][0]["seats"].append(new)
    starts = date(2027, 1, 1)
    adopt_terms(document=document, valid_from=starts, why="More", decision="", by=desk, now=NOW)
    with pytest.raises(NotPossible, match="Thursday 31 December 2026 have no seat"):
        fill(desk, "roma", since=starts - timedelta(days=1))
    assert fill(desk, "roma", since=starts).seat == "roma"


def test_a_full_seat_is_refused_until_the_day_after(desk: User) -> None:
    first = fill(desk)
    with pytest.raises(NotPossible, match=r"seat is full on .*: it is for one person"):
        fill(desk, since=date(2027, 5, 1))
    # One that begins before and reaches into the other's term is no better.
    with pytest.raises(NotPossible, match="full on Thursday 1 January 2026"):
        fill(desk, since=date(2024, 6, 1))
    assert first.until is not None
    assert fill(desk, since=first.until + timedelta(days=1))


def test_a_seat_for_two_takes_two_at_any_one_time(desk: User) -> None:
    document = terms.versions().newest_document
    next(s for s in document["bodies"][0]["seats"] if s["code"] == "trans")["holders"] = 2
    day = NOW.date()
    adopt_terms(document=document, valid_from=day, why="Two", decision="", by=desk, now=NOW)
    fill(desk, since=day)
    fill(desk, since=day + timedelta(days=30))
    with pytest.raises(NotPossible, match="2 people"):
        fill(desk, since=day + timedelta(days=10))


def test_a_term_that_overlaps_one_of_the_same_person_is_refused(desk: User) -> None:
    made = fill(desk)
    with pytest.raises(NotPossible, match="overlap a term of the same person"):
        fill(desk, who=made.person, since=date(2028, 12, 31))


def test_nobody_sits_in_two_seats_of_a_body_but_may_in_two_bodies(desk: User) -> None:
    made = fill(desk)
    with pytest.raises(NotPossible, match="sits in the seat “trans” of this body"):
        fill(desk, "gender", who=made.person)
    group = rooms.body("practice")
    other = person(Role.SECRETARIAT, organisation=group)
    there = fill(other, "practice-community-1", who=made.person, body=group)
    assert there.body.code == "practice"


def test_the_term_limit_holds_for_terms_in_a_row(desk: User) -> None:
    made = fill(desk, since=date(2018, 1, 1))
    again = seats.renew(membership=made, by=desk, now=NOW)
    assert (again.since, again.until) == (date(2021, 1, 1), date(2023, 12, 31))
    with pytest.raises(NotPossible, match="term limit of this seat is reached: 2 terms in a row"):
        seats.renew(membership=again, by=desk, now=NOW)
    # A short break does not begin a new row, one of more than a year does.
    with pytest.raises(NotPossible, match="term limit"):
        fill(desk, who=made.person, since=date(2024, 6, 1))
    assert fill(desk, who=made.person, since=date(2025, 6, 1))


def test_an_organisation_whose_kind_does_not_fit_the_seat_is_allowed(desk: User) -> None:
    police, _ = Organisation.objects.get_or_create(code="police", name="Police", kind="police")
    assert fill(desk, "victim-support", on_behalf_of=police).on_behalf_of == police


# ---- ending, renewing, substitutes --------------------------------------------------------------


def test_a_membership_ends_with_its_reason_and_its_substitutes_with_it(desk: User) -> None:
    made = fill(desk)
    deputy = seats.name_substitute(
        membership=made, person=rooms.somebody(), since=SINCE, by=desk, now=NOW
    )
    assert deputy.until == made.until
    day = date(2026, 11, 30)
    ended = seats.end_membership(membership=made, until=day, reason="Moved.", by=desk, now=NOW)
    deputy.refresh_from_db()
    assert (ended.until, ended.ended_because) == (day, "Moved.")
    assert deputy.until == day
    assert deputy.ended_because


@pytest.mark.parametrize(
    ("until", "reason", "words"),
    [
        (date(2026, 11, 30), " ", "needs a reason"),
        (date(2025, 12, 31), "Moved.", "would end before that"),
        (date(2029, 1, 1), "Moved.", "ends on .* already"),
    ],
)
def test_an_end_that_cannot_be_is_refused(desk: User, until: date, reason: str, words: str) -> None:
    made = fill(desk)
    with pytest.raises((NotPossible, ReasonMissing), match=words):
        seats.end_membership(membership=made, until=until, reason=reason, by=desk, now=NOW)
    made.refresh_from_db()
    assert made.until == date(2028, 12, 31)


def test_what_cannot_be_renewed_says_why(desk: User) -> None:
    endless, made = fill(desk, "police-lead"), fill(desk)
    deputy = seats.name_substitute(
        membership=made, person=rooms.somebody(), since=SINCE, by=desk, now=NOW
    )
    with pytest.raises(NotPossible, match="no end"):
        seats.renew(membership=endless, by=desk, now=NOW)
    with pytest.raises(NotPossible, match="for one term"):
        seats.renew(membership=deputy, by=desk, now=NOW)
    early = seats.end_membership(
        membership=made, until=date(2026, 12, 1), reason="Moved.", by=desk, now=NOW
    )
    with pytest.raises(NotPossible, match="before its time"):
        seats.renew(membership=early, by=desk, now=NOW)


def test_a_substitute_has_no_substitute(desk: User) -> None:
    said = {"since": SINCE, "by": desk, "now": NOW}
    deputy = seats.name_substitute(membership=fill(desk), person=rooms.somebody(), **said)
    with pytest.raises(NotPossible, match="a substitute has no substitute"):
        seats.name_substitute(membership=deputy, person=rooms.somebody(), **said)


def test_a_seat_without_substitutes_gets_none(desk: User) -> None:
    document = terms.versions().newest_document
    next(s for s in document["bodies"][0]["seats"] if s["code"] == "trans")["substitutes"] = False
    day = NOW.date()
    adopt_terms(document=document, valid_from=day, why="Own", decision="", by=desk, now=NOW)
    made = fill(desk)
    with pytest.raises(NotPossible, match="allow no substitutes"):
        seats.name_substitute(membership=made, person=rooms.somebody(), since=day, by=desk, now=NOW)


def test_a_substitute_is_of_the_members_term_and_sits_nowhere_else(desk: User) -> None:
    made, other = fill(desk), fill(desk, "gender")
    said = {"by": desk, "now": NOW}
    with pytest.raises(NotPossible, match="does not sit in the seat on that day"):
        seats.name_substitute(
            membership=made, person=rooms.somebody(), since=date(2025, 1, 1), **said
        )
    for busy in (other.person, made.person):
        with pytest.raises(NotPossible, match=r"nobody counts twice|same person"):
            seats.name_substitute(membership=made, person=busy, since=SINCE, **said)
    deputy = seats.name_substitute(membership=made, person=rooms.somebody(), since=SINCE, **said)
    with pytest.raises(NotPossible, match="is a substitute in the seat"):
        fill(desk, "age", who=deputy.person)


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.ANYONE, Role.SECRETARIAT)])
def test_nobody_but_the_secretariat_of_the_body_fills_a_seat(role: Role) -> None:
    with pytest.raises(NotPermitted):
        fill(person(role))
    with pytest.raises(NotPermitted, match="another body"):
        fill(person(Role.SECRETARIAT, organisation=rooms.body("practice")))


# ---- the pages ----------------------------------------------------------------------------------


def test_names_are_for_the_body_and_offices_for_everybody(client: Client) -> None:
    partner = Organisation.objects.create(code="tenants", name="Tenants’ Union", kind="partner")
    made = rooms.seated("housing", on_behalf_of=partner)
    over = rooms.seated("age", until=date(2026, 2, 28))
    for address in ("/seats/", "/seats/forum/housing/", "/seats/forum/age/"):
        public = client.get(address).content.decode()
        assert made.person.name not in public
        assert over.person.name not in public
    assert "Filled by Tenants’ Union" in client.get("/seats/").content.decode()
    assert "Vacant since 1 March 2026" in client.get("/seats/").content.decode()
    sign_in(client, person(Role.MEMBER, organisation=rooms.body()))
    assert made.person.name in client.get("/seats/").content.decode()
    assert over.person.name in client.get("/seats/forum/age/").content.decode()
    outsider = sign_in(Client(), person(Role.MEMBER, organisation=rooms.body("practice")))
    assert made.person.name not in outsider.get("/seats/").content.decode()


def test_a_seat_is_filled_on_its_page_and_a_refusal_keeps_what_was_typed(
    desk: User, client: Client
) -> None:
    sign_in(client, desk)
    said = {"name": "Wren Castellane", "email": "wren@example.org", "since": "2026-11-03"}
    answer = client.post("/seats/forum/trans/fill/", said, follow=True)
    assert "The seat is filled." in answer.content.decode()
    assert "Wren Castellane" in answer.content.decode()
    second = {"name": "Somebody Else", "email": "else@example.org", "since": "2026-11-04"}
    answer = client.post("/seats/forum/trans/fill/", second)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "This seat is full" in text
    assert 'value="Somebody Else"' in text
    answer = client.post("/seats/forum/age/fill/", {"since": "tomorrow"})
    assert answer.status_code == 422
    for words in ("Choose somebody, or write the name", "year, month and day", 'value="tomorrow"'):
        assert words in answer.content.decode()


def test_ending_renewing_and_substituting_each_have_a_page(desk: User, client: Client) -> None:
    sign_in(client, desk)
    made = fill(desk, since=date(2025, 1, 1))
    at = f"/memberships/{made.pk}/"
    name = {"name": "Deputy Somebody", "since": "2026-11-03"}
    assert client.post(f"{at}substitute/", name).status_code == 302
    assert client.post(f"{at}renew/", {}).status_code == 302
    assert client.post(f"{at}renew/", {}).status_code == 409
    missing = client.post(f"{at}end/", {"until": "2026-12-01", "reason": ""})
    assert missing.status_code == 422
    assert client.post(f"{at}end/", {"until": "2026-12-01", "reason": "Moved."}).status_code == 302
    rows = Membership.objects.filter(body=rooms.body(), seat="trans").order_by("pk")
    assert [(r.since, r.until) for r in rows] == [
        (date(2025, 1, 1), date(2026, 12, 1)),
        (date(2026, 11, 3), date(2026, 12, 1)),
        (date(2028, 1, 1), date(2030, 12, 31)),
    ]


def test_what_is_not_there_is_not_found_and_others_learn_nothing(
    desk: User, client: Client
) -> None:
    made = fill(desk)
    there, not_there = f"/memberships/{made.pk}/end/", "/memberships/99999/end/"
    assert [client.get(a).status_code for a in (there, not_there)] == [403, 403]
    member = sign_in(Client(), person(Role.MEMBER, organisation=rooms.body()))
    assert [member.get(a).status_code for a in (there, not_there)] == [403, 403]
    sign_in(client, desk)
    gone = ("/memberships/99999/end/", f"/memberships/{made.pk}/close/", "/seats/forum/none/",
            "/seats/?body=nobody", "/people/99999/")  # fmt: skip
    assert [client.get(a).status_code for a in gone] == [404] * 5


def test_a_list_of_many_people_takes_no_more_queries_than_one_of_few(client: Client) -> None:
    sign_in(client, person(Role.MEMBER, organisation=rooms.body()))

    def asked() -> list[int]:
        counts = []
        for address in ("/seats/", "/seats/forum/trans/", "/representation/"):
            with CaptureQueriesContext(connection) as counted:
                assert client.get(address).status_code == 200
            counts.append(len(counted))
        return counts

    asked()
    rooms.seated("trans")
    few = asked()
    for seat in terms.of_body("forum", on=NOW.date()).seats:
        for year in range(2000, 2012):
            Membership.objects.create(
                body=rooms.body(), seat=seat.code, person=rooms.somebody(),
                since=date(year, 1, 1), until=date(year, 12, 31),
            )  # fmt: skip
    assert asked() == few


# ---- what is private ----------------------------------------------------------------------------


def test_needs_are_read_by_the_secretariat_of_the_body_and_the_person_alone(desk: User) -> None:
    made = rooms.seated("trans")
    AccessNeeds.objects.create(person=made.person, text="A hearing loop", changed_at=NOW)
    address = f"/people/{made.person_id}/"
    for who in (desk, made.person.user):
        assert "A hearing loop" in sign_in(Client(), who).get(address).content.decode()
    for role in Role:
        if role not in (Role.ANYONE, Role.SECRETARIAT):
            assert sign_in(Client(), person(role)).get(address).status_code == 403
    other = person(Role.SECRETARIAT, organisation=rooms.body("practice"))
    assert sign_in(Client(), other).get(address).status_code == 403
    assert Client().get(address).status_code == 403


def test_everybody_changes_their_own_contact_and_needs(client: Client) -> None:
    made = rooms.seated("trans")
    sign_in(client, made.person.user)
    said = {"email": "new@example.org", "by_post": "yes", "postal_address": "1 High Street",
            "named_publicly": "yes", "format": "large_print",
            "needs": "Step-free access"}  # fmt: skip
    answer = client.post("/account/contact/", said, follow=True)
    assert "Step-free access" in answer.content.decode()
    made.person.refresh_from_db()
    assert (made.person.format, made.person.by_post) == ("large_print", True)
    assert made.person.named_publicly
    for event in AuditEvent.objects.filter(event__startswith="forum.person"):
        assert event.details == {"own": True}
    refused = client.post("/account/contact/", said | {"postal_address": " "})
    assert refused.status_code == 409
    assert "Letters need an address" in refused.content.decode()
    client.post("/account/contact/", said | {"needs": ""})
    assert not AccessNeeds.objects.exists()


def test_an_address_of_somebody_else_is_refused_and_nothing_is_changed(client: Client) -> None:
    made, other = rooms.seated("trans"), rooms.somebody(email="taken@example.org")
    sign_in(client, made.person.user)
    said = {"email": other.email.upper(), "by_post": "no", "format": "standard",
            "named_publicly": "no", "needs": "Breaks"}  # fmt: skip
    answer = client.post("/account/contact/", said)
    assert answer.status_code == 409
    assert "Breaks" in answer.content.decode()
    assert not AccessNeeds.objects.exists()


def test_an_account_of_nobody_is_told_what_to_do(client: Client) -> None:
    sign_in(client, person(Role.ANALYST))
    assert "not linked to anybody" in client.get("/account/contact/").content.decode()


def test_an_account_is_linked_to_one_person_only(desk: User) -> None:
    account = person(Role.MEMBER, organisation=rooms.body())
    fill(desk, who=people.Newcomer("One", account=account.username))
    for newcomer, words in (
        (people.Newcomer("Two", account=account.username), "known here already"),
        (people.Newcomer("Two", account="nobody-at-all"), "no account called"),
    ):
        with pytest.raises(NotPossible, match=words):
            fill(desk, "gender", who=newcomer)


# ---- what waits ---------------------------------------------------------------------------------


def test_vacancies_and_terms_that_end_wait_for_the_secretariat_alone(desk: User) -> None:
    today = timezone.localtime(NOW).date()
    for seat in terms.of_body("forum", on=today).seats:
        if seat.code != "age":
            rooms.seated(seat.code, until=today + timedelta(days=900))
    Membership.objects.filter(seat="trans").update(until=today + timedelta(days=30))
    waiting = work(desk, standing_of(desk, on=today), NOW)
    assert [(w.title, w.due_on) for w in waiting] == [
        ("A term ends: Transgender people", today + timedelta(days=30)),
        (waiting[1].title, None),
    ]
    assert waiting[1].title.endswith("1 required seat is vacant")
    assert waiting[1].to_do == "Fill Older and younger people"
    member = person(Role.MEMBER, organisation=rooms.body())
    assert work(member, standing_of(member, on=today), NOW) == []


def test_what_waits_stands_on_the_page_of_work(desk: User, client: Client) -> None:
    text = sign_in(client, desk).get("/your-work/").content.decode()
    assert re.search(r"\d+ required seats are vacant", text)
    assert "/seats/?body=forum" in text


# ---- namesakes and unlikely days -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["Zofia Harcastle", " zofia  HARCASTLE ", "Zófia Harcastle"])
def test_somebody_new_of_a_known_name_is_asked_about_and_never_taken_silently(
    desk: User, name: str
) -> None:
    known = rooms.somebody("Zofia Harcastle")
    fill(desk, "gender", who=known)
    with pytest.raises(people.SameName, match="known here already") as refusal:
        fill(desk, "age", who=people.Newcomer(name))
    assert refusal.value.people == (known,)
    assert Person.objects.count() == 1
    twin = fill(desk, "age", who=people.Newcomer(name, namesake=True))
    assert twin.person != known


def test_the_page_asks_whether_it_is_this_person(desk: User, client: Client) -> None:
    known = rooms.somebody("Zofia Harcastle", email="zofia@example.org")
    fill(desk, "gender", who=known)
    sign_in(client, desk)
    said = {"name": "zofia harcastle", "email": "", "since": "2026-11-03"}
    asked = client.post("/seats/forum/age/fill/", said)
    assert asked.status_code == 422
    text = asked.content.decode()
    for words in (
        "Is it this person?", "Zofia Harcastle (zofia@example.org, seat “gender”)",
        "Somebody else of the same name", "Say whether it is this person.",
        'value="zofia harcastle"',
    ):  # fmt: skip
        assert words in text
    # The person who is meant sits in another seat already, and nobody counts twice.
    same = client.post("/seats/forum/age/fill/", said | {"which": str(known.pk)})
    assert same.status_code == 409
    assert "nobody counts twice" in same.content.decode()
    assert client.post("/seats/forum/age/fill/", said | {"which": "9999"}).status_code == 422
    assert client.post("/seats/forum/age/fill/", said | {"which": "another"}).status_code == 302
    assert Person.objects.filter(name__iexact="zofia harcastle").count() == 2
    third = client.post("/seats/forum/trans/fill/", said)
    assert (
        third.content.decode().count("Zofia Harcastle (")
        + third.content.decode().count("zofia harcastle (")
        == 2
    )


@pytest.mark.parametrize(
    ("since", "words"),
    [(date(2999, 1, 1), "more than 10 years ahead"), (date(1900, 1, 1), "more than 40 years ago")],
)
def test_a_first_day_that_cannot_be_meant_is_refused_with_the_reason(
    desk: User, since: date, words: str
) -> None:
    with pytest.raises(seats.UnlikelyDay, match=words):
        fill(desk, since=since)
    holder = fill(desk, "police-lead")
    with pytest.raises(seats.UnlikelyDay, match=words):
        seats.name_substitute(
            membership=holder, person=rooms.somebody(), since=since, by=desk, now=NOW
        )
