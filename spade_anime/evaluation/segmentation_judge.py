"""Label agreement: does a painting show its label map? (Park et al. 2019, arXiv:1903.07291, section 4)."""
import functools
import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy
from tqdm import tqdm

from spade_anime.evaluation import segmentation
from spade_anime.evaluation.segmentation import (
    Pairs,
    SegmentationNetwork,
    agreement,
    confusion,
    pairs_of,
    segmented,
    train_segmentation,
)
from spade_anime.runs.weights import SnapshotError, load_arrays, read_arrays, save_network
from spade_anime.types import Arrays

JUDGE = 'judge.npz'
SEED = 0
QUIET_SECONDS = 10


class JudgeNetwork(SegmentationNetwork):
    """A segmentation network that stores a digest (32,) uint8 of what it was trained on."""

    def __init__(self, classes: int, digest: numpy.ndarray, seed: int = SEED):
        super().__init__(classes, seed)
        self.digest = digest
        self.register_persistent('digest')


class LabelJudge:
    """Scores painted images against the label maps they were painted from.

    Its network is trained at its first use, unless the file holds one that was trained on the same pairs.

    Args:
        dataset: real samples ``(image, label, ...)``, of which up to ``segmentation.MOST_IMAGES`` are read.
        names: of the classes: the channels of a label and, last, where none of them is on.
        directory: where the network is stored, in ``judge.npz``; None: nowhere.
    """

    def __init__(self, dataset: Sequence[Arrays], names: Sequence[str], directory: Path | None = None):
        self.dataset, self.names = dataset, tuple(names)
        self.path = directory / JUDGE if directory else None

    @functools.cached_property
    def network(self) -> SegmentationNetwork:
        """The network: read from the file, or trained and written to the file."""
        pairs = self._pairs()
        digest = digest_of(pairs, self.names)
        return self._kept(digest) or self._trained(pairs, digest)

    def __call__(self, samples: Sequence[Arrays], images: numpy.ndarray) -> dict[str, float]:
        """Scores, as ``agreement`` gives them, of images (N, 3, S, S), one painted from each of the samples."""
        pairs = pairs_of(images, numpy.stack([sample[1] for sample in samples]))
        seen = segmented(self.network, pairs.images)
        return agreement(confusion(pairs.classes, seen, len(self.names)), self.names)

    def _pairs(self) -> Pairs:
        order = numpy.random.default_rng(SEED).permutation(len(self.dataset))[:segmentation.MOST_IMAGES]
        parts = []
        for i in sorted(order):
            image, label = self.dataset[int(i)][:2]
            parts.append(pairs_of(image[None], label[None]))
        return Pairs(numpy.concatenate([part.images for part in parts]),
                     numpy.concatenate([part.classes for part in parts]))

    def _kept(self, digest: numpy.ndarray) -> JudgeNetwork | None:
        """The network in the file; None if there is none, or it cannot be used, and then a line says so."""
        if self.path is None or not self.path.exists():
            return None
        network = JudgeNetwork(len(self.names), numpy.zeros_like(digest))
        try:
            load_arrays(read_arrays(self.path), network, self.path)
        except SnapshotError as error:
            print(f'{error}: training the judge again.')
            return None
        if (network.digest == digest).all():
            return network
        print(f'{self.path}: was trained on other pictures than these; training the judge again.')
        return None

    def _trained(self, pairs: Pairs, digest: numpy.ndarray) -> JudgeNetwork:
        print(f'Training a segmentation network, the judge of label agreement, on {len(pairs.images)} real images of '
              f'{pairs.images.shape[3]} px ...', flush=True)
        start = time.perf_counter()
        network = JudgeNetwork(len(self.names), digest)
        train_segmentation(network, pairs, SEED, segmentation.ITERATIONS,
                           functools.partial(tqdm, desc='judge', leave=False,
                                             mininterval=0.1 if sys.stderr.isatty() else QUIET_SECONDS))
        kept = ''
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_network(self.path, network)
            kept = f', and it is stored in {self.path}'
        print(f'That took {time.perf_counter() - start:.0f} s{kept}.', flush=True)
        return network


def digest_of(pairs: Pairs, names: Sequence[str]) -> numpy.ndarray:
    """SHA-256 (32,) uint8 of what determines a judge: the pictures, the classes, how it is built and trained."""
    settings = (tuple(names), pairs.images.shape, SEED, segmentation.CHANNELS, segmentation.DILATIONS,
                segmentation.BATCH, segmentation.RATE, segmentation.ITERATIONS)
    digest = hashlib.sha256(repr(settings).encode())
    for array in pairs:
        digest.update(array.tobytes())
    return numpy.frombuffer(digest.digest(), numpy.uint8).copy()
