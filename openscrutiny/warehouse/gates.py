"""What no rejected row can mend: faults that make a whole file unusable."""

from __future__ import annotations

from openscrutiny.warehouse.definitions import taxonomy
from openscrutiny.warehouse.engine import Engine, quoted
from openscrutiny.warehouse.refusals import ImportRefused, Problem
from openscrutiny.warehouse.sources import Source

# How many of many like problems are shown one by one.
_SHOWN = 10
# A rejected row is judged as such; what it leaves behind cannot be held against the rest.
_NO_HOLE = (
    "NOT EXISTS (SELECT 1 FROM facts h WHERE h.level = 'hole' "
    "AND (h.month IS NULL OR h.month = t.month) "
    "AND (h.counted IS NULL OR h.counted = t.counted)"
)
_NO_HOLE_HERE = _NO_HOLE + " AND (h.area_code IS NULL OR h.area_code = t.area_code)"


def pass_gates(engine: Engine, source: Source, file_name: str) -> None:
    """Raise ImportRefused where the table ``facts`` cannot be right as a whole."""
    _refuse_repeats(engine, source, file_name)
    _refuse_holes_in_a_full_table(engine, source, file_name)
    _refuse_implausible_totals(engine, source, file_name)
    _refuse_wards_that_do_not_add_up(engine, source, file_name)


def totals_and_parts() -> str:
    """A relation with, for each area, month and thing counted, the total and what it is made of.

    ``total``, ``largest`` (of the strands), ``added`` (the sum of the strands directly under the
    total) and ``total_row``. Only where at least one strand besides the total has a figure.
    """
    whole = quoted(taxonomy().total.code)
    direct = ", ".join(quoted(s.code) for s in taxonomy().children(taxonomy().total.code))
    return (
        "(SELECT area_code, month, counted, "
        f"coalesce(sum(CASE WHEN strand = {whole} THEN value END), 0) AS total, "
        f"max(CASE WHEN strand <> {whole} THEN value END) AS largest, "
        f"coalesce(sum(CASE WHEN strand IN ({direct}) THEN value END), 0) AS added, "
        f"coalesce(max(CASE WHEN strand = {whole} THEN source_row END), min(source_row)) "
        "AS total_row FROM facts WHERE level = 'area' GROUP BY area_code, month, counted) AS t"
    )


def _refuse_repeats(engine: Engine, source: Source, file_name: str) -> None:
    """Raise ImportRefused where an area has the same figure twice: nobody knows which is right."""
    part = ", published_label" if source.parts else ""
    twice = engine.rows(
        f"SELECT area_code, month, counted, strand{part}, min(source_row), max(source_row), "
        "max(source_column) FROM facts WHERE level = 'area' "
        f"GROUP BY area_code, month, counted, strand{part} HAVING count(*) > 1 "
        f"ORDER BY min(source_row), max(source_row) LIMIT {_SHOWN}"
    )
    if twice:
        raise ImportRefused(
            Problem(
                file_name,
                f"{source.areas.name(r[0])} has a month twice: {r[1]:%B %Y}, {r[2]}, {r[3]} stands "
                f"in rows {r[-3]} and {r[-2]}.",
                "Ask the publisher which one is right; nothing was imported.",
                row=r[-2],
                column=r[-1],
            )
            for r in twice
        )


def _refuse_holes_in_a_full_table(engine: Engine, source: Source, file_name: str) -> None:
    """Raise ImportRefused where a dense file lacks rows: it leaves out no zeros, so it was cut.

    An area or a strand that is missing altogether is a matter for the quality report.
    """
    if source.sparse:
        return
    part = "published_label"
    missing = engine.rows(
        f"SELECT a.area_code, s.label FROM (SELECT DISTINCT area_code FROM facts "
        f"WHERE level = 'area') a CROSS JOIN (SELECT DISTINCT {part} AS label FROM facts "
        f"WHERE level = 'area') s LEFT JOIN (SELECT DISTINCT area_code, {part} AS label FROM facts "
        "WHERE level = 'area') f ON f.area_code = a.area_code AND f.label = s.label "
        f"WHERE f.label IS NULL ORDER BY a.area_code, s.label LIMIT {_SHOWN}"
    )
    if missing:
        raise ImportRefused(
            Problem(
                file_name,
                f"{source.areas.name(area)} has no row for {label}, though other areas have: rows "
                "are missing, and in this file a missing row is not a zero.",
                "Download the file again; if rows were left out by hand, put them back.",
                column=source.columns.get("part") or source.columns.get("strand"),
            )
            for area, label in missing
        )


def _refuse_implausible_totals(engine: Engine, source: Source, file_name: str) -> None:
    """Raise ImportRefused where a total lies far below a strand or far above all strands together.

    A little below happens (the total is revised at another time than the strands): that is a note
    in the quality report. Where a strand directly under the total is not in the file at all, the
    sum of the others is no upper limit.
    """
    share, count = source.checks.totals_share, source.checks.totals_count
    if share is None:
        return
    low = f"total + greatest({count}, {share} * total) < largest"
    high = f"total > added + greatest({count}, {share} * added)"
    direct = {s.code for s in taxonomy().children(taxonomy().total.code)}
    in_file = {s for (s,) in engine.rows("SELECT DISTINCT strand FROM facts")}
    if (direct & set(source.strands.values())) - in_file:
        high = "1 = 0"
    wrong = engine.rows(
        "SELECT area_code, month, counted, total, largest, added, total_row FROM "
        f"{totals_and_parts()} WHERE (({low}) OR ({high})) AND {_NO_HOLE_HERE}) "
        f"ORDER BY total_row LIMIT {_SHOWN}"
    )
    if wrong:
        total = taxonomy().total.label
        raise ImportRefused(
            Problem(
                file_name,
                f"{source.areas.name(area)}, {month:%B %Y}, {counted}: the total “{total}” is "
                f"{figure:,.0f}, which cannot be the total of strands whose largest is "
                f"{largest:,.0f} and whose sum is {added:,.0f}.",
                "Ask the publisher which is right; nothing was imported.",
                row=row,
                column=source.columns.get("value"),
            )
            for area, month, counted, figure, largest, added, row in wrong
        )


def _refuse_wards_that_do_not_add_up(engine: Engine, source: Source, file_name: str) -> None:
    """Raise ImportRefused where wards and areas differ by more than the source allows.

    They count the same offences, so a difference shows that part of the file is missing.
    """
    share = source.checks.wards_share
    if share is None:
        return
    wrong = engine.rows(
        "SELECT month, counted, strand, areas, wards FROM (SELECT month, counted, strand, "
        "sum(CASE WHEN level <> 'ward' THEN value ELSE 0 END) AS areas, "
        "sum(CASE WHEN level = 'ward' THEN value ELSE 0 END) AS wards FROM facts "
        f"WHERE level <> 'hole' AND strand = {quoted(taxonomy().total.code)} "
        "GROUP BY month, counted, strand) AS t "
        "WHERE (SELECT count(*) FROM facts WHERE level = 'ward') > 0 "
        f"AND abs(areas - wards) > greatest(10, {share} * areas) AND {_NO_HOLE}) "
        f"ORDER BY month, counted LIMIT {_SHOWN}"
    )
    if wrong:
        raise ImportRefused(
            Problem(
                file_name,
                f"{month:%B %Y}, {counted}: the {source.areas.kinds} add up to {areas:,.0f}, the "
                f"wards to {wards:,.0f}. They count the same, so part of the file is missing.",
                "Download the file again; if it stays, ask the publisher.",
                column=source.columns.get("level"),
            )
            for month, counted, _, areas, wards in wrong
        )
