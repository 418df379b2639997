"""The answer key: what must be seen of each story, and whether findings say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from openscrutiny.core.months import Month, Period
from openscrutiny.demonstration.city import city
from openscrutiny.demonstration.effects import Effect

ANY = ""


class Finding(Protocol):
    """What the answer key reads of a finding."""

    @property
    def measure(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def strand(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def period(self) -> Period: ...
    @property
    def baseline(self) -> Period: ...
    @property
    def direction(self) -> str: ...


@dataclass(frozen=True)
class Sighting:
    """A kind of finding that a story makes, or must not make.

    It stands for findings of any of ``measures`` and ``areas`` (codes; empty matches all, the
    whole city included) and of ``kind``, ``strand`` and ``direction`` (ANY matches all) whose last
    month lies in ``during``. With ``across`` only findings that hold months from both sides of
    that month (the first after) against each other count.
    """

    during: Period
    measures: tuple[str, ...] = ()
    kind: str = ANY
    strand: str = ANY
    direction: str = ANY
    areas: tuple[str, ...] = ()
    across: Month | None = None

    def matches(self, finding: Finding) -> bool:
        wanted = (self.kind, self.strand, self.direction)
        given = (finding.kind, finding.strand, finding.direction)
        return (
            all(w in (ANY, g) for w, g in zip(wanted, given, strict=True))
            and finding.measure in (self.measures or (finding.measure,))
            and finding.area in (self.areas or (finding.area,))
            and finding.period.last in self.during
            and (self.across is None or self._crosses(finding, self.across))
        )

    @staticmethod
    def _crosses(finding: Finding, start: Month) -> bool:
        earliest = min(finding.period.first, finding.baseline.first)
        return earliest < start <= max(finding.period.last, finding.baseline.last)

    def in_areas(self, *areas: str) -> Sighting:
        """The same sighting in these areas."""
        return replace(self, areas=areas)

    def areas_in(self, findings: Iterable[Finding]) -> frozenset[str]:
        return frozenset(f.area for f in findings if self.matches(f))


@dataclass(frozen=True)
class Limit:
    """No more than ``most`` areas may be found like this; 0 means none at all."""

    sighting: Sighting
    most: int = 0


@dataclass(frozen=True)
class Story:
    """One planted story: what happens (``effects``) and what is to be found of it.

    Of every ``seen`` each area must be found; no ``unseen`` may go over its limit. A story with
    nothing to be seen is a decoy: the right answer is silence.
    """

    id: str
    title: str
    sentence: str
    effects: tuple[Effect, ...]
    seen: tuple[Sighting, ...] = ()
    unseen: tuple[Limit, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The story for ``answers.json``: months as YYYY-MM, areas by code, empty for any."""
        return {
            "id": self.id,
            "title": self.title,
            "sentence": self.sentence,
            "must_be_found": [_plain(s) for s in self.seen],
            "must_not_be_found": [
                {**_plain(u.sighting), "more_areas_than": u.most} for u in self.unseen
            ],
        }


@dataclass(frozen=True)
class StoryResult:
    """Whether a story was found, whether that is as it should be, and the sentence that says so."""

    story: Story
    found: bool
    as_expected: bool
    sentence: str


def check(stories: Sequence[Story], findings: Sequence[Finding]) -> list[StoryResult]:
    """Hold findings against the answer key, story by story, in the order given."""
    return [_check(story, findings) for story in stories]


def _check(story: Story, findings: Sequence[Finding]) -> StoryResult:
    missed = [
        f"{_words(sighting)} was not found in {_names(lacking)}"
        for sighting in story.seen
        if (lacking := frozenset(sighting.areas) - sighting.areas_in(findings))
    ]
    wrong = [
        f"{_words(limit.sighting)} was found in {_names(areas)}"
        for limit in story.unseen
        if len(areas := limit.sighting.areas_in(findings)) > limit.most
    ]
    found = bool(story.seen and not missed) or bool(wrong)
    if missed or wrong:
        said = "; ".join(missed + wrong)
    else:
        said = "found as planted" if story.seen else "rightly not found"
    return StoryResult(story, found, not (missed or wrong), f"{story.title}: {said}.")


def _words(sighting: Sighting) -> str:
    said = [" or ".join(sighting.measures) or "any measure", sighting.kind or "of any kind"]
    said += [sighting.strand or "any strand", sighting.direction or "either way"]
    return f"{', '.join(said)} ({sighting.during})"


def _names(areas: frozenset[str]) -> str:
    return ", ".join(city().name(code) for code in sorted(areas))


def _plain(sighting: Sighting) -> dict[str, Any]:
    return {
        "from": str(sighting.during.first),
        "to": str(sighting.during.last),
        "measures": list(sighting.measures),
        "kind": sighting.kind,
        "strand": sighting.strand,
        "direction": sighting.direction,
        "areas": list(sighting.areas),
        "across": str(sighting.across) if sighting.across else None,
    }
