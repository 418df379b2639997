"""Papers: drafted, versioned, handed in on time or late with a reason, accepted, published."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Notice, Organisation, User
from openscrutiny.base.moves import Overtaken, ReasonMissing, move
from openscrutiny.core.machines import PAPER
from openscrutiny.core.permits import Action, NotPermitted, Role, may
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import recorded
from openscrutiny.forum.deadlines import papers_close_on
from openscrutiny.forum.documents import keeping
from openscrutiny.forum.documents import minutes as documents
from openscrutiny.forum.models import AgendaItem, Meeting, Paper, Recusal
from openscrutiny.forum.services import papers
from openscrutiny.forum.threads.minutes import next_from_item
from openscrutiny.forum.threads.minutes import work as source_of_work
from tests.apps.meeting_rooms import (
    STARTS,
    body,
    in_the_room,
    item,
    meeting,
    quorate,
    seated,
    somebody,
)
from tests.apps.papers_to_hand_in import scanned, tagged, word
from tests.apps.waiting import in_full
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
work = in_full(source_of_work)

# Papers of the meeting on Tuesday 6 October 2026 close on Monday 28 September.
EARLY = STARTS - timedelta(days=20)
LATE = STARTS - timedelta(days=3)


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
def police() -> Organisation:
    return Organisation.objects.create(code="police", name="The constabulary", kind="police")


@pytest.fixture
def drafter(police: Organisation) -> User:
    return person(Role.DRAFTER, organisation=police)


@pytest.fixture
def agenda() -> AgendaItem:
    return item(meeting("agenda_published"))


@pytest.fixture
def paper(agenda: AgendaItem, drafter: User, police: Organisation) -> Paper:
    return papers.draft_paper(
        item=agenda, heading="Hate crime this quarter", owner=police, by=drafter, now=EARLY
    )


def written(paper: Paper, by: User, text: str = "What the police did.", **more: Any) -> Any:
    return papers.save_version(paper=paper, text=text, by=by, now=more.pop("now", EARLY), **more)


def in_state(state: str, paper: Paper, *, drafter: User, secretary: User) -> Paper:
    """A paper brought along the table to a state."""
    steps = {
        "draft": "",
        "submitted": "submit",
        "accepted": "submit accept",
        "published": "submit accept publish",
        "withdrawn": "withdraw",
    }
    written(paper, drafter)
    for event in steps[state].split():
        by = drafter if event == "submit" else secretary
        SERVICES[event](paper=paper, by=by, now=EARLY, **REASON.get(event, {}))
    assert paper.state == state
    return paper


def presiding(on: Meeting, user: User | None = None) -> User:
    """Have a meeting sit with somebody who presides over it: the chair where nobody is given."""
    Meeting.objects.filter(pk=on.pk).update(state="in_session", opened_at=EARLY)
    own = seated("authority-1", role=Role.CHAIR, **(
        {"person": somebody(user=user)} if user else {}))  # fmt: skip
    here = in_the_room(on, own, since=EARLY - timedelta(hours=1))
    here.presides_because = "The chair is away."
    here.save()
    on.refresh_from_db()
    assert own.person.user is not None
    return own.person.user


SERVICES: dict[str, Any] = {
    "submit": papers.submit,
    "table": papers.table,
    "accept": papers.accept,
    "return": papers.return_paper,
    "publish": papers.publish,
    "withdraw": papers.withdraw,
}
REASON = {
    "return": {"reason": "It says too little."},
    "withdraw": {"reason": "It is not needed."},
    "table": {"reason": "The figures came this morning."},
}


# ---- every step of the table -----------------------------------------------------------------


@pytest.mark.parametrize("event", PAPER.events)
@pytest.mark.parametrize("state", PAPER.states)
def test_every_step_is_taken_from_its_states_and_refused_from_every_other(
    state: str, event: str, paper: Paper, drafter: User, secretary: User
) -> None:
    in_state(state, paper, drafter=drafter, secretary=secretary)
    by = drafter if event == "submit" else secretary
    if event == "table":
        by = presiding(paper.item.meeting)
    row = next((t for t in PAPER.possible(state) if t.event == event), None)
    before = AuditEvent.objects.count()
    if row is None:
        with pytest.raises(NotPossible, match="cannot be done now"):
            SERVICES[event](paper=paper, by=by, now=EARLY, **REASON.get(event, {}))
        assert paper.state == state
        assert AuditEvent.objects.count() == before
        return
    SERVICES[event](paper=paper, by=by, now=EARLY, **REASON.get(event, {}))
    assert paper.state == row.target
    assert AuditEvent.objects.last().event == f"forum.paper.{event}"  # type: ignore[union-attr]


@pytest.mark.parametrize("event", ["return", "table", "withdraw"])
def test_a_step_that_needs_a_reason_is_refused_without_one(
    event: str, paper: Paper, drafter: User, secretary: User
) -> None:
    in_state("submitted", paper, drafter=drafter, secretary=secretary)
    by = presiding(paper.item.meeting) if event == "table" else secretary
    with pytest.raises(ReasonMissing):
        SERVICES[event](paper=paper, by=by, now=EARLY, reason=" ")


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
@pytest.mark.parametrize("event", PAPER.events)
def test_every_step_is_for_those_the_table_of_permissions_names(
    event: str, role: Role, paper: Paper, drafter: User, secretary: User
) -> None:
    source = next(s for s in PAPER.states if any(t.event == event for t in PAPER.possible(s)))
    in_state(source, paper, drafter=drafter, secretary=secretary)
    account = person(role)
    action = PAPER.action_of(event)
    concerning = papers.asked(paper) if event == "submit" else body().code.split()
    allowed = may(standing_of(account), action, concerning=concerning)
    if event == "table":
        presiding(paper.item.meeting, account)
    if allowed:
        SERVICES[event](paper=paper, by=account, now=EARLY, **REASON.get(event, {}))
    else:
        with pytest.raises(NotPermitted):
            SERVICES[event](paper=paper, by=account, now=EARLY, **REASON.get(event, {}))
        assert paper.state == source


def test_a_secretariat_of_the_owner_does_not_accept_its_own_paper_for_another_body(
    agenda: AgendaItem, secretary: User
) -> None:
    group = body("practice")
    theirs = person(Role.SECRETARIAT, organisation=group)
    paper = papers.draft_paper(item=agenda, heading="Ours", owner=group, by=theirs, now=EARLY)
    written(paper, theirs)
    papers.submit(paper=paper, by=theirs, now=EARLY)
    with pytest.raises(NotPermitted):
        papers.accept(paper=paper, by=theirs, now=EARLY)
    papers.accept(paper=paper, by=secretary, now=EARLY)


def test_another_organisation_drafts_no_paper_in_the_name_of_the_police(
    agenda: AgendaItem, police: Organisation
) -> None:
    housing = Organisation.objects.create(code="housing", name="Housing", kind="partner")
    outsider = person(Role.DRAFTER, organisation=housing)
    with pytest.raises(NotPermitted):
        papers.draft_paper(item=agenda, heading="X", owner=police, by=outsider, now=EARLY)


def test_those_whose_paper_it_is_are_told_when_it_is_sent_back(
    paper: Paper, drafter: User, secretary: User
) -> None:
    in_state("submitted", paper, drafter=drafter, secretary=secretary)
    papers.return_paper(paper=paper, reason="Say which boroughs.", by=secretary, now=EARLY)
    assert Notice.objects.filter(recipient=drafter, event="forum.paper.return").count() == 1


# ---- guards ----------------------------------------------------------------------------------


def test_a_paper_without_text_cannot_be_handed_in(paper: Paper, drafter: User) -> None:
    with pytest.raises(NotPossible, match="no version of this paper yet"):
        papers.submit(paper=paper, by=drafter, now=EARLY)


def test_papers_close_when_the_clear_days_of_the_notice_begin(agenda: AgendaItem) -> None:
    closes = papers_close_on(agenda.meeting)
    # 29 and 30 September, 1, 2 and 5 October are the five clear working days before the 6th.
    assert closes.on is not None
    assert closes.on.isoformat() == "2026-09-28"
    assert "Monday 28 September 2026" in closes.sentence
    last_minute = STARTS.replace(month=9, day=28, hour=22, minute=59)
    assert not closes.over(last_minute)
    assert closes.over(last_minute + timedelta(minutes=1))


def test_a_bank_holiday_among_the_clear_days_makes_papers_close_earlier() -> None:
    after_easter = STARTS.replace(month=4, day=14)
    closes = papers_close_on(meeting("agenda_published", starts_at=after_easter))
    # Easter Monday, 6 April 2026, is not a working day.
    assert closes.on is not None
    assert closes.on.isoformat() == "2026-04-06"
    week_before = papers_close_on(
        meeting("agenda_published", starts_at=STARTS.replace(month=4, day=10))
    )
    assert week_before.on is not None
    assert week_before.on.isoformat() == "2026-03-31"


def test_where_bank_holidays_are_not_known_yet_no_paper_is_called_late() -> None:
    far = meeting("agenda_published", starts_at=STARTS.replace(year=2090))
    closes = papers_close_on(far)
    assert closes.on is None
    assert not closes.over(STARTS)
    assert "known until" in closes.sentence


def test_a_late_paper_needs_the_reason_of_the_chair_and_the_public_reads_it(
    paper: Paper, drafter: User, secretary: User, chair: User, client: Client
) -> None:
    written(paper, drafter)
    with pytest.raises(NotPossible, match="time for papers of this meeting is over"):
        papers.submit(paper=paper, by=drafter, now=LATE)
    with pytest.raises(NotPermitted):
        papers.allow_late(paper=paper, reason="The figures came late.", by=secretary, now=LATE)
    with pytest.raises(ReasonMissing):
        papers.allow_late(paper=paper, reason="", by=chair, now=LATE)
    papers.allow_late(paper=paper, reason="The figures came late.", by=chair, now=LATE)
    with pytest.raises(NotPossible, match="allowed already"):
        papers.allow_late(paper=paper, reason="Again.", by=chair, now=LATE)
    papers.submit(paper=paper, by=drafter, now=LATE)
    papers.accept(paper=paper, by=secretary, now=LATE)
    papers.publish(paper=paper, by=secretary, now=LATE)
    assert "The chair allowed it: The figures came late." in page(client, paper)


def test_nothing_is_allowed_late_that_is_not(paper: Paper, chair: User) -> None:
    with pytest.raises(NotPossible, match="not over"):
        papers.allow_late(paper=paper, reason="Why not.", by=chair, now=EARLY)


def test_pictures_of_pages_alone_are_not_accepted_and_their_text_beside_them_is(
    paper: Paper, drafter: User, secretary: User
) -> None:
    scan = papers.File("scan.pdf", scanned(3))
    written(paper, drafter, text="", file=scan)
    papers.submit(paper=paper, by=drafter, now=EARLY)
    with pytest.raises(NotPossible, match="pictures of pages are not enough"):
        papers.accept(paper=paper, by=secretary, now=EARLY)
    papers.return_paper(paper=paper, reason="We cannot read it.", by=secretary, now=EARLY)
    written(paper, drafter, text="What the scan says.", file=scan)
    papers.submit(paper=paper, by=drafter, now=EARLY)
    papers.accept(paper=paper, by=secretary, now=EARLY)


def test_a_tagged_pdf_is_a_version_that_everybody_can_read(
    paper: Paper, drafter: User, secretary: User
) -> None:
    written(paper, drafter, text="", file=papers.File("paper.pdf", tagged()))
    papers.submit(paper=paper, by=drafter, now=EARLY)
    papers.accept(paper=paper, by=secretary, now=EARLY)


def test_no_paper_is_published_before_the_agenda_is(drafter: User, secretary: User) -> None:
    planned = item(meeting("planned"), "scheduled")
    paper = papers.draft_paper(item=planned, heading="Early", owner=body(), by=secretary, now=EARLY)
    written(paper, secretary)
    papers.submit(paper=paper, by=secretary, now=EARLY)
    papers.accept(paper=paper, by=secretary, now=EARLY)
    with pytest.raises(NotPossible, match="agenda of this meeting is not published"):
        papers.publish(paper=paper, by=secretary, now=EARLY)


def test_a_closed_paper_says_why_and_an_item_that_is_over_takes_none(
    agenda: AgendaItem, secretary: User
) -> None:
    said = {"item": agenda, "heading": "X", "owner": body(), "by": secretary, "now": EARLY}
    with pytest.raises(NotPossible, match="ground for closing it"):
        papers.draft_paper(**said, closed=True, exemption="1")  # type: ignore[arg-type]
    AgendaItem.objects.filter(pk=agenda.pk).update(state="decided")
    agenda.refresh_from_db()
    with pytest.raises(NotPossible, match="takes no more papers"):
        papers.draft_paper(**said)  # type: ignore[arg-type]


# ---- versions --------------------------------------------------------------------------------


def test_two_people_writing_the_same_paper_do_not_overwrite_each_other(
    paper: Paper, drafter: User
) -> None:
    written(paper, drafter, text="One.", seen=0)
    with pytest.raises(Overtaken):
        written(paper, drafter, text="Two.", seen=0)
    written(paper, drafter, text="Two.", seen=1)
    assert [v.version for v in paper.versions.all()] == [2, 1]


@pytest.mark.parametrize("state", ["submitted", "accepted", "withdrawn"])
def test_what_was_handed_in_stands_until_it_is_sent_back(
    state: str, paper: Paper, drafter: User, secretary: User
) -> None:
    in_state(state, paper, drafter=drafter, secretary=secretary)
    with pytest.raises(NotPossible, match="its text stands as it is"):
        written(paper, drafter, text="Other words.")


def test_a_published_paper_is_corrected_by_the_secretariat_alone_with_the_reason(
    paper: Paper, drafter: User, secretary: User, client: Client
) -> None:
    in_state("published", paper, drafter=drafter, secretary=secretary)
    with pytest.raises(NotPermitted):
        written(paper, drafter, text="Other words.", changed_because="Better.")
    with pytest.raises(ReasonMissing):
        written(paper, secretary, text="Other words.")
    with pytest.raises(NotPossible, match="pictures of pages"):
        written(paper, secretary, text="", file=papers.File("s.pdf", scanned(1)),
                changed_because="Scanned.")  # fmt: skip
    later = EARLY + timedelta(hours=1)
    written(paper, secretary, text="Other words.", changed_because="A wrong figure.", now=later)
    shown = page(client, paper)
    assert "Other words." in shown
    assert "A wrong figure." in shown
    older = client.get(f"{paper.href}versions/1/").content.decode()
    assert "What the police did." in older
    assert "There is a newer one" in older


def test_the_public_sees_no_version_from_before_it_was_published(
    paper: Paper, drafter: User, secretary: User, client: Client, member: User
) -> None:
    written(paper, drafter, text="A name that must not stand here.")
    papers.submit(paper=paper, by=drafter, now=EARLY)
    papers.return_paper(paper=paper, reason="It names somebody.", by=secretary, now=EARLY)
    in_state("published", paper, drafter=drafter, secretary=secretary)
    assert client.get(f"{paper.href}versions/1/").status_code == 404
    assert "A name" not in page(client, paper)
    sign_in(client, member)
    assert client.get(f"{paper.href}versions/1/").status_code == 200


# ---- who reads it ----------------------------------------------------------------------------


def page(client: Client, paper: Paper) -> str:
    answer = client.get(paper.href)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def test_a_draft_is_read_by_its_owner_and_the_secretariat_and_by_nobody_else(
    paper: Paper, drafter: User, secretary: User, member: User, client: Client
) -> None:
    written(paper, drafter)
    assert client.get(paper.href).status_code == 404
    for user, status in ((drafter, 200), (secretary, 200), (member, 404)):
        assert sign_in(Client(), user).get(paper.href).status_code == status
    papers.submit(paper=paper, by=drafter, now=EARLY)
    assert sign_in(Client(), member).get(paper.href).status_code == 200
    assert client.get(paper.href).status_code == 404
    assert client.get("/papers/2026-999/").status_code == 404


@pytest.mark.parametrize("by_item", [False, True])
def test_of_a_closed_paper_the_public_sees_its_ground_and_its_test_alone(
    by_item: bool, agenda: AgendaItem, secretary: User, member: User, client: Client
) -> None:
    why = {"exemption": "1", "public_interest": "A victim could be recognised."}
    if by_item:
        AgendaItem.objects.filter(pk=agenda.pk).update(closed=True, **why)
        agenda.refresh_from_db()
    said: dict[str, Any] = {} if by_item else {"closed": True, **why}
    paper = papers.draft_paper(
        item=agenda, heading="One case", owner=body(), by=secretary, now=EARLY, **said
    )
    written(paper, secretary, text="What befell her.", file=papers.File("a.docx", word("Her.")))
    papers.submit(paper=paper, by=secretary, now=EARLY)
    papers.accept(paper=paper, by=secretary, now=EARLY)
    papers.publish(paper=paper, by=secretary, now=EARLY)
    shown = page(client, paper)
    assert "information about an individual" in shown
    assert "A victim could be recognised." in shown
    for hidden in ("One case", "What befell her.", "Versions"):
        assert hidden not in shown
    assert client.get(f"{paper.href}file/1/").status_code == 404
    listed = client.get("/papers/").content.decode()
    assert "A paper closed to the public" in listed
    assert "One case" not in listed
    seen = page(sign_in(Client(), member), paper)
    assert "What befell her." in seen
    assert sign_in(Client(), member).get(f"{paper.href}file/1/").status_code == 200


def test_the_file_is_a_copy_with_a_safe_name_and_the_original_is_for_its_owners(
    paper: Paper, drafter: User, secretary: User, client: Client, member: User
) -> None:
    data = word("The text.", author="Jo Bloggs")
    name = '../../etc/"pass\nwd.docx'
    written(paper, drafter, text="", file=papers.File(name, data))
    papers.submit(paper=paper, by=drafter, now=EARLY)
    papers.accept(paper=paper, by=secretary, now=EARLY)
    papers.publish(paper=paper, by=secretary, now=EARLY)
    answer = client.get(f"{paper.href}file/1/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == (
        f'attachment; filename="paper-{paper.number}-hate-crime-this-quarter.docx"'
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"Bloggs" not in unzipped(answer.content)
    assert client.get(f"{paper.href}file/1/?original=1").status_code == 404
    assert sign_in(Client(), member).get(f"{paper.href}file/1/?original=1").status_code == 404
    original = sign_in(Client(), drafter).get(f"{paper.href}file/1/?original=1")
    assert original.content == data


def unzipped(data: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_a_kept_file_is_found_by_its_hash_and_by_nothing_else() -> None:
    kept = keeping.keep(b"data", copy=b"copy")
    assert keeping.kept(kept) == b"data"
    assert keeping.copy_of(kept) == b"copy"
    assert keeping.keep(b"data", copy=b"copy") == kept
    for name in ("../ledger.json", kept[:-1], "0" * 64):
        with pytest.raises(LookupError):
            keeping.kept(name)


def test_importing_figures_leaves_the_papers_where_they_are(another_city: Any) -> None:
    from openscrutiny.warehouse.batches import changing

    kept = keeping.keep(b"data", copy=b"copy")
    with changing(another_city):
        pass
    assert keeping.kept(kept) == b"data"


# ---- pages -----------------------------------------------------------------------------------


def test_a_paper_is_drafted_written_and_handed_in_from_the_pages(
    agenda: AgendaItem, drafter: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: EARLY)
    sign_in(client, drafter)
    form = client.get(f"{agenda.href}papers/new/").content.decode()
    assert "The constabulary" in form
    refused = client.post(
        f"{agenda.href}papers/new/", {"heading": "Kept", "owner": "police", "exemption": "7"}
    )
    assert refused.status_code == 422
    assert 'value="Kept"' in refused.content.decode()
    made = client.post(f"{agenda.href}papers/new/", {"heading": "Ours", "owner": "police"})
    paper = Paper.objects.get()
    assert made.headers["Location"] == f"{paper.href}edit/"
    nothing = client.post(made.headers["Location"], {"seen": 0})
    assert nothing.status_code == 422
    bad = client.post(
        made.headers["Location"],
        {"seen": 0, "text": "", "file": SimpleUploadedFile("x.exe", b"MZ")},
    )
    assert "not a kind of file that can be taken" in bad.content.decode()
    assert "choose it again" in bad.content.decode()
    file = SimpleUploadedFile("paper.docx", word("From Word."))
    client.post(made.headers["Location"], {"seen": 0, "text": "", "file": file})
    assert "From Word." in page(client, paper)
    overtaken = client.post(made.headers["Location"], {"seen": 0, "text": "Mine."})
    assert overtaken.status_code == 409
    assert "Mine." in overtaken.content.decode()
    client.post(f"{paper.href}move/", {"event": "submit", "seen": paper.revision})
    paper.refresh_from_db()
    assert paper.state == "submitted"


def test_the_chair_allows_a_late_paper_from_its_page(
    paper: Paper, drafter: User, chair: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(paper, drafter)
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATE)
    late = sign_in(Client(), drafter)
    shown = page(late, paper)
    assert "not yet. The time for papers of this meeting is over." in shown
    assert late.get(f"{paper.href}late/").status_code == 403
    assert "Allow it as a late paper" in page(sign_in(Client(), chair), paper)
    answer = sign_in(Client(), chair).post(f"{paper.href}late/", {"reason": "It is urgent."})
    assert answer.status_code == 302
    paper.refresh_from_db()
    assert paper.late_reason == "It is urgent."


def test_an_item_leads_to_drafting_a_paper_for_those_who_may(
    agenda: AgendaItem, drafter: User, secretary: User, member: User
) -> None:
    assert next_from_item(agenda.number, standing_of(drafter))
    assert next_from_item(agenda.number, standing_of(secretary))
    assert not next_from_item(agenda.number, standing_of(member))
    AgendaItem.objects.filter(pk=agenda.pk).update(state="noted")
    assert not next_from_item(agenda.number, standing_of(secretary))


def test_a_paper_that_was_handed_in_waits_for_the_secretariat(
    paper: Paper, drafter: User, secretary: User, member: User
) -> None:
    in_state("submitted", paper, drafter=drafter, secretary=secretary)
    waits = work(secretary, standing_of(secretary), EARLY)
    assert [(w.reference, w.to_do) for w in waits] == [
        (paper.reference, "Accept this paper, or send it back")
    ]
    assert not work(member, standing_of(member), EARLY)


def test_the_list_of_papers_takes_as_many_queries_for_few_as_for_many(
    agenda: AgendaItem, secretary: User, client: Client
) -> None:
    def more(count: int) -> None:
        for _ in range(count):
            made = papers.draft_paper(
                item=agenda, heading="One", owner=body(), by=secretary, now=EARLY
            )
            Paper.objects.filter(pk=made.pk).update(state="published", published_at=EARLY)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/papers/").status_code == 200
        return len(asked)

    more(2)
    few = queries()
    more(30)
    assert queries() == few


def test_the_minutes_being_approved_locks_the_papers_of_a_meeting(
    paper: Paper, drafter: User, secretary: User
) -> None:
    in_state("published", paper, drafter=drafter, secretary=secretary)
    Meeting.objects.filter(pk=paper.item.meeting.pk).update(state="approved")
    found = Paper.objects.select_related("item__meeting__body").get(pk=paper.pk)
    with pytest.raises(NotPossible, match="minutes of this meeting are approved"):
        written(found, secretary, text="Other.", changed_because="Why.")


# ---- tabled at the meeting -----------------------------------------------------------------------


@pytest.fixture
def sitting_on(agenda: AgendaItem) -> Meeting:
    """The meeting of the paper, in session with a quorum, the chair presiding."""
    on = agenda.meeting
    Meeting.objects.filter(pk=on.pk).update(state="in_session", opened_at=STARTS)
    quorate(on)
    on.refresh_from_db()
    return on


def account_in(on: Meeting, seat: str) -> User:
    return User.objects.get(person__attendances__membership__seat=seat,
                            person__attendances__meeting=on)  # fmt: skip


def test_who_presides_takes_a_paper_in_the_room_and_it_is_published_with_the_reason(
    sitting_on: Meeting, paper: Paper, drafter: User, client: Client
) -> None:
    at = STARTS + timedelta(minutes=20)
    written(paper, drafter)
    chair = account_in(sitting_on, "authority-1")
    papers.table(paper=paper, reason="The figures came today.", by=chair, now=at)
    assert (paper.state, paper.tabled_at, paper.published_at) == ("published", at, at)
    event = AuditEvent.objects.get(event="forum.paper.table")
    assert event.details["reason"] == "The figures came today."
    assert event.acting_as.startswith("chair")
    for address in (paper.href, paper.item.href, sitting_on.href):
        shown = client.get(address).content.decode()
        assert "abled at the meeting" in shown, address
        assert "The figures came today." in shown, address
    facts = recorded.facts_of(sitting_on)
    said = str(documents.minutes({"facts": facts, "text": {}}, names=False, closed=False))
    assert f"Paper {paper.number}, “Hate crime this quarter”, was tabled at 14:20" in said
    assert "Why it could not wait: The figures came today." in said


def test_of_a_closed_paper_that_was_tabled_the_public_minutes_say_only_that(
    sitting_on: Meeting, drafter: User, police: Organisation, agenda: AgendaItem
) -> None:
    made = papers.draft_paper(
        item=agenda, heading="One victim", owner=police, by=drafter, now=EARLY, closed=True,
        exemption="1", public_interest="She could be recognised.",
    )  # fmt: skip
    written(made, drafter)
    chair = account_in(sitting_on, "authority-1")
    papers.table(paper=made, reason="It cannot wait.", by=chair, now=STARTS)
    content = {"facts": recorded.facts_of(sitting_on), "text": {}}
    assert "One victim" in str(documents.minutes(content, names=True, closed=True))
    outside = str(documents.minutes(content, names=False, closed=False))
    assert "One victim" not in outside
    assert "which is closed to the public, was tabled at 14:00" in outside


def test_nobody_but_who_presides_takes_a_paper_and_everybody_is_told_whom_to_ask(
    sitting_on: Meeting, paper: Paper, drafter: User, secretary: User, member: User, chair: User
) -> None:
    written(paper, drafter)
    said = {"paper": paper, "reason": "It cannot wait.", "now": STARTS}
    for by in (drafter, secretary, member):
        with pytest.raises(NotPermitted, match="Only the chair or the deputy chair may"):
            papers.table(by=by, **said)
    # A second holder of the office who does not preside is told who does.
    with pytest.raises(NotPossible, match="Only who presides") as refusal:
        papers.table(by=chair, **said)
    assert "Ask who presides to take it" in refusal.value.what_to_do
    # And the chair who stepped aside from the item does not take its papers.
    here = sitting_on.attendances.get(membership__seat="authority-1")
    Recusal.objects.create(
        item=paper.item, attendance=here, reason="Theirs.", at=EARLY, recorded_by=secretary
    )
    with pytest.raises(NotPossible, match="Only who presides"):
        papers.table(by=account_in(sitting_on, "authority-1"), **said)
    assert paper.state == "draft"


@pytest.mark.parametrize(
    ("meeting_state", "item_state", "words"),
    [
        ("agenda_published", "published", "not in session"),
        ("adjourned", "published", "not in session"),
        ("held", "published", "not in session"),
        ("in_session", "noted", "takes no paper now"),
        ("in_session", "decided", "takes no paper now"),
        ("in_session", "deferred", "takes no paper now"),
    ],
)
def test_a_paper_is_tabled_while_the_meeting_sits_and_the_item_is_not_dealt_with(
    sitting_on: Meeting, paper: Paper, drafter: User, meeting_state: str, item_state: str,
    words: str,
) -> None:  # fmt: skip
    written(paper, drafter)
    by = account_in(sitting_on, "authority-1")
    Meeting.objects.filter(pk=sitting_on.pk).update(state=meeting_state)
    AgendaItem.objects.filter(pk=paper.item_id).update(state=item_state)
    with pytest.raises(NotPossible, match=words) as refusal:
        papers.table(paper=paper, reason="It cannot wait.", by=by, now=STARTS)
    assert refusal.value.what_to_do
    assert Paper.objects.get().state == "draft"


def test_what_nobody_wrote_or_not_everybody_can_read_is_not_tabled(
    sitting_on: Meeting, paper: Paper, drafter: User
) -> None:
    said: dict[str, Any] = {"paper": paper, "reason": "Now.", "now": STARTS,
                            "by": account_in(sitting_on, "authority-1")}  # fmt: skip
    with pytest.raises(NotPossible, match="no version of this paper yet"):
        papers.table(**said)
    written(paper, drafter, text="", file=papers.File("scan.pdf", scanned(2)))
    with pytest.raises(NotPossible, match="no version that everybody can read"):
        papers.table(**said)


def test_taking_a_paper_is_offered_on_its_page_while_the_meeting_sits_alone(
    sitting_on: Meeting, paper: Paper, drafter: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(paper, drafter)
    monkeypatch.setattr("django.utils.timezone.now", lambda: STARTS)
    client = sign_in(Client(), account_in(sitting_on, "authority-1"))
    assert "Take it at the meeting" in page(client, paper)
    sent = {"event": "table", "seen": paper.revision, "reason": ""}
    refused = client.post(f"{paper.href}move/", sent)
    assert refused.status_code in (409, 422)
    done = client.post(f"{paper.href}move/", sent | {"reason": "It is urgent."}, follow=True)
    assert "because it could not wait: It is urgent." in done.content.decode()
    Meeting.objects.filter(pk=sitting_on.pk).update(state="held")
    Paper.objects.filter(pk=paper.pk).update(state="submitted", tabled_at=None, published_at=None)
    assert "Take it at the meeting" not in page(client, paper)


def test_the_guards_are_asked_by_the_table_itself(paper: Paper, drafter: User) -> None:
    with pytest.raises(KeyError):
        move(paper, "submit", by=drafter, now=EARLY, concerning=["police"], facts={})
    assert PAPER.action_of("submit") is Action.SUBMIT_PAPER
