"""Lesson 07: two terms, two best guesses, two measures, units and sight, by sums and sorting."""

import torch
from torch import nn

from bindings import Binding
from ganlib.core.config import PairedLoss
from ganlib.core.objectives import PairedTranslation
from ganlib.core.reconstruction import l2, perceptual
from ganlib.lessons.edges import best_guess, coarse_l1, edge_distance, same_weight
from ganlib.lessons.towers import receptive_field


class Discriminator(nn.Module):
    """A logit for each picture that can be written down: its squared numbers, weighted."""

    def forward(self, images):
        weights = torch.arange(images[0].numel(), dtype=torch.float64).sin()
        return images.flatten(1) ** 2 @ weights


LOSS = PairedLoss(paired_weight=30.0, augment="")


def whole_loss(drawn, twin):
    problem = PairedTranslation(nn.Identity(), Discriminator(), LOSS)
    terms = problem.generator_loss({"anime": twin}, {"anime": drawn})
    return sum(terms.values())


def whole_by_hand(drawn, twin):
    loss = 0
    for picture in drawn:
        logit = sum(
            torch.sin(torch.tensor(float(k)).double()) * x**2
            for k, x in enumerate(picture.flatten())
        )
        loss = loss - torch.log(1 / (1 + torch.exp(-logit))) / len(drawn)
    differences = [abs(a - b) for a, b in zip(drawn.flatten(), twin.flatten(), strict=True)]
    return loss + 30 * sum(differences) / len(differences)


TWIN = torch.linspace(-1, 1, 48, dtype=torch.float64).sin().reshape(1, 3, 4, 4)


def depths(images):
    """What a network might see: the picture itself, and products of its halves."""
    return [images, (images[..., :2] * images[..., 2:]).sum(1).exp()]


def read_apart(drawn):
    total = 0
    for ours, theirs in zip(depths(drawn), depths(TWIN), strict=True):
        pairs = zip(ours.flatten(), theirs.flatten(), strict=True)
        total = total + sum(abs(a - b) for a, b in pairs) / ours.numel()
    return total


def squares(guess, targets):
    centre = sum(targets) / len(targets)
    return (guess - centre) ** 2 + sum((t - centre) ** 2 for t in targets) / len(targets)


def blocks(images):
    n, c, h, w = images.shape
    return images.reshape(n, c, h // 8, 8, w // 8, 8).mean((3, 5))


def content_by_hand(drawn, photo, twin):
    return (blocks(drawn) - blocks(twin)).abs().sum() / (blocks(photo) - blocks(twin)).abs().sum()


def steps(images):
    found = []
    for picture in images.flatten(0, 1):
        for i in range(picture.shape[0]):
            for j in range(picture.shape[1]):
                if j:
                    found.append(abs(picture[i, j] - picture[i, j - 1]))
                if i:
                    found.append(abs(picture[i, j] - picture[i - 1, j]))
    return sorted(found)


def carried(ours, theirs):
    # Of 34 steps, the three largest.
    pairs = list(zip(steps(ours), steps(theirs), strict=True))[-3:]
    gaps = [abs(torch.log((0.05 + a) / (0.05 + b))) for a, b in pairs]
    return sum(gaps) / len(gaps)


def product(numbers):
    result = 1
    for number in numbers:
        result = result * number
    return result


def pictures(draw):
    return draw(2, 3, 3, 3), draw(2, 3, 3, 3)


BINDINGS = {
    "07.1": Binding(whole_loss, whole_by_hand, pictures),
    "07.2": Binding(
        lambda t: best_guess(t, "l1"),
        lambda t: torch.stack([sorted(column)[len(t) // 2] for column in t.T]),
        lambda draw: (draw(5, 4),),
    ),
    "07.3": Binding(
        lambda t: best_guess(t, "l2"), lambda t: sum(t) / len(t), lambda draw: (draw(5, 4),)
    ),
    "07.4": Binding(
        lambda guess, targets: l2(guess.expand(len(targets)), targets),
        squares,
        lambda draw: (draw(), draw(5)),
    ),
    "07.5": Binding(
        lambda drawn, photo, twin: coarse_l1(drawn, twin) / coarse_l1(photo, twin),
        content_by_hand,
        lambda draw: (draw(2, 3, 16, 8), draw(2, 3, 16, 8), draw(2, 3, 16, 8)),
    ),
    "07.6": Binding(edge_distance, carried, lambda draw: (draw(1, 2, 4, 3), draw(1, 2, 4, 3))),
    "07.7": Binding(
        lambda kernels, strides: receptive_field(kernels, strides),
        lambda k, s: 1 + sum((k[i] - 1) * product(s[:i]) for i in range(len(k))),
        lambda draw: (draw(4).exp(), draw(4).exp()),
    ),
    "07.8": Binding(
        same_weight,
        lambda weight, scale, power, numbers: weight / (scale**power * numbers),
        lambda draw: (draw(), draw().exp(), draw().exp(), draw().exp()),
    ),
    "07.9": Binding(
        lambda drawn: perceptual(drawn, TWIN, depths), read_apart, lambda draw: (draw(1, 3, 4, 4),)
    ),
}
