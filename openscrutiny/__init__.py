"""OpenScrutiny: from a published file to a public account, on one thread."""

__version__ = "0.1.0"
