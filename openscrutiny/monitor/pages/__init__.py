"""What each page shows, as frozen dataclasses, and the functions that fill them."""
