"""What is taken into a meeting: the pack, the agenda and letters as Word, the chair's brief."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import docx
import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.models import Organisation, User
from openscrutiny.config import pages_commands
from openscrutiny.config.cli import main
from openscrutiny.core.permits import Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.documents import pdf as reading
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Decision,
    Interest,
    Meeting,
    Paper,
    PaperVersion,
    RoomNote,
)
from openscrutiny.forum.pages import packs
from openscrutiny.forum.pages.briefs import meeting_brief
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import STARTS, body, item, meeting, seated
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

HTML = (
    '<h2 class="govuk-heading-m">What we did</h2><p class="govuk-body">We asked, and '
    '<a class="govuk-link" href="https://example.org/plan" rel="noopener">planned</a>. '
    "[Picture: Reports rose from May on]</p>"
    "<ul><li>First</li><li>Second</li></ul>"
    "<table><thead><tr><th>Month</th><th>Reports</th></tr></thead>"
    "<tbody><tr><td>May</td><td>12</td></tr></tbody></table>"
)


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def police() -> Organisation:
    return Organisation.objects.create(code="police", name="The constabulary", kind="police")


def paper(
    on: AgendaItem, owner: Organisation, by: User, *, html: str = HTML, **fields: Any
) -> Paper:
    made = Paper.objects.create(
        number=f"2026-{600 + Paper.objects.count()}", state=fields.pop("state", "published"),
        item=on, heading=fields.pop("heading", "Reports this quarter"), owner=owner,
        created_by=by, created_at=STARTS, published_at=STARTS, **fields,
    )  # fmt: skip
    PaperVersion.objects.create(
        paper=made, version=1, html=html, pages=None if html else 8, at=STARTS, by=by
    )
    return made


@pytest.fixture
def coming(secretary: User, police: Organisation) -> Meeting:
    """A meeting with an open paper, a closed one, and a closed item with another."""
    made = meeting("agenda_published", access="There is a lift and a hearing loop.")
    item(made, heading="Welcome", section="opening", presenter="The chair", minutes_planned=5)
    reports = item(made, heading="Reports of hate crime", text="The last quarter.\n\nIn short.",
                   presenter="The police lead", minutes_planned=40)  # fmt: skip
    why = {"exemption": "1", "public_interest": "A family could be recognised."}
    case = item(made, heading="One family", closed=True, minutes_planned=20, **why)
    paper(reports, police, secretary, late_reason="The figures came late.")
    paper(reports, police, secretary, heading="A plan in detail", closed=True,
          html="<p>Secret plan.</p>", exemption="7",
          public_interest="It would be foiled.")  # fmt: skip
    paper(case, body(), secretary, heading="What befell them", html="<p>Secret story.</p>")
    paper(reports, police, secretary, heading="Not yet out", state="accepted")
    return made


def made_of(on: Meeting, *, closed: bool = False) -> pikepdf.Pdf:
    data = packs.as_pdf(packs.pack(on, closed=closed))
    return pikepdf.open(io.BytesIO(data))


def text_of(made: pikepdf.Pdf) -> str:
    """Every text of the pack in the order in which it stands in the file, which is how it reads."""
    return " ".join(" ".join("".join(_texts(page)) for page in made.pages).split())


def _texts(page: pikepdf.Page) -> Iterator[str]:
    letters = {
        name: _letters(bytes(font.ToUnicode.read_bytes()).decode())
        for name, font in page.obj.Resources.get("/Font", pikepdf.Dictionary()).items()
    }
    known: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            known = letters[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            said = operands[0] if str(operator) == "TJ" else operands
            for part in said:
                if isinstance(part, pikepdf.String):
                    codes = bytes(part)
                    for at in range(0, len(codes), 2):
                        yield known.get(int.from_bytes(codes[at : at + 2], "big"), "")
        elif str(operator) == "ET":
            yield " "


def _letters(cmap: str) -> dict[int, str]:
    """What each code of a typeface in a PDF says."""
    found = {}
    for code, said in re.findall(r"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>$", cmap, re.MULTILINE):
        found[int(code, 16)] = bytes.fromhex(said).decode("utf-16-be")
    for first, last, said in re.findall(
        r"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>$", cmap, re.MULTILINE
    ):
        begins = int.from_bytes(bytes.fromhex(said), "big")
        for step in range(int(last, 16) - int(first, 16) + 1):
            found[int(first, 16) + step] = chr(begins + step)
    return found


def tags(made: pikepdf.Pdf) -> list[str]:
    """The kinds of the elements, in reading order."""
    return [str(e.get("/S"))[1:] for e in _in_order(made.Root.StructTreeRoot)]


def _in_order(element: Any) -> Iterator[Any]:
    kids = element.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            if "/S" in kid:
                yield kid
            yield from _in_order(kid)


def bookmarks(made: pikepdf.Pdf) -> list[tuple[int, str]]:
    def inside(entries: Any, depth: int) -> Iterator[tuple[int, str]]:
        for entry in entries:
            yield depth, entry.title
            yield from inside(entry.children, depth + 1)

    with made.open_outline() as outline:
        return list(inside(outline.root, 0))


# ---- the pack --------------------------------------------------------------------------------


def test_the_pack_is_tagged_titled_and_in_british_english(coming: Meeting) -> None:
    made = made_of(coming)
    assert bool(made.Root.MarkInfo.Marked)
    assert str(made.Root.Lang) == "en-GB"
    assert str(made.docinfo["/Title"]) == "Quarterly meeting"
    assert bool(made.Root.ViewerPreferences.DisplayDocTitle)
    with made.open_metadata() as said:
        assert said["pdfuaid:part"] == "1"
    written = io.BytesIO()
    made.save(written)
    assert reading.read(written.getvalue()).checks == ()


def test_the_pack_has_bookmarks_for_contents_agenda_items_and_papers(coming: Meeting) -> None:
    numbers = list(Paper.objects.order_by("id").values_list("number", flat=True))
    assert bookmarks(made_of(coming)) == [
        (0, "Contents"),
        (0, "Agenda"),
        (0, "1. Welcome"),
        (0, "2. Reports of hate crime"),
        (1, f"Paper {numbers[0]}: Reports this quarter"),
        (2, "What we did"),
        (1, f"Paper {numbers[1]}: closed to the public"),
        (0, "3. Closed to the public"),
    ]


def test_tables_of_the_pack_have_header_cells_and_lists_their_items(coming: Meeting) -> None:
    found = tags(made_of(coming))
    assert found.count("Table") == 2  # the agenda, and the one of the paper
    assert found.count("TH") == 4 + 2
    assert found.count("LI") >= 2
    assert "TOC" in found
    assert "Link" in found


def test_the_pack_reads_in_the_order_of_the_agenda(coming: Meeting) -> None:
    said = text_of(made_of(coming))
    order = ["The last quarter.", "In short.",
             "It came late. The chair allowed it: The figures came late.", "We asked, and",
             "[Picture: Reports rose from May on]", "First", "May",
             "A family could be"]  # fmt: skip
    places = [said.index("Quarterly"), said.index("Contents"), *map(said.rindex, order)]
    assert places == sorted(places)
    assert "their pictures are replaced by their alternative text" in said


def test_every_page_says_which_it_is_of_how_many_and_under_which_item(coming: Meeting) -> None:
    made = made_of(coming)
    said = text_of(made)
    count = len(made.pages)
    for place in range(1, count + 1):
        assert f"Page {place} of {count}" in said
    assert "Quarterly meeting. Item 2, Paper" in said


def test_the_open_pack_names_what_is_closed_with_its_ground_and_shows_nothing_of_it(
    coming: Meeting,
) -> None:
    said = text_of(made_of(coming))
    for hidden in ("Secret plan", "Secret story", "One family", "What befell", "A plan in detail",
                   "Not yet out"):  # fmt: skip
        assert hidden not in said
    assert "preventing, investigating or prosecuting crime" in said
    assert "It would be foiled." in said
    assert "A family could be recognised." in said
    assert "CLOSED TO THE PUBLIC" not in said


def test_every_page_of_a_closed_paper_is_marked_in_the_full_pack(
    coming: Meeting, secretary: User
) -> None:
    long = paper(coming.items.get(position=3), body(), secretary, heading="A long one",
                 html="<p>Word after word. </p>" * 150)  # fmt: skip
    made = made_of(coming, closed=True)
    said = text_of(made)
    for shown in ("Secret plan", "Secret story", "One family", "Do not pass it on"):
        assert shown in said
    pages = [text_of(one_page(made, n)) for n in range(len(made.pages))]
    secret = [p for p in pages if "Word after word" in p or "Secret" in p or "3. One family A" in p]
    assert len(secret) >= 5
    assert all("CLOSED TO THE PUBLIC" in p for p in secret)
    public = [p for p in pages if "We asked, and" in p or "1. Welcome The" in p]
    assert public
    assert not any("CLOSED TO THE PUBLIC" in p for p in public)
    assert long.number in said


def one_page(made: pikepdf.Pdf, number: int) -> pikepdf.Pdf:
    single = pikepdf.new()
    single.pages.append(made.pages[number])
    return single


def test_what_somebody_wrote_is_never_read_as_instructions(coming: Meeting) -> None:
    bad = '#panic("x") $x$ *b* _i_ @a <a> \\ ] [ #{ "'
    AgendaItem.objects.filter(meeting=coming, position=1).update(heading=bad, text=bad)
    assert text_of(made_of(coming)).count(bad) >= 2


def test_letters_the_typeface_has_not_become_squares_and_are_counted(coming: Meeting) -> None:
    AgendaItem.objects.filter(meeting=coming, position=1).update(text="中文 and العربية\x07.")
    said = text_of(made_of(coming))
    assert "2 signs are not in the typeface of this pack" in said
    assert "and" in said


def test_the_same_pack_is_the_same_file(coming: Meeting) -> None:
    once, again = (packs.as_pdf(packs.pack(coming, closed=True)) for _ in range(2))
    assert once == again


def test_a_paper_whose_file_cannot_be_put_into_a_pack_is_named_with_its_page(
    coming: Meeting, police: Organisation, secretary: User
) -> None:
    made = paper(coming.items.get(position=1), police, secretary, html="", heading="A file")
    said = text_of(made_of(coming))
    assert f"Its file cannot be put into a pack. Its page is /papers/{made.number}/." in said


def test_there_is_no_pack_before_the_agenda_is_published(secretary: User) -> None:
    planned = meeting("planned")
    with pytest.raises(NotPossible, match="no pack of it"):
        packs.pack(planned, closed=False)
    assert Client().get(f"{planned.href}pack.pdf").status_code == 404
    assert sign_in(Client(), secretary).get(f"{planned.href}pack.pdf").status_code == 409


def test_the_full_pack_is_for_those_who_may_read_what_is_closed(coming: Meeting) -> None:
    address = f"{coming.href}pack.pdf"
    assert Client().get(address)["Content-Type"] == "application/pdf"
    assert Client().get(f"{address}?closed=1").status_code == 403
    stranger = person(Role.MEMBER, organisation=body("practice"))
    assert sign_in(Client(), stranger).get(f"{address}?closed=1").status_code == 403
    member = person(Role.MEMBER, organisation=body())
    answer = sign_in(Client(), member).get(f"{address}?closed=1")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"


def test_a_pack_takes_as_many_queries_for_few_papers_as_for_many(
    coming: Meeting, police: Organisation, secretary: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            packs.pack(coming, closed=True)
        return len(asked)

    few = queries()
    for _ in range(12):
        paper(item(coming), police, secretary)
    assert queries() == few


def test_the_command_writes_the_open_pack_or_the_full_one(
    coming: Meeting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, served: Any
) -> None:
    from openscrutiny.warehouse.places import make_current

    make_current(served)
    monkeypatch.setattr(pages_commands, "start_django", lambda: None)
    there = tmp_path / "pack.pdf"
    assert main(["pack", coming.number, "-o", str(there)]) == 0
    assert "Secret" not in text_of(pikepdf.open(there))
    assert main(["pack", coming.number, "--closed", "-o", str(there)]) == 0
    assert "Secret story" in text_of(pikepdf.open(there))
    assert main(["pack", "2026-999", "-o", str(there)]) != 0
    assert "There is no meeting 2026-999" in capsys.readouterr().err
    assert main(["pack", coming.number, "-o", str(tmp_path / "pack.doc")]) != 0
    assert main(["pack", coming.number, "-o", str(tmp_path / "no" / "pack.pdf")]) != 0
    planned = meeting("planned")
    assert main(["pack", planned.number, "-o", str(there)]) != 0
    assert "no pack of it" in capsys.readouterr().err


# ---- Word ------------------------------------------------------------------------------------


def words_of(data: bytes) -> str:
    made = docx.Document(io.BytesIO(data))
    cells = [c.text for t in made.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in made.paragraphs), *cells])


def test_the_agenda_as_word_has_headings_and_a_table_and_nothing_closed(coming: Meeting) -> None:
    data = Client().get(f"{coming.href}agenda.docx").content
    said = words_of(data)
    assert "There is a lift and a hearing loop." in said
    assert "The last quarter." in said
    assert "One family" not in said
    made = docx.Document(io.BytesIO(data))
    assert [p.text for p in made.paragraphs if p.style.name == "Heading 1"] == ["Agenda"]
    assert made.core_properties.author == ""


def test_the_agenda_as_word_is_the_open_one_for_everybody_who_does_not_ask_for_the_other(
    coming: Meeting,
) -> None:
    address = f"{coming.href}agenda.docx"
    public = Client().get(address)
    for role in (Role.MEMBER, Role.SECRETARIAT, Role.CHAIR):
        own = sign_in(Client(), person(role, organisation=body()))
        open_one = own.get(address)
        assert words_of(open_one.content) == words_of(public.content)
        assert open_one["Content-Disposition"] == public["Content-Disposition"]
        full = own.get(f"{address}?closed=1")
        assert "One family" in words_of(full.content)
        assert "full" in full["Content-Disposition"]
        page = docx.Document(io.BytesIO(full.content)).sections[0]
        for place in (page.header, page.footer):
            assert "closed to the public" in place.paragraphs[0].text.lower()
        assert f"{address}?closed=1" in own.get(coming.href).content.decode()
    page = docx.Document(io.BytesIO(public.content)).sections[0]
    assert page.header.paragraphs[0].text == page.footer.paragraphs[0].text == ""
    assert Client().get(f"{address}?closed=1").status_code == 403
    stranger = person(Role.MEMBER, organisation=body("practice"))
    assert sign_in(Client(), stranger).get(f"{address}?closed=1").status_code == 403
    assert "closed=1" not in Client().get(coming.href).content.decode()


def test_letters_of_invitation_are_one_to_a_person_and_for_the_secretariat_alone(
    coming: Meeting, secretary: User, chair: User
) -> None:
    for seat, by_post in (("age", True), ("health", False)):
        member = seated(seat)
        member.person.postal_address = "1 High Street\nAldermere" if by_post else ""
        member.person.save()
        coming.attendances.create(person=member.person, membership=member, capacity="seat")
    address = f"{coming.href}invitations.docx"
    assert Client().get(address).status_code == 403
    assert sign_in(Client(), chair).get(address).status_code == 403
    data = sign_in(Client(), secretary).get(address).content
    said = words_of(data)
    for one in coming.attendances.select_related("person"):
        assert f"Dear {one.person.name}," in said
    assert "1 High Street" in said
    assert "Tuesday 6 October 2026, 14:00 to 16:00" in said
    assert data.count(b"PK") > 2
    assert docx.Document(io.BytesIO(data)).core_properties.author == ""


# ---- the brief -------------------------------------------------------------------------------


def test_the_brief_says_of_each_item_what_the_chair_has_to_know(
    coming: Meeting, secretary: User, chair: User, police: Organisation
) -> None:
    finding = Finding.objects.order_by("pk").first()
    assert finding is not None
    before = meeting("held", starts_at=STARTS - timedelta(days=90), heading="Summer meeting")
    then = item(before, "deferred", heading="Reports")
    RoomNote.objects.create(
        meeting=before, item=then, key=uuid4(), text="The figures were not ready.",
        written_at=STARTS, saved_at=STARTS, by=secretary,
    )  # fmt: skip
    Decision.objects.create(
        number="2026-811", state="certified", kind="resolve", about=then.reference,
        heading="Ask again in autumn", text="So.", decided_on=date(2026, 7, 8), item=then,
        recorded_by=secretary, recorded_at=STARTS, certified_by=secretary, certified_at=STARTS,
    )  # fmt: skip
    said = {"owner": police, "created_by": secretary, "created_at": STARTS, "sort": "action",
            "due_on": date(2026, 9, 1)}  # fmt: skip
    for number, state in (("2026-812", "open"), ("2026-813", "confirmed")):
        ActionPoint.objects.create(
            number=number, state=state, item=then, key=uuid4(), text=f"Do {number}.", **said
        )
    about = coming.items.get(position=2)
    AgendaItem.objects.filter(pk=about.pk).update(about=f"finding:{finding.id}", deferred_from=then)
    member = seated("police-lead", on_behalf_of=police)
    other = seated("age")
    Interest.objects.create(
        body=body(), person=other.person, item=about, text="Runs the project.",
        since=date(2026, 1, 1), declared_at=STARTS,
    )  # fmt: skip
    page = meeting_brief(coming, by=chair)
    one = page.items[1]
    assert one.figure == finding.sentence
    assert "It was deferred from Summer meeting." in one.why
    assert one.last_time == ("Decision 2026-811: Ask again in autumn.",
                             "The figures were not ready.")  # fmt: skip
    assert len(one.actions) == 1
    assert "Do 2026-812." in one.actions[0]
    assert one.declared == (f"{other.person.name}: Runs the project.",)
    assert one.aside == (f"{member.person.name}: the paper is from their own organisation",)
    assert one.at == STARTS + timedelta(minutes=5)
    assert (page.planned, page.over) == (65, 0)
    shown = sign_in(Client(), chair).get(f"{coming.href}brief/").content.decode()
    for words in (finding.sentence[:30], "Runs the project.", "Do 2026-812.", "14:05, 40 minutes"):
        assert words in shown.replace("&#x27;", "'")


def test_the_brief_says_what_quorum_the_replies_promise(coming: Meeting, chair: User) -> None:
    def quorum() -> str:
        return " ".join(meeting_brief(coming, by=chair).quorum)

    def replies(seat: str, reply: str) -> None:
        member = seated(seat)
        coming.attendances.create(
            person=member.person, membership=member, capacity="seat", reply=reply
        )

    for seat in ("race-1", "race-2", "jewish", "muslim", "age", "gender", "trans"):
        replies(seat, "coming")
    replies("police-lead", "coming")  # who has no vote
    replies("health", "none")
    said = quorum()
    assert "7 voting seats have said that they come; 7 are needed." in said
    assert "Nobody from victim support has said so" in said
    assert "1 have not answered yet." in said
    assert "do not promise a quorum yet" in said
    replies("victim-support", "remote")
    assert "The replies promise a quorum." in quorum()


def test_a_meeting_planned_for_longer_than_it_has_says_by_how_much(
    coming: Meeting, chair: User
) -> None:
    item(coming, minutes_planned=90)
    assert meeting_brief(coming, by=chair).over == 35


def test_of_minutes_to_be_approved_the_brief_lists_nothing_of_other_meetings(
    coming: Meeting, chair: User, secretary: User
) -> None:
    before = meeting("circulated", starts_at=STARTS - timedelta(days=90), heading="Summer meeting")
    earlier = meeting("approved", starts_at=STARTS - timedelta(days=180), heading="Spring meeting")
    for about in (before, earlier):
        Decision.objects.create(
            number=f"2026-82{about.pk % 10}", state="certified", kind="resolve",
            about=about.reference, heading="To approve the minutes", text="So.",
            decided_on=date(2026, 7, 8), item=item(before, "decided"), recorded_by=secretary,
            recorded_at=STARTS, certified_by=secretary, certified_at=STARTS,
        )  # fmt: skip
    item(coming, heading="Minutes: Summer meeting", section="minutes", about=before.reference)
    (one,) = [i for i in meeting_brief(coming, by=chair).items if i.heading.startswith("Minutes")]
    assert (one.last_time, one.before) == ((), ())


def test_the_brief_is_for_the_body_alone(coming: Meeting) -> None:
    address = f"{coming.href}brief/"
    assert Client().get(address).status_code == 403
    for role in (Role.COMMITTEE, Role.DRAFTER):
        assert sign_in(Client(), person(role)).get(address).status_code == 403
