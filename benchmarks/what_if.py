"""How long an analyst waits for the list of findings to change, on London's figures."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.london import REAL, ROOT

LIMIT = 1.0
# One process that serves pages: each answer is a whole request. The settings of a question differ
# from those of every other in what was never worked out before ("cold") or was ("moved").
ASK = """
import os, time
from openscrutiny.config.pages_commands import start_django
start_django()
from django.conf import settings
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
from openscrutiny.base import access
access.require = lambda *args, **kwargs: None
client = Client()
client.get("/findings/")

def seconds(query):
    started, worked = time.perf_counter(), time.process_time()
    answer = client.get("/findings/what-if/?measure=recorded_offences&" + query)
    assert answer.status_code == 200 and b"These settings flag" in answer.content
    return f"{time.perf_counter() - started}/{time.process_time() - worked}"

latest = ["years=4", "excluded=2", "years=3", "excluded=1", "excluded=4"]
print("cold, one month", *(seconds(f"{q}") for q in latest))
print("cold, all months", *(seconds(f"month=any&{q}") for q in latest))
print("moved, one month", *(seconds(f"years=4&q={q}") for q in (5, 15, 20, 25, 30)))
print("moved, all months", *(seconds(f"month=any&years=4&q={q}") for q in (5, 15, 20, 25, 30)))
"""


def what_if() -> str:
    """A page of other settings on London's recorded offences, the measure that takes longest.

    The worst of four medians against the limit: settings of the season never asked for before and
    those that are moved without working the past out anew, for the latest month and for all months.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = {**os.environ, "OPENSCRUTINY_HOME": folder, "OPENSCRUTINY_CHANCE_DATASETS": "2"}
        for arguments in (("import", str(REAL)), ("findings", "--json")):
            command = [sys.executable, "-m", "openscrutiny.config.cli", *arguments]
            subprocess.run(command, cwd=ROOT, env=home, check=True, stdout=subprocess.DEVNULL)
        Path(folder, "current").write_text("london\n", encoding="utf-8")
        asked = [sys.executable, "-c", ASK]
        done = subprocess.run(asked, cwd=ROOT, env=home, check=True, capture_output=True, text=True)
    took = {}
    for line in done.stdout.splitlines():
        words = line.split()
        both = [[float(x) for x in w.split("/")] for w in words[3:]]
        took[" ".join(words[:3])] = [median(some) for some in zip(*both, strict=True)]
    mine = max(waited for waited, _ in took.values())
    parts = "; ".join(
        f"{name} {waited:.2f} s, of it {worked:.2f} s of the processor"
        for name, (waited, worked) in took.items()
    )
    return f"ours {mine:.2f} s, peer {LIMIT:.2f} s (the limit), ratio {mine / LIMIT:.2f} ({parts})"
