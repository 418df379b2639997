"""Minutes: made of what was recorded, written by several, corrected, approved later on."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import docx
import pytest
from django.test import Client

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Link, Notice, Organisation, User
from openscrutiny.base.moves import ReasonMissing
from openscrutiny.core.machines import MEETING
from openscrutiny.core.permits import NotPermitted, Role, may
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import recorded
from openscrutiny.forum.deadlines import minutes_due
from openscrutiny.forum.documents import minutes as documents
from openscrutiny.forum.models import (
    ActionPoint,
    Ballot,
    Correction,
    Decision,
    Interest,
    Meeting,
    MinutesVersion,
    Presence,
    Recusal,
    Vote,
)
from openscrutiny.forum.services import minutes
from openscrutiny.forum.services.decisions import record_decision
from openscrutiny.forum.threads.minutes import next_from_meeting
from openscrutiny.forum.threads.minutes import work as source_of_work
from tests.apps.meeting_rooms import (
    STARTS,
    body,
    in_the_room,
    item,
    meeting,
    seated,
    sitting,
)
from tests.apps.minuted import AFTER, approved_at, held_meeting, later_meeting, noted, page_as
from tests.apps.waiting import in_full
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)

STEPS = ("draft_minutes", "circulate", "approve_minutes")


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


@pytest.fixture
def drafted(held: Meeting, secretary: User) -> Meeting:
    noted(held, held.items.get(position=2), "The police lead told what was done.", secretary)
    noted(held, held.items.get(position=3), "What befell them.", secretary)
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    return held


@pytest.fixture
def circulated(drafted: Meeting, secretary: User) -> Meeting:
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    return drafted


def take(event: str, on: Meeting, by: User) -> Any:
    service: Any = getattr(minutes, event)
    return service(meeting=on, by=by, now=AFTER)


# ---- every step of the table -----------------------------------------------------------------


@pytest.mark.parametrize("event", STEPS)
@pytest.mark.parametrize("state", MEETING.states)
def test_every_step_of_minutes_is_taken_from_its_states_and_refused_from_every_other(
    state: str, event: str, held: Meeting, secretary: User, chair: User
) -> None:
    Meeting.objects.filter(pk=held.pk).update(state=state)
    held.refresh_from_db()
    if event == "circulate":
        MinutesVersion.objects.create(
            meeting=held,
            version=1,
            content={"facts": recorded.facts_of(held), "text": {}},
            at=AFTER,
            by=secretary,
        )
    if event == "approve_minutes":
        approved_at(held, later_meeting(), secretary=secretary, chair=chair)
    by = chair if event == "approve_minutes" else secretary
    row = next((t for t in MEETING.possible(state) if t.event == event), None)
    if row is None:
        before = AuditEvent.objects.count(), MinutesVersion.objects.count()
        with pytest.raises(NotPossible, match="cannot be done now"):
            take(event, held, by)
        assert (AuditEvent.objects.count(), MinutesVersion.objects.count()) == before
    else:
        take(event, held, by)
        assert held.state == row.target
        assert AuditEvent.objects.filter(event=f"forum.meeting.{event}").count() == 1


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
@pytest.mark.parametrize("event", STEPS)
def test_every_step_of_minutes_is_for_those_the_table_of_permissions_names(
    event: str, role: Role, held: Meeting, secretary: User, chair: User
) -> None:
    state = {"draft_minutes": "held", "circulate": "minutes_draft"}.get(event, "circulated")
    if state != "held":
        minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    if state == "circulated":
        minutes.circulate(meeting=held, by=secretary, now=AFTER)
        approved_at(held, later_meeting(), secretary=secretary, chair=chair)
    for of in ("forum", "practice"):
        if of == "practice" and role not in (
            Role.SECRETARIAT,
            Role.MEMBER,
            Role.CHAIR,
            Role.DEPUTY,
        ):
            continue
        somebody = person(role, organisation=body(of) if of == "practice" else None)
        if may(standing_of(somebody), MEETING.action_of(event), concerning=held.concerning):
            assert of == "forum"
            continue
        with pytest.raises(NotPermitted):
            take(event, held, somebody)
        assert held.state == state


def test_a_meeting_of_which_nothing_was_recorded_has_no_minutes_to_draft(secretary: User) -> None:
    with pytest.raises(NotPossible, match="no draft of the minutes"):
        minutes.draft_minutes(meeting=meeting("held"), by=secretary, now=AFTER)
    assert not MinutesVersion.objects.exists()


def test_a_draft_that_is_not_written_is_not_circulated(held: Meeting, secretary: User) -> None:
    Meeting.objects.filter(pk=held.pk).update(state="minutes_draft")
    held.refresh_from_db()
    with pytest.raises(NotPossible, match="no draft of the minutes"):
        minutes.circulate(meeting=held, by=secretary, now=AFTER)


def test_members_are_told_when_the_draft_is_circulated(
    drafted: Meeting, secretary: User, member: User
) -> None:
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    told = Notice.objects.get(recipient=member)
    assert told.text == (
        f"Meeting {drafted.number}, “Quarterly meeting”, has draft minutes to read and correct."
    )


# ---- interests -------------------------------------------------------------------------------


def test_the_minutes_say_what_was_declared_and_of_a_closed_item_only_that_it_was(
    held: Meeting, secretary: User
) -> None:
    two, three = held.items.get(position=2), held.items.get(position=3)
    own = in_the_room(held, seated("race-1"))
    for under, text in ((three, "Knows the victim."), (two, "Works for it.")):
        Interest.objects.create(
            body=body(), person=own.person, item=under, text=text, since=date(2026, 10, 6),
            declared_at=STARTS,
        )  # fmt: skip
    facts = recorded.facts_of(held)
    content = {"facts": facts, "text": {}}
    inside = str(documents.minutes(content, names=True, closed=True))
    outside = str(documents.minutes(content, names=False, closed=False))
    note = str(documents.decision_note(facts, names=False, closed=False))
    assert own.person.name in inside
    assert "declared an interest in item 3: Knows the victim." in inside
    assert "declared an interest in item 2: Works for it." in inside
    for told in (outside, note):
        assert own.person.name not in told
        assert "Knows the victim." not in told
        assert "declared an interest in item 3, which is closed to the public." in told
        assert "declared an interest in item 2: Works for it." in told


# ---- what was recorded -----------------------------------------------------------------------


def test_the_draft_is_made_of_everything_that_was_recorded(held: Meeting, secretary: User) -> None:
    two = held.items.get(position=2)
    here = in_the_room(held, seated("victim-support"))
    gone = in_the_room(held, seated("race-1"), remote=True)
    gone.presences.update(left_at=STARTS + timedelta(minutes=70))
    Presence.objects.create(attendance=gone, arrived_at=STARTS + timedelta(minutes=80))
    apology = seated("age")
    held.attendances.create(
        person=apology.person, membership=apology, capacity="seat", reply="apologies"
    )
    silent = seated("health")
    held.attendances.create(person=silent.person, membership=silent, capacity="seat")
    Interest.objects.create(
        body=body(), person=gone.person, item=two, text="Works for it.", since=date(2026, 10, 6),
        declared_at=STARTS,
    )  # fmt: skip
    Recusal.objects.create(
        item=two, attendance=gone, reason="Their employer.", at=STARTS, recorded_by=secretary
    )
    ballot = Ballot.objects.create(
        item=two, motion="To ask for flags.", named=True, opened_at=STARTS, closed_at=STARTS,
        opened_by=secretary, result={"sentence": "It is carried."},
    )  # fmt: skip
    Vote.objects.create(
        ballot=ballot, attendance=here, stance="for", at=STARTS, recorded_by=secretary
    )
    Decision.objects.create(
        number="2026-801", state="certified", kind="resolve", about=two.reference, heading="Flags",
        text="Every report is flagged.", decided_on=date(2026, 10, 6), item=two,
        quorum={"quorate": True, "sentence": "8 voting seats are here and 7 are needed."},
        recorded_by=secretary, recorded_at=STARTS, certified_by=secretary, certified_at=STARTS,
    )  # fmt: skip
    police = Organisation.objects.create(code="police", name="The constabulary", kind="police")
    ActionPoint.objects.create(
        number="2026-802", state="open", item=two, sort="undertaking", text="Tell the boroughs.",
        key=uuid4(), owner=police, due_on=date(2026, 11, 3), created_by=secretary,
        created_at=STARTS,
    )  # fmt: skip
    noted(held, two, "It was discussed.", secretary)
    noted(held, None, "The lift did not work.", secretary)
    version = minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    shown = page_as(secretary, held)
    for words in (
        "14:00 to 15:10, 15:20 to the end",
        "partly from elsewhere",
        "Apologies:",
        "Older and younger people",
        "Absent:",
        "Health services",
        "Works for it.",
        "stepped aside at 14:00: Their employer.",
        "1 for, 0 against, 0 abstained. It is carried.",
        "Every report is flagged. The meeting had a quorum: 8 voting seats are here",
        "Oral undertaking 2026-802: Tell the boroughs.",
        "The constabulary",
        "Tuesday 3 November 2026",
        "It was discussed.",
        "The lift did not work.",
    ):
        assert words in shown, words
    assert version.version == 1
    assert here.person.name in shown


def test_where_nobody_recorded_attendance_nobody_is_called_absent(
    held: Meeting, secretary: User
) -> None:
    silent = seated("health")
    held.attendances.create(person=silent.person, membership=silent, capacity="seat")
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    shown = page_as(secretary, held)
    assert "Who was in the meeting was not recorded." in shown
    assert "Absent" not in shown


def test_the_quorum_lost_and_regained_is_told_with_its_times(held: Meeting) -> None:
    for seat in ("victim-support", "race-1", "race-2", "jewish", "muslim", "age"):
        in_the_room(held, seated(seat))
    last = in_the_room(held, seated("gender"))
    last.presences.update(left_at=STARTS + timedelta(minutes=30))
    Presence.objects.create(attendance=last, arrived_at=STARTS + timedelta(minutes=45))
    in_the_room(held, seated("police-lead"))  # who has no vote
    turns = recorded.facts_of(held)["quorum"]
    assert [(t["at"], t["quorate"]) for t in turns] == [
        ("14:00", True), ("14:30", False), ("14:45", True)
    ]  # fmt: skip
    assert turns[1]["counted"] == "6 voting seats there, 7 needed"


def test_a_meeting_that_never_had_a_quorum_says_so(held: Meeting, secretary: User) -> None:
    Meeting.objects.filter(pk=held.pk).update(state="inquorate")
    held.refresh_from_db()
    facts = recorded.facts_of(held)
    assert facts["quorate"] is False


# ---- two people at once ----------------------------------------------------------------------


def save(on: Meeting, by: User, base: int, **text: str) -> MinutesVersion:
    numbers = {f"i{i.position}": i.number for i in on.items.all()}
    said = {numbers.get(name, name): words for name, words in text.items()}
    return minutes.save_minutes(meeting=on, base=base, text=said, by=by, now=AFTER)


def test_changes_of_two_people_to_different_items_are_both_kept(
    drafted: Meeting, secretary: User
) -> None:
    another = person(Role.SECRETARIAT, organisation=body())
    save(drafted, secretary, 1, i1="The chair welcomed everybody.")
    merged = save(drafted, another, 1, i2="Other words.")
    text = merged.content["text"]
    assert merged.version == 3
    assert text[drafted.items.get(position=1).number] == "The chair welcomed everybody."
    assert text[drafted.items.get(position=2).number] == "Other words."


def test_changes_of_two_people_to_the_same_item_are_refused_with_both_texts(
    drafted: Meeting, secretary: User, client: Client
) -> None:
    save(drafted, secretary, 1, i1="Theirs.")
    with pytest.raises(minutes.Conflicting) as refusal:
        save(drafted, secretary, 1, i1="Mine.", i2="Also mine.")
    conflict = refusal.value.merged.conflicts[0]
    assert (conflict.mine, conflict.theirs) == ("Mine.", "Theirs.")
    assert MinutesVersion.objects.filter(meeting=drafted).count() == 2
    one, two = (drafted.items.get(position=n).number for n in (1, 2))
    sent = {"base": 1, f"text:{one}": "Mine.", f"text:{two}": "Also mine."}
    address = f"{drafted.href}minutes/edit/"
    answer = sign_in(client, secretary).post(address, sent)
    shown = answer.content.decode()
    assert answer.status_code == 409
    for words in ("Mine.", "Theirs.", "Also mine.", "Somebody else changed this part"):
        assert words in shown
    assert 'name="base" value="2"' in shown
    again = client.post(address, {**sent, "base": 2, f"text:{one}": "Theirs and mine."})
    assert again.status_code == 302
    newest = minutes.newest_version(drafted)
    assert newest is not None
    assert newest.content["text"][one] == "Theirs and mine."


def test_a_save_that_changes_nothing_or_goes_on_top_of_nothing_is_refused(
    drafted: Meeting, secretary: User
) -> None:
    with pytest.raises(NotPossible, match="Nothing is different"):
        save(drafted, secretary, 1)
    with pytest.raises(NotPossible, match="no such version"):
        save(drafted, secretary, 7, i1="X.")


def test_what_is_recorded_late_comes_into_the_next_version(
    drafted: Meeting, secretary: User
) -> None:
    in_the_room(drafted, seated("victim-support"))
    version = save(drafted, secretary, 1)
    assert version.content["facts"]["present"][0]["seat"] == "Victim support, whole city"


def test_text_for_an_item_of_another_meeting_goes_nowhere(
    drafted: Meeting, secretary: User
) -> None:
    version = save(drafted, secretary, 1, i1="X.", **{"2026-999-1": "Y."})
    assert "2026-999-1" not in version.content["text"]


# ---- corrections -----------------------------------------------------------------------------


def ask(on: Meeting, by: User, **said: Any) -> Correction:
    asked = {"version": 1, "text": "She said twelve.", "page": 2, **said}
    return minutes.ask_correction(meeting=on, by=by, now=AFTER, **asked)


def test_a_correction_is_asked_for_against_page_and_item_and_made_as_a_new_version(
    circulated: Meeting, secretary: User, member: User
) -> None:
    two = circulated.items.get(position=2)
    correction = ask(circulated, member, item=two)
    minutes.settle_correction(
        correction=correction, made=True, reason="Twelve it was.", base=1,
        text={two.number: "The police lead told of twelve."}, by=secretary, now=AFTER,
    )  # fmt: skip
    newest = minutes.newest_version(circulated)
    assert newest is not None
    assert newest.version == 2
    assert newest.changed_because == "Correction asked for: She said twelve."
    assert newest.content["text"][two.number] == "The police lead told of twelve."
    shown = page_as(member, circulated)
    for words in ("version 1, page 2, item 2", "She said twelve.", "Twelve it was.", "Made"):
        assert words in shown


def test_a_correction_is_declined_with_the_reason_and_settled_once(
    circulated: Meeting, secretary: User, member: User
) -> None:
    correction = ask(circulated, member)
    with pytest.raises(ReasonMissing):
        minutes.settle_correction(
            correction=correction, made=False, reason=" ", by=secretary, now=AFTER
        )
    minutes.settle_correction(
        correction=correction, made=False, reason="The notes say ten.", by=secretary, now=AFTER
    )
    assert correction.outcome == "declined"
    assert MinutesVersion.objects.filter(meeting=circulated).count() == 1
    with pytest.raises(NotPossible, match="settled already"):
        minutes.settle_correction(
            correction=correction, made=True, reason="No.", by=secretary, now=AFTER
        )


def test_a_correction_that_changes_nothing_is_not_called_made(
    circulated: Meeting, secretary: User, member: User
) -> None:
    correction = ask(circulated, member)
    with pytest.raises(NotPossible, match="Nothing is different"):
        minutes.settle_correction(
            correction=correction, made=True, reason="Done.", base=1, by=secretary, now=AFTER
        )
    correction.refresh_from_db()
    assert correction.outcome == "open"


def test_corrections_are_for_members_of_the_body_while_the_draft_is_circulated(
    drafted: Meeting, secretary: User, member: User
) -> None:
    with pytest.raises(NotPossible, match="cannot be corrected now"):
        ask(drafted, member)
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    for stranger in (person(Role.COMMITTEE), person(Role.MEMBER, organisation=body("practice"))):
        with pytest.raises(NotPermitted):
            ask(drafted, stranger)
    with pytest.raises(NotPossible, match="no such version or item"):
        ask(drafted, member, version=9)
    with pytest.raises(NotPossible, match="no such version or item"):
        ask(drafted, member, item=item(meeting("held"), "noted"))
    with pytest.raises(NotPermitted):
        minutes.settle_correction(
            correction=ask(drafted, member), made=False, reason="No.", by=member, now=AFTER
        )


def test_a_circulated_draft_is_changed_with_the_reason_alone(
    circulated: Meeting, secretary: User
) -> None:
    one = circulated.items.get(position=1).number
    said = {"meeting": circulated, "base": 1, "text": {one: "X."}, "by": secretary, "now": AFTER}
    with pytest.raises(ReasonMissing):
        minutes.save_minutes(**said)  # type: ignore[arg-type]
    version = minutes.save_minutes(**said, changed_because="A wrong word.")  # type: ignore[arg-type]
    assert version.changed_because == "A wrong word."


# ---- approval --------------------------------------------------------------------------------


def test_minutes_are_approved_by_a_certified_decision_of_a_later_meeting_and_stand_then(
    circulated: Meeting, secretary: User, chair: User, member: User
) -> None:
    with pytest.raises(NotPossible, match="no certified decision"):
        minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)
    later = later_meeting()
    approved_at(circulated, later, secretary=secretary, chair=chair)
    with pytest.raises(NotPermitted):
        minutes.approve_minutes(meeting=circulated, by=secretary, now=AFTER)
    minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)
    assert circulated.state == "approved"
    assert Link.objects.filter(from_ref=circulated.reference, to_ref=later.reference).exists()
    with pytest.raises(NotPossible, match="are approved, so they stand as they are"):
        save(circulated, secretary, 1, i1="Other.")
    with pytest.raises(NotPossible, match="cannot be corrected now"):
        ask(circulated, member)
    assert "DRAFT" not in page_as(None, circulated)


@pytest.mark.parametrize("at", ["none", "same", "earlier", "another body"])
def test_a_decision_that_no_later_meeting_took_approves_nothing(
    at: str, circulated: Meeting, secretary: User, chair: User
) -> None:
    where = {
        "none": lambda: None,
        "same": lambda: circulated,
        "earlier": lambda: meeting("held", starts_at=STARTS - timedelta(days=90)),
        "another body": lambda: meeting(
            "held", code="practice", starts_at=STARTS + timedelta(days=9)
        ),
    }[at]()
    approved_at(circulated, where, secretary=secretary, chair=chair)
    # A decision put under its own meeting is a change of the very record, besides.
    why = "record of the meeting changed" if at == "same" else "not taken at a later meeting"
    with pytest.raises(NotPossible, match=why):
        minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(days=-30)])
def test_a_meeting_that_is_not_later_cannot_even_record_that_minutes_are_right(
    earlier: timedelta, circulated: Meeting, secretary: User
) -> None:
    sits = sitting(STARTS + earlier)
    with pytest.raises(NotPossible, match="approved at a later meeting of the same body"):
        record_decision(
            item=sits, kind="agree", about=circulated.reference, settles="approve_minutes",
            heading="The minutes", text="They are right.", by=secretary, now=AFTER,
        )  # fmt: skip


def test_the_page_of_minutes_never_says_that_an_earlier_meeting_approved_them(
    circulated: Meeting, secretary: User, chair: User
) -> None:
    earlier = meeting("held", starts_at=STARTS - timedelta(days=90))
    made = approved_at(circulated, earlier, secretary=secretary, chair=chair)
    assert f"Approved by decision {made.number}" not in page_as(chair, circulated)


def test_minutes_that_were_changed_after_the_decision_are_not_those_it_approved(
    circulated: Meeting, secretary: User, chair: User
) -> None:
    approved_at(circulated, later_meeting(), secretary=secretary, chair=chair)
    one = circulated.items.get(position=1).number
    minutes.save_minutes(
        meeting=circulated, base=1, text={one: "Slipped in."}, changed_because="A word.",
        by=secretary, now=AFTER,
    )  # fmt: skip
    with pytest.raises(
        NotPossible, match="were changed on Wednesday 7 October 2026 at 14:00, after"
    ):
        minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)
    assert "were changed on Wednesday 7 October 2026 at 14:00, after" in page_as(chair, circulated)
    approved_at(circulated, later_meeting(), secretary=secretary, chair=chair)
    minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)


def test_no_minutes_are_signed_while_a_correction_waits(
    circulated: Meeting, secretary: User, chair: User, member: User
) -> None:
    waiting = ask(circulated, member)
    approved_at(circulated, later_meeting(), secretary=secretary, chair=chair)
    with pytest.raises(NotPossible, match="1 correction of these minutes is not settled"):
        minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)
    minutes.settle_correction(
        correction=waiting, made=False, reason="The notes say ten.", by=secretary, now=AFTER
    )
    minutes.approve_minutes(meeting=circulated, by=chair, now=AFTER)


# ---- reading ---------------------------------------------------------------------------------


def test_the_public_reads_draft_minutes_once_they_are_circulated_and_marked_as_a_draft(
    drafted: Meeting, secretary: User, member: User
) -> None:
    assert Client().get(f"{drafted.href}minutes/").status_code == 403
    assert "DRAFT: these minutes are not approved" in page_as(member, drafted)
    minutes.circulate(meeting=drafted, by=secretary, now=AFTER)
    shown = page_as(None, drafted)
    assert "DRAFT: these minutes are not approved" in shown
    assert "The police lead told what was done." in shown
    assert "Corrections" not in shown
    assert Client().get(f"{drafted.href}minutes/versions/1/").status_code == 404


def test_of_a_closed_item_the_public_reads_its_ground_and_nothing_else(
    circulated: Meeting, member: User
) -> None:
    who = in_the_room(circulated, seated("victim-support"))
    shown = page_as(None, circulated)
    assert "3. Closed to the public" in shown
    assert "information about an individual" in shown
    assert "They could be recognised." in shown
    for hidden in ("The case of one family", "What befell them.", who.person.name):
        assert hidden not in shown
    assert "What befell them." in page_as(member, circulated)


def test_the_public_reads_who_was_there_by_seat_and_never_by_name(
    held: Meeting, secretary: User
) -> None:
    who = in_the_room(held, seated("victim-support")).person.name
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    for address in ("minutes/", "decisions/"):
        shown = Client().get(f"{held.href}{address}").content.decode()
        assert "Victim support, whole city" in shown
        assert who not in shown
    assert who in page_as(secretary, held)


def test_the_word_file_is_marked_on_every_page_and_holds_what_the_page_does(
    circulated: Meeting, secretary: User, member: User
) -> None:
    answer = Client().get(f"{circulated.href}minutes.docx")
    made = docx.Document(io.BytesIO(answer.content))
    assert made.sections[0].header.paragraphs[0].text == "DRAFT: these minutes are not approved"
    text = "\n".join(p.text for p in made.paragraphs)
    assert "The police lead told what was done." in text
    assert "What befell them." not in text
    assert "-draft.docx" in answer["Content-Disposition"]
    assert made.core_properties.author == ""


def test_the_note_of_decisions_is_public_once_the_meeting_is_over(
    held: Meeting, secretary: User
) -> None:
    Decision.objects.create(
        number="2026-803", state="certified", kind="resolve", about=held.reference,
        heading="Flags", text="Every report is flagged.", decided_on=date(2026, 10, 6),
        item=held.items.get(position=2), recorded_by=secretary, recorded_at=STARTS,
        certified_by=secretary, certified_at=STARTS,
    )  # fmt: skip
    shown = Client().get(f"{held.href}decisions/").content.decode()
    assert "Every report is flagged." in shown
    assert "Thursday 15 October 2026" in shown  # seven working days after the 6th
    assert "The case of one family" not in shown
    assert Client().get(f"{meeting('in_session').href}decisions/").status_code == 404


def test_draft_minutes_are_due_after_the_term_of_the_body_with_the_calculation_shown(
    held: Meeting, secretary: User
) -> None:
    due = minutes_due(held, now=AFTER)
    assert due is not None
    assert due.due_on == date(2026, 10, 20)
    waits = work(secretary, standing_of(secretary), AFTER)
    assert [(w.to_do, w.due_on) for w in waits] == [("Draft the minutes", date(2026, 10, 20))]
    shown = page_as(secretary, held)
    assert "The draft minutes are due by the end of Tuesday 20 October 2026" in shown
    assert "10 working days, not counting Saturdays and Sundays." in shown
    late = work(secretary, standing_of(secretary), STARTS + timedelta(days=20))
    assert late[0].standing_words == "4 working days late"


def test_members_are_asked_to_read_circulated_minutes_and_the_public_is_not(
    circulated: Meeting, member: User
) -> None:
    assert [w.to_do for w in work(member, standing_of(member), AFTER)] == [
        "Read the draft minutes, and correct them"
    ]
    committee = person(Role.COMMITTEE)
    assert not work(committee, standing_of(committee), AFTER)


def test_a_meeting_leads_to_its_minutes_its_pack_and_its_brief(
    circulated: Meeting, secretary: User
) -> None:
    def labels(on: Meeting, user: User | None) -> list[str]:
        return [n.label for n in next_from_meeting(on.number, standing_of(user))]

    assert labels(circulated, None) == [
        "Meeting pack (PDF)", "Agenda (Word)", "What was decided", "Minutes"
    ]  # fmt: skip
    coming = meeting("agenda_published")
    assert "Brief for the chair" in labels(coming, secretary)
    assert "Letters of invitation (Word)" in labels(coming, secretary)
    assert labels(coming, None) == ["Meeting pack (PDF)", "Agenda (Word)"]
    assert labels(meeting("planned"), None) == []
    assert next_from_meeting("2026-999", standing_of(secretary)) == ()


# ---- from the pages --------------------------------------------------------------------------


def test_minutes_are_drafted_circulated_corrected_and_signed_from_the_pages(
    held: Meeting, secretary: User, chair: User, member: User
) -> None:
    office, reader, presides = (sign_in(Client(), u) for u in (secretary, member, chair))
    page = f"{held.href}minutes/"

    def step(client: Client, event: str) -> int:
        held.refresh_from_db()
        sent = {"event": event, "seen": held.revision}
        return client.post(f"{page}move/", sent).status_code

    assert step(office, "draft_minutes") == 302
    assert step(reader, "circulate") == 403
    assert step(office, "circulate") == 302
    two = held.items.get(position=2).number
    bad = reader.post(f"{page}corrections/new/", {"section": two, "page": "x", "version": 1})
    assert bad.status_code == 422
    sent = {"section": two, "page": "3", "version": 1, "text": "It was twelve."}
    assert reader.post(f"{page}corrections/new/", sent).status_code == 302
    correction = Correction.objects.get()
    address = f"{page}corrections/{correction.pk}/"
    assert reader.get(address).status_code == 403
    assert "It was twelve." in office.get(address).content.decode()
    made = {"outcome": "made", "text": "Twelve.", "reason": "As asked.", "base": 1}
    assert office.post(address, made).status_code == 302
    assert office.post(address, made).status_code == 409
    assert office.get(f"{page}corrections/999/").status_code == 404
    approved_at(held, later_meeting(), secretary=secretary, chair=chair)
    assert step(presides, "approve_minutes") == 302
    assert office.get(f"{page}edit/").status_code == 409
    assert "Version 2" in reader.get(page).content.decode()
    assert "This is version 1 of 2" in reader.get(f"{page}versions/1/").content.decode()


def test_a_correction_of_a_part_that_somebody_else_changed_shows_both_texts(
    circulated: Meeting, secretary: User, member: User
) -> None:
    two = circulated.items.get(position=2)
    correction = ask(circulated, member, item=two)
    minutes.save_minutes(
        meeting=circulated, base=1, text={two.number: "Theirs."}, changed_because="A word.",
        by=secretary, now=AFTER,
    )  # fmt: skip
    client = sign_in(Client(), secretary)
    address = f"{circulated.href}minutes/corrections/{correction.pk}/"
    sent = {"outcome": "made", "text": "Mine.", "reason": "As asked.", "base": 1}
    answer = client.post(address, sent)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs." in shown
    assert "Mine." in shown
    assert 'name="base" value="2"' in shown
    assert client.post(address, {**sent, "base": 2, "text": "Both."}).status_code == 302
