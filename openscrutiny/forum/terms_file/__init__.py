"""The terms of reference as a file: written so that people can read it, and read with care."""
