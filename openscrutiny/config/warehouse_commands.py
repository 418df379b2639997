"""Commands on files and figures: import, batches, withdraw, panel."""

from __future__ import annotations

import argparse
import csv
import getpass
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openscrutiny.config.cli import DONE, REFUSED, Commands, complain
from openscrutiny.warehouse import places

if TYPE_CHECKING:
    from openscrutiny.core.panel import Panel
    from openscrutiny.warehouse.engine import Engine
    from openscrutiny.warehouse.ingest import ImportResult

# How many of the files a folder's import left alone are named.
_NAMED = 5


def register(commands: Commands) -> None:
    """Add the sub-commands of the warehouse."""
    bring = commands.add_parser("import", help="bring in published files, or folders of them")
    bring.add_argument("paths", nargs="+", metavar="PATH", type=Path)
    bring.add_argument("--source", metavar="ID", help="the source, where it cannot be recognised")
    bring.add_argument("--place", metavar="ID", help="only sources of this place")
    bring.set_defaults(run=run_import)

    listing = commands.add_parser("batches", help="list the batches in use")
    listing.add_argument("--all", action="store_true", help="also superseded and withdrawn ones")
    listing.add_argument("--json", action="store_true", help="everything known of each, as JSON")
    _place_option(listing)
    listing.set_defaults(run=run_batches)

    taking = commands.add_parser("withdraw", help="take a batch out of use, for a reason")
    taking.add_argument("batch", metavar="BATCH")
    taking.add_argument("--reason", required=True, help="why; kept and shown")
    _place_option(taking)
    taking.set_defaults(run=run_withdraw)

    panel = commands.add_parser("panel", help="print the monthly figures of a measure")
    panel.add_argument("measure", metavar="MEASURE", help="a measure, or a thing counted")
    panel.add_argument("--area", metavar="A", help="a code or name; the place's id for the whole")
    panel.add_argument("--strand", metavar="S", help="a strand's code or label")
    panel.add_argument("--from", dest="first", metavar="YYYY-MM", type=_month_text)
    panel.add_argument("--to", dest="last", metavar="YYYY-MM", type=_month_text)
    panel.add_argument(
        "--months", type=int, metavar="N", help="each figure covers the N months that end there"
    )
    form = panel.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="as CSV (the default)")
    form.add_argument("--json", action="store_true", help="as JSON")
    _place_option(panel)
    panel.set_defaults(run=run_panel)


# ---- import --------------------------------------------------------------------------------------


def run_import(given: argparse.Namespace) -> int:
    """Import every file named, and every recognised file in every folder named."""
    from openscrutiny.warehouse.engine import Engine  # noqa: PLC0415
    from openscrutiny.warehouse.refusals import ImportRefused, NotRecognised  # noqa: PLC0415

    narrowed = places.open_place(given.place) if given.place else None
    results: list[ImportResult] = []
    refused, skipped = 0, []
    with Engine() as engine:
        for path, in_folder in _files(given.paths):
            try:
                result = _import_one(engine, path, given.source, narrowed)
            except NotRecognised as error:
                if in_folder:
                    skipped.append(path.name)
                else:
                    refused += 1
                    _print_refusal(path, error)
            except ImportRefused as error:
                refused += 1
                _print_refusal(path, error)
            else:
                results.append(result)
                _print_result(result)
    if skipped:
        named = ", ".join(skipped[:_NAMED]) + (", …" if len(skipped) > _NAMED else "")
        print(f"not recognised, left alone: {_files_in_words(len(skipped))} ({named})")
    if not results and not refused:
        complain(
            "Nothing was imported: the folder holds none of the published files. The files and "
            "the pages to download them from are named in definitions/sources/."
        )
    if results:
        _use_place_of(results)
    return DONE if results and not refused else REFUSED


def _files_in_words(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _files(paths: list[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file to try, and whether it was found in a folder rather than named."""
    for path in paths:
        if path.is_dir():
            for found in sorted(p for p in path.rglob("*") if p.is_file()):
                if not any(part.startswith(".") for part in found.relative_to(path).parts):
                    yield found, True
        else:
            yield path, False


def _import_one(
    engine: Engine, path: Path, source: str | None, place: places.Place | None
) -> ImportResult:
    from openscrutiny.warehouse.ingest import import_file  # noqa: PLC0415

    return import_file(
        path, source_id=source, by=who(), now=datetime.now(UTC), place=place, engine=engine
    )


def _print_result(result: ImportResult) -> None:
    words = {
        "imported": "imported",
        "already_here": "already here",
        "superseded": "imported, supersedes the edition before",
        "older_edition": "kept as history",
    }
    manifest = result.manifest
    print(f"{words[result.outcome]}: {manifest.file_name} as {manifest.batch}")
    print(f"  {manifest.title}, {manifest.first_month} to {manifest.last_month}")
    for message in result.messages:
        print(f"  {message}")


def _print_refusal(path: Path, error: Any) -> None:
    complain(f"refused: {path}")
    for problem in error.problems:
        complain(f"  {problem}")


def _use_place_of(results: list[ImportResult]) -> None:
    """Use the place whose file came last, and say so where that changes something."""
    before, after = places.current(), results[-1].place
    if before is not None and before.id == after.id:
        return
    places.make_current(after)
    kept = f" {before.areas.place}'s figures stay in their own folder." if before else ""
    print(f"The place in use is now {after.areas.place}.{kept}")


# ---- batches -------------------------------------------------------------------------------------


def run_batches(given: argparse.Namespace) -> int:
    """List batches, in use or all."""
    from openscrutiny.warehouse.batches import open_ledger  # noqa: PLC0415

    ledger = open_ledger(place_of(given))
    shown = ledger.all if given.all else ledger.active
    if given.json:
        listed = [m.to_json() for m in shown]
        print(json.dumps({"data_version": ledger.data_version, "batches": listed}, indent=2))
        return DONE
    print(f"data version {ledger.data_version}")
    for m in shown:
        print(
            f"{m.batch}  {m.status}  {m.first_month} to {m.last_month}  "
            f"{m.rows_accepted:,} rows, {m.rows_rejected:,} rejected  {m.publisher}, {m.licence} "
            f"({m.licence_status})"
        )
        if m.withdrawn_reason:
            print(f"  withdrawn {m.withdrawn_at} by {m.withdrawn_by}: {m.withdrawn_reason}")
    if not shown:
        print("no batch yet: import a published file with “openscrutiny import FILE”")
    return DONE


def run_withdraw(given: argparse.Namespace) -> int:
    """Take a batch out of use."""
    from openscrutiny.warehouse.batches import withdraw  # noqa: PLC0415

    gone, back = withdraw(
        place_of(given), given.batch, reason=given.reason, by=who(), now=datetime.now(UTC)
    )
    print(f"withdrawn: {gone.batch}")
    if back is not None:
        print(f"  The edition before it is in use again: {back.batch} ({back.edition}).")
    else:
        print(f"  No other edition of {gone.source} is in use in its place.")
    return DONE


# ---- panel ---------------------------------------------------------------------------------------


def run_panel(given: argparse.Namespace) -> int:
    """Print a series: one row per area, strand and month."""
    from openscrutiny.warehouse.definitions import taxonomy  # noqa: PLC0415
    from openscrutiny.warehouse.export import PANEL_COLUMNS, panel_rows  # noqa: PLC0415

    place = place_of(given)
    panel = _figures(given, place)
    areas = [area_code(place, given.area)] if given.area else list(place.areas.codes)
    strands = [strand_code(given.strand)] if given.strand else list(taxonomy().codes)
    first, last = given.first or "", given.last or "9999-12"
    months = [m for m in panel.months if first <= str(m) <= last]
    rows = list(panel_rows(panel, place.areas, areas=areas, strands=strands, months=months))
    if not rows:
        complain(f"There are no months to print: the figures cover {panel.period.words}.")
    if given.json:
        listed = [dict(zip(PANEL_COLUMNS, row, strict=True)) for row in rows]
        figures = {"measure": panel.name, "data_version": panel.version, "figures": listed}
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(PANEL_COLUMNS)
        out.writerows([("" if cell is None else cell) for cell in row] for row in rows)
    return DONE


def _figures(given: argparse.Namespace, place: places.Place) -> Panel:
    """The panel asked for, with the whole as its last area."""
    from openscrutiny.core.measures import Kind, evaluate  # noqa: PLC0415
    from openscrutiny.warehouse.definitions import measures  # noqa: PLC0415
    from openscrutiny.warehouse.queries import counts  # noqa: PLC0415

    whole = place.areas.id
    counted = {name: panel.with_whole(whole) for name, panel in counts(place).items()}
    if given.months is not None and given.months < 1:
        raise ValueError("--months is a number of months, 1 or more.")
    if given.measure in counted:
        panel = counted[given.measure]
        return panel if given.months is None else panel.trailing(given.months)
    known = measures()
    if given.measure not in known:
        raise ValueError(_no_such("a measure", given.measure, [*known, *counted]))
    measure = known[given.measure]
    if lacking := [c for c in measure.counts if c not in counted]:
        raise ValueError(
            f"{measure.label} needs figures of {' and '.join(lacking)}, which no file in use "
            "holds. Import one."
        )
    window = given.months
    if window is None and measure.kind is Kind.RATIO:
        window = 1
    return evaluate(measure, counted, whole=whole, window_months=window)


# ---- what a person types -------------------------------------------------------------------------


def _place_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--place", metavar="ID", help="a place other than the one in use")


def place_of(given: argparse.Namespace) -> places.Place:
    """The place asked for with --place, else the one in use; LookupError before any import."""
    asked = getattr(given, "place", None)
    place = places.open_place(asked) if asked else places.current()
    if place is None:
        raise LookupError(
            "Nothing has been imported yet. Import a published file with "
            "“openscrutiny import FILE”."
        )
    return place


def area_code(place: places.Place, wanted: str) -> str:
    """The code of an area somebody typed, the place's id for all of it; ValueError if unknown."""
    if wanted.casefold() in (place.id, place.areas.whole.casefold()):
        return place.areas.id
    area = place.areas.find(wanted)
    if area is None:
        names = [place.areas.id, *(a.name for a in place.areas.areas)]
        raise ValueError(_no_such(f"an area of {place.areas.place}", wanted, names))
    return area.code


def strand_code(wanted: str) -> str:
    """The code of a strand somebody typed; ValueError if unknown."""
    from openscrutiny.warehouse.definitions import taxonomy  # noqa: PLC0415

    strand = taxonomy().find(wanted)
    if strand is None:
        names = [*taxonomy().codes, *(s.label for s in taxonomy().strands)]
        raise ValueError(_no_such("a strand", wanted, names))
    return strand.code


def _no_such(what: str, wanted: str, names: list[str]) -> str:
    """A refusal that names what the person may have meant."""
    by_key = {n.casefold(): n for n in names}
    near = [by_key[k] for k in get_close_matches(wanted.casefold(), by_key, n=3, cutoff=0.5)]
    if near:
        return f"“{wanted}” is not {what}. Did you mean {' or '.join(near)}?"
    return f"“{wanted}” is not {what}. Use one of: {', '.join(names)}."


def _month_text(text: str) -> str:
    from openscrutiny.core.months import Month  # noqa: PLC0415

    try:
        return str(Month.parse(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def who() -> str:
    """The person on whose behalf a command runs: ``OPENSCRUTINY_BY``, else the login name."""
    try:
        return os.environ.get("OPENSCRUTINY_BY") or getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
