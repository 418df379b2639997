"""Word documents written: real headings, lists, header rows, British English, and no names in them.

What they hold is made of blocks, so a document can carry nothing along that a page does not show.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from openscrutiny.forum.documents.blocks import (
    Block,
    Heading,
    Listing,
    Paragraph,
    Run,
    Table,
)

# Word wants a date among the properties of a document; this one says nothing of anybody.
_NO_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 (the format knows no zones)


def document(blocks: Sequence[Block], *, title: str, mark: str = "") -> bytes:
    """A Word document of some blocks under a title. ``mark`` stands at the head and the foot of
    every page."""
    made = _begun(title, mark)
    if title:
        made.add_heading(title, level=0)
    _write(made, blocks)
    return _saved(made)


def letters(each: Sequence[Sequence[Block]], *, title: str) -> bytes:
    """Letters in one document, each on a page of its own."""
    made = _begun(title, "")
    for place, blocks in enumerate(each):
        if place:
            made.add_page_break()
        _write(made, blocks)
    return _saved(made)


def _begun(title: str, mark: str) -> Any:
    made = Document()
    properties = made.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = title
    properties.language = "en-GB"
    properties.created = properties.modified = _NO_DAY
    fonts = made.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    language = fonts.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        fonts.append(language)
    for kind in ("val", "eastAsia", "bidi"):
        language.set(qn(f"w:{kind}"), "en-GB" if kind == "val" else "")
    for kind in ("eastAsia", "bidi"):
        del language.attrib[qn(f"w:{kind}")]
    if mark:
        for place in (made.sections[0].header, made.sections[0].footer):
            place.paragraphs[0].add_run(mark).bold = True
    return made


def _saved(made: Any) -> bytes:
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def _write(into: Any, blocks: Sequence[Block]) -> None:
    for block in blocks:
        if isinstance(block, Heading):
            paragraph = into.add_heading("", level=min(block.level, 9))
            _say(paragraph, block.runs)
        elif isinstance(block, Paragraph):
            _say(into.add_paragraph(), block.runs)
        elif isinstance(block, Listing):
            _list(into, block, 1)
        else:
            _table(into, block)


def _list(into: Any, listing: Listing, depth: int) -> None:
    name = "List Number" if listing.ordered else "List Bullet"
    style = name if depth == 1 else f"{name} {min(depth, 3)}"
    for item in listing.items:
        for block in item:
            if isinstance(block, Listing):
                _list(into, block, depth + 1)
            elif isinstance(block, Table):
                _table(into, block)
            else:
                _say(into.add_paragraph(style=style), block.runs)


def _table(into: Any, table: Table) -> None:
    lines = [*([table.header] if table.header else []), *table.rows]
    made = into.add_table(rows=len(lines), cols=max(len(line) for line in lines))
    made.style = "Table Grid"
    for place, line in enumerate(lines):
        cells = made.rows[place].cells
        for cell, runs in zip(cells, line, strict=False):
            heads = bool(table.header) and place == 0
            _say(cell.paragraphs[0], [Run(r.text, True, r.italic, r.href) if heads else r
                                      for r in runs])  # fmt: skip
    if table.caption:
        caption = OxmlElement("w:tblCaption")
        caption.set(qn("w:val"), _writable(table.caption))
        made._tbl.tblPr.append(caption)
    if table.header:
        properties = made.rows[0]._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:tblHeader"))


def _say(paragraph: Any, runs: Sequence[Run]) -> None:
    for run in runs:
        said = paragraph.add_run(_writable(run.text))
        said.bold, said.italic = run.bold or None, run.italic or None
        if run.href:
            _make_link(paragraph, said, run.href)


def _make_link(paragraph: Any, said: Any, address: str) -> None:
    key = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), key)
    said.font.underline = True
    said._r.addprevious(link)
    link.append(said._r)


def _writable(text: str) -> str:
    """Text without the control characters that Word files cannot hold."""
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)
