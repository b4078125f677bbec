"""Answers to lesson 06: networks as classes and with other layers, half angles, einsum, loops."""

import torch
from torch import nn
from torch.nn import functional

from ganlib.core.networks.dcgan import ResizeConv


class Tower(nn.Module):
    """G written as DCGAN's often is: a class with a forward."""

    def __init__(self, latent, width, end=torch.tanh, act=torch.relu, norm=True, side=4):
        super().__init__()
        maps = [4 * width, 2 * width, width, 3]
        self.dense = nn.Linear(latent, maps[0] * side * side)
        self.norms = nn.ModuleList(nn.GroupNorm(8, c) if norm else nn.Identity() for c in maps[:3])
        self.doubles = nn.ModuleList(map(ResizeConv, maps[:3], maps[1:]))
        self.pairs = list(zip(self.norms, self.doubles, strict=True))
        self.end, self.act, self.side = end, act, side

    def parameters(self, recurse=True):
        for layer in (self.dense, *sum(self.pairs, ())):
            yield from layer.parameters()

    def forward(self, z):
        maps = self.dense(z).view(len(z), -1, self.side, self.side)
        for norm, double in self.pairs:
            maps = double(self.act(norm(maps)))
        return self.end(maps)


def tower(**other):
    return lambda latent, width: Tower(latent, width, **other)


def strided(latent, width):
    """Kernels of 4, as in the paper."""
    layers = [nn.Linear(latent, 64 * width), nn.Unflatten(1, (4 * width, 4, 4))]
    for c, d in ((4 * width, 2 * width), (2 * width, width), (width, 3)):
        layers += [nn.GroupNorm(8, c), nn.ReLU(), nn.ConvTranspose2d(c, d, 4, 2, 1)]
    return nn.Sequential(*layers, nn.Tanh())


class Critic(nn.Module):
    """D whose last layer is a convolution over all of the map; one logit without an axis."""

    def __init__(self, inputs, outputs, width, leak=0.2, norms=(1, 2), end=lambda x: x):
        super().__init__()
        maps, self.layers = (inputs, width, 2 * width, 4 * width), nn.ModuleList()
        for i in range(3):
            self.layers.append(nn.Conv2d(maps[i], maps[i + 1], 4, 2, 1))
            self.layers.append(nn.GroupNorm(8, maps[i + 1]) if i in norms else nn.Identity())
        self.layers.append(nn.Conv2d(4 * width, outputs, 4))
        self.leak, self.end = leak, end

    def forward(self, images):
        for i in (0, 2, 4):
            images = functional.leaky_relu(self.layers[i + 1](self.layers[i](images)), self.leak)
        return self.end(self.layers[6](images).flatten(1))


def critic(**other):
    return lambda inputs, outputs, width: Critic(inputs, outputs, width, **other)


def angle(a, b):
    apart, along = (a / a.norm() - b / b.norm()).norm(), (a / a.norm() + b / b.norm()).norm()
    return torch.atan2(apart, along) * 2


def slerp(a, b, t, omega=None):
    omega = angle(a, b) if omega is None else omega
    return torch.sin(omega - t * omega) / omega.sin() * a + torch.sin(t * omega) / omega.sin() * b


def logits(f, c, w, b, v):
    return torch.einsum("nf,f->n", f, w) + b + torch.einsum("nc,cf,nf->n", c, v, f)


def distances(fakes, true, power=1.0, own=True, twice=2.0, sign=-1.0):
    def mean(a, b):
        lengths = [
            (x - y).norm() ** power
            for i, x in enumerate(a)
            for j, y in enumerate(b)
            if own or a is not b or i != j
        ]
        return sum(lengths) / len(lengths)

    near, diversity = mean(fakes, true), mean(fakes, fakes)
    return [near, diversity, twice * near + sign * diversity + sign * mean(true, true)]


ANSWERS = {
    "generator": (
        [tower(), tower(end=lambda x: 2 * torch.sigmoid(2 * x) - 1)],
        [
            (tower(end=lambda x: x), "the tanh is missing"),
            (tower(end=torch.sigmoid), "from 0 to 1"),
            (tower(end=lambda x: torch.tanh(x.clamp(min=0))), "no picture is dark"),
            (tower(norm=False), "group norms"),
            (tower(act=lambda x: x), "ReLUs are missing"),
            (tower(side=32), "*last* side"),
            (strided, "should give"),
        ],
    ),
    "discriminator": (
        [critic()],
        [
            (critic(end=torch.sigmoid), "a sigmoid at the end"),
            (critic(leak=0.0), "plain ReLUs"),
            (critic(leak=0.01), "PyTorch's own"),
            (critic(norms=()), "are missing"),
            (critic(norms=(0, 1, 2)), "how bright"),
            (critic(leak=0.1), "should give"),
        ],
    ),
    "slerp": (
        [slerp],
        [
            (torch.lerp, "the straight way"),
            (lambda a, b, t: slerp(b, a, t), "exchanged"),
            (lambda a, b, t: slerp(a, b, t) * angle(a, b).sin(), "division by sin"),
            (lambda a, b, t: slerp(a / a.norm(), b / b.norm(), t), "with their lengths"),
            (lambda a, b, t: slerp(a, b, t, torch.tensor(1.0)), "it gives"),
        ],
    ),
    "projection": (
        [logits],
        [
            (lambda f, c, w, b, v: logits(f, 0 * c, w, b, v), "whether the picture is real"),
            (lambda f, c, w, b, v: logits(f, c, 0 * w, 0 * b, v), "whether the picture is what"),
            (lambda f, c, w, b, v: (f @ w + b)[:, None] + f @ v.T @ c.T, "a table"),
            (lambda f, c, w, b, v: logits(f, c, w, 0 * b, v), "b is missing"),
            (lambda f, c, w, b, v: logits(f, -c, w, b, v), "wrong sign"),
        ],
    ),
    "distances": (
        [lambda x, y: distances(x, y, own=False)],
        [
            (distances, "that is no pair"),
            (lambda x, y: distances(x, y, 2.0, own=False), "squared distances"),
            (lambda x, y: distances(x, y, own=False, twice=1.0), "counts twice"),
            (lambda x, y: distances(x, y, own=False, sign=1.0), "not added"),
            (lambda x, y: distances(x, y, own=False)[::-1], "reverse order"),
            (lambda x, y: distances(x, y, own=False)[:2], "its shape is"),
        ],
    ),
}
