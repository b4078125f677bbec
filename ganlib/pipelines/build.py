"""The one place where a run is put together: networks, data, losses and trainer of a config.

`build_run(UnpairedConfig()).run().ema` is a trained generator. The command line, the lessons and
the benchmarks all come through here.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ganlib.core import objectives
from ganlib.core.checkpoint import copy_into
from ganlib.core.device import find_device
from ganlib.core.errors import ConfigError
from ganlib.core.log import Report
from ganlib.core.networks.base import Network
from ganlib.core.networks.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorConfig,
    ProjectionDiscriminator,
    ProjectionDiscriminatorConfig,
)
from ganlib.core.networks.cyclegan import (
    PatchGAN,
    PatchGANConfig,
    ResnetTranslator,
    ResnetTranslatorConfig,
)
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
)
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator
from ganlib.core.parallel import processes
from ganlib.core.trainer import Trainer
from ganlib.data import conditions, samplers
from ganlib.data.datasets import drawing_dataset, face_people, refuse_held_out, twin_datasets
from ganlib.measure.probe import load_probe
from ganlib.pipelines.parts import (
    Data,
    domains,
    fit_transport,
    load_backward,
    load_drawing,
    pairs,
    photographs,
    reader,
    translate_dataset,
    translators,
)
from ganlib.pipelines.problems import (
    BackTranslationConfig,
    BackwardConfig,
    Config,
    CycleGANConfig,
    FacesConfig,
    MixedConfig,
    NoiseConfig,
    PairedConfig,
    UnpairedConfig,
    UnpairedData,
)
from ganlib.scale.cuda_graphs import CompiledTrainer, GraphTrainer
from ganlib.scale.distributed import DistributedTrainer, check_shares


@dataclass(frozen=True)
class Parts:
    """What a problem brings to its trainer, and `facts` that its card tells besides the config."""

    objective: objectives.Objective
    sampler: samplers.Sampler
    facts: dict[str, Any]


def build_run(
    config: Config,
    out: Path | str | None = None,
    device: str = "auto",
    data: Data | None = None,
    generator: Network | None = None,
    on_report: Iterable[Callable[[Report], None]] = (),
    on_sample: Callable[[nn.Module, int], None] | None = None,
) -> Trainer:
    """A run, ready to start: `.run()`, or `.resume().run()` where `out` holds one.

    Args:
        config: one of `problems`.
        out: folder of the run; None keeps nothing.
        device: "auto", "cpu", "cuda", "mps".
        data: datasets that are there already; else they are rendered.
        generator: G starts as its copy (else from `config.init`, or from nothing).
        on_report, on_sample: as of `Trainer`.

    GanlibError for what does not fit together.
    """
    where = find_device(device)
    halved = isinstance(config, MixedConfig | BackTranslationConfig)
    check_shares(config.train.batch // 2 if halved else config.train.batch)
    parts = BUILDERS[type(config)](config, where, data or Data(), generator)
    settings = {name: value for name, value in asdict(config).items() if name != "train"}
    facts = {name: fact for name, fact in parts.facts.items() if name != "init"}
    trainer = trainer_class(config.train.compile, where)(
        parts.objective.to(where),
        parts.sampler,
        config.train,
        out,
        on_report,
        {"problem": type(config).__name__, **settings, **facts},
        on_sample,
    )
    trainer.facts = parts.facts
    return trainer


def trainer_class(mode: str, where: torch.device) -> type[Trainer]:
    """The trainer for this machine: `mode` is `TrainConfig.compile`, which only CUDA follows."""
    if processes() > 1:
        if mode in ("step", "both"):
            raise ConfigError("compile", "of several processes must be off.")
        return DistributedTrainer
    if mode == "off" or where.type != "cuda":
        return Trainer
    return CompiledTrainer if mode == "nets" else GraphTrainer


def _noise(config: NoiseConfig, where: torch.device, data: Data, _: Any) -> Parts:
    shape, seed = config.network, config.train.seed
    torch.manual_seed(seed)
    g = DCGANGenerator(
        DCGANGeneratorConfig(shape.size, shape.latent, shape.width, shape.upsampling)
    )
    d = DCGANDiscriminator(DCGANDiscriminatorConfig(shape.size, shape.width, shape.spectral_norm))
    anime = data.anime or twin_datasets(config.data.twins, seed, shape.size, where)[1]
    objective = objectives.NoiseToImage(g, d, config.loss)
    return Parts(objective, samplers.ImageSampler(anime), {"twins": len(anime)})


def _faces(config: FacesConfig, where: torch.device, data: Data, _: Any) -> Parts:
    shape, seed = config.network, config.train.seed
    refuse_held_out(seed)
    load_probe()  # if it is missing, better now than after the training
    people = face_people(config.data.twins, seed) if data.conditions is None else None
    known = conditions.encode(people).to(where) if people is not None else data.conditions
    assert known is not None
    c = known.shape[1]
    torch.manual_seed(seed)
    g = ConditionalGenerator(ConditionalGeneratorConfig(c, shape.size, width=shape.width))
    d = ProjectionDiscriminator(
        ProjectionDiscriminatorConfig(c, shape.size, shape.width, spectral_norm=shape.spectral_norm)
    )
    anime = data.anime or drawing_dataset(people, shape.size, where)  # type: ignore[arg-type]
    objective = objectives.ConditionalNoiseToImage(g, d, config.loss)
    return Parts(objective, samplers.ConditionalSampler(anime, known), {"twins": len(anime)})


def _paired(
    config: PairedConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    features, facts = reader(config.reader, where)
    g, d, started = translators(config, generator)
    photo, anime = pairs(config, where, data)
    objective = objectives.PairedTranslation(g, d, config.loss, features)
    sampler = samplers.PairedSampler(photo, anime, config.data.jitter)
    return Parts(objective, sampler, facts | started | {"twins": len(photo)})


def _unpaired(
    config: UnpairedConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    g, d, facts = translators(config, generator)
    photo, anime, known = domains(config, where, data)
    transport = fit_transport(photo, anime, config.data, config.loss)
    objective = objectives.UnpairedTranslation(g, d, config.loss, transport)
    sampler = samplers.UnpairedSampler(photo, anime, config.data.jitter, config.data.relight)
    return Parts(objective, sampler, facts | known)


def _cyclegan(config: CycleGANConfig, where: torch.device, data: Data, _: Any) -> Parts:
    shape = config.network
    torch.manual_seed(config.train.seed)
    networks: list[Any] = []
    for _side in ("there", "back"):
        g = ResnetTranslatorConfig(shape.size, shape.width, shape.blocks)
        networks += [ResnetTranslator(g), PatchGAN(PatchGANConfig(shape.width))]
    photo, anime, facts = domains(config, where, data)
    objective = objectives.CycleGAN(*networks, config.loss)
    return Parts(objective, samplers.UnpairedSampler(photo, anime, config.data.jitter), facts)


def _mixed(config: MixedConfig, where: torch.device, data: Data, generator: Network | None) -> Parts:
    if not (config.data.photos or data.unpaired):
        raise ConfigError("photos", "must name photographs, or folders of them.")
    g, d, facts = translators(config, generator)
    photo, anime = pairs(config, where, data)
    real, known = photographs(config, where, data.unpaired, config.network.size)
    # The twins' tones serve the real photographs too: how photographs turn to drawings is known
    # from them, while the people of the two kinds differ.
    transport = fit_transport(photo, anime, UnpairedData(), config.loss)
    objective = objectives.MixedTranslation(g, d, config.loss, transport)
    sampler = samplers.MixedSampler(photo, anime, real, config.data.jitter)
    return Parts(objective, sampler, facts | known | {"twins": len(photo)})


def _backward(
    config: BackwardConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    model, facts = load_drawing(config, generator)
    torch.manual_seed(config.train.seed)
    shape = model.config
    f = Translator(shape)
    d = PatchDiscriminator(
        PatchDiscriminatorConfig(shape.size, shape.patch, shape.width, config.spectral_norm)
    )
    copy_into(f, model.state_dict(), config.model or "the model")
    photo, known = photographs(config, where, data.photo, shape.size)
    drawn = translate_dataset(model.to(where), photo, config.train.precision)
    # To `PairedTranslation`, "photo" is what is given, here drawings, and "anime" what is wanted.
    sampler = samplers.PairedSampler(drawn, photo, jitter=0)
    return Parts(objectives.PairedTranslation(f, d, config.loss), sampler, facts | known)


def _back_translation(
    config: BackTranslationConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    backward, taught = load_backward(config, data.backward)
    g, d, facts = translators(config, generator)
    photo, anime, known = domains(config, where, data)
    transport = fit_transport(photo, anime, config.data, config.loss)
    made = translate_dataset(backward.to(where), anime, config.train.precision)
    objective = objectives.MixedTranslation(g, d, config.loss, transport)
    light = config.data.jitter, config.data.relight
    sampler = samplers.BackTranslationSampler(made, anime, photo, *light)
    return Parts(objective, sampler, facts | known | taught)


BUILDERS: dict[type, Callable[..., Parts]] = {
    NoiseConfig: _noise,
    FacesConfig: _faces,
    PairedConfig: _paired,
    UnpairedConfig: _unpaired,
    CycleGANConfig: _cyclegan,
    MixedConfig: _mixed,
    BackwardConfig: _backward,
    BackTranslationConfig: _back_translation,
}
