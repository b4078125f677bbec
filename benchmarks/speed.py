"""Training steps, rendering and drawing: the speeds that ganlib's README reports."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from skimage.data import astronaut
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, l1_loss, softplus

from benchmarks.records import publish
from benchmarks.timing import rates, spread
from ganlib.core.config import Schedule, TrainConfig, UnpairedLoss
from ganlib.core.errors import GanlibError
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data.datasets import ImageDataset
from ganlib.pipelines.build import build_run
from ganlib.pipelines.options import TranslatorShape, UnpairedData
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import UnpairedConfig
from ganlib.pipelines.stylize import Stylizer
from ganlib.twins import render_twins, sample_people


def plain_step(
    generator: nn.Module, discriminator: nn.Module, loss: UnpairedLoss
) -> Callable[[Tensor, Tensor], tuple[float, float]]:
    """The same unpaired step as people write it: fp32, NCHW, three D passes, `.item()` each step.

    Returns a function (photo, anime) → (D's loss, G's loss) as Python floats. The networks, the
    losses and their weights are those of the trainer's step; augmentation and R1 are off in both.
    """
    adversarial, kept = loss.adversarial_weight, loss.low_frequency_weight
    if isinstance(adversarial, Schedule) or isinstance(kept, Schedule):
        raise GanlibError("plain_step has no schedules; give weights that stay as they are.")
    usual = TrainConfig()
    adam_g, adam_d = (
        torch.optim.Adam(net.parameters(), lr=rate, betas=usual.betas, foreach=False)
        for net, rate in ((generator, usual.lr_g), (discriminator, usual.lr_d))
    )

    def step(photo: Tensor, anime: Tensor) -> tuple[float, float]:
        fake = generator(photo)
        adam_d.zero_grad()
        d_loss = (
            softplus(-discriminator(anime)).mean() + softplus(discriminator(fake.detach())).mean()
        )
        d_loss.backward()
        adam_d.step()
        adam_g.zero_grad()
        stride = max(1, loss.factor // 2)
        drawn, source = (avg_pool2d(x, loss.factor, stride) for x in (fake, photo))
        g_loss = adversarial * softplus(-discriminator(fake)).mean()
        g_loss = g_loss + kept * l1_loss(drawn, source)
        g_loss.backward()
        adam_g.step()
        return d_loss.item(), g_loss.item()

    return step


def step(
    size: int = 64, batch: int = 16, windows: int = 5, steps: int = 4, json: Path | None = None
) -> dict[str, Any]:
    """Unpaired training, images per second: the trainer's step against one as tutorials write it.

    Args:
        size: side of the images, pixels.
        batch: images in a step.
        windows: timed windows of each.
        steps: steps in a window.
        json: keep the figures in this file.
    """
    begun = time.perf_counter()
    photo, anime = map(ImageDataset.from_float, render_twins(sample_people(64, seed=0), size))
    config = UnpairedConfig(
        network=TranslatorShape(size),
        data=UnpairedData(jitter=0.0, match_tones=False),
        loss=UnpairedLoss(augment="", r1_gamma=0.0),
        train=TrainConfig(10**9, batch),
    )
    run = build_run(config, device="cpu", data=Data(photo=photo, anime=anime))
    generator = Translator(TranslatorConfig(size, patch=1))
    discriminator = PatchDiscriminator(PatchDiscriminatorConfig(size, patch=1))
    plain = plain_step(generator, discriminator, config.loss)

    def ours() -> int:
        for _ in range(steps):
            run.train_step()
        run.records.clear()
        return steps * batch

    def theirs() -> int:
        for _ in range(steps):
            rows = run.sampler(batch)
            plain(rows["photo"].contiguous(), rows["anime"].contiguous())
        return steps * batch

    found = rates({"ganlib": ours, "plain": theirs}, windows)
    ratios = [a / b for a, b in zip(found["ganlib"], found["plain"], strict=True)]
    figures = {"size": size, "batch": batch, "precision": str(run.dtype).removeprefix("torch.")}
    figures |= {f"{name}_images_per_second": spread(values) for name, values in found.items()}
    return publish("step", figures | {"speed_up": spread(ratios)}, json, begun)


def render(
    size: int = 64, windows: int = 5, n: int = 128, device: str = "cpu", json: Path | None = None
) -> dict[str, Any]:
    """Twin pairs rendered per second.

    Args:
        size: side of the images, pixels.
        windows: timed windows.
        n: pairs in a window.
        device: cpu or cuda.
        json: keep the figures in this file.
    """
    begun, people = time.perf_counter(), sample_people(n, seed=0)

    def pairs() -> int:
        render_twins(people, size, device)
        if device != "cpu":
            torch.cuda.synchronize()
        return n

    figures = {"size": size, "pairs_per_second": spread(rates({"r": pairs}, windows)["r"])}
    return publish("render", figures, json, begun, device)


def stylize(model: str = "portrait", windows: int = 9, json: Path | None = None) -> dict[str, Any]:
    """Seconds from a photograph in memory to its drawing, the search for the face included.

    Args:
        model: a shipped model's name, or a file.
        windows: timed photographs.
        json: keep the figures in this file.
    """
    begun, stylizer = time.perf_counter(), Stylizer.load(model, device="cpu")
    photo = Image.fromarray(astronaut())

    def convert() -> int:
        stylizer.convert(photo)
        return 1

    seconds = [1 / rate for rate in rates({"s": convert}, windows)["s"]]
    figures = {"model": model, "size": stylizer.size, "seconds_per_face": spread(seconds)}
    return publish("stylize", figures, json, begun)
