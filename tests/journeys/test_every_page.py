"""Every registered page, with and without JavaScript, wide and narrow, light, dark and forced."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.urls import get_resolver

from openscrutiny.warehouse.batches import open_ledger
from openscrutiny.warehouse.places import open_place
from tests.apps.test_views import _routes
from tests.journeys.conftest import Open

DOWNLOADS = {"findings-json", "findings-csv", "finding-json", "series", "published-file", "facts",
             "rejected-rows", "sign-out", "account-step"}  # fmt: skip
NAMES = sorted({name for _, name in _routes(get_resolver().url_patterns)} - DOWNLOADS)


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
        "token": "none",
    }  # fmt: skip
    made = {}
    for route, name in _routes(get_resolver().url_patterns):
        own = {**values, "id": "outcomes_per_100"} if name == "measure" else values
        made[name] = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m, v=own: v[m[1]], route)  # type: ignore[misc]
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


@pytest.mark.parametrize("name", ["home", "findings", "finding", "area", "strand", "data"])
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
