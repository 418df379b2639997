"""The worked examples on the pages about methods, and on the one about notebooks, hold."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [*sorted(DOCS.glob("methods/*.md")), DOCS / "notebook.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_worked_example_gives_what_the_page_says(page: Path) -> None:
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert found.attempted > 0, f"{page.name} has no worked example"
    assert found.failed == 0
