"""Lesson 07: two terms, two best guesses, two measures and units, by sums and sorting; its networks
and its loop against the library's."""

import torch
from torch import nn

from bindings import Binding
from ganlib.core.config import PairedLoss
from ganlib.core.losses import logistic_discriminator
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import ResidualBlock, Translator, TranslatorConfig
from ganlib.core.objectives import PairedTranslation
from ganlib.core.reconstruction import DISTANCES, low_frequency
from ganlib.lessons.checks import lesson07 as check
from ganlib.lessons.checks.core import Function

LOSS = PairedLoss(paired_weight=30.0, augment="")


class Discriminator(nn.Module):
    """A logit for each picture that can be written down: its squared numbers, weighted."""

    def forward(self, images):
        weights = torch.arange(images[0].numel(), dtype=torch.float64).sin()
        return images.flatten(1) ** 2 @ weights


def whole_loss(drawn, true):
    problem = PairedTranslation(nn.Identity(), Discriminator(), LOSS)
    return sum(problem.generator_loss({"anime": true}, {"anime": drawn}).values())


def logit(picture):
    numbers = enumerate(picture.flatten())
    return sum(torch.sin(torch.tensor(float(k)).double()) * x**2 for k, x in numbers)


def whole_by_hand(drawn, true):
    adversarial = sum(-torch.log(1 / (1 + torch.exp(-logit(x)))) for x in drawn) / len(drawn)
    differences = [abs(a - b) for a, b in zip(drawn.flatten(), true.flatten(), strict=True)]
    return adversarial + 30 * sum(differences) / len(differences)


def of_pairs(photo, true, drawn):
    d = Discriminator()
    pairs = (torch.cat([photo, each], 1) for each in (true, drawn))
    return logistic_discriminator(*(d(pair) for pair in pairs))


def pairs_by_hand(photo, true, drawn):
    total = 0
    for x, y, z in zip(photo, true, drawn, strict=True):
        real, fake = (1 / (1 + torch.exp(-logit(torch.cat([x, each])))) for each in (y, z))
        total = total - (torch.log(real) + torch.log(1 - fake)) / len(photo)
    return total


def squares(images):
    """Means over 8 × 8 pixels, a square every 4."""
    rows = range(0, images.shape[-2] - 7, 4)
    places = [(i, j) for i in rows for j in range(0, images.shape[-1] - 7, 4)]
    return torch.stack([images[..., i : i + 8, j : j + 8].mean((2, 3)) for i, j in places])


def content_by_hand(drawn, photo, true):
    wanted = squares(true)
    return (squares(drawn) - wanted).abs().sum() / (squares(photo) - wanted).abs().sum()


def sliced_by_hand(ours, true, directions):
    total = 0
    for u in directions.T:
        p, q = (sorted(x @ u for x in points) for points in (ours, true))
        total = total + sum(abs(a - b) for a, b in zip(p, q, strict=True)) / len(p)
    return total / len(directions.T)


def pictures(draw):
    return draw(2, 3, 3, 3), draw(2, 3, 3, 3)


BINDINGS = {
    "07.1": Binding(whole_loss, whole_by_hand, pictures),
    "07.2": Binding(
        lambda t: check.best_guesses.reference(t)[0],
        lambda t: torch.stack([sorted(column)[len(t) // 2] for column in t.T]),
        lambda draw: (draw(5, 4),),
    ),
    "07.3": Binding(
        lambda t: check.best_guesses.reference(t)[1],
        lambda t: sum(t) / len(t),
        lambda draw: (draw(5, 4),),
    ),
    "07.4": Binding(
        of_pairs, pairs_by_hand, lambda draw: (draw(2, 1, 2, 2), draw(2, 1, 2, 2), draw(2, 1, 2, 2))
    ),
    "07.5": Binding(
        lambda drawn, photo, true: low_frequency(drawn, true, 8) / low_frequency(photo, true, 8),
        content_by_hand,
        lambda draw: (draw(2, 3, 16, 8), draw(2, 3, 16, 8), draw(2, 3, 16, 8)),
    ),
    "07.6": Binding(
        check.sliced.reference, sliced_by_hand, lambda draw: (draw(5, 3), draw(5, 3), draw(3, 2))
    ),
    "07.7": Binding(
        check.same_weight,
        lambda weight, scale, power, numbers: weight / (scale**power * numbers),
        lambda draw: (draw(), draw().exp(), draw().exp(), draw().exp()),
    ),
}


class Built(Function):
    """Compares networks by what they make of pictures, with the weights of the library's."""

    def __init__(self, builds, library, inputs):
        super().__init__(library, inputs)
        self.builds, self.theirs = builds, {}

    def _outcomes(self, function, rounds):
        def run(*images):
            torch.manual_seed(0)
            library = self.reference().double()
            network = library if function is self.reference else self.builds(function).double()
            pairs = zip(network.parameters(), library.parameters(), strict=True)
            for own, given in pairs:
                own.data.copy_(given.data)
            return network(*images)

        return super()._outcomes(run, rounds)


class OfDrawings(nn.Module):
    """The library's patch discriminator, asked about a drawing beside its photograph."""

    def __init__(self):
        super().__init__()
        self.d = PatchDiscriminator(PatchDiscriminatorConfig(32, 4, 8, levels=1))

    def forward(self, photo, drawing):
        return self.d(drawing)


def two(draw):
    return tuple((0.3 * draw(2, 3, 32, 32)).clamp(-1, 1) for _ in range(2))


def alone_by_hand(distance):
    def one_round(g, d, opt_g, opt_d, photo, true, weight):
        opt_g.zero_grad()
        error = {"l1": (g(photo) - true).abs(), "l2": (g(photo) - true) ** 2}
        loss = error[distance].mean()
        loss.backward()
        opt_g.step()
        return 0 * loss.detach(), loss.detach()

    return one_round


class Rounds(type(check.paired_round)):
    """Compares the rounds that functions make, of both distances."""

    def _outcomes(self, function, rounds):
        mine = function is self.reference
        made = [function(name if mine else DISTANCES[name]) for name in ("l1", "l2")]
        found = (super(Rounds, self)._outcomes(each, rounds) for each in made)
        return [outcome for part in found for outcome in part]


ON_SCREEN = {
    "d_loss": Function(logistic_discriminator, lambda draw: (draw(7), draw(5))),
    "Block": Built(
        lambda block: block(8, 2, True),
        lambda: ResidualBlock(8, 2, True),
        lambda draw: (draw(2, 8, 6, 6),),
    ),
    "UNet": Built(
        lambda unet: unet(8, 4, 3),
        lambda: Translator(TranslatorConfig(32, 4, 8, 3)),
        lambda draw: two(draw)[:1],
    ),
    "PatchD": Built(lambda patch_d: patch_d(False, 4, 8), OfDrawings, two),
    "content": Function(
        lambda drawn, photo, true: low_frequency(drawn, true, 8) / low_frequency(photo, true, 8),
        lambda draw: (*two(draw), two(draw)[0]),
    ),
    "alone": Rounds(alone_by_hand, check.paired_round.inputs, differentiable=False),
}
