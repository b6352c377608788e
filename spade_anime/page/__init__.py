"""A page to paint in: a server for the browser of the same machine, and what it shows."""
