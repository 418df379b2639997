"""Measured ratios: ours against a named peer or a named limit, in one run."""
