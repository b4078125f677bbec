"""The translator: photograph in, drawing out. It folds squares of `patch` x `patch` pixels into
channels first: nothing is lost, and the widest maps, which cost the most, are `patch`² smaller."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from ganlib.core.networks import base

DILATIONS = (1, 2, 4)
NEAR_ONE = 0.97  # black and white before artanh, whose derivative has no bound at ±1


@dataclass(frozen=True)
class TranslatorConfig:
    size: int = 128  # side of the images it is trained on, pixels; a multiple of 4 x patch
    patch: int = 2  # side of the squares folded into channels: 1 (finest), 2 (4 x as fast) or 4
    width: int = 32  # channels at the finest level, a multiple of 8; time grows with its square
    blocks: int = 6  # residual blocks at the coarsest level; 6 reach over the whole face
    styles: int = 0  # house styles that it draws in, chosen by a second input; 0: there is none
    redraw: bool = False  # draw from nothing, in place of changing the photograph

    def __post_init__(self) -> None:
        base.check_range(self, patch=(1, 4), width=(8, 512, 8), blocks=(1, 32), styles=(0, 64))
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


def _start_small(layer: Any, factor: float) -> None:
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
        _start_small(last, 0.2)

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


class Translator(base.Network):
    """Photograph in, drawing out: (N, 3, S, S) in [-1, 1], S any multiple of 4 x patch -> the same
    shape and range, float32. tanh(artanh(photograph) + change): untrained it hands the photograph
    back, and training draws over it. With `redraw` it is the change alone, clamped to [-1, 1] but
    in training mode. The change comes from an encoder-decoder with skips, whose coarsest level has
    dilated blocks and gates that see the whole face. With `styles`, a second input (N, styles)
    weighs them, one of them 1 or a mixture: it shifts channels, as biases do (compare Dumoulin et
    al. 2017)."""

    kind = "translator"
    Config = TranslatorConfig

    def __init__(self, config: TranslatorConfig | None = None) -> None:
        super().__init__(config)
        config, pixels = self.config, 3 * self.config.patch**2
        fine, middle, coarse = config.width, 2 * config.width, 4 * config.width
        first = _resized(nn.Conv2d(pixels, fine, 3, padding=1), config.redraw)
        self.stem = nn.Sequential(nn.PixelUnshuffle(config.patch), first, nn.SiLU())
        halve = _resized(nn.Conv2d(fine, middle, 4, 2, 1), config.redraw)
        self.down1 = nn.Sequential(halve, ResidualBlock(middle))
        self.down2 = _resized(nn.Conv2d(middle, coarse, 4, 2, 1), config.redraw)
        dilations = (DILATIONS[i % len(DILATIONS)] for i in range(config.blocks))
        self.bottleneck = nn.Sequential(*(ResidualBlock(coarse, d, True) for d in dilations))
        self.up2 = Upsample(coarse, middle, config.redraw)
        self.up1 = Upsample(middle, fine, config.redraw)
        last = nn.Conv2d(fine, pixels, 3, padding=1)
        # Little change at the start: what a drawing shares with its photograph need not be learnt.
        _start_small(last, 0.1)
        self.head = nn.Sequential(nn.SiLU(), last)
        self.unfold = nn.PixelShuffle(config.patch)
        if config.styles:
            self.shifts = nn.Linear(config.styles, fine + coarse + fine, bias=False)

    def forward(self, photo: Tensor, style: Tensor | None = None) -> Tensor:
        base.check_photo(photo, self.config.unit)
        folded, first, activate = self.stem
        at_stem, at_coarse, at_head = self.shift(style, len(photo))
        fine = activate(first(folded(photo)) + at_stem)
        middle = self.down1(fine)
        coarse = self.bottleneck(self.down2(middle) + at_coarse)
        change = self.unfold(self.head(self.up1(self.up2(coarse, middle), fine) + at_head))
        wide = torch.promote_types(change.dtype, torch.float32)
        if self.config.redraw:  # tanh would be white, as paper is, only at infinity
            return change.to(wide) if self.training else change.to(wide).clamp(-1, 1)
        return base.to_image(change.to(wide) + torch.atanh(NEAR_ONE * photo.to(wide)))

    def shift(self, style: Tensor | None, n: int) -> Sequence[Any]:
        """What `style` adds to the channels at stem, coarsest level and head, for n photographs."""
        if not self.config.styles:
            return 0.0, 0.0, 0.0
        base.check_shape("style", style, self.config.styles, n=n)
        widths = [self.config.width, 4 * self.config.width, self.config.width]
        return self.shifts(style)[:, :, None, None].split(widths, 1)
