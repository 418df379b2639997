"""Every write of the forum, by what it is about."""
