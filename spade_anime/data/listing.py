"""Which samples a data set has, so that a resumed run continues with the same ones."""
import hashlib
from collections.abc import Sequence
from typing import Any

from spade_anime.data.errors import DataError


def listing(sets: Sequence[tuple]) -> dict[str, dict]:
    """Count, and digest of the names, of the samples of each of ``sets``, tuples of a name and a data set.

    The contents of the files are not compared. A data set without ``names`` is identified by its count.
    """
    return {name: {'samples': len(dataset), 'names': _digest(dataset)} for name, dataset, *_ in sets}


def check_listing(sets: Sequence[tuple], expected: dict[str, dict]) -> None:
    """Raise DataError where ``sets`` are not those whose ``listing`` is ``expected``."""
    found = listing(sets)
    if sorted(found) != sorted(expected):
        raise DataError(f'--resume: data sets {", ".join(sorted(found))}; the run has {", ".join(sorted(expected))}')
    for name, own in expected.items():
        if found[name]['samples'] != own['samples']:
            raise DataError(f'--resume: {found[name]["samples"]} samples in the data set "{name}"; the run has '
                            f'{own["samples"]}, and can only continue with those')
        if found[name]['names'] != own['names']:
            raise DataError(f'--resume: the {own["samples"]} samples of the data set "{name}" have other names than '
                            f'those of the run, which can only continue with those')


def _digest(dataset: Any) -> str:
    names = _names(dataset)
    if names is None:
        return ''
    # A name that is not UTF-8 on disk comes with its bytes escaped.
    return hashlib.blake2b('\0'.join(names).encode(errors='surrogateescape'), digest_size=16).hexdigest()


def _names(dataset: Any) -> list[str] | None:
    """Names of the samples of a data set, or of the one that it is made of; None if there are none."""
    if hasattr(dataset, 'names'):
        return dataset.names
    return _names(dataset.dataset) if hasattr(dataset, 'dataset') else None
