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
FOLDERS = ("mps-hate-monthly", "mps-hate-wide", "london-reference")
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

REFRESH = """
import argparse, pathlib, sys, time
from datetime import UTC, datetime
from openscrutiny.config.pages_commands import start_django
start_django()
from openscrutiny.config.warehouse_commands import run_import
from openscrutiny.monitor.services import compute_findings
from openscrutiny.warehouse import definitions, ingest
from openscrutiny.warehouse.places import open_place
from openscrutiny.warehouse.sources import sources
definitions.measures(), definitions.taxonomy(), sources()
started = time.perf_counter()
paths = [pathlib.Path(p) for p in sys.argv[1:]]
run_import(argparse.Namespace(paths=paths, source=None, place=None))
found = compute_findings(place=open_place("london"), by="a benchmark", now=datetime.now(UTC))
assert found.findings.count() > 100
print(time.perf_counter() - started)
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
    """All London files into an empty home and all findings stored, in a product that is running.

    That is what happens when a person uploads a new edition, times all files. The null runs of the
    same figures are there already; starting Python and reading the definitions are not counted.
    """
    limit, ours = 3.0, []
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "first")
        _seconds(_product("import", str(REAL)), first)
        _seconds(_product("findings", "--json"), first)
        for run in range(RUNS):
            home = Path(folder, f"home{run}")
            shutil.copytree(first / "london" / "nulls", home / "london" / "nulls")
            home.joinpath("current").write_text("london\n")
            done = subprocess.run(
                [sys.executable, "-c", REFRESH, *(str(REAL / name) for name in FOLDERS)],
                cwd=ROOT,
                env={**os.environ, "OPENSCRUTINY_HOME": str(home)},
                check=True,
                capture_output=True,
                text=True,
            )
            ours.append(float(done.stdout.split()[-1]))
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
