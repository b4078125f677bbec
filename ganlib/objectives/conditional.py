"""Noise and a wish to image: the game of noise.py, where both players know what was asked for.

Fakes get the conditions of the batch's drawings: they then have the world's own joint frequencies,
and D's two means differ by what was drawn alone.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlib.errors import GanlibError
from ganlib.network import Network
from ganlib.objectives.interface import Images, Terms
from ganlib.objectives.noise import NoiseToImage
from ganlib.objectives.settings import ObjectiveSettings


class ConditionalNoiseToImage(NoiseToImage):
    """G turns noise and a condition into drawings; D judges drawing and condition together.

    Batches hold "anime" and "condition" (N, C). `fixed`, noise (64, latent), and `wishes`,
    conditions (8, C), never change: `samples` shows eight wishes, each in eight drawings.
    """

    wishes: Tensor

    def __init__(
        self,
        generator: Network,
        discriminator: nn.Module,
        settings: ObjectiveSettings | None = None,
        wishes: Tensor | None = None,
    ) -> None:
        """`generator` takes (noise, condition), `discriminator` (images, condition); `wishes` are
        zeros if not given."""
        super().__init__(generator, discriminator, settings)
        if wishes is None:
            wishes = torch.zeros(8, generator.settings.condition)
        # The caller gives them again: a checkpoint need not hold them.
        self.register_buffer("wishes", wishes.clone(), persistent=False)

    @staticmethod
    def check(settings: ObjectiveSettings) -> None:
        """GanlibError for a pool: fakes of the past have lost their conditions."""
        if settings.pool:
            raise GanlibError(
                "a pool keeps past fakes without their conditions, which D needs; set pool to 0."
            )

    def generate(self, batch: Images) -> Images:
        """{"anime": a drawing from noise for each of batch["condition"]}."""
        condition = batch["condition"]
        return {"anime": self.generator(self.noise(len(condition)), condition)}

    def judge(self, batch: Images) -> Callable[[Tensor], Tensor]:
        """D for the batch's conditions: images (k · N, 3, S, S), k blocks in the batch's order, to
        logits (k · N,)."""
        condition = batch["condition"]

        def judge(images: Tensor) -> Tensor:
            blocks = len(images) // len(condition)
            return self.discriminator(images, condition.repeat(blocks, 1))

        return judge

    def discriminator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"game"}: drawings against fakes, each with its condition."""
        return {"game": self._judge(self.judge(batch), batch["anime"], self.fakes(outputs))}

    def penalty(self, batch: Images, outputs: Images) -> Terms:
        """As in `PairedTranslation.penalty`; slopes are by the images, conditions stand still."""
        return self._slopes(self.judge(batch), batch["anime"], outputs["anime"])

    def generator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"game", "total_variation"}, those with a weight."""
        terms = self._persuade(self.judge(batch), self.fakes(outputs), batch["anime"])
        return terms | self._rough(outputs)

    @torch.no_grad()
    def samples(self, generator: nn.Module | None = None) -> Tensor:
        """Drawings (64, 3, S, S) in [-1, 1]: row i of eight has wish i, column j noise j."""
        noise = self.fixed[:8].repeat(8, 1)
        return (generator or self.generator)(noise, self.wishes.repeat_interleave(8, 0))
