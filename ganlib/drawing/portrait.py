"""What a drawing is made from: a photograph, its face points, its regions, and what shows on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlib.core.errors import GanlibError

REGIONS = ("background", "cloth", "skin", "hair", "cover")
"""The values of a map of regions; "skin" is face, ears, neck and arms, "cover" a scarf or hat."""
BACKGROUND, CLOTH, SKIN, HAIR, COVER = range(5)

POINTS = 478
"""Face points are those of the MediaPipe face mesh (Kartynnik et al. 2019), 468 to 477 irises."""


@dataclass(frozen=True)
class Traits:
    """What shows on a portrait, in the words of `ganlib.twins.FIELDS`; shares from 0 to 1.

    `sex` is how the person presents; it decides on lashes, jaw and the weight of the brows.
    `lid` is "single", "double" or "hooded".
    """

    sex: str = "female"
    age: float = 0.2
    skin: float = 0.3
    hair_colour: str = "brown"
    hair_style: str = "long"
    hair_volume: float = 0.5
    fringe: str = "none"
    part: float = 0.0
    beard: str = "none"
    cover: str = "none"
    glasses: str = "none"
    earrings: str = "none"
    eye_colour: str = "brown"
    eye_shape: str = "almond"
    lid: str = "double"
    teeth: bool = False
    brow_weight: float = 1.0
    makeup: float = 0.0
    freckles: float = 0.0
    lips: float = 0.4
    pattern: str = "plain"
    neckline: str = "round"
    light_side: float = -0.5

    @property
    def male(self) -> bool:
        return self.sex == "male"

    @property
    def covered(self) -> bool:
        return self.cover != "none"

    @property
    def grizzled(self) -> bool:
        """A beard, if any, is drawn grey."""
        return self.hair_colour in ("grey", "white") or self.age > 0.65

    @property
    def bare(self) -> bool:
        """No hair but a tone on the skin, and nothing over it."""
        return self.hair_style in ("shaved", "bald") and not self.covered

    @property
    def short(self) -> bool:
        return self.hair_style in ("short", "spiky")

    @property
    def coily(self) -> bool:
        """Hair drawn as clumps, not as strands."""
        cropped = self.hair_style in ("short", "shaved")
        return self.hair_style == "afro" or (self.skin > 0.65 and cropped)


@dataclass(frozen=True)
class Portrait:
    """A photograph of one person with everything that a drawing over it needs.

    Args:
        photo: (h, w, 3) uint8, sRGB.
        points: (478, 2) face points in pixels of the photograph, x to the right, y down.
        regions: (h, w) uint8, values as in `REGIONS`.
        traits: what shows.
        beard: closed outlines of beard and moustache, each (n, 2), in pixels of the photograph.

    GanlibError where the sizes do not fit one another.
    """

    photo: NDArray[np.uint8]
    points: NDArray[np.float64]
    regions: NDArray[np.uint8]
    traits: Traits = Traits()
    beard: tuple[NDArray[np.float64], ...] = ()

    def __post_init__(self) -> None:
        if self.photo.ndim != 3 or self.photo.shape[2] != 3 or self.photo.dtype != np.uint8:
            raise GanlibError(
                f"a portrait's photograph is (h, w, 3) of uint8, not {self.photo.shape} of "
                f"{self.photo.dtype}."
            )
        if self.regions.shape != self.photo.shape[:2]:
            raise GanlibError(
                f"the map of regions is {self.regions.shape}, the photograph "
                f"{self.photo.shape[:2]}: they must be of one size."
            )
        if self.points.shape != (POINTS, 2):
            raise GanlibError(f"face points are ({POINTS}, 2), not {self.points.shape}.")
        if self.regions.max(initial=0) >= len(REGIONS):
            raise GanlibError(f"a map of regions has values from 0 to {len(REGIONS) - 1}.")
