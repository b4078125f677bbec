"""Train the face finder, the network behind `ganlib.data.faces.find_faces`:

    python data/train_finder.py --photos PORTRAITS --out runs/finder.safetensors

PORTRAITS is a folder with the photographs that data/portraits describes; every tenth is held out.
"""

import io
import shlex
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from finder_pictures import (
    TRAINED_ON,
    Faces,
    anywhere,
    faceless,
    jittered,
    misframed,
    portrait_faces,
    rendered_faces,
    windows_of,
)
from finder_scores import score
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, interpolate

from ganlib import __version__
from ganlib.cli.main import in_words
from ganlib.cli.options import Common, parse
from ganlib.cli.output import Output, require_writable
from ganlib.core.config import require
from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.data.datasets import HELD_OUT_SEED
from ganlib.data.finder import MIRRORED, SIZE, Finder
from ganlib.data.images import to_pil, to_tensor
from ganlib.data.photometric import relight
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.data.portraits import PortraitFolder
from ganlib.measure.hardware import hardware
from ganlib.pipelines.card import provenance
from ganlib.weights import save_model

PORTRAITS = Path(__file__).parent / "portraits"
POINTS_WEIGHT = 10.0
"""Of the points' mean error, in arms of the window, beside the cross-entropy of face or not."""


@dataclass(frozen=True)
class FinderTraining:
    """One training of the face finder."""

    steps: int = 2600  # batches
    lr: float = 4e-3  # AdamW's largest: up over the first tenth, then down along a cosine
    portraits: int = 24  # windows about portraits in a batch
    rendered: int = 14  # windows about rendered people in a batch
    misframed: int = 10  # windows that miss a face in a batch
    faceless: int = 16  # windows on pictures without a face in a batch
    people: int = 2400  # rendered for it
    pictures: int = 3200  # without a face, made for it
    seed: int = 600_001  # of people, pictures and random numbers

    def __post_init__(self) -> None:
        for name in ("steps", "portraits", "rendered", "people", "pictures"):
            require(self, name, getattr(self, name) >= 1, "1 or more")
        require(self, "misframed", self.misframed >= 4, "4 or more")
        require(self, "faceless", self.faceless >= 4, "4 or more")
        require(self, "seed", self.seed != HELD_OUT_SEED, "another than that of held-out people")


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """Where the photographs lie, and where the network goes."""

    photos: Path  # folder with the portraits' photographs
    out: Path  # the .safetensors file to write; its card goes beside it
    held_out: int = 3150  # rendered people it is scored on
    training: FinderTraining = FinderTraining()

    def __post_init__(self) -> None:
        require(self, "held_out", self.held_out >= 3, "3 or more")
        require(self, "out", self.out.suffix == ".safetensors", "a .safetensors file")


def scrambled(image: Tensor, draw: np.random.Generator) -> Tensor:
    """The quarters of a picture (3, S, S) in another order: parts of a face do not make one."""
    parts = [part for row in image.chunk(2, 1) for part in row.chunk(2, 2)]
    order = draw.permutation(4) if draw.random() < 0.7 else np.array((1, 0, 3, 2))
    if (order == np.arange(4)).all():
        order = order[::-1]
    a, b, c, d = (parts[k] for k in order)
    return torch.cat((torch.cat((a, b), 2), torch.cat((c, d), 2)), 1)


def degrade(images: Tensor, draw: np.random.Generator) -> Tensor:
    """Other light and cameras, grey pictures, coarse ones, JPEG, and things before the face."""
    n = len(images)
    images = relight(images, 2)
    noise = draw.standard_normal(images.shape, np.float32) * draw.uniform(0, 0.1, (n, 1, 1, 1))
    images = (images + torch.from_numpy(noise.astype(np.float32))).clamp(-1, 1)
    for row in np.flatnonzero(draw.random(n) < 0.3):
        _occlude(images, int(row), draw)
    grey = torch.from_numpy(draw.random(n) < 0.15)
    images[grey] = images[grey].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    for factor in (2, 4):
        rows = torch.from_numpy(draw.random(n) < (0.15 if factor == 2 else 0.05))
        if rows.any():
            small = avg_pool2d(images[rows], factor)
            images[rows] = interpolate(small, size=SIZE, mode="bilinear", align_corners=False)
    for row in np.flatnonzero(draw.random(n) < 0.15):
        file = io.BytesIO()
        to_pil(images[row : row + 1])[0].save(file, "JPEG", quality=int(draw.integers(15, 80)))
        images[row] = to_tensor(Image.open(file))[0]
    return images


def _occlude(images: Tensor, row: int, draw: np.random.Generator) -> None:
    """Lay a rectangle on one picture: of one colour, or of another picture."""
    height, width = (int(edge) for edge in draw.integers(6, 24, 2))
    y, x = (int(draw.integers(0, SIZE - edge + 1)) for edge in (height, width))
    other = images[int(draw.integers(len(images))), :, y : y + height, x : x + width]
    if draw.random() < 0.5:
        other = torch.from_numpy(draw.uniform(-1, 1, (3, 1, 1))).to(images)
    images[row, :, y : y + height, x : x + width] = other


@dataclass
class Pictures:
    """All that batches are drawn from; `hard` keeps faceless windows that were taken for faces."""

    portraits: Faces
    rendered: Faces
    faceless: Tensor
    hard: Tensor

    def batch(
        self, config: FinderTraining, draw: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        """(windows, labels (n,), true points (m, k, 2) of the m faces, which come first, number of
        windows from the front that show a face or a part of one)."""
        seen, targets = [], []
        for faces, n in ((self.portraits, config.portraits), (self.rendered, config.rendered)):
            rows = draw.integers(0, len(faces), n)
            # Half as a search finds them, half as a second look does.
            parts = np.array_split(rows, 2)
            far = jittered(faces.points[parts[0]], draw, 0.45, 0.3, 24)
            near = jittered(faces.points[parts[1]], draw, 0.12, 0.12, 8)
            windows = np.concatenate((far, near))
            places = (faces.points[rows] - windows[:, :1]) / windows[:, 1:]
            seen.append(windows_of(faces.images, rows, windows))
            targets.append(torch.from_numpy(np.stack((places.real, places.imag), -1)).float())
        images, target = torch.cat(seen), torch.cat(targets)
        mirrored = torch.from_numpy(draw.random(len(images)) < 0.5)
        images[mirrored] = images[mirrored].flip(3)
        flipped = target[mirrored][:, list(MIRRORED)] * torch.tensor((-1.0, 1.0))
        target[mirrored] = flipped
        parts_of_faces = self._parts_of_faces(config.misframed, draw)
        nothing = self._nothing(config.faceless, draw)
        batch = torch.cat((images, parts_of_faces, nothing))
        labels = (torch.arange(len(batch)) < len(images)).float()
        return degrade(batch, draw), labels, target, len(batch) - len(nothing)

    def _parts_of_faces(self, n: int, draw: np.random.Generator) -> Tensor:
        seen = []
        for faces, k in ((self.portraits, n - n // 3), (self.rendered, n // 3)):
            rows = draw.integers(0, len(faces), k)
            missed = misframed(faces.points[rows], draw)
            framed = jittered(faces.points[rows], draw, 0.2, 0.2, 15)
            mixed = draw.random(k) < 0.25
            images = windows_of(faces.images, rows, np.where(mixed[:, None], framed, missed))
            for row in np.flatnonzero(mixed):
                images[row] = scrambled(images[row], draw)
            seen.append(images)
        return torch.cat(seen)

    def _nothing(self, n: int, draw: np.random.Generator) -> Tensor:
        rows = draw.integers(0, len(self.faceless), n)
        images = windows_of(self.faceless, rows, anywhere(n, self.faceless.shape[-1], draw))
        if len(self.hard) >= n:
            again = torch.from_numpy(draw.integers(0, len(self.hard), n // 2))
            images[: n // 2] = from_uint8(self.hard[again])
        return images

    def keep_hard(self, windows: Tensor, most: int = 1500) -> None:
        """Remember windows, the last `most` of them."""
        self.hard = torch.cat((self.hard, to_uint8(windows)))[-most:]


def prepare(config: FinderTraining, folder: PortraitFolder) -> Pictures:
    """The pictures of a training; held-out portraits are not among them."""
    names = [name for name in folder.names if not folder.held_out(name)]
    nothing = faceless(config.pictures, config.seed, 96, TRAINED_ON, folder, names)
    return Pictures(
        portrait_faces(folder, names),
        rendered_faces(config.people, config.seed),
        nothing,
        torch.empty(0, 3, SIZE, SIZE, dtype=torch.uint8),
    )


def train(config: FinderTraining, folder: PortraitFolder) -> tuple[Finder, dict[str, Any]]:
    """Train a new finder on the CPU: (the network in eval mode, facts for its card)."""
    start = time.perf_counter()
    pictures = prepare(config, folder)
    prepared = time.perf_counter()
    torch.manual_seed(config.seed)
    draw = np.random.default_rng(config.seed)
    finder = Finder().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(finder.parameters(), config.lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.lr, total_steps=config.steps, pct_start=0.1
    )
    bar = progress(range(config.steps), desc="training the face finder", unit="step")
    for step in bar:
        windows, labels, target, first_nothing = pictures.batch(config, draw)
        logits, points = finder(windows.contiguous(memory_format=torch.channels_last))
        wrong = (points[: len(target)] - target).abs().mean()
        missed = binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        (missed + POINTS_WEIGHT * wrong).backward()
        optimizer.step()
        schedule.step()
        hard = logits.detach()[first_nothing:] > -1
        if step > config.steps // 20 and hard.any():
            pictures.keep_hard(windows[first_nothing:][hard])
        if step % 50 == 0:
            bar.set_postfix(
                bce=f"{missed.item():.3f}", points=f"{wrong.item():.4f}", hard=len(pictures.hard)
            )
    end = time.perf_counter()
    facts = {
        "training": asdict(config),
        "images_seen": config.steps * len(windows),
        "seconds_preparing": round(prepared - start, 1),
        "seconds": round(end - start, 1),
    }
    return finder.eval(), facts


def main(words: list[str]) -> None:
    """Train, score, save; GanlibError for what cannot be done, before any work."""
    command = "python data/train_finder.py"
    options = parse(
        Options,
        words,
        command,
        "Train a face finder.",
        f"{command} --photos DIR --out f.safetensors",
    )
    require_writable(options.out.parent)
    folder = PortraitFolder(PORTRAITS, options.photos)
    commit, output = provenance(), Output(options.json)
    torch.set_num_threads(1)  # small maps gain nothing from more
    finder, facts = train(options.training, folder)
    record = score(finder, folder, options.held_out)
    card: dict[str, Any] = {
        # The card does not say where somebody keeps photographs.
        "command": shlex.join([*command.split(), *words]).replace(str(options.photos), "PHOTOS"),
        "seed": options.training.seed,
        "commit": commit,
        "ganlib": __version__,
        "hardware": hardware(),
        "photographs": (
            "144 of 160 portraits of github.com/faker-js/assets-person-portrait (CC0 1.0; "
            "AI-generated, no real person is shown), those that are not held out, with points of "
            "the MediaPipe face mesh"
        ),
        **facts,
        "held_out": record,
    }
    save_model(options.out, finder, card)
    output.say(f"saved {options.out}")
    output.write(record)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GanlibError as error:
        sys.exit(f"error: {in_words(error)}")
