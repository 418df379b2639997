"""What the public pages show, as frozen dataclasses."""
