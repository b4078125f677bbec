"""The image translator and the patch discriminator, and what each is built from.

Both begin by folding squares of `patch` x `patch` pixels into channels: nothing is lost, and the
widest maps, which cost the most, are `patch`² times smaller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from ganlib.errors import GanlibError
from ganlib.network import Network, check_multiple, check_whole
from ganlib.spectral import bound

NEGATIVE_SLOPE = 0.2
DILATIONS = (1, 2, 4)
NEAR_ONE = 0.97
"""Black and white are moved this near to ±1 before artanh, whose slope has no bound there."""


def _zero_bias(layer: nn.Conv2d) -> None:
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


@dataclass(frozen=True)
class TranslatorSettings:
    """The shape of a `Translator`; all that is needed to rebuild one from its weights."""

    size: int = 128
    """Side of the images it is trained on, pixels; a multiple of 4 x patch."""
    patch: int = 2
    """Side of the squares folded into channels: 1 (finest detail) or 2 (four times as fast)."""
    width: int = 32
    """Channels at the finest level, a multiple of 8; weights and time grow with its square."""
    blocks: int = 6
    """Residual blocks at the coarsest level, 1 to 32; 6 reach over the whole face."""

    def __post_init__(self) -> None:
        check_whole(self, size=(8, 4096), patch=(1, 2), width=(8, 512), blocks=(1, 32))
        check_multiple("TranslatorSettings", "size", self.size, self.unit)
        check_multiple("TranslatorSettings", "width", self.width, 8)

    @property
    def unit(self) -> int:
        """What the sides of images are multiples of, pixels."""
        return 4 * self.patch


class GlobalGate(nn.Module):
    """Scales each channel by what the whole image holds (squeeze and excite, Hu et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        summary = images.mean((2, 3), keepdim=True)
        return images * torch.sigmoid(self.excite(silu(self.squeeze(summary))))


class ResidualBlock(nn.Module):
    """x + branch(x), the branch being norm, 3x3 conv, SiLU, 3x3 conv, and a gate if wanted."""

    def __init__(self, channels: int, dilation: int = 1, gated: bool = False) -> None:
        super().__init__()
        first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        last = nn.Conv2d(channels, channels, 3, padding=1)
        self.branch = nn.Sequential(
            nn.GroupNorm(8, channels),
            first,
            nn.SiLU(),
            last,
            GlobalGate(channels) if gated else nn.Identity(),
        )
        with torch.no_grad():
            # Branches that start small make a deep net start as a shallow one, which is stable.
            last.weight.mul_(0.2)
            _zero_bias(last)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
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
    face. Fully convolutional: S may differ from `settings.size`, as long as 4 x patch divides it.
    """

    settings: TranslatorSettings

    def __init__(self, settings: TranslatorSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = settings or TranslatorSettings()
        fine, middle, coarse = (settings.width * k for k in (1, 2, 4))
        pixels = 3 * settings.patch**2
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(settings.patch), nn.Conv2d(pixels, fine, 3, padding=1), nn.SiLU()
        )
        self.down1 = nn.Sequential(
            nn.Conv2d(fine, middle, 4, stride=2, padding=1), ResidualBlock(middle)
        )
        self.down2 = nn.Conv2d(middle, coarse, 4, stride=2, padding=1)
        self.bottleneck = nn.Sequential(
            *(
                ResidualBlock(coarse, DILATIONS[i % len(DILATIONS)], gated=True)
                for i in range(settings.blocks)
            )
        )
        self.up2 = Upsample(coarse, middle)
        self.up1 = Upsample(middle, fine)
        last = nn.Conv2d(fine, pixels, 3, padding=1)
        self.head = nn.Sequential(nn.SiLU(), last)
        with torch.no_grad():
            # No change at the start: what a drawing shares with its photograph need not be learnt.
            last.weight.mul_(0.1)
            _zero_bias(last)
        self.unfold = nn.PixelShuffle(settings.patch)

    def forward(self, photo: Tensor) -> Tensor:
        """Translate (N, 3, S, S) in [-1, 1]; GanlibError if S does not fit the architecture."""
        unit = self.settings.unit
        if photo.ndim != 4 or photo.shape[1] != 3 or photo.shape[2] % unit or photo.shape[3] % unit:
            raise GanlibError(
                f"the translator needs images (N, 3, H, W) with sides that are multiples of {unit},"
                f" not {tuple(photo.shape)}."
            )
        fine = self.stem(photo)
        middle = self.down1(fine)
        coarse = self.bottleneck(self.down2(middle))
        fine = self.up1(self.up2(coarse, middle), fine)
        change = self.unfold(self.head(fine))
        # bfloat16 has 8 bits near ±1, visible as bands in flat colour: the last step is float32.
        exact = torch.promote_types(change.dtype, torch.float32)
        return torch.tanh(change.to(exact) + torch.atanh(NEAR_ONE * photo.to(exact)))


@dataclass(frozen=True)
class PatchDiscriminatorSettings:
    """The shape of a `PatchDiscriminator`."""

    size: int = 128
    """Side of the images it is trained on, pixels; a multiple of 2^levels x patch."""
    patch: int = 2
    """Side of the squares folded into channels: 1 or 2, as in the translator it judges."""
    width: int = 32
    """Channels at the finest level, 4 to 512 and a multiple of 4; weights and time grow with its
    square."""
    spectral_norm: bool = False
    """Whether every convolution's matrix is divided by its largest singular value (Miyato et al.
    2018), in place of the group norms: it bounds D's slope, which the Wasserstein game needs."""
    levels: int = 3
    """Halvings, 1 to 5: how much of the image a logit sees, 7 x 2^levels x patch pixels."""
    whole: bool = False
    """Whether the last layer reads the whole map and gives one logit for the image, which must then
    be of `size`: an image discriminator, as in DCGAN, in place of the patches' many."""

    def __post_init__(self) -> None:
        check_whole(self, size=(8, 4096), patch=(1, 2), width=(4, 512), levels=(1, 5))
        check_multiple("PatchDiscriminatorSettings", "size", self.size, self.cell)
        check_multiple("PatchDiscriminatorSettings", "width", self.width, 4)

    @property
    def cell(self) -> int:
        """Pixels from one logit to the next."""
        return self.patch << self.levels


class PatchDiscriminator(Network):
    """Real or fake, patch by patch: (N, 3, S, S) -> logits (N, 1, s, s), s = S / (8 x patch).

    With `levels` other than 3, the 8 is 2^levels; with `whole`, s is 1.
    Strided convolutions and LeakyReLU (Isola et al. 2017), with group norm, each image for itself:
    without a norm D learns too slowly to lead. Batch norm would let an image's score depend on its
    neighbours, and forbid judging real and fake in one pass. Each logit sees 56 x patch pixels
    (and, through the norms, a little of the whole image).
    """

    settings: PatchDiscriminatorSettings

    def __init__(self, settings: PatchDiscriminatorSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = settings or PatchDiscriminatorSettings()
        width, leaky = settings.width, nn.LeakyReLU(NEGATIVE_SLOPE)
        pixels = 3 * settings.patch**2
        layers = [nn.PixelUnshuffle(settings.patch), nn.Conv2d(pixels, width, 3, padding=1), leaky]
        for channels in (width << level for level in range(settings.levels)):
            halve = nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1)
            layers += [halve, self._norm(2 * channels), leaky]
        if settings.whole:
            last = nn.Conv2d(4 * width, 1, settings.size // settings.cell)
        else:
            last = nn.Conv2d(4 * width, 1, 3, padding=1)
        layers += [
            nn.Conv2d(width << settings.levels, 4 * width, 3, padding=1),
            self._norm(4 * width),
            leaky,
            last,
        ]
        self.layers = nn.Sequential(*layers)
        convolutions = [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]
        for layer in convolutions[:-1]:
            # He et al. 2015: the first layer, which no norm follows, keeps the signal's variance.
            nn.init.kaiming_normal_(layer.weight, NEGATIVE_SLOPE)
            _zero_bias(layer)
        # Logits near 0 at the start: neither player begins with the upper hand.
        nn.init.normal_(convolutions[-1].weight, std=0.01)
        _zero_bias(convolutions[-1])
        if settings.spectral_norm:
            for layer in convolutions:
                bound(layer)

    def _norm(self, channels: int) -> nn.Module:
        # A group norm would undo the bound: it multiplies small maps up.
        return nn.Identity() if self.settings.spectral_norm else nn.GroupNorm(8, channels)

    def forward(self, images: Tensor) -> Tensor:
        """Score (N, 3, S, S) in [-1, 1]; each logit unbounded, larger meaning "more real".

        GanlibError if an image discriminator is given images of another size than its own.
        """
        size = self.settings.size
        if self.settings.whole and tuple(images.shape[-2:]) != (size, size):
            raise GanlibError(
                f"this discriminator judges whole images of {size}x{size} pixels, not "
                f"{images.shape[-1]}x{images.shape[-2]}; build it for these, or judge patches."
            )
        return self.layers(images)

    def layout(self) -> tuple[list[int], list[int]]:
        """(kernel sizes, strides) of its convolutions in pixels of the folded image, first to
        last: what `receptive_field` asks for."""
        convolutions = [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]
        return [c.kernel_size[0] for c in convolutions], [c.stride[0] for c in convolutions]


def receptive_field(kernels: Sequence[Any], strides: Sequence[Any]) -> Any:
    """Side of the square that one output sees: 1 + Σ (k_l - 1) · s_1 ⋯ s_(l-1) (Araujo et al. 2019,
    equation 2, for the sizes and strides of convolutions in a row)."""
    side: Any = 1
    jump: Any = 1
    for kernel, stride in zip(kernels, strides, strict=True):
        side = side + (kernel - 1) * jump
        jump = jump * stride
    return side
