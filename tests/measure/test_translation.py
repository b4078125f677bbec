"""Pixel errors of a translator, against hand computation."""

import pytest
import torch
from torch import nn

from ganlib.data.datasets import held_out_people
from ganlib.measure.translation import draw, evaluate, translate
from ganlib.twins import render_twins


class Scaled(nn.Module):
    """The photograph times a factor; 1 returns it."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, photo):
        return photo * self.factor


def test_copying_scores_as_the_copy_does():
    record = evaluate(Scaled(), size=64, n=6)
    photo, anime = render_twins(held_out_people(6), 64)
    assert record["l1"] == record["l1_copy"] == pytest.approx((photo - anime).abs().mean().item())
    assert record["ratio"] == 1 and record["device"] == "cpu" and record["seconds"] > 0


def test_the_baseline_without_drawing_has_the_drawings_tones():
    photo, anime = render_twins(held_out_people(6), 64)
    pairs = [torch.cat([images, images.flip(-1)]) for images in (photo, anime)]
    (m, s), (n, t) = ((x.mean(0), x.std(0, correction=0).clamp_min(1e-3)) for x in pairs)
    expected = ((n + (photo - m) * t / s).clamp(-1, 1) - anime).abs().mean().item()
    assert evaluate(Scaled(), size=64, n=6)["l1_tones"] == pytest.approx(expected, rel=1e-4)


def test_the_64_pixel_figures_average_first():
    record = evaluate(Scaled(), size=128, n=2)
    pair = render_twins(held_out_people(2), 128)
    photo, anime = (x.reshape(2, 3, 64, 2, 64, 2).mean((3, 5)) for x in pair)
    assert record["l1_64"] == pytest.approx((photo - anime).abs().mean().item(), rel=1e-5)
    assert record["l1_64"] == record["l1_copy_64"] and record["ratio_64"] == 1


def test_translate_keeps_order_whatever_the_batch():
    photos = torch.rand(7, 3, 16, 16) * 2 - 1
    assert torch.equal(translate(Scaled(), photos, batch=3), photos)


def test_a_backward_model_is_scored_against_photographs():
    model = Scaled(0.5)
    forward, backward = (draw(model, 64, 3, backward=way) for way in (False, True))
    assert torch.equal(forward.photo, backward.anime)
    assert torch.equal(forward.anime, backward.photo)
    error = (0.5 * forward.anime - forward.photo).abs().mean().item()
    assert evaluate(model, 64, 3, backward=True)["l1"] == pytest.approx(error)
    assert evaluate(model, 64, 3)["l1"] != pytest.approx(error)
