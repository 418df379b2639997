"""Records and analytics: published files in, panels out. No web framework; runs from a terminal."""
