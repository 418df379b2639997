"""The quorum of a meeting and the counting of votes: laws, and a second count minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.bodies import Allowed, BodyTerms, Majority, Quorum, Seat, Voting
from openscrutiny.core.calendar import Term, Unit
from openscrutiny.core.quorum import (
    Aside,
    Capacity,
    Count,
    Stay,
    count,
    quorum_over_time,
    tally,
)

BEGINS = datetime(2026, 10, 6, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTH = 30
ENDS = BEGINS + LENGTH * MINUTE
_ALLOWED = Allowed(Term(5, Unit.WORKING), "A test.")
SEATS = (
    Seat("one", "One", "community"),
    Seat("two", "Two", "community", holders=2),
    Seat("three", "Three", "council"),
    Seat("support", "Support", "victim_support"),
    Seat("police", "Police", "police", voting=False),
)
NAMES = {"victim_support": "Victim support", "community": "Community bodies"}


def terms(least: int = 3, agencies: tuple[str, ...] = ("victim_support",)) -> BodyTerms:
    return BodyTerms(
        "forum", "", 4, Quorum(least, agencies), Voting(), _ALLOWED, _ALLOWED, _ALLOWED, SEATS
    )


def stay(
    seat: str, *, person: int = 0, capacity: Capacity = Capacity.SEAT, came: int = 0, went: int = 0
) -> Stay:
    left = BEGINS + went * MINUTE if went else None
    return Stay(person or hash(seat), seat, capacity, BEGINS + came * MINUTE, left)


def counted(*stays: Stay, at: int = 0, aside: tuple[int, ...] = ()) -> Count:
    return count(terms(), stays, at=BEGINS + at * MINUTE, aside=aside)


stays_drawn = st.lists(
    st.builds(
        lambda person, seat, capacity, came, lasts: Stay(
            person,
            seat,
            capacity,
            BEGINS + came * MINUTE,
            BEGINS + (came + lasts) * MINUTE if lasts else None,
        ),
        st.integers(1, 8),
        st.sampled_from([*(s.code for s in SEATS), "", "gone"]),
        st.sampled_from(list(Capacity)),
        st.integers(-5, LENGTH),
        st.integers(0, LENGTH),
    ),
    max_size=12,
)


# ---- a moment ----------------------------------------------------------------------------------


def test_a_quorum_is_enough_voting_seats_and_every_voice_that_must_be_there() -> None:
    found = counted(stay("one"), stay("three"), stay("support"))
    assert found == Count(("one", "three", "support"), 3, ())
    assert found.quorate
    assert found.sentence(lambda c: NAMES[c]) == "3 voting seats are here and 3 are needed."


def test_enough_seats_without_a_voice_that_must_be_there_are_no_quorum() -> None:
    found = counted(stay("one"), stay("two"), stay("three"))
    assert not found.quorate
    assert found.sentence(lambda c: NAMES[c]) == (
        "3 voting seats are here and 3 are needed; nobody from victim support is here."
    )


@pytest.mark.parametrize(
    ("here", "least", "words"),
    [
        ((), 3, "No voting seats are here and 3 are needed; nobody from victim support is here."),
        (("support",), 1, "1 voting seat is here and 1 is needed."),
        (("support",), 2, "1 voting seat is here and 2 are needed."),
    ],
)
def test_the_sentence_is_said_as_people_speak(
    here: tuple[str, ...], least: int, words: str
) -> None:
    found = count(terms(least), [stay(code) for code in here], at=BEGINS)
    assert found.sentence(lambda c: NAMES[c]) == words
    assert found.frozen(lambda c: NAMES[c])["sentence"] == words


def test_a_substitute_counts_only_while_the_holder_is_not_there() -> None:
    holder = stay("one", person=1, came=10, went=20)
    substitute = stay("one", person=2, capacity=Capacity.SUBSTITUTE)
    for minute in (0, 10, 15, 20):
        assert counted(holder, substitute, at=minute).present == ("one",)
    # It counts by the holder while the holder is there: where the holder steps aside, the seat has.
    assert counted(holder, substitute, at=15, aside=(1,)).present == ()
    assert counted(holder, substitute, at=15, aside=(2,)).present == ("one",)
    assert counted(holder, substitute, at=25, aside=(1,)).present == ("one",)
    assert counted(holder, substitute, at=25, aside=(2,)).present == ()


def test_two_people_of_one_seat_count_once_and_one_of_them_may_step_aside() -> None:
    both = stay("two", person=1), stay("two", person=2)
    assert counted(*both).present == ("two",)
    assert counted(*both, aside=(1,)).present == ("two",)
    assert counted(*both, aside=(1, 2)).present == ()


def test_seats_without_a_vote_guests_and_seats_of_other_terms_never_count() -> None:
    others = [stay("police"), stay("", capacity=Capacity.OTHER), stay("gone")]
    observer = stay("one", capacity=Capacity.OTHER)
    assert counted(*others, observer).present == ()


def test_the_moment_of_arriving_counts_and_that_of_leaving_does_not() -> None:
    one = stay("one", came=5, went=9)
    assert [bool(counted(one, at=m).present) for m in (4, 5, 8, 9)] == [False, True, True, False]


@given(stays_drawn, st.sampled_from(SEATS), st.integers(0, LENGTH - 1))
def test_one_more_seat_in_the_room_never_takes_the_quorum_away(
    stays: list[Stay], seat: Seat, minute: int
) -> None:
    before = counted(*stays, at=minute)
    after = counted(*stays, stay(seat.code, person=99), at=minute)
    assert set(before.present) <= set(after.present)
    assert after.quorate or not before.quorate


@given(st.data(), stays_drawn, st.integers(0, LENGTH - 1))
def test_the_order_in_which_people_are_recorded_says_nothing(
    data: st.DataObject, stays: list[Stay], minute: int
) -> None:
    shuffled = data.draw(st.permutations(stays))
    assert counted(*shuffled, at=minute) == counted(*stays, at=minute)


@given(stays_drawn, st.sets(st.integers(1, 8)), st.integers(0, LENGTH - 1))
def test_who_steps_aside_never_adds_to_the_count(
    stays: list[Stay], aside: set[int], minute: int
) -> None:
    fewer = count(terms(), stays, at=BEGINS + minute * MINUTE, aside=aside)
    assert set(fewer.present) <= set(counted(*stays, at=minute).present)


# ---- over time, against a naive count of every minute -------------------------------------------


def by_the_minute(stays: Sequence[Stay], asides: Sequence[Aside]) -> list[tuple[datetime, bool]]:
    """Whether there is a quorum at each whole minute, counted seat by seat from the words."""
    found: list[tuple[datetime, bool]] = []
    for minute in range(LENGTH):
        at = BEGINS + minute * MINUTE
        aside = {a.person for a in asides if a.begins <= at and (a.ends is None or a.ends > at)}
        # For each person the seats that could count by them: those they hold first, then in order.
        could: dict[int, list[tuple[bool, int]]] = {}
        for place, seat in enumerate(SEATS):
            if not seat.voting:
                continue
            here = [
                s
                for s in stays
                if s.seat == seat.code and s.arrived <= at and (s.left is None or s.left > at)
            ]
            holders = [s for s in here if s.capacity == "seat"]
            standing_in = [s for s in here if s.capacity == "substitute"]
            for one in holders or standing_in:
                if one.person not in aside:
                    could.setdefault(one.person, []).append((not holders, place))
        by_one_each = {min(places)[1] for places in could.values()}
        agencies = {SEATS[place].agency for place in by_one_each}
        quorate = len(by_one_each) >= 3 and "victim_support" in agencies
        if not found or found[-1][1] is not quorate:
            found.append((at, quorate))
    return found


asides_drawn = st.lists(
    st.builds(
        lambda person, begins, lasts: Aside(
            person,
            BEGINS + begins * MINUTE,
            BEGINS + (begins + lasts) * MINUTE if lasts else None,
        ),
        st.integers(1, 8),
        st.integers(0, LENGTH),
        st.integers(0, 10),
    ),
    max_size=3,
)


@given(stays_drawn, asides_drawn)
def test_the_turns_are_those_that_a_count_of_every_minute_finds(
    stays: list[Stay], asides: list[Aside]
) -> None:
    turns = quorum_over_time(terms(), stays, begins=BEGINS, ends=ENDS, asides=asides)
    assert [(t.at, t.count.quorate) for t in turns] == by_the_minute(stays, asides)


def test_a_quorum_is_lost_by_a_departure_and_regained_by_an_arrival() -> None:
    stays = [
        stay("one"),
        stay("three"),
        stay("support", person=1, went=10),
        stay("support", person=2, capacity=Capacity.SUBSTITUTE, came=17),
    ]
    turns = quorum_over_time(terms(), stays, begins=BEGINS, ends=ENDS)
    assert [((t.at - BEGINS) // MINUTE, t.count.quorate) for t in turns] == [
        (0, True),
        (10, False),
        (17, True),
    ]
    assert turns[1].count.missing == ("victim_support",)


# ---- votes --------------------------------------------------------------------------------------

MORE, MORE_WITHOUT = Voting(), Voting(casting_vote=False)
TWO_THIRDS = Voting(Majority.TWO_THIRDS)


def votes(for_: int, against: int, abstain: int = 0) -> list[str]:
    return ["for"] * for_ + ["against"] * against + ["abstain"] * abstain


@pytest.mark.parametrize(
    ("voting", "given", "casting", "carried", "words"),
    [
        (MORE, votes(3, 2, 9), "", True, "3 for, 2 against, 9 abstained: carried."),
        (MORE, votes(2, 3), "", False, "2 for, 3 against, 0 abstained: not carried."),
        (
            MORE,
            votes(2, 2),
            "",
            False,
            "2 for, 2 against, 0 abstained: not carried, because the votes are equal.",
        ),
        (
            MORE,
            votes(2, 2),
            "for",
            True,
            "2 for, 2 against, 0 abstained, and the casting vote for: carried.",
        ),
        (
            MORE,
            votes(2, 2),
            "against",
            False,
            "2 for, 2 against, 0 abstained, and the casting vote against: not carried.",
        ),
        (
            MORE_WITHOUT,
            votes(2, 2),
            "for",
            False,
            "2 for, 2 against, 0 abstained: not carried, because the votes are equal.",
        ),
        # A casting vote is for equal votes alone.
        (MORE, votes(2, 3), "for", False, "2 for, 3 against, 0 abstained: not carried."),
        (
            MORE,
            votes(0, 0, 4),
            "for",
            False,
            "0 for, 0 against, 4 abstained: not carried, because nobody voted for or against.",
        ),
        (TWO_THIRDS, votes(4, 2, 5), "", True, "4 for, 2 against, 5 abstained: carried."),
        (
            TWO_THIRDS,
            votes(5, 3),
            "",
            False,
            (
                "5 for, 3 against, 0 abstained: not carried, because it takes two thirds of "
                "the votes for and against."
            ),
        ),
        # Equal votes are no two thirds, and a second vote does not make them so.
        (
            TWO_THIRDS,
            votes(1, 1),
            "for",
            False,
            (
                "1 for, 1 against, 0 abstained: not carried, because it takes two thirds of "
                "the votes for and against."
            ),
        ),
    ],
)
def test_votes_are_counted_by_the_terms_of_the_body(
    voting: Voting, given: list[str], casting: str, carried: bool, words: str
) -> None:
    found = tally(voting, given, casting=casting)
    assert found.carried is carried
    assert found.sentence == words


@given(
    st.lists(st.sampled_from(["for", "against", "abstain"]), max_size=24),
    st.sampled_from([MORE, MORE_WITHOUT, TWO_THIRDS]),
    st.sampled_from(["", "for", "against"]),
)
def test_one_more_vote_for_never_loses_what_was_carried(
    given: list[str], voting: Voting, casting: str
) -> None:
    before = tally(voting, given, casting=casting)
    with_one_more = tally(voting, [*given, "for"], casting=casting)
    assert with_one_more.carried or not before.carried
    # Who abstains counts for neither, and the order says nothing.
    kept = replace(before, abstained=0, sentence="")
    without = [g for g in reversed(given) if g != "abstain"]
    assert replace(tally(voting, without, casting=casting), sentence="") == kept


def test_a_stance_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        tally(MORE, ["perhaps"])


def test_one_person_counts_once_whatever_seats_they_hold() -> None:
    in_two = stay("one", person=1), stay("three", person=1)
    assert counted(*in_two).present == ("one",)
    # The seat they hold comes before one they stand in for, whichever stands first.
    stands_in = stay("one", person=1, capacity=Capacity.SUBSTITUTE)
    assert counted(stands_in, stay("three", person=1)).present == ("three",)
    # Who steps aside does so in all of them.
    assert counted(*in_two, aside=(1,)).present == ()


@given(stays_drawn, st.integers(0, LENGTH))
def test_there_are_never_more_seats_in_a_quorum_than_people(stays: list[Stay], at: int) -> None:
    here = {s.person for s in stays if s.covers(BEGINS + at * MINUTE)}
    assert len(counted(*stays, at=at).present) <= len(here)
