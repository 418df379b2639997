"""The ledger of releases: everything that was ever said of restricted figures, as plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from openscrutiny.core.disclosure.figures import Cells, Figure, Ints
from openscrutiny.core.disclosure.policy import Policy
from openscrutiny.core.disclosure.statements import Statement, limits
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period


@dataclass(frozen=True)
class Release:
    """What one release said and what it withheld. Nothing in it is confidential.

    ``withheld`` does not tell small figures from those withheld to protect them.
    """

    name: str
    policy: Policy
    said: tuple[Statement, ...]
    withheld: tuple[Figure, ...]


@dataclass(frozen=True)
class Ledger:
    """All releases of one source in order. The next one is audited together with all of them."""

    releases: tuple[Release, ...] = ()

    def following(self, release: Release) -> Ledger:
        """The ledger with one more release; refused under a name that was used before."""
        if any(r.name == release.name for r in self.releases):
            raise Refused(f"There is a release “{release.name}” already: give this one a new name.")
        return Ledger((*self.releases, release))

    @property
    def said(self) -> tuple[Statement, ...]:
        """Every statement of every release, each once, in the order they were first made."""
        return tuple(dict.fromkeys(s for r in self.releases for s in r.said))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure that was ever shown, withheld or spoken of, in order."""
        spoken = {f for s in self.said for f, _ in s.terms}
        return tuple(sorted(spoken.union(*(r.withheld for r in self.releases))))

    @property
    def history(self) -> str:
        """A fingerprint (SHA-256, in hexadecimal) of all releases: any change to one changes it."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def true_of(self, cells: Cells, counts: Ints) -> tuple[Statement, ...]:
        """The statements that still agree with these counts: the others were revised since.

        A reader who holds on to a statement that is no longer true only misleads himself, so the
        audit of revised figures joins all that is still true. Refused where a figure lies outside
        the cells.
        """
        said = self.said
        if not said:
            return ()
        at = cells.matrix([s.terms for s in said]) @ counts
        low, high = limits(said)
        true = np.asarray((at >= low) & (at <= high))
        return tuple(s for s, t in zip(said, true, strict=True) if t)

    def to_dict(self) -> dict[str, Any]:
        """The ledger as lists, words and whole numbers, fit for JSON."""
        places: dict[tuple[str, ...], int] = {}
        releases = [
            {
                "name": r.name,
                "policy": r.policy.to_dict(),
                "said": [
                    [[[*_written(f, places), w] for f, w in s.terms], s.low, s.high] for s in r.said
                ],
                "withheld": [_written(f, places) for f in r.withheld],
            }
            for r in self.releases
        ]
        return {"places": [list(p) for p in places], "releases": releases}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ledger:
        """The ledger that ``to_dict`` wrote; refused where it is damaged."""
        try:
            places = [tuple(p) for p in data["places"]]
            return cls(
                tuple(
                    Release(
                        r["name"],
                        Policy.from_dict(r["policy"]),
                        tuple(
                            Statement(tuple((_read(t[:4], places), t[4]) for t in terms), low, high)
                            for terms, low, high in r["said"]
                        ),
                        tuple(_read(f, places) for f in r["withheld"]),
                    )
                    for r in data["releases"]
                )
            )
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Refused(
                f"This is no ledger of releases ({error!r}). Restore the copy that was kept: "
                "without it the next release cannot be audited together with the earlier ones."
            ) from error


def _written(figure: Figure, places: dict[tuple[str, ...], int]) -> list[Any]:
    place = places.setdefault(figure.areas, len(places))
    return [place, figure.strand, str(figure.period.first), str(figure.period.last)]


def _read(written: list[Any], places: list[tuple[str, ...]]) -> Figure:
    place, strand, first, last = written
    return Figure(places[place], strand, Period(Month.parse(first), Month.parse(last)))
