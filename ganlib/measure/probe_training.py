"""How the probe is taught: rendered twins of every style, whose attributes are known."""

import math
import time
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, conv2d, log_softmax, pad
from tqdm.auto import tqdm

from ganlib.measure import attributes
from ganlib.core.device import autocast, find_precision
from ganlib.measure.attributes import ATTRIBUTES
from ganlib.data.photometric import photo_jitter
from ganlib.core.errors import GanlibError
from ganlib.twins import People, render_twins, sample_people
from ganlib.measure.probe import COLUMNS, OUTPUTS, QUALITY, SIZE, Probe, ProbeConfig
from ganlib.data.datasets import HELD_OUT_SEED

BLUR, NOISE = 2.0, 0.3
"""Strongest faults added: standard deviations, pixels and in [-1, 1]."""
WEIGHTS = {
    **dict.fromkeys(("yaw", "roll", "zoom", "hair", "clothes", "background"), 3.0),
    "skin": 5.0,
    "pitch": 12.0,
}
"""Of terms in the loss, where not 1. Errors of pose and colours are small numbers, and must be; a
nod moves the face by two pixels."""


@dataclass(frozen=True)
class ProbeTraining:
    """One training of the probe."""

    people: int = 12_000
    """Rendered for it; each gives a photograph and a drawing."""
    epochs: int = 14
    """How often each picture is seen."""
    batch: int = 32
    """Small, as steps matter more than their noise in so short a training."""
    lr: float = 2e-3
    """Largest step size of AdamW: it rises over the first tenth and falls along a cosine."""
    jitter: float = 0.5
    """Strength of `photo_jitter` on half of the photographs: other cameras than the renderer's."""
    seed: int = 700_001
    """Of the people and of all draws: far from those that models are usually trained on, so that
    the probe knows nobody whom it judges by. The held-out seed is refused."""
    precision: str = "auto"

    def __post_init__(self) -> None:
        for name, least in (("people", 8), ("epochs", 1), ("batch", 8)):
            if getattr(self, name) < least:
                raise GanlibError(f"a probe's {name} must be {least} or more.")
        if 2 * self.people < self.batch:
            raise GanlibError(
                f"a probe needs at least batch / 2 people, {-(-self.batch // 2)}, as each gives "
                f"two pictures; not {self.people}."
            )
        if self.seed == HELD_OUT_SEED:
            raise GanlibError(f"seed {self.seed} is that of the held-out people; take another.")


@dataclass(frozen=True)
class Lesson:
    """Pictures as bytes (n, 3, 64, 64), what the probe should say of them (n, OUTPUTS), of what it
    is asked (bool, the same shape), and which are photographs (bool, n)."""

    images: Tensor
    goals: Tensor
    asked: Tensor
    photos: Tensor

    def at(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Float pictures in [-1, 1], goals, asked, photos of some rows."""
        images = self.images[rows].to(torch.float32, memory_format=torch.channels_last)
        return images / 127.5 - 1, self.goals[rows].clone(), self.asked[rows], self.photos[rows]


def goals(people: People, images: Tensor, world: Tensor) -> tuple[Tensor, Tensor]:
    """(goals, asked), each (n, OUTPUTS): true answers in their units, choices as one of many.

    `world` is the index (n,) into `attributes.DOMAINS` of what each picture is: all photographs, or
    all drawings.
    """
    goal = torch.zeros(len(people), OUTPUTS)
    asked = torch.ones(len(people), OUTPUTS, dtype=torch.bool)
    true = attributes.truths(people, images)
    seen = attributes.visible(people, drawn=bool(world[0]))
    for about in ATTRIBUTES:
        place, answer = COLUMNS[about.name], true[about.name]
        if about.kind == "choice":
            answer = torch.nn.functional.one_hot(answer, len(about.choices))
        goal[:, place] = answer.reshape(len(people), -1).float()
        asked[:, place] = seen[about.name][:, None]
    goal[:, COLUMNS["world"]] = torch.nn.functional.one_hot(world, len(attributes.DOMAINS)).float()
    return goal, asked


def render_lesson(n: int, seed: int, chunk: int = 128) -> Lesson:
    """n people, each as photograph and as drawing: rows i and n + i."""
    people = sample_people(n, seed)
    images = torch.empty(2, n, 3, SIZE, SIZE, dtype=torch.uint8)
    goal, asked = torch.empty(2, n, OUTPUTS), torch.empty(2, n, OUTPUTS, dtype=torch.bool)
    for start in tqdm(range(0, n, chunk), desc="rendering", unit_scale=chunk, unit="person"):
        rows = slice(start, start + chunk)
        some = people[rows]
        worlds = (torch.zeros(len(some)), 1 + some.field("style")[:, 0, 0])
        for k, (picture, world) in enumerate(zip(render_twins(some, SIZE), worlds, strict=True)):
            images[k, rows] = ((picture + 1) * 127.5).round().to(torch.uint8)
            goal[k, rows], asked[k, rows] = goals(some, picture, world.long())
    photos = torch.arange(2 * n) < n
    return Lesson(images.flatten(0, 1), goal.flatten(0, 1), asked.flatten(0, 1), photos)


def _standardise(probe: Probe, lesson: Lesson) -> None:
    """Set the probe's units: mean and spread of every number and colour where it is asked.

    What changes sign in a mirror is centred on 0, so that it still does when standardised."""
    for about in ATTRIBUTES:
        if about.kind not in ("number", "colour"):
            continue
        for column in range(COLUMNS[about.name].start, COLUMNS[about.name].stop):
            values = lesson.goals[lesson.asked[:, column], column]
            probe.spread[column] = values.std().clamp_min(1e-3)
            probe.centre[column] = 0 if about.mirrored else values.mean()
    for name, strongest in zip(QUALITY, (BLUR, NOISE), strict=True):
        probe.spread[COLUMNS[name]] = strongest / 4


def loss(probe: Probe, answers: Tensor, goal: Tensor, asked: Tensor) -> Tensor:
    """Weighted sum over the attributes of the mean loss over those who are asked.

    Squared error of standardised numbers and colours, cross-entropy of the others; `answers`,
    `goal` and `asked` are (n, OUTPUTS).
    """
    kinds = {about.name: about.kind for about in ATTRIBUTES} | {"world": "choice"}
    standard = (goal - probe.centre) / probe.spread
    terms = []
    for name, place in COLUMNS.items():
        ours, mask = answers[:, place], asked[:, place]
        kind = kinds.get(name, "number")
        if kind == "choice":
            each = -(log_softmax(ours, 1) * goal[:, place]).sum(1, keepdim=True)
            mask = mask[:, :1]
        elif kind == "binary":
            each = binary_cross_entropy_with_logits(ours, goal[:, place], reduction="none")
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
    taps = (taps / taps.sum()).repeat(images.shape[1], 1, 1, 1)
    images = pad(images, (reach, reach, reach, reach), mode="replicate")
    images = conv2d(images, taps, groups=images.shape[1])
    return conv2d(images, taps.transpose(2, 3), groups=images.shape[1])


def vary(images: Tensor, goal: Tensor, photos: Tensor, jitter: float) -> tuple[Tensor, Tensor]:
    """A batch as other cameras and worse generators might have made it, and its goals.

    Half is mirrored; half of the photographs get `photo_jitter`; an eighth a blur, another eighth
    noise, whose strength the probe must tell. Rows must come in random order.
    """
    n = len(images)
    mirrored = torch.rand(n) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    for about in ATTRIBUTES:
        if about.mirrored:
            goal[mirrored, COLUMNS[about.name]] *= -1
    other = photos & (torch.rand(n) < 0.5)
    images[other] = photo_jitter(images[other], jitter)
    # The background is read as it is in this picture, the rest as it is in white light.
    behind = attributes.BY_NAME["background"]
    goal[:, COLUMNS["background"]] = behind.truth(_NOBODY, images)
    eighth = n // 8
    blur, noise = float(torch.rand(()) * BLUR), torch.rand(eighth, 1, 1, 1) * NOISE
    images[:eighth] = gaussian_blur(images[:eighth], blur)
    noisy = slice(eighth, 2 * eighth)
    images[noisy] = (images[noisy] + noise * torch.randn(eighth, *images.shape[1:])).clamp(-1, 1)
    goal[:eighth, COLUMNS["blur"]] = blur
    goal[noisy, COLUMNS["noise"]] = noise[:, :, 0, 0]
    return images, goal


_NOBODY = sample_people(1, 0)
"""For truths that come from the picture alone."""


def train(
    settings: ProbeTraining | None = None, shape: ProbeConfig | None = None
) -> tuple[Probe, dict[str, Any]]:
    """Teach a new probe: (the probe in eval mode, facts for its card). On the CPU."""
    settings = settings or ProbeTraining()
    start = time.perf_counter()
    lesson = render_lesson(settings.people, settings.seed)
    rendered = time.perf_counter()
    torch.manual_seed(settings.seed)
    probe = Probe(shape).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    _standardise(probe, lesson)
    _fit(probe, lesson, settings)
    end = time.perf_counter()
    facts = {
        "training": asdict(settings),
        "images_seen": settings.epochs * (len(lesson.images) // settings.batch) * settings.batch,
        "seconds_rendering": round(rendered - start, 1),
        "seconds": round(end - start, 1),
    }
    return probe.eval(), facts


def _fit(probe: Probe, lesson: Lesson, settings: ProbeTraining) -> None:
    where = torch.device("cpu")
    dtype = find_precision(settings.precision, where)
    optimizer = torch.optim.AdamW(probe.parameters(), settings.lr, weight_decay=0.02)
    per_epoch = len(lesson.images) // settings.batch
    steps = settings.epochs * per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.lr, total_steps=steps, pct_start=0.1
    )
    progress = tqdm(total=steps, desc="teaching the probe", unit="step")
    for _ in range(settings.epochs):
        order = torch.randperm(len(lesson.images))
        for rows in order[: per_epoch * settings.batch].split(settings.batch):
            images, goal, asked, photos = lesson.at(rows)
            images, goal = vary(images, goal, photos, settings.jitter)
            with autocast(dtype, where):
                answers = probe.answers(images)
            term = loss(probe, answers.float(), goal, asked)
            optimizer.zero_grad()
            term.backward()
            optimizer.step()
            schedule.step()
            progress.update()
        progress.set_postfix(loss=f"{term.item():.3f}")
    progress.close()
