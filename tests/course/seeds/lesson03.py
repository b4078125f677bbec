"""Lesson 03: what each loss tells G and makes of D, and critics with and without a penalty."""

import math
from functools import cache

import torch
from torch import nn

from ganlib.core.losses import logistic_discriminator, wasserstein_critic
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.lessons.article import LOSSES
from ganlib.lessons.budget import threads
from seeds import SEEDS, Claim

REAL = 3.0


def by_logit(name, a, *real):
    a = a.clone().requires_grad_()
    return torch.autograd.grad(a.numel() * LOSSES[name].generator(a, *real), a)[0]


def logit(phi, x):
    return phi[:, :1] + phi[:, 1:] * x


def d_step(phi, real, fake, d_loss=logistic_discriminator, lr=0.2):
    phi = phi.clone().requires_grad_()
    loss = d_loss(logit(phi, real), logit(phi, fake))
    return phi.detach() - lr * len(phi) * torch.autograd.grad(loss, phi)[0]


def batches(rounds):
    """The lesson's: a row for each seed."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(rounds):
        real, noise = torch.randn(2, len(SEEDS), 256, generator=generator, dtype=torch.float64)
        yield REAL + real, noise


@cache
@threads(1)
def play(derivative, rounds, theta=0.0, alone=0):
    """(rounds + 1, seeds): θ; and D's mean logit of a fake at θ when G's turns begin."""
    theta = torch.full((len(SEEDS), 1), theta, dtype=torch.float64)
    phi, path, sure = torch.zeros(len(SEEDS), 2, dtype=torch.float64), [theta], None
    for i, (real, noise) in enumerate(batches(alone + rounds)):
        if i == alone:
            sure = logit(phi, theta)
        phi = d_step(phi, real, noise + theta)
        if i >= alone:
            a = logit(phi, noise + theta)
            theta = theta - 0.2 * (derivative(a) * phi[:, 1:]).mean(1, keepdim=True)
            path.append(theta)
    return torch.stack(path)[..., 0], sure[:, 0]


def saturating(a):
    return -a.sigmoid()


def nonsaturating(a):
    return -(-a).sigmoid()


def by_probability(a):
    return a.sigmoid() * (-a).sigmoid()


def saturating_waits(seed):
    path, _ = play(saturating, 400, -3.0, 200)
    return path[100, seed] < -2 and abs(path[-1, seed] - 3) < 0.2


def nonsaturating_leaves(seed):
    return play(nonsaturating, 400, -3.0, 200)[0][100, seed] > 3


def is_not_yet_the_best(seed):
    return -9 < play(saturating, 400, -3.0, 200)[1][seed] < -7


def stands_still(seed):
    return -2.7 < play(by_probability, 200)[0][-1, seed] < -2.3


def runs_away(seed):
    return -80 < play(torch.ones_like, 200)[0][-1, seed] < -70


@cache
@threads(1)
def pull(name, rounds=400):
    """(rounds, seeds): G's derivative by θ = -3 while D trains alone."""
    phi, found = torch.zeros(len(SEEDS), 2, dtype=torch.float64), []
    for real, noise in batches(rounds):
        phi = d_step(phi, real, noise - 3, LOSSES[name].discriminator, 0.05)
        a = logit(phi, noise - 3)
        given = (a, logit(phi, real)) if LOSSES[name].relativistic else (a,)
        found.append(-(by_logit(name, *given) * phi[:, 1:]).mean(1))
    return torch.stack(found)


def hinge_stays_small(seed):
    return pull("hinge")[-1, seed] < 1.5


def wasserstein_grows(seed):
    return pull("wasserstein")[-1, seed] > 100


class Spectral(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(
            x, self.weight / torch.linalg.svdvals(self.weight)[0], self.bias
        )


def critic(seed, penalty, mean=2.0, layer=nn.Linear, steps=300):
    torch.manual_seed(seed)
    d = nn.Sequential(layer(2, 32), nn.Tanh(), layer(32, 32), nn.Tanh(), layer(32, 1))
    opt_d = torch.optim.Adam(d.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt_d, steps)
    for _ in range(steps):
        real, fake = torch.randn(256, 2), torch.randn(256, 2) + torch.tensor([mean, 0.0])
        loss = wasserstein_critic(d(real), d(fake)) + penalty(d, real, fake)
        opt_d.zero_grad()
        loss.backward()
        opt_d.step()
        schedule.step()
    return d


ACROSS, UP = torch.linspace(-6, 12, 181), torch.linspace(-6, 6, 121)
PLANE = torch.cartesian_prod(ACROSS, UP)


def gap(d, mean=2.0):
    def density(x):
        return torch.exp(-(x**2).sum(1) / 2) / math.tau

    with torch.no_grad():
        weight = density(PLANE) - density(PLANE - torch.tensor([mean, 0.0]))
        return (0.01 * d(PLANE)[:, 0] * weight).sum().item()


def steepest(d):
    x = PLANE.clone().requires_grad_()
    return torch.autograd.grad(d(x).sum(), x)[0].norm(dim=1).max().item()


def best_derivative(x, mean):
    """(03.16), and the sum of both densities at x."""
    below = [torch.erfc((m - x) / math.sqrt(2)) / 2 for m in (0.0, mean)]
    density = sum(torch.exp(-((x - m) ** 2) / 2) for m in (0.0, mean)) / math.sqrt(math.tau)
    return (below[1] - below[0]) / density, density


PROFILE_BAR = 0.1  # a line of derivative −1 is off by 0.294, WGAN-GP by 0.34


def profile_error(derivative, mean=2.0):
    """How far ∂D/∂x along the first coordinate, a function, is off from (03.16): a relative L2
    error, weighted by both densities."""
    x = torch.linspace(-4, 6, 1001)
    best, density = best_derivative(x, mean)
    squares = (derivative(x) - best) ** 2
    return ((density * squares).sum() / (density * best**2).sum()).sqrt().item()


def along(d):
    def derivative(x):
        points = torch.stack([x, torch.zeros_like(x)], 1).requires_grad_()
        return torch.autograd.grad(d(points).sum(), points)[0][:, 0]

    return derivative


def both_ends(d, real, fake):
    return r1(d, real) + r2(d, fake)


PENALTIES = {"none": lambda *_: 0.0, "gp": lambda *given: 10 * wgan_gp(*given), "r12": both_ends}


@cache
@threads(1)
def trained(kind, seed, mean=2.0):
    layer = Spectral if kind == "spectral" else nn.Linear
    return critic(seed, PENALTIES.get(kind, PENALTIES["none"]), mean, layer)


def finds_the_best_critic(seed):
    d = trained("r12", seed)
    return profile_error(along(d)) < PROFILE_BAR and abs(gap(d) - 2.2) < 0.05


def wgan_gp_finds_another(seed):
    d = trained("gp", seed)
    return profile_error(along(d)) > 2 * PROFILE_BAR and abs(gap(d) - 2.2) < 0.05


CLAIMS = (
    Claim("saturating: θ below −2 after 100 rounds, near 3 after 400", saturating_waits, True),
    Claim("non-saturating: θ past 3 after 100 rounds", nonsaturating_leaves, True),
    Claim(
        "200 steps of D alone: a logit of −9 to −7, not the best D's −18", is_not_yet_the_best, True
    ),
    Claim(
        "G's loss is D's probability, 1 = real: θ is −2.7 to −2.3 after 200 rounds",
        stands_still,
        True,
    ),
    Claim("G's loss is D's logit, 1 = real: θ at −80 to −70 after 200 rounds", runs_away, True),
    Claim("hinge: D alone for 400 steps, G's gradient is below 1.5", hinge_stays_small, True),
    Claim("Wasserstein: D alone for 400 steps, G's gradient passes 100", wasserstein_grows, True),
    Claim("no penalty: the critic's gap passes 50", lambda seed: gap(trained("none", seed)) > 50),
    Claim("R1 and R2: ∂D/∂x is off by less than 10 %, the gap is 2.2", finds_the_best_critic),
    Claim("WGAN-GP: ∂D/∂x is off by more than 20 %, the gap is 2.2", wgan_gp_finds_another),
    Claim(
        "clouds 6 apart, R1 and R2: ‖∇D‖ passes 10",
        lambda seed: steepest(trained("r12", seed, 6.0)) > 10,
    ),
    Claim(
        "clouds 6 apart, WGAN-GP: ‖∇D‖ passes 1.2",
        lambda seed: steepest(trained("gp", seed, 6.0)) > 1.2,
    ),
    Claim(
        "clouds 6 apart, spectral normalisation: ‖∇D‖ is at most 1",
        lambda seed: steepest(trained("spectral", seed, 6.0)) < 1.001,
    ),
)
