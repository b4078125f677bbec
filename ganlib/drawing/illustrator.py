"""The illustrator: photograph in, drawings in several styles out. It decides what lies where before
it draws, as an illustrator sketches first: lines that may lie here or there come out blurred, those
about a part that was decided on do not. What is decided is a layout of parts, as in translation
from label maps to images (Isola et al. 2017; Wang et al. 2018), and is learnt from true ones."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d, pixel_unshuffle, silu

from ganlib.core.networks import base
from ganlib.core.networks.translator import EncoderDecoder, start_small
from ganlib.drawing.parts import PARTS

SURE = 8.0
"""Factor of the parts' logits: what is likelier is nearly certain, and borders stay smooth."""
ONE_SIDED = 0.3
"""Of a beard, or creases: the smaller of its halves, left and right in the face, over the larger.
True ones are above it (166 of 168 beards, creases of 158 people of 158); what lies below is a
shadow that was taken for them."""
SPARSE = 0.02
"""Of a beard, over the face that it leaves bare: less is a stain beside the mouth (164 of 168 true
ones have more)."""
FACE, BEARD, CREASES, NOSE, WORN = (
    list(PARTS).index(part) for part in ("face", "beard", "creases", "nose", "worn")
)
SHORTEST = {"creases": 7, "nose": 7, "eye lines": 5, "beard": 8, "worn": 6}
"""Part -> the least width or height of a piece, in squares of which a layout has 128 to a side.
Shorter ones are seldom where true ones are (of beards a fifth, of what is worn a twentieth), or
beside a longer one; drawn, they are specks and stains."""
HANGING = [list(PARTS).index(part) for part in ("hair", "cover", "cloth")]
"""Parts of one piece in 261 of 264 true layouts: hair and covers from above, clothes from below."""
COVERED = 0.44
"""Of hair and cover in the upper half of a layout: the least share that is a cover. In true ones it
is over 0.75, or under 0.12 (a ribbon); below this it is hair that was taken for a cap."""
GRID = 64  # squares to a side, and so steps, in which pieces are followed
HALVINGS = 8  # of the range in which a median is sought: it is found to 1 of 256 levels
COARSE = 4
"""Side of the squares over which pens see features: how things look, and not where lines are."""


@dataclass(frozen=True)
class IllustratorConfig:
    size: int = 256  # side of the images it is trained on, pixels; a multiple of 4 x patch
    patch: int = 4  # side of the squares folded into channels: 2 or 4
    width: int = 48  # channels at the finest level, a multiple of 8
    blocks: int = 4  # residual blocks at the coarsest level
    styles: int = 3  # each drawn by its own pen
    parts: int = 16  # kinds of parts that a layout tells apart

    def __post_init__(self) -> None:
        base.check_range(self, width=(8, 512, 8), blocks=(1, 32), styles=(1, 64), parts=(2, 64))
        base.check_range(self, patch=(2, 4, 2))
        base.check_range(self, size=(8, 4096, self.unit))

    @property
    def unit(self) -> int:
        """What the sides of images are multiples of, pixels."""
        return 4 * self.patch


class Pen(nn.Module):
    """Draws in one style: features, photographs and, at half their side, layout and palette ->
    drawings. A draft of patches, then layers that see draft and photograph folded 2 x 2."""

    def __init__(self, config: IllustratorConfig) -> None:
        super().__init__()
        conv, laid = partial(nn.Conv2d, kernel_size=3, padding=1), config.parts + 3
        patch, wide = config.patch, 2 * config.width
        self.fold = patch // 2
        first = conv(config.width + laid * patch**2 // 4, wide)
        convs = [first, nn.SiLU(), conv(wide, wide), nn.SiLU(), conv(wide, 3 * patch**2)]
        self.draft = nn.Sequential(*convs, nn.PixelShuffle(patch))
        convs = [conv(24 + laid, 64), nn.SiLU(), conv(64, 64), nn.SiLU(), conv(64, 12)]
        self.refine = nn.Sequential(*convs, nn.PixelShuffle(2))
        for last in (self.draft[4], self.refine[4]):
            start_small(last, 0.1)

    def forward(self, features: Tensor, photo: Tensor, laid: Tensor) -> Tensor:
        draft = self.draft(torch.cat([features, pixel_unshuffle(laid, self.fold)], 1))
        folded = pixel_unshuffle(torch.cat([draft, photo], 1), 2)
        return draft + self.refine(torch.cat([folded, laid], 1))


class Illustrator(EncoderDecoder):
    """Photographs (N, 3, H, W) in [-1, 1] and "style" (k N, styles), weights of the pens, to k
    drawings of each: (k N, 3, H, W), clamped to [-1, 1] but in training mode. None will do for one
    style. With true layouts "parts" (N, parts, H / 2, W / 2), shares from 0 to 1, it draws by
    those, but for photographs that "own" (N, 1, 1, 1) marks, and gives (drawings, logits of its own
    layout); what lies where is then learnt from true layouts alone."""

    kind = "illustrator"
    Config = IllustratorConfig
    normed = True

    def __init__(self, config: IllustratorConfig | None = None) -> None:
        super().__init__(config)
        config = self.config
        conv, wide = partial(nn.Conv2d, kernel_size=3, padding=1), 2 * config.width
        last, shuffle = conv(wide, config.parts * config.patch**2 // 4), config.patch // 2
        layers = [nn.SiLU(), conv(config.width, wide), nn.SiLU(), last, nn.PixelShuffle(shuffle)]
        self.layout = nn.Sequential(*layers)
        self.pens = nn.ModuleList(Pen(config) for _ in range(config.styles))

    def forward(
        self, photo: Tensor, style: Any = None, parts: Any = None, own: Any = None
    ) -> Tensor | tuple[Tensor, Tensor]:
        features = self.features(photo)
        logits = self.layout(features)
        if parts is None:
            layout = settled(logits) if self.config.parts == len(PARTS) else self.decided(logits)
        elif own is None:
            layout = parts
        else:
            layout = torch.where(own, self.decided(logits.detach()), parts)
        laid = torch.cat([layout, median_colours(photo, layout)], 1).to(features.dtype)
        # Features as fine as lines would tell where a line was in training, and be believed.
        coarse = avg_pool2d(silu(features), COARSE)
        seen = interpolate(coarse, scale_factor=float(COARSE), mode="bilinear")
        drawn = mixed([pen(seen, photo, laid) for pen in self.pens], style)
        drawn = drawn if self.training else drawn.clamp(-1, 1)
        return drawn if parts is None else (drawn, logits)

    @staticmethod
    def decided(logits: Tensor) -> Tensor:
        """Shares of the parts, nearly all 0 or 1 but at borders: (N, parts, h, w)."""
        precise = logits.to(torch.promote_types(logits.dtype, torch.float32))
        fine = interpolate(precise, scale_factor=2.0, mode="bilinear")
        return avg_pool2d((SURE * fine).softmax(1), 2)


def settled(logits: Tensor) -> Tensor:
    """The layout (N, parts, h, w) that is drawn by in use: what is learnt, mended by rules."""
    for rule in (bareheaded, ringless, joined, unspecked):  # hair may hang on ear-rings
        logits = rule(logits, Illustrator.decided(logits))
    return both_sided(Illustrator.decided(logits))


def without(logits: Tensor, barred: dict[int, Tensor]) -> Tensor:
    """Logits (N, parts, h, w) of a layout in which parts are not where their maps are 1."""
    out = [*logits.unbind(1)]
    for part, where in barred.items():
        out[part] = out[part] - 50 * where
    return torch.stack(out, 1)


def bareheaded(logits: Tensor, layout: Tensor) -> Tensor:
    """Logits (N, parts, h, w) of a layout without cover, if too little of the head has one."""
    hair, cover = (layout[:, part, : layout.shape[2] // 2].sum((1, 2)) for part in HANGING[:2])
    bare = (cover < COVERED * (hair + cover)).to(logits.dtype)
    return without(logits, {HANGING[1]: bare[:, None, None]})


def joined(logits: Tensor, layout: Tensor) -> Tensor:
    """Logits (N, parts, h, w) of a layout without pieces of hair, cover or cloth that hang on
    nothing: lumps under ears, rags of background. What is next likely takes their places."""
    seen = (avg_pool2d(layout[:, HANGING], max(layout.shape[-2] // GRID, 1)) > 0.3).to(layout.dtype)
    held, upper = torch.zeros_like(seen), seen.shape[2] // 2
    held[:, :2, :upper], held[:, 2, -1] = seen[:, :2, :upper], seen[:, 2, -1]
    for _ in range(GRID):
        held = seen * max_pool2d(held, 3, 1, 1)
    loose = interpolate(seen - held, logits.shape[-2:])
    return without(logits, dict(zip(HANGING, loose.unbind(1), strict=True)))


def places(layout: Tensor, dim: int) -> Tensor:
    """Numbers of the rows, (h, 1), for dim 2, or of the columns, (w,), of maps (N, parts, h, w)."""
    line = torch.arange(layout.shape[dim], device=layout.device, dtype=layout.dtype)
    return line[:, None] if dim == 2 else line


def centre(share: Tensor, at: Tensor) -> Tensor:
    """The mean row or column, (N, 1, 1), of what maps (N, h, w) show; `at` as from `places`."""
    return (share * at).sum((1, 2), True) / share.sum((1, 2), True).clamp(min=1e-6)


def ringless(logits: Tensor, layout: Tensor) -> Tensor:
    """Logits (N, parts, h, w) of a layout without ear-rings, which is what is worn below the nose.
    A thin ring that may hang here or there is laid out as a lobe, and drawn as a rag of skin."""
    row, nose = places(layout, 2), layout[:, NOSE]
    below = (row > centre(nose, row)) * nose.new_ones(layout.shape[3])
    return without(logits, {WORN: below * (nose.sum((1, 2), True) > 1)})


def unspecked(logits: Tensor, layout: Tensor) -> Tensor:
    """Logits (N, parts, h, w) of a layout without pieces that are shorter than `SHORTEST`. What is
    next likely takes their places."""
    height, width = layout.shape[2:]
    parts = [list(PARTS).index(name) for name in SHORTEST]
    least = [length * height / 128 for length in SHORTEST.values()]
    seen = (layout[:, parts] > 0.3).to(layout.dtype)
    row, column = (places(layout, dim).expand(height, width) for dim in (2, 3))
    # How far a piece goes to each side, as seen from its squares: places spread within it. They
    # are moved by `above`, as outside of all pieces is 0.
    above, reached = float(height + width), []
    for place in (row, -row, column, -column):
        far = seen * (place + above)
        for _ in range(int(max(least))):
            far = seen * max_pool2d(far, 3, 1, 1)
        reached.append(far - above)
    down, up, right, left = reached
    longest = 1 + torch.maximum(down + up, right + left)
    limits = torch.tensor(least, device=layout.device, dtype=layout.dtype)
    short = seen * (longest < limits[:, None, None])
    # Around a piece the part is likely, too.
    near = max_pool2d(short, 3, 1, 1) * (1 - (seen - short))
    return without(logits, dict(zip(parts, near.unbind(1), strict=True)))


def both_sided(layout: Tensor) -> Tensor:
    """A layout (N, parts, h, w): a beard, or creases, on one side of a face alone (`ONE_SIDED`)
    become face; so do beards of next to nothing (`SPARSE`)."""
    channels = [*layout.unbind(1)]
    column = places(layout, 3)
    for part, least in ((BEARD, SPARSE), (CREASES, 0.0)):
        it, both = channels[part], channels[part] + channels[FACE]
        left = (it * (column < centre(both, column))).sum((1, 2), True)
        right = it.sum((1, 2), True) - left
        seen = torch.minimum(left, right) > ONE_SIDED * torch.maximum(left, right)
        kept = it * (seen & (left + right > least * channels[FACE].sum((1, 2), True)))
        channels[FACE], channels[part] = both - kept, kept
    return torch.stack(channels, 1)


def median_colours(photo: Tensor, layout: Tensor) -> Tensor:
    """The palette: photographs (N, 3, 2h, 2w) in [-1, 1] and layouts (N, parts, h, w) -> each
    part in its median of every channel, (N, 3, h, w), as seen in 4 x 4 pixels. Norms take colours
    out of features, so pens are given them; folds and prints move a mean."""
    colours, share = avg_pool2d(photo, 4).flatten(2), avg_pool2d(layout, 2).flatten(2)
    half = 0.5 * share.sum(2)[..., None]
    median = photo.new_zeros(*half.shape[:2], 3)
    for step in range(1, HALVINGS + 1):
        below = colours[:, None] < median[..., None]
        count = (share[:, :, None] * below).sum(3)
        median = median + torch.where(count < half, 0.5**step, -(0.5**step))
    return torch.einsum("npc,nphw->nchw", median, layout)


def mixed(drawn: list[Tensor], style: Any) -> Tensor:
    """Drawings (N, 3, H, W) of each style, weighted by "style" (k N, styles): (k N, 3, H, W). None
    will do if there is one style."""
    n, styles = drawn[0].shape[0], len(drawn)  # len(drawn[0]) would fix the batch in an export
    if style is None and styles == 1:
        style = torch.ones(n, 1, device=drawn[0].device)  # float32, whatever pens compute in
    k = 1 if style is None else max(style.shape[0] // n, 1)
    base.check_shape("style", style, styles, n=k * n)
    each = [drawing.repeat_interleave(k, 0) for drawing in drawn]
    return torch.stack([*map(torch.mul, style.t()[..., None, None, None], each)]).sum(0)
