"""Every registered page, with and without JavaScript, wide and narrow, light, dark and forced."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from openscrutiny.warehouse.batches import open_ledger
from openscrutiny.warehouse.places import open_place
from tests.addresses import FOR_EVERYBODY, FOR_SOME, ONCE_PUBLISHED, routes
from tests.journeys.conftest import Open

NAMES = sorted({*FOR_EVERYBODY, *ONCE_PUBLISHED})
PEOPLE = sorted({who for who, _ in FOR_SOME.values()})


@pytest.fixture(scope="session")
def addresses(site: str, home: Path) -> dict[str, str]:
    with urlopen(f"{site}/findings.json?month=any") as answer:
        found = json.load(answer)["findings"]
    before = os.environ.get("OPENSCRUTINY_HOME")
    os.environ["OPENSCRUTINY_HOME"] = str(home)
    batch = next(m for m in open_ledger(open_place("aldermere")).active if "offences" in m.counted)
    if before is None:
        del os.environ["OPENSCRUTINY_HOME"]
    values = {
        "id": found[0]["id"], "slug": "ambleworth", "code": "religion", "batch": batch.batch,
        "reference": f"finding:{found[0]['id']}", "number": "1", "step": "close", "person": "MA",
        "token": "none", "letter": "a", "part": "1.a", "attendance": "1", "record": "none",
        "edition": "1", "place": "1", "rule": "question.overdue", "body": "forum",
        "seat": "trans", "what": "members.csv", "provider_id": "sso",
        "version": "1", "correction": "1",
    }  # fmt: skip
    made = {}
    for name, route in routes().items():
        own = (
            {**values, "id": "outcomes_per_100"} if name in ("measure", "measure-json") else values
        )
        made[name] = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m, v=own: v[m[1]], route)  # type: ignore[misc]
    made |= ONCE_PUBLISHED
    month = found[0]["period_to"]
    made["trace"] += f"?counted=offences&area=aldermere&strand=all&month={month}"
    made["findings"] += "?month=any"
    for one in found:
        if one["kind"] == "over_time":
            made["finding-over-time"] = f"/findings/{one['id']}/"
            break
    return made


@pytest.mark.parametrize("name", [*NAMES, "finding-over-time", "missing"])
def test_every_page_is_accessible_wide_and_narrow(
    name: str, addresses: dict[str, str], reader: Open
) -> None:
    address = addresses.get(name, "/nowhere/")
    for width in ("wide", "narrow"):
        page = reader(width=width).go(address)
        assert page.checked == 1
        assert page.overflow() == 0, f"{address} is wider than {width}"
        assert page.page.locator("h1").count() == 1


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_behind_signing_in_is_accessible_wide_and_narrow(
    who: str, addresses: dict[str, str], reader: Open
) -> None:
    theirs = {name: there for name, (role, there) in FOR_SOME.items() if role == who}
    for width in ("wide", "narrow"):
        person = reader(width=width).sign_in(who)
        for name, there in theirs.items():
            address = there or addresses[name]
            person.go(address)
            # A step that is over by now is refused with a page of its own.
            assert person.status() in (200, 409), address
            assert person.overflow() == 0, f"{address} is wider than {width}"
            assert person.page.locator("h1").count() == 1


@pytest.mark.parametrize("name", ["home", "findings", "finding", "area", "strand", "publication"])
@pytest.mark.parametrize("look", [{"colours": "dark"}, {"forced": True}])
def test_pages_can_be_read_in_dark_and_in_forced_colours(
    name: str, look: dict[str, object], addresses: dict[str, str], reader: Open
) -> None:
    reader(**look).go(addresses[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_page_says_the_same_without_javascript(
    name: str, addresses: dict[str, str], reader: Open
) -> None:
    with_scripts = reader().go(addresses[name]).text()
    without = reader(scripts=False).go(addresses[name]).text()
    assert without == with_scripts
    assert len(without) > 200
