"""Mutation testing of core: every small change to the code should make a test fail."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = """
[tool.mutmut]
source_paths = ["openscrutiny/core"]
also_copy = ["openscrutiny", "definitions", "tests", "scripts"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not browser and not real"]
pytest_add_cli_args_test_selection = {tests}
"""


@dataclass(frozen=True)
class Mutation:
    """How many mutants were made, how many of them a test noticed, and the names of the rest."""

    killed: int
    survivors: tuple[str, ...]

    @property
    def share_killed(self) -> float:
        return self.killed / (self.killed + len(self.survivors))


def mutate(*patterns: str, tests: Sequence[str] = ("tests/core",)) -> Mutation:
    """Mutate the parts of core that the patterns name (``openscrutiny.core.months*``) in a copy.

    ``tests`` are the files or folders whose tests should notice. RuntimeError carries what the tool
    said when no mutant was tried.
    """
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
            project.write(SETTINGS.format(tests=json.dumps(list(tests))))
        shared = {
            name: str((ROOT / os.environ.get(name, default)).resolve())
            for name, default in (
                ("OPENSCRUTINY_REAL_DATA", "../shared/data"),
                ("OPENSCRUTINY_REFERENCE", "../shared/reference"),
            )
        }
        tool = [sys.executable, "-m", "mutmut"]
        environment = {**os.environ, **shared, "OPENSCRUTINY_HOME": str(Path(folder, "home"))}

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [*tool, *arguments],
                cwd=copy,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            return done.stdout + done.stderr

        said = run("run", *patterns)
        rows = re.findall(r"^\s*(\S+): (\w[\w ]*)$", run("results", "--all", "true"), re.MULTILINE)
    tried = {name: state for name, state in rows if state != "not checked"}
    if not tried:
        raise RuntimeError(f"No mutant was tried:\n{said[-2000:]}")
    noticed = {"killed", "timeout", "caught by type check", "segfault", "suspicious"}
    survivors = tuple(name for name, state in tried.items() if state not in noticed)
    return Mutation(len(tried) - len(survivors), survivors)
