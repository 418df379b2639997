"""Calendar months and periods of months, the time axis of every series."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMES = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ISO = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, order=True)
class Month:
    """One calendar month, ordered, hashable and good for arithmetic.

    ``ordinal`` counts months since January of year 0. ``Month.parse("2024-03") + 12`` is March
    2025; the difference of two months is a number of months.
    """

    ordinal: int

    @classmethod
    def of(cls, year: int, month: int) -> Month:
        """The month ``month`` (1 to 12) of ``year``; ValueError outside that range."""
        if not 1 <= month <= 12:
            raise ValueError(f"{month} is not a month: use 1 for January to 12 for December.")
        return cls(year * 12 + month - 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``YYYY-MM``; ValueError with a sentence that says so for anything else."""
        match = _ISO.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"“{text}” is not a month. Write it as YYYY-MM, such as 2024-03.")
        return cls.of(int(match[1]), int(match[2]))

    @property
    def year(self) -> int:
        return self.ordinal // 12

    @property
    def number(self) -> int:
        """1 for January to 12 for December."""
        return self.ordinal % 12 + 1

    @property
    def words(self) -> str:
        """``March 2024``."""
        return f"{_NAMES[self.ordinal % 12]} {self.year}"

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def __add__(self, months: int) -> Month:
        return Month(self.ordinal + months)

    def __sub__(self, other: Month) -> int:
        return self.ordinal - other.ordinal

    def through(self, last: Month) -> tuple[Month, ...]:
        """Every month from this one to ``last``, both included; empty when ``last`` is earlier."""
        return tuple(Month(n) for n in range(self.ordinal, last.ordinal + 1))


@dataclass(frozen=True, order=True)
class Period:
    """A run of whole months, both ends included."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"A period cannot end ({self.last}) before it begins ({self.first}).")

    @classmethod
    def ending(cls, last: Month, months: int) -> Period:
        """The period of ``months`` months whose last month is ``last``."""
        return cls(last + (1 - months), last)

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    @property
    def words(self) -> str:
        """``March 2024`` or ``April 2024 to March 2025``."""
        if self.first == self.last:
            return self.first.words
        return f"{self.first.words} to {self.last.words}"

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"
