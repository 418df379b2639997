"""Commands on notices: tick tells and sends what is due, bounce notes a mail that came back."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from openscrutiny.config.cli import DONE, REFUSED, Commands, complain
from openscrutiny.config.pages_commands import start_django

_EVERY = 60  # seconds
_LARGEST = 6 * 1024 * 1024


def register(commands: Commands) -> None:
    """Add the sub-commands of notices."""
    tick = commands.add_parser("tick", help="tell and send what is due; to be run each minute")
    tick.add_argument(
        "--keep-on",
        action="store_true",
        help="run each minute for as long as the process lives that started this one",
    )
    tick.set_defaults(run=run_tick)

    bounce = commands.add_parser("bounce", help="note a mail that came back, from standard input")
    bounce.set_defaults(run=run_bounce)


def run_tick(given: argparse.Namespace) -> int:
    """Tell and send what is due. Exit code 2 where a rule could not be asked."""
    parent = os.getppid()
    start_django()
    if given.keep_on:
        return _keep_on(parent)
    from openscrutiny.base.mail.tick import tick  # noqa: PLC0415

    done = tick(datetime.now(UTC))
    print(f"{done.sending.sent} sent, {done.sending.failed} failed.")
    if done.problem:
        complain(done.problem)
        return REFUSED
    return DONE


def run_bounce(given: argparse.Namespace) -> int:
    """Read one report of a mail that came back (RFC 3464) and mark what it is about."""
    raw = sys.stdin.buffer.read(_LARGEST)
    start_django()
    from openscrutiny.base.mail.bounces import note_bounce  # noqa: PLC0415

    marked = note_bounce(raw)
    print(f"Marked as come back: {marked} notice{'s' if marked > 1 else ''}.")
    return DONE


@contextmanager
def ticking() -> Iterator[subprocess.Popen[bytes]]:
    """Tick each minute in a process beside this one, which ends with it however it ends."""
    command = [sys.executable, "-m", "openscrutiny.config.cli", "tick", "--keep-on"]
    beside = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield beside
    finally:
        beside.terminate()
        try:
            beside.wait(timeout=10)
        except subprocess.TimeoutExpired:
            beside.kill()
            beside.wait()


def _keep_on(parent: int) -> int:
    """Tick each minute until the parent has gone. A fault of one minute does not end the next."""
    from django.db import DatabaseError, close_old_connections  # noqa: PLC0415

    from openscrutiny.base.mail.tick import tick  # noqa: PLC0415

    due = time.monotonic()
    try:
        while os.getppid() == parent:
            if time.monotonic() >= due:
                due = time.monotonic() + _EVERY
                try:
                    tick(datetime.now(UTC))
                except DatabaseError as error:
                    complain(f"Notices wait for the next minute ({type(error).__name__}).")
                close_old_connections()
            time.sleep(1)
    except KeyboardInterrupt:
        return DONE  # Ctrl+C reaches the whole group; the one beside says goodbye
    return DONE
