"""Output skips."""
import cv2
import numpy

from spade_anime.layers.skips import OutputSkips


def test_colours_of_all_sizes_are_summed(random):
    """The smaller image is enlarged as OpenCV enlarges it, and a 1x1 convolution is a product of matrices."""
    skips = OutputSkips([4, 2])
    small, large = (random.standard_normal((1, width, size, size)).astype(numpy.float32)
                    for width, size in ((4, 4), (2, 8)))
    colors = [numpy.einsum('oc,bchw->bohw', skip.W.array[..., 0, 0], maps) for skip, maps in zip(skips, (small, large))]
    image = skips.added(None, 0, small)
    numpy.testing.assert_allclose(image.array, colors[0], rtol=1e-5, atol=1e-6)
    enlarged = cv2.resize(colors[0][0].transpose(1, 2, 0), (8, 8), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1)
    numpy.testing.assert_allclose(skips.added(image, 1, large).array[0], enlarged + colors[1][0], rtol=1e-5, atol=1e-5)
