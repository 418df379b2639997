"""Batches are immutable, supersede one another, are withdrawn for a reason, and survive kill -9."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openscrutiny.core.months import Month
from openscrutiny.warehouse.batches import (
    UnknownBatch,
    WithdrawalRefused,
    batch_folder,
    open_ledger,
    published_file,
    withdraw,
)
from openscrutiny.warehouse.ingest import ImportRefused
from openscrutiny.warehouse.places import open_place
from openscrutiny.warehouse.queries import counts
from tests.warehouse.published_files import (
    BARNET,
    BRENT,
    changed,
    monthly_rows,
    wide_rows,
    without,
    write_csv,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
APRIL = Month.parse("2024-04")
_IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from openscrutiny.warehouse.ingest import import_file
print("ready", flush=True)
now = datetime(2026, 11, 20, tzinfo=UTC)
print(import_file(Path(sys.argv[1]), by="tester", now=now).outcome, flush=True)
"""
# Imports in a child for every line it is given: home, file, and how the child is to die: killed
# after so many seconds, or by itself at the n-th of the steps that change what is on the disk.
_MORTAL_IMPORTS = """
import os, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from openscrutiny.warehouse.ingest import import_file
from openscrutiny.warehouse.sources import sources

sources()

def arm(left):
    def deadly(step):
        def one(*given, **named):
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*given, **named)
        return one
    for name in ("replace", "fsync", "mkdir", "rmdir", "unlink"):
        setattr(os, name, deadly(getattr(os, name)))

for line in sys.stdin:
    home, path, way, amount = line.rstrip("\\n").split("\\t")
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        os.environ["OPENSCRUTINY_HOME"] = home
        if way == "step":
            arm(int(amount))
        import_file(Path(path), by="tester", now=datetime(2026, 11, 20, tzinfo=UTC))
        os._exit(0)
    if way == "seconds":
        time.sleep(float(amount))
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, time.monotonic() - start, flush=True)
"""


def _barnet(rows, month, count):
    def change(row):
        hit = (row["area_code"], row["crime_subtype"], row["measure"], row["month_year"])
        return row | {"count": count} if hit == month else None

    return changed(rows, change)


def _editions(folder):
    """Two editions: May's, and June's with a month more, a figure changed and one removed."""
    old = monthly_rows(wards=False)
    new = monthly_rows(["2024-02", "2024-03", "2024-04", "2024-05"], wards=False)
    new = changed(new, lambda r: r | {"refresh_date": "2024-06-02"})
    new = _barnet(new, (BARNET, "Homophobic Crime", "Offences", "2024-04-01"), 6)
    new = without(new, area_code=BRENT, crime_subtype="AntiSemitic", month_year="2024-03-01")
    return write_csv(folder / "may.csv", old), write_csv(folder / "june.csv", new)


def test_importing_a_file_again_changes_nothing(bring, london, tmp_path):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    first = bring(path)
    ledger = (london.folder / "ledger.json").read_bytes()
    again = bring(shutil.copy(path, tmp_path / "renamed.csv"))
    assert (first.outcome, again.outcome) == ("imported", "already_here")
    assert again.manifest == first.manifest
    assert (london.folder / "ledger.json").read_bytes() == ledger


def test_a_manifest_accounts_for_every_row_and_keeps_the_file_as_received(bring, london, tmp_path):
    path = write_csv(tmp_path / "w.csv", wide_rows())
    manifest = bring(path).manifest
    aside = sum(manifest.rows_set_aside.values())
    assert manifest.rows_in == len(wide_rows())
    assert manifest.rows_in == manifest.rows_accepted + manifest.rows_rejected + aside
    assert published_file(london, manifest).read_bytes() == path.read_bytes()
    kept = json.loads((batch_folder(london, manifest.batch) / "manifest.json").read_text())
    assert kept["sha256"] == manifest.sha256
    assert (kept["licence_status"], kept["first_month"]) == ("presumed", "2020-03")


def test_a_newer_edition_supersedes_and_reports_what_it_revised(bring, london, tmp_path):
    may, june = _editions(tmp_path)
    first = bring(may)
    version = open_ledger(london).data_version
    second = bring(june)
    assert second.outcome == "superseded"
    ledger = open_ledger(london)
    assert [m.status for m in ledger.all] == ["superseded", "active"]
    assert ledger.data_version != version
    revision = second.manifest.revision
    assert (revision["since"], revision["changed"], revision["removed"]) == (
        first.manifest.batch,
        1,
        1,
    )
    assert revision["added"] == 32 * 13
    report = json.loads((batch_folder(london, second.manifest.batch) / "revision.json").read_text())
    where = {(c["area"], c["month"]): c for c in report["changes"] if c["month"] < "2024-05"}
    assert set(where) == {(BARNET, "2024-04"), (BRENT, "2024-03")}
    barnet = where[BARNET, "2024-04"]
    assert (barnet["changed"], barnet["total_before"], barnet["total_after"]) == (1, 5, 6)
    assert counts(london)["offences"].cell(BARNET, "sexual_orientation", APRIL)[0] == 6


def test_an_older_edition_is_kept_as_history_and_not_used(bring, london, tmp_path):
    may, june = _editions(tmp_path)
    bring(june)
    version = open_ledger(london).data_version
    result = bring(may)
    assert result.outcome == "older_edition"
    assert "older than the one in use" in result.messages[0]
    assert open_ledger(london).data_version == version
    assert [m.status for m in open_ledger(london).all] == ["active", "superseded"]


def test_withdrawing_brings_the_edition_before_back_and_keeps_the_reason(bring, london, tmp_path):
    may, june = _editions(tmp_path)
    first, second = bring(may).manifest, bring(june).manifest
    gone, back = withdraw(london, second.batch, reason="wrong month", by="tester", now=NOW)
    assert (gone.status, gone.withdrawn_reason, gone.withdrawn_by) == (
        "withdrawn",
        "wrong month",
        "tester",
    )
    assert back.batch == first.batch
    assert [m.batch for m in open_ledger(london).active] == [first.batch]
    assert published_file(london, second).exists()
    with pytest.raises(ImportRefused, match="wrong month"):
        bring(june)


def test_withdrawing_needs_a_reason_and_a_batch_in_the_ledger(bring, london, tmp_path):
    batch = bring(write_csv(tmp_path / "f.csv", monthly_rows())).manifest.batch
    with pytest.raises(WithdrawalRefused, match="needs a reason"):
        withdraw(london, batch, reason=" ", by="tester", now=NOW)
    with pytest.raises(UnknownBatch, match=batch):
        withdraw(london, "none", reason="why not", by="tester", now=NOW)
    withdraw(london, batch, reason="wrong", by="tester", now=NOW)
    with pytest.raises(WithdrawalRefused, match="already withdrawn"):
        withdraw(london, batch, reason="again", by="tester", now=NOW)
    assert open_ledger(london).active == ()


def test_data_version_depends_on_the_batches_in_use_and_not_on_their_order(
    bring, london, tmp_path, home, monkeypatch
):
    monthly = write_csv(tmp_path / "m.csv", monthly_rows())
    wide = write_csv(tmp_path / "w.csv", wide_rows())
    bring(monthly)
    bring(wide)
    version = open_ledger(london).data_version
    monkeypatch.setenv("OPENSCRUTINY_HOME", str(home / "other"))
    bring(wide)
    bring(monthly)
    assert open_ledger(open_place("london")).data_version == version


def _start(program: str, home: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=os.environ | {"OPENSCRUTINY_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )


def _state(home: Path, monkeypatch) -> str:
    """The data version, after checking that everything the ledger names is whole."""
    monkeypatch.setenv("OPENSCRUTINY_HOME", str(home))
    place = open_place("london")
    ledger = open_ledger(place)
    for manifest in ledger.all:
        assert published_file(place, manifest).exists()
    assert counts(place)["offences"].version == ledger.data_version
    return ledger.data_version


@pytest.fixture
def prepared(bring, london, tmp_path, home, monkeypatch):
    """A copier of a home with May's edition; June's file; the data versions before and after."""
    may, june = _editions(tmp_path)
    bring(may)
    before = _state(home, monkeypatch)
    after_home = tmp_path / "after"
    shutil.copytree(home, after_home)
    monkeypatch.setenv("OPENSCRUTINY_HOME", str(after_home))
    bring(june)
    copies = itertools.count()
    return (
        lambda: shutil.copytree(home, tmp_path / f"copy{next(copies)}"),
        june,
        before,
        _state(after_home, monkeypatch),
    )


@pytest.fixture
def mortal():
    """Import a file into a home in a process that dies; its exit code and how long it lived."""
    process = subprocess.Popen(
        [sys.executable, "-c", _MORTAL_IMPORTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )

    def attempt(home: Path, path: Path, way: str, amount: float) -> tuple[int, float]:
        process.stdin.write(f"{home}\t{path}\t{way}\t{amount}\n")
        process.stdin.flush()
        code, lived = process.stdout.readline().split()
        return int(code), float(lived)

    yield attempt
    process.communicate()


def test_killed_at_twenty_random_moments_the_state_is_before_or_after(
    prepared, mortal, monkeypatch, bring
):
    copy, june, before, after = prepared
    code, length = mortal(copy(), june, "step", 10_000)
    assert code == 0
    moments = random.Random(20)
    seen = []
    for _ in range(20):
        at = copy()
        mortal(at, june, "seconds", moments.uniform(0, length))
        seen.append(_state(at, monkeypatch))
        assert bring(june).outcome == ("superseded" if seen[-1] == before else "already_here")
        assert _state(at, monkeypatch) == after
    assert set(seen) <= {before, after}
    assert before in seen


def test_killed_at_any_step_that_touches_the_disk_the_next_import_succeeds(
    prepared, mortal, monkeypatch, bring
):
    copy, june, before, after = prepared
    seen, code, step = [], -signal.SIGKILL, 0
    while code == -signal.SIGKILL and step < 100:
        step += 1
        at = copy()
        code, _ = mortal(at, june, "step", step)
        seen.append(_state(at, monkeypatch))
        assert bring(june).outcome == ("superseded" if seen[-1] == before else "already_here")
        assert _state(at, monkeypatch) == after
        assert not (at / "london" / "incoming").exists()
    assert code == 0
    # Once after, always after; and both were met on the way.
    assert seen == sorted(seen, key=[before, after].index)
    assert set(seen) == {before, after}
    assert step > 10


def test_two_imports_at_once_both_succeed_and_leave_one_batch(tmp_path, home, monkeypatch):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    other = write_csv(tmp_path / "w.csv", wide_rows())
    processes = [_start(_IMPORT, home, p) for p in (path, path, other)]
    said = [p.communicate() for p in processes]
    assert [p.returncode for p in processes] == [0, 0, 0], said
    outcomes = sorted(out.split()[1] for out, _ in said)
    assert outcomes == ["already_here", "imported", "imported"]
    _state(home, monkeypatch)
    assert len(open_ledger(open_place("london")).all) == 2
