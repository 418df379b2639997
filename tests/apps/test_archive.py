"""The archive: an older record read, looked at, brought in whole, corrected, shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.config.cli import main
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.forum.models import ArchivedMeeting
from openscrutiny.forum.older_record import MOST_BYTES, BadRecord, read_record
from openscrutiny.forum.pages.archive import held_in_words
from openscrutiny.forum.services.archive import Becomes, bring_in, would_become
from tests.apps.meeting_rooms import body
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

ENTRY: dict[str, Any] = {
    "date": "2004-09-21",
    "body": "Race Hate Crime Forum",
    "url": "https://example.org/minutes",
    "kind": "held",
    "venue": None,
    "present": ["Police", "Victim support"],
    "apologies": [],
    "items": ["Figures of the quarter"],
    "decisions_or_actions": None,
    "note": None,
}


def entry(**said: Any) -> dict[str, Any]:
    return {**ENTRY, **said}


def file(*entries: Any, **dumped: Any) -> bytes:
    return json.dumps(list(entries), **dumped).encode()


TWO = file(entry(), entry(date="2005", present=[]))


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


def wrong(content: bytes) -> list[str]:
    with pytest.raises(BadRecord) as refusal:
        read_record(content, today=NOW.date())
    return [str(p) for p in refusal.value.problems]


# ---- reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[{", "not JSON"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"{}", "not a list of meetings"),
        (b"[]", "not a list of meetings"),
        (b"[" * 100_000, "nested too deep"),
        (b" " * (MOST_BYTES + 1), "more than 1,000,000 bytes"),
        (b"[" + b"1," * 5000 + b"1]", "more than 5,000 entries"),
    ],
)
def test_a_file_that_is_no_record_is_refused_with_the_reason(content: bytes, words: str) -> None:
    problems = wrong(content)
    assert len(problems) == 1
    assert problems[0].startswith("The file: ")
    assert words in problems[0]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("date", None, "It is needed"),
        ("date", "", "It is empty"),
        ("date", 2004, "not a text"),
        ("date", "2004-13", "no day, month or year"),
        ("date", "2005-02-29", "no day, month or year"),
        ("date", "21.9.2004", "no day, month or year"),
        ("date", "٢٠٠٤", "no day, month or year"),
        ("date", "0000", "no day, month or year"),
        ("date", "2031", "has not come yet"),
        ("body", None, "It is needed"),
        ("body", "x" * 201, "more than 200"),
        ("kind", ["held"], "not a text"),
        ("venue", "a\0b", "cannot be kept"),
        ("venue", "\ud800", "cannot be kept"),
        ("url", "javascript:alert(1)", "no address"),
        ("url", "ftp://example.org", "no address"),
        ("present", "Police", "not a list of texts"),
        ("items", [1], "not a list of texts"),
        ("apologies", [" "], "is empty"),
        ("decisions_or_actions", ["x" * 1001], "over 1,000"),
        ("note", "x" * 5001, "more than 5,000"),
        ("chair", "A", "No such field"),
    ],
)
def test_what_is_wrong_is_said_by_entry_and_field(field: str, value: Any, words: str) -> None:
    problems = wrong(file(entry(), entry(**{field: value})))
    assert len(problems) == 1
    assert problems[0].startswith(f"Entry 2, {field}: ")
    assert words in problems[0]


def test_everything_that_is_wrong_is_said_at_once_and_a_missing_field_by_its_name() -> None:
    missing = entry(date="soon")
    del missing["venue"]
    problems = wrong(file(7, missing))
    assert [p.partition(": ")[0] for p in problems] == [
        "Entry 1",
        "Entry 2, venue",
        "Entry 2, date",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ENTRY, "x"]), inner, max_size=10)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused_with_a_sentence(data: Any) -> None:
    problems: tuple[Any, ...] = ()
    kept = 0
    try:
        kept = len(read_record(json.dumps(data).encode(), today=NOW.date()).entries)
    except BadRecord as refusal:
        problems = refusal.problems
    assert problems or kept == len(data)


@pytest.mark.parametrize(
    ("held", "words"),
    [("2004-09-21", "21 September 2004"), ("2005-11", "November 2005"), ("2004", "2004")],
)
def test_a_date_is_shown_as_far_as_it_is_known(held: str, words: str) -> None:
    assert held_in_words(held) == words


# ---- bringing in -----------------------------------------------------------------------------


def test_a_record_is_brought_in_whole_and_a_second_time_changes_nothing(secretary: User) -> None:
    became = bring_in(TWO, record="older", by=secretary, now=NOW)
    assert (became.becomes, became.edition) == (Becomes.FIRST, 1)
    kept = ArchivedMeeting.objects.order_by("place")
    assert [(k.place, k.held, k.sorted_by.isoformat()) for k in kept] == [
        (1, "2004-09-21", "2004-09-21"),
        (2, "2005", "2005-01-01"),
    ]
    assert kept[0].present == ["Police", "Victim support"]
    event = AuditEvent.objects.get()
    assert (event.event, event.details) == ("forum.archive.bring_in", {"edition": 1, "meetings": 2})
    again = bring_in(TWO, record="older", by=secretary, now=NOW)
    spaced = file(entry(), entry(date="2005", present=[]), indent=2)
    assert again.becomes is Becomes.SAME
    assert bring_in(spaced, record="older", by=secretary, now=NOW).becomes is Becomes.SAME
    assert ArchivedMeeting.objects.count() == 2
    assert AuditEvent.objects.count() == 1


def test_one_bad_entry_keeps_everything_out(secretary: User) -> None:
    with pytest.raises(BadRecord):
        bring_in(file(entry(), entry(date="soon")), record="older", by=secretary, now=NOW)
    assert not ArchivedMeeting.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_corrected_file_is_a_new_edition_and_the_old_one_is_kept(
    client: Client, secretary: User
) -> None:
    bring_in(TWO, record="older", by=secretary, now=NOW)
    corrected = file(entry(venue="City Hall"), entry(date="2005", present=[]))
    assert would_become(corrected, record="older", now=NOW).changed == 1
    became = bring_in(corrected, record="older", by=secretary, now=NOW)
    assert (became.becomes, became.edition, became.changed) == (Becomes.CORRECTED, 2, 1)
    assert ArchivedMeeting.objects.count() == 4
    lines = client.get("/archive/").context["page"].listed.lines
    assert [line.href for line in lines] == ["/archive/older/2/2/", "/archive/older/2/1/"]
    before = client.get("/archive/older/1/1/").content.decode()
    assert "A corrected one took its place" in before
    assert "City Hall" not in before
    now_is = client.get("/archive/older/2/1/").content.decode()
    assert "City Hall" in now_is
    assert "took its place" not in now_is
    # The first file again is the first edition, which stays overtaken.
    assert bring_in(TWO, record="older", by=secretary, now=NOW).becomes is Becomes.OLDER
    assert ArchivedMeeting.objects.count() == 4


def test_two_records_stand_beside_each_other(client: Client, secretary: User) -> None:
    bring_in(TWO, record="one", by=secretary, now=NOW)
    bring_in(TWO, record="two", by=secretary, now=NOW)
    page = client.get("/archive/").context["page"].listed
    assert [(t.label, t.count) for t in page.tabs] == [("All", 4), ("one", 2), ("two", 2)]
    assert len(client.get("/archive/?show=two").context["page"].listed.lines) == 2


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.ANYONE, Role.SECRETARIAT)])
def test_only_the_secretariat_brings_in_a_record(client: Client, role: Role) -> None:
    user = person(role)
    with pytest.raises(NotPermitted):
        bring_in(TWO, record="older", by=user, now=NOW)
    assert sign_in(client, user).get("/archive/bring-in/").status_code == 403
    assert not ArchivedMeeting.objects.exists()


# ---- pages -----------------------------------------------------------------------------------


def test_what_was_not_recorded_is_said_to_be_so_and_never_nought_or_nobody(
    client: Client, secretary: User
) -> None:
    bring_in(TWO, record="older", by=secretary, now=NOW)
    shown = client.get("/archive/older/1/2/").content.decode()
    assert shown.count("not recorded") == 4
    assert "nobody" not in shown.lower()
    assert "https://example.org/minutes" in shown
    assert 'href="https://example.org' not in shown


def test_what_a_record_says_is_shown_as_it_stands_and_never_as_markup(
    client: Client, secretary: User
) -> None:
    bring_in(file(entry(body="<script>alert(1)</script>")), record="older", by=secretary, now=NOW)
    for address in ("/archive/", "/archive/older/1/1/"):
        shown = client.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert" not in shown


@pytest.mark.parametrize("place", ["9", "99999999999999999999"])
def test_a_meeting_that_is_not_in_the_archive_is_said_to_be_missing(
    client: Client, place: str
) -> None:
    assert client.get(f"/archive/older/1/{place}/").status_code == 404


def handed_in(content: bytes, **said: str) -> dict[str, Any]:
    return {"record": "older", "file": SimpleUploadedFile("meetings.json", content), **said}


def test_the_secretariat_looks_at_a_file_and_then_brings_in_the_very_same_bytes(
    client: Client, secretary: User
) -> None:
    sign_in(client, secretary)
    content = file(entry(body="Forum\r\nof “old”"), indent=1)
    looked = client.post("/archive/bring-in/", handed_in(content))
    assert looked.status_code == 200
    assert "is new: 1 meeting" in looked.content.decode()
    assert not ArchivedMeeting.objects.exists()
    sent = {"record": "older", "text": looked.context["text"], "confirmed": "1"}
    answer = client.post("/archive/bring-in/", sent, follow=True)
    assert "is new: 1 meeting" in answer.content.decode()
    kept = ArchivedMeeting.objects.get()
    assert kept.source == read_record(content, today=NOW.date()).sha256
    again = client.post("/archive/bring-in/", handed_in(content)).content.decode()
    assert "says the same already" in again
    assert "Bring it in</button>" not in again


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"record": "older"}, "Choose the file"),
        ({"record": "older", "text": "no base 64!"}, "changed on its way"),
        (handed_in(TWO, record="a name"), "letters, digits and hyphens"),
        (handed_in(b"[1]"), "Entry 1: It is no entry"),
        (handed_in(b" " * (MOST_BYTES + 9)), "more than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_refused_in_the_browser_says_why(
    client: Client, secretary: User, sent: dict[str, Any], words: str
) -> None:
    sign_in(client, secretary)
    if "file" in sent:
        sent["file"].seek(0)
    answer = client.post("/archive/bring-in/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_queries_do_not_grow_with_the_archive(
    client: Client, secretary: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    bring_in(TWO, record="older", by=secretary, now=NOW)
    with django_assert_num_queries(3):
        client.get("/archive/")
    many = file(*(entry(date=str(1950 + n)) for n in range(70)))
    bring_in(many, record="older", by=secretary, now=NOW)
    with django_assert_num_queries(3):
        assert len(client.get("/archive/").context["page"].listed.lines) == 50
    assert len(client.get("/archive/?page=2").context["page"].listed.lines) == 20


# ---- the command -----------------------------------------------------------------------------


def test_the_command_looks_brings_in_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openscrutiny.config.forum_commands.start_django", lambda: None)
    path = tmp_path / "Old forum.json"
    path.write_bytes(TWO)
    assert main(["archive", str(path), "--look"]) == 0
    assert not ArchivedMeeting.objects.exists()
    assert main(["archive", str(path)]) == 0
    assert main(["archive", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[1:] == [
        "The record “old-forum” is new: 2 meetings.",
        "“old-forum” says the same already. Nothing is changed.",
    ]
    path.write_bytes(file(entry(date="soon")))
    assert main(["archive", str(path)]) == 2
    assert "Entry 1, date" in capsys.readouterr().err
    assert main(["archive", str(tmp_path / "missing.json")]) == 2
    assert ArchivedMeeting.objects.count() == 2
