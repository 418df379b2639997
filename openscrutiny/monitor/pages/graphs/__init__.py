"""Charts of figures: from panels to what the drawing modules draw."""
