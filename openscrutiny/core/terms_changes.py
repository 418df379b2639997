"""What one version of the terms of reference changed of the one before, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from openscrutiny.core.bodies import Allowed, BodyTerms, Seat
from openscrutiny.core.terms import Deadlines, TermsOfReference

# What each length of time is called.
DEADLINES: Mapping[str, str] = {
    "question_acknowledgement": "Time to acknowledge a question",
    "question_answer": "Time to answer a question",
    "recommendation_response": "Time to respond to a recommendation",
    "progress_update": "Time between updates on progress",
}
BODY_LENGTHS: Mapping[str, str] = {
    "notice": "Notice of a meeting",
    "decision_note": "Time to the note of decisions",
    "draft_minutes": "Time to the draft minutes",
}
_SEAT = {
    "title": "title",
    "required": "must not stay empty",
    "voting": "votes",
    "holders": "people in it at most",
    "substitutes": "may have substitutes",
    "term_years": "years of a term (0 for no end)",
    "terms": "terms in a row at most (0 for no limit)",
}


def changes(
    before: TermsOfReference, after: TermsOfReference, *, names: Mapping[str, str]
) -> tuple[str, ...]:
    """Every difference as a sentence, none where nothing differs but version and day.

    ``names`` gives strands and areas their names.
    """
    return (
        *_whole(before, after, names),
        *_deadlines(before.deadlines, after.deadlines),
        *_organisations(before, after),
        *_bodies(before, after, names),
    )


def _whole(
    before: TermsOfReference, after: TermsOfReference, names: Mapping[str, str]
) -> Iterator[str]:
    yield from _differs("Name of the forum", before.forum, after.forum)
    yield from _differs("Parent committee", before.parent_committee, after.parent_committee)
    yield from _members("Remit", "strand", before.strands, after.strands, names)
    yield from _differs("Who is asked first", before.respondent, after.respondent)
    yield from _differs(
        "Working days before something is due soon", *_both("due_soon_days", before, after)
    )
    yield from _differs("Time zone", before.time_zone, after.time_zone)
    yield from _differs("List of bank holidays", before.holidays, after.holidays)
    old, new = ({f"{d.isoformat()} ({n})" for d, n in t.closed_days} for t in (before, after))
    yield from _members("Closed days", "day", sorted(old), sorted(new), {})
    old, new = ({f"{s.rung} on day {s.days}" for s in t.ladder} for t in (before, after))
    yield from _members("Ladder", "step", sorted(old), sorted(new), {})
    old_kinds, new_kinds = ({a.code: a.name for a in t.agencies} for t in (before, after))
    yield from _members("Kinds of agency", "kind", old_kinds, new_kinds, old_kinds | new_kinds)
    for code in [c for c in old_kinds if c in new_kinds]:
        yield from _differs("Name of a kind of agency", old_kinds[code], new_kinds[code])
    yield from _ordered("strands in the remit", before.strands, after.strands)
    yield from _ordered("kinds of agency", list(old_kinds), list(new_kinds))


def _deadlines(before: Deadlines, after: Deadlines) -> Iterator[str]:
    for key, label in DEADLINES.items():
        yield from _length(label, getattr(before, key), getattr(after, key))


def _organisations(before: TermsOfReference, after: TermsOfReference) -> Iterator[str]:
    old, new = ({o.code: o.name for o in t.organisations} for t in (before, after))
    yield from _members("Organisations", "organisation", old, new, old | new)
    kinds, now = ({o.code: o.kind for o in t.organisations} for t in (before, after))
    for code in [c for c in old if c in new]:
        yield from _differs("Name of an organisation", old[code], new[code])
        yield from _differs(f"Part of {new[code]}", kinds[code], now[code])
    yield from _ordered("organisations", list(old), list(new))


def _bodies(
    before: TermsOfReference, after: TermsOfReference, names: Mapping[str, str]
) -> Iterator[str]:
    old, new = ({b.code: b for b in t.bodies} for t in (before, after))
    called = {o.code: o.name for t in (before, after) for o in t.organisations}
    yield from _members("Bodies that meet", "body", list(old), list(new), called)
    yield from _ordered("bodies", list(old), list(new))
    agencies = {a.code: a.name for t in (before, after) for a in t.agencies}
    for code, body in new.items():
        if code in old:
            for sentence in _body(old[code], body, {**names, **agencies}):
                yield f"{called[code]}. {sentence}" if len(new) > 1 else sentence


def _body(before: BodyTerms, after: BodyTerms, names: Mapping[str, str]) -> Iterator[str]:
    yield from _differs("Quorum, voting seats", before.quorum.least, after.quorum.least)
    yield from _members(
        "Kinds of agency in the quorum",
        "kind",
        before.quorum.agencies,
        after.quorum.agencies,
        names,
    )
    yield from _differs("Meetings a year", before.meetings_a_year, after.meetings_a_year)
    yield from _differs("What carries a motion", before.voting.majority, after.voting.majority)
    yield from _differs("Casting vote", *(b.voting.casting_vote for b in (before, after)))
    yield from _differs("Accounts to", before.parent or "nobody", after.parent or "nobody")
    for key, label in BODY_LENGTHS.items():
        yield from _length(label, getattr(before, key), getattr(after, key))
    old, new = ({s.code: s for s in b.seats} for b in (before, after))
    for code in [c for c in new if c not in old]:
        yield f"Seat added: {new[code].title}."
    for code in [c for c in old if c not in new]:
        yield f"Seat removed: {old[code].title}."
    for code in [c for c in new if c in old and new[c] != old[c]]:
        yield f"Seat changed: {old[code].title} ({'; '.join(_seat(old[code], new[code], names))})."
    yield from _ordered("seats", list(old), list(new))
    kinds, now = (b.quorum.agencies for b in (before, after))
    yield from _ordered("kinds of agency in the quorum", kinds, now)


def _seat(before: Seat, after: Seat, names: Mapping[str, str]) -> Iterator[str]:
    for key, label in _SEAT.items():
        yield from (s.rstrip(".") for s in _differs(label, *_both(key, before, after)))
    kinds = (names.get(s.agency, s.agency) for s in (before, after))
    yield from (s.rstrip(".") for s in _differs("kind of agency", *kinds))
    for key, noun in (("strands", "strand"), ("areas", "area")):
        old, new = _both(key, before, after)
        yield from (s.rstrip(".") for s in _members(f"{noun}s", noun, old, new, names))
        yield from (s.rstrip(".") for s in _ordered(f"{noun}s", old, new))


def _both(key: str, before: Any, after: Any) -> tuple[Any, Any]:
    return getattr(before, key), getattr(after, key)


def _length(label: str, before: Allowed, after: Allowed) -> Iterator[str]:
    yield from _differs(label, before.term, after.term)
    if before.source != after.source:
        yield f"{label}: where it comes from is now “{after.source}”"


def _differs(label: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield f"{label}: from {_said(before)} to {_said(after)}."


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _ordered(label: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """That what stood there before stands in another order now."""
    both = set(before) & set(after)
    if [c for c in before if c in both] != [c for c in after if c in both]:
        yield f"Order of the {label}: another."


def _members(
    label: str,
    noun: str,
    before: Collection[str],
    after: Collection[str],
    names: Mapping[str, str],
) -> Iterator[str]:
    added = [names.get(c, c) for c in after if c not in before]
    gone = [names.get(c, c) for c in before if c not in after]
    if added:
        yield f"{label}: {noun} added: {', '.join(added)}."
    if gone:
        yield f"{label}: {noun} removed: {', '.join(gone)}."
