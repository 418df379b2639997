"""Tables: each says how private it is and whether it may change, and keeps to it."""

import pytest
from django.apps import apps

from openscrutiny.base.models import ImmutableRow
from openscrutiny.monitor.models import Finding, FindingSet

OWN = [m for m in apps.get_models() if m.__module__.startswith("openscrutiny.")]


@pytest.mark.parametrize("model", OWN, ids=lambda m: m.__name__)
def test_every_model_declares_its_privacy_and_its_mutability(model: type) -> None:
    governance = model.Governance  # type: ignore[attr-defined]
    assert governance.privacy in {"public", "internal", "personal", "confidential"}
    assert governance.mutability in {"immutable", "mutable"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Finding, FindingSet])
def test_a_row_that_is_kept_can_be_neither_saved_again_nor_deleted(model: type) -> None:
    row = model.objects.first()  # type: ignore[attr-defined]
    with pytest.raises(ImmutableRow, match="as it was written"):
        row.save()
    with pytest.raises(ImmutableRow, match="part of the record"):
        row.delete()


@pytest.mark.django_db
def test_a_finding_is_stored_with_everything_it_says() -> None:
    for finding in Finding.objects.all()[:50]:
        assert finding.sentence.endswith(".")
        assert finding.how_likely
        assert finding.could_explain
        assert finding.cannot_tell
        assert finding.size == abs(finding.percent)
        assert finding.period.last >= finding.period.first
