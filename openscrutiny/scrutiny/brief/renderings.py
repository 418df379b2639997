"""The brief as a file of its own: HTML that asks for nothing, and a tagged PDF of two pages."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.template.loader import render_to_string

from openscrutiny.monitor.charts.drawing import Chart
from openscrutiny.scrutiny.brief.page import BriefPage, printed

# Of the typefaces that the typesetter carries with it, the one for running text: what the machine
# has installed is left alone, so that the same brief is the same file everywhere.
TYPEFACE = "Libertinus Serif"
# What the typesetter is told in the page's own words.
_SAID = (
    "title",
    "subtitle",
    "kinds",
    "banner",
    "lead",
    "left_out",
    "quiet",
    "closing",
    "doubt",
    "how_to_read",
    "residents",
    "legend",
    "sources",
    "versions",
)
_HERE = Path(__file__).parent
_FACE = "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"


def as_html(page: BriefPage) -> str:
    """One file with everything in it: no script, and nothing is asked of any server."""
    shown = {"page": page, "style": _style(), "columns": _columns(page), "rows": _rows(page)}
    return render_to_string("scrutiny/brief.html", shown)


def policy() -> str:
    """The content security policy of the HTML: its own style and typeface, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def as_pdf(page: BriefPage) -> bytes:
    """Two pages of A4, PDF/UA-1: tagged, in British English, each chart with its description.

    The same page object gives the same bytes.
    """
    return typst.compile(
        _HERE.joinpath("brief.typ").read_bytes(),
        sys_inputs={"brief": json.dumps(_for_typesetting(page)), "typeface": TYPEFACE},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )


def _for_typesetting(page: BriefPage) -> dict[str, Any]:
    area = page.area
    return {
        **{name: getattr(page, name) for name in _SAID},
        "name": area.name,
        "month": area.month,
        "counted": area.counted,
        "findings": [vars(found) for found in page.findings],
        "table": {
            "caption": page.table.caption,
            "columns": _columns(page),
            "rows": _rows(page),
            "note": page.table.note,
        },
        "funnels": [_chart(chart) for chart in area.funnels],
        "multiples": [_chart(chart) for chart in area.multiples],
    }


def _chart(chart: Chart) -> dict[str, str]:
    return {
        "title": chart.title,
        "sentence": chart.sentence,
        "description": chart.description,
        "drawing": chart.wide.replace("<svg ", f'<svg font-family="{TYPEFACE}" ', 1),
    }


def _columns(page: BriefPage) -> list[str]:
    noted = page.table.note_column
    return [*page.table.columns, *([noted] if noted else [])]


def _rows(page: BriefPage) -> list[list[str]]:
    noted = page.table.note_column
    return [
        [row.label, *map(printed, row.numbers), *([row.note] if noted else [])]
        for row in page.table.rows
    ]


@cache
def _style() -> str:
    """The style sheet, with the typeface of the pages inside it where that has been built."""
    sheet = _HERE.joinpath("brief.css").read_text(encoding="utf-8")
    face = settings.ASSETS / _FACE
    if not face.is_file():
        return sheet
    inside = base64.b64encode(face.read_bytes()).decode()
    return (
        '@font-face{font-family:"Atkinson Hyperlegible Next";font-weight:200 800;'
        f"src:url(data:font/woff2;base64,{inside}) format('woff2')}}\n{sheet}"
    )
