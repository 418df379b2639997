"""Minutes and the record they are made of: what changed since, what came late, what is refused."""

from __future__ import annotations

import pytest
from django.test import Client

from openscrutiny.base.models import User
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import Meeting
from openscrutiny.forum.services import minutes
from openscrutiny.forum.services.decisions import move_decision
from tests.apps.meeting_rooms import body
from tests.apps.minuted import AFTER, held_meeting, page_as, recorded_decision
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def member() -> User:
    return person(Role.MEMBER, organisation=body())


@pytest.fixture
def held() -> Meeting:
    return held_meeting()


# ---- decisions -------------------------------------------------------------------------------


def test_a_decision_the_chair_refused_to_certify_stands_in_no_minutes_and_no_note(
    held: Meeting, secretary: User, chair: User
) -> None:
    decision = recorded_decision(held.items.get(position=2), secretary)
    move_decision(
        decision=decision, event="not_certify", reason="Nobody moved it.", by=chair, now=AFTER
    )
    minutes.draft_minutes(meeting=held, by=secretary, now=AFTER)
    minutes.circulate(meeting=held, by=secretary, now=AFTER)
    note = Client().get(f"{held.href}decisions/").content.decode()
    for shown in (page_as(None, held), page_as(secretary, held), note):
        assert decision.number not in shown
        assert "Every report is flagged" not in shown
