"""From a finding to an approved line of enquiry, and a decision, as the people of the forum go."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, Open, Reader
from tests.journeys.rooms import before_the_forum

_SIGN_IN = """
import sys
from openscrutiny.config.pages_commands import start_django
start_django()
from django.test import Client
from openscrutiny.base.models import User
from openscrutiny.core.permits import Role
from tests.people import person, sign_in
role = Role(sys.argv[1])
name = f"journey-{role}"
user = User.objects.filter(username=name).first() or person(role, name=name)
print(sign_in(Client(), user).cookies["sessionid"].value)
"""
SignedIn = Callable[..., Reader]


@pytest.fixture
def signed_in(reader: Open, site: str, home: Path) -> SignedIn:
    """A person at a browser who has signed in already in a role."""

    def sat_down(role: str, **how: str) -> Reader:
        env = {**os.environ, "OPENSCRUTINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", _SIGN_IN, role],
            env=env,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        person = reader(**how)
        person.page.context.add_cookies(
            [{"name": "sessionid", "value": done.stdout.strip(), "url": site}]
        )
        return person

    return sat_down


def button(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("button", name=name, exact=True))


def link(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("link", name=name).first)


def choose_finding(person: Reader, place: int) -> str:
    person.go("/findings/?month=any&measure=offences_per_1000")
    person.click(person.page.locator(".os-finding__title a").nth(place))
    found = re.search(r"/findings/([^/]+)/", person.page.url)
    assert found
    return found[1]


@pytest.mark.parametrize(("width", "place"), [("wide", 0), ("narrow", 1)])
def test_a_finding_becomes_an_approved_line_of_enquiry(
    signed_in: SignedIn, width: str, place: int
) -> None:
    # Given the secretariat at a finding
    person = signed_in("secretariat", width=width)
    finding = choose_finding(person, place)
    button(person, "Decide what becomes of it")
    assert person.overflow() == 0
    # When they forget to choose, they are told so
    button(person, "Record this")
    assert "Choose what becomes of this finding" in person.text()
    # And when they ask about it
    person.page.get_by_label("Ask about it: draft a line of enquiry").check()
    button(person, "Record this")
    # Then a line of enquiry is drafted, which they put in other words
    assert "is drafted. The chair may approve it" in person.text()
    assert person.overflow() == 0
    address = person.page.url
    link(person, "Change these words")
    assert person.overflow() == 0
    person.page.get_by_label("Heading").fill("Why so many?")
    button(person, "Save")
    assert "Why so many?" in person.text()
    # And the chair finds it in what waits for them, and approves it
    chair = signed_in("chair", width=width)
    chair.go("/your-work/")
    chair.click(chair.page.get_by_role("link", name="Why so many?").first)
    assert chair.page.url == address
    button(chair, "Approve")
    assert "“Approve” is done" in chair.text()
    # And the finding says what became of it
    chair.go(f"/findings/{finding}/")
    assert "to be asked about" in chair.text()
    chair.go("/findings/triage/")
    assert chair.overflow() == 0
    chair.go("/enquiries/")
    assert chair.overflow() == 0


def test_the_forum_notes_a_finding(signed_in: SignedIn, home: Path) -> None:
    secretary = signed_in("secretariat", width="narrow")
    finding = choose_finding(secretary, 3)
    before_the_forum(home, f"finding:{finding}")
    secretary.go(f"/decisions/new/?about=finding:{finding}&kind=note&heading=Noted")
    assert secretary.overflow() == 0
    button(secretary, "Record this decision")
    assert "Write what was decided" in secretary.text()
    secretary.page.get_by_label("What was decided").fill("The forum noted it.")
    button(secretary, "Record this decision")
    assert "is recorded. The chair certifies it" in secretary.text()
    chair = signed_in("chair")
    chair.go(secretary.page.url.removeprefix(chair.site))
    button(chair, "Certify")
    assert "by the chair on" in chair.text()
    chair.go("/decisions/")
    assert "Noted" in chair.text()
