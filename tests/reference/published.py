"""Where the expected statistical results lie. They are read by path and never committed."""

import csv
import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(
    os.environ.get("OPENSCRUTINY_REFERENCE")
    or Path(__file__).resolve().parents[2].parent / "shared" / "reference"
)


def results(name: str) -> dict[str, Any]:
    """One file of expected results."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def rows(pattern: str) -> list[dict[str, str]]:
    """The rows of every table of the public health indicators whose name matches."""
    paths = sorted((FOLDER / "phe").glob(pattern))
    if not paths:
        raise FileNotFoundError(f"No table {pattern} in {FOLDER / 'phe'}.")
    found: list[dict[str, str]] = []
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += csv.DictReader(file)
    return found
