"""A question in the browser, as the forum, the officer and the signatory see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, Open, Reader

# Run beside the server: a question in several states, and a signed-in session for each person.
_MAKE = """
import json, time
from openscrutiny.config.pages_commands import start_django; start_django()
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from openscrutiny.accountability.services import responses
from openscrutiny.base.models import Organisation, RoleHeld
from openscrutiny.core.permits import Role
from tests import asking
from tests.people import person, SINCE
asking.START = timezone.now() - timedelta(days=40)
from django.conf import settings
cast = asking.cast_of_the_city()
enquiry = cast.enquiry()
made = {s: cast.in_state(s, enquiry=enquiry).number for s in ("draft", "in_remit", "issued")}
asking.START = timezone.now() - timedelta(days=2)
made["fresh"] = cast.in_state("issued", enquiry=enquiry).number
made["clarifying"] = cast.in_state("clarifying", enquiry=enquiry).number
asked = cast.in_state("follow_up", enquiry=enquiry)
cast.answer(asked, now=timezone.now(), outcome="declined")
made["declined"] = asked.number
drafted = cast.in_state("acknowledged", enquiry=enquiry)
cast.save(drafted)
made["drafted"] = drafted.number
for name, user in {r.value: u for r, u in cast.people.items()}.items():
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["second_factor"] = [user.pk, time.time()]
    session.save()
    made["as_" + name] = session.session_key
made["enquiry"] = enquiry.number
print(json.dumps(made))
"""


@pytest.fixture(scope="module")
def made(site: str, home: Path) -> dict[str, str]:
    env = {**os.environ, "OPENSCRUTINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _MAKE], env=env, check=True, stdout=subprocess.PIPE, timeout=120
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def as_somebody(reader: Reader, site: str, session: str) -> Reader:
    reader.page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    return reader


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize(
    ("who", "pages"),
    [
        ("drafter", ["", "?show=overdue", "fresh/", "issued/", "drafted/", "drafted/answer/"]),
        ("signatory", ["drafted/sign/", "drafted/answer/", "clarifying/"]),
        (
            "secretariat",
            [
                "",
                "new/?enquiry=",
                "draft/",
                "draft/edit/",
                "in_remit/",
                "issued/",
                "clarifying/",
                "declined/",
            ],
        ),  # fmt: skip
    ],
)
def test_every_page_of_a_question_is_accessible_wide_and_narrow(
    who: str, pages: list[str], width: str, made: dict[str, str], site: str, reader: Open
) -> None:
    one = as_somebody(reader(width=width), site, made[f"as_{who}"])
    for page in pages:
        name, slash, rest = page.partition("/")
        address = f"/questions/{made.get(name, name)}{slash}{rest}"
        one.go(address + (made["enquiry"] if address.endswith("enquiry=") else ""))
        assert one.page.locator("h1").count() == 1
        assert "You cannot do this" not in one.text(), address
        assert one.overflow() == 0, f"{address} is wider than {width}"
        for details in one.page.locator("details").all():
            details.evaluate("e => { e.open = true }")
        one._accessible()
        assert one.overflow() == 0, f"{address}, opened, is wider than {width}"
        if folder := os.environ.get("OPENSCRUTINY_SHOTS"):
            file = f"{who}-{page.replace('/', '_').replace('?', '_')}-{width}.png"
            one.page.screenshot(path=str(Path(folder) / file), full_page=True)


def test_an_answer_goes_from_the_drafter_to_the_signatory_to_the_forum(
    made: dict[str, str], site: str, reader: Open
) -> None:
    address = f"/questions/{made['fresh']}/"
    drafter = as_somebody(reader(scripts=False), site, made["as_drafter"]).go(address)
    drafter.click(drafter.page.get_by_role("link", name="Write it"))
    drafter.page.get_by_label("The answer").fill("We changed who reviews these reports.")
    drafter.click(drafter.page.get_by_role("button", name="Save the draft"))
    assert "The draft was saved" in drafter.text()
    forum = as_somebody(reader(), site, made["as_chair"]).go(address)
    assert "No answer yet." in forum.text()
    signatory = as_somebody(reader(), site, made["as_signatory"]).go(address)
    signatory.click(signatory.page.get_by_role("button", name="Check, sign and send"))
    assert "We changed who reviews these reports." in signatory.text()
    signatory.click(signatory.page.get_by_role("button", name="Sign and send for"))
    assert "in time" in signatory.text()
    assert "We changed who reviews these reports." in forum.go(address).text()
