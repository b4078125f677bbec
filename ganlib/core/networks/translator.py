"""The translator: photograph in, drawing out.

It begins by folding squares of `patch` x `patch` pixels into channels: nothing is lost, and the
widest maps, which cost the most, are `patch`² times smaller.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from ganlib.core.networks.base import (
    Network,
    check_multiple,
    check_photo,
    check_range,
    to_image,
    zero_bias,
)

DILATIONS = (1, 2, 4)
NEAR_ONE = 0.97  # black and white before artanh, whose derivative has no bound at ±1


@dataclass(frozen=True)
class TranslatorConfig:
    """The shape of a `Translator`."""

    size: int = 128  # side of the images it is trained on, pixels; a multiple of 4 x patch
    patch: int = 2  # side of the squares folded into channels: 1 (finest) or 2 (4 x as fast)
    width: int = 32  # channels at the finest level, a multiple of 8; time grows with its square
    blocks: int = 6  # residual blocks at the coarsest level; 6 reach over the whole face

    def __post_init__(self) -> None:
        check_range(self, size=(8, 4096), patch=(1, 2), width=(8, 512), blocks=(1, 32))
        check_multiple(self, size=self.unit, width=8)

    @property
    def unit(self) -> int:
        """What the sides of images are multiples of, pixels."""
        return 4 * self.patch


class GlobalGate(nn.Module):
    """Scales each channel (N, C, H, W) by what the whole image holds (squeeze and excite, Hu et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        summary = images.mean((2, 3), keepdim=True)
        return images * torch.sigmoid(self.excite(silu(self.squeeze(summary))))


class ResidualBlock(nn.Module):
    """x + branch(x), the branch being norm, 3x3 conv, SiLU, 3x3 conv, and a gate if wanted."""

    def __init__(self, channels: int, dilation: int = 1, gated: bool = False) -> None:
        super().__init__()
        first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        last = nn.Conv2d(channels, channels, 3, padding=1)
        gate = GlobalGate(channels) if gated else nn.Identity()
        self.branch = nn.Sequential(nn.GroupNorm(8, channels), first, nn.SiLU(), last, gate)
        with torch.no_grad():
            # Branches that start small make a deep net start as a shallow one, which is stable.
            last.weight.mul_(0.2)
            zero_bias(last)

    def forward(self, images: Tensor) -> Tensor:
        return images + self.branch(images)


class Upsample(nn.Module):
    """Twice the size by repetition, joined with the encoder's map of that size, then a 3x3 conv.

    Repetition and a convolution leave no checkerboard, as transposed convolutions do
    (Odena et al. 2016).
    """

    def __init__(self, coarse: int, skip: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(coarse + skip, skip, 3, padding=1)
        self.block = ResidualBlock(skip)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        """(N, coarse, H, W) and (N, skip, 2H, 2W) -> (N, skip, 2H, 2W)."""
        joined = torch.cat([interpolate(coarse, scale_factor=2.0), skip], 1)
        return self.block(self.conv(joined))


class Translator(Network):
    """Photograph in, drawing out: (N, 3, S, S) in [-1, 1] -> the same shape and range, float32.

    tanh(artanh(photograph) + change): untrained it hands the photograph back, and training draws
    over it. The change comes from an encoder-decoder with skips. The coarsest level, at 1/(4 x
    patch) of the resolution, holds most of the weights; its dilated blocks and gates see the whole
    face. Fully convolutional: S may differ from `config.size`, as long as 4 x patch divides it.
    """

    kind = "translator"
    Config = TranslatorConfig

    def __init__(self, config: TranslatorConfig | None = None) -> None:
        super().__init__(config)
        config = self.config
        fine, middle, coarse = (config.width * k for k in (1, 2, 4))
        pixels = 3 * config.patch**2
        first = nn.Conv2d(pixels, fine, 3, padding=1)
        self.stem = nn.Sequential(nn.PixelUnshuffle(config.patch), first, nn.SiLU())
        halve = nn.Conv2d(fine, middle, 4, stride=2, padding=1)
        self.down1 = nn.Sequential(halve, ResidualBlock(middle))
        self.down2 = nn.Conv2d(middle, coarse, 4, stride=2, padding=1)
        dilations = (DILATIONS[i % len(DILATIONS)] for i in range(config.blocks))
        self.bottleneck = nn.Sequential(*(ResidualBlock(coarse, d, True) for d in dilations))
        self.up2 = Upsample(coarse, middle)
        self.up1 = Upsample(middle, fine)
        last = nn.Conv2d(fine, pixels, 3, padding=1)
        self.head = nn.Sequential(nn.SiLU(), last)
        with torch.no_grad():
            # No change at the start: what a drawing shares with its photograph need not be learnt.
            last.weight.mul_(0.1)
            zero_bias(last)
        self.unfold = nn.PixelShuffle(config.patch)

    def forward(self, photo: Tensor) -> Tensor:
        """Translate (N, 3, S, S) in [-1, 1]; GanlibError if S does not fit the architecture."""
        check_photo(photo, self.config.unit)
        fine = self.stem(photo)
        middle = self.down1(fine)
        coarse = self.bottleneck(self.down2(middle))
        fine = self.up1(self.up2(coarse, middle), fine)
        change = self.unfold(self.head(fine))
        wide = torch.promote_types(change.dtype, torch.float32)
        return to_image(change.to(wide) + torch.atanh(NEAR_ONE * photo.to(wide)))
