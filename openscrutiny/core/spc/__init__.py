"""Control charts: what people who know charts expect to see of a series. They decide nothing."""

from openscrutiny.core.spc.nhs import LEAST_POINTS, Chart, Rule, chart

__all__ = ["LEAST_POINTS", "Chart", "Rule", "chart"]
