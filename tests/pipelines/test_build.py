"""Recipes: what they build, what they are, and how the command line follows them."""

import json
from dataclasses import replace

import pytest
import torch
from tiny import store

from ganlib.pipelines import recipes
from ganlib.weights import load_model, save_model
from ganlib.cli.main import main
from ganlib.core.networks.cyclegan import PatchGAN, PatchGANConfig, ResnetTranslator, ResnetTranslatorConfig
from ganlib.core.errors import GanlibError
from ganlib.data.tones import ExposureTransport
from ganlib.core.objectives import PairedTranslation
from ganlib.pipelines.recipes import RECIPES, Recipe
from ganlib.data.tones import ToneTransport
from ganlib.data.datasets import ImageDataset
from ganlib.pipelines.stylize import Stylizer

SMALL = {"width": 8, "blocks": 1}


def worlds(size=32):
    draws = torch.Generator().manual_seed(0)
    images = torch.rand(2, 6, 3, size, size, generator=draws) * 2 - 1
    return [ImageDataset.from_float(world) for world in images]


def small(name, **changes):
    chosen = recipes.recipe(name, **SMALL, **changes)
    return replace(chosen, terms=replace(chosen.terms, factor=8))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_and_its_model_serves(name, tmp_path):
    run = recipes.trainer(small(name), *worlds(), images=32).run()
    assert run.images == 32
    path = tmp_path / "model.safetensors"
    save_model(path, run.ema, {})
    model, _ = load_model(path)
    photo = worlds()[0].at(torch.arange(2))
    torch.testing.assert_close(
        Stylizer(model, device="cpu", precision="fp32").translate(photo),
        run.ema(photo),
        rtol=0,
        atol=1e-5,
    )


def test_a_seed_decides_a_run():
    ends = [
        recipes.trainer(small("ganlib"), *worlds(), images=32, seed=seed).run().ema.state_dict()
        for seed in (0, 0, 1)
    ]
    key = next(iter(ends[0]))
    assert torch.equal(ends[0][key], ends[1][key]) and not torch.equal(ends[0][key], ends[2][key])


def test_cyclegan_is_as_published():
    """Zhu et al. 2017, sections 4, 5.2 and 7."""
    chosen = RECIPES["cyclegan"]
    terms = chosen.terms
    assert (terms.game, terms.cycle, terms.identity, terms.pool) == ("least_squares", 10, 5, 50)
    assert (chosen.batch, chosen.lr_g, chosen.lr_d, chosen.betas) == (1, 2e-4, 2e-4, (0.5, 0.999))
    assert terms.augment == "" and not (terms.r1_gamma or terms.r2_gamma or chosen.jitter)
    assert chosen.training(100).decay_fraction == 0.5


def test_the_published_networks_have_the_published_weights():
    """11.4 million weights for nine blocks, 2.8 million for D: the figures that others report."""
    generator = ResnetTranslator(ResnetTranslatorConfig(64, 64, 9))
    judge = PatchGAN(PatchGANConfig(64))
    assert sum(p.numel() for p in generator.parameters()) == 11_378_179 + 0
    assert sum(p.numel() for p in judge.parameters()) == 2_764_737
    assert generator(torch.zeros(1, 3, 64, 64)).shape == (1, 3, 64, 64)
    assert judge(torch.zeros(1, 3, 64, 64)).shape == (1, 1, 6, 6)


def test_a_logit_of_the_patch_discriminator_sees_70_pixels():
    layers = [layer for layer in PatchGAN().layers if isinstance(layer, torch.nn.Conv2d)]
    seen = 1
    for layer in reversed(layers):
        seen = (seen - 1) * layer.stride[0] + layer.kernel_size[0]
    assert seen == 70


def test_an_image_does_not_change_with_its_neighbours():
    torch.manual_seed(0)
    pair = recipes.recipe("cyclegan", **SMALL).pair(32)
    images = torch.rand(3, 3, 32, 32) * 2 - 1
    for network in pair:
        torch.testing.assert_close(network(images)[:1], network(images[:1]), rtol=0, atol=1e-5)


def test_pairs_are_told_the_twins():
    chosen = replace(RECIPES["ganlib"], reconstruction="pairs", relight=0.0, **SMALL)
    run = recipes.trainer(chosen, *worlds(), images=16)
    assert type(run.objective) is PairedTranslation
    batch = run.feed(4)
    assert len(batch["photo"]) == len(batch["anime"]) == 4


@pytest.mark.parametrize("change", [{"reconstruction": "guess"}, {"networks": "transformer"}])
def test_unknown_parts_get_a_sentence(change):
    with pytest.raises(GanlibError, match="must be one of"):
        Recipe(RECIPES["ganlib"].terms, **change)
    with pytest.raises(GanlibError, match="there is no recipe"):
        recipes.recipe("stylegan")


def test_sizes_that_do_not_fit_get_a_sentence():
    with pytest.raises(GanlibError, match="multiple of 4"):
        ResnetTranslatorConfig(size=33)
    with pytest.raises(GanlibError, match="from 32 to"):
        ResnetTranslatorConfig(size=16)
    with pytest.raises(GanlibError, match="multiples of 4"):
        ResnetTranslator(ResnetTranslatorConfig(width=4, blocks=1))(torch.zeros(1, 3, 33, 33))


def test_differences_name_what_differs():
    a = RECIPES["ganlib"]
    b = replace(a, batch=3, terms=replace(a.terms, cycle=2.0))
    assert recipes.differences(a, b) == {"batch": (a.batch, 3), "cycle": (a.terms.cycle, 2.0)}


def test_the_command_line_follows_a_recipe_and_yields_to_options(tmp_path, capsys):
    tiny = ["--size", "32", "--width", "8", "--blocks", "1", "--twins", "4", "--images", "4"]
    command = ["train", "unpaired", "--recipe", "cyclegan", *tiny, "--cycle-weight", "7"]
    assert main([*command, "--out", str(tmp_path / "a")]) == 0
    card = json.loads((tmp_path / "a" / "model.json").read_text())
    assert card["recipe"] == "cyclegan" and card["reconstruction"] == "cycle"
    assert (card["objective"]["identity"], card["objective"]["cycle"]) == (5, 7)
    assert (card["training"]["batch"], card["training"]["betas"]) == (1, [0.5, 0.999])
    assert card["jitter"] == 0
    model, _ = load_model(tmp_path / "a" / "model.safetensors")
    assert isinstance(model, ResnetTranslator) and model.config.width == 8
    assert main(["train", "paired", "--recipe", "ganlib", *tiny, "--out", str(tmp_path / "b")]) == 1
    assert "recipes are for unpaired" in capsys.readouterr().err


def test_an_option_that_equals_its_default_is_still_given(tmp_path):
    tiny = ["--size", "32", "--blocks", "1", "--twins", "4", "--images", "8", "--factor", "4"]
    given = ["--relight", "0", "--width", "32", "--patch", "1"]
    command = ["train", "unpaired", "--recipe", "ganlib", *tiny, *given]
    assert main([*command, "--out", str(tmp_path)]) == 0
    card = json.loads((tmp_path / "model.json").read_text())
    assert card["relight"] == 0 and card["settings"]["width"] == 32
    assert card["training"]["lr_g"] == RECIPES["ganlib"].lr_g


def test_tones_are_made_only_if_they_are_wanted():
    terms = replace(RECIPES["ganlib"].terms, factor=4)
    assert recipes.tones(store(), store(seed=1), terms) is not None
    for change in ({"match_tones": False, "exposure": 0.0}, {"low_frequency": 0.0}):
        assert recipes.tones(store(), store(seed=1), replace(terms, **change)) is None


def test_exposures_are_taken_out_if_they_are_wanted():
    terms = replace(RECIPES["ganlib"].terms, factor=4)
    kinds = [recipes.tones(store(), store(seed=1), replace(terms, exposure=e)) for e in (0.0, 0.2)]
    assert [type(kind) for kind in kinds] == [ToneTransport, ExposureTransport]
    with pytest.raises(GanlibError, match="matched tones"):
        replace(terms, match_tones=False)
