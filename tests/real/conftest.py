"""London, imported once from the real published files."""

from __future__ import annotations

import os

import pytest

from openscrutiny.config.cli import main
from openscrutiny.warehouse.places import Place, current
from openscrutiny.warehouse.queries import counts


@pytest.fixture(scope="session")
def london(real_data, tmp_path_factory) -> Place:
    """Everything published, imported as a person would: by naming the folder."""
    before = os.environ.get("OPENSCRUTINY_HOME")
    os.environ["OPENSCRUTINY_HOME"] = str(tmp_path_factory.mktemp("home"))
    assert main(["import", str(real_data)]) == 0
    place = current()
    yield place
    if before is None:
        del os.environ["OPENSCRUTINY_HOME"]
    else:
        os.environ["OPENSCRUTINY_HOME"] = before


@pytest.fixture(scope="session")
def panels(london):
    return counts(london)
