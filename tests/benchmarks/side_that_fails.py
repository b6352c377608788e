"""A side of the benchmarks that lasts so many calls."""


class Broken:
    """Its settings are the number of calls."""

    STEPS, NOTE = {'iteration': 'iteration'}, 'a note'

    def __init__(self, settings):
        self.left = settings

    def seconds(self, method, count):
        self.left -= count
        if self.left < 0:
            raise MemoryError('no more\nof it')
        return 1.0
