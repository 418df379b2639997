"""The terms of reference as a file: taken away, looked at line by line, adopted or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.core.permits import Role
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.terms_changes import changes
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import TermsVersion
from openscrutiny.forum.pages.terms import names
from openscrutiny.forum.pages.terms_file import looked_at
from openscrutiny.forum.services.terms import adopt_terms
from openscrutiny.forum.terms_file.reading import LARGEST, read_file
from openscrutiny.forum.terms_file.writing import as_yaml
from openscrutiny.warehouse import definitions
from tests.apps import meeting_rooms as rooms
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

Change = Callable[[str], str]


@pytest.fixture
def desk() -> User:
    return person(Role.SECRETARIAT, organisation=rooms.body())


def newest() -> str:
    known = terms.versions()
    return as_yaml(known.newest_document, names=names(known.newest))


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), start=1) if words in line)


def upload(client: Client, content: str | bytes) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/terms/adopt/", {"file": SimpleUploadedFile("terms.yaml", data)})


# ---- taken away ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["aldermere", "london"])
def test_a_file_holds_the_whole_document_and_says_what_each_part_is_for(place: str) -> None:
    document = definitions.terms_document(place)
    text = as_yaml(document, names={"race": "Race"})
    assert yaml.safe_load(text) == document
    assert not [line for line in text.split("\n") if line.startswith("#") and len(line) > 96]
    for key in ("ladder", "closed_days", "organisations", "deadlines", "agencies", "bodies"):
        before = text.split(f"\n{key}:")[0].split("\n")[-1]
        assert before.startswith("# "), key
    assert "race (Race)" in text


@pytest.mark.parametrize("place", ["aldermere", "london"])
def test_a_file_that_was_taken_is_read_without_a_problem(place: str) -> None:
    read = read_file(as_yaml(definitions.terms_document(place), names={}).encode())
    assert read.problems == ()
    assert read.document is not None
    assert TermsOfReference.parse(place, read.document) == definitions.terms(place)


def test_anybody_takes_the_terms_of_a_day(desk: User, client: Client) -> None:
    document = terms.versions().newest_document
    document["ladder"].pop()
    later = timezone.localdate() + timedelta(days=30)
    adopt_terms(
        document=document, valid_from=later, why="Fewer.", decision="", by=desk, now=timezone.now()
    )
    assert 'href="/terms/terms.yaml"' in client.get("/terms/").content.decode()
    one, two = client.get("/terms/terms.yaml"), client.get(f"/terms/terms.yaml?on={later}")
    assert one["Content-Type"].startswith("application/yaml")
    assert "version-1.yaml" in one["Content-Disposition"]
    assert "version-2.yaml" in two["Content-Disposition"]
    assert len(yaml.safe_load(one.content)["ladder"]) == 5
    assert len(yaml.safe_load(two.content)["ladder"]) == 4


# ---- adopted -------------------------------------------------------------------------------------


def test_everything_is_changed_from_a_file_and_each_difference_is_told_first(
    desk: User, client: Client
) -> None:
    sign_in(client, desk)
    assert 'href="/terms/adopt/"' in client.get("/terms/").content.decode()
    assert client.get("/terms/adopt/").status_code == 200
    text = (
        newest()
        .replace("days: 40, rung: dossier", "days: 45, rung: dossier")
        .replace("{date: '2026-12-24', name: Aldermere closing", "{date: 2026-12-23, name: Our")
        .replace("Aldermere Verification Panel", "Aldermere Verifiers")
        .replace("{code: probation, name: Probation}", "{code: probation, name: Probation service}")
    )
    shown = upload(client, text)
    assert shown.status_code == 200
    page = shown.content.decode()
    for words in (
        "step added: dossier for the parent committee on day 45",
        "step removed: dossier for the parent committee on day 40",
        "day added: 2026-12-23 (Our day)", "day removed: 2026-12-24",
        "from Aldermere Verification Panel to Aldermere Verifiers",
        "Name of a kind of agency: from Probation to Probation service.",
    ):  # fmt: skip
        assert words in page
    assert not TermsVersion.objects.exists()
    form = shown.context["form"]
    sent = {
        "text": form["text"].value(), "seen": 1, "valid_from": str(timezone.localdate()),
        "why": "", "decision": "",
    }  # fmt: skip
    refused = client.post("/terms/adopt/", sent)
    assert refused.status_code == 422
    assert "Say why." in refused.content.decode()
    assert "day added: 2026-12-23 (Our day)" in refused.content.decode()
    past = client.post("/terms/adopt/", {**sent, "why": "We grew.", "valid_from": "2026-01-01"})
    assert past.status_code == 409
    assert "not changed for the past" in past.content.decode()
    assert "We grew." in past.content.decode()
    done = client.post("/terms/adopt/", {**sent, "why": "We grew."}, follow=True)
    assert "Version 2 is adopted." in done.content.decode()
    now = terms.in_force(timezone.localdate())
    assert (now.version, now.ladder[-1].days) == (2, 45)
    assert Organisation.objects.get(code="verifier").name == "Aldermere Verifiers"
    event = AuditEvent.objects.get(event="forum.terms.adopt")
    assert event.details["reason"] == "We grew."
    again = client.post("/terms/adopt/", {**sent, "why": "Again."})
    assert again.status_code == 422
    assert "Nothing would change." in again.content.decode()


def test_somebody_who_was_overtaken_is_told_and_loses_nothing(desk: User, client: Client) -> None:
    sign_in(client, desk)
    text = newest().replace("due_soon_days: 5", "due_soon_days: 6")
    document = terms.versions().newest_document
    document["bodies"][0]["meetings_a_year"] = 6
    today = timezone.localdate()
    adopt_terms(
        document=document, valid_from=today, why="So.", decision="", by=desk, now=timezone.now()
    )
    sent = {
        "text": text, "seen": 1, "valid_from": str(today + timedelta(days=9)), "why": "Mine.",
        "decision": "",
    }  # fmt: skip
    refused = client.post("/terms/adopt/", sent)
    assert refused.status_code == 409
    assert "Mine." in refused.content.decode()
    # And the file says from which version it was taken.
    doubts = looked_at(text.encode()).doubts
    assert "taken from version 1, and the newest is version 2" in doubts[0].what
    assert doubts[0].line == line_of(text, "version: 1")


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.ANYONE, Role.SECRETARIAT)])
def test_nobody_but_the_secretariat_uploads(client: Client, role: Role) -> None:
    sign_in(client, person(role, organisation=rooms.body()))
    assert client.get("/terms/adopt/").status_code == 403
    assert upload(client, "forum: ours").status_code == 403
    assert "/terms/adopt/" not in client.get("/terms/").content.decode()
    assert Client().get("/terms/adopt/").status_code == 403


# ---- wrong, by line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "what", "to_do"),
    [
        ("due_soon_days: 5", "due_soon_days: five", "“five” is not a whole number", "in digits"),
        ("due_soon_days: 5", "due_soon_days: 99999", "99999 is not between 0 and 1000", "between"),
        ("due_soon_days: 5", "due_soon_days: [5]", "A single value belongs here", "Write one"),
        ("due_soon_days: 5", "due_soon_days: 5\nmoon: full", "“moon” is no part of", "There are"),
        ("due_soon_days: 5", "due_soon_day: 5", "“due_soon_day” is no part", "Did you mean “due_s"),
        ("due_soon_days: 5", "due_soon_days: 5\ndue_soon_days: 6", "stands twice", "Keep one"),
        ("due_soon_days: 5", "due_soon_days: &a 5", "repeats another part", "Write the part out"),
        ("days: 40, rung: dossier", "days: 40, rung: dosier", "not one of the words", "reminder"),
        ("kind: verifier", "kind: judge", "not one of the words", "verifier"),
        ("casting_vote: true", "casting_vote: perhaps", "neither true nor false", "true or false"),
        ("date: '2026-12-24'", "date: 2026-02-30", "not a day there is", "such as 2026-12-24"),
        ("code: verifier", "code: The Panel", "no short name for addresses", "small letters"),
        ("code: health,", "code: housing,", "of this kind of agency stands twice", "of its own"),
        ("agency: health", "agency: helth", "“helth” is no kind of agency", "There are: authority"),
        ("respondent: police", "respondent: nobody", "“nobody” is no organisation", "There are:"),
        ("respondent: police", "respondent: verifier", "cannot be the respondent", "in the file"),
        ("least: 7", "least: 30", "a quorum of 30 cannot be had", "Correct it in the file"),
        ("time_zone: Europe/London", "time_zone: Europe/Camelot", "is not a time zone", "Correct"),
        ("strands: [gender]", "strands: [height]", "“height” is no strand in the remit", "race"),
        ("title: Probation,", 'title: "\\0",', "a sign that cannot be kept", "anew"),
        ("title: Probation,", "title: '',", "A single value belongs here", "Write one"),
        ("title: Probation,", f"title: {'x' * 121},", "121 letters, and 120 fit", "Shorten"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_to_do(
    desk: User, client: Client, old: str, new: str, what: str, to_do: str
) -> None:
    text = newest()
    assert old in text
    changed = text.replace(old, new, 1)
    page = looked_at(changed.encode())
    assert page.document is None
    about = [p for p in page.problems if what.lower() in p.what.lower()]
    assert about, page.problems
    assert to_do in about[0].what_to_do
    near = text[: text.index(old)].count("\n") + 1
    assert abs(about[0].line - near) <= 2, about
    sign_in(client, desk)
    answer = upload(client, changed)
    assert answer.status_code == 422
    assert "Nothing was kept" in answer.content.decode()
    assert not TermsVersion.objects.exists()


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"forum: ours\n\tbody: x", 2, "cannot be told apart"),
        (b"forum: [a, b\nareas: x", 2, "cannot be told apart"),
        (b"forum: ours\nname: caf\xe9", 2, "not kept as UTF-8"),
        (b"forum: ours\nname: \x00", 2, "cannot be read"),
        (b"PK\x03\x04 a workbook", 1, "cannot be read"),
        (b"# nothing", 0, "is empty"),
        (b"just words", 1, "Here belongs terms of reference"),
        (b"- a\n- list", 1, "Here belongs terms of reference"),
        (b"a: " + b"[" * 400, 1, "too many parts inside"),
        (b"a: 1\n---\nb: 2", 2, "A second file begins"),
        (b"a: !!python/object/apply:os.system ['true']", 1, "is no part of"),
        (b"x" * (LARGEST + 1), 0, "too large"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_where_it_breaks(
    desk: User, client: Client, content: bytes, line: int, what: str
) -> None:
    problems = read_file(content).problems
    assert any(p.line == line and what in p.what for p in problems), problems
    sign_in(client, desk)
    assert upload(client, content).status_code == 422


def test_nothing_to_upload_is_told(desk: User, client: Client) -> None:
    sign_in(client, desk)
    assert "Choose the file." in client.post("/terms/adopt/", {}).content.decode()
    assert upload(client, b"").status_code == 422


def test_a_length_that_changes_without_its_source_and_one_who_is_gone_are_doubted(
    desk: User,
) -> None:
    text = newest().replace("length: 20\n", "length: 25\n", 1)
    gone = "- {code: housing, name: Aldermere Boroughs Housing Partnership, kind: partner}\n"
    assert gone in text
    page = looked_at(text.replace(gone, "").encode())
    assert page.document is not None
    said = {d.what: d for d in page.doubts}
    assert any("where it comes from does not" in what for what in said)
    assert any("Housing Partnership is no organisation of the forum any more" in w for w in said)
    assert all(d.line for d in page.doubts)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda o: o[0].update(code="hcf"), "The code of the forum would change"),
        (lambda o: o[2].update(kind="verifier"), "would become “verifier”"),
        (lambda o: o[2].update(name="Gone Partnership"), "is that of the organisation with"),
    ],
)
def test_an_organisation_does_not_become_another_one(desk: User, change: Any, words: str) -> None:
    """Roles and questions hang on its code, and the database holds each name once."""
    Organisation.objects.create(code="gone", name="Gone Partnership", kind="partner")
    Organisation.objects.update_or_create(
        code="housing", defaults={"name": "Aldermere Boroughs Housing Partnership",
                                  "kind": "partner"}
    )  # fmt: skip
    document = terms.versions().newest_document
    change(document["organisations"])
    for body in document["bodies"]:
        if document["organisations"][0]["code"] == "hcf":
            body["code"] = {"forum": "hcf"}.get(body["code"], body["code"])
            body["parent"] = {"forum": "hcf"}.get(body["parent"], body["parent"])
    with pytest.raises(NotPossible, match=words) as refusal:
        adopt_terms(
            document=document, valid_from=timezone.localdate(), why="So.", decision="", by=desk,
            now=timezone.now(),
        )  # fmt: skip
    assert refusal.value.what_to_do
    assert not TermsVersion.objects.exists()


# ---- whatever is uploaded ------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=8),
    st.sampled_from(["forum", "police", "race", "2026-02-30", "no", "reminder", "'", "{", "\x85"]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def _paths(part: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(
        part, list) else ()  # fmt: skip
    return [at, *(p for key, one in inside for p in _paths(one, (*at, key)))]


DOCUMENT = definitions.terms_document("aldermere")
PATHS = [p for p in _paths(DOCUMENT) if p]
QUIET = {
    "max_examples": 120,
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def _adopted_or_told(content: bytes, desk: User) -> None:
    """Look at a file and adopt it where nothing stands in its way; a refusal is whole sentences."""
    page = looked_at(content)
    for one in (*page.problems, *page.doubts):
        assert one.what.rstrip("”")[-1] in ".?!"
        assert one.what_to_do[-1] in ".?"
    if page.document is None:
        assert page.problems
        return
    assert page.differences
    json.dumps(page.document, allow_nan=False).encode()
    refusal: NotPossible | None = None
    try:
        adopt_terms(
            document=page.document, valid_from=timezone.localdate(), why="So.", decision="",
            by=desk, now=timezone.now(),
        )  # fmt: skip
    except NotPossible as refused:
        refusal = refused
    if refusal is not None:
        assert refusal.reason.endswith(".")
        assert refusal.what_to_do
        return
    assert Client().get("/terms/").status_code == 200
    TermsVersion.objects.all()._raw_delete("default")
    terms.read_again()


@given(path=st.sampled_from(PATHS), value=VALUES, takes_away=st.booleans())
@settings(**QUIET)  # type: ignore[arg-type]
def test_whatever_stands_in_a_part_is_adopted_or_refused_with_a_sentence(
    desk: User, path: tuple[Any, ...], value: Any, takes_away: bool
) -> None:
    document = deepcopy(DOCUMENT)
    around: Any = document
    for key in path[:-1]:
        around = around[key]
    if takes_away:
        del around[path[-1]]
    else:
        around[path[-1]] = value
    _adopted_or_told(yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode(
        "utf-8", "surrogatepass"), desk)  # fmt: skip


@given(
    at=st.integers(0, 6000), cut=st.integers(0, 40),
    put=st.one_of(st.binary(max_size=8), st.text(max_size=8).map(
        lambda t: t.encode("utf-8", "surrogatepass"))),
)  # fmt: skip
@settings(**QUIET)  # type: ignore[arg-type]
def test_however_a_file_is_damaged_it_is_adopted_or_refused_with_a_sentence(
    desk: User, at: int, cut: int, put: bytes
) -> None:
    whole = as_yaml(DOCUMENT, names={}).encode()
    at = at * len(whole) // 6000
    _adopted_or_told(whole[:at] + put + whole[at + cut :], desk)


@given(path=st.sampled_from(PATHS), value=LEAVES)
@settings(**QUIET)  # type: ignore[arg-type]
def test_no_difference_of_meaning_goes_untold(path: tuple[Any, ...], value: Any) -> None:
    document = deepcopy(DOCUMENT)
    around: Any = document
    for key in path[:-1]:
        around = around[key]
    around[path[-1]] = value
    before = TermsOfReference.parse("before", DOCUMENT)
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    read = read_file(text.encode("utf-8", "replace"))
    if read.document is None:
        return
    whole = {"version": 1, "valid_from": "2024-04-01", **read.document}
    try:
        found = TermsOfReference.parse("before", whole)
    except ValueError:
        return
    same = {"version": before.version, "valid_from": before.valid_from, "areas": before.areas}
    if {**vars(found), **same} != vars(before):
        assert changes(before, found, names={})
