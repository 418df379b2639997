"""What the pages of the forum show, by what they are about."""
