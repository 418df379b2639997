"""The strands of hate crime as a dated tree that refuses to add what overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openscrutiny.core.months import Month


class OverlappingStrands(ValueError):
    """Raised on any attempt to add strands that may count the same offence twice."""


@dataclass(frozen=True)
class Strand:
    """One strand: ``parent`` is the strand it is counted inside, None for the total.

    ``police_from`` is the first month from which police figures for the strand exist anywhere, or
    None where the police do not monitor it: such a strand is *not collected*, never zero.
    """

    code: str
    label: str
    parent: str | None
    valid_from: Month
    valid_to: Month | None
    police_from: Month | None
    in_words: str
    note: str = ""


@dataclass(frozen=True)
class Taxonomy:
    """The dated tree of strands. One offence may carry several strands, at every level."""

    strands: tuple[Strand, ...]

    def __post_init__(self) -> None:
        codes = [s.code for s in self.strands]
        if len(set(codes)) != len(codes):
            raise ValueError("A strand's code stands twice in the taxonomy.")
        for strand in self.strands:
            if strand.parent is not None and strand.parent not in codes:
                raise ValueError(f"{strand.code}: its parent “{strand.parent}” is not a strand.")
        if [s.parent for s in self.strands].count(None) != 1:
            raise ValueError("The taxonomy needs exactly one strand without a parent: the total.")

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Taxonomy:
        """Read the strand definitions; KeyError or ValueError names what is missing or wrong."""
        return cls(
            tuple(
                Strand(
                    code=s["code"],
                    label=s["label"],
                    parent=s.get("parent"),
                    valid_from=Month.parse(s["valid_from"]),
                    valid_to=Month.parse(s["valid_to"]) if s.get("valid_to") else None,
                    police_from=Month.parse(s["police_from"]) if s.get("police_from") else None,
                    in_words=s["in_words"],
                    note=s.get("note", ""),
                )
                for s in data["strands"]
            )
        )

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(s.code for s in self.strands)

    @property
    def total(self) -> Strand:
        """The strand that counts every offence once."""
        return next(s for s in self.strands if s.parent is None)

    def __getitem__(self, code: str) -> Strand:
        for strand in self.strands:
            if strand.code == code:
                return strand
        raise KeyError(f"“{code}” is not a strand. The strands are {', '.join(self.codes)}.")

    def find(self, label: str) -> Strand | None:
        """The strand with this code or label, whatever its case; None if there is none."""
        wanted = label.strip().casefold()
        for strand in self.strands:
            if wanted in (strand.code.casefold(), strand.label.casefold()):
                return strand
        return None

    def on(self, month: Month) -> tuple[Strand, ...]:
        """The strands that exist in a month."""
        return tuple(
            s
            for s in self.strands
            if s.valid_from <= month and (s.valid_to is None or month <= s.valid_to)
        )

    def children(self, code: str) -> tuple[Strand, ...]:
        return tuple(s for s in self.strands if s.parent == code)

    def ancestors(self, code: str) -> tuple[Strand, ...]:
        """The strands this one is counted inside, nearest first, the total last."""
        found = []
        parent = self[code].parent
        while parent is not None:
            found.append(self[parent])
            parent = self[parent].parent
        return tuple(found)

    def parents_among(self, codes: Sequence[str]) -> tuple[int, ...]:
        """For each of some strands the place among them of the nearest one it is inside, or -1."""
        places = {code: place for place, code in enumerate(codes)}
        return tuple(
            next((places[a.code] for a in self.ancestors(code) if a.code in places), -1)
            for code in codes
        )

    def refuse_sum(self, codes: Iterable[str]) -> None:
        """Raise OverlappingStrands unless at most one strand is named.

        There is no exception: an offence may carry any number of strands, so the sum of two
        strands is not a number of offences. A council once published three times the truth.
        """
        named = tuple(dict.fromkeys(codes))
        if len(named) < 2:
            return
        labels = [self[c].label for c in named]
        inside = [
            f"{self[a].label} is counted inside {self[b].label}"
            for a in named
            for b in named
            if any(p.code == b for p in self.ancestors(a))
        ]
        why = (
            "; ".join(inside)
            if inside
            else "one offence can carry several of these strands, so it would be counted twice"
        )
        raise OverlappingStrands(
            f"{', '.join(labels[:-1])} and {labels[-1]} cannot be added up: {why}. "
            f"For the number of offences use “{self.total.label}”, which counts each offence once."
        )
