"""The command behind ``make run``: bring figures in, find what stands out, serve the pages."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from openscrutiny.config.cli import DONE, REFUSED, Commands, complain
from openscrutiny.config.mail_commands import ticking
from openscrutiny.config.pages_commands import start_django
from openscrutiny.config.warehouse_commands import run_import, who
from openscrutiny.warehouse import places

if TYPE_CHECKING:  # its module needs Django to be set up
    from openscrutiny.base.demonstration_accounts import Account


def register(commands: Commands) -> None:
    """Add the sub-commands that need the whole product."""
    run = commands.add_parser("run", help="bring figures in, find what stands out, serve the pages")
    run.add_argument(
        "--data", type=Path, metavar="FOLDER", help="published files (default: the invented city)"
    )
    run.add_argument("--port", type=int, default=8000, help="on 127.0.0.1 (default 8000)")
    run.set_defaults(run=run_product)


def run_product(given: argparse.Namespace) -> int:
    """Prepare what is not prepared yet, print the address and accounts, and serve until stopped."""
    started = time.monotonic()
    prepared = _bring_in(given.data) if given.data else _invent()
    place = places.current()
    if not prepared or place is None:
        complain("There is nothing to serve yet.")
        return REFUSED
    # Set here alone: this server answers one person on this machine, who has no authenticator app.
    os.environ["OPENSCRUTINY_SHOWS_CODES"] = "yes"
    prepare_pages(place)
    accounts = ensure_accounts(place)
    if place.areas.invented:
        tell_story()
    print(f"\n{place.areas.place} is ready after {time.monotonic() - started:.1f} s.")
    print(f"Open http://127.0.0.1:{given.port}/ in a browser. Stop with Ctrl+C.")
    print("Accounts of this installation, to sign in with:")
    for account in accounts:
        held = f"{account.role} for {account.organisation}"
        print(f"  {account.username:<14} password {account.password}  ({held})")
    print("Each also needs a code; here the page that asks for it shows it.")
    sys.stdout.flush()
    with ticking():
        return serve(given.port)


def ensure_accounts(place: places.Place) -> tuple[Account, ...]:
    """The demonstration's organisations and one account for each role, with the tables ready.

    In an invented place the accounts are older than its invented record, which they made.
    """
    from openscrutiny.base.services import (  # noqa: PLC0415
        ensure_demonstration_accounts,
        ensure_organisations,
    )
    from openscrutiny.config.demonstration_thread import BEGAN  # noqa: PLC0415
    from openscrutiny.forum.terms import versions  # noqa: PLC0415

    now = datetime.now(UTC)
    # As the version adopted last names them; the file's names where none was.
    ensure_organisations((o.code, o.name, o.kind) for o in versions().newest.organisations)
    made = now - BEGAN - timedelta(weeks=2) if place.areas.invented else now
    return ensure_demonstration_accounts(folder=place.folder, by=who(), now=made)


def tell_story() -> None:
    """Put the demonstration's own record into an invented place, once."""
    from openscrutiny.config.demonstration_cast import Cast  # noqa: PLC0415
    from openscrutiny.config.demonstration_notes import note_charts  # noqa: PLC0415
    from openscrutiny.config.demonstration_thread import tell  # noqa: PLC0415

    if tell(Cast.of_accounts(), now=datetime.now(UTC)):
        print(
            "22 of the forum's 24 seats are filled, and it has met four times in a year. Four "
            "findings have been asked about, and one has come to a public account."
        )
    note_charts(now=datetime.now(UTC))


def prepare_pages(place: places.Place) -> None:
    """Bring the pages' database up to date and compute the findings, with progress shown."""
    start_django()
    from openscrutiny.monitor.services import compute_findings  # noqa: PLC0415

    found = compute_findings(
        place=place, by=who(), now=datetime.now(UTC), progress=show_progress, processes=2
    )
    print(
        f"{found.findings.count():,} findings of {found.checked:,} checked; "
        f"about {found.expected_by_chance:,.0f} expected to be chance."
    )


def show_progress(done: int, of: int) -> None:
    """Say how far the null data sets have come, on one line where there is a terminal."""
    if sys.stderr.isatty():
        end = "\n" if done == of else ""
        print(f"\rLearning what chance alone would flag: {done} of {of}", end=end, file=sys.stderr)
    elif done in (of // 4, of // 2, 3 * of // 4, of):
        print(f"Learning what chance alone would flag: {done} of {of}", file=sys.stderr)


def serve(port: int) -> int:
    """Serve the pages on 127.0.0.1 until interrupted."""
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces  # noqa: PLC0415

    server = Granian(
        "openscrutiny.config.wsgi:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        workers_kill_timeout=5,
        websockets=False,
        log_enabled=False,
    )
    server.serve()
    return DONE


def _bring_in(folder: Path) -> bool:
    print(f"Reading the published files in {folder} ...", flush=True)
    given = argparse.Namespace(paths=[folder], source=None, place=None)
    return run_import(given) == DONE or places.current() is not None


def _invent() -> bool:
    from openscrutiny.demonstration.build import build  # noqa: PLC0415

    build(by=who(), now=datetime.now(UTC), say=print)
    return True
