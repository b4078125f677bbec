"""The configs: what they refuse, each in a sentence that names the field, and what they hold."""

from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path

import pytest
from runs import tiny

from ganlib.core.config import MixedLoss, PairedLoss, Schedule, TrainConfig, UnpairedLoss
from ganlib.core.errors import ConfigError
from ganlib.pipelines import options, problems
from ganlib.pipelines.build import BUILDERS, identity
from ganlib.pipelines.options import TranslatorShape
from ganlib.pipelines.problems import PROBLEMS, QUICK, problem_of

READER = {"loss": PairedLoss(perceptual_weight=1.0), "reader": "reader.safetensors"}
REFUSED = [
    (lambda: options.FacesShape(size=32), "size must be 64 or 128, not 32."),
    (lambda: options.Twins(0), "twins must be 1 or more, not 0."),
    (lambda: options.PairedData(jitter=-0.1), "jitter must be from 0 to 2, not -0.1."),
    (lambda: options.PairedData(jitter=2.1), "jitter must be from 0 to 2, not 2.1."),
    (lambda: options.PairedData(jitter=float("nan")), "jitter must be from 0 to 2, not nan."),
    (lambda: options.PairedData(twins=0), "twins must be 1 or more, not 0."),
    (lambda: options.CycleData(drawn=-4), "drawn must be 0 or more, not -4."),
    (lambda: options.CycleData(jitter=3), "jitter must be from 0 to 2, not 3."),
    (lambda: options.UnpairedData(relight=3), "relight must be from 0 to 2, not 3."),
    (lambda: options.UnpairedData(relight=-1), "relight must be from 0 to 2, not -1."),
    (lambda: options.UnpairedData(exposure=-1), "exposure must be 0 or more, not -1."),
    (
        lambda: options.UnpairedData(exposure=0.1, match_tones=False),
        "exposure is taken out of matched tones: without them give 0.",
    ),
    (lambda: options.UnpairedData(drawn=-1), "drawn must be 0 or more, not -1."),
    (lambda: options.PortraitData(real=1.1), "real must be from 0 to 1, not 1.1."),
    (lambda: options.PortraitData(real=-0.1), "real must be from 0 to 1, not -0.1."),
    (lambda: options.PortraitData(jitter=2.1), "jitter must be from 0 to 2, not 2.1."),
    (lambda: options.PortraitData(jitter=float("nan")), "jitter must be from 0 to 2, not nan."),
    (lambda: problems.FacesConfig(held_out=1), "held_out must be 2 or more, not 1."),
    (lambda: options.FacesData(alike=0), "alike must be 1 or more, not 0."),
    (lambda: options.FacesData(10), "twins must be a multiple of --alike, 4, not 10."),
    (
        lambda: problems.FacesConfig(options.FacesShape(pack=3), train=TrainConfig(batch=6)),
        "alike must be a multiple of --pack, 3, not 4.",
    ),
    (
        lambda: problems.PairedConfig(loss=PairedLoss(perceptual_weight=1.0)),
        "reader and --perceptual-weight belong together",
    ),
    (lambda: problems.PairedConfig(reader="r"), "reader and --perceptual-weight belong together"),
    (
        lambda: problems.PairedConfig(TranslatorShape(size=32), **READER),
        "size must be 64 or more with a reader, not 32.",
    ),
    (
        lambda: problems.UnpairedConfig(TranslatorShape(size=24)),
        "factor must be a divisor of the size, 24, not 16.",
    ),
    (
        lambda: problems.BackTranslationConfig(network=TranslatorShape(size=24)),
        "factor must be a divisor of the size, 24, not 16.",
    ),
    (
        lambda: problems.BackTranslationConfig(train=TrainConfig(batch=5)),
        "batch must be a multiple of 2: half of it is pairs, not 5.",
    ),
    (lambda: problems.BackTranslationConfig(loss=MixedLoss(loss="relativistic")), "loss must be"),
]


@pytest.mark.parametrize(("make", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(make, says):
    with pytest.raises(ConfigError) as refused:
        make()
    assert str(refused.value).startswith(says)
    assert says.startswith(f"{refused.value.field} ")


@pytest.mark.parametrize("data", [options.CycleData, options.BackwardData])
def test_photographs_that_are_not_there_are_refused(data, tmp_path):
    there, missing = tmp_path, Path(tmp_path / "none")
    assert data(photos=(there,)).photos == (there,)
    with pytest.raises(ConfigError, match="no such file or folder") as refused:
        data(photos=(there, missing))
    assert refused.value.field == "photos" and str(missing) in str(refused.value)


def test_the_factor_is_free_where_no_frequencies_are_compared():
    loss = UnpairedLoss(low_frequency_weight=0.0)
    assert problems.UnpairedConfig(TranslatorShape(size=24), loss=loss).loss is loss
    late = UnpairedLoss(low_frequency_weight=Schedule(((0, 0.0), (9, 1.0))))
    with pytest.raises(ConfigError, match="divisor"):
        problems.UnpairedConfig(TranslatorShape(size=24), loss=late)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_config_holds_what_the_command_line_and_the_builder_need(name):
    config = PROBLEMS[name]
    groups = {about.name for about in fields(config)}
    assert {"data", "loss", "train"} <= groups and type(config) in BUILDERS
    assert problem_of(config) == ("unpaired" if name == "unpaired-quick" else name)
    with pytest.raises(FrozenInstanceError):
        config.train = TrainConfig()
    hash(config)
    # No two fields share an option: the flat record has as many entries as there are fields.
    groups = ("network", "data", "loss")
    plain = {k: v for k, v in asdict(config).items() if k != "train"}
    many = sum(len(v) if k in groups else 1 for k, v in plain.items())
    assert len(identity(config)) == many + 1
    assert not identity(config).keys() & asdict(config.train).keys()


def test_a_problem_has_only_the_options_that_it_uses():
    known = {name: set(identity(config)) for name, config in PROBLEMS.items()}
    cycle = {"cycle_weight", "identity_weight", "pool"}
    assert cycle <= known["cyclegan"]
    for name, fields_of in known.items():
        assert name == "cyclegan" or not fields_of & cycle, name
    assert not known["noise"] & {"photos", "jitter", "factor", "paired_weight", "init", "relight"}
    assert not known["faces"] & {"photos", "jitter", "factor", "paired_weight", "init", "latent"}
    assert not known["paired"] & {"relight", "factor", "exposure", "match_tones"}
    assert not known["portrait"] & {"twins", "photos", "relight", "exposure", "reader", "factor"}
    assert {"pairs", "real", "d_width", "edge_weight", "feature_weight"} <= known["portrait"]
    assert not known["unpaired"] & {"paired_weight", "perceptual_weight", "reader", "backward"}
    assert not known["cyclegan"] & {"factor", "relight", "init", "patch"}
    assert not known["backward"] & {"size", "width", "init", "jitter", "perceptual_weight"}
    assert "gradient_penalty" not in known["back-translation"]
    assert {"backward", "init", "paired_weight", "relight"} <= known["back-translation"]


def test_cyclegan_is_as_published():
    """Zhu et al. 2017, sections 4, 5.2 and 7."""
    config = PROBLEMS["cyclegan"]
    loss, train = config.loss, config.train
    assert (loss.loss, loss.cycle_weight, loss.identity_weight, loss.pool) == (
        "least_squares",
        10,
        5,
        50,
    )
    assert (train.batch, train.lr_g, train.lr_d, train.betas) == (1, 2e-4, 2e-4, (0.5, 0.999))
    assert loss.augment == "" and not (loss.r1_gamma or loss.r2_gamma or config.data.jitter)
    assert train.decay == 0.5


def test_quick_is_the_unpaired_problem_with_other_numbers():
    assert type(QUICK) is type(PROBLEMS["unpaired"])
    before, after = identity(PROBLEMS["unpaired"]), identity(QUICK)
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"twins", "width", "jitter", "relight", "exposure", "factor"}
    assert replace(TrainConfig(), images=8_000, lr_g=6e-4) == QUICK.train


def test_backward_and_back_translation_weigh_pairs_as_before():
    assert PROBLEMS["backward"].loss.paired_weight == 50
    assert PROBLEMS["back-translation"].loss.paired_weight == 20


@pytest.mark.parametrize("name", PROBLEMS)
def test_identity_is_what_decides_a_run(name):
    config = tiny(name)
    assert identity(config) == identity(replace(config, train=TrainConfig(batch=12)))
    assert identity(config)["problem"] == problem_of(config)
    option, value = ("real", 0.5) if name == "portrait" else ("twins", 8)
    other = replace(config, data=replace(config.data, **{option: value}))
    assert identity(other)[option] == value
