"""The meeting pack: agenda and papers in one file; the agenda as Word; letters of invitation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from openscrutiny.base.layout import area_set, banner
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import NOBODY, Held, Role, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.documents import blocks, keeping
from openscrutiny.forum.documents.binding import Original, bind, original
from openscrutiny.forum.documents.blocks import Block, Heading, Paragraph, Run, Table
from openscrutiny.forum.documents.pdf import KIND as PDF
from openscrutiny.forum.documents.typesetting import as_data, cell, typeset
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Paper, PaperVersion
from openscrutiny.forum.pages.subjects import subjects_of

_ON_THE_AGENDA = ("published", "opened", "noted", "decided", "deferred", "not_reached")
CLOSED_AGENDA = "Full agenda, with what is closed to the public: do not pass it on"
_PICTURES = (
    "Papers that came as text or as Word documents stand here as text; their pictures are replaced "
    "by their alternative text, in square brackets."
)
_ALL_TAGGED = (
    "Papers that came as PDF follow on pages of their own, with the tags they came with. Nobody "
    "has checked these tags, so this pack makes no promise to keep to PDF/UA."
)
_SOME_UNTAGGED = (
    "Papers that came as PDF follow on pages of their own: with the tags they came with, which "
    "nobody has checked, or as pictures of their pages where they came without any. Each says "
    "which it is. So this pack makes no promise to keep to PDF/UA."
)
_CLOSED, _NOT_PUBLIC = "CLOSED TO THE PUBLIC", "NOT PUBLIC"


@dataclass(frozen=True)
class PackPaper:
    """A paper in a pack. ``blocks`` is empty where its text is not shown; ``facts`` says why.

    ``mark`` stands on its pages, where what is shown of it is closed to the public. ``original`` is
    what it was handed in as, where that is bound into the pack.
    """

    heading: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    mark: str
    original: Original | None = None


@dataclass(frozen=True)
class PackItem:
    """An item with its papers. A closed item that is not shown has no text and no papers.

    ``mark`` stands on its pages, where what is shown of it is closed to the public or not public
    yet. ``about`` is what it is about: the minutes, the promises, what is to be decided upon.
    """

    position: int
    heading: str
    presenter: str
    minutes: int
    mark: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    about: tuple[Block, ...]
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

    ``closed`` makes the full one, for those who may read what is closed to the public: it holds
    what a member of the body may read, and is the same whoever asks. A fixed number of queries.
    """
    if meeting.agenda_published_at is None:
        raise NotPossible(
            "The agenda of this meeting is not published yet, so there is no pack of it.",
            "Publish the agenda first.",
        )
    items = _items(meeting)
    public = subjects_of(items, meeting, NOBODY)
    member = Standing((Held(Role.MEMBER, meeting.body.code),))
    subjects = subjects_of(items, meeting, member) if closed else public
    return Pack(
        number=meeting.number,
        title=meeting.heading,
        body=meeting.body.name,
        when=_when(meeting),
        venue=meeting.venue,
        access=meeting.access,
        full=closed,
        items=tuple(
            _pack_item(
                item,
                shown=closed,
                about=subjects[item.pk],
                open_to_all=subjects[item.pk] == public[item.pk],
            )
            for item in items
        ),
    )


def as_pdf(made: Pack) -> bytes:
    """A pack as one PDF, paginated and tagged, with the papers that came as PDF bound in."""
    papers = [paper for item in made.items for paper in item.papers if paper.original]
    originals = [
        (_place(number), paper.heading, paper.original)
        for number, paper in enumerate(papers, 1)
        if paper.original
    ]
    return bind(typeset(for_typesetting(made)), originals)


def for_typesetting(made: Pack) -> dict[str, Any]:
    """A pack as ``pack.typ`` takes it."""
    kind = "Full pack, with closed papers" if made.full else "Open pack"
    words = (
        "It holds papers that are closed to the public, and what is not public yet; each of these "
        "pages says so. Do not pass it on, and keep it where others cannot read it."
        if made.full
        else "It holds what everybody may read. What is closed is named with its ground."
    )
    return {
        "title": made.title,
        "running": _short(made.title, 60),
        "subtitle": _short(made.subtitle, 90),
        "body": made.body,
        "when": made.when,
        "banner": banner(area_set()),
        "kind": kind,
        "kind_words": words,
        "facts": [line for line in (made.venue, made.access) if line],
        "notes": _notes(made),
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
        "parts": list(_all_parts(made)),
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
        found += [_below(block, 2) for block in item.about]
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


def _pack_item(
    item: AgendaItem, *, shown: bool, about: tuple[Block, ...], open_to_all: bool
) -> PackItem:
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
        mark=_CLOSED if item.closed and shown else "" if open_to_all else _NOT_PUBLIC,
        facts=tuple(facts),
        blocks=() if hidden else blocks.of_text(item.text),
        about=() if hidden else about,
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
            "",
        )
    newest = next(iter(paper.versions.all()), None)
    facts = [f"A paper of {paper.owner.name}{_version_words(newest)}."]
    if paper.late_reason:
        facts.append(f"It came late. The chair allowed it: {paper.late_reason}")
    if paper.tabled_because:
        facts.append(f"It was tabled at the meeting, because: {paper.tabled_because}")
    text = blocks.parse(newest.html) if newest and newest.html else ()
    handed_in = _original(newest) if newest else None
    if handed_in:
        facts.append(_handed_in(handed_in))
    elif newest and not text:
        facts.append(f"Its file cannot be put into a pack. Its page is {paper.href}.")
    mark = _CLOSED if closed else ""
    heading = f"Paper {paper.number}: {paper.heading}"
    return PackPaper(heading, tuple(facts), text, mark, handed_in)


def _original(version: PaperVersion) -> Original | None:
    """The PDF a version came as, if it did and can be bound in: the copy that may be given away."""
    if version.file_type != PDF or not version.file_hash:
        return None
    try:
        return original(keeping.copy_of(version.file_hash))
    except LookupError:
        return None


def _handed_in(one: Original) -> str:
    pages = "1 page follows" if one.pages == 1 else f"{one.pages} pages follow"
    how = (
        "with the tags they came with"
        if one.tagged
        else "as pictures: they came without tags, so they cannot be read aloud. Ask the "
        "secretariat for the text"
    )
    return f"It was handed in as a PDF. Its {pages} here, {how}."


def _version_words(newest: PaperVersion | None) -> str:
    if newest is None or newest.version == 1:
        return ""
    changed = f": {newest.changed_because.rstrip('.')}" if newest.changed_because else ""
    return f", version {newest.version}{changed}"


def _papers_named(item: PackItem) -> str:
    return "".join(f"\n{paper.heading}" for paper in item.papers)


def _notes(made: Pack) -> list[str]:
    """What is said of the pack itself on its first page."""
    handed_in = [p.original for item in made.items for p in item.papers if p.original]
    if not handed_in:
        return [_PICTURES]
    return [_PICTURES, _ALL_TAGGED if all(o.tagged for o in handed_in) else _SOME_UNTAGGED]


def _place(number: int) -> str:
    """The name of the place after which the pages of a paper are bound in."""
    return f"original-{number}"


def _below(block: Block, levels: int) -> Block:
    return replace(block, level=block.level + levels) if isinstance(block, Heading) else block


def _all_parts(made: Pack) -> Iterator[dict[str, Any]]:
    """The items and papers in their order, for the typesetter."""
    bound = count(1)
    for item in made.items:
        running = f"Item {item.position}"
        title = f"{item.position}. {item.heading}"
        text = (*item.blocks, *item.about)
        yield _part(1, title, running, item.facts, text, mark=item.mark)
        for paper in item.papers:
            part = _part(2, paper.heading, f"{running}, {paper.heading}", paper.facts,
                         paper.blocks, mark=paper.mark)  # fmt: skip
            if paper.original:
                part |= {"pages": paper.original.pages, "place": _place(next(bound))}
            yield part


def _part(
    level: int,
    heading: str,
    running: str,
    facts: Sequence[str],
    text: Sequence[Block],
    *,
    mark: str,
) -> dict[str, Any]:
    return {
        "level": level,
        "heading": heading,
        "running": _short(running),
        "mark": mark,
        "facts": list(facts),
        "blocks": as_data(text),
        "pages": 0,
        "place": "",
    }


def _short(words: str, most: int = 70) -> str:
    """Words for the head or the foot of a page, which has one line."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
