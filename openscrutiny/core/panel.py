"""The one labelled array that carries figures: area × strand × month, with a coverage mask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.months import Month, Period
from openscrutiny.core.taxonomy import Taxonomy

Values = NDArray[np.float64]


class Coverage(IntEnum):
    """What is known of a cell. A zero is a VALUE; the other four are never zero."""

    NOT_COLLECTED = 0
    VALUE = 1
    SUPPRESSED = 2
    UNDEFINED = 3  # a ratio whose denominator is zero

    def word(self, value: float) -> str:
        """The word the exports print: value, zero, not_collected, suppressed or undefined."""
        if self is Coverage.VALUE and value == 0:
            return "zero"
        return self.name.lower()


@dataclass(frozen=True)
class Break:
    """A point no comparison may cross: ``month`` is the first month of the new regime."""

    month: Month
    title: str
    reason: str


@dataclass(frozen=True, eq=False)
class Panel:
    """Monthly figures of one thing, labelled on every axis.

    ``values`` has shape (areas, strands, months), NaN exactly where ``coverage`` is not VALUE, so
    that a gap can never be read as zero. ``months`` is contiguous. ``supply`` has shape (strands,
    months) and indexes ``batches``; -1 where no batch speaks. An entry of ``batches`` is the tuple
    of batch identifiers a figure rests on. ``version`` names the state of the data as a whole.
    """

    name: str
    areas: tuple[str, ...]
    strands: tuple[str, ...]
    months: tuple[Month, ...]
    values: Values
    coverage: NDArray[np.uint8]
    batches: tuple[tuple[str, ...], ...] = ()
    supply: NDArray[np.int16] = field(default_factory=lambda: np.empty((0, 0), np.int16))
    breaks: tuple[Break, ...] = ()
    version: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.areas), len(self.strands), len(self.months))
        if self.values.shape != shape or self.coverage.shape != shape:
            raise ValueError(
                f"{self.name}: labels say {shape}, values {self.values.shape}, "
                f"coverage {self.coverage.shape}."
            )
        if any(b - a != 1 for a, b in zip(self.months, self.months[1:], strict=False)):
            raise ValueError(f"{self.name}: the months of a panel must be contiguous.")
        if not np.array_equal(np.isnan(self.values), self.coverage != Coverage.VALUE):
            raise ValueError(f"{self.name}: a cell has a value without coverage or the reverse.")
        if self.supply.size == 0:
            none = np.full((len(self.strands), len(self.months)), -1, np.int16)
            object.__setattr__(self, "supply", none)

    # ---- labels -------------------------------------------------------------------------------

    @property
    def period(self) -> Period:
        return Period(self.months[0], self.months[-1])

    def area_index(self, code: str) -> int:
        return _index(self.areas, code, "area")

    def strand_index(self, code: str) -> int:
        return _index(self.strands, code, "strand")

    def month_index(self, month: Month) -> int:
        position = month - self.months[0]
        if not 0 <= position < len(self.months):
            raise KeyError(f"{month} lies outside this panel, which covers {self.period}.")
        return position

    def batches_of(self, strand: str, month: Month) -> tuple[str, ...]:
        """The batches the figures of a strand and month rest on; empty where nothing was found."""
        index = int(self.supply[self.strand_index(strand), self.month_index(month)])
        return self.batches[index] if index >= 0 else ()

    # ---- regimes ------------------------------------------------------------------------------

    @property
    def regimes(self) -> tuple[Period, ...]:
        """The stretches inside which months may be compared, in time order.

        A regime ends at a break and at any month in which nothing at all was collected. A month
        that is withheld was collected.
        """
        starts = {b.month for b in self.breaks}
        collected = np.asarray(self._is_collected().any(axis=(0, 1)))
        found: list[Period] = []
        first: Month | None = None
        for month, present in zip(self.months, collected, strict=True):
            if first is not None and (not present or month in starts):
                found.append(Period(first, month + -1))
                first = None
            if present and first is None:
                first = month
        if first is not None:
            found.append(Period(first, self.months[-1]))
        return tuple(found)

    def _is_collected(self) -> NDArray[np.bool_]:
        known, withheld = self.coverage == Coverage.VALUE, self.coverage == Coverage.SUPPRESSED
        return np.asarray(known | withheld, np.bool_)

    def regime_of(self, month: Month) -> Period | None:
        """The regime a month belongs to; None for a month in which nothing was collected."""
        return next((r for r in self.regimes if month in r), None)

    def regime_numbers(self) -> NDArray[np.int64]:
        """For each month the number of its regime, -1 in a gap. Shape (months,)."""
        numbers = np.full(len(self.months), -1, np.int64)
        for number, regime in enumerate(self.regimes):
            low = self.month_index(regime.first)
            numbers[low : low + len(regime)] = number
        return numbers

    # ---- parts and sums -----------------------------------------------------------------------

    def select(
        self,
        *,
        areas: Sequence[str] | None = None,
        strands: Sequence[str] | None = None,
        period: Period | None = None,
    ) -> Panel:
        """The part with these areas, strands and months, in the order asked for.

        KeyError names a label that is not here.
        """
        a = [self.area_index(c) for c in (self.areas if areas is None else areas)]
        s = [self.strand_index(c) for c in (self.strands if strands is None else strands)]
        low, high = 0, len(self.months)
        if period is not None:
            low, high = self.month_index(period.first), self.month_index(period.last) + 1
        where = np.ix_(a, s, range(low, high))
        return replace(
            self,
            areas=tuple(self.areas[i] for i in a),
            strands=tuple(self.strands[i] for i in s),
            months=self.months[low:high],
            values=self.values[where],
            coverage=self.coverage[where],
            supply=self.supply[np.ix_(s, range(low, high))],
        )

    def whole(self, code: str) -> Panel:
        """One area, labelled ``code``, holding the sum of all areas.

        Areas do not overlap, so they add. A month in which any area lacks a value has no sum.
        """
        missing = (self.coverage != Coverage.VALUE).any(axis=0, keepdims=True)
        suppressed = (self.coverage == Coverage.SUPPRESSED).any(axis=0, keepdims=True)
        values = np.where(missing, np.nan, self.values.sum(axis=0, keepdims=True))
        coverage = np.where(missing, Coverage.NOT_COLLECTED, Coverage.VALUE).astype(np.uint8)
        coverage[suppressed] = Coverage.SUPPRESSED
        return replace(self, areas=(code,), values=values, coverage=coverage)

    def with_whole(self, code: str) -> Panel:
        """These areas followed by their sum, labelled ``code``."""
        total = self.whole(code)
        return replace(
            self,
            areas=(*self.areas, code),
            values=np.concatenate([self.values, total.values]),
            coverage=np.concatenate([self.coverage, total.coverage]),
        )

    def add_strands(self, taxonomy: Taxonomy, strands: Iterable[str]) -> Panel:
        """The sum over strands: refused with OverlappingStrands for more than one strand."""
        codes = tuple(dict.fromkeys(strands))
        taxonomy.refuse_sum(codes)
        return self.select(strands=codes)

    def trailing(self, width: int) -> Panel:
        """Sums over the ``width`` months that end at each month, both included.

        A window has a sum only when every month of it is a value of the same regime: no sum
        reaches across a break or a gap. A window with a withheld month in it is itself withheld.
        """
        months = len(self.months)
        if width < 1:
            raise ValueError(f"A window of {width} months holds nothing: use 1 or more.")
        numbers = self.regime_numbers()
        filled = np.where(np.isnan(self.values), 0.0, self.values)
        running = np.cumsum(np.pad(filled, ((0, 0), (0, 0), (1, 0))), axis=2)
        known = _running(self.coverage == Coverage.VALUE)
        collected = _running(self._is_collected())
        values = np.full(self.values.shape, np.nan)
        suppressed = np.zeros(self.values.shape, np.bool_)
        if width <= months:
            sums = running[:, :, width:] - running[:, :, :-width]
            full = (known[:, :, width:] - known[:, :, :-width]) == width
            there = (collected[:, :, width:] - collected[:, :, :-width]) == width
            same = (numbers[width - 1 :] == numbers[: months - width + 1]) & (
                numbers[width - 1 :] >= 0
            )
            values[:, :, width - 1 :] = np.where(full & same, sums, np.nan)
            suppressed[:, :, width - 1 :] = there & ~full & same
        return self.derive(self.name, values, suppressed=suppressed)

    def derive(
        self,
        name: str,
        values: Values,
        undefined: NDArray[np.bool_] | None = None,
        suppressed: NDArray[np.bool_] | None = None,
    ) -> Panel:
        """A panel on the same labels with other values; NaN becomes not collected or undefined.

        What is made of withheld figures is withheld: by default where this panel's own cell is.
        """
        if suppressed is None:
            suppressed = self.coverage == Coverage.SUPPRESSED
        coverage = np.where(np.isnan(values), Coverage.NOT_COLLECTED, Coverage.VALUE)
        if undefined is not None:
            coverage = np.where(undefined & np.isnan(values), Coverage.UNDEFINED, coverage)
        coverage = np.where(suppressed & np.isnan(values), Coverage.SUPPRESSED, coverage)
        return replace(self, name=name, values=values, coverage=coverage.astype(np.uint8))

    def cell(self, area: str, strand: str, month: Month) -> tuple[float, Coverage]:
        """One figure and what is known of it."""
        where = (self.area_index(area), self.strand_index(strand), self.month_index(month))
        return float(self.values[where]), Coverage(int(self.coverage[where]))


def align(panels: Mapping[str, Panel]) -> dict[str, Panel]:
    """The same panels on the areas, strands and months of their union of months.

    All must share areas and strands; months outside a panel become not collected.
    """
    everyone = list(panels.values())
    first = min(p.months[0] for p in everyone)
    last = max(p.months[-1] for p in everyone)
    return {name: _stretch(panel, Period(first, last)) for name, panel in panels.items()}


def _stretch(panel: Panel, period: Period) -> Panel:
    before = panel.months[0] - period.first
    after = period.last - panel.months[-1]
    wide = ((0, 0), (0, 0), (before, after))
    return replace(
        panel,
        months=period.first.through(period.last),
        values=np.pad(panel.values, wide, constant_values=np.nan),
        coverage=np.pad(panel.coverage, wide, constant_values=int(Coverage.NOT_COLLECTED)),
        supply=np.pad(panel.supply, wide[1:], constant_values=-1),
    )


def _running(what: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many there were up to each month, beginning with none before the first."""
    return np.cumsum(np.pad(what, ((0, 0), (0, 0), (1, 0))), axis=2, dtype=np.int64)


def _index(labels: tuple[str, ...], wanted: str, kind: str) -> int:
    try:
        return labels.index(wanted)
    except ValueError:
        raise KeyError(
            f"“{wanted}” is not an {kind} of this panel.".replace("an s", "a s")
        ) from None
