import itertools

import numpy
import pytest

from spade_anime.evaluation.distances import Gaussian, frechet_distance, kernel_distance


@pytest.fixture
def draw():
    """Samples of a normal distribution, always the same ones."""
    return numpy.random.default_rng(0).normal


def closed_form(means, variances):
    """Squared Fréchet distance of two Gaussians whose covariances are diagonal."""
    return ((means[0] - means[1]) ** 2).sum() + ((variances[0] ** 0.5 - variances[1] ** 0.5) ** 2).sum()


def plain_kid(x, y):
    """KID by its definition, pair by pair."""
    def kernel(a, b):
        return (sum(p * q for p, q in zip(a, b)) / len(a) + 1) ** 3
    x, y = x.tolist(), y.tolist()
    within = [sum(kernel(a, b) for a, b in itertools.permutations(s, 2)) / (len(s) * (len(s) - 1)) for s in (x, y)]
    return sum(within) - 2 * sum(kernel(a, b) for a in x for b in y) / (len(x) * len(y))


@pytest.mark.parametrize('count', [5, 40])
def test_frechet_distance_of_a_set_to_itself_is_0(draw, count):
    """With fewer images than features, and with more."""
    features = draw(3, 5, (count, 16))
    size = (features ** 2).mean() * 16
    assert abs(frechet_distance(Gaussian.of_features(features), Gaussian.of_features(features))) < 1e-12 * size


def test_frechet_distance_of_known_gaussians_is_the_closed_form(draw):
    means = draw(size=(2, 6))
    variances = draw(size=(2, 6)) ** 2
    given = [Gaussian.of_moments(mean, numpy.diag(variance)) for mean, variance in zip(means, variances)]
    assert frechet_distance(*given) == pytest.approx(closed_form(means, variances), rel=1e-12)


def test_frechet_distance_does_not_see_a_rotation(draw):
    """Covariances that are full, and that do commute: both are turned in the same way."""
    rotation = numpy.linalg.qr(draw(size=(6, 6)))[0]
    means, variances = draw(size=(2, 6)), draw(size=(2, 6)) ** 2
    given = [Gaussian.of_moments(rotation @ mean, rotation @ numpy.diag(variance) @ rotation.T)
             for mean, variance in zip(means, variances)]
    assert frechet_distance(*given) == pytest.approx(closed_form(means, variances), rel=1e-9)


def test_frechet_distance_of_covariances_that_do_not_commute(draw):
    """The trace of the root of C1 C2 from its eigenvalues, which are real and not negative."""
    roots = draw(size=(2, 6, 6))
    covariances = [root @ root.T for root in roots]
    given = [Gaussian.of_moments(numpy.zeros(6), covariance) for covariance in covariances]
    eigenvalues = numpy.linalg.eigvals(covariances[0] @ covariances[1]).real
    expected = numpy.trace(sum(covariances)) - 2 * numpy.sqrt(eigenvalues).sum()
    assert frechet_distance(*given) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize('counts', [(7, 9), (7, 60), (60, 80)])
def test_fitted_gaussians_are_those_of_the_sample_moments(draw, counts):
    """However many images there are, fewer than features or more: 20 features."""
    sets = [draw(i, 1 + i, (count, 20)) for i, count in enumerate(counts)]
    fitted = [Gaussian.of_features(features) for features in sets]
    known = [Gaussian.of_moments(features.mean(0), numpy.cov(features.T)) for features in sets]
    assert frechet_distance(*fitted) == pytest.approx(frechet_distance(*known), rel=1e-7)
    assert all(len(gaussian.factor) <= 20 for gaussian in fitted)


def test_frechet_distance_of_samples_tends_to_that_of_their_distributions(draw):
    means, variances = numpy.array([[0, 0, 0], [1, 0, 2.0]]), numpy.array([[1, 1, 1], [4, 1, 0.25]])
    given = [Gaussian.of_features(draw(mean, variance ** 0.5, (20_000, 3)))
             for mean, variance in zip(means, variances)]
    assert frechet_distance(*given) == pytest.approx(closed_form(means, variances), rel=0.02)


def test_one_image_has_no_covariance():
    with pytest.raises(ValueError, match='1 images'):
        Gaussian.of_features(numpy.zeros((1, 4)))


@pytest.mark.parametrize('counts', [(3, 3), (5, 9), (12, 4)])
def test_kernel_distance_is_its_definition(draw, counts):
    x, y = draw(0, 1, (counts[0], 7)), draw(0.3, 1.5, (counts[1], 7))
    assert kernel_distance(x, y).value == pytest.approx(plain_kid(x, y), rel=1e-12)


def test_kernel_distance_takes_many_images_some_at_a_time(draw, monkeypatch):
    x, y = draw(0, 1, (11, 5)), draw(1, 1, (8, 5))
    at_once = kernel_distance(x, y)
    monkeypatch.setattr('spade_anime.evaluation.distances.ROWS', 3)
    assert kernel_distance(x, y) == pytest.approx(at_once, rel=1e-12)


def test_standard_error_is_that_of_leaving_each_image_out(draw):
    x, y = draw(0, 1, (6, 4)), draw(0.5, 1, (5, 4))
    variance = 0
    for side, n in ((0, 6), (1, 5)):
        left_out = [plain_kid(*(numpy.delete(s, i, axis=0) if side == k else s for k, s in enumerate((x, y))))
                    for i in range(n)]
        variance += (n - 1) * numpy.var(left_out)
    assert kernel_distance(x, y).error == pytest.approx(variance ** 0.5, rel=1e-10)


def test_equal_distributions_are_0_within_the_error_and_shifted_ones_clearly_not(draw):
    drawn = [[kernel_distance(draw(0, 1, (40, 8)), draw(shift, 1, (60, 8))) for _ in range(100)]
             for shift in (0, 0.6)]
    equal, shifted = (numpy.array(distances).T for distances in drawn)
    # Unbiased: the mean of 100 estimates lies within three standard errors, of a tenth of their scatter each, of 0.
    assert abs(equal[0].mean()) < 0.3 * equal[0].std()
    assert (abs(equal[0]) < 2 * equal[1]).mean() > 0.9
    assert (shifted[0] > 2 * shifted[1]).mean() > 0.7 and shifted[0].mean() > 10 * abs(equal[0].mean())
    # The error tells how the estimates scatter, and where there is no distance rather too much than too little.
    assert 0.8 < shifted[1].mean() / shifted[0].std() < 1.25
    assert 1 <= equal[1].mean() / equal[0].std() < 2


def test_kernel_distance_refuses_too_few_images_and_other_features(draw):
    with pytest.raises(ValueError, match='2 and 5 images'):
        kernel_distance(draw(size=(2, 4)), draw(size=(5, 4)))
    with pytest.raises(ValueError, match='4 and 3 features'):
        kernel_distance(draw(size=(5, 4)), draw(size=(5, 3)))
