"""The audit trail: append-only, each row chained to the one before, in one step with its cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from openscrutiny.base.models import AuditEvent, AuditHead
from openscrutiny.core.permits import Held

# What the first row of every chain follows.
GENESIS = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """Whether the chain holds. ``wrong`` is empty, or says what is wrong with the first bad row."""

    events: int
    head: str
    wrong: str = ""


def record(
    event: str,
    *,
    reference: str,
    actor: int | None,
    acting: Held | None,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event. Call it inside the transaction of the change it tells of.

    ``event`` reads ``app.noun.verb``; ``details`` is plain JSON without names of people. Raises
    TransactionManagementError outside a transaction.
    """
    head = _locked_head()
    row = AuditEvent(
        sequence=head.sequence + 1,
        at=now,
        event=event,
        reference=reference,
        actor=actor,
        acting_as=_as_text(acting),
        details=dict(details or {}),
        previous=head.hash or GENESIS,
    )
    row.hash = _digest(row)
    row.save()
    head.sequence, head.hash = row.sequence, row.hash
    head.save(update_fields=["sequence", "hash"])
    return row


def verify(*, expected_head: str = "") -> Verdict:
    """Walk the whole chain. An edited, deleted, inserted or reordered row is found.

    ``expected_head`` ("sequence:hash") is a head noted or published earlier: it must still be part
    of the chain, which shows that the trail was not rewritten from there on.
    """
    previous, count, noted = GENESIS, 0, not expected_head
    for row in AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000):
        if wrong := _wrong(row, count + 1, previous):
            return Verdict(count, "", wrong)
        previous, count = row.hash, count + 1
        noted = noted or expected_head == f"{row.sequence}:{row.hash}"
    head = AuditHead.objects.get(pk=1)
    if (head.sequence, head.hash or GENESIS) != (count, previous):
        return Verdict(count, "", f"The chain ends at {count}, but {head.sequence} were written.")
    if not noted:
        return Verdict(count, "", f"The head that was noted ({expected_head}) is not in the chain.")
    return Verdict(count, str(head))


def _wrong(row: AuditEvent, place: int, previous: str) -> str:
    """What is wrong with a row at a place in the chain; nothing where all is well."""
    if row.sequence != place:
        return f"Row {place} is missing: row {row.sequence} stands in its place."
    if row.previous != previous:
        return f"Row {place} does not follow the row before it."
    if row.hash != _digest(row):
        return f"Row {place} is not as it was written."
    return ""


def _locked_head() -> AuditHead:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An audit event belongs to a transaction.")
    # The row stands from the migration on, so every writer waits for the same lock.
    return AuditHead.objects.select_for_update().get(pk=1)


def _as_text(acting: Held | None) -> str:
    if acting is None:
        return ""
    return f"{acting.role.value} for {acting.organisation}" if acting.organisation else acting.role


def _digest(row: AuditEvent) -> str:
    """SHA-256 of everything in a row but its own hash, in one fixed spelling."""
    said = [
        row.sequence,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.event,
        row.reference,
        row.actor,
        row.acting_as,
        row.details,
        row.previous,
    ]
    plain = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
