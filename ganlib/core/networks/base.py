"""What all networks have in common: a config that rebuilds them, its checks, their start."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganlib.core.errors import ConfigError, GanlibError

NEGATIVE_SLOPE = 0.2  # of every leaky ReLU, as in DCGAN and pix2pix


class Network(nn.Module):
    """A generator or a discriminator, which `config`, of the class `Config`, can rebuild.

    `kind` is what a model file calls it; networks that are never saved as models have none.
    """

    kind: ClassVar[str] = ""
    Config: ClassVar[type[Any]]

    def __init__(self, config: Any = None) -> None:
        super().__init__()
        self.config: Any = config or self.Config()


def check_range(config: object, **limits: tuple[int, int]) -> None:
    """Every field named is a whole number within its limits, both included; or a ConfigError."""
    for field, (low, high) in limits.items():
        value = getattr(config, field)
        if not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(field, f"must be a whole number from {low} to {high}, not {value!r}.")


def check_multiple(config: object, **units: int) -> None:
    """Every field named is a multiple of its unit; or a ConfigError."""
    for field, unit in units.items():
        if (value := getattr(config, field)) % unit:
            raise ConfigError(field, f"must be a multiple of {unit}, not {value}.")


def check_shape(what: str, tensor: Tensor, *shape: int) -> None:
    """GanlibError unless the tensor is (N, *shape), for any N."""
    if tuple(tensor.shape[1:]) != shape or not tensor.ndim:
        wanted = ", ".join(map(str, ("N", *shape)))
        raise GanlibError(f"{what} must be ({wanted}) here, not {tuple(tensor.shape)}.")


def check_photo(photo: Tensor, unit: int) -> None:
    """GanlibError unless the photographs are (N, 3, H, W) with sides that `unit` divides."""
    if photo.ndim != 4 or photo.shape[1] != 3 or photo.shape[2] % unit or photo.shape[3] % unit:
        raise GanlibError(
            f"the translator needs images (N, 3, H, W) with sides that are multiples of {unit}, "
            f"not {tuple(photo.shape)}."
        )


def to_image(logits: Tensor) -> Tensor:
    """tanh in float32 or wider: bfloat16 has 8 bits near ±1, visible as bands in flat colour."""
    return torch.tanh(logits.to(torch.promote_types(logits.dtype, torch.float32)))


def zero_bias(layer: nn.Module) -> None:
    """Start a layer without offset, if it has one."""
    if isinstance(layer.bias, Tensor):
        nn.init.zeros_(layer.bias)


def start_discriminator(tower: nn.Sequential, spectral: bool) -> None:
    """Initial weights of a discriminator's convolutions; `spectral`: normalised from then on.

    He et al. 2015, so that without a norm the signal keeps its variance; the last layer small, so
    that logits begin near 0 and neither network starts ahead.
    """
    layers = [layer for layer in tower if isinstance(layer, nn.Conv2d)]
    for layer in layers[:-1]:
        nn.init.kaiming_normal_(layer.weight, NEGATIVE_SLOPE)
    nn.init.normal_(layers[-1].weight, std=0.01)
    for layer in layers:
        zero_bias(layer)
        if spectral:
            normalise_spectrum(layer)


class _Float32(nn.Module):
    # Power iteration in half precision, under autocast, would find another σ.
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, weight: Tensor) -> Tensor:
        with torch.autocast(weight.device.type, enabled=False):
            return self.inner(weight)


def normalise_spectrum(layer: nn.Module) -> None:
    """Divide a layer's weight by its largest singular value from now on (Miyato et al. 2018)."""
    spectral_norm(layer)
    chain = layer.parametrizations["weight"]  # type: ignore[index]
    chain[0] = _Float32(chain[0])
