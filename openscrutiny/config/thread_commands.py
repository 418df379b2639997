"""Commands on the record: thread, audit, diagrams."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from openscrutiny.config.cli import DONE, REFUSED, Commands
from openscrutiny.config.pages_commands import start_django
from openscrutiny.core.machines import MACHINES

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "workflow.md"


def register(commands: Commands) -> None:
    """Add the sub-commands of the record."""
    thread = commands.add_parser("thread", help="what led to what: every link, or those of a thing")
    thread.add_argument("reference", nargs="?", help="such as question:2026-001; all without it")
    thread.add_argument("--json", action="store_true", help="print the links as JSON")
    thread.set_defaults(run=run_thread)

    audit = commands.add_parser("audit", help="check that the audit trail is as it was written")
    audit.add_argument("--expect", metavar="HEAD", default="", help="a head that was noted earlier")
    audit.set_defaults(run=run_audit)

    diagrams = commands.add_parser("diagrams", help="draw the state tables")
    diagrams.add_argument("--write", action="store_true", help="into docs/workflow.md")
    diagrams.set_defaults(run=run_diagrams)


def run_thread(given: argparse.Namespace) -> int:
    """Print links, oldest first. A reference that nothing has is refused."""
    start_django()
    from openscrutiny.base.models import Link  # noqa: PLC0415
    from openscrutiny.base.thread import Reference, links_of  # noqa: PLC0415

    if given.reference:
        links = links_of(str(Reference.parse(given.reference)))
        if not links:
            raise LookupError(
                f"No link leads to or from {given.reference}. “openscrutiny thread” lists all."
            )
    else:
        links = list(Link.objects.all())
    if given.json:
        rows = [
            {"from": x.from_ref, "to": x.to_ref, "kind": x.kind, "at": x.at.isoformat()}
            for x in links
        ]
        json.dump({"links": rows}, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return DONE
    for x in links:
        print(f"{x.at:%Y-%m-%d %H:%M}  {x.from_ref}  {x.kind}  {x.to_ref}")
    return DONE


def run_audit(given: argparse.Namespace) -> int:
    """Walk the audit chain; exit code 2 where it does not hold."""
    start_django()
    from openscrutiny.base.audit import verify  # noqa: PLC0415

    verdict = verify(expected_head=given.expect)
    if verdict.wrong:
        print(f"The audit trail does not hold. {verdict.wrong} Restore it from a backup.")
        return REFUSED
    print(f"The audit trail holds: {verdict.events:,} events. Its head is {verdict.head}.")
    return DONE


def run_diagrams(given: argparse.Namespace) -> int:
    """Print the state tables as Mermaid diagrams, or write them into the document."""
    if given.write:
        _DOCUMENT.write_text(document(), encoding="utf-8")
        print(f"Written: {_DOCUMENT.name}")
    else:
        print(document(), end="")
    return DONE


def document() -> str:
    """The whole document of the state tables, as it stands in docs/workflow.md."""
    beginning = (
        "# What may happen to what\n\n"
        "Drawn from the state tables in `openscrutiny/core/machines/` by `openscrutiny diagrams "
        "--write`. The same rows decide who may take a step, what must hold first, what the audit "
        "trail says and who is told.\n"
    )
    drawn = [f"\n## {m.noun.capitalize()}\n\n```mermaid\n{m.diagram()}```\n" for m in MACHINES]
    return beginning + "".join(drawn)
