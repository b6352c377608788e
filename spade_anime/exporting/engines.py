"""Engines that paint: Chainer, or onnxruntime with the exported generator."""
import functools
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import chainer
import numpy

from spade_anime.errors import InputError
from spade_anime.painting import paint
from spade_anime.types import Arrays

if TYPE_CHECKING:
    import onnx

Shapes: TypeAlias = Sequence[tuple[int, ...]]
"""Of the arrays of a condition, without the batch."""


class EngineError(InputError):
    """The requested engine is not installed."""


def painter(gen: chainer.Link, condition_shapes: Shapes, engine: str) -> Callable[[Arrays, Any], numpy.ndarray]:
    """Function of a batch of conditions and noise that paints them, by 'chainer' or 'onnx'."""
    if engine == 'chainer':
        return functools.partial(paint, gen)
    return OnnxPainter(onnx_model(gen, condition_shapes)).paint


def onnx_model(gen: chainer.Link, condition_shapes: Shapes, names: Sequence[str] = (),
               facts: dict[str, Any] | None = None) -> 'onnx.ModelProto':
    """The ONNX model of a generator whose conditions have these shapes, without the batch, and names.

    ``facts``: what its metadata say of it, by name: a text as it is, anything else as JSON. Raises EngineError.
    """
    require()
    from onnx.helper import set_model_props

    from spade_anime.exporting.walk import export
    model = export(gen, tuple(numpy.zeros((1, *shape), numpy.float32) for shape in condition_shapes), names)
    set_model_props(model, {key: value if isinstance(value, str) else json.dumps(value)
                            for key, value in (facts or {}).items()})
    return model


def require(engine: str = 'onnx') -> None:
    """Raise EngineError, naming the extra, unless ONNX and its runtime are installed."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise EngineError(f'--engine {engine}: {error.name} is not installed; the extra "onnx" brings it '
                          "(pip install -e '.[onnx]')") from None


class OnnxPainter:
    """Runs a model of ``export`` by onnxruntime, on the CPU."""

    def __init__(self, model: 'onnx.ModelProto'):
        import onnxruntime
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])

    def paint(self, condition: Arrays, z: Any) -> numpy.ndarray:
        """Images (B, 3, S, S) in [-1, 1] for a batch of conditions and noise as the generator draws it."""
        from spade_anime.exporting.noise import Z, packed
        names = [given.name for given in self.session.get_inputs()]
        arrays = [numpy.asarray(array, numpy.float32) for array in condition]
        return self.session.run(None, dict(zip(names, [*arrays, packed(z)] if Z in names else arrays)))[0]
