"""The work programme: what comes first, and which strands and places nobody has looked at.

A score only orders. It is never shown without its parts, and no two scores are ever added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from openscrutiny.core.months import Month

LEAST, MOST = 1, 4


@dataclass(frozen=True)
class Criterion:
    """One question of the scoring, with the words for 1, 2, 3 and 4.

    Where ``lowers`` is set, a higher answer lowers the score: there is less for the forum to do.
    """

    code: str
    asks: str
    answers: tuple[str, str, str, str]
    lowers: bool = False

    def points(self, answer: int) -> int:
        """What an answer counts for, from 1 to 4; ValueError for any other answer."""
        if isinstance(answer, bool) or answer not in range(LEAST, MOST + 1):
            raise ValueError(f"{self.asks} {answer} is no answer: give a number from 1 to 4.")
        return LEAST + MOST - answer if self.lowers else answer


CRITERIA = (
    Criterion(
        "harm",
        "How great is the harm to victims?",
        (
            "Slight: unpleasant, soon over",
            "Some: people change what they do",
            "Great: people are hurt or move away",
            "Grave: lives or health are at risk",
        ),
    ),
    Criterion(
        "touched",
        "How many people does it touch?",
        (
            "A few",
            "People in one place or one group",
            "People in several places or groups",
            "Most people the forum is there for",
        ),
    ),
    Criterion(
        "neglected",
        "How long has nobody looked at these strands?",
        (
            "Looked at within six months",
            "Not for six months",
            "Not for a year",
            "Not for two years, or never",
        ),
    ),
    Criterion(
        "changeable",
        "Can the forum change it?",
        (
            "Hardly: others decide",
            "It can ask for an explanation",
            "It can recommend, and is usually heard",
            "It can bring those who decide into one room",
        ),
    ),
    Criterion(
        "others",
        "Do others do it already?",
        (
            "Nobody does",
            "Others do a part of it",
            "Others do most of it",
            "Others do all of it",
        ),
        lowers=True,
    ),
)
_CODES = tuple(c.code for c in CRITERIA)


@dataclass(frozen=True)
class Part:
    """One part of a score: the question, the answer in words, and the points it counts for."""

    criterion: Criterion
    answer: int

    @property
    def words(self) -> str:
        return self.criterion.answers[self.answer - LEAST]

    @property
    def points(self) -> int:
        return self.criterion.points(self.answer)


@dataclass(frozen=True)
class Score:
    """The answers to every question; ``total`` is the sum of their points, from 5 to 20."""

    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def words(self) -> str:
        """The total with all its parts, so that it never stands alone."""
        most = MOST * len(self.parts)
        return f"{self.total} of {most}: " + " + ".join(str(p.points) for p in self.parts)


def score(answers: Mapping[str, int]) -> Score | None:
    """The score of some answers by the code of their question; None where nobody gave any.

    ValueError where a question is left out or unknown, or an answer is not from 1 to 4.
    """
    if not answers:
        return None
    if unknown := set(answers) - set(_CODES):
        raise ValueError(f"{sorted(unknown)} are no questions of the scoring.")
    if missing := [c.asks for c in CRITERIA if c.code not in answers]:
        raise ValueError(f"Every question needs an answer. Missing: {' '.join(missing)}")
    parts = tuple(Part(c, answers[c.code]) for c in CRITERIA)
    for part in parts:
        part.criterion.points(part.answer)
    return Score(parts)


@dataclass(frozen=True)
class Looked:
    """That something on the programme touches some strands or places, and on which day.

    A day to come means that it is scheduled; a day that has gone, that it was done.
    """

    touches: frozenset[str]
    on: date


@dataclass(frozen=True)
class Gap:
    """What nothing on the programme touches, and when something last did (None: never)."""

    code: str
    name: str
    last: date | None

    @property
    def sentence(self) -> str:
        if self.last is None:
            return f"Nothing on {self.name} is scheduled, and nothing was done so far."
        when = Month.of(self.last.year, self.last.month).words
        return f"Nothing on {self.name} is scheduled. The last time was in {when}."


def gaps(names: Mapping[str, str], looked: Iterable[Looked], *, today: date) -> tuple[Gap, ...]:
    """Those of ``names`` (a name for each code) that no item touches, in the order of ``names``.

    An item counts from twelve months before ``today`` on, for each thing it touches by itself: what
    overlaps is never added. One that names nothing touches nothing by itself, so that an item on
    everything hides no gap.
    """
    latest: dict[str, date] = {}
    for one in looked:
        for code in one.touches:
            latest[code] = max(one.on, latest.get(code, one.on))
    since = year_before(today)
    return tuple(
        Gap(code, name, latest.get(code))
        for code, name in names.items()
        if code not in latest or latest[code] < since
    )


def year_before(day: date) -> date:
    """The same day a year earlier; 28 February for 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def in_groups(members: Mapping[str, Sequence[str]], areas: Iterable[str]) -> frozenset[str]:
    """The groups of areas that some areas lie in, by the members of each group."""
    named = set(areas)
    return frozenset(group for group, inside in members.items() if named & set(inside))
