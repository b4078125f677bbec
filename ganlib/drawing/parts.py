"""What lies where on a drawing: a map of parts, for networks that learn to lay out a portrait.

Regions are those of the drawing, smooth and without islands; smaller parts are where painters of
features change the canvas.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation

from ganlib.drawing.backdrop import paint_backdrop
from ganlib.drawing.beard import paint_beard
from ganlib.drawing.cloth import paint_cloth
from ganlib.drawing.draw import WORKING_SIZE
from ganlib.drawing.eyes import paint_eyes
from ganlib.drawing.features import paint_age, paint_nose, paint_skin
from ganlib.drawing.frame import PHOTOGRAPHS, frame
from ganlib.drawing.hairline import shape_hair
from ganlib.drawing.mouth import paint_mouth
from ganlib.drawing.palette import LUMA
from ganlib.drawing.portrait import COVER, HAIR, Portrait
from ganlib.drawing.scene import Scene
from ganlib.drawing.wear import paint_earrings, paint_glasses

PARTS = {
    **{"background": 0.5, "cloth": 1.0, "skin": 1.0, "hair": 1.0, "cover": 1.0, "face": 1.0},
    **{"ear": 1.5, "beard": 2.0, "nose": 4.0, "mouth": 3.0, "teeth": 3.0, "creases": 4.0},
    **{"eye lines": 2.0, "white of the eye": 3.0, "iris": 3.0, "worn": 2.5},
}
"""The values of a map of parts, in order -> what a mistake there counts in training: much for small
ones; less for ears, lashes, and glasses or ear-rings ("worn"), which came out too large."""
_BEARD, _NOSE, _MOUTH, _TEETH, _CREASES, _LINES, _WHITE, _IRIS, _WORN = range(7, 16)
_CHANGE = 14
"""Of 255: what a painter changes less than this is no part of its own."""


def parts(portrait: Portrait, size: int = 512) -> Image.Image:
    """The map of parts of a portrait, size × size, mode L, in the frame of `photograph`."""
    scene = Scene(
        frame(portrait, max(WORKING_SIZE, size), PHOTOGRAPHS), portrait.traits, PHOTOGRAPHS
    )
    shape_hair(scene)
    for painter in (paint_backdrop, paint_cloth, paint_skin, paint_beard):
        painter(scene)
    found = scene.regions.astype(np.uint8)
    hidden = scene.is_(HAIR, COVER)

    def put(part: int, where: NDArray[np.bool_], wider: int = 0, above: bool = False) -> None:
        # A pen's line is thinner than a square of the layout.
        where = binary_dilation(where, iterations=wider) if wider else where
        found[where if above else where & ~hidden] = part

    put(_BEARD, scene.beard > 0.3)
    nose, mouth = _changed(scene, paint_nose), _changed(scene, paint_mouth)
    bright = scene.canvas.pixels.mean(-1) > 225
    put(_CREASES, _changed(scene, paint_age), wider=2)
    put(_NOSE, nose, wider=2)
    put(_MOUTH, mouth)
    put(_TEETH, mouth & bright)
    eyes = _changed(scene, paint_eyes)
    pixels = scene.canvas.pixels
    luma, chroma = pixels @ np.array(LUMA), np.ptp(pixels, -1)
    dark, white = luma < 95, (luma > 185) & (chroma < 45)
    for part, where in ((_LINES, dark), (_WHITE, white), (_IRIS, ~dark & ~white)):
        put(part, eyes & where)
    worn, before = _changed(scene, paint_earrings), scene.canvas.pixels.copy()
    paint_glasses(scene)
    # Glass is a little lighter than what it shows; its frame, or dark glass, is darker.
    worn |= (before - scene.canvas.pixels).max(-1) > _CHANGE
    put(_WORN, worn, wider=1, above=True)
    return Image.fromarray(found).resize((size, size), Image.Resampling.NEAREST)


def _changed(scene: Scene, painter: Callable[[Scene], Any]) -> NDArray[np.bool_]:
    """Let a painter paint: where it has changed the canvas."""
    before = scene.canvas.pixels.copy()
    painter(scene)
    return np.abs(scene.canvas.pixels - before).max(-1) > _CHANGE
