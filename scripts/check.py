"""Every check that needs no run: format, lint, types, contracts, dead and duplicated code."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
CODE = ["openscrutiny", "scripts", "benchmarks", "tests"]

CHECKS = {
    "format": [BIN / "ruff", "format", "--check", "--quiet", *CODE],
    "lint": [BIN / "ruff", "check", "--quiet", *CODE],
    "types": [BIN / "mypy"],
    "contracts": [BIN / "lint-imports", "--no-cache"],
    "dead code": [BIN / "vulture"],
    "duplicated code": [
        *(BIN / "pylint", "--disable=all", "--enable=duplicate-code", "--score=n"),
        *("--min-similarity-lines=8", "--ignore-imports=y", "--ignore-signatures=y"),
        "openscrutiny",
    ],
}


def main() -> int:
    """Run every check, say how each went, and return 1 when any failed."""
    failed = []
    for name, command in CHECKS.items():
        started = time.monotonic()
        done = subprocess.run(
            [str(c) for c in command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        took = time.monotonic() - started
        print(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'} ({took:.1f} s)", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
