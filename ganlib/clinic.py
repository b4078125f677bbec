"""The failure clinic: GANs on points that fall ill in known ways, with the charts to see it by.

The loop is the plainest there is, written out, so that each mistake can be made in one place. Runs
of several seeds go side by side, as a stack (`mlps.MLP`); each has the course it would have alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganlib.losses import game
from ganlib.mlps import MLP, MLPSettings
from ganlib.penalties import r1
from ganlib.toys import Mixture, ModeReport, mode_report, ring


@dataclass(frozen=True)
class Recipe:
    """What decides a run, but for its seed."""

    game: str = "nonsaturating"
    """A name in `losses.GAMES`."""
    steps: int = 1500
    """Steps of G, 1 or more."""
    d_steps: int = 1
    """Steps of D before each of G."""
    warm_up: int = 0
    """Steps of D alone, before G's first."""
    batch: int = 128
    lr_g: float = 1e-3
    """Adam's step size for G."""
    lr_d: float = 1e-3
    beta1: float = 0.0
    """Adam's momentum, for both."""
    gamma: float = 0.0
    """γ of R1 and of R2."""
    packing: int = 1
    """Points that D judges together."""
    detach: bool = True
    """Whether D's loss is cut off from G."""
    start: float = 0.0
    """How far off the fakes start, along x."""
    width: int = 64
    depth: int = 2


@dataclass(frozen=True)
class Chart:
    recipe: Recipe
    at: Tensor
    points: Tensor
    d_loss: Tensor
    g_loss: Tensor
    slope: Tensor


def play(recipe, seeds, truth=None, frames=13, samples=512):
    truth = truth or ring()
    r = recipe
    rules = game(r.game)
    runs = len(seeds)
    G = MLP(MLPSettings(2, 2, r.width, r.depth, slope=0.0), [2 * s for s in seeds])
    D = MLP(MLPSettings(2 * r.packing, 1, r.width, r.depth), [2 * s + 1 for s in seeds])
    if r.start:
        with torch.no_grad():
            G.biases[-1][..., 0] += r.start
    og = torch.optim.Adam(G.parameters(), r.lr_g, (r.beta1, 0.99))
    od = torch.optim.Adam(D.parameters(), r.lr_d, (r.beta1, 0.99))
    gens = [torch.Generator().manual_seed(s) for s in seeds]
    fixed = torch.stack([torch.randn(samples, 2, generator=torch.Generator().manual_seed(10**6 + s)) for s in seeds])

    def reals():
        return torch.stack([truth.sample(r.batch, g) for g in gens])

    def noise():
        return torch.stack([torch.randn(r.batch, 2, generator=g) for g in gens])

    def pack(x):
        return x.reshape(runs, -1, 2 * r.packing)

    def per_run(f, *a):
        return f(*a)

    def judge(x):
        return D(x)

    def d_step(fake):
        real = reals()
        a, b = D(pack(real)), D(pack(fake))
        loss = runs * rules.discriminator(a, b)
        total = loss
        if r.gamma:
            for x in (real, fake.detach()):
                rows = pack(x)
                shape = rows.shape
                total = total + r.gamma * runs * r1(lambda z: D(z.view(shape)).flatten(), rows.flatten(0, 1))
        od.zero_grad()
        total.backward(retain_graph=not r.detach)
        od.step()
        return loss.detach() / runs

    at, points, dl, gl, sl = [], [], [], [], []
    for _ in range(r.warm_up):
        d_step(G(noise()).detach())
    for step in range(r.steps + 1):
        if step % max(1, r.steps // (frames - 1)) == 0:
            at.append(step)
            with torch.no_grad():
                points.append(G(fixed))
        if step == r.steps:
            break
        og.zero_grad()
        for _ in range(r.d_steps):
            fake = G(noise())
            d = d_step(fake.detach() if r.detach else fake)
        fake = G(noise()) if r.detach else fake
        fake.retain_grad()
        g = runs * rules.generator(D(pack(fake)))
        if r.detach: pass
        before = None if fake.grad is None else fake.grad.clone()
        g.backward()
        og.step()
        dl.append(d); gl.append(g.detach() / runs)
        sl.append(fake.grad.norm(dim=2).sum(1).mean().detach())
    return Chart(r, torch.tensor(at), torch.stack(points, 1), torch.stack(dl), torch.stack(gl), torch.stack(sl))
