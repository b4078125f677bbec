"""Augmentation: what each family may and may not change, for each image by itself."""

import pytest
import torch
from tiny import images
from torch.utils._python_dispatch import TorchDispatchMode

from ganlib.core.augment import _blur, diff_augment
from ganlib.data.photometric import photo_jitter, random_flip, relight
from ganlib.core.errors import GanlibError


def test_no_policy_is_the_identity():
    batch = images(4)
    assert torch.equal(diff_augment(batch, ""), batch)


def test_unknown_policy():
    with pytest.raises(GanlibError, match="color, translation, cutout"):
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
        return diff_augment(x)

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


def test_jitter_is_mild_and_stays_in_range():
    batch = images(8)
    jittered = photo_jitter(batch, 1.0)
    assert jittered.shape == batch.shape
    assert jittered.min() >= -1 and jittered.max() <= 1
    grey = torch.zeros(64, 3, 16, 16)
    change = (photo_jitter(grey, 1.0) - grey).abs().mean((1, 2, 3))
    assert 0.05 < change.mean() < 0.3 and change.std() > 0.01


@pytest.mark.parametrize("change", [photo_jitter, relight])
def test_no_strength_and_wrong_strength(change):
    batch = images(2)
    assert change(batch, 0) is batch
    with pytest.raises(GanlibError, match=f"{change.__name__}'s strength .* not -1"):
        change(batch, -1)


def test_another_light_is_smooth_and_of_its_strength():
    """Without contrast, log2 of the light is a plane: an exposure, and a fall to each side."""
    grey = torch.full((256, 3, 9, 9), -0.5)
    torch.manual_seed(0)
    stops = torch.log2((relight(grey, 0.5) + 1) / 2 / 0.25)
    # The contrast moves each pixel away from its image's mean by 10 % of the rest at most.
    for side in (2, 3):
        ends = stops.select(side, 8) - stops.select(side, 0)
        assert 0.2 < ends.abs().max() < 0.6 * 0.5 * 1.2, "0.3 stops to each side at strength 1"
        assert abs(ends.mean()) < 0.03, "no side is preferred"
        middle = stops.select(side, 4)
        bend = middle - (stops.select(side, 8) + stops.select(side, 0)) / 2
        assert bend.abs().max() < 0.03, "smooth"
    exposure = stops[:, :, 4, 4].mean(1)
    assert 0.12 < exposure.abs().max() < 0.2 and abs(exposure.mean()) < 0.02
    cast = stops[:, :, 4, 4] - exposure[:, None]
    assert 0.02 < cast.abs().max() < 0.1, "±3 % for each channel"


def test_another_light_changes_the_contrast():
    ramp = torch.linspace(-0.4, 0.4, 9).expand(256, 3, 9, 9)
    torch.manual_seed(0)
    lit = relight(ramp, 1.0)
    assert lit.shape == ramp.shape and lit.min() >= -1 and lit.max() <= 1
    # Down a column only the fall of light and the level change; the spread to the right is left.
    spread = lit.std((1, 2, 3)) / lit.mean((1, 2, 3)).add(1) / ramp.std((1, 2, 3))[0]
    assert spread.min() < 0.8 and spread.max() > 1.2


def test_flip_is_shared():
    photo, anime = images(64, seed=1), images(64, seed=2)
    photo_out, anime_out = random_flip(photo, anime)
    flipped = [torch.equal(a, b.flip(2)) for a, b in zip(photo_out, photo, strict=True)]
    for i, mirrored in enumerate(flipped):
        for before, after in ((photo, photo_out), (anime, anime_out)):
            assert torch.equal(after[i], before[i].flip(2) if mirrored else before[i])
    assert 16 < sum(flipped) < 48


class NoHost(TorchDispatchMode):
    """Refuses tensors made from Python numbers, which a CUDA graph cannot hold."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func is not torch.ops.aten.lift_fresh.default, "a tensor was made on the host"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("change", [photo_jitter, relight])
def test_a_change_makes_all_it_needs_on_the_device(change):
    with NoHost(), pytest.raises(AssertionError):
        torch.tensor([1.0, 4.0])
    with NoHost():
        change(torch.zeros(2, 3, 8, 8), 1.0)


def test_blur_is_binomial():
    point = torch.zeros(1, 1, 9, 9)
    point[..., 4, 4] = 256
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0])
    assert torch.equal(_blur(point)[0, 0, 2:7, 2:7], taps[:, None] * taps)
