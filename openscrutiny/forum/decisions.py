"""Whether there is a decision of the forum for a step: certified, waiting, overtaken or used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openscrutiny.base.models import AuditEvent, Organisation
from openscrutiny.base.thread import Reference
from openscrutiny.core.quorum import of_frozen
from openscrutiny.forum.models import Decision, Meeting

# A step that agrees to the words of a thing takes a decision on those very words.
_ON_THE_WORDS = frozenset({"agree"})
# Minutes are approved as the meeting had them: whoever writes in them afterwards changes that. A
# time put right in the record of the room changes nothing of them until it is taken in.
_ON_THE_TEXT = {
    "approve_minutes": frozenset(
        {"forum.minutes.save", "forum.minutes.correct", "forum.minutes.take_in"}
    )
}
# A step that closes a thing takes a decision on the state it is in.
_ON_THE_STATE = "close_"


@dataclass(frozen=True)
class Decisions:
    """The forum's decisions about some things, newest first.

    A decision allows its step once. It counts only where a meeting of the forum with a quorum took
    it; those certified before meetings were kept here stay what they were. It counts only for what
    it was made on: where the words or the state it rests on changed after it was recorded, it
    allows nothing. What came first is read from the order of the record, never from clocks; nobody
    has to mark anything as used.
    """

    rows: Sequence[Decision]
    trail: Mapping[str, Sequence[AuditEvent]]

    @classmethod
    def about(cls, references: Collection[str]) -> Decisions:
        """Those about some things. Two queries, however many there are."""
        taken_at = Decision.objects.select_related("item__meeting__body")
        rows = list(taken_at.filter(about__in=list(references)))
        wanted = {*references, *(d.reference for d in rows)}
        trail: dict[str, list[AuditEvent]] = defaultdict(list)
        for event in AuditEvent.objects.filter(reference__in=wanted).order_by("sequence"):
            trail[event.reference].append(event)
        return cls(rows, trail)

    def certified(self, reference: str, settles: str) -> Decision | None:
        """The newest certified decision that allows this event now: the guard DECIDED."""
        return next(
            (d for d in self._for(reference, settles, "certified") if self._counts(d)), None
        )

    def waiting(self, reference: str, settles: str) -> Decision | None:
        """The newest decision that will allow this event once the chair certifies it."""
        return next((d for d in self._for(reference, settles, "recorded") if self._counts(d)), None)

    def spent(self, reference: str, settles: str) -> Decision | None:
        """The newest certified decision for this event that allows it no more."""
        found = self._for(reference, settles, "certified")
        return next((d for d in found if not self._counts(d)), None)

    def by_number(self, number: str) -> Decision | None:
        return next((d for d in self.rows if d.number == number), None)

    def used_at(self, decision: Decision) -> datetime | None:
        """When its event happened to the thing it was made on, after it was certified."""
        since = self._place(decision, "certify")
        if since is None or not decision.settles:
            return None
        kind = Reference.parse(decision.about).kind
        after = self._after(decision, since)
        return next((e.at for e in after if _is(e, kind, decision.settles)), None)

    def overtaken_at(self, decision: Decision) -> datetime | None:
        """When what it rests on changed, after it was recorded and before it was used."""
        since = self._place(decision, "record")
        if since is None or self.used_at(decision) is not None:
            return None
        after = self._after(decision, since)
        return next((e.at for e in after if _changes(e, decision.settles)), None)

    def _for(self, reference: str, settles: str, state: str) -> Iterator[Decision]:
        if not settles:
            return
        for d in self.rows:
            if (d.about, d.settles, d.state) != (reference, settles, state):
                continue
            from_before = d.item_id is None and state == "certified"
            if from_before or taken_with_a_quorum(d):
                yield d

    def _counts(self, decision: Decision) -> bool:
        recorded = self._place(decision, "record") is not None
        return recorded and self.used_at(decision) is None and self.overtaken_at(decision) is None

    def _after(self, decision: Decision, place: int) -> Iterator[AuditEvent]:
        return (e for e in self.trail.get(decision.about, ()) if e.sequence > place)

    def _place(self, decision: Decision, verb: str) -> int | None:
        """Where in the record a step of the decision itself stands."""
        own = self.trail.get(decision.reference, ())
        return next((e.sequence for e in own if _is(e, Decision.KIND, verb)), None)


def taken_with_a_quorum(decision: Decision) -> bool:
    """Whether a meeting took a decision that could: with a quorum, of a body that settles this."""
    if decision.item is None or not of_frozen(decision.quorum):
        return False
    return settled_by(decision.item.meeting.body, decision.settles)


def settled_by(body: Organisation, settles: str) -> bool:
    """Whether a body settles something. The forum does; any other body advises, and approves the
    minutes of its own meetings."""
    return settles in {"", "approve_minutes"} or body.kind == "forum"


def comes_after(later: Meeting, meeting: Meeting) -> bool:
    """Whether a meeting is a later one of the same body: the only kind that approves minutes."""
    return later.body_id == meeting.body_id and later.starts_at > meeting.starts_at


def _changes(event: AuditEvent, settles: str) -> bool:
    """Whether what happened to a thing changed what a decision on a step of it rests on."""
    if settles in _ON_THE_WORDS:
        return True
    if event.event in _ON_THE_TEXT.get(settles, ()):
        return True
    moved = event.details.get("from") != event.details.get("to")
    return settles.startswith(_ON_THE_STATE) and moved


def _is(event: AuditEvent, kind: str, verb: str) -> bool:
    """Whether it is this step of a thing of this kind; the verb alone may be another's."""
    return event.event.split(".")[1:] == [kind, verb]
