"""The one place where a run is put together: networks, data, losses and trainer of a config.

`build_run(UnpairedConfig()).run().ema` is a trained generator. The command line, and the
lessons and benchmarks that train a problem, come through here; those that show or time the trainer
itself make one by hand.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ganlib.core import objectives, trainer
from ganlib.core.checkpoint import copy_into, load, require_same
from ganlib.core.config import Schedule, values_at
from ganlib.core.device import find_device
from ganlib.core.errors import ConfigError
from ganlib.core.log import Report
from ganlib.core.networks import conditional, cyclegan, dcgan
from ganlib.core.networks.base import Network
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.parallel import processes
from ganlib.core.trainer import Trainer
from ganlib.data import conditions, datasets, samplers
from ganlib.data.portrait_pairs import PortraitSampler
from ganlib.drawing import PARTS
from ganlib.measure.probe import load_probe
from ganlib.pipelines import parts, problems
from ganlib.pipelines.parts import Data
from ganlib.pipelines.portrait import PortraitTranslation
from ganlib.scale.cuda_graphs import CompiledTrainer, GraphTrainer, require_fixed
from ganlib.scale.distributed import DistributedTrainer, check_shares, from_first
from ganlib.scale.muon import ByMuon


@dataclass(frozen=True)
class Parts:
    """What a problem brings to its trainer, and `facts` that its card tells besides the config."""

    objective: objectives.Objective
    sampler: samplers.Sampler
    facts: dict[str, Any]


def build_run(
    config: problems.Problem,
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
        data: datasets that are there already; else they are rendered, or read (portraits).
        generator: G starts as its copy (else from `config.init`, or from nothing).
        on_report, on_sample: as of `Trainer`.

    GanlibError for what does not fit together.
    """
    where, about = find_device(device), identity(config)
    check_shares(config.train.batch, config.divided[0])
    from_first(lambda: _require_same(out, trainer.identity(about, config.train, where)))
    make = trainer_class(config, where)
    _require_a_term(config.loss, config.train.images)
    built = BUILDERS[type(config)](config, where, data or Data(), generator)
    about["facts"], objective = built.facts, built.objective.to(where)
    return make(objective, built.sampler, config.train, out, on_report, about, on_sample)


def _require_a_term(loss: Any, images: int) -> None:
    """ConfigError if at any time all weights of G's loss are 0."""
    # Features are compared only while discriminators train.
    names = {name for name in vars(loss) if name.endswith("_weight")} - {"feature_weight"}
    schedules = {n: value for n, value in vars(loss).items() if isinstance(value, Schedule)}
    # Between their points schedules are linear: 0 there only if 0 at both ends.
    points = {0.0, *(seen for schedule in schedules.values() for seen, _ in schedule.points)}
    for seen in sorted(points):
        now, when = values_at(loss, seen), f" after {seen:,.0f} images" if seen else ""
        if names and seen < images and not any(getattr(now, name) for name in names):
            which = next((name for name in schedules if name in names), "adversarial_weight")
            problem = f"is 0{when} as all other weights are: G has nothing to minimise."
            raise ConfigError(which, problem)


def _require_same(out: Path | str | None, now: dict[str, Any]) -> None:
    """ConfigError if `out` holds another run: the trainer's own, before anything is rendered."""
    if out is not None and (state := Path(out) / trainer.STATE_FILE).exists():
        require_same(load(state, trainer.STATE)[1].get("identity", {}), now, out)


def identity(config: problems.Problem) -> dict[str, Any]:
    """What decides a run besides its `TrainConfig`, flat: option -> value."""
    flat: dict[str, Any] = {"problem": problems.problem_of(config)}
    for name, value in vars(config).items():
        if name != "train":
            flat |= vars(value) if name in ("network", "data", "loss") else {name: value}
    return flat


def trainer_class(config: problems.Problem, where: torch.device) -> type[Trainer]:
    """The trainer for this machine, and for the optimiser that the config wants."""
    plain = _trainer_of(config, where)
    if getattr(config, "optimizer", "adam") == "adam":
        return plain
    return type(f"Muon{plain.__name__}", (ByMuon, plain), {})


def _trainer_of(config: problems.Problem, where: torch.device) -> type[Trainer]:
    """As `TrainConfig.compile` says, which only CUDA follows."""
    mode = config.train.compile
    if processes() > 1:
        if mode != "off":
            raise ConfigError("compile", f"must be off with several processes, not {mode}.")
        return DistributedTrainer
    if mode != "off" and where.type != "cuda":
        note = f"--compile {mode} is for NVIDIA GPUs; on {where.type} the run goes on without it"
        print(f"ganlib: note: {note}, with the same results.", file=sys.stderr)
    if mode == "off" or where.type != "cuda":
        return Trainer
    if mode == "nets":
        return CompiledTrainer
    require_fixed(config.loss, mode)
    return GraphTrainer


def _noise(config: problems.NoiseConfig, where: torch.device, data: Data, _: Any) -> Parts:
    shape, seed = config.network, config.train.seed
    torch.manual_seed(seed)
    of_g = dcgan.DCGANGeneratorConfig(shape.size, shape.latent, shape.width, shape.upsampling)
    of_d = dcgan.DCGANDiscriminatorConfig(shape.size, shape.width, shape.spectral_norm)
    g, d = dcgan.DCGANGenerator(of_g), dcgan.DCGANDiscriminator(of_d)
    anime = data.anime or datasets.twin_datasets(config.data.twins, seed, shape.size, where)[1]
    objective = objectives.NoiseToImage(g, d, config.loss)
    return Parts(objective, samplers.ImageSampler(anime), {"twins": len(anime)})


def _faces(config: problems.FacesConfig, where: torch.device, data: Data, _: Any) -> Parts:
    shape, seed = config.network, config.train.seed
    datasets.refuse_held_out(seed)
    load_probe()  # if it is missing, better now than after the training
    people = None
    if data.conditions is None:
        alike = config.data.alike
        asked = datasets.face_people(config.data.twins // alike, seed)
        datasets.refuse_held_out(seed + 1)  # of those who differ in the rest
        people = conditions.alike_as_asked(asked, alike, seed + 1) if alike > 1 else asked
    known = conditions.encode(people).to(where) if people is not None else data.conditions
    assert known is not None
    c = known.shape[1]
    torch.manual_seed(seed)
    of_g = conditional.ConditionalGeneratorConfig(c, shape.size, width=shape.width)
    of_d = conditional.ProjectionDiscriminatorConfig(
        c, shape.size, shape.width, spectral_norm=shape.spectral_norm, pack=shape.pack
    )
    g = conditional.ConditionalGenerator(of_g)
    d = conditional.ProjectionDiscriminator(of_d)
    anime = data.anime or datasets.drawing_dataset(people, shape.size, where)  # type: ignore[arg-type]
    objective = objectives.ConditionalNoiseToImage(g, d, config.loss)
    sampler = samplers.ConditionalSampler(anime, known, shape.pack)
    return Parts(objective, sampler, {"twins": len(anime)})


def _paired(
    config: problems.PairedConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    features, facts = parts.reader(config.reader, where)
    g, d, started = parts.translators(config, generator)
    photo, anime, known = parts.pairs(config, where, data)
    objective = objectives.PairedTranslation(g, d, config.loss, features)
    sampler = samplers.PairedSampler(photo, anime, config.data.jitter)
    return Parts(objective, sampler, facts | started | known)


def _portrait(
    config: problems.PortraitConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    g, d, coarse, started = parts.portrait_networks(config, generator)
    pairs, known = parts.portrait_pairs(config, where, data)
    sampler = PortraitSampler(pairs, config.network.size, config.data.real, config.data.jitter)
    counts = torch.tensor([*PARTS.values()], device=where)
    objective = PortraitTranslation(g, d, coarse, config.loss, counts)
    return Parts(objective, sampler, started | known)


def _unpaired(
    config: problems.UnpairedConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    g, d, facts = parts.translators(config, generator)
    photo, anime, known = parts.domains(config, where, data)
    transport = parts.fit_transport(photo, anime, config.data, config.loss)
    objective = objectives.UnpairedTranslation(g, d, config.loss, transport)
    sampler = samplers.UnpairedSampler(photo, anime, config.data.jitter, config.data.relight)
    return Parts(objective, sampler, facts | known)


def _cyclegan(config: problems.CycleGANConfig, where: torch.device, data: Data, _: Any) -> Parts:
    shape = config.network
    torch.manual_seed(config.train.seed)
    of_g = cyclegan.ResnetTranslatorConfig(shape.size, shape.width, shape.blocks)
    of_d = cyclegan.PatchGANConfig(shape.width)
    g, d = cyclegan.ResnetTranslator(of_g), cyclegan.PatchGAN(of_d)
    inverse, photo_d = cyclegan.ResnetTranslator(of_g), cyclegan.PatchGAN(of_d)
    photo, anime, facts = parts.domains(config, where, data)
    objective = objectives.CycleGAN(g, d, inverse, photo_d, config.loss)
    return Parts(objective, samplers.UnpairedSampler(photo, anime, config.data.jitter), facts)


def _backward(
    config: problems.BackwardConfig, where: torch.device, data: Data, generator: Network | None
) -> Parts:
    model, facts = parts.load_drawing(config, generator)
    torch.manual_seed(config.train.seed)
    shape = model.config
    f = type(model)(shape)
    of_d = shape.size, shape.patch, shape.width, config.spectral_norm
    d = PatchDiscriminator(PatchDiscriminatorConfig(*of_d))
    copy_into(f, model.state_dict(), config.model or "the model")
    photo, known = parts.photographs(config, where, data.photo, shape.size)
    drawn = parts.translate_dataset(model.to(where), photo, config.train.precision)
    # To `PairedTranslation`, "photo" is what is given, here drawings, and "anime" what is wanted.
    sampler = samplers.PairedSampler(drawn, photo, jitter=0)
    return Parts(objectives.PairedTranslation(f, d, config.loss), sampler, facts | known)


def _back_translation(
    config: problems.BackTranslationConfig,
    where: torch.device,
    data: Data,
    generator: Network | None,
) -> Parts:
    backward, taught = parts.load_backward(config, data.backward)
    g, d, facts = parts.translators(config, generator)
    photo, anime, known = parts.domains(config, where, data)
    transport = parts.fit_transport(photo, anime, config.data, config.loss)
    made = parts.translate_dataset(backward.to(where), anime, config.train.precision)
    objective = objectives.MixedTranslation(g, d, config.loss, transport)
    light = config.data.jitter, config.data.relight
    sampler = samplers.BackTranslationSampler(made, anime, photo, *light)
    return Parts(objective, sampler, facts | known | taught)


BUILDERS: dict[type, Callable[..., Parts]] = {
    problems.NoiseConfig: _noise,
    problems.FacesConfig: _faces,
    problems.PairedConfig: _paired,
    problems.PortraitConfig: _portrait,
    problems.UnpairedConfig: _unpaired,
    problems.CycleGANConfig: _cyclegan,
    problems.BackwardConfig: _backward,
    problems.BackTranslationConfig: _back_translation,
}
