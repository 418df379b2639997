"""A document as blocks: headings, paragraphs, lists and tables, from HTML and back to HTML.

Pages, packs and Word files are all made of these, so whatever is not one of them gets into none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Run:
    """A piece of text. ``href`` is an address on the web, a mail address, or empty."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """``level`` begins with 1: whoever sets it on a page says what 1 is there."""

    level: int
    runs: Runs


@dataclass(frozen=True)
class Paragraph:
    runs: Runs


@dataclass(frozen=True)
class Listing:
    """A list; each item is a sequence of blocks, so that lists may stand in lists."""

    ordered: bool
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Table:
    """``header`` is empty where the document names none of its columns, and ``caption`` where it
    does not say what the table shows."""

    header: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    caption: str = ""


Block = Heading | Paragraph | Listing | Table

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_SEPARATE = {"p", "div", "li", "blockquote", "pre", "dd", "dt", *_HEADINGS}
_SKIPPED = {"script", "style", "head", "title"}
_EMPTY = {"br", "img", "hr", "input", "meta", "link"}


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Element | str] = field(default_factory=list)


class _Tree(HTMLParser):
    """Builds a tree of whatever it is given; an end without a beginning is left out."""

    # Deeper than any real document; what is nested further is taken as standing there.
    _DEEPEST = 60

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = _Element(tag, {name: value or "" for name, value in attrs})
        if tag in _EMPTY or len(self._open) < self._DEEPEST:
            self._open[-1].children.append(made)
        if tag not in _EMPTY and len(self._open) < self._DEEPEST:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        at = next((i for i in range(len(self._open) - 1, 0, -1) if self._open[i].tag == tag), 0)
        if at:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(html: str) -> tuple[Block, ...]:
    """The blocks of some HTML. Pictures become words in square brackets: what they show."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    return _levelled(tuple(_blocks(tree.root)))


def render(blocks: Sequence[Block], *, top: int = 2) -> str:
    """The HTML of some blocks, in the markup of the pages; the highest heading is of ``top``."""
    tables = iter(range(1, 1 + sum(isinstance(b, Table) for b in _every(blocks))))
    return "\n".join(_html(block, top, tables) for block in blocks)


def words(runs: Sequence[Run]) -> str:
    """The text of some runs alone."""
    return "".join(run.text for run in runs)


def has_text(blocks: Sequence[Block]) -> bool:
    """Whether there is anything to read."""
    return any(True for _ in _every(blocks))


def of_text(text: str) -> tuple[Block, ...]:
    """Plain text as paragraphs, parted by empty lines."""
    parts = (part.strip() for part in text.replace("\r\n", "\n").split("\n\n"))
    return tuple(Paragraph((Run(part),)) for part in parts if part)


# ---- from HTML --------------------------------------------------------------------------------


def _blocks(element: _Element) -> Iterator[Block]:
    """The blocks inside an element; text that stands between them is a paragraph of its own."""
    loose: list[Run] = []

    def let_go() -> Iterator[Block]:
        runs = _tidy(loose)
        loose.clear()
        if runs:
            yield Paragraph(runs)

    for child in element.children:
        if isinstance(child, _Element) and child.tag in _SKIPPED:
            continue
        if isinstance(child, _Element) and (
            child.tag in (*_SEPARATE, "ul", "ol", "table", "dl", "section", "article")
        ):
            yield from let_go()
            yield from _block(child)
        else:
            loose.extend(_runs(child))
    yield from let_go()


def _block(element: _Element) -> Iterator[Block]:
    if element.tag in _HEADINGS:
        runs = _tidy(_runs(element))
        if runs:
            yield Heading(_HEADINGS[element.tag], _not_bold(runs))
    elif element.tag in ("ul", "ol"):
        items = tuple(tuple(_blocks(c)) for c in _inside(element, "li"))
        if kept := tuple(item for item in items if item):
            yield Listing(element.tag == "ol", kept)
        else:  # what stands in a list without being an item of it is not lost
            yield from _blocks(element)
    elif element.tag == "table":
        yield from _table(element)
    else:
        yield from _blocks(element)


def _table(element: _Element) -> Iterator[Block]:
    lines = [
        [(cell.tag, _cell(cell)) for cell in _inside(line, "th", "td")]
        for line in _inside(element, "tr")
    ]
    lines = [line for line in lines if any(runs for _, runs in line)]
    if not lines:
        yield from _blocks(element)
        return
    width = max(map(len, lines))
    filled = [[runs for _, runs in line] + [()] * (width - len(line)) for line in lines]
    headed = all(tag == "th" for tag, _ in lines[0])
    header = tuple(_not_bold(c) for c in filled[0]) if headed else ()
    yield Table(header, tuple(tuple(row) for row in filled[1 if headed else 0 :]))


def _not_bold(runs: Runs) -> Runs:
    return tuple(replace(run, bold=False) for run in runs)


def _cell(element: _Element) -> Runs:
    """The text of a cell in one line, whatever it is made of."""
    return _tidy([run for child in element.children for run in (*_runs(child), Run(" "))])


def _inside(element: _Element, *tags: str) -> Iterator[_Element]:
    """The nearest elements of some kinds, none of them inside another table or list."""
    for child in element.children:
        if isinstance(child, _Element):
            if child.tag in tags:
                yield child
            elif child.tag not in ("table", "ul", "ol"):
                yield from _inside(child, *tags)


def _runs(node: _Element | str, **look: Any) -> Iterator[Run]:
    if isinstance(node, str):
        yield Run(node, **look)
    elif node.tag == "br":
        yield Run("\n", **look)
    elif node.tag == "img":
        shown = " ".join(node.attributes.get("alt", "").split())
        yield Run(f"[Picture: {shown}]" if shown else "[A picture without a description]", **look)
    elif node.tag not in _SKIPPED:
        if node.tag in ("strong", "b"):
            look["bold"] = True
        elif node.tag in ("em", "i"):
            look["italic"] = True
        elif node.tag == "a":
            look["href"] = safe_address(node.attributes.get("href", ""))
        for child in node.children:
            yield from _runs(child, **look)


def safe_address(address: str) -> str:
    """An address of the web or of mail as it is; empty for any other, and for one that is odd."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    known = parts.scheme in ("http", "https") and parts.netloc
    return address.strip() if known or (parts.scheme == "mailto" and parts.path) else ""


def _tidy(runs: Sequence[Run] | Iterator[Run]) -> Runs:
    """Runs with single spaces, none at either end, and neighbours that look alike made one."""
    tidied: list[Run] = []
    for run in runs:
        text = _squeezed(run.text)
        if not tidied or tidied[-1].text[-1:] in (" ", "\n"):
            text = text.lstrip(" ")
        if not text:
            continue
        if tidied and replace(tidied[-1], text=text) == replace(run, text=text):
            tidied[-1] = replace(run, text=tidied[-1].text + text)
        else:
            tidied.append(replace(run, text=text))
    while tidied and not (last := tidied[-1].text.rstrip()):
        tidied.pop()
    if tidied:
        tidied[-1] = replace(tidied[-1], text=last)
    while tidied and not (first := tidied[0].text.lstrip()):
        tidied.pop(0)
    if tidied:
        tidied[0] = replace(tidied[0], text=first)
    return tuple(tidied)


def _squeezed(text: str) -> str:
    if text == "\n":
        return text
    middle = " ".join(text.split())
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and middle else ""
    return f"{before}{middle}{after}" if middle else before


def _levelled(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The same with headings that begin at 1 and never skip a level on the way down."""
    open_levels: list[int] = []
    levelled: list[Block] = []
    for block in blocks:
        if not isinstance(block, Heading):
            levelled.append(block)
            continue
        while open_levels and open_levels[-1] >= block.level:
            open_levels.pop()
        open_levels.append(block.level)
        levelled.append(replace(block, level=len(open_levels)))
    return tuple(levelled)


# ---- to HTML ----------------------------------------------------------------------------------


def _every(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Listing):
            for item in block.items:
                yield from _every(item)


def _html(block: Block, top: int, tables: Iterator[int]) -> str:
    if isinstance(block, Heading):
        level = min(block.level + top - 1, 6)
        size = {2: "m", 3: "s"}.get(level, "s")
        inner = _inline(block.runs)
        return f'<h{level} class="govuk-heading-{size}">{inner}</h{level}>'
    if isinstance(block, Paragraph):
        return f'<p class="govuk-body">{_inline(block.runs)}</p>'
    if isinstance(block, Listing):
        tag, kind = ("ol", "number") if block.ordered else ("ul", "bullet")
        items = "".join(f"<li>{_item(item, top, tables)}</li>" for item in block.items)
        return f'<{tag} class="govuk-list govuk-list--{kind}">{items}</{tag}>'
    number = next(tables)
    said = escape(block.caption or f"Table {number}")
    caption = f'<caption class="govuk-visually-hidden">{said}</caption>'
    heads = "".join(map(_head_cell, block.header))
    head = f"<thead><tr>{heads}</tr></thead>" if block.header else ""
    rows = "".join(
        "<tr>" + "".join(f'<td class="govuk-table__cell">{_inline(c)}</td>' for c in row) + "</tr>"
        for row in block.rows
    )
    return (
        f'<div class="os-scroll" tabindex="0" role="group" aria-label="{said}">'
        f'<table class="govuk-table os-table">{caption}{head}<tbody>{rows}</tbody></table></div>'
    )


def _head_cell(runs: Runs) -> str:
    """A cell of a header row; one without words heads nothing, and is no header."""
    if not runs:
        return '<td class="govuk-table__cell"></td>'
    return f'<th scope="col" class="govuk-table__header">{_inline(runs)}</th>'


def _item(item: Sequence[Block], top: int, tables: Iterator[int]) -> str:
    """An item of a list: one paragraph alone stands without being one."""
    first, *rest = item
    shown = _inline(first.runs) if isinstance(first, Paragraph) else _html(first, top, tables)
    return shown + "".join(_html(block, top, tables) for block in rest)


def _inline(runs: Sequence[Run]) -> str:
    said = []
    for run in runs:
        text = escape(run.text).replace("\n", "<br>")
        if run.bold:
            text = f"<strong>{text}</strong>"
        if run.italic:
            text = f"<em>{text}</em>"
        if run.href:
            text = f'<a class="govuk-link" href="{escape(run.href)}" rel="noopener">{text}</a>'
        said.append(text)
    return "".join(said)
