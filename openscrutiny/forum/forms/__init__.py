"""What people write in the forum, by what it is about."""
