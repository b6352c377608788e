"""One file a system: its options, data, networks, objective and preview."""
