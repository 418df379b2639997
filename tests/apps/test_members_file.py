"""Files of members: what cannot be read and where, what each row would do, all or nothing."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openscrutiny.base.models import AuditEvent, Organisation, Person, RoleHeld, User
from openscrutiny.core.permits import Role
from openscrutiny.forum.members_file import (
    COLUMNS,
    LARGEST,
    MOST_ROWS,
    Read,
    Row,
    Unreadable,
    as_csv_text,
    as_workbook,
    read_members,
)
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.members import bring_in_members, sitting_rows, try_members
from tests.apps import meeting_rooms as rooms
from tests.city import NOW
from tests.people import person, sign_in

HEAD = ",".join(COLUMNS)
GOOD = "forum,trans,Wren Castellane,wren@example.org,,2026-01-01"
OTHER = "forum,gender,Zofia Harcastle,zofia@example.org,,2026-02-01"


def sheet(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *rows]).encode()


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(r, c, cell, day)
                else:
                    page.write(r, c, cell)
    return file.getvalue()


# ---- reading ------------------------------------------------------------------------------------


def test_a_file_is_read_whatever_its_column_order_separator_and_byte_order_mark() -> None:
    wanted = Row(2, "forum", "trans", "Wren Castellane", "wren@example.org", "", date(2026, 1, 1))
    assert read_members(sheet(GOOD)) == Read((wanted,), ())
    assert read_members(b"\xef\xbb\xbf" + sheet(GOOD)) == Read((wanted,), ())
    turned = (
        "since;e mail;NAME;seat;body\r\n2026-01-01;Wren@example.org;Wren Castellane;trans;forum"
    )
    assert read_members(turned.encode()) == Read((wanted,), ())


def test_a_workbook_is_read_with_real_dates() -> None:
    read = read_members(
        workbook([list(COLUMNS), ["forum", "trans", "Wren", "", "", date(2026, 1, 1)]])
    )
    assert read.problems == ()
    assert read.rows == (Row(2, "forum", "trans", "Wren", "", "", date(2026, 1, 1)),)


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers() -> None:
    read = read_members(sheet(GOOD, ",,,,,", OTHER))
    assert [r.number for r in read.rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (sheet(), "no row"),
        (sheet(GOOD).replace(b"Castellane", b"Castell\xe1ne"), "not in UTF-8: a letter in line 2"),
        ("Body,Seat".encode("utf-16"), "neither CSV in UTF-8 nor"),
        (b"PK\x03\x04 not a workbook", "cannot be opened"),
        (sheet(GOOD, head=HEAD.replace("Seat", "Chair")), "column “Chair” is not known"),
        (sheet(GOOD, head=HEAD.replace("Organisation", "Name")), "“Name” stands twice"),
        (sheet("a@b.org", head="E-mail"), "missing: Body, Seat, Name, Since"),
        (sheet(*[GOOD] * (MOST_ROWS + 1)), "501 rows; 500 can"),
        (b"x" * (LARGEST + 1), "larger than 500 kilobytes"),
        (sheet('forum,trans,"never closed'), "no CSV that can be read"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_says_why_and_what_to_do(
    content: bytes, words: str
) -> None:
    with pytest.raises(Unreadable, match=re.escape(words)) as refusal:
        read_members(content)
    assert refusal.value.problem.what_to_do.endswith(".")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("forum,trans,,,,2026-01-01", "Name", "empty"),
        (",trans,Wren,,,2026-01-01", "Body", "empty"),
        ("forum,trans,Wren,wren at home,,2026-01-01", "E-mail", "not an e-mail address"),
        ("forum,trans,Wren,,,1/2/26", "Since", "“1/2/26” is not a date"),
        ("forum,trans,Wren,,,2026-02-30", "Since", "is not a date"),
        ("forum,trans,=HYPERLINK(1),,,2026-01-01", "Name", "holds a formula"),
        ("forum,trans,+44,,,2026-01-01", "Name", "holds a formula"),
        (f"forum,trans,{'x' * 121},,,2026-01-01", "Name", "too long"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_row_and_column(
    row: str, column: str, words: str
) -> None:
    read = read_members(sheet(GOOD, row))
    assert [r.number for r in read.rows] == [2]
    (problem,) = read.problems
    assert (problem.row, problem.column) == (3, column)
    assert words in problem.what
    assert problem.what_to_do


def test_a_formula_of_a_workbook_is_named_even_where_it_shows_a_value() -> None:
    content = workbook([list(COLUMNS), ["forum", "trans", "=A1", "", "", "2026-01-01"]])
    (problem,) = read_members(content).problems
    assert (problem.row, problem.column, problem.what) == (2, "Name", "The cell holds a formula.")


# Letters, digits, marks and signs: what a spreadsheet keeps as it is.
_cells = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=20,
)


@given(_cells.filter(lambda s: not re.match(r"'[=+\-@]", s)))
def test_what_is_written_comes_back_as_it_was_and_is_no_formula(name: str) -> None:
    row = ("forum", "trans", name, "", "", "2026-01-01")
    text = as_csv_text([row])
    for cell in list(csv.reader(io.StringIO(text)))[1]:
        assert not cell.startswith(("=", "+", "-", "@"))
    read = read_members(text.encode())
    assert read.problems == ()
    assert read.rows[0].name == name


def test_a_workbook_that_was_written_comes_back_as_it_was() -> None:
    row = ("forum", "trans", "=SUM(A1)", "a@example.org", "", "2026-01-01")
    read = read_members(as_workbook([row]))
    assert read.problems == ()
    assert read.rows[0].name == "=SUM(A1)"
    with pytest.raises(Unreadable, match="no row"):
        read_members(as_workbook([]))


# ---- bringing in --------------------------------------------------------------------------------


@pytest.fixture
def desk() -> User:
    return person(Role.SECRETARIAT, organisation=rooms.body())


def rows_of(*rows: str) -> tuple[Row, ...]:
    read = read_members(sheet(*rows))
    assert read.problems == ()
    return read.rows


@pytest.mark.django_db
def test_looking_keeps_nothing_and_bringing_in_keeps_every_row(desk: User) -> None:
    rows = rows_of(GOOD, OTHER)
    before = AuditEvent.objects.count()
    assert [o.problem for o in try_members(rows=rows, by=desk, now=NOW)] == [None, None]
    assert (Membership.objects.count(), AuditEvent.objects.count()) == (0, before)
    outcomes = bring_in_members(rows=rows, by=desk, now=NOW)
    assert [o.words for o in outcomes] == ["A new person, put into the seat."] * 2
    assert Membership.objects.count() == Person.objects.count() == 2
    again = bring_in_members(rows=rows, by=desk, now=NOW)
    assert [o.words for o in again] == ["Is so already; nothing is done."] * 2
    assert Membership.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("nobody,trans,A,,,2026-01-01", "Body", "no body that meets"),
        ("forum,roma,A,,,2026-01-01", "Seat", "“roma” is no seat of this body"),
        ("forum,age,A,,Narnia Homes,2026-01-01", "Organisation", "no organisation known"),
        ("forum,trans,Another,x@example.org,,2026-02-01", "Seat", "This seat is full"),
        ("forum,age,Wren Castellane,wren@example.org,,2026-02-01", "Seat", "nobody counts twice"),
        ("forum,age,Another,wren@example.org,,2026-02-01", "E-mail", "of another name"),
        ("forum,age,wren castelláne,,,2026-02-01", "Person", "known here already"),
        ("forum,age,Wren Castellane,w@example.org,,2026-02-01,,known", "E-mail", "has another"),
        ("forum,age,A,,,2999-01-01", "Since", "more than 10 years ahead"),
        ("forum,age,A,,,1900-01-01", "Since", "more than 40 years ago"),
        ("forum,trans,A,,,2026-02-01,Nobody,", "Substitute for", "Nobody called “Nobody” sits"),
        ("forum,trans,A,,,2025-02-01,wren castellane", "Substitute for", "on Saturday 1 February"),
        ("practice,practice-chair,A,,,2026-01-01", "Body", "another body than yours"),
    ],
)
def test_one_row_that_cannot_be_keeps_every_row_out(
    desk: User, row: str, column: str, words: str
) -> None:
    rooms.body("practice")
    rows = rows_of(GOOD, row, OTHER)
    for attempt in (try_members, bring_in_members):
        outcomes = attempt(rows=rows, by=desk, now=NOW)
        wrong = [o.problem for o in outcomes if o.problem]
        assert [(p.row, p.column) for p in wrong] == [(3, column)]
        assert words in wrong[0].what
        assert len(outcomes) == 3
    assert not Membership.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_an_address_of_somebody_of_another_name_is_refused(desk: User) -> None:
    rooms.somebody("Another Name", email="Wren@example.org")
    (outcome,) = try_members(rows=rows_of(GOOD), by=desk, now=NOW)
    assert outcome.problem is not None
    assert "another name" in outcome.problem.what


@pytest.mark.django_db
def test_a_person_who_is_known_is_not_made_twice_and_an_organisation_goes_by_name(
    desk: User,
) -> None:
    Organisation.objects.create(code="tenants", name="Tenants’ Union", kind="partner")
    known = rooms.somebody("Wren Castellane", email="wren@example.org")
    row = "forum,trans,Wren Castellane,wren@example.org,tenants’ union,2026-01-01"
    bring_in_members(rows=rows_of(row), by=desk, now=NOW)
    made = Membership.objects.get()
    assert made.person == known
    assert made.on_behalf_of is not None
    assert made.on_behalf_of.code == "tenants"


@pytest.mark.django_db
def test_one_person_may_have_rows_in_several_bodies_by_address_or_by_saying_so(
    desk: User,
) -> None:
    rooms.body("practice")
    both = person(Role.SECRETARIAT, organisation=rooms.body("practice"))
    RoleHeld.objects.filter(user=both).update(user=desk)
    again = "practice,practice-chair,WREN CASTELLANE,WREN@example.org,,2026-01-01"
    plain = "forum,age,Ben Ashgrove,,,2026-01-01"
    known = "practice,practice-police,Ben Ashgrove,,,2026-01-01,,known"
    outcomes = bring_in_members(rows=rows_of(GOOD, again, plain, known), by=desk, now=NOW)
    assert [o.problem for o in outcomes] == [None] * 4
    assert [o.words for o in outcomes][1::2] == ["Somebody known, put into the seat."] * 2
    assert Person.objects.count() == 2


@pytest.mark.django_db
def test_somebody_of_a_known_name_is_flagged_and_a_row_says_which(desk: User) -> None:
    known = rooms.somebody("Zofia Harcastle", email="")
    row = "forum,age,Zofia Harcastle,,,2026-01-01"
    (flagged,) = try_members(rows=rows_of(row), by=desk, now=NOW)
    assert flagged.problem is not None
    assert "“known” in the column Person" in flagged.problem.what_to_do
    (same,) = try_members(rows=rows_of(f"{row},,Known"), by=desk, now=NOW)
    assert same.words == "Somebody known, put into the seat."
    (twin,) = bring_in_members(rows=rows_of(f"{row},,another"), by=desk, now=NOW)
    assert twin.words == "A new person of a name that is known here, put into the seat."
    assert Membership.objects.get().person != known
    (either,) = try_members(
        rows=rows_of("forum,gender,Zofia Harcastle,,,2026-01-01,,known"), by=desk, now=NOW
    )
    assert either.problem is not None
    assert either.problem.what == "2 people called “Zofia Harcastle” are known here."


@pytest.mark.django_db
def test_substitutes_are_brought_in_whatever_the_order_and_have_none_themselves(
    desk: User,
) -> None:
    stands_in = "forum,trans,Ben Ashgrove,,,2026-02-01,wren castellane"
    outcomes = bring_in_members(rows=rows_of(stands_in, GOOD), by=desk, now=NOW)
    assert [o.words for o in outcomes] == [
        "A new person, named as a substitute for Wren Castellane.",
        "A new person, put into the seat.",
    ]
    assert Membership.objects.get(person__name="Ben Ashgrove").substitute_for is not None
    again = bring_in_members(rows=rows_of(stands_in, GOOD), by=desk, now=NOW)
    assert {o.words for o in again} == {"Is so already; nothing is done."}
    third = "forum,trans,Una Pell,,,2026-02-01,Ben Ashgrove"
    (refused,) = bring_in_members(rows=rows_of(third), by=desk, now=NOW)
    assert refused.problem is not None
    assert (refused.problem.row, refused.problem.column) == (2, "Substitute for")
    assert "a substitute has no substitute" in refused.problem.what
    Organisation.objects.create(code="tenants", name="Tenants’ Union", kind="partner")
    other = "forum,trans,Una Pell,,tenants,2026-02-01,wren@example.org"
    (refused,) = bring_in_members(rows=rows_of(other), by=desk, now=NOW)
    assert refused.problem is not None
    assert refused.problem.column == "Organisation"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["20/11/2026"], [date(2026, 11, 20)]),
        (["5/11/2026", "20.11.2026"], [date(2026, 11, 5), date(2026, 11, 20)]),
        (["05-11-2026"], [date(2026, 11, 5)]),
        (["2026-11-05", "06/11/2026"], [date(2026, 11, 5), date(2026, 11, 6)]),
    ],
)
def test_dates_as_british_spreadsheets_save_them_are_read_and_said(
    written: list[str], read: list[date]
) -> None:
    found = read_members(sheet(*(f"forum,trans,Wren {n},,,{d}" for n, d in enumerate(written))))
    assert found.problems == ()
    assert [r.since for r in found.rows] == read
    slashed = next(d for d in written if not d.startswith("2026"))
    assert found.dates.startswith(f"Dates such as {slashed} were read as day, month and year: ")


def test_dates_of_a_column_that_is_written_month_first_are_refused_each_with_its_reason() -> None:
    found = read_members(
        sheet(*(f"forum,trans,Wren,,,{d}" for d in ("11/20/2026", "5/11/2026", "20/11/2026")))
    )
    assert [(p.row, p.what) for p in found.problems] == [
        (2, "“11/20/2026” is not a date."),
        (
            3,
            (
                "“5/11/2026” may be two days, because other dates of the column are written month "
                "first."
            ),
        ),
    ]
    assert [r.since for r in found.rows] == [date(2026, 11, 20)]
    assert read_members(sheet(GOOD)).dates == ""


def test_an_empty_cell_is_told_what_to_write_in_a_whole_sentence() -> None:
    (problem,) = read_members(sheet("forum,trans,Wren,,,")).problems
    assert problem.what_to_do == "Write the first day in the seat."
    (wrong,) = read_members(sheet("forum,trans,Wren,,,2026-01-01,,maybe")).problems
    assert wrong.column == "Person"


# ---- the pages ----------------------------------------------------------------------------------


def uploaded(client: Client, content: bytes, name: str = "members.csv") -> Any:
    return client.post("/seats/members/", {"file": SimpleUploadedFile(name, content)})


@pytest.mark.django_db
def test_a_file_is_looked_at_and_then_brought_in(desk: User, client: Client) -> None:
    sign_in(client, desk)
    looked = uploaded(client, sheet(GOOD, OTHER))
    assert looked.status_code == 200
    assert "Nothing is kept yet." in looked.content.decode()
    assert not Membership.objects.exists()
    answer = client.post("/seats/members/", {"rows": looked.context["kept"]}, follow=True)
    assert "2 rows were brought in." in answer.content.decode()
    assert Membership.objects.count() == 2


@pytest.mark.django_db
def test_a_file_with_faults_shows_each_of_them_and_offers_nothing(
    desk: User, client: Client
) -> None:
    sign_in(client, desk)
    looked = uploaded(client, sheet(GOOD, "forum,trans,,,,soon", "forum,roma,A,,,2026-01-01"))
    assert looked.status_code == 422
    text = looked.content.decode()
    for words in ("“soon” is not a date", "The cell is empty", "“roma” is no seat"):
        assert words in text
    assert 'name="rows"' not in text
    assert uploaded(client, b"\xff\xfe\0").status_code == 422
    assert client.post("/seats/members/", {}).status_code == 422


@pytest.mark.django_db
def test_what_changed_since_it_was_looked_at_is_found_when_it_is_brought_in(
    desk: User, client: Client
) -> None:
    sign_in(client, desk)
    kept = uploaded(client, sheet(GOOD)).context["kept"]
    rooms.seated("trans")
    answer = client.post("/seats/members/", {"rows": kept})
    assert answer.status_code == 422
    assert "This seat is full" in answer.content.decode()
    for forged in (
        "no json", "[[1]]", "[]", "7", '[[2,["a","b","c","d","e"],"soon",["",""]]]',
        '[[2,["a","b","c","d"],"2026-01-01",["",""]]]', '[[2,"abcde","2026-01-01",["",""]]]',
    ):  # fmt: skip
        assert client.post("/seats/members/", {"rows": forged}).status_code == 422


@pytest.mark.django_db
def test_what_is_taken_away_can_be_brought_in_again(desk: User, client: Client) -> None:
    made = rooms.seated("trans", person=rooms.somebody("=Wren", email="wren@example.org"))
    sign_in(client, desk)
    for name in ("members.csv", "members.xlsx"):
        answer = client.get(f"/seats/members/{name}")
        assert "attachment" in answer["Content-Disposition"]
        looked = uploaded(client, answer.content, name)
        assert [o.words for o in looked.context["outcomes"]] == ["Is so already; nothing is done."]
    assert made.person.name == "=Wren"
    for name in ("template.csv", "template.xlsx"):
        empty = client.get(f"/seats/members/{name}").content
        assert "no row" in uploaded(client, empty).content.decode()
    assert client.get("/seats/members/members.pdf").status_code == 404


_names = st.sampled_from(["Zofia Harcastle", "zofia harcastle", "Wren", "Ben Ash", "=Una"])
_written = st.lists(
    st.tuples(
        st.sampled_from(["age", "trans", "gender", "race-1", "race-2", "police-lead"]),
        _names,
        st.booleans(),  # an address
        st.dates(date(2024, 6, 1), date(2026, 10, 1)),
        st.booleans(),  # a substitute
    ),
    max_size=7,
    unique_by=lambda w: w[0],
)


@pytest.mark.django_db
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_written)
def test_what_is_taken_away_and_brought_in_changes_nothing(
    desk: User, written: list[tuple[str, str, bool, date, bool]]
) -> None:
    Membership.objects.filter(substitute_for__isnull=False).delete()
    Membership.objects.all().delete()
    Person.objects.all().delete()
    for seat, name, address, since, substitute in written:
        found = rooms.somebody(name, **({} if address else {"email": ""}))
        holder = rooms_membership(found, seat, since)
        if substitute:
            rooms_membership(rooms.somebody(name), seat, since, of=holder)
    before = list(Membership.objects.order_by("pk").values())
    people = list(Person.objects.order_by("pk").values())
    rows = list(sitting_rows(["forum"], on=NOW.date()))
    assert len(rows) == len(before)
    for content in (as_csv_text(rows).encode(), as_workbook(rows)) if rows else ():
        read = read_members(content)
        assert read.problems == ()
        outcomes = bring_in_members(rows=read.rows, by=desk, now=NOW)
        assert {o.words for o in outcomes} == {"Is so already; nothing is done."}
    assert list(Membership.objects.order_by("pk").values()) == before
    assert list(Person.objects.order_by("pk").values()) == people


def rooms_membership(
    who: Person, seat: str, since: date, *, of: Membership | None = None
) -> Membership:
    return Membership.objects.create(
        body=rooms.body(), seat=seat, person=who, since=since, substitute_for=of
    )


@pytest.mark.django_db
def test_files_of_members_are_for_the_secretariat_alone(client: Client) -> None:
    rooms.seated("trans")
    other = person(Role.SECRETARIAT, organisation=rooms.body("practice"))
    theirs = sign_in(Client(), other).get("/seats/members/members.csv").content.decode()
    assert "trans" not in theirs
    sign_in(client, person(Role.MEMBER, organisation=rooms.body()))
    for address in ("/seats/members/", "/seats/members/members.csv"):
        assert client.get(address).status_code == 403
        assert Client().get(address).status_code == 403
    assert uploaded(client, sheet(GOOD)).status_code == 403
