"""Documents: what is taken, what is found in them, and what of them never gets any further."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import docx
import pikepdf
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.forum.documents import blocks, cleaning, pdf, reading, word, writing
from openscrutiny.forum.documents.blocks import Heading, Listing, Paragraph, Run, Table
from openscrutiny.forum.documents.checks import Unreadable
from tests.apps import papers_to_hand_in as files

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def found(checks: Any) -> str:
    return " ".join(check.what for check in checks)


# ---- text ------------------------------------------------------------------------------------


def test_a_little_markdown_becomes_headings_lists_links_and_tables() -> None:
    html = cleaning.of_markdown(
        "## Why\n\nIt is **due** and [here](https://example.org).\n\n- one\n- two\n\n"
        "| A | B |\n|---|---|\n| 1 | 2 |"
    )
    assert '<h2 class="govuk-heading-m">Why</h2>' in html
    assert "<strong>due</strong>" in html
    assert 'href="https://example.org"' in html
    assert "<li>one</li>" in html
    assert '<th scope="col" class="govuk-table__header">A</th>' in html
    assert "<caption" in html


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[a](javascript:alert(1))",
        '<a href="javascript:alert(1)">a</a>',
        '<p style="position:fixed" class="x" onclick="a()">a</p>',
        "<iframe src=https://example.org></iframe>",
        '<a href="data:text/html,x">a</a>',
        '<svg><a xlink:href="javascript:alert(1)">a</a></svg>',
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    ],
)
@pytest.mark.parametrize("clean", [cleaning.of_markdown, cleaning.of_html])
def test_nothing_that_runs_or_leads_astray_comes_through(bad: str, clean: Any) -> None:
    html = clean(bad)
    tree = blocks._Tree()
    tree.feed(html)
    seen: list[blocks._Element] = [tree.root]
    for element in seen:
        seen += [c for c in element.children if isinstance(c, blocks._Element)]
        assert element.tag not in ("script", "iframe", "svg", "math", "img")
        assert set(element.attributes) <= {
            "class", "href", "rel", "scope", "tabindex", "role", "aria-label"
        }  # fmt: skip
        assert element.attributes.get("href", "https:").startswith(("https:", "http:", "mailto:"))
        assert element.attributes.get("class", "govuk-body").startswith(("govuk-", "os-"))


@given(st.text(max_size=300))
def test_clean_html_is_the_same_when_it_is_cleaned_again(text: str) -> None:
    once = cleaning.of_markdown(text)
    assert blocks.render(blocks.parse(once)) == once


@given(st.text(alphabet="<>/apbh123ultdri =\"'&; \n", max_size=200))
def test_no_html_whatever_breaks_the_reading_of_it(html: str) -> None:
    once = cleaning.of_html(html)
    assert blocks.render(blocks.parse(once)) == once


def test_headings_never_skip_a_level_and_begin_below_the_title_of_the_page() -> None:
    made = blocks.parse("<h3>a</h3><h6>b</h6><h4>c</h4><h1>d</h1>")
    assert [b.level for b in made if isinstance(b, Heading)] == [1, 2, 2, 1]
    assert blocks.render(made).startswith("<h2")


def test_a_picture_is_told_by_its_alternative_text() -> None:
    assert "[Picture: Reports by month]" in cleaning.of_html('<img alt="Reports by month">')
    assert "[A picture without a description]" in cleaning.of_html("<img>")


def test_deeply_nested_html_is_read_without_going_round_for_ever() -> None:
    html = "<ul><li>" * 5000 + "x" + "</li></ul>" * 5000
    assert "x" in blocks.render(blocks.parse(html))


def test_an_odd_address_is_no_address() -> None:
    assert blocks.safe_address("https://[bad") == ""
    assert blocks.safe_address("https://") == ""
    assert blocks.safe_address("mailto:a@example.org") == "mailto:a@example.org"


# ---- Word ------------------------------------------------------------------------------------


def test_a_word_document_becomes_a_page_with_its_headings_lists_and_tables() -> None:
    made = docx.Document()
    made.add_heading("Reports", 1)
    made.add_paragraph("They rose.")
    made.add_paragraph("First", style="List Bullet")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("Month", "Reports", "May", "12"), strict=True
    ):
        cell.text = text
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(header.makeelement(qn("w:tblHeader"), {}))
    read = word.read(files.saved(made))
    assert '<h2 class="govuk-heading-m">Reports</h2>' in read.html
    assert "<li>First</li>" in read.html
    assert '<th scope="col" class="govuk-table__header">Month</th>' in read.html
    assert "header row" not in found(read.checks)


def test_what_makes_a_word_document_hard_to_listen_to_is_said_with_what_to_do() -> None:
    made = docx.Document()
    for place in range(15):
        made.add_paragraph(f"Paragraph {place}")
    made.add_table(rows=1, cols=1).rows[0].cells[0].text = "x"
    picture = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/'
        '2006/wordprocessingDrawing"><wp:docPr id="1" name="P"/></wp:inline></w:drawing>'
        "</w:r></w:p>"
    )
    read = word.read(files.changed(files.saved(made), body=picture, parts={}))
    said = found(read.checks)
    assert "It has no headings." in said
    assert "1 of 1 tables have no header row." in said
    assert "1 of 1 pictures have no alternative text." in said
    assert all(check.to_do for check in read.checks)
    assert not any(check.blocks for check in read.checks)


def test_of_tracked_changes_what_was_inserted_is_kept_and_what_was_deleted_is_not() -> None:
    body = (
        '<w:p><w:ins w:id="1" w:author="Jo Bloggs">' + run("Inserted.") + "</w:ins>"
        '<w:del w:id="2" w:author="Jo Bloggs"><w:r><w:delText>Deleted.</w:delText></w:r></w:del>'
        '<w:moveFrom w:id="3" w:author="Jo Bloggs">' + run("Moved from.") + "</w:moveFrom>"
        '<w:moveTo w:id="4" w:author="Jo Bloggs">' + run("Moved to.") + "</w:moveTo></w:p>"
    )
    read = word.read(files.word("Kept.", body=body))
    for kept in ("Inserted.", "Moved to.", "Kept."):
        assert kept in read.html
    for gone in ("Deleted.", "Moved from.", "Bloggs"):
        assert gone not in read.html
    check = next(c for c in read.checks if "tracked changes" in c.what)
    assert "inserted is kept and what was deleted is left out" in check.to_do


@pytest.mark.parametrize("mark", ["<w:vanish/>", '<w:vanish w:val="true"/>'])
def test_hidden_text_never_reaches_the_page(mark: str) -> None:
    read = word.read(files.word("Kept.", body=f"<w:p>{run('A hidden name.', mark)}</w:p>"))
    assert "hidden name" not in read.html
    assert "It has hidden text." in found(read.checks)
    not_hidden = '<w:vanish w:val="0"/>'
    shown = word.read(files.word(body=f"<w:p>{run('Shown.', not_hidden)}</w:p>"))
    assert "Shown." in shown.html


def test_text_in_a_style_that_hides_it_never_reaches_the_page() -> None:
    made = docx.Document()
    style = made.styles.add_style("Secret", 1)
    style.font.hidden = True
    made.add_paragraph("A hidden name.", style="Secret")
    made.add_paragraph("Kept.")
    assert "hidden name" not in word.read(files.saved(made)).html


def test_comments_authors_and_properties_stay_out_of_page_and_copy() -> None:
    comments = (
        f'<w:comments xmlns:w="{_W}"><w:comment w:id="0" w:author="Jo Bloggs">'
        f"<w:p>{run('A comment.')}</w:p></w:comment></w:comments>"
    )
    data = files.word("Kept.", author="Jo Bloggs", parts={"word/comments.xml": comments})
    read = word.read(data)
    said = found(read.checks)
    assert "It has comments." in said
    assert "name a person as author" in said
    with zipfile.ZipFile(io.BytesIO(read.copy)) as archive:
        everything = (
            b"".join(archive.read(n) for n in archive.namelist())
            + repr(archive.namelist()).encode()
        )
    for hidden in (b"Bloggs", b"A comment.", b"comments.xml"):
        assert hidden not in everything
    assert b"Kept." in everything


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
    return written.getvalue()


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_before_it_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = bomb()
    assert len(data) < 100_000

    def never(*_: Any) -> bytes:
        raise AssertionError("it was opened")

    monkeypatch.setattr(zipfile.ZipFile, "read", never)
    with pytest.raises(Unreadable, match="unpacks to far more"):
        word.read(data)


def test_a_document_with_very_many_parts_is_refused() -> None:
    parts = {f"word/media/{n}.png": "x" for n in range(3001)}
    with pytest.raises(Unreadable, match="unpacks to far more"):
        word.read(files.word(parts=parts))


def test_declarations_that_grow_without_end_are_refused() -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for name in ("word/document.xml", "word/numbering.xml"):
        written = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(files.word())) as old, zipfile.ZipFile(written, "w") as new:
            for part in old.namelist():
                new.writestr(part, laughs if part == name else old.read(part))
        with pytest.raises(Unreadable, match="declarations"):
            word.read(written.getvalue())


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.docx", b"", "empty"),
        ("a.docx", b"not a zip", "damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + b"x" * 500, "locked with a password"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "not a kind of file"),
        ("a.html", b"<script>", "not a kind of file"),
        ("a.pdf", b"<html>", "called a PDF and is none"),
        ("a.pdf", b"%PDF-1.7 and nothing", "damaged"),
        ("a.docx", b"x" * (reading.LARGEST + 1), "larger than 30 MB"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_do(name: str, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as refusal:
        reading.read(name, data)
    assert refusal.value.what_to_do


def test_a_zip_without_a_document_in_it_is_no_word_document() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("x.txt", "x")
    with pytest.raises(Unreadable, match="no Word document"):
        reading.read("a.docx", written.getvalue())


def test_an_empty_document_says_that_it_has_no_text() -> None:
    read = word.read(files.word(""))
    assert "It has no text." in found(read.checks)
    assert any(c.blocks for c in read.checks)


# ---- PDF -------------------------------------------------------------------------------------


def test_a_good_pdf_has_nothing_to_complain_of_and_its_copy_neither() -> None:
    read = pdf.read(files.tagged())
    assert read.checks == ()
    assert read.pages == 1
    again = pdf.read(read.copy)
    assert again.checks == ()
    with pikepdf.open(io.BytesIO(read.copy)) as copy:
        assert str(copy.Root.Lang) == "en-GB"
        assert str(copy.docinfo["/Title"]) == "A paper"
        links = [a for a in copy.pages[0].obj.Annots if a.Subtype == "/Link"]
        assert [str(a.A.URI) for a in links] == ["https://example.org/more"]


def test_what_a_pdf_lacks_is_said_with_what_to_do() -> None:
    read = pdf.read(files.untagged())
    said = found(read.checks)
    for lack in ("not tagged", "does not say its language", "no title"):
        assert lack in said
    assert [c.what for c in read.checks if c.blocks] == [
        "It is not tagged, so its reading order is not known."
    ]


def test_tables_without_headers_and_pictures_without_words_are_found() -> None:
    with pikepdf.open(io.BytesIO(files.tagged())) as made:
        for element in pdf._elements(made.Root.StructTreeRoot):
            if str(element.get("/S")) == "/TH":
                element.S = pikepdf.Name.TD
            if str(element.get("/S")) == "/Figure":
                del element["/Alt"]
        data = files.pdf_bytes(made)
    said = found(pdf.read(data).checks)
    assert "1 of 1 pictures have no alternative text." in said
    assert "1 of 1 tables have no header cells." in said


def test_two_hundred_scanned_pages_are_told_from_a_paper_quickly() -> None:
    data = files.scanned(200, size=200_000)
    began = time.perf_counter()
    read = reading.read("scan.pdf", data)
    assert time.perf_counter() - began < 5
    check = read.checks[0]
    assert check.what == "All its pages are pictures without text."
    assert check.blocks
    assert "Hand in its text, a Word document or a tagged PDF" in check.to_do
    assert read.pages == 200


def test_a_pdf_of_more_pages_than_a_paper_has_is_refused() -> None:
    with pytest.raises(Unreadable, match="401 pages, and a paper may have 400"):
        pdf.read(files.scanned(401))


def test_a_locked_pdf_is_refused_and_a_restricted_one_is_opened_up_in_its_copy() -> None:
    made = pikepdf.open(io.BytesIO(files.tagged()))
    locked = files.pdf_bytes(made, encryption=pikepdf.Encryption(user="a", owner="b"))
    with pytest.raises(Unreadable, match="locked with a password"):
        pdf.read(locked)
    restricted = files.pdf_bytes(made, encryption=pikepdf.Encryption(user="", owner="b"))
    read = pdf.read(restricted)
    assert "Its use is restricted." in found(read.checks)
    with pikepdf.open(io.BytesIO(read.copy)) as copy:
        assert not copy.is_encrypted


def test_nothing_hidden_in_a_pdf_gets_into_the_copy_that_is_given_away() -> None:
    read = pdf.read(files.with_everything_hidden())
    said = found(read.checks)
    for thing in ("other files", "scripts or forms", "a person as author", "comments"):
        assert thing in said
    plain = unpacked(read.copy)
    for hidden in (b"Bloggs", b"A name in a file", b"app.alert", b"A comment", b"A private thing",
                   b"A small picture", b"AcroForm", b"EmbeddedFile"):  # fmt: skip
        assert hidden not in plain
    assert found(pdf.read(read.copy).checks) == ""


def unpacked(data: bytes) -> bytes:
    """Everything in a PDF, uncompressed."""
    with pikepdf.open(io.BytesIO(data)) as made:
        return files.pdf_bytes(
            made,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )


def test_a_structure_that_leads_back_into_itself_ends() -> None:
    with pikepdf.open(io.BytesIO(files.tagged())) as made:
        first = next(iter(pdf._elements(made.Root.StructTreeRoot)))
        first.K = pikepdf.Array([first, made.Root.StructTreeRoot])
        data = files.pdf_bytes(made)
    assert pdf.read(data).pages == 1


# ---- Word written ----------------------------------------------------------------------------


def test_a_written_word_document_has_headings_header_rows_language_and_no_name() -> None:
    data = writing.document(
        [
            Heading(1, (Run("Reports"),)),
            Paragraph((Run("Bold", bold=True), Run(" and "), Run("a link", href="https://x.org"))),
            Listing(True, ((Paragraph((Run("one"),)),),)),
            Table(((Run("A"),), (Run("B"),)), (((Run("1"),), (Run("2\x0b"),)),)),
        ],
        title="Minutes",
        mark="DRAFT",
    )
    made = docx.Document(io.BytesIO(data))
    assert [p.style.name for p in made.paragraphs][:3] == ["Title", "Heading 1", "Normal"]
    assert made.sections[0].header.paragraphs[0].text == "DRAFT"
    assert made.core_properties.author == ""
    assert made.core_properties.last_modified_by == ""
    assert made.core_properties.language == "en-GB"
    assert made.core_properties.title == "Minutes"
    default = made.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    assert default.get(qn("w:val")) == "en-GB"
    assert made.tables[0].rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    read = word.read(data)
    assert read.checks == ()
    assert '<th scope="col" class="govuk-table__header">A</th>' in read.html
    assert 'href="https://x.org"' in read.html
