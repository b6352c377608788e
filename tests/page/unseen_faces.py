"""Faces in a style that the labeller has not learnt: flat colours, gradients and pointed hair, drawn by OpenCV."""
import cv2
import numpy as np

from spade_anime.data.palette import BACKGROUND, EYE, FACE, HAIR, OTHER

SIZE = 160
FINE = 3
"""Lines are drawn this much larger, and scaled down: smooth in the picture, hard in the label."""


class Sheet:
    """A picture and its classes, drawn together."""

    def __init__(self):
        self.picture = np.zeros((SIZE * FINE, SIZE * FINE, 3), np.uint8)
        self.classes = np.full((SIZE * FINE, SIZE * FINE), BACKGROUND, np.uint8)

    def shape(self, points, color, value):
        """A polygon through points from 0 to 1, with a dark outline."""
        at = np.rint(np.array(points) * SIZE * FINE).astype(np.int32)
        cv2.fillPoly(self.picture, [at], color)
        cv2.polylines(self.picture, [at], True, tuple(int(0.5 * c) for c in color), FINE, cv2.LINE_AA)
        cv2.fillPoly(self.classes, [at], value)

    def oval(self, center, axes, color, value):
        """An ellipse."""
        turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        self.shape(np.array(center) + np.array(axes) * np.stack([np.cos(turn), np.sin(turn)], 1), color, value)

    def done(self):
        """The picture (S, S, 3), and its classes (S, S) uint8."""
        smooth = cv2.resize(self.picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        return smooth, np.ascontiguousarray(self.classes[FINE // 2::FINE, FINE // 2::FINE])


def face(seed):
    """A face: its picture (S, S, 3) and its classes (S, S), uint8; the same for a seed."""
    draw, sheet = np.random.default_rng(seed), Sheet()
    hair, cloth, sky, iris = (tuple(int(v) for v in draw.integers(40, 235, 3)) for _ in range(4))
    skin = tuple(int(v) for v in np.array((250, 215, 190)) - draw.integers(0, 70))
    x, y = 0.5 + draw.uniform(-0.06, 0.06), 0.5 + draw.uniform(-0.04, 0.04)
    wide, high = draw.uniform(0.2, 0.25), draw.uniform(0.25, 0.3)
    fade = np.linspace(0.6, 1, SIZE * FINE)[:, None, None]
    sheet.picture[:] = (fade * np.array(sky)).astype(np.uint8)
    back = draw.uniform(1.15, 1.45)
    sheet.oval((x, y + 0.04), (wide * back, high * back), hair, HAIR)
    sheet.shape([(x - 0.3, 1.01), (x - 0.12, y + high), (x + 0.12, y + high), (x + 0.3, 1.01)], cloth, OTHER)
    sheet.shape([(x - 0.07, y + high + 0.1), (x - 0.06, y), (x + 0.06, y), (x + 0.07, y + high + 0.1)], skin, FACE)
    cheek = [(x + wide * np.cos(t), y + 0.9 * high * np.sin(t)) for t in np.linspace(-np.pi, 0, 24)]
    sheet.shape([*cheek, (x + 0.8 * wide, y + 0.6 * high), (x, y + 1.05 * high), (x - 0.8 * wide, y + 0.6 * high)],
                skin, FACE)
    for side in (-1, 1):
        place = x + side * 0.48 * wide, y + 0.12 * high
        sheet.oval(place, (0.27 * wide, 0.24 * high), (245, 245, 250), EYE)
        sheet.oval(place, (0.17 * wide, 0.21 * high), iris, EYE)
        sheet.oval((place[0], place[1] - 0.05 * high), (0.07 * wide, 0.08 * high), (20, 20, 30), EYE)
    sheet.shape([(x - 0.04, y + 0.68 * high), (x + 0.04, y + 0.68 * high), (x, y + 0.74 * high)], (190, 90, 90), OTHER)
    tips = draw.integers(4, 8)
    edge = [(x + wide * 1.12 * (2 * k / (2 * tips) - 1), y - high * (0.05 if k % 2 else draw.uniform(0.3, 0.5)))
            for k in range(2 * tips + 1)]
    top = [(x + 1.12 * wide * np.cos(t), y - 0.05 * high - 1.1 * high * np.sin(t)) for t in np.linspace(0, np.pi, 24)]
    sheet.shape([*edge, *top], hair, HAIR)
    return sheet.done()
