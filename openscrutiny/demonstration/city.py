"""The invented city of the demonstration: who lives there and which months are published."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.months import Month, Period
from openscrutiny.warehouse import definitions

CITY = "aldermere"

# Ten years. Two months in the middle were never published, as it happens when a police service
# moves from one file to the next.
TEN_YEARS = Period(Month.of(2015, 7), Month.of(2025, 6))
WIDE_FILE = Period(TEN_YEARS.first, Month.of(2021, 5))
LONG_FILE = Period(Month.of(2021, 8), TEN_YEARS.last)
NEW_SYSTEM = Month.of(2023, 4)  # declared as a break by the source definition

# Residents in 2021, in thousands.
_RESIDENTS = {
    "Ambleworth": 262,
    "Ashenfold": 214,
    "Barleygate": 231,
    "Brackwater": 538,
    "Briarholme": 196,
    "Calderquay": 284,
    "Chalkhythe and Fairlow": 178,
    "Copperley": 334,
    "Crowmarket": 303,
    "Dovecross": 124,
    "Dunmallow": 207,
    "Eastermoor": 242,
    "Elmsgarth": 331,
    "Fenwharf": 255,
    "Foxlow Heath": 187,
    "Glasswharf": 296,
    "Hartlebeck": 352,
    "Ironbank": 566,
    "Juniper Hill": 418,
    "Kestrel Green": 344,
    "Larkhanger": 441,
    "Lowmarsh": 201,
    "Maltmere": 273,
    "Netherlock": 226,
    "Oakhollow": 427,
    "Pellbridge": 249,
    "Quarrymount": 192,
    "Ravensgill": 219,
    "Saltwharf": 409,
    "Thistlecombe": 183,
    "Tollervale": 322,
    "Underwick": 116,
}


def city() -> AreaSet:
    """The city's boroughs, from ``definitions/areas/aldermere.yaml``."""
    return definitions.area_sets()[CITY]


def residents_2021() -> NDArray[np.int64]:
    """Residents of each borough at the census of 2021, in the order of ``city().areas``."""
    thousands = np.array([_RESIDENTS[a.name] for a in city().areas], np.int64)
    # Real counts are not round: a fixed, harmless remainder below a thousand for each borough.
    return thousands * 1000 + (np.arange(len(thousands)) * 367) % 1000
