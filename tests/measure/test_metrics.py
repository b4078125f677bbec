"""Distances between sets: against direct formulas in float64, and against common sense."""

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import nn

from ganlib.core.errors import GanlibError
from ganlib.data.photometric import blur
from ganlib.measure import metrics
from ganlib.measure.baselines import posterise
from ganlib.measure.metrics import diversity, nearest_of, ssim
from ganlib.measure.probe import load_probe
from ganlib.twins import render_drawings, render_twins, sample_people


def gaussian_blur(images, sigma):
    away = torch.arange(-8.0, 9.0)
    taps = torch.exp(-(away**2) / (2 * sigma**2))
    return blur(images, taps / taps.sum())


def cloud(n, seed, shift=0.0, f=6):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(n, f, generator=draw) * torch.linspace(0.5, 1.5, f) + shift


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_frechet_is_its_formula(shift):
    ours, true = cloud(80, 0, shift), cloud(120, 1)
    x, y = ours.double().numpy(), true.double().numpy()
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(a @ b).real
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a + b - 2 * root)
    assert metrics.frechet(ours, true) == pytest.approx(expected, rel=1e-6)


def mmd(x, y):
    """Pair by pair, as the definition has it."""

    def k(a, b):
        return (a @ b / len(a) + 1) ** 3

    within = [
        np.mean([k(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j])
        for z in (x, y)
    ]
    return sum(within) - 2 * np.mean([k(a, b) for a in x for b in y])


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_kernel_is_its_formula(shift):
    ours, true = cloud(24, 0, shift), cloud(24, 1)
    expected = mmd(ours.double().numpy(), true.double().numpy())
    assert metrics.kernel(ours, true) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_kernel_of_unequal_sets_is_near_that_of_the_whole():
    ours, true = cloud(40, 0, 1.0), cloud(60, 1)
    expected = mmd(ours.double().numpy(), true.double().numpy())
    assert metrics.kernel(ours, true) == pytest.approx(expected, rel=0.1)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    assert metrics.kernel(ours, true) == metrics.kernel(ours, true)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_bootstrap_weights_count_repeats_but_no_pair_of_a_picture_with_itself():
    points = cloud(5, 0).double().numpy()
    weight = [2, 0, 1, 1, 1]
    rows = [0, 0, 2, 3, 4]
    gram = (points @ points.T / 6 + 1) ** 3
    pairs = [gram[i, j] for a, i in enumerate(rows) for b, j in enumerate(rows) if i != j]
    ours = metrics._pairs(torch.tensor(gram), torch.tensor(weight, dtype=torch.float64))
    assert ours.item() == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("estimate", [metrics.frechet_estimate, metrics.kernel_estimate])
def test_the_interval_holds_the_estimate_and_narrows_with_more(estimate):
    widths = []
    for n in (40, 640):
        value, low, high = estimate(cloud(n, 0, 0.5), cloud(n, 1), resamples=40)
        assert low < value < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_the_interval_of_one_distribution_mostly_holds_zero():
    held = 0
    for seed in range(20):
        _, low, high = metrics.kernel_estimate(cloud(60, seed), cloud(60, 100 + seed), 60)
        held += low <= 0 <= high
    assert held >= 16  # 19 are expected of 95 %; fewer than 16 are one chance in 400


def test_even_two_pictures_have_an_interval():
    value, low, high = metrics.kernel_estimate(cloud(2, 0), cloud(2, 1))
    assert low <= value <= high


def test_sets_that_cannot_be_compared_are_refused():
    broken = torch.full((4, 6), torch.nan)
    for ours in (cloud(1, 0), broken):
        with pytest.raises(GanlibError, match="two finite pictures or more"):
            metrics.frechet(ours, cloud(4, 1))


def test_ssim_is_one_for_equals_and_that_of_scikit_image():
    from skimage.metrics import structural_similarity

    _, anime = render_twins(sample_people(2, 0), 64)
    other = (anime + 0.2 * torch.randn(anime.shape)).clamp(-1, 1)
    assert ssim(anime, anime) == pytest.approx(1)
    maps = [
        structural_similarity(
            *(z.double().numpy() for z in pair),
            channel_axis=0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=2.0,
            full=True,
        )[1]
        for pair in zip(other, anime, strict=True)
    ]
    expected = np.mean(maps)
    # They differ in how they go on beyond the border.
    assert ssim(other, anime) == pytest.approx(expected, abs=0.003) and expected < 0.95
    with pytest.raises(GanlibError, match="twins"):
        ssim(anime, anime[:1])


class Corner(nn.Module):
    """Features that one can see: the first pixel's three channels."""

    def embed(self, images):
        return images[:, :, 0, 0]


def test_diversity_and_nearest_by_hand():
    images = torch.zeros(3, 3, 4, 4)
    images[1] = 0.5
    images[2, 0] = 1.0
    probe, pixels = diversity(images, Corner())
    distances = [0.75**0.5, 1.0, 0.75**0.5]  # 0–1, 0–2, 1–2
    assert probe == pytest.approx(sum(distances) / 3)
    assert pixels == pytest.approx((0.5 + 1 / 3 + 0.5) / 3)
    assert diversity(images[:1].expand(4, -1, -1, -1), Corner()) == (0, 0)
    ours, training = (Corner().embed(some) for some in (images[1:], images[:2]))
    assert nearest_of(ours, training).tolist() == pytest.approx([0, 0.75**0.5])


def test_posterise_flattens_and_has_few_tones():
    photo, _ = render_twins(sample_people(2, 0), 64)
    flat = posterise(photo, levels=4)
    assert flat.unique().numel() <= 4 and flat.min() >= -1 and flat.max() <= 1
    grain = (flat[..., 1:] != flat[..., :-1]).float().mean()
    plain = ((photo + 1) * 1.5).round() / 1.5 - 1
    assert grain < (plain[..., 1:] != plain[..., :-1]).float().mean()


# From here on with the probe that ships.


@pytest.fixture(scope="module")
def drawings():
    """Two sets of different people, 200 each, in all styles."""
    return [render_drawings(sample_people(200, seed), 64) for seed in (71, 72)]


def embed(*sets):
    return [load_probe().embed(images) for images in sets]


@pytest.fixture(scope="module")
def features(drawings):
    return embed(*drawings)


@pytest.fixture(scope="module")
def blurred(drawings):
    """Features of the first set, the more blurred the later."""
    return embed(*(gaussian_blur(drawings[0], sigma) for sigma in (0.6, 1.2, 2.4)))


def assert_grows(true, *sets):
    """Each set is farther from the true one than that before, by both distances."""
    for distance in (metrics.frechet, metrics.kernel):
        values = [distance(ours, true) for ours in sets]
        assert values == sorted(values)


def test_two_sets_of_true_drawings_are_alike(features):
    value, low, high = metrics.kernel_estimate(*features)
    assert low <= 0 <= high and low <= value <= high


def test_the_distance_grows_with_blur_and_noise(drawings, features, blurred):
    noise = torch.randn(drawings[0].shape, generator=torch.Generator().manual_seed(0))
    noisy = embed(*((drawings[0] + s * noise).clamp(-1, 1) for s in (0.1, 0.3, 0.6)))
    ours, true = features
    for worse in (blurred, noisy):
        assert_grows(true, ours, *worse)


def test_the_wrong_style_shows_the_more_of_it_there_is():
    soft = sample_people(200, 71, "soft")
    sets = [soft.replace(style="ink"), soft, sample_people(200, 72, "soft")]
    ink, soft, true = embed(*(render_drawings(people, 64) for people in sets))
    assert_grows(true, *(torch.cat([ink[:k], soft[k:]]) for k in (0, 50, 100, 200)))


def test_mode_collapse_is_far_and_has_no_diversity(drawings, features, blurred):
    ours, true = features
    for estimate in (metrics.frechet_estimate, metrics.kernel_estimate):
        collapsed = estimate(ours[:1].expand_as(ours), true)
        assert collapsed.low > estimate(blurred[1], true).high
    assert diversity(drawings[0][:1].expand(64, -1, -1, -1)) == (0, 0)
    assert min(diversity(drawings[0])) > 0.2


def test_copies_of_the_training_set_are_nearer_than_the_truth(drawings, features):
    (copies,) = embed((drawings[1][:50] + 0.01).clamp(-1, 1))
    ours, training = features
    assert nearest_of(copies, training).median() < nearest_of(ours[:50], training).median() / 3
