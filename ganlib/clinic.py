"""The failure clinic: GANs on points that fall ill in known ways, and the charts that show it.

The loop is the plainest there is, written out, so that each mistake can be made in one place. Runs
of several seeds go side by side as a stack (`mlps.MLP`); each has the course it would have alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.errors import GanlibError
from ganlib.losses import game
from ganlib.mlps import MLP, MLPSettings
from ganlib.penalties import r1, r2
from ganlib.toys import Mixture, ModeReport, mode_report, ring

SOFT_RING = Mixture(ring().modes, 0.05)
"""The ring with wider modes than the PacGAN protocol's: a run on it lasts seconds."""


@dataclass(frozen=True)
class Recipe:
    """What decides a run, but for its seed."""

    game: str = "nonsaturating"
    """A name in `losses.GAMES`."""
    steps: int = 1500
    """Rounds, 1 or more; in each G moves once."""
    d_steps: int = 1
    """Steps of D in a round, 1 or more."""
    g_steps: int = 1
    head_start: int = 0
    """Steps of D alone, before the first round."""
    lr_g: float = 2e-3
    """Adam's step size for G."""
    lr_d: float = 2e-3
    """Adam's step size for D."""
    momentum: float = 0.0
    """Adam's β₁ for both, in [0, 1)."""
    gamma: float = 0.0
    """γ of R1 and of R2, 0 or more."""
    packing: int = 1
    """Points that D judges together; it divides the batch."""
    detach: bool = True
    """Whether D's loss is cut off from G. If not, its slopes stay in G's gradient."""
    start: float = 0.0
    """How far to the right of the origin the first fakes lie."""
    scale: float = 1.0
    adam: bool = True
    batch: int = 64
    """Points of each kind in a step, for one run."""
    width: int = 32
    """Units of each of the two hidden layers, in both networks."""

    def __post_init__(self) -> None:
        game(self.game)
        if min(self.steps, self.d_steps, self.packing) < 1 or self.batch % self.packing:
            raise GanlibError(
                "a Recipe needs steps, d_steps and packing of 1 or more, and a batch that the "
                f"packing divides, not {self.steps}, {self.d_steps}, {self.packing} and a batch "
                f"of {self.batch}."
            )


@dataclass(frozen=True)
class Chart:
    """What was written down of S runs."""

    recipe: Recipe
    truth: Mixture
    rounds: Tensor
    """(T,), the rounds after which fakes were drawn; the first is 0."""
    fakes: Tensor
    """(S, T, n, 2), always from the same noise."""
    d_loss: Tensor
    """(steps, S), D's loss without penalties, in its last step of each round."""
    g_loss: Tensor
    """(steps, S)"""
    slope: Tensor
    """(steps, S), the length of the slope of G's loss that arrives at a fake, mean over the fakes
    of a batch, times their number."""

    def report(self, run: int = 0, frame: int = -1) -> ModeReport:
        """Modes, quality and reverse KL of one run's fakes."""
        return mode_report(self.fakes[run, frame], self.truth)

    def modes(self, frame: int = -1) -> list[int]:
        """Modes covered by each run."""
        return [self.report(run, frame).modes for run in range(len(self.fakes))]


class _Supply:
    """Fresh points for S runs; what run s gets is decided by `seeds[s]` alone."""

    def __init__(self, truth: Mixture, seeds: Sequence[int], batch: int) -> None:
        self.truth, self.batch, self.at = truth, batch, 0
        self.draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.block: list[Tensor] = []

    def __call__(self) -> tuple[Tensor, Tensor]:
        """Real points and noise, both (S, batch, 2)."""
        if not self.block or self.at == self.block[0].shape[1]:
            # Many at once: a small draw costs as much as a large one.
            n, self.at = 200 * self.batch, 0
            reals = torch.stack([self.truth.sample(n, draw) for draw in self.draws])
            noise = torch.stack([torch.randn(n, 2, generator=draw) for draw in self.draws])
            self.block = [reals, noise]
        rows = slice(self.at, self.at + self.batch)
        self.at += self.batch
        return self.block[0][:, rows], self.block[1][:, rows]


def play(
    recipe: Recipe,
    seeds: Sequence[int],
    truth: Mixture = SOFT_RING,
    frames: int = 16,
    samples: int = 512,
) -> Chart:
    """Train one run for each seed, as a stack, and draw `samples` fakes of each `frames` times."""
    r, runs, rules = recipe, len(seeds), game(recipe.game)
    shape = {"width": r.width, "depth": 2}
    generator = MLP(MLPSettings(2, 2, slope=0.0, **shape), [2 * seed for seed in seeds])
    judge = MLP(MLPSettings(2 * r.packing, 1, **shape), [2 * seed + 1 for seed in seeds])
    with torch.no_grad():
        generator.weights[-1].mul_(r.scale); generator.biases[-1].mul_(r.scale)
        generator.biases[-1][..., 0] += r.start
    adam_g = torch.optim.Adam(generator.parameters(), r.lr_g, (float(r.momentum), 0.99))
    if not r.adam:
        adam_g = torch.optim.SGD(generator.parameters(), r.lr_g)
    adam_d = torch.optim.Adam(judge.parameters(), r.lr_d, (float(r.momentum), 0.99))
    supply = _Supply(truth, seeds, r.batch)
    held_out = _Supply(truth, [10**6 + seed for seed in seeds], samples)()[1]

    def packs(points: Tensor) -> Tensor:
        return points.reshape(runs, -1, 2 * r.packing)

    def penalty(real: Tensor, fake: Tensor) -> Tensor:
        def rowwise(rows: Tensor) -> Tensor:
            return judge(rows.view(runs, -1, 2 * r.packing)).flatten()

        return r1(rowwise, packs(real).flatten(0, 1)) + r2(rowwise, packs(fake).flatten(0, 1))

    def per_run(loss, *logits: Tensor) -> Tensor:
        return torch.vmap(loss)(*logits)

    def d_step() -> tuple[Tensor, Tensor]:
        real, noise = supply()
        fake = generator(noise)
        shown = fake.detach() if r.detach else fake
        losses = per_run(rules.discriminator, judge(packs(real)), judge(packs(shown)))
        total = losses.sum()
        if r.gamma:
            total = total + r.gamma * runs * penalty(real, fake)
        adam_d.zero_grad()
        total.backward(retain_graph=not r.detach)
        adam_d.step()
        return losses.detach(), fake

    for _ in range(r.head_start):
        d_step()
    drawn = torch.linspace(0, r.steps, frames).round().long()
    fakes, rows = [], []
    for step in range(r.steps + 1):
        if step in drawn:
            with torch.no_grad():
                fakes.append(generator(held_out))
        if step == r.steps:
            break
        adam_g.zero_grad()
        for _ in range(r.d_steps):
            d_loss, fake = d_step()
        # Without detach, D's backward has left its slopes in G's gradient; G's come on top.
        g_losses = per_run(rules.generator, judge(packs(fake)))
        (arrives,) = torch.autograd.grad(g_losses.sum(), fake)
        fake.backward(arrives)
        adam_g.step()
        for _ in range(r.g_steps - 1):
            adam_g.zero_grad()
            per_run(rules.generator, judge(packs(generator(supply()[1])))).sum().backward()
            adam_g.step()
        rows.append(torch.stack([d_loss, g_losses.detach(), arrives.norm(dim=2).sum(1)]))
    d_losses, g_losses, slopes = torch.stack(rows, 1)
    return Chart(r, truth, drawn, torch.stack(fakes, 1), d_losses, g_losses, slopes)


def undetached_generator(fake: Tensor) -> Tensor:
    """-log D - log(1 - D) of the fakes: what G descends if D's loss still reaches it."""
    return (softplus(-fake) + softplus(fake)).mean()
