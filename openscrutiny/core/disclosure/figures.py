"""Figures a page could print, and the underlying counts they are sums of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage, Panel

Ints = NDArray[np.int64]

# Above this the solver's arithmetic is no longer safely exact; no count of offences comes near it.
MOST = 10**9


@dataclass(frozen=True, order=True)
class Figure:
    """A sum of counts: these areas together, one strand, a run of months.

    A single area in a single month is the smallest. Areas do not overlap and months do not, so
    both add; strands overlap, so a figure has one strand. The areas are kept in order of code.
    Refused: no area, or one named twice.
    """

    areas: tuple[str, ...]
    strand: str
    period: Period

    def __post_init__(self) -> None:
        if not self.areas or len(set(self.areas)) < len(self.areas):
            raise Refused(
                f"A figure needs areas, each named once; these were named: {list(self.areas)}."
            )
        object.__setattr__(self, "areas", tuple(sorted(self.areas)))

    @classmethod
    def of(cls, area: str, strand: str, month: Month) -> Figure:
        """One area, one strand, one month."""
        return cls((area,), strand, Period(month, month))

    @property
    def words(self) -> str:
        """``A, race, March 2024`` or ``3 areas together (A to C), race, March 2024``."""
        first, last = self.areas[0], self.areas[-1]
        many = f"{len(self.areas)} areas together ({first} to {last})"
        return f"{first if first == last else many}, {self.strand}, {self.period.words}"


@dataclass(frozen=True, order=True)
class Window:
    """The stretches of time that are printed: ``width`` months, every ``every`` months.

    ``ends`` is the number of a calendar month in which one ends: ``Window(12, 12, 3)`` are
    financial years, ``Window(12)`` twelve months ending in each month. Refused: a width or step
    below 1, a month outside 1 to 12.
    """

    width: int = 1
    every: int = 1
    ends: int = 12

    def __post_init__(self) -> None:
        if self.width < 1 or self.every < 1 or not 1 <= self.ends <= 12:
            raise Refused(
                f"A window of {self.width} months every {self.every} months that ends in month "
                f"{self.ends} is none: use 1 or more months, and a month from 1 to 12."
            )

    def ends_in(self, month: Month) -> bool:
        """Whether one of these stretches ends in a month."""
        return (month.ordinal + 1 - self.ends) % self.every == 0


MONTHS = Window()
QUARTERS = Window(3, 3)
ROLLING_YEARS = Window(12)
FINANCIAL_YEARS = Window(12, 12, 3)


@dataclass(frozen=True, eq=False)
class Cells:
    """The underlying counts: every area, strand and month, numbered. Nothing is known of them yet.

    The number of a cell is its place in an array of shape (areas, strands, months), flattened.
    """

    areas: tuple[str, ...]
    strands: tuple[str, ...]
    months: Period

    @classmethod
    def under(cls, figures: Iterable[Figure]) -> Cells:
        """The smallest set of cells under all these figures. Refused without any figure."""
        every = list(figures)
        if not every:
            raise Refused("There is no figure here: name at least one to say what lies under it.")
        first = min(f.period.first for f in every)
        last = max(f.period.last for f in every)
        return cls(
            tuple(sorted({a for f in every for a in f.areas})),
            tuple(sorted({f.strand for f in every})),
            Period(first, last),
        )

    @property
    def size(self) -> int:
        return len(self.areas) * len(self.strands) * len(self.months)

    def numbers(self, figure: Figure) -> Ints:
        """The cells a figure is the sum of; Refused where some lie outside."""
        outside = set(figure.areas) - set(self.areas)
        inside = figure.period.first in self.months and figure.period.last in self.months
        if outside or figure.strand not in self.strands or not inside:
            raise Refused(
                f"{figure.words}: this lies outside the counts given, which cover "
                f"{self.months}. Give every area, strand and month that was ever published."
            )
        areas = np.array([self.areas.index(a) for a in figure.areas], np.int64)
        low = figure.period.first - self.months.first
        months = np.arange(low, low + len(figure.period))
        strand = self.strands.index(figure.strand)
        rows = (areas * len(self.strands) + strand) * len(self.months)
        return np.asarray((rows[:, None] + months).ravel(), np.int64)

    def matrix(self, rows: Sequence[Sequence[tuple[Figure, int]]]) -> sparse.csr_array:
        """One row for each weighted sum of figures, one column for each cell. Whole numbers."""
        columns, data, starts = [], [], [0]
        seen: dict[Figure, Ints] = {}
        for terms in rows:
            for figure, weight in terms:
                if figure not in seen:
                    seen[figure] = self.numbers(figure)
                columns.append(seen[figure])
                data.append(np.full(len(seen[figure]), weight, np.int64))
            starts.append(starts[-1] + sum(len(c) for c in columns[len(columns) - len(terms) :]))
        shape = (len(rows), self.size)
        flat = np.concatenate([*columns, np.empty(0, np.int64)])
        values = np.concatenate([*data, np.empty(0, np.int64)])
        found = sparse.csr_array((values, flat, np.array(starts, np.int64)), shape=shape)
        found.sum_duplicates()
        found.eliminate_zeros()
        return found


@dataclass(frozen=True, eq=False)
class Printed:
    """What a release could print: for each window a panel of sums, and the figure of each cell.

    ``places`` are the areas of the panels: those of the counts, then the groups. ``values`` holds
    every figure there is a number for.
    """

    panels: Mapping[Window, Panel]
    members: Mapping[str, tuple[str, ...]]
    values: Mapping[Figure, int]

    def figure(self, window: Window, place: str, strand: str, month: Month) -> Figure:
        """The figure printed for a place, a strand and the window that ends in a month."""
        return Figure(self.members[place], strand, Period.ending(month, window.width))


def printed(
    counts: Panel, groups: Mapping[str, Sequence[str]], windows: Sequence[Window]
) -> Printed:
    """Every figure of a panel of counts, its groups of areas and its windows of months.

    Where a month was not collected or lies across a break there is no figure, as in
    ``Panel.trailing``. Refused: no area, strand or window; a count that is negative, above 10⁹ or
    no whole number; a group without areas, with unknown ones, or called as an area is.
    """
    _refuse_bad(counts, groups, windows)
    members = {a: (a,) for a in counts.areas} | {g: tuple(m) for g, m in groups.items()}
    wide = counts
    for name, areas in groups.items():
        total = counts.select(areas=areas).whole(name)
        wide = replace(
            wide,
            areas=(*wide.areas, name),
            values=np.concatenate([wide.values, total.values]),
            coverage=np.concatenate([wide.coverage, total.coverage]),
        )
    panels, values = {}, {}
    for window in windows:
        sums = wide.trailing(window.width)
        ends = np.array([window.ends_in(m) for m in sums.months])
        panel = replace(
            sums,
            values=np.where(ends, sums.values, np.nan),
            coverage=np.where(ends, sums.coverage, Coverage.NOT_COLLECTED).astype(np.uint8),
        )
        panels[window] = panel
        for a, s, m in np.argwhere(panel.coverage == Coverage.VALUE):
            period = Period.ending(panel.months[m], window.width)
            figure = Figure(members[panel.areas[a]], panel.strands[s], period)
            values[figure] = int(panel.values[a, s, m])
    return Printed(panels, members, values)


def _refuse_bad(
    counts: Panel, groups: Mapping[str, Sequence[str]], windows: Sequence[Window]
) -> None:
    if not counts.values.size or not windows:
        raise Refused("There is nothing to publish: give areas, strands, months and a window.")
    known = counts.values[counts.coverage == Coverage.VALUE]
    if known.size and not (
        np.isfinite(known).all()
        and known.min() >= 0
        and known.max() <= MOST
        and (known == np.round(known)).all()
    ):
        raise Refused(
            f"{counts.name}: these are no counts. A count is a whole number from 0 to 10⁹; rates, "
            "shares and estimates are made from the counts after these have been released."
        )
    for name, areas in groups.items():
        unknown = sorted(set(areas) - set(counts.areas))
        if name in counts.areas or unknown or not areas:
            raise Refused(
                f"“{name}” is no group of these areas: it needs a name of its own and areas of "
                f"the counts; unknown are {unknown}."
            )
