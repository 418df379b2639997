"""The work programme, a promise and the archive in the browser, with scripts and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import ROOT, Open, Reader

# Run beside the server: a meeting to come, subjects in every state, promises, an older record, and
# a signed-in session for each person.
_MAKE = """
import json, time
from datetime import timedelta
from uuid import uuid4
from openscrutiny.config.pages_commands import start_django; start_django()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from openscrutiny.base.models import Organisation
from openscrutiny.core.permits import Role
from openscrutiny.core.programme import CRITERIA
from openscrutiny.forum.models import ActionPoint, AgendaItem, Meeting
from openscrutiny.forum.services import archive, programme
from openscrutiny.forum.services.actions import capture_action, move_action
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import body, item, meeting
from tests.people import person
now = timezone.now()
police, _ = Organisation.objects.get_or_create(
    code="police", defaults={"name": "The constabulary", "kind": "police"})
people = {r.value: person(r, organisation=body()) for r in
          (Role.MEMBER, Role.SECRETARIAT, Role.CHAIR)}
people["drafter"] = person(Role.DRAFTER, organisation=police)
secretary, chair = people["secretariat"], people["chair"]
held = meeting("in_session", starts_at=now - timedelta(days=40), created_by=chair)
meeting("agenda_published", starts_at=now + timedelta(days=30), created_by=chair,
        heading="Winter meeting")
meeting("planned", starts_at=now + timedelta(days=120), created_by=chair, heading="Spring meeting")
on = item(held, "opened")
made = {}
for name in ("scripts", "plain", "shown"):
    made["promise_" + name] = capture_action(
        item=on, sort="undertaking", text=f"Send the figures of each borough ({name}).",
        key=uuid4(), owner=police, due_on=timezone.localdate() + timedelta(days=20),
        by=secretary, now=now).number
ActionPoint.objects.filter(number=made["promise_shown"]).update(
    due_on=timezone.localdate() - timedelta(days=12))
held.state = "approved"; held.save()
AgendaItem.objects.filter(pk=on.pk).update(state="noted")
answers = {c.code: 3 for c in CRITERIA}
for name, strands in (("Abuse on buses", ["disability"]), ("Graffiti at faith buildings",
                      ["religion", "race"]), ("Reports that are closed early", ["age"])):
    work = programme.propose_work(body=body(), heading=name, why="Members told of it. " * 12,
        origin="member", strands=strands, areas=["X09000001"], by=secretary, now=now)
    programme.score(work=work, answers=answers, seen=1, by=secretary, now=now)
    programme.move_work(work=work, event="accept", by=secretary, now=now)
    made["work_" + strands[0]] = work.number
work = programme.propose_work(body=body(), heading="Online abuse", why="Nobody counts it.",
    origin="member", strands=[], areas=[], by=secretary, now=now)
made["work_proposed"] = work.number
archive.bring_in(json.dumps([{"date": "2004-09-21", "body": "An older forum", "kind": "held",
    "url": "https://example.org/a-very-long-address/that-goes-on-and-on/" + "x" * 120,
    "venue": None, "present": ["Police", "Victim support"], "apologies": [],
    "items": ["Figures"], "decisions_or_actions": [], "note": None}]).encode(),
    record="older", by=None, now=now)
finding = Finding.objects.filter(is_whole=False).exclude(strand="all").first()
made["finding"] = finding.pk
for name, user in people.items():
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["second_factor"] = [user.pk, time.time()]
    session.save()
    made["as_" + name] = session.session_key
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


def press(one: Reader, name: str) -> Reader:
    return one.click(one.page.get_by_role("main").get_by_role("button", name=name, exact=True))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_finding_is_proposed_scored_taken_in_and_scheduled_for_a_meeting(
    scripts: bool, made: dict[str, str], site: str, reader: Open
) -> None:
    member = as_somebody(reader(scripts=scripts), site, made["as_member"])
    member.go(f"/findings/{made['finding']}/")
    member.click(member.page.get_by_role("button", name="Propose for the work programme"))
    assert "It comes from" in member.text()
    member.page.get_by_label("Why does it matter?").fill("")
    press(member, "Propose it")
    assert "Say why it matters." in member.text()
    member.page.get_by_label("Why does it matter?").fill("It has lasted for half a year.")
    press(member, "Propose it")
    assert "It waits to be scored" in member.text()
    assert "What can be done" not in member.text()
    address = member.page.url.removeprefix(site)
    officer = as_somebody(reader(scripts=scripts), site, made["as_secretariat"]).go(address)
    assert "Nobody has scored this yet." in officer.text()
    officer.click(officer.page.get_by_text("Score it", exact=True))
    for question in officer.page.get_by_role("main").locator("fieldset").all():
        officer.click(question.locator("input[type=radio]").nth(2))
    press(officer, "Save the scores")
    assert "Score: 14 of 20" in officer.text()
    press(officer, "Take into the programme")
    where = officer.page.get_by_label("Schedule for a meeting")
    winter = where.locator("option", has_text="Winter meeting")
    where.select_option(winter.first.get_attribute("value"))
    press(officer, "Schedule")
    assert "scheduled for a meeting" in officer.text().lower()
    assert "Winter meeting" in officer.text()
    # It stands in the list of everybody now, and on the thread of the finding.
    public = reader(scripts=scripts).go("/programme/")
    assert "Winter meeting" in public.text()
    assert "Score" not in public.text()
    member.go(f"/findings/{made['finding']}/")
    assert "Work programme" in member.page.locator(".os-thread").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_promise_is_reported_done_by_its_owner_and_confirmed_by_somebody_else(
    scripts: bool, made: dict[str, str], site: str, reader: Open
) -> None:
    address = f"/actions/{made['promise_scripts' if scripts else 'promise_plain']}/"
    owner = as_somebody(reader(scripts=scripts), site, made["as_drafter"]).go("/your-work/")
    assert "Report it done" in owner.text()
    owner.go(address)
    press(owner, "Report it done")
    assert "This step needs a reason." in owner.text()
    owner.page.get_by_label("What was done?").fill("The table went to every member.")
    press(owner, "Report it done")
    assert "reported done" in owner.text().lower()
    assert owner.page.get_by_role("button", name="Confirm that it was done").count() == 0
    chair = as_somebody(reader(scripts=scripts), site, made["as_chair"]).go("/your-work/")
    assert "Confirm that it was done" in chair.text()
    chair.go(address)
    assert "The table went to every member." in chair.text()
    press(chair, "Confirm that it was done")
    assert "confirmed as done" in chair.text().lower()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_anybody_suggests_something_and_looks_up_what_became_of_it(
    scripts: bool, reader: Open, made: dict[str, str]
) -> None:
    one = reader(scripts=scripts).go("/programme/suggest/")
    assert not one.page.get_by_label("Leave this field empty").evaluate(
        "e => { const r = e.getBoundingClientRect(); return r.right > 0 && r.bottom > 0 }"
    )
    one.page.get_by_label("What should the forum look at?").fill("Noise at the station")
    one.page.get_by_label("Why does it matter?").fill("Every night.")
    press(one, "Send the suggestion")
    assert "It was sent" in one.text()
    receipt = one.page.locator(".govuk-panel__body strong").inner_text()
    again = reader(scripts=scripts).go("/programme/suggest/")
    again.page.get_by_label("Reference of the suggestion").fill(receipt.lower())
    press(again, "Look it up")
    assert "It is proposed" in again.text()
    assert "Noise at the station" in again.text()


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize(
    ("who", "pages"),
    [
        ("", ["/programme/", "/programme/suggest/", "/programme/{work_disability}/", "/actions/",
              "/actions/{promise_shown}/", "/archive/", "/archive/older/1/1/"]),
        ("member", ["/programme/", "/programme/new/", "/programme/new/?from=finding:{finding}"]),
        ("secretariat", ["/programme/", "/programme/{work_religion}/", "/archive/bring-in/",
                         "/programme/{work_proposed}/", "/actions/", "/actions/{promise_shown}/"]),
        ("drafter", ["/actions/", "/actions/{promise_shown}/"]),
    ],
)  # fmt: skip
def test_every_page_is_accessible_wide_and_narrow_also_with_everything_open(
    who: str, pages: list[str], width: str, made: dict[str, Any], site: str, reader: Open
) -> None:
    one = reader(width=width)
    if who:
        as_somebody(one, site, made[f"as_{who}"])
    for page in pages:
        address = page.format(**made)
        one.go(address)
        assert one.status() == 200, address
        assert one.page.locator("h1").count() == 1
        shot(one, f"{who}-{page}-{width}")
        for details in one.page.locator("details").all():
            details.evaluate("e => { e.open = true }")
        one._accessible()
        assert one.overflow() == 0, f"{address}, opened, is wider than {width}"
        shot(one, f"{who}-{page}-{width}-open")


def shot(one: Reader, name: str) -> None:
    if folder := os.environ.get("OPENSCRUTINY_SHOTS"):
        safe = "".join(c if c.isalnum() or c == "-" else "_" for c in name)
        one.page.screenshot(path=str(Path(folder) / f"{safe}.png"), full_page=True)
