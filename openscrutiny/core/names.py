"""Names of people, as far as a program can tell them apart."""

from __future__ import annotations

import re
import unicodedata


def alike(name: str) -> str:
    """What two spellings of one name have in common: no case, accents, spaces or marks.

    Empty for a name of marks alone. People of the same name are alike too: ask who is meant.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in plain if not unicodedata.combining(c)))
