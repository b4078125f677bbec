"""A GAN in the plane in the plainest loop there is, and the mistakes that one can make in it.

Lesson 05 builds the same functions on screen; tests run them on ten seeds from here. They take one
network each, or a stack of ten (`mlp.MLP`): points are (N, 2) or (10, N, 2).
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from ganlib.core.losses import logistic_discriminator, nonsaturating_generator
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Mixture, ring

SOFT_RING = Mixture(ring().modes, 0.05)
"""The ring with wider modes than the PacGAN protocol's: a run on it lasts seconds."""
ADAM: dict[str, Any] = {"betas": (0.0, 0.99), "fused": True}
Switches = dict[str, Any]
FAULTS: dict[str, Switches] = {
    "no detach": {"detach": False},
    "no zero_grad": {"zero_grad": False},
    "one optimiser": {"one_optimiser": True},
    "no noise": {"noise": 0.0},
    "strong D": {"lr_g": 1e-5},
    "fast G": {"lr_g": 0.05, "gamma": 0.0},
    "tiny batch": {"batch": 2},
    "strong penalty": {"gamma": 100.0},
}
"""The switches of `train` and of its round that spoil a run: all that differs from a healthy one.
"fast G" is mode collapse: it has noise, and draws few modes."""
HIDDEN: dict[str, Switches] = {
    "A": FAULTS["no noise"],
    "B": FAULTS["strong D"],
    "C": {},
    "D": FAULTS["tiny batch"],
    "E": FAULTS["fast G"],
}
"""The runs that exercise 5 asks to name."""


def mlp(outputs: int, width: int = 64) -> nn.Sequential:
    """Three hidden layers, from two numbers to `outputs` numbers."""
    layers: list[nn.Module] = []
    for inputs, units in pairwise((2, width, width, width)):
        layers += [nn.Linear(inputs, units), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def penalty(discriminator: nn.Module, points: Tensor) -> Tensor:
    """½ E ||∇ₓ D(x)||² over the points, of all runs of a stack: R1 of real ones, R2 of fakes."""
    x = points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return gradient.square().sum(-1).mean() / 2


def one_round(
    generator: nn.Module,
    discriminator: nn.Module,
    opt_g: Optimizer,
    opt_d: Optimizer,
    real: Tensor,
    noise: Tensor,
    gamma: float = 0.02,
    detach: bool = True,
    zero_grad: bool = True,
) -> tuple[Tensor, Tensor]:
    """A step of D, then one of G; both losses, that of D without its penalty."""
    fake = generator(noise)
    if zero_grad:
        opt_g.zero_grad()
        opt_d.zero_grad()
    seen = fake.detach() if detach else fake
    d_loss = logistic_discriminator(discriminator(real), discriminator(seen))
    extra = gamma * penalty(discriminator, torch.cat([real, fake.detach()], -2))
    (d_loss + extra).backward(retain_graph=not detach)
    opt_d.step()
    if zero_grad:
        opt_d.zero_grad()
    g_loss = nonsaturating_generator(discriminator(fake))
    g_loss.backward()
    opt_g.step()
    return d_loss.detach(), g_loss.detach()


def train(
    one_round: Callable[..., tuple[Tensor, Tensor]],
    nets: tuple[nn.Module, nn.Module],
    data: Callable[[int], Tensor],
    steps: int = 1000,
    batch: int = 128,
    lr_g: float = 5e-3,
    lr_d: float = 5e-3,
    noise: float = 1.0,
    **switches: Any,
) -> tuple[Tensor, Tensor]:
    """Losses (steps, 2) of D and of G, and 1,000 fakes of a run at its start and after each quarter
    of it (5, ...). Learning rates fall to 0 over the second half. `one_optimiser` is a switch of
    this loop, all others are the round's."""
    torch.manual_seed(0)
    generator, discriminator = nets
    of_g, of_d = [*generator.parameters()], [*discriminator.parameters()]
    opt_g, opt_d = Adam(of_g, lr_g, **ADAM), Adam(of_d, lr_d, **ADAM)
    if switches.pop("one_optimiser", False):
        opt_g = opt_d = Adam(of_g + of_d, lr_g, **ADAM)
    held_out, losses, fakes = noise * torch.randn_like(data(1000)), [], []
    for step in range(steps):
        if step % (steps // 4) == 0:
            fakes.append(generator(held_out).detach())
        for opt, rate in (opt_g, lr_g), (opt_d, lr_d):
            opt.param_groups[0]["lr"] = rate * min(1, 2 - 2 * step / steps)
        real = data(batch)
        z = noise * torch.randn_like(real)
        losses.append(one_round(generator, discriminator, opt_g, opt_d, real, z, **switches))
    fakes.append(generator(held_out).detach())
    return torch.tensor(losses), torch.stack(fakes)


def ten(**switches: Any) -> tuple[Tensor, Tensor]:
    """Losses and last fakes (10, 1000, 2) of ten runs on the ring, side by side."""
    generators = MLP(MLPConfig(2, 2, 32, 3, negative_slope=0.0), seeds=range(0, 20, 2))
    discriminators = MLP(MLPConfig(2, 1, 32, 3, negative_slope=0.0), seeds=range(1, 20, 2))

    def data(n: int) -> Tensor:
        return SOFT_RING.sample(10 * n).view(10, n, 2)

    losses, fakes = train(one_round, (generators, discriminators), data, **{"batch": 64} | switches)
    return losses, fakes[-1]
