"""What a newer edition changed in the figures of the one before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openscrutiny.warehouse.batches import batch_folder
from openscrutiny.warehouse.engine import Engine, parquet
from openscrutiny.warehouse.places import Place


@dataclass(frozen=True)
class Change:
    """Changes in one area and month: how many figures, and the sums before and after."""

    area: str
    month: str
    counted: str
    added: int
    removed: int
    changed: int
    total_before: int
    total_after: int


@dataclass(frozen=True)
class Revision:
    """Every change to area figures, by area and month, against the batch ``since``."""

    since: str
    changes: tuple[Change, ...]

    def summary(self) -> dict[str, Any]:
        """The changes added up, with the months they lie in."""
        months = sorted({c.month for c in self.changes})
        return {
            "since": self.since,
            "added": sum(c.added for c in self.changes),
            "removed": sum(c.removed for c in self.changes),
            "changed": sum(c.changed for c in self.changes),
            "total_before": sum(c.total_before for c in self.changes),
            "total_after": sum(c.total_after for c in self.changes),
            "months": [months[0], months[-1]] if months else [],
        }

    def to_json(self) -> dict[str, Any]:
        """The summary and every change, as plain data."""
        return {**self.summary(), "changes": [vars(c) for c in self.changes]}


def revision_of(place: Place, batch: str) -> Revision | None:
    """What a batch changed in the edition before it; None where it followed none."""
    try:
        text = (batch_folder(place, batch) / "revision.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    kept = json.loads(text)
    return Revision(kept["since"], tuple(Change(**c) for c in kept["changes"]))


def compare(engine: Engine, since: str, old_facts: Path) -> Revision:
    """Hold the session's table ``facts`` against the facts of an earlier batch.

    ``total_before`` and ``total_after`` add up the figures that differ; strands overlap, so they
    measure how much was revised and are no number of offences.
    """
    keys = "area_code, month, counted, strand"
    each = f"SELECT {keys}, sum(value) AS value FROM {{}} WHERE level = 'area' GROUP BY {keys}"
    old, new = each.format(parquet([old_facts])), each.format("facts")
    same = " AND ".join(f"o.{k} = n.{k}" for k in keys.split(", "))
    both = ", ".join(f"coalesce(o.{k}, n.{k}) AS {k}" for k in keys.split(", ")[:3])
    rows = engine.rows(
        f"SELECT {both}, "
        "sum(CASE WHEN o.strand IS NULL THEN 1 ELSE 0 END), "
        "sum(CASE WHEN n.strand IS NULL THEN 1 ELSE 0 END), "
        "sum(CASE WHEN o.strand IS NOT NULL AND n.strand IS NOT NULL THEN 1 ELSE 0 END), "
        "sum(coalesce(o.value, 0)), sum(coalesce(n.value, 0)) "
        f"FROM ({old}) o FULL OUTER JOIN ({new}) n ON {same} "
        "WHERE o.strand IS NULL OR n.strand IS NULL OR o.value IS DISTINCT FROM n.value "
        "GROUP BY 1, 2, 3 ORDER BY 2, 1, 3"
    )
    return Revision(
        since,
        tuple(
            Change(area, f"{month:%Y-%m}", counted, *(int(n) for n in numbers))
            for area, month, counted, *numbers in rows
        ),
    )
