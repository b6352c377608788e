"""The exported generator run by onnxruntime, as the step benchmark times it."""
from benchmarks.chainer_sides import Chainer
from benchmarks.sides import Settings, Side


class Onnx(Side):
    """Painting by onnxruntime on the CPU, from the exported generator; the noise is drawn each time, as elsewhere."""

    STEPS = {'inference': 'paint'}

    def __init__(self, settings: Settings):
        super().__init__(settings)
        from spade_anime.exporting.engines import OnnxPainter, onnx_model
        side = Chainer(settings)
        self.gen, self.condition = side.gen, side.arrays[1:]
        self.painter = OnnxPainter(onnx_model(side.gen, side.condition.shapes))

    def paint(self):
        """Paint a batch."""
        self.painter.paint(self.condition, self.gen.draw_noise(self.settings.batch))
