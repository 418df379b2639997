"""What items of an agenda are about, as text for a pack: minutes, promises, what is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from openscrutiny.base.thread import Passage, described, kinds, texts_of
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.documents import blocks
from openscrutiny.forum.documents.blocks import Block, Heading, Paragraph, Run, Table
from openscrutiny.forum.documents.minutes import DRAFT
from openscrutiny.forum.models import ActionPoint, AgendaItem, Meeting, MinutesVersion
from openscrutiny.forum.pages.agenda_items import open_actions
from openscrutiny.forum.pages.minutes import blocks_for, may_read

_NOT_PUBLIC = "What this item is about is not public. The members of the body can read it."
_NO_PROMISES = "No action and no undertaking of an earlier meeting is open."


def subjects_of(
    items: Sequence[AgendaItem], meeting: Meeting, standing: Standing
) -> Mapping[int, tuple[Block, ...]]:
    """What each item of a meeting is about, as far as a person may read it, by the item's key.

    The minutes it is to approve, the promises that are still open, and the words of the question,
    recommendation or other thing it is about. A fixed number of queries.
    """
    references = dict.fromkeys(i.about for i in items if i.about)
    said = {**_minutes(references, standing), **_things(references, standing)}
    promises = _promises(meeting, standing) if any(map(is_of_promises, items)) else ()
    return {
        i.pk: promises if is_of_promises(i) else said.get(i.about, _unread(i.about)) for i in items
    }


def is_of_promises(item: AgendaItem) -> bool:
    """Whether an item is the one under which open actions and undertakings are gone through."""
    return item.section == "arising" and not item.about and item.deferred_from_id is None


def _unread(reference: str) -> tuple[Block, ...]:
    return (_line(_NOT_PUBLIC),) if reference else ()


def _minutes(references: Iterable[str], standing: Standing) -> Mapping[str, tuple[Block, ...]]:
    """The newest minutes of the meetings among some things. Two queries."""
    numbers = [r.partition(":")[2] for r in references if r.startswith(f"{Meeting.KIND}:")]
    meetings = {m.pk: m for m in Meeting.objects.filter(number__in=numbers).select_related("body")}
    found = {}
    versions = MinutesVersion.objects.filter(meeting__in=meetings).order_by("version")
    for version in versions.select_related("meeting__body"):
        if may_read(version.meeting, standing):
            found[version.meeting.reference] = version
    return {
        reference: _under(
            f"Minutes: {version.meeting.heading}",
            (
                *(() if version.meeting.state == "approved" else (_line(f"{DRAFT}.", bold=True),)),
                *blocks_for(version, standing, newest=False),
            ),
        )
        for reference, version in found.items()
    }


def _things(references: Iterable[str], standing: Standing) -> Mapping[str, tuple[Block, ...]]:
    """The words of what stands on the thread, each under its kind, number and title."""
    others = [r for r in references if not r.startswith(f"{Meeting.KIND}:")]
    named = described(others, standing=standing)
    passages = texts_of(named, standing=standing)
    found = {}
    for reference, thing in named.items():
        kind, _, number = reference.partition(":")
        label = kinds()[kind].label
        # What nobody numbered, such as a finding, has a name that nobody would look up.
        heading = f"{label} {number}" if number[:4].isdigit() and "-" in number else label
        said: list[Block] = [_line(thing.title, bold=True)] if thing.title else []
        if thing.state:
            said.append(_line(f"It stands: {thing.state}."))
        for passage in passages.get(reference, ()):
            said += _passage(passage)
        found[reference] = _under(heading, said)
    return found


def _passage(passage: Passage) -> tuple[Block, ...]:
    """A passage with its label before its first words, so that no page ends with a label."""
    first, *rest = blocks.of_text(passage.text)
    assert isinstance(first, Paragraph)
    return (Paragraph((Run(f"{passage.label}: ", bold=True), *first.runs)), *rest)


def _promises(meeting: Meeting, standing: Standing) -> tuple[Block, ...]:
    """The open actions and undertakings of the body as a table, and how many are not shown."""
    rows = list(open_actions(meeting))
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    shown = {} if own else described((a.reference for a in rows), standing=standing)
    seen = [a for a in rows if own or a.reference in shown]
    found: list[Block] = []
    if seen:
        header = tuple((Run(w),) for w in ("What was promised", "By whom", "By when", "It stands"))
        found.append(
            Table(
                header, tuple(tuple((Run(v),) for v in _promise(a)) for a in seen), "Open promises"
            )
        )
    if hidden := len(rows) - len(seen):
        verb = "is" if hidden == 1 else "are"
        found.append(_line(f"{hidden} of {len(rows)} {verb} not public."))
    return tuple(found) or (_line(_NO_PROMISES),)


def _promise(one: ActionPoint) -> tuple[str, str, str, str]:
    day = in_words(one.carried_to or one.due_on)
    if one.carried_to:
        day = f"{day}, first promised for {in_words(one.due_on)}"
    return (
        f"{one.get_sort_display()} {one.number}: {one.text}",
        one.owner.name,
        day,
        one.state_in_words,
    )


def _under(heading: str, said: Sequence[Block]) -> tuple[Block, ...]:
    """Some blocks under a heading of their own; their own headings are below that one."""
    lower = (replace(b, level=b.level + 1) if isinstance(b, Heading) else b for b in said)
    return (Heading(1, (Run(heading),)), *lower)


def _line(text: str, *, bold: bool = False) -> Paragraph:
    return Paragraph((Run(text, bold=bold),))
