"""What all networks have in common: a config that rebuilds them, its checks, initial weights."""

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganlib.core.errors import ConfigError, GanlibError

NEGATIVE_SLOPE = 0.2  # of every leaky ReLU, as in DCGAN and pix2pix


class Network(nn.Module):
    """A generator or a discriminator, which its `config` can rebuild."""

    Config: ClassVar[type[Any]]  # the class of `config`: a frozen dataclass of sizes
    kind: ClassVar[str] = ""  # what a model file calls it; "" if it is never saved as a model

    def __init__(self, config: Any = None) -> None:
        super().__init__()
        self.config: Any = config or self.Config()


def check_range(config: object, **limits: tuple[int, ...]) -> None:
    """ConfigError unless each field is a whole number within its limits (low, high), both included,
    or (low, high, unit) and then a multiple of the unit."""
    for field, (low, high, *unit) in limits.items():
        value = getattr(config, field)
        if not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(field, f"must be a whole number from {low} to {high}, not {value!r}.")
        if unit and value % unit[0]:
            raise ConfigError(field, f"must be a multiple of {unit[0]}, not {value}.")


def check_shape(what: str, tensor: Tensor | None, *shape: int, n: int | None = None) -> None:
    """GanlibError unless the tensor is (n, *shape), for any n if it is not given."""
    given = None if tensor is None else tuple(tensor.shape)
    if not given or given != (given[0] if n is None else n, *shape):
        wanted = ", ".join(map(str, ("N" if n is None else n, *shape)))
        raise GanlibError(f"{what} must be ({wanted}) here, not {given}.")


def check_photo(photo: Tensor, unit: int) -> None:
    """GanlibError unless the photographs are (N, 3, H, W) with sides that `unit` divides."""
    if photo.ndim != 4 or photo.shape[1] != 3 or photo.shape[2] % unit or photo.shape[3] % unit:
        wanted = f"(N, 3, H, W) with sides that are multiples of {unit}"
        raise GanlibError(f"photographs must be {wanted}, not {tuple(photo.shape)}.")


def to_image(logits: Tensor) -> Tensor:
    """tanh in float32 or wider: bfloat16 has 8 bits near ±1, visible as bands in flat colour."""
    return torch.tanh(logits.to(torch.promote_types(logits.dtype, torch.float32)))


def start(layers: Iterable[nn.Module], std: float = 0.02) -> None:
    """Weights from N(0, std²), as in DCGAN and CycleGAN, and no offset, where layers have them."""
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def start_discriminator(tower: nn.Sequential, spectral: bool) -> None:
    """Initial weights of a discriminator's convolutions; `spectral`: normalised from then on. They
    keep the signal's variance (He et al. 2015); small last ones make logits begin near 0."""
    layers: list[Any] = [layer for layer in tower if isinstance(layer, nn.Conv2d)]
    for layer in layers[:-1]:
        nn.init.kaiming_normal_(layer.weight, NEGATIVE_SLOPE)
        nn.init.zeros_(layer.bias)
    start(layers[-1:], std=0.01)
    for layer in layers if spectral else ():
        normalise_spectrum(layer)


class _Float32(nn.ModuleDict):
    # Power iteration in half precision, under autocast, would find another σ.
    def forward(self, weight: Tensor) -> Tensor:
        with torch.autocast(weight.device.type, enabled=False):
            return self["inner"](weight)


def normalise_spectrum(layer: nn.Module) -> None:
    """Divide a layer's weight by its largest singular value from now on (Miyato et al. 2018)."""
    chain: Any = spectral_norm(layer).parametrizations
    chain.weight[0] = _Float32({"inner": chain.weight[0]})
