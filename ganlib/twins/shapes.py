"""Drawing with batched tensors: signed distances, coverage, and layers painted back to front.

A field is an (n, h, w) tensor, a per-person number (n, 1, 1), a colour (n, 3, 1, 1) in [0, 1].
Distances are negative inside a shape and in the same units as the coordinates they were made from.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

Number = float | Tensor
"""One for all people, or an (n, 1, 1) tensor with one for each."""


def ellipse(u: Tensor, v: Tensor, cu: Number, cv: Number, ru: Number, rv: Number) -> Tensor:
    """Distance to an ellipse, exact on its edge and to first order around it."""
    pu, pv = (u - cu) / ru, (v - cv) / rv
    # The small terms matter at the very centre alone, where the quotient would be 0 / 0.
    level = (pu * pu + pv * pv + 1e-8).sqrt()
    gradient = ((pu / ru) ** 2 + (pv / rv) ** 2 + 1e-8 / (ru * rv)).sqrt()
    return level * (level - 1) / gradient


def box(
    u: Tensor, v: Tensor, cu: Number, cv: Number, ru: Number, rv: Number, corner: Number
) -> Tensor:
    """Distance to a rectangle of half-sides ru, rv whose corners are rounded by radius `corner`."""
    du, dv = (u - cu).abs() - ru + corner, (v - cv).abs() - rv + corner
    outside = (du.clamp_min(0) ** 2 + dv.clamp_min(0) ** 2).sqrt()
    return outside + torch.maximum(du, dv).clamp_max(0) - corner


def curve(u: Tensor, v: Tensor, cu: Number, cv: Number, half: Number, bend: Number) -> Tensor:
    """Distance to the arc v = cv + bend (1 - t²), t = (u - cu) / half, |t| ≤ 1: lips, lids."""
    t = ((u - cu) / half).clamp(-1, 1)
    over = ((u - cu).abs() - half).clamp_min(0)
    derivative = 2 * bend * t / half
    return ((v - cv - bend * (1 - t * t)) ** 2 / (1 + derivative**2) + over * over).sqrt()


def union(*shapes: Tensor) -> Tensor:
    return torch.stack(torch.broadcast_tensors(*shapes)).amin(0)


def both(*shapes: Tensor) -> Tensor:
    return torch.stack(torch.broadcast_tensors(*shapes)).amax(0)


def blend(a: Tensor, b: Tensor, k: float) -> Tensor:
    """Union whose seam is rounded over a length k (polynomial smooth minimum)."""
    h = (k - (a - b).abs()).clamp_min(0) / k
    return torch.minimum(a, b) - h * h * k / 4


def cover(distance: Tensor, px: Tensor) -> Tensor:
    """Share of each pixel inside the shape: the distance, ramped over one pixel `px`."""
    return (0.5 - distance / px).clamp(0, 1)


def soft(distance: Tensor, width: Number) -> Tensor:
    """Like `cover`, but ramped smoothly over `width` on either side of the edge."""
    t = (0.5 - distance / (2 * width)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def stroke(distance: Tensor, width: Number, px: Tensor) -> Tensor:
    """Coverage of a line of the given width along the shape's edge.

    A line thinner than a pixel keeps a pixel's width and fades instead, so it survives at 64 px.
    """
    drawn = torch.maximum(torch.as_tensor(width, device=px.device), px)
    return cover(distance.abs() - drawn / 2, px) * (width / drawn).clamp(max=1) ** 0.5


def paint(canvas: Tensor, colour: Tensor, alpha: Tensor) -> Tensor:
    """Lay a colour (n, 3, 1, 1) or picture (n, 3, h, w) over another, with coverage (n, h, w)."""
    return torch.lerp(canvas, colour, alpha.unsqueeze(1))


_GRAIN_SIDE = 512


@cache
def _grain_tile(device: torch.device) -> Tensor:
    source = torch.Generator().manual_seed(0)
    return torch.randn(3, _GRAIN_SIDE, _GRAIN_SIDE, generator=source).to(device)


def grain(seed: Tensor, height: int, width: int) -> Tensor:
    """White noise (n, 3, h, w), unit spread, a window into one fixed tile placed by the seed.

    A tile and not a generator: the same person has the same grain in any batch on any device.
    """
    device = seed.device
    seed = seed.reshape(-1, 1)
    y = (seed * 613 + torch.arange(height, device=device)).long() % _GRAIN_SIDE
    x = (seed * 397 + torch.arange(width, device=device)).long() % _GRAIN_SIDE
    return _grain_tile(device)[:, y[:, :, None], x[:, None, :]].transpose(0, 1)


def bell(level: Tensor) -> Tensor:
    """1 at level 0, falling like exp(-level) to 0 at level 8, for level ≥ 0.

    (1 - x/8)⁸: no exponential, and none of the denormal numbers of its tail, which cost a processor
    more than all the rest of a face.
    """
    t = (1 - level / 8).clamp_min(0)
    t = t * t
    t = t * t
    return t * t


_TILE_SIDE = 256
_TILE_UNITS = 10
"""Coarsest wavelengths that fit on the noise tile."""
_BANDS = (1.0, 0.4, 0.16)
"""Wavelengths of its three bands."""


@cache
def _noise_tile(device: torch.device) -> Tensor:
    """Three bands of smooth noise (1, 3, side + 1, side + 1), unit spread, that tile seamlessly."""
    source = torch.Generator().manual_seed(1)
    white = torch.fft.fft2(torch.randn(3, _TILE_SIDE, _TILE_SIDE, generator=source))
    line = torch.fft.fftfreq(_TILE_SIDE) * _TILE_SIDE
    pace = (line[:, None] ** 2 + line**2).sqrt()
    bands = torch.tensor([_TILE_UNITS / band for band in _BANDS])[:, None, None]
    tile = torch.fft.ifft2(white * torch.exp(-(((pace - bands) / (0.45 * bands)) ** 2))).real
    tile = tile / tile.std((1, 2), keepdim=True)
    # The first row and column once more, so that interpolation runs across the seam.
    return F.pad(tile[None], (0, 1, 0, 1), mode="circular").to(device)


def noise(
    u: Tensor,
    v: Tensor,
    seed: Tensor,
    px: Tensor,
    bands: tuple[float, float, float] = (0.6, 0.6, 0.5),
) -> Tensor:
    """A random field (n, h, w): smooth noise of three wavelengths, 1, 0.4 and 0.16 units.

    Args:
        u, v: coordinates; stretch one to get strands or boards.
        seed: (n, 1, 1), where on the tile each person looks.
        px: size of a pixel in u's units: a band too fine for it fades instead of flickering.
        bands: spread of each band, coarse to fine.
    """
    u, v = torch.broadcast_tensors(u, v)
    across = (u / _TILE_UNITS + seed * 0.1371).remainder(1) * 2 - 1
    down = (v / _TILE_UNITS + seed * 0.3719).remainder(1) * 2 - 1
    tile = _noise_tile(u.device).expand(len(u), -1, -1, -1)
    grid = torch.stack((across, down), -1)
    sampled = F.grid_sample(tile, grid, align_corners=True)
    total = torch.zeros_like(across)
    for band, (wavelength, spread) in enumerate(zip(_BANDS, bands, strict=True)):
        fade = (wavelength / px / 2 - 1).clamp(0, 1) * spread
        total = total + sampled[:, band] * fade
    return total


@cache
def _table(device: torch.device) -> Tensor:
    return torch.rand(1024, generator=torch.Generator().manual_seed(2)).to(device)


def hashed(cell: Tensor, seed: Tensor) -> Tensor:
    """A number in [0, 1) for each whole-numbered cell and seed, the same on any device."""
    return _table(cell.device)[((cell + 512) * 7 + seed.floor() * 131).long() % 1024]
