"""`ganlib train`: twins, photographs and settings in; a resumable run and a model out."""

import argparse
import shlex
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ganlib import __version__
from ganlib.scale import distributed
from ganlib.pipelines import recipes
from ganlib.core.device import find_device
from ganlib.measure.hardware import hardware
from ganlib.pipelines.boards import TensorBoard
from ganlib.scale.cuda_graphs import MODES
from ganlib.core.checkpoint import STATE_FILE, load_training, require_same
from ganlib.weights import save_model
from ganlib.cli import faces, noise, translation
from ganlib.cli.output import source_commit, table, write_json
from ganlib.measure.control import FaceEvaluator
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import evaluate
from ganlib.core.files import write_atomic
from ganlib.core.losses import GAN_LOSSES
from ganlib.core.networks.base import Network
from ganlib.core.objectives import ConditionalNoiseToImage, NoiseToImage, Objective
from ganlib.core.config import ObjectiveConfig
from ganlib.core.objectives.config import SCHEDULED, WEIGHTS
from ganlib.core.reconstruction import DISTANCES
from ganlib.pipelines.samples import SampleSheet
from ganlib.pipelines.problems import parse
from ganlib.core.config import UPDATES, TrainConfig
from ganlib.data.samplers import Feed, ImageSampler
from ganlib.core.trainer import Trainer

PROBLEMS = tuple(translation.PAIRED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("problem", choices=PROBLEMS, help="what G learns to draw from")
    add("--out", required=True, type=Path, help="folder of the run")
    add("--resume", action="store_true", help="go on with the run in --out")
    add(
        "--init",
        help="start G from this model: a shipped one's name or a .safetensors file; of "
        "back: the model whose drawings are turned back",
    )
    add("--recipe", choices=recipes.RECIPES, help="of unpaired: its networks, terms, step sizes")
    add("--size", type=int, default=64, help="side of the images, pixels (default 64)")
    add("--patch", type=int, default=1, choices=(1, 2), help="2: four times as fast, coarser")
    add("--width", type=int, default=32, help="channels of G and D at the finest level")
    add("--blocks", type=int, default=6, help="residual blocks of G")
    add("--spectral-norm", action="store_true", help="bound D's slope, in place of group norms")
    add("--twins", type=int, default=6000, help="people rendered for training (default 6000)")
    add(
        "--photos",
        type=Path,
        nargs="+",
        default=[],
        help="photographs or folders of them; in place of rendered ones but for mixed",
    )
    add(
        "--jitter",
        type=float,
        default=0.25,
        help="how much cameras differ, 0 to 2 (default 0.25); with --back, of made photographs",
    )
    add(
        "--drawings",
        type=int,
        help="unpaired: drawings (default: as many as twins)",
    )
    add("--relight", type=float, default=0.0, help="unpaired: light G sees changed, 0 to 2")
    add("--back", help="unpaired: a model of `train back`, whose photographs of drawings G learns")
    add("--images", type=int, default=100_000, help="length of the run, images (default 100000)")
    times = TrainConfig(images=1)
    add("--batch", type=int, default=times.batch, help="images in a step (default %(default)s)")
    add("--seed", type=int, default=0)
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--precision", default="auto", choices=runtime.PRECISIONS)
    add("--compile", default="off", choices=MODES, help="CUDA graphs and compiled networks")
    add("--threads", type=int, help="processor threads (default: torch's choice)")
    add("--checkpoint-every", type=int, default=20_000, help="images between checkpoints")
    add("--reconstruction", default="low_frequency", choices=("low_frequency", "cycle"))
    defaults = ObjectiveConfig()
    for name in (*SCHEDULED, "label_smoothing"):
        option = "--" + name.replace("_", "-") + ("-weight" if name in WEIGHTS else "")
        kind = float if name == "label_smoothing" else parse
        usual = f"{getattr(defaults, name):g}"
        told = (
            ", ".join(f"{kind}: {weight:g}" for kind, weight in translation.USUAL.items())
            if name == "paired"
            else usual
        )
        add(option, dest=name, type=kind, help=f"default {told}")
    add(
        "--r1-every",
        type=int,
        help="D steps from one penalty to the next (default 16; 1 for WGAN-GP)",
    )
    add("--distance", help=f"of paired: {', '.join(DISTANCES)} (default {defaults.distance})")
    add("--reader", help="of the perceptual term: a probe, not the one that measures")
    add("--pool", type=int, help=f"past fakes kept for D (default {defaults.pool}: none; often 50)")
    add("--factor", type=int, help=f"side of low-frequency squares (default {defaults.factor})")
    add(
        "--match-tones",
        action=argparse.BooleanOptionalAction,
        help="hold drawings to the photograph's tones as they are in drawings (default: yes)",
    )
    add("--exposure", type=float, help="stops of photographs' exposures to take out (default 0)")
    add("--augment", help=f"what D sees changed (default {defaults.augment!r}; '' for nothing)")
    add("--game", help=f"one of {', '.join(GAN_LOSSES)} (default {defaults.game})")
    add("--lr-g", type=float, default=times.lr_g, help="step size of G (default %(default)s)")
    add("--lr-d", type=float, default=times.lr_d, help="step size of D (default %(default)s)")
    add("--d-steps", type=int, default=times.d_steps, help="steps of D for each of G (default 1)")
    add("--update", default=times.update, choices=UPDATES, help="who answers whom")
    add("--clip", type=float, default=times.clip, help="longest gradient, 0 for any (default)")
    add("--warmup", type=int, default=times.warmup, help="images of rising step sizes (default 0)")
    add("--decay", type=float, default=times.decay_fraction, help="last share, of falling steps")
    add("--report-every", type=int, default=times.report_every, help="images between reports")
    add("--sample-every", type=int, default=times.sample_every, help="images between sample sheets")
    add("--judged", type=int, default=1000, help="faces: held-out people behind each figure")
    add("--tensorboard", action="store_true", help="report to TensorBoard too, in the run's folder")
    add("--json", type=Path, help="write the held-out figures to this file")


def _follow(args: argparse.Namespace) -> None:
    """Let the recipe decide every option that was not given."""
    if args.problem != "unpaired":
        raise GanlibError(f"recipes are for unpaired training, and not for {args.problem}.")
    parser, chosen = argparse.ArgumentParser(), recipes.recipe(args.recipe)
    add_arguments(parser)
    # A default is set only where there is nothing yet, so what is not given stays None.
    given = parser.parse_args(args.words[1:], argparse.Namespace(**dict.fromkeys(vars(args))))
    for source in (chosen, chosen.terms):
        for name in vars(source):
            if hasattr(args, name) and getattr(given, name) is None:
                setattr(args, name, getattr(source, name))


OF_PHOTOGRAPHS = (
    *("photos", "patch", "blocks", "jitter", "relight", "drawings", "back", "reconstruction"),
    *("factor", "match_tones", "exposure", "distance", "reader"),
)
"""Options that say something of photographs."""


def _refuse_unused(args: argparse.Namespace) -> None:
    """GanlibError for options of photographs, which noise training has not."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    for name in OF_PHOTOGRAPHS:
        if getattr(args, name) != parser.get_default(name):
            raise GanlibError(f"{args.problem} training has no use for --{name.replace('_', '-')}.")


def _prepare(folder: Path, resume: bool, about: dict[str, Any]) -> None:
    """Make the run's folder now; GanlibError if it cannot be used, or holds another run."""
    write_atomic(folder / ".write-test", b"")
    (folder / ".write-test").unlink(missing_ok=True)
    if not resume and (folder / STATE_FILE).exists():
        raise GanlibError(
            f"{folder} already holds a run: go on with it by --resume, or give another --out."
        )
    if resume and (folder / STATE_FILE).exists():
        # The trainer asks for much more than this, but only after all the rendering.
        require_same(load_training(folder)[1]["about"], about, folder)


def build(args: argparse.Namespace, device: torch.device) -> tuple[Objective, Feed, dict[str, Any]]:
    """(objective, feed, facts for the card) of the problem that the arguments describe."""
    if args.gradient_penalty:
        # As published: in every step, and with no other penalty beside it.
        args.r1_every = args.r1_every or 1
        args.r1_gamma = args.r1_gamma or 0.0
    if args.problem in ("noise", "faces"):
        _refuse_unused(args)
        return (noise if args.problem == "noise" else faces).build(args, device)
    return translation.build(args, device)


def run(args: argparse.Namespace) -> int:
    if args.threads is not None:
        if args.threads < 1:
            raise GanlibError(f"--threads must be 1 or more, not {args.threads}.")
        torch.set_num_threads(args.threads)
    on_gpu = args.device != "cpu" and torch.cuda.is_available()
    with distributed.session(on_gpu):
        trainer, facts, commit, before = _train(args)
    # The other processes have ended: what is left is for one.
    return _finish(args, trainer, facts, commit, before) if trainer else 0


def _train(args: argparse.Namespace) -> tuple[Trainer | None, dict[str, Any], str, int]:
    """(the trained Trainer, facts for the card, commit, images seen in earlier parts of the run);
    None for the trainer in all processes but the first."""
    if args.recipe:
        _follow(args)
    if args.problem == "back":
        args.jitter = 0.0  # what it is given are drawings
    device = find_device(args.device)
    settings = TrainConfig(
        images=args.images,
        batch=args.batch,
        seed=args.seed,
        precision=args.precision,
        compile=args.compile,
        checkpoint_every=args.checkpoint_every,
        lr_g=args.lr_g,
        lr_d=args.lr_d,
        betas=recipes.RECIPES[args.recipe].betas if args.recipe else TrainConfig.betas,
        d_steps=args.d_steps,
        update=args.update,
        clip=args.clip,
        warmup=args.warmup,
        decay_fraction=args.decay,
        report_every=args.report_every,
        sample_every=args.sample_every,
    )
    named = ("init", "reader", "problem", "recipe", "twins", "jitter", "spectral_norm")
    about = {name: getattr(args, name) for name in named}
    halved = args.problem == "mixed" or bool(args.back)
    distributed.check_shares(args.batch // 2 if halved else args.batch)
    distributed.from_first(lambda: _prepare(args.out, args.resume, about))
    boards = [TensorBoard(args.out / "tensorboard")] if args.tensorboard else []
    commit = source_commit()
    objective, feed, facts = build(args, device)
    about |= {name: fact for name, fact in facts.items() if name not in ("objective", "init")}
    sheet: Callable[[Network, int], None] | None = None
    if args.sample_every and isinstance(objective, ConditionalNoiseToImage):
        sheet = faces.Progress(objective, args.out, FaceEvaluator(args.judged, args.size))
    elif args.sample_every and isinstance(objective, NoiseToImage):
        sheet = noise.Samples(objective, args.out / "samples")
    elif args.sample_every:
        sheet = SampleSheet(args.out / "samples", args.size, back=args.problem == "back")
    trainer = Trainer(objective.to(device), feed, settings, args.out, boards, about, sheet)
    if args.resume:
        trainer.resume()
    before = trainer.images
    trainer.run()
    facts["processes"] = distributed.world()
    return (trainer if distributed.first() else None), facts, commit, before


def _finish(
    args: argparse.Namespace, trainer: Trainer, facts: dict[str, Any], commit: str, before: int
) -> int:
    """Measure the model, save it with its card, and say so."""
    objective, feed = trainer.objective, trainer.feed
    if isinstance(objective, ConditionalNoiseToImage) and isinstance(feed, ImageSampler):
        figures = faces.figures(trainer.ema, feed.store, FaceEvaluator(args.judged, args.size))
        facts["over_time"] = faces.over_time(args.out)
    elif isinstance(objective, NoiseToImage) and isinstance(feed, ImageSampler):
        figures = noise.figures(objective, trainer.ema, feed.store)
    else:
        back = args.problem == "back"
        figures = evaluate(trainer.ema, args.size, precision=args.precision, back=back)
    card = {
        "problem": args.problem,
        "recipe": args.recipe,
        "command": "ganlib " + shlex.join(args.words),
        "seed": args.seed,
        "commit": commit,
        "ganlib": __version__,
        "hardware": hardware(),
        "seconds": round(trainer.seconds, 1),
        "images_seen": trainer.images,
        "images_this_run": trainer.images - before,
        "training": asdict(trainer.config),
        **facts,
        "held_out": figures,
    }
    model = args.out / "model.safetensors"
    save_model(model, trainer.ema, card)
    print(table(figures))
    if isinstance(objective, NoiseToImage):
        noise.Samples(objective, args.out)(trainer.ema)
        print(f"saved {model}, and samples.png beside it")
    elif args.problem == "back":
        print("(of its photographs of drawings, against the true ones)")
        words = ["train", "unpaired", "--init", args.init, "--back", str(model)]
        for name in translation.SHAPE:
            words += [f"--{name}", str(getattr(args, name))]
        print(f"saved {model}; next: ganlib {shlex.join(words)} --out DIR")
    else:
        print(f"saved {model}; try: ganlib stylize PHOTO --out DIR --model {model}")
    write_json(args.json, figures)
    return 130 if trainer.interrupted else 0
