"""The work programme's rules: scores that only order, gaps, and promises against their day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.calendar import Calendar
from openscrutiny.core.machines import ACTION
from openscrutiny.core.programme import (
    CRITERIA,
    Looked,
    gaps,
    in_groups,
    score,
    year_before,
)
from openscrutiny.core.promised import OPEN, promised

TODAY = date(2026, 11, 25)
STRANDS = {"race": "race", "disability": "disability", "age": "age"}
CODES = [c.code for c in CRITERIA]
ANSWERS = st.fixed_dictionaries({code: st.integers(1, 4) for code in CODES})
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
LOOKED = st.lists(
    st.builds(Looked, st.frozensets(st.sampled_from([*STRANDS, "elsewhere"])), DAYS), max_size=12
)
CALENDAR = Calendar({date(2026, 12, 25): "Christmas Day"}, date(2027, 12, 31), date(2020, 1, 1))


def total(answers: dict[str, int]) -> int:
    found = score(answers)
    assert found is not None
    return found.total


# ---- scores ----------------------------------------------------------------------------------


@given(ANSWERS)
def test_a_score_is_the_sum_of_the_parts_it_is_shown_with(answers: dict[str, int]) -> None:
    found = score(answers)
    assert found is not None
    assert found.total == sum(part.points for part in found.parts)
    assert [part.criterion.code for part in found.parts] == CODES
    assert 5 <= found.total <= 20
    parts = found.words.partition(": ")[2].split(" + ")
    assert sum(map(int, parts)) == found.total
    assert all(part.words in part.criterion.answers for part in found.parts)


@given(ANSWERS, st.sampled_from(CRITERIA), st.integers(1, 3))
def test_a_higher_answer_raises_the_score_by_one_except_where_others_do_it_already(
    answers: dict[str, int], criterion: object, low: int
) -> None:
    code, lowers = criterion.code, criterion.lowers  # type: ignore[attr-defined]
    step = total({**answers, code: low + 1}) - total({**answers, code: low})
    assert step == (-1 if lowers else 1)


def test_only_what_others_do_already_lowers_a_score() -> None:
    assert [c.code for c in CRITERIA if c.lowers] == ["others"]


def test_what_nobody_scored_has_no_score_rather_than_a_low_one() -> None:
    assert score({}) is None


@pytest.mark.parametrize("wrong", [0, 5, -1, True, 2.5])
def test_an_answer_that_is_none_of_the_four_is_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 4"):
        score({**dict.fromkeys(CODES, 2), "harm": wrong})


def test_a_score_with_a_question_left_out_or_unknown_is_refused() -> None:
    with pytest.raises(ValueError, match="How great is the harm"):
        score({code: 2 for code in CODES if code != "harm"})
    with pytest.raises(ValueError, match="no questions"):
        score({**dict.fromkeys(CODES, 2), "votes": 2})


# ---- gaps ------------------------------------------------------------------------------------


def test_a_strand_that_nothing_touches_is_said_in_a_sentence() -> None:
    found = gaps(
        STRANDS,
        [
            Looked(frozenset({"race"}), TODAY + timedelta(days=30)),
            Looked(frozenset({"age"}), date(2024, 3, 5)),
        ],
        today=TODAY,
    )
    assert [gap.sentence for gap in found] == [
        "Nothing on disability is scheduled, and nothing was done so far.",
        "Nothing on age is scheduled. The last time was in March 2024.",
    ]


@given(LOOKED, DAYS)
def test_a_strand_is_a_gap_exactly_where_nothing_of_the_last_twelve_months_touches_it(
    looked: list[Looked], today: date
) -> None:
    found = {gap.code for gap in gaps(STRANDS, looked, today=today)}
    for code in STRANDS:
        touched = any(code in one.touches and one.on >= year_before(today) for one in looked)
        assert (code in found) is not touched


@given(LOOKED, LOOKED, DAYS)
def test_another_item_never_opens_a_gap_and_the_order_of_items_changes_nothing(
    looked: list[Looked], more: list[Looked], today: date
) -> None:
    before = gaps(STRANDS, looked, today=today)
    after = gaps(STRANDS, [*looked, *more], today=today)
    assert {g.code for g in after} <= {g.code for g in before}
    assert gaps(STRANDS, [*more, *looked], today=today) == after


def test_an_item_counts_for_each_of_its_strands_and_one_that_names_none_for_none() -> None:
    both = [Looked(frozenset({"race", "age"}), TODAY)]
    assert [g.code for g in gaps(STRANDS, both, today=TODAY)] == ["disability"]
    everything = [Looked(frozenset(), TODAY)]
    assert [g.code for g in gaps(STRANDS, everything, today=TODAY)] == list(STRANDS)


def test_twelve_months_ago_is_within_twelve_months_and_the_day_before_is_not() -> None:
    for days, gap in ((0, False), (1, True)):
        on = year_before(TODAY) - timedelta(days=days)
        found = gaps({"race": "race"}, [Looked(frozenset({"race"}), on)], today=TODAY)
        assert bool(found) is gap
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)


def test_a_group_of_areas_is_touched_by_any_of_its_members() -> None:
    members = {"North": ["a", "b"], "South": ["c"], "Heights": ["b"]}
    assert in_groups(members, ["b"]) == {"North", "Heights"}
    assert in_groups(members, []) == frozenset()


# ---- promises --------------------------------------------------------------------------------


def at(today: date, *, first: date, carried: date | None = None, state: str = "open"):  # type: ignore[no-untyped-def]
    return promised(
        first=first,
        carried_to=carried,
        times=2 if carried else 0,
        state=state,
        today=today,
        calendar=CALENDAR,
    )


def test_a_promise_is_late_from_the_day_after_its_day_and_counts_working_days() -> None:
    friday = date(2026, 12, 18)
    assert at(friday, first=friday).how == "due today"
    assert at(friday - timedelta(days=1), first=friday).how == "1 day left"
    # Saturday has no working day yet; then Christmas Day is left out.
    assert at(date(2026, 12, 19), first=friday).how == "overdue by 1 day"
    assert at(date(2026, 12, 21), first=friday).how == "overdue by 1 working day"
    assert at(date(2026, 12, 28), first=friday).how == "overdue by 5 working days"


def test_the_day_first_promised_stays_in_the_calculation_when_it_is_carried_forward() -> None:
    found = at(date(2026, 12, 1), first=date(2026, 11, 2), carried=date(2026, 12, 7))
    assert (found.overdue, found.due_on) == (False, date(2026, 12, 7))
    assert found.steps == (
        "First promised for Monday 2 November 2026.",
        "Carried forward twice, now to Monday 7 December 2026.",
        "Today is Tuesday 1 December 2026: 6 days left.",
    )


@pytest.mark.parametrize("state", ACTION.states)
def test_only_what_is_still_to_be_done_is_ever_late(state: str) -> None:
    found = at(date(2026, 12, 1), first=date(2026, 11, 2), state=state)
    assert found.overdue is (state in OPEN)
    assert bool(found.how) is (state in OPEN)


@given(DAYS, DAYS)
def test_lateness_never_ends_by_waiting_longer(first: date, today: date) -> None:
    if at(today, first=first).overdue:
        assert at(today + timedelta(days=1), first=first).overdue


def test_where_bank_holidays_are_not_known_late_days_are_plain_days() -> None:
    found = at(date(2028, 1, 10), first=date(2027, 12, 30))
    assert found.how == "overdue by 11 days"
