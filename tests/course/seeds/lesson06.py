"""Lesson 06: fresh towers, the shell of the noise, and a small generator that does as asked."""

from functools import cache

import torch
from torch import nn

from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.core.networks.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorConfig,
    ProjectionDiscriminator,
    ProjectionDiscriminatorConfig,
)
from ganlib.core.objectives import ConditionalNoiseToImage
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import ConditionalSampler
from ganlib.lessons import latents, towers
from ganlib.lessons.budget import threads
from ganlib.measure.control import draw
from seeds import Claim


@cache
@torch.no_grad()
def ripple(kind, seed):
    torch.manual_seed(seed)
    maps, images = (64, 32, 16, 3), torch.randn(32, 64, 4, 4)
    for c, d in zip(maps, maps[1:], strict=False):
        if kind == "resize":
            layers = [nn.Upsample(scale_factor=2), nn.Conv2d(c, d, 3, padding=1)]
        else:
            layers = [nn.ConvTranspose2d(c, d, kind, stride=2, padding=1, output_padding=kind % 2)]
        fan_in = c * 9 if kind == "resize" else c * kind**2 / 4
        nn.init.normal_(layers[-1].weight, std=towers.he_std(fan_in))
        images = nn.Sequential(*layers)(images)
        images = images if d == 3 else images.relu()
    return towers.ripple(images / images.std()).mean().item()


def resizing_leaves_no_grid(seed):
    return ripple("resize", seed) < min(ripple(3, seed), ripple(4, seed)) / 10


@torch.no_grad()
def signals(std, seed):
    torch.manual_seed(seed)
    maps, seen = torch.randn(16, 256, 4, 4), []
    for c, d in ((256, 128), (128, 64), (64, 32), (32, 16)):
        layer = nn.ConvTranspose2d(c, d, 4, stride=2, padding=1, bias=False)
        nn.init.normal_(layer.weight, std=std or towers.he_std(c * 4))
        maps = layer(maps).relu()
        seen.append(maps.square().mean().item())
    return seen


def survives(seed):
    return all(1 / 3 < q < 3 for q in signals(None, seed))


def dies(seed):
    return signals(0.02, seed)[-1] < 1e-3


def on_the_shell(seed):
    z = torch.randn(2, 5000, 64, generator=torch.Generator().manual_seed(seed))
    straight, along = latents.lerp(*z, 0.5).norm(dim=1), latents.slerp(*z, 0.5).norm(dim=1)
    return abs(along.mean() - 8) < 0.2 and abs(straight.mean() - 8 / 2**0.5) < 0.2


@threads(1)
def obeys(seed):
    condition = torch.eye(2)[torch.arange(64) % 2]
    jitter = torch.randn(64, 3, 1, 1, generator=torch.Generator().manual_seed(0))
    tones = (condition @ torch.tensor([0.5, -0.5]))[:, None, None, None] + 0.2 * jitter
    dataset = ImageDataset.from_float(tones.clamp(-1, 1).repeat(1, 1, 8, 8))
    torch.manual_seed(seed)
    shape = {"condition": 2, "size": 8, "width": 16}
    objective = ConditionalNoiseToImage(
        ConditionalGenerator(ConditionalGeneratorConfig(**shape, latent=8, embedding=8)),
        ProjectionDiscriminator(ProjectionDiscriminatorConfig(**shape, features=32)),
        NoiseLoss(augment=""),
    )
    config = TrainConfig(
        960, 16, lr_g=2e-3, lr_d=4e-3, ema_half_life=200, seed=seed, precision="fp32"
    )
    ema = Trainer(objective, ConditionalSampler(dataset, condition), config).run().ema
    means = draw(ema, torch.eye(2).repeat_interleave(50, 0)).mean((1, 2, 3))
    return bool((means[:50] > 0).all() and (means[50:] < 0).all())


CLAIMS = (
    Claim("resizing leaves less than a tenth of a fresh tower's grid", resizing_leaves_no_grid),
    Claim("He's spread keeps the signal within a factor of 3 over four layers", survives),
    Claim("0.02 leaves less than a thousandth", dies),
    Claim("slerp stays at length 8, the straight way dips to 5.7", on_the_shell, True),
    Claim("asked for bright or dark, a small generator obeys in 100 of 100", obeys),
)
