"""What a run leaves on disk: its directory, options, snapshots and best generator."""
