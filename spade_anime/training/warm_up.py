"""Iterations that run eagerly before their like is recorded."""


class WarmUp:
    """The first ``iterations`` of a process, and the first of each phase of the objective.

    They compile kernels, make primitives, fill pools and put moments in their places, none of which a recording may do.
    """

    def __init__(self, iterations: int):
        self.left = iterations
        self._seen: set[tuple] = set()

    def takes(self, phase: tuple) -> bool:
        """Whether the next iteration, of that phase, is one of them; it then counts as done."""
        if self.left <= 0 and phase in self._seen:
            return False
        self.left -= 1
        self._seen.add(phase)
        return True
