"""The command line: ``openscrutiny COMMAND``.

Each family of commands lies in a module with a ``register`` function, which adds its sub-commands
and names for each the function that carries it out. Exit codes: 0 done, 2 refused or misused. A
person never sees a traceback; ``--traceback`` is for developers.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from openscrutiny.core.workflow import NotPossible

# Modules with ``register(commands)``; a later one may be missing its own requirements, so each is
# imported only when the command line is used.
COMMAND_MODULES = (
    "openscrutiny.config.warehouse_commands",
    "openscrutiny.config.demonstration_commands",
    "openscrutiny.config.pages_commands",
    "openscrutiny.config.run_commands",
    "openscrutiny.config.account_commands",
    "openscrutiny.config.thread_commands",
    "openscrutiny.config.forum_commands",
    "openscrutiny.config.method_commands",
    "openscrutiny.config.mail_commands",
)

DONE, REFUSED = 0, 2

Commands = Any  # argparse gives the type of add_subparsers no public name
Run = Callable[[argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """The whole command line, with every module's sub-commands."""
    made = argparse.ArgumentParser(
        prog="openscrutiny",
        description="From a police service's published hate crime file to what deserves scrutiny.",
        epilog="All state lives in one folder: OPENSCRUTINY_HOME (default var/ in the checkout).",
    )
    made.add_argument(
        "--traceback", action="store_true", help="show where in the program an error arose"
    )
    commands = made.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMAND_MODULES:
        import_module(module).register(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = parser().parse_args(arguments)
    run: Run = given.run
    try:
        return run(given)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: say nothing more to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("Stopped. What was in use before is still in use.", file=sys.stderr)
        return REFUSED
    except Exception as error:
        if given.traceback:
            raise
        print(sentence_of(error), file=sys.stderr)
        return REFUSED


def sentence_of(error: BaseException) -> str:
    """What to tell a person about an error: its own sentence where it has one."""
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror or error}. Check the path, its permissions and free space."
    if isinstance(error, (ValueError, LookupError, NotPossible)) and error.args:
        return str(error.args[0])
    return (
        f"Something went wrong that the program does not expect ({type(error).__name__}: {error}). "
        "Nothing was changed. Run it again with --traceback before the command and report that."
    )


def complain(message: str) -> None:
    """A line for the person, beside the output proper."""
    print(message, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
