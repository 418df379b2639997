"""The forum as Popolo: valid by the official schemas and by ours, and nobody named unasked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from jsonschema import Draft3Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT3

from openscrutiny.base.models import AccessNeeds, Organisation, User
from openscrutiny.config.cli import main
from openscrutiny.core.permits import Role
from openscrutiny.forum import popolo
from openscrutiny.forum.models import Ballot, Meeting, Membership, TermsVersion, Vote
from openscrutiny.warehouse import definitions
from tests.apps.meeting_rooms import STARTS, body, in_the_room, item, meeting, seated, somebody
from tests.city import NOW
from tests.people import person

pytestmark = pytest.mark.django_db

CLASSES = {
    "persons": "person",
    "organizations": "organization",
    "posts": "post",
    "memberships": "membership",
    "areas": "area",
    "events": "event",
    "motions": "motion",
    "vote_events": "vote_event",
}
# What the schemas leave open and we do not: these must be there and not be empty.
NEEDED = {
    "persons": ("id", "name"),
    "organizations": ("id", "name", "classification"),
    "posts": ("id", "label", "organization_id"),
    "memberships": (
        "id",
        "person_id",
        "organization_id",
        "post_id",
        "role",
        "start_date",
        "on_behalf_of_id",
    ),
    "areas": ("id", "name"),
    "events": ("id", "name", "start_date", "organization_id", "status"),
    "motions": ("id", "text", "organization_id", "legislative_session_id"),
    "vote_events": ("id", "motion_id", "organization_id", "counts"),
}


@pytest.fixture(scope="session")
def schemas() -> Path:
    given = os.environ.get("OPENSCRUTINY_SCHEMAS")
    root = Path(__file__).resolve().parents[2]
    folder = (Path(root, given) if given else root.parent / "shared" / "schemas") / "popolo"
    if not folder.is_dir():
        reason = f"NOT RUN: the official schemas are not in {folder}"
        if "schemas" in os.environ.get("ALLOW", "").split(","):
            pytest.skip(reason)
        pytest.fail(f"{reason} (set OPENSCRUTINY_SCHEMAS, or ALLOW=schemas to go without)")
    return folder


@pytest.fixture(scope="session")
def wrong_by_schema(schemas: Path) -> Callable[[str, Any], list[str]]:
    """What the official schema of a class says is wrong. References lead to the files alone."""
    read = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in schemas.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (address, Resource.from_contents(schema, default_specification=DRAFT3))
        for schema in read.values()
        for address in (schema["id"], schema["id"].rstrip("#"))
    )

    def wrong(name: str, data: Any) -> list[str]:
        validator = Draft3Validator(read[name], registry=registry, format_checker=FormatChecker())
        return [e.message for e in validator.iter_errors(data)]

    return wrong


def wrong_by_overlay(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What we ask beyond the schemas: fields that are needed, and every reference resolving."""
    wrong = []
    ids = [one["id"] for things in found.values() for one in things]
    wrong += [f"{i} stands twice" for i in set(ids) if ids.count(i) > 1]
    for name, things in found.items():
        for one in things:
            wrong += [f"{one['id']}: no {key}" for key in NEEDED[name] if not one.get(key)]
    wrong += [f"{key}: nothing is {value}" for key, value in references(found) if value not in ids]
    return wrong


def references(data: Any) -> Iterator[tuple[str, str]]:
    if isinstance(data, list):
        for one in data:
            yield from references(one)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key.endswith("_id") and value is not None:
                yield key, value
            if key == "attendees":
                yield from ((key, person["id"]) for person in value)
            yield from references(value)


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def named() -> Membership:
    made = seated("race-1", person=somebody("Ann Example", named_publicly=True))
    AccessNeeds.objects.create(person=made.person, text="A ramp.", changed_at=NOW)
    return made


@pytest.fixture
def unnamed() -> Membership:
    housing = Organisation.objects.create(code="housing", name="Homes", kind="partner")
    return seated("housing", person=somebody("Bob Hidden"), on_behalf_of=housing)


@pytest.fixture
def sat(named: Membership, unnamed: Membership, chair: User) -> Meeting:
    """A meeting with approved minutes, two people in the room and a vote by name."""
    body("committee")
    on = meeting("approved", created_by=chair)
    came = [in_the_room(on, one) for one in (named, unnamed)]
    voted(on, came, chair, named=True)
    return on


def voted(on: Meeting, came: list[Any], by: User, *, named: bool, closed: bool = False) -> Ballot:
    about = item(
        on,
        "decided",
        closed=closed,
        exemption="7" if closed else "",
        public_interest="So." if closed else "",
    )
    ballot = Ballot.objects.create(
        item=about,
        motion="To ask for the figures",
        named=named,
        opened_at=STARTS,
        opened_by=by,
        closed_at=STARTS + timedelta(minutes=5),
        result={"carried": True},
    )
    for attending, stance in zip(came, ("for", "abstain"), strict=True):
        Vote(ballot=ballot, attendance=attending, stance=stance, at=STARTS, recorded_by=by).save()
    return ballot


def found(now: datetime = NOW) -> dict[str, list[dict[str, Any]]]:
    return popolo.document(now=now)


# ---- validity --------------------------------------------------------------------------------


def test_everything_exported_is_valid_by_the_official_schemas(
    sat: Meeting, wrong_by_schema: Callable[[str, Any], list[str]]
) -> None:
    written = json.loads(json.dumps(found()))
    assert set(written) == set(CLASSES)
    for name, things in written.items():
        assert things or name == "areas", name
        for one in things:
            assert wrong_by_schema(CLASSES[name], one) == []


def test_the_validator_follows_references_and_sees_what_is_wrong(
    wrong_by_schema: Callable[[str, Any], list[str]],
) -> None:
    assert wrong_by_schema("membership", {"start_date": "soon"})
    assert wrong_by_schema("event", {"attendees": [{"birth_date": "soon"}]})
    assert wrong_by_schema("vote_event", {"counts": [{"option": "yes"}]})
    assert wrong_by_schema("membership", {}) == []


def test_every_field_that_is_needed_is_there_and_every_reference_resolves(sat: Meeting) -> None:
    assert wrong_by_overlay(found()) == []
    assert len(list(references(found()))) > 40


def test_the_overlay_sees_what_the_schemas_let_through(sat: Meeting) -> None:
    broken = found()
    del broken["memberships"][0]["role"]
    broken["events"][0]["organization_id"] = "organization:none"
    broken["persons"].append(broken["persons"][0])
    assert len(wrong_by_overlay(broken)) == 3


def test_a_forum_before_anything_happened_is_valid_too(
    wrong_by_schema: Callable[[str, Any], list[str]],
) -> None:
    body()
    assert wrong_by_overlay(found()) == []
    assert len(found()["posts"]) == 24


def test_a_seat_that_the_terms_of_today_do_not_have_is_still_a_post(unnamed: Membership) -> None:
    seated("abolished")
    seated("abolished", person=somebody())
    assert wrong_by_overlay(found()) == []
    assert [p["label"] for p in found()["posts"]].count("abolished") == 1


def test_a_seat_for_one_area_leads_to_that_area_and_one_for_several_to_none(
    wrong_by_schema: Callable[[str, Any], list[str]],
) -> None:
    body()
    document = definitions.read(definitions.folder() / "forums" / "aldermere.yaml")
    seats = document["bodies"][0]["seats"]
    seats[0]["areas"], seats[1]["areas"] = ["X09000001"], ["X09000001", "X09000002"]
    TermsVersion(
        version=2, valid_from=date(2026, 1, 1), document=document, why="So.", adopted_at=NOW
    ).save()
    posts = found()["posts"]
    assert [p["area_id"] for p in posts[:3]] == ["area:X09000001", None, None]
    areas = {a["id"]: a["name"] for a in found()["areas"]}
    assert areas["area:X09000001"] == "Ambleworth"
    assert wrong_by_overlay(found()) == []
    assert all(wrong_by_schema("area", a) == [] for a in found()["areas"])


# ---- privacy ---------------------------------------------------------------------------------


def test_only_who_agreed_is_named_and_anybody_else_is_the_holder_of_a_seat(sat: Meeting) -> None:
    assert sorted(p["name"] for p in found()["persons"]) == [
        "Ann Example",
        "Holder of the seat “Housing associations”",
    ]
    written = json.dumps(found())
    for private in ("Bob Hidden", "A ramp", "@example.org", "person2"):
        assert private not in written


def test_two_seats_of_somebody_unnamed_cannot_be_brought_together(unnamed: Membership) -> None:
    seated("practice-chair", code="practice", person=unnamed.person)
    assert len({m["person_id"] for m in found()["memberships"]}) == 2
    unnamed.person.named_publicly = True
    unnamed.person.save()
    assert len({m["person_id"] for m in found()["memberships"]}) == 1


def test_somebody_is_not_named_to_the_public_unless_they_agreed() -> None:
    assert somebody().named_publicly is False


# ---- what it says ----------------------------------------------------------------------------


def test_a_membership_says_who_for_whom_in_which_seat_and_since_when(unnamed: Membership) -> None:
    substitute = seated(
        "housing", person=somebody(), substitute_for=unnamed, until=date(2026, 12, 31)
    )
    seated("race-2", since=date(2027, 1, 1))
    first, second = found()["memberships"]
    assert first == {
        "id": f"membership:{unnamed.pk}",
        "person_id": f"holder:{unnamed.pk}",
        "organization_id": "organization:forum",
        "post_id": "post:forum/housing",
        "role": "Housing associations",
        "start_date": "2025-01-01",
        "end_date": None,
        "on_behalf_of_id": "organization:housing",
    }
    assert second["id"] == f"membership:{substitute.pk}"
    assert second["role"] == "Substitute: Housing associations"
    assert second["end_date"] == "2026-12-31"
    # Nobody said for whom: for the kind of agency the seat is of.
    assert second["on_behalf_of_id"] == "agency:housing"


def test_bodies_lead_to_the_body_they_account_to() -> None:
    for code in ("forum", "committee", "practice"):
        body(code)
    parents = {o["id"]: o.get("parent_id") for o in found()["organizations"]}
    assert parents["organization:forum"] == "organization:committee"
    assert parents["organization:practice"] == "organization:forum"
    assert parents["organization:committee"] is None


def test_meetings_are_in_the_time_of_the_place_and_those_still_planned_are_left_out(
    chair: User,
) -> None:
    meeting("planned", created_by=chair)
    meeting("cancelled", created_by=chair)
    (event,) = found()["events"]
    assert (event["start_date"], event["status"]) == ("2026-10-06T14:00:00+01:00", "cancelled")


def test_attendance_and_votes_are_those_of_approved_minutes(sat: Meeting) -> None:
    event = found()["events"][0]
    assert len(event["attendees"]) == 2
    assert len(found()["vote_events"]) == 1
    Meeting.objects.update(state="circulated")
    assert found()["events"][0]["attendees"] == []
    assert found()["vote_events"] == found()["motions"] == []


def test_votes_are_counted_and_given_by_person_only_where_the_room_voted_by_name(
    sat: Meeting, named: Membership, unnamed: Membership
) -> None:
    (vote,) = found()["vote_events"]
    assert vote["result"] == "pass"
    assert vote["counts"] == [
        {"option": "yes", "value": 1},
        {"option": "no", "value": 0},
        {"option": "abstain", "value": 1},
    ]
    assert [(v["voter_id"], v["option"]) for v in vote["votes"]] == [
        (f"person:{named.person_id}", "yes"),
        (f"holder:{unnamed.pk}", "abstain"),
    ]
    Ballot.objects.update(named=False)
    (vote,) = found()["vote_events"]
    assert vote["votes"] == []
    assert vote["counts"][0]["value"] == 1


def test_a_vote_under_a_closed_item_or_one_still_open_is_left_out(
    sat: Meeting, chair: User
) -> None:
    came = list(sat.attendances.all())
    voted(sat, came, chair, named=True, closed=True)
    open_vote = voted(sat, came, chair, named=True)
    Ballot.objects.filter(pk=open_vote.pk).update(closed_at=None)
    assert len(found()["vote_events"]) == 1


# ---- the page and the command ----------------------------------------------------------------


def test_the_page_and_the_command_give_the_same_document(
    sat: Meeting, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openscrutiny.config.forum_commands.start_django", lambda: None)
    page = client.get("/meetings/popolo.json")
    assert page["Content-Type"] == "application/json"
    target = tmp_path / "popolo.json"
    assert main(["export", "popolo", "-o", str(target)]) == 0
    assert json.loads(target.read_text(encoding="utf-8")) == page.json()
    assert 'href="/meetings/popolo.json"' in client.get("/programme/").content.decode()


def test_before_anything_was_imported_the_command_says_what_to_do(
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("openscrutiny.config.forum_commands.start_django", lambda: None)
    settings.PLACE = None
    assert main(["export", "popolo", "-o", str(tmp_path / "popolo.json")]) == 2
    assert "Bring in a published file first." in capsys.readouterr().err
    assert not (tmp_path / "popolo.json").exists()


def test_queries_do_not_grow_with_what_is_exported(
    sat: Meeting, chair: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(9):
        found()
    for n in range(8):
        member = seated("race-2", person=somebody(named_publicly=bool(n % 2)))
        on = meeting("approved", created_by=chair, heading=str(uuid4()))
        voted(on, [in_the_room(on, member), in_the_room(on, seated("age"))], chair, named=True)
    with django_assert_num_queries(9):
        found()
