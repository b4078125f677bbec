"""Photometric augmentation: another camera, another light, mirrors; each image by itself."""

import pytest
import torch
from tiny import images
from torch.utils._python_dispatch import TorchDispatchMode

from ganlib.core.errors import GanlibError
from ganlib.data.photometric import _binomial, blur, photo_jitter, random_flip, relight


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
    """Without contrast, log2 of the light is a plane: an exposure, and a falloff to each side."""
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
    # Down a column only the falloff and the level change; the contrast to the right is left.
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
    assert torch.equal(_binomial(point)[0, 0, 2:7, 2:7], taps[:, None] * taps)


def test_blur_repeats_the_edges():
    taps = torch.tensor([0.25, 0.5, 0.25])
    plain = torch.full((1, 3, 5, 5), 0.3)
    torch.testing.assert_close(blur(plain, taps), plain)
