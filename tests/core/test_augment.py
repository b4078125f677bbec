"""Augmentation: what each policy may and may not change, for each image by itself."""

import pytest
import torch
from tiny import images

from ganlib.core.augment import diff_augment
from ganlib.core.errors import ConfigError


def test_no_policy_is_the_identity():
    batch = images(4)
    assert torch.equal(diff_augment(batch, ""), batch)


def test_unknown_policy():
    words = "augment knows no 'rotation'; join some of color, translation, cutout with commas"
    with pytest.raises(ConfigError, match=words):
        diff_augment(images(1), "color,rotation")


@pytest.mark.parametrize("policy", ["color", "translation", "cutout", "color,translation,cutout"])
def test_every_image_draws_its_own_and_the_seed_decides(policy):
    batch = images(1).repeat(6, 1, 1, 1)
    torch.manual_seed(1)
    first = diff_augment(batch, policy)
    torch.manual_seed(1)
    assert torch.equal(first, diff_augment(batch, policy))
    assert first.shape == batch.shape
    assert len(torch.unique(first, dim=0)) >= 3


def test_gradients_flow():
    batch = images(2).double().requires_grad_()
    torch.manual_seed(0)

    def augment(x):
        torch.manual_seed(0)
        return diff_augment(x, "color,translation,cutout")

    assert torch.autograd.gradcheck(augment, batch[:1, :, :6, :6].detach().requires_grad_())
    augment(batch).sum().backward()
    assert batch.grad.abs().sum() > 0


def test_translation_shifts_whole_pixels_and_fills_zeros():
    batch = images(64) + 3  # no zeros of its own
    moved = diff_augment(batch, "translation")
    offsets = set()
    for before, after in zip(batch, moved, strict=True):
        kept = after != 0
        rows, columns = kept.any((0, 2)).nonzero().flatten(), kept.any((0, 1)).nonzero().flatten()
        found = [
            (dy, dx)
            for dy in range(-2, 3)
            for dx in range(-2, 3)
            if torch.equal(_shift(before, dy, dx), after)
        ]
        assert len(found) == 1
        assert len(rows) == 16 - abs(found[0][0]) and len(columns) == 16 - abs(found[0][1])
        offsets.update(found)
    # An eighth of 16 is 2: all 25 offsets are possible, and most of them come in 64 draws.
    assert len(offsets) > 15


def _shift(image, dy, dx):
    moved = torch.zeros_like(image)
    size = image.shape[-1]
    moved[:, max(dy, 0) : size + min(dy, 0), max(dx, 0) : size + min(dx, 0)] = image[
        :, max(-dy, 0) : size + min(-dy, 0), max(-dx, 0) : size + min(-dx, 0)
    ]
    return moved


def test_cutout_is_a_hole_of_half_of_each_side():
    batch = images(64) + 3
    cut = diff_augment(batch, "cutout")
    holes = (cut == 0).all(1)
    assert torch.equal(cut, batch * ~holes[:, None])
    for hole in holes:
        rows, columns = hole.any(1).sum().item(), hole.any(0).sum().item()
        assert hole.sum() == rows * columns
        assert 3 <= rows <= 8 and 3 <= columns <= 8
    assert holes.flatten(1).sum(1).max() == 64


def test_color_keeps_every_edge_in_place():
    # Affine in the pixel's colour: a flat image stays flat, its grey moves by the brightness.
    flat = torch.full((32, 3, 8, 8), 0.25)
    changed = diff_augment(flat, "color")
    torch.testing.assert_close(changed, changed[:, :1, :1, :1].expand_as(changed))
    shift = changed[:, 0, 0, 0] - 0.25
    assert shift.min() < -0.2 and shift.max() > 0.2 and shift.abs().max() <= 0.5


def test_color_scales_saturation_and_contrast():
    def chroma(x):
        return x - x.mean(1, keepdim=True)

    batch = images(64)
    changed = diff_augment(batch, "color")
    # Saturation (0 to 2) times contrast (½ to 1½) is one factor on the colours of an image.
    factor = (chroma(changed) * chroma(batch)).sum((1, 2, 3)) / chroma(batch).square().sum(
        (1, 2, 3)
    )
    torch.testing.assert_close(chroma(changed), factor[:, None, None, None] * chroma(batch))
    assert factor.min() >= 0 and factor.max() <= 3 and factor.std() > 0.3
    # A grey ramp has no colours: what spreads it is the contrast alone.
    ramp = torch.linspace(-1, 1, 8).expand(64, 3, 8, 8)
    spread = diff_augment(ramp, "color").std((1, 2, 3)) / ramp.std((1, 2, 3))
    assert spread.min() >= 0.5 and spread.max() <= 1.5 and spread.std() > 0.1
