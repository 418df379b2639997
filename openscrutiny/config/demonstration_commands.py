"""The command that builds the demonstration: demo."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from openscrutiny.config.cli import DONE, Commands
from openscrutiny.config.run_commands import ensure_accounts, prepare_pages, tell_story
from openscrutiny.config.warehouse_commands import who
from openscrutiny.warehouse import places


def register(commands: Commands) -> None:
    """Add the sub-command of the demonstration."""
    demo = commands.add_parser(
        "demo", help="invent a city, import its figures and make it the place in use"
    )
    demo.add_argument(
        "--seed",
        type=_seed,
        metavar="N",
        help="another ten years for every number",
    )
    demo.add_argument(
        "--without-stories", action="store_true", help="plant nothing for the findings to find"
    )
    demo.set_defaults(run=run_demo)


def run_demo(given: argparse.Namespace) -> int:
    """Build the demonstration and its record, saying each step; a second time nothing is left."""
    from openscrutiny.demonstration.build import SEED, build  # noqa: PLC0415

    build(
        seed=SEED if given.seed is None else given.seed,
        stories=not given.without_stories,
        by=who(),
        now=datetime.now(UTC),
        say=print,
    )
    place = places.current()
    assert place is not None
    prepare_pages(place)
    ensure_accounts(place)
    if not given.without_stories:
        tell_story()
    return DONE


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if seed < 0:
        raise argparse.ArgumentTypeError(f"“{text}” is not a seed: use 0 or a whole number above.")
    return seed
