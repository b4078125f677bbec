"""The problem "portrait": pairs in several styles, and one generator that draws in all of them."""

import copy
from dataclasses import replace

import pytest
import torch
from runs import PEOPLE, SIZE, equal, pairs, tiny, write_pairs

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data.pixels import from_uint8
from ganlib.drawing import STYLES
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig
from ganlib.measure.portraits import draw_styles
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data, in_style
from ganlib.pipelines.results import Portraits


@pytest.fixture
def config(tmp_path):
    """Of a run that reads a folder of pairs, which are larger than its networks' pictures."""
    config = tiny("portrait")
    return replace(config, data=replace(config.data, pairs=write_pairs(tmp_path, 2 * SIZE)))


def test_pairs_are_read_from_their_folder_without_the_held_out_people(config):
    run = build_run(config, device="cpu")
    assert set(run.sampler.pairs.names) == set(PEOPLE) - {"female_010"}
    assert run.sampler.pairs.photo.shape[2:] == (2 * SIZE, 2 * SIZE)
    assert run.about["facts"]["pairs"] == {"real": 2, "rendered": 2}
    batch = run.sampler(6)
    assert batch["photo"].shape == (2, 3, SIZE, SIZE)
    assert batch["anime"].shape == (6, 3, SIZE, SIZE)
    for network in (run.objective.generator, run.objective.discriminator):
        assert network.config.styles == len(STYLES)


def test_options_reach_networks_and_sampler(config):
    data = replace(config.data, real=0.25, jitter=0.1)
    config = replace(config, data=data, network=replace(config.network, size=32, levels=1))
    run = build_run(config, device="cpu")
    sampler, d = run.sampler, run.objective.discriminator
    assert (sampler.size, sampler.jitter) == (32, 0.1)
    assert [share for _, share in sampler.kinds] == [0.25, 0.75]
    assert (d.config.width, d.config.levels, d.config.size) == (8, 1, 32)


def test_the_discriminator_rests_until_its_weight_is_above_0():
    config = tiny("portrait", report_every=6)
    run = build_run(config, device="cpu", data=Data(portraits=pairs()))
    before, rested, reports = copy.deepcopy(run.objective.discriminator), [], []
    run.on_report.append(reports.append)
    run.on_report.append(lambda _: rested.append(equal(run.objective.discriminator, before)))
    run.run()
    assert rested == [True, False]
    terms = {"d_adversarial", "g_adversarial", "g_features"}
    assert {"g_paired", "g_edges"} <= reports[0].keys() and not terms & reports[0].keys()
    assert {"g_paired", "g_edges"} | terms <= reports[1].keys()


def test_a_generator_without_styles_is_none_to_start_from():
    plain = Translator(TranslatorConfig(SIZE, patch=1, width=8, blocks=1))
    with pytest.raises(GanlibError, match="another architecture"):
        build_run(tiny("portrait"), device="cpu", data=Data(portraits=pairs()), generator=plain)


def test_a_sheet_has_photographs_drawings_and_the_truth_of_held_out_people(config, tmp_path):
    results = Portraits(config, tmp_path)
    assert results.held_out.names == ["female_010"]
    model = build_run(config, device="cpu").ema
    sheet = results.sheet(model)
    assert sheet.shape == (3 * len(STYLES), 3, SIZE, SIZE)
    photo, anime = from_uint8(results.held_out.photo), from_uint8(results.held_out.anime)[0]
    for number, style in enumerate(STYLES):
        assert torch.equal(sheet[3 * number], photo[0])
        torch.testing.assert_close(sheet[3 * number + 1], draw_styles(model, photo, style)[0])
        assert torch.equal(sheet[3 * number + 2], anime[number])


def test_drawings_in_a_style_are_the_models():
    torch.manual_seed(0)
    model = Illustrator(IllustratorConfig(SIZE, patch=2, width=8, blocks=1))
    photos, state = torch.rand(3, 3, SIZE, SIZE) * 2 - 1, torch.get_rng_state()
    drawn = {style: draw_styles(model, photos, style, chunk=2) for style in STYLES}
    assert torch.equal(torch.get_rng_state(), state)
    with torch.no_grad():
        for number, style in enumerate(STYLES):
            asked = torch.eye(len(STYLES))[number].expand(3, -1)
            torch.testing.assert_close(drawn[style], model(photos, asked), rtol=0, atol=1e-5)
    assert not torch.allclose(drawn["cel"], drawn["ink"])


@pytest.mark.parametrize("style", range(3))
def test_an_illustrator_of_one_style_draws_as_that_of_all(style):
    torch.manual_seed(0)
    net = Illustrator(IllustratorConfig(SIZE, patch=2, width=8, blocks=1)).eval()
    photo, asked = torch.rand(2, 3, SIZE, SIZE) * 2 - 1, torch.eye(3)[[style, style]]
    own = in_style(net, style)
    assert own.config.styles == 1 and net.config.styles == 3
    torch.testing.assert_close(own(photo), net(photo, asked), rtol=0, atol=1e-6)
    fresh = Illustrator(own.config).eval()
    fresh.load_state_dict(own.state_dict())
    assert torch.equal(fresh(photo), own(photo))


def test_a_batch_holds_whole_photographs():
    with pytest.raises(ConfigError, match="a multiple of 3: each photograph is drawn in every"):
        tiny("portrait", batch=4)
