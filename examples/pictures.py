"""Paint the pictures of the README by the generators that come with the project: python examples/pictures.py."""
import sys
from pathlib import Path

import numpy
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import spade_anime  # noqa: E402
from spade_anime.data.pictures import sheet  # noqa: E402
from spade_anime.data.splitting import split  # noqa: E402

IMAGES, EXAMPLE, PRETRAINED = ROOT / 'docs' / 'images', ROOT / 'dataset' / 'example', ROOT / 'pretrained'
SIZE, ACROSS = 128, 8
ATTRIBUTES = ('long_hair,bangs,glasses,smile', 'bangs,glasses,facing_left', 'beard,shaved_head,smile',
              'long_hair,bangs,sunglasses', 'long_hair,bangs,smile,facing_left', 'long_hair,earrings,closed_eyes',
              'shaved_head,earrings', 'bangs,dark_skin,facing_left')
CLASSES = 'pink', 'blue', 'black', 'orange', 'purple', 'red', 'teal', 'green'


def held_out(painter: spade_anime.Generator, count: int) -> list[tuple[numpy.ndarray, Image.Image, Image.Image]]:
    """Drawings that no training on the example saw, with label and colours: (picture, label map, colour map)."""
    whole = painter.condition.open(EXAMPLE, painter.options.image_size)
    _, validation = split(whole)
    found = []
    for place in validation.places[:count]:
        strip = Image.open(whole.samples[place].image).convert('RGB')
        image, label = (strip.crop((x * strip.height, 0, (x + 1) * strip.height, strip.height)) for x in (0, 1))
        color = Image.fromarray((255 * whole[place][2].transpose(1, 2, 0)).astype(numpy.uint8))
        found.append((_tile(image), label, color))
    return found


def example() -> Image.Image:
    """Label map, colours, the real drawing, its painting, and what three draws make of the label map alone."""
    painter = spade_anime.load(PRETRAINED / 'spade', device='cpu')
    rows = []
    for image, label, color in held_out(painter, 5):
        painted, = painter.paint(label=label, color=color)
        rows.append([_tile(label), _tile(color), image, painted, *painter.paint(label=label, samples=4)[1:]])
    captions = 'label map', 'colours', 'real drawing', 'painted', 'no colours named', 'again', 'again'
    return sheet(rows, captions, size=SIZE)


def systems() -> Image.Image:
    """A row of paintings for each system that has a generator here."""
    rows, names = [], []
    for system in ('spade', 'pix2pix'):
        painter = spade_anime.load(PRETRAINED / system, device='cpu')
        row = [tile for _, label, color in held_out(painter, ACROSS // 2)
               for tile in (_tile(label), *painter.paint(label=label, color=color))]
        rows.append(row)
        names.append(system)
    # It paints sentences that it knows without the extra that reads others.
    known = list(spade_anime.load(PRETRAINED / 'stackgan', device='cpu').condition.texts.known)[:ACROSS]
    for system, argument, values in (('dcgan', 'class_name', CLASSES), ('attribute', 'attributes', ATTRIBUTES),
                                     ('stackgan', 'text', known)):
        painter = spade_anime.load(PRETRAINED / system, device='cpu')
        rows.append([painter.paint(**{argument: value}, seed=i)[0] for i, value in enumerate(values)])
        names.append(system)
    return sheet(rows, names=names, size=SIZE)


def painting() -> Image.Image:
    """A label map and three paintings of it."""
    painter = spade_anime.load(PRETRAINED / 'spade', device='cpu')
    label = Image.open(ROOT / 'examples' / 'seg.png')
    return sheet([[_tile(label), *(painter.paint(label=label, color=color, seed=1)[0]
                                   for color in ('pink', '#d04080', 'teal'))]], size=SIZE)


def _tile(picture: Image.Image) -> numpy.ndarray:
    return numpy.asarray(picture.convert('RGB').resize((SIZE, SIZE), Image.Resampling.BOX))


if __name__ == '__main__':
    for make in (example, systems, painting):
        make().save(IMAGES / f'{make.__name__}.png')
        print(IMAGES / f'{make.__name__}.png')
