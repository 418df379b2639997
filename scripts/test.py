"""Every test, on the embedded database and on a real PostgreSQL, with a real browser.

What cannot run here is said as ``NOT RUN: reason`` and fails, unless ``ALLOW`` names it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import check
import postgres

ROOT = Path(__file__).resolve().parents[1]
# Both cores, a file at a time, in the order of tests/conftest.py.
PYTEST = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
FOLDERS = {
    "real": ("OPENSCRUTINY_REAL_DATA", "the published data files"),
    "reference": ("OPENSCRUTINY_REFERENCE", "the expected statistical results"),
    "schemas": ("OPENSCRUTINY_SCHEMAS", "the official schemas"),
}
NO_TEST_MATCHED = 5


def missing() -> dict[str, str]:
    """What cannot be had on this machine: the word that excuses it, and the reason."""
    reasons = {}
    for word, (variable, what) in FOLDERS.items():
        folder = ROOT / os.environ.get(variable, f"../shared/{word.replace('real', 'data')}")
        if not folder.is_dir():
            reasons[word] = f"{what} are not where {variable} says"
        os.environ[variable] = str(folder.resolve())
    if not any(map(shutil.which, ("chromium-headless-shell", "chromium"))):
        reasons["browser"] = (
            "Chromium is not installed (Debian: apt-get install chromium-headless-shell)"
        )
    if postgres.binaries() is None:
        reasons["cluster"] = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    return reasons


def pytest(*arguments: str, words: list[str], environment: dict[str, str] | None = None) -> int:
    """Run the tests; with words, those whose names hold all of them. Returns pytest's verdict."""
    narrowed = ["-k", " and ".join(words)] if words else []
    command = [*PYTEST, *arguments, *narrowed]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, check=False
    ).returncode


def main() -> int:
    """Run what was asked for and return 0 only when all of it ran and passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--allow", default="")
    asked = parser.parse_args()
    words = re.findall(r"\w+", asked.only)
    allowed = set(re.findall(r"\w+", asked.allow))

    absent = missing()
    for word, reason in absent.items():
        print(f"NOT RUN: {word}: {reason}{' (allowed)' if word in allowed else ''}", flush=True)
    failed = [f"{word} was not run" for word in absent if word not in allowed]
    marks = " and ".join(f"not {word}" for word in absent if word != "schemas")
    selection = ["-m", marks] if marks else []

    if not words and check.main():
        failed.append("a check")
    verdict = pytest(*selection, words=words)
    if verdict:
        failed.append("no test has such a name" if verdict == NO_TEST_MATCHED else "a test")
    if "cluster" not in absent:
        print("The same pages and services on PostgreSQL:", flush=True)
        with postgres.cluster() as url:
            verdict = pytest("tests/apps", words=words, environment={"DATABASE_URL": url})
        if verdict not in ({0, NO_TEST_MATCHED} if words else {0}):
            failed.append("a test on PostgreSQL")
    for what in failed:
        print(f"FAILED: {what}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
