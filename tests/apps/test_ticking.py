"""The process that ticks beside ``openscrutiny run``: it works by itself and ends with it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from openscrutiny.config.cli import main

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import sys, time
from openscrutiny.config.mail_commands import ticking
with ticking() as beside:
    print(beside.pid, flush=True)
    time.sleep(float(sys.argv[1]))
"""


def until(holds: Callable[[], bool], *, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def beaten(home: Path) -> bool:
    """Whether the heartbeat of an installation was ever noted."""
    try:
        with sqlite3.connect(home / "web.sqlite3") as db:
            return bool(db.execute("SELECT count(*) FROM base_heartbeat").fetchone()[0])
    except sqlite3.Error:
        return False


def start(home: Path, seconds: float) -> tuple[subprocess.Popen[str], int]:
    home.mkdir()
    env = {**os.environ, "OPENSCRUTINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    for given in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL"):  # a home of its own, on SQLite
        env.pop(given, None)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(seconds)], env=env, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def test_it_ticks_by_itself_and_is_gone_when_its_parent_was_killed(tmp_path: Path) -> None:
    parent, beside = start(tmp_path / "home", 120)
    assert until(lambda: beaten(tmp_path / "home"))
    assert alive(beside)
    parent.send_signal(signal.SIGKILL)
    parent.communicate(timeout=10)
    assert until(lambda: not alive(beside), seconds=10)


def test_it_is_gone_when_its_parent_ends_by_itself(tmp_path: Path) -> None:
    parent, beside = start(tmp_path / "home", 0)
    parent.communicate(timeout=30)
    assert not alive(beside)


@pytest.mark.django_db
def test_the_command_ticks_once_and_says_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from openscrutiny.base.models import Heartbeat
    from openscrutiny.config import mail_commands

    monkeypatch.setattr(mail_commands, "start_django", lambda: None)
    assert main(["tick"]) == 0
    assert "0 sent, 0 failed." in capsys.readouterr().out
    assert Heartbeat.objects.get().problem == ""
