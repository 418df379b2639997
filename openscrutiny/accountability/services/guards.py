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
class Decisions:
    """The forum's decisions about some things."""

    rows: Sequence[Decision]

    @classmethod
    def about(cls, references: Collection[str]) -> Decisions:
        """One query."""
        return cls(list(Decision.objects.filter(about__in=list(references))))

    def certified(
        self, reference: str, settles: str, *, since: datetime | None = None
    ) -> Decision | None:
        """The newest certified decision that allows this event, if there is one.

        One recorded before ``since`` was made about something else than what stands there now.
        """
        return self._newest(reference, settles, "certified", since)

    def waiting(
        self, reference: str, settles: str, *, since: datetime | None = None
    ) -> Decision | None:
        """The newest decision for this event that the chair has still to certify."""
        return self._newest(reference, settles, "recorded", since)

    def by_number(self, number: str) -> Decision | None:
        return next((d for d in self.rows if d.number == number), None)

    def _newest(
        self, reference: str, settles: str, state: str, since: datetime | None
    ) -> Decision | None:
        fitting = (
            d
            for d in self.rows
            if (d.about, d.settles, d.state) == (reference, settles, state)
            and (since is None or d.recorded_at >= since)
        )
        return max(fitting, key=lambda d: (d.recorded_at, d.pk), default=None)


@dataclass(frozen=True)
class RecommendationCase:
    """A recommendation with what its guards need."""

    recommendation: Recommendation
    history: Sequence[AuditEvent]
    decisions: Decisions

    def since(self, event: str) -> datetime | None:
        """A decision to agree counts only for the text that the forum had before it."""
        if event != "agree" or not self.history:
            return None
        return self.history[-1].at

    def decision(self, event: str) -> Decision | None:
        reference = self.recommendation.reference
        return self.decisions.certified(reference, event, since=self.since(event))

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

    def since(self, event: str) -> datetime | None:
        """A decision to close rests on the state the part is in; one from before does not count."""
        return self.changed_at if event.startswith("close_") else None

    def decision(self, event: str) -> Decision | None:
        return self.decisions.certified(self.part.reference, event, since=self.since(event))

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
