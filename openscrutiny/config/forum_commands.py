"""Commands on the forum's own record: archive, export."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from openscrutiny.config.cli import DONE, Commands
from openscrutiny.config.pages_commands import start_django


def register(commands: Commands) -> None:
    """Add the sub-commands of the forum's record."""
    archive = commands.add_parser("archive", help="bring in an older record of meetings, as JSON")
    archive.add_argument("file", metavar="FILE", type=Path, help="a list with an entry a meeting")
    archive.add_argument(
        "--record", metavar="NAME", default="", help="its name (that of the file if left out)"
    )
    archive.add_argument("--look", action="store_true", help="say what it holds; bring in nothing")
    archive.set_defaults(run=run_archive)

    export = commands.add_parser("export", help="write the forum's record in a public format")
    export.add_argument("format", choices=("popolo",), help="bodies, seats, members, meetings")
    export.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    export.set_defaults(run=run_export)


def run_archive(given: argparse.Namespace) -> int:
    """Bring in all of a file or nothing; a second time it changes nothing."""
    content = given.file.read_bytes()
    start_django()
    from django.utils import timezone  # noqa: PLC0415
    from django.utils.text import slugify  # noqa: PLC0415

    from openscrutiny.forum.services.archive import bring_in, would_become  # noqa: PLC0415

    record = slugify(given.record or given.file.stem)[:60]
    now = timezone.now()
    if given.look:
        print(would_become(content, record=record, now=now).words)
        return DONE
    print(bring_in(content, record=record, by=None, now=now).words)
    return DONE


def run_export(given: argparse.Namespace) -> int:
    """Write what anybody may know of the forum's bodies, seats, members and meetings."""
    start_django()
    from django.utils import timezone  # noqa: PLC0415

    from openscrutiny.forum import popolo  # noqa: PLC0415

    found = popolo.document(now=timezone.now())
    text = json.dumps(found, ensure_ascii=False, indent=1)
    given.output.write_text(f"{text}\n", encoding="utf-8")
    print(f"Written: {given.output.name}, with {len(found['memberships']):,} memberships.")
    return DONE
