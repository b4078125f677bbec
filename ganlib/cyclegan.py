"""The networks of CycleGAN (Zhu et al. 2017, section 7.2), at any width: ours compared with them.

Letters as in the paper: c7s1-k is a 7 x 7 convolution with k channels, dk one that halves the side,
Rk a residual block, uk one that doubles the side, Ck a 4 x 4 convolution of the discriminator.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlib.errors import GanlibError
from ganlib.network import Network, check_multiple, check_whole

NEGATIVE_SLOPE = 0.2
START = 0.02
"""Standard deviation of all weights at the start, as in the paper."""


def _start(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=START)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


@dataclass(frozen=True)
class ResnetTranslatorSettings:
    """The shape of a `ResnetTranslator`; all that is needed to rebuild one from its weights."""

    size: int = 64
    """Side of the images it is trained on, pixels; a multiple of 4, 32 or more."""
    width: int = 64
    """Channels at the finest level; the paper has 64."""
    blocks: int = 6
    """Residual blocks, 1 to 32; the paper has 6 for 128 pixels and 9 for 256."""

    def __post_init__(self) -> None:
        check_whole(self, size=(32, 4096), width=(4, 512), blocks=(1, 32))
        check_multiple("ResnetTranslatorSettings", "size", self.size, self.unit)

    @property
    def unit(self) -> int:
        """What the sides of images are multiples of, pixels."""
        return 4


class _Residual(nn.Module):
    """Rk: x + two 3 x 3 convolutions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *_convolution(channels, channels, 3, 1),
            nn.ReLU(),
            *_convolution(channels, channels, 3, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        return images + self.branch(images)


def _convolution(inputs: int, outputs: int, kernel: int, pad: int) -> list[nn.Module]:
    # The mirrored edge of the paper: zeros would darken the border.
    return [
        nn.ReflectionPad2d(pad),
        nn.Conv2d(inputs, outputs, kernel),
        nn.InstanceNorm2d(outputs),
    ]


class ResnetTranslator(Network):
    """Photograph in, drawing out: (N, 3, S, S) in [-1, 1] -> the same shape and range, float32.

    c7s1-w, d2w, d4w, R4w blocks, u2w, uw, c7s1-3. Unlike `models.Translator` it has neither skips
    nor a path for the photograph itself, so it must learn to hand on what does not change.
    """

    settings: ResnetTranslatorSettings

    def __init__(self, settings: ResnetTranslatorSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = settings or ResnetTranslatorSettings()
        w = settings.width
        layers = [*_convolution(3, w, 7, 3), nn.ReLU()]
        for k in (w, 2 * w):
            halve = nn.Conv2d(k, 2 * k, 3, stride=2, padding=1)
            layers += [halve, nn.InstanceNorm2d(2 * k), nn.ReLU()]
        layers += [_Residual(4 * w) for _ in range(settings.blocks)]
        for k in (2 * w, w):
            double = nn.ConvTranspose2d(2 * k, k, 3, stride=2, padding=1, output_padding=1)
            layers += [double, nn.InstanceNorm2d(k), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7))
        _start(self)

    def forward(self, photo: Tensor) -> Tensor:
        """Translate (N, 3, S, S) in [-1, 1]; GanlibError if S does not fit the architecture."""
        unit = self.settings.unit
        if photo.ndim != 4 or photo.shape[1] != 3 or photo.shape[2] % unit or photo.shape[3] % unit:
            raise GanlibError(
                f"the translator needs images (N, 3, H, W) with sides that are multiples of {unit},"
                f" not {tuple(photo.shape)}."
            )
        drawn = self.layers(photo)
        return torch.tanh(drawn.to(torch.promote_types(drawn.dtype, torch.float32)))


@dataclass(frozen=True)
class PatchGANSettings:
    """The shape of a `PatchGAN`."""

    width: int = 64
    """Channels of the first convolution; the paper has 64."""

    def __post_init__(self) -> None:
        check_whole(self, width=(4, 512))


class PatchGAN(Network):
    """Real or fake, patch by patch: (N, 3, S, S) -> logits (N, 1, S/8 - 2, S/8 - 2).

    C64-C128-C256-C512 (Isola et al. 2017): each logit sees 70 x 70 pixels, so at S = 64 nearly all
    of the image, from a point of its own. S is 32 or more.
    """

    settings: PatchGANSettings

    def __init__(self, settings: PatchGANSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = settings or PatchGANSettings()
        w, leaky = settings.width, nn.LeakyReLU(NEGATIVE_SLOPE)
        layers: list[nn.Module] = [nn.Conv2d(3, w, 4, stride=2, padding=1), leaky]
        for k, stride in ((w, 2), (2 * w, 2), (4 * w, 1)):
            layers += [nn.Conv2d(k, 2 * k, 4, stride, 1), nn.InstanceNorm2d(2 * k), leaky]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * w, 1, 4, padding=1))
        _start(self)

    def forward(self, images: Tensor) -> Tensor:
        """Score (N, 3, S, S) in [-1, 1]; each logit unbounded, larger meaning "more real"."""
        return self.layers(images)
