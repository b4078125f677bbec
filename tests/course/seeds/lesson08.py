"""Lesson 08: a little noise destroys a hidden person; few drawings are memorised."""

import torch

from ganlib.core.reconstruction import l1, low_frequency
from ganlib.data.tones import exposure_weights
from ganlib.lessons import hiding
from seeds import Claim
from seeds.lesson09 import few_are_memorised, removes_noise_alone


def pictures(seed, n=8, size=32):
    """Smooth random pictures (n, 3, size, size) in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(n, 3, 4, 4, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=size, mode="bicubic").tanh()


def nothing_is_lost(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    return l1(hiding.seek(hiding.hide(photo, drawing)), photo) < 1e-4


def the_low_frequencies_see_the_stranger(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    carrier = hiding.hide(photo, drawing)
    return abs(low_frequency(carrier, photo, 8) - low_frequency(drawing, photo, 8)) < 0.01


def the_likeliest_exposure_is_near(seed):
    """Drawings of four tones with a normal law, photographs exposed by half a stop more or less."""
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(4, 4, generator=generator)
    drawings = torch.randn(500, 4, generator=generator) @ factor.T
    exposures = 0.5 * torch.randn(500, generator=generator)
    found = (drawings + exposures[:, None]) @ exposure_weights(torch.cov(drawings.T), 0.5)
    return (found - exposures).square().mean() < 0.98 * exposures.square().mean()


def noise_as_on_paper(seed):
    photo, drawing = pictures(seed, n=32), pictures(1000 + seed, n=32)
    generator = torch.Generator().manual_seed(seed)
    noise = 0.004 * torch.randn(photo.shape, generator=generator)
    error = l1(hiding.seek(hiding.hide(photo, drawing) + noise), photo)
    return abs(error / hiding.noise_error(0.004, 0.02) - 1) < 0.02


CLAIMS = (
    Claim("hidden in a stranger's drawing, a person comes back to 0.0001", nothing_is_lost, True),
    Claim("the low frequencies see the stranger", the_low_frequencies_see_the_stranger, True),
    Claim(
        "the likeliest exposure is nearer to the true one than 0",
        the_likeliest_exposure_is_near,
        True,
    ),
    Claim("noise of 0.004 costs what (08.8) says, to 2 %", noise_as_on_paper, True),
    Claim("back-translation removes noise, and no constant error", removes_noise_alone, True),
    Claim("8 points are memorised, 4000 are not", few_are_memorised, True),
)
