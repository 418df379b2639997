"""The thread: what led to what, from the published file to the public account, walkable both ways.

Services write links. ``config`` registers for each kind of thing who describes it and who may see
it, so that any page can show the whole thread without knowing the apps above it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from openscrutiny.base.models import Counter, Link
from openscrutiny.core.permits import NOBODY, Action, Standing, may

_NOT_PUBLIC = "Not public"


@dataclass(frozen=True)
class Reference:
    """The permanent name of one thing: its kind and its number, written ``kind:number``."""

    kind: str
    number: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """ValueError where the text is not ``kind:number``."""
        kind, colon, number = text.partition(":")
        if not (kind and colon and number):
            raise ValueError(f"“{text}” is not a reference. Write it as question:2026-001.")
        return cls(kind, number)

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True)
class Described:
    """What its app says of one thing.

    ``visible`` says whether the person who asks may see it. ``warning`` is a sentence that every
    page resting on the thing must show. ``public`` is what a live publication tells of: each
    reference with its title as published, which anybody may read there. ``concerning`` are the
    codes of the organisations it was put to: who belongs to one judges nothing of it. ``in_mail``
    is what mail may call it besides its number: only where everybody may read that. ``places`` says
    of some events where what they tell of is read, if not on its own page.
    """

    title: str
    href: str
    state: str = ""
    visible: bool = True
    warning: str = ""
    public: Mapping[str, str] = field(default_factory=dict)
    concerning: tuple[str, ...] = ()
    in_mail: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def place_of(self, event: str) -> str:
        """Where somebody who was told of an event reads about it."""
        return self.places.get(event, self.href)


@dataclass(frozen=True)
class Passage:
    """A piece of what a thing says, as somebody wrote it, and what it is in a few words."""

    label: str
    text: str


@dataclass(frozen=True)
class Kind:
    """One kind of thing on the thread.

    ``describe`` takes the numbers of some things and the person's standing and describes those it
    knows, in a fixed number of queries. ``upstream`` takes numbers too and gives what each came
    from by its nature: a finding nobody has taken up rests on its batches, a decision on what it
    was made about. ``text`` gives what the things of some numbers say, for documents
    that have to be understood where there are no pages; it is asked only of what may be seen.
    """

    name: str
    label: str
    describe: Callable[[Sequence[str], Standing], Mapping[str, Described]]
    upstream: Callable[[Sequence[str]], Mapping[str, Sequence[str]]] | None = None
    text: Callable[[Sequence[str]], Mapping[str, Sequence[Passage]]] | None = None


@dataclass(frozen=True)
class Step:
    """One thing on the thread as a person may see it. ``href`` is empty where there is no page."""

    reference: str
    label: str
    title: str
    href: str
    state: str
    at: datetime | None
    here: bool
    warning: str = ""


@dataclass(frozen=True)
class Next:
    """Something a person may do from here that belongs to an app above: a link to its page."""

    label: str
    href: str


@dataclass(frozen=True)
class Thread:
    """Everything that led to a thing and everything it led to, in the order of the chain.

    ``hidden`` counts what this person may not see, for those who may know that there is anything at
    all, and is 0 for others; ``warnings`` concern what the thing rests on;
    ``next`` is what the person may do from here.
    """

    reference: str
    steps: tuple[Step, ...]
    hidden: int
    warnings: tuple[str, ...]
    next: tuple[Next, ...] = ()

    @property
    def href(self) -> str:
        return f"/thread/{self.reference}/"

    @property
    def open(self) -> bool:
        """Whether this person may know of the thing at all."""
        return any(s.here and s.title != _NOT_PUBLIC for s in self.steps)

    @property
    def before(self) -> tuple[Step, ...]:
        return self.steps[: self._at]

    @property
    def after(self) -> tuple[Step, ...]:
        return self.steps[self._at + 1 :]

    @property
    def _at(self) -> int:
        return next((i for i, s in enumerate(self.steps) if s.here), len(self.steps))


@cache
def kinds() -> Mapping[str, Kind]:
    """Every registered kind by name, in the order of the chain."""
    registered: Sequence[Kind] = import_string(settings.THREAD_KINDS)
    return {kind.name: kind for kind in registered}


@cache
def next_steps() -> Mapping[str, Sequence[Callable[[str, Standing], Sequence[Next]]]]:
    """For each kind by name, who says what may be done from a thing of that kind."""
    registered: Mapping[str, Sequence[Callable[[str, Standing], Sequence[Next]]]]
    registered = import_string(settings.THREAD_NEXT)
    return registered


def link(from_ref: str, to_ref: str, *, kind: str, by: int | None, now: datetime) -> None:
    """Write one step of the thread; writing it again changes nothing."""
    Link.objects.bulk_create(
        [Link(from_ref=from_ref, to_ref=to_ref, kind=kind, at=now, by=by)], ignore_conflicts=True
    )


def next_number(kind: str, *, now: datetime) -> str:
    """A new permanent number such as 2026-014. Call it inside the transaction that uses it."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A number belongs to a transaction.")
    Counter.objects.bulk_create([Counter(kind=kind, year=now.year)], ignore_conflicts=True)
    counter = Counter.objects.select_for_update().get(kind=kind, year=now.year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{now.year}-{counter.last:03d}"


def links_of(*references: str) -> list[Link]:
    """Every link on the way to things and on the ways from the first, oldest first. One query."""
    begin = " UNION ".join(["SELECT CAST(%s AS varchar(160))"] * len(references))
    walk = f"""
        WITH RECURSIVE
        starts(ref) AS ({begin}),
        up(ref) AS (SELECT ref FROM starts
            UNION SELECT l.from_ref FROM base_link l JOIN up ON l.to_ref = up.ref),
        down(ref) AS (SELECT CAST(%s AS varchar(160))
            UNION SELECT l.to_ref FROM base_link l JOIN down ON l.from_ref = down.ref)
        SELECT * FROM base_link
        WHERE to_ref IN (SELECT ref FROM up) OR from_ref IN (SELECT ref FROM down)
        ORDER BY at, id
    """
    return list(Link.objects.raw(walk, [*references, references[0]]))


def thread_of(reference: str, *, standing: Standing, ends: Collection[str] = ()) -> Thread:
    """The thread through one thing, as far as a person may see it.

    It ends at other things of the kinds in ``ends``: what lies behind those is theirs alone.

    Queries: one, and those of the kinds that occur on it. What a live publication tells of may be
    read by everybody, so it is shown with its address there. ValueError for what is no reference.
    """
    here = Reference.parse(reference)
    unwritten = _unwritten([reference])
    written = links_of(reference, *(source for source, _ in unwritten))
    edges = [*unwritten, *((row.from_ref, row.to_ref) for row in written)]
    if ends:
        edges = _as_far_as(ends, reference, edges)
    references = dict.fromkeys([reference, *(ref for edge in edges for ref in edge)])
    things = _described(references, standing)
    public = _published_at(things)
    arrived = {row.to_ref: row.at for row in reversed(written) if not _derived(row.to_ref)}
    seen = [
        _step(ref, said, public.get(ref), arrived.get(ref), here=ref == reference)
        for ref, said in things.items()
        if said.visible or ref in public or ref == reference
    ]
    rested_on = _upstream(reference, edges)
    warnings = (s.warning for s in seen if s.warning and s.reference in rested_on)
    order = list(kinds())
    seen.sort(key=lambda s: (order.index(Reference.parse(s.reference).kind), s.reference))
    return Thread(
        reference,
        tuple(seen),
        len(things) - len(seen) if may(standing, Action.READ_ENQUIRY) else 0,
        tuple(dict.fromkeys(warnings)),
        tuple(n for offer in next_steps().get(here.kind, ()) for n in offer(here.number, standing)),
    )


def described(references: Iterable[str], *, standing: Standing) -> dict[str, Described]:
    """What may be said to a person of some things by reference; a fixed number of queries."""
    said = _described(dict.fromkeys(references), standing)
    return {reference: one for reference, one in said.items() if one.visible}


def texts_of(references: Iterable[str], *, standing: Standing) -> dict[str, tuple[Passage, ...]]:
    """What some things say, as far as a person may see them, for the kinds that have words.

    Passages without text are left out. A fixed number of queries for each kind.
    """
    seen = described(references, standing=standing)
    return {
        f"{kind}:{number}": tuple(p for p in said if p.text.strip())
        for kind, numbers in _by_kind(seen).items()
        if (text := kinds()[kind].text)
        for number, said in text(numbers).items()
    }


def concerned(references: Iterable[str]) -> frozenset[str]:
    """Codes of the organisations that some things were put to, whoever asks: to refuse by, never to
    show. A fixed number of queries."""
    said = _described(dict.fromkeys(references), NOBODY)
    return frozenset(code for one in said.values() for code in one.concerning)


def places_of(told: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Where each event of a thing is read, whoever may read it: ``told`` holds references and
    events. A query for each kind."""
    wanted = list(told)
    said = _described(dict.fromkeys(reference for reference, _ in wanted), NOBODY)
    return {
        (reference, event): said[reference].place_of(event)
        for reference, event in wanted
        if reference in said and said[reference].href
    }


def called_in_mail(references: Iterable[str]) -> dict[str, str]:
    """What mail may call some things, where everybody may read it. A query for each kind."""
    said = described(references, standing=NOBODY)
    return {reference: one.in_mail for reference, one in said.items() if one.in_mail}


def warned(references: Iterable[str], *, standing: Standing) -> frozenset[str]:
    """Those of some things that rest on something with a warning, as far as a person may see it.

    For lists: however many things, one query for links, and a fixed number for each kind on them.
    """
    asked = list(dict.fromkeys(references))
    if not asked:
        return frozenset()
    unwritten = _unwritten(asked)
    starts = dict.fromkeys([*asked, *(source for source, _ in unwritten)])
    up = f"""
        WITH RECURSIVE
        starts(ref) AS (VALUES {", ".join(["(CAST(%s AS varchar(160)))"] * len(starts))}),
        up(ref) AS (SELECT ref FROM starts
            UNION SELECT l.from_ref FROM base_link l JOIN up ON l.to_ref = up.ref)
        SELECT * FROM base_link WHERE to_ref IN (SELECT ref FROM up)
    """
    written = [(row.from_ref, row.to_ref) for row in Link.objects.raw(up, list(starts))]
    edges = [*unwritten, *written]
    everything = dict.fromkeys([*asked, *(ref for edge in edges for ref in edge)])
    things = described(everything, standing=standing)
    doubtful = {ref for ref, said in things.items() if said.warning}
    return frozenset(ref for ref in asked if _upstream(ref, edges) & doubtful)


def _unwritten(references: Iterable[str]) -> list[tuple[str, str]]:
    """What things came from by their own nature, step by step, whether a link says so or not."""
    edges: list[tuple[str, str]] = []
    known: set[str] = set()
    waiting = set(references)
    while waiting:
        known |= waiting
        found = [
            (source, f"{kind}:{number}")
            for kind, numbers in _by_kind(waiting).items()
            if (upstream := kinds()[kind].upstream)
            for number, sources in upstream(numbers).items()
            for source in sources
        ]
        edges += found
        waiting = {source for source, _ in found} - known
    return edges


def _derived(reference: str) -> bool:
    """Whether a thing came from others by its nature, so that the day of a link says nothing of it
    but that somebody took it up."""
    kind = kinds().get(Reference.parse(reference).kind)
    return kind is not None and kind.upstream is not None


def _step(
    reference: str,
    said: Described,
    published: tuple[str, str] | None,
    at: datetime | None,
    *,
    here: bool,
) -> Step:
    """A thing as a person may see it: in its own page, as it was published, or not at all."""
    label = kinds()[Reference.parse(reference).kind].label
    if said.visible:
        return Step(reference, label, said.title, said.href, said.state, at, here, said.warning)
    title, href = published or (_NOT_PUBLIC, "")
    return Step(reference, label, title, href, "", at, here, said.warning)


def _described(references: Iterable[str], standing: Standing) -> dict[str, Described]:
    return {
        f"{kind}:{number}": said
        for kind, numbers in _by_kind(references).items()
        for number, said in kinds()[kind].describe(numbers, standing).items()
    }


def _by_kind(references: Iterable[str]) -> dict[str, list[str]]:
    """The numbers of things by their kind, in the order of the chain; unknown kinds left out."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for text in references:
        reference = Reference.parse(text)
        wanted[reference.kind].append(reference.number)
    return {kind: wanted[kind] for kind in kinds() if kind in wanted}


def _published_at(described: Mapping[str, Described]) -> dict[str, tuple[str, str]]:
    """What live publications made public: its title as published, and where anybody reads it."""
    found: dict[str, tuple[str, str]] = {}
    for said in described.values():
        if said.visible:
            for source, title in said.public.items():
                href = f"{said.href}#{Reference.parse(source).kind}"
                found.setdefault(source, (title, href))
    return found


def _as_far_as(
    ends: Collection[str], reference: str, edges: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The edges that are walked up and down from a thing where things of some kinds end the way."""
    walked: dict[tuple[str, str], None] = {}
    for here, there in ((1, 0), (0, 1)):
        seen, waiting = {reference}, [reference]
        while waiting:
            at = waiting.pop()
            if at != reference and Reference.parse(at).kind in ends:
                continue
            for edge in edges:
                if edge[here] == at:
                    walked[edge] = None
                    if edge[there] not in seen:
                        seen.add(edge[there])
                        waiting.append(edge[there])
    return list(walked)


def _upstream(reference: str, edges: Sequence[tuple[str, str]]) -> frozenset[str]:
    sources = defaultdict(list)
    for source, target in edges:
        sources[target].append(source)
    seen, waiting = {reference}, [reference]
    while waiting:
        for source in sources[waiting.pop()]:
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return frozenset(seen)
