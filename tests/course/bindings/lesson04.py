"""Lesson 04: one step of Dirac-GAN, written out; R1."""

import torch

from bindings import Binding
from ganlib.core import losses
from ganlib.core.penalties import r1
from ganlib.lessons import dirac
from ganlib.lessons.checks.core import Function

H_G, H_D = 0.1, 0.3
POINTS = torch.tensor([[0.3, -1.2], [0.8, 0.4], [-0.5, 2.0]], dtype=torch.float64)


def after(loss, theta, psi, h_g=H_G, h_d=H_D, gamma=0.0, update="simultaneous"):
    config = dirac.DiracConfig(loss, float(h_g), float(h_d), float(gamma), update)
    return dirac.DiracGAN(config, float(theta), float(psi)).run(1)[-1]


def square(theta, psi):
    return theta**2 / H_G + psi**2 / H_D


def conserved(theta, psi):
    return square(theta, psi) - theta * psi


def losses_of(theta, psi):
    fake = (psi * theta).view(1)
    return torch.stack(
        [
            losses.logistic_discriminator((psi * 0).view(1), fake),
            losses.nonsaturating_generator(fake),
        ]
    )


def literal_matrix(h_g, h_d, gamma, c):
    return torch.stack([torch.ones_like(c), c * h_g, -c * h_d, 1 - h_d * gamma]).view(2, 2)


def literal_gammas(h_g, h_d, c):
    half = c**2 * h_g / 2
    return torch.stack([2 * half, 2 / h_d + half, 0 * half, 2 / h_d - half])


def gammas(h_g, h_d, c):
    return torch.stack(
        [
            *dirac.stable_gammas(h_g, h_d, c, "simultaneous"),
            *dirac.stable_gammas(h_g, h_d, c, "alternating"),
        ]
    )


def a_point(draw):
    return draw(), draw()


BINDINGS = {
    "04.1": Binding(
        losses_of,
        lambda theta, psi: torch.stack(
            [
                torch.log(1 + torch.exp(-psi * 0)) + torch.log(1 + torch.exp(psi * theta)),
                torch.log(1 + torch.exp(-psi * theta)),
            ]
        ),
        a_point,
    ),
    "04.2": Binding(
        lambda *a: after("wasserstein", *a),
        lambda theta, psi: torch.stack([theta + H_G * psi, psi - H_D * theta]),
        a_point,
        step=1e-4,
        rtol=1e-7,
    ),
    "04.3": Binding(
        lambda *a: square(*after("wasserstein", *a)),
        lambda theta, psi: (1 + H_G * H_D) * (theta**2 / H_G + psi**2 / H_D),
        a_point,
        step=1e-4,
        rtol=1e-7,
    ),
    "04.4": Binding(
        lambda *a: conserved(*after("wasserstein", *a, update="alternating")),
        lambda theta, psi: theta**2 / H_G + psi**2 / H_D - theta * psi,
        a_point,
        step=1e-4,
        rtol=1e-7,
    ),
    "04.5": Binding(
        lambda *a: dirac.round_matrix(*a, order="simultaneous"),
        literal_matrix,
        lambda draw: tuple(draw().exp() for _ in range(4)),
    ),
    "04.6": Binding(gammas, literal_gammas, lambda draw: tuple(draw().exp() for _ in range(3))),
    # D(x) = w₁ x₁² + w₂ x₂², whose gradient with respect to x is (2 w₁ x₁, 2 w₂ x₂).
    "04.7": Binding(
        lambda w: r1(lambda points: points.square() @ w, POINTS),
        lambda w: (2 * POINTS * w).square().sum() / (2 * len(POINTS)),
        lambda draw: (draw(2),),
    ),
}


def one_round(update):
    """A round of `DiracGAN`, which takes the library's losses and autograd."""
    names = {"bilinear": "wasserstein", "logistic": "nonsaturating"}

    def run(theta, psi, h_g, h_d, game, gamma):
        return after(names[game], theta, psi, h_g, h_d, gamma, update)

    return Function(
        run,
        lambda draw: (draw(), draw(), 0.2, 0.7, "logistic" if draw() > 0 else "bilinear", 0.4),
        edges=[(torch.tensor(0.5).double(), torch.tensor(-0.7).double(), 0.3, 0.2, "bilinear", 0)],
        differentiable=False,
    )


def gradient_of(which):
    def run(theta, psi, game):
        moved = after("wasserstein" if game == "bilinear" else "nonsaturating", theta, psi, 1, 1)
        return (theta, psi)[which] - moved[which]

    return Function(run, lambda draw: (draw(), draw(), "logistic"), differentiable=False)


ON_SCREEN = {
    "d_gradient": gradient_of(1),
    "g_gradient": gradient_of(0),
    "simultaneous": one_round("simultaneous"),
    "alternating": one_round("alternating"),
    "once_matrix": Function(
        lambda h_g, h_d, gamma, c: dirac.round_matrix(
            *torch.tensor([h_g, h_d, gamma, c]).double(), order="simultaneous"
        ),
        lambda draw: (0.5, 0.25, 2.0, 0.5),
        differentiable=False,
    ),
    "d_loss": Function(losses.logistic_discriminator, lambda draw: (draw(7), draw(5))),
    "g_loss": Function(losses.nonsaturating_generator, lambda draw: (draw(5),)),
    "r1": Function(
        lambda discriminator, real: r1(discriminator, real),
        lambda draw: (lambda points: points.square().sum(1).sin(), draw(5, 2)),
        differentiable=False,
    ),
}
