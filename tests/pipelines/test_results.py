"""What a run shows of itself: always the same noise and conditions, and no random number drawn."""

import shlex
from pathlib import Path

import pytest
import torch
from tiny import noise_objective

from ganlib.core.networks.conditional import ConditionalGenerator, ConditionalGeneratorConfig
from ganlib.data.conditions import encode
from ganlib.pipelines.options import quoted
from ganlib.pipelines.results import ASKED, face_samples, fixed_noise, noise_samples
from ganlib.twins import People


def test_noise_samples_are_of_fixed_noise_and_draw_nothing():
    generator = noise_objective().generator
    state = torch.get_rng_state()
    assert torch.equal(noise_samples(generator), noise_samples(generator))
    assert torch.equal(torch.get_rng_state(), state)
    torch.testing.assert_close(noise_samples(generator), generator(fixed_noise(64, 5)))


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("runs/a/model.safetensors", "runs/a/model.safetensors"),
        ("my run/m", '"my run/m"'),
        (r"runs\a\m", r'"runs\a\m"'),
        ("it's $5", "'it'\"'\"'s $5'"),
    ],
)
def test_words_are_quoted_as_most_shells_take_them(word, typed):
    assert quoted(Path(word)) == typed
    assert shlex.split(quoted(word)) == [word]


def test_face_samples_have_a_condition_in_each_row_and_a_noise_in_each_column():
    asked = encode(People.of(*ASKED))
    torch.manual_seed(0)
    config = ConditionalGeneratorConfig(asked.shape[1], size=16, latent=5, width=16, embedding=4)
    generator = ConditionalGenerator(config)
    torch.nn.init.normal_(generator.norms[0].affine.weight)
    state = torch.get_rng_state()
    rows = face_samples(generator).unflatten(0, (8, 8))
    assert torch.equal(torch.get_rng_state(), state)
    noise = fixed_noise(64, 5)[:8]
    for i, j in ((0, 0), (1, 2), (7, 3)):
        wanted = generator(noise[j : j + 1], asked[i : i + 1])[0]
        torch.testing.assert_close(rows[i, j], wanted)
    assert not torch.allclose(rows[0], rows[1])
