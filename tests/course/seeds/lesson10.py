"""Lesson 10: drawings that are carried over hold still, and still follow, whatever the noise."""

import torch

from ganlib.lessons.checks.lesson10 import carry
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


CLAIMS = (
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
