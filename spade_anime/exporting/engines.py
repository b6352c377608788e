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
    import onnxruntime

Shapes: TypeAlias = Sequence[tuple[int, ...]]
"""Of the arrays of a condition, without the batch."""
KEPT = 2
"""Sessions that are kept: one for whole batches, and one for what is left of a set."""


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
    """Runs a model of ``export`` by onnxruntime, on the CPU.

    Args:
        model: the model, whose batch and sizes are free.
    """

    def __init__(self, model: 'onnx.ModelProto'):
        self.model, self._bytes = model, model.SerializeToString()
        self._session = functools.lru_cache(maxsize=KEPT)(self._session_for)

    def paint(self, condition: Arrays, z: Any) -> numpy.ndarray:
        """Images (B, 3, S, S) in [-1, 1] for a batch of conditions and noise as the generator draws it."""
        from spade_anime.exporting.noise import Z, packed
        inputs = {given.name: [axis.dim_param for axis in given.type.tensor_type.shape.dim]
                  for given in self.model.graph.input}
        arrays = [numpy.asarray(array, numpy.float32) for array in condition] + ([packed(z)] if Z in inputs else [])
        sizes = {axis: size for axes, array in zip(inputs.values(), arrays) for axis, size in zip(axes, array.shape)
                 if axis}
        return self._session(**sizes).run(None, dict(zip(inputs, arrays)))[0]

    def _session_for(self, **sizes: int) -> 'onnxruntime.InferenceSession':
        """A session that knows the free sizes: onnxruntime fuses additions only of arrays whose shapes it knows."""
        import onnxruntime
        options = onnxruntime.SessionOptions()
        for axis, size in sizes.items():
            options.add_free_dimension_override_by_name(axis, size)
        return onnxruntime.InferenceSession(self._bytes, options, providers=['CPUExecutionProvider'])
