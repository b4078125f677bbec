"""Train the probe, the measuring instrument of `ganlib evaluate`, or a reader for `ganlib train
paired`, on rendered twins of every style, whose attributes are known:

    python data/train_probe.py --seed 800001 --out runs/reader.safetensors
"""

import math
import shlex
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from score_probe import failures, held_out, say, tolerances
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax, one_hot

from ganlib import __version__
from ganlib.cli.main import in_words
from ganlib.cli.options import Common, parse
from ganlib.cli.output import Output, require_writable
from ganlib.core.config import require
from ganlib.core.device import autocast, find_precision
from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.data.datasets import HELD_OUT_SEED
from ganlib.data.photometric import blur, photo_jitter
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES
from ganlib.measure.hardware import hardware
from ganlib.measure.probe import COLUMNS, OUTPUTS, QUALITY, SIZE, Probe, ProbeConfig, save_probe
from ganlib.pipelines.card import provenance
from ganlib.twins import People, render_twins, sample_people

BLUR, NOISE = 2.0, 0.3
"""Strongest faults added: standard deviations, in pixels and in [-1, 1]."""
WEIGHTS = {
    **dict.fromkeys(("yaw", "roll", "zoom", "hair", "clothes", "background"), 3.0),
    "skin": 5.0,
    "pitch": 12.0,
}
"""Of terms in the loss, where not 1: pose and colours must be read accurately, and the pitch moves
the face by two pixels only."""


@dataclass(frozen=True)
class ProbeTraining:
    """One training of the probe."""

    people: int = 12_000  # rendered for it; each gives a photograph and a drawing
    epochs: int = 14  # how often each picture is seen
    batch: int = 32  # pictures a step
    lr: float = 2e-3  # AdamW's largest: up over the first tenth, then down along a cosine
    jitter: float = 0.5  # strength of photo_jitter on half of the photographs: other cameras
    seed: int = 700_001  # of people and random numbers: far from models' seeds, so other people
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where hardware has it

    def __post_init__(self) -> None:
        require(self, "epochs", self.epochs >= 1, "1 or more")
        require(self, "batch", self.batch >= 8, "8 or more")
        least = max(8, -(-self.batch // 2))
        require(self, "people", self.people >= least, f"{least} or more, half a batch")
        require(self, "seed", self.seed != HELD_OUT_SEED, "another than that of held-out people")


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """Where the probe goes, and who scores it."""

    out: Path  # the .safetensors file to write; its card goes beside it
    held_out: int = 2000  # people it is scored on
    threads: int = 0  # processor threads; 0: torch's choice
    training: ProbeTraining = ProbeTraining()

    def __post_init__(self) -> None:
        require(self, "held_out", self.held_out >= 2, "2 or more")
        require(self, "threads", self.threads >= 0, "0 or more")
        require(self, "out", self.out.suffix == ".safetensors", "a .safetensors file")


@dataclass(frozen=True)
class ProbeDataset:
    """Pictures as bytes (n, 3, 64, 64), the targets (n, OUTPUTS) of the probe's answers, which of
    them show (bool, the same shape), and which pictures are photographs (bool, n)."""

    images: Tensor
    targets: Tensor
    shown: Tensor
    photos: Tensor

    def at(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of some rows: float pictures in [-1, 1], targets, shown, photos."""
        targets = self.targets[rows].clone()
        return from_uint8(self.images[rows]), targets, self.shown[rows], self.photos[rows]


def targets(people: People, images: Tensor, domain: Tensor) -> tuple[Tensor, Tensor]:
    """(targets, shown), each (n, OUTPUTS): true answers in their units, choices one-hot.

    `domain` is the index (n,) into `attributes.DOMAINS` of each picture: all photographs, or all
    drawings.
    """
    target = torch.zeros(len(people), OUTPUTS)
    shown = torch.ones(len(people), OUTPUTS, dtype=torch.bool)
    true = attributes.truths(people, images)
    visible = attributes.visible(people, drawn=bool(domain[0]))
    for about in ATTRIBUTES:
        place, answer = COLUMNS[about.name], true[about.name]
        if about.kind == "choice":
            answer = one_hot(answer, len(about.choices))
        target[:, place] = answer.reshape(len(people), -1).float()
        shown[:, place] = visible[about.name][:, None]
    target[:, COLUMNS["domain"]] = one_hot(domain, len(attributes.DOMAINS)).float()
    return target, shown


def render_dataset(n: int, seed: int, chunk: int = 128) -> ProbeDataset:
    """n people, each as photograph and as drawing: rows i and n + i."""
    people = sample_people(n, seed)
    images = torch.empty(2, n, 3, SIZE, SIZE, dtype=torch.uint8)
    target, shown = torch.empty(2, n, OUTPUTS), torch.empty(2, n, OUTPUTS, dtype=torch.bool)
    bar = progress(range(0, n, chunk), desc="rendering", unit_scale=chunk, unit="person")
    for start in bar:
        rows = slice(start, start + chunk)
        some = people[rows]
        domains = (torch.zeros(len(some)), 1 + some.field("style")[:, 0, 0])
        for k, (picture, domain) in enumerate(zip(render_twins(some, SIZE), domains, strict=True)):
            images[k, rows] = to_uint8(picture)
            target[k, rows], shown[k, rows] = targets(some, picture, domain.long())
    photos = torch.arange(2 * n) < n
    return ProbeDataset(images.flatten(0, 1), target.flatten(0, 1), shown.flatten(0, 1), photos)


def _standardise(probe: Probe, dataset: ProbeDataset) -> None:
    """Set the probe's means and deviations of numbers and colours, from pictures that show them.

    What changes sign in a mirror has the mean 0, so that it still does when standardised.
    """
    for about in ATTRIBUTES:
        if about.kind not in ("number", "colour"):
            continue
        for column in range(COLUMNS[about.name].start, COLUMNS[about.name].stop):
            values = dataset.targets[dataset.shown[:, column], column]
            probe.spread[column] = values.std().clamp_min(1e-3)
            probe.centre[column] = 0 if about.mirrored else values.mean()
    for name, strongest in zip(QUALITY, (BLUR, NOISE), strict=True):
        probe.spread[COLUMNS[name]] = strongest / 4


def loss(probe: Probe, answers: Tensor, target: Tensor, shown: Tensor) -> Tensor:
    """Weighted sum over the attributes of the mean loss over the pictures that show them.

    Squared error of standardised numbers and colours, cross-entropy of the others; `answers`,
    `target` and `shown` are (n, OUTPUTS).
    """
    kinds = {about.name: about.kind for about in ATTRIBUTES} | {"domain": "choice"}
    standard = (target - probe.centre) / probe.spread
    terms = []
    for name, place in COLUMNS.items():
        ours, mask = answers[:, place], shown[:, place]
        kind = kinds.get(name, "number")
        if kind == "choice":
            each = -(log_softmax(ours, 1) * target[:, place]).sum(1, keepdim=True)
            mask = mask[:, :1]
        elif kind == "binary":
            each = binary_cross_entropy_with_logits(ours, target[:, place], reduction="none")
        else:
            each = (ours - standard[:, place]).square()
        terms.append(WEIGHTS.get(name, 1.0) * (each * mask).sum() / mask.sum().clamp_min(1))
    return torch.stack(terms).sum()


def gaussian_blur(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of standard deviation `sigma` pixels, edges repeated; 0 changes nothing."""
    if sigma <= 0:
        return images
    reach = max(1, math.ceil(3 * sigma))
    away = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    taps = torch.exp(-(away**2) / (2 * sigma**2))
    return blur(images, taps / taps.sum())


def vary(images: Tensor, target: Tensor, photos: Tensor, jitter: float) -> tuple[Tensor, Tensor]:
    """A batch augmented, and its targets: mirrored, by other cameras, blurred, and with noise.

    Half is mirrored; half of the photographs get `photo_jitter`; an eighth is blurred, another
    eighth gets noise, and the strength is a target. Rows must come in random order.
    """
    n = len(images)
    mirrored = torch.rand(n) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    for about in ATTRIBUTES:
        if about.mirrored:
            target[mirrored, COLUMNS[about.name]] *= -1
    other = photos & (torch.rand(n) < 0.5)
    images[other] = photo_jitter(images[other], jitter)
    # The background is read as it is in this picture, the rest as it is in white light.
    behind = attributes.BY_NAME["background"]
    target[:, COLUMNS["background"]] = behind.truth(_NOBODY, images)
    eighth = n // 8
    sigma, noise = float(torch.rand(()) * BLUR), torch.rand(eighth, 1, 1, 1) * NOISE
    images[:eighth] = gaussian_blur(images[:eighth], sigma)
    noisy = slice(eighth, 2 * eighth)
    images[noisy] = (images[noisy] + noise * torch.randn(eighth, *images.shape[1:])).clamp(-1, 1)
    target[:eighth, COLUMNS["blur"]] = sigma
    target[noisy, COLUMNS["noise"]] = noise[:, :, 0, 0]
    return images, target


_NOBODY = sample_people(1, 0)
"""For truths that come from the picture alone."""


def train(
    config: ProbeTraining | None = None, shape: ProbeConfig | None = None
) -> tuple[Probe, dict[str, Any]]:
    """Train a new probe on the CPU: (the probe in eval mode, facts for its card)."""
    config = config or ProbeTraining()
    start = time.perf_counter()
    dataset = render_dataset(config.people, config.seed)
    rendered = time.perf_counter()
    torch.manual_seed(config.seed)
    probe = Probe(shape).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    _standardise(probe, dataset)
    _fit(probe, dataset, config)
    end = time.perf_counter()
    facts = {
        "training": asdict(config),
        "images_seen": config.epochs * (len(dataset.images) // config.batch) * config.batch,
        "seconds_rendering": round(rendered - start, 1),
        "seconds": round(end - start, 1),
    }
    return probe.eval(), facts


def _fit(probe: Probe, dataset: ProbeDataset, config: ProbeTraining) -> None:
    where = torch.device("cpu")
    dtype = find_precision(config.precision, where)
    optimizer = torch.optim.AdamW(probe.parameters(), config.lr, weight_decay=0.02)
    per_epoch = len(dataset.images) // config.batch
    steps = config.epochs * per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.lr, total_steps=steps, pct_start=0.1
    )
    bar = progress(total=steps, desc="training the probe", unit="step")
    for _ in range(config.epochs):
        order = torch.randperm(len(dataset.images))
        for rows in order[: per_epoch * config.batch].split(config.batch):
            images, target, shown, photos = dataset.at(rows)
            images, target = vary(images, target, photos, config.jitter)
            with autocast(dtype, where):
                answers = probe.answers(images)
            term = loss(probe, answers.float(), target, shown)
            optimizer.zero_grad()
            term.backward()
            optimizer.step()
            schedule.step()
            bar.update()
        bar.set_postfix(loss=f"{term.item():.3f}")
    bar.close()


def main(words: list[str]) -> None:
    """Train, score, save; GanlibError for what cannot be done, before any work."""
    command = "python data/train_probe.py"
    options = parse(Options, words, command, "Train a probe.", f"{command} --out probe.safetensors")
    if options.threads:
        torch.set_num_threads(options.threads)
    require_writable(options.out.parent)
    commit, output = provenance(), Output(options.json)
    probe, facts = train(options.training)
    record = held_out(probe, options.held_out)
    card: dict[str, Any] = {
        "command": shlex.join([*command.split(), *words]),
        "seed": options.training.seed,
        "commit": commit,
        "ganlib": __version__,
        "hardware": hardware(),
        **facts,
        "held_out_people": options.held_out,
        "held_out": record,
        "tolerance": tolerances(record),
        "below_bar": failures(record),
    }
    save_probe(options.out, probe, card)
    output.say(f"saved {options.out}")
    say(output, record)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GanlibError as error:
        sys.exit(f"error: {in_words(error)}")
