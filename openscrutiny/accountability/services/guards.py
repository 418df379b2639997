"""What the guards of recommendations and their parts ask for, and what happened to both."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openscrutiny.accountability.models import Part, PartDraft, Recommendation, Verification
from openscrutiny.base.models import AuditEvent
from openscrutiny.core.permits import Action
from openscrutiny.forum.decisions import Decisions
from openscrutiny.forum.models import Decision

# "Accepted in principle" and its cousins, which promise nothing that could be verified.
_IN_PRINCIPLE = re.compile(
    r"\bin[\s-]+principle\b"
    r"|\b(accept|agree|support|endorse|welcom)\w*\s+(with\s+|to\s+)?(the|its|this)\s+principles?\b"
)


def is_plain(text: str) -> bool:
    """Whether an acceptance says what it accepts, and not that it accepts “in principle”."""
    visible = "".join(
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf"
    )
    return _IN_PRINCIPLE.search(re.sub(r"[‐‑‒–—]", "-", visible).casefold()) is None


def history_of(references: Collection[str]) -> Mapping[str, Sequence[AuditEvent]]:
    """What happened to each of some things, oldest first, as the record has it. One query."""
    found: dict[str, list[AuditEvent]] = defaultdict(list)
    for row in AuditEvent.objects.filter(reference__in=list(references)):
        found[row.reference].append(row)
    return found


@dataclass(frozen=True)
class RecommendationCase:
    """A recommendation with what its guards need."""

    recommendation: Recommendation
    history: Sequence[AuditEvent]
    decisions: Decisions

    def decision(self, event: str) -> Decision | None:
        return self.decisions.certified(self.recommendation.reference, event)

    def facts(self, event: str) -> Mapping[str, bool]:
        limbs = list(self.recommendation.limbs.all())
        return {
            "has_parts": bool(limbs) and all(limb.addressees.all() for limb in limbs),
            "decided": self.decision(event) is not None,
        }


@dataclass(frozen=True)
class PartCase:
    """A part with what its guards need."""

    part: Part
    history: Sequence[AuditEvent]
    decisions: Decisions

    @property
    def draft(self) -> PartDraft | None:
        try:
            return self.part.draft
        except PartDraft.DoesNotExist:
            return None

    @property
    def latest_verification(self) -> Verification | None:
        return max(self.part.verifications.all(), key=lambda v: (v.at, v.pk), default=None)

    @property
    def changed_at(self) -> datetime:
        """When the part came into its present state."""
        moved = [e.at for e in self.history if e.details.get("from") != e.details.get("to")]
        return max([*moved, self.part.limb.recommendation.issued_at or self.part.clock_started_at])

    def concerning(self, action: Action) -> frozenset[str]:
        """The organisations a step concerns: to verify, nobody asked by any limb may step in."""
        if action is Action.VERIFY:
            return self.part.limb.recommendation.asked
        return frozenset({self.part.organisation.code})

    def decision(self, event: str) -> Decision | None:
        return self.decisions.certified(self.part.reference, event)

    def facts(self, event: str) -> Mapping[str, bool]:
        draft, verification = self.draft, self.latest_verification
        found = verification.found if verification else ""
        plain = draft is None or draft.answer == "not_accepted" or is_plain(draft.text)
        return {
            "has_answer": draft is not None and bool(draft.text.strip()),
            "is_plain": plain,
            "has_plan": bool(self.part.plans.all()),
            "has_evidence": bool(self.part.evidence.all()),
            "found_implemented": found == Verification.Found.IMPLEMENTED,
            "found_alternative": found == Verification.Found.ALTERNATIVE,
            "decided": self.decision(event) is not None,
        }


def case_of_recommendation(recommendation: Recommendation) -> RecommendationCase:
    """A recommendation as its guards see it now."""
    reference = recommendation.reference
    return RecommendationCase(
        recommendation, history_of([reference])[reference], Decisions.about([reference])
    )


def case_of_part(part: Part) -> PartCase:
    """A part as its guards see it now."""
    history = history_of([part.reference])
    return PartCase(part, history[part.reference], Decisions.about([part.reference]))
