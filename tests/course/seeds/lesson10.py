"""Lesson 10: lines beside their places cost more than none, so G leaves them out unless there is a
D; drawings that are carried over hold still, and still follow, whatever the noise."""

import torch
from torch import nn

from ganlib.core.losses import relativistic_discriminator, relativistic_generator
from ganlib.lessons.checks.lesson10 import carry, terms
from seeds import Claim

FRAMES, SIZE, NOISE = 24, 24, 0.05


def film(seed, moves):
    """A noisy film of a grey wall, on which a white square comes up slowly, or does not: pictures,
    and what a network that doubles all contrast draws of them."""
    generator = torch.Generator().manual_seed(seed)
    pictures = NOISE * torch.randn(FRAMES, 1, SIZE, SIZE, generator=generator)
    if moves:
        pictures[:, :, 8:16, 8:16] += torch.linspace(0, 1, FRAMES)[:, None, None, None]
    return pictures, 2 * pictures


def changed(picture, kept):
    """As the library's: means over squares, and from 0 at 0.1 to 1 at 0.2."""
    error = torch.nn.functional.avg_pool2d((picture - kept)[None], 5, 1, 2)[0].abs()
    return ((error - 0.1) / 0.1).clamp(0, 1)


def changes(drawn):
    return drawn.diff(dim=0).abs().mean()


def it_flickers_less_than_half(seed):
    pictures, drafts = film(seed, moves=False)
    return changes(carry.reference(pictures, drafts, changed)) < changes(drafts) / 2


def a_slow_motion_is_followed(seed):
    pictures, drafts = film(seed, moves=True)
    drawn = carry.reference(pictures, drafts, changed)
    return (drawn[-1, :, 9:15, 9:15] - 2).abs().mean() < 0.4


def compared_with_the_frame_before_it_is_not(seed):
    pictures, drafts = film(seed, moves=True)
    drawn = carry.mistakes[0].answer(pictures, drafts, changed)
    return (drawn[-1, :, 9:15, 9:15] - 2).abs().mean() > 1


def a_line_beside_its_place_costs_more_than_none(seed):
    """A stroke one pixel wide on any row: drawn a pixel or more lower, or left out."""
    generator = torch.Generator().manual_seed(seed)
    row, lower, start = torch.randint(1, 12, (3,), generator=generator).tolist()
    paper, flat = torch.ones(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    line = paper.clone()
    line[..., row, start : start + 16] = -1
    beside, none = (sum(terms.reference(p, line, flat)) for p in (line.roll(lower, -2), paper))
    return beside > 1.2 * none


def darkest(seed, adversarial, steps=200, size=12):
    """Of a G that sees nothing, a picture alone, the darkest column: -1 a line, 1 paper. The truth
    has a line in any of six columns."""
    torch.manual_seed(seed)
    picture = nn.Parameter(0.5 + 0.05 * torch.randn(1, 1, size, size))
    layers = nn.Conv2d(1, 16, 3), nn.LeakyReLU(0.2), nn.Conv2d(16, 16, 3), nn.LeakyReLU(0.2)
    d, flat = nn.Sequential(*layers, nn.Conv2d(16, 1, 1)), torch.ones(16, 1, size, size)
    opt_g = torch.optim.Adam([picture], 0.03, betas=(0.5, 0.99))
    opt_d = torch.optim.Adam(d.parameters(), 0.003, betas=(0.5, 0.99))
    for _ in range(steps):
        truth, drawn = torch.ones(16, 1, size, size), picture.expand(16, -1, -1, -1)
        truth[torch.arange(16), 0, :, torch.randint(3, 9, (16,))] = -1
        loss = sum(terms.reference(drawn, truth, flat))
        if adversarial:
            opt_d.zero_grad()
            relativistic_discriminator(d(truth), d(drawn.detach())).backward()
            opt_d.step()
            loss = loss + adversarial * relativistic_generator(d(drawn), d(truth).detach())
        opt_g.zero_grad()
        loss.backward()
        opt_g.step()
    return picture.detach().mean((0, 1, 2)).min()


def without_d_the_line_is_left_out_and_with_d_it_is_drawn(seed):
    return darkest(seed, adversarial=0.0) > 0.9 and darkest(seed, adversarial=8.0) < 0.5


CLAIMS = (
    Claim(
        "where its place is open a line is left out without D, and drawn with it",
        without_d_the_line_is_left_out_and_with_d_it_is_drawn,
        True,
    ),
    Claim(
        "a line beside its place costs more than no line",
        a_line_beside_its_place_costs_more_than_none,
        True,
    ),
    Claim(
        "drawings that are carried over flicker less than half", it_flickers_less_than_half, True
    ),
    Claim("a slow motion is followed", a_slow_motion_is_followed, True),
    Claim(
        "compared with the frame before, a slow motion is not followed",
        compared_with_the_frame_before_it_is_not,
        True,
    ),
)
