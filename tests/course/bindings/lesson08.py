"""Lesson 08: terms without pairs, by sums over squares; CycleGAN's networks and losses, and the
library's; a picture that hides another."""

import torch
from torch import nn

from bindings import Binding
from ganlib.core.config import CycleLoss
from ganlib.core.losses import nonsaturating_generator
from ganlib.core.networks.cyclegan import (
    PatchGAN,
    PatchGANConfig,
    ResnetTranslator,
    ResnetTranslatorConfig,
    _Residual,
)
from ganlib.core.objectives import CycleGAN
from ganlib.core.reconstruction import l1, low_frequency
from ganlib.lessons import hiding
from ganlib.lessons.checks import lesson08 as check
from ganlib.lessons.checks.core import Function
from ganlib.lessons.equal_compute import by_rank


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def mean(values):
    return sum(values) / len(values)


def squares(images, side):
    """Means over squares of `side` pixels, every side / 2 pixels, one by one."""
    n = images.shape[-1]
    return [
        images[..., i : i + side, j : j + side].sum((-2, -1)) / side**2
        for i in range(0, n - side + 1, side // 2)
        for j in range(0, n - side + 1, side // 2)
    ]


def article(logits, output, source):
    fooled = mean([-torch.log(sigmoid(a)) for a in logits])
    pairs = zip(squares(output, 4), squares(source, 4), strict=True)
    kept = [abs(a - b) for p, q in pairs for a, b in zip(p.flatten(), q.flatten(), strict=True)]
    return fooled + 5 * mean(kept)


def ranked(tones, source, target):
    """For each tone the drawings' tone with the same share of its dataset below it."""
    found = []
    for tone in tones[:, 0]:
        share = sum(float(other < tone) for other in source[:, 0]) / len(source)
        ordered = sorted(target[:, 0], key=lambda value: value.item())
        found.append(ordered[min(round(share * len(target)), len(target) - 1)])
    return torch.stack(found)[:, None]


def far(a, b):
    return mean([abs(p - q) for p, q in zip(a.flatten(), b.flatten(), strict=True)])


def there(x):
    return torch.tanh(1.3 * x) + 0.1


def home(y):
    return 0.8 * y - 0.1 * y**2


def of_drawings(y):
    return 2 * y.mean(1) - y[:, 0] ** 2


def of_photographs(x):
    return x.amax(1) + 0.5


class Net(nn.Module):
    """A function as a network of 4 x 4 pixels."""

    def __init__(self, function):
        super().__init__()
        self.function, self.config = function, ResnetTranslatorConfig()

    def forward(self, images):
        return self.function(images)


def library(g, f, d, d_photo, x, y):
    """L_G of the library's `CycleGAN`, as published."""
    problem = CycleGAN(*map(Net, (g, d, f, d_photo)), CycleLoss(pool=0))
    batch = {"photo": x, "anime": y}
    return sum(problem.generator_loss(batch, problem.generate(batch)).values())


def whole(x, y):
    fooled = mean([(a - 1) ** 2 for a in of_drawings(there(x)).flatten()])
    fooled = fooled + mean([(a - 1) ** 2 for a in of_photographs(home(y)).flatten()])
    cycle = far(home(there(x)), x) + far(there(home(y)), y)
    return fooled + 10 * cycle + 5 * (far(there(y), y) + far(home(x), x))


def nearest(picture):
    """The level of a file that is nearest; constant between two of them."""
    return torch.floor((picture.detach() + 1) * 127.5 + 0.5) / 127.5 - 1


def pictures(draw):
    return torch.tanh(draw(1, 3, 4, 4)), torch.tanh(draw(1, 3, 4, 4))


BINDINGS = {
    "08.1": Binding(
        lambda a, out, src: nonsaturating_generator(a) + 5 * low_frequency(out, src, 4),
        article,
        lambda draw: (draw(5), draw(1, 2, 8, 8), draw(1, 2, 8, 8)),
        rtol=1e-10,
    ),
    "08.2": Binding(by_rank, ranked, lambda draw: (draw(3, 1), draw(6, 1), draw(6, 1))),
    "08.3": Binding(
        lambda x, y: check.both_ways.reference(there, home, x, y, there(x), home(y)),
        lambda x, y: far(home(there(x)), x) + far(there(home(y)), y),
        pictures,
    ),
    "08.4": Binding(
        lambda x, y: l1(there(y), y) + l1(home(x), x),
        lambda x, y: far(there(y), y) + far(home(x), x),
        pictures,
    ),
    "08.5": Binding(
        lambda x, y: library(there, home, of_drawings, of_photographs, x, y),
        whole,
        pictures,
        rtol=1e-10,
    ),
    "08.6": Binding(
        lambda x, y: hiding.hide(y, x, 0.003), lambda x, y: nearest(y) + 0.003 * x, pictures
    ),
    "08.7": Binding(
        lambda z: hiding.seek(z, 0.003),
        lambda z: (z - nearest(z)) / 0.003,
        lambda draw: (torch.tanh(draw(1, 3, 4, 4)),),
    ),
}


class Built(Function):
    """Compares networks by what they make of pictures, with the weights of the library's."""

    def __init__(self, builds, theirs):
        super().__init__(theirs, lambda draw: ((0.3 * draw(2, 3, 32, 32)).clamp(-1, 1),))
        self.builds = builds

    def _outcomes(self, function, rounds):
        def run(images):
            torch.manual_seed(0)
            own = library = self.reference().double()
            if function is not self.reference:
                own = self.builds(function).double()
            for mine, given in zip(own.parameters(), library.parameters(), strict=True):
                mine.data.copy_(given.data)
            return own(images)

        return super()._outcomes(run, rounds)


ON_SCREEN = {
    "Residual": Built(lambda residual: residual(3), lambda: _Residual(3)),
    "Resnet": Built(
        lambda resnet: resnet(4, 2), lambda: ResnetTranslator(ResnetTranslatorConfig(32, 4, 2))
    ),
    "PatchGAN": Built(lambda patchgan: patchgan(4), lambda: PatchGAN(PatchGANConfig(4))),
}
