"""The published record of a real forum of the past, brought into the archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from openscrutiny.forum.models import ArchivedMeeting
from openscrutiny.forum.services.archive import Becomes, bring_in

pytestmark = [pytest.mark.real, pytest.mark.django_db]


@pytest.fixture
def content(real_data: Path) -> bytes:
    return (real_data / "forum-record" / "meetings.json").read_bytes()


def test_every_meeting_of_the_record_is_kept_as_it_stands(content: bytes) -> None:
    entries: list[dict[str, Any]] = json.loads(content)
    became = bring_in(content, record="older-forum", by=None, now=timezone.now())
    assert became.becomes is Becomes.FIRST
    kept = list(ArchivedMeeting.objects.order_by("place"))
    assert len(kept) == len(entries) > 30
    for row, said in zip(kept, entries, strict=True):
        assert (row.held, row.body, row.address) == (said["date"], said["body"], said["url"])
        assert (row.kind, row.venue or None, row.note or None) == (
            said["kind"],
            said["venue"],
            said["note"],
        )
        assert row.present == said["present"]
        assert row.apologies == said["apologies"]
        assert row.items == said["items"]
        assert row.outcomes == said["decisions_or_actions"]
    assert bring_in(content, record="older-forum", by=None, now=timezone.now()).becomes is (
        Becomes.SAME
    )
    assert ArchivedMeeting.objects.count() == len(entries)


def test_every_meeting_of_the_record_has_a_page_and_none_leads_to_another_site(
    content: bytes, client: Client
) -> None:
    bring_in(content, record="older-forum", by=None, now=timezone.now())
    assert client.get("/archive/").status_code == 200
    for row in ArchivedMeeting.objects.all():
        answer = client.get(row.href)
        assert answer.status_code == 200
        shown = answer.content.decode()
        assert 'href="http' not in shown
        if not row.present:
            assert "not recorded" in shown
