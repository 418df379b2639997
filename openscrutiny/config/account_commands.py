"""The command for the accounts of an installation on one's own machine: code."""

from __future__ import annotations

import argparse
import time

from openscrutiny.config.cli import DONE, Commands
from openscrutiny.config.pages_commands import start_django
from openscrutiny.config.warehouse_commands import place_of


def register(commands: Commands) -> None:
    """Add the sub-command of accounts."""
    code = commands.add_parser("code", help="print the present code of a demonstration account")
    code.add_argument("name", metavar="NAME", help="the account's name, as accounts.txt has it")
    code.set_defaults(run=run_code)


def run_code(given: argparse.Namespace) -> int:
    """Print the six digits that the account's authenticator app would show now."""
    place = place_of(given)
    start_django()
    from openscrutiny.base.codes import code_at  # noqa: PLC0415
    from openscrutiny.base.demonstration_accounts import read_accounts  # noqa: PLC0415

    keys = {a.username: a.key for a in read_accounts(place.folder) if a.key}
    if given.name not in keys:
        known = ", ".join(keys) or "none yet: start “openscrutiny run” once"
        raise ValueError(f"No demonstration account is called “{given.name}”. There are: {known}.")
    print(code_at(keys[given.name], time.time()))
    return DONE
