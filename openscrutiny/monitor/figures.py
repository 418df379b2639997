"""The figures every page reads: panels, measures and the ledger, kept per data version.

Batches are immutable, so a data version never means anything else: what was read once for it is
right for ever and nothing needs to be invalidated. A new import has another data version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from django.conf import settings

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.findings import METHOD, Method
from openscrutiny.core.measures import Measure, evaluate
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Panel
from openscrutiny.core.taxonomy import Strand, Taxonomy
from openscrutiny.warehouse import definitions, queries
from openscrutiny.warehouse.batches import Ledger, open_ledger
from openscrutiny.warehouse.places import Place, home, open_place
from openscrutiny.warehouse.sources import Gap


class NothingHere(LookupError):
    """There are no figures to show yet; its sentence says how to bring some in."""


class NoSuchMonth(LookupError):
    """A month for which there are no figures; its sentence says which there are."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Everything counted in a place at one data version. ``counts`` hold the whole, last.

    Treat it as read-only: it is shared between requests.
    """

    place: Place
    data_version: str
    counts: Mapping[str, Panel]
    measures: Mapping[str, Measure]
    taxonomy: Taxonomy
    declared_gaps: tuple[Gap, ...] = ()

    @property
    def areas(self) -> AreaSet:
        return self.place.areas

    @property
    def whole(self) -> str:
        """The label of the sum of all areas."""
        return self.place.areas.id

    @property
    def offences(self) -> Panel:
        return self.counts["offences"]

    @cached_property
    def latest(self) -> Month:
        """The last month with any offences collected."""
        return self.offences.regimes[-1].last

    @cached_property
    def strands(self) -> tuple[Strand, ...]:
        """The strands the police figures hold, in the taxonomy's order."""
        collected = self.offences.coverage.max(axis=(0, 2)) > 0
        return tuple(
            self.taxonomy[c] for c, yes in zip(self.offences.strands, collected, strict=True) if yes
        )

    @cached_property
    def strands_not_collected(self) -> tuple[Strand, ...]:
        """The strands in the forum's remit for which the police publish nothing."""
        return tuple(s for s in self.taxonomy.strands if s not in self.strands)

    @cached_property
    def main_strand(self) -> Strand:
        """The strand to show where one stands for all: the total, or the widest collected."""
        return min(self.strands, key=lambda s: len(self.taxonomy.ancestors(s.code)))

    @cached_property
    def gaps(self) -> tuple[tuple[Period, str], ...]:
        """The months between two regimes in which nothing was published, and why if it is said."""
        found = []
        for before, after in zip(self.offences.regimes, self.offences.regimes[1:], strict=False):
            if after.first - before.last > 1:
                months = Period(before.last + 1, after.first + -1)
                said = (g.reason for g in self.declared_gaps if months.first in g.period)
                found.append((months, next(said, "")))
        return tuple(found)

    def available(self, measure: Measure) -> bool:
        """Whether everything the measure counts is there."""
        return all(c in self.counts for c in measure.counts)

    def measured(self, measure: str, window_months: int | None = None) -> Panel:
        """The panel of a measure over windows of ``window_months`` (the measure's own if None)."""
        return _measured(self, measure, window_months)

    def latest_year(self) -> Period | None:
        """The last twelve months, where they lie in one regime; None where there are too few."""
        regime = self.offences.regime_of(self.latest)
        if regime is None or len(regime) < 12:
            return None
        return Period.ending(self.latest, 12)

    def as_of(self, month: Month | None) -> Figures:
        """The same figures without the months after one; NoSuchMonth where that one has none."""
        if month is None or month == self.latest:
            return self
        if self.offences.regime_of(month) is None:
            gap = next((g.words for g, _ in self.gaps if month in g), "")
            without = f" except {gap}" if gap else ""
            stretch = Period(self.offences.regimes[0].first, self.latest).words
            raise NoSuchMonth(
                f"There are no hate crime figures of {self.place.areas.place} for {month.words}. "
                f"There are for {stretch}{without}."
            )
        return _cut(self, month)


@lru_cache(maxsize=8)
def _cut(figures: Figures, month: Month) -> Figures:
    kept = {
        name: panel.select(period=Period(panel.months[0], month))
        for name, panel in figures.counts.items()
    }
    return replace(figures, counts=kept)


@lru_cache(maxsize=64)
def _measured(figures: Figures, measure: str, window_months: int | None) -> Panel:
    return evaluate(
        figures.measures[measure],
        figures.counts,
        whole=figures.whole,
        window_months=window_months,
    )


def served_place() -> Place:
    """The place these pages serve; NothingHere before anything was imported."""
    if settings.PLACE is None:
        raise NothingHere(
            "Nothing has been imported yet. Import a published file with “openscrutiny import "
            "FILE” and start the pages again."
        )
    return open_place(settings.PLACE)


def current_ledger() -> Ledger:
    """The ledger of the place these pages serve, as it is now."""
    return open_ledger(served_place())


def current() -> Figures:
    """The figures in use now. NothingHere where no batch is in use."""
    place = served_place()
    ledger = open_ledger(place)
    if not any("offences" in m.counted for m in ledger.active):
        raise NothingHere(
            f"No hate crime figures of {place.areas.place} are in use. Import a published file, on "
            "the data page or with “openscrutiny import FILE”."
        )
    return read(place, ledger.data_version)


def read(place: Place, data_version: str) -> Figures:
    """The figures of a place at the data version its ledger has now."""
    return _read(home(), place.id, data_version)


@lru_cache(maxsize=4)
def _read(_home: Path, place_id: str, data_version: str) -> Figures:
    place = open_place(place_id)
    counted = queries.counts(place)
    return Figures(
        place=place,
        data_version=data_version,
        counts={name: panel.with_whole(place.areas.id) for name, panel in counted.items()},
        measures=definitions.measures(),
        taxonomy=definitions.taxonomy(),
        declared_gaps=queries.gaps(place),
    )


@lru_cache(maxsize=1)
def method_in_force() -> Method:
    """How findings are made now. Its version also names the definitions, so that a measure that
    is changed has its findings computed anew."""
    found = hashlib.sha256()
    for path in sorted(definitions.folder().glob("measures/*.yaml")):
        found.update(path.read_bytes())
    found.update((definitions.folder() / "strands.yaml").read_bytes())
    return replace(METHOD, version=f"{METHOD.version}-{found.hexdigest()[:6]}")
