"""Makes the invented city's published files and the answer key beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from openscrutiny.demonstration.answers import Story
from openscrutiny.demonstration.boundaries import write_boundaries
from openscrutiny.demonstration.city import TEN_YEARS, city
from openscrutiny.demonstration.published import write_long, write_wide
from openscrutiny.demonstration.residents import write_residents
from openscrutiny.demonstration.stories import every_story, live
from openscrutiny.warehouse.definitions import taxonomy

ANSWERS_NAME = "answers.json"
_STREAM_OF_THE_FILES = 1000
_STREAM_OF_THE_BOUNDARIES = 1001


def generate(folder: Path, *, seed: int, stories: bool = True) -> tuple[Path, ...]:
    """Write the published files into ``folder`` and return their paths: figures, oldest first, then
    boundaries.

    The same seed gives the same bytes. ``answers.json`` is written beside them; it names the
    stories that were told, none when ``stories`` is False. ValueError for a negative seed.
    """
    if seed < 0:
        raise ValueError(f"{seed} cannot be a seed: use 0 or a whole number above it.")
    folder.mkdir(parents=True, exist_ok=True)
    told = every_story() if stories else ()
    life = live(seed=seed, told=told)
    # What the files add to life (wards, other crimes) has a stream of its own.
    rng = np.random.default_rng([seed, _STREAM_OF_THE_FILES])
    strands = taxonomy()
    files = (
        *write_residents(folder),
        write_wide(folder, life, strands, rng),
        write_long(folder, life, strands, rng),
        write_boundaries(folder, np.random.default_rng([seed, _STREAM_OF_THE_BOUNDARIES])),
    )
    _write_answers(folder / ANSWERS_NAME, seed, told)
    return files


def _write_answers(path: Path, seed: int, told: tuple[Story, ...]) -> None:
    key = {
        "place": city().id,
        "invented": True,
        "seed": seed,
        "months": [str(TEN_YEARS.first), str(TEN_YEARS.last)],
        "stories": [story.as_data() for story in told],
    }
    path.write_text(json.dumps(key, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
