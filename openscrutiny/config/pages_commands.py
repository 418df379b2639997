"""Commands that need the pages' database: findings, brief, pack, serve."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
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

    brief = commands.add_parser("brief", help="two pages on one area, to carry into a hearing")
    brief.add_argument("area", metavar="AREA", help="a code or name")
    brief.add_argument(
        "--as-of", metavar="YYYY-MM", help="the last month to use (the latest there is if left out)"
    )
    brief.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help="ends in .pdf or .html"
    )
    brief.set_defaults(run=run_brief)

    pack = commands.add_parser("pack", help="agenda and papers of a meeting in one file to print")
    pack.add_argument("number", metavar="NUMBER", help="the number of the meeting")
    pack.add_argument("--closed", action="store_true", help="with what is closed to the public")
    pack.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help="ends in .pdf"
    )
    pack.set_defaults(run=run_pack)

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


def run_brief(given: argparse.Namespace) -> int:
    """Write the brief on an area; findings that have not been computed yet are computed first."""
    place, output = place_of(given), given.output
    ending = output.suffix.lower()
    if ending not in (".pdf", ".html"):
        raise ValueError(f"“{output}” is not a name for a brief. Let it end in .pdf or .html.")
    _need_folder(output)
    area = place.areas.find(area_code(place, given.area))
    if area is None:
        raise ValueError(
            f"A brief is about one {place.areas.kind}, not about {place.areas.place} as a whole."
        )
    as_of = Month.parse(given.as_of) if given.as_of else None
    start_django()
    from openscrutiny.config.run_commands import show_progress  # noqa: PLC0415
    from openscrutiny.monitor import figures as reading  # noqa: PLC0415
    from openscrutiny.monitor.services import compute_findings  # noqa: PLC0415
    from openscrutiny.scrutiny.brief import renderings  # noqa: PLC0415
    from openscrutiny.scrutiny.brief.page import brief_page  # noqa: PLC0415

    reading.current().as_of(as_of)  # an unknown month is refused before anything is computed
    compute_findings(
        place=place, by=who(), now=datetime.now(UTC), progress=show_progress, processes=2
    )
    page = brief_page(area.slug, as_of=as_of)
    if ending == ".pdf":
        output.write_bytes(renderings.as_pdf(page))
    else:
        output.write_text(renderings.as_html(page), encoding="utf-8")
    print(f"{output}: {page.title}, figures up to {page.as_of.words}")
    return DONE


def run_pack(given: argparse.Namespace) -> int:
    """Write the pack of a meeting: the open one, unless the full one is asked for."""
    place_of(given)
    output = given.output
    if output.suffix.lower() != ".pdf":
        raise ValueError(f"“{output}” is not a name for a pack. Let it end in .pdf.")
    _need_folder(output)
    start_django()
    from openscrutiny.core.workflow import NotPossible  # noqa: PLC0415
    from openscrutiny.forum.models import Meeting  # noqa: PLC0415
    from openscrutiny.forum.pages import packs  # noqa: PLC0415

    meeting = Meeting.objects.select_related("body").filter(number=given.number).first()
    if meeting is None:
        raise ValueError(f"There is no meeting {given.number}. Look in the list of meetings.")
    try:
        made = packs.pack(meeting, closed=given.closed)
    except NotPossible as refusal:
        raise ValueError(str(refusal)) from None
    output.write_bytes(packs.as_pdf(made))
    print(f"{output}: {made.title}, {made.when}")
    return DONE


def _need_folder(output: Path) -> None:
    if not output.parent.is_dir():
        raise ValueError(f"There is no folder {output.parent}. Make it first, or name another.")


def run_serve(given: argparse.Namespace) -> int:
    """Serve what is in use until stopped; nothing is imported or computed."""
    place = place_of(given)
    start_django()
    from openscrutiny.config.run_commands import serve  # noqa: PLC0415

    print(f"{place.areas.place}: http://127.0.0.1:{given.port}/ (stop with Ctrl+C)", flush=True)
    return serve(given.port)
