"""Data sets, palette, and the example portraits."""
