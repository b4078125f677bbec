"""The failure clinic: GANs on points that fail in known ways, and the records that show it.

The loop is the plainest there is, written out, so that each mistake can be made in one place. Runs
of several seeds go side by side as a stack (`mlp.MLP`); each has the course it would have alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.core.config import LossName, check_fields, require
from ganlib.core.errors import ConfigError
from ganlib.core.losses import gan_loss
from ganlib.core.penalties import r1, r2
from ganlib.lessons.budget import threads
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Mixture, ModeReport, mode_report, ring

SOFT_RING = Mixture(ring().modes, 0.05)
"""The ring with wider modes than the PacGAN protocol's: a run on it lasts seconds."""


@dataclass(frozen=True)
class ClinicConfig:
    """What decides a run, but for its seed. Both networks have two hidden layers of 32 units."""

    loss: LossName = "nonsaturating"  # not a paired one
    steps: int = 1500  # rounds, 1 or more; in each a step of D, then one of G
    head_start: int = 0  # steps of D alone, before the first round
    lr_g: float = 2e-3  # learning rate of G
    lr_d: float = 2e-3  # learning rate of D
    momentum: float = 0.0  # Adam's β₁, in [0, 1)
    adam_g: bool = True  # whether G is trained by Adam; if not, by plain gradient descent
    gamma: float = 0.0  # γ of R1 and of R2, 0 or more
    detach: bool = True  # whether D's loss is detached from G; if not, its gradient reaches G
    start: float = 0.0  # how far to the right of the origin the first fakes lie
    spread: float = 1.0  # the extent of the first fakes, in that of a usual start; more than 0
    batch: int = 64  # points of each kind in a step, for one run

    def __post_init__(self) -> None:
        if gan_loss(self.loss).paired:
            raise ConfigError("loss", f"of the clinic cannot be the paired {self.loss!r}.")
        check_fields(self, "steps", "batch")
        require(self, "spread", self.spread > 0, "more than 0")


PATIENTS = {
    1: ClinicConfig("minimax", 300, head_start=500, lr_g=1e-3, adam_g=False, start=6.0),
    2: ClinicConfig(momentum=0.9, lr_g=1e-2, lr_d=1e-2),
    3: ClinicConfig("wasserstein", momentum=0.5, spread=0.1),
    4: ClinicConfig("minimax", detach=False),
    5: ClinicConfig(lr_g=1e-5, lr_d=2e-2, head_start=100, start=4.0),
}
"""Five runs, each failing in its own way for every one of ten seeds."""
REMEDIES = {
    1: replace(PATIENTS[1], loss="nonsaturating", adam_g=True, lr_g=2e-3, steps=1500, gamma=0.02),
    2: replace(PATIENTS[2], momentum=0.0, lr_g=5e-3, lr_d=5e-3),
    3: replace(PATIENTS[3], gamma=0.1),
    4: replace(PATIENTS[4], detach=True),
    5: replace(PATIENTS[5], lr_g=2e-3, lr_d=2e-3),
}
"""The same five, each with its remedy. Two take a little more, so that ten seeds of ten recover: 1
a weak penalty, 2 half the learning rates."""


@dataclass(frozen=True)
class Chart:
    """What was recorded of S runs."""

    config: ClinicConfig
    truth: Mixture
    rounds: Tensor  # (T,), after which fakes were drawn; the first is 0
    fakes: Tensor  # (S, T, n, 2), always from the same noise
    d_loss: Tensor  # (steps, S), without penalties
    g_loss: Tensor  # (steps, S)
    gradient: Tensor  # (steps, S), norm of the gradient of G's loss by a fake, mean over fakes
    leak: Tensor  # (steps, S), norm of the gradient that D's own step left in G's weights

    def report(self, run: int = 0, frame: int = -1) -> ModeReport:
        """Modes, quality and reverse KL of one run's fakes."""
        return mode_report(self.fakes[run, frame], self.truth)

    def modes(self) -> list[int]:
        """Modes covered, by each run at its end."""
        return [self.report(run).modes for run in range(len(self.fakes))]


def _batches(truth: Mixture, seeds: Sequence[int], batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Fresh real points and noise for S runs, both (S, batch, 2), without end; what run s gets is
    decided by `seeds[s]` alone."""
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    while True:
        # Many at once: a small draw costs as much time as a large one.
        real = torch.stack([truth.sample(100 * batch, draw) for draw in draws])
        noise = torch.stack([torch.randn(100 * batch, 2, generator=draw) for draw in draws])
        yield from zip(real.split(batch, 1), noise.split(batch, 1), strict=True)


@threads(1)
def train(
    config: ClinicConfig, seeds: Sequence[int] = range(10), truth: Mixture = SOFT_RING
) -> Chart:
    """Train one run for each seed, as a stack, and draw 512 fakes of each, 16 times."""
    c, runs, loss = config, len(seeds), gan_loss(config.loss)
    g = MLP(MLPConfig(2, 2, 32, 2, negative_slope=0.0), [2 * seed for seed in seeds])
    d = MLP(MLPConfig(2, 1, 32, 2), [2 * seed + 1 for seed in seeds])
    with torch.no_grad():
        g.weights[-1].mul_(c.spread)
        g.biases[-1].mul_(c.spread)[..., 0] += c.start
    weights, betas = list(g.parameters()), (float(c.momentum), 0.99)
    adam, sgd = torch.optim.Adam, torch.optim.SGD
    optimiser_g = adam(weights, c.lr_g, betas) if c.adam_g else sgd(weights, c.lr_g)
    optimiser_d = adam(d.parameters(), c.lr_d, betas)
    sampler = _batches(truth, seeds, c.batch)
    held_out = next(_batches(truth, [10**6 + seed for seed in seeds], 512))[1]

    def d_step() -> tuple[Tensor, Tensor]:
        real, noise = next(sampler)
        fake = g(noise)
        losses = torch.vmap(loss.discriminator)(d(real), d(fake.detach() if c.detach else fake))
        total = losses.sum() + (_penalty(d, real, fake, c.gamma) if c.gamma else 0.0)
        optimiser_d.zero_grad()
        total.backward(retain_graph=not c.detach)
        optimiser_d.step()
        return losses.detach(), fake

    for _ in range(c.head_start):
        d_step()
    drawn = torch.linspace(0, c.steps, 16).round().long()
    fakes, rows = [], []
    for step in range(c.steps + 1):
        if step in drawn:
            with torch.no_grad():
                fakes.append(g(held_out))
        if step == c.steps:
            break
        optimiser_g.zero_grad()
        d_losses, fake = d_step()
        left = [w.grad.square().flatten(1).sum(1) for w in weights if w.grad is not None]
        leak = sum(left, torch.zeros(runs)).sqrt()
        g_losses = torch.vmap(loss.generator)(d(fake))
        (gradient,) = torch.autograd.grad(g_losses.sum(), fake)
        # Adds to what G's gradient holds: nothing, unless D's loss was not detached.
        fake.backward(gradient)
        optimiser_g.step()
        # A mean over the batch has divided each fake's gradient by the batch.
        norms = gradient.norm(dim=2).sum(1)
        rows.append(torch.stack([d_losses, g_losses.detach(), norms, leak]))
    return Chart(c, truth, drawn, torch.stack(fakes, 1), *torch.stack(rows, 1))


def _penalty(d: MLP, real: Tensor, fake: Tensor, gamma: float) -> Tensor:
    """γ (R1 + R2), summed over the runs."""

    def score(rows: Tensor) -> Tensor:
        return d(rows.view(real.shape)).flatten()

    # A mean over the points of all runs, times their number: each run has its own mean.
    return gamma * len(real) * (r1(score, real.flatten(0, 1)) + r2(score, fake.flatten(0, 1)))


def undetached_generator(fake: Tensor) -> Tensor:
    """-log D - log(1 - D) of fake logits: what a non-saturating G minimises where D's loss, not
    detached, reaches it too. Its derivative by a logit a is 2·sigmoid(a) - 1, which pulls towards
    D = ½."""
    return (softplus(-fake) + softplus(fake)).mean()
