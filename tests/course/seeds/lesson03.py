"""Lesson 03: training with each loss of G, and a critic with and without a bound."""

from functools import cache

import torch

from ganlib.core.penalties import r1, r2
from ganlib.lessons import three_numbers as three
from ganlib.lessons.article import LOSSES, article_discriminator
from ganlib.lessons.budget import threads
from ganlib.lessons.discriminators import fit
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Gaussian1D
from seeds import SEEDS, Claim

P, Q = Gaussian1D(0.0), Gaussian1D(2.0)


def thetas(seed, name, rounds, start=None):
    def round_(state, real, noise, rate):
        state = three.d_step(state, real, noise, rate)
        theta = state.theta.clone().requires_grad_()
        logits = three.logit(three.generate(noise, theta), state.phi0, state.phi1)
        (gradient,) = torch.autograd.grad(LOSSES[name].generator(logits), theta)
        return state._replace(theta=state.theta - rate * gradient)

    return [state.theta for state in three.train(seed, rounds, round_=round_, start=start)]


def d_trained_first(seed):
    start = three.numbers(theta=-3.0)
    return three.train(seed, 200, round_=three.d_step, start=start)[-1]


def saturating_waits(seed):
    path = thetas(seed, "minimax", 400, d_trained_first(seed))
    return path[100] < -2 and abs(path[-1] - 3) < 0.2


def nonsaturating_leaves(seed):
    return thetas(seed, "nonsaturating", 100, d_trained_first(seed))[-1] > 3


def diverges(seed):
    return thetas(seed, "article", 200)[-1] < -10


def critics():
    return MLP(MLPConfig(inputs=1, width=16, depth=2), SEEDS)


def gaps(stack):
    generator = torch.Generator().manual_seed(7)
    x, y = (law.sample(4000, generator).expand(len(SEEDS), -1, -1) for law in (P, Q))
    with torch.no_grad():
        return (stack(y) - stack(x)).mean((1, 2))


@cache
@threads(1)
def unbounded():
    stack = critics()
    found = []
    for _ in range(2):
        fit(stack, P, Q, SEEDS, steps=300, loss=article_discriminator)
        found.append(gaps(stack))
    return found


def has_no_least_loss(seed):
    early, late = unbounded()
    return early[seed] > 100 and late[seed] > 1000


@cache
@threads(1)
def bounded():
    stack = critics()
    generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]
    optimiser = torch.optim.Adam(stack.parameters(), lr=1e-2)

    def flat(points):
        return stack(points.view(len(SEEDS), -1, 1)).view(-1, 1)

    for _ in range(600):
        x, y = (torch.cat([law.sample(256, g) for g in generators]) for law in (P, Q))
        loss = article_discriminator(flat(x), flat(y)) + r1(flat, x) + r2(flat, y)
        optimiser.zero_grad()
        (len(SEEDS) * loss).backward()
        optimiser.step()
    return gaps(stack)


def stays_bounded(seed):
    return 1.8 < bounded()[seed] < 2.4


CLAIMS = (
    Claim("saturating: θ below −2 after 100 rounds, near 3 after 400", saturating_waits),
    Claim("non-saturating: θ past 3 after 100 rounds", nonsaturating_leaves, True),
    Claim("the article's G loss and D with 1 = real: θ ends below −10", diverges, True),
    Claim("without a bound the critic's gap passes 100, then 1000", has_no_least_loss, True),
    Claim("with a penalty on the gradient the gap is 1.8 to 2.4", stays_bounded),
)
