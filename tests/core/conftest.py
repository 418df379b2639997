"""Whatever core refuses, in any of its tests, it says in whole plain sentences."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from openscrutiny.core.calendar import NotKnownYet
from openscrutiny.core.measures import Refused
from openscrutiny.core.permits import NotPermitted
from openscrutiny.core.workflow import NotPossible

# Words run together, or begun twice; four in a row that are shouted; a space too many.
_NO_PROSE = re.compile(r"[A-Z]{2,}[a-z0-9“]|[a-z0-9,;:”][A-Z]{2,}|(\b[A-Z]+\b\W+){4}|  |\s$")
_NEXT_BEGINS_SMALL = re.compile(r"(?<!\be\.g)[.?] [a-z]")


def is_prose(words: str) -> bool:
    """Whether words are whole sentences: none is begun small after another, the last is ended."""
    return (
        words.endswith(".") and not _NO_PROSE.search(words) and not _NEXT_BEGINS_SMALL.search(words)
    )


@pytest.fixture(autouse=True)
def _refusals_are_prose(monkeypatch: pytest.MonkeyPatch) -> None:
    def watched(plain: Callable[..., None]) -> Callable[..., None]:
        def init(self: Exception, *said: Any, **more: Any) -> None:
            for words in said:
                assert is_prose(str(words)), words
            plain(self, *said, **more)

        return init

    for kind in (Refused, NotPermitted, NotPossible, NotKnownYet):
        monkeypatch.setattr(kind, "__init__", watched(kind.__init__))
