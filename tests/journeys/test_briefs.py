"""A chair takes a brief: from the page of an area to the printer, and from the command line."""

from __future__ import annotations

import re
from pathlib import Path

from tests.journeys.conftest import Open, product

PAGE = re.compile(rb"/Type\s*/Page\b")


def test_a_chair_prints_the_brief_on_an_area(reader: Open) -> None:
    chair = reader(scripts=False).go("/areas/ambleworth/")
    chair.click(chair.page.get_by_role("link", name="to print"))
    assert chair.page.url.endswith("/areas/ambleworth/brief.html")
    assert "is invented and so is every figure here" in chair.text()
    assert chair.page.locator("h2").count() == 5
    face = chair.page.evaluate("() => getComputedStyle(document.body).fontFamily")
    assert "Atkinson" in face
    printed = chair.page.pdf(prefer_css_page_size=True)
    assert len(PAGE.findall(printed)) == 2


def test_a_chart_of_a_brief_can_be_read_in_forced_colours_and_in_the_dark(reader: Open) -> None:
    for look in ({"forced": True}, {"colours": "dark"}):
        drawing = reader(**look).go("/areas/ambleworth/brief.html").page.locator(".three svg").first
        ground = drawing.evaluate("e => getComputedStyle(e).backgroundColor")
        line = drawing.locator(".c-line").first.evaluate("e => getComputedStyle(e).stroke")
        assert (ground, line) == ("rgb(255, 255, 255)", "rgb(29, 43, 71)")


def test_the_command_writes_a_brief_in_a_process_of_its_own(home: Path, tmp_path: Path) -> None:
    product(home, "brief", "Ambleworth", "--as-of", "2025-03", "-o", str(tmp_path / "b.pdf"))
    assert len(PAGE.findall((tmp_path / "b.pdf").read_bytes())) == 2
