"""`build_run`: every problem from its config alone or from datasets, decided by its seed."""

from dataclasses import replace

import pytest
import torch
from PIL import Image
from runs import SIZE, dataset, equal, pairs, tiny, translator

from ganlib.core.config import CycleLoss, Schedule, UnpairedLoss
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.cyclegan import ResnetTranslator, ResnetTranslatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.objectives import CycleGAN, MixedTranslation, PairedTranslation
from ganlib.data import conditions
from ganlib.data.datasets import HELD_OUT_SEED, ImageDataset, twin_datasets
from ganlib.data.tones import ExposureTransport, ToneTransport
from ganlib.drawing import STYLES
from ganlib.pipelines import build, parts
from ganlib.pipelines.build import build_run, identity
from ganlib.pipelines.options import BackwardData, CycleData, UnpairedData
from ganlib.pipelines.parts import Data, fit_transport
from ganlib.pipelines.portrait import PortraitTranslation
from ganlib.pipelines.problems import PROBLEMS
from ganlib.pipelines.stylize import Stylizer
from ganlib.weights import load_model, save_model

SIZES = {"faces": 64, "cyclegan": 32}
FROM_NOISE = ("noise", "faces")
RENDERED = [name for name in PROBLEMS if name != "portrait"]
"""Problems that need no pictures of others."""


def given(problem: str) -> Data:
    """Datasets for a problem that are none of people: what a run needs, and all of it."""
    size = SIZES.get(problem, SIZE)
    photo, anime = dataset(6, 1, size), dataset(6, 2, size)
    known = torch.eye(6, conditions.width())
    return Data(photo, anime, conditions=known, backward=translator(seed=4), portraits=pairs())


def start(problem: str):
    """The generator to start from, where one has to be given."""
    return translator(seed=3) if problem == "backward" else None


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_trains_on_given_data_and_its_model_serves(name, tmp_path):
    config = tiny(name)
    run = build_run(config, device="cpu", data=given(name), generator=start(name)).run()
    assert run.step == 2 and run.images == 2 * config.train.batch
    path = tmp_path / "model.safetensors"
    save_model(path, run.ema, {})
    model, _ = load_model(path)
    assert equal(model, run.ema)
    if name in FROM_NOISE:
        return
    photo = given(name).photo.at(torch.arange(2))
    card = {name: run.about["facts"][name] for name in ("styles",) if name in run.about["facts"]}
    assert card == ({"styles": list(STYLES)} if name == "portrait" else {})
    drawn = Stylizer(model, card, device="cpu", precision="fp32").translate(photo)
    style = [torch.eye(len(STYLES))[[0, 0]]] * len(card)  # the first, if none is asked for
    torch.testing.assert_close(drawn, run.ema(photo, *style), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", PROBLEMS)
def test_given_data_is_used_and_nothing_is_rendered(name, monkeypatch):
    for render in ("twin_datasets", "drawing_dataset", "photo_dataset"):
        monkeypatch.setattr(build.datasets, render, lambda *a, **k: pytest.fail("rendered"))
    data = given(name)
    run = build_run(tiny(name), device="cpu", data=data, generator=start(name))
    torch.manual_seed(0)
    batch = run.sampler(12)
    if name == "portrait":
        assert run.sampler.pairs is data.portraits
        assert run.about["facts"]["pairs"] == {"real": 2, "rendered": 2}
    elif name != "backward":
        assert shown(batch["anime"], data.anime)
    if name == "faces":
        assert all((data.conditions == row).all(1).any() for row in batch["condition"])


def shown(pictures: torch.Tensor, among: ImageDataset) -> bool:
    """Whether each picture, or its mirror image, is one of the others."""
    both = torch.cat([among.first(99), among.first(99).flip(3)])
    return bool(((pictures[:, None] - both).abs().amax((2, 3, 4)).amin(1) < 1e-6).all())


@pytest.mark.parametrize("name", RENDERED)
def test_a_problem_renders_its_own_data(name):
    config, extra = tiny(name), {"generator": start(name)}
    if name == "back-translation":
        extra["data"] = Data(backward=translator(seed=4))
    run = build_run(config, device="cpu", **extra)
    facts = run.about["facts"]
    assert facts["twins"] == 12
    if name in ("unpaired", "unpaired-quick", "cyclegan", "back-translation"):
        assert facts["people_drawn"] == 12
    size = SIZES.get(name, SIZE)
    assert run.sampler(4)["anime"].shape == (4 // (1 + (name == "back-translation")), 3, size, size)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_seed_decides_a_run(name):
    def end(seed):
        config = tiny(name, seed=seed)
        data = given(name)
        return build_run(config, device="cpu", data=data, generator=start(name)).run().ema

    assert equal(end(0), end(0)) and not equal(end(0), end(1))


def test_a_run_of_the_config_alone_and_one_of_its_data_are_the_same():
    config = tiny("paired")
    data = Data(*twin_datasets(12, config.train.seed, SIZE))
    alone = build_run(config, device="cpu").run().ema
    assert equal(alone, build_run(config, device="cpu", data=data).run().ema)


def test_a_generator_to_start_from_is_copied_and_left_alone():
    first = translator(seed=9)
    run = build_run(tiny("paired"), device="cpu", data=given("paired"), generator=first)
    assert equal(run.objective.generator, first) and equal(run.ema, first)
    run.run()
    assert equal(first, translator(seed=9)) and not equal(run.ema, first)
    folded = Translator(TranslatorConfig(SIZE, patch=2, width=8, blocks=1))
    with pytest.raises(GanlibError, match="another architecture"):
        build_run(tiny("paired"), device="cpu", data=given("paired"), generator=folded)


def test_a_model_file_to_start_from_is_remembered_with_its_history(tmp_path):
    path = tmp_path / "first.safetensors"
    card = {"problem": "paired", "seed": 5, "notes": "none", "config": {"init": ""}}
    save_model(path, translator(seed=9), card)
    config = replace(tiny("unpaired"), init=str(path))
    run = build_run(config, device="cpu", data=given("unpaired"))
    assert equal(run.objective.generator, translator(seed=9))
    assert run.about["facts"]["init"] == {"problem": "paired", "seed": 5, "config": {"init": ""}}
    # What was asked for stands beside it, as it was written.
    assert run.about["init"] == str(path)


def test_a_model_file_of_another_shape_is_refused_with_its_own(tmp_path):
    path = tmp_path / "first.safetensors"
    folded = Translator(TranslatorConfig(SIZE, patch=2, width=8, blocks=1))
    save_model(path, folded, {"problem": "paired"})
    config = replace(tiny("unpaired"), init=str(path))
    with pytest.raises(ConfigError, match="give --patch 2 --width 8 --blocks 1.") as refused:
        build_run(config, device="cpu", data=given("unpaired"))
    assert refused.value.field == "init"
    save_model(path, ResnetTranslator(ResnetTranslatorConfig(32, 8, 1)), {"problem": "cyclegan"})
    with pytest.raises(
        ConfigError, match="must be of the kind translator, and .* is of resnet translator"
    ) as refused:
        build_run(config, device="cpu", data=given("unpaired"))
    # A model of another size is no other shape: networks are convolutions.
    save_model(path, translator(32), {"problem": "paired"})
    run = build_run(config, device="cpu", data=given("unpaired"))
    assert equal(run.objective.generator, translator(32))


def test_objectives_follow_the_problem():
    kinds = {"paired": PairedTranslation, "cyclegan": CycleGAN}
    kinds |= {"backward": PairedTranslation, "back-translation": MixedTranslation}
    kinds |= {"portrait": PortraitTranslation}
    for name, kind in kinds.items():
        config = tiny(name)
        run = build_run(config, device="cpu", data=given(name), generator=start(name))
        assert type(run.objective) is kind
        assert run.objective.config is config.loss and run.config is config.train
        assert run.about["objective"] == kind.__name__


def test_cyclegan_has_two_of_each_network_and_they_differ():
    run = build_run(tiny("cyclegan"), device="cpu", data=given("cyclegan"))
    g, back = run.objective.generator, run.objective.inverse
    assert type(g) is type(back) is ResnetTranslator and not equal(g, back)
    assert not equal(run.objective.discriminator, run.objective.photo_discriminator)
    config = replace(tiny("cyclegan"), loss=CycleLoss(pool=0, identity_weight=0.0))
    build_run(config, device="cpu", data=given("cyclegan")).run()


def test_pairs_are_of_twins():
    run = build_run(tiny("paired"), device="cpu", data=given("paired"))
    assert run.sampler.jitter == 0.25
    batch = run.sampler(4)
    assert len(batch["photo"]) == len(batch["anime"]) == 4


def test_the_backward_model_looks_like_the_model_it_inverts():
    config = tiny("backward")
    run = build_run(config, device="cpu", data=given("backward"), generator=translator(32, 3))
    assert run.objective.generator.config == translator(32).config
    assert run.sampler.jitter == 0


def test_what_a_problem_needs_is_asked_for():
    with pytest.raises(ConfigError, match="must name the translator") as refused:
        build_run(tiny("backward"), device="cpu")
    assert refused.value.field == "model"
    with pytest.raises(ConfigError, match="must name a model of `ganlib train backward`"):
        build_run(tiny("back-translation"), device="cpu")
    with pytest.raises(ConfigError, match="must name a folder that data/draw_portraits") as refused:
        build_run(tiny("portrait"), device="cpu")
    assert refused.value.field == "pairs"


@pytest.mark.parametrize("name", RENDERED)
def test_nobody_trains_on_the_held_out_people(name):
    """Not as twins, and not as the other people of unpaired problems, whose seed is one more."""
    data = Data(backward=translator(seed=4))
    others = isinstance(PROBLEMS[name].data, CycleData)
    for seed in (HELD_OUT_SEED, *[HELD_OUT_SEED - 1] * others):
        config = tiny(name, seed=seed)
        with pytest.raises(ConfigError, match="that of the held-out people") as refused:
            build_run(config, device="cpu", data=data, generator=start(name))
        assert refused.value.field == "seed"


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("paired", {"paired_weight": 0.0}),
        ("unpaired", {"low_frequency_weight": 0.0}),
        ("cyclegan", {"cycle_weight": 0.0, "identity_weight": 0.0}),
        ("back-translation", {"paired_weight": 0.0, "low_frequency_weight": 0.0}),
        (
            "portrait",
            dict.fromkeys(("paired_weight", "edge_weight", "parts_weight", "feature_weight"), 0.0),
        ),
    ],
)
def test_a_loss_of_no_terms_is_refused_and_one_term_is_enough(name, weights):
    config = tiny(name)
    none = replace(config, loss=replace(config.loss, adversarial_weight=0.0, **weights))
    features = (
        replace(none, loss=replace(none.loss, feature_weight=1.0)) if name == "portrait" else none
    )
    for nothing in (none, features):  # features are compared only while D trains
        with pytest.raises(ConfigError, match="nothing to minimise") as refused:
            build_run(nothing, device="cpu", data=given(name))
        assert refused.value.field == "adversarial_weight"
    for weight in ("adversarial_weight", *weights.keys() - {"feature_weight"}):
        one = replace(none, loss=replace(none.loss, **{weight: 1.0}))
        build_run(one, device="cpu", data=given(name)).run()


@pytest.mark.parametrize(
    ("points", "when"), [(((0, 0), (9, 0)), ""), (((0, 1), (4, 0), (6, 0)), " after 4 images")]
)
def test_a_schedule_must_not_leave_g_without_a_term(points, when):
    config = tiny("noise")
    loss = replace(config.loss, adversarial_weight=Schedule(points))
    config = replace(config, loss=loss, train=replace(config.train, images=8))
    with pytest.raises(ConfigError, match=f"is 0{when} as all other weights are") as refused:
        build_run(config, device="cpu", data=given("noise"))
    assert refused.value.field == "adversarial_weight"
    # At the end it may be 0: no step comes after it.
    late = replace(loss, adversarial_weight=Schedule(((0, 1), (8, 0))))
    build_run(replace(config, loss=late), device="cpu", data=given("noise")).run()


def test_listeners_and_samples_are_called():
    reports, sheets = [], []
    config = tiny("noise", report_every=4, sample_every=4)
    run = build_run(
        config,
        device="cpu",
        data=given("noise"),
        on_report=[reports.append],
        on_sample=lambda ema, images: sheets.append(images),
    )
    run.run()
    assert [report["images"] for report in reports] == sheets == [4, 8]


def test_a_run_in_a_folder_goes_on_where_it_was_and_refuses_another(tmp_path):
    config, data = tiny("unpaired"), given("unpaired")
    first = build_run(config, tmp_path, "cpu", data).run()
    longer = replace(config, train=replace(config.train, images=16))
    again = build_run(longer, tmp_path, "cpu", data).resume()
    assert again.images == 8 and equal(again.ema, first.ema)
    assert again.run().images == 16
    other = replace(config, loss=replace(config.loss, low_frequency_weight=1.0))
    with pytest.raises(GanlibError, match="low_frequency_weight"):
        build_run(other, tmp_path, "cpu", data).resume()
    with pytest.raises(ConfigError, match="there problem is 'unpaired', here 'paired'"):
        build_run(tiny("paired"), tmp_path, "cpu", data)


def test_schedules_reach_the_objective():
    loss = UnpairedLoss(low_frequency_weight=Schedule(((0, 5.0), (8, 1.0))), factor=4)
    config = replace(tiny("unpaired"), loss=loss)
    run = build_run(config, device="cpu", data=given("unpaired"))
    weights = []
    run.on_report.append(lambda report: weights.append(run.objective.now.low_frequency_weight))
    run.run()
    run.report()
    assert weights == [3.0]  # at the last step's begin, after four of eight images


def test_tones_are_fitted_only_where_they_are_wanted():
    loss, data = UnpairedLoss(factor=4), UnpairedData()
    both = dataset(), dataset(seed=1)
    assert type(fit_transport(*both, data, loss)) is ToneTransport
    lit = replace(data, exposure=0.2)
    assert type(fit_transport(*both, lit, loss)) is ExposureTransport
    assert fit_transport(*both, replace(data, match_tones=False), loss) is None
    assert fit_transport(*both, lit, replace(loss, low_frequency_weight=0.0)) is None


def test_photographs_of_real_people_take_the_place_of_rendered_ones(portraits, tmp_path):
    (portraits / "none.png").write_bytes((portraits / "a.jpg").read_bytes())
    for i in range(9):  # the tenth by name is held out
        (portraits / f"c{i}.jpg").write_bytes((portraits / "b.jpg").read_bytes())
    config = tiny("backward")
    config = replace(config, data=replace(config.data, photos=(portraits,)))
    run = build_run(config, device="cpu", generator=start("backward"))
    facts = run.about["facts"]
    assert facts["photographs"] == {"for_training": 11, "held_out": 1}
    assert "twins" not in facts and len(run.sampler.anime) == 11 * parts.datasets.FRAMINGS
    assert run.about["photos"] == (portraits,)


def test_photographs_without_a_face_are_named_on_standard_error(portraits, capsys):
    """Standard output is for figures."""
    Image.new("RGB", (64, 64), "grey").save(portraits / "grey.png")
    (portraits / "broken.jpg").write_text("no picture")
    config = replace(tiny("backward"), data=BackwardData(12, photos=(portraits,)))
    run = build_run(config, device="cpu", generator=start("backward"))
    assert run.about["facts"]["photographs"]["for_training"] == 2
    out, err = capsys.readouterr()
    assert out == "" and "grey.png" in err and "broken.jpg" in err


def test_processes_share_batches_equally(monkeypatch):
    monkeypatch.setattr("ganlib.scale.distributed.processes", lambda: 3)
    for name, rows in (("paired", 4), ("back-translation", 2)):
        with pytest.raises((GanlibError, SystemExit), match=f"{rows} images of a kind"):
            build_run(tiny(name), device="cpu", data=given(name))


def test_identity_is_flat():
    record = identity(tiny("unpaired"))
    assert record["problem"] == "unpaired" and record["size"] == SIZE and record["factor"] == 16
    assert not any(isinstance(value, dict) for value in record.values())
