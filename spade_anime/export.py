"""Write a trained generator as an ONNX model: python -m spade_anime.export --run result --out gen.onnx."""
import dataclasses
from pathlib import Path

from generate import GeneratorOptions, find_generator, open_generator
from spade_anime.commands import OneLineParser, add_fields, run_script
from spade_anime.devices import choose_device
from spade_anime.exporting.engines import onnx_model
from spade_anime.fields import OptionError, option


@dataclasses.dataclass
class ExportOptions(GeneratorOptions):
    """What is exported, and where to."""

    out: str = option('gen.onnx', 'output', 'file to write')


def main(arguments: list | None = None) -> None:
    """Export, check, and say what the model takes and gives."""
    parser = OneLineParser('spade_anime.export', allow_abbrev=False,
                           description='Write a trained generator as an ONNX model.')
    add_fields(parser, ExportOptions)
    options = ExportOptions(**vars(parser.parse_args(arguments)))
    path = Path(options.out)
    if path.suffix != '.onnx':
        raise OptionError(f'--out {path}: a model ends in .onnx')
    system, arrays, origin = find_generator(options)
    model = onnx_model(open_generator(system, arrays, origin, choose_device('cpu')), system.condition_shapes())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    for value in (*model.graph.input, *model.graph.output):
        axes = [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        print(f'{value.name:16} {" x ".join(map(str, axes))}')
    print(path)


if __name__ == '__main__':
    run_script(main)
