"""This project on a CPU as a training runs it: iterations replayed as a plan."""
from benchmarks.chainer_sides import Chainer, TinyChainer, on_decoded


class Planned(Chainer):
    """Its iterations are replays; single steps and painting are as on the eager side."""

    def __init__(self, settings):
        super().__init__(settings)
        # So many until each phase of the objective is recorded and proven.
        from spade_anime.training.planned import WARM_UP
        for _ in range(WARM_UP + 2 * self.system.options.gp_interval):
            self.iteration()

    def _updater(self):
        from spade_anime.training.planned import PlannedUpdater
        return on_decoded(PlannedUpdater, self.arrays)(*self._training())

    def _eager_iteration(self):
        self.updater.iterate(self.updater.batches())


class TinyPlanned(Planned, TinyChainer):
    """The preset tiny."""
