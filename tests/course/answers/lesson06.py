"""Answers to lesson 06: by loops, by half angles, by einsum."""

import math

import torch


def stamp(kernel, stride, side, value=lambda line, kernel: line + kernel):
    line = [torch.zeros((), dtype=kernel.dtype)] * ((side - 1) * stride + len(kernel))
    for j in range(side):
        for i, weight in enumerate(kernel):
            line[j * stride + i] = value(line[j * stride + i], weight)
    return torch.stack(line)


def angle(a, b):
    return (
        torch.atan2((a / a.norm() - b / b.norm()).norm(), (a / a.norm() + b / b.norm()).norm()) * 2
    )


def slerp(a, b, t, omega=None):
    omega = angle(a, b) if omega is None else omega
    return torch.sin(omega - t * omega) / omega.sin() * a + torch.sin(t * omega) / omega.sin() * b


def pushed(a, b, t):
    way = (1 - t) * a + t * b
    return ((1 - t) * a.norm() + t * b.norm()) * way / way.norm()


def logits(f, c, w, b, v):
    return torch.einsum("nf,f->n", f, w) + b + torch.einsum("nc,cf,nf->n", c, v, f)


ANSWERS = {
    "sides": (
        [(8, 16384), [64 // 2**3, 256 * (64 // 8) ** 2]],
        [
            ((64, 4096), "article's own"),
            ((8, 4096), "fits 32 pixels"),
            ((4, 16384), "four doublings"),
            ((16384, 8), "wrong order"),
            ((64, 16384), "the picture's side"),
            ((8, 100), "is not it"),
        ],
    ),
    "overlap": (
        [
            stamp,
            lambda k, s, n: torch.tensor([float(x) for x in stamp(k, s, n)]).double(),
            lambda k, s, n: list(stamp(k, s, n)),
        ],
        [
            (lambda k, s, n: stamp(k.flip(0), s, n), "turned round"),
            (lambda k, s, n: stamp(k, s, n, lambda old, new: new), "last one wins"),
            (lambda k, s, n: stamp(torch.ones_like(k), s, n), "add the weights"),
            (lambda k, s, n: stamp(k, s, n)[1:-1], "cut off at each end"),
            (lambda k, s, n: stamp(k, s, n)[: n * s], "its shape is"),
        ],
    ),
    "std": (
        [lambda c, k, s: math.sqrt(2 / c) * s / k],
        [
            (lambda c, k, s: math.sqrt(2 / c) / k, "all k² taps"),
            (lambda c, k, s: math.sqrt(1 / c) * s / k, "the 2 is missing"),
            (lambda c, k, s: 2 * (s / k) ** 2 / c, "variance"),
            (lambda c, k, s: math.sqrt(2 * s / c) / k, "rows *and* columns"),
            (lambda c, k, s: math.sqrt(2 / (c * (k // s) ** 2)), "2.25 taps"),
            (lambda c, k, s: math.sqrt(2 / (c * k * k // s**2)), "need not be whole"),
            (lambda c, k, s: 0.02, "needs a norm"),
        ],
    ),
    "slerp": (
        [slerp],
        [
            (torch.lerp, "the straight way"),
            (lambda a, b, t: slerp(b, a, t), "exchanged"),
            (lambda a, b, t: slerp(a, b, t) * angle(a, b).sin(), "division by sin"),
            (pushed, "uneven speed"),
            (lambda a, b, t: slerp(a / a.norm(), b / b.norm(), t), "with their lengths"),
            (lambda a, b, t: slerp(a, b, t, torch.tensor(1.0)), "it gives"),
        ],
    ),
    "projection": (
        [logits],
        [
            (lambda f, c, w, b, v: logits(f, 0 * c, w, b, v), "whether the picture is real"),
            (lambda f, c, w, b, v: logits(f, c, 0 * w, 0 * b, v), "whether the picture is what"),
            (lambda f, c, w, b, v: (f @ w + b)[:, None] + f @ v.T @ c.T, "a table"),
            (lambda f, c, w, b, v: logits(f, c, w, 0 * b, v), "b is missing"),
            (lambda f, c, w, b, v: logits(f, c / f.shape[1], w, b, v), "a mean over"),
            (lambda f, c, w, b, v: f @ w + b + (c @ v @ f.T).trace(), "over the batch too"),
        ],
    ),
}
