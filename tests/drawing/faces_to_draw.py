"""Portraits for tests: the committed points and regions over a photograph painted from them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

from ganlib.data.portraits import LANDMARK_SCALE
from ganlib.drawing import STYLES, Portrait, Traits
from ganlib.drawing.draw import paint
from ganlib.drawing.frame import frame
from ganlib.drawing.scene import Scene

FOLDER = Path(__file__).parents[2] / "data" / "portraits"
COLOURS = np.array(
    [(150, 170, 160), (60, 90, 150), (214, 170, 145), (70, 48, 40), (180, 60, 70)], np.float64
)


def painted(name: str = "female_022", /, **traits: Any) -> Portrait:
    """One person of the committed portraits, in flat colours with a little grain."""
    regions = np.asarray(Image.open(FOLDER / "regions" / f"{name}.png")).copy()
    points = load_file(FOLDER / "landmarks.safetensors")[name] / LANDMARK_SCALE * len(regions)
    grain = np.random.default_rng(0).normal(0, 4, (*regions.shape, 1))
    photo = np.clip(COLOURS[regions] + grain, 0, 255).astype(np.uint8)
    return Portrait(photo, points.astype(np.float64), regions, Traits(**traits))


def scene_of(portrait: Portrait, style: str = "cel", size: int = 384) -> Scene:
    """A portrait's whole drawing, with all that its painters knew."""
    scene = Scene(frame(portrait, size, STYLES[style]), portrait.traits, STYLES[style])
    paint(scene)
    return scene


def with_traits(portrait: Portrait, **traits: Any) -> Portrait:
    return replace(portrait, traits=replace(portrait.traits, **traits))
