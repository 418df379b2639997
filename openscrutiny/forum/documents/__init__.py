"""Documents people hand in and take away: read, cleaned, checked, kept, and written."""
