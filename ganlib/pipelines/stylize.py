"""Photograph in, anime portrait out: find the face, frame it, translate it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ganlib.core.device import autocast, find_device, find_precision
from ganlib.core.errors import GanlibError
from ganlib.core.networks.translator import Translator
from ganlib.data.faces import FaceFrame, crop_face, find_face
from ganlib.data.images import to_pil, to_tensor
from ganlib.weights import TRANSLATORS, is_backward, load_model


@dataclass(frozen=True)
class Converted:
    """One portrait: what the model saw, what it drew (both square, of one size), and where."""

    source: Image.Image
    anime: Image.Image
    frame: FaceFrame
    seconds: float
    """For the whole way from photograph to drawing; in a batch, its mean."""

    def side_by_side(self) -> Image.Image:
        """Source left, drawing right."""
        size = self.anime.width
        sheet = Image.new("RGB", (2 * size, size))
        sheet.paste(self.source, (0, 0))
        sheet.paste(self.anime, (size, 0))
        return sheet


class Stylizer:
    """A translator ready to serve, on a device and in a precision (`find_device`, `precision`).

    `size` is the side, in pixels, of the square that the model translates; without it, the side
    that it was trained with, which gives the best drawings.
    """

    def __init__(
        self,
        model: Translator,
        card: dict[str, Any] | None = None,
        device: str = "auto",
        precision: str = "auto",
        size: int | None = None,
    ) -> None:
        unit = model.config.unit
        self.size = model.config.size if size is None else size
        if self.size < unit or self.size % unit:
            raise GanlibError(f"this model draws in sizes that {unit} divides, not {size}.")
        self.card = card or {}
        self.device = find_device(device)
        self.dtype = find_precision(precision, self.device)
        self.model = model.to(self.device).eval()
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def load(cls, name: Path | str = "unpaired", **options: Any) -> "Stylizer":
        """With the translator of that name or path (`weights.load_model`); GanlibError for a
        backward model."""
        model, card = load_model(name, TRANSLATORS)
        if is_backward(card):
            raise GanlibError(
                f"{name} makes photographs of drawings: it is for `ganlib train back-translation "
                "--backward`."
            )
        return cls(model, card, **options)

    @torch.inference_mode()
    def translate(self, photos: Tensor) -> Tensor:
        """Framed photographs (N, 3, S, S) in [-1, 1] to drawings, the same shape, on the CPU."""
        photos = photos.to(self.device, memory_format=torch.channels_last)
        with autocast(self.dtype, self.device):
            return self.model(photos).float().cpu()

    def convert(self, image: Image.Image) -> Converted:
        """The anime portrait of the largest face in an RGB photograph."""
        return self.convert_batch([image])[0]

    def convert_batch(self, images: Sequence[Image.Image]) -> list[Converted]:
        """`convert` for several photographs at once, in their order."""
        if not images:
            return []
        start = time.perf_counter()
        frames = [find_face(image) for image in images]
        sources = [
            crop_face(image, frame, self.size) for image, frame in zip(images, frames, strict=True)
        ]
        drawings = to_pil(self.translate(to_tensor(sources)))
        seconds = (time.perf_counter() - start) / len(images)
        return [Converted(*row, seconds) for row in zip(sources, drawings, frames, strict=True)]
