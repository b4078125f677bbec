"""Noise to points: the smallest problem with the face that `objectives` describes.

Batches hold "noise" (S, N, latent) and "real" (S, N, 2): S independent runs of N points, each run
with its own networks in the stacks (`mlps.MLP`). Every term is a sum over runs of that run's own
mean, so a run's slopes, and with Adam its whole course, are those it would have alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from ganlib.errors import GanlibError
from ganlib.losses import game
from ganlib.mlps import MLP
from ganlib.penalties import r1
from ganlib.toys import Gaussian1D, Mixture

Points = dict[str, Tensor]
Terms = dict[str, Tensor]


@dataclass(frozen=True)
class ToySettings:
    """The game on points, and what keeps it steady."""

    game: str = "nonsaturating"
    """A name in `losses.GAMES`."""
    packing: int = 1
    """Points of one kind that D judges together, 1 or more; it divides the batch. A D that sees
    several at once sees that they are too alike (Lin et al. 2018)."""
    r1_gamma: float = 0.1
    """γ of R1, on D's slope at real points, 0 or more."""
    r1_every: int = 1
    """D steps from one R1 to the next, 1 or more."""
    r2_gamma: float = 0.0
    """γ of the same penalty at fake points, 0 or more, in every step (Mescheder et al. 2018)."""

    def __post_init__(self) -> None:
        game(self.game)
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name.endswith("gamma") else 1
            if not isinstance(value, str) and not least <= value < float("inf"):
                raise GanlibError(
                    f"ToySettings.{field.name} must be {least} or more, not {value!r}."
                )


class Toy2D(nn.Module):
    """A stack of generators against a stack of discriminators, run by run.

    D's `inputs` are the points' coordinates times `settings.packing`; GanlibError if they are not.
    """

    def __init__(
        self, generator: MLP, discriminator: MLP, settings: ToySettings | None = None
    ) -> None:
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.settings = settings or ToySettings()
        self.monitors: Terms = {}
        wanted = generator.settings.outputs * self.settings.packing
        if discriminator.settings.inputs != wanted:
            raise GanlibError(
                f"D takes {discriminator.settings.inputs} numbers, but {self.settings.packing} "
                f"points of {generator.settings.outputs} are {wanted}; give D inputs={wanted}."
            )

    @property
    def penalty_every(self) -> int:
        """D steps from one call of `penalty` to the next; 0 for never."""
        return self.settings.r1_every if self.settings.r1_gamma else 0

    def generators(self) -> list[nn.Parameter]:
        """What G's optimiser moves."""
        return list(self.generator.parameters())

    def discriminators(self) -> list[nn.Parameter]:
        """What D's optimiser moves."""
        return list(self.discriminator.parameters())

    def generate(self, batch: Points) -> Points:
        """{"points": (S, N, 2)}."""
        return {"points": self.generator(batch["noise"])}

    def discriminator_loss(self, batch: Points, outputs: Points) -> Terms:
        """{"game"}, and {"r2"} with a γ for it."""
        real, fake = batch["real"], outputs["points"].detach()
        logits = self._judge(torch.cat([real, fake], 1))
        real_logits, fake_logits = logits.chunk(2, 1)
        self.monitors = {
            "real_logit": real_logits.detach().mean(),
            "fake_logit": fake_logits.detach().mean(),
        }
        loss = game(self.settings.game).discriminator(real_logits, fake_logits)
        terms = {"game": len(real) * loss}
        if self.settings.r2_gamma:
            terms["r2"] = self.settings.r2_gamma * self._slope(fake)
        return terms

    def penalty(self, batch: Points) -> Terms:
        """{"r1"}: γ·k·R1 on the real points, so that its mean over k steps is γ·R1."""
        weight = self.settings.r1_gamma * self.settings.r1_every
        return {"r1": weight * self._slope(batch["real"])}

    def generator_loss(self, batch: Points, outputs: Points) -> Terms:
        """{"game"}."""
        logits = self._judge(outputs["points"])
        return {"game": len(logits) * game(self.settings.game).generator(logits)}

    def _judge(self, points: Tensor) -> Tensor:
        runs, n, coordinates = points.shape
        pack = self.settings.packing
        if n % pack:
            raise GanlibError(f"{n} points do not fall into packs of {pack}; change the batch.")
        return self.discriminator(points.reshape(runs, n // pack, coordinates * pack))

    def _slope(self, points: Tensor) -> Tensor:
        # The penalty averages over everything that D judges, in all runs; a pack is one such thing.
        runs, pack = len(points), self.settings.packing
        packs = points.reshape(-1, points.shape[2] * pack)
        return runs * r1(lambda x: self.discriminator(x.view(runs, -1, x.shape[1])), packs)


class PointFeed:
    """Batches for S runs: fresh points of a distribution, divided by `unit`, and normal noise.

    Run s draws from its own numbers, decided by `seeds[s]` and by torch's global seed of the
    moment, which the trainer sets anew for each step. So a run gets the same batches in whatever
    company, and a resumed run those it would have had.
    """

    def __init__(
        self, truth: Gaussian1D | Mixture, latent: int, seeds: Sequence[int], unit: float = 1.0
    ) -> None:
        self.truth = truth
        self.latent = latent
        self.seeds = tuple(seeds)
        self.unit = unit

    def __call__(self, n: int) -> Points:
        """{"real": (S, n, d), "noise": (S, n, latent)}, on the CPU, in float32."""
        generators = [self._generator(seed) for seed in self.seeds]
        real = torch.stack([self.truth.sample(n, g) for g in generators]) / self.unit
        noise = [torch.randn(n, self.latent, generator=g) for g in generators]
        return {"real": real, "noise": torch.stack(noise)}

    @staticmethod
    def _generator(seed: int) -> torch.Generator:
        # An odd constant spreads neighbouring seeds, as in `runtime.seed_step`.
        return torch.Generator().manual_seed(
            (torch.initial_seed() + seed * 0xD6E8FEB86659FD93) % 2**63
        )
