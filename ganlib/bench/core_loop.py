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
import resource
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

from ganlib.scale import cuda_graphs as capture
from ganlib.core.device import find_device, find_precision
from ganlib.measure.hardware import hardware
from ganlib.bench import _rates, _spread
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
)
from ganlib.core.errors import GanlibError
from ganlib.core.networks.base import Network
from ganlib.core.config import NoiseConfig
from ganlib.core.objectives import NoiseToImage
from ganlib.core.config import TrainConfig
from ganlib.data.samplers import ImageSampler
from ganlib.data.datasets import ImageDataset
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import twin_datasets

LIKE = NoiseConfig(augment="", r1_gamma=0)
"""The tutorial's game, without what ganlib would add to it: all sides compute the same function."""


def networks(size: int, width: int) -> tuple[DCGANGenerator, DCGANDiscriminator]:
    """A fresh DCGAN pair; `width` 64 is the paper's at 64 pixels but for its widest layer."""
    return (
        DCGANGenerator(DCGANGeneratorConfig(size, width=width)),
        DCGANDiscriminator(DCGANDiscriminatorConfig(size, width=width)),
    )


def tutorial_step(
    generator: Network, discriminator: nn.Module
) -> Callable[[Tensor], tuple[float, float]]:
    """DCGAN's step as PyTorch's own tutorial writes it.

    Returns a function: real images (N, 3, S, S) in [-1, 1] -> (D's loss, G's loss) as floats.
    """
    usual = TrainConfig(images=1)
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=usual.lr_d, betas=usual.betas)
    adam_g = torch.optim.Adam(generator.parameters(), lr=usual.lr_g, betas=usual.betas)

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
        image = torch.from_numpy(pixels.copy()).permute(2, 0, 1)
        return image.float() / 127.5 - 1


def write_pictures(store: ImageDataset, folder: Path) -> None:
    """The store's images as PNG files."""
    for i, image in enumerate(store.images.cpu().permute(0, 2, 3, 1).contiguous().numpy()):
        Image.fromarray(image).save(folder / f"{i:05d}.png")


def _endless(loader: DataLoader[Tensor], device: torch.device) -> Iterator[Tensor]:
    while True:
        for images in loader:
            yield images.to(device)


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def trainer(
    store: ImageDataset, batch: int, width: int, mode: str = "off", **settings: Any
) -> Trainer:
    """ganlib's trainer on the same problem; `mode` is one of `capture.MODES`."""
    device = store.images.device
    objective = NoiseToImage(*networks(store.images.shape[-1], width), LIKE).to(device)
    chosen = TrainConfig(10**12, batch, compile=mode, **settings)
    return Trainer(objective, ImageSampler(store), chosen)


def _ours(store: ImageDataset, batch: int, width: int, mode: str) -> Callable[[int], None]:
    run = trainer(store, batch, width, mode)
    advance = capture.stepper(run)

    def play(steps: int) -> None:
        for _ in range(steps):
            advance()
        run._read()  # as a report does, and as the tutorial does at every step
        run._records.clear()

    return play


def _tutorial(
    store: ImageDataset, batch: int, width: int, batches: Iterator[Tensor]
) -> Callable[[int], None]:
    pair = [net.to(store.images.device) for net in networks(store.images.shape[-1], width)]
    step = tutorial_step(*pair)

    def play(steps: int) -> None:
        for _ in range(steps):
            step(next(batches))

    return play


def sides(
    store: ImageDataset, folder: Path, batch: int, width: int
) -> dict[str, Callable[[], Callable[[int], None]]]:
    """Name -> what makes that side; a side plays a number of steps."""
    device = store.images.device
    loader = DataLoader(
        Pictures(folder),
        batch,
        shuffle=True,
        drop_last=True,
        num_workers=2,
        persistent_workers=True,
    )
    images = store.images.float() / 127.5 - 1

    def drawn() -> Iterator[Tensor]:
        while True:
            yield images[torch.randint(len(images), (batch,), device=device)]

    modes = ("off", "nets", "step", "both") if device.type == "cuda" else ("off",)
    makers = {
        "tutorial": lambda: _tutorial(store, batch, width, _endless(loader, device)),
        "tutorial_device": lambda: _tutorial(store, batch, width, drawn()),
    }
    for mode in modes:
        name = "eager" if mode == "off" else mode
        makers[name] = partial(_ours, store, batch, width, mode)
    return makers


def flops_per_image(store: ImageDataset, batch: int, width: int) -> float:
    """Floating-point operations of one trainer's step, for each of its images."""
    run = trainer(store, batch, width)
    with FlopCounterMode(display=False) as counter:
        run.train_step()
    return counter.get_total_flops() / batch


def matrix_peak(device: torch.device, windows: int = 5) -> float:
    """Operations per second of a large bfloat16 matrix product here: what the device can do."""
    side, repeats = (8192, 10) if device.type == "cuda" else (1024, 4)
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in "ab")

    def multiply() -> int:
        for _ in range(repeats):
            a @ b
        _synchronize(device)
        return repeats * 2 * side**3

    return _spread(_rates({"m": multiply}, windows)["m"])["median"]


def _windowed(
    play: Callable[[int], None], batch: int, seconds: float, device: torch.device
) -> tuple[Callable[[], int], int]:
    """(piece of work of about that long, its steps), after a warm-up that leaves nothing to build.

    12 steps: what compiles and captures does so in the first five.
    """

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


def bench_core(
    size: int = 64,
    batch: int = 32,
    width: int = 64,
    windows: int = 5,
    seconds: float = 2.0,
    pictures: int = 2048,
    device: str = "auto",
) -> dict[str, Any]:
    """Images per second of every side, in turns; `seconds` is the length of one window.

    GanlibError if there are fewer pictures than a batch.
    """
    if pictures < batch:
        raise GanlibError(f"bench core needs as many pictures as a batch, {batch}, not {pictures}.")
    start, where = time.perf_counter(), find_device(device)
    _, store = twin_datasets(pictures, seed=0, size=size, device=where)
    work, steps, memory = {}, {}, {}
    if where.type == "cuda":
        torch.backends.cudnn.benchmark = True  # for all sides alike
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(store, Path(folder))
        for name, make in sides(store, Path(folder), batch, width).items():
            if where.type == "cuda":
                torch.cuda.empty_cache()
                before = torch.cuda.memory_reserved(where)
            work[name], steps[name] = _windowed(make(), batch, seconds, where)
            if where.type == "cuda":
                # Reserved, because a graph's own pool counts as free between its replays.
                memory[name] = torch.cuda.memory_reserved(where) - before
        rates = _rates(work, windows)
    flops, peak = flops_per_image(store, batch, width), matrix_peak(where)
    record = {
        "size": size,
        "batch": batch,
        "width": width,
        "windows": windows,
        "precision": str(find_precision("auto", where)).removeprefix("torch."),
        "flops_per_image": flops,
        "matrix_flops_per_second": peak,
        "images_per_second": {name: _spread(values) for name, values in rates.items()},
        "steps_per_window": steps,
        "reserved_bytes": memory,
        "process_peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "share_of_matrix_peak": {
            name: spread["median"] * flops / peak
            for name, spread in ((name, _spread(values)) for name, values in rates.items())
        },
    }
    for base in ("tutorial", "tutorial_device"):
        record[f"times_{base}"] = {
            name: _spread([a / b for a, b in zip(values, rates[base], strict=True)])
            for name, values in rates.items()
            if not name.startswith("tutorial")
        }
    return record | {
        "seconds": time.perf_counter() - start,
        "device": str(where),
        "hardware": hardware(),
    }
