"""Reports on a training: log, plots, samples, metrics, animations."""
