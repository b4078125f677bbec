"""Lesson 06's score of what was asked for: true drawings are best, and no cheat comes near."""

import lessons
import pytest
import torch

from ganlib.data.conditions import alike_as_asked
from ganlib.data.datasets import HELD_OUT_SEED, face_people
from ganlib.lessons.checks.lesson06 import distances
from ganlib.measure.probe import load_probe
from ganlib.twins import render_drawings

PATH = lessons.ROOT / "notebooks" / "06_from_noise_to_faces.ipynb"
SPACE = lessons.definitions(lessons.read(PATH))
K = 8


@pytest.fixture(scope="module")
def scored():
    """{name: nearness, diversity, energy distance}, as the lesson's cells compute them."""
    SPACE.update(probe=load_probe(), distances=distances.reference, k=K)
    people = alike_as_asked(face_people(8, HELD_OUT_SEED), 2 * K, HELD_OUT_SEED + 1)
    true, others = render_drawings(people, 64).unflatten(0, (-1, 2 * K)).split(K, 1)
    grain = torch.randn(others.shape, generator=torch.Generator().manual_seed(0))
    rivals = {
        "true": others,
        "one, repeated": others[:, :1].expand_as(others),
        "average": others.mean(1, keepdim=True).expand_as(others),
        "grain": others + 0.3 * grain,
        "blurred": torch.nn.functional.avg_pool2d(others.flatten(0, 1), 5, 1, 2).view_as(others),
        "somebody else": others.roll(1, 0),
    }
    return {name: SPACE["scores"](images, true) for name, images in rivals.items()}


def test_true_drawings_score_best_by_a_wide_margin(scored, measured):
    energy = {name: row[2] for name, row in scored.items()}
    measured(", ".join(f"{name} {value:.2f}" for name, value in energy.items()))
    assert abs(energy.pop("true")) < 0.5 and min(energy.values()) > 1


def test_nearness_alone_prefers_an_average_to_the_truth(scored):
    assert scored["average"][0] < scored["true"][0]


def test_truncated_noise_stays_within_its_limit_and_is_normal_there():
    z = SPACE["truncated"]((200, 64), 0.5, torch.Generator().manual_seed(0))
    assert z.abs().max() <= 0.5
    # Of the numbers within 0.5, 52 % of normal ones lie within 0.25 (Φ(0.25) - ½ over Φ(0.5) - ½).
    assert (z.abs() < 0.25).float().mean().item() == pytest.approx(0.5155, abs=0.02)


def test_pictures_of_the_sheets_are_128_pixels_and_have_the_truth_beside():
    cells = {cell.id: cell.source for cell in lessons.code_cells(lessons.read(PATH))}
    for name, zoom in {
        "train_sheets": 4,
        "asked_show": 4,
        "sheet": 2,
        "worst_code": 2,
        "walk": 2,
    }.items():
        assert f"zoom={zoom}" in cells[name], name
    for name in ("train_sheets", "asked_show", "sheet", "worst_code"):
        assert "held_out" in cells[name] or "true" in cells[name] or "eight" in cells[name], name
