"""How far apart the distributions of two sets of images are: Fréchet and kernel distance of their features."""
from typing import NamedTuple, cast

import numpy

TRAINING, VALIDATION = 'training', 'validation'
"""Parts of a data set that images are compared with."""
LEAST_IMAGES = 3
"""Of each set: a kernel distance from fewer has no standard error."""
ENOUGH_FOR_FRECHET = 2048
"""With fewer images a Fréchet distance depends more on their number than on what they show: it is shown on request."""
ROWS = 1024


class Gaussian(NamedTuple):
    """Mean (D,) and a factor F (K, D) of the covariance F'F, both float64."""

    mean: numpy.ndarray
    factor: numpy.ndarray

    @classmethod
    def of_features(cls, features: numpy.ndarray) -> 'Gaussian':
        """Fit to features (N, D), N at least 2; the covariance is the unbiased one, of whatever rank N allows."""
        features = numpy.asarray(features, numpy.float64)
        if len(features) < 2:
            raise ValueError(f'{len(features)} images have no covariance: at least 2 are needed')
        mean = features.mean(axis=0)
        centred = (features - mean) / numpy.sqrt(len(features) - 1)
        if len(centred) <= centred.shape[1]:
            return cls(mean, centred)
        # Many images: their triangle R of centred = QR is as good a factor, and has D rows.
        return cls(mean, cast(numpy.ndarray, numpy.linalg.qr(centred, mode='r')))

    @classmethod
    def of_moments(cls, mean: numpy.ndarray, covariance: numpy.ndarray) -> 'Gaussian':
        """From a mean (D,) and a covariance (D, D), by its eigenvalues; those below 0 are rounding, and count as 0."""
        values, vectors = numpy.linalg.eigh(numpy.asarray(covariance, numpy.float64))
        return cls(numpy.asarray(mean, numpy.float64), numpy.sqrt(values.clip(0))[:, None] * vectors.T)


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Squared Fréchet distance of two Gaussians, at least 0 (to rounding).

    ``|m1 - m2|^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2))``, of features FID (Heusel et al. 2017, arXiv:1706.08500, eq. 6).
    With factors, ``C = F'F``, the trace of the root is the sum of the singular values of ``F1 F2'``: their squares are
    the eigenvalues of ``C1 C2`` other than 0. No matrix is inverted or regularised, and no root is taken of
    eigenvalues that are 0 up to rounding, which would lose half the digits.
    """
    offset = first.mean - second.mean
    root = numpy.linalg.svd(numpy.matmul(first.factor, second.factor.T), compute_uv=False).sum()
    return float((offset ** 2).sum() + (first.factor ** 2).sum() + (second.factor ** 2).sum() - 2 * root)


class KernelDistance(NamedTuple):
    """Estimate of a squared maximum mean discrepancy, and its standard error."""

    value: float
    error: float


def kernel_distance(first: numpy.ndarray, second: numpy.ndarray) -> KernelDistance:
    """Unbiased squared MMD of two sets of features (N, D) and (M, D), of features KID (Bińkowski et al. 2018).

    The kernel is ``(x'y / D + 1)^3`` (arXiv:1801.01401, section 4). All pairs of images are used at once; the mean over
    random subsets, which most programs print, estimates the same number. Values below 0 are rounding or chance:
    estimates of 0 scatter around 0.

    The standard error is that of the two-sample jackknife: the distance is computed again without each image in turn.
    On average it is too large rather than too small (Efron & Stein 1981), most so where the distributions are equal.

    Raises ValueError if a set has fewer than ``LEAST_IMAGES``, or the numbers of features differ.
    """
    x, y = (numpy.asarray(features, numpy.float64) for features in (first, second))
    if min(len(x), len(y)) < LEAST_IMAGES:
        raise ValueError(f'{len(x)} and {len(y)} images: a kernel distance needs at least {LEAST_IMAGES} of each')
    if x.shape[1] != y.shape[1]:
        raise ValueError(f'{x.shape[1]} and {y.shape[1]} features per image cannot be compared')
    within = [_within(x), _within(y)]
    between = [_sums(x, y), _sums(y, x)]
    count = len(x), len(y)
    total = [sums.sum() / (n * (n - 1)) for sums, n in zip(within, count)]
    value = total[0] + total[1] - 2 * between[0].sum() / (count[0] * count[1])
    variance = 0.0
    for side, other in ((0, 1), (1, 0)):
        n = count[side]
        # An image's kernels with its own set are in two rows of the sum over pairs.
        without = (within[side].sum() - 2 * within[side]) / ((n - 1) * (n - 2))
        values = without + total[other] - 2 * (between[side].sum() - between[side]) / ((n - 1) * count[other])
        variance += (n - 1) / n * ((values - values.mean()) ** 2).sum()
    return KernelDistance(float(value), float(numpy.sqrt(variance)))


def _sums(x: numpy.ndarray, y: numpy.ndarray) -> numpy.ndarray:
    """The sum of the kernels of each row of x with all rows of y; ``ROWS`` at a time, to save memory."""
    return numpy.concatenate([_kernel(numpy.matmul(x[start:start + ROWS], y.T), x.shape[1]).sum(axis=1)
                              for start in range(0, len(x), ROWS)])


def _within(x: numpy.ndarray) -> numpy.ndarray:
    """The sum of the kernels of each row of x with all other rows."""
    return _sums(x, x) - _kernel((x ** 2).sum(axis=1), x.shape[1])


def _kernel(products: numpy.ndarray, dimension: int) -> numpy.ndarray:
    return (products / dimension + 1) ** 3
