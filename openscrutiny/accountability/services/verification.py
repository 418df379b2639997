"""Recording what a verifier found, who belongs to none of the organisations that were asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from openscrutiny.accountability.models import EvidenceItem, Part, Verification
from openscrutiny.accountability.services.guards import case_of_part
from openscrutiny.accountability.services.independence import refuse_own_work
from openscrutiny.base import access
from openscrutiny.base.models import User
from openscrutiny.base.moves import ReasonMissing, move
from openscrutiny.base.thread import link, next_number
from openscrutiny.core.machines.recommendations import HAS_EVIDENCE
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible


@transaction.atomic
def record_verification(
    *,
    part: Part,
    found: str,
    method: str,
    statement: str,
    evidence: Iterable[EvidenceItem],
    seen: int | None = None,
    by: User,
    now: datetime,
) -> Verification:
    """Record what was found, by which method, from which of the part's evidence (at least one).

    Not carried out sends the part back to the organisation with the statement as the reason;
    anything else leaves it waiting for the forum's decision.
    """
    considered = list(dict.fromkeys(evidence))
    access.require(
        by,
        Action.VERIFY,
        on=timezone.localtime(now).date(),
        concerning=case_of_part(part).concerning(Action.VERIFY),
    )
    refuse_own_work(part, by=by, now=now)
    found, method = Verification.Found(found), EvidenceItem.Method(method)
    event = "return" if found == Verification.Found.NOT_IMPLEMENTED else "verify"
    part.MACHINE.step(part.state, event, {HAS_EVIDENCE.name: True})
    _refuse_unfounded(part, considered, statement)
    number = next_number(Verification.KIND, now=now)
    move(
        part,
        event,
        by=by,
        now=now,
        concerning={part.organisation.code},
        facts={HAS_EVIDENCE.name: True},
        reason=statement,
        seen=seen,
        details={"verification": number, "found": found.value},
    )
    verification = Verification(
        number=number,
        part=part,
        method=method,
        found=found,
        statement=statement.strip(),
        by=by,
        at=now,
    )
    verification.save()
    verification.evidence.set(considered)
    link(
        part.limb.recommendation.reference,
        verification.reference,
        kind="verified by",
        by=by.pk,
        now=now,
    )
    return verification


def _refuse_unfounded(part: Part, considered: Sequence[EvidenceItem], statement: str) -> None:
    """NotPossible unless a verification names evidence of its own part and says what it showed."""
    if not considered:
        raise NotPossible(
            "A verification rests on evidence, and none was chosen.",
            "Choose at least one item of evidence that you considered, or ask for some.",
        )
    if any(item.part_id != part.pk for item in considered):
        raise NotPossible(
            "That evidence belongs to another part.", "Choose from the evidence of this part."
        )
    if not statement.strip():
        raise ReasonMissing
