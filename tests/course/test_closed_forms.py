"""What is known on paper, found again by the library's own losses, penalties and training."""

import math

import pytest
import torch
from seeds.lesson03 import PROFILE_BAR, best_derivative, profile_error

from benchmarks.points import NoiseToPoints, PointsLoss
from ganlib.core.config import TrainConfig
from ganlib.core.losses import gan_loss
from ganlib.core.trainer import Trainer
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import (
    Gaussian1D,
    jensen_shannon,
    minimal_discriminator_loss,
    optimal_logit,
    wasserstein1,
)

MINIMA = {0: 1.386294, 1: 1.163451, 2: 0.712633}
"""Distance m of N(0, 1) and N(m, 1) -> the minimum of the binary cross-entropy."""


def quantiles(n):
    """(n, 1) points of equal probability under N(0, 1), in float64: a sample without chance."""
    middle = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return (math.sqrt(2) * torch.erfinv(2 * middle - 1))[:, None]


@pytest.mark.parametrize("m", MINIMA)
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


@pytest.mark.parametrize(("m", "minimum"), MINIMA.items())
def test_minimal_loss(m, minimum):
    found = minimal_discriminator_loss(Gaussian1D(), Gaussian1D(m))
    assert found == pytest.approx(minimum, abs=1e-6)


@pytest.mark.parametrize(("m", "minimum"), MINIMA.items())
def test_minimising_the_loss_finds_the_line_and_the_minimum(m, minimum):
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

    assert loss().item() > minimum + 0.05  # it starts elsewhere
    optimiser.step(closure)
    assert loss().item() == pytest.approx(minimum, abs=1e-4)
    assert discriminator.weights[0].item() == pytest.approx(-m, abs=1e-4)
    assert discriminator.biases[0].item() == pytest.approx(m**2 / 2, abs=1e-4)


def test_a_second_sigmoid_takes_the_gradient_away():
    # d/da softplus(-σ(a)) = -σ(-σ(a)) σ(a) (1 - σ(a)): 0 at both ends, never above 0.1 in size.
    a = torch.linspace(-8, 8, 1601, dtype=torch.float64, requires_grad=True)
    (size,) = torch.autograd.grad(-torch.nn.functional.softplus(-a.sigmoid()).sum(), a)
    assert size[0].item() == pytest.approx(1.676e-4, rel=1e-3)
    assert size[-1].item() == pytest.approx(0.902e-4, rel=1e-3)
    assert 0.095 < size.max() < 0.1 and -1 < a[size.argmax()] < 0


def test_equilibrium():
    undecided = torch.zeros(7)
    loss = gan_loss("nonsaturating")
    assert loss.discriminator(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert loss.generator(undecided).item() == pytest.approx(math.log(2))
    # It is where a perfect G leads: D's minimal loss against the truth itself.
    same = minimal_discriminator_loss(Gaussian1D(1, 3), Gaussian1D(1, 3))
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
    everywhere the critic's loss is minimal at s = 1 + m/2λ, where m·s - λ(s - 1)² has its maximum,
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


def penalised(derivative, x, mean):
    """Wasserstein's D loss plus R1 + R2, of a critic of the first coordinate with ∂D/∂x given:
    after integration by parts, ∫ [D′(P − Q) + ½ D′²(p + q)] dx."""
    best, density = best_derivative(x, mean)
    return torch.trapezoid(density * (derivative**2 / 2 - derivative * best), x)


@pytest.mark.parametrize(("mean", "gap"), [(2.0, 2.189), (0.5, 0.125)])
def test_the_best_critic_with_r1_and_r2(mean, gap):
    x = torch.linspace(-12, 16, 28_001, dtype=torch.float64)
    p, q = (Gaussian1D(m).log_density(x).exp() for m in (0.0, mean))
    below = [torch.special.ndtr(x - m) for m in (0.0, mean)]
    best, density = best_derivative(x, mean)
    torch.testing.assert_close(density, p + q)
    torch.testing.assert_close(best * (p + q), below[1] - below[0], rtol=1e-9, atol=1e-12)
    found = torch.trapezoid((below[0] - below[1]) ** 2 / (p + q).clamp(min=1e-300), x)
    assert found.item() == pytest.approx(gap, abs=5e-4)
    # Its loss is half of that, below 0; whatever is added to it only raises the loss.
    minimum = penalised(best, x, mean)
    assert minimum.item() == pytest.approx(-found.item() / 2, abs=1e-9)
    for k in range(1, 6):
        for size in (1e-2, -1e-2, 1, -1):
            assert penalised(best + size * torch.sin(k * x), x, mean) > minimum
    assert penalised(1.01 * best, x, mean) > minimum < penalised(0.99 * best, x, mean)


def test_the_bar_for_a_critics_derivative_is_missed_by_a_line():
    assert profile_error(lambda x: best_derivative(x, 2.0)[0]) < 1e-6
    line = [profile_error(lambda x, s=s: torch.full_like(x, -s)) for s in (0.9, 1.0, 1.1, 1.2)]
    assert min(line) > 2.5 * PROFILE_BAR
