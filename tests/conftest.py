"""What every test may ask for: a fresh home, and the real published files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The machines are shared: how long one example takes says nothing about the law it checks.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

_CHECKOUT = Path(__file__).resolve().parents[1]
# A worker is given one file after the other in this order. Long files come early and many short
# ones last, so that no worker is left waiting; what needs the database comes before the browsers.
_ORDER = ("real", "apps", "sweeps", "demonstration", "journeys", "reference", "warehouse", "core")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _ORDER.index(item.path.relative_to(_CHECKOUT).parts[1]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of state, in use for this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("OPENSCRUTINY_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real published files; a failure, never a silent skip, where it is missing."""
    given = os.environ.get("OPENSCRUTINY_REAL_DATA")
    folder = Path(given) if given else _CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        reason = f"NOT RUN: the real published files are not in {folder}"
        if "real" in os.environ.get("ALLOW", "").split(","):
            pytest.skip(reason)
        pytest.fail(f"{reason} (set OPENSCRUTINY_REAL_DATA, or ALLOW=real to go without)")
    return folder
