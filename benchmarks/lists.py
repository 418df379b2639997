"""How long every list page takes at a hundred times the demonstration's record."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from benchmarks.asked_lists import BASE
from benchmarks.london import ROOT

LIMIT = 0.3
_ROLES = ("public", "member", "secretariat")


@dataclass(frozen=True)
class Asked:
    """One page as somebody asks for it: medians in seconds, of it the processor's, and queries."""

    role: str
    address: str
    waited: float
    worked: float
    queries: int

    @property
    def words(self) -> str:
        return (
            f"{self.role} {self.address} {self.waited:.3f} s, of it {self.worked:.3f} s of the "
            f"processor, {self.queries} queries"
        )


def lists() -> str:
    """Each list page as public, member and secretariat, and as who answers or keeps accounts.

    The slowest median of all against the limit, the slowest of each role, the page that shows no
    list as a base line of the same run, and a line a page.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = {**os.environ, "OPENSCRUTINY_HOME": folder, "OPENSCRUTINY_CHANCE_DATASETS": "2"}
        home.pop("DATABASE_URL", None)  # what is multiplied here is nobody's record
        demo = [sys.executable, "-m", "openscrutiny.config.cli", "demo"]
        subprocess.run(demo, cwd=ROOT, env=home, check=True, stdout=subprocess.DEVNULL)
        asking = [sys.executable, "-m", "benchmarks.asked_lists"]
        done = subprocess.run(
            asking, cwd=ROOT, env=home, check=True, stdout=subprocess.PIPE, text=True
        )
    pages = []
    for line in done.stdout.splitlines():
        role, address, waited, worked, queries = line.split("\t")
        pages.append(Asked(role, address, float(waited), float(worked), int(queries)))
    slowest = max(pages, key=lambda p: p.waited)
    base = max(p.waited for p in pages if p.address == BASE)
    ratio = slowest.waited / LIMIT
    said = [
        f"ours {slowest.waited:.3f} s, peer {LIMIT:.2f} s (the limit), ratio {ratio:.2f}",
        f"  the slowest of {len(pages)} lists is {slowest.words}",
        f"  base line {BASE} {base:.3f} s in the same run",
    ]
    for role in _ROLES:
        worst = max((p for p in pages if p.role == role), key=lambda p: p.waited)
        ratio = worst.waited / LIMIT
        said.append(
            f"  slowest of the {role}: ours {worst.waited:.3f} s, peer {LIMIT:.2f} s (the limit), "
            f"ratio {ratio:.2f} ({worst.address})"
        )
    ordered = sorted(pages, key=lambda p: p.waited, reverse=True)
    return "\n".join([*said, *(f"  {page.words}" for page in ordered)])
