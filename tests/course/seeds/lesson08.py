"""Lesson 08: nothing that is hidden is lost; a rank is the nearest of all monotone tones."""

import torch

from ganlib.core.reconstruction import l1, low_frequency
from ganlib.lessons import hiding
from ganlib.lessons.equal_compute import by_rank
from seeds import Claim


def pictures(seed, n=8, size=32):
    """Smooth random pictures (n, 3, size, size) in [-1, 1], in grey levels."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(n, 3, 4, 4, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=size, mode="bicubic")
    return hiding.levels(smooth.tanh())


def nothing_is_lost(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    return l1(hiding.seek(hiding.hide(drawing, photo)), photo) < 1e-4


def as_a_file_it_is_the_strangers(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    return torch.equal(hiding.levels(hiding.hide(drawing, photo)), drawing)


def the_low_frequencies_see_the_stranger(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    carrier = hiding.hide(drawing, photo)
    return abs(low_frequency(carrier, photo, 8) - low_frequency(drawing, photo, 8)) < 0.01


def ranks_give_the_drawings_tones(seed):
    """Photographs' tones, whatever curve has bent them, become the drawings', in the same order."""
    generator = torch.Generator().manual_seed(seed)
    plain = torch.randn(200, 3, generator=generator)
    drawings = torch.rand(200, 3, generator=generator)
    found = by_rank(plain.exp(), plain.exp(), drawings)
    same = torch.equal(found.sort(0).values, drawings.sort(0).values)
    return same and torch.equal(found.argsort(0), plain.argsort(0))


CLAIMS = (
    Claim("hidden in a stranger's drawing, a person comes back to 0.0001", nothing_is_lost, True),
    Claim("as a file it is the stranger's drawing", as_a_file_it_is_the_strangers, True),
    Claim("the low frequencies see the stranger", the_low_frequencies_see_the_stranger, True),
    Claim("ranks give the drawings' tones in the order", ranks_give_the_drawings_tones, True),
)
