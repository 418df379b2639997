"""Recommendations in the browser: every page wide and narrow, and the way from draft to closure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, Open, Reader
from tests.journeys.rooms import before_the_forum

# Run beside the server: recommendations whose parts stand in every state.
_MAKE = """
import json
from openscrutiny.config.pages_commands import start_django; start_django()
from openscrutiny.accountability.models import Part
from openscrutiny.base.models import Organisation, User
from openscrutiny.core.machines import PART
from tests.apps import recommending as r
users = {name: User.objects.get(username=name)
    for name in ("secretariat", "chair", "drafter", "signatory", "verifier")}
f = r.Forum(police=Organisation.objects.get(code="police"),
    housing=Organisation.objects.get(code="housing"), **users)
made = {"draft": r.drafted(f, limbs=2).number, "agreed": r.agreed(f).number}
whole = r.issued(f, limbs=len(PART.states), asked=[f.police, f.housing])
made["whole"] = whole.number
parts = Part.objects.filter(limb__recommendation=whole, organisation=f.police)
for state, part in zip(PART.states, parts.select_related("limb__recommendation", "organisation")):
    r.bring(f, part, state)
    made[state] = f"{whole.number}/parts/{part.number}"
print(json.dumps(made))
"""


@pytest.fixture(scope="module")
def made(site: str, home: Path) -> dict[str, str]:
    env = {**os.environ, "OPENSCRUTINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _MAKE],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize(
    ("who", "pages"),
    [
        (
            "secretariat",
            ["", "new/", "draft/", "draft/edit/", "draft/limbs/new/", "draft/limbs/a/", "agreed/"]
            + ["whole/", "planned/evidence/"],
        ),
        ("drafter", ["", "whole/", "issued/respond/", "accepted/plan/", "in_progress/plan/"]),
        ("signatory", ["in_progress/progress/"]),
        ("verifier", ["whole/", "verifying/verify/"]),
    ],
)
def test_every_page_of_a_recommendation_is_accessible_wide_and_narrow(
    who: str, pages: list[str], width: str, made: dict[str, str], reader: Open
) -> None:
    person = reader(width=width).sign_in(who)
    for page in pages:
        name, slash, rest = page.partition("/")
        address = f"/recommendations/{made.get(name, name)}{slash}{rest}"
        person.go(address)
        assert person.page.locator("h1").count() == 1
        assert "You cannot do this" not in person.text(), address
        for details in person.page.locator("details").all():
            details.evaluate("e => { e.open = true }")
        person._accessible()
        assert person.overflow() == 0, f"{address} is wider than {width}"
        if folder := os.environ.get("OPENSCRUTINY_SHOTS"):
            file = f"{who}-{page.replace('/', '_')}-{width}.png"
            person.page.screenshot(path=str(Path(folder) / file), full_page=True)


def link(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("link", name=name).first)


def path(person: Reader) -> str:
    """The address of the page a person is on, without the site."""
    return person.page.url.removeprefix(person.site)


def button(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("button", name=name).first)


def test_a_recommendation_is_drafted_agreed_issued_and_answered(reader: Open, home: Path) -> None:
    # Given a draft with one limb, and the forum's decision on it
    secretariat = reader(scripts=False).sign_in("secretariat").go("/recommendations/new/")
    field = secretariat.page.get_by_label
    field("Heading").fill("Ring every victim back")
    field("Why the forum recommends it").fill("One in three heard nothing.")
    field("Raise confidence in policing").check()
    button(secretariat, "Keep the draft")
    address = path(secretariat)
    button(secretariat, "Add what is to be done")
    field("What is to be done").fill("Ring every victim within seven days.")
    field("How the forum will know").fill("A dip sample of twenty.")
    field("Aldermere City Constabulary").check()
    button(secretariat, "Keep it")
    before_the_forum(home, f"recommendation:{address.split('/')[2]}")
    link(secretariat, "Record the forum’s decision")
    assert "Ring every victim within seven days." in secretariat.page.content()
    button(secretariat, "Record this decision")
    chair = (
        reader()
        .sign_in("chair")
        .go(secretariat.page.url.split("127.0.0.1")[1].partition("/")[2].join(["/", ""]))
    )
    button(chair, "Certify")
    # When the secretariat marks it as agreed and issues it
    secretariat.go(address)
    button(secretariat, "Mark as agreed")
    button(secretariat, "Issue")
    assert "1 part: 1 waiting for a response" in secretariat.text()
    # Then the officer drafts, and the signatory signs and sends
    drafter = reader().sign_in("drafter").go(address)
    button(drafter, "Draft the response")
    drafter.page.get_by_label("Accepted: all of it will be done").check()
    drafter.page.get_by_label("What you answer").fill("We will ring each of them.")
    button(drafter, "Keep the draft")
    signatory = reader(width="narrow").sign_in("signatory").go(address)
    button(signatory, "Sign and send the response")
    button(signatory, "Sign and send")
    assert "Response: accepted" in secretariat.go(address).text()
