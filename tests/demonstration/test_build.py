"""The demonstration comes in by the ordinary door, once, and can be made anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from openscrutiny.config.cli import main
from openscrutiny.demonstration import build as builder
from openscrutiny.demonstration import published
from openscrutiny.demonstration.build import build
from openscrutiny.demonstration.city import CITY, LONG_FILE, NEW_SYSTEM, WIDE_FILE, city
from openscrutiny.demonstration.life import by_strand, month_number
from openscrutiny.demonstration.stories import every_story, live
from openscrutiny.warehouse import queries
from openscrutiny.warehouse.batches import open_ledger, withdraw
from openscrutiny.warehouse.definitions import taxonomy
from openscrutiny.warehouse.places import Place, current
from tests.demonstration.cities import NOON


def make(**wanted) -> tuple[Place, list[str]]:
    said: list[str] = []
    place = build(by="a test", now=NOON, say=said.append, **wanted)
    return place, said


def state_of(home: Path) -> dict[str, int]:
    return {
        str(path.relative_to(home)): path.stat().st_mtime_ns
        for path in home.rglob("*")
        if path.is_file() and path.name not in ("lock", "current")
    }


def test_what_was_drawn_is_what_the_warehouse_says_of_it(home: Path) -> None:
    place, _ = make(seed=31)
    life, counts = live(seed=31, told=every_story()), queries.counts(place)
    figures = by_strand(life.offences, taxonomy())
    for strand in published.LONG_LABELS:
        panel = counts["offences"].select(strands=[strand], period=LONG_FILE)
        first = month_number(LONG_FILE.first)
        drawn = figures[:, taxonomy().codes.index(strand), first:]
        assert np.array_equal(panel.values[:, 0], drawn)
    for strand in published.WIDE_LABELS:
        panel = counts["offences"].select(strands=[strand], period=WIDE_FILE)
        drawn = figures[:, taxonomy().codes.index(strand), : len(WIDE_FILE)]
        assert np.array_equal(panel.values[:, 0], drawn)
    starts = [regime.first for regime in counts["offences"].regimes]
    assert starts == [WIDE_FILE.first, LONG_FILE.first, NEW_SYSTEM]
    assert current() == place


def test_nothing_of_the_invented_files_is_rejected(home: Path) -> None:
    place, _ = make(seed=32)
    ledger = open_ledger(place)
    assert len(ledger.active) == len(ledger.all) == 6
    assert [m.rows_rejected for m in ledger.active] == [0] * 6


def test_a_second_time_nothing_is_made_or_imported_again(home: Path) -> None:
    make(seed=33)
    before = state_of(home)
    _, said = make(seed=33)
    assert state_of(home) == before
    assert any("already made" in sentence for sentence in said)


def test_without_a_seed_the_city_that_is_there_is_kept(home: Path) -> None:
    make(seed=34, stories=False)
    before = state_of(home)
    make()
    assert state_of(home) == before


def test_another_seed_takes_the_former_figures_out(home: Path) -> None:
    make(seed=35)
    place, _ = make(seed=36)
    assert len(open_ledger(place).all) == 6
    alone = queries.counts(place)["offences"]
    total = np.nansum(alone.select(strands=["all"]).values)
    first = month_number(LONG_FILE.first)
    assert total == live(seed=36, told=every_story()).offences[:, :, first:].sum()
    back, _ = make(seed=35)
    total = np.nansum(queries.counts(back)["offences"].select(strands=["all"]).values)
    assert total == live(seed=35, told=every_story()).offences[:, :, first:].sum()


def test_a_new_version_of_the_generator_makes_the_city_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(seed=37)
    monkeypatch.setattr(builder, "_generator", lambda: "another")
    _, said = make()
    assert any(sentence.startswith("Inventing") for sentence in said)


def test_a_withdrawn_batch_stays_withdrawn(home: Path) -> None:
    place, _ = make(seed=38)
    batch = next(m for m in open_ledger(place).active if m.file_name == published.WIDE_NAME)
    withdraw(place, batch.batch, reason="to see what happens", by="a test", now=NOON)
    _, said = make(seed=38)
    assert len(open_ledger(place).active) == 5
    assert any(published.WIDE_NAME in sentence and "withdrawn" in sentence for sentence in said)


def test_a_failure_while_inventing_leaves_the_former_city_in_use(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = make(seed=39)
    version = open_ledger(place).data_version

    def break_off(*_, **__) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(builder, "generate", break_off)
    with pytest.raises(OSError, match="disk is full"):
        make(seed=40)
    assert open_ledger(place).data_version == version
    assert queries.counts(place)["offences"].areas == city().codes


def test_the_command_builds_it_and_refuses_what_is_no_seed(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process of its own: the command opens the pages' database of the new city.
    monkeypatch.setenv("OPENSCRUTINY_CHANCE_DATASETS", "2")
    command = [sys.executable, "-m", "openscrutiny.config.cli", "demo", "--seed", "41"]
    built = subprocess.run(
        [*command, "--without-stories"], capture_output=True, text=True, check=True
    )
    assert "invented" in built.stdout
    assert open_ledger(current() or pytest.fail("no place in use")).active
    assert (home / CITY / "published" / "answers.json").exists()
    with pytest.raises(SystemExit):
        main(["demo", "--seed", "-4"])
    assert "use 0 or a whole number" in capsys.readouterr().err
