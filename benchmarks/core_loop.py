"""The training core against the loop that tutorials teach: one problem, one pair of networks.

All sides train a DCGAN on the same drawings with the same losses, in turns within one process:

    tutorial         the loop as people write it: PNG files through a DataLoader, float32, NCHW, two
                     passes of D with a backward each, D not frozen in G's step, `.item()` each step
    tutorial_device  the same loop, its images already on the device as floats
    eager            ganlib's trainer: bytes on the device, one pass of D, D frozen, channels last,
                     bfloat16 where the hardware has it, numbers read once for many steps
    nets, step, both the trainer's ways with compiled networks and CUDA graphs; on a GPU only
"""

import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.records import publish
from benchmarks.timing import rates, spread
from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.core.device import find_device, find_precision
from ganlib.core.errors import GanlibError
from ganlib.core.networks.base import Network
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
)
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset, twin_datasets
from ganlib.data.pixels import from_uint8
from ganlib.pipelines.build import build_run
from ganlib.pipelines.options import NoiseShape
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import NoiseConfig

try:
    import resource
except ImportError:  # there is none on Windows
    resource = None  # type: ignore[assignment]

LIKE = NoiseLoss(augment="", r1_gamma=0.0)
"""The tutorial's loss, without what ganlib would add: all sides compute the same function."""
Play = Callable[[int], None]  # trains for a number of steps


def networks(size: int, width: int) -> tuple[DCGANGenerator, DCGANDiscriminator]:
    """A fresh DCGAN pair; `width` 64 is the paper's at 64 pixels but for its widest layer."""
    g = DCGANGenerator(DCGANGeneratorConfig(size, width=width))
    return g, DCGANDiscriminator(DCGANDiscriminatorConfig(size, width=width))


def tutorial_step(
    generator: Network, discriminator: nn.Module
) -> Callable[[Tensor], tuple[float, float]]:
    """DCGAN's step as PyTorch's own tutorial writes it.

    Returns a function: real images (N, 3, S, S) in [-1, 1] -> (D's loss, G's loss) as floats.
    """
    usual, adam = TrainConfig(), torch.optim.Adam
    adam_d = adam(discriminator.parameters(), lr=usual.lr_d, betas=usual.betas)
    adam_g = adam(generator.parameters(), lr=usual.lr_g, betas=usual.betas)

    def step(real: Tensor) -> tuple[float, float]:
        ones = torch.ones(len(real), device=real.device)
        zeros = torch.zeros(len(real), device=real.device)
        discriminator.zero_grad()
        real_loss = cross_entropy(discriminator(real).view(-1), ones)
        real_loss.backward()
        fake = generator(torch.randn(len(real), generator.config.latent, device=real.device))
        fake_loss = cross_entropy(discriminator(fake.detach()).view(-1), zeros)
        fake_loss.backward()
        adam_d.step()
        generator.zero_grad()
        g_loss = cross_entropy(discriminator(fake).view(-1), ones)
        g_loss.backward()
        adam_g.step()
        return (real_loss + fake_loss).item(), g_loss.item()

    return step


class Pictures(Dataset[Tensor]):
    """Image files of a folder, read and scaled one by one, as tutorials do."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.glob("*.png"))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        with Image.open(self.paths[index]) as file:
            pixels = np.asarray(file.convert("RGB"))
        return from_uint8(torch.from_numpy(pixels.copy()).permute(2, 0, 1))


def write_pictures(dataset: ImageDataset, folder: Path) -> None:
    """The dataset's images as PNG files."""
    for i, image in enumerate(dataset.images.cpu().permute(0, 2, 3, 1).contiguous().numpy()):
        Image.fromarray(image).save(folder / f"{i:05d}.png")


def _endless(loader: DataLoader[Tensor], device: torch.device) -> Iterator[Tensor]:
    while True:
        for images in loader:
            yield images.to(device)


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def trainer(
    dataset: ImageDataset, batch: int, width: int, mode: str = "off", **train: Any
) -> Trainer:
    """ganlib's run on the same problem; `mode` is `TrainConfig.compile`."""
    config = NoiseConfig(
        network=NoiseShape(dataset.images.shape[-1], width=width),
        loss=LIKE,
        train=TrainConfig(10**12, batch, compile=mode, **train),
    )
    return build_run(config, device=dataset.images.device.type, data=Data(anime=dataset))


def _ours(dataset: ImageDataset, batch: int, width: int, mode: str) -> Play:
    run = trainer(dataset, batch, width, mode)

    def play(steps: int) -> None:
        for _ in range(steps):
            run.train_step()
        run.read_records()  # as a report does, and as the tutorial does at every step
        run.records.clear()

    return play


def _tutorial(dataset: ImageDataset, width: int, batches: Iterator[Tensor]) -> Play:
    images = dataset.images
    step = tutorial_step(*(net.to(images.device) for net in networks(images.shape[-1], width)))

    def play(steps: int) -> None:
        for _ in range(steps):
            step(next(batches))

    return play


def sides(
    dataset: ImageDataset, folder: Path, batch: int, width: int
) -> dict[str, Callable[[], Play]]:
    """Name -> what makes that side."""
    device = dataset.images.device
    how = {"shuffle": True, "drop_last": True, "num_workers": 2, "persistent_workers": True}
    loader = DataLoader(Pictures(folder), batch, **how)
    images = from_uint8(dataset.images).contiguous()

    def drawn() -> Iterator[Tensor]:
        while True:
            yield images[torch.randint(len(images), (batch,), device=device)]

    modes = ("off", "nets", "step", "both") if device.type == "cuda" else ("off",)
    makers = {"tutorial": lambda: _tutorial(dataset, width, _endless(loader, device))}
    makers["tutorial_device"] = lambda: _tutorial(dataset, width, drawn())
    ours = {mode: partial(_ours, dataset, batch, width, mode) for mode in modes}
    return makers | {"eager" if mode == "off" else mode: make for mode, make in ours.items()}


def flops_per_image(dataset: ImageDataset, batch: int, width: int) -> float:
    """Floating-point operations of one trainer's step, for each of its images."""
    run = trainer(dataset, batch, width)
    with FlopCounterMode(display=False) as counter:
        run.train_step()
    return counter.get_total_flops() / batch


def matrix_peak(device: torch.device, windows: int = 5) -> float:
    """Operations per second of a large matrix product in the trainer's precision."""
    kind = {"device": device, "dtype": find_precision("auto", device)}
    side, repeats = (8192, 10) if device.type == "cuda" else (1024, 4)
    a, b = (torch.randn(side, side, **kind) for _ in "ab")

    def multiply() -> int:
        for _ in range(repeats):
            a @ b
        _synchronize(device)
        return repeats * 2 * side**3

    return spread(rates({"m": multiply}, windows)["m"])["median"]


def _windowed(
    play: Play, batch: int, seconds: float, device: torch.device
) -> tuple[Callable[[], int], int]:
    """(piece of work of about that long, its steps), after a warm-up of 12 steps: what compiles and
    captures does so in the first five."""

    def timed(steps: int) -> float:
        start = time.perf_counter()
        play(steps)
        _synchronize(device)
        return time.perf_counter() - start

    warm = 12 if device.type == "cuda" else 1
    timed(warm)
    steps = max(1, min(5000, math.ceil(warm * seconds / timed(warm))))

    def piece() -> int:
        play(steps)
        _synchronize(device)
        return steps * batch

    return piece, steps


def _process_peak() -> int | None:
    """Bytes that this process held at most; None on Windows."""
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _measure(
    dataset: ImageDataset, batch: int, width: int, windows: int, seconds: float
) -> tuple[dict[str, list[float]], dict[str, int], dict[str, int]]:
    """(rates, steps in a window, bytes reserved on a GPU) of every side."""
    device = dataset.images.device
    work, steps, memory, cuda = {}, {}, {}, device.type == "cuda"
    torch.backends.cudnn.benchmark |= cuda  # for all sides alike
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(dataset, Path(folder))
        for name, make in sides(dataset, Path(folder), batch, width).items():
            if cuda:
                torch.cuda.empty_cache()
                before = torch.cuda.memory_reserved(device)
            work[name], steps[name] = _windowed(make(), batch, seconds, device)
            if cuda:
                # Reserved, because a graph's own pool counts as free between its replays.
                memory[name] = torch.cuda.memory_reserved(device) - before
        return rates(work, windows), steps, memory


def core(
    size: int = 64,
    batch: int = 32,
    width: int = 64,
    windows: int = 5,
    seconds: float = 2.0,
    pictures: int = 2048,
    device: str = "auto",
    json: Path | None = None,
) -> dict[str, Any]:
    """The trainer against the tutorials' loop on a DCGAN: images per second of each, in turns.

    Args:
        size: side of the images, pixels.
        batch: images in a step.
        width: channels at the finest level.
        windows: timed windows of each side.
        seconds: length of a window.
        pictures: drawings, at least a batch.
        device: auto, cpu, cuda.
        json: keep the figures in this file.
    """
    for name, least in {"batch": 1, "windows": 1, "pictures": batch, "seconds": 0}.items():
        if locals()[name] < least:
            raise GanlibError(f"--{name} must be {least} or more, not {locals()[name]}.")
    begun, where = time.perf_counter(), find_device(device)
    _, dataset = twin_datasets(pictures, seed=0, size=size, device=where)
    found, steps, memory = _measure(dataset, batch, width, windows, seconds)
    flops, peak = flops_per_image(dataset, batch, width), matrix_peak(where)
    spreads = {name: spread(values) for name, values in found.items()}
    figures = {"size": size, "batch": batch, "width": width, "windows": windows}
    figures["precision"] = str(find_precision("auto", where)).removeprefix("torch.")
    figures |= {"flops_per_image": flops, "matrix_flops_per_second": peak}
    figures |= {"images_per_second": spreads, "steps_per_window": steps, "reserved_bytes": memory}
    figures["process_peak_bytes"] = _process_peak()
    figures["share_of_matrix_peak"] = {n: s["median"] * flops / peak for n, s in spreads.items()}
    for base in ("tutorial", "tutorial_device"):
        figures[f"times_{base}"] = {
            name: spread([a / b for a, b in zip(values, found[base], strict=True)])
            for name, values in found.items()
            if not name.startswith("tutorial")
        }
    return publish("core", figures, json, begun, str(where))
