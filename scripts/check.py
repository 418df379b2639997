"""Every check that needs no run: format, lint, types, contracts, dead and duplicated code."""

from __future__ import annotations

import ast
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


def sizes() -> list[str]:
    """The files past about 400 lines and functions past about 60: they are telling something."""
    found = []
    for path in sorted(ROOT.joinpath("openscrutiny").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if text.count("\n") > 400:
            found.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > 60:
                    found.append(f"{name}: {node.name} has {lines} lines")
    return found


def main() -> int:
    """Run every check, say how each went, report sizes, and return 1 when any check failed."""
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
    large = sizes()
    print(f"sizes: {len(large) or 'no'} files or functions larger than they should be")
    print("".join(f"  {line}\n" for line in large), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
