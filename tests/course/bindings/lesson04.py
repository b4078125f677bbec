"""Lesson 04: one step of Dirac-GAN, written out."""

import torch

from bindings import Binding
from ganlib.core import losses
from ganlib.lessons.dirac import DiracConfig, DiracGAN, contraction

H = 0.1


def after(loss, theta, psi, update="simultaneous"):
    config = DiracConfig(loss, H, update=update)
    return DiracGAN(config, float(theta), float(psi)).run(1)[-1]


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def grown(theta, psi):
    return (1 + H**2 * sigmoid(psi * theta) ** 2) * (theta**2 + psi**2)


def ellipse(theta, psi):
    return theta**2 + psi**2 + H * theta * psi


def shrinks_by(h, gamma):
    root = torch.sqrt(torch.complex(gamma**2 / 4 - 1 / 4, torch.zeros_like(gamma)))
    both = [torch.abs(1 + h * (-gamma / 2 + sign * root)) for sign in (1, -1)]
    return torch.stack(both).max()


def a_point(draw):
    return draw(), draw()


BINDINGS = {
    "04.1": Binding(
        lambda theta, psi: losses.logistic_discriminator((psi * 0).view(1), (psi * theta).view(1)),
        lambda theta, psi: (
            torch.log(1 + torch.exp(-psi * 0)) + torch.log(1 + torch.exp(psi * theta))
        ),
        a_point,
    ),
    "04.2": Binding(
        lambda *a: after("wasserstein", *a),
        lambda theta, psi: torch.stack([theta + H * psi, psi - H * theta]),
        a_point,
        step=1e-4,
        rtol=1e-7,
    ),
    "04.3": Binding(
        lambda *a: after("minimax", *a).square().sum(), grown, a_point, step=1e-4, rtol=1e-7
    ),
    "04.4": Binding(
        lambda *a: ellipse(*after("wasserstein", *a, update="alternating")),
        ellipse,
        a_point,
        step=1e-4,
        rtol=1e-7,
    ),
    # γ above 1, where one of the two is the larger: below, they are equal.
    "04.5": Binding(
        contraction, shrinks_by, lambda draw: (draw().sigmoid() / 10, 1.5 + draw().exp())
    ),
}
