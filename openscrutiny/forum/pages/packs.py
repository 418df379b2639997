"""The meeting pack: agenda and papers in one file; the agenda as Word; letters of invitation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from openscrutiny.base.layout import area_set, banner
from openscrutiny.core.calendar import in_words
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.documents import blocks
from openscrutiny.forum.documents.blocks import Block, Heading, Paragraph, Run, Table
from openscrutiny.forum.documents.typesetting import as_data, cell
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Paper, PaperVersion

_ON_THE_AGENDA = ("published", "opened", "noted", "decided", "deferred", "not_reached")
CLOSED_AGENDA = "Full agenda, with what is closed to the public: do not pass it on"
_PICTURES = (
    "Pictures of the papers are replaced by their alternative text, in square brackets. Where a "
    "paper was handed in as a PDF alone, its page and its file are named instead."
)


@dataclass(frozen=True)
class PackPaper:
    """A paper in a pack. ``blocks`` is empty where its text is not shown; ``facts`` says why.

    ``marked`` says that what is shown of it is closed to the public.
    """

    heading: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    marked: bool


@dataclass(frozen=True)
class PackItem:
    """An item with its papers. A closed item that is not shown has no text and no papers.

    ``marked`` says that what is shown of it is closed to the public: its heading is.
    """

    position: int
    heading: str
    presenter: str
    minutes: int
    marked: bool
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    papers: tuple[PackPaper, ...]


@dataclass(frozen=True)
class Pack:
    """A meeting pack: the open one for everybody, or the full one with what is closed."""

    number: str
    title: str
    body: str
    when: str
    venue: str
    access: str
    full: bool
    items: tuple[PackItem, ...]

    @property
    def subtitle(self) -> str:
        return f"{self.body}, meeting {self.number}"


def pack(meeting: Meeting, *, closed: bool) -> Pack:
    """The pack of a meeting whose agenda is published; NotPossible before.

    ``closed`` makes the full one, for those who may read what is closed to the public. A fixed
    number of queries.
    """
    if meeting.agenda_published_at is None:
        raise NotPossible(
            "The agenda of this meeting is not published yet, so there is no pack of it.",
            "Publish the agenda first.",
        )
    return Pack(
        number=meeting.number,
        title=meeting.heading,
        body=meeting.body.name,
        when=_when(meeting),
        venue=meeting.venue,
        access=meeting.access,
        full=closed,
        items=tuple(_pack_item(item, shown=closed) for item in _items(meeting)),
    )


def for_typesetting(made: Pack) -> dict[str, Any]:
    """A pack as ``pack.typ`` takes it."""
    kind = "Full pack, with closed papers" if made.full else "Open pack"
    words = (
        "It holds papers that are closed to the public; each of their pages says so. Do not pass "
        "it on, and keep it where others cannot read it."
        if made.full
        else "It holds what everybody may read. What is closed is named with its ground."
    )
    return {
        "title": made.title,
        "subtitle": made.subtitle,
        "body": made.body,
        "when": made.when,
        "banner": banner(area_set()),
        "kind": kind,
        "kind_words": words,
        "facts": [line for line in (made.venue, made.access) if line],
        "notes": [_PICTURES],
        "agenda": {
            "header": [cell(w) for w in ("No.", "Item", "Presented by", "Minutes")],
            "rows": [
                [
                    cell(str(i.position)),
                    cell(i.heading + _papers_named(i)),
                    cell(i.presenter),
                    cell(str(i.minutes)),
                ]
                for i in made.items
            ],
        },
        "parts": [part for item in made.items for part in _parts(item)],
    }


def agenda_blocks(made: Pack) -> tuple[Block, ...]:
    """The agenda as blocks, for Word: where and when, what comes up, what each item is about."""
    columns = tuple((Run(w),) for w in ("No.", "Item", "Presented by", "Minutes"))
    rows = tuple(
        tuple((Run(v),) if v else () for v in
              (str(i.position), i.heading, i.presenter, str(i.minutes)))
        for i in made.items
    )  # fmt: skip
    found: list[Block] = [
        Paragraph((Run(f"{made.body}, {made.when}, {made.venue}."),)),
        *blocks.of_text(made.access),
        Heading(1, (Run("Agenda"),)),
        Table(columns, rows),
    ]
    for item in made.items:
        found.append(Heading(2, (Run(f"{item.position}. {item.heading}"),)))
        found += [Paragraph((Run(fact),)) for fact in item.facts]
        found += item.blocks
        found += [Paragraph((Run(f"Paper: {paper.heading}"),)) for paper in item.papers]
    return tuple(found)


def invitations(meeting: Meeting) -> tuple[tuple[Block, ...], ...]:
    """A letter to each person who is invited: name, postal address, when and where. Two queries."""
    invited = meeting.attendances.select_related("person").filter(
        capacity__in=(Attendance.Capacity.SEAT, Attendance.Capacity.SUBSTITUTE)
    )
    return tuple(_letter(meeting, one) for one in invited.order_by("person__name", "id"))


def _letter(meeting: Meeting, to: Attendance) -> tuple[Block, ...]:
    person = to.person
    address = "\n".join([person.name, *person.postal_address.splitlines()])
    return (
        Paragraph((Run(address),)),
        Heading(1, (Run(f"Invitation: {meeting.heading}"),)),
        Paragraph((Run(f"Dear {person.name},"),)),
        Paragraph(
            (Run(f"You are invited to the meeting of {meeting.body.name} on {_when(meeting)}, "
                 f"{meeting.venue}."),)
        ),
        *blocks.of_text(meeting.access),
        *blocks.of_text(meeting.joining),
        Paragraph(
            (Run("Please let the secretariat know whether you will come, whether somebody comes in "
                 "your place, and what you need to take part."),)
        ),
        Paragraph((Run("The secretariat"),)),
    )  # fmt: skip


def _when(meeting: Meeting) -> str:
    begins, ends = (timezone.localtime(m) for m in (meeting.starts_at, meeting.ends_at))
    return f"{in_words(begins.date())}, {begins:%H:%M} to {ends:%H:%M}"


def _items(meeting: Meeting) -> Sequence[AgendaItem]:
    papers = (
        Paper.objects.filter(state="published")
        .select_related("owner")
        .prefetch_related(Prefetch("versions", PaperVersion.objects.order_by("-version")))
        .order_by("id")
    )
    items = meeting.items.filter(state__in=_ON_THE_AGENDA).order_by("position", "id")
    return list(items.prefetch_related(Prefetch("papers", papers)))


def _pack_item(item: AgendaItem, *, shown: bool) -> PackItem:
    hidden = item.closed and not shown
    facts = []
    if item.closed:
        facts.append(
            f"Closed to the public. Ground {item.get_exemption_display()}. {item.public_interest}"
        )
    if item.late_reason:
        facts.append(f"A late item. The chair allowed it: {item.late_reason}")
    return PackItem(
        position=item.position,
        heading="Closed to the public" if hidden else item.heading,
        presenter="" if hidden else item.presenter,
        minutes=item.minutes_planned,
        marked=item.closed and shown,
        facts=tuple(facts),
        blocks=() if hidden else blocks.of_text(item.text),
        papers=() if hidden else tuple(_pack_paper(p, item, shown) for p in item.papers.all()),
    )


def _pack_paper(paper: Paper, item: AgendaItem, shown: bool) -> PackPaper:
    closed = paper.closed or item.closed
    if closed and not shown:
        ground = f"Ground {paper.get_exemption_display()}. {paper.public_interest}"
        return PackPaper(
            f"Paper {paper.number}: closed to the public",
            (f"A paper of {paper.owner.name}, closed to the public. {ground}",),
            (),
            False,
        )
    newest = next(iter(paper.versions.all()), None)
    facts = [f"A paper of {paper.owner.name}{_version_words(newest)}."]
    if paper.late_reason:
        facts.append(f"It came late. The chair allowed it: {paper.late_reason}")
    text = blocks.parse(newest.html) if newest and newest.html else ()
    if newest and not text:
        pages = f" of {newest.pages} pages" if newest.pages else ""
        facts.append(f"It was handed in as a file{pages}, which can be had from {paper.href}.")
    return PackPaper(f"Paper {paper.number}: {paper.heading}", tuple(facts), text, closed)


def _version_words(newest: PaperVersion | None) -> str:
    if newest is None or newest.version == 1:
        return ""
    changed = f": {newest.changed_because.rstrip('.')}" if newest.changed_because else ""
    return f", version {newest.version}{changed}"


def _papers_named(item: PackItem) -> str:
    return "".join(f"\n{paper.heading}" for paper in item.papers)


def _parts(item: PackItem) -> Iterator[dict[str, Any]]:
    running = f"Item {item.position}"
    title = f"{item.position}. {item.heading}"
    yield _part(1, title, running, item.facts, item.blocks, marked=item.marked)
    for paper in item.papers:
        yield _part(2, paper.heading, f"{running}, {paper.heading}", paper.facts, paper.blocks,
                    marked=paper.marked)  # fmt: skip


def _part(
    level: int,
    heading: str,
    running: str,
    facts: Sequence[str],
    text: Sequence[Block],
    *,
    marked: bool,
) -> dict[str, Any]:
    return {
        "level": level,
        "heading": heading,
        "running": running if len(running) <= 70 else f"{running[:69]}…",
        "mark": "CLOSED TO THE PUBLIC" if marked else "",
        "facts": list(facts),
        "blocks": as_data(text),
    }
