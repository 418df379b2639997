"""How much would be flagged if nothing deserved attention?

Null data sets have the shape of the published figures (areas, strands, months, what was collected,
regimes, residents) and their ordinary variation, but no story: within a regime every area keeps its
level. They go through the same decision as the published figures, so whatever that decision gets
wrong by chance, it gets wrong here too, and the mean number flagged is what a reader should expect.

What ordinary variation is, and how it is drawn, is said in ``ordinary``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.checks import METHOD, Method, decide
from openscrutiny.core.counting import Floats
from openscrutiny.core.findings import testable
from openscrutiny.core.measures import Measure
from openscrutiny.core.months import Month
from openscrutiny.core.ordinary import Counts, Ordinary, ordinary_variation
from openscrutiny.core.panel import Panel
from openscrutiny.core.taxonomy import Taxonomy


@dataclass(frozen=True)
class Chance:
    """What the decision flags in null data. Read it as "about this many are chance".

    ``totals``: number flagged in each data set. ``mean_flags``: mean number flagged in each cell,
    shape (measures, areas, strands, months), kinds of test added up.
    """

    measures: tuple[str, ...]
    areas: tuple[str, ...]
    strands: tuple[str, ...]
    months: tuple[Month, ...]
    totals: NDArray[np.int64]
    mean_flags: NDArray[np.float32]
    seed: int
    data_version: str
    method_version: str

    @property
    def expected(self) -> float:
        """The mean number flagged: the declared number expected by chance."""
        return float(self.totals.mean())

    @property
    def low(self) -> float:
        """Lower end of the central 95 % of the numbers flagged."""
        return float(np.quantile(self.totals, 0.025))

    @property
    def high(self) -> float:
        """Upper end of the central 95 % of the numbers flagged."""
        return float(np.quantile(self.totals, 0.975))

    def expected_where(
        self,
        *,
        measure: str | None = None,
        month: Month | None = None,
        area: str | None = None,
        strand: str | None = None,
    ) -> float:
        """The mean number flagged among the cells that a filter shows; None means all."""
        part = self.mean_flags
        wanted = (measure, area, strand, month)
        labels: tuple[tuple[Any, ...], ...] = (
            self.measures,
            self.areas,
            self.strands,
            self.months,
        )
        for axis, (choice, names) in enumerate(zip(wanted, labels, strict=True)):
            if choice is not None:
                if choice not in names:
                    return 0.0
                part = part.take([names.index(choice)], axis=axis)
        return float(part.sum(dtype=np.float64))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays that ``numpy.savez`` keeps and ``from_arrays`` reads back."""
        return {
            "measures": np.array(self.measures),
            "areas": np.array(self.areas),
            "strands": np.array(self.strands),
            "months": np.array([m.ordinal for m in self.months]),
            "totals": self.totals,
            "mean_flags": self.mean_flags,
            "seed": np.array(self.seed),
            "versions": np.array([self.data_version, self.method_version]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Chance:
        """The Chance that ``to_arrays`` took apart; KeyError names an array that is missing."""
        return cls(
            measures=tuple(str(m) for m in arrays["measures"]),
            areas=tuple(str(a) for a in arrays["areas"]),
            strands=tuple(str(s) for s in arrays["strands"]),
            months=tuple(Month(int(n)) for n in arrays["months"]),
            totals=np.asarray(arrays["totals"], np.int64),
            mean_flags=np.asarray(arrays["mean_flags"], np.float32),
            seed=int(arrays["seed"]),
            data_version=str(arrays["versions"][0]),
            method_version=str(arrays["versions"][1]),
        )


def chance(
    measures: Iterable[Measure],
    counts: Counts,
    *,
    whole: str,
    taxonomy: Taxonomy,
    datasets: int = 200,
    seed: int,
    method: Method = METHOD,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Chance:
    """Run the decision over ``datasets`` null data sets; the same ``seed`` gives the same result.

    Every data set has its own stream of random numbers, so the result does not depend on
    ``processes``. ``progress`` is called with (done, of).
    """
    if datasets < 1:
        raise ValueError("At least one null data set is needed to say what chance would flag.")
    tested = testable(measures, counts)
    panel = next(iter(counts.values()))
    shape = (len(tested), *panel.values.shape)
    flags, totals = np.zeros(shape), []
    run = partial(
        _flags_of_one,
        measures=tested,
        counts=counts,
        whole=whole,
        taxonomy=taxonomy,
        method=method,
        model=ordinary_variation(counts, taxonomy),
    )
    streams = np.random.SeedSequence(seed).spawn(datasets)

    def gather(results: Iterable[NDArray[np.uint8]]) -> None:
        for done, result in enumerate(results, 1):
            flags[...] += result
            totals.append(int(result.sum()))
            if progress is not None:
                progress(done, datasets)

    if processes > 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            gather(pool.map(run, streams, chunksize=5))
    else:
        gather(map(run, streams))
    return Chance(
        measures=tuple(m.id for m in tested),
        areas=panel.areas,
        strands=panel.strands,
        months=panel.months,
        totals=np.array(totals, np.int64),
        mean_flags=(flags / datasets).astype(np.float32),
        seed=seed,
        data_version=panel.version,
        method_version=method.version,
    )


def _flags_of_one(
    stream: np.random.SeedSequence,
    *,
    measures: list[Measure],
    counts: Counts,
    whole: str,
    taxonomy: Taxonomy,
    method: Method,
    model: Ordinary,
) -> NDArray[np.uint8]:
    """How often each cell of (measures, areas, strands, months) is flagged in one data set."""
    drawn = model.draw(np.random.default_rng(stream))
    every = {
        **counts,
        **{name: _with_values(counts[name], values) for name, values in drawn.items()},
    }
    decisions = [decide(m, every, whole=whole, taxonomy=taxonomy, method=method) for m in measures]
    return np.stack([d.flagged.sum(axis=0, dtype=np.uint8) for d in decisions])


def _with_values(panel: Panel, areas: Floats) -> Panel:
    """The panel with other figures for the areas, and their sum for the whole, last."""
    values = np.concatenate([areas, areas.sum(axis=0, keepdims=True)])
    return replace(panel, values=np.where(np.isnan(panel.values), np.nan, values))
