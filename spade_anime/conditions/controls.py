"""What a page to paint in offers: one control for each input of a condition."""
import dataclasses

MAP, LAYER, COLOR, ONE, SOME, WORDS, NUMBER = 'map', 'layer', 'color', 'one', 'some', 'words', 'number'
"""A label map to draw; colours to paint over it; a colour; one of some names, some of them; a text; a number."""


@dataclasses.dataclass(frozen=True)
class Control:
    """One control.

    Args:
        name: keyword of ``Generator.paint`` that takes its value.
        kind: one of those above.
        title: what it is called.
        names: of ``ONE`` and ``SOME`` what may be chosen, of ``WORDS`` what is suggested.
        region: of ``COLOR`` the region that is coloured, where ``name`` takes the colours of several.
        low, high, value: of ``NUMBER``, its limits and where it starts.
        optional: of ``WORDS``, whether it starts empty and may stay so.
    """

    name: str
    kind: str
    title: str
    names: tuple[str, ...] = ()
    region: str = ''
    low: float = 0
    high: float = 1
    value: float = 0
    optional: bool = False

    @property
    def key(self) -> str:
        """What no other control of the same condition is called."""
        return f'{self.name}/{self.region}' if self.region else self.name


def declared(inputs: type) -> list[Control]:
    """Controls that follow from a dataclass of ``option`` fields, its inputs; a path is no control."""
    fields = [field for field in dataclasses.fields(inputs)
              if field.metadata['group'] == 'input' and not field.metadata['path']]
    return [_of_field(field) for field in fields]


def _of_field(field: dataclasses.Field) -> Control:
    title, limits, start = field.name.replace('_', ' '), field.metadata, field.default
    if limits['choices']:
        return Control(field.name, ONE, title, tuple(map(str, limits['choices'])))
    if isinstance(start, int | float):
        return Control(field.name, NUMBER, title, low=limits['low'] or 0, high=limits['high'] or 1, value=start)
    return Control(field.name, WORDS, title)
