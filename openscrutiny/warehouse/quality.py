"""What a person should know of a batch before relying on it. Notes, not refusals."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openscrutiny.core.months import Month, Period
from openscrutiny.warehouse.batches import batch_folder
from openscrutiny.warehouse.definitions import taxonomy
from openscrutiny.warehouse.engine import Engine, quoted
from openscrutiny.warehouse.gates import totals_and_parts
from openscrutiny.warehouse.places import Place
from openscrutiny.warehouse.sources import EVERY_STRAND, Source

PASSED, NOTE, FAILED = "passed", "note", "failed"
# A month with less than this share of the middle of the months around it may be only partly there.
_PARTIAL = 0.5
_AROUND = 6


@dataclass(frozen=True)
class Check:
    """One thing looked at: how it came out, in a sentence, and the numbers behind it."""

    id: str
    title: str
    result: str
    sentence: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True)
class QualityReport:
    """Every check of one batch, in the order it was made."""

    checks: tuple[Check, ...]

    def remarks(self) -> tuple[str, ...]:
        """The sentences a person should read: those of checks that did not simply pass."""
        return tuple(c.sentence for c in self.checks if c.result != PASSED)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data; ``report_of`` reads it again."""
        return {"checks": [vars(c) for c in self.checks]}


def report_of(place: Place, batch: str) -> QualityReport:
    """What was found when a batch was imported; FileNotFoundError where there is no such batch."""
    text = (batch_folder(place, batch) / "quality.json").read_text(encoding="utf-8")
    return QualityReport(tuple(Check(**c) for c in json.loads(text)["checks"]))


def check(engine: Engine, source: Source, edition: str) -> QualityReport:
    """Look over the session's table ``facts``, as accepted, of an edition (a date or '')."""
    by_month = _month_sums(engine)
    checks = [_areas_present(engine, source)]
    if any(level == "ward" for level in source.levels.values()):
        checks.append(_wards(engine, source))
    if taxonomy().total.code in source.strands.values():
        checks += [_part_exceeds_whole(engine, source), _overlap(engine)]
    checks.append(_outside(engine, source))
    checks.append(_combined(engine))
    if source.fixed.get("strand") != EVERY_STRAND:
        checks += [
            _months_missing(by_month),
            _thin_months(by_month, edition),
            _financial_years(by_month),
        ]
    if {"offences", "positive_outcomes"} <= set(source.counted.values()):
        checks.append(_outcomes_without_offences(engine))
    checks += _declared(by_month, source)
    return QualityReport(tuple(checks))


def _areas_present(engine: Engine, source: Source) -> Check:
    found = {a for (a,) in engine.rows("SELECT DISTINCT area_code FROM facts WHERE level='area'")}
    absent = [a.name for a in source.areas.areas if a.code not in found]
    several = len(source.areas.areas)
    if not absent:
        sentence = f"All {several} {source.areas.kinds} have figures."
    else:
        sentence = (
            f"{len(absent)} of {several} {source.areas.kinds} have no row in this file and are "
            f"shown as not collected: {', '.join(absent)}."
        )
    return Check(
        "areas_present",
        "Every area is in the file",
        FAILED if absent else PASSED,
        sentence,
        {"present": len(found), "absent": absent},
    )


def _wards(engine: Engine, source: Source) -> Check:
    ((cells, different, areas, wards),) = engine.rows(
        "SELECT count(*), coalesce(sum(CASE WHEN areas <> wards THEN 1 ELSE 0 END), 0), "
        "coalesce(sum(areas), 0), coalesce(sum(wards), 0) FROM (SELECT "
        "sum(CASE WHEN level <> 'ward' THEN value ELSE 0 END) AS areas, "
        "sum(CASE WHEN level = 'ward' THEN value ELSE 0 END) AS wards "
        "FROM facts WHERE level <> 'hole' GROUP BY month, counted, strand) AS t"
    )
    numbers = {"figures": cells, "different": int(different), "areas": areas, "wards": wards}
    kinds = source.areas.kinds
    if wards == 0:
        return Check("wards", "Wards and areas agree", NOTE, "The file has no ward rows.", numbers)
    sentence = (
        f"In every month wards and {kinds} (with rows outside them) add up to the same. Only the "
        f"{kinds} are counted."
        if not different
        else f"In {different:,} of {cells:,} month's figures the wards' sum differs from the "
        f"{kinds}'. Only the {kinds} are counted."
    )
    result = PASSED if not different else NOTE
    return Check("wards", "Wards and areas agree", result, sentence, numbers)


def _part_exceeds_whole(engine: Engine, source: Source) -> Check:
    rows = engine.rows(
        "SELECT counted, count(*), sum(CASE WHEN largest > total THEN 1 ELSE 0 END) "
        f"FROM {totals_and_parts()} GROUP BY counted ORDER BY counted"
    )
    numbers = {counted: {"area_months": n, "exceeded": int(more or 0)} for counted, n, more in rows}
    exceeded = {counted: n["exceeded"] for counted, n in numbers.items() if n["exceeded"]}
    listed = ", ".join(f"{n:,} ({counted})" for counted, n in exceeded.items())
    sentence = (
        f"In some {source.areas.kind}-months one strand is larger than the total it belongs to, "
        f"which the publisher revises separately: {listed}. They are kept as published."
        if exceeded
        else "No strand is larger than the total in any month."
    )
    return Check(
        "part_exceeds_whole",
        "No strand exceeds the total",
        NOTE if exceeded else PASSED,
        sentence,
        numbers,
    )


def _overlap(engine: Engine) -> Check:
    whole = quoted(taxonomy().total.code)
    ((total, added),) = engine.rows(
        f"SELECT coalesce(sum(CASE WHEN strand = {whole} THEN value END), 0), "
        f"coalesce(sum(CASE WHEN strand <> {whole} THEN value END), 0) FROM facts "
        "WHERE level IN ('area', 'outside') AND counted = 'offences'"
    )
    return Check(
        "overlap",
        "Strands overlap",
        NOTE,
        f"The strands' offences would add up to {added:,}; the total is {total:,}. One offence can "
        "carry several strands, so strands are never added.",
        {"total": total, "strands_added": added},
    )


def _outside(engine: Engine, source: Source) -> Check:
    rows = engine.rows(
        "SELECT area_code, count(*), coalesce(sum(value), 0) FROM facts WHERE level = 'outside' "
        "GROUP BY area_code ORDER BY area_code"
    )
    numbers = {name: {"figures": n, "sum": int(total)} for name, n, total in rows}
    names = ", ".join(f"{name} ({n:,})" for name, n, _ in rows)
    sentence = (
        f"Figures of no {source.areas.kind} are kept but counted in none: {names}."
        if rows
        else f"Every figure belongs to a {source.areas.kind}."
    )
    title = "Rows outside the areas"
    return Check("outside", title, NOTE if rows else PASSED, sentence, numbers)


def _combined(engine: Engine) -> Check:
    ((keys, rows),) = engine.rows(
        "SELECT count(*), coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM facts "
        "WHERE level IN ('ward', 'outside') AND published_label <> '' "
        "GROUP BY level, area_code, month, counted, strand, published_label HAVING count(*) > 1) t"
    )
    sentence = (
        f"{keys:,} figures of wards or of no area stand in several rows ({int(rows):,} in all), "
        "which are added. No area's figure is touched."
        if keys
        else "No figure stands in several rows."
    )
    return Check(
        "combined",
        "Figures in several rows",
        NOTE if keys else PASSED,
        sentence,
        {"figures": keys, "rows": int(rows)},
    )


def _month_sums(engine: Engine) -> dict[Month, float]:
    """The areas' offences in each month that has any row of them, in time order."""
    rows = engine.rows(
        "SELECT month, sum(value) FROM facts WHERE level = 'area' AND counted = 'offences' "
        "GROUP BY month ORDER BY month"
    )
    return {Month.of(m.year, m.month): float(n or 0) for m, n in rows}


def _months_missing(present: Mapping[Month, float]) -> Check:
    every = min(present).through(max(present)) if present else ()
    missing = [str(m) for m in every if m not in present]
    sentence = (
        f"Months inside the file's period without any row are shown as not collected: "
        f"{', '.join(missing)}."
        if missing
        else "No month is missing between the first and the last."
    )
    result = NOTE if missing else PASSED
    return Check("months", "No month is missing", result, sentence, {"missing": missing})


def _thin_months(sums: Mapping[Month, float], edition: str) -> Check:
    volumes = list(sums.values())
    thin = []
    for position, month in enumerate(sums):
        around = sorted(volumes[max(0, position - _AROUND) : position + _AROUND + 1])
        if volumes[position] < _PARTIAL * around[len(around) // 2]:
            thin.append(str(month))
    running = [str(m) for m in sums if edition and str(m) == edition[:7]]
    sentence = "No month looks only partly there."
    if running:
        sentence = f"{running[0]} was not over when the file was made: its figures are partial."
    elif thin:
        sentence = (
            f"Months with less than half of the usual figures, which may be partial: "
            f"{', '.join(thin)}."
        )
    return Check(
        "thin_months",
        "No month is only partly there",
        NOTE if thin or running else PASSED,
        sentence,
        {"thin": thin, "running": running},
    )


def _financial_years(months: Iterable[Month]) -> Check:
    held: dict[int, int] = {}
    for month in months:
        start = month.year if month.number >= 4 else month.year - 1
        held[start] = held.get(start, 0) + 1
    part = {f"{y}-{(y + 1) % 100:02d}": n for y, n in sorted(held.items()) if n < 12}
    listed = ", ".join(f"{year} ({n} months)" for year, n in part.items())
    sentence = (
        f"Financial years that are not whole and must not be compared with whole ones: {listed}."
        if part
        else "Every financial year in the file is whole."
    )
    result = NOTE if part else PASSED
    return Check("financial_years", "Whole financial years", result, sentence, {"part": part})


def _outcomes_without_offences(engine: Engine) -> Check:
    ((cells,),) = engine.rows(
        "SELECT count(*) FROM (SELECT 1 AS one FROM facts WHERE level = 'area' "
        "GROUP BY area_code, month, strand HAVING "
        "coalesce(sum(CASE WHEN counted = 'positive_outcomes' THEN value END), 0) > 0 AND "
        "coalesce(sum(CASE WHEN counted = 'offences' THEN value END), 0) = 0) t"
    )
    sentence = (
        f"{cells:,} figures have positive outcomes in a month without offences: outcomes are "
        "counted when they happen, so this is no clear-up rate."
        if cells
        else "No month has outcomes without offences."
    )
    return Check(
        "outcomes_without_offences",
        "Outcomes are counted when they happen",
        NOTE if cells else PASSED,
        sentence,
        {"figures": cells},
    )


def _declared(months: Collection[Month], source: Source) -> list[Check]:
    """The breaks and gaps that the source's definition declares, in a file of these months."""
    if not months:
        return []
    period = Period(min(months), max(months))
    found = [
        Check(
            f"break_{b.month}",
            f"Break: {b.title}",
            NOTE,
            f"Nothing is compared across {b.month.words}. {b.reason}",
            {"month": str(b.month)},
        )
        for b in source.breaks
        if b.month in period
    ]
    found += [
        Check(
            f"gap_{gap.period.first}",
            f"Gap: {gap.period.words}",
            NOTE,
            f"Shown as not collected, never as zero. {gap.reason}",
            {"first": str(gap.period.first), "last": str(gap.period.last)},
        )
        for gap in source.gaps
    ]
    return found
