"""Writes: findings are computed once, files come in and go out by one door."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from openscrutiny.base.demonstration_accounts import read_accounts
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.services import ensure_demonstration_accounts
from openscrutiny.core import findings as core_findings
from openscrutiny.core.nulls import Chance
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding, FindingSet
from openscrutiny.warehouse.batches import WithdrawalRefused, open_ledger
from openscrutiny.warehouse.places import Place
from tests.city import NOW
from tests.people import person

pytestmark = pytest.mark.django_db


def test_what_was_computed_for_a_data_version_is_not_computed_again(
    city: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(services, "chance", refuse)
    monkeypatch.setattr(core_findings, "find", refuse)
    again = services.compute_findings(place=city, by="another", now=NOW)
    assert again == FindingSet.objects.get()


def test_the_findings_stored_are_those_that_the_core_finds(figures: Figures) -> None:
    found = core_findings.find(
        figures.measures.values(),
        figures.counts,
        whole=figures.whole,
        taxonomy=figures.taxonomy,
        method=reading.method_in_force(),
    )
    assert set(Finding.objects.values_list("pk", flat=True)) == {f.id for f in found.findings}
    assert FindingSet.objects.get().checked == found.checked


def test_tests_counted_cell_by_cell_add_up_to_those_the_core_counts(figures: Figures) -> None:
    found = core_findings.find(
        figures.measures.values(), figures.counts, whole=figures.whole, taxonomy=figures.taxonomy
    )
    looked = services.looked_at(figures, reading.method_in_force())
    assert looked is not None
    assert looked.checked() == found.checked
    for (measure, month), checked in found.checked_by_month.items():
        assert looked.checked(measure=measure, month=month) == checked
    for (measure, month), too_few in found.too_few_by_month.items():
        assert looked.could_not_tell(measure=measure, month=month) == too_few
    by_area = sum(looked.checked(area=a) for a in figures.offences.areas)
    assert by_area == found.checked


def test_a_filter_that_names_nothing_here_shows_nothing(figures: Figures) -> None:
    looked = services.looked_at(figures, reading.method_in_force())
    assert looked is not None
    assert looked.checked(area="E99999999") == 0
    assert looked.expected(area="E99999999") == 0


def test_the_null_runs_are_kept_and_read_back_the_same(figures: Figures) -> None:
    looked = services.looked_at(figures, reading.method_in_force())
    assert looked is not None
    kept = looked.by_chance.to_arrays()
    again = Chance.from_arrays(kept)
    assert np.array_equal(again.mean_flags, looked.by_chance.mean_flags)
    assert looked.expected() == pytest.approx(FindingSet.objects.get().expected_by_chance)


def test_withdrawing_a_batch_leaves_another_data_version_with_its_own_findings(
    another_city: Place,
) -> None:
    before = open_ledger(another_city)
    services.compute_findings(place=another_city, by="a test", now=NOW)
    old = reading.current()
    wide = next(m for m in before.active if "wide" in m.source or m.first_month.year == 2015)
    analyst = person(Role.ANALYST)
    services.withdraw_batch(
        place=another_city, batch=wide.batch, reason="A wrong edition", by=analyst, now=NOW
    )
    (event,) = AuditEvent.objects.filter(event="monitor.batch.withdraw")
    assert (event.reference, event.actor) == (f"batch:{wide.batch}", analyst.pk)
    assert event.details == {"reason": "A wrong edition"}
    new = reading.current()
    assert new.data_version != old.data_version
    assert new.offences.months[0] > old.offences.months[0]
    assert FindingSet.objects.filter(data_version=new.data_version).exists()
    assert open_ledger(another_city)[wide.batch].withdrawn_reason == "A wrong edition"


def test_a_batch_is_not_withdrawn_by_those_who_may_not_nor_a_refusal_recorded(
    another_city: Place,
) -> None:
    batch = open_ledger(another_city).active[0].batch
    member, analyst = person(Role.MEMBER), person(Role.ANALYST)
    with pytest.raises(NotPermitted):
        services.withdraw_batch(place=another_city, batch=batch, reason="No", by=member, now=NOW)
    with pytest.raises(WithdrawalRefused):
        services.withdraw_batch(place=another_city, batch=batch, reason=" ", by=analyst, now=NOW)
    assert open_ledger(another_city)[batch].status == "active"
    assert not AuditEvent.objects.filter(event="monitor.batch.withdraw").exists()


def test_each_role_has_a_demonstration_account_and_keeps_its_password(tmp_path: Any) -> None:
    first = ensure_demonstration_accounts(folder=tmp_path, by="a test", now=NOW)
    second = ensure_demonstration_accounts(folder=tmp_path, by="a test", now=NOW)
    assert first == second == read_accounts(tmp_path)
    assert {a.role for a in first} == {r.value for r in Role if r is not Role.ANYONE}
    assert len({a.password for a in first}) == len({a.key for a in first}) == len(first)
    for account in first:
        assert User.objects.get(username=account.username).check_password(account.password)
    assert (tmp_path / "accounts.txt").stat().st_mode & 0o077 == 0
