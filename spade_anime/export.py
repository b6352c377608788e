"""Write a trained generator as an ONNX model: python -m spade_anime.export --run result --out gen.onnx."""
import dataclasses

from spade_anime.commands import read_options, run_script
from spade_anime.fields import option
from spade_anime.generator import load
from spade_anime.generator_options import GeneratorOptions


@dataclasses.dataclass
class ExportOptions(GeneratorOptions):
    """What is exported, and where to."""

    out: str = option('gen.onnx', 'output', 'file to write', path=True)


def main(arguments: list | None = None) -> None:
    """Export, check, and say what the model takes and gives."""
    options = read_options(ExportOptions, 'spade_anime.export', 'Write a trained generator as an ONNX model.',
                           arguments)
    generator = load(options.run, options.best, 'cpu', snapshot=options.snapshot, image_size=options.image_size)
    model = generator.export(options.out)
    for value in (*model.graph.input, *model.graph.output):
        axes = [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        print(f'{value.name:16} {" x ".join(map(str, axes))}')
    print(options.out)


if __name__ == '__main__':
    run_script(main)
