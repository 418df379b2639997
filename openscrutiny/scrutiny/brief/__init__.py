"""The brief on one area that a chair carries into a hearing."""
