"""Portraits, as a problem: what their generator and both discriminators minimise."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from ganlib.core.config import AdversarialConfig, LossName, Schedule, Weight
from ganlib.core.networks.base import Network
from ganlib.core.objectives import Batch, Comparison, Objective, Terms
from ganlib.core.parallel import draw_rows
from ganlib.core.reconstruction import edges, l1, perceptual

OWN = 0.2
"""Share of the photographs that G draws by its own layout in training, so that pens meet those."""


@dataclass(frozen=True)
class PortraitLoss(AdversarialConfig):
    """Pairs in several styles: eyes, mouth and lines weigh more than the rest of the picture."""

    loss: LossName = "relativistic"  # adversarial loss: D compares both drawings of a photograph
    adversarial_weight: Weight = Schedule(((60_000, 0.0), (64_000, 0.5)))  # D rests at 0
    r1_gamma: Weight = 3e-6  # γ of R1, on the sum of all patch logits; 0 for none
    augment: str = ""  # what D sees changed: color,translation,cutout or some of them
    paired_weight: Weight = 10.0  # λ, of the L1 to the true drawing, weighted by place
    edge_weight: Weight = 10.0  # of the L1 between differences of neighbouring pixels
    parts_weight: Weight = 1.0  # of the cross-entropy of the layout that G draws by
    feature_weight: Weight = 2.0  # of the L1 between both as D's levels see them, while it trains


def cross_entropy(logits: Tensor, shares: Tensor, counts: Tensor) -> Tensor:
    """-mean Σ count · share · log softmax(logits), of maps (N, parts, H, W) of what lies where. At
    its minimum the softmax is count · share over its sum: what counts much is said in doubt, as a
    nose left out is missed more than one too wide. float32: bfloat16 rounds the nearly certain."""
    surprise = -logits.to(torch.promote_types(logits.dtype, torch.float32)).log_softmax(1)
    return (counts[:, None, None] * shares * surprise).sum(1).mean()


class PortraitTranslation(Objective):
    """Pairs in the "style" (N, styles) that all networks are given. Errors count by "weight"
    (N, 1, H, W); both discriminators' levels compare what drawings show (Wang et al. 2018, sections
    3.2 and 3.3). `coarse` sees them at half the size, how strokes go on; D a random window of half
    the side, how clean they are. G lays out "parts" before it draws (`drawing.illustrator`);
    `counts` (parts,) is what a mistake in each weighs."""

    conditions = ("style",)

    counts: Tensor

    def __init__(
        self, g: Network, d: nn.Module, coarse: nn.Module, config: Any, counts: Tensor
    ) -> None:
        super().__init__(g, d, config)
        self.coarse, self.discriminators = coarse, [d, coarse]
        self.register_buffer("counts", counts, persistent=False)

    def generate(self, batch: Batch) -> Batch:
        photo = batch["photo"]
        own = draw_rows(lambda rows: photo.new_empty(rows, 1, 1, 1).uniform_(), (len(photo),)) < OWN
        drawn, logits = self.generator(photo, batch["style"], batch["parts"], own)
        return {"anime": drawn, "parts": logits}

    def comparisons(self, batch: Batch, fakes: Batch) -> dict[str, Comparison]:
        both = batch["anime"], fakes["anime"]
        half = both[0].shape[-1] // 2
        top, left = torch.randint(half + 1, (2,)).tolist()
        window = [images[..., top : top + half, left : left + half] for images in both]
        views = {"": window, "_coarse": [avg_pool2d(images, 2) for images in both]}
        pairs = zip(self.discriminators, views.items(), strict=True)
        return {
            suffix: Comparison(self.score_with(d, batch), real, [fake])
            for d, (suffix, (real, fake)) in pairs
        }

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        terms, now = super().generator_loss(batch, fakes), self.now
        both = fakes["anime"], batch["anime"]
        terms["paired"] = now.paired_weight * l1(*both, batch["weight"])
        terms["edges"] = now.edge_weight * edges(*both)
        found, true = fakes["parts"], batch["parts"]
        terms["parts"] = now.parts_weight * cross_entropy(found, true, self.counts)
        if now.adversarial_weight and now.feature_weight:
            seen = self.comparisons(batch, fakes).values()
            apart = [
                perceptual(it.fakes[0], it.real, lambda x, d=d: d.features(x, batch["style"])[:-1])
                for d, it in zip(self.discriminators, seen, strict=True)
            ]
            terms["features"] = now.feature_weight * torch.stack(apart).sum()
        return terms
