"""Lesson 10: what the portrait model minimises, pixel by pixel; pens that are mixed; figures of
groups; drawings that are carried over."""

from contextlib import contextmanager
from unittest import mock

import torch
from torch import nn
from torch.nn.functional import interpolate

from bindings import Binding
from ganlib.core.losses import relativistic_discriminator
from ganlib.core.reconstruction import edges, l1, perceptual
from ganlib.data.portrait_pairs import importance
from ganlib.drawing import illustrator
from ganlib.drawing.illustrator import Illustrator
from ganlib.lessons.checks import lesson10 as check
from ganlib.lessons.checks.core import Function
from ganlib.pipelines.portrait import PortraitLoss, PortraitTranslation, cross_entropy


def mean(values):
    return sum(values) / len(values)


def about(places, grid):
    """(10.1), place by place."""
    rows = []
    for circles, picture in zip(places, grid, strict=True):
        for x, y in (picture.reshape(-1, 2) + 1) / 2:
            extra = []
            for (cx, cy, radius), a in zip(circles, (4, 4, 2), strict=True):
                away = ((x - cx) ** 2 + (y - cy) ** 2) ** 0.5 / radius
                extra.append(a * torch.exp(-(away**4)))
            rows.append(1 + max(extra))
    return torch.stack(rows).view(len(grid), 1, *grid.shape[1:3])


def numbers(images):
    """((picture, channel, row, column), value) of all."""
    n, c, h, w = images.shape
    places = [(i, k, y, x) for i in range(n) for k in range(c) for y in range(h) for x in range(w)]
    return [(place, images[place]) for place in places]


def weighted(output, target, weight):
    pairs = numbers(output - target)
    return mean([weight[i, 0, y, x] * abs(error) for (i, _, y, x), error in pairs])


def lines(output, target):
    error = output - target
    _, _, h, w = error.shape
    across, down = [], []
    for (i, k, y, x), value in numbers(error):
        across += [abs(error[i, k, y, x + 1] - value)] if x + 1 < w else []
        down += [abs(error[i, k, y + 1, x] - value)] if y + 1 < h else []
    return mean(across) + mean(down)


class Levels(nn.Module):
    """A discriminator that can be written down: its levels, the logits last."""

    def __init__(self, k=1):
        super().__init__()
        self.k = k

    def features(self, images, style=None):
        squares, sums = images.square(), images.sin().sum(1, keepdim=True)
        return [self.k * squares, self.k * sums, images.flatten(1).mean(1) * 3 * self.k]

    def forward(self, images, style=None):
        return self.features(images)[-1]


def seen(output, target):
    squares = mean([abs(a**2 - b**2) for a, b in zip(*flat(output, target), strict=True)])
    sums = [image.sin().sum(1) for image in (output, target)]
    return squares + mean([abs(a - b) for a, b in zip(*flat(*sums), strict=True)])


def flat(*images):
    return [image.flatten() for image in images]


@contextmanager
def first_window():
    """The window is the upper left quarter."""
    with mock.patch("torch.randint", lambda high, size: torch.zeros(size, dtype=torch.int64)):
        yield


BOTH = [Levels(1), Levels(2)]
"""D that sees the window, and the coarse one."""


def in_order(levels, output, target, weight, adversarial):
    """The terms of the library, as the lesson adds them up."""
    config = PortraitLoss(adversarial_weight=adversarial)
    problem = PortraitTranslation(nn.Identity(), *BOTH, config, torch.ones(2))
    batch = {"anime": target, "weight": weight, "style": torch.ones(len(output), 1).double()}
    nothing = torch.zeros(1, 2, 1, 1)  # the layout's term, (10.8), is none of these
    with first_window():
        terms = problem.generator_loss(
            batch | {"parts": nothing}, {"anime": output, "parts": nothing}
        )
    fooled = terms["adversarial"] + terms["adversarial_coarse"]
    return [terms["paired"], terms["edges"], fooled, terms["features"]]


def whole(output, target, weight):
    """(10.5), with the window of `first_window`."""
    loss = 10 * (weighted(output, target, weight) + lines(output, target))
    both, half = (output, target.detach()), output.shape[-1] // 2
    windows = [images[..., :half, :half] for images in both]
    coarse = [mean([x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]) for x in both]
    for k, (ours, theirs) in enumerate((windows, coarse), 1):
        a, b = ([3 * k * mean(list(x.flatten())) for x in images] for images in (ours, theirs))
        pairs = list(zip(a, b, strict=True))
        fooled = sum(torch.log(1 / (1 + torch.exp(q - p))) for p, q in pairs)
        loss = loss - 0.5 / len(pairs) * fooled + 2 * k * seen(ours, theirs)
    return loss


class Stroke(nn.Module):
    """A pen that can be written down."""

    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, features, photo, laid):
        return torch.cos(features + self.k) * photo + laid


def drawn(features, photo, laid, style):
    pens = map(Stroke, range(3))
    return illustrator.mixed([pen(features, photo, laid) for pen in pens], style)


def by_hand(features, photo, laid, style):
    pictures = []
    for f, x, y, s in zip(features, photo, laid, style, strict=True):
        pictures.append(sum(s[k] * (torch.cos(f + k) * x + y) for k in range(3)))
    return torch.stack(pictures)


def softmax_of(finer):
    """(10.6), place by place."""
    raised = [torch.exp(8 * part) for part in finer.unbind(1)]
    return torch.stack([part / sum(raised) for part in raised], 1)


def laid_out(logits):
    finer = interpolate(logits, scale_factor=2.0, mode="bilinear")
    return mean([softmax_of(finer)[..., i::2, j::2] for i in (0, 1) for j in (0, 1)])


def part_error(logits, shares, counts):
    """(10.8), place by place."""
    whole = [torch.exp(z) for z in logits.unbind(1)]
    surprise = [-torch.log(z / sum(whole)) for z in whole]
    rows = zip(counts, shares.unbind(1), surprise, strict=True)
    return sum(a * part * s for a, part, s in rows).mean()


def pictures(draw):
    """Features, photographs, layouts with their palettes, styles."""
    return *(draw(2, 3, 4, 4) for _ in range(3)), draw(2, 3).softmax(1)


GROUPS = torch.tensor([[True] * 5, [True, False, True, False, False]])


def shares(error, copy):
    rows = [[i for i in range(5) if row[i]] for row in GROUPS]
    return torch.stack([sum(error[i] for i in r) / sum(copy[i] for i in r) for r in rows])


def bell(picture, kept):
    return 1 - torch.exp(-((picture - kept) ** 2))


def carried(pictures, drafts):
    kept, found = pictures[0], [drafts[0]]
    for t in range(1, len(pictures)):
        m = 1 - torch.exp(-((pictures[t] - kept) ** 2))
        found.append(m * drafts[t] + (1 - m) * found[t - 1])
        kept = m * pictures[t] + (1 - m) * kept
    return torch.stack(found)


def three(draw):
    return draw(2, 3, 4, 3), draw(2, 3, 4, 3), 1 + draw(2, 1, 4, 3).square()


def four(draw):
    return draw(2, 3, 4, 4), draw(2, 3, 4, 4), 1 + draw(2, 1, 4, 4).square()


BINDINGS = {
    "10.1": Binding(
        importance, about, lambda draw: (0.5 + 0.3 * draw(2, 3, 3).tanh().abs(), draw(2, 3, 3, 2))
    ),
    "10.2": Binding(l1, weighted, three),
    "10.3": Binding(edges, lines, lambda draw: three(draw)[:2]),
    "10.4": Binding(
        lambda o, t: perceptual(o, t, lambda images: Levels().features(images)[:-1]),
        lambda o, t: seen(o, t.detach()),
        lambda draw: three(draw)[:2],
    ),
    "10.5": Binding(lambda *images: sum(in_order(None, *images, 0.5)), whole, four, rtol=1e-10),
    "10.6": Binding(Illustrator.decided, laid_out, lambda draw: (draw(2, 4, 3, 5),), rtol=1e-5),
    "10.7": Binding(drawn, by_hand, pictures),
    "10.8": Binding(
        cross_entropy,
        part_error,
        lambda draw: (draw(2, 4, 3, 5), draw(2, 4, 3, 5).softmax(1), draw(4).exp()),
        rtol=1e-5,
    ),
    "10.9": Binding(
        lambda e, c: check.by_group.reference(e, c, GROUPS),
        shares,
        lambda draw: (draw(5).exp(), draw(5).exp()),
    ),
    "10.10": Binding(
        lambda p, d: check.carry.reference(p, d, bell),
        carried,
        lambda draw: (draw(4, 2, 3), draw(4, 2, 3)),
    ),
}


class Whole(Function):
    """The lesson's terms of G's loss: they call what the exercises made, here the references."""

    def _outcomes(self, function, rounds):
        given = {"two_terms": check.terms.reference, "features": check.features.reference}
        getattr(function, "__globals__", {}).update({} if function is self.reference else given)
        with first_window():
            return super()._outcomes(function, rounds)


ON_SCREEN = {
    "g_terms": Whole(in_order, lambda draw: ([d.features for d in BOTH], *four(draw), 0.5)),
    "d_loss": Function(relativistic_discriminator, lambda draw: (draw(7), draw(7))),
    "mixed": Function(
        lambda pens, *given: drawn(*given),
        lambda draw: ([Stroke(k) for k in range(3)], *pictures(draw)),
    ),
    "decided": Function(Illustrator.decided, lambda draw: (draw(2, 4, 3, 5),)),
}
