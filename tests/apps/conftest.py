"""Pages on the invented city, with its findings computed once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.warehouse.places import Place
from tests.city import DATASETS, NOW, build_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return build_city(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, city: Place) -> None:
    """The findings of the city stand in the test database before any test."""
    from openscrutiny.monitor.services import compute_findings

    before = os.environ.get("OPENSCRUTINY_HOME")
    os.environ["OPENSCRUTINY_HOME"] = str(city.folder.parent)
    django_settings.CHANCE_DATASETS = DATASETS
    with django_db_blocker.unblock():
        compute_findings(place=city, by="a test", now=NOW)
    if before is None:
        del os.environ["OPENSCRUTINY_HOME"]
    else:
        os.environ["OPENSCRUTINY_HOME"] = before


@pytest.fixture(autouse=True)
def served(city: Place, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Place:
    """The pages serve the city."""
    monkeypatch.setenv("OPENSCRUTINY_HOME", str(city.folder.parent))
    settings.PLACE, settings.AREAS = city.id, city.areas
    settings.CHANCE_DATASETS = DATASETS
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return city


@pytest.fixture
def figures(served: Place) -> Figures:
    return reading.current()


@pytest.fixture
def another_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Place:
    """A city of its own, for a test that changes which batches are in use."""
    place = build_city(tmp_path / "home")
    monkeypatch.setenv("OPENSCRUTINY_HOME", str(tmp_path / "home"))
    settings.PLACE, settings.AREAS = place.id, place.areas
    return place
