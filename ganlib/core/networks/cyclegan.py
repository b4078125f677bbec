"""The networks of CycleGAN (Zhu et al. 2017, section 7.2), at any width: ours compared with them.

Letters as in the paper: c7s1-k is a 7 x 7 convolution with k channels, dk one that halves the side,
Rk a residual block, uk one that doubles the side, Ck a 4 x 4 convolution of the discriminator.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from ganlib.core.networks.base import (
    NEGATIVE_SLOPE,
    Network,
    check_multiple,
    check_photo,
    check_range,
    to_image,
    zero_bias,
)


def _start(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=0.02)  # as in the paper
            zero_bias(layer)


@dataclass(frozen=True)
class ResnetTranslatorConfig:
    """The shape of a `ResnetTranslator`."""

    size: int = 64  # side of the images it is trained on, pixels; a multiple of 4, 32 or more
    width: int = 64  # channels at the finest level; the paper has 64
    blocks: int = 6  # residual blocks; the paper has 6 for 128 pixels and 9 for 256

    unit = 4  # what the sides of images are multiples of, pixels

    def __post_init__(self) -> None:
        check_range(self, size=(32, 4096), width=(4, 512), blocks=(1, 32))
        check_multiple(self, size=self.unit)


def _convolution(inputs: int, outputs: int, kernel: int, pad: int) -> list[nn.Module]:
    # The mirrored edge of the paper: zeros would darken the border.
    convolution = nn.Conv2d(inputs, outputs, kernel)
    return [nn.ReflectionPad2d(pad), convolution, nn.InstanceNorm2d(outputs)]


class _Residual(nn.Module):
    """Rk: x + two 3 x 3 convolutions."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *_convolution(k, k, 3, 1), nn.ReLU(), *_convolution(k, k, 3, 1)
        )

    def forward(self, images: Tensor) -> Tensor:
        return images + self.branch(images)


class ResnetTranslator(Network):
    """Photograph in, drawing out: (N, 3, S, S) in [-1, 1] -> the same shape and range, float32.

    c7s1-w, d2w, d4w, R4w blocks, u2w, uw, c7s1-3. Unlike `Translator` it has neither skips nor a
    path for the photograph itself, so it must learn to hand on what does not change.
    """

    kind = "resnet translator"
    Config = ResnetTranslatorConfig

    def __init__(self, config: ResnetTranslatorConfig | None = None) -> None:
        super().__init__(config)
        w = self.config.width
        layers = [*_convolution(3, w, 7, 3), nn.ReLU()]
        for k in (w, 2 * w):
            halve = nn.Conv2d(k, 2 * k, 3, stride=2, padding=1)
            layers += [halve, nn.InstanceNorm2d(2 * k), nn.ReLU()]
        layers += [_Residual(4 * w) for _ in range(self.config.blocks)]
        for k in (2 * w, w):
            double = nn.ConvTranspose2d(2 * k, k, 3, stride=2, padding=1, output_padding=1)
            layers += [double, nn.InstanceNorm2d(k), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7))
        _start(self)

    def forward(self, photo: Tensor) -> Tensor:
        """Translate (N, 3, S, S) in [-1, 1]; GanlibError if S does not fit the architecture."""
        check_photo(photo, self.config.unit)
        return to_image(self.layers(photo))


@dataclass(frozen=True)
class PatchGANConfig:
    """The shape of a `PatchGAN`."""

    width: int = 64  # channels of the first convolution; the paper has 64

    def __post_init__(self) -> None:
        check_range(self, width=(4, 512))


class PatchGAN(Network):
    """Real or fake, patch by patch: (N, 3, S, S) -> logits (N, 1, S/8 - 2, S/8 - 2).

    C64-C128-C256-C512 (Isola et al. 2017): each logit sees 70 x 70 pixels, so at S = 64 nearly all
    of the image, from a point of its own. S is 32 or more.
    """

    Config = PatchGANConfig

    def __init__(self, config: PatchGANConfig | None = None) -> None:
        super().__init__(config)
        w, leaky = self.config.width, nn.LeakyReLU(NEGATIVE_SLOPE)
        layers: list[nn.Module] = [nn.Conv2d(3, w, 4, stride=2, padding=1), leaky]
        for k, stride in ((w, 2), (2 * w, 2), (4 * w, 1)):
            layers += [nn.Conv2d(k, 2 * k, 4, stride, 1), nn.InstanceNorm2d(2 * k), leaky]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * w, 1, 4, padding=1))
        _start(self)

    def forward(self, images: Tensor) -> Tensor:
        """Score (N, 3, S, S) in [-1, 1]; each logit unbounded, larger meaning "more real"."""
        return self.layers(images)
