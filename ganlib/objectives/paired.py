"""Twins known; and the game and its penalties, which other problems take over."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlib.augment import diff_augment
from ganlib.distributed import joined
from ganlib.errors import GanlibError
from ganlib.losses import game
from ganlib.network import Network
from ganlib.objectives.interface import Images, Objective, Terms
from ganlib.objectives.settings import ObjectiveSettings
from ganlib.penalties import r1, r2, wgan_gp
from ganlib.pool import ImagePool
from ganlib.probe import Probe
from ganlib.reconstruction import distance, perceptual, total_variation


class PairedTranslation(Objective):
    """Twins known: L1 to the true drawing, and a game for the sharpness that L1 averages away.

    Batches hold "photo" and "anime", row i of one the twin of row i of the other.
    """

    generator: Network
    settings: ObjectiveSettings
    weights: ObjectiveSettings

    def __init__(
        self,
        generator: Network,
        discriminator: nn.Module,
        settings: ObjectiveSettings | None = None,
        tones: nn.Module | None = None,
        reader: Probe | None = None,
    ) -> None:
        """`tones` carries photographs' low frequencies over to drawings (`reconstruction.Tones` or
        `exposure.ExposedTones`); None compares them as they are. Paired training has no use for it.
        `reader`, which is frozen, is what the perceptual term sees with; not the probe that
        measures."""
        settings = settings or ObjectiveSettings()
        self.check(settings)
        if bool(settings.perceptual) != (reader is not None):
            raise GanlibError(
                "a perceptual term needs a reader, a probe that it sees with; and without that "
                "term a reader has nothing to do."
            )
        super().__init__(settings)
        self.generator = generator
        self.discriminator = discriminator
        self.tones = tones
        # Batch norm in eval mode: what is seen of a picture depends on no other.
        self.reader = reader and reader.eval().requires_grad_(False)
        self.pool = self._make_pool(generator)

    @staticmethod
    def check(settings: ObjectiveSettings) -> None:
        """GanlibError for settings that the problem's batches cannot serve; here there are none."""

    def _make_pool(self, generator: Network) -> ImagePool | None:
        if not self.settings.pool:
            return None
        size = generator.settings.size
        return ImagePool(self.settings.pool, (3, size, size))

    @property
    def penalty_every(self) -> int:
        """D steps from one call of `penalty` to the next; 0 for never."""
        s = self.settings
        wanted = s.adversarial and (s.r1_gamma or s.r2_gamma or s.gradient_penalty)
        return s.r1_every if wanted else 0

    def generators(self) -> list[nn.Parameter]:
        """What G's optimiser moves."""
        return list(self.generator.parameters())

    def discriminators(self) -> list[nn.Parameter]:
        """What D's optimiser moves."""
        return list(self.discriminator.parameters())

    def generate(self, batch: Images) -> Images:
        """{"anime": translations of batch["photo"]}."""
        return {"anime": self.generator(batch["photo"])}

    def fakes(self, outputs: Images) -> list[Tensor]:
        """The translations that D compares with drawings, one batch for each kind."""
        return [outputs["anime"]]

    def discriminator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"game"}: drawings against translations."""
        if not self.settings.adversarial:
            return {}
        fakes = self.fakes(outputs)
        return {"game": self._judge(self.discriminator, batch["anime"], fakes, self.pool)}

    def penalty(self, batch: Images, outputs: Images) -> Terms:
        """{"r1", "r2", "gp"}, those with a weight: each k-fold, k = `penalty_every`, so that its
        mean over k steps is the term times its weight."""
        fakes = torch.cat(self.fakes(outputs))
        return self._slopes(self.discriminator, batch["anime"], fakes)

    def generator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"paired", "perceptual", "game", "total_variation"}, those with a weight."""
        terms = self._persuade(self.discriminator, self.fakes(outputs), batch["anime"])
        if self.settings.paired:
            missed = distance(self.settings.distance)(outputs["anime"], batch["anime"])
            terms["paired"] = self.weight("paired") * missed
        if self.reader is not None:
            missed = perceptual(outputs["anime"], batch["anime"], self.reader.levels)
            terms["perceptual"] = self.weight("perceptual") * missed
        return terms | self._rough(outputs)

    def _rough(self, outputs: Images) -> Terms:
        if not self.settings.total_variation:
            return {}
        rough = total_variation(torch.cat(self.fakes(outputs)))
        return {"total_variation": self.weight("total_variation") * rough}

    def _judge(
        self,
        discriminator: Callable[[Tensor], Tensor],
        real: Tensor,
        fakes: list[Tensor],
        pool: ImagePool | None = None,
    ) -> Tensor:
        # One pass over both: half as many kernels, and the same function as two passes, because
        # nothing in D mixes the rows of a batch.
        fake, parts = torch.cat(fakes), [len(kind) for kind in fakes]
        images = torch.cat([real, pool(fake, parts) if pool else fake.detach()])
        logits = discriminator(diff_augment(images, self.settings.augment, (len(real), *parts)))
        real_logits, fake_logits = logits.split([len(real), len(fake)])
        self.monitors = {
            "real_logit": real_logits.detach().float().mean(),
            "fake_logit": fake_logits.detach().float().mean(),
        }
        rules = game(self.settings.game, self.settings.label_smoothing)
        return rules.discriminator(real_logits, fake_logits)

    def _slopes(
        self,
        discriminator: Callable[[Tensor], Tensor],
        real: Tensor,
        fake: Tensor,
        way: str = "",
    ) -> Terms:
        s = self.settings
        terms = {}
        if s.r1_gamma:
            terms[f"r1{way}"] = self.weight("r1_gamma") * s.r1_every * r1(discriminator, real)
        if s.r2_gamma:
            terms[f"r2{way}"] = self.weight("r2_gamma") * s.r1_every * r2(discriminator, fake)
        if s.gradient_penalty:
            weight = self.weight("gradient_penalty") * s.r1_every
            mix = joined(lambda rows: torch.rand(rows, device=real.device), (len(real),))
            terms[f"gp{way}"] = weight * wgan_gp(discriminator, real, fake, mix)
        return terms

    def _persuade(
        self,
        discriminator: Callable[[Tensor], Tensor],
        fakes: list[Tensor],
        real: Tensor,
        way: str = "",
    ) -> Terms:
        if not self.settings.adversarial:
            return {}
        rules = game(self.settings.game)
        parts = [len(kind) for kind in fakes]
        seen = diff_augment(torch.cat(fakes), self.settings.augment, parts)
        logits = [discriminator(seen)]
        if rules.paired:
            with torch.no_grad():
                logits.append(discriminator(diff_augment(real, self.settings.augment)))
        return {f"game{way}": self.weight("adversarial") * rules.generator(*logits)}
