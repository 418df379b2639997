"""The audit trail: written with what it tells of, and whoever touches it later is found."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from openscrutiny.base import audit
from openscrutiny.base.event_words import details_in_words, event_in_words
from openscrutiny.base.models import AuditEvent, AuditHead, User
from openscrutiny.base.pages import audit_page
from openscrutiny.core.permits import NOBODY, Held, Role
from tests.apps.meeting_rooms import body, meeting
from tests.people import person, sign_in

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
TABLE = "base_auditevent"

pytestmark = pytest.mark.django_db


def _written(count: int = 5) -> list[AuditEvent]:
    before = AuditHead.objects.get(pk=1).sequence
    rows = [
        audit.record(
            f"tests.thing.done{i}",
            reference=f"thing:2025-{i:03d}",
            actor=7,
            acting=Held(Role.CHAIR, "forum"),
            now=NOW + timedelta(minutes=i),
            details={"to": f"state {i}", "reason": "because “so” said"},
        )
        for i in range(count)
    ]
    assert [r.sequence for r in rows] == list(range(before + 1, before + count + 1))
    return rows


@contextmanager
def _unlocked():
    """As somebody with the whole database in hand would: the triggers taken away."""
    names = ("audit_is_never_changed", "audit_is_never_deleted")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        else:
            for name in names:
                cursor.execute(f"DROP TRIGGER {name}")
        yield cursor


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET event = 'tests.thing.undone'",
        f"DELETE FROM {TABLE}",
        f"UPDATE {TABLE} SET at = at",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_a_row(statement: str) -> None:
    _written()
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert not audit.verify().wrong


def test_postgresql_refuses_to_empty_the_table_as_well() -> None:
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute(f"TRUNCATE {TABLE}")  # SQLite has no such statement at all
        return
    _written()
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {TABLE}")


def test_an_untouched_trail_holds_and_names_its_head() -> None:
    rows = _written()
    verdict = audit.verify()
    assert verdict.wrong == ""
    assert verdict.head == f"{rows[-1].sequence}:{rows[-1].hash}"
    assert verdict.events == rows[-1].sequence


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event", "'tests.thing.other'"),
        ("reference", "'thing:2025-999'"),
        ("actor", "8"),
        ("acting_as", "'member for forum'"),
        ("details", '\'{"to": "elsewhere"}\''),
        ("at", "'2025-09-02 12:00:00+00'"),
        ("hash", "'" + "1" * 64 + "'"),
    ],
)
def test_an_edited_row_is_found_whatever_was_edited(column: str, value: str) -> None:
    rows = _written()
    with _unlocked() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {column} = {value} WHERE id = %s", [rows[2].pk])
    assert f"Row {rows[2].sequence}" in audit.verify().wrong


@pytest.mark.parametrize("which", [0, 2, 4])
def test_a_deleted_row_is_found_at_the_beginning_the_middle_and_the_end(which: int) -> None:
    rows = _written()
    with _unlocked() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [rows[which].pk])
    assert audit.verify().wrong


def test_two_rows_that_changed_places_are_found() -> None:
    rows = _written()
    one, other = rows[1].sequence, rows[2].sequence
    with _unlocked() as cursor:
        for pk, place in ((rows[1].pk, 10**9), (rows[2].pk, one), (rows[1].pk, other)):
            cursor.execute(f"UPDATE {TABLE} SET sequence = %s WHERE id = %s", [place, pk])
    assert audit.verify().wrong


def test_a_trail_rewritten_with_its_hashes_is_found_by_a_head_that_was_noted() -> None:
    rows = _written()
    noted = audit.verify().head
    with _unlocked() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE sequence > %s", [rows[2].sequence])
    AuditHead.objects.filter(pk=1).update(sequence=rows[2].sequence, hash=rows[2].hash)
    assert not audit.verify().wrong, "the rewritten trail is whole in itself"
    assert "was noted" in audit.verify(expected_head=noted).wrong
    audit.record("tests.thing.later", reference="", actor=None, acting=None, now=NOW)
    assert "was noted" in audit.verify(expected_head=noted).wrong


def test_a_head_noted_earlier_is_still_in_the_longer_trail() -> None:
    _written(3)
    noted = audit.verify().head
    _written(2)
    assert not audit.verify(expected_head=noted).wrong


def test_what_is_rolled_back_leaves_no_event_and_no_hole() -> None:
    _written(1)
    point = transaction.savepoint()
    _written(1)
    transaction.savepoint_rollback(point)
    _written(1)
    assert not audit.verify().wrong


def test_no_name_of_a_person_stands_in_the_trail() -> None:
    fields = {f.name for f in AuditEvent._meta.get_fields()}
    assert fields == {
        "id", "sequence", "at", "event", "reference", "actor", "acting_as", "details",
        "previous", "hash",
    }  # fmt: skip
    (row,) = _written(1)
    assert row.actor == 7
    assert row.acting_as == "chair for forum"


@pytest.mark.django_db(transaction=False)
def test_checking_the_trail_takes_the_same_queries_however_long_it_is(
    django_assert_max_num_queries,
) -> None:
    _written(40)
    with django_assert_max_num_queries(2):
        audit.verify()


def test_that_an_organisation_saved_a_draft_is_in_the_chain_and_shown_to_its_author_alone() -> None:
    audit.record(
        "accountability.response.save_draft",
        reference="question:2025-001",
        actor=7,
        acting=Held(Role.DRAFTER, "police"),
        now=NOW,
    )
    assert not [r for r in audit_page(standing=NOBODY).rows if r.event.endswith("save_draft")]
    assert [r.event for r in audit_page(standing=NOBODY, actor=7).rows] == [
        "accountability.response.save_draft"
    ]
    assert audit.verify().wrong == ""


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("accountability.part.take_up", "Part of the recommendation: begin to verify"),
        ("accountability.recommendation.remove_limb", "Recommendation: remove limb"),
        ("base.second_factor.set_up", "Second factor: set up"),
        ("monitor.batch.import", "Batch: import"),
    ],
)
def test_an_event_is_said_by_the_label_of_its_row_or_by_its_own_name(
    event: str, words: str
) -> None:
    assert event_in_words(event) == words


def test_details_name_states_as_their_table_does_and_leave_out_what_is_empty() -> None:
    said = details_in_words(
        "accountability.part.take_up",
        {"from": "reported_complete", "to": "verifying", "reason": "", "limbs": ["a", "b_c"]},
    )
    assert said == (
        ("was", "reported complete by the organisation, and not yet verified"),
        ("is now", "being verified"),
        ("limbs", "a, b c"),
    )
    assert details_in_words("base.role.grant", {"from": "x"}) == (("was", "x"),)


@pytest.mark.parametrize("role", [Role.COMMITTEE, Role.CLERK])
def test_the_parent_committee_reads_the_trail_and_not_what_is_said_of_what_it_may_not_read(
    role: Role,
) -> None:
    unpublished = meeting("planned")
    with transaction.atomic():
        audit.record(
            "forum.meeting.postpone",
            reference=unpublished.reference,
            actor=None,
            acting=None,
            now=NOW,
            details={"reason": "The family asked for it."},
        )

    def shown(who: User) -> str:
        answer = sign_in(Client(), who).get("/audit/")
        assert answer.status_code == 200
        return answer.content.decode()

    assert "The family asked for it." in shown(person(Role.SECRETARIAT, organisation=body()))
    committee = shown(person(role))
    assert unpublished.reference in committee
    assert "The family asked for it." not in committee
