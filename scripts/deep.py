"""What is too long for every run. ``deep.py [NAME …]`` runs the named ones, or all.

A seeded sample of each runs with every ``make test``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import mutation

ROOT = Path(__file__).resolve().parents[1]


def mutation_of_core() -> bool:
    """Every mutant of core; 90 % of them must be noticed."""
    tried = mutation.mutate()
    print(f"mutation: {tried.killed} killed, {len(tried.survivors)} survived")
    print("\n".join(f"  survived: {name}" for name in tried.survivors))
    print(f"mutation: {tried.share_killed:.1%} killed")
    return tried.share_killed >= 0.9


def script(*path: str) -> bool:
    """Run a long check of its own as a module; it exits 0 when what it checks holds."""
    return subprocess.run([sys.executable, "-m", *path], cwd=ROOT, check=False).returncode == 0


DEEP = {
    "mutation": mutation_of_core,
    "calibration": lambda: script("tests.core.deep_calibration"),
    "false_alarms": lambda: script("tests.core.deep_false_alarms"),
    "disclosure": lambda: script("tests.core.deep_disclosure"),
    "impact": lambda: script("tests.core.deep_impact"),
    "guards": lambda: script("tests.warehouse.deep_guards"),
    "seeds": lambda: script("tests.demonstration.deep_twenty_seeds"),
}


def main(names: list[str]) -> int:
    """Run what is named and return 1 when any of it failed."""
    if unknown := set(names) - set(DEEP):
        print(f"There is no deep check {sorted(unknown)}. There are: {', '.join(DEEP)}.")
        return 2
    failed = [name for name in names or DEEP if not DEEP[name]()]
    for name in failed:
        print(f"FAILED: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
