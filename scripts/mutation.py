"""Mutation testing of core: every small change to the code should make a test fail."""

from __future__ import annotations

import fnmatch
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A test holds the table of alphas to be, byte for byte, what is written: there is no code in it.
SETTINGS = """
[tool.mutmut]
source_paths = ["openscrutiny/core"]
do_not_mutate = ["openscrutiny/core/surveillance/alphas.py"]
only_mutate = {only}
also_copy = {beside}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not browser and not real"]
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 5.0
timeout_constant = 5.0
"""
NOTICED = {"killed", "timeout", "caught by type check", "segfault", "suspicious"}
_NO_MUTANT = "openscrutiny.core.nothing.x_nothing__mutmut_1"
_AT_ONCE = 1000  # names on one command line


@dataclass(frozen=True)
class Mutation:
    """``states`` of the mutants that were tried, by name; ``made``: how many there are in all;
    ``diffs`` of those that no test noticed, where they were asked for."""

    states: Mapping[str, str]
    made: int
    diffs: Mapping[str, str]

    @property
    def killed(self) -> int:
        return len(self.states) - len(self.survivors)

    @property
    def survivors(self) -> tuple[str, ...]:
        """Those that no test noticed, or that no test reaches."""
        return tuple(name for name, state in self.states.items() if state not in NOTICED)

    @property
    def endless(self) -> int:
        """How many of those that were noticed took too long: five times the tests, and 25 s."""
        return sum(state == "timeout" for state in self.states.values())

    @property
    def share_killed(self) -> float:
        return self.killed / len(self.states)

    def by_room(self) -> dict[str, tuple[int, int]]:
        """(killed, tried) of every module of core, and of every package before its modules."""
        found: dict[str, tuple[int, int]] = {}
        for name, state in self.states.items():
            module = name.rpartition(".")[0].removeprefix("openscrutiny.core.").replace(".", "/")
            package = module.rpartition("/")[0]
            for room in {module, f"{package}/"} - {"/"}:
                killed, tried = found.get(room, (0, 0))
                found[room] = (killed + (state in NOTICED), tried + 1)
        return dict(sorted(found.items()))


def mutate(
    *patterns: str,
    tests: Sequence[str] = ("tests/core",),
    sample: int | None = None,
    seed: int = 0,
    processes: int | None = None,
    diffs: bool = False,
) -> Mutation:
    """Mutate the parts of core that the patterns name (``openscrutiny.core.months*``) in a copy.

    ``tests`` are the files or folders whose tests should notice. With ``sample``, so many of all
    mutants of those parts are drawn, each as likely as any other, the same ones for the same
    ``seed``. RuntimeError carries what the tool said when no mutant was tried.
    """
    # Files that no pattern can name are left as they are: making mutants of all takes minutes.
    only = [re.split(r"\*|\.x[_ǁ]", p)[0].replace(".", "/") + "*" for p in patterns]
    with _copied(tests, only) as tool:
        limit = ["--max-children", str(processes)] if processes else []
        chosen = list(patterns)
        said = ""
        if sample is not None:
            # The tool makes all mutants, and finds the tests that reach each, before it looks for
            # the ones that are named.
            said = tool("run", *limit, _NO_MUTANT)
            names = sorted(_named(_states(tool), patterns))
            chosen = random.Random(seed).sample(names, min(sample, len(names)))
        if sample is None or chosen:
            for start in range(0, len(chosen) or 1, _AT_ONCE):
                said = tool("run", *limit, *chosen[start : start + _AT_ONCE])
        all_states = _states(tool)
        states = {name: state for name, state in all_states.items() if state != "not checked"}
        if not states:
            raise RuntimeError(f"No mutant was tried:\n{said[-2000:]}")
        tried = Mutation(states, len(all_states), {})
        shown = {name: tool("show", name) for name in tried.survivors} if diffs else {}
    return Mutation(states, len(all_states), shown)


@contextmanager
def _copied(tests: Sequence[str], only: Sequence[str]) -> Iterator[_Tool]:
    """The tool in a copy of the checkout, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="openscrutiny-mutation-") as folder:
        copy = Path(folder, "copy")
        shutil.copytree(
            ROOT,
            copy,
            ignore=shutil.ignore_patterns(
                ".venv", "node_modules", "var", "build", ".git", "mutants"
            ),
        )
        with copy.joinpath("pyproject.toml").open("a") as project:
            # All but core: what is copied again on every run would undo the mutants made before.
            beside = [f"openscrutiny/{p.name}" for p in ROOT.joinpath("openscrutiny").iterdir()]
            beside = sorted({*beside, "definitions", "docs", "scripts"} - {"openscrutiny/core"})
            lists = {"tests": tests, "only": only, "beside": beside}
            project.write(SETTINGS.format(**{k: json.dumps([*v]) for k, v in lists.items()}))
        shared = {
            name: str((ROOT / os.environ.get(name, default)).resolve())
            for name, default in (
                ("OPENSCRUTINY_REAL_DATA", "../shared/data"),
                ("OPENSCRUTINY_REFERENCE", "../shared/reference"),
            )
        }
        # The copy is what is tried, so nothing may lead to another checkout.
        inherited = {name: v for name, v in os.environ.items() if name != "PYTHONPATH"}
        yield _Tool(copy, {**inherited, **shared, "OPENSCRUTINY_HOME": str(Path(folder, "home"))})


@dataclass(frozen=True)
class _Tool:
    copy: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: str) -> str:
        """What the tool says to these arguments."""
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", *arguments],
            cwd=self.copy,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


def _named(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    return [n for n in names if not patterns or any(fnmatch.fnmatch(n, p) for p in patterns)]


def _states(tool: _Tool) -> dict[str, str]:
    """What became of every mutant there is."""
    rows = re.findall(r"^\s*(\S+): (\w[\w ]*)$", tool("results", "--all", "true"), re.MULTILINE)
    return dict(rows)
