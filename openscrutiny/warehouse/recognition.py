"""Which source a file belongs to: by its shape, its columns and its areas, never by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from openscrutiny.warehouse.engine import Engine, EngineError, csv, named, parquet
from openscrutiny.warehouse.received import Glance, guard
from openscrutiny.warehouse.refusals import ImportRefused, NotRecognised, Problem
from openscrutiny.warehouse.sources import Source, sources

# Of the labels of areas in a file, the share that must be known before it can be of a source.
_KNOWN_SHARE = 0.5
_AREA_ROLES = ("area_code", "area_name", "level")


def recognise(
    engine: Engine, seen: Glance, *, source_id: str | None = None, place: str | None = None
) -> Source:
    """The one source whose columns and areas fit the file.

    ``source_id`` names it instead, ``place`` narrows the choice to one authority. NotRecognised
    says which source came nearest and what was missing; ImportRefused, that the columns fit and
    something else does not.
    """
    candidates = _candidates(seen, source_id, place)
    fitting = [s for s in candidates if not s.missing_columns(seen.header)]
    if not fitting:
        raise NotRecognised([_nearest(seen, candidates)])
    if seen.flaw is not None:
        raise ImportRefused([seen.flaw])
    guard(
        seen,
        megabytes=max(s.checks.megabytes for s in fitting),
        line_end=all(s.checks.line_end for s in fitting),
    )
    found = _known_shares(engine, seen, fitting)
    if all(share is None for share in found.values()):
        raise ImportRefused([_nothing_kept(seen, fitting[0])])
    shares = {id: share or 0.0 for id, share in found.items()}
    matching = [s for s in fitting if shares[s.id] >= _KNOWN_SHARE]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise _refused(
            seen,
            f"It could be of {_listed(s.id for s in matching)}.",
            "Say which one with --source.",
        )
    best = max(fitting, key=lambda s: shares[s.id])
    raise ImportRefused(
        [
            Problem(
                seen.path.name,
                f"Its columns are those of {_listed(s.id for s in fitting)}, but of its areas only "
                f"{shares[best.id]:.0%} are known to {best.areas.place}.",
                "Check that it is the right police service's file; a new place needs its own "
                "area and source definitions.",
                column=best.columns.get("area_code") or best.columns.get("area_name"),
            )
        ]
    )


def _candidates(seen: Glance, source_id: str | None, place: str | None) -> list[Source]:
    known = sources()
    maps = seen.form == "geojson"
    if source_id is None:
        return [
            s
            for s in known.values()
            if (place is None or s.areas.id == place) and (s.shape == "polygons") == maps
        ]
    if source_id not in known:
        raise _refused(
            seen, f"“{source_id}” is not a source.", f"The sources are {', '.join(known)}."
        )
    if place is not None and known[source_id].areas.id != place:
        raise _refused(
            seen,
            f"{source_id} is a source of {known[source_id].areas.id}, not of {place}.",
            "Name its own place, or none.",
        )
    if (known[source_id].shape == "polygons") != maps:
        holds = ("boundaries (GeoJSON)", "a table of figures")
        raise _refused(
            seen,
            f"{source_id} is a source of {holds[maps]}; this file holds {holds[not maps]}.",
            "Name another source, or none.",
        )
    return [known[source_id]]


def _refused(seen: Glance, message: str, what_to_do: str) -> ImportRefused:
    return ImportRefused([Problem(seen.path.name, message, what_to_do)])


def _nearest(seen: Glance, candidates: list[Source]) -> Problem:
    if seen.flaw is not None and len(seen.header) < 2:
        return seen.flaw
    nearest = min(candidates, key=lambda s: _distance(s, seen.header), default=None)
    if nearest is None:
        return Problem(seen.path.name, "No source is defined for this place.", "Define one.")
    missing = nearest.missing_columns(seen.header)
    if len(missing) > 4:
        missing = (*missing[:4], f"{len(missing) - 4} more")
    return Problem(
        seen.path.name,
        f"Its columns are those of no known source. The nearest is {nearest.id} "
        f"({nearest.title}); what is missing: {', '.join(missing)}.",
        "Check that it is the published file, unchanged.",
    )


def _distance(source: Source, header: tuple[str, ...]) -> float:
    wanted = len(source.label_columns)
    return sum(c not in header for c in source.label_columns) / wanted


def _known_shares(
    engine: Engine, seen: Glance, fitting: Iterable[Source]
) -> dict[str, float | None]:
    """For each source, of the different labels of areas in the rows that matter, the share known.

    None where no row matters. Sources of one shape look at the same columns, which are read once.
    """
    read: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    found = {}
    for source in fitting:
        picked = [source.columns[r] for r in _AREA_ROLES if r in source.columns]
        columns = tuple(dict.fromkeys((*picked, *source.keep, *source.set_aside)))
        if columns not in read:
            read[columns] = _labels(engine, seen, columns)
        found[source.id] = _known_share(source, columns, read[columns])
    return found


def _labels(engine: Engine, seen: Glance, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The different labels that stand in columns of a file."""
    if seen.form == "geojson":
        return list({tuple(given.get(c, "") for c in columns): None for given in seen.features})
    relation = parquet([seen.path]) if seen.form == "parquet" else csv(seen.path, seen.header)
    wanted = ", ".join(f"coalesce(CAST({named(c)} AS VARCHAR), '')" for c in columns)
    try:
        return engine.rows(f"SELECT DISTINCT {wanted} FROM {relation}")
    except EngineError as error:
        raise ImportRefused([unreadable(seen.path.name, error)]) from None


def _known_share(
    source: Source, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> float | None:
    labels = set()
    for row in rows:
        given = dict(zip(columns, row, strict=True))
        level = given.get(source.columns.get("level", ""), "")
        counts = source.means("level", level) == "area" if source.levels else True
        if counts and source.kept(given) is None:
            code, name = (given.get(source.columns.get(r, ""), "") for r in _AREA_ROLES[:2])
            labels.add((code, name))
    if not labels:
        return None
    in_set = sum((source.area(*label) or ("", ""))[0] == "area" for label in labels)
    return in_set / len(labels)


def _nothing_kept(seen: Glance, source: Source) -> Problem:
    wanted = [f"{column} “{label}”" for column, label in source.keep.items()]
    if source.levels:
        areas = [label for label, level in source.levels.items() if level == "area"]
        wanted.append(f"{source.columns['level']} “{', '.join(areas)}”")
    return Problem(
        seen.path.name,
        f"Its columns are those of {source.id}, but no row has "
        f"{' and '.join(wanted) or 'an area'}.",
        "Check that it is the file with these rows; if the publisher has changed its labels, "
        "change the source's definition.",
    )


def unreadable(name: str, error: EngineError) -> Problem:
    """What the engine said about a file's rows, as a problem with its row where it named one."""
    said = str(error)
    line = re.search(r"[Ll]ine:?\s*(\d+)", said)
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    message = (
        f"It has {columns[2]} columns where the headings name {columns[1]}, so the file is damaged "
        "or was cut off."
        if columns
        else "Its rows cannot be read as a table, so the file is damaged or was cut off."
    )
    return Problem(
        name,
        message,
        "Download the file again from the publisher's page.",
        row=int(line[1]) - 1 if line else None,
    )


def _listed(ids: Iterable[str]) -> str:
    return " or ".join(sorted(ids))
