"""The London files through the whole product, as a person's commands run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(ROOT, os.environ.get("OPENSCRUTINY_REAL_DATA", "../shared/data")).resolve()
MONTHLY = REAL / "mps-hate-monthly" / "monthly-crime-dashboard.parquet"
RUNS = 5

# The engine's own way with the same file: read it, cast every column, write Parquet.
PEER = """
import duckdb, sys
duckdb.execute(
    "copy (select cast(month_year as date) as month, cast(area_type as varchar) as area_type,"
    " cast(borough_snt as varchar) as borough_snt, cast(area_name as varchar) as area_name,"
    " cast(area_code as varchar) as area_code, cast(crime_type as varchar) as crime_type,"
    " cast(crime_subtype as varchar) as crime_subtype, cast(measure as varchar) as measure,"
    " cast(count as bigint) as count, cast(refresh_date as date) as refresh_date"
    f" from read_parquet('{sys.argv[1]}')) to '{sys.argv[2]}' (format parquet)"
)
"""


def import_monthly() -> str:
    """A whole process importing the monthly file, against the engine's bare copy of it."""
    ours, peers = [], []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS + 1):
            home = Path(folder, f"home{run}")
            ours.append(_seconds(_product("import", str(MONTHLY)), home))
            copy = str(Path(folder, "copy.parquet"))
            peers.append(_seconds([sys.executable, "-c", PEER, str(MONTHLY), copy], home))
    mine, peer = median(ours[1:]), median(peers[1:])
    limit = 2 * peer + 1
    return (
        f"ours {mine:.2f} s, peer {peer:.2f} s (the engine's own read, cast and copy), "
        f"ratio {mine / peer:.2f}; limit 2 × peer + 1 s = {limit:.2f} s, {mine / limit:.2f} of it"
    )


def refresh_london() -> str:
    """Import every London file into an empty home and compute all findings; null runs kept."""
    limit, ours = 3.0, []
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "first")
        _seconds(_product("import", str(REAL)), first)
        _seconds(_product("findings", "--json"), first)
        for run in range(RUNS):
            home = Path(folder, f"home{run}")
            shutil.copytree(first / "london" / "nulls", home / "london" / "nulls")
            ours.append(
                _seconds(_product("import", str(REAL)), home)
                + _seconds(_product("findings", "--json"), home)
            )
    mine = median(ours)
    return f"ours {mine:.2f} s, peer {limit:.2f} s (the limit), ratio {mine / limit:.2f}"


def _product(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "openscrutiny.config.cli", *arguments]


def _seconds(command: list[str], home: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "OPENSCRUTINY_HOME": str(home)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started
