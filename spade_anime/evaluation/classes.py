"""Does a painting look like its class? Without a trained network: by the classes' mean images."""
import numpy


def class_mean_distance(painted: numpy.ndarray, real: numpy.ndarray, classes: numpy.ndarray) -> float:
    """Mean absolute distance between the painted and the real mean image of a class, averaged over the classes.

    ``painted`` and ``real`` (N, 3, S, S) in [-1, 1]; ``classes`` (N,), of both. From 0 to 2.
    """
    distances = [numpy.abs(painted[classes == name].mean(axis=0) - real[classes == name].mean(axis=0)).mean()
                 for name in numpy.unique(classes)]
    return float(numpy.mean(distances))


def nearest_class_mean(painted: numpy.ndarray, real: numpy.ndarray, classes: numpy.ndarray) -> float:
    """Share of paintings to which the real mean image of their own class is the nearest (Euclidean).

    Arguments as in ``class_mean_distance``. The share of the real images themselves is the best to expect.
    """
    names = numpy.unique(classes)
    means = numpy.stack([real[classes == name].mean(axis=0) for name in names])
    nearest = [((means - image) ** 2).sum(axis=(1, 2, 3)).argmin() for image in painted]
    return float((names[nearest] == classes).mean())
