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
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.base.models import AuditEvent, Organisation, Person, User
from openscrutiny.core.permits import Role
from openscrutiny.forum.members_file import (
    COLUMNS,
    LARGEST,
    MOST_ROWS,
    Row,
    Unreadable,
    as_csv_text,
    as_workbook,
    read_members,
)
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.members import bring_in_members, try_members
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
    assert read_members(sheet(GOOD)) == ((wanted,), ())
    assert read_members(b"\xef\xbb\xbf" + sheet(GOOD)) == ((wanted,), ())
    turned = (
        "since;e mail;NAME;seat;body\r\n2026-01-01;Wren@example.org;Wren Castellane;trans;forum"
    )
    assert read_members(turned.encode()) == ((wanted,), ())


def test_a_workbook_is_read_with_real_dates() -> None:
    rows, problems = read_members(
        workbook([list(COLUMNS), ["forum", "trans", "Wren", "", "", date(2026, 1, 1)]])
    )
    assert problems == ()
    assert rows == (Row(2, "forum", "trans", "Wren", "", "", date(2026, 1, 1)),)


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers() -> None:
    rows, _ = read_members(sheet(GOOD, ",,,,,", OTHER))
    assert [r.number for r in rows] == [2, 4]


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
    rows, problems = read_members(sheet(GOOD, row))
    assert [r.number for r in rows] == [2]
    (problem,) = problems
    assert (problem.row, problem.column) == (3, column)
    assert words in problem.what
    assert problem.what_to_do


def test_a_formula_of_a_workbook_is_named_even_where_it_shows_a_value() -> None:
    content = workbook([list(COLUMNS), ["forum", "trans", "=A1", "", "", "2026-01-01"]])
    _, (problem,) = read_members(content)
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
    rows, problems = read_members(text.encode())
    assert problems == ()
    assert rows[0].name == name


def test_a_workbook_that_was_written_comes_back_as_it_was() -> None:
    row = ("forum", "trans", "=SUM(A1)", "a@example.org", "", "2026-01-01")
    (back,), problems = read_members(as_workbook([row]))
    assert problems == ()
    assert back.name == "=SUM(A1)"
    with pytest.raises(Unreadable, match="no row"):
        read_members(as_workbook([]))


# ---- bringing in --------------------------------------------------------------------------------


@pytest.fixture
def desk() -> User:
    return person(Role.SECRETARIAT, organisation=rooms.body())


def rows_of(*rows: str) -> tuple[Row, ...]:
    found, problems = read_members(sheet(*rows))
    assert problems == ()
    return found


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
        ("forum,age,Wren Castellane,wren@example.org,,2026-02-01", "E-mail", "Row 2 has this"),
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
    for forged in ("no json", "[[1]]", "[]", "7", '[[2,"a","b","c","d","e","soon"]]'):
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
