"""The invented city, built once for every test that needs pages with figures on them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from openscrutiny.demonstration.build import build
from openscrutiny.warehouse.places import Place, open_place

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
DATASETS = 4


def build_city(home: Path) -> Place:
    """Build the demonstration in a home of its own, whatever home is in use."""
    before = os.environ.get("OPENSCRUTINY_HOME")
    os.environ["OPENSCRUTINY_HOME"] = str(home)
    try:
        build(by="a test", now=NOW, say=lambda _: None)
        return open_place("aldermere")
    finally:
        if before is None:
            del os.environ["OPENSCRUTINY_HOME"]
        else:
            os.environ["OPENSCRUTINY_HOME"] = before
