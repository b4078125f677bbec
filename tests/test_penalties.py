"""R1 by hand, where the slope is known; and through the real discriminator."""

import pytest
import torch
from tiny import discriminator, images

from ganlib.penalties import r1


def test_linear_discriminator():
    # D(x) = w·x has the slope w everywhere: R1 = |w|²/2, and its gradient by w is w.
    weight = torch.randn(12, dtype=torch.float64, requires_grad=True)
    real = torch.randn(5, 3, 2, 2, dtype=torch.float64)
    penalty = r1(lambda x: x.flatten(1) @ weight, real)
    assert penalty.item() == pytest.approx(weight.square().sum().item() / 2)
    penalty.backward()
    torch.testing.assert_close(weight.grad, weight.detach())


def test_quadratic_discriminator():
    # D(x) = a|x|²/2 has the slope a·x: R1 = a² E|x|²/2, summed over an image, averaged over images.
    a = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    real = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    penalty = r1(lambda x: a * x.square().flatten(1).sum(1) / 2, real)
    mean_square = real.square().flatten(1).sum(1).mean().item()
    assert penalty.item() == pytest.approx(9 * mean_square / 2)
    penalty.backward()
    assert a.grad.item() == pytest.approx(3 * mean_square)


def test_patch_logits_are_summed_for_each_image():
    real = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    # Every one of 6 patches scores the sum of the image: the slope is 6 at each of 12 pixels.
    penalty = r1(lambda x: x.sum((1, 2, 3)).view(-1, 1, 1, 1).expand(-1, 1, 2, 3), real)
    assert penalty.item() == pytest.approx(12 * 36 / 2)


def test_batch_of_one_image_repeated_is_that_image():
    judge, one = discriminator(), images(1)
    torch.testing.assert_close(r1(judge, one), r1(judge, one.repeat(3, 1, 1, 1)))


def test_finite_differences_agree_with_its_gradient():
    judge, real = discriminator().double(), images(2).double()
    weight = judge.layers[1].weight
    (slope,) = torch.autograd.grad(r1(judge, real), weight)
    with torch.no_grad():
        direction = torch.randn_like(weight)
        values = []
        for sign in (1, -1):
            weight += sign * 1e-6 * direction
            with torch.enable_grad():
                values.append(r1(judge, real).item())
            weight -= sign * 1e-6 * direction
    measured = (values[0] - values[1]) / 2e-6
    assert measured == pytest.approx((slope * direction).sum().item(), rel=1e-5)


def test_autocast_does_not_reach_it():
    judge, real = discriminator(), images(2)
    plain = r1(judge, real)
    with torch.autocast("cpu", torch.bfloat16):
        cast = r1(judge, real)
    assert cast.dtype == torch.float32
    assert torch.equal(cast, plain)


def test_real_images_are_left_alone():
    real = images(2)
    r1(discriminator(), real).backward()
    assert not real.requires_grad and real.grad is None
