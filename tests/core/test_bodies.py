"""The terms of a body: how seats, quorum, votes, notice and ladder are read, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from openscrutiny.core.bodies import (
    Agency,
    Allowed,
    BodyTerms,
    LadderStep,
    Majority,
    Quorum,
    Rung,
    Seat,
    Voting,
    ladder,
)
from openscrutiny.core.calendar import Term, Unit
from openscrutiny.core.terms import TermsOfReference
from tests.core.test_terms import definition

AGENCIES = frozenset({"police", "community"})
STRANDS = frozenset({"race", "age"})
SEATS = [
    {"code": "lead", "title": "Police lead", "agency": "police", "voting": False, "term_years": 0},
    {"code": "race", "title": "Race", "agency": "community", "strands": ["race"]},
    {"code": "age", "title": "Age", "agency": "community", "strands": ["age"], "holders": 2},
]


def allowed(length: int = 5) -> dict[str, Any]:
    return {"length": length, "unit": "working days", "source": "Own rule."}


def body(**changes: Any) -> dict[str, Any]:
    return {
        "code": "forum",
        "parent": "committee",
        "meetings_a_year": 4,
        "quorum": {"least": 2, "agencies": ["community"]},
        "notice": allowed(5),
        "decision_note": allowed(7),
        "draft_minutes": allowed(10),
        "seats": SEATS,
        **changes,
    }


def parse(**changes: Any) -> BodyTerms:
    return BodyTerms.parse("town", body(**changes), agencies=AGENCIES, strands=STRANDS)


def test_the_terms_of_a_body_are_read_with_what_goes_without_saying() -> None:
    found = parse()
    assert (found.code, found.parent, found.meetings_a_year) == ("forum", "committee", 4)
    assert found.quorum == Quorum(2, ("community",))
    assert found.voting == Voting(Majority.MORE_FOR, casting_vote=True)
    assert found.notice == Allowed(Term(5, Unit.WORKING), "Own rule.")
    assert found.draft_minutes.term.length == 10
    assert found.seat("race") == Seat(
        code="race",
        title="Race",
        agency="community",
        strands=("race",),
        areas=(),
        required=True,
        voting=True,
        holders=1,
        substitutes=True,
        term_years=3,
        terms=2,
    )
    assert found.seat("nobody") is None
    assert [s.code for s in found.voting_seats] == ["race", "age"]


def test_a_body_may_ask_for_two_thirds_and_give_nobody_a_second_vote() -> None:
    found = parse(voting={"majority": "at least two thirds for", "casting_vote": False})
    assert found.voting == Voting(Majority.TWO_THIRDS, casting_vote=False)
    assert parse(voting={"majority": "more for than against"}).voting.casting_vote


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quorum": {"least": 3}}, "a quorum of 3 cannot be had with 2 voting seats"),
        ({"quorum": {"least": 0}}, "a quorum of 0 cannot be had"),
        (
            {"quorum": {"least": 1, "agencies": ["police"]}},
            "asks for ['police'], and no voting seat is theirs",
        ),
        ({"quorum": {"least": 1, "agencies": ["health"]}}, "['health'] are no agencies"),
        ({"quorum": {"least": 1, "most": 3}}, "unknown keys ['most']"),
        ({"seats": [*SEATS, SEATS[1]]}, "the code of a seat stands twice"),
        (
            {"seats": [*SEATS, {"code": "x", "title": "X", "agency": "church"}]},
            "['church'] are no agencies",
        ),
        (
            {"seats": [*SEATS, {**SEATS[1], "code": "x", "strands": ["faith"]}]},
            "strands ['faith'] are not in the remit",
        ),
        (
            {"seats": [*SEATS, {**SEATS[1], "code": "x", "holders": 0}]},
            "seat x has a number that cannot be",
        ),
        (
            {"seats": [*SEATS, {**SEATS[1], "code": "x", "term_years": -1}]},
            "seat x has a number that cannot be",
        ),
        ({"seats": [{"code": "x", "agency": "police"}]}, "['title']"),
        ({"seats": [{**SEATS[1], "colour": "red"}]}, "unknown keys ['colour']"),
        ({"meetings_a_year": 0}, "meets at least once a year"),
        ({"voting": {"casting_vote": True}}, "['majority']"),
        ({"colour": "red"}, "unknown keys ['colour']"),
    ],
)
def test_terms_of_a_body_that_cannot_be_are_refused_with_the_reason(
    changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        parse(**changes)
    assert why in str(refusal.value)
    assert str(refusal.value).startswith("town, forum")


def test_the_ladder_is_read_in_order_of_its_days() -> None:
    steps = ladder("town", [{"days": -10, "rung": "reminder"}, {"days": 1, "rung": "next agenda"}])
    assert steps == (LadderStep(-10, Rung.REMINDER), LadderStep(1, Rung.AGENDA))
    assert ladder("town", []) == ()


@pytest.mark.parametrize("days", [(1, 1), (10, 1)])
def test_a_ladder_with_two_steps_on_a_day_or_out_of_order_is_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="in the order of their days, each day once"):
        ladder("town", [{"days": d, "rung": "reminder"} for d in days])


def of_forum(**changes: Any) -> TermsOfReference:
    agencies = [{"code": c, "name": c.capitalize()} for c in sorted(AGENCIES)]
    return TermsOfReference.parse(
        "town", definition(**{"agencies": agencies, "bodies": [body()], **changes})
    )


def test_terms_of_reference_hold_the_bodies_that_meet_and_name_their_agencies() -> None:
    terms = of_forum(ladder=[{"days": 1, "rung": "overdue notice"}])
    assert terms.agencies == (Agency("community", "Community"), Agency("police", "Police"))
    assert terms.body("forum") == parse()
    assert terms.body("committee") is None
    assert terms.agency("police") == "Police"
    assert terms.agency("church") == "church"
    assert terms.ladder == (LadderStep(1, Rung.OVERDUE),)


@pytest.mark.parametrize(
    ("bodies", "why"),
    [
        ([body(code="nobody")], "the bodies ['nobody'] are no organisations"),
        ([body(parent="nobody")], "the bodies ['nobody'] are no organisations"),
        ([body(code="police")], "“police” is no body that meets"),
        ([body(), body()], "name each body that meets once"),
    ],
)
def test_a_body_that_is_no_body_is_refused(bodies: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValueError) as refusal:
        of_forum(bodies=bodies)
    assert why in str(refusal.value)
