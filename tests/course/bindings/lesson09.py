"""Lesson 09: pulls, pictures that are moved and cut, what is memorised, and pairs from F."""

import torch

from bindings import Binding
from ganlib.core import losses
from ganlib.core.config import MixedLoss
from ganlib.core.objectives import MixedTranslation
from ganlib.lessons.checks import lesson09 as check
from ganlib.lessons.checks.core import Function
from ganlib.lessons.discriminators import memorised


def mean(values):
    return sum(values) / len(values)


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def far(a, b):
    return mean([abs(p - q) for p, q in zip(a.flatten(), b.flatten(), strict=True)])


WEIGHTS = torch.linspace(-1, 2, 8, dtype=torch.float64)


def share(x, weight):
    """The term of D(x) = w · x that asks for more, and λ times x² / 2."""
    return check.pull.reference(
        lambda y: losses.nonsaturating_generator((WEIGHTS * y).sum()[None]),
        lambda y: weight * y.square().sum() / 2,
        x,
    )


def share_written_out(x, weight):
    adversarial = (1 - sigmoid((WEIGHTS * x).sum())) * (WEIGHTS**2).sum() ** 0.5
    kept = weight * (x**2).sum() ** 0.5
    return kept / (adversarial + kept)


DOWN, RIGHT, TOP, LEFT = (torch.tensor(n) for n in ([1, -2], [0, 3], [0, 3], [2, 1]))


def changed(images):
    """Pixel by pixel."""
    rows = []
    for n, image in enumerate(images):
        for i in range(8):
            for j in range(8):
                y, x = i - int(DOWN[n]), j - int(RIGHT[n])
                inside = 0 <= i - int(TOP[n]) < 4 and 0 <= j - int(LEFT[n]) < 4
                there = 0 <= y < 8 and 0 <= x < 8 and not inside
                rows.append(image[:, y, x] if there else 0 * image[:, 0, 0])
    return torch.stack(rows).view(len(images), 8, 8, -1).permute(0, 3, 1, 2)


def there(x):
    return torch.tanh(1.3 * x) + 0.1


def home(y):
    return 0.8 * y - 0.1 * y**2


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


def pushes(fake):
    """Of G's two losses, the mean derivative by a logit, without its sign."""
    both = losses.minimax_generator, losses.nonsaturating_generator
    return torch.stack([-torch.func.grad(loss)(fake).sum() for loss in both])


BINDINGS = {
    "09.1": Binding(
        pushes,
        lambda a: torch.stack([mean(sigmoid(a)), mean(1 - sigmoid(a))]),
        lambda draw: (draw(6),),
    ),
    "09.2": Binding(
        share, share_written_out, lambda draw: (draw(8), draw().exp()), step=1e-5, rtol=1e-7
    ),
    "09.3": Binding(
        lambda x: check.augment.reference(x, DOWN, RIGHT, TOP, LEFT),
        changed,
        lambda draw: (draw(2, 3, 8, 8),),
    ),
    "09.4": Binding(
        memorised,
        lambda s, h, f: (mean(s) - mean(h)) / (mean(s) - mean(f)),
        lambda draw: (draw(4) + 3, draw(5), draw(6) - 3),
    ),
    "09.5": Binding(
        lambda y: taught(home(y).detach(), y),
        lambda y: far(there(home(y.detach())), y),
        lambda draw: (torch.tanh(draw(1, 3, 4, 4)),),
    ),
}


def turned(points, degrees):
    a = torch.deg2rad(torch.tensor(degrees))
    x, y = points.unbind(-1)
    return torch.stack([a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y], -1)


ON_SCREEN = {"turn": Function(turned, lambda draw: (draw(2, 5, 2).float(), 30.0))}
