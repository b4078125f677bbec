"""Lesson 06: towers, ways through the noise, the projection, the Fréchet distance, by sums."""

import math

import torch

from bindings import Binding
from ganlib.core.networks.conditional import projection_logit
from ganlib.lessons import latents, towers
from ganlib.measure import metrics


def stamps(weights):
    """Six stamps, two apart, pixel by pixel."""
    length = 5 * 2 + len(weights)
    return torch.stack(
        [
            sum(weights[x - 2 * j] for j in range(6) if 0 <= x - 2 * j < len(weights))
            for x in range(length)
        ]
    )


def ripple(image):
    means = [image[a::2, b::2].mean() for a in (0, 1) for b in (0, 1)]
    middle = sum(means) / 4
    return (sum((m - middle) ** 2 for m in means) / 4) ** 0.5


def omega(a, b):
    return torch.arccos((a * b).sum() / ((a**2).sum() * (b**2).sum()) ** 0.5)


def slerp(a, b, t):
    angle = omega(a, b)
    return (
        torch.sin((1 - t) * angle) / torch.sin(angle) * a
        + torch.sin(t * angle) / torch.sin(angle) * b
    )


def turned(z, towards):
    """By half a radian; u by Gram and Schmidt."""
    unit = z / (z**2).sum() ** 0.5
    across = towards - (towards * unit).sum() * unit
    u = across / (across**2).sum() ** 0.5 * (z**2).sum() ** 0.5
    return math.cos(0.5) * z + math.sin(0.5) * u


def truncated_variance(tau):
    """The integral of x² over the cut density, by Gauss's rule."""
    from numpy.polynomial.legendre import leggauss

    nodes, weights = (torch.tensor(w, dtype=torch.float64) for w in leggauss(40))
    x = tau * nodes
    density = torch.exp(-(x**2) / 2)
    return (weights * x**2 * density).sum() / (weights * density).sum()


def projection(features, condition, w, b, v):
    rows = []
    for f, c in zip(features, condition, strict=True):
        rows.append((w * f).sum() + b + sum(c[i] * (v[i] * f).sum() for i in range(len(c))))
    return torch.stack(rows)


def covariance(x):
    away = x - x.mean(0)
    return away.T @ away / (len(x) - 1)


def frechet(x, y):
    """In two dimensions tr M^½ is (tr M + 2 √det M)^½."""
    m = covariance(x) @ covariance(y)
    root = (m.trace() + 2 * (m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]) ** 0.5) ** 0.5
    both = covariance(x).trace() + covariance(y).trace()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + both - 2 * root


BINDINGS = {
    "06.1": Binding(
        towers.doubled,
        lambda side, k, s, p: (side - 1) * s - 2 * p + k,
        lambda draw: (draw(), draw(), draw(), draw()),
    ),
    "06.2": Binding(
        towers.conv_weights,
        lambda c, d, k: (k**2 * c + 1) * d,
        lambda draw: (draw(), draw(), draw()),
    ),
    "06.3": Binding(lambda w: towers.overlap(w, 2, 6), stamps, lambda draw: (draw(5),)),
    "06.4": Binding(
        lambda image: towers.ripple(image[None, None])[0], ripple, lambda draw: (draw(6, 8),)
    ),
    "06.5": Binding(
        towers.next_signal,
        lambda q, n, std: n * std**2 * q / 2,
        lambda draw: (draw().exp(), draw().exp(), draw().exp()),
    ),
    "06.6": Binding(towers.he_std, lambda n: (2 / n) ** 0.5, lambda draw: (draw().exp(),)),
    "06.7": Binding(
        metrics.frechet, frechet, lambda draw: (draw(9, 2), draw(8, 2)), step=1e-5, rtol=1e-6
    ),
    "06.8": Binding(
        latents.lerp_length,
        lambda t, d: (d * ((1 - t) ** 2 + t**2)) ** 0.5,
        lambda draw: (draw().sigmoid(), draw().exp()),
    ),
    "06.9": Binding(latents.slerp, slerp, lambda draw: (draw(5), draw(5), draw().sigmoid())),
    "06.10": Binding(lambda z, u: latents.turn(z, u, 0.5), turned, lambda draw: (draw(5), draw(5))),
    "06.11": Binding(
        latents.truncated_variance, truncated_variance, lambda draw: (draw().abs() + 0.5,)
    ),
    "06.12": Binding(
        projection_logit,
        projection,
        lambda draw: (draw(4, 5), draw(4, 3), draw(5), draw(), draw(3, 5)),
    ),
}
