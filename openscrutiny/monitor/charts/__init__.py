"""Charts as server-side SVG, made of page objects with the standard library alone."""
