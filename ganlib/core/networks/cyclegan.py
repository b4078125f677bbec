"""The networks of CycleGAN (Zhu et al. 2017, section 7.2), at any width. Letters as in the paper:
c7s1-k is a 7 x 7 convolution with k channels, dk one that halves the side, Rk a residual block, uk
one that doubles the side, Ck a 4 x 4 convolution of the discriminator."""

from dataclasses import dataclass

from torch import Tensor, nn

from ganlib.core.networks import base


@dataclass(frozen=True)
class ResnetTranslatorConfig:
    size: int = 64  # side of the images it is trained on, pixels; a multiple of 4, 32 or more
    width: int = 64  # channels at the finest level; the paper has 64
    blocks: int = 6  # residual blocks; the paper has 6 for 128 pixels and 9 for 256
    unit = 4  # what the sides of images are multiples of, pixels

    def __post_init__(self) -> None:
        base.check_range(self, size=(32, 4096, self.unit), width=(4, 512), blocks=(1, 32))


def _convolution(inputs: int, k: int, side: int) -> list[nn.Module]:
    # The mirrored edge of the paper: zeros would darken the border.
    return [nn.ReflectionPad2d(side // 2), nn.Conv2d(inputs, k, side), nn.InstanceNorm2d(k)]


class _Residual(nn.Module):  # Rk
    def __init__(self, k: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(*_convolution(k, k, 3), nn.ReLU(), *_convolution(k, k, 3))

    def forward(self, images: Tensor) -> Tensor:
        return images + self.branch(images)


class ResnetTranslator(base.Network):
    """Photograph in, drawing out: (N, 3, S, S) in [-1, 1] -> the same shape and range, float32.
    c7s1-w, d2w, d4w, R4w blocks, u2w, uw, c7s1-3. It has no skips and no path for the photograph
    itself, as a `Translator` has: it must learn to hand on what does not change."""

    kind = "resnet translator"
    Config = ResnetTranslatorConfig

    def __init__(self, config: ResnetTranslatorConfig | None = None) -> None:
        super().__init__(config)
        w = self.config.width
        layers = [*_convolution(3, w, 7), nn.ReLU()]
        for k in (w, 2 * w):
            layers += [nn.Conv2d(k, 2 * k, 3, 2, 1), nn.InstanceNorm2d(2 * k), nn.ReLU()]
        layers += [_Residual(4 * w) for _ in range(self.config.blocks)]
        for k in (2 * w, w):
            double = nn.ConvTranspose2d(2 * k, k, 3, stride=2, padding=1, output_padding=1)
            layers += [double, nn.InstanceNorm2d(k), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7))
        base.start(self.modules())

    def forward(self, photo: Tensor) -> Tensor:
        base.check_photo(photo, self.config.unit)
        return base.to_image(self.layers(photo))


@dataclass(frozen=True)
class PatchGANConfig:
    width: int = 64  # channels of the first convolution; the paper has 64

    def __post_init__(self) -> None:
        base.check_range(self, width=(4, 512))


class PatchGAN(base.Network):
    """Real or fake, patch by patch: (N, 3, S, S), S 32 or more -> logits (N, 1, S/8 - 2, S/8 - 2).
    C64-C128-C256-C512 (Isola et al. 2017): each logit sees 70 x 70 pixels."""

    Config = PatchGANConfig

    def __init__(self, config: PatchGANConfig | None = None) -> None:
        super().__init__(config)
        w, leaky = self.config.width, nn.LeakyReLU(base.NEGATIVE_SLOPE)
        layers: list[nn.Module] = [nn.Conv2d(3, w, 4, stride=2, padding=1), leaky]
        for k, stride in ((w, 2), (2 * w, 2), (4 * w, 1)):
            layers += [nn.Conv2d(k, 2 * k, 4, stride, 1), nn.InstanceNorm2d(2 * k), leaky]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * w, 1, 4, padding=1))
        base.start(self.modules())

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)
