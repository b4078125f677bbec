"""The smallest GAN there is: three numbers, and every gradient in closed form.

Real points come from N(3, 1). The generator shifts standard normal noise by θ, so its points are
N(θ, 1); the discriminator gives a point the logit φ₀ + φ₁x. The best discriminator of two normal
distributions of equal spread is of this form; the equilibrium is θ = 3, φ = 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ganlib.core.losses import logistic_discriminator, nonsaturating_generator
from ganlib.lessons.toys import Gaussian1D

REAL = Gaussian1D(3.0, 1.0)
NOISE = Gaussian1D(0.0, 1.0)


class Numbers(NamedTuple):
    """Both networks, as scalars in float64."""

    theta: Tensor  # θ, G's only number
    phi0: Tensor  # φ₀ and φ₁, D's two
    phi1: Tensor


def numbers(theta: float = 0.0, phi0: float = 0.0, phi1: float = 0.0) -> Numbers:
    """Numbers to start from: by default, G adds nothing and D is undecided."""
    return Numbers(*torch.tensor([theta, phi0, phi1], dtype=torch.float64))


def generate(noise: Tensor, theta: Tensor) -> Tensor:
    """G(z) = z + θ, elementwise."""
    return noise + theta


def logit(x: Tensor, phi0: Tensor, phi1: Tensor) -> Tensor:
    """φ₀ + φ₁x, elementwise; above 0 means "rather real"."""
    return phi0 + phi1 * x


def discriminate(x: Tensor, phi0: Tensor, phi1: Tensor) -> Tensor:
    """D(x), the probability that x is real: the sigmoid of the logit."""
    return torch.sigmoid(logit(x, phi0, phi1))


def value(state: Numbers, real: Tensor, noise: Tensor) -> Tensor:
    """V = mean log D(x) + mean log(1 - D(G(z))), which D maximises (Goodfellow et al. 2014,
    equation 1), of `real` (M,) and `noise` (N,)."""
    theta, *phi = state
    return -logistic_discriminator(logit(real, *phi), logit(generate(noise, theta), *phi))


def discriminator_gradients(state: Numbers, real: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """∂V/∂φ₀ and ∂V/∂φ₁: what reals pull up, less what fakes pull down."""
    theta, *phi = state
    fake = generate(noise, theta)
    surprise, error = 1 - discriminate(real, *phi), discriminate(fake, *phi)
    return surprise.mean() - error.mean(), (surprise * real).mean() - (error * fake).mean()


def generator_loss(state: Numbers, noise: Tensor) -> Tensor:
    """-mean log D(G(z)), the non-saturating loss (Goodfellow et al. 2014, section 3)."""
    theta, *phi = state
    return nonsaturating_generator(logit(generate(noise, theta), *phi))


def generator_gradient(state: Numbers, noise: Tensor) -> Tensor:
    """The derivative of `generator_loss` by θ: -φ₁ · mean(1 - D(G(z)))."""
    theta, *phi = state
    return -state.phi1 * (1 - discriminate(generate(noise, theta), *phi)).mean()


def d_step(state: Numbers, real: Tensor, noise: Tensor, rate: float) -> Numbers:
    """One step of gradient ascent on V by φ₀ and φ₁; θ stays."""
    by_phi0, by_phi1 = discriminator_gradients(state, real, noise)
    return state._replace(phi0=state.phi0 + rate * by_phi0, phi1=state.phi1 + rate * by_phi1)


def g_step(state: Numbers, noise: Tensor, rate: float) -> Numbers:
    """One step of gradient descent on G's loss by θ; φ₀ and φ₁ stay."""
    return state._replace(theta=state.theta - rate * generator_gradient(state, noise))


def take_turns(state: Numbers, real: Tensor, noise: Tensor, rate: float) -> Numbers:
    """One round of alternating updates: a step of D, then one of G against the new D."""
    return g_step(d_step(state, real, noise, rate), noise, rate)


def one_optimiser(state: Numbers, real: Tensor, noise: Tensor, rate: float) -> Numbers:
    """One step down the *sum* of both losses, by all three numbers: a mistake, kept for study. Each
    network is also moved by the other's loss, so neither is trained against the other."""
    leaves = Numbers(*(number.detach().clone().requires_grad_() for number in state))
    total = generator_loss(leaves, noise) - value(leaves, real, noise)
    gradients = torch.autograd.grad(total, leaves)
    return Numbers(*(old - rate * by for old, by in zip(state, gradients, strict=True)))


def train(
    seed: int,
    rounds: int = 600,
    rate: float = 0.2,
    batch: int = 256,
    round_: Callable[[Numbers, Tensor, Tensor, float], Numbers] = take_turns,
    start: Numbers | None = None,
) -> list[Numbers]:
    """Train with fresh points in every round; the numbers at the start and after each."""
    generator = torch.Generator().manual_seed(seed)
    states = [start or numbers()]
    for _ in range(rounds):
        real, noise = (d.sample(batch, generator)[:, 0].double() for d in (REAL, NOISE))
        states.append(round_(states[-1], real, noise, rate))
    return states
