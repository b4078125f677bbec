"""The DCGAN pair (Radford et al. 2016): noise to image, and image to one logit.

Both are towers of 4 x 4 convolutions that double or halve the side, with the coarsest map 4 pixels
wide. Where the paper normalises over the batch, these normalise within each image (group norm, Wu
and He 2018), or not at all: a sample then depends on its own noise only, D may judge real and fake
in one pass, and there are no running statistics for the average of G's weights to disagree with.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from ganlib.errors import GanlibError
from ganlib.network import Network, check_whole
from ganlib.spectral import bound

COARSEST = 4
"""Side of the coarsest map, pixels."""
GROUPS = 8
NORMS = ("group", "none")
DOUBLINGS = ("transposed", "resize")
NEGATIVE_SLOPE = 0.2


def _check(
    settings: "DCGANGeneratorSettings | DCGANDiscriminatorSettings", **limits: tuple[int, int]
) -> None:
    """Whole numbers within limits, a size that is 4 x a power of two, a norm that there is."""
    check_whole(settings, **limits)
    kind = type(settings).__name__
    if settings.size & (settings.size - 1):
        raise GanlibError(f"{kind}.size must be a power of two, not {settings.size}.")
    if settings.norm not in NORMS:
        raise GanlibError(f"{kind}.norm must be one of {', '.join(NORMS)}, not {settings.norm!r}.")
    if settings.width % GROUPS:
        raise GanlibError(f"{kind}.width must be a multiple of {GROUPS}, not {settings.width}.")


@dataclass(frozen=True)
class DCGANGeneratorSettings:
    """The shape of a `DCGANGenerator`; all that is needed to rebuild one from its weights."""

    size: int = 64
    """Side of the images, pixels: a power of two, 8 to 256."""
    latent: int = 100
    """Numbers of noise that an image is made from; 100 as in the paper."""
    width: int = 64
    """Channels at half the image's side, a multiple of 8; they double with every halving."""
    norm: str = "group"
    """"group", or "none": a fifth faster, and slower to learn."""
    doubling: str = "transposed"
    """"transposed" convolutions, as in the paper, or "resize" (`ResizeConv`): no checkerboard."""

    def __post_init__(self) -> None:
        _check(self, size=(8, 256), latent=(1, 4096), width=(8, 512))
        if self.doubling not in DOUBLINGS or (self.doubling, self.norm) == ("resize", "none"):
            raise GanlibError(
                "DCGANGeneratorSettings.doubling must be transposed, or resize with norms, not "
                f"{self.doubling!r} with norm {self.norm!r}."
            )


@dataclass(frozen=True)
class DCGANDiscriminatorSettings:
    """The shape of a `DCGANDiscriminator`."""

    size: int = 64
    """Side of the images, pixels: a power of two, 8 to 256."""
    width: int = 64
    """Channels after the first halving, a multiple of 8; they double with every further one."""
    norm: str = "group"
    """"group" or "none". Never batch norm: a logit would depend on its neighbours."""
    spectral: bool = False
    """Whether every layer is divided by its greatest stretch (`spectral.SpectralNorm`), in place of
    the norms: a group norm would undo the bound, as it multiplies small maps up."""
    outputs: int = 1
    """Numbers for each image: 1 logit, or features for a discriminator that goes on from them."""

    def __post_init__(self) -> None:
        _check(self, size=(8, 256), width=(8, 512), outputs=(1, 4096))


def _norm(kind: str, channels: int) -> list[nn.Module]:
    return [nn.GroupNorm(GROUPS, channels)] if kind == "group" else []


def _channels(size: int, width: int) -> list[int]:
    """Channels from the finest map, size/2 pixels wide, to the coarsest."""
    return [width << level for level in range((size // COARSEST).bit_length() - 1)]


class ResizeConv(nn.Module):
    """Twice the side without a checkerboard: every pixel 2 × 2 times, then a 3 × 3 convolution
    (Odena et al. 2016). (N, coarse, H, W) -> (N, fine, 2H, 2W).

    It is one transposed convolution, whose 4 × 4 kernel is nine weights stamped 2 × 2 times: four
    products for each output in place of nine, and still no pixel is treated unlike its neighbour.
    """

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(coarse, fine, 3, 3))
        self.bias = nn.Parameter(torch.zeros(fine))
        # Then the sixteen have the root mean square 0.02.
        nn.init.normal_(self.weight, std=0.02 / 1.5)

    def forward(self, maps: Tensor) -> Tensor:
        corners = ((0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 1, 0))
        kernel = torch.stack([pad(self.weight, corner) for corner in corners]).sum(0)
        return conv_transpose2d(maps, kernel, self.bias, stride=2, padding=1)


class DCGANGenerator(Network):
    """Noise in, image out: z (N, latent) of N(0, 1) -> (N, 3, S, S) in [-1, 1], float32.

    A linear layer makes the coarsest map; transposed convolutions double it; ReLU between, tanh
    at the end. Weights start from N(0, 0.02²), the paper's choice, where a norm follows.
    """

    settings: DCGANGeneratorSettings

    def __init__(self, settings: DCGANGeneratorSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = settings or DCGANGeneratorSettings()
        channels = _channels(settings.size, settings.width)[::-1]
        self.project = nn.Linear(settings.latent, channels[0] * COARSEST**2)
        layers = [*_norm(settings.norm, channels[0]), nn.ReLU()]

        def double(coarse: int, fine: int) -> nn.Module:
            if settings.doubling == "resize":
                return ResizeConv(coarse, fine)
            return nn.ConvTranspose2d(coarse, fine, 4, stride=2, padding=1)

        for coarse, fine in zip(channels, channels[1:], strict=False):
            layers += [double(coarse, fine), *_norm(settings.norm, fine), nn.ReLU()]
        layers += [double(channels[-1], 3)]
        self.layers = nn.Sequential(*layers)
        for layer in (self.project, *self.layers):
            if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
                # A transposed convolution of stride 2 sums over a quarter of its 4 x 4 taps.
                taps = layer.weight[:, 0].numel() / 4 if layer.weight.ndim == 4 else settings.latent
                std = 0.02 if settings.norm == "group" else (2 / taps) ** 0.5
                nn.init.normal_(layer.weight, std=std)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, noise: Tensor) -> Tensor:
        """Draw (N, latent) as images; GanlibError if the noise has another shape."""
        if noise.ndim != 2 or noise.shape[1] != self.settings.latent:
            raise GanlibError(
                f"the generator needs noise (N, {self.settings.latent}), not {tuple(noise.shape)}."
            )
        coarse = self.project(noise).unflatten(1, (-1, COARSEST, COARSEST))
        images = self.layers(coarse)
        # bfloat16 has 8 bits near ±1, visible as bands in flat colour: the last step is float32.
        return torch.tanh(images.to(torch.promote_types(images.dtype, torch.float32)))


class DCGANDiscriminator(Network):
    """Real or fake: images (N, 3, S, S) in [-1, 1] -> logits (N,), larger meaning "more real".

    With `outputs` above 1, features (N, outputs) in place of logits.
    Convolutions of stride 2 and LeakyReLU 0.2; no norm on the first layer, as in the paper.
    """

    settings: DCGANDiscriminatorSettings

    def __init__(self, settings: DCGANDiscriminatorSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = settings or DCGANDiscriminatorSettings()
        channels = _channels(settings.size, settings.width)
        leaky = nn.LeakyReLU(NEGATIVE_SLOPE)
        norm = "none" if settings.spectral else settings.norm
        layers = [nn.Conv2d(3, channels[0], 4, stride=2, padding=1), leaky]
        for fine, coarse in zip(channels, channels[1:], strict=False):
            halve = nn.Conv2d(fine, coarse, 4, stride=2, padding=1)
            layers += [halve, *_norm(norm, coarse), leaky]
        layers += [nn.Conv2d(channels[-1], settings.outputs, COARSEST)]
        self.layers = nn.Sequential(*layers)
        convolutions = [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]
        for layer in convolutions[:-1]:
            # He et al. 2015: without a norm the paper's 0.02 would shrink the signal at each layer.
            nn.init.kaiming_normal_(layer.weight, NEGATIVE_SLOPE)
        # Logits near 0 at the start: neither player begins with the upper hand.
        nn.init.normal_(convolutions[-1].weight, std=0.01)
        for layer in convolutions:
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
            if settings.spectral:
                bound(layer)

    def forward(self, images: Tensor) -> Tensor:
        """Score (N, 3, S, S); GanlibError if S is not the size in the settings."""
        size = self.settings.size
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, size, size):
            raise GanlibError(
                f"the discriminator needs images (N, 3, {size}, {size}), not {tuple(images.shape)}."
            )
        return self.layers(images).flatten(1).squeeze(1)
