"""Dirac-GAN keeps to its four rates (Mescheder et al. 2018), with the library's own losses."""

import math

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.lessons.dirac import DiracConfig, DiracGAN, contraction, round_matrix, stable_gammas


@pytest.mark.parametrize("loss", ["minimax", "wasserstein"])
def test_simultaneous_steps_spiral_out_by_their_factor(loss):
    # θ²+ψ² grows by 1 + h²·f'(ψθ)²; f' is the derivative of D's loss by the fake's logit.
    h = 0.1
    path = DiracGAN(DiracConfig(loss, h), theta=1.0, psi=0.5).run(200)
    logit = path[:-1].prod(1)
    by_logit = torch.sigmoid(logit) if loss == "minimax" else torch.ones_like(logit)
    square = path.square().sum(1)
    torch.testing.assert_close(square[1:] / square[:-1], 1 + h**2 * by_logit**2, rtol=1e-12, atol=0)
    assert square[-1] > 1.2 * square[0]


@pytest.mark.parametrize(("first", "sign"), [("generator", 1), ("discriminator", -1)])
def test_alternating_bilinear_steps_conserve(first, sign):
    # With D(x) = ψx scoring reals up, G first: θ² + ψ² + hθψ. (The sign is that of ψ, which
    # measures realness here; where it measures fakeness, it is θ² + ψ² - hθψ.)
    h = 0.1
    config = DiracConfig("wasserstein", h, update="alternating", first=first)
    theta, psi = DiracGAN(config, theta=1.0, psi=0.3).run(5000).unbind(1)
    kept = theta**2 + psi**2 + sign * h * theta * psi
    assert (kept - kept[0]).abs().max() < 1e-12
    assert (theta**2 + psi**2 - kept[0]).abs().max() > 1e-2  # the plain norm is not kept
    assert theta.min() < -1 and psi.min() < -1  # and it does go round


def one_step_map(config):
    """The Jacobian of a step at the equilibrium, by central differences."""
    columns = []
    for start in ((1e-5, 0.0), (0.0, 1e-5)):
        ends = [DiracGAN(config, *(s * x for x in start)).run(1)[-1] for s in (1, -1)]
        columns.append((ends[0] - ends[1]) / 2e-5)
    return torch.stack(columns, 1)


@pytest.mark.parametrize("loss", ["minimax", "nonsaturating"])
@pytest.mark.parametrize(("gamma", "rate"), [(0.3, 0.98615), (1.0, 0.95), (2.0, 0.98660)])
def test_r1_contracts_at_its_rate(loss, gamma, rate):
    jacobian = one_step_map(DiracConfig(loss, 0.1, r1_gamma=gamma))
    # Trace and determinant have no root at the critical γ = 1, where rounding would show.
    half, determinant = jacobian.trace().item() / 2, torch.linalg.det(jacobian).item()
    discriminant = half**2 - determinant
    if abs(discriminant) < 1e-9:
        measured = half
    else:
        measured = half + math.sqrt(discriminant) if discriminant > 0 else math.sqrt(determinant)
    assert measured == pytest.approx(rate, abs=1e-5)


def test_r1_converges_and_its_rate_is_that_of_the_path():
    path = DiracGAN(DiracConfig("nonsaturating", 0.1, r1_gamma=0.3), theta=1.0).run(2000)
    norm = path.square().sum(1).sqrt()
    assert norm[-1] < 1e-10
    # The norm wobbles while it turns; over a long stretch that averages out.
    assert (norm[2000] / norm[500]).pow(1 / 1500).item() == pytest.approx(0.98615, abs=2e-4)


ORDERS = "simultaneous", "alternating"
GAMES = {"wasserstein": 1.0, "nonsaturating": 0.5}  # loss: c


def wide(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("loss", GAMES)
def test_the_matrix_is_a_round_near_the_equilibrium(order, loss):
    jacobian = one_step_map(DiracConfig(loss, 0.3, 0.7, 0.4, order))
    matrix = round_matrix(*wide(0.3, 0.7, 0.4, GAMES[loss]), order=order)
    torch.testing.assert_close(matrix, jacobian, rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("c", GAMES.values())
def test_rounds_contract_between_the_two_gammas(order, c):
    for h_g in (0.1, 0.5, 1.5):
        for h_d in (0.1, 0.7, 2.0):
            low, high = stable_gammas(*wide(h_g, h_d, c), order)
            for gamma in torch.linspace(0.013, 8, 80, dtype=torch.float64):
                matrix = round_matrix(*wide(h_g, h_d), gamma, *wide(c), order=order)
                assert (contraction(matrix) < 1) == (low < gamma < high)


def test_logistic_simultaneous_needs_a_quarter_of_h_and_bilinear_alternating_h_below_2():
    assert stable_gammas(*wide(0.2, 0.2, 0.5), "simultaneous")[0].item() == pytest.approx(0.05)
    for h, stays in ((1.9, True), (2.1, False)):
        path = DiracGAN(DiracConfig("wasserstein", h, update="alternating")).run(60)
        assert (path.norm(dim=1).max() < 10) == stays


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("loss", GAMES)
def test_the_product_of_the_learning_rates_acts_not_their_ratio(order, loss):
    # In units of its own learning rate each network's path is the same, the whole course long.
    courses = []
    for lr, lr_d in ((0.1, 0.4), (0.4, 0.1), (0.2, 0.2)):
        gan = DiracGAN(DiracConfig(loss, lr, lr_d, update=order), lr**0.5, lr_d**0.5)
        courses.append(gan.run(100) / wide(lr, lr_d).sqrt())
    torch.testing.assert_close(courses[0], courses[2], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(courses[1], courses[2], rtol=1e-9, atol=1e-12)


def test_alternating_logistic_rounds_creep_inwards_without_a_penalty():
    path = DiracGAN(DiracConfig("nonsaturating", 0.1, update="alternating")).run(2000)
    assert path[-1].norm() < 0.25 < 0.9 < path[0].norm()


def test_without_a_penalty_the_equilibrium_repels():
    # Near it a nonsaturating step is linear with f' = 1/2 for both.
    path = DiracGAN(DiracConfig("nonsaturating", 0.1), theta=1e-4).run(500)
    square = path.square().sum(1)
    assert (square[-1] / square[0]).item() == pytest.approx((1 + 0.1**2 / 4) ** 500, rel=1e-6)


def test_the_field_is_a_step():
    config = DiracConfig("nonsaturating", 0.1, r1_gamma=0.5)
    start = torch.tensor([[0.4, -0.7]], dtype=torch.float64)
    arrows = torch.cat(DiracGAN(config).field(start[:, 0], start[:, 1]))
    moved = DiracGAN(config, *start[0].tolist()).run(1)[-1]
    torch.testing.assert_close(moved, start[0] + 0.1 * arrows)


def test_the_relativistic_loss_works_too():
    path = DiracGAN(DiracConfig("relativistic", 0.1, r1_gamma=1.0), theta=1.0).run(500)
    assert path[-1].abs().max() < 1e-6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": 0}, "lr must be more than 0"),
        ({"lr_d": 0.0}, "lr_d must be more than 0"),
        ({"update": "both"}, "one of simultaneous, alternating"),
        ({"first": "me"}, "one of generator, discriminator"),
        ({"loss": "chess"}, "loss must be one of minimax"),
    ],
)
def test_bad_options_get_a_sentence(options, words):
    with pytest.raises(GanlibError, match=words):
        DiracConfig(**options)
