"""Terms of reference in versions: what may be adopted, what applied when, what changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.accountability.deadlines import terms_in_force
from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.terms_changes import changes
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import Decision, TermsVersion
from openscrutiny.forum.pages.terms import names
from openscrutiny.forum.services.terms import adopt_terms
from tests.apps import meeting_rooms as rooms
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
LATER = date(2027, 1, 4)


@pytest.fixture
def desk() -> User:
    return person(Role.SECRETARIAT, organisation=rooms.body())


def adopt(by: User, change: Callable[[Any], object] | None = None, **said: Any) -> TermsVersion:
    """Adopt the newest version with a change to it: a quorum of 8, where none is given."""
    document = terms.versions().newest_document
    if change is None:
        document["bodies"][0]["quorum"]["least"] = 8
    else:
        change(document)
    given: dict[str, Any] = {"valid_from": LATER, "why": "The forum grew.", "decision": ""}
    return adopt_terms(document=document, by=by, now=NOW, **(given | said))


# ---- what applied when --------------------------------------------------------------------------


def test_the_file_is_version_one_until_a_version_applies(desk: User) -> None:
    assert terms.in_force(TODAY).version == 1
    made = adopt(desk)
    assert made.version == 2
    assert terms.in_force(LATER - timedelta(days=1)).version == 1
    assert terms.in_force(LATER).version == 2
    assert terms.of_body("forum", on=LATER).quorum.least == 8
    assert terms.of_body("forum", on=TODAY).quorum.least == 7


def test_deadlines_go_by_the_version_of_their_moment(desk: User) -> None:
    adopt(desk, lambda d: d["deadlines"]["question_answer"].update(length=15))
    before = datetime(2027, 1, 3, 12, tzinfo=UTC)
    assert terms_in_force(before).deadlines.question_answer.term.length == 20
    assert terms_in_force(before + timedelta(days=1)).deadlines.question_answer.term.length == 15


def test_a_version_is_recorded_by_number_with_its_reason(desk: User) -> None:
    adopt(desk)
    event = AuditEvent.objects.get(event="forum.terms.adopt")
    assert event.reference == "terms:2"
    assert event.details["reason"] == "The forum grew."


def test_an_organisation_new_in_the_document_is_known_afterwards(desk: User) -> None:
    new = {"code": "tenants", "name": "Aldermere Tenants", "kind": "partner"}
    adopt(desk, lambda d: d["organisations"].append(new))
    assert Organisation.objects.get(code="tenants").kind == "partner"


def test_a_second_version_follows_the_first(desk: User) -> None:
    adopt(desk)
    with pytest.raises(NotPossible, match="Version 2 applies from Monday 4 January 2027"):
        adopt(desk, lambda d: d.update(due_soon_days=6))
    third = adopt(desk, lambda d: d.update(due_soon_days=6), valid_from=LATER + timedelta(days=1))
    assert third.version == 3
    assert third.document["bodies"][0]["quorum"]["least"] == 8


# ---- refused ------------------------------------------------------------------------------------


def body_of(document: Any) -> Any:
    return document["bodies"][0]


def of_london(document: Any) -> None:
    """Terms for another place, in which no seat names an area of this one."""
    document["areas"] = "london"
    for seat in body_of(document)["seats"]:
        seat.pop("areas", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: body_of(d)["quorum"].update(least=30), "a quorum of 30 cannot be had with 20"),
        (lambda d: body_of(d)["quorum"].update(agencies=["church"]), "are no agencies"),
        (lambda d: d.update(strands=["race", "height"]), "strands"),
        (lambda d: d["strands"].append("height"), r"unknown strands \['height'\]"),
        (lambda d: d.update(areas="narnia"), "is not an area set"),
        (of_london, "are those of “london”"),
        (lambda d: d.update(holidays="atlantis"), "not a list of bank holidays"),
        (lambda d: body_of(d)["seats"][0].update(areas=["X0"]), "unknown areas"),
        (lambda d: d.pop("strands"), "missing"),
        (lambda d: d.update(deadlines={}), "missing"),
        (lambda d: d.update(bodies="none"), "not the shape it must have"),
        (lambda d: d, "Nothing would change"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_kept(
    desk: User, change: Any, words: str
) -> None:
    with pytest.raises(NotPossible, match=words) as refusal:
        adopt(desk, change)
    assert refusal.value.reason.endswith(".")
    assert refusal.value.what_to_do
    assert not TermsVersion.objects.exists()
    assert not AuditEvent.objects.filter(event="forum.terms.adopt").exists()


def test_the_past_is_not_changed(desk: User) -> None:
    with pytest.raises(NotPossible, match="not changed for the past"):
        adopt(desk, valid_from=TODAY - timedelta(days=1))
    assert adopt(desk, valid_from=TODAY).version == 2


def test_a_version_says_why(desk: User) -> None:
    with pytest.raises(ReasonMissing):
        adopt(desk, why="  ")


def test_somebody_who_changes_an_older_version_is_told(desk: User) -> None:
    adopt(desk)
    with pytest.raises(Overtaken):
        adopt(desk, lambda d: d.update(due_soon_days=6), valid_from=date(2027, 2, 1), seen=1)


@pytest.mark.parametrize("state", ["recorded", "certified", None])
def test_the_decision_it_rests_on_is_there_and_certified(desk: User, state: str | None) -> None:
    if state:
        certified = {"certified_by": desk, "certified_at": NOW} if state == "certified" else {}
        Decision.objects.create(
            number="2026-090", state=state, kind="resolve", about="work:2026-001", heading="Grow",
            text="To grow.", decided_on=TODAY, recorded_by=desk, recorded_at=NOW, **certified,
        )  # fmt: skip
    if state == "certified":
        assert adopt(desk, decision="2026-090").decision == "2026-090"
    else:
        with pytest.raises(NotPossible, match="Decision 2026-090"):
            adopt(desk, decision="2026-090")


def test_a_seat_somebody_sits_in_is_not_taken_away(desk: User) -> None:
    sitting = rooms.seated("trans")

    def without(document: Any) -> None:
        body_of(document)["seats"] = [s for s in body_of(document)["seats"] if s["code"] != "trans"]

    with pytest.raises(NotPossible, match="1 person sits in the seat “trans”"):
        adopt(desk, without)
    sitting.until = LATER - timedelta(days=1)
    sitting.save()
    assert adopt(desk, without).version == 2


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.ANYONE, Role.SECRETARIAT)])
def test_nobody_but_the_secretariat_adopts(role: Role) -> None:
    with pytest.raises(NotPermitted):
        adopt(person(role))


def test_the_secretariat_of_a_sub_group_does_not_change_the_terms_of_the_forum() -> None:
    with pytest.raises(NotPermitted, match="another body"):
        adopt(person(Role.SECRETARIAT, organisation=rooms.body("practice")))


# ---- what changed, in words ---------------------------------------------------------------------


def changed(change: Callable[[Any], object]) -> tuple[str, ...]:
    known = terms.versions()
    document = known.newest_document
    change(document)
    after = type(known.newest).parse("after", document)
    return changes(known.newest, after, names=names(known.newest))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: body_of(d)["quorum"].update(least=8), "Quorum, voting seats: from 7 to 8."),
        (
            lambda d: body_of(d)["quorum"].update(
                agencies=["community", "victim_support", "housing"]
            ),
            "Kinds of agency in the quorum: kind added: Housing.",
        ),
        (lambda d: body_of(d).update(meetings_a_year=6), "Meetings a year: from 4 to 6."),
        (lambda d: body_of(d)["voting"].update(casting_vote=False), "vote: from yes to no."),
        (
            lambda d: body_of(d)["notice"].update(length=3),
            "Notice of a meeting: from 5 working days to 3 working days.",
        ),
        (
            lambda d: d["deadlines"]["recommendation_response"].update(length=60),
            "Time to respond to a recommendation: from 56 calendar days to 60 calendar days.",
        ),
        (
            lambda d: body_of(d)["seats"].append(
                {"code": "roma", "title": "Roma", "agency": "community"}
            ),  # fmt: skip
            "Seat added: Roma.",
        ),
        (lambda d: body_of(d)["seats"].pop(), "Seat removed: Probation."),
        (
            lambda d: body_of(d)["seats"][10].update(required=True, strands=["race", "religion"]),
            "(must not stay empty: from no to yes; strands: strand added: Religion or belief).",
        ),
        (lambda d: d["strands"].append("islamophobic"), "Remit: strand added: Islamophobic."),
        (lambda d: d["ladder"].pop(), "Ladder: step removed: dossier for the parent committee"),
        (lambda d: d["closed_days"].pop(), "Closed days: day removed: 2026-12-24"),
        (lambda d: d["organisations"][2].update(name="Homes"), "Name of an organisation: from"),
        (lambda d: d.update(due_soon_days=6), "due soon: from 5 to 6."),
    ],
)
def test_every_difference_is_one_sentence(change: Any, words: str) -> None:
    said = changed(change)
    assert len(said) == 1
    assert words in said[0]


def test_no_difference_is_no_sentence() -> None:
    assert changed(lambda d: d.update(version=9)) == ()


# ---- the pages ----------------------------------------------------------------------------------


def test_everybody_reads_the_terms_of_a_day_and_every_version(desk: User, client: Client) -> None:
    adopt(desk)
    text = client.get("/terms/?on=2026-03-01").content.decode()
    assert "On 1 March 2026 version 1 applied" in text
    assert "7 of 20 voting seats, among them one of each of: community bodies" in text
    assert "Quorum, voting seats: from 7 to 8." in text
    assert "/terms/forum/change/" not in text
    later = client.get("/terms/?on=2027-01-04").content.decode()
    assert "version 2 applied" in later
    assert "8 of 20 voting seats" in later
    assert client.get("/terms/?on=nonsense").status_code == 200


@pytest.mark.parametrize(
    "address", ["/terms/", "/representation/", "/representation.csv", "/seats/"]
)
def test_of_a_day_before_the_first_version_nothing_is_said_but_that(
    client: Client, address: str
) -> None:
    answer = client.get(f"{address}?on=2020-01-01")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "No terms of reference are known for 1 January 2020" in text
    assert "the first are in force since" in text
    assert f'href="{address}?on=2024-04-01"' in text
    assert "version 1 applied" not in text
    assert "seats are filled" not in text
    assert client.get(f"{address}?on=2024-03-31").status_code == 404
    assert client.get(f"{address}?on=2024-04-01").status_code == 200


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back of the form at an address, unchanged."""
    form = client.get(address).context["form"]
    said = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {k: v for k, v in said.items() if v is not None}


def test_the_ordinary_things_are_changed_in_a_form(desk: User, client: Client) -> None:
    sign_in(client, desk)
    day = timezone.localdate() + timedelta(days=30)
    said = form_of(client, "/terms/forum/change/") | {
        "quorum": "9", "question_answer": "15", "casting_vote": "no", "valid_from": day,
        "why": "Resolved in March.",
    }  # fmt: skip
    answer = client.post("/terms/forum/change/", said, follow=True)
    assert "The new version is adopted." in answer.content.decode()
    made = TermsVersion.objects.get()
    forum = made.document["bodies"][0]
    assert forum["quorum"] == {"least": 9, "agencies": ["community", "victim_support"]}
    assert forum["voting"]["casting_vote"] is False
    changed_length = made.document["deadlines"]["question_answer"]
    assert changed_length["length"] == 15
    assert "since version 2" in changed_length["source"]
    kept = terms.versions().adopted[0].document["deadlines"]["recommendation_response"]
    assert "inspector" in kept["source"]


def test_a_refused_form_keeps_everything_that_was_typed(desk: User, client: Client) -> None:
    sign_in(client, desk)
    said = form_of(client, "/terms/forum/change/") | {
        "quorum": "30", "why": "A reason worth keeping.", "decision": "2020-001",
        "valid_from": "2027-03-01",
    }  # fmt: skip
    answer = client.post("/terms/forum/change/", said)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Decision 2020-001 does not exist." in text
    for typed in ("A reason worth keeping.", 'value="30"', 'value="2027-03-01"'):
        assert typed in text
    answer = client.post("/terms/forum/change/", said | {"valid_from": "soon", "decision": ""})
    assert answer.status_code == 422
    assert "A reason worth keeping." in answer.content.decode()


def test_the_steps_of_the_ladder_are_changed_in_a_form(desk: User, client: Client) -> None:
    sign_in(client, desk)
    assert 'href="/terms/ladder/"' in client.get("/terms/").content.decode()
    form = client.get("/terms/ladder/").context["form"]
    assert [form[n].value() for n in ("reminder", "overdue", "letter", "agenda", "dossier")] == [
        -10, 1, 10, 20, 40,
    ]  # fmt: skip
    tomorrow = timezone.localdate() + timedelta(days=1)
    sent = {
        "seen": 1, "reminder": "-5", "overdue": "1", "letter": "", "agenda": "20",
        "dossier": "50", "valid_from": str(tomorrow), "why": "Sooner.", "decision": "",
    }  # fmt: skip
    refused = client.post("/terms/ladder/", {**sent, "agenda": "1"})
    assert refused.status_code == 409
    assert "each day once" in refused.content.decode()
    refused = client.post("/terms/ladder/", {**sent, "dossier": "soon"})
    assert refused.status_code == 422
    assert "Write a whole number." in refused.content.decode()
    done = client.post("/terms/ladder/", sent, follow=True).content.decode()
    assert "The new version is adopted." in done
    assert "step removed: " in done
    assert [(s.days, s.rung.value) for s in terms.in_force(tomorrow).ladder] == [
        (-5, "reminder"), (1, "overdue notice"), (20, "next agenda"),
        (50, "dossier for the parent committee"),
    ]  # fmt: skip


def test_a_ladder_no_form_can_show_is_changed_in_a_file(desk: User, client: Client) -> None:
    adopt(
        desk, lambda d: d["ladder"].append({"days": 60, "rung": "reminder"}),
        valid_from=NOW.date(),
    )  # fmt: skip
    sign_in(client, desk)
    assert client.get("/terms/ladder/")["Location"] == "/terms/adopt/"


def test_the_ladder_is_changed_by_the_secretariat_of_the_forum_alone(client: Client) -> None:
    for role in Role:
        if role in (Role.ANYONE, Role.SECRETARIAT):
            continue
        sign_in(client, person(role, organisation=rooms.body()))
        assert client.get("/terms/ladder/").status_code == 403, role
        assert "/terms/ladder/" not in client.get("/terms/").content.decode()
    assert Client().post("/terms/ladder/").status_code == 403


def test_a_seat_is_added_changed_and_removed_each_as_a_version(desk: User, client: Client) -> None:
    sign_in(client, desk)
    day = timezone.localdate()
    new = form_of(client, "/terms/practice/seats/new/") | {
        "code": "practice-housing", "title": "Housing", "agency": "housing", "strands": ["race"],
        "valid_from": day, "why": "One more voice.",
    }  # fmt: skip
    assert client.post("/terms/practice/seats/new/", new).status_code == 302
    seat = "/terms/practice/seats/practice-housing/"
    other = form_of(client, seat) | {
        "title": "Landlords", "valid_from": day + timedelta(days=1), "why": "A better name."
    }  # fmt: skip
    assert client.post(seat, other).status_code == 302
    gone = form_of(client, f"{seat}remove/") | {
        "valid_from": day + timedelta(days=2), "why": "Not needed."
    }  # fmt: skip
    assert client.post(f"{seat}remove/", gone).status_code == 302
    text = Client().get("/terms/").content.decode()
    for words in ("Seat added: Housing.", "title: from Housing to Landlords", "removed: Landlords"):
        assert words in text
    assert terms.of_body("practice", on=day + timedelta(days=3)).seat("practice-housing") is None


@pytest.mark.parametrize(
    "address", ["/terms/nobody/change/", "/terms/forum/seats/none/", "/terms/forum/seats/x/remove/"]
)
def test_what_is_not_in_the_terms_is_not_there(desk: User, client: Client, address: str) -> None:
    assert sign_in(client, desk).get(address).status_code == 404


def test_more_versions_and_more_rows_take_no_more_queries(desk: User, client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert client.get("/terms/").status_code == 200
        return len(counted)

    asked()
    few = asked()
    for n in range(5):
        adopt(
            desk,
            lambda d, n=n: d.update(due_soon_days=10 + n),  # type: ignore[misc]
            valid_from=LATER + timedelta(days=n),
        )
    assert asked() == few


def test_the_document_of_a_version_is_plain_data(desk: User) -> None:
    assert json.loads(json.dumps(terms.versions().newest_document)) == (
        terms.versions().newest_document
    )
