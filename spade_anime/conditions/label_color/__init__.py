"""Label maps and hair colours."""
