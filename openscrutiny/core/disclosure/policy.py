"""What a forum has fixed about small numbers: which counts are withheld, and what protects them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.measures import Refused

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Policy:
    """The rule of a release of restricted figures.

    A count from 1 to ``least_shown`` - 1 is *sensitive*. A zero is not, except in the strands named
    in ``tiny``, whose whole group is so small that a nought says something of everyone in it.

    A sensitive figure is *exposed* when the whole numbers it can be, given everything that has been
    published, are one single number, or all lie from 1 to ``least_shown`` - 1. It is protected when
    0 or some number of at least ``least_shown`` remains possible; in a ``tiny`` strand 0 protects
    nothing, and a number of at least ``least_shown`` must remain possible.

    ``rounding`` is the other way of publishing: nothing is withheld at first, every figure is
    rounded to the nearest multiple (of 5, say; halves up), and what rounding does not protect is
    withheld after all. Coarser time is the third: publish windows of several months alone.

    Refused: ``least_shown`` below 2 or above 1000, ``rounding`` below 2 or above 1000.
    """

    least_shown: int = 5
    tiny: tuple[str, ...] = ()
    rounding: int | None = None

    def __post_init__(self) -> None:
        if not _whole(self.least_shown) or not 2 <= self.least_shown <= 1000:
            raise Refused(
                f"The least count shown cannot be {self.least_shown}: choose a whole number from "
                "2 to 1000, such as 5, which withholds 1 to 4."
            )
        if self.rounding is not None and (
            not _whole(self.rounding) or not 2 <= self.rounding <= 1000
        ):
            raise Refused(
                f"Figures cannot be rounded to multiples of {self.rounding}: choose a whole number "
                "from 2 to 1000, such as 5, or None to publish them as they are."
            )
        object.__setattr__(self, "tiny", tuple(sorted(self.tiny)))

    def sensitive(self, strand: str, values: ArrayLike) -> Flags:
        """Which counts of a strand are small enough to say something of a person."""
        v = np.asarray(values)
        from_least = 0 if strand in self.tiny else 1
        return np.asarray((v >= from_least) & (v < self.least_shown))

    def protects(self, strand: str, values: ArrayLike) -> Flags:
        """Which possible values of a sensitive figure protect it, merely by being possible."""
        v = np.asarray(values)
        high = v >= self.least_shown
        return np.asarray(high if strand in self.tiny else high | (v == 0))

    def exposed(self, strand: str, low: ArrayLike, high: ArrayLike) -> Flags:
        """Whether a sensitive figure that can be anything from ``low`` to ``high`` is exposed.

        ``high`` may be infinite. Both ends must be attained, as those of an audit are.
        """
        below, above = np.asarray(low), np.asarray(high)
        reached = self.protects(strand, below) | self.protects(strand, above)
        return np.asarray((below == above) | ~reached)

    def shown_range(self, value: int) -> tuple[int, int]:
        """The least and the greatest count that would be shown as this count is shown."""
        if self.rounding is None:
            return value, value
        middle = self.shown(value)
        half = self.rounding // 2
        return max(middle - half, 0), middle + (self.rounding - 1) // 2

    def shown(self, value: int) -> int:
        """The number that is printed for a count: itself, or its nearest multiple."""
        if self.rounding is None:
            return value
        return (value + self.rounding // 2) // self.rounding * self.rounding

    def to_dict(self) -> dict[str, Any]:
        """The policy as plain data."""
        return {**asdict(self), "tiny": list(self.tiny)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Policy:
        """The policy that ``to_dict`` wrote."""
        return cls(data["least_shown"], tuple(data["tiny"]), data["rounding"])


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


POLICY = Policy()
