"""Portraits to draw: photographs with the points, regions and traits that a folder keeps of them.

A folder such as `data/portraits/` holds no photographs, only what was made from them:

    landmarks.safetensors   name -> (478, 2) int16: face points, shares of the side × 32767
    labels.json             name -> what shows, in the words of `ganlib.drawing.Traits`
    regions/NAME.png        512 × 512 palette picture, values as in `ganlib.drawing.REGIONS`
    corrections.json        name -> the outlines by which the regions were corrected, and "beard"
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

from ganlib.core.errors import GanlibError
from ganlib.data.datasets import HOLD_OUT_EVERY
from ganlib.data.images import read_photo
from ganlib.drawing import Portrait, Traits

LANDMARK_SCALE = 32767
RENDERED = "twin_"
"""What the names of rendered people begin with."""
_TRAITS = {entry.name for entry in fields(Traits)}


def is_held_out(name: str) -> bool:
    """Whether a person is kept for measuring: real ones whose number ends in 0."""
    return not name.startswith(RENDERED) and int(name.rsplit("_", 1)[1]) % HOLD_OUT_EVERY == 0


class PortraitFolder:
    """The portraits that a folder describes, with their photographs in another folder.

    GanlibError where a file is missing or a photograph is not there.
    """

    def __init__(self, folder: Path, photos: Path) -> None:
        self.folder, self.photos = folder, photos
        self.labels: dict[str, dict[str, Any]] = self._json("labels.json")
        self.corrections: dict[str, dict[str, Any]] = self._json("corrections.json")
        self.landmarks = load_file(self._existing(folder / "landmarks.safetensors"))
        self.names = sorted(self.labels)

    def _existing(self, path: Path) -> Path:
        if not path.is_file():
            raise GanlibError(f"{path} is missing: it belongs to the portraits in {self.folder}.")
        return path

    def _json(self, name: str) -> dict[str, dict[str, Any]]:
        content: dict[str, dict[str, Any]] = json.loads(
            self._existing(self.folder / name).read_text("utf-8")
        )
        return content

    def held_out(self, name: str) -> bool:
        """Whether a portrait is kept for measuring."""
        return is_held_out(name)

    def outlined(self, name: str) -> bool:
        """Whether a beard or moustache is outlined: more than stubble."""
        return bool(self._beard(name))

    def _beard(self, name: str) -> list[Any]:
        return self.corrections.get(name, {}).get("beard", [])

    def traits(self, name: str) -> Traits:
        """What shows on one portrait."""
        label = self.labels[name]
        return Traits(**{key: value for key, value in label.items() if key in _TRAITS})

    def __getitem__(self, name: str) -> Portrait:
        if name not in self.labels:
            raise GanlibError(f"{self.folder} knows no portrait called {name}.")
        photo = read_photo(self.photo(name))
        regions = np.asarray(Image.open(self._existing(self.folder / "regions" / f"{name}.png")))
        photo = photo.resize(regions.shape[::-1], Image.Resampling.LANCZOS)
        side = np.array(regions.shape[::-1], np.float64)
        points = self.landmarks[name].astype(np.float64) / LANDMARK_SCALE * side
        outlines = tuple(np.asarray(outline, np.float64) for outline in self._beard(name))
        return Portrait(np.asarray(photo), points, regions.copy(), self.traits(name), outlines)

    def photo(self, name: str) -> Path:
        """The file of a portrait's photograph; GanlibError if it is not there."""
        for suffix in (".jpg", ".jpeg", ".png", ".webp"):
            if (path := self.photos / f"{name}{suffix}").is_file():
                return path
        raise GanlibError(
            f"there is no photograph {name}.jpg in {self.photos}; data/README.md says where the "
            "portraits come from."
        )
