import numpy
import pytest

from kernels.spectral_norm import normalize, weight_gradient


@pytest.mark.parametrize('shape', [(1, 1), (3, 50), (64, 1), (512, 700)])
def test_on_all_cores_as_in_one_formula(random, shape):
    matrix, g = random.normal(size=(2, *shape))
    u = random.normal(size=shape[0])
    expected, actual = normalize(matrix, u, impl='reference'), normalize(matrix, u)
    for first, second in zip(expected, actual):
        numpy.testing.assert_allclose(first, second, rtol=1e-9, atol=1e-12)
    numpy.testing.assert_allclose(weight_gradient(g, *expected), weight_gradient(g, *expected, impl='reference'),
                                  rtol=1e-9, atol=1e-9)


def test_what_does_not_fit_is_refused(random):
    g, u, v = random.normal(size=(3, 4)), random.normal(size=3), random.normal(size=4)
    for arrays, message in [((g[:2], u, v), r'normalized is float64\(2, 4\); it has to be float64\(3, 4\) as g'),
                            ((g, u[:2], v), r'and u \(2,\)'), ((g, u, v[:3]), r'v has to be \(4,\)')]:
        with pytest.raises(ValueError, match=message):
            weight_gradient(g, *arrays, numpy.float64(1))
