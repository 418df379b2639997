"""A count against what its own past lets one expect."""

from openscrutiny.core.surveillance.own_past import OwnPast, against_own_regime

__all__ = ["OwnPast", "against_own_regime"]
