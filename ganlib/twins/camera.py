"""The camera: exposure, colour of the light, contrast, blur, noise and compression."""

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlib.twins.colours import colour
from ganlib.twins.head import Head
from ganlib.twins.people import People
from ganlib.twins.shapes import grain


def exposure_stops(people: People) -> Tensor:
    """By how many stops (n, 1, 1) each photograph is exposed more than usual.

    Cameras expose for the face: dark skin gets a longer exposure.
    """
    skin = people.field("skin")
    return people.field("exposure") - 0.03 + 0.45 * skin * (skin - 0.1) - 0.16 * (1 - skin) ** 2


def take(head: Head, scene: Tensor) -> Tensor:
    """The scene (n, 3, h, w) as a picture in [0, 1]."""
    f = head.people.field
    cast = colour((0.06, 0.0, -0.08), scene) * f("warmth").unsqueeze(1)
    cast = cast + colour((0.02, -0.03, 0.02), scene) * f("tint").unsqueeze(1)
    stops = exposure_stops(head.people).unsqueeze(1)
    image = _film(scene * 2**stops * (1 + cast), f("contrast").unsqueeze(1))
    # Cameras sharpen: with no blur of the lens, details gain contrast. The width of the kernel is
    # fixed on the sensor, so its variance in pixels goes with the resolution squared.
    spread = (1.5 * f("blur") ** 2 - 0.5) * (image.shape[-1] / 128) ** 2
    image = torch.lerp(image, _binomial(image), spread.clamp(-0.5, 1).unsqueeze(1))
    speckle = grain(f("seed"), *image.shape[2:])
    speckle = 0.55 * speckle[:, :1] + 0.3 * speckle
    image = (image + speckle * f("noise").unsqueeze(1)).clamp(0, 1)
    return _compress(image, f("jpeg")[:, 0, 0]).clamp(0, 1)


def _film(image: Tensor, contrast: Tensor) -> Tensor:
    """An S-shaped curve: dark tones deepen, highlights roll off before paper white."""
    image = 0.45 + (image - 0.45) * contrast
    image = image.clamp_min(0)
    bent = image * image * (3 - 2 * image.clamp(max=1))
    image = torch.lerp(image, bent, 0.5)
    return torch.where(image > 0.8, 0.8 + 0.2 * torch.tanh((image - 0.8) / 0.2), image)


def _binomial(image: Tensor) -> Tensor:
    """Blurred by (1, 4, 6, 4, 1) / 16 along and across: four sums of neighbours each way."""
    image = F.pad(image, (2, 2, 2, 2), mode="replicate")
    for _ in range(4):
        image = image[..., 1:] + image[..., :-1]
    for _ in range(4):
        image = image[..., 1:, :] + image[..., :-1, :]
    return image / 256


@cache
def _dct(device: torch.device) -> Tensor:
    """The orthonormal 8-point cosine transform, frequencies down, places across."""
    k, i = torch.arange(8.0)[:, None], torch.arange(8.0)
    basis = (math.pi / 8 * (i + 0.5) * k).cos() * 0.5
    basis[0] *= 0.5**0.5
    return basis.to(device)


def _compress(image: Tensor, loss: Tensor) -> Tensor:
    """What JPEG does to a picture: cosines of 8×8 blocks, rounded the coarser the finer they are.

    Rounding is made smooth, so that the last bit of a number cannot flip a block.
    """
    rows = (loss > 0.05).nonzero()[:, 0]
    if not len(rows):
        return image
    side = image.shape[-1]
    picture = F.pad(image[rows], (0, -side % 8) * 2, mode="replicate")
    m, _, height, width = picture.shape
    basis = _dct(image.device)
    blocks = picture.reshape(m, 3, height // 8, 8, width // 8, 8).transpose(3, 4)
    waves = basis @ blocks @ basis.T
    k = torch.arange(8.0, device=image.device)
    step = (0.04 + 0.035 * (k[:, None] + k)) * (loss[rows] - 0.05).reshape(m, 1, 1, 1, 1, 1)
    level = waves / step
    for _ in range(2):
        level = level - torch.sin(level * (2 * math.pi)) * (0.95 / (2 * math.pi))
    back = basis.T @ (level * step) @ basis
    result = image.clone()
    result[rows] = back.transpose(3, 4).reshape(picture.shape)[:, :, :side, :side]
    return result
