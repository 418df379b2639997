"""Text of papers made clean: a little Markdown, or HTML of anything, to HTML of an allow-list."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

from openscrutiny.forum.documents import blocks

_TAGS = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "b", "em", "i", "a", "br",
    "table", "thead", "tbody", "tr", "th", "td", "img",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "img": {"alt"}}
_SCHEMES = {"http", "https", "mailto"}
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def of_markdown(text: str) -> str:
    """Text with headings, lists, links, tables and emphasis in Markdown, as clean HTML."""
    return of_html(_MARKDOWN.render(text))


def of_html(html: str) -> str:
    """HTML with nothing in it but what the pages know; empty where nothing is left to read.

    Cleaned by the allow-list first, then built anew from its blocks: no attribute, no script and no
    address but of the web and of mail can come through.
    """
    cleaned = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES)
    return blocks.render(blocks.parse(cleaned))
