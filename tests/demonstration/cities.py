"""Builds invented cities for tests, through the real import, each in a folder of its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from openscrutiny.core.panel import Panel
from openscrutiny.demonstration.build import build
from openscrutiny.warehouse import queries
from openscrutiny.warehouse.places import Place

NOON = datetime(2025, 8, 1, 12, tzinfo=UTC)


def built_city(home: Path, *, seed: int, stories: bool) -> tuple[Place, dict[str, Panel]]:
    """The place, and its counts with the whole city as last area."""
    with mock.patch.dict(os.environ, {"OPENSCRUTINY_HOME": str(home)}):
        place = build(seed=seed, stories=stories, by="a test", now=NOON, say=lambda _: None)
        counts = queries.counts(place)
    return place, {name: p.with_whole(place.areas.id) for name, p in counts.items()}
