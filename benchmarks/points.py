"""Noise to points: GANs so small that many are trained side by side, one run for each seed.

Batches hold "real" (N, S, d), "noise" (N, S, latent) and "mix" (N, S): N points of d coordinates
for each of S runs, whose networks are stacks (`mlp.MLP`). Every term is a sum over runs of that
run's own mean, so a run's gradients, and with Adam its whole course, are those it would have alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganlib.core.config import LossName, TrainConfig, Weight, check_fields, require
from ganlib.core.errors import GanlibError
from ganlib.core.losses import gan_loss
from ganlib.core.networks.base import NEGATIVE_SLOPE
from ganlib.core.objectives import Batch, Objective, Terms
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import TOYS, Gaussian1D, Mixture
from ganlib.pipelines.build import BUILDERS, Parts
from ganlib.pipelines.problems import Problem


@dataclass(frozen=True)
class PointsLoss:
    """The adversarial loss on points and its penalties. A weight may be a `Schedule`."""

    loss: LossName = "nonsaturating"  # adversarial loss of both networks (core/losses.py)
    adversarial_weight: ClassVar[float] = 1.0  # no option: there is no other term
    packing: int = 1  # points that D sees at once (Lin et al. 2018); it divides the batch
    r1_gamma: Weight = 0.1  # γ of R1, at real points; 0 for none
    r2_gamma: Weight = 0.0  # γ of R2, at fakes; 0 for none
    gradient_penalty: Weight = 0.0  # λ of WGAN-GP, with the loss wasserstein
    penalty_every: int = 1  # steps of D from one penalty to the next

    def __post_init__(self) -> None:
        check_fields(self, "packing", "penalty_every")


@dataclass(frozen=True)
class PointsShape:
    """Sizes of the multilayer perceptrons."""

    latent: int = 2  # numbers of noise that a point is made from
    width: int = 64  # units of a hidden layer, in both networks
    depth_g: int = 3  # hidden layers of G; a deep one has large gradients
    depth_d: int = 3  # hidden layers of D
    negative_slope: float = NEGATIVE_SLOPE  # of G's leaky ReLUs; 0 is ReLU


@dataclass(frozen=True)
class PointsConfig(Problem):
    """Noise to a distribution in the plane, one run for each seed. Networks see coordinates divided
    by `Mixture.spread`."""

    distribution: str = "ring"  # a name in `toys.TOYS`
    seeds: tuple[int, ...] = (0,)  # each decides its run's initial weights and points
    network: PointsShape = PointsShape()
    loss: PointsLoss = PointsLoss()
    train: TrainConfig = TrainConfig(precision="fp32")  # counts points of one run

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "distribution", self.distribution in TOYS, f"one of {', '.join(TOYS)}")


class NoiseToPoints(Objective):
    """A stack of generators against a stack of discriminators, run by run.

    `generator` maps (S, N, latent) to (S, N, d); `discriminator` takes the coordinates of
    `config.packing` points at once. GanlibError if the two do not fit each other.
    """

    generator: MLP

    def __init__(self, g: MLP, d: MLP, config: PointsLoss | None = None) -> None:
        super().__init__(g, d, config or PointsLoss())
        wanted = g.config.outputs * self.config.packing
        if d.config.inputs != wanted:
            raise GanlibError(f"D takes {d.config.inputs} numbers; give D inputs={wanted}.")
        if len(g.seeds) != len(d.seeds):
            stacks = f"{len(g.seeds)} generators and {len(d.seeds)} discriminators"
            raise GanlibError(f"{stacks} are not trained one by one; give both as many seeds.")

    def generate(self, batch: Batch) -> Batch:
        """{"points": (N, S, d)}."""
        return {"points": self.generator(batch["noise"].transpose(0, 1)).transpose(0, 1)}

    def discriminator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        real, fake = self.packs(batch["real"]), self.packs(fakes["points"].detach())
        real_logits, fake_logits = self.discriminator(torch.cat([real, fake], 1)).chunk(2, 1)
        self.monitors = {
            "real_logit": real_logits.detach().mean(),
            "fake_logit": fake_logits.detach().mean(),
        }
        loss = gan_loss(self.config.loss).discriminator(real_logits, fake_logits)
        return {"adversarial": len(real) * loss}

    def penalty(self, batch: Batch, fakes: Batch) -> Terms:
        """{"r1", "r2", "gp"}, those with a weight: each k-fold, k = `penalty_every`, so that its
        mean over k steps is the term times its weight."""
        config, now, terms = self.config, self.now, {}
        real, fake = self.packs(batch["real"]), self.packs(fakes["points"])
        runs, n, width = real.shape

        def score(rows: Tensor) -> Tensor:
            return self.discriminator(rows.view(runs, n, width)).flatten()

        # The penalties average over rows; here over those of all runs, which `scale` turns into
        # the sum of the runs' own means.
        rows, fake_rows = real.flatten(0, 1), fake.flatten(0, 1)
        scale = runs * config.penalty_every
        if config.r1_gamma:
            terms["r1"] = now.r1_gamma * scale * r1(score, rows)
        if config.r2_gamma:
            terms["r2"] = now.r2_gamma * scale * r2(score, fake_rows)
        if config.gradient_penalty:
            mix = batch["mix"][:: config.packing].transpose(0, 1).flatten()
            terms["gp"] = now.gradient_penalty * scale * wgan_gp(score, rows, fake_rows, mix)
        return terms

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        loss = gan_loss(self.config.loss)
        logits = [self.discriminator(self.packs(fakes["points"]))]
        if loss.relativistic:
            with torch.no_grad():
                logits.append(self.discriminator(self.packs(batch["real"])))
        return {"adversarial": len(logits[0]) * loss.generator(*logits)}

    def packs(self, points: Tensor) -> Tensor:
        """What D sees: (N, S, d) to (S, N / packing, packing · d), neighbours in one pack."""
        (n, runs, coordinates), pack = points.shape, self.config.packing
        if n % pack:
            raise GanlibError(f"{n} points do not fall into packs of {pack}; change the batch.")
        return points.transpose(0, 1).reshape(runs, n // pack, coordinates * pack)


class PointSampler:
    """Batches for S runs: fresh points of a distribution, divided by `unit`, and normal noise. What
    run s gets is decided by `seeds[s]` and torch's global random numbers, whatever the other runs.
    """

    def __init__(
        self,
        truth: Gaussian1D | Mixture,
        latent: int,
        seeds: Sequence[int],
        unit: float = 1.0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.truth, self.latent, self.seeds = truth, latent, tuple(seeds)
        self.unit, self.device = unit, device

    def __call__(self, n: int) -> Batch:
        """n points of each kind for each run; the noise is N(0, 1), the mix uniform in [0, 1)."""
        step = int(torch.randint(2**62, ()))
        # An odd constant spreads neighbouring seeds, as in `device.seed_step`.
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


def _points(config: PointsConfig, where: torch.device, *_: Any) -> Parts:
    shape, truth, packing = config.network, TOYS[config.distribution](), config.loss.packing
    g = MLPConfig(shape.latent, 2, shape.width, shape.depth_g, shape.negative_slope)
    d = MLPConfig(2 * packing, 1, shape.width, shape.depth_d)
    # Two numbers for each seed: with equal ones G and D would start alike.
    objective = NoiseToPoints(
        MLP(g, [2 * seed for seed in config.seeds]),
        MLP(d, [2 * seed + 1 for seed in config.seeds]),
        config.loss,
    )
    sampler = PointSampler(truth, shape.latent, config.seeds, truth.spread, where)
    return Parts(objective, sampler, {})


BUILDERS[PointsConfig] = _points
