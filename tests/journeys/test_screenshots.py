"""The picture in README is of the real page. ``SCREENSHOTS=1`` renews it."""

import os
from pathlib import Path

from tests.journeys.conftest import Open

KEPT = Path(__file__).resolve().parents[2] / "docs" / "screenshots" / "area.png"


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG, from its header."""
    assert png.startswith(b"\x89PNG")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_the_screenshot_in_readme_shows_the_page_of_an_area(reader: Open) -> None:
    person = reader()
    person.page.set_viewport_size({"width": 1280, "height": 1500})
    person.go("/areas/brackwater/")
    assert "is invented" in person.text()
    assert "positive outcomes" in person.text()
    taken = person.page.screenshot()
    if os.environ.get("SCREENSHOTS"):
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_bytes(taken)
    assert size(KEPT.read_bytes()) == size(taken) == (1280, 1500)
