"""Triage and lines of enquiry: what becomes of a finding, by whom, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from openscrutiny.base.access import standing_of
from openscrutiny.base.audit import verify
from openscrutiny.base.models import AuditEvent, Link, Notice, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing
from openscrutiny.base.thread import kinds, thread_of
from openscrutiny.core import findings as core_findings
from openscrutiny.core.machines import ENQUIRY
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding, FindingSet
from openscrutiny.monitor.threads import batches_behind
from openscrutiny.scrutiny.models import Enquiry, Triage
from openscrutiny.scrutiny.services import (
    definition_for,
    edit_enquiry,
    mark_asked,
    move_enquiry,
    triage_finding,
)
from openscrutiny.scrutiny.threads import work as source_of_work
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)

ROLES = [r for r in Role if r is not Role.ANYONE]
WORDS = {
    "heading": "Another heading",
    "why": "Another reason",
    "ask": ["What happened?", "What next?"],
    "could_explain": ["Better reporting."],
    "evidence": ["A dip sample."],
}


@pytest.fixture
def finding() -> Finding:
    return Finding.objects.select_related("found_in").order_by("-period_to", "p", "id")[0]


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT)


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR)


@pytest.fixture
def enquiry(finding: Finding, secretary: User) -> Enquiry:
    made = triage_finding(finding=finding, choice="question", by=secretary, now=NOW)
    assert made is not None
    return made


def old_finding(finding: Finding) -> Finding:
    """The same finding, of figures that are no longer in use."""
    before = FindingSet.objects.create(
        place=finding.found_in.place,
        data_version="D-old",
        method_version="1",
        computed_at=NOW,
        computed_by="a test",
        checked=1,
        expected_by_chance=0,
        low=0,
        high=1,
        datasets=1,
    )
    fields = {f.name: getattr(finding, f.name) for f in Finding._meta.concrete_fields}
    return Finding.objects.create(**{**fields, "id": "F-old", "found_in": before})


def everything() -> tuple[int, int, int, int]:
    return (
        Triage.objects.count(),
        Enquiry.objects.count(),
        Link.objects.count(),
        AuditEvent.objects.count(),
    )


# ---- triage ----------------------------------------------------------------------------------


def test_asking_about_a_finding_drafts_its_line_of_enquiry_in_its_own_words(
    finding: Finding, enquiry: Enquiry, figures: Figures
) -> None:
    assert enquiry.state == "drafted"
    assert enquiry.number == "2026-001"
    assert enquiry.definition == definition_for(finding).id
    texts = [enquiry.heading, enquiry.why, *enquiry.ask, *enquiry.could_explain, *enquiry.evidence]
    assert not any("{" in text or "}" in text for text in texts)
    assert any(finding.period.words in text for text in enquiry.ask)
    place = figures.areas.place if finding.is_whole else figures.areas.name(finding.area)
    assert any(place in text for text in [enquiry.heading, *enquiry.ask])


def test_every_finding_of_the_city_has_a_line_of_enquiry_that_fits_its_columns() -> None:
    found = Finding.objects.select_related("found_in")
    assert found
    for one in found:
        defined = definition_for(one)
        assert len(defined.title) <= 200
        assert defined.ask


def test_a_stored_finding_is_read_back_as_the_core_made_it(figures: Figures) -> None:
    made = core_findings.find(
        figures.measures.values(),
        figures.counts,
        whole=figures.whole,
        taxonomy=figures.taxonomy,
        method=reading.method_in_force(),
    )
    stored = {f.pk: f.as_found() for f in Finding.objects.select_related("found_in")}
    assert stored == {f.id: f for f in made.findings}


def test_triage_links_the_files_to_the_finding_and_the_finding_to_its_enquiry(
    finding: Finding, enquiry: Enquiry
) -> None:
    batches = batches_behind(finding)
    assert batches
    written = set(Link.objects.values_list("from_ref", "to_ref", "kind"))
    assert written == {
        *((f"batch:{b}", f"finding:{finding.pk}", "found in") for b in batches),
        (f"finding:{finding.pk}", enquiry.reference, "led to"),
    }


@pytest.mark.parametrize("choice", ["watch", "dismiss"])
def test_watching_and_dismissing_are_kept_with_their_reason(
    finding: Finding, secretary: User, choice: str
) -> None:
    assert (
        triage_finding(finding=finding, choice=choice, reason=" Few. ", by=secretary, now=NOW)
        is None
    )
    kept = Triage.objects.get()
    assert (kept.choice, kept.reason, kept.by, kept.at) == (choice, "Few.", secretary, NOW)
    assert not Enquiry.objects.exists()
    assert Link.objects.count() == len(batches_behind(finding))


@pytest.mark.parametrize("choice", ["watch", "dismiss"])
def test_watching_and_dismissing_without_a_reason_change_nothing(
    finding: Finding, secretary: User, choice: str
) -> None:
    before = everything()
    with pytest.raises(ReasonMissing):
        triage_finding(finding=finding, choice=choice, reason="  ", by=secretary, now=NOW)
    assert everything() == before


@pytest.mark.parametrize("choice", Triage.Choice.values)
def test_each_triage_is_one_event_of_an_audit_trail_that_holds(
    finding: Finding, secretary: User, choice: str
) -> None:
    before = AuditEvent.objects.count()
    triage_finding(finding=finding, choice=choice, reason="So.", by=secretary, now=NOW)
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert (event.event, event.reference) == ("scrutiny.finding.triage", f"finding:{finding.pk}")
    assert event.details["choice"] == choice
    assert event.details["reason"] == "So."
    assert not verify().wrong


def test_the_latest_triage_counts(finding: Finding, secretary: User) -> None:
    triage_finding(finding=finding, choice="watch", reason="Wait.", by=secretary, now=NOW)
    triage_finding(finding=finding, choice="dismiss", reason="Enough.", by=secretary, now=NOW)
    assert [t.choice for t in Triage.objects.that_count()] == ["dismiss"]
    assert Triage.objects.count() == 2


def test_a_finding_of_older_figures_may_be_dismissed_but_not_asked_about(
    finding: Finding, secretary: User
) -> None:
    old = old_finding(finding)
    before = everything()
    with pytest.raises(NotPossible, match="figures have changed") as refusal:
        triage_finding(finding=old, choice="question", by=secretary, now=NOW)
    assert "list of findings" in refusal.value.what_to_do
    assert everything() == before
    triage_finding(finding=old, choice="dismiss", reason="Gone.", by=secretary, now=NOW)
    assert Triage.objects.get().finding == old


def test_with_no_figures_in_use_a_finding_may_still_be_dismissed_and_read(
    finding: Finding, secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> None:
        raise reading.NothingHere("No figures are in use.")

    monkeypatch.setattr(reading, "current", nothing)
    with pytest.raises(NotPossible, match="No figures are in use"):
        triage_finding(finding=finding, choice="question", by=secretary, now=NOW)
    triage_finding(finding=finding, choice="dismiss", reason="Gone.", by=secretary, now=NOW)
    thread = thread_of(f"finding:{finding.pk}", standing=standing_of(secretary))
    assert [s.state for s in thread.steps] == ["dismissed: Gone."]


@pytest.mark.parametrize("state", ["drafted", "approved", "asked"])
def test_a_second_line_of_enquiry_is_refused_with_the_way_to_the_first(
    finding: Finding, enquiry: Enquiry, secretary: User, state: str
) -> None:
    Enquiry.objects.filter(pk=enquiry.pk).update(state=state)
    before = everything()
    with pytest.raises(AlreadyThere) as refusal:
        triage_finding(finding=finding, choice="question", by=secretary, now=NOW)
    assert refusal.value.href == f"/enquiries/{enquiry.number}/"
    assert everything() == before


def test_even_the_tables_hold_no_second_open_line_of_enquiry(enquiry: Enquiry) -> None:
    fields = {f.name: getattr(enquiry, f.name) for f in Enquiry._meta.concrete_fields}
    with pytest.raises(IntegrityError), transaction.atomic():
        Enquiry.objects.create(**{**fields, "id": None, "number": "2026-002"})


def test_after_a_withdrawal_the_finding_may_be_asked_about_again(
    finding: Finding, enquiry: Enquiry, secretary: User
) -> None:
    move_enquiry(enquiry=enquiry, event="withdraw", reason="Wrong.", by=secretary, now=NOW)
    again = triage_finding(finding=finding, choice="question", by=secretary, now=NOW)
    assert again is not None
    assert again.number == "2026-002"


@pytest.mark.parametrize("role", ROLES)
def test_only_those_the_table_names_decide_about_findings(finding: Finding, role: Role) -> None:
    user, before = person(role), everything()
    if role in TABLE[Action.TRIAGE_FINDING]:
        triage_finding(finding=finding, choice="question", by=user, now=NOW)
        assert Enquiry.objects.get().created_by == user
    else:
        with pytest.raises(NotPermitted):
            triage_finding(finding=finding, choice="question", by=user, now=NOW)
        assert everything() == before


# ---- the line of enquiry ---------------------------------------------------------------------


ACTORS = {
    Action.APPROVE_ENQUIRY: Role.CHAIR,
    Action.DRAFT_QUESTION: Role.SECRETARIAT,
    Action.TRIAGE_FINDING: Role.SECRETARIAT,
}


@pytest.mark.parametrize("state", ENQUIRY.states)
@pytest.mark.parametrize("event", ENQUIRY.events)
def test_each_step_does_what_the_table_says_and_nothing_else(
    enquiry: Enquiry, state: str, event: str
) -> None:
    Enquiry.objects.filter(pk=enquiry.pk).update(state=state)
    enquiry.refresh_from_db()
    by = person(ACTORS[ENQUIRY.action_of(event)])
    step: dict[str, Any] = {"enquiry": enquiry, "event": event, "reason": "So.", "by": by}
    row = next((t for t in ENQUIRY.possible(state) if t.event == event), None)
    before = everything()
    if row is None:
        with pytest.raises(NotPossible):
            move_enquiry(**step, now=NOW)
        assert everything() == before
        assert Enquiry.objects.get().state == state
        return
    written = move_enquiry(**step, now=NOW)
    assert Enquiry.objects.get().state == row.target
    assert Enquiry.objects.get().revision == 2
    assert AuditEvent.objects.count() == before[3] + 1
    assert written.event == f"scrutiny.enquiry.{event}"


@pytest.mark.parametrize("event", [t.event for t in ENQUIRY.transitions if t.needs_reason])
def test_steps_that_must_say_why_do(enquiry: Enquiry, event: str) -> None:
    row = next(t for t in ENQUIRY.transitions if t.event == event)
    Enquiry.objects.filter(pk=enquiry.pk).update(state=min(row.sources))
    enquiry.refresh_from_db()
    with pytest.raises(ReasonMissing):
        move_enquiry(enquiry=enquiry, event=event, by=person(ACTORS[row.action]), now=NOW)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("event", ENQUIRY.events)
def test_each_step_is_for_those_the_table_names(enquiry: Enquiry, role: Role, event: str) -> None:
    row = next(t for t in ENQUIRY.transitions if t.event == event)
    Enquiry.objects.filter(pk=enquiry.pk).update(state=min(row.sources))
    enquiry.refresh_from_db()
    user = person(role)
    if role in TABLE[row.action]:
        move_enquiry(enquiry=enquiry, event=event, reason="So.", by=user, now=NOW)
        assert enquiry.state == row.target
    else:
        with pytest.raises(NotPermitted):
            move_enquiry(enquiry=enquiry, event=event, reason="So.", by=user, now=NOW)
        assert Enquiry.objects.get().state == min(row.sources)


def test_a_line_of_enquiry_may_be_asked_from_more_than_once(
    enquiry: Enquiry, secretary: User, chair: User
) -> None:
    with pytest.raises(NotPossible):
        mark_asked(enquiry=enquiry, by=secretary, now=NOW)
    move_enquiry(enquiry=enquiry, event="approve", by=chair, now=NOW)
    mark_asked(enquiry=enquiry, by=secretary, now=NOW)
    mark_asked(enquiry=enquiry, by=secretary, now=NOW)
    assert enquiry.state == "asked"


def test_the_secretariat_is_told_that_it_was_approved(
    enquiry: Enquiry, secretary: User, chair: User
) -> None:
    move_enquiry(enquiry=enquiry, event="approve", by=chair, now=NOW)
    told = Notice.objects.get(recipient=secretary)
    named = f"Line of enquiry {enquiry.number}, “{enquiry.heading}”,"
    assert told.text == f"{named} was approved."


def test_two_people_who_act_at_once_do_not_overwrite_each_other(
    enquiry: Enquiry, secretary: User, chair: User
) -> None:
    other = Enquiry.objects.get(pk=enquiry.pk)
    edit_enquiry(enquiry=enquiry, **WORDS, by=secretary, now=NOW, seen=1)
    with pytest.raises(Overtaken):
        move_enquiry(enquiry=other, event="approve", by=chair, now=NOW, seen=1)
    with pytest.raises(Overtaken):
        edit_enquiry(enquiry=other, **{**WORDS, "why": "Mine"}, by=secretary, now=NOW, seen=1)
    kept = Enquiry.objects.get()
    assert (kept.state, kept.why, kept.revision) == ("drafted", "Another reason", 2)


def test_editing_keeps_every_word_and_says_in_the_trail_which_changed(
    enquiry: Enquiry, secretary: User
) -> None:
    edit_enquiry(enquiry=enquiry, **{**WORDS, "why": enquiry.why}, by=secretary, now=NOW, seen=1)
    kept = Enquiry.objects.get()
    assert {n: getattr(kept, n) for n in WORDS if n != "why"} == {
        n: v for n, v in WORDS.items() if n != "why"
    }
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert event.event == "scrutiny.enquiry.edit"
    assert event.details == {"changed": ["heading", "ask", "could_explain", "evidence"]}


@pytest.mark.parametrize("state", [s for s in ENQUIRY.states if s != "drafted"])
def test_words_are_changed_only_while_drafted(
    enquiry: Enquiry, secretary: User, state: str
) -> None:
    Enquiry.objects.filter(pk=enquiry.pk).update(state=state)
    enquiry.refresh_from_db()
    before = everything()
    with pytest.raises(NotPossible, match="its words stay as they are"):
        edit_enquiry(enquiry=enquiry, **WORDS, by=secretary, now=NOW, seen=1)
    assert everything() == before
    assert Enquiry.objects.get().heading != WORDS["heading"]


@pytest.mark.parametrize("role", ROLES)
def test_only_those_the_table_names_change_words(enquiry: Enquiry, role: Role) -> None:
    user = person(role)
    if role in TABLE[Action.EDIT_ENQUIRY]:
        edit_enquiry(enquiry=enquiry, **WORDS, by=user, now=NOW, seen=1)
        assert Enquiry.objects.get().heading == WORDS["heading"]
    else:
        with pytest.raises(NotPermitted):
            edit_enquiry(enquiry=enquiry, **WORDS, by=user, now=NOW, seen=1)
        assert Enquiry.objects.get().heading != WORDS["heading"]


# ---- the thread and people's work ------------------------------------------------------------


def test_the_thread_shows_what_became_of_a_finding_to_those_who_read_enquiries(
    finding: Finding, secretary: User
) -> None:
    triage_finding(finding=finding, choice="watch", reason="Two months.", by=secretary, now=NOW)

    def state(user: User) -> str:
        thread = thread_of(f"finding:{finding.pk}", standing=standing_of(user))
        return next(s.state for s in thread.steps if s.here)

    for role in ROLES:
        reads = role in TABLE[Action.READ_ENQUIRY]
        assert state(person(role)) == ("watched: Two months." if reads else "")


def test_the_thread_hides_a_line_of_enquiry_from_the_police(enquiry: Enquiry) -> None:
    for role in ROLES:
        found = kinds()["enquiry"].describe([enquiry.number], standing_of(person(role)))
        assert found[enquiry.number].visible is (role in TABLE[Action.READ_ENQUIRY])


def test_deciding_about_a_finding_is_offered_to_those_who_may(finding: Finding) -> None:
    for role in ROLES:
        thread = thread_of(f"finding:{finding.pk}", standing=standing_of(person(role)))
        offered = [n.href for n in thread.next]
        may = role in TABLE[Action.TRIAGE_FINDING]
        assert (f"/findings/{finding.pk}/triage/" in offered) is may


def test_a_drafted_enquiry_waits_for_the_chair_and_an_approved_one_for_the_secretariat(
    enquiry: Enquiry, secretary: User, chair: User
) -> None:
    def waits(user: User) -> list[str]:
        return [item.to_do for item in work(user, standing_of(user), NOW)]

    assert waits(chair) == ["Approve this line of enquiry, or withdraw it"]
    assert waits(secretary) == []
    move_enquiry(enquiry=enquiry, event="approve", by=chair, now=NOW)
    assert waits(chair) == []
    assert waits(secretary) == ["Draft a question from this line of enquiry"]
    mark_asked(enquiry=enquiry, by=secretary, now=NOW)
    assert waits(secretary) == []


# ---- pages -----------------------------------------------------------------------------------


def addresses(finding: Finding, enquiry: Enquiry) -> dict[str, Action]:
    return {
        "/findings/triage/": Action.TRIAGE_FINDING,
        f"/findings/{finding.pk}/triage/": Action.TRIAGE_FINDING,
        "/enquiries/": Action.READ_ENQUIRY,
        f"/enquiries/{enquiry.number}/": Action.READ_ENQUIRY,
        f"/enquiries/{enquiry.number}/edit/": Action.EDIT_ENQUIRY,
    }


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_answers_those_it_is_for(
    client: Client, finding: Finding, enquiry: Enquiry, role: Role | None
) -> None:
    if role is not None:
        sign_in(client, person(role))
    for address, action in addresses(finding, enquiry).items():
        answer = client.get(address)
        allowed = role is not None and role in TABLE[action]
        assert answer.status_code == (200 if allowed else 403), address
        if not allowed:
            assert enquiry.heading not in answer.content.decode()


@pytest.mark.parametrize("state", ENQUIRY.states)
@pytest.mark.parametrize("role", [Role.DRAFTER, Role.SIGNATORY, Role.VERIFIER])
def test_the_police_never_see_a_line_of_enquiry(
    client: Client, enquiry: Enquiry, role: Role, state: str
) -> None:
    Enquiry.objects.filter(pk=enquiry.pk).update(state=state)
    sign_in(client, person(role))
    there = client.get(f"/enquiries/{enquiry.number}/")
    missing = client.get("/enquiries/2026-999/")
    assert there.status_code == missing.status_code == 403
    told = [a.content.decode().split("<main")[1] for a in (there, missing)]
    assert told[0].replace(enquiry.number, "2026-999") == told[1]


def test_what_is_not_there_is_a_page_that_says_so(client: Client, secretary: User) -> None:
    sign_in(client, secretary)
    for address in ("/enquiries/2026-999/", "/findings/F-none/triage/"):
        assert client.get(address).status_code == 404


def test_a_finding_is_asked_about_in_the_browser(
    client: Client, finding: Finding, secretary: User
) -> None:
    sign_in(client, secretary)
    page = client.get(f"/findings/{finding.pk}/").content.decode()
    assert page.count(f"/findings/{finding.pk}/triage/") == 1
    form = client.get(f"/findings/{finding.pk}/triage/").content.decode()
    assert definition_for(finding).title in form
    answer = client.post(f"/findings/{finding.pk}/triage/", {"choice": "question"}, follow=True)
    made = Enquiry.objects.get()
    assert answer.redirect_chain == [(f"/enquiries/{made.number}/", 302)]
    shown = answer.content.decode()
    for words in (finding.period.words, "The whole thread", "Line of enquiry 2026-001"):
        assert words in shown


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"choice": "watch", "reason": " "}, 422, "Say why"),
        ({"reason": "Kept words"}, 422, "Choose what becomes"),
        ({"choice": "eat", "reason": "Kept words"}, 422, "eat is not one"),
        ({"choice": "watch", "reason": "Kept words\0"}, 422, "Null characters"),
        ({"choice": "watch", "reason": "Kept words" * 500}, 422, "at most 2000"),
    ],
)
def test_a_triage_that_cannot_be_read_is_shown_again_with_what_was_typed(
    client: Client, finding: Finding, secretary: User, sent: dict[str, str], status: int, words: str
) -> None:
    sign_in(client, secretary)
    answer = client.post(f"/findings/{finding.pk}/triage/", sent)
    assert answer.status_code == status
    shown = answer.content.decode()
    assert words in shown
    assert sent["reason"].strip().strip("\0") in shown
    assert not Triage.objects.exists()


def test_a_refused_triage_leads_to_the_line_of_enquiry_there_is(
    client: Client, finding: Finding, enquiry: Enquiry, secretary: User
) -> None:
    sign_in(client, secretary)
    sent = {"choice": "question", "reason": "Kept words"}
    answer = client.post(f"/findings/{finding.pk}/triage/", sent)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "already has a line of enquiry" in shown
    assert f'href="/enquiries/{enquiry.number}/"' in shown
    assert "Kept words" in shown


def test_what_became_of_findings_is_listed_watched_ones_first_and_counted(
    client: Client, secretary: User
) -> None:
    some = list(Finding.objects.select_related("found_in").order_by("id")[:4])
    for one, choice in zip(some, ["dismiss", "question", "watch", "watch"], strict=True):
        triage_finding(finding=one, choice=choice, reason=f"R-{one.pk}", by=secretary, now=NOW)
    sign_in(client, secretary)
    page = client.get("/findings/triage/").context["page"]
    assert [line.became for line in page.lines] == [
        "watched",
        "watched",
        "to be asked about",
        "dismissed",
    ]
    assert [(t.label, t.count) for t in page.tabs] == [
        ("All", 4),
        ("Watched", 2),
        ("To be asked about", 1),
        ("Dismissed", 1),
    ]
    only = client.get("/findings/triage/?show=dismiss").context["page"]
    assert [line.reason for line in only.lines] == [f"R-{some[0].pk}"]


def test_an_approval_in_the_browser_is_recorded_and_said(
    client: Client, enquiry: Enquiry, chair: User
) -> None:
    sign_in(client, chair)
    page = client.get(f"/enquiries/{enquiry.number}/")
    assert [o.event for o in page.context["page"].offers] == ["approve", "withdraw"]
    step = {"event": "approve", "seen": 1, "reason": ""}
    answer = client.post(f"/enquiries/{enquiry.number}/move/", step, follow=True)
    assert "“Approve” is done" in answer.content.decode()
    assert Enquiry.objects.get().state == "approved"


def test_a_reason_for_sending_back_stands_on_the_page(
    client: Client, enquiry: Enquiry, chair: User, secretary: User
) -> None:
    move_enquiry(enquiry=enquiry, event="approve", by=chair, now=NOW)
    move_enquiry(enquiry=enquiry, event="send_back", reason="Too long.", by=chair, now=NOW)
    edit_enquiry(enquiry=enquiry, **WORDS, by=secretary, now=NOW, seen=3)
    sign_in(client, secretary)
    assert "Too long." in client.get(f"/enquiries/{enquiry.number}/").content.decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"event": "withdraw", "seen": 1, "reason": ""}, 422),
        ({"event": "ask", "seen": 1, "reason": "Kept words"}, 422),
        ({"event": "explode", "seen": 1, "reason": "Kept words"}, 422),
        ({"event": "withdraw", "seen": "x", "reason": "Kept words"}, 422),
        ({"event": "withdraw", "seen": 7, "reason": "Kept words"}, 409),
        ({"event": "send_back", "seen": 1, "reason": "Kept words"}, 409),
    ],
)
def test_a_refused_step_changes_nothing_and_loses_no_words(
    client: Client, enquiry: Enquiry, chair: User, sent: dict[str, Any], status: int
) -> None:
    sign_in(client, chair)
    before = everything()
    answer = client.post(f"/enquiries/{enquiry.number}/move/", sent)
    assert answer.status_code == status
    shown = answer.content.decode()
    assert "This was not done" in shown
    assert sent["reason"] in shown
    assert everything() == before


def test_words_are_changed_in_the_browser_one_on_each_line(
    client: Client, enquiry: Enquiry, secretary: User
) -> None:
    sign_in(client, secretary)
    form = client.get(f"/enquiries/{enquiry.number}/edit/").context["form"]
    assert form["ask"].value().split("\n\n") == enquiry.ask
    sent = {
        "heading": "New",
        "why": "Because",
        "ask": "One?\r\n\r\n  Two?  \r\n",
        "could_explain": "This",
        "evidence": "That",
        "seen": 1,
    }
    assert client.post(f"/enquiries/{enquiry.number}/edit/", sent).status_code == 302
    kept = Enquiry.objects.get()
    assert (kept.heading, kept.ask, kept.revision) == ("New", ["One?", "Two?"], 2)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("heading", "", "Give it a heading"),
        ("heading", "H" * 201, "at most 200"),
        ("ask", " \n ", "Write at least one question"),
        ("ask", "x\n" * 13, "Use 12 lines at most"),
        ("evidence", "x" * 1001, "up to 1,000 characters"),
        ("why", "a\0b", "Null characters"),
    ],
)
def test_words_that_cannot_be_kept_are_shown_again(
    client: Client, enquiry: Enquiry, secretary: User, name: str, value: str, words: str
) -> None:
    sign_in(client, secretary)
    sent = {**WORDS, **{n: "\n".join(v) for n, v in WORDS.items() if isinstance(v, list)}}
    answer = client.post(f"/enquiries/{enquiry.number}/edit/", {**sent, "seen": 1, name: value})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert words in shown
    other = "heading" if name == "why" else "why"
    assert sent[other] in shown
    assert Enquiry.objects.get().revision == 1


def test_an_overtaken_edit_shows_both_versions_and_may_be_sent_again(
    client: Client, enquiry: Enquiry, secretary: User
) -> None:
    edit_enquiry(enquiry=enquiry, **WORDS, by=secretary, now=NOW, seen=1)
    sign_in(client, secretary)
    mine = {**dict.fromkeys(WORDS, "Mine"), "seen": 1}
    answer = client.post(f"/enquiries/{enquiry.number}/edit/", mine)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Mine" in shown
    assert "What happened?" in shown
    assert answer.context["form"]["seen"].value() == 2
    again = client.post(f"/enquiries/{enquiry.number}/edit/", {**mine, "seen": 2})
    assert again.status_code == 302
    assert Enquiry.objects.get().heading == "Mine"


@pytest.mark.parametrize(
    "query", ["show=%00", "show=eggs", "page=0", "page=9²", "page=" + "9" * 99]
)
def test_a_list_asked_for_in_a_way_that_makes_no_sense_is_the_whole_list(
    client: Client, secretary: User, enquiry: Enquiry, query: str
) -> None:
    sign_in(client, secretary)
    for address in ("/enquiries/", "/findings/triage/"):
        assert len(client.get(f"{address}?{query}").context["page"].lines) == 1


def test_queries_do_not_grow_with_what_is_listed(
    client: Client, secretary: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    sign_in(client, secretary)
    found = list(Finding.objects.select_related("found_in").order_by("id")[:12])

    def asked(number: int) -> dict[str, int]:
        for i, one in enumerate(found[:number]):
            if not one.triages.exists():
                at = NOW + timedelta(minutes=i)
                triage_finding(finding=one, choice="question", by=secretary, now=at)
        first = Enquiry.objects.order_by("id")[0]
        pages = addresses(first.finding, first)
        for address in pages:
            client.get(address)
        counts = {}
        for address in [*pages, "/your-work/", f"/findings/{first.finding_id}/"]:
            with django_assert_max_num_queries(40) as captured:
                assert client.get(address).status_code == 200
            counts[address] = len(captured)
        return counts

    assert asked(1) == asked(12)
