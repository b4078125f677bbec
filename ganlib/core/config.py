"""The options of a run: its losses, and its training. The command line is made of these classes."""

import math
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, ClassVar, Literal, get_args, get_origin

import numpy as np

from ganlib.core.augment import check_policy
from ganlib.core.errors import ConfigError, GanlibError


@dataclass(frozen=True)
class Schedule:
    """A value by the images seen: linear between (images, value) points, constant beyond them, as
    `Schedule(((0, 1.0), (50_000, 0.1)))` falls from 1 to 0.1 over 50,000 images and stays there."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        finite = all(len(p) == 2 and all(0 <= n < math.inf for n in p) for p in self.points)
        rising = all(a[0] < b[0] for a, b in pairwise(self.points))
        if not (self.points and finite and rising):
            wanted = "pairs (images, value) of finite numbers, 0 or more, in rising order of images"
            raise GanlibError(f"a schedule needs {wanted}, not {self.points!r}.")

    def __bool__(self) -> bool:
        """Whether it is ever above 0, so that `if weight` asks the same of it as of a number."""
        return any(value for _, value in self.points)

    def at(self, images: float) -> float:
        """The value after `images` images."""
        return float(np.interp(images, *np.array(self.points).T))

    def __str__(self) -> str:
        return ",".join(f"{images:g}:{value:g}" for images, value in self.points)


Weight = float | Schedule


def values_at(config: Any, images: float) -> Any:
    """A config dataclass with the value that each of its schedules has after `images` images."""
    now = {name: v.at(images) for name, v in vars(config).items() if isinstance(v, Schedule)}
    return replace(config, **now) if now else config


# The names of `GAN_LOSSES`, which a type checker must see written out; first those whose loss of G
# is one of the fakes' logits alone.
FakesOnlyName = Literal["minimax", "nonsaturating", "least_squares", "hinge", "wasserstein"]
LossName = Literal[FakesOnlyName, "relativistic"]


def require(config: object, field: str, met: bool, wanted: str) -> None:
    """ConfigError, "must be `wanted`", unless the condition on a field is met."""
    if not met:
        raise ConfigError(field, f"must be {wanted}, not {getattr(config, field)!r}.")


def check_fields(config: Any, *positive: str) -> None:
    """ConfigError unless each field has a value of its type: one of its names, a whole number of 0
    or more, or of 1 or more for those named `positive`, or a finite number of 0 or more."""
    for field in fields(config):
        value, names = getattr(config, field.name), get_args(field.type)
        if get_origin(field.type) is Literal:
            require(config, field.name, value in names, f"one of {', '.join(names)}")
        elif field.type is int:
            least = int(field.name in positive)
            met = isinstance(value, int) and least <= value < 2**63
            require(config, field.name, met, f"a whole number, {least} or more")
        elif isinstance(value, int | float):
            require(config, field.name, 0 <= value < math.inf, "0 or more, and finite")


@dataclass(frozen=True)
class AdversarialConfig:
    """The adversarial loss and its penalties."""

    loss: LossName = "nonsaturating"  # adversarial loss of both networks (core/losses.py)
    adversarial_weight: Weight = 1.0  # of the term in G's loss; 0 trains no discriminator
    augment: str = "translation"  # what D sees changed: color,translation,cutout or some of them
    r1_gamma: Weight = 1e-4  # γ of R1, on the sum of all patch logits; 0 for none
    r2_gamma: Weight = 0.0  # γ of R2, the same on fakes (R3GAN has both); 0 for none
    gradient_penalty: Weight = 0.0  # λ of WGAN-GP, with the loss wasserstein; often 10
    penalty_every: int = 16  # steps of D from one penalty to the next (lazy; 1 for WGAN-GP)

    def __post_init__(self) -> None:
        check_fields(self, "penalty_every", "factor")  # "factor" of a subclass
        check_policy(self.augment)


@dataclass(frozen=True)
class NoiseLoss(AdversarialConfig):
    """Noise to image: D is the only teacher."""

    r1_gamma: Weight = 0.05  # γ of R1 on one logit; twice what StyleGAN2 has at 64 px, batch 32


@dataclass(frozen=True)
class PairedLoss(AdversarialConfig):
    """Pairs: a distance to the true image beside the adversarial term."""

    paired_weight: Weight = 30.0  # λ, of the distance to the true image; pix2pix has 100
    distance: Literal["l1", "l2"] = "l1"  # what that distance is
    perceptual_weight: Weight = 0.0  # of the L1 between both as a frozen network sees them


@dataclass(frozen=True)
class UnpairedLoss(AdversarialConfig):
    """No pairs: what keeps the person are the low frequencies of the photograph."""

    low_frequency_weight: Weight = 5.0  # λ, of the L1 to the photograph after averaging
    factor: int = 16  # side of the squares averaged for that, pixels; it divides the image's


@dataclass(frozen=True)
class MixedLoss(UnpairedLoss):
    """Pairs, and photographs without a drawing: more fakes than drawings, so none are compared."""

    loss: FakesOnlyName = "nonsaturating"  # adversarial loss of both networks (core/losses.py)
    gradient_penalty: ClassVar[float] = 0.0  # type: ignore[misc] # no field, so no option
    paired_weight: Weight = 5.0  # of the L1 to the true drawing; 30 drowns the adversarial term


@dataclass(frozen=True)
class CycleLoss(AdversarialConfig):
    """CycleGAN with its published weights (Zhu et al. 2017, sections 4 and 7.1)."""

    loss: LossName = "least_squares"  # adversarial loss of all four networks
    adversarial_weight: Weight = 2.0  # their G minimises (D - 1)², ours half of it: hence 2
    augment: str = ""  # what D sees changed: color,translation,cutout or some of them
    r1_gamma: Weight = 0.0  # γ of R1; 0 for none
    cycle_weight: Weight = 10.0  # of the way there and back
    identity_weight: Weight = 5.0  # of G(drawing) = drawing, and of the same for F
    pool: int = 50  # past fakes that D sees beside the new ones; 0 for none


@dataclass(frozen=True)
class TrainConfig:
    """How long, how fast, how often. Time is counted in images, whatever the batch size."""

    images: int = 100_000  # length of the run, images
    batch: int = 8  # images in a step; of all processes together, if there are several
    lr_g: float = 1.5e-4  # Adam's learning rate for G, 0 to 0.1
    lr_d: float = 6e-4  # the same for D; larger than G's lets D lead (Heusel et al. 2017)
    betas: tuple[float, float] = (0.5, 0.99)  # Adam's; 0.5, as the opponent moves
    d_steps: int = 1  # steps of D for each of G, each with a fresh batch; 5 for WGAN-GP
    decay: float = 0.5  # share of the run, at its end, in which the learning rates fall to 0
    ema_half_life: float = 10_000  # images after which a weight counts half in G's average
    seed: int = 0  # decides every random number of the run
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where hardware has it
    compile: Literal["off", "nets", "step", "both"] = "off"  # NVIDIA: step is a CUDA graph
    report_every: int = 1_000  # images from one report of the losses to the next
    checkpoint_every: int = 20_000  # images from one checkpoint to the next
    sample_every: int = 0  # images from one sheet of samples to the next; 0 for none

    def __post_init__(self) -> None:
        check_fields(self, "images", "batch", "d_steps", "report_every", "checkpoint_every")
        for name, most in {"lr_g": 0.1, "lr_d": 0.1, "decay": 1}.items():
            require(self, name, 0 <= getattr(self, name) <= most, f"from 0 to {most}")
        pair = np.shape(self.betas) == (2,) and all(0 <= beta < 1 for beta in self.betas)
        require(self, "betas", pair, "two numbers in [0, 1)")
        require(self, "ema_half_life", self.ema_half_life > 0, "more than 0")

    def rate(self, images: int) -> float:
        """The factor on both learning rates after so many images: 1, then falling to 0."""
        left = 1 - images / self.images
        return 1.0 if left >= self.decay else left / self.decay

    def ema_share(self, images: int) -> float:
        """The new weights' share in G's average; half-life at most a tenth of the images seen."""
        return 1 - 0.5 ** (self.batch / min(self.ema_half_life, images / 10))


# What a resumed run may change. One that is made longer has the learning rates of the longer run.
MAY_CHANGE = ("images", "report_every", "checkpoint_every", "sample_every", "compile")
