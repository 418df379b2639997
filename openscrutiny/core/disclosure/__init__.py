"""Small numbers: what is withheld, the audit that nothing gives it away, and the one door out."""

from openscrutiny.core.disclosure.audit import Audit, audit, bounds
from openscrutiny.core.disclosure.figures import (
    FINANCIAL_YEARS,
    MONTHS,
    QUARTERS,
    ROLLING_YEARS,
    Cells,
    Figure,
    Window,
)
from openscrutiny.core.disclosure.policy import POLICY, Policy
from openscrutiny.core.disclosure.publishable import Made, PublishablePanel, release
from openscrutiny.core.disclosure.releases import Ledger, Release
from openscrutiny.core.disclosure.statements import (
    Statement,
    between,
    inside,
    nesting,
    rate,
    ratio,
    through,
    weighted,
)
from openscrutiny.core.disclosure.suppression import Suppression, suppress

__all__ = [
    "FINANCIAL_YEARS",
    "MONTHS",
    "POLICY",
    "QUARTERS",
    "ROLLING_YEARS",
    "Audit",
    "Cells",
    "Figure",
    "Ledger",
    "Made",
    "Policy",
    "PublishablePanel",
    "Release",
    "Statement",
    "Suppression",
    "Window",
    "audit",
    "between",
    "bounds",
    "inside",
    "nesting",
    "rate",
    "ratio",
    "release",
    "suppress",
    "through",
    "weighted",
]
