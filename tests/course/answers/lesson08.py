"""Answers to lesson 08, with loops, einsum and unfolded squares."""

import torch


def squares(images, side, stride):
    return images.unfold(2, side, stride).unfold(3, side, stride).mean((-2, -1))


def low_frequency(output, source, factor, stride=None, inner=lambda d: d, outer=torch.abs):
    stride = stride or factor // 2
    return outer(squares(inner(output - source), factor, stride)).mean()


def carry(tones, source, target, dims=(0,), power=0.5):
    def middle(x):
        return x.mean(dims, keepdim=True)

    def spread(x):
        return middle((x - middle(x)) ** 2) ** power

    return middle(target) + spread(target) / spread(source) * (tones - middle(source))


def shifted(tones, source, target):
    return tones + (target.mean(0) - source.mean(0))


def both_ways(there, home, x, y, seen=lambda z: z, norm=1):
    ways = [(home(seen(there(x))), x), (there(seen(home(y))), y)]
    return sum((a - b).abs().pow(norm).mean() for a, b in ways)


def seek(picture, amplitude, step, signs=(1, -1), whole=torch.round):
    left = (picture - step * whole(picture / step)) / amplitude
    found = left.clone()
    found[..., 0::2, 0::2] = signs[0] * left[..., 0::2, 0::2]
    found[..., 1::2, 1::2] = signs[0] * left[..., 1::2, 1::2]
    found[..., 0::2, 1::2] = signs[1] * left[..., 0::2, 1::2]
    found[..., 1::2, 0::2] = signs[1] * left[..., 1::2, 0::2]
    return found


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
    "carry": (
        [carry],
        [
            (shifted, "only the means"),
            (lambda t, s, y: carry(t, y, s), "exchanged"),
            (lambda t, s, y: carry(t, s, y, dims=(0, 1, 2, 3)), "whole picture"),
            (lambda t, s, y: carry(t, s, y, power=1), "variances"),
            (lambda t, s, y: carry(t, s, y, power=-0.5), "upside down"),
            (lambda t, s, y: carry(t, s, y, dims=(0, 2, 3)), "it gives"),
        ],
    ),
    "both_ways": (
        [both_ways],
        [
            (lambda g, f, x, y: both_ways(g, f, x, y, norm=2), "squares"),
            (lambda g, f, x, y: both_ways(f, g, x, y), "wrong way round"),
            (lambda g, f, x, y: both_ways(g, f, x, y, seen=torch.Tensor.detach), "is detached"),
            (lambda g, f, x, y: (x - f(g(x))).abs().mean(), "one way only"),
            (lambda g, f, x, y: 0.5 * both_ways(g, f, x, y), "half of it"),
            (lambda g, f, x, y: both_ways(g, f, x, y, norm=3), "it gives"),
        ],
    ),
    "seek": (
        [seek],
        [
            (lambda z, a, s: seek(z, a, s, signs=(1, 1)), "checkerboard is missing"),
            (lambda z, a, s: seek(z, 1, s), "a fiftieth"),
            (lambda z, a, s: seek(z, a, s, whole=torch.floor), "rounded down"),
            (lambda z, a, s: seek(z, a, s, signs=(-1, 1)), "a negative"),
            (lambda z, a, s: seek(z, a, 2 * s), "it gives"),
        ],
    ),
    "fatal_noise": (
        [1.278, torch.tensor(1.28)],
        [
            (0.01003, "scale from −1 to 1"),
            (1.02, "about 0.8"),
            (2.556, "span a range of 2"),
            (0.8138, "a divisor"),
            (7, "is not it"),
        ],
    ),
    "handed_on": (
        [0.82, torch.tensor(0.82)],
        [
            (0.8, "G₀'s own middle"),
            (0.52, "so G must add it"),
            (0.781, "as flat as F"),
            (0.22, "the sign of"),
            (0.5, "that is the truth"),
            (1.346, "F's photograph"),
            (7, "is not it"),
        ],
    ),
}
