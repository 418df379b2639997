"""Builds the demonstration: invents the published files and brings them in by the ordinary door."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from openscrutiny.demonstration.city import CITY
from openscrutiny.demonstration.generate import generate
from openscrutiny.warehouse import definitions
from openscrutiny.warehouse.batches import WITHDRAWN, changing, open_ledger
from openscrutiny.warehouse.ingest import import_file
from openscrutiny.warehouse.places import Place, make_current, open_place

SEED = 2025
_MADE_FROM = "made-from.json"


def build(
    *,
    seed: int | None = None,
    stories: bool = True,
    by: str,
    now: datetime,
    say: Callable[[str], None],
) -> Place:
    """Make the invented city, import it, and make it the place in use.

    The files lie in ``published/`` of the place, with ``answers.json`` beside them. A second call
    with the same seed makes nothing again, and one without a seed keeps whatever city is there
    (with SEED if there is none). Another seed, or with and without stories, takes the former
    figures out first, so that two invented histories never meet. ``say`` is given one sentence for
    each thing done. A batch that somebody withdrew stays withdrawn.
    """
    place = open_place(CITY)
    published = place.folder / "published"
    there = _made_from(published)
    recipe = {"seed": SEED if seed is None else seed, "stories": stories, "generator": _generator()}
    kept = seed is None and there is not None and there["generator"] == recipe["generator"]
    if there is not None and (kept or there == recipe):
        say(f"{place.areas.place} is already made (seed {there['seed']}).")
    else:
        _make(place, published, recipe, say)
    _import_all(place, published, by=by, now=now, say=say)
    make_current(place)
    say(f"{place.areas.place} is the place in use. All of its figures are invented.")
    return place


def _make(
    place: Place, published: Path, recipe: dict[str, Any], say: Callable[[str], None]
) -> None:
    told = "with" if recipe["stories"] else "without"
    say(f"Inventing ten years of {place.areas.place}, {told} stories (seed {recipe['seed']}).")
    with changing(place):
        fresh = place.folder / "published.new"
        shutil.rmtree(fresh, ignore_errors=True)
        made = generate(fresh, seed=recipe["seed"], stories=recipe["stories"])
        stamp = {**recipe, "files": [path.name for path in made]}
        (fresh / _MADE_FROM).write_text(json.dumps(stamp) + "\n", encoding="utf-8")
        # Without a ledger nothing is in use; the next import clears away what no ledger names.
        (place.folder / "ledger.json").unlink(missing_ok=True)
        shutil.rmtree(published, ignore_errors=True)
        os.replace(fresh, published)


def _import_all(
    place: Place, published: Path, *, by: str, now: datetime, say: Callable[[str], None]
) -> None:
    stamp = json.loads((published / _MADE_FROM).read_text(encoding="utf-8"))
    withdrawn = {m.file_name for m in open_ledger(place).all if m.status == WITHDRAWN}
    for name in stamp["files"]:
        if name in withdrawn:
            say(f"{name}: withdrawn earlier, so it is left out.")
            continue
        result = import_file(published / name, by=by, now=now, place=place)
        for message in result.messages:
            say(f"{name}: {message}")


def _made_from(published: Path) -> dict[str, Any] | None:
    """The recipe of the files that lie there; None where there are none."""
    try:
        stamp = json.loads((published / _MADE_FROM).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return {key: stamp[key] for key in ("seed", "stories", "generator")}


def _generator() -> str:
    """A name for this version of the generator, which changes whenever its files could."""
    digest = hashlib.sha256()
    area_file = definitions.folder() / "areas" / f"{CITY}.yaml"
    for path in (*sorted(Path(__file__).parent.glob("*.py")), area_file):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
