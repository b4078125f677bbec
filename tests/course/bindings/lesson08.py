"""Lesson 08: terms without pairs, by sums over squares, and a picture that hides another."""

import torch

from bindings import Binding
from ganlib.core.config import MixedLoss
from ganlib.core.losses import nonsaturating_generator
from ganlib.core.objectives import MixedTranslation
from ganlib.core.reconstruction import l1, low_frequency
from ganlib.data.tones import exposure_weights, scale_and_shift
from ganlib.lessons import hiding
from ganlib.lessons.discriminators import memorised


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


def spread(rows):
    return mean([(row - mean(rows)) ** 2 for row in rows]) ** 0.5


def carried(tone, source, target):
    return mean(target) + spread(target) / spread(source) * (tone - mean(source))


def carry(tone, source, target):
    scale, shift = scale_and_shift(source, target)
    return (shift + scale * tone)[0]


def likeliest(t, mu, half):
    """By the inverse, entry by entry."""
    inverse = torch.linalg.inv(half @ half.T)
    n = len(t)
    above = sum(inverse[i, j] * (t[j] - mu[j]) for i in range(n) for j in range(n))
    return above / (inverse.sum() + 1 / 0.5**2)


def far(a, b):
    return mean([abs(p - q) for p, q in zip(a.flatten(), b.flatten(), strict=True)])


def there(x):
    return torch.tanh(1.3 * x) + 0.1


def home(y):
    return 0.8 * y - 0.1 * y**2


SIGNS = torch.tensor([[1.0, -1.0] * 2, [-1.0, 1.0] * 2] * 2, dtype=torch.float64)


def nearest(picture, step):
    """The multiple of the step that is nearest; constant between two of them."""
    return step * torch.floor(picture.detach() / step + 0.5)


class There(torch.nn.Module):
    """`there`, as a G."""

    def forward(self, x):
        return there(x)


def taught(made, drawing):
    """The term that `MixedTranslation` has for it. That F is fitted is not bound: F is given."""
    loss = MixedLoss(adversarial_weight=0.0, paired_weight=1.0, low_frequency_weight=0.0)
    problem = MixedTranslation(There(), torch.nn.Identity(), loss)
    batch = {"photo": made, "anime": drawing, "unpaired": made}
    return problem.generator_loss(batch, problem.generate(batch))["paired"]


def pictures(draw):
    return torch.tanh(draw(1, 3, 4, 4)), torch.tanh(draw(1, 3, 4, 4))


BINDINGS = {
    "08.1": Binding(
        lambda a, out, src: nonsaturating_generator(a) + 5 * low_frequency(out, src, 4),
        article,
        lambda draw: (draw(5), draw(1, 2, 8, 8), draw(1, 2, 8, 8)),
        rtol=1e-10,
    ),
    "08.2": Binding(carry, carried, lambda draw: (draw(3), draw(5, 3), draw(6, 3)), rtol=1e-10),
    "08.3": Binding(
        lambda t, mu, half: exposure_weights(half @ half.T, 0.5) @ (t - mu),
        likeliest,
        lambda draw: (draw(4), draw(4), draw(4, 6)),
        rtol=1e-9,
    ),
    "08.4": Binding(
        lambda x, y: l1(home(there(x)), x) + l1(there(home(y)), y),
        lambda x, y: far(home(there(x)), x) + far(there(home(y)), y),
        pictures,
    ),
    "08.5": Binding(
        lambda x, y: l1(there(y), y) + l1(home(x), x),
        lambda x, y: far(there(y), y) + far(home(x), x),
        pictures,
    ),
    "08.6": Binding(
        lambda x, y: hiding.hide(x, y, 0.02, 0.1),
        lambda x, y: nearest(y, 0.1) + 0.02 * SIGNS * x,
        pictures,
    ),
    "08.7": Binding(
        lambda z: hiding.seek(z, 0.02, 0.1),
        lambda z: SIGNS * (z - nearest(z, 0.1)) / 0.02,
        lambda draw: (draw(1, 3, 4, 4),),
    ),
    "08.8": Binding(
        hiding.noise_error,
        lambda sigma, a: sigma / a * (2 / torch.pi) ** 0.5,
        lambda draw: (draw().abs(), draw().abs() + 1),
    ),
    "08.9": Binding(
        memorised,
        lambda s, h, f: (mean(s) - mean(h)) / (mean(s) - mean(f)),
        lambda draw: (draw(4) + 3, draw(5), draw(6) - 3),
    ),
    "08.10": Binding(
        lambda y: taught(home(y).detach(), y),
        lambda y: far(there(home(y.detach())), y),
        lambda draw: (torch.tanh(draw(1, 3, 4, 4)),),
    ),
}
