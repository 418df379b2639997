"""What people say beside the figures: who may, what is refused, what is kept, what it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import AlreadyThere, ReasonMissing
from openscrutiny.core.months import Month, Period
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation, Finding, FindingSet, Rebase
from openscrutiny.monitor.noting import (
    charted,
    possible_rebases,
    stretches,
    withdraw_annotation,
    withdraw_rebase,
)
from tests.apps.noted import APRIL, ELMSGARTH, OCTOBER, SERIES, begin_afresh, write_note
from tests.city import NOW
from tests.people import person

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 11, 9, 10, tzinfo=UTC)
MAY_NOT = [r for r in Role if r not in (Role.ANYONE, Role.ANALYST, Role.SECRETARIAT)]


@pytest.fixture
def analyst() -> User:
    return person(Role.ANALYST)


def _written() -> tuple[int, int, int]:
    return Annotation.objects.count(), Rebase.objects.count(), AuditEvent.objects.count()


# ---- notes --------------------------------------------------------------------------------------


def test_a_note_is_kept_with_the_role_of_its_writer_and_stands_in_the_trail(
    figures: Figures, analyst: User
) -> None:
    note = write_note(
        figures, last=Month.parse("2024-11"), areas=("X09000001",), strands=("race",), by=analyst
    )
    assert (note.number, note.said_as, note.said_at) == ("2026-001", "analyst", NOW)
    assert note.period == Period(OCTOBER, Month.parse("2024-11"))
    assert (note.areas, note.strands) == (["X09000001"], ["race"])
    (event,) = AuditEvent.objects.filter(reference="annotation:2026-001")
    assert (event.event, event.actor) == ("monitor.annotation.write", analyst.pk)
    assert event.details == {"kind": "event", "from": "2024-10", "to": "2024-11"}
    assert not any(f.is_relation for f in Annotation._meta.get_fields()), "no person is named"


def test_the_secretariat_may_write_and_numbers_follow_each_other(figures: Figures) -> None:
    first = write_note(figures)
    second = write_note(figures, by=person(Role.SECRETARIAT))
    assert [first.number, second.number] == ["2026-001", "2026-002"]
    assert second.said_as == "secretariat"


@pytest.mark.parametrize("role", MAY_NOT)
def test_nobody_else_may_say_or_withdraw_anything_and_no_refusal_is_recorded(
    role: Role, figures: Figures
) -> None:
    note, rebase = write_note(figures), begin_afresh(figures)
    other = person(role)
    before = _written()
    for attempt in (
        lambda: write_note(figures, by=other),
        lambda: begin_afresh(figures, by=other, strand="race"),
        lambda: withdraw_annotation(annotation=note, reason="No", by=other, now=NOW),
        lambda: withdraw_rebase(rebase=rebase, reason="No", by=other, now=NOW),
    ):
        with pytest.raises(NotPermitted, match="Only the secretariat or the analyst may"):
            attempt()
    assert _written() == before


def test_areas_and_strands_are_kept_in_one_order_and_once(figures: Figures) -> None:
    note = write_note(
        figures, areas=("X09000003", "X09000001", "X09000003"), strands=("disability", "race")
    )
    assert note.areas == ["X09000001", "X09000003"]
    assert note.strands == ["race", "disability"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"last": Month.parse("2024-09")}, "cannot end .September 2024. before it begins"),
        ({"last": Month.parse("2026-12")}, "December 2026 has not come yet"),
        ({"first": Month.parse("2015-06")}, "no figures before July 2015"),
        ({"areas": ("E09000001",)}, "no area or strand “E09000001”"),
        ({"areas": ("aldermere",)}, "no area or strand “aldermere”"),
        ({"strands": ("dragons",)}, "no area or strand “dragons”"),
        ({"text": "  "}, "what happened and where that can be read"),
        ({"source": ""}, "what happened and where that can be read"),
    ],
)
def test_a_note_that_no_chart_could_show_or_nobody_check_is_refused(
    changed: dict[str, Any], words: str, figures: Figures, analyst: User
) -> None:
    before = _written()
    with pytest.raises(NotPossible, match=words):
        write_note(figures, by=analyst, **changed)
    assert _written() == before


def test_the_edges_of_what_a_chart_could_show_are_taken(figures: Figures) -> None:
    write_note(figures, first=Month.parse("2015-07"))
    write_note(figures, first=Month.parse("2014-01"), last=Month.parse("2015-07"))
    write_note(figures, first=Month.parse("2026-11"))
    assert Annotation.objects.count() == 3


def test_a_note_is_withdrawn_once_with_a_reason_that_stays(figures: Figures, analyst: User) -> None:
    note = write_note(figures)
    with pytest.raises(ReasonMissing):
        withdraw_annotation(annotation=note, reason=" ", by=analyst, now=LATER)
    withdraw_annotation(annotation=note, reason=" Wrong month. ", by=analyst, now=LATER)
    note.refresh_from_db()
    assert (note.withdrawn_at, note.withdrawn_as) == (LATER, "analyst")
    assert note.withdrawn_reason == "Wrong month."
    assert not Annotation.objects.in_force(figures.place.id).exists()
    event = AuditEvent.objects.get(event="monitor.annotation.withdraw")
    assert event.details == {"reason": "Wrong month."}
    before = _written()
    with pytest.raises(NotPossible, match="withdrawn already"):
        withdraw_annotation(annotation=note, reason="Again", by=analyst, now=LATER)
    assert _written() == before


def test_a_note_of_another_place_is_not_in_force_here(figures: Figures) -> None:
    note = write_note(figures)
    assert Annotation.objects.in_force(figures.place.id).get() == note
    assert not Annotation.objects.in_force("london").exists()


@pytest.mark.parametrize(
    "halves", [{"withdrawn_as": "analyst"}, {"withdrawn_at": NOW}, {"withdrawn_reason": "Because"}]
)
def test_the_database_keeps_no_half_withdrawal(halves: dict[str, Any], figures: Figures) -> None:
    note = write_note(figures)
    with pytest.raises(IntegrityError), transaction.atomic():
        Annotation.objects.filter(pk=note.pk).update(**halves)


# ---- new baselines ------------------------------------------------------------------------------


def test_a_regime_is_cut_before_each_month_that_begins_afresh() -> None:
    month = Month.parse
    regime = Period(month("2023-04"), month("2025-06"))
    assert stretches(regime, []) == (regime,)
    begins = [month("2025-01"), month("2024-04"), month("2024-04")]
    assert stretches(regime, begins) == (
        Period(month("2023-04"), month("2024-03")),
        Period(month("2024-04"), month("2024-12")),
        Period(month("2025-01"), month("2025-06")),
    )
    outside = [month("2023-04"), month("2025-07"), month("2019-01")]
    assert stretches(regime, outside) == (regime,)
    assert stretches(regime, [month("2025-06")])[-1] == Period(month("2025-06"), month("2025-06"))


def test_only_counts_of_single_months_have_the_chart(figures: Figures) -> None:
    assert [m.id for m in figures.measures.values() if charted(m)] == ["recorded_offences"]


def test_both_sides_of_a_new_baseline_have_twelve_months(figures: Figures) -> None:
    regime = figures.offences.regime_of(figures.latest)
    assert regime is not None
    months = possible_rebases(figures, **SERIES)
    assert months[0] == regime.first + 12
    assert months[-1] == regime.last + -11
    assert len(months) == len(regime) - 23
    for nowhere in ({"area": "nowhere"}, {"strand": "age"}, {"measure": "outcomes_per_100"}):
        assert possible_rebases(figures, **{**SERIES, **nowhere}) == ()


def test_a_new_baseline_is_kept_with_its_reason_and_leaves_no_room_for_another(
    figures: Figures, analyst: User
) -> None:
    rebase = begin_afresh(figures, by=analyst)
    assert (rebase.number, rebase.said_as, rebase.month) == ("2026-001", "analyst", "2024-04")
    (event,) = AuditEvent.objects.filter(reference="rebase:2026-001")
    assert event.event == "monitor.rebase.confirm"
    assert event.details == {**SERIES, "month": "2024-04"}
    assert possible_rebases(figures, **SERIES) == ()
    assert possible_rebases(figures, **{**SERIES, "strand": "race"}) != ()
    with pytest.raises(AlreadyThere, match="start afresh in April 2024 already") as there:
        begin_afresh(figures)
    assert there.value.href == "/data/rebases/#2026-001"


@pytest.mark.parametrize(
    "changed",
    [
        {"month": APRIL + -1},
        {"month": Month.parse("2024-08")},
        {"month": Month.parse("2019-01")},
        {"area": "nowhere"},
        {"strand": "age"},
        {"measure": "dragons"},
        {"measure": "outcomes_per_100"},
    ],
)
def test_a_baseline_that_would_leave_too_few_months_is_refused(
    changed: dict[str, Any], figures: Figures, analyst: User
) -> None:
    before = _written()
    with pytest.raises(NotPossible, match="at least 12 months"):
        begin_afresh(figures, by=analyst, **changed)
    with pytest.raises(ReasonMissing):
        begin_afresh(figures, by=analyst, reason=" ")
    assert _written() == before


def test_a_withdrawn_baseline_makes_room_again(figures: Figures, analyst: User) -> None:
    rebase = begin_afresh(figures)
    with pytest.raises(ReasonMissing):
        withdraw_rebase(rebase=rebase, reason="", by=analyst, now=LATER)
    withdraw_rebase(rebase=rebase, reason="The training did not last.", by=analyst, now=LATER)
    assert begin_afresh(figures).number == "2026-002"
    with pytest.raises(NotPossible, match="2026-001 was withdrawn already"):
        withdraw_rebase(rebase=rebase, reason="Again", by=analyst, now=LATER)


def test_the_database_keeps_one_baseline_in_force_for_a_month(figures: Figures) -> None:
    rebase = begin_afresh(figures)
    rebase.pk, rebase.number = None, "2026-999"
    with pytest.raises(IntegrityError), transaction.atomic():
        rebase.save(force_insert=True)


def test_nothing_that_is_said_changes_a_finding(figures: Figures) -> None:
    before = list(Finding.objects.order_by("pk").values())
    sets = list(FindingSet.objects.values())
    write_note(figures, areas=(ELMSGARTH,))
    begin_afresh(figures)
    assert list(Finding.objects.order_by("pk").values()) == before
    assert list(FindingSet.objects.values()) == sets
