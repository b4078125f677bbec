"""One drawing, from back to front."""

import numpy as np
from PIL import Image

from ganlib.drawing.backdrop import paint_backdrop
from ganlib.drawing.beard import paint_beard
from ganlib.drawing.canvas import Array
from ganlib.drawing.cloth import paint_cloth, paint_cover
from ganlib.drawing.eyes import paint_eyes
from ganlib.drawing.features import paint_age, paint_nose, paint_skin
from ganlib.drawing.frame import PHOTOGRAPHS, frame
from ganlib.drawing.hair import paint_hair
from ganlib.drawing.hairline import shape_hair
from ganlib.drawing.ink import paint_lines, to_ink
from ganlib.drawing.mouth import paint_mouth
from ganlib.drawing.portrait import COVER, Portrait
from ganlib.drawing.scene import Scene
from ganlib.drawing.styles import Style
from ganlib.drawing.wear import paint_earrings, paint_glasses

WORKING_SIZE = 768
"""Drawings are made at least this large and scaled down."""


def draw(portrait: Portrait, style: Style, size: int = 512) -> Image.Image:
    """The drawing of a portrait, `size` × `size`; the same input gives the same picture."""
    scene = Scene(frame(portrait, max(WORKING_SIZE, size), style), portrait.traits, style)
    paint(scene)
    return _scaled(scene.canvas.pixels, size)


def photograph(portrait: Portrait, size: int = 512) -> Image.Image:
    """The photograph of a portrait in the frame of its drawings: with one, a pair to learn from."""
    return _scaled(frame(portrait, max(WORKING_SIZE, size), PHOTOGRAPHS).photo, size)


def paint(scene: Scene) -> None:
    """All parts of the drawing, from back to front."""
    flow = shape_hair(scene)
    paint_backdrop(scene)
    paint_cloth(scene)
    paint_skin(scene)
    paint_beard(scene)
    paint_nose(scene)
    paint_mouth(scene)
    paint_age(scene)
    before_eyes = scene.canvas.pixels.copy()
    paint_eyes(scene)
    covered = scene.mask(COVER)[..., None]
    scene.canvas.pixels = scene.canvas.pixels * (1 - covered) + before_eyes * covered
    paint_hair(scene, flow)
    paint_cover(scene)
    paint_earrings(scene)
    paint_lines(scene)
    paint_glasses(scene)
    if scene.style.ink:
        to_ink(scene)


def _scaled(pixels: Array, size: int) -> Image.Image:
    picture = Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))
    if picture.width == size:
        return picture
    whole = picture.width % size == 0
    way = Image.Resampling.BOX if whole else Image.Resampling.LANCZOS
    return picture.resize((size, size), way)
