"""Benchmark cases, one file an op: ``cases(batch)`` yields the sizes that the full model uses at that batch."""
