"""Speeds that the README reports, each measured beside what it is compared with, in one run."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from skimage.data import astronaut
from torch import nn
from torch.nn.functional import avg_pool2d, l1_loss, softplus

from ganlib.measure.hardware import hardware
from ganlib.core.errors import GanlibError
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.config import ObjectiveConfig
from ganlib.core.objectives import UnpairedTranslation
from ganlib.twins import render_twins, sample_people
from ganlib.core.config import Schedule
from ganlib.core.config import TrainConfig
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import UnpairedSampler
from ganlib.pipelines.stylize import Stylizer
from ganlib.core.trainer import Trainer


def _rates(work: dict[str, Callable[[], int]], windows: int) -> dict[str, list[float]]:
    """Items per second of each piece of work, window by window in turn: noise hits all alike."""
    for piece in work.values():
        piece()
    rates: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(windows):
        for name, piece in work.items():
            start = time.perf_counter()
            items = piece()
            rates[name].append(items / (time.perf_counter() - start))
    return rates


def _spread(rates: list[float]) -> dict[str, float]:
    return {"median": statistics.median(rates), "least": min(rates), "most": max(rates)}


def plain_step(
    generator: nn.Module, discriminator: nn.Module, settings: ObjectiveConfig
) -> Callable[[torch.Tensor, torch.Tensor], tuple[float, float]]:
    """The same unpaired step as people write it: fp32, NCHW, three D passes, `.item()` each step.

    Returns a function (photo, anime) → (D's loss, G's loss) as Python floats. The networks, the
    losses and their weights are those of the trainer's step; augmentation and R1 are off in both.
    """
    adversarial, kept = settings.adversarial, settings.low_frequency
    if isinstance(adversarial, Schedule) or isinstance(kept, Schedule):
        raise GanlibError("plain_step has no schedules; give weights that stay as they are.")
    usual = TrainConfig(images=1)
    adam_g, adam_d = (
        torch.optim.Adam(net.parameters(), lr=rate, betas=usual.betas, foreach=False)
        for net, rate in ((generator, usual.lr_g), (discriminator, usual.lr_d))
    )

    def step(photo: torch.Tensor, anime: torch.Tensor) -> tuple[float, float]:
        fake = generator(photo)
        adam_d.zero_grad()
        d_loss = (
            softplus(-discriminator(anime)).mean() + softplus(discriminator(fake.detach())).mean()
        )
        d_loss.backward()
        adam_d.step()
        adam_g.zero_grad()
        stride = max(1, settings.factor // 2)
        drawn, source = (avg_pool2d(x, settings.factor, stride) for x in (fake, photo))
        g_loss = adversarial * softplus(-discriminator(fake)).mean()
        g_loss = g_loss + kept * l1_loss(drawn, source)
        g_loss.backward()
        adam_g.step()
        return d_loss.item(), g_loss.item()

    return step


def bench_step(size: int = 64, batch: int = 16, windows: int = 5, steps: int = 4) -> dict[str, Any]:
    """Unpaired training, images per second: the trainer's step against the plain one."""
    photo, anime = render_twins(sample_people(64, seed=0), size)
    feed = UnpairedSampler(ImageDataset.from_float(photo), ImageDataset.from_float(anime), jitter=0)
    settings = ObjectiveConfig(augment="", r1_gamma=0)

    def networks() -> tuple[Translator, PatchDiscriminator]:
        return (
            Translator(TranslatorConfig(size=size, patch=1)),
            PatchDiscriminator(PatchDiscriminatorConfig(size=size, patch=1)),
        )

    trainer = Trainer(UnpairedTranslation(*networks(), settings), feed, TrainConfig(10**9, batch))
    plain = plain_step(*networks(), settings)

    def ours() -> int:
        for _ in range(steps):
            trainer.train_step()
        trainer._records.clear()
        return steps * batch

    def theirs() -> int:
        for _ in range(steps):
            rows = feed(batch)
            plain(rows["photo"].contiguous(), rows["anime"].contiguous())
        return steps * batch

    rates = _rates({"ganlib": ours, "plain": theirs}, windows)
    ratios = [a / b for a, b in zip(rates["ganlib"], rates["plain"], strict=True)]
    return {
        "size": size,
        "batch": batch,
        "precision": str(trainer.dtype).removeprefix("torch."),
        "ganlib_images_per_second": _spread(rates["ganlib"]),
        "plain_images_per_second": _spread(rates["plain"]),
        "speed_up": _spread(ratios),
    }


def bench_render(
    size: int = 64, windows: int = 5, n: int = 128, device: str = "cpu"
) -> dict[str, Any]:
    """Twin pairs rendered per second."""
    people = sample_people(n, seed=0)

    def render() -> int:
        render_twins(people, size, device)
        if device != "cpu":
            torch.cuda.synchronize()
        return n

    return {"size": size, "pairs_per_second": _spread(_rates({"r": render}, windows)["r"])}


def bench_stylize(model: str = "unpaired", windows: int = 9) -> dict[str, Any]:
    """Seconds from a photograph in memory to its drawing, the search for the face included."""
    stylizer = Stylizer.load(model, device="cpu")
    photo = Image.fromarray(astronaut())

    def convert() -> int:
        stylizer.convert(photo)
        return 1

    seconds = [1 / rate for rate in _rates({"s": convert}, windows)["s"]]
    return {"model": model, "size": stylizer.size, "seconds_per_face": _spread(seconds)}


def bench(what: str) -> dict[str, Any]:
    """One of "step", "render", "stylize", with its hardware; `seconds` is for all of it."""
    start = time.perf_counter()
    subjects: dict[str, Callable[[], dict[str, Any]]] = {
        "step": bench_step,
        "render": bench_render,
        "stylize": bench_stylize,
    }
    record = subjects[what]()
    seconds = time.perf_counter() - start
    return {
        "what": what,
        **record,
        "seconds": seconds,
        "device": "cpu",
        "hardware": hardware(),
    }
