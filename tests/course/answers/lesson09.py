"""Answers to lesson 09: D's vital signs, pulls, DiffAugment, memory, and pairs from F."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce
from torch.nn.functional import pad


def bce(logits, label):
    return logit_bce(logits, torch.full_like(logits, label))


def accuracy(real, fake):
    shares = [(p > 0.5).float().mean() for p in (real.sigmoid(), 1 - fake.sigmoid())]
    return sum(shares) / 2


def by_autograd(loss, fake):
    a = fake.clone().requires_grad_()
    loss(a).sum().backward()
    return a.grad.abs().mean()


def by_labels(real, fake):
    of_g = (lambda a: -bce(a, 0.0) * a.numel(), lambda a: bce(a, 1.0) * a.numel())
    pushes = [by_autograd(loss, fake) for loss in of_g]
    return accuracy(real, fake), bce(real, 1.0) + bce(fake, 0.0), *pushes


def counted(real, fake):
    right = [sum(a > 0 for a in real.flatten().tolist()) / real.numel()]
    right += [sum(a < 0 for a in fake.flatten().tolist()) / fake.numel()]
    loss = -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()
    push = fake.sigmoid().mean().item()
    return sum(right) / 2, loss.item(), push, 1 - push


def all_alike(real, fake):
    right = (real > 0).sum() + (fake < 0).sum()
    return right / (real.numel() + fake.numel()), *by_labels(real, fake)[1:]


def with_first(change):
    return lambda r, f: (change(accuracy(r, f)), *by_labels(r, f)[1:])


def with_loss(loss):
    return lambda r, f: (accuracy(r, f), loss(r, f), *by_labels(r, f)[2:])


def gradient(term, drawing):
    x = drawing.clone().requires_grad_(True)
    term(x).backward()
    return x.grad


def pulls(size, share):
    def pull(adversarial, kept, drawing):
        return share(*(size(gradient(term, drawing)) for term in (adversarial, kept)))

    return pull


def share_of(a, b):
    return b / (a + b)


def norm(g):
    return g.pow(2).sum().sqrt()


def functional(adversarial, kept, drawing):
    a, b = (torch.func.grad(term)(drawing).norm() for term in (adversarial, kept))
    return 1 / (1 + a / b)


def moved(image, down, right):
    """One picture, padded all round and cut out again."""
    reach, side = 4, image.shape[-1]
    wide = pad(image, (reach,) * 4)
    return wide[:, reach - down : reach - down + side, reach - right : reach - right + side]


def padded(images, down, right, top, left):
    rows, given = [], [each.tolist() for each in (down, right, top, left)]
    for image, d, r, t, s in zip(images, *given, strict=True):
        half, cut = image.shape[-1] // 2, moved(image, d, r).clone()
        cut[:, t : t + half, s : s + half] = 0
        rows.append(cut)
    return torch.stack(rows)


def indexed(images, down, right, top, left):
    side = images.shape[-1]
    place = torch.arange(side)
    y, x = place - down[:, None], place - right[:, None]
    rows = torch.arange(len(images))[:, None, None]
    found = images[rows, :, y.clamp(0, side - 1)[:, :, None], x.clamp(0, side - 1)[:, None]]
    there = ((y >= 0) & (y < side))[:, :, None] & ((x >= 0) & (x < side))[:, None]
    hole = [(place >= s[:, None]) & (place < s[:, None] + side // 2) for s in (top, left)]
    open_ = ~(hole[0][:, :, None] & hole[1][:, None])
    return found.permute(0, 3, 1, 2) * (there & open_)[:, None]


def one_for_all(images, down, right, top, left):
    first = (each[:1].expand(len(images)) for each in (down, right))
    return padded(images, *first, top, left)


def with_border(images, down, right, top, left):
    """The edge's colours move in."""
    rows = []
    for image, d, r in zip(images, down.tolist(), right.tolist(), strict=True):
        wide = pad(image[None], (4,) * 4, mode="replicate")[0]
        rows.append(wide[:, 4 - d : 12 - d, 4 - r : 12 - r])
    return padded(torch.stack(rows), 0 * down, 0 * right, top, left)


def rolled(images, down, right, top, left):
    rows = zip(images, down.tolist(), right.tolist(), strict=True)
    whole = torch.stack([torch.roll(image, (d, r), dims=(1, 2)) for image, d, r in rows])
    return padded(whole, 0 * down, 0 * right, top, left)


def ratio(seen, held_out, fake):
    total = sum(seen.tolist()) / len(seen) - held_out.mean()
    return total / (seen.mean() - fake.mean())


def fixed(generator, backward, drawing):
    with torch.no_grad():
        photo = backward(drawing)
    return torch.nn.L1Loss()(generator(photo), drawing)


def summed(generator, backward, drawing):
    apart = generator(backward(drawing).detach()) - drawing
    return apart.abs().sum() / drawing.numel()


ANSWERS = {
    "vitals": (
        [by_labels, counted, lambda r, f: [*by_labels(r, f)]],
        [
            (all_alike, "counts all logits alike"),
            (with_first(lambda share: 2 * share), "are added"),
            (with_loss(lambda r, f: (bce(r, 1.0) + bce(f, 0.0)) / 2), "is halved"),
            (lambda r, f: (*counted(r, f)[:2], *counted(r, f)[3:1:-1]), "comes first"),
            (lambda r, f: (*counted(r, f)[:2], -bce(f, 0.0), bce(f, 1.0)), "G's losses"),
            (lambda r, f: (*counted(r, f)[:2], *counted(f, r)[2:]), "of *fakes*"),
            (with_first(lambda share: 1 - share), "it gives"),
        ],
    ),
    "pull": (
        [pulls(norm, share_of), functional, pulls(torch.linalg.vector_norm, share_of)],
        [
            (pulls(norm, lambda a, b: b / a), "the ratio of the two norms"),
            (pulls(norm, lambda a, b: a / (a + b)), "adversarial and kept are exchanged"),
            (pulls(lambda g: g.pow(2).sum(), share_of), "a root is missing"),
            (lambda a, k, x: k(x) / (a(x) + k(x)), "take gradients"),
            (pulls(lambda g: g.sum().abs(), share_of), "cancel in a sum"),
        ],
    ),
    "augment": (
        [padded, indexed],
        [
            (rolled, "zeros should move in"),
            (lambda x, d, r, t, s: padded(x, -d, -r, t, s), "the other way"),
            (lambda x, d, r, t, s: padded(x, r, d, t, s), "down and right are exchanged"),
            (one_for_all, "as the first one does"),
            (lambda x, *given: padded(x.detach(), *given), "no gradient reaches images"),
            (lambda x, d, r, t, s: padded(x, 0 * d, 0 * r, t, s), "have not moved"),
            (with_border, "it gives"),
        ],
    ),
    "memory": (
        [ratio, lambda s, h, f: 1 - (h.mean() - f.mean()) / (s.mean() - f.mean())],
        [
            (lambda s, h, f: (h.mean() - f.mean()) / (s.mean() - f.mean()), "1 − r"),
            (lambda s, h, f: (s.mean() - h.mean()) / (h.mean() - f.mean()), "of the *seen*"),
            (lambda s, h, f: ratio(s.sigmoid(), h.sigmoid(), f.sigmoid()), "of logits"),
            (lambda s, h, f: (s.sum() - h.sum()) / (s.sum() - f.sum()), "take means"),
            (lambda s, h, f: -ratio(s, h, f), "the sign is reversed"),
        ],
    ),
    "back": (
        [fixed, summed, lambda g, f, y: (y - g(f(y).detach())).abs().mean()],
        [
            (lambda g, f, y: (g(f(y)) - y).abs().mean(), "F learns with G"),
            (lambda g, f, y: (f(g(y)) - y).abs().mean(), "the wrong way round"),
            (lambda g, f, y: (g(y) - y).abs().mean(), "identity"),
            (lambda g, f, y: (g(f(y).detach()) - y).pow(2).mean(), "squares"),
            (lambda g, f, y: (g(f(y).detach()) - y).abs().sum(), "times"),
        ],
    ),
}
