"""Flags of a text."""
import dataclasses

from spade_anime.fields import option


@dataclasses.dataclass
class TextInputs:
    """What is painted."""

    text: str = option('', 'input', 'sentence that tells what to paint')
    to: str = option('', 'input', 'second sentence: paint a strip that goes from the first to it, with the same noise')
    steps: int = option(8, 'input', 'pictures of that strip', low=2, high=64)
