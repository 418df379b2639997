"""Notices in a browser: what waits, one message, letters, the next digest, sending again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import Open, environment
from tests.journeys.test_sign_in import WIDTHS, seen

# Three people: one by e-mail in easy read, one by post in large print, one nobody can reach.
WRITTEN = """
from datetime import UTC, datetime, timedelta
from openscrutiny.config.pages_commands import start_django; start_django()
from openscrutiny.base.mail.queue import tell
from openscrutiny.base.models import Message, Person
now = datetime.now(UTC)
if not Person.objects.filter(name="Ada Reader").exists():
    made = [
        Person.objects.create(name=name, created_at=now, **fields)
        for name, fields in (
            ("Ada Reader", {"email": "ada@example.org", "format": "easy_read"}),
            ("Paper Reader", {"by_post": True, "postal_address": "1 Mill Lane\\nAldermere",
                              "format": "large_print"}),
            ("Nobody Reaches", {}),
        )
    ]
    for n in range(3):
        tell(rule="question.overdue", people=made, reference=f"question:2026-00{n + 1}",
             clock_event="due", subject=f"Question 2026-00{n + 1}: overdue",
             text=f"The answer to question 2026-00{n + 1} has not come.", now=now,
             statutory=n > 0, href=f"/questions/2026-00{n + 1}/")
    one = Message.objects.filter(channel="email", recipient=made[0]).first()
    Message.objects.filter(pk=one.pk).update(
        state="bounced", problem="There is no such address. (5.1.1)", sent_at=now)
"""


@pytest.fixture
def written(site: str, home: Path) -> None:
    subprocess.run([sys.executable, "-c", WRITTEN], env=environment(home), check=True, timeout=60)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scripts", [True, False])
def test_the_secretariat_looks_at_notices_and_sends_one_again(
    width: str, scripts: bool, written: None, reader: Open
) -> None:
    desk = reader(width=width, scripts=scripts).sign_in("secretariat").go("/notices/")
    assert "No mail server is set" in desk.text()
    assert "have never run" in desk.text()
    seen(desk, "notices")
    desk.go("/notices/?show=failed")
    assert "neither an e-mail address nor post" in desk.text()
    desk.click(desk.page.get_by_role("table").get_by_role("link", name="overdue").first)
    assert "has not come" in desk.text()
    seen(desk, "notice")
    desk.click(desk.page.get_by_role("button", name="Send it again"))
    assert "This was not done" in desk.text()
    seen(desk, "notice-refused")
    for path, words, name in (
        ("/notices/people/", "Who cannot be reached", "notices-people"),
        ("/notices/post/", "1 Mill Lane", "notices-post"),
        ("/notices/digest/", "Ada Reader", "notices-digest"),
        ("/notices/rules/question.overdue/", "Paper Reader", "notices-rule"),
        ("/your-work/", "Notices did not arrive", "notices-work"),
    ):
        desk.go(path)
        assert words in desk.text()
        seen(desk, name)


def test_letters_are_handed_over_as_a_pdf(written: None, reader: Open) -> None:
    desk = reader().sign_in("secretariat").go("/notices/post/")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="Letters as PDF").click()
    path = download.value.path()
    assert Path(path).read_bytes().startswith(b"%PDF")
    if folder := os.environ.get("PICTURES"):
        Path(folder, "letters.pdf").write_bytes(Path(path).read_bytes())
