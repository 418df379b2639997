"""What a pack holds of what is decided upon: minutes, promises, words of things, papers as PDF."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
import typst
from django.db import connection
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.models import User
from openscrutiny.base.thread import texts_of
from openscrutiny.core.permits import NOBODY, Held, Role, Standing
from openscrutiny.forum.documents import keeping
from openscrutiny.forum.documents import reading as handed_in
from openscrutiny.forum.documents.binding import bind, original
from openscrutiny.forum.documents.tags import elements, is_tagged
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Meeting,
    MinutesVersion,
    Paper,
    PaperVersion,
)
from openscrutiny.forum.pages import packs
from openscrutiny.forum.recorded import facts_of, first_text
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import STARTS, body, in_the_room, item, meeting, seated
from tests.apps.papers_to_hand_in import pdf_bytes, scanned, tagged, untagged
from tests.apps.recommending import Forum, forum, issued, part_of, response
from tests.apps.test_packs import bookmarks, made_of, one_page, tags, text_of
from tests.people import person

pytestmark = pytest.mark.django_db

MEMBER = Standing((Held(Role.MEMBER, "forum"),))


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def coming() -> Meeting:
    return meeting("agenda_published")


def before(state: str = "circulated") -> Meeting:
    """A meeting of the same body a quarter earlier, with somebody in it and minutes."""
    held = meeting(state, starts_at=STARTS - timedelta(days=90), heading="Summer meeting")
    item(held, "noted", heading="What was heard")
    here = in_the_room(held, seated("age"))
    here.person.name = "Ada Seated"
    here.person.save()
    content = {"facts": facts_of(held), "text": first_text(held)}
    content["text"][f"{held.number}-1"] = "The forum heard what was said."
    MinutesVersion.objects.create(
        meeting=held, version=1, content=content, at=STARTS, by=held.created_by
    )
    return held


# ---- minutes and promises ----------------------------------------------------------------------


def test_the_minutes_that_are_to_be_approved_stand_under_their_item(coming: Meeting) -> None:
    held = before()
    item(coming, heading="Minutes: Summer meeting", section="minutes", about=held.reference)
    said = text_of(made_of(coming))
    assert "DRAFT: these minutes are not approved." in said
    assert "The forum heard what was said." in said
    assert (1, "Minutes: Summer meeting") in bookmarks(made_of(coming))
    assert "Ada Seated" not in said
    assert "NOT PUBLIC" not in said
    full = text_of(made_of(coming, closed=True))
    assert "Ada Seated" in full
    assert "NOT PUBLIC" in full


def test_minutes_nobody_outside_may_read_are_in_no_open_pack(coming: Meeting) -> None:
    held = before("minutes_draft")
    item(coming, heading="Minutes: Summer meeting", section="minutes", about=held.reference)
    assert "The forum heard" not in text_of(made_of(coming))
    assert "What this item is about is not public." in text_of(made_of(coming))
    assert "The forum heard" in text_of(made_of(coming, closed=True))


def promise(on: AgendaItem, text: str, **fields: Any) -> ActionPoint:
    return ActionPoint.objects.create(
        number=f"2026-{850 + ActionPoint.objects.count()}", item=on, text=text, key=uuid4(),
        state=fields.pop("state", "open"), sort="undertaking", owner=body("committee"),
        due_on=date(2026, 9, 1), created_by=on.meeting.created_by, created_at=STARTS, **fields,
    )  # fmt: skip


def test_open_promises_stand_under_their_item_and_hidden_ones_are_counted(coming: Meeting) -> None:
    known = meeting("approved", starts_at=STARTS - timedelta(days=90))
    fresh = meeting("held", starts_at=STARTS - timedelta(days=30))
    promise(item(known), "Send the sample.", carried_to=date(2026, 10, 1))
    promise(item(known), "Long done.", state="confirmed")
    promise(item(fresh), "Not told yet.")
    item(coming, heading="Actions and undertakings still open", section="arising")
    said = text_of(made_of(coming))
    for words in (
        "Send the sample.",
        "The committee",
        "Thursday 1 October 2026",
        "first promised for Tuesday 1 September 2026",
        "1 of 2 is not public.",
    ):
        assert words in said
    assert "Long done" not in said
    assert "Not told yet" not in said
    full = text_of(made_of(coming, closed=True))
    assert "Not told yet." in full
    assert "of 2 is not public" not in full
    ActionPoint.objects.all().delete()
    assert "No action and no undertaking of an earlier meeting is open." in text_of(made_of(coming))


# ---- what things say ---------------------------------------------------------------------------


@pytest.fixture
def f() -> Forum:
    return forum()


def test_a_recommendation_stands_in_the_full_pack_with_its_parts(coming: Meeting, f: Forum) -> None:
    made = issued(f)
    item(coming, heading="To recommend it", about=made.reference)
    item(coming, heading="To close part a", about=part_of(made).reference)
    full = text_of(made_of(coming, closed=True))
    for limb in made.limbs.all():
        assert limb.text in full
        assert limb.success in full
    assert f"Why: {made.why}" in full
    assert full.count("Part a, asked of") >= 2
    assert "NOT PUBLIC" in full
    said = text_of(made_of(coming))
    assert made.why not in said
    assert said.count("What this item is about is not public.") == 2


def test_a_question_stands_in_the_full_pack_with_its_answer(coming: Meeting, f: Forum) -> None:
    made = response(f)
    item(coming, heading="What was answered", about=made.question.reference)
    item(coming, heading="The answer", about=made.reference)
    full = text_of(made_of(coming, closed=True))
    assert "Question: How many victims heard nothing for 28 days?" in full
    assert full.count("About one in three.") == 2
    assert "About one in three." not in text_of(made_of(coming))


def test_a_finding_stands_in_the_open_pack(coming: Meeting) -> None:
    finding = Finding.objects.order_by("pk").first()
    assert finding is not None
    item(coming, heading="A figure", about=f"finding:{finding.pk}")
    said = text_of(made_of(coming))
    assert finding.sentence in said
    assert finding.pk not in said
    assert "NOT PUBLIC" not in text_of(made_of(coming, closed=True))


def test_of_a_closed_item_the_open_pack_says_nothing_of_what_it_is_about(
    coming: Meeting,
) -> None:
    finding = Finding.objects.order_by("pk").first()
    assert finding is not None
    item(coming, heading="A figure", about=f"finding:{finding.pk}", closed=True, exemption="1",
         public_interest="So.")  # fmt: skip
    assert finding.sentence not in text_of(made_of(coming))
    assert finding.sentence in text_of(made_of(coming, closed=True))


def test_words_are_given_only_of_what_may_be_seen(f: Forum) -> None:
    made = issued(f)
    references = [made.reference, part_of(made).reference]
    assert set(texts_of(references, standing=MEMBER)) == set(references)
    assert texts_of(references, standing=NOBODY) == {}


def test_a_pack_takes_as_many_queries_for_few_subjects_as_for_many(
    coming: Meeting, f: Forum
) -> None:
    made, held = issued(f), before()
    known = item(meeting("approved", starts_at=STARTS - timedelta(days=60)))
    item(coming, heading="Open promises", section="arising")

    def some(number: int) -> None:
        for _ in range(number):
            for about in (made.reference, part_of(made).reference, held.reference):
                item(coming, about=about)
            promise(known, "Do it.")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            packs.pack(coming, closed=True)
        return len(asked)

    some(1)
    few = queries()
    some(8)
    assert queries() == few


# ---- papers that came as PDF -------------------------------------------------------------------

TWO_PAGES = b"""
#set document(title: "A long paper")
#set text(lang: "cy")
= What we did
First words, #link("https://example.org/more")[and more], and #link(<there>)[elsewhere].
#table(columns: 2, table.header[Month][Reports], [May], [12])
#pagebreak()
= What we found <there>
Last words.
"""


def two_pages() -> bytes:
    return typst.compile(TWO_PAGES, pdf_standards=["ua-1"], ignore_system_fonts=True)


def pdf_paper(on: AgendaItem, data: bytes, **fields: Any) -> Paper:
    """A published paper that was handed in as a PDF, kept as the service keeps it."""
    by = on.meeting.created_by
    read = handed_in.read("paper.pdf", data)
    made = Paper.objects.create(
        number=f"2026-{600 + Paper.objects.count()}", state="published", item=on,
        heading=fields.pop("heading", "As handed in"), owner=body(), created_by=by,
        created_at=STARTS, published_at=STARTS, **fields,
    )  # fmt: skip
    PaperVersion.objects.create(
        paper=made, version=1, file_name="paper.pdf", file_type=read.kind, at=STARTS, by=by,
        file_hash=keeping.keep(data, copy=read.copy), pages=read.pages,
    )  # fmt: skip
    return made


def unled(made: pikepdf.Pdf) -> list[str]:
    """What is wrong with the ways between pages and tags: each leads to the other, or is named."""
    tree = made.Root.StructTreeRoot
    flat = list(tree.ParentTree.Nums)
    parents = dict(zip(map(int, flat[::2]), flat[1::2], strict=True))
    known = {e.objgen for e in elements(tree)}
    wrong = [] if list(parents) == sorted(parents) else ["not in order"]
    numbers = [int(p.obj.StructParents) for p in made.pages if "/StructParents" in p.obj]
    wrong += ["two pages with one number"] if len(set(numbers)) < len(numbers) else []
    for page in made.pages:
        if "/StructParents" not in page.obj:
            continue
        for element in parents[int(page.obj.StructParents)]:
            if element.objgen not in known:
                wrong.append(f"{element.S} is in no tree")
            on = element.get("/Pg")
            if on is not None and on.objgen != page.objgen:
                wrong.append(f"{element.S} is on another page")
    for element in elements(tree):
        if element.P.objgen not in known and element.P.objgen != tree.objgen:
            wrong.append(f"{element.S} is below nothing")
    return wrong


@pytest.fixture
def on(coming: Meeting, served: Any) -> AgendaItem:
    """An item of the coming meeting, where files can be kept."""
    item(coming, heading="Welcome", section="opening")
    return item(coming, heading="Reports")


def test_a_tagged_pdf_is_bound_in_with_its_tags_after_a_page_that_says_so(
    on: AgendaItem, coming: Meeting
) -> None:
    made_paper = pdf_paper(on, two_pages())
    item(coming, heading="What comes after it", section="closing")
    made = made_of(coming)
    said = text_of(made)
    assert "Its 2 pages follow here, with the tags they came with." in said
    order = [said.rindex("2. Reports"), said.index("First words"), said.index("Last words."),
             said.rindex("3. What comes after it")]  # fmt: skip
    assert order == sorted(order)
    kinds = tags(made)
    # Its headings are below that of the paper, and it is read where it stands.
    section = kinds.index("Sect")
    assert kinds[section : section + 3] == ["Sect", "Part", "H3"]
    assert kinds.count("H3") == 2
    assert kinds.count("TH") == 4 + 2
    assert kinds.index("H1", section) > max(i for i, k in enumerate(kinds) if k == "H3")
    assert str(next(e for e in elements(made.Root.StructTreeRoot) if e.S == "/Sect").Lang) == "cy"
    assert is_tagged(made)
    assert unled(made) == []
    assert (1, f"Paper {made_paper.number}: As handed in") in bookmarks(made)


def test_bound_pages_are_counted_through_and_say_what_they_belong_to(
    on: AgendaItem, coming: Meeting
) -> None:
    pdf_paper(on, two_pages(), heading="A secret", closed=True, exemption="7",
              public_interest="So.")  # fmt: skip
    made = made_of(coming, closed=True)
    count = len(made.pages)
    for place, page in enumerate(made.pages, 1):
        assert [float(n) for n in page.mediabox] == pytest.approx([0, 0, 595.28, 841.89], abs=0.1)
        shown = text_of(one_page(made, place - 1))
        drawn = page.obj.Resources.get("/XObject", pikepdf.Dictionary())
        if "/PackFrame" in drawn:
            frame = pikepdf.new()
            frame.add_blank_page()
            frame.pages[0].obj.Contents = frame.make_stream(drawn.PackFrame.read_bytes())
            frame.pages[0].obj.Resources = frame.copy_foreign(
                made.make_indirect(drawn.PackFrame.Resources)
            )
            shown += text_of(frame)
            assert "CLOSED TO THE PUBLIC" in shown
            assert "Item 2, Paper" in shown
        assert f"Page {place} of {count}" in shown
    assert "First words" not in text_of(made_of(coming))


def test_the_pack_says_which_papers_have_no_tags_and_their_pages_say_it_too(
    on: AgendaItem, coming: Meeting
) -> None:
    pdf_paper(on, untagged())
    pdf_paper(on, scanned(2), heading="A scan")
    pdf_paper(on, tagged(), heading="A tagged one")
    made = made_of(coming)
    said = text_of(made)
    assert said.count("they came without tags, so they cannot be read aloud.") == 2
    assert "or as pictures of their pages where they came without any" in said
    pictures = [e for e in elements(made.Root.StructTreeRoot) if e.S == "/Figure"]
    alternative = [str(e.Alt) for e in pictures]
    assert sum("Page 2 of 2 of this paper as it was handed in" in a for a in alternative) == 1
    assert sum("cannot be read aloud" in a for a in alternative) == 3
    assert unled(made) == []
    with made.open_metadata() as about:
        assert "pdfuaid:part" not in about


def test_a_pack_without_pdf_papers_keeps_its_promise(on: AgendaItem, coming: Meeting) -> None:
    made = made_of(coming)
    with made.open_metadata() as about:
        assert about["pdfuaid:part"] == "1"
    assert "PDF/UA" not in text_of(made)


def test_links_to_the_web_are_kept_where_their_words_are_and_others_are_left_out(
    on: AgendaItem, coming: Meeting
) -> None:
    data = two_pages()
    with pikepdf.open(io.BytesIO(data)) as source:
        was = [float(n) for n in source.pages[0].obj.Annots[0].Rect]
    pdf_paper(on, data)
    made = made_of(coming)
    page = next(p for p in made.pages if "/PackFrame" in p.obj.Resources.get("/XObject", {}))
    (link,) = page.obj.Annots
    assert str(link.A.URI) == "https://example.org/more"
    now = [float(n) for n in link.Rect]
    scale = (841.89 - 34 * 72 / 25.4) / 841.89
    assert now[2] - now[0] == pytest.approx(scale * (was[2] - was[0]), abs=0.1)
    assert now[3] < was[3]
    targets = [k for e in elements(made.Root.StructTreeRoot) for k in e.get("/K", [])
               if isinstance(k, pikepdf.Dictionary) and k.get("/Type") == "/OBJR"]  # fmt: skip
    known = {a.objgen for p in made.pages for a in p.obj.get("/Annots", [])}
    assert all(t.Obj.objgen in known for t in targets)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_of_any_size_and_turn_fits_its_frame(
    turned: int, on: AgendaItem, coming: Meeting
) -> None:
    with pikepdf.open(io.BytesIO(two_pages())) as wide:
        for page in wide.pages:
            page.obj.MediaBox = pikepdf.Array([-10, 20, 1190, 862])
            page.obj.Rotate = turned
        data = pdf_bytes(wide)
    pdf_paper(on, data)
    made = made_of(coming)
    page = next(p for p in made.pages if "/PackFrame" in p.obj.Resources.get("/XObject", {}))
    assert "/Rotate" not in page.obj
    steps = pikepdf.parse_content_stream(page)
    placed = next(s for s in steps if str(s.operator) == "cm")
    matrix = pikepdf.Matrix(*[float(n) for n in placed.operands])
    corners = [matrix.transform(c) for c in ((-10, 20), (1190, 20), (-10, 862), (1190, 862))]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    assert min(xs) >= -0.1
    assert max(xs) <= 595.4
    assert min(ys) >= 15 * 72 / 25.4 - 0.1
    assert max(ys) == pytest.approx(841.89 - 19 * 72 / 25.4, abs=0.1)
    upright = max(xs) - min(xs) > max(ys) - min(ys)
    assert upright == (turned in (0, 180))


def test_two_papers_with_the_same_names_inside_are_kept_apart(
    on: AgendaItem, coming: Meeting
) -> None:
    with pikepdf.open(io.BytesIO(two_pages())) as source:
        root = source.Root.StructTreeRoot
        cells = [e for e in elements(root) if e.S in ("/TH", "/TD")]
        cells[0].ID = pikepdf.String("first")
        cells[2].A = pikepdf.Dictionary(O=pikepdf.Name.Table, Headers=pikepdf.Array(["first"]))
        cells[1].C = pikepdf.Name.Loud
        cells[3].S = pikepdf.Name.Zelle
        root.ClassMap = pikepdf.Dictionary(Loud=pikepdf.Dictionary(O=pikepdf.Name.Table))
        root.RoleMap = pikepdf.Dictionary(Zelle=pikepdf.Name.Cell, Cell=pikepdf.Name.TD)
        root.IDTree = source.make_indirect(
            pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("first"), cells[0]]))
        )
        data = pdf_bytes(source)
    for _ in range(2):
        pdf_paper(on, data)
    made = made_of(coming)
    root = made.Root.StructTreeRoot
    named = list(root.IDTree.Names)
    assert [str(n) for n in named[::2] if str(n).endswith("first")] == [
        "original-1-first",
        "original-2-first",
    ]
    assert [str(n) for n in named[::2]] == sorted(map(str, named[::2]))
    heads = [str(e.A.Headers[0]) for e in elements(root)
             if isinstance(e.get("/A"), pikepdf.Dictionary) and "/Headers" in e.A]  # fmt: skip
    assert sorted(heads) == ["original-1-first", "original-2-first"]
    assert {"/original-1-Loud", "/original-2-Loud"} <= set(root.ClassMap.keys())
    assert "Zelle" not in tags(made)
    assert unled(made) == []


def test_a_file_that_cannot_be_opened_or_is_gone_leaves_its_address_in_the_pack(
    on: AgendaItem, coming: Meeting
) -> None:
    lost = pdf_paper(on, tagged())
    PaperVersion.objects.filter(paper=lost).update(file_hash="0" * 64)
    said = text_of(made_of(coming))
    assert f"Its file cannot be put into a pack. Its page is /papers/{lost.number}/." in said
    assert original(b"%PDF-1.7 broken") is None
    assert bind(b"a pack", []) == b"a pack"


def test_a_pack_with_pdf_papers_is_the_same_file_again(on: AgendaItem, coming: Meeting) -> None:
    pdf_paper(on, two_pages())
    pdf_paper(on, scanned(1))
    once, again = (packs.as_pdf(packs.pack(coming, closed=False)) for _ in range(2))
    assert once == again


def test_a_word_without_an_end_is_broken_and_the_foot_of_a_page_keeps_its_line(
    on: AgendaItem, coming: Meeting
) -> None:
    AgendaItem.objects.filter(pk=on.pk).update(heading="W" * 200)
    Meeting.objects.filter(pk=coming.pk).update(heading="M" * 200)
    made = made_of(Meeting.objects.get(pk=coming.pk))
    assert any(title == f"2. {'W' * 200}" for _, title in bookmarks(made))
    words = text_of(made).replace("\u200b", "").split()
    assert 0 < max(len(w) for w in words if set(w) == {"W"}) < 60  # in no line are there more
    said = packs.for_typesetting(packs.pack(Meeting.objects.get(pk=coming.pk), closed=False))
    assert said["running"] == "M" * 59 + "…"
