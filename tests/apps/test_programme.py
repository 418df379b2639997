"""The work programme: proposed, scored, scheduled and moved; what the public suggests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from openscrutiny.base import thread
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Link, User
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.base.thread import thread_of
from openscrutiny.core.machines import WORK
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role
from openscrutiny.core.programme import CRITERIA
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import candidates as proposing
from openscrutiny.forum.candidates import Candidate
from openscrutiny.forum.models import AgendaItem, Meeting, WorkItem
from openscrutiny.forum.services import programme as services
from openscrutiny.forum.threads.programme import (
    next_from_finding,
    next_from_recommendation,
)
from openscrutiny.forum.threads.programme import (
    work_on_programme as source_of_work,
)
from openscrutiny.monitor.models import Finding
from tests.apps.meeting_rooms import body, meeting
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work_on_programme = in_full(source_of_work)

ROLES = [r for r in Role if r is not Role.ANYONE]
ANSWERS = {c.code: 3 for c in CRITERIA}
SOON, LATER = NOW + timedelta(days=20), NOW + timedelta(days=60)


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def member() -> User:
    return person(Role.MEMBER, organisation=body())


def proposed(by: User, **said: Any) -> WorkItem:
    first = {
        "body": body(),
        "heading": "Abuse on buses",
        "why": "Disabled people told us.",
        "origin": "member",
        "strands": ["disability"],
        "areas": [],
    }
    return services.propose_work(**{**first, **said}, by=by, now=NOW)


def in_state(state: str, *, by: User, on: Meeting | None = None, **said: Any) -> WorkItem:
    """A subject brought into a state by the steps that lead there."""
    made = proposed(by, **said)
    services.score(work=made, answers=ANSWERS, seen=made.revision, by=by, now=NOW)
    step: dict[str, Any] = {"work": made, "by": by, "now": NOW}
    if state == "declined":
        services.move_work(event="decline", reason="Others look at it.", **step)
    if state in ("accepted", "scheduled", "done"):
        services.move_work(event="accept", **step)
    if state in ("scheduled", "done"):
        services.move_work(event="schedule", meeting=on or meeting(starts_at=SOON), **step)
    if state == "done":
        Meeting.objects.filter(pk=made.meeting_id).update(state="held")
        made = WorkItem.objects.get(pk=made.pk)
        services.move_work(work=made, event="finish", by=by, now=NOW)
    return WorkItem.objects.get(pk=made.pk)


def everything() -> tuple[int, ...]:
    counted = (WorkItem, AgendaItem, Link, AuditEvent)
    return tuple(m.objects.count() for m in counted)  # type: ignore[attr-defined]


# ---- proposing -------------------------------------------------------------------------------


def test_a_proposal_from_a_finding_stands_on_the_thread_with_it(member: User) -> None:
    finding = Finding.objects.all()[0]
    made = proposed(member, origin="finding", origin_reference=f"finding:{finding.pk}")
    kept = WorkItem.objects.get()
    assert (kept.number, kept.state, kept.proposed_by) == ("2026-001", "proposed", member)
    link = Link.objects.get()
    assert (link.from_ref, link.to_ref) == (f"finding:{finding.pk}", made.reference)
    steps = thread_of(made.reference, standing=standing_of(member)).steps
    assert f"finding:{finding.pk}" in [s.reference for s in steps]
    assert AuditEvent.objects.get().event == "forum.work.propose"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"origin": "finding"}, "no such thing"),
        ({"origin": "finding", "origin_reference": "finding:none"}, "no such thing"),
        ({"origin": "finding", "origin_reference": "work:2026-900"}, "no such thing"),
        ({"origin": "overdue", "origin_reference": "nonsense"}, "no such thing"),
        ({"origin": "member", "origin_reference": "dragon:1"}, "no such thing"),
        ({"origin": "public"}, "by its own form"),
        ({"strands": ["weather"]}, "no strands"),
        ({"areas": ["Atlantis"]}, "no areas"),
    ],
)
def test_a_proposal_from_nothing_or_on_nothing_is_refused(
    member: User, wrong: dict[str, Any], words: str
) -> None:
    before = everything()
    with pytest.raises(NotPossible, match=words):
        proposed(member, **wrong)
    assert everything() == before


def test_a_proposal_cannot_come_from_what_the_person_may_not_see(secretary: User) -> None:
    hidden = proposed(secretary)
    outsider = person(Role.DRAFTER)
    with pytest.raises(NotPossible, match="no such thing"):
        proposed(outsider, origin_reference=hidden.reference)
    assert proposed(secretary, origin_reference=hidden.reference).origin_reference


@pytest.mark.parametrize("role", ROLES)
def test_only_those_the_table_names_propose(role: Role) -> None:
    forum = (Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT)
    user = person(role, organisation=body() if role in forum else None)
    if role in TABLE[Action.PROPOSE_WORK]:
        assert proposed(user).proposed_by == user
    else:
        with pytest.raises(NotPermitted):
            proposed(user)


def test_a_member_of_another_body_may_not_propose_for_this_one() -> None:
    elsewhere = person(Role.MEMBER, organisation=body("practice"))
    with pytest.raises(NotPermitted, match="another body"):
        proposed(elsewhere)


# ---- scoring ---------------------------------------------------------------------------------


def test_scores_are_kept_answer_by_answer_and_stand_in_the_record(secretary: User) -> None:
    made = proposed(secretary)
    services.score(work=made, answers=ANSWERS, seen=1, by=secretary, now=NOW)
    kept = WorkItem.objects.get()
    assert (kept.scores, kept.state, kept.revision) == (ANSWERS, "proposed", 2)
    last = AuditEvent.objects.order_by("-sequence")[0]
    assert (last.event, last.details["total"]) == ("forum.work.score", 14)


def test_a_score_that_is_incomplete_or_comes_too_late_is_refused(secretary: User) -> None:
    made = proposed(secretary)
    scoring: dict[str, Any] = {"work": made, "by": secretary, "now": NOW}
    before = everything()
    for answers in ({}, {"harm": 3}, {**ANSWERS, "harm": 7}):
        with pytest.raises(NotPossible):
            services.score(answers=answers, seen=1, **scoring)
    with pytest.raises(Overtaken):
        services.score(answers=ANSWERS, seen=5, **scoring)
    assert everything() == before
    done = in_state("declined", by=secretary)
    with pytest.raises(NotPossible, match="orders nothing"):
        services.score(work=done, answers=ANSWERS, seen=done.revision, by=secretary, now=NOW)


# ---- the table, walked -----------------------------------------------------------------------


@pytest.mark.parametrize("state", WORK.states)
@pytest.mark.parametrize("event", WORK.events)
def test_each_step_does_what_the_table_says_and_nothing_else(
    secretary: User, state: str, event: str
) -> None:
    first, second = meeting(starts_at=SOON), meeting(starts_at=LATER)
    made = in_state(state, by=secretary, on=first)
    if event == "finish" and state == "scheduled":
        Meeting.objects.filter(pk=first.pk).update(state="held")
        made = WorkItem.objects.get(pk=made.pk)
    placed = {"meeting": second} if event in ("schedule", "move") else {}
    step: dict[str, Any] = {"work": made, "event": event, "reason": "So.", "by": secretary}
    row = next((t for t in WORK.possible(state) if t.event == event), None)
    before = everything()
    if row is None:
        with pytest.raises(NotPossible):
            services.move_work(**step, **placed, now=NOW)
        assert everything() == before
        assert WorkItem.objects.get(pk=made.pk).state == state
        return
    written = services.move_work(**step, **placed, now=NOW)
    kept = WorkItem.objects.get(pk=made.pk)
    assert (kept.state, written.event) == (row.target, f"forum.work.{event}")
    wanted = {"schedule": second, "move": second, "unschedule": None, "finish": first}
    if event in wanted:
        assert kept.meeting == wanted[event]


@pytest.mark.parametrize("event", [t.event for t in WORK.transitions if t.needs_reason])
def test_a_step_that_needs_a_reason_is_refused_without_one(secretary: User, event: str) -> None:
    state = "scheduled" if event in ("move", "unschedule") else "proposed"
    made = in_state(state, by=secretary)
    placed = {"meeting": meeting(starts_at=LATER)} if event == "move" else {}
    with pytest.raises(ReasonMissing):
        services.move_work(work=made, event=event, by=secretary, now=NOW, reason=" ", **placed)
    assert WorkItem.objects.get().state == state


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("event", ["accept", "decline"])
def test_each_step_is_for_those_the_table_names(secretary: User, role: Role, event: str) -> None:
    made = in_state("proposed", by=secretary)
    forum = (Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT)
    user = person(role, organisation=body() if role in forum else None)
    step: dict[str, Any] = {"work": made, "event": event, "reason": "So.", "by": user, "now": NOW}
    if role in TABLE[Action.PLAN_WORK]:
        services.move_work(**step)
        assert WorkItem.objects.get().state != "proposed"
    else:
        with pytest.raises(NotPermitted):
            services.move_work(**step)
        assert WorkItem.objects.get().state == "proposed"


def test_what_nobody_scored_is_not_taken_in(secretary: User) -> None:
    made = proposed(secretary)
    with pytest.raises(NotPossible, match="Nobody has scored this"):
        services.move_work(work=made, event="accept", by=secretary, now=NOW)


def test_what_waits_for_a_meeting_that_was_not_held_is_not_done(secretary: User) -> None:
    made = in_state("scheduled", by=secretary)
    with pytest.raises(NotPossible, match="has not been held"):
        services.move_work(work=made, event="finish", by=secretary, now=NOW)


# ---- meetings --------------------------------------------------------------------------------


def test_scheduling_proposes_an_item_for_the_agenda_of_that_meeting(chair: User) -> None:
    on = meeting(starts_at=SOON)
    made = in_state("scheduled", by=chair, on=on)
    item = AgendaItem.objects.get()
    assert (item.meeting, item.state, item.about) == (on, "proposed", made.reference)
    assert (item.heading, item.strands) == ("Abuse on buses", ["disability"])
    assert (item.number, item.position, item.proposed_by) == (f"{on.number}-1", 0, chair)
    found = AuditEvent.objects.filter(reference=item.reference)
    assert [e.event for e in found] == ["forum.item.propose"]


@pytest.mark.parametrize(
    "which", ["cancelled", "held", "in_session", "past", "another body", "none", "the same"]
)
def test_only_a_meeting_of_the_same_body_that_is_to_come_can_be_chosen(
    secretary: User, which: str
) -> None:
    first = meeting(starts_at=SOON)
    made = in_state("scheduled" if which == "the same" else "accepted", by=secretary, on=first)
    chosen = {
        "past": lambda: meeting(starts_at=NOW - timedelta(days=1)),
        "another body": lambda: meeting(starts_at=SOON, code="practice"),
        "none": lambda: None,
        "the same": lambda: first,
    }.get(which, lambda: meeting(which, starts_at=SOON))()
    event = "move" if which == "the same" else "schedule"
    before = everything()
    with pytest.raises(NotPossible, match="No meeting was chosen"):
        services.move_work(
            work=made, event=event, meeting=chosen, reason="So.", by=secretary, now=NOW
        )
    assert everything() == before


def test_a_meeting_whose_agenda_is_out_can_still_be_chosen(secretary: User) -> None:
    on = meeting("agenda_published", starts_at=SOON)
    assert in_state("scheduled", by=secretary, on=on).meeting == on


def test_what_is_moved_leaves_one_agenda_with_the_reason_and_is_proposed_for_the_other(
    secretary: User,
) -> None:
    first, second = meeting(starts_at=SOON), meeting(starts_at=LATER)
    made = in_state("scheduled", by=secretary, on=first)
    step: dict[str, Any] = {"work": made, "by": secretary, "now": NOW, "reason": "No figures yet."}
    services.move_work(event="move", meeting=second, **step)
    states = dict(AgendaItem.objects.values_list("meeting__number", "state"))
    assert states == {first.number: "withdrawn", second.number: "proposed"}
    withdrawn = AuditEvent.objects.get(event="forum.item.withdraw")
    assert withdrawn.details["reason"] == "No figures yet."
    services.move_work(event="unschedule", **step)
    assert set(AgendaItem.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_what_was_dealt_with_on_an_agenda_stays_there_when_the_subject_moves(
    secretary: User,
) -> None:
    made = in_state("scheduled", by=secretary)
    AgendaItem.objects.update(state="noted")
    services.move_work(
        work=made,
        event="move",
        meeting=meeting(starts_at=LATER),
        reason="More to say.",
        by=secretary,
        now=NOW,
    )
    assert AgendaItem.objects.filter(state="noted").count() == 1


def test_the_chair_moves_nothing_off_an_agenda_which_is_the_secretariats(chair: User) -> None:
    made = in_state("scheduled", by=chair)
    before = everything()
    with pytest.raises(NotPermitted, match="Only the secretariat"):
        services.move_work(work=made, event="unschedule", reason="So.", by=chair, now=NOW)
    assert everything() == before
    assert WorkItem.objects.get().state == "scheduled"


def test_two_who_act_at_once_do_not_overwrite_each_other(secretary: User) -> None:
    made = in_state("proposed", by=secretary)
    other = WorkItem.objects.get()
    step: dict[str, Any] = {"by": secretary, "now": NOW, "seen": made.revision}
    services.move_work(work=made, event="accept", **step)
    with pytest.raises(Overtaken):
        services.move_work(work=other, event="decline", reason="No.", **step)
    assert WorkItem.objects.get().state == "accepted"


# ---- what the public suggests ----------------------------------------------------------------

SENT = {"heading": "Noise at the station", "why": "Every night.", "strands": ["age"]}


def test_anybody_suggests_something_and_nothing_is_kept_of_who(client: Client) -> None:
    body()
    answer = client.post("/programme/suggest/", {**SENT, "website": ""})
    made = WorkItem.objects.get()
    assert answer.status_code == 302
    assert (made.origin, made.proposed_by, made.state) == ("public", None, "proposed")
    assert made.as_sent == "Noise at the station\n\nEvery night."
    event = AuditEvent.objects.get()
    assert (event.actor, event.acting_as, event.details) == (None, "", {})
    shown = client.get(answer["Location"]).content.decode()
    assert made.receipt
    assert made.receipt in shown
    assert "It was sent" in shown


def test_somebody_signed_in_who_suggests_something_is_not_kept_either(member: User) -> None:
    made = services.suggest_work(**SENT, areas=[], by=member, now=NOW)
    assert made.proposed_by is None
    assert AuditEvent.objects.get().actor is None


def test_a_sender_learns_what_became_of_it_and_why_by_the_receipt_alone(
    client: Client, secretary: User
) -> None:
    body()
    made = services.suggest_work(**SENT, areas=[], by=AnonymousUser(), now=NOW)
    services.move_work(
        work=made, event="decline", reason="The council looks at it.", by=secretary, now=NOW
    )
    asked = f"/programme/suggest/?receipt={str(made.receipt).lower()}"
    shown = client.get(asked).content.decode()
    assert "The council looks at it." in shown
    assert "Noise at the station" in shown
    missing = client.get("/programme/suggest/?receipt=AAAAA-AAAAA").content.decode()
    assert "No suggestion has the reference" in missing
    assert "Noise at the station" not in missing
    assert client.get(made.href).status_code == 403


def test_more_suggestions_than_anybody_could_read_are_refused_with_what_was_typed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body()
    monkeypatch.setattr(services, "MOST_SUGGESTIONS", 2)
    for _ in range(2):
        assert client.post("/programme/suggest/", SENT).status_code == 302
    answer = client.post("/programme/suggest/", SENT)
    assert answer.status_code == 409
    assert "Noise at the station" in answer.content.decode()
    assert WorkItem.objects.count() == 2
    WorkItem.objects.update(proposed_at=NOW - timedelta(days=900))
    assert client.post("/programme/suggest/", SENT).status_code == 302


def test_a_program_that_fills_in_everything_is_refused_and_a_person_can_go_on(
    client: Client,
) -> None:
    body()
    # Nobody hears of the trap who cannot see it either, until something stands in it.
    untouched = client.get("/programme/suggest/").content.decode()
    assert '<div class="os-trap" aria-hidden="true">' in untouched
    answer = client.post("/programme/suggest/", {**SENT, "website": "http://spam.example"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "only programs fill it in" in shown
    assert '<div class="os-trap-found">' in shown
    assert "Noise at the station" in shown
    assert not WorkItem.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"heading": ""}, {"heading": "x" * 201}, {"strands": ["weather"]}, {"why": "a\0b"}]
)
def test_a_suggestion_that_cannot_be_read_is_shown_again(
    client: Client, wrong: dict[str, Any]
) -> None:
    body()
    answer = client.post("/programme/suggest/", {**SENT, **wrong})
    assert answer.status_code == 422
    assert not WorkItem.objects.exists()


def test_the_words_of_the_public_are_kept_as_sent_when_the_programme_says_it_otherwise(
    client: Client, secretary: User
) -> None:
    body()
    made = services.suggest_work(**SENT, areas=[], by=AnonymousUser(), now=NOW)
    services.reword_work(
        work=made, heading="Safety at stations", why="At night.", seen=1, by=secretary, now=NOW
    )
    services.score(work=made, answers=ANSWERS, seen=2, by=secretary, now=NOW)
    services.move_work(work=made, event="accept", by=secretary, now=NOW)
    public = client.get(made.href).content.decode()
    assert "Safety at stations" in public
    assert "Noise" not in public
    assert made.receipt not in public
    sign_in(client, secretary)
    assert "Noise at the station" in client.get(made.href).content.decode()


def test_words_that_were_scheduled_are_not_changed(secretary: User) -> None:
    made = in_state("scheduled", by=secretary)
    with pytest.raises(NotPossible, match="its words stand"):
        services.reword_work(
            work=made, heading="x", why="y", seen=made.revision, by=secretary, now=NOW
        )


# ---- what proposes itself --------------------------------------------------------------------

LATE = Candidate("recommendation:2026-007", "Flag every report", "/r/", "Part a: 3 days late.")


def late(standing: Any, now: Any) -> list[Candidate]:
    return [LATE]


SOURCES = (late,)


@pytest.fixture
def something_is_late(settings: Any) -> Any:
    settings.PROGRAMME_SOURCES = "tests.apps.test_programme.SOURCES"
    proposing.sources.cache_clear()
    yield
    proposing.sources.cache_clear()


def test_what_is_overdue_proposes_itself_to_officers_and_nothing_is_stored(
    client: Client, secretary: User, member: User, something_is_late: None
) -> None:
    shown = sign_in(client, secretary).get("/programme/").content.decode()
    assert "Part a: 3 days late." in shown
    assert 'href="/programme/new/?from=recommendation%3A2026-007"' in shown
    assert not WorkItem.objects.exists()
    client.logout()
    assert "Part a: 3 days late." not in client.get("/programme/").content.decode()
    shown = sign_in(client, member).get("/programme/").content.decode()
    assert "Part a: 3 days late." not in shown


@pytest.mark.parametrize(
    ("state", "again"),
    [("proposed", False), ("accepted", False), ("declined", False), ("done", True)],
)
def test_what_is_on_the_programme_proposes_itself_again_only_once_it_is_done(
    secretary: User, something_is_late: None, state: str, again: bool
) -> None:
    made = in_state(state, by=secretary)
    WorkItem.objects.filter(pk=made.pk).update(origin_reference=LATE.reference)
    assert bool(proposing.candidates(standing_of(secretary), now=NOW)) is again


# ---- pages -----------------------------------------------------------------------------------


def test_the_public_reads_what_was_taken_in_and_the_forum_everything_with_its_scores(
    client: Client, secretary: User
) -> None:
    for state in ("proposed", "accepted", "scheduled", "done", "declined"):
        in_state(state, by=secretary, heading=f"It is {state}")
    public = client.get("/programme/").content.decode()
    for state in ("accepted", "scheduled", "done"):
        assert f"It is {state}" in public
    for hidden in ("It is proposed", "It is declined", "Score 14"):
        assert hidden not in public
    inside = sign_in(client, secretary).get("/programme/").content.decode()
    for state in WORK.states:
        assert f"It is {state}" in inside
    assert "Score 14 of 20: 3 + 3 + 3 + 3 + 2" in inside


def test_proposals_stand_in_the_order_of_their_scores_and_unscored_ones_last(
    client: Client, secretary: User
) -> None:
    proposed(secretary, heading="Unscored")
    for answer in (2, 4):
        made = proposed(secretary, heading=f"All {answer}")
        answers = {**dict.fromkeys(ANSWERS, answer), "others": 1}
        services.score(work=made, answers=answers, seen=1, by=secretary, now=NOW)
    lines = sign_in(client, secretary).get("/programme/").context["page"].listed.lines
    assert [line.heading for line in lines] == ["All 4", "All 2", "Unscored"]


def test_the_list_is_filtered_by_strand_and_the_counts_of_strands_are_not_added(
    client: Client, secretary: User
) -> None:
    in_state("accepted", by=secretary, strands=["disability", "age"])
    page = client.get("/programme/?show=age").context["page"]
    counts = {tab.label: tab.count for tab in page.listed.tabs}
    assert (counts["All"], counts["Disability"], counts["Age"]) == (1, 1, 1)
    assert len(page.listed.lines) == 1
    assert not client.get("/programme/?show=race").context["page"].listed.lines


def test_the_page_says_which_strands_and_groups_of_areas_nothing_touches(
    client: Client, secretary: User
) -> None:
    on = meeting("agenda_published", starts_at=timezone.now() + timedelta(days=900))
    in_state("scheduled", by=secretary, on=on, areas=["X09000002"])
    page = client.get("/programme/").context["page"]
    gaps, places = page.strand_gaps, page.place_gaps
    assert not any("disability" in words for words in gaps)
    assert "Nothing on race is scheduled, and nothing was done so far." in gaps
    assert not any("Northern Heights" in words for words in places)
    assert any("North East (Borough Command)" in words for words in places)


def test_a_proposal_from_a_finding_is_prefilled_with_its_title_strand_and_area(
    client: Client, member: User
) -> None:
    finding = Finding.objects.filter(strand="disability", is_whole=False)[0]
    sign_in(client, member)
    page = client.get(f"/findings/{finding.pk}/").content.decode()
    address = f"/programme/new/?from=finding:{finding.pk}"
    assert f'href="{address}"' in page
    form = client.get(address).context["form"]
    assert form.initial["origin"] == "finding"
    assert form.initial["strands"] == ["disability"]
    assert form.initial["areas"] == [finding.area]
    assert form.initial["heading"].startswith("Disability in ")
    assert form.initial["why"] == finding.sentence
    sent = dict(form.initial)
    answer = client.post("/programme/new/", sent, follow=True)
    made = WorkItem.objects.get()
    assert (made.origin, made.origin_reference) == ("finding", f"finding:{finding.pk}")
    assert "It waits to be scored" in answer.content.decode()


def test_a_proposal_that_cannot_be_read_is_shown_again_with_what_was_typed(
    client: Client, member: User
) -> None:
    sign_in(client, member)
    sent = {"heading": "Kept heading", "why": "", "origin": "member", "body": "forum"}
    answer = client.post("/programme/new/", sent)
    assert answer.status_code == 422
    assert "Kept heading" in answer.content.decode()
    assert client.get("/programme/new/?from=dragon:1").status_code == 200
    assert client.get("/programme/new/?from=%00").status_code == 200


def test_somebody_outside_reads_their_own_proposal_and_no_other(
    client: Client, secretary: User
) -> None:
    drafter = person(Role.DRAFTER)
    own, other = proposed(drafter), proposed(secretary)
    sign_in(client, drafter)
    assert client.get(own.href).status_code == 200
    refused = [client.get(h) for h in (other.href, "/programme/2026-999/")]
    assert [r.status_code for r in refused] == [403, 403]
    said = [str(r.context["refusal"]) for r in refused]
    assert said[0] == said[1]


def test_a_subject_that_is_not_there_is_said_to_be_missing_inside_the_forum(
    client: Client, member: User
) -> None:
    assert sign_in(client, member).get("/programme/2026-999/").status_code == 404


def test_in_the_browser_a_subject_is_scored_taken_in_and_scheduled(
    client: Client, secretary: User
) -> None:
    made, on = proposed(secretary), meeting(starts_at=timezone.now() + timedelta(days=400))
    sign_in(client, secretary)
    answer = client.post(f"{made.href}score/", {"seen": 1, "harm": 3})
    assert answer.status_code == 422
    assert "Answer: How many people does it touch?" in answer.content.decode()
    assert 'value="3" id="id_harm_2" checked' in answer.content.decode()
    assert client.post(f"{made.href}score/", {"seen": 1, **ANSWERS}).status_code == 302
    assert client.post(f"{made.href}move/", {"event": "accept", "seen": 2}).status_code == 302
    step = {"event": "schedule", "seen": 3}
    answer = client.post(f"{made.href}place/", {**step, "meeting": ""})
    assert answer.status_code == 422
    assert "Choose a meeting that is still to come." in answer.content.decode()
    assert client.post(f"{made.href}place/", {**step, "meeting": "x" * 30}).status_code == 422
    assert client.post(f"{made.href}place/", {**step, "meeting": on.pk}).status_code == 302
    assert WorkItem.objects.get().meeting == on
    other = meeting(starts_at=timezone.now() + timedelta(days=500))
    step = {"event": "move", "seen": 4, "meeting": other.pk, "reason": ""}
    assert client.post(f"{made.href}place/", step).status_code == 422
    answer = client.post(f"{made.href}place/", {**step, "seen": 1, "reason": "Kept words"})
    assert answer.status_code == 409
    assert "Kept words" in answer.content.decode()
    assert WorkItem.objects.get().meeting == on


def test_proposals_wait_for_those_who_plan_and_for_nobody_else(
    secretary: User, chair: User, member: User
) -> None:
    made = proposed(member)
    for user in (secretary, chair):
        found = work_on_programme(user, standing_of(user), NOW)
        assert [w.reference for w in found] == [made.reference]
    assert not work_on_programme(member, standing_of(member), NOW)
    other = person(Role.SECRETARIAT, organisation=body("practice"))
    assert not work_on_programme(other, standing_of(other), NOW)


def test_queries_do_not_grow_with_the_programme(
    client: Client, secretary: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    sign_in(client, secretary)
    made = in_state("scheduled", by=secretary)

    def asked() -> dict[str, int]:
        counts = {}
        for address in ("/programme/", "/programme/?show=age", made.href, "/your-work/"):
            with django_assert_max_num_queries(60) as captured:
                assert client.get(address).status_code == 200
            counts[address] = len(captured)
        return counts

    in_state("proposed", by=secretary, strands=["age"])
    few = asked()
    for state in ("proposed", "accepted", "scheduled", "done", "declined"):
        for _ in range(3):
            in_state(state, by=secretary, strands=["age"])
    assert asked() == few


def test_the_thread_of_a_subject_leads_to_its_agenda_item(secretary: User) -> None:
    made = in_state("scheduled", by=secretary)
    thread.kinds.cache_clear()
    item = AgendaItem.objects.get()
    steps = thread_of(item.reference, standing=standing_of(secretary)).steps
    assert made.reference in [s.reference for s in steps]


def test_what_is_before_the_meeting_now_is_not_moved_off_its_agenda(secretary: User) -> None:
    made = in_state("scheduled", by=secretary)
    AgendaItem.objects.update(state="opened")
    before = everything()
    with pytest.raises(NotPossible, match="before the meeting now"):
        services.move_work(work=made, event="unschedule", reason="So.", by=secretary, now=NOW)
    assert everything() == before
    assert WorkItem.objects.get().state == "scheduled"


def test_a_finding_and_a_recommendation_offer_the_programme_to_those_who_may_propose(
    member: User,
) -> None:
    for offer, address in (
        (next_from_finding, "/programme/new/?from=finding:2026-007"),
        (next_from_recommendation, "/programme/new/?from=recommendation:2026-007"),
    ):
        assert [n.href for n in offer("2026-007", standing_of(member))] == [address]
        assert offer("2026-007", standing_of(person(Role.DRAFTER)))
        for outside in (AnonymousUser(), person(Role.VERIFIER), person(Role.ADMINISTRATOR)):
            assert not offer("2026-007", standing_of(outside))
