"""The patch discriminator: many logits for an image, each about a square of it (Isola et al. 2017).

Like the translator it folds squares of `patch` x `patch` pixels into channels first.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from ganlib.core.networks.base import (
    NEGATIVE_SLOPE,
    Network,
    check_multiple,
    check_range,
    check_shape,
    start_discriminator,
)


@dataclass(frozen=True)
class PatchDiscriminatorConfig:
    """The shape of a `PatchDiscriminator`."""

    size: int = 128  # side of the images, pixels; a multiple of 2^levels x patch
    patch: int = 2  # side of the squares folded into channels: 1 or 2, as in the translator
    width: int = 32  # channels at the finest level, a multiple of 4
    spectral_norm: bool = False  # in place of group norms: it bounds D's gradient
    levels: int = 3  # halvings, 1 to 5: a logit sees 7 x 2^levels x patch pixels
    whole: bool = False  # one logit for the image: the last layer reads the whole map

    def __post_init__(self) -> None:
        check_range(self, size=(8, 4096), patch=(1, 2), width=(4, 512), levels=(1, 5))
        check_multiple(self, size=self.cell, width=4)

    @property
    def cell(self) -> int:
        """Pixels from one logit to the next."""
        return self.patch << self.levels


class PatchDiscriminator(Network):
    """Real or fake, patch by patch: (N, 3, S, S) -> logits (N, 1, s, s), s = S / (8 x patch).

    With `levels` other than 3, the 8 is 2^levels; with `whole`, s is 1.
    Strided convolutions and LeakyReLU (Isola et al. 2017), with group norm, each image for itself:
    without a norm D learns too slowly to lead. Batch norm would let an image's score depend on its
    neighbours, and forbid scoring real and fake in one pass. Each logit sees 56 x patch pixels
    (and, through the norms, a little of the whole image).
    """

    Config = PatchDiscriminatorConfig

    def __init__(self, config: PatchDiscriminatorConfig | None = None) -> None:
        super().__init__(config)
        config, leaky = self.config, nn.LeakyReLU(NEGATIVE_SLOPE)
        width, pixels = config.width, 3 * config.patch**2
        layers = [nn.PixelUnshuffle(config.patch), nn.Conv2d(pixels, width, 3, padding=1), leaky]
        for channels in (width << level for level in range(config.levels)):
            halve = nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1)
            layers += [halve, self._norm(2 * channels), leaky]
        layers += [nn.Conv2d(width << config.levels, 4 * width, 3, padding=1)]
        layers += [self._norm(4 * width), leaky]
        side, padding = (config.size // config.cell, 0) if config.whole else (3, 1)
        self.layers = nn.Sequential(*layers, nn.Conv2d(4 * width, 1, side, padding=padding))
        start_discriminator(self.layers, config.spectral_norm)

    def _norm(self, channels: int) -> nn.Module:
        # A group norm would undo the bound: it multiplies small maps up.
        return nn.Identity() if self.config.spectral_norm else nn.GroupNorm(8, channels)

    def forward(self, images: Tensor) -> Tensor:
        """Score (N, 3, S, S) in [-1, 1]; each logit unbounded, larger meaning "more real"."""
        if self.config.whole:
            check_shape("images", images, 3, self.config.size, self.config.size)
        return self.layers(images)
