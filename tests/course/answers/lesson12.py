"""Lesson 12: the six runs; a training program, a test and a report, written in other ways."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

LOSSES = {"A": "one optimiser", "B": "healthy", "C": "formula's sign"}
LOGITS = {"D": "image as logit", "E": "two sigmoids", "F": "label one only"}
POINTS = {"X": "label one only", "Y": "one optimiser", "Z": "image as logit"}


def shouted(key):
    return {run: f" {name.upper()} " for run, name in key.items()}


def label(logits, value):
    return bce(logits, torch.full_like(logits, value))


def d_right(d, photo, true, drawn):
    return label(d(photo, true), 1.0) + label(d(photo, drawn.detach()), 0.0)


def d_in_one_pass(d, photo, true, drawn):
    both = d(torch.cat([photo, photo]), torch.cat([true, drawn.detach()]))
    real, fake = both.chunk(2)
    return -torch.sigmoid(real).log().mean() - torch.log(1 - torch.sigmoid(fake)).mean()


def d_label_one(d, photo, true, drawn):
    return label(d(photo, true), 1.0)


def d_twice(d, photo, true, drawn):
    real, fake = d(photo, true).sigmoid(), d(photo, drawn.detach()).sigmoid()
    return label(real, 1.0) + label(fake, 0.0)


def g_right(d, photo, true, drawn, weight):
    return label(d(photo, drawn), 1.0) + weight * nn.L1Loss()(drawn, true)


def g_frozen(d, photo, true, drawn, weight):
    d.requires_grad_(False)
    loss = g_right(d, photo, true, drawn, weight)
    d.requires_grad_(True)
    return loss


def g_twice(d, photo, true, drawn, weight):
    return label(d(photo, drawn).sigmoid(), 1.0) + weight * nn.L1Loss()(drawn, true)


def g_sign(d, photo, true, drawn, weight):
    return d(photo, drawn).mean() + weight * nn.L1Loss()(drawn, true)


def g_white(d, photo, true, drawn, weight):
    return label(drawn, 1.0) + weight * nn.L1Loss()(drawn, true)


def g_unweighted(d, photo, true, drawn, weight):
    return g_right(d, photo, true, drawn, 1)


def g_without_distance(d, photo, true, drawn, weight):
    return label(d(photo, drawn), 1.0)


def program(of_d=d_right, of_g=g_right, betas=(0.5, 0.99), fused=None, listed=False, clear=True):
    """A training program of these two losses."""

    def train(generator, discriminator, batches, epochs, lr=2e-4, weight=50.0):
        nets, losses = (discriminator, generator), []
        opts = [torch.optim.Adam(net.parameters(), lr, betas, fused=fused) for net in nets]
        if listed:
            every = [*generator.parameters(), *discriminator.parameters()]
            opts = [torch.optim.Adam(every, lr, betas)] * 2
        for batch in [pair for _ in range(epochs) for pair in batches]:
            drawn, row = generator(batch[0]), []
            for i, loss_of in enumerate((of_d, of_g)):
                loss = loss_of(discriminator, *batch, drawn, *([weight] if i else []))
                if clear:
                    opts[i].zero_grad()
                loss.backward()
                opts[i].step()
                row.append(loss)
            losses.append(row)
        return losses

    return train


def silent(*given):
    program()(*given)


def by_loops(said, true, shown):
    columns = []
    for k in range(said.shape[1]):
        which = shown[:, k]
        ours, theirs = said[which, k].float(), true[which, k].float()
        hits, n = (ours * theirs).sum(), theirs.sum()
        precision = hits / ours.sum() if ours.any() else 0.0
        recall = hits / n if n else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        columns.append([precision, recall, f1, n])
    return [torch.tensor([column[i] for column in columns]).double() for i in range(4)]


def counted(said, true, shown):
    tp = (said & true & shown).double().sum(0)
    fp, fn = (said & ~true & shown).sum(0), (~said & true & shown).sum(0)
    stack = tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn), tp + fn
    return torch.stack([part.nan_to_num(0) for part in stack])


def unmasked(said, true, shown):
    return counted(said, true, torch.ones_like(shown))


def mean_of_both(said, true, shown):
    precision, recall, _, n = counted(said, true, shown)
    return precision, recall, (precision + recall) / 2, n


ANSWERS = {
    "by_losses": (
        [LOSSES, shouted(LOSSES), LOSSES | {"G": "no such run"}],
        [
            (LOSSES | {"A": "two sigmoids"}, "flat on their dotted lines"),
            (LOSSES | {"B": "label one only"}, "fall to 0"),
            (LOSSES | {"C": "image as logit"}, "does not ask D"),
            (LOSSES | {"C": "one optimiser"}, "end at ln 2"),
            (LOSSES | {"B": "fine"}, "not on the list"),
        ],
    ),
    "by_logits": (
        [LOGITS, shouted(LOGITS)],
        [
            (LOGITS | {"D": "formula's sign"}, "faster and faster"),
            (LOGITS | {"E": "healthy"}, "near 0"),
            (LOGITS | {"F": "one optimiser"}, "stay at 0"),
            (["image as logit", "two sigmoids", "label one only"], "for each letter"),
        ],
    ),
    "by_points": (
        [POINTS, shouted(POINTS)],
        [
            (POINTS | {"X": "healthy"}, "on the ring"),
            (POINTS | {"Y": "two sigmoids"}, "below 0 on the ring too"),
            (POINTS | {"Z": "formula's sign"}, "thousands away"),
            (POINTS | {"X": "image as logit"}, "upper right"),
        ],
    ),
    "train": (
        [program(), program(d_in_one_pass, g_frozen, fused=True), program(d_in_one_pass)],
        [
            (program(d_label_one), "label-one term only"),
            (program(d_twice, g_twice), "two sigmoids"),
            (program(of_g=g_sign), "to be caught"),
            (program(of_g=g_white), "takes the drawing for a logit"),
            (program(of_g=g_unweighted), "multiply the distance"),
            (program(of_g=g_without_distance), "is missing"),
            (program(listed=True), "one optimiser"),
            (program(clear=False), "add up"),
            (program(betas=(0.9, 0.999)), "default betas"),
            (silent, "return the losses"),
        ],
    ),
    "report": (
        [by_loops, counted],
        [
            (unmasked, "does not show"),
            (lambda s, t, v: counted(t, s, v)[:3], "its shape"),
            (lambda s, t, v: counted(s, t, v)[[1, 0, 2, 3]], "are exchanged"),
            (mean_of_both, "harmonic"),
        ],
    ),
}
