"""Which values of a metric are good."""

LOWER = 'kid', 'fid'
LOWER_ENDINGS = '_error', '_distance'


def better(metric: str) -> str:
    """'lower' for errors and distances, else 'higher': all other metrics are shares and accuracies.

    ``metric``: the name of a score, without the part after a ``/``.
    """
    return 'lower' if metric in LOWER or metric.endswith(LOWER_ENDINGS) else 'higher'
