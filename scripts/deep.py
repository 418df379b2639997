"""What is too long for every run. ``deep.py [NAME …]`` runs the named ones, or all but one.

A seeded sample of each runs with every ``make test``. ``mutation`` tries a sample of the mutants of
core (``make deep ONLY=mutation SAMPLE=600 SEED=1``); only when it is named does ``mutation_whole``
try every one of them, which takes many hours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import mutation

from openscrutiny.core.rates import wilson_interval

ROOT = Path(__file__).resolve().parents[1]
LEAST_KILLED = 0.9


def mutation_of_core(sample: int | None) -> bool:
    """Mutants of core, all or a sample of them; 90 % must be noticed.

    ``SEED`` says which sample is drawn, ``PROCESSES`` how many mutants are tried side by side.
    """
    seed, processes = int(os.environ.get("SEED", "1")), int(os.environ.get("PROCESSES", "0"))
    tests = ["tests/core", "tests/reference"]
    if not (ROOT / os.environ.get("OPENSCRUTINY_REFERENCE", "../shared/reference")).is_dir():
        print("NOT RUN: tests/reference: the expected statistical results are not there")
        tests.pop()
    tried = mutation.mutate(
        tests=tests, sample=sample, seed=seed, processes=processes or None, diffs=True
    )
    drawn = f", drawn with seed {seed}" if sample else ""
    print(f"mutation: {len(tried.states)} of the {tried.made} mutants of core{drawn}")
    for room, (killed, of) in tried.by_room().items():
        print(f"  {room:36} {killed:6} of {of:6} killed {killed / of:7.1%}")
    for name in tried.survivors:
        print(f"  survived: {tried.diffs[name].strip() or name}")
    low, high = (float(end) for end in wilson_interval(tried.killed, len(tried.states)))
    print(
        f"mutation: {tried.killed} of {len(tried.states)} killed ({tried.endless} by the clock), "
        f"{tried.share_killed:.1%} (95 % interval {low:.1%} to {high:.1%})"
    )
    wanted = min(sample or tried.made, tried.made)
    if len(tried.states) < wanted:
        print(f"mutation: NOT FINISHED: {wanted - len(tried.states)} mutants were never tried")
    return len(tried.states) == wanted and tried.share_killed >= LEAST_KILLED


def script(*path: str) -> bool:
    """Run a long check of its own as a module; it exits 0 when what it checks holds."""
    return subprocess.run([sys.executable, "-m", *path], cwd=ROOT, check=False).returncode == 0


DEEP = {
    "mutation": lambda: mutation_of_core(int(os.environ.get("SAMPLE", "600"))),
    "mutation_whole": lambda: mutation_of_core(None),
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
    asked = names or [name for name in DEEP if name != "mutation_whole"]
    failed = [name for name in asked if not DEEP[name]()]
    for name in failed:
        print(f"FAILED: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
