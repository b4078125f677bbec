"""Photograph in, anime portraits out: find the faces, frame them, translate them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ganlib.core.device import autocast, find_device, find_precision
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.base import Network
from ganlib.data.aligned import Alignment, align
from ganlib.data.faces import Face, FaceFrame, central_square, crop_face, find_faces
from ganlib.data.images import to_pil, to_tensor
from ganlib.drawing.enlarge import enlarged
from ganlib.weights import TRANSLATORS, is_backward, load_model


@dataclass(frozen=True)
class Converted:
    """One portrait: what the model saw, what it drew (both square, of one size), and where."""

    source: Image.Image
    anime: Image.Image
    frame: FaceFrame
    seconds: float
    """For the whole way from photograph to drawing; in a batch, its mean."""
    alignment: Alignment | None = None
    """How a portrait model's frame lies on the photograph."""
    faces: int = 0
    """How many were seen on the photograph."""

    def resized(self, size: int) -> "Converted":
        """The same, both of `size` pixels a side."""
        photo = self.source.resize((size, size), Image.Resampling.LANCZOS)
        return replace(self, source=photo, anime=enlarged(self.anime, size))

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
    that it was trained with, which gives the best drawings. `style` is one of the card's "styles",
    for a model that has several; without it, the first.
    """

    def __init__(
        self,
        model: Network,
        card: dict[str, Any] | None = None,
        device: str = "auto",
        precision: str = "auto",
        size: int | None = None,
        style: str = "",
    ) -> None:
        unit = model.config.unit
        self.size = model.config.size if size is None else size
        if self.size < unit or self.size % unit:
            raise GanlibError(f"this model draws in sizes that {unit} divides, not {size}.")
        self.card = card or {}
        self.styles: list[str] = self.card.get("styles", [])
        if style and style not in self.styles:
            known = f"one of {', '.join(self.styles)}" if self.styles else "left out: it has one"
            raise ConfigError("style", f"of this model must be {known}, not {style!r}.")
        self.style = style or (self.styles[0] if self.styles else "")
        self.device = find_device(device)
        self.dtype = find_precision(precision, self.device)
        self.model = model.to(self.device).eval()
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def load(cls, name: Path | str = "portrait", **options: Any) -> "Stylizer":
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
        asked: list[Tensor] = []
        if self.styles:
            one = torch.zeros(len(photos), len(self.styles), device=self.device)
            one[:, self.styles.index(self.style)] = 1
            asked.append(one)
        with autocast(self.dtype, self.device):
            return self.model(photos, *asked).float().cpu()

    def convert(self, image: Image.Image) -> Converted:
        """The anime portrait of the largest face in an RGB photograph."""
        return self.convert_batch([image])[0]

    def convert_batch(self, images: Sequence[Image.Image]) -> list[Converted]:
        """`convert` for several photographs at once, in their order."""
        return [row for rows in self._draw(images, 1) for row in rows]

    def convert_all(self, image: Image.Image) -> list[Converted]:
        """A portrait of every face in an RGB photograph, from the largest to the smallest; of its
        central square if none is seen."""
        return self._draw([image], None)[0]

    def _draw(self, images: Sequence[Image.Image], most: int | None) -> list[list[Converted]]:
        if not images:
            return []
        start = time.perf_counter()
        found = [find_faces(image) for image in images]
        framed = [
            [self._framed(image, face) for face in faces[:most]] or [self._framed(image, None)]
            for image, faces in zip(images, found, strict=True)
        ]
        sources = [source for rows in framed for source, _, _ in rows]
        drawings = iter(to_pil(self.translate(to_tensor(sources))))
        seconds = (time.perf_counter() - start) / len(sources)
        return [
            [Converted(row[0], next(drawings), row[1], seconds, row[2], len(faces)) for row in rows]
            for rows, faces in zip(framed, found, strict=True)
        ]

    def _framed(
        self, image: Image.Image, face: Face | None
    ) -> tuple[Image.Image, FaceFrame, Alignment | None]:
        """(what the model sees, where that is, and how it lies there)."""
        if face and self.styles:
            how = align(face, image, self.size)
            return how.photo(image), face.frame(), how
        frame = face.frame() if face else central_square(image)
        return crop_face(image, frame, self.size), frame, None
