"""Meetings, papers and minutes for the browser, in a home that a server serves."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import docx
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from docx.oxml.ns import qn

from openscrutiny.base.models import Organisation, User
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Meeting,
    Membership,
    Paper,
    Recusal,
    RoomNote,
)
from openscrutiny.forum.services import minutes, papers
from openscrutiny.forum.services.notes import write_note
from openscrutiny.monitor.models import Finding
from tests.apps import papers_to_hand_in as files
from tests.apps.meeting_rooms import (
    body,
    in_the_room,
    item,
    meeting,
    seated,
)
from tests.people import person

NOW = timezone.now()
_SAID = (
    "The police lead told of twelve reports.\n\n- Eight came from buses.\n- Four came from "
    "schools.\n\nMembers asked what explains the rise."
)
WHY = {"exemption": "1", "public_interest": "The people concerned could be recognised."}


def everything() -> dict[str, Any]:
    """All that the journeys need: numbers, addresses, and a session for each person."""
    police, _ = Organisation.objects.get_or_create(
        code="police", defaults={"name": "Aldermere City Constabulary", "kind": "police"}
    )
    people = {
        "secretariat": person(Role.SECRETARIAT, organisation=body(), name="minutes-secretariat"),
        "colleague": person(Role.SECRETARIAT, organisation=body(), name="minutes-colleague"),
        "chair": person(Role.CHAIR, organisation=body(), name="minutes-chair"),
        "member": person(Role.MEMBER, organisation=body(), name="minutes-member"),
        "drafter": person(Role.DRAFTER, organisation=police, name="minutes-drafter"),
    }
    office, chair, member = (people[w] for w in ("secretariat", "chair", "member"))
    circulated = held(office, days=60)
    minutes.draft_minutes(meeting=circulated, by=office, now=NOW)
    minutes.circulate(meeting=circulated, by=office, now=NOW)
    correction = minutes.ask_correction(
        meeting=circulated, version=1, item=circulated.items.get(position=2), page=2,
        text="It says ten, and it was twelve.", by=member, now=NOW,
    )  # fmt: skip
    behind = held(office, days=75, heading="Vierteljahresversammlungsniederschriftsverzeichnis")
    minutes.draft_minutes(meeting=behind, by=office, now=NOW)
    write_note(
        meeting=behind, item=behind.items.get(position=2), key=uuid4(), by=office, now=NOW,
        text="The tablet was offline until now.",
    )  # fmt: skip
    behind.attendances.filter(reply="apologies").update(reply="none")
    coming = to_come(office, police)
    late = papers.draft_paper(
        item=item(meeting("agenda_published", starts_at=NOW + timedelta(days=2)),),
        heading="A late paper", owner=body(), by=office, now=NOW,
    )  # fmt: skip
    papers.save_version(paper=late, text="Late.", by=office, now=NOW)
    read, shut = coming_papers(coming, police, office)
    base = f"/meetings/{circulated.number}/"
    return {
        **{f"as_{name}": session_of(user) for name, user in people.items()},
        "item": coming.items.get(position=2).number,
        "coming": coming.number,
        "pages": {
            "papers": "/papers/",
            "paper": read.href,
            "closed": shut.href,
            "edit": f"{read.href}edit/",
            "late": f"{late.href}late/",
            "minutes": f"{base}minutes/",
            "minutes_edit": f"{base}minutes/edit/",
            "ask": f"{base}minutes/corrections/new/",
            "correction": f"{base}minutes/corrections/{correction.pk}/",
            "note": f"{base}decisions/",
            "behind": f"{behind.href}minutes/",
            "behind_edit": f"{behind.href}minutes/edit/",
            "behind_room": f"{behind.href}room/",
            "brief": f"/meetings/{coming.number}/brief/",
        },
    }


def sat(seat: str, **fields: Any) -> Membership:
    """Somebody who sat until yesterday, so that no page of today shows them in a seat."""
    return seated(seat, until=NOW.date() - timedelta(days=1), **fields)


def held(office: User, *, days: int, **fields: Any) -> Meeting:
    """A meeting that was held, with people in the room, notes, a recusal and a promise."""
    begins = NOW - timedelta(days=days)
    made = meeting(
        "held", starts_at=begins, opened_at=begins, closed_at=begins + timedelta(hours=2), **fields
    )
    welcome = item(made, "noted", heading="Welcome")
    reports = item(made, "noted", heading="Reports of hate crime", minutes_planned=40)
    case = item(made, "noted", heading="What befell one family", closed=True, **WHY)
    seats = ("victim-support", "race-1", "race-2", "jewish", "muslim", "age", "gender")
    people = [in_the_room(made, sat(s)) for s in seats]
    people[-1].presences.update(left_at=begins + timedelta(minutes=50))
    for seat in ("health", "education"):
        away = sat(seat)
        made.attendances.create(
            person=away.person, membership=away, capacity="seat", reply="apologies"
        )
    Recusal.objects.create(
        item=reports, attendance=people[1], reason="They work for the project.",
        at=begins + timedelta(minutes=20), recorded_by=office,
    )  # fmt: skip
    owner = Organisation.objects.get(code="police")
    ActionPoint.objects.create(
        number=f"2026-{made.number[-3:]}1", state="open", item=reports, sort="undertaking",
        text="Send each borough its own figures before the next meeting.", key=uuid4(),
        owner=owner, due_on=timezone.localdate() + timedelta(days=30), created_by=office,
        created_at=begins,
    )  # fmt: skip
    for at, text in (
        (welcome, "The chair opened the meeting and welcomed a new member."),
        (reports, _SAID),
        (case, "The family was told what happens next."),
        (None, "The hearing loop was tried out before the meeting and worked."),
    ):  # fmt: skip
        RoomNote.objects.create(
            meeting=made, item=at, key=uuid4(), text=text, written_at=begins, saved_at=begins,
            by=office,
        )  # fmt: skip
    return made


def to_come(office: User, police: Organisation) -> Meeting:
    """A meeting to come, with an item about a finding, one that was deferred, and a closed one."""
    begins = NOW + timedelta(days=40)
    made = meeting("agenda_published", starts_at=begins, access="There is a lift and a loop.")
    before = held(office, days=90)
    AgendaItem.objects.filter(meeting=before, position=2).update(state="deferred")
    finding = Finding.objects.order_by("-p").first()
    item(made, heading="Welcome and apologies", section="opening", presenter="The chair",
         minutes_planned=5)  # fmt: skip
    item(made, heading="Reports of hate crime this quarter", presenter="The police lead",
         minutes_planned=35, about=f"finding:{finding.id}" if finding else "",
         text="What the figures say, and what explains them.",
         deferred_from=before.items.get(position=2))  # fmt: skip
    item(made, heading="Minutes of the last meeting", section="minutes",
         about=before.reference, minutes_planned=5)  # fmt: skip
    item(made, heading="One case", closed=True, minutes_planned=20, **WHY)
    for seat in ("victim-support", "race-1", "jewish"):
        member = sat(seat)
        made.attendances.create(
            person=member.person, membership=member, capacity="seat", reply="coming"
        )
    sat("police-lead", on_behalf_of=police)
    return made


def coming_papers(coming: Meeting, police: Organisation, office: User) -> tuple[Paper, Paper]:
    """Two published papers: one that everybody reads, one that is closed."""
    found = []
    for position, heading, more in (
        (2, "Hate crime in the last quarter", {}),
        (4, "What befell one family", {}),
    ):
        made = papers.draft_paper(
            item=coming.items.get(position=position), heading=heading, owner=police, by=office,
            now=NOW, **more,
        )  # fmt: skip
        papers.save_version(
            paper=made, file=papers.File("paper.docx", a_long_paper()), by=office, now=NOW
        )
        papers.submit(paper=made, by=office, now=NOW)
        papers.accept(paper=made, by=office, now=NOW)
        papers.publish(paper=made, by=office, now=NOW)
        found.append(made)
    return found[0], found[1]


def a_long_paper() -> bytes:
    """A Word paper with headings, lists, a table, an author's name and tracked changes."""
    made = docx.Document()
    made.core_properties.author = "Jo Bloggs"
    made.add_heading("Summary", 1)
    made.add_paragraph("Reports rose in most boroughs. This paper says where, and what was done.")
    made.add_heading("What the figures say", 1)
    made.add_paragraph("More people reported what happened to them on buses.")
    for text in ("Eight reports came from buses.", "Four came from schools."):
        made.add_paragraph(text, style="List Bullet")
    table = made.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Borough", "Last year", "Now"), strict=True):
        cell.text = text
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(header.makeelement(qn("w:tblHeader"), {}))
    for row in (("Ambleworth", "31", "44"), ("Elmsgarth", "18", "17"), ("Northholt", "25", "29")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    made.add_heading("By borough", 2)
    for _ in range(6):
        made.add_paragraph(
            "In each borough a constable spoke with those who reported, and asked what would have "
            "made it easier. What they said is told here in the order of the boroughs, without "
            "anything by which they could be recognised."
        )
    made.add_heading("What is asked of the meeting", 1)
    made.add_paragraph("To note the figures, and to say what it wants to know next.")
    tracked = (
        '<w:p><w:ins w:id="1" w:author="Jo Bloggs"><w:r><w:t>Figures to the end of the quarter.'
        "</w:t></w:r></w:ins></w:p>"
    )
    return files.changed(files.saved(made), body=tracked, parts={})


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["second_factor"] = [user.pk, time.time()]
    session.save()
    assert session.session_key
    return session.session_key
