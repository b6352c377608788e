"""A small copy of a generator, to give away."""
import dataclasses
from pathlib import Path
from typing import Any

import numpy

from spade_anime.errors import writing
from spade_anime.fields import OptionError
from spade_anime.generator import Generator
from spade_anime.runs.directory import RunDirectory, write_json
from spade_anime.runs.names import OPTIONS
from spade_anime.runs.weights import save_network
from spade_anime.systems.description import description


def publish(generator: Generator, directory: Path) -> Path:
    """Write weights in half precision, options without paths, and the condition to a new directory.

    Returns the file of the weights. Raises OptionError where the directory holds something, WriteError.
    """
    if directory.exists() and any(directory.iterdir()):
        raise OptionError(f'--out {directory}: not empty; a new directory is needed')
    paths: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(generator.options)
                             if field.metadata['path']}
    options = dataclasses.replace(generator.options, **paths)
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / OPTIONS, vars(options))
    condition = generator.condition.abridged()
    condition.save(directory)
    path = RunDirectory(directory).published
    save_network(path, generator.network, numpy.float16, description(options, condition))
    return path
