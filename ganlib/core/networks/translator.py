"""The translator: photograph in, drawing out. It folds squares of `patch` x `patch` pixels into
channels first: nothing is lost, and the widest maps, which cost the most, are `patch`² smaller."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from ganlib.core.networks import base

NEAR_ONE = 0.97  # black and white before artanh, whose derivative has no bound at ±1


@dataclass(frozen=True)
class TranslatorConfig:
    size: int = 128  # side of the images it is trained on, pixels; a multiple of 4 x patch
    patch: int = 2  # side of the squares folded into channels: 1 (finest), 2 (4 x as fast) or 4
    width: int = 32  # channels at the finest level, a multiple of 8; time grows with its square
    blocks: int = 6  # residual blocks at the coarsest level; 6 reach over the whole face

    def __post_init__(self) -> None:
        base.check_range(self, patch=(1, 4), width=(8, 512, 8), blocks=(1, 32))
        base.check_range(self, size=(8, 4096, self.unit))

    @property
    def unit(self) -> int:
        """What the sides of images are multiples of, pixels."""
        return 4 * self.patch


class GlobalGate(nn.Module):
    """Scales each channel by what the whole image holds (Hu et al. 2018, squeeze and excite)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        summary = images.mean((2, 3), keepdim=True)
        return images * torch.sigmoid(self.excite(silu(self.squeeze(summary))))


def start_small(layer: Any, factor: float) -> None:
    layer.weight.data.mul_(factor)
    layer.bias.data.zero_()


class ResidualBlock(nn.Module):
    """x + branch(x), the branch being norm, 3x3 conv, SiLU, 3x3 conv, and a gate if wanted."""

    def __init__(self, channels: int, dilation: int = 1, gated: bool = False) -> None:
        super().__init__()
        first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        last = nn.Conv2d(channels, channels, 3, padding=1)
        gate = GlobalGate(channels) if gated else nn.Identity()
        self.branch = nn.Sequential(nn.GroupNorm(8, channels), first, nn.SiLU(), last, gate)
        # Branches that start small make a deep net start as a shallow one, which is stable.
        start_small(last, 0.2)

    def forward(self, images: Tensor) -> Tensor:
        return images + self.branch(images)


def _resized(conv: nn.Conv2d, normed: bool) -> nn.Module:
    """A conv where the side changes. Blocks add to their input, so only these multiply its scale:
    without a photograph to start from it grew a hundredfold in training, until SiLU was 0."""
    return nn.Sequential(conv, nn.GroupNorm(8, conv.out_channels)) if normed else conv


class Upsample(nn.Module):
    """Twice the side by repetition, joined with the encoder's map of that side, then a 3x3 conv:
    (N, coarse, H, W) and (N, skip, 2H, 2W) -> (N, skip, 2H, 2W), without a checkerboard."""

    def __init__(self, coarse: int, skip: int, normed: bool = False) -> None:
        super().__init__()
        self.conv = _resized(nn.Conv2d(coarse + skip, skip, 3, padding=1), normed)
        self.block = ResidualBlock(skip)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        return self.block(self.conv(torch.cat([interpolate(coarse, scale_factor=2.0), skip], 1)))


class EncoderDecoder(base.Network):
    """Photographs (N, 3, H, W) to features (N, width, H / patch, W / patch), with skips. Its
    coarsest level has dilated blocks and gates that see the whole face."""

    normed = False
    """Whether layers where the side changes end in a norm, as `_resized` says why."""

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        config, pixels = self.config, 3 * self.config.patch**2
        fine, middle, coarse = config.width, 2 * config.width, 4 * config.width
        resized, normed = partial(_resized, normed=self.normed), self.normed
        first = resized(nn.Conv2d(pixels, fine, 3, padding=1))
        self.stem = nn.Sequential(nn.PixelUnshuffle(config.patch), first, nn.SiLU())
        self.down1 = nn.Sequential(resized(nn.Conv2d(fine, middle, 4, 2, 1)), ResidualBlock(middle))
        self.down2 = resized(nn.Conv2d(middle, coarse, 4, 2, 1))
        blocks = (ResidualBlock(coarse, (1, 2, 4)[i % 3], True) for i in range(config.blocks))
        self.bottleneck = nn.Sequential(*blocks)
        self.up2, self.up1 = Upsample(coarse, middle, normed), Upsample(middle, fine, normed)

    def features(self, photo: Tensor) -> Tensor:
        """GanlibError for photographs of other sides than its unit divides."""
        base.check_photo(photo, self.config.unit)
        fine = self.stem(photo)
        middle = self.down1(fine)
        coarse = self.bottleneck(self.down2(middle))
        return self.up1(self.up2(coarse, middle), fine)


class Translator(EncoderDecoder):
    """Photograph in, drawing out: (N, 3, S, S) in [-1, 1], S any multiple of 4 x patch -> the same
    shape and range, float32. tanh(artanh(photograph) + change): untrained it hands the photograph
    back."""

    kind = "translator"
    Config = TranslatorConfig

    def __init__(self, config: TranslatorConfig | None = None) -> None:
        super().__init__(config)
        config = self.config
        last = nn.Conv2d(config.width, 3 * config.patch**2, 3, padding=1)
        # Little change at the start: what a drawing shares with its photograph need not be learnt.
        start_small(last, 0.1)
        self.head = nn.Sequential(nn.SiLU(), last, nn.PixelShuffle(config.patch))

    def forward(self, photo: Tensor) -> Tensor:
        return base.to_image(self.head(self.features(photo)) + torch.atanh(NEAR_ONE * photo))
