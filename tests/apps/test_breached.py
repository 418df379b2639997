"""Passwords known from breaches are refused, from a file on this machine."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.base import accounts
from openscrutiny.base.breached import BreachedPasswordValidator, holds
from openscrutiny.core.permits import Role
from tests.people import person

ROOT = Path(__file__).resolve().parents[2]


def digest(password: str) -> bytes:
    return hashlib.sha1(password.encode()).hexdigest().upper().encode()


def written(passwords: list[str], *, end: bytes = b"\r\n") -> bytes:
    return b"".join(
        b"%s:%d%s" % (one, 3 ** (n % 12), end)
        for n, one in enumerate(sorted(map(digest, passwords)))
    )


@given(
    st.lists(st.text(max_size=4), max_size=60, unique=True),
    st.text(max_size=4),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_a_password_is_found_exactly_where_its_hash_stands(
    known: list[str], other: str, end: bytes
) -> None:
    file = io.BytesIO(written(known, end=end))
    assert all(holds(file, digest(one)) for one in known)
    assert holds(file, digest(other)) == (other in known)


def test_the_last_line_may_lack_its_end_and_letters_may_be_small() -> None:
    known = ["one", "two", "three"]
    file = io.BytesIO(written(known).rstrip().lower())
    assert all(holds(file, digest(one)) for one in known)
    assert not holds(file, digest("four"))
    assert not holds(io.BytesIO(b""), digest("one"))


def test_a_large_file_is_searched_and_not_read(tmp_path: Path) -> None:
    class Counting(io.BytesIO):
        reads = 0

        def readline(self, *args: int) -> bytes:  # type: ignore[override]
            self.reads += 1
            return super().readline(*args)

    file = Counting(written([str(n) for n in range(20_000)]))
    assert holds(file, digest("19999"))
    assert not holds(file, digest("nobody"))
    assert file.reads < 120


@pytest.mark.django_db
def test_a_known_password_is_refused_with_a_sentence_where_it_is_chosen(
    tmp_path: Path, settings: object
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(written(["violet anchor stapler", "another"]))
    settings.AUTH_PASSWORD_VALIDATORS = [  # type: ignore[attr-defined]
        {
            "NAME": "openscrutiny.base.breached.BreachedPasswordValidator",
            "OPTIONS": {"path": str(path)},
        }
    ]
    user = person(Role.MEMBER)
    now = timezone.now()
    address = accounts.make_set_up_address(user=user, by=person(Role.ADMINISTRATOR), now=now)
    words = "violet anchor stapler"
    answer = Client().post(address, {"password1": words, "password2": words})
    assert "known from a breach" in answer.content.decode()
    words = "quiet anchor stapler"
    assert Client().post(address, {"password1": words, "password2": words}).status_code == 302


def test_the_validator_says_nothing_of_a_password_that_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(written(["known"]))
    validator = BreachedPasswordValidator(str(path))
    validator.validate("unknown")
    with pytest.raises(ValidationError):
        validator.validate("known")
    assert "breaches" in validator.get_help_text()


def test_a_list_that_is_not_there_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "OPENSCRUTINY_HOME": str(tmp_path),
        "OPENSCRUTINY_BREACHED": str(tmp_path / "none"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", "import openscrutiny.config.settings"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "there is no such file" in done.stderr
