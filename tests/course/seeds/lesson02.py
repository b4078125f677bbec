"""Lesson 02: discriminators that find the ratio, and others whose gradient ReLU blocks."""

from functools import cache

import torch
from torch import nn
from torch.nn.functional import softplus

from ganlib.lessons.discriminators import fit
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Gaussian1D, least_discriminator_loss, optimal_logit
from seeds import SEEDS, Claim

P, Q = Gaussian1D(0.0, 1.0), Gaussian1D(2.0, 1.5)


def stack(negative_slope=0.2):
    return MLP(MLPConfig(inputs=1, width=16, depth=2, negative_slope=negative_slope), SEEDS)


def on_all(points):
    return points.expand(len(SEEDS), -1, -1)


@cache
def trained():
    stacked = stack()
    fit(stacked, P, Q, SEEDS, steps=500)
    return stacked


def near_the_ratio(seed):
    generator = torch.Generator().manual_seed(99)
    points = torch.cat([law.sample(2000, generator) for law in (P, Q)])
    found = trained()(on_all(points))[seed].detach().sigmoid()
    return (found - optimal_logit(points, P, Q).sigmoid()).abs().mean() < 0.02


def near_the_least_loss(seed):
    x = torch.linspace(-12, 18, 6001)
    logits = trained()(on_all(x[:, None]))[seed, :, 0].detach().double()
    pay = P.log_density(x).exp() * softplus(-logits) + Q.log_density(x).exp() * softplus(logits)
    return -1e-6 < torch.trapezoid(pay, x.double()) - least_discriminator_loss(P, Q) < 0.005


@cache
def stuck(negative_slope, last):
    """For each D, the share of fakes at 0 that get no gradient at all; reals are at 3."""
    stacked = nn.Sequential(stack(negative_slope), nn.ReLU() if last else nn.Identity())
    fit(stacked, Gaussian1D(3.0), Gaussian1D(0.0), SEEDS, steps=300)
    fakes = Gaussian1D(0.0).sample(2000, torch.Generator().manual_seed(99))
    leaf = on_all(fakes).clone().requires_grad_()
    (gradients,) = torch.autograd.grad(stacked(leaf).sum(), leaf)
    return (gradients == 0).float().mean((1, 2))


def leaky_never_blocks(seed):
    return stuck(negative_slope=0.2, last=False)[seed] == 0


def relu_inside_leaves_a_path(seed):
    return stuck(negative_slope=0.0, last=False)[seed] < 0.5


def relu_blocks(seed):
    return stuck(negative_slope=0.0, last=True)[seed] > 0.5


CLAIMS = (
    Claim("D is off from the ratio by less than 0.02 on average", near_the_ratio, True),
    Claim("its loss is above 2 ln 2 − 2 JSD by 0.005 at most", near_the_least_loss, True),
    Claim("with leaky ReLU every fake gets a gradient", leaky_never_blocks, True),
    Claim("with ReLU inside only, most fakes get one", relu_inside_leaves_a_path, True),
    Claim("with ReLU throughout most fakes get none", relu_blocks, True),
)
