"""Writes what the compiler says of every kernel into docs/kernels.md: ``python -m kernels.runtime.report``."""
import re
from pathlib import Path

from . import nvrtc

PAGE = Path(__file__).parents[2] / 'docs' / 'kernels.md'
PLACE = re.compile(r'(?<=<!-- table -->\n).*?(?=<!-- end of table -->)', re.DOTALL)


def rows(variants: list[nvrtc.Variant]) -> list[tuple[str, str]]:
    """Name of the kernel and of the variant, one pair a row of the table."""
    return [(function, variant.name) for variant in variants for function in variant.functions]


def table(variants: list[nvrtc.Variant]) -> str:
    """Registers a thread on each architecture, the largest static shared memory and the bytes spilled."""
    found = nvrtc.usage_table(variants)
    head = ['kernel', 'variant', *(f'sm_{architecture}' for architecture in nvrtc.ARCHITECTURES), 'shared', 'spills']
    lines = [f'NVRTC {nvrtc.version()}; registers a thread, static shared memory and spills in bytes.', '', _row(head),
             _row(['---'] * len(head))]
    for variant in variants:
        for function in variant.functions:
            usages = [found[variant, architecture][function] for architecture in nvrtc.ARCHITECTURES]
            lines.append(_row([f'`{function}`', f'`{variant.name}`', *(usage.registers for usage in usages),
                               max(usage.shared for usage in usages), sum(usage.spills for usage in usages)]))
    return '\n'.join(lines) + '\n'


def written_rows(page: str) -> list[tuple[str, str]]:
    """The pairs of ``rows`` that a page has."""
    table, = PLACE.findall(page)
    return re.findall(r'^\| `(\w+)` \| `([^`]+)` \|', table, re.MULTILINE)


def _row(cells) -> str:
    return f'| {" | ".join(map(str, cells))} |'


def main() -> None:
    """Replace the table."""
    text = table(nvrtc.all_variants())
    PAGE.write_text(PLACE.sub(lambda _: text, PAGE.read_text()))


if __name__ == '__main__':
    main()
