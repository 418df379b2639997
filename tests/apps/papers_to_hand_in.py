"""Files for tests, made here: Word documents and PDFs, good ones and every kind of bad one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import docx
import pikepdf
import typst
from pikepdf import Array, Dictionary, Name

_GOOD = """
#set document(title: "A paper")
#set text(lang: "en", region: "GB")
= What we did
Text of the paper, #link("https://example.org/more")[and more].
#table(columns: 2, table.header[Month][Reports], [May], [12])
#figure(image(bytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>"), alt: "A square"), caption: [One])
"""  # noqa: E501


def word(
    text: str = "Text.", *, author: str = "", parts: Mapping[str, str] | None = None, body: str = ""
) -> bytes:
    """A Word document with a paragraph; ``body`` is XML put before it, ``parts`` more parts."""
    made = docx.Document()
    made.core_properties.author = author
    made.core_properties.comments = ""
    made.add_paragraph(text)
    return changed(saved(made), body=body, parts=parts or {})


def saved(made: Any) -> bytes:
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def changed(data: bytes, *, body: str, parts: Mapping[str, str]) -> bytes:
    """The same document with XML at the head of its text, and with further parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                content = content.replace(b"<w:body>", b"<w:body>" + body.encode())
            new.writestr(name, content)
        for name, content_of_part in parts.items():
            new.writestr(name, content_of_part)
    return written.getvalue()


def tagged(source: str = _GOOD) -> bytes:
    """A PDF that is tagged and lacks nothing."""
    return typst.compile(source.encode(), pdf_standards=["ua-1"], ignore_system_fonts=True)


def untagged() -> bytes:
    made = pikepdf.open(
        io.BytesIO(typst.compile(b"Text", pdf_tags=False, ignore_system_fonts=True))
    )
    del made.Root["/Lang"]
    return pdf_bytes(made)


def scanned(pages: int, *, size: int = 2000) -> bytes:
    """A PDF of pictures of pages, without any text."""
    made = pikepdf.new()
    picture = made.make_stream(
        b"\xff" * size,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=size // 10,
        Height=10,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
    )
    for _ in range(pages):
        page = made.add_blank_page(page_size=(595, 842))
        page.obj.Resources = Dictionary(XObject=Dictionary(Scan=picture))
        page.obj.Contents = made.make_stream(b"q 595 0 0 842 0 0 cm /Scan Do Q")
    return pdf_bytes(made)


def with_everything_hidden() -> bytes:
    """A tagged PDF that carries an author, a script, a file, a comment and a form along."""
    made = pikepdf.open(io.BytesIO(tagged()))
    made.docinfo["/Author"] = "Jo Bloggs"
    made.attachments["secret.txt"] = b"A name in a file."
    script = Dictionary(S=Name.JavaScript, JS="app.alert('A script.')")
    made.Root.OpenAction = made.make_indirect(script)
    made.Root.AcroForm = Dictionary(Fields=Array([]))
    made.Root.PieceInfo = Dictionary(Private="A private thing.")
    comment = Dictionary(
        Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents="A comment.",
        T="Jo Bloggs",
    )  # fmt: skip
    page = made.pages[0].obj
    page.Annots = Array([*page.get("/Annots", Array()), made.make_indirect(comment)])
    page.Thumb = made.make_stream(b"A small picture.")
    return pdf_bytes(made)


def pdf_bytes(made: pikepdf.Pdf, **how: Any) -> bytes:
    written = io.BytesIO()
    made.save(written, **how)
    return written.getvalue()
