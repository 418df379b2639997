"""Views of the forum, by what they are about: parse, one call, render."""
