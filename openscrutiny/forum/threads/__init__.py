"""The parts of the thread that the forum describes, and what waits for people in it."""
