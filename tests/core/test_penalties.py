"""R1 by hand, where the gradient is known; and through the real discriminator."""

import math

import pytest
import torch
from tiny import discriminator, images

from ganlib.core.errors import GanlibError
from ganlib.core.penalties import r1, r2, wgan_gp


def test_linear_discriminator():
    # D(x) = w·x has the gradient w everywhere: R1 = |w|²/2, and its gradient by w is w.
    weight = torch.randn(12, dtype=torch.float64, requires_grad=True)
    real = torch.randn(5, 3, 2, 2, dtype=torch.float64)
    penalty = r1(lambda x: x.flatten(1) @ weight, real)
    assert penalty.item() == pytest.approx(weight.square().sum().item() / 2)
    penalty.backward()
    torch.testing.assert_close(weight.grad, weight.detach())


def test_quadratic_discriminator():
    # D(x) = a|x|²/2 has the gradient a·x: R1 = a² E|x|²/2, summed over each image, averaged over
    # images.
    a = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    real = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    penalty = r1(lambda x: a * x.square().flatten(1).sum(1) / 2, real)
    mean_square = real.square().flatten(1).sum(1).mean().item()
    assert penalty.item() == pytest.approx(9 * mean_square / 2)
    penalty.backward()
    assert a.grad.item() == pytest.approx(3 * mean_square)


def test_patch_logits_are_summed_for_each_image():
    real = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    # Every one of 6 patches scores the sum of the image: the derivative is 6 at each of 12 pixels.
    penalty = r1(lambda x: x.sum((1, 2, 3)).view(-1, 1, 1, 1).expand(-1, 1, 2, 3), real)
    assert penalty.item() == pytest.approx(12 * 36 / 2)


def test_batch_of_one_image_repeated_is_that_image():
    d, one = discriminator(), images(1)
    torch.testing.assert_close(r1(d, one), r1(d, one.repeat(3, 1, 1, 1)))


def test_finite_differences_agree_with_its_gradient():
    d, real = discriminator().double(), images(2).double()
    weight = d.layers[1].weight
    (gradient,) = torch.autograd.grad(r1(d, real), weight)
    with torch.no_grad():
        direction = torch.randn_like(weight)
        values = []
        for sign in (1, -1):
            weight += sign * 1e-6 * direction
            with torch.enable_grad():
                values.append(r1(d, real).item())
            weight -= sign * 1e-6 * direction
    measured = (values[0] - values[1]) / 2e-6
    assert measured == pytest.approx((gradient * direction).sum().item(), rel=1e-5)


def test_autocast_does_not_reach_it():
    d, real = discriminator(), images(2)
    plain = r1(d, real)
    with torch.autocast("cpu", torch.bfloat16):
        cast = r1(d, real)
    assert cast.dtype == torch.float32
    assert torch.equal(cast, plain)


def test_real_images_are_left_alone():
    real = images(2)
    r1(discriminator(), real).backward()
    assert not real.requires_grad and real.grad is None


def test_r2_is_r1_on_the_fakes_and_does_not_reach_the_generator():
    d, fake = discriminator(), images(2).requires_grad_()
    penalty = r2(d, fake)
    assert torch.equal(penalty, r1(d, fake))
    penalty.backward()
    assert fake.grad is None


def by_hand(weights, x):
    """||∇ₓ D(x)|| of D(x) = Σ w₂ tanh(w₁ x), one pixel and channel at a time, in Python floats."""
    first, second = weights
    gradient = []
    for pixel in range(len(x)):
        total = 0.0
        for unit in range(len(second)):
            inner = sum(first[unit][k].item() * x[k].item() for k in range(len(x)))
            total += second[unit].item() * (1 - math.tanh(inner) ** 2) * first[unit][pixel].item()
        gradient.append(total)
    return math.sqrt(sum(part**2 for part in gradient))


def test_wgan_gp_against_a_loop_by_hand():
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    first, second = draw(4, 12) / 2, draw(4)
    real, fake, mix = draw(3, 3, 2, 2), draw(3, 3, 2, 2), torch.tensor([0.0, 0.3, 1.0])
    mix = mix.double()
    penalty = wgan_gp(lambda x: torch.tanh(x.flatten(1) @ first.T) @ second, real, fake, mix)
    expected = 0.0
    for i in range(3):
        between = (1 - mix[i]) * real[i] + mix[i] * fake[i]
        # The norm is over all axes of one image together; over channels alone it is another loss.
        expected += (by_hand((first, second), between.flatten()) - 1) ** 2 / 3
    assert penalty.item() == pytest.approx(expected, rel=1e-9)


def test_wgan_gp_is_0_for_a_critic_of_gradient_norm_1_and_finite_for_a_dead_one():
    weight = torch.zeros(12, dtype=torch.float64).index_fill_(0, torch.tensor([5]), 1.0)
    batch = images(4)[:, :, :2, :2].double()
    unit = wgan_gp(lambda x: x.flatten(1) @ weight, batch, -batch)
    assert unit.item() == pytest.approx(0, abs=1e-9)
    dead = torch.zeros(12, dtype=torch.float64, requires_grad=True)
    penalty = wgan_gp(lambda x: x.flatten(1) @ dead, batch, -batch)
    penalty.backward()
    assert penalty.item() == pytest.approx(1, abs=1e-5) and torch.isfinite(dead.grad).all()


def test_wgan_gp_holds_the_mean_of_patch_logits():
    # Each of 6 patches scores twice the sum of 12 pixels: so does their mean, whose gradient is 2
    # at each pixel.
    real = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    penalty = wgan_gp(lambda x: 2 * x.sum((1, 2, 3)).expand(2, 3, -1).permute(2, 0, 1), real, -real)
    assert penalty.item() == pytest.approx((2 * math.sqrt(12) - 1) ** 2)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1), (-1, 1, 1, 1)])
def test_wgan_gp_of_one_logit_has_no_mean_to_take(shape):
    """Bit by bit the gradient of the logit itself."""
    weight, real, mix = torch.randn(12), images(4)[:, :, :2, :2], torch.rand(4)

    def critic(x):
        return (torch.tanh(x.flatten(1)) @ weight).view(shape)

    between = torch.lerp(real, -real, mix.view(-1, 1, 1, 1))
    gradient = torch.func.grad(lambda x: critic(x).sum())(between)
    norm = (gradient.square().flatten(1).sum(1) + 1e-12).sqrt()
    assert torch.equal(wgan_gp(critic, real, -real, mix), (norm - 1).square().mean())


def test_wgan_gp_mixes_evenly():
    # D(x) = x²/2 has the derivative x: with real 0 and fake 1 it is the share of the fake itself.
    torch.manual_seed(0)
    real = torch.zeros(20_000, 1, dtype=torch.float64)
    penalty = wgan_gp(lambda x: x.square().sum(1) / 2, real, real + 1)
    assert penalty.item() == pytest.approx(1 / 3, abs=0.01)  # ∫ (t - 1)² dt


def test_wgan_gp_wants_equal_batches():
    with pytest.raises(GanlibError, match=r"as many fakes; the shapes are \(3, 2\) and \(4, 2\)"):
        wgan_gp(lambda x: x, torch.zeros(3, 2), torch.zeros(4, 2))


@pytest.mark.parametrize(
    "penalty",
    [
        pytest.param(lambda d, x: wgan_gp(d, x, -x, torch.rand(2)), id="wgan_gp"),
        pytest.param(r1, id="r1"),
        # It is R1 on the fakes, see above.
        pytest.param(r2, id="r2", marks=pytest.mark.nightly),
    ],
)
def test_a_compiled_penalty_is_the_eager_one(penalty):
    # The tracing is what fails in a double backward; code generation would add only minutes.
    d, batch = discriminator(), images(2)
    results = []
    for form in (penalty, torch.compile(penalty, backend="aot_eager")):
        torch.manual_seed(0)
        d.zero_grad()
        value = form(d, batch)
        value.backward()
        results.append([value.detach(), *(p.grad for p in d.parameters() if p.grad is not None)])
    torch.testing.assert_close(*results)
    assert len(results[0]) > 3
