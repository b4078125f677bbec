"""The failure clinic: GANs on points that fall ill in known ways, and the charts that show it.

The loop is the plainest there is, written out, so that each mistake can be made in one place. Runs
of several seeds go side by side as a stack (`mlps.MLP`); each has the course it would have alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.core.errors import GanlibError
from ganlib.core.losses import game
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.core.penalties import r1, r2
from ganlib.lessons.budget import threads
from ganlib.lessons.toys import Mixture, ModeReport, mode_report, ring

SOFT_RING = Mixture(ring().modes, 0.05)
"""The ring with wider modes than the PacGAN protocol's: a run on it lasts seconds."""


@dataclass(frozen=True)
class Recipe:
    """What decides a run, but for its seed. Both networks have two hidden layers of 32 units."""

    game: str = "nonsaturating"
    """A name in `losses.GAN_LOSSES`, not a paired one."""
    steps: int = 1500
    """Rounds, 1 or more; in each D moves, then G."""
    head_start: int = 0
    """Steps of D alone, before the first round."""
    lr_g: float = 2e-3
    """Step size of G."""
    lr_d: float = 2e-3
    """Step size of D."""
    momentum: float = 0.0
    """Adam's β₁, in [0, 1)."""
    adam_g: bool = True
    """Whether G moves by Adam; if not, by plain gradient descent."""
    gamma: float = 0.0
    """γ of R1 and of R2, 0 or more."""
    detach: bool = True
    """Whether D's loss is cut off from G. If not, its slopes stay in G's gradient."""
    start: float = 0.0
    """How far to the right of the origin the first fakes lie."""
    spread: float = 1.0
    """The extent of the first fakes, in that of a usual start; more than 0."""
    batch: int = 64
    """Points of each kind in a step, for one run."""

    def __post_init__(self) -> None:
        if game(self.game).paired:
            raise GanlibError(f"the clinic does not play the paired game {self.game!r}.")
        if self.steps < 1 or self.batch < 1 or not self.spread > 0:
            raise GanlibError(
                "a Recipe needs steps and a batch of 1 or more and a spread of more than 0, not "
                f"{self.steps}, {self.batch} and {self.spread}."
            )


PATIENTS = {
    1: Recipe("minimax", 300, head_start=500, lr_g=1e-3, adam_g=False, start=6.0),
    2: Recipe(momentum=0.9, lr_g=1e-2, lr_d=1e-2),
    3: Recipe("wasserstein", momentum=0.5, spread=0.1),
    4: Recipe("minimax", detach=False),
    5: Recipe(lr_g=1e-5, lr_d=2e-2, head_start=100, start=4.0),
}
"""Five runs, each ill in its own way for every one of ten seeds."""
REMEDIES = {
    1: replace(PATIENTS[1], game="nonsaturating", adam_g=True, lr_g=2e-3, steps=1500, gamma=0.02),
    2: replace(PATIENTS[2], momentum=0.0, lr_g=5e-3, lr_d=5e-3),
    3: replace(PATIENTS[3], gamma=0.1),
    4: replace(PATIENTS[4], detach=True),
    5: replace(PATIENTS[5], lr_g=2e-3, lr_d=2e-3),
}
"""The same five, each with what its illness asks for. Two take a little more, so that ten seeds of
ten recover: 1 a weak penalty, 2 half the step sizes."""


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
    """(steps, S), without penalties."""
    g_loss: Tensor
    """(steps, S)."""
    slope: Tensor
    """(steps, S), the length of G's slope at a fake, mean over the fakes: what D tells G."""
    leak: Tensor
    """(steps, S), the length of the slope by G's weights that D's own step left behind."""

    def report(self, run: int = 0, frame: int = -1) -> ModeReport:
        """Modes, quality and reverse KL of one run's fakes."""
        return mode_report(self.fakes[run, frame], self.truth)

    def modes(self, frame: int = -1) -> list[int]:
        """Modes covered, by each run."""
        return [self.report(run, frame).modes for run in range(len(self.fakes))]

    def unrest(self) -> Tensor:
        """(S,), how far the fakes' centre moves from one drawing to the next, in the later half."""
        centre = self.fakes[:, self.fakes.shape[1] // 2 :].mean(2)
        return centre.diff(dim=1).norm(dim=2).mean(1)


class _Supply:
    """Fresh points for S runs; what run s gets is decided by `seeds[s]` alone."""

    def __init__(self, truth: Mixture, seeds: Sequence[int], batch: int) -> None:
        self.truth, self.batch, self.at = truth, batch, 0
        self.draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.real = self.noise = torch.empty(len(seeds), 0, 2)

    def __call__(self) -> tuple[Tensor, Tensor]:
        """Real points and noise, both (S, batch, 2)."""
        if self.at == self.real.shape[1]:
            # Many at once: a small draw costs as much time as a large one.
            n, self.at = 100 * self.batch, 0
            self.real = torch.stack([self.truth.sample(n, draw) for draw in self.draws])
            self.noise = torch.stack([torch.randn(n, 2, generator=draw) for draw in self.draws])
        rows = slice(self.at, self.at + self.batch)
        self.at += self.batch
        return self.real[:, rows], self.noise[:, rows]


@threads(1)
def play(
    recipe: Recipe,
    seeds: Sequence[int] = range(10),
    truth: Mixture = SOFT_RING,
    frames: int = 16,
    samples: int = 512,
) -> Chart:
    """Train one run for each seed, as a stack, and draw `samples` fakes of each, `frames` times."""
    r, runs, rules = recipe, len(seeds), game(recipe.game)
    d_losses_of, g_losses_of = torch.vmap(rules.discriminator), torch.vmap(rules.generator)
    generator = MLP(MLPConfig(2, 2, 32, 2, slope=0.0), [2 * seed for seed in seeds])
    judge = MLP(MLPConfig(2, 1, 32, 2), [2 * seed + 1 for seed in seeds])
    with torch.no_grad():
        generator.weights[-1].mul_(r.spread)
        generator.biases[-1].mul_(r.spread)[..., 0] += r.start
    weights, betas = list(generator.parameters()), (float(r.momentum), 0.99)
    step_g = (
        torch.optim.Adam(weights, r.lr_g, betas) if r.adam_g else torch.optim.SGD(weights, r.lr_g)
    )
    step_d = torch.optim.Adam(judge.parameters(), r.lr_d, betas)
    supply = _Supply(truth, seeds, r.batch)
    held_out = _Supply(truth, [10**6 + seed for seed in seeds], samples)()[1]

    def rowwise(rows: Tensor) -> Tensor:
        return judge(rows.view(runs, r.batch, 2)).flatten()

    def d_round() -> tuple[Tensor, Tensor]:
        real, noise = supply()
        fake = generator(noise)
        losses = d_losses_of(judge(real), judge(fake.detach() if r.detach else fake))
        total = losses.sum()
        if r.gamma:
            # A mean over the points of all runs, times their number: each run has its own mean.
            both = r1(rowwise, real.flatten(0, 1)) + r2(rowwise, fake.flatten(0, 1))
            total = total + r.gamma * runs * both
        step_d.zero_grad()
        total.backward(retain_graph=not r.detach)
        step_d.step()
        return losses.detach(), fake

    for _ in range(r.head_start):
        d_round()
    drawn = torch.linspace(0, r.steps, frames).round().long()
    fakes, rows = [], []
    for step in range(r.steps + 1):
        if step in drawn:
            with torch.no_grad():
                fakes.append(generator(held_out))
        if step == r.steps:
            break
        step_g.zero_grad()
        d_losses, fake = d_round()
        left = [w.grad.square().flatten(1).sum(1) for w in weights if w.grad is not None]
        leak = sum(left, torch.zeros(runs)).sqrt()
        g_losses = g_losses_of(judge(fake))
        (slopes,) = torch.autograd.grad(g_losses.sum(), fake)
        # Adds to what G's gradient holds: nothing, unless D's loss was not cut off.
        fake.backward(slopes)
        step_g.step()
        # A mean over the batch has divided each fake's slope by the batch.
        told = slopes.norm(dim=2).sum(1)
        rows.append(torch.stack([d_losses, g_losses.detach(), told, leak]))
    return Chart(r, truth, drawn, torch.stack(fakes, 1), *torch.stack(rows, 1))


def undetached_generator(fake: Tensor) -> Tensor:
    """-log D - log(1 - D) of fake logits: what a non-saturating G descends where D's loss, not cut
    off, reaches it too. Its slope by a logit a is 2·sigmoid(a) - 1, which pulls towards D = ½."""
    return (softplus(-fake) + softplus(fake)).mean()
