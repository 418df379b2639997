"""Minutes and the record they are made of: what changed since, what came late, what is refused."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from importlib import import_module
from uuid import uuid4

import docx
import pytest
from django.apps import apps
from django.test import Client

from openscrutiny.base.lists import Asked
from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.base.pages import work_page
from openscrutiny.base.thread import places_of
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import recorded, terms
from openscrutiny.forum.approvals import approving
from openscrutiny.forum.models import (
    ActionPoint,
    Ballot,
    Decision,
    Interest,
    Meeting,
    Presence,
    Recusal,
    RoomNote,
)
from openscrutiny.forum.rules import alerts
from openscrutiny.forum.services import minutes
from openscrutiny.forum.services.actions import capture_action
from openscrutiny.forum.services.attendance import correct_presence
from openscrutiny.forum.services.decisions import move_decision, record_decision
from openscrutiny.forum.services.late_notes import Settled
from openscrutiny.forum.services.notes import write_note
from tests.apps.meeting_rooms import STARTS, body, in_the_room, meeting, seated, sitting
from tests.apps.minuted import (
    AFTER,
    approved_at,
    held_meeting,
    later_meeting,
    noted,
    page_as,
    recorded_decision,
)
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def member() -> User:
    return person(Role.MEMBER, organisation=body())


@pytest.fixture
def held() -> Meeting:
    return held_meeting()


# ---- decisions -------------------------------------------------------------------------------


def test_a_decision_the_chair_refused_to_certify_stands_in_no_minutes_and_no_note(
    held: Meeting, secretary: User, chair: User
) -> None:
    decision = recorded_decision(held.items.get(position=2), secretary)
    move_decision(
        decision=decision, event="not_certify", reason="Nobody moved it.", by=chair, now=AFTER
    )
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    note = Client().get(f"{held.href}decisions/").content.decode()
    for shown in (page_as(None, held), page_as(secretary, held), note):
        assert decision.number not in shown
        assert "Every report is flagged" not in shown


def test_minutes_are_not_signed_while_a_decision_in_them_is_neither_certified_nor_refused(
    held: Meeting, secretary: User, chair: User
) -> None:
    decision = recorded_decision(held.items.get(position=2), secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    assert "waits to be certified" in page_as(None, held)
    approved_at(held, later_meeting(), secretary=secretary, chair=chair)
    with pytest.raises(NotPossible, match=r"neither certified nor refused\. Ask the chair"):
        minutes.approve_minutes(meeting=held, by=chair, now=AFTER)
    move_decision(decision=decision, event="certify", by=chair, now=AFTER)
    with pytest.raises(NotPossible, match="record of the meeting changed since this version"):
        minutes.approve_minutes(meeting=held, by=chair, now=AFTER)
    made = minutes.take_in_record(meeting=held, by=secretary, now=AFTER)
    what = f"Item 2: decision {decision.number} is certified."
    assert made.changed_because == f"From the record: {what}"
    with pytest.raises(NotPossible, match="were changed on"):
        minutes.approve_minutes(meeting=held, by=chair, now=AFTER)
    approved_at(held, later_meeting(), secretary=secretary, chair=chair)
    minutes.approve_minutes(meeting=held, by=chair, now=AFTER)
    assert "waits to be certified" not in page_as(None, held)


# ---- what changed since ----------------------------------------------------------------------


@pytest.fixture
def drafted(held: Meeting, secretary: User) -> Meeting:
    """Draft minutes of a meeting with somebody in the room, a decision and an open promise."""
    stay = in_the_room(held, seated("victim-support")).presences.get()
    Presence.objects.filter(pk=stay.pk).update(left_at=held.closed_at)
    recorded_decision(held.items.get(position=2), secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    return held


def corrected(on: Meeting, by: User) -> None:
    stay = Presence.objects.get(attendance__meeting=on)
    correct_presence(
        presence=stay, arrived_at=STARTS + timedelta(minutes=5), left_at=stay.left_at,
        reason="She came later.", by=by, now=AFTER,
    )  # fmt: skip


def promised(on: Meeting, by: User) -> ActionPoint:
    police = Organisation.objects.create(code="police", name="The constabulary", kind="police")
    return capture_action(
        item=on.items.get(position=2), sort="undertaking", text="Tell the boroughs.", key=uuid4(),
        owner=police, due_on=date(2026, 11, 3), by=by, now=AFTER,
    )  # fmt: skip


def test_what_changed_after_the_draft_is_told_and_nothing_is_circulated_before_it_is_taken_in(
    drafted: Meeting, secretary: User, chair: User, member: User
) -> None:
    decision = Decision.objects.get(number="2026-801")
    move_decision(decision=decision, event="certify", by=chair, now=AFTER)
    corrected(drafted, secretary)
    promise = promised(drafted, secretary)
    told = (
        "The record changed since this version",
        "Victim support, whole city: in the meeting 14:05 to 16:00, not in the meeting 14:00 to",
        "Item 2: decision 2026-801 is certified.",
        f"Item 2: oral undertaking {promise.number} was recorded.",
    )
    page = page_as(secretary, drafted)
    for words in (
        *told,
        "Circulate the draft minutes</strong>: not yet. The record of the meeting",
    ):
        assert words in page, words
    assert told[2] not in page_as(member, drafted)
    with pytest.raises(NotPossible, match="take it in as a new version"):
        minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    client = sign_in(Client(), secretary)
    assert client.post(f"{drafted.href}minutes/take-in/").status_code == 302
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    public = page_as(None, drafted)
    assert "14:05 to 16:00" in public
    assert "Tell the boroughs." in public
    assert "waits to be certified" not in public
    assert "From the record: Victim support" in page_as(member, drafted)
    assert "From the record" not in public


def test_taking_in_a_record_that_did_not_change_is_refused_with_the_reason(
    drafted: Meeting, secretary: User, member: User
) -> None:
    answer = sign_in(Client(), secretary).post(f"{drafted.href}minutes/take-in/")
    assert answer.status_code == 409
    assert "Nothing is different" in answer.content.decode()
    with pytest.raises(NotPermitted):
        minutes.take_in_record(meeting=drafted, by=member, now=AFTER)
    Meeting.objects.filter(pk=drafted.pk).update(state="approved")
    drafted.refresh_from_db()
    with pytest.raises(NotPossible, match="stand as they are"):
        minutes.take_in_record(meeting=drafted, by=secretary, now=AFTER)


def test_a_change_after_circulation_makes_a_version_that_members_see_marked(
    drafted: Meeting, secretary: User, member: User
) -> None:
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    assert "Changed after the draft was circulated" not in page_as(member, drafted)
    corrected(drafted, secretary)
    assert "The secretariat takes that in as a new version." in page_as(member, drafted)
    minutes.take_in_record(meeting=drafted, by=secretary, now=AFTER)
    page = page_as(member, drafted)
    assert "Changed after the draft was circulated" in page
    assert "Members were given version 1; version 2 replaced it" in page
    assert page.count("After it was circulated</strong>") == 1


def test_a_save_says_what_it_took_from_the_record_as_well(
    drafted: Meeting, secretary: User
) -> None:
    corrected(drafted, secretary)
    one = drafted.items.get(position=1).number
    made = minutes.save_minutes(
        meeting=drafted, base=1, text={one: "X."}, changed_because="A word.", by=secretary,
        now=AFTER,
    )  # fmt: skip
    assert made.changed_because.startswith("A word. From the record: Victim support, whole city:")


# ---- the decision to approve -----------------------------------------------------------------


def test_a_time_that_is_corrected_in_the_room_voids_no_decision_to_approve_the_minutes(
    drafted: Meeting, secretary: User, chair: User
) -> None:
    decision = Decision.objects.get(number="2026-801")
    move_decision(decision=decision, event="certify", by=chair, now=AFTER)
    minutes.take_in_record(meeting=drafted, by=secretary, now=AFTER)
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    made = approved_at(drafted, later_meeting(), secretary=secretary, chair=chair)
    corrected(drafted, secretary)
    assert approving(drafted) == made
    with pytest.raises(NotPossible, match="record of the meeting changed"):
        minutes.approve_minutes(meeting=drafted, by=chair, now=AFTER)
    stay = Presence.objects.get(attendance__meeting=drafted)
    correct_presence(
        presence=stay, arrived_at=STARTS, left_at=stay.left_at, reason="It was right before.",
        by=secretary, now=AFTER,
    )  # fmt: skip
    minutes.approve_minutes(meeting=drafted, by=chair, now=AFTER)


def test_a_decision_to_approve_that_waits_for_the_chair_is_named(
    held: Meeting, secretary: User, chair: User
) -> None:
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    made = record_decision(
        item=sitting(STARTS + timedelta(hours=1)), kind="agree", about=held.reference,
        settles="approve_minutes", heading="The minutes", text="Right.", by=secretary, now=AFTER,
    )  # fmt: skip
    with pytest.raises(NotPossible, match=f"Decision {made.number} .* is not certified yet"):
        minutes.approve_minutes(meeting=held, by=chair, now=AFTER)


def test_the_page_of_a_decision_says_that_what_it_is_about_was_changed_after_it(
    held: Meeting, secretary: User, chair: User
) -> None:
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    made = approved_at(held, later_meeting(), secretary=secretary, chair=chair)
    one, client = held.items.get(position=1).number, sign_in(Client(), secretary)
    words = "It allows that no more: what it is about was changed on 7 October 2026"
    assert words not in client.get(made.href).content.decode()
    minutes.save_minutes(
        meeting=held, base=1, text={one: "X."}, changed_because="A word.", by=secretary, now=AFTER
    )
    assert words in client.get(made.href).content.decode()


# ---- notes that came after the draft ---------------------------------------------------------


def late_note(on: Meeting, position: int, text: str, by: User) -> RoomNote:
    at = on.items.get(position=position)
    return write_note(meeting=on, item=at, key=uuid4(), text=text, by=by, now=AFTER)


def test_a_note_that_came_after_the_draft_is_added_or_set_aside_before_it_is_circulated(
    held: Meeting, secretary: User
) -> None:
    noted(held, held.items.get(position=2), "Said in time.", secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    first = late_note(held, 2, "Said, and sent late.", secretary)
    second = late_note(held, 1, "Not for the minutes.", secretary)
    assert "2 notes came after the draft" in page_as(secretary, held)
    with pytest.raises(NotPossible, match="A note came after the minutes were drafted"):
        minutes.circulate(meeting=held, by=secretary, now=AFTER)
    client = sign_in(Client(), secretary)
    edit = f"{held.href}minutes/edit/"
    shown = client.get(edit).content.decode()
    assert shown.count("This note came after the draft") == 2
    assert "Said, and sent late." in shown
    sent = {
        "base": 1, f"note:{first.pk}": "add", f"seen:{first.pk}": 1, f"note:{second.pk}": "aside",
        f"seen:{second.pk}": 1,
    }  # fmt: skip
    refused = client.post(edit, sent)
    again = refused.content.decode()
    assert refused.status_code == 409
    assert "it is not said why" in again
    assert re.search(rf'id="add-{first.pk}" checked', again)
    assert client.post(edit, {**sent, f"because:{second.pk}": "Private."}).status_code == 302
    newest = minutes.newest_version(held)
    assert newest is not None
    two = held.items.get(position=2).number
    assert newest.content["text"][two] == "Said in time.\n\nSaid, and sent late."
    assert "Not for the minutes." not in str(newest.content)
    assert "came after the draft" not in client.get(edit).content.decode()
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    room = client.get(f"{held.href}room/").content.decode()
    for words in ("Said in time.", "Said, and sent late.", "Not for the minutes.", "Private."):
        assert words in room, words


def test_notes_that_are_only_set_aside_make_no_version(held: Meeting, secretary: User) -> None:
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    note = late_note(held, 2, "Not for the minutes.", secretary)
    aside = Settled(note.pk, 1, added=False, because="Private.")
    made = minutes.save_minutes(
        meeting=held, base=1, text={}, notes=[aside], by=secretary, now=AFTER
    )
    assert made.version == 1
    minutes.circulate(meeting=held, by=secretary, now=AFTER)


def test_a_note_that_is_changed_again_waits_again_and_is_never_settled_unread(
    held: Meeting, secretary: User
) -> None:
    first = noted(held, held.items.get(position=2), "Ten.", secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    write_note(
        meeting=held,
        item=first.item,
        key=first.key,
        text="Twelve.",
        seen=1,
        by=secretary,
        now=AFTER,
    )
    shown = sign_in(Client(), secretary).get(f"{held.href}minutes/edit/").content.decode()
    assert "This note was changed after the draft" in shown
    unread = Settled(first.pk, 1, added=True)
    with pytest.raises(NotPossible, match="Read the notes as they are now"):
        minutes.save_minutes(meeting=held, base=1, text={}, notes=[unread], by=secretary, now=AFTER)
    read = Settled(first.pk, 2, added=True)
    made = minutes.save_minutes(
        meeting=held, base=1, text={}, notes=[read], by=secretary, now=AFTER
    )
    assert "Twelve." in str(made.content["text"])


def test_notes_that_were_there_when_minutes_were_drafted_are_in_them_after_the_change_of_tables(
    held: Meeting, secretary: User
) -> None:
    before = noted(held, held.items.get(position=2), "Said in time.", secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    later = write_note(
        meeting=held, item=None, key=uuid4(), text="Late.", by=secretary,
        now=AFTER + timedelta(hours=1),
    )  # fmt: skip
    other = noted(held_meeting(), None, "No minutes yet.", secretary)
    RoomNote.objects.update(settled=0)
    import_module("openscrutiny.forum.migrations.0008_notes_after_the_draft").written_with(
        apps, None
    )
    assert dict(RoomNote.objects.values_list("pk", "settled")) == {
        before.pk: 1, later.pk: 0, other.pk: 0
    }  # fmt: skip


# ---- what everybody reads --------------------------------------------------------------------


def test_why_somebody_stepped_aside_is_for_the_body_and_declared_interests_of_open_items_for_all(
    held: Meeting, secretary: User, member: User
) -> None:
    here = in_the_room(held, seated("victim-support"))
    other = in_the_room(held, seated("race-1"))
    two, three = held.items.get(position=2), held.items.get(position=3)
    for item, who, reason in (
        (two, here, "My sister is the complainant (private)"),
        (two, other, "Declared an interest: Works for the project."),
    ):
        Recusal.objects.create(
            item=item, attendance=who, reason=reason, at=STARTS, recorded_by=secretary
        )
    for at, text in ((two, "Works for the project."), (three, "Knows the family.")):
        Interest.objects.create(
            body=body(), person=other.person, item=at, text=text, since=date(2026, 10, 6),
            declared_at=STARTS,
        )  # fmt: skip
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    public, note = page_as(None, held), Client().get(f"{held.href}decisions/").content.decode()
    assert "Victim support, whole city stepped aside at 14:00." in public
    assert "stepped aside at 14:00: Declared an interest: Works for the project." in public
    for hidden in ("My sister", "Knows the family."):
        assert hidden not in public
        assert hidden not in note
        assert hidden in page_as(member, held) or hidden in page_as(secretary, held)


def test_approved_minutes_say_when_and_where_they_were_approved_who_signed_and_who_was_in_the_chair(
    held: Meeting, secretary: User
) -> None:
    presides = seated("authority-1", role=Role.CHAIR)
    in_the_room(held, presides)
    chair = presides.person.user
    assert chair is not None
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    assert "Approved on" not in page_as(None, held)
    later = later_meeting()
    made = approved_at(held, later, secretary=secretary, chair=chair)
    minutes.approve_minutes(meeting=held, by=chair, now=AFTER)
    seat = held.attendances.get(person=presides.person)
    title = recorded.facts_of(held)["chair"][0]["seat"]
    said = (
        f"by the meeting “Quarterly meeting” ({later.number}), decision {made.number}.",
        f"Signed on Wednesday 7 October 2026 by the chair ({title}).",
    )
    word = docx.Document(io.BytesIO(Client().get(f"{held.href}minutes.docx").content))
    for shown in (
        page_as(None, held),
        Client().get(f"{held.href}decisions/").content.decode(),
        "\n".join(p.text for p in word.paragraphs),
    ):
        for words in said:
            assert words in shown, words
        assert re.search(rf"In the chair: (</strong>)?{re.escape(title)}\.", shown)
        assert seat.person.name not in shown


def test_the_word_file_is_open_unless_the_closed_one_is_asked_for_and_marked(
    held: Meeting, secretary: User, member: User
) -> None:
    who = in_the_room(held, seated("victim-support")).person.name
    noted(held, held.items.get(position=3), "What befell them.", secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    address = f"{held.href}minutes.docx"
    reads = sign_in(Client(), member)
    for asked, full in ((address, False), (f"{address}?closed=1", True)):
        answer = reads.get(asked)
        made = docx.Document(io.BytesIO(answer.content))
        text = "\n".join([p.text for p in made.paragraphs] + [
            c.text for t in made.tables for r in t.rows for c in r.cells
        ])  # fmt: skip
        head, foot = (
            part.paragraphs[0].text for part in (made.sections[0].header, made.sections[0].footer)
        )
        assert ("What befell them." in text) is full
        assert (who in text) is full
        assert ("CLOSED TO THE PUBLIC" in head and "DRAFT" in head) is full
        assert ("CLOSED TO THE PUBLIC" in foot) is full
        assert ("full" in answer["Content-Disposition"]) is full
    assert Client().get(f"{address}?closed=1").status_code in (302, 403)


def test_tables_say_what_they_show_votes_are_told_once_and_people_stand_in_the_order_of_the_seats(
    held: Meeting, secretary: User
) -> None:
    seats = ("race-1", "victim-support", "authority-1")
    for seat in seats:
        in_the_room(held, seated(seat))
    two = held.items.get(position=2)
    Ballot.objects.create(
        item=two, motion="To ask.", opened_at=STARTS, closed_at=STARTS, opened_by=secretary,
        result={"sentence": "0 for, 0 against, 0 abstained: not carried."},
    )  # fmt: skip
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    facts = recorded.facts_of(held)
    titles = [s.title for s in terms.of_body("forum", on=date(2026, 10, 6)).seats]
    places = [titles.index(one["seat"]) for one in facts["present"]]
    assert places == sorted(places)
    page = page_as(secretary, held)
    assert "Who was in the meeting, in which seat, and when</caption>" in page
    assert "Table 1" not in page
    assert page.count("0 for, 0 against, 0 abstained") == 1


def test_old_minutes_lead_to_the_meeting_that_approved_them_and_to_none_after_it(
    held: Meeting, secretary: User, chair: User
) -> None:
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    second, third = (
        meeting("held", heading=f"{name} meeting", starts_at=STARTS + timedelta(days=days))
        for name, days in (("Second", 90), ("Third", 180))
    )
    approved_at(held, second, secretary=secretary, chair=chair)
    minutes.approve_minutes(meeting=held, by=chair, now=AFTER)
    minutes.draft_minutes(meeting=second, by=secretary, now=AFTER)
    minutes.circulate(meeting=second, by=secretary, now=AFTER)
    next_day = second.starts_at + timedelta(days=1)
    approved_at(second, third, secretary=secretary, chair=chair, now=next_day)
    minutes.approve_minutes(meeting=second, by=chair, now=next_day)
    shown = page_as(secretary, held)
    assert "Second meeting" in shown
    assert "Third meeting" not in shown
    assert "Third meeting" in page_as(secretary, second)


def test_who_is_told_of_minutes_is_led_to_the_minutes(
    held: Meeting, secretary: User, member: User
) -> None:
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    told = work_page(member, Asked("", 1), now=AFTER).told
    assert [t.href for t in told] == [f"{held.href}minutes/"]
    circulated = (held.reference, "forum.meeting.circulate")
    assert places_of([circulated]) == {circulated: f"{held.href}minutes/"}
    planned = (held.reference, "forum.meeting.cancel")
    assert places_of([planned]) == {planned: held.href}
    invited = in_the_room(held, seated("race-1"))
    now = AuditEvent.objects.get(event="forum.meeting.circulate").at
    mailed = [a for a in alerts(now, lambda _: ()) if invited.person in a.people]
    assert [a.href for a in mailed] == [f"{held.href}minutes/"]
