"""Word documents: taken in as clean HTML, without anything in them that is not their text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator

import mammoth
from docx.oxml.ns import qn
from lxml import etree

from openscrutiny.forum.documents import blocks
from openscrutiny.forum.documents.checks import Check, Read, Unreadable
from openscrutiny.forum.documents.cleaning import of_html
from openscrutiny.forum.documents.writing import document

KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BODY = "word/document.xml"
# A document of 200 pages of text has less than a tenth of each.
_MOST_PARTS = 3000
_LARGEST_IN_ALL = 150_000_000
_LARGEST_XML = 12_000_000
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_SAVE_AGAIN = "Save it in Word as a .docx file and hand it in again, or write its text here."

_HIDDEN = qn("w:vanish")
_TAKEN_OUT = {qn(f"w:{name}") for name in ("del", "moveFrom", "commentReference", "annotationRef")}
_UNWRAPPED = {qn("w:ins"), qn("w:moveTo")}
_TRACKED = (*(qn(f"w:{name}") for name in ("ins", "del", "moveFrom", "moveTo")),)
_DESCRIBED = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"


def read(data: bytes) -> Read:
    """The text of a Word document; Unreadable where it cannot be taken, said before it is opened.

    Of tracked changes what was inserted is kept and what was deleted is left out. Comments, hidden
    text, the names of authors and every other property of the file are left out.
    """
    with _opened(data) as archive:
        body = _part(archive, _BODY)
        if body is None:
            raise Unreadable("This file is no Word document.", _SAVE_AGAIN)
        checks = [*_hidden_things(archive, body), *_access(body)]
        cleaned = _accepted(archive, body)
    html = of_html(_as_html(cleaned))
    made = blocks.parse(html)
    if not blocks.has_text(made):
        checks.append(
            Check("It has no text.", "Write its text here, or hand in a document with text.", True)
        )
    copy = document(made, title="") if made else b""
    return Read(html, tuple(checks), KIND, "docx", copy)


def _opened(data: bytes) -> zipfile.ZipFile:
    """The parts of the document, none of which is read before all their sizes were looked at."""
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(
            "This file is an old .doc, or locked with a password, so it cannot be read.",
            _SAVE_AGAIN,
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError):
        raise Unreadable("This file is damaged, or no Word document.", _SAVE_AGAIN) from None
    parts = archive.infolist()
    largest = max((p.file_size for p in parts if p.filename.endswith((".xml", ".rels"))), default=0)
    if (
        len(parts) > _MOST_PARTS
        or sum(p.file_size for p in parts) > _LARGEST_IN_ALL
        or largest > _LARGEST_XML
    ):
        raise Unreadable(
            "This file unpacks to far more than a paper holds, so it was not opened.",
            "Hand in a shorter document, or write its text here.",
        )
    return archive


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """One part as a tree; None where there is none."""
    try:
        data = archive.read(name)
    except KeyError:
        return None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Unreadable("This file is damaged.", _SAVE_AGAIN) from None
    # No document has declarations of its own; they are how a small file becomes a huge one.
    if b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise Unreadable("This file holds declarations that no Word document has.", _SAVE_AGAIN)
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        raise Unreadable("This file is damaged.", _SAVE_AGAIN) from None


def _hidden_things(archive: zipfile.ZipFile, body: etree._Element) -> Iterator[Check]:
    """What a document carries along unseen; none of it gets any further."""
    names = set(archive.namelist())
    if next(body.iter(*_TRACKED), None) is not None:
        yield Check(
            "It has tracked changes.",
            "What was inserted is kept and what was deleted is left out, as if all changes were "
            "accepted. Read the page to see whether that is what was meant.",
        )
    if any(name.startswith("word/comments") for name in names):
        yield Check("It has comments.", "They are left out. Nothing needs to be done.")
    core = _part(archive, "docProps/core.xml")
    people = [
        e.text
        for e in (core if core is not None else ())
        if etree.QName(e).localname in ("creator", "lastModifiedBy") and (e.text or "").strip()
    ]
    if people:
        yield Check(
            "Its properties name a person as author.",
            "They are left out of what is published. Remove them before you send it elsewhere.",
        )
    if next(body.iter(_HIDDEN), None) is not None:
        yield Check("It has hidden text.", "It is left out. Nothing needs to be done.")
    if any("vbaProject" in name or "/embeddings/" in name for name in names):
        yield Check("It has macros or other files in it.", "They are left out.")


def _access(body: etree._Element) -> Iterator[Check]:
    """What makes a document hard to read for people who listen to it."""
    styles = [s.get(qn("w:val"), "") for s in body.iter(qn("w:pStyle"))]
    long = sum(1 for _ in body.iter(qn("w:p"))) > 12
    if long and not any(s.lower().startswith(("heading", "title")) for s in styles):
        yield Check(
            "It has no headings.",
            "Give its headings the styles Heading 1 and Heading 2, so that people can find their "
            "way by them.",
        )
    pictures = list(body.iter(_DESCRIBED))
    silent = sum(1 for p in pictures if not (p.get("descr") or "").strip())
    if silent:
        yield Check(
            f"{silent} of {len(pictures)} pictures have no alternative text.",
            "Describe each picture in its alternative text: it is shown in place of the picture.",
        )
    elif pictures:
        yield Check(
            "It has pictures.",
            "The page shows their alternative text in their place. Check that it says all that the "
            "picture shows.",
        )
    tables = list(body.iter(qn("w:tbl")))
    without = sum(1 for t in tables if next(t.iter(qn("w:tblHeader")), None) is None)
    if without:
        yield Check(
            f"{without} of {len(tables)} tables have no header row.",
            "Mark the first row of each table as its header row (Repeat Header Rows).",
        )


def _accepted(archive: zipfile.ZipFile, body: etree._Element) -> bytes:
    """The document with its changes accepted, and without hidden text and comments.

    Every part is read through the same guarded door, since the reader of Word takes any XML.
    """
    _take_out(body, _styles_that_hide(archive))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for part in archive.infolist():
            name = part.filename
            if name == _BODY:
                written.writestr(name, etree.tostring(body, encoding="utf-8"))
            elif name.endswith((".xml", ".rels")) and not name.startswith("word/comments"):
                found = _part(archive, name)
                if found is not None:
                    _take_out(found, frozenset())
                    written.writestr(name, etree.tostring(found, encoding="utf-8"))
            elif name.startswith("word/media/"):
                written.writestr(name, b"")
    return made.getvalue()


def _take_out(tree: etree._Element, hiding: Collection[str]) -> None:
    for element in list(tree.iter(*_TAKEN_OUT)):
        _remove(element)
    for run in list(tree.iter(qn("w:r"))):
        properties = run.find(qn("w:rPr"))
        if properties is not None and (_hides(properties) or _styled(properties, hiding, "rStyle")):
            _remove(run)
    for paragraph in list(tree.iter(qn("w:p"))):
        properties = paragraph.find(qn("w:pPr"))
        if properties is not None and _styled(properties, hiding, "pStyle"):
            for run in list(paragraph.iter(qn("w:r"))):
                _remove(run)
    for element in list(tree.iter(*_UNWRAPPED)):
        parent = element.getparent()
        if parent is not None:
            at = parent.index(element)
            parent[at : at + 1] = list(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _hides(properties: etree._Element) -> bool:
    mark = properties.find(_HIDDEN)
    return mark is not None and mark.get(qn("w:val"), "true") not in ("0", "false", "off")


def _styled(properties: etree._Element, styles: Collection[str], kind: str) -> bool:
    used = properties.find(qn(f"w:{kind}"))
    return used is not None and used.get(qn("w:val")) in styles


def _styles_that_hide(archive: zipfile.ZipFile) -> frozenset[str]:
    styles = _part(archive, "word/styles.xml")
    found = () if styles is None else styles.iter(qn("w:style"))
    return frozenset(
        str(style.get(qn("w:styleId")))
        for style in found
        if any(_hides(p) for p in style.iter(qn("w:rPr")))
    )


def _as_html(data: bytes) -> str:
    try:
        made = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(lambda _: {}),
        )
    except (KeyError, ValueError, AttributeError, OSError, RecursionError):
        raise Unreadable("This document could not be read.", _SAVE_AGAIN) from None
    return str(made.value)
