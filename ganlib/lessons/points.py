"""Noise to points: the smallest problem with the interface that `objectives` describes.

Batches hold "real" (N, S, d), "noise" (N, S, latent) and "mix" (N, S): S independent runs of N
points of d coordinates, each run with its own networks in the stacks (`mlps.MLP`). Every term is a
sum over runs of that run's own mean, so a run's slopes, and with Adam its whole course, are those
that it would have alone. (Not with `TrainConfig.clip`, which measures all weights together.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError
from ganlib.core.losses import game
from ganlib.lessons.mlp import MLP
from ganlib.core.objectives import Objective
from ganlib.core.objectives.base import Terms
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.core.config import Schedule
from ganlib.lessons.toys import Gaussian1D, Mixture

Points = dict[str, Tensor]
Weight = float | Schedule


@dataclass(frozen=True)
class ToyConfig:
    """The game on points, and what keeps it steady. A weight may be a `Schedule`."""

    game: str = "nonsaturating"
    """A name in `losses.GAN_LOSSES`."""
    packing: int = 1
    """Points of one kind that D judges together, 1 or more; it divides the batch. A D that sees
    several at once sees that they are too alike (Lin et al. 2018)."""
    r1_gamma: Weight = 0.1
    """γ of R1, on D's slope at real points, 0 or more."""
    r1_every: int = 1
    """D steps from one penalty to the next, 1 or more."""
    r2_gamma: Weight = 0.0
    """γ of R2, the same at fake points, 0 or more."""
    gradient_penalty: Weight = 0.0
    """λ of WGAN-GP, with the game "wasserstein"; 0 or more."""

    def __post_init__(self) -> None:
        game(self.game)
        for name in ("packing", "r1_every"):
            whole = getattr(self, name)
            if not isinstance(whole, int):
                raise GanlibError(f"ToyConfig.{name} must be whole, not {whole!r}.")
            if whole < 1:
                raise GanlibError(f"ToyConfig.{name} must be 1 or more, not {whole!r}.")
        for name in ("r1_gamma", "r2_gamma", "gradient_penalty"):
            weight = getattr(self, name)
            if isinstance(weight, dict):  # as JSON has a schedule
                object.__setattr__(self, name, weight := Schedule(**weight))
            if not isinstance(weight, Schedule) and not 0 <= weight < float("inf"):
                raise GanlibError(f"ToyConfig.{name} must be 0 or more, not {weight!r}.")


class NoiseToPoints(Objective):
    """A stack of generators against a stack of discriminators, run by run.

    `generator` maps (S, N, latent) to (S, N, d); `discriminator` takes the coordinates of
    `settings.packing` points at once. GanlibError if the two do not fit each other.
    """

    generator: MLP
    discriminator: MLP
    settings: ToyConfig

    def __init__(
        self, generator: MLP, discriminator: MLP, settings: ToyConfig | None = None
    ) -> None:
        super().__init__(settings or ToyConfig())
        self.generator = generator
        self.discriminator = discriminator
        wanted = generator.config.outputs * self.config.packing
        if discriminator.config.inputs != wanted:
            raise GanlibError(
                f"D takes {discriminator.config.inputs} numbers, but {self.config.packing} "
                f"points of {generator.config.outputs} are {wanted}; give D inputs={wanted}."
            )
        if len(generator.seeds) != len(discriminator.seeds):
            raise GanlibError(
                f"{len(generator.seeds)} generators cannot play {len(discriminator.seeds)} "
                "discriminators one by one; give both stacks as many seeds."
            )

    @property
    def penalty_every(self) -> int:
        """D steps from one call of `penalty` to the next; 0 for never."""
        s = self.config
        return s.r1_every if s.r1_gamma or s.r2_gamma or s.gradient_penalty else 0

    def generators(self) -> list[nn.Parameter]:
        """What G's optimiser moves."""
        return list(self.generator.parameters())

    def discriminators(self) -> list[nn.Parameter]:
        """What D's optimiser moves."""
        return list(self.discriminator.parameters())

    def generate(self, batch: Points) -> Points:
        """{"points": (N, S, d)}."""
        return {"points": self.generator(batch["noise"].transpose(0, 1)).transpose(0, 1)}

    def discriminator_loss(self, batch: Points, outputs: Points) -> Terms:
        """{"game"}."""
        real, fake = self._packs(batch["real"]), self._packs(outputs["points"].detach())
        logits = self.discriminator(torch.cat([real, fake], 1))
        real_logits, fake_logits = logits.chunk(2, 1)
        self.monitors = {
            "real_logit": real_logits.detach().mean(),
            "fake_logit": fake_logits.detach().mean(),
        }
        loss = game(self.config.game).discriminator(real_logits, fake_logits)
        return {"game": len(real) * loss}

    def penalty(self, batch: Points, outputs: Points) -> Terms:
        """{"r1", "r2", "gp"}, those with a weight: each k-fold, k = `penalty_every`, so that its
        mean over k steps is the term times its weight."""
        s, now = self.config, self.weights
        real, fake = self._packs(batch["real"]), self._packs(outputs["points"])
        runs, n, width = real.shape

        def judge(rows: Tensor) -> Tensor:
            return self.discriminator(rows.view(runs, n, width)).flatten()

        # The penalties average over rows; here over those of all runs, which `scale` turns into
        # the sum of the runs' own means.
        rows, fake_rows, scale = real.flatten(0, 1), fake.flatten(0, 1), runs * s.r1_every
        terms = {}
        if s.r1_gamma:
            terms["r1"] = _now(now.r1_gamma) * scale * r1(judge, rows)
        if s.r2_gamma:
            terms["r2"] = _now(now.r2_gamma) * scale * r2(judge, fake_rows)
        if s.gradient_penalty:
            mix = batch["mix"][:: s.packing].transpose(0, 1).flatten()
            gap = wgan_gp(judge, rows, fake_rows, mix)
            terms["gp"] = _now(now.gradient_penalty) * scale * gap
        return terms

    def generator_loss(self, batch: Points, outputs: Points) -> Terms:
        """{"game"}."""
        rules = game(self.config.game)
        logits = [self.discriminator(self._packs(outputs["points"]))]
        if rules.paired:
            with torch.no_grad():
                logits.append(self.discriminator(self._packs(batch["real"])))
        return {"game": len(logits[0]) * rules.generator(*logits)}

    def _packs(self, points: Tensor) -> Tensor:
        """What D judges: (N, S, d) to (S, N / packing, packing · d), neighbours in one pack."""
        n, runs, coordinates = points.shape
        pack = self.config.packing
        if n % pack:
            raise GanlibError(f"{n} points do not fall into packs of {pack}; change the batch.")
        return points.transpose(0, 1).reshape(runs, n // pack, coordinates * pack)


def _now(weight: Weight) -> float:
    assert not isinstance(weight, Schedule), "the trainer settles schedules before each step"
    return weight


class PointSampler:
    """Batches for S runs: fresh points of a distribution, divided by `unit`, and normal noise.

    Run s draws from its own numbers, decided by `seeds[s]` and by torch's global random numbers. So
    a run gets the same batches in whatever company, and a resumed run those it would have had.
    """

    def __init__(
        self,
        truth: Gaussian1D | Mixture,
        latent: int,
        seeds: Sequence[int],
        unit: float = 1.0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.truth = truth
        self.latent = latent
        self.seeds = tuple(seeds)
        self.unit = unit
        self.device = device

    def __call__(self, n: int) -> Points:
        """{"real" (n, S, d), "noise" (n, S, latent), "mix" (n, S)}, in float32; the noise is
        N(0, 1), the mix uniform in [0, 1)."""
        step = int(torch.randint(2**62, ()))
        # An odd constant spreads neighbouring seeds, as in `runtime.seed_step`.
        generators = [
            torch.Generator().manual_seed((step + seed * 0xD6E8FEB86659FD93) % 2**63)
            for seed in self.seeds
        ]
        batch = {
            "real": [self.truth.sample(n, g) / self.unit for g in generators],
            "noise": [torch.randn(n, self.latent, generator=g) for g in generators],
            "mix": [torch.rand(n, generator=g) for g in generators],
        }
        return {name: torch.stack(runs, 1).to(self.device) for name, runs in batch.items()}
