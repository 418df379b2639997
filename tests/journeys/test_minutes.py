"""A paper from Word to page, and the pages of papers and minutes, in the browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import ROOT, Open, Reader

# Run beside the server: a meeting that was held and one to come, and a session for each person.
_MAKE = """
import json, time
from openscrutiny.config.pages_commands import start_django; start_django()
from tests.apps import minutes_in_a_browser as made_here
print(json.dumps(made_here.everything()))
"""


@pytest.fixture(scope="module")
def made(site: str, home: Path) -> dict[str, Any]:
    env = {**os.environ, "OPENSCRUTINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _MAKE], env=env, check=True, stdout=subprocess.PIPE, timeout=120
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def as_somebody(reader: Reader, site: str, session: str) -> Reader:
    reader.page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    return reader


def pressed(person: Reader, button: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("button", name=button, exact=True))


def followed(person: Reader, link: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("link", name=link).first)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_paper_is_handed_in_as_word_and_read_as_a_page(
    scripts: bool, made: dict[str, Any], site: str, reader: Open, tmp_path: Path
) -> None:
    from tests.apps.minutes_in_a_browser import a_long_paper
    from tests.apps.papers_to_hand_in import scanned

    word, scan = tmp_path / "paper.docx", tmp_path / "scan.pdf"
    word.write_bytes(a_long_paper())
    scan.write_bytes(scanned(200))

    def somebody(role: str) -> Reader:
        return as_somebody(reader(scripts=scripts), site, made[f"as_{role}"])

    drafter = somebody("drafter").go(f"/meetings/items/{made['item']}/papers/new/")
    drafter.page.get_by_label("Heading").fill("Reports this quarter")
    drafter.page.get_by_label("Whose paper it is").select_option(index=0)
    pressed(drafter, "Draft this paper")
    # Two hundred scanned pages are taken as a draft and told from a paper
    drafter.page.get_by_label("A file").set_input_files(scan)
    pressed(drafter, "Save this version")
    assert "All its pages are pictures without text." in drafter.text()
    assert "cannot be read by everybody" in drafter.text()
    followed(drafter, "Write another version")
    drafter.page.get_by_label("A file").set_input_files(word)
    drafter.page.get_by_label("What changed, and why").fill("Its text instead of a scan.")
    pressed(drafter, "Save this version")
    assert "It has tracked changes." in drafter.text()
    assert drafter.page.get_by_role("heading", name="What the figures say").count() == 1
    assert drafter.page.get_by_role("columnheader", name="Borough").count() == 1
    pressed(drafter, "Hand in")
    address = drafter.page.url.removeprefix(site)
    office = somebody("secretariat").go(address)
    pressed(office, "Accept for the meeting")
    pressed(office, "Publish")
    anybody = reader(scripts=scripts).go(address)
    assert "What the figures say" in anybody.text()
    assert "Jo Bloggs" not in anybody.text()
    with anybody.page.expect_download() as download:
        anybody.page.get_by_role("link", name="Download it as Word").click()
    with zipfile.ZipFile(download.value.path()) as copy:
        inside = b"".join(copy.read(name) for name in copy.namelist())
    assert b"What the figures say" in inside
    assert b"Bloggs" not in inside


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_every_page_of_papers_and_minutes_is_accessible_wide_and_narrow(
    width: str, made: dict[str, Any], site: str, reader: Open
) -> None:
    theirs = {
        "secretariat": [
            "papers",
            "paper",
            "edit",
            "minutes",
            "minutes_edit",
            "behind",
            "behind_edit",
            "behind_room",
            "correction",
            "brief",
        ],
        "member": ["minutes", "ask", "brief", "closed"],
        "chair": ["late", "brief", "closed"],
        "": ["papers", "paper", "closed", "minutes", "note"],
    }
    for who, pages in theirs.items():
        one = reader(width=width)
        if who:
            as_somebody(one, site, made[f"as_{who}"])
        for name in pages:
            one.go(made["pages"][name])
            assert one.status() == 200, name
            assert one.overflow() == 0, f"{name} is wider than {width}"
            assert one.page.locator("h1").count() == 1
            if folder := os.environ.get("OPENSCRUTINY_SHOTS"):
                file = f"{who or 'anybody'}-{name}-{width}.png"
                one.page.screenshot(path=str(Path(folder) / file), full_page=True)


def test_a_draft_says_so_on_every_printed_page_and_the_brief_prints_on_two_sides(
    made: dict[str, Any], site: str, reader: Open, tmp_path: Path
) -> None:
    import pikepdf

    anybody = reader().go(made["pages"]["minutes"])
    anybody.page.pdf(path=tmp_path / "minutes.pdf", format="A4")
    chair = as_somebody(reader(), site, made["as_chair"]).go(made["pages"]["brief"])
    chair.page.pdf(path=tmp_path / "brief.pdf", format="A4")
    assert len(pikepdf.open(tmp_path / "brief.pdf").pages) <= 2
    if folder := os.environ.get("OPENSCRUTINY_SHOTS"):
        for name in ("minutes", "brief"):
            Path(folder, f"{name}.pdf").write_bytes((tmp_path / f"{name}.pdf").read_bytes())
    placed = anybody.page.evaluate(
        "() => { const d = document.querySelector('.os-draft'); return d && d.textContent }"
    )
    assert "DRAFT" in placed
    anybody.page.emulate_media(media="print")
    fixed = anybody.page.evaluate(
        "() => getComputedStyle(document.querySelector('.os-draft')).position"
    )
    assert fixed == "fixed"
