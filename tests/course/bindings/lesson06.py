"""Lesson 06: networks by their numbers, the shell, the projection, distances of sets, by sums; and
the networks and the loop on screen against the library's."""

import torch
from torch import nn

from bindings import Binding
from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.core.networks import base, conditional
from ganlib.core.networks.conditional import projection_logit
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
    ResizeConv,
)
from ganlib.core.objectives import ConditionalNoiseToImage, NoiseToImage
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import ConditionalSampler, ImageSampler
from ganlib.lessons import latents, towers
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.lesson06 import _distances, _Network, discriminator, generator
from ganlib.measure import metrics


def stamped(weights):
    """Six stamps, two apart, pixel by pixel."""
    length = 5 * 2 + len(weights)
    return torch.stack(
        [
            sum(weights[x - 2 * j] for j in range(6) if 0 <= x - 2 * j < len(weights))
            for x in range(length)
        ]
    )


def ripple(image):
    means = [image[a::2, b::2].mean() for a in (0, 1) for b in (0, 1)]
    middle = sum(means) / 4
    return (sum((m - middle) ** 2 for m in means) / 4) ** 0.5


def omega(a, b):
    return torch.arccos((a * b).sum() / ((a**2).sum() * (b**2).sum()) ** 0.5)


def slerp(a, b, t):
    angle = omega(a, b)
    return (
        torch.sin((1 - t) * angle) / torch.sin(angle) * a
        + torch.sin(t * angle) / torch.sin(angle) * b
    )


def projection(features, condition, w, b, v):
    rows = []
    for f, c in zip(features, condition, strict=True):
        rows.append((w * f).sum() + b + sum(c[i] * (v[i] * f).sum() for i in range(len(c))))
    return torch.stack(rows)


def covariance(x):
    away = x - x.mean(0)
    return away.T @ away / (len(x) - 1)


def frechet(x, y):
    """In two dimensions tr M^½ is (tr M + 2 √det M)^½."""
    m = covariance(x) @ covariance(y)
    root = (m.trace() + 2 * (m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]) ** 0.5) ** 0.5
    both = covariance(x).trace() + covariance(y).trace()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + both - 2 * root


def mean_of(pairs):
    lengths = [((x - y) ** 2).sum() ** 0.5 for x, y in pairs]
    return sum(lengths) / len(lengths)


def energy(fakes, true):
    across = [(x, y) for x in fakes for y in true]
    fake, real = (
        [(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j]
        for s in (fakes, true)
    )
    return 2 * mean_of(across) - mean_of(fake) - mean_of(real)


BINDINGS = {
    "06.1": Binding(
        towers.doubled,
        lambda side, k, s, p: (side - 1) * s - 2 * p + k,
        lambda draw: (draw(), draw(), draw(), draw()),
    ),
    "06.2": Binding(
        towers.conv_weights,
        lambda c, d, k: (k**2 * c + 1) * d,
        lambda draw: (draw(), draw(), draw()),
    ),
    "06.3": Binding(lambda w: towers.overlap(w, 2, 6), stamped, lambda draw: (draw(5),)),
    "06.4": Binding(
        lambda image: towers.ripple(image[None, None])[0], ripple, lambda draw: (draw(6, 8),)
    ),
    "06.5": Binding(
        towers.next_signal,
        lambda q, n, std: n * std**2 * q / 2,
        lambda draw: (draw().exp(), draw().exp(), draw().exp()),
    ),
    "06.6": Binding(towers.he_std, lambda n: (2 / n) ** 0.5, lambda draw: (draw().exp(),)),
    "06.7": Binding(
        metrics.frechet, frechet, lambda draw: (draw(9, 2), draw(8, 2)), step=1e-5, rtol=1e-6
    ),
    "06.8": Binding(latents.slerp, slerp, lambda draw: (draw(5), draw(5), draw().sigmoid())),
    "06.9": Binding(
        projection_logit,
        projection,
        lambda draw: (draw(4, 5), draw(4, 3), draw(5), draw(), draw(3, 5)),
    ),
    "06.10": Binding(
        lambda x, y: _distances(x, y)[2], energy, lambda draw: (draw(3, 4), draw(5, 4) + 1)
    ),
}


class Unseeded(Trainer):
    """Random numbers run on from step to step, as in the loop on screen."""

    def begin_step(self):
        state = torch.get_rng_state()
        super().begin_step()
        torch.set_rng_state(state)


def by_trainer(g, d, sampler, steps, look, batch, lr, gamma):
    objective = ConditionalNoiseToImage if "condition" in sampler(2) else NoiseToImage
    torch.manual_seed(0)
    problem = objective(g, d, NoiseLoss(augment="", r1_gamma=gamma, penalty_every=4))
    settings = TrainConfig(steps * batch, batch, lr, 2 * lr, ema_half_life=1e9, precision="fp32")
    trainer = Unseeded(problem, sampler, settings)
    for _ in range(steps):
        trainer.train_step()
    return trainer.ema


class Loop(Function):
    """Compares what becomes of both networks, and the average of G."""

    def _outcomes(self, function, rounds):
        def run(g, d, *others):
            average = function(g, d, *others[:-2], lambda *_: None, 8, *others[-2:])
            networks = nn.ModuleList([average, g, d])
            return [weight.detach() for weight in networks.parameters()]

        return super()._outcomes(run, rounds)


def to_train(draw):
    """Networks of either kind, and drawings for them."""
    drawings = ImageDataset.from_float(draw(12, 3, 8, 8).tanh().float())
    known = draw(6, 2).float().repeat_interleave(2, 0)
    if to_train.turn % 2:
        g = conditional.ConditionalGenerator(conditional.ConditionalGeneratorConfig(2, 8, width=8))
        of_d = conditional.ProjectionDiscriminatorConfig(2, 8, 8, features=8, pack=2)
        d, sampler = (
            conditional.ProjectionDiscriminator(of_d),
            ConditionalSampler(drawings, known, 2),
        )
    else:
        g = DCGANGenerator(DCGANGeneratorConfig(8, 64, 8, "resize"))
        d, sampler = DCGANDiscriminator(DCGANDiscriminatorConfig(8, 8)), ImageSampler(drawings)
    to_train.turn += 1
    g, d = (network.to(memory_format=torch.channels_last) for network in (g, d))
    return g, d, sampler, 8, 2**-10, 0.125


to_train.turn = 0


class Doubling(Function):
    """Gives both doublings the same weights, which a convolution has the other way round."""

    def _outcomes(self, function, rounds):
        def run(maps, weight, bias):
            layer = function(3, 2)
            own = layer if isinstance(layer, ResizeConv) else layer[1]
            turned = weight if own is layer else weight.flip(2, 3).transpose(0, 1)
            own.weight, own.bias = nn.Parameter(turned.detach()), nn.Parameter(bias.detach())
            return layer(maps)

        return super()._outcomes(run, rounds)


class Started(Function):
    def _outcomes(self, function, rounds):
        def run(images):
            tower = nn.Sequential(nn.Conv2d(3, 4, 4, 2, 1), nn.ReLU(), nn.Conv2d(4, 2, 4))
            function.__globals__["where"] = "cpu"
            function(tower, 0.01)
            return tower.double()(images)

        return super()._outcomes(run, rounds)


class Asked(_Network):
    """A conditional network, whose parts are the library's."""

    def _outcomes(self, function, rounds):
        if function.__module__ != __name__:
            parts = {"generator": generator.reference, "discriminator": discriminator.reference}
            function.__init__.__globals__.update(parts, where="cpu", projection=projection_logit)

        def build(*sizes):
            network = function(*sizes)
            forward = network.forward
            network.forward = lambda given: forward(*given)
            return network

        return super()._outcomes(build, rounds)


class LibraryG(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.inner = DCGANGenerator(DCGANGeneratorConfig(32, 64 + c, 32, "resize"))

    def forward(self, z, c):
        return self.inner(torch.cat([z, c], 1))


def library_d(c, pack, features):
    of_d = conditional.ProjectionDiscriminatorConfig(c, 32, 32, features, pack=pack)
    return conditional.ProjectionDiscriminator(of_d)


ON_SCREEN = {
    "side_after": Function(
        lambda S, s, p, k: towers.doubled(S, k, s, p), lambda draw: (draw(), draw(), draw(), draw())
    ),
    "weights_of": Function(towers.conv_weights, lambda draw: (draw(), draw(), draw())),
    "stamps": Function(towers.overlap, lambda draw: (draw(5), 2, 6)),
    "ripple": Function(lambda x: towers.ripple(x).mean(), lambda draw: (draw(2, 3, 8, 8),)),
    "resize": Doubling(
        ResizeConv, lambda draw: (draw(2, 3, 5, 5), draw(3, 2, 3, 3), draw(2)), differentiable=True
    ),
    "start": Started(
        lambda tower, last: base.start_discriminator(tower, False), lambda draw: (draw(2, 3, 8, 8),)
    ),
    "fid": Function(
        metrics.frechet, lambda draw: (draw(9, 3), draw(8, 3) + 1), differentiable=False
    ),
    "train": Loop(by_trainer, to_train, differentiable=False),
    "AskedG": Asked(LibraryG, lambda draw: (5, (draw(2, 64), draw(2, 5)))),
    "AskedD": Asked(library_d, lambda draw: (5, 2, 16, (draw(4, 3, 32, 32), draw(4, 5)))),
}
