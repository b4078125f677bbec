"""Lesson 06: fresh towers, the shell of the noise, and the lesson's own loop on a few drawings."""

from functools import cache

import lessons
import torch
from torch import nn

from ganlib.data.conditions import alike_as_asked, encode
from ganlib.data.datasets import HELD_OUT_SEED, drawing_dataset, face_people
from ganlib.data.samplers import ConditionalSampler, ImageSampler
from ganlib.lessons import latents, towers
from ganlib.lessons.budget import threads
from ganlib.lessons.checks import lesson06 as check
from ganlib.measure.control import generate
from ganlib.measure.probe import load_probe
from ganlib.twins import render_drawings
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
        images = nn.Sequential(*layers)(images.relu())
    return towers.ripple(images / images.std()).mean().item()


def resizing_leaves_no_grid(seed):
    return ripple("resize", seed) < min(ripple(3, seed), ripple(4, seed)) / 5


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
    a, b = torch.randn(2, 5000, 64, generator=torch.Generator().manual_seed(seed))
    straight, along = ((a + b) / 2).norm(dim=1), latents.slerp(a, b, 0.5).norm(dim=1)
    return abs(along.mean() - 8) < 0.2 and abs(straight.mean() - 8 / 2**0.5) < 0.2


@cache
def lesson():
    """What its cells define, the answers of its exercises, and what it trains and measures on."""
    path = lessons.ROOT / "notebooks" / "06_from_noise_to_faces.ipynb"
    space = lessons.definitions(lessons.read(path))
    for name in ("generator", "discriminator", "projection", "distances"):
        space[name] = getattr(check, name).reference
    people = alike_as_asked(face_people(300, 1, "flat"), 2, 2)
    drawings, known = drawing_dataset(people, 32), encode(people)
    probe, held_out = load_probe(), render_drawings(face_people(800, HELD_OUT_SEED, "flat"), 32)
    space |= {"where": "cpu", "k": 8, "probe": probe, "live": lambda cpu, gpu, quick: quick}
    truth, others = space["features"](held_out).split(400)
    return space, drawings, known, truth, others


@cache
@threads(1)
def trained(seed):
    """Probe-FID of fakes after 400 rounds, and of the cheats."""
    space, drawings, _, truth, others = lesson()
    torch.manual_seed(seed)
    g = space["start"](space["generator"](), 0.02)
    d = space["start"](space["discriminator"](), 0.01)
    average = space["train"](g, d, ImageSampler(drawings), 400, lambda *_: None)
    noise = torch.randn(400, 64, generator=torch.Generator().manual_seed(seed))
    fakes = space["features"](generate(average, noise))
    sets = fakes, others, others[:1].expand(400, -1)
    return [space["fid"](each, truth).item() for each in sets]


def learns(seed):
    fakes, true, repeated = trained(seed)
    return true < fakes < repeated


@cache
@threads(1)
def asked(seed):
    """Energy distance after 400 rounds with conditions: as asked, and for somebody else."""
    space, drawings, known, *_ = lesson()
    torch.manual_seed(seed)
    people, true, _ = space["held_out_groups"]("flat", 32)
    g, d = space["AskedG"](known.shape[1]), space["AskedD"](known.shape[1])
    sampler = ConditionalSampler(drawings, known)
    average = space["train"](g, d, sampler, 400, lambda *_: None)
    c = encode(people).repeat_interleave(8, 0)
    noise = torch.randn(len(c), 64, generator=torch.Generator().manual_seed(seed))
    fakes = generate(average, noise, c).unflatten(0, (-1, 8))
    return [space["scores"](each, true)[2] for each in (fakes, fakes.roll(1, 0))]


def follows(seed):
    right, swapped = asked(seed)
    return right < swapped


CLAIMS = (
    Claim("resizing leaves less than a fifth of a fresh tower's grid", resizing_leaves_no_grid),
    Claim("He's spread keeps the signal within a factor of 3 over four layers", survives),
    Claim("0.02 leaves less than a thousandth", dies),
    Claim("slerp stays at length 8, the straight way dips to 5.7", on_the_shell, True),
    Claim("after 400 rounds probe-FID lies between the truth's and one repeated drawing's", learns),
    Claim("after 400 rounds fakes are nearer to what was asked than to what others asked", follows),
)
