"""What tells of a training: log, plots, samples, metrics, animations."""
