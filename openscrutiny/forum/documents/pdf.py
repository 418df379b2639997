"""PDF documents: looked into for what everybody needs to read them, and copied by an allow-list."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from openscrutiny.forum.documents.checks import Check, Read, Unreadable

KIND = "application/pdf"
MOST_PAGES = 400
# How much of a structure tree is looked at: more than 400 pages of text ever have.
_MOST_ELEMENTS = 200_000
_INSTEAD = "Hand in its text, a Word document or a tagged PDF: pictures of pages are not enough."
_KEPT_OF_DOCUMENT = {
    "/Type", "/Version", "/Pages", "/StructTreeRoot", "/MarkInfo", "/Lang", "/Outlines",
    "/PageLabels", "/Dests", "/ViewerPreferences", "/Names", "/Extensions",
}  # fmt: skip
_KEPT_OF_PAGES = {
    "/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/Annots",
    "/StructParents", "/Tabs", "/Group", "/UserUnit",
}  # fmt: skip


def read(data: bytes) -> Read:
    """What a PDF lacks and carries, and the copy of it that may be given away.

    No page is drawn and no picture unpacked, so a file of any content is answered quickly.
    Unreadable where it is no PDF, is locked, or has more than MOST_PAGES pages.
    """
    try:
        opened = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise Unreadable(
            "This PDF is locked with a password, so nobody could read it.",
            "Save it without a password, then hand it in again.",
        ) from None
    except (pikepdf.PdfError, ValueError, RecursionError):
        raise Unreadable("This file is damaged, or no PDF.", _INSTEAD) from None
    with opened:
        pages = len(opened.pages)
        if pages > MOST_PAGES:
            raise Unreadable(
                f"This PDF has {pages:,} pages, and a paper may have {MOST_PAGES}.",
                "Hand in what the meeting needs to read, and say where the rest can be found.",
            )
        try:
            checks = (*_reading(opened, pages), *_carried(opened))
            return Read("", checks, KIND, "pdf", _copied(opened), pages)
        except (pikepdf.PdfError, ValueError, TypeError, AttributeError, RecursionError):
            raise Unreadable("This PDF is damaged.", _INSTEAD) from None


def _reading(pdf: pikepdf.Pdf, pages: int) -> Iterator[Check]:
    """What people who listen to it, or make it larger, will miss."""
    pictures = sum(1 for page in pdf.pages if not _has_letters(page.obj.get("/Resources")))
    if pictures:
        which = "All its pages are" if pictures == pages else f"{pictures} of {pages} pages are"
        yield Check(f"{which} pictures without text.", _INSTEAD, True)
    root = pdf.Root
    marked = root.get("/MarkInfo", Dictionary()).get("/Marked", False)
    if "/StructTreeRoot" not in root or not marked:
        yield Check(
            "It is not tagged, so its reading order is not known.",
            "Save it again as a tagged PDF (in Word: Save as PDF, Options, Document structure tags "
            "for accessibility), or hand in the Word document.",
            True,
        )
    else:
        yield from _tags(root.StructTreeRoot)
    if not str(root.get("/Lang", "")):
        yield Check(
            "It does not say its language, so it may be read aloud in the wrong one.",
            "Set the language to English (United Kingdom) in the document, then save it again.",
        )
    if not _title(pdf):
        yield Check(
            "It has no title.", "Give the document a title in its properties, then save it again."
        )


def _tags(tree: Any) -> Iterator[Check]:
    figures = silent = tables = headless = 0
    for element in _elements(tree):
        kind = str(element.get("/S", ""))
        if kind == "/Figure":
            figures += 1
            silent += not str(element.get("/Alt", "")).strip()
        elif kind == "/Table":
            tables += 1
            headless += not any(str(e.get("/S", "")) == "/TH" for e in _elements(element))
    if silent:
        yield Check(
            f"{silent} of {figures} pictures have no alternative text.",
            "Describe each picture in its alternative text, then save it again.",
        )
    if headless:
        yield Check(
            f"{headless} of {tables} tables have no header cells.",
            "Mark the first row of each table as its header row, then save it again.",
        )


def _carried(pdf: pikepdf.Pdf) -> Iterator[Check]:
    """What a PDF carries along unseen; none of it is in the copy that is given away."""
    root, names = pdf.Root, pdf.Root.get("/Names", Dictionary())
    if pdf.is_encrypted:
        yield Check("Its use is restricted.", "The copy that is published is not.")
    if "/EmbeddedFiles" in names or "/AF" in root:
        yield Check(
            "It has other files in it.",
            "They are left out of what is published. Hand each in as a paper of its own.",
        )
    scripts = (root.get("/OpenAction"), root.get("/AA"), names.get("/JavaScript"))
    if any(_is_script(s) for s in scripts) or "/AcroForm" in root:
        yield Check("It has scripts or forms in it.", "They are left out of what is published.")
    if str(pdf.docinfo.get("/Author", "")).strip():
        yield Check(
            "Its properties name a person as author.",
            "They are left out of what is published. Remove them before you send it elsewhere.",
        )
    if any(str(a.get("/Subtype", "")) != "/Link" for p in pdf.pages for a in _annotations(p)):
        yield Check("It has comments or forms on its pages.", "They are left out.")


def _copied(pdf: pikepdf.Pdf) -> bytes:
    """The same pages, text, tags, language, title and links, and nothing else of the document."""
    title = _title(pdf)
    for key in set(pdf.Root.keys()) - _KEPT_OF_DOCUMENT:
        del pdf.Root[key]
    names = pdf.Root.get("/Names")
    if names is not None:
        for key in set(names.keys()) - {"/Dests"}:
            del names[key]
    for page in pdf.pages:
        links = [a for a in _annotations(page) if _is_plain_link(a)]
        for key in set(page.obj.keys()) - _KEPT_OF_PAGES:
            del page.obj[key]
        page.obj["/Annots"] = Array(links)
    for key in list(pdf.docinfo.keys()):
        del pdf.docinfo[key]
    with pdf.open_metadata(set_pikepdf_as_editor=False) as said:
        if title:
            said["dc:title"] = title
    if title:
        pdf.docinfo["/Title"] = title
    pdf.remove_unreferenced_resources()
    made = io.BytesIO()
    pdf.save(made, encryption=False, deterministic_id=True)
    return made.getvalue()


def _title(pdf: pikepdf.Pdf) -> str:
    written = str(pdf.docinfo.get("/Title", "")).strip()
    if written:
        return written[:300]
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as said:
        return str(said.get("dc:title", "") or "").strip()[:300]


def _elements(tree: Any) -> Iterator[Any]:
    """The elements below one of a structure tree, each once; no loop in a file goes round twice."""
    seen: set[tuple[int, int]] = set()
    waiting = [tree]
    for _ in range(_MOST_ELEMENTS):
        if not waiting:
            return
        kids = waiting.pop().get("/K", Array())
        for kid in kids if isinstance(kids, Array) else [kids]:
            if not isinstance(kid, Dictionary) or (kid.is_indirect and kid.objgen in seen):
                continue
            if kid.is_indirect:
                seen.add(kid.objgen)
            waiting.append(kid)
            if "/S" in kid:
                yield kid


def _has_letters(resources: Any, depth: int = 0) -> bool:
    """Whether a page uses letters at all: pictures of pages have no typeface."""
    if not isinstance(resources, Dictionary) or depth > 4:
        return False
    if len(resources.get("/Font", Dictionary()).keys()):
        return True
    drawn = resources.get("/XObject", Dictionary())
    forms = [x for x in (drawn[k] for k in list(drawn.keys())[:50]) if x.get("/Subtype") == "/Form"]
    return any(_has_letters(form.get("/Resources"), depth + 1) for form in forms)


def _annotations(page: pikepdf.Page) -> list[Any]:
    return [a for a in page.obj.get("/Annots", Array()) if isinstance(a, Dictionary)]


def _is_plain_link(annotation: Any) -> bool:
    """A link to a place in the document or to an address, and no other action."""
    if str(annotation.get("/Subtype", "")) != "/Link" or "/AA" in annotation:
        return False
    action = annotation.get("/A")
    return action is None or (
        str(action.get("/S", "")) in ("/URI", "/GoTo") and "/Next" not in action
    )


def _is_script(action: Any) -> bool:
    return action is not None and not (isinstance(action, Array) or action.get("/S") == Name.GoTo)
