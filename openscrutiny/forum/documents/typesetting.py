"""A meeting pack as one tagged PDF: PDF/UA-1, with a contents page, bookmarks and page numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from openscrutiny.forum.documents.blocks import Block, Heading, Listing, Paragraph, Run

# Of the typefaces that the typesetter carries with it, the one for running text: what the machine
# has installed is left alone, so that the same pack is the same file everywhere.
TYPEFACE = "Libertinus Serif"
_HERE = Path(__file__).parent
_NOT_IN_THE_TYPEFACE = "could not be displayed with font"
_INSTEAD = "\u25a1"
_TRIAL = b"""
#set document(title: "Trial")
#set text(font: sys.inputs.typeface, lang: "en")
#for letter in sys.inputs.letters.clusters() [#letter ]
"""


def typeset(pack: dict[str, Any]) -> bytes:
    """The PDF of a pack as ``pack.typ`` describes it; the same pack gives the same bytes.

    A letter the typeface has not becomes a square, and a note on the title page says how many
    there were: a pack of three languages is better than none.
    """
    try:
        return _compile(pack)
    except typst.TypstError as error:
        if _NOT_IN_THE_TYPEFACE not in str(error):
            raise
    wanted = {c for c in json.dumps(pack, ensure_ascii=False) if ord(c) > 126}
    lost = _unprintable(tuple(sorted(wanted)))
    count = 0

    def printable(text: str) -> str:
        nonlocal count
        count += sum(1 for c in text if c in lost)
        return "".join(_INSTEAD if c in lost else c for c in text)

    told = _mapped(pack, printable)
    signs = "sign is" if count == 1 else "signs are"
    said = f"{count:,} {signs} not in the typeface of this pack and shown as a square."
    told["notes"] = [*told["notes"], f"{said} The page of each paper shows them."]
    return _compile(told)


def as_data(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks as the typesetter takes them."""
    return [_data(block) for block in blocks]


def cell(text: str) -> list[dict[str, Any]]:
    """A cell of a table that holds plain text."""
    return _runs([Run(text)])


def _data(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "runs": _runs(block.runs)}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "runs": _runs(block.runs)}
    if isinstance(block, Listing):
        items = [as_data(item) for item in block.items]
        return {"kind": "list", "ordered": block.ordered, "items": items}
    return {
        "kind": "table",
        "header": [_runs(c) for c in block.header],
        "rows": [[_runs(c) for c in row] for row in block.rows],
    }


def _runs(runs: Sequence[Run]) -> list[dict[str, Any]]:
    return [
        {"text": _clean(r.text), "bold": r.bold, "italic": r.italic, "href": r.href} for r in runs
    ]


def _clean(text: str) -> str:
    """Text without control characters, which are no letters of any typeface."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", " ", text)


def _compile(pack: dict[str, Any]) -> bytes:
    return typst.compile(
        _HERE.joinpath("pack.typ").read_bytes(),
        sys_inputs={"pack": json.dumps(pack), "typeface": TYPEFACE},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )


@lru_cache(maxsize=64)
def _unprintable(letters: tuple[str, ...]) -> frozenset[str]:
    """Those of some letters that the typeface has not, found by halving."""
    if not letters or _prints(letters):
        return frozenset()
    if len(letters) == 1:
        return frozenset(letters)
    middle = len(letters) // 2
    return _unprintable(letters[:middle]) | _unprintable(letters[middle:])


def _prints(letters: tuple[str, ...]) -> bool:
    try:
        typst.compile(
            _TRIAL,
            sys_inputs={"letters": "".join(letters), "typeface": TYPEFACE},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )
    except typst.TypstError:
        return False
    return True


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(v, change) for v in value]
    if isinstance(value, dict):
        return {k: _mapped(v, change) for k, v in value.items()}
    return value
