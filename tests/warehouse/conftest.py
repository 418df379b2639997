"""Brings files into a fresh home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openscrutiny.warehouse.ingest import ImportResult, import_file
from openscrutiny.warehouse.places import Place, open_place

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def bring(home: Path) -> Callable[[Path], ImportResult]:
    """Import a file into this test's home."""
    del home
    return lambda path: import_file(path, by="tester", now=NOW)


@pytest.fixture
def london(home: Path) -> Place:
    del home
    return open_place("london")
