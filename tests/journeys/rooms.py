"""A meeting of today for journeys: planned, announced, with people in seats who may come.

It is told to the site by a program of its own, because a browser keeps Django's database shut.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = """
import json, sys
from openscrutiny.config.pages_commands import start_django
start_django()
from datetime import timedelta
from django.utils import timezone
from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.base.thread import next_number
from openscrutiny.core.permits import Role
from openscrutiny.forum.terms import of_body
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Membership, Presence
from django.db import transaction

asked = json.loads(sys.argv[1])
now = timezone.now()
chair, officer = (User.objects.get(username=n) for n in ("chair", "secretariat"))
body = Organisation.objects.get(code="forum")
since = now.date() - timedelta(days=400)
wanted = "authority-1 council-north victim-support victim-advocates race-1 jewish lgb"
wanted = [*wanted.split(), "disability-1", "health"]
voting = [s.code for s in of_body("forum", on=now.date()).voting_seats]
# Another place has other seats: as many, those of the same name first.
seats = sorted(voting, key=lambda code: (code not in wanted, voting.index(code)))[:9]
# The invented city has its own people, and gaps that other journeys look for.
for place, seat in enumerate([] if Membership.objects.filter(body=body).exists() else seats):
    user = chair if seat == "authority-1" else None
    sits = Person.objects.create(name=f"Invented Person {place}", user=user, created_at=now)
    Membership.objects.create(body=body, seat=seat, person=sits, since=since)
member = User.objects.get(username="member")
if not Person.objects.filter(user=member).exists():
    own = Person.objects.create(name="Invented Member", user=member, created_at=now)
    Membership.objects.create(body=body, seat="gender", person=own, since=now.date())
with transaction.atomic():
    on = Meeting.objects.create(
        number=next_number("meeting", now=now), state=asked["state"], body=body,
        heading=asked["heading"], starts_at=now - timedelta(minutes=30),
        ends_at=now + timedelta(hours=2), venue="Committee room 1", changed_at=now,
        agenda_published_at=now - timedelta(days=10), created_by=officer, created_at=now,
        opened_at=now - timedelta(minutes=29) if asked["state"] == "in_session" else None,
    )
for place, item in enumerate(asked["items"], start=1):
    AgendaItem.objects.create(
        number=f"{on.number}-{place}", meeting=on, position=place, heading=item["heading"],
        about=item.get("about", ""), state=item.get("state", "published"),
        opened_at=on.opened_at if item.get("state") == "opened" else None,
    )
come = Membership.objects.on(now.date()).filter(body=body, substitute_for=None)
come = come.exclude(person__user=member).select_related("person")
for one in [m for m in come if m.seat in asked["here"] or "everybody" in asked["here"]]:
    own = Attendance.objects.create(
        meeting=on, person=one.person, membership=one, capacity="seat", reply="coming"
    )
    Presence.objects.create(attendance=own, arrived_at=now - timedelta(minutes=30))
print(json.dumps({"number": on.number, "chair": chair.person.name,
                  "people": {m.seat: m.person.name for m in come}, "member": member.person.name}))
"""


_DAY_COMES = """
import json, sys
from openscrutiny.config.pages_commands import start_django
start_django()
from datetime import timedelta
from django.utils import timezone
from openscrutiny.forum.models import Meeting, Membership

on = Meeting.objects.get(number=sys.argv[1])
passed = on.starts_at - timezone.now() + timedelta(minutes=45)
on.starts_at, on.ends_at = on.starts_at - passed, on.ends_at - passed
on.agenda_published_at -= passed
on.save(update_fields=["starts_at", "ends_at", "agenda_published_at"])
come = Membership.objects.on(timezone.now().date()).filter(body=on.body, substitute_for=None)
print(json.dumps({m.seat: m.person.name for m in come.select_related("person")}))
"""


_NOTES = """
import json, sys
from openscrutiny.config.pages_commands import start_django
start_django()
from openscrutiny.forum.models import RoomNote

kept = RoomNote.objects.filter(meeting__number=sys.argv[1]).select_related("item")
print(json.dumps({"notes": [[n.item.heading if n.item else "", n.text] for n in kept]}))
"""


def notes_of(home: Path, number: str) -> dict[str, list[list[str]]]:
    """The notes the server has of a meeting: under which item, and what they say."""
    return _told(home, _NOTES, number)


def the_day_comes(home: Path, number: str) -> dict[str, str]:
    """Time passes until a meeting begins: it is moved, not the clock. Returns who sits where."""
    return _told(home, _DAY_COMES, number)


def meeting_today(
    home: Path,
    *,
    heading: str,
    items: list[dict[str, str]],
    state: str = "agenda_published",
    here: tuple[str, ...] = ("everybody",),
) -> dict[str, Any]:
    """A meeting of the site's forum that begins now: its number, and who sits in which seat."""
    asked = {"heading": heading, "items": items, "state": state, "here": here}
    return _told(home, _PROGRAM, json.dumps(asked))


def _told(home: Path, program: str, asked: str) -> dict[str, Any]:
    """What a program says that was run beside the server, on the same home."""
    done = subprocess.run(
        [sys.executable, "-c", program, asked],
        env={**os.environ, "OPENSCRUTINY_HOME": str(home), "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def before_the_forum(home: Path, about: str = "") -> None:
    """A meeting of the forum in session with a quorum, with an item open about a thing."""
    one = {"heading": "What is to be decided", "about": about, "state": "opened"}
    meeting_today(home, heading="Meeting of today", items=[one], state="in_session")
