"""Answers to lesson 08, with loops, einsum and unfolded squares."""

import torch


def squares(images, side, stride):
    return images.unfold(2, side, stride).unfold(3, side, stride).mean((-2, -1))


def low_frequency(output, source, factor, stride=None, inner=lambda d: d, outer=torch.abs):
    stride = stride or factor // 2
    return outer(squares(inner(output - source), factor, stride)).mean()


def by_rank(tones, source, target, below=torch.lt, order=True, scaled=True):
    """Column by column, by counting."""
    out = torch.empty_like(tones)
    for k in range(tones.shape[1]):
        wanted = sorted(target[:, k].tolist()) if order else target[:, k].tolist()
        for i, tone in enumerate(tones[:, k]):
            count = below(source[:, k], tone).sum().item()
            place = count * len(wanted) // len(source) if scaled else count
            out[i, k] = wanted[min(place, len(wanted) - 1)]
    return out


def normal(tones, source, target):
    scale = target.var(0, correction=0).sqrt() / source.var(0, correction=0).sqrt()
    return (tones - source.mean(0)) * scale + target.mean(0)


def across(tones, source, target):
    every = source.flatten().sort().values
    place = torch.searchsorted(every, tones.contiguous()) * target.numel() // source.numel()
    return target.flatten().sort().values[place.clamp(max=target.numel() - 1)]


def cycle(g, f, x, y, drawn, made, norm=1, ways=(1, 1)):
    parts = [(f(drawn), x), (g(made), y)]
    return sum(w * (a - b).abs().pow(norm).mean() for w, (a, b) in zip(ways, parts, strict=True))


def generators(g, f, d, e, x, y, drawn, made, ten=10, five=5, wanted=1.0):
    terms = [((score(z) - wanted) ** 2).mean() for score, z in ((d, drawn), (e, made))]
    terms += [ten * cycle(g, f, x, y, drawn, made)]
    terms += [five * (net(z) - z).abs().mean() for net, z in ((g, y), (f, x))]
    return torch.stack(terms).sum()


def seek(picture, amplitude, whole=torch.round, sign=1, shift=1):
    level = 2 / 255
    kept = whole((picture + shift) / level) * level - shift
    return sign * (picture - kept) / amplitude


ANSWERS = {
    "low_frequency": (
        [low_frequency],
        [
            (lambda o, s, f: low_frequency(o, s, f, stride=f), "side by side"),
            (lambda o, s, f: low_frequency(o, s, f, inner=torch.abs), "before the averaging"),
            (lambda o, s, f: low_frequency(o, s, 1, stride=1), "plain L1"),
            (lambda o, s, f: low_frequency(o, s, f, outer=torch.square), "squares of the"),
            (lambda o, s, f: low_frequency(o.detach(), s, f), "no gradient reaches"),
            (lambda o, s, f: low_frequency(o, s, f // 2), "it gives"),
        ],
    ),
    "by_rank": (
        [by_rank, lambda t, s, y: by_rank(t, s, y, below=torch.le)],
        [
            (lambda t, s, y: by_rank(t, y, s), "exchanged"),
            (across, "one ranking for all"),
            (lambda t, s, y: by_rank(t, s, y, below=torch.gt), "from the top"),
            (lambda t, s, y: by_rank(t, s, y, order=False), "target is not sorted"),
            (lambda t, s, y: by_rank(t, s, y, scaled=False), "not number r"),
            (normal, "mean and standard deviation alone"),
        ],
    ),
    "both_ways": (
        [cycle],
        [
            (lambda *a: cycle(*a, norm=2), "squares"),
            (lambda g, f, x, y, z, w: cycle(f, g, x, y, z, w), "wrong way round"),
            (lambda g, f, x, y, z, w: cycle(g, f, x, y, z.detach(), w.detach()), "is detached"),
            (lambda *a: cycle(*a, ways=(1, 0)), "one way only"),
            (lambda *a: cycle(*a, ways=(0.5, 0.5)), "half of it"),
            (lambda *a: cycle(*a, norm=3), "it gives"),
        ],
    ),
    "generators": (
        [generators],
        [
            (lambda *a: generators(*a, five=0), "identity term"),
            (lambda *a: generators(*a, ten=0), "cycle is missing"),
            (lambda *a: generators(*a, ten=5, five=10), "weights are exchanged"),
            (lambda *a: generators(*a, wanted=0), "target is 0"),
            (lambda g, f, d, e, *a: generators(g, f, e, d, *a), "discriminators are exchanged"),
            (lambda *a: 3 * generators(*a), "always 3 times"),
        ],
    ),
    "seek": (
        [seek],
        [
            (lambda z, a: seek(z, 1), "divide by the amplitude"),
            (lambda z, a: seek(z, a, whole=torch.floor), "rounded down"),
            (lambda z, a: seek(z, a, sign=-1), "a negative"),
            (lambda z, a: seek(z, a, shift=0), "begin at −1"),
        ],
    ),
}
