"""The probe: a small network that reads a portrait's attributes, photograph or drawing.

    probe = load_probe()
    probe.read(images)["glasses"]     # (N,) probabilities
    probe.features(images)            # (N, 64): the space of probe-FID and probe-KID

It was trained on rendered twins alone, whose attributes are known (data/train_probe.py). Its card,
ganlib/weights/probe.json, says how well it reads each attribute."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from ganlib.core import checkpoint
from ganlib.core.errors import GanlibError
from ganlib.core.networks.base import Network, check_range
from ganlib.data.blocks import Residual, conv
from ganlib.measure.attributes import ATTRIBUTES, DOMAINS
from ganlib.weights import PROBE, save_model

SIZE = 64
"""Side of the pictures that it sees; larger ones are averaged down."""
QUALITY = ("blur", "noise")
"""Faults that training adds to some pictures, and that the probe reads too, so that its features
are sensitive to them. Standard deviations: pixels at 64 px, and in [-1, 1]."""


@dataclass(frozen=True)
class ProbeConfig:
    """The shape of a `Probe`."""

    width: int = 32  # channels at 32 pixels; weights and time grow with its square
    features: int = 64  # length of the feature vector
    hidden: int = 256  # units between the features and the answers

    def __post_init__(self) -> None:
        check_range(self, width=(8, 1024), features=(8, 1024), hidden=(8, 1024))


def _columns() -> dict[str, slice]:
    sizes = {about.name: about.outputs for about in ATTRIBUTES}
    sizes |= {"domain": len(DOMAINS), **dict.fromkeys(QUALITY, 1)}
    places, start = {}, 0
    for name, size in sizes.items():
        places[name] = slice(start, start + size)
        start += size
    return places


COLUMNS = _columns()
"""{attribute: its columns in the network's answers}, then "domain" and `QUALITY`."""
OUTPUTS = max(place.stop for place in COLUMNS.values())


class Probe(Network):
    """Pictures (N, 3, S, S) in [-1, 1], S ≥ 64, to features and to attributes.

    The buffers `centre` and `spread`, (OUTPUTS,), are the mean and the standard deviation by which
    numbers and colours are standardised; for the others they are 0 and 1."""

    kind = "probe"
    Config = ProbeConfig
    centre: Tensor
    spread: Tensor

    def __init__(self, config: ProbeConfig | None = None) -> None:
        super().__init__(config)
        config = self.config
        fine, middle, coarse = (config.width * k for k in (1, 2, 4))
        self.body = nn.Sequential(
            nn.PixelUnshuffle(2),
            conv(12, fine),
            Residual(fine),
            conv(fine, middle, 2),
            Residual(middle),
            conv(middle, coarse, 2),
            Residual(coarse),
            conv(coarse, coarse, 2),
            # No average over places, as the pose is read from where things are.
            nn.Flatten(),
            nn.Linear(16 * coarse, config.features),
            # Every feature has the deviation 1 over the training pictures: distances have a unit.
            nn.BatchNorm1d(config.features, affine=False),
        )
        self.head = nn.Sequential(
            nn.Linear(config.features, config.hidden), nn.ReLU(), nn.Linear(config.hidden, OUTPUTS)
        )
        self.register_buffer("centre", torch.zeros(OUTPUTS))
        self.register_buffer("spread", torch.ones(OUTPUTS))

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) in [-1, 1] → (N, config.features). Gradients pass."""
        return self.body(shrink(images))

    def levels(self, images: Tensor) -> list[Tensor]:
        """Feature maps of 32, 16 and 8 pixels, then the features, for `reconstruction.perceptual`.

        Gradients pass."""
        seen, image = [], shrink(images)
        for layer in self.body:
            image = layer(image)
            if isinstance(layer, Residual):
                seen.append(image)
        return [*seen, image]

    def answers(self, images: Tensor) -> Tensor:
        """Raw answers (N, OUTPUTS), standardised numbers and logits: what training compares."""
        return self.head(self.features(images))

    @torch.no_grad()
    def read(self, images: Tensor, batch: int = 64) -> dict[str, Tensor]:
        """{attribute: what the probe reads in each picture}, in float32 on the images' device.

        By kind: "binary" the probability (N,), "number" (N,) in its field's unit, "colour" RGB
        (N, 3) in [0, 1], "choice" the index (N,) of the most likely of its `choices`. "domain" is
        the index in `attributes.DOMAINS`. In eval mode, whatever the probe's mode."""
        return self.read_features(self.embed(images, batch))

    @torch.no_grad()
    def read_features(self, features: Tensor) -> dict[str, Tensor]:
        """What `read` gives for pictures whose `embed` is known."""
        answers = self.head(features.to(self.centre.device)) * self.spread + self.centre
        answers = answers.to(features.device)
        seen: dict[str, Tensor] = {"domain": answers[:, COLUMNS["domain"]].argmax(1)}
        for about in ATTRIBUTES:
            part = answers[:, COLUMNS[about.name]]
            if about.kind == "binary":
                seen[about.name] = part[:, 0].sigmoid()
            elif about.kind == "choice":
                seen[about.name] = part.argmax(1)
            else:
                seen[about.name] = part.clamp(0, 1) if about.kind == "colour" else part[:, 0]
        return seen

    @torch.no_grad()
    def embed(self, images: Tensor, batch: int = 64) -> Tensor:
        """`features` of many pictures in batches, in eval mode and without gradients."""
        training, where = self.training, self.centre.device
        self.eval()
        parts = [self.features(part.to(where)).float() for part in images.split(batch)]
        self.train(training)
        return torch.cat(parts).to(images.device)


def shrink(images: Tensor) -> Tensor:
    """Average (N, 3, S, S) down to 64 pixels; GanlibError for smaller ones."""
    wanted = images.ndim == 4 and images.shape[1] == 3 and images.shape[2] == images.shape[3]
    if not wanted or images.shape[3] < SIZE:
        raise GanlibError(
            f"the probe reads square pictures (N, 3, S, S) of {SIZE} pixels or more, "
            f"not {tuple(images.shape)}; resize or crop them first."
        )
    return adaptive_avg_pool2d(images, SIZE) if images.shape[3] > SIZE else images


def save_probe(path: Path, probe: Probe, card: dict[str, Any]) -> None:
    """Write the probe to `path` (.safetensors), and its card beside it as .json."""
    save_model(path, probe, card, columns=_layout())
    _cached.cache_clear()  # what was there before may have been loaded


def _layout() -> list[list[str | int]]:
    return [[name, place.stop - place.start] for name, place in COLUMNS.items()]


@lru_cache(maxsize=4)
def _cached(path: Path) -> tuple[Probe, dict[str, Any]]:
    tensors, metadata = checkpoint.load(path, Probe.kind)
    if metadata.get("columns") != _layout():
        raise GanlibError(
            f"{path} reads other attributes than this ganlib asks for; train it again with its "
            "data/train_probe.py, or get the ganlib that it came with."
        )
    probe = Probe(ProbeConfig(**metadata["settings"]))
    checkpoint.copy_into(probe, tensors, path)
    return probe.eval().requires_grad_(False), metadata.get("card", {})


def load_probe(path: Path | str = PROBE) -> Probe:
    """The probe of a file, by default the one that ships; frozen, in eval mode, on the CPU.

    One object a file, shared by all callers. GanlibError if the file is missing, damaged, or was
    made for other attributes."""
    return _cached(Path(path))[0]


def probe_card(path: Path | str = PROBE) -> dict[str, Any]:
    """The card of that probe: how it was trained, what it reads how well, its tolerances."""
    return _cached(Path(path))[1]
