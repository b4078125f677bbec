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
        given = (a, logit(phi, real)) if LOSSES[name].paired else (a,)
        found.append(-(by_logit(name, *given) * phi[:, 1:]).mean(1))
    return torch.stack(found)


def hinge_stays_small(seed):
    return pull("hinge")[-1, seed] < 1.5


def wasserstein_grows(seed):
    return pull("wasserstein")[-1, seed] > 100


def critic(seed, penalty, mean=2.0, steps=300):
    torch.manual_seed(seed)
    width = 32
    d = nn.Sequential(
        nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
    )
    opt_d = torch.optim.Adam(d.parameters(), lr=1e-2)
    for _ in range(steps):
        real, fake = torch.randn(256, 2), torch.randn(256, 2) + torch.tensor([mean, 0.0])
        loss = wasserstein_critic(d(real), d(fake)) + penalty(d, real, fake)
        opt_d.zero_grad()
        loss.backward()
        opt_d.step()
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


def both_ends(d, real, fake):
    return r1(d, real) + r2(d, fake)


@cache
@threads(1)
def found(kind, seed):
    if kind == "free":
        return gap(critic(seed, lambda *_: 0.0))
    if kind == "gp":
        return gap(critic(seed, lambda *a: 10 * wgan_gp(*a)))
    if kind == "r12":
        return gap(critic(seed, both_ends))
    if kind == "far":
        return steepest(critic(seed, both_ends, 6.0))
    return steepest(critic(seed, lambda *a: 10 * wgan_gp(*a), 6.0))


CLAIMS = (
    Claim("saturating: θ below −2 after 100 rounds, near 3 after 400", saturating_waits, True),
    Claim("non-saturating: θ past 3 after 100 rounds", nonsaturating_leaves, True),
    Claim("200 rounds of D alone: a logit of −9 to −7, not the best D's −18", is_not_yet_the_best),
    Claim(
        "G's loss is D's probability, 1 = real: θ is −2.7 to −2.3 after 200 rounds",
        stands_still,
        True,
    ),
    Claim("G's loss is D's logit, 1 = real: θ at −80 to −70 after 200 rounds", runs_away, True),
    Claim(
        "hinge: D alone for 400 steps, the strength at the fakes is below 1.5", hinge_stays_small
    ),
    Claim("Wasserstein: D alone for 400 steps, the strength passes 100", wasserstein_grows),
    Claim("no penalty: the critic's gap passes 50", lambda seed: found("free", seed) > 50),
    Claim("WGAN-GP: the gap is 2 to 2.5", lambda seed: 2 < found("gp", seed) < 2.5),
    Claim(
        "R1 and R2: the gap is within a fifth of the best critic's, 2.189",
        lambda seed: abs(found("r12", seed) / 2.189 - 1) < 0.2,
    ),
    Claim("clouds 6 apart, R1 and R2: ‖∇D‖ passes 10", lambda seed: found("far", seed) > 10),
    Claim("clouds 6 apart, WGAN-GP: ‖∇D‖ passes 1.2", lambda seed: found("far gp", seed) > 1.2),
)
