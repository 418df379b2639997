"""An agenda as a person may see it: its sections, its items, and building it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from openscrutiny.base.access import standing_of
from openscrutiny.base.thread import Described, described
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models import AgendaItem, Interest, Meeting, Paper
from openscrutiny.forum.pages.reasons import reasons_of
from openscrutiny.forum.services.agenda import UNSEEN
from openscrutiny.warehouse.definitions import taxonomy

# What is said of an item where nothing in particular has become of it.
_ORDINARY = ("scheduled", "published")


@dataclass(frozen=True)
class PaperLine:
    """A paper under an item. ``state`` is empty for a published one, ``tabled`` says why one was
    taken at the meeting itself."""

    heading: str
    href: str
    state: str
    tabled: str = ""


@dataclass(frozen=True)
class Declared:
    """An interest somebody declared in one item."""

    who: str
    text: str


@dataclass(frozen=True)
class AgendaLine:
    """An item on an agenda. ``inside`` is what a closed one is called, for who may read it.

    ``state`` and ``reason`` say what became of it, where anything did. ``first`` and ``last`` say
    whether it can be moved no further in its section. ``interests`` are for who may read them.
    """

    position: int
    number: str
    href: str
    heading: str
    inside: str
    presenter: str
    minutes: int
    strands: tuple[str, ...]
    about: str
    about_href: str
    state: str
    reason: str
    late_reason: str
    closed: bool
    ground: str
    public_interest: str
    papers: tuple[PaperLine, ...]
    interests: tuple[Declared, ...]
    revision: int
    first: bool = True
    last: bool = True


@dataclass(frozen=True)
class AgendaSection:
    """One section of an agenda, with its items in order."""

    name: str
    lines: tuple[AgendaLine, ...]


@dataclass(frozen=True)
class BuildingPage:
    """Building an agenda: what is on it, what was proposed for it, and how long it takes.

    ``over`` is by how many minutes the items take longer than the meeting; 0 where they fit.
    """

    number: str
    heading: str
    meeting_href: str
    starts_at: datetime
    published: bool
    sections: tuple[AgendaSection, ...]
    proposed: tuple[AgendaLine, ...]
    minutes: int
    minutes_there_are: int
    revision: int

    @property
    def over(self) -> int:
        return max(0, self.minutes - self.minutes_there_are)


def agenda_of(meeting: Meeting, *, standing: Standing) -> tuple[AgendaSection, ...]:
    """The agenda by sections. Before it is published it is for the body alone. Five queries."""
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    items = list(meeting.items.on_the_agenda().prefetch_related("papers"))
    shown = [i for i in items if own or i.state not in UNSEEN]
    lines = _lines(shown, standing=standing, own=own)
    return _sections(shown, lines)


def building_page(meeting: Meeting, *, by: Any) -> BuildingPage:
    """The page on which the secretariat builds an agenda."""
    standing = standing_of(by)
    proposed = list(meeting.items.filter(state="proposed").prefetch_related("papers"))
    sections = agenda_of(meeting, standing=standing)
    return BuildingPage(
        number=meeting.number,
        heading=meeting.heading,
        meeting_href=meeting.href,
        starts_at=meeting.starts_at,
        published=meeting.state != "planned",
        sections=sections,
        proposed=tuple(_lines(proposed, standing=standing, own=True)),
        minutes=sum(line.minutes for section in sections for line in section.lines),
        minutes_there_are=int((meeting.ends_at - meeting.starts_at).total_seconds() // 60),
        revision=meeting.revision,
    )


def strand_names(codes: Sequence[str]) -> tuple[str, ...]:
    """What strands are called, in their order; a code that is known no more stands for itself."""
    known = set(taxonomy().codes)
    return tuple(taxonomy()[c].label if c in known else c for c in codes)


def papers_of(item: AgendaItem, *, own: bool) -> tuple[PaperLine, ...]:
    """The papers under an item that a person may see: open, published ones, or all but withdrawn.

    Papers are expected to be fetched with the item.
    """
    papers = sorted(item.papers.all(), key=lambda p: p.pk)
    return tuple(
        PaperLine(
            p.heading,
            p.href,
            "" if p.state == "published" else p.state_in_words,
            p.tabled_because,
        )
        for p in papers
        if (p.state != "withdrawn" if own else _open(p) and not item.closed)
    )


def _open(paper: Paper) -> bool:
    return paper.state == "published" and not paper.closed


def _lines(items: Sequence[AgendaItem], *, standing: Standing, own: bool) -> list[AgendaLine]:
    things = described((i.about for i in items if i.about), standing=standing)
    reasons = reasons_of(items) if items else {}
    declared = interests_in(items, standing=standing)
    return [
        _line(
            i,
            things.get(i.about),
            reasons.get(i.reference, ""),
            declared.get(i.pk, ()),
            own=own,
        )
        for i in items
    ]


def interests_in(
    items: Sequence[AgendaItem], *, standing: Standing
) -> Mapping[int, tuple[Declared, ...]]:
    """What was declared in some items of one meeting, by item, for who may read it. One query.

    Of a closed item, and before the agenda is out, that is the body alone.
    """
    body = items[0].meeting.concerning if items else ()
    if not may(standing, Action.READ_INTERESTS, concerning=body):
        return {}
    own = may(standing, Action.READ_MEETING, concerning=body)
    found: dict[int, tuple[Declared, ...]] = {}
    shown = [i.pk for i in items if own or open_to_readers(i)]
    rows = Interest.objects.filter(item__in=shown).order_by("declared_at", "pk")
    for one in rows.select_related("person"):
        item = one.item_id or 0
        found[item] = (*found.get(item, ()), Declared(one.person.name, one.text))
    return found


def open_to_readers(item: AgendaItem) -> bool:
    """Whether what is said of an item may be read outside its body."""
    out = item.meeting.agenda_published_at is not None
    return out and not item.closed and item.state not in UNSEEN


def _line(
    item: AgendaItem,
    about: Described | None,
    reason: str,
    interests: tuple[Declared, ...],
    *,
    own: bool,
) -> AgendaLine:
    open_to_all = not item.closed
    seen = own or open_to_all
    return AgendaLine(
        position=item.position,
        number=item.number,
        href=item.href,
        heading=item.heading,
        inside=item.closed_heading if own else "",
        presenter=item.presenter if seen else "",
        minutes=item.minutes_planned if item.state in (*_ORDINARY, "proposed", "opened") else 0,
        strands=strand_names(item.strands) if seen else (),
        about=about.title if about and seen else "",
        about_href=about.href if about and seen else "",
        state="" if item.state in _ORDINARY else item.state_in_words,
        reason=reason,
        late_reason=item.late_reason,
        closed=item.closed,
        ground=item.get_exemption_display() if item.closed else "",
        public_interest=item.public_interest if item.closed else "",
        papers=papers_of(item, own=own),
        interests=interests,
        revision=item.revision,
    )


def _sections(
    items: Sequence[AgendaItem], lines: Sequence[AgendaLine]
) -> tuple[AgendaSection, ...]:
    found = []
    for section in AgendaItem.Section:
        mine = [line for i, line in zip(items, lines, strict=True) if i.section == section.value]
        placed = tuple(
            _placed(line, first=n == 0, last=n == len(mine) - 1) for n, line in enumerate(mine)
        )
        if placed:
            found.append(AgendaSection(str(section.label), placed))
    return tuple(found)


def _placed(line: AgendaLine, *, first: bool, last: bool) -> AgendaLine:
    return AgendaLine(**{**vars(line), "first": first, "last": last})


def when_words(meeting: Meeting) -> str:
    """``Tuesday 6 October 2026, 14:00 to 16:00``, as the clocks on the wall show it."""
    starts, ends = (timezone.localtime(m) for m in (meeting.starts_at, meeting.ends_at))
    return f"{starts:%A} {starts.day} {starts:%B %Y}, {starts:%H:%M} to {ends:%H:%M}"
