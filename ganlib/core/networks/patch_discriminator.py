"""The patch discriminator: many logits for an image, each about a square of it (Isola et al. 2017).
Like the translator it folds squares of `patch` x `patch` pixels into channels first."""

from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from ganlib.core.networks import base


@dataclass(frozen=True)
class PatchDiscriminatorConfig:
    size: int = 128  # side of the images, pixels; a multiple of 2^levels x patch
    patch: int = 2  # side of the squares folded into channels, as in the translator
    width: int = 32  # channels at the finest level, a multiple of 4
    spectral_norm: bool = False  # in place of group norms: it bounds D's gradient
    levels: int = 3  # halvings, 1 to 5: a logit sees 7 x 2^levels x patch pixels
    whole: bool = False  # one logit for the image: the last layer reads the whole map
    styles: int = 0  # house styles, of which a second input says the drawing's; 0: there is none

    def __post_init__(self) -> None:
        base.check_range(self, patch=(1, 4), width=(4, 512, 4), levels=(1, 5))
        base.check_range(self, size=(8, 4096, self.cell))

    @property
    def cell(self) -> int:
        """Pixels from one logit to the next."""
        return self.patch << self.levels


class PatchDiscriminator(base.Network):
    """Real or fake, patch by patch: (N, 3, S, S) -> logits (N, 1, s, s), larger for "more real",
    with s = S / (2^levels x patch), or 1 for the `whole` image.
    Strided convolutions, LeakyReLU, and group norm, as batch norm would mix real and fake."""

    Config = PatchDiscriminatorConfig

    def __init__(self, config: PatchDiscriminatorConfig | None = None) -> None:
        super().__init__(config)
        config, leaky = self.config, nn.LeakyReLU(base.NEGATIVE_SLOPE)
        # A group norm would undo the spectral one's bound: it multiplies small maps up.
        norm = nn.Identity if config.spectral_norm else partial(nn.GroupNorm, 8)
        width, pixels = config.width, 3 * config.patch**2
        layers = [nn.PixelUnshuffle(config.patch), nn.Conv2d(pixels, width, 3, padding=1), leaky]
        for channels in (width << level for level in range(config.levels)):
            halve = nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1)
            layers += [halve, norm(2 * channels), leaky]
        last = nn.Conv2d(width << config.levels, 4 * width, 3, padding=1)
        layers += [last, norm(4 * width), leaky]
        side, padding = (config.size // config.cell, 0) if config.whole else (3, 1)
        self.layers = nn.Sequential(*layers, nn.Conv2d(4 * width, 1, side, padding=padding))
        base.start_discriminator(self.layers, config.spectral_norm)
        if config.styles:
            self.shift = nn.Linear(config.styles, width, bias=False)

    def forward(self, images: Tensor, style: Tensor | None = None) -> Tensor:
        return self.features(images, style)[-1]

    def features(self, images: Tensor, style: Tensor | None = None) -> list[Tensor]:
        """What each level sees, from fine to coarse, and the logits last."""
        if self.config.whole:
            base.check_shape("images", images, 3, self.config.size, self.config.size)
        fold, first, *layers = self.layers
        seen, folded = [], first(fold(images))
        if self.config.styles:
            base.check_shape("style", style, self.config.styles, n=len(images))
            folded = folded + self.shift(style)[:, :, None, None]
        for layer in layers:
            folded = layer(folded)
            if isinstance(layer, nn.LeakyReLU):
                seen.append(folded)
        return [*seen, folded]
