"""The stories planted in the invented city, each with what must and must not be found of it."""

from __future__ import annotations

import numpy as np

from openscrutiny.core.months import Month, Period
from openscrutiny.demonstration.answers import Limit, Sighting, Story
from openscrutiny.demonstration.city import CITY, LONG_FILE, NEW_SYSTEM, TEN_YEARS, city
from openscrutiny.demonstration.effects import Change, Exactly
from openscrutiny.demonstration.life import Combination, Life, ordinary_life

_LAST = TEN_YEARS.last
_RACE_ALONE: tuple[Combination, ...] = (("race",),)
_DISABILITY_ALONE: tuple[Combination, ...] = (("disability",),)
_TRANSGENDER_ALONE: tuple[Combination, ...] = (("transgender",),)
_ANTISEMITIC: tuple[Combination, ...] = (("antisemitic",), ("race", "antisemitic"))
_ISLAMOPHOBIC: tuple[Combination, ...] = (("islamophobic",), ("race", "islamophobic"))

# A borough that differs from the others in its number of residents alone.
LARGE_BUT_TYPICAL = "Ironbank"

_DRIVE = ("Elmsgarth", "Hartlebeck", "Kestrel Green")
_EVENT = ("Larkhanger", "Juniper Hill", "Oakhollow", "Saltwharf")
_TINY = ("Dovecross", "Underwick")


def _month(text: str) -> Month:
    return Month.parse(text)


def _codes(*names: str) -> tuple[str, ...]:
    return tuple(city().codes[[a.name for a in city().areas].index(n)] for n in names)


def _new_system() -> Story:
    return Story(
        id="new-system",
        title="A new recording system",
        sentence=(
            f"From {NEW_SYSTEM.words} every borough records a fifth less, because the constabulary "
            "moved to a new system and says so. The months before and after may not be compared, "
            "so nothing may be reported."
        ),
        effects=(Change(0.8, Period(NEW_SYSTEM, _LAST)),),
        unseen=(
            Limit(Sighting(TEN_YEARS.first, _LAST, across=NEW_SYSTEM)),
            Limit(Sighting(NEW_SYSTEM, NEW_SYSTEM + 5, kind="over_time")),
        ),
    )


def _collapse() -> Story:
    start = _month("2024-07")
    here = _codes("Brackwater")
    return Story(
        id="outcomes-collapse",
        title="A borough stops solving",
        sentence=(
            f"From {start.words} Brackwater has one positive outcome where it had six. Its offences "
            "stay as they were."
        ),
        effects=(
            Change(1 / 6, Period(start, _LAST), boroughs=("Brackwater",), outcomes_only=True),
        ),
        seen=(
            Sighting(start, start + 6, "outcomes_per_100", "over_time", "all", "lower", here),
            Sighting(start + 6, _LAST, "outcomes_per_100", "between", "all", "lower", here),
        ),
    )


def _drive() -> Story:
    start = _month("2024-04")
    here = _codes(*_DRIVE)
    return Story(
        id="recording-drive",
        title="A recording drive",
        sentence=(
            f"From {start.words} three boroughs of one command look harder for disability hate "
            "crime and record three times as much."
        ),
        effects=(Change(3.2, Period(start, _LAST), boroughs=_DRIVE, flags=_DISABILITY_ALONE),),
        seen=(
            Sighting(
                start + 6, _LAST, "offences_per_1000", "between", "disability", "higher", here
            ),
            Sighting(
                start + 11, _LAST, "share_of_whole", "over_time", "disability", "higher", here
            ),
        ),
    )


def _event() -> Story:
    month = _month("2024-10")
    religions = _ANTISEMITIC + _ISLAMOPHOBIC
    strands = ("antisemitic", "islamophobic")
    return Story(
        id="event",
        title="A month after an event",
        sentence=(
            f"In {month.words}, after an event far away, antisemitic and Islamophobic offences "
            "double in the whole city and rise sevenfold in four boroughs. A month later all is as "
            "before."
        ),
        effects=(
            Change(2.0, Period(month, month), flags=religions),
            Change(3.5, Period(month, month), boroughs=_EVENT, flags=religions),
        ),
        seen=tuple(
            Sighting(month, month, "recorded_offences", "over_time", strand, "higher", areas)
            for strand in strands
            for areas in ((CITY,), _codes(*_EVENT))
        ),
    )


def _slow_drift() -> Story:
    growing = Period(_month("2017-07"), _month("2020-06"))
    here = _codes("Copperley")
    return Story(
        id="slow-drift",
        title="A slow drift",
        sentence=(
            "Over three years, a little each month, racist offences in Copperley grow to twice "
            "what they were, and stay there."
        ),
        effects=(
            Change(2.1, growing, boroughs=("Copperley",), flags=_RACE_ALONE, grows=True),
            Change(
                2.1,
                Period(growing.last + 1, _LAST),
                boroughs=("Copperley",),
                flags=_RACE_ALONE,
            ),
        ),
        seen=(
            Sighting(
                growing.first + 18,
                growing.last + 11,
                "share_of_whole",
                "over_time",
                "race_religion",
                "higher",
                here,
            ),
            Sighting(
                growing.last, _LAST, "offences_per_1000", "between", "race_religion", "higher", here
            ),
        ),
    )


def _small_strand() -> Story:
    here = _codes("Tollervale")
    return Story(
        id="small-strand",
        title="A small strand in one borough",
        sentence=(
            "In Tollervale transphobic offences are recorded several times as often as elsewhere, "
            "in every month of the ten years."
        ),
        effects=(Change(6.0, TEN_YEARS, boroughs=("Tollervale",), flags=_TRANSGENDER_ALONE),),
        seen=tuple(
            Sighting(month, month, "offences_per_1000", "between", "transgender", "higher", here)
            for month in (_month("2019-06"), _month("2022-12"), _LAST)
        ),
    )


def _jump() -> Story:
    month = _month("2025-02")
    return Story(
        id="force-wide-jump",
        title="One month, everywhere",
        sentence=(
            f"In {month.words} every borough records about a third more of everything. That is one "
            "finding for the city and not one for each borough."
        ),
        effects=(Change(1.35, Period(month, month)),),
        seen=(Sighting(month, month, "recorded_offences", "over_time", "all", "higher", (CITY,)),),
        unseen=(
            Limit(
                Sighting(
                    month,
                    month,
                    "recorded_offences",
                    "over_time",
                    "all",
                    "higher",
                    city().codes,
                ),
                most=2,
            ),
        ),
    )


def _tiny_numbers() -> Story:
    month = _month("2024-12")
    return Story(
        id="tiny-numbers",
        title="From one to three",
        sentence=(
            f"Dovecross and Underwick, the two smallest boroughs, each record three transphobic "
            f"offences in {month.words} after one in the month before. Numbers so small say nothing."
        ),
        effects=tuple(
            Exactly(count, when, borough, _TRANSGENDER_ALONE[0])
            for borough in _TINY
            for when, count in ((month + -1, 1), (month, 3))
        ),
        unseen=(
            Limit(
                Sighting(
                    month,
                    month,
                    "recorded_offences",
                    "over_time",
                    "transgender",
                    "",
                    _codes(*_TINY),
                )
            ),
        ),
    )


def _large_borough() -> Story:
    return Story(
        id="large-borough",
        title="Large, not different",
        sentence=(
            f"{LARGE_BUT_TYPICAL} records more than any other borough because it has the most "
            "residents. For its residents it is like the others."
        ),
        effects=(),
        unseen=(
            Limit(
                Sighting(
                    LONG_FILE.first,
                    _LAST,
                    "offences_per_1000",
                    "between",
                    "all",
                    "",
                    _codes(LARGE_BUT_TYPICAL),
                )
            ),
        ),
    )


def every_story() -> tuple[Story, ...]:
    """Every planted story, in the order in which they are told.

    The order matters: a later story multiplies what the earlier ones left, and the numbers that
    are exact come last.
    """
    return (
        _new_system(),
        _collapse(),
        _drive(),
        _event(),
        _slow_drift(),
        _small_strand(),
        _jump(),
        _tiny_numbers(),
        _large_borough(),
    )


def live(*, seed: int, told: tuple[Story, ...] = ()) -> Life:
    """Ten years of ordinary life with these stories told.

    Each story draws from its own stream of the seed (by its place among all stories), so that
    leaving one out changes nothing in another, but for what multiplies the same cells.
    """
    life = ordinary_life(seed=seed, typical=(LARGE_BUT_TYPICAL,))
    places = {story.id: number for number, story in enumerate(every_story(), start=1)}
    for story in told:
        rng = np.random.default_rng([seed, places[story.id]])
        for effect in story.effects:
            effect.apply(life, rng)
    return life
