"""The stories planted in the invented city, each with what must and must not be found of it."""

from __future__ import annotations

import numpy as np

from openscrutiny.core.months import Month, Period
from openscrutiny.demonstration.answers import Limit, Sighting, Story
from openscrutiny.demonstration.city import CITY, LONG_FILE, NEW_SYSTEM, TEN_YEARS, city
from openscrutiny.demonstration.effects import Change, Exactly
from openscrutiny.demonstration.life import Combination, Life, ordinary_life

_LAST = TEN_YEARS.last

_RACE_ALONE: Combination = ("race",)
_DISABILITY_ALONE: Combination = ("disability",)
_TRANSGENDER_ALONE: Combination = ("transgender",)
_ANTISEMITIC_OR_ISLAMOPHOBIC: tuple[Combination, ...] = (
    ("antisemitic",),
    ("race", "antisemitic"),
    ("islamophobic",),
    ("race", "islamophobic"),
)

_LARGE = "Ironbank"
_DRIVE = ("Elmsgarth", "Hartlebeck", "Kestrel Green")
_EVENT = ("Larkhanger", "Juniper Hill", "Oakhollow", "Saltwharf")
_TINY = ("Dovecross", "Underwick")

_COUNT = ("recorded_offences",)
_RATE = ("offences_per_1000",)
_OUTCOMES = ("outcomes_per_100",)
_YEAR_AGAINST_YEAR = ("share_of_whole", "year_on_year")


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
    life = ordinary_life(seed=seed, typical=(_LARGE,))
    places = {story.id: number for number, story in enumerate(every_story(), start=1)}
    for story in told:
        rng = np.random.default_rng([seed, places[story.id]])
        for effect in story.effects:
            effect.apply(life, rng)
    return life


def _month(text: str) -> Month:
    return Month.parse(text)


def _only(month: Month) -> Period:
    return Period(month, month)


def _codes(*names: str) -> tuple[str, ...]:
    return tuple(a.code for name in names for a in city().areas if a.name == name)


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
            Limit(Sighting(TEN_YEARS, across=NEW_SYSTEM)),
            Limit(Sighting(Period(NEW_SYSTEM, NEW_SYSTEM + 5))),
        ),
    )


def _collapse() -> Story:
    since = Period(_month("2024-07"), _LAST)
    here = _codes("Brackwater")
    return Story(
        id="outcomes-collapse",
        title="A borough stops solving",
        sentence=(
            f"From {since.first.words} Brackwater has one positive outcome where it had ten. Its "
            "offences stay as they were."
        ),
        effects=(Change(0.1, since, boroughs=("Brackwater",), outcomes_only=True),),
        # Against its own past or against the others: how soon each tells depends on where the
        # borough's level happened to stand.
        seen=(Sighting(since, measures=_OUTCOMES, strand="all", direction="lower", areas=here),),
    )


def _drive() -> Story:
    since = Period(_month("2024-04"), _LAST)
    return Story(
        id="recording-drive",
        title="A recording drive",
        sentence=(
            f"From {since.first.words} three boroughs of one command look harder for disability "
            "hate crime and record five times as much."
        ),
        effects=(Change(5.5, since, boroughs=_DRIVE, flags=(_DISABILITY_ALONE,)),),
        # Any of these measures will do: three boroughs that rise together widen the ordinary
        # spread between boroughs, which costs each single test some of its power.
        seen=(
            Sighting(
                since,
                measures=_COUNT + _RATE + _YEAR_AGAINST_YEAR,
                strand="disability",
                direction="higher",
                areas=_codes(*_DRIVE),
            ),
        ),
    )


def _event() -> Story:
    month = _month("2024-10")
    return Story(
        id="event",
        title="A month after an event",
        sentence=(
            f"In {month.words}, after an event far away, antisemitic and Islamophobic offences "
            "rise by half in the whole city and fifteenfold in four boroughs. A month later all is "
            "as before."
        ),
        effects=(
            Change(1.5, _only(month), flags=_ANTISEMITIC_OR_ISLAMOPHOBIC),
            Change(10.0, _only(month), boroughs=_EVENT, flags=_ANTISEMITIC_OR_ISLAMOPHOBIC),
        ),
        seen=tuple(
            Sighting(
                _only(month),
                measures=_COUNT,
                kind="over_time",
                strand=strand,
                direction="higher",
                areas=(CITY, *_codes(*_EVENT)),
            )
            for strand in ("antisemitic", "islamophobic")
        ),
    )


def _slow_drift() -> Story:
    growing = Period(_month("2017-07"), _month("2020-06"))
    grown = Period(growing.last + 1, _LAST)
    here = ("Copperley",)
    return Story(
        id="slow-drift",
        title="A slow drift",
        sentence=(
            "Over three years, a little each month, racist offences in Copperley grow to twice "
            "what they were, and stay there."
        ),
        effects=(
            Change(2.1, growing, boroughs=here, flags=(_RACE_ALONE,), grows=True),
            Change(2.1, grown, boroughs=here, flags=(_RACE_ALONE,)),
        ),
        seen=(
            Sighting(
                Period(growing.first + 18, growing.last + 11),
                measures=_YEAR_AGAINST_YEAR,
                kind="over_time",
                strand="race_religion",
                direction="higher",
                areas=_codes(*here),
            ),
        ),
    )


def _small_strand() -> Story:
    here = ("Tollervale",)
    return Story(
        id="small-strand",
        title="A small strand in one borough",
        sentence=(
            "In Tollervale transphobic offences are recorded several times as often as elsewhere, "
            "in every month of the ten years."
        ),
        effects=(Change(8.0, TEN_YEARS, boroughs=here, flags=(_TRANSGENDER_ALONE,)),),
        # Once in each stretch of months that may be compared.
        seen=tuple(
            Sighting(
                Period(last + -5, last),
                measures=_RATE,
                kind="between",
                strand="transgender",
                direction="higher",
                areas=_codes(*here),
            )
            for last in (_month("2019-06"), NEW_SYSTEM + -1, _LAST)
        ),
    )


def _jump() -> Story:
    month = _month("2024-06")
    found = Sighting(
        _only(month), measures=_COUNT, kind="over_time", strand="all", direction="higher"
    )
    return Story(
        id="force-wide-jump",
        title="One month, everywhere",
        sentence=(
            f"In {month.words} every borough records about a third more of everything. That is one "
            "finding for the city and not one for each borough."
        ),
        effects=(Change(1.35, _only(month)),),
        seen=(found.in_areas(CITY),),
        unseen=(Limit(found.in_areas(*city().codes), most=4),),
    )


def _tiny_numbers() -> Story:
    month = _month("2024-12")
    return Story(
        id="tiny-numbers",
        title="From one to three",
        sentence=(
            "Dovecross and Underwick, the two smallest boroughs, each record three transphobic "
            f"offences in {month.words} after one in the month before. Numbers so small say "
            "nothing."
        ),
        effects=tuple(
            Exactly(count, when, borough, _TRANSGENDER_ALONE)
            for borough in _TINY
            for when, count in ((month + -1, 1), (month, 3))
        ),
        unseen=(
            Limit(
                Sighting(
                    _only(month),
                    measures=_COUNT,
                    strand="transgender",
                    areas=_codes(*_TINY),
                )
            ),
        ),
    )


def _large_borough() -> Story:
    return Story(
        id="large-borough",
        title="Large, not different",
        sentence=(
            f"{_LARGE} records more than any other borough because it has the most residents. For "
            "its residents it is like the others."
        ),
        effects=(),
        unseen=(
            Limit(
                Sighting(
                    Period(LONG_FILE.first, _LAST),
                    measures=_RATE,
                    kind="between",
                    strand="all",
                    areas=_codes(_LARGE),
                )
            ),
        ),
    )
