"""Label maps as their painters meant them: picture files to one class a pixel."""
