"""Commands that need the pages' database: findings, serve."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from openscrutiny.config.cli import DONE, Commands
from openscrutiny.config.warehouse_commands import area_code, place_of, strand_code, who
from openscrutiny.core.months import Month


def register(commands: Commands) -> None:
    """Add the sub-commands of the pages."""
    findings = commands.add_parser("findings", help="find what deserves a question, and list it")
    findings.add_argument("--json", action="store_true", help="everything known of each, as JSON")
    findings.add_argument("--month", metavar="YYYY-MM", help="only periods that end there")
    findings.add_argument("--measure", metavar="M", default="")
    findings.add_argument(
        "--area", metavar="A", help="a code or name; the place's id for the whole"
    )
    findings.add_argument("--strand", metavar="S", help="a strand's code or label")
    findings.add_argument("--kind", choices=("over_time", "between"), default="")
    findings.set_defaults(run=run_findings)

    serve = commands.add_parser("serve", help="serve the pages on 127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="default 8000")
    serve.set_defaults(run=run_serve)


def start_django() -> None:
    """Make the pages' models and settings usable, with their tables up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openscrutiny.config.settings")
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def run_findings(given: argparse.Namespace) -> int:
    """Compute what has not been computed, then list what a choice shows."""
    place = place_of(given)
    choice = {
        "measure": given.measure,
        "area": area_code(place, given.area) if given.area else "",
        "strand": strand_code(given.strand) if given.strand else "",
        "kind": given.kind,
    }
    month = str(Month.parse(given.month)) if given.month else ""
    start_django()
    from openscrutiny.config.run_commands import show_progress  # noqa: PLC0415
    from openscrutiny.core.wording import header  # noqa: PLC0415
    from openscrutiny.monitor import figures as reading  # noqa: PLC0415
    from openscrutiny.monitor import services  # noqa: PLC0415
    from openscrutiny.monitor.pages.findings import Choice, as_json, counted  # noqa: PLC0415

    found_in = services.compute_findings(
        place=place, by=who(), now=datetime.now(UTC), progress=show_progress, processes=2
    )
    figures = reading.current()
    if given.measure and given.measure not in figures.measures:
        known = ", ".join(figures.measures)
        raise ValueError(f"“{given.measure}” is not a measure. Use one of: {known}.")
    matching = found_in.findings.matching(**choice)  # type: ignore[attr-defined]
    rows = list((matching.in_month(month) if month else matching).ranked())
    looked = counted(figures, found_in, len(rows), Choice(**choice), month)
    if given.json:
        _print_json([as_json(f, figures.data_version) for f in rows], looked)
        return DONE
    if looked is not None:
        print(header(len(rows), looked.checked, looked.expected))
    for finding in rows:
        print(f"{finding.id}  {finding.period_to}  {finding.sentence}")
    return DONE


def _print_json(rows: list[dict[str, Any]], looked: Any) -> None:
    counted = {
        "checked": looked.checked if looked else None,
        "expected_by_chance": looked.expected if looked else None,
    }
    json.dump({**counted, "findings": rows}, sys.stdout, ensure_ascii=False, indent=1)
    print()


def run_serve(given: argparse.Namespace) -> int:
    """Serve what is in use until stopped; nothing is imported or computed."""
    place = place_of(given)
    start_django()
    from openscrutiny.config.run_commands import serve  # noqa: PLC0415

    print(f"{place.areas.place}: http://127.0.0.1:{given.port}/ (stop with Ctrl+C)", flush=True)
    return serve(given.port)
