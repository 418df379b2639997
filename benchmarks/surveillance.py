"""Farrington's method for 200 series of 180 months, against R's surveillance on the same series."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = Path(ROOT, os.environ.get("OPENSCRUTINY_REFERENCE", "../shared/reference")).resolve()
COUNTS = REFERENCE / "bench" / "sim200_y.csv"
STATED = 11.3e-3  # seconds of processor time a series and month, surveillance 1.26.0
SAMPLE = 4  # series that R is given in each run: it needs about a second for each
RUNS = 3
# One core each: the libraries under both are told so.
ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

PEER = """
suppressMessages(library(surveillance))
given <- commandArgs(TRUE)
counts <- as.matrix(read.csv(given[1], header = FALSE))
chosen <- round(seq(1, ncol(counts), length.out = as.integer(given[2])))
series <- sts(counts[, chosen, drop = FALSE], frequency = 12)
control <- list(range = 64:180, b = 5, w = 1, noPeriods = 4, pastWeeksNotIncluded = 3,
  pThresholdTrend = 1, thresholdMethod = "nbPlugin", alpha = 0.01, limit54 = c(0, 1),
  weightsThreshold = 2.58, glmWarnings = FALSE)
took <- system.time(found <- suppressWarnings(farringtonFlexible(series, control)))
cat(as.character(packageVersion("surveillance")), took[["user.self"]] + took[["sys.self"]],
  paste(chosen, collapse = ","), paste(as.integer(alarms(found)), collapse = ""))
"""

OURS = """
import sys, time
import numpy as np
from openscrutiny.core.surveillance.farrington import Settings, farrington
counts = np.loadtxt(sys.argv[1], delimiter=",").T
engine, copies = sys.argv[2], int(sys.argv[3])
part = slice(63, 180)
how = Settings(periods=4, floor=0.0)
farrington(counts[:2], months=part, settings=how, engine=engine)
many = np.tile(counts, (copies, 1))
started = time.process_time()
found = farrington(many, months=part, settings=how, engine=engine)
took = time.process_time() - started
alarms = (found.alarm[: len(counts), part] == 1).astype(int)
print(took, "".join(map(str, alarms.ravel())))
"""


def surveillance() -> str:
    """Expectation, p-values, both limits and alarms of 23,400 series-months; then a large cube."""
    if not COUNTS.is_file():
        return f"NOT RUN: the series to run on are not in {COUNTS.parent}."
    peer, version, same = STATED, "", []
    numpy, compiled = [], []
    reason = _installed()
    peers = []
    for _ in range(RUNS):
        if not reason:
            version, seconds, chosen, alarms = _peer()
            peers.append(seconds / len(alarms))
            same.append((chosen, alarms))
        numpy.append(_ours("numpy", 1))
        compiled.append(_ours("compiled", 1))
    if peers:
        peer = median(peers)
    lines = [
        f"one core each (the libraries' threads set to 1), processor time, median of {RUNS} runs",
        f"peer is surveillance {version} of Debian, older than the reference's 1.26.0, on "
        f"{SAMPLE} of the 200 series; its alarms agree with ours on {_agreed(same, compiled)}"
        if peers
        else f"peer NOT RUN: {reason} Taken as the stated {STATED * 1e3} ms of version 1.26.0",
    ]
    for name, runs, target in (("numpy", numpy, 250), ("compiled", compiled, 2000)):
        mine = median(seconds for seconds, _ in runs) / 23_400
        lines.append(
            f"{name}: ours {mine * 1e6:.2f} µs a series-month, peer {peer * 1e3:.2f} ms, "
            f"ratio {peer / mine:,.0f} times faster (target {target:,})"
        )
    lines += [
        f"15,000 series × 117 months, {name}: ours {_ours(name, 75)[0]:.1f} s, peer "
        f"{peer * 15_000 * 117 / 3600:.1f} h (at its rate), limit 15 s"
        for name in ("compiled", "numpy")
    ]
    return "\n  ".join(lines).replace("\n  ", "\nsurveillance: ")


def _agreed(peers: list[tuple[list[int], str]], ours: list[tuple[float, str]]) -> str:
    chosen, theirs = peers[0]
    mine = "".join(ours[0][1][117 * (k - 1) : 117 * k] for k in chosen)
    return f"{sum(a == b for a, b in zip(mine, theirs, strict=True))} of {len(theirs)} months"


def _installed() -> str:
    """Have the peer installed; the reason why not."""
    if not _there():
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            return "R's surveillance is not installed, and installing it needs root and apt."
        print("surveillance: installing Debian's r-cran-surveillance", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "r-cran-surveillance"],
        ):
            subprocess.run(command, env=quiet, check=False, capture_output=True)
    return "" if _there() else "Debian's r-cran-surveillance could not be installed."


def _there() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", "suppressMessages(library(surveillance))"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def _peer() -> tuple[str, float, list[int], str]:
    """Version, seconds, the series it was given counted from 1, and its alarms series by series."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "peer.R")
        script.write_text(PEER, encoding="utf-8")
        words = _printed(["Rscript", str(script), str(COUNTS), str(SAMPLE)])
    return words[0], float(words[1]), [int(k) for k in words[2].split(",")], words[3]


def _ours(engine: str, copies: int) -> tuple[float, str]:
    words = _printed([sys.executable, "-c", OURS, str(COUNTS), engine, str(copies)])
    return float(words[0]), words[1]


def _printed(command: list[str]) -> list[str]:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **ALONE},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()
