"""What is known on paper, found again by the library's own losses, penalties and training."""

import math

import pytest
import torch

from benchmarks.points import NoiseToPoints, PointsLoss
from ganlib.core.config import TrainConfig
from ganlib.core.losses import gan_loss
from ganlib.core.trainer import Trainer
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import (
    Gaussian1D,
    jensen_shannon,
    least_discriminator_loss,
    optimal_logit,
    wasserstein1,
)

LEAST = {0: 1.386294, 1: 1.163451, 2: 0.712633}
"""Distance m of N(0, 1) and N(m, 1) -> the least binary cross-entropy."""


def quantiles(n):
    """(n, 1) points of equal probability under N(0, 1), in float64: a sample without chance."""
    middle = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return (math.sqrt(2) * torch.erfinv(2 * middle - 1))[:, None]


@pytest.mark.parametrize("m", LEAST)
def test_optimal_logit_is_a_line(m):
    x = torch.linspace(-5, 5, 101, dtype=torch.float64)
    line = m**2 / 2 - m * x
    torch.testing.assert_close(optimal_logit(x, Gaussian1D(), Gaussian1D(m)), line)


def test_optimal_logit_of_unequal_widths_is_a_parabola():
    # log N(x; 0, 1) - log N(x; 0, 2²) = log 2 - 3x²/8.
    x = torch.linspace(-5, 5, 101, dtype=torch.float64)
    known = math.log(2) - 3 * x**2 / 8
    torch.testing.assert_close(optimal_logit(x, Gaussian1D(), Gaussian1D(0, 2)), known)


@pytest.mark.parametrize(("m", "divergence"), [(0, 0.0), (1, 0.111421), (2, 0.336831)])
def test_jensen_shannon(m, divergence):
    assert jensen_shannon(Gaussian1D(), Gaussian1D(m)) == pytest.approx(divergence, abs=1e-6)


def test_jensen_shannon_is_symmetric_and_at_most_ln_2():
    near, far = Gaussian1D(0.3, 0.5), Gaussian1D(-1, 2)
    assert jensen_shannon(near, far) == pytest.approx(jensen_shannon(far, near), abs=1e-12)
    apart = jensen_shannon(Gaussian1D(), Gaussian1D(100))
    assert apart == pytest.approx(math.log(2), abs=1e-9)


@pytest.mark.parametrize(("m", "least"), LEAST.items())
def test_least_loss(m, least):
    assert least_discriminator_loss(Gaussian1D(), Gaussian1D(m)) == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize(("m", "least"), LEAST.items())
def test_minimising_the_loss_finds_the_line_and_the_least(m, least):
    real = quantiles(100_000)
    fake = real + m
    discriminator = MLP(MLPConfig(1, 1, depth=0)).double()
    optimiser = torch.optim.LBFGS(
        discriminator.parameters(),
        max_iter=200,
        tolerance_grad=1e-12,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def loss():
        return gan_loss("nonsaturating").discriminator(discriminator(real), discriminator(fake))

    def closure():
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    assert loss().item() > least + 0.05  # it starts elsewhere
    optimiser.step(closure)
    assert loss().item() == pytest.approx(least, abs=1e-4)
    assert discriminator.weights[0].item() == pytest.approx(-m, abs=1e-4)
    assert discriminator.biases[0].item() == pytest.approx(m**2 / 2, abs=1e-4)


def test_equilibrium():
    undecided = torch.zeros(7)
    loss = gan_loss("nonsaturating")
    assert loss.discriminator(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert loss.generator(undecided).item() == pytest.approx(math.log(2))
    # It is where a perfect G leads: D's least loss against the truth itself.
    same = least_discriminator_loss(Gaussian1D(1, 3), Gaussian1D(1, 3))
    assert same == pytest.approx(2 * math.log(2), abs=1e-12)


@pytest.mark.parametrize("m", [-1.5, 0.0, 2.0])
def test_wasserstein_of_a_shift_is_its_length(m):
    x = Gaussian1D().sample(500, torch.Generator().manual_seed(0)).double()
    order = torch.randperm(500, generator=torch.Generator().manual_seed(1))
    assert wasserstein1(x, (x + m)[order]) == pytest.approx(abs(m), abs=1e-12)
    # On a line within the plane the assignment finds what sorting finds.
    flat = [torch.cat([points, 3 * torch.ones_like(points)], 1) for points in (x, (x + m)[order])]
    assert wasserstein1(*flat) == pytest.approx(abs(m), abs=1e-12)


def test_wasserstein_of_a_shift_in_the_plane_is_its_length():
    # No plan beats the straight one: the mean moves by the shift, whoever is carried where.
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shift = torch.tensor([3.0, -4.0])
    assert wasserstein1(x, (x + shift).flip(0)) == pytest.approx(5.0, abs=1e-9)


def test_wasserstein_of_samples_approaches_the_distributions():
    draw = torch.Generator().manual_seed(0)
    x, y = (Gaussian1D(m).sample(100_000, draw) for m in (0, 2))
    assert wasserstein1(x, y) == pytest.approx(2, abs=0.02)


def test_a_critics_gap_approaches_the_distance():
    """Three critics with WGAN-GP, trained at once. A penalty is no bound: with the derivative -s
    everywhere the critic's loss is least at s = 1 + m/2λ, where m·s - λ(s - 1)² has its maximum,
    and the gap is m + m²/2λ."""
    shifts, weight, starts = torch.tensor([0.5, 1.0, 2.0]), 10, (0, 0, 0)
    generator = MLP(MLPConfig(1, 1, depth=0), starts)
    with torch.no_grad():
        generator.weights[0].fill_(1)
        generator.biases[0].copy_(shifts.view(3, 1, 1))
    # A critic that starts with the wrong sign stays at the derivative +1, whose penalty is that of
    # -1; from start 0 the sign is right.
    critic = MLP(MLPConfig(1, 1, width=32, depth=2), starts)
    config = PointsLoss("wasserstein", r1_gamma=0, gradient_penalty=weight)
    objective = NoiseToPoints(generator, critic, config)
    points = quantiles(256).float()[:, None].expand(-1, 3, -1)

    def sampler(n):
        orders = [torch.stack([torch.randperm(n) for _ in starts], 1)[..., None] for _ in "rn"]
        real, noise = (points.gather(0, order) for order in orders)
        return {"real": real, "noise": noise, "mix": torch.rand(n, 3)}

    steps = TrainConfig(256 * 600, 256, lr_g=0, lr_d=5e-3, betas=(0.9, 0.99), precision="fp32")
    Trainer(objective, sampler, steps).run()
    exact = quantiles(2000).float()[None].expand(3, -1, -1)
    with torch.no_grad():
        gaps = (critic(exact) - critic(generator(exact))).mean((1, 2))
    torch.testing.assert_close(gaps, shifts + shifts**2 / (2 * weight), rtol=0.02, atol=0)
    assert all(abs(gap - m) < 0.15 * m for gap, m in zip(gaps, shifts, strict=True))
