"""Lesson 08: a hidden person dies of a little noise, and so does one that networks have hidden."""

from functools import cache

import torch

from ganlib import hiding
from ganlib.reconstruction import cycle, low_frequency
from ganlib.runtime import threads
from ganlib.stores import ImageStore
from seeds import Claim


def pictures(seed, n=8, size=32):
    """Smooth random pictures (n, 3, size, size) in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(n, 3, 4, 4, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=size, mode="bicubic").tanh()


def nothing_is_lost(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    return cycle(hiding.seek(hiding.hide(photo, drawing)), photo) < 1e-4


def the_low_frequencies_see_the_stranger(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    carrier = hiding.hide(photo, drawing)
    return abs(low_frequency(carrier, photo, 8) - low_frequency(drawing, photo, 8)) < 0.01


def noise_as_on_paper(seed):
    photo, drawing = pictures(seed, n=32), pictures(1000 + seed, n=32)
    generator = torch.Generator().manual_seed(seed)
    noise = 0.004 * torch.randn(photo.shape, generator=generator)
    error = cycle(hiding.seek(hiding.hide(photo, drawing) + noise), photo)
    return abs(error / hiding.noise_error(0.004, 0.02) - 1) < 0.02


@cache
@threads(1)
def learned(seed):
    photos = pictures(seed, n=64)
    stranger = pictures(1000 + seed, n=1)
    there, home = hiding.learn_to_hide(ImageStore.from_float(photos), stranger, 4000, seed)
    return hiding.survival(there, home, photos, [0.0, 0.1])


def learned_dies_of_noise(seed):
    clean, noisy = learned(seed)
    return noisy > 2 * clean


CLAIMS = (
    Claim("hidden in a stranger's drawing, a person comes back to 0.0001", nothing_is_lost, True),
    Claim("the low frequencies see the stranger", the_low_frequencies_see_the_stranger, True),
    Claim("noise of 0.004 costs what (08.7) says, to 2 %", noise_as_on_paper, True),
    Claim("networks taught to hide: noise of 0.1 doubles the cycle's error", learned_dies_of_noise),
)
