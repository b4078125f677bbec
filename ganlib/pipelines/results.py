"""What a run shows of itself: sheets of pictures on its way, figures of its model at the end.

Pictures are always of the same people or noise, so that those of a run can be compared."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.files import write_atomic
from ganlib.core.trainer import Trainer
from ganlib.data.conditions import encode
from ganlib.data.datasets import ImageDataset, held_out_people, hold_out
from ganlib.data.images import grid, png
from ganlib.data.pairs import matching, pair_datasets
from ganlib.data.pixels import from_uint8
from ganlib.data.portrait_pairs import PortraitPairs, load_pairs
from ganlib.drawing import STYLES
from ganlib.measure.control import FaceEvaluator, draw, fixed_noise, generate
from ganlib.measure.metrics import pixel_diversity, require_measure
from ganlib.measure.portraits import draw_styles, portrait_errors
from ganlib.measure.translation import draw_pairs, evaluate, pixel_errors, translate
from ganlib.pipelines import problems
from ganlib.pipelines.options import CycleData, OwnPairs, quoted
from ganlib.twins import People, Person, render_twins

NEIGHBOURS = 20_000
"""Training drawings among which nearest neighbours are looked for, at most."""
ASKED = (
    Person(style="soft", hair_colour="brown", hair_style="long"),
    Person(style="bold", hair_colour="brown", hair_style="long"),
    Person(style="flat", hair_colour="brown", hair_style="long"),
    Person(style="ink", hair_colour="brown", hair_style="long"),
    Person(style="soft", hair_colour="blond", hair_style="bob", skin=0.1, glasses="round"),
    Person(style="flat", hair_colour="black", hair_style="afro", skin=0.9),
    Person(style="bold", hair_colour="red", hair_style="short", skin=0.2, beard="full"),
    Person(style="soft", hair_style="bald", skin=0.6, cover="scarf"),
)
"""Who is asked for, row by row, in the sheets of a conditional generator."""


class Translation:
    """Of a run, in the folder `out`, that turns photographs into drawings; and what all share.

    Called with (G, 123), it writes out/samples/000123.png: 123 images seen, six digits or more."""

    backward = False

    def __init__(self, config: Any, out: Path) -> None:
        self.config, self.out = config, out

    def __call__(self, generator: nn.Module, images: int) -> None:
        write_sheet(self.out / "samples" / f"{images:06d}.png", self.sheet(generator))

    def sheet(self, generator: Any, people: int = 8) -> Tensor:
        """Photographs of held-out people, what G makes of them, and for comparison their true
        drawings: (3 `people`, 3, S, S). Of a backward run, drawings and photographs change places.
        """
        if self.own:
            source, target = (kind.first(people) for kind in self.own)
        else:
            source, target = render_twins(held_out_people(people), generator.config.size)
        if self.backward:
            source, target = target, source
        shown = [source, translate(generator, source)]
        return torch.cat(shown if self.foreign else [*shown, target])

    @property
    def foreign(self) -> bool:
        """Whether drawings are of one's own: then nobody knows what is true of rendered people."""
        data = getattr(self.config, "data", None)
        return isinstance(data, CycleData) and bool(data.drawings)

    @cached_property
    def own(self) -> tuple[ImageDataset, ImageDataset] | None:
        """The held-out pairs of a run that learns from a folder of pairs; all, if they are few."""
        data = getattr(self.config, "data", None)
        if not isinstance(data, OwnPairs) or not (data.photos and data.drawings):
            return None
        training, held = hold_out(matching(data.photos, data.drawings)[0])
        return pair_datasets(held or training, self.config.network.size)

    def figures(self, trainer: Trainer) -> tuple[dict[str, Any], dict[str, Any]]:
        """(held-out figures, further facts for the card) of the averaged generator."""
        size: Any = trainer.ema.config.size
        precision = self.config.train.precision
        if self.own:
            photo, anime = (kind.first(len(kind)) for kind in self.own)
            return pixel_errors(draw_pairs(trainer.ema, photo, anime, precision)), {}
        if self.foreign:
            return {}, {}
        return evaluate(trainer.ema, size, precision=precision, backward=self.backward), {}

    def end(self, generator: Any, model: Path) -> str:
        """Write what lies beside the file of the model; what to say of it."""
        return f"saved {model}; try: ganlib stylize PHOTO --out DIR --model {quoted(model)}"


class Backward(Translation):
    """Of a run that turns drawings into photographs."""

    backward = True

    def end(self, generator: Any, model: Path) -> str:
        words = ["ganlib", "train", "back-translation", "--init", self.config.model]
        words += ["--backward", str(model), "--out", "DIR"]
        about = "(of its photographs of drawings, against the true ones)"
        return f"{about}\nsaved {model}; next: {' '.join(map(quoted, words))}"


class Portraits(Translation):
    """Of a run that draws people in several styles."""

    @cached_property
    def held_out(self) -> PortraitPairs:
        """The pairs of people that training never sees."""
        return load_pairs(self.config.data.pairs, held_out=True, size=self.config.network.size)

    def sheet(self, generator: Any, people: int = 8) -> Tensor:
        """For each style, held-out people's photographs, what G makes of them, and the truth."""
        photo, anime = (
            from_uint8(images[:people]).cpu()
            for images in (self.held_out.photo, self.held_out.anime.transpose(0, 1))
        )
        rows = []
        for style, true in zip(STYLES, anime, strict=True):
            rows += [photo, draw_styles(generator, photo, style), true]
        return torch.cat(rows)

    def figures(self, trainer: Trainer) -> tuple[dict[str, Any], dict[str, Any]]:
        return portrait_errors(trainer.ema, self.held_out), {}


class Noise(Translation):
    """Of a run that draws from noise: 64 drawings of noise that never changes."""

    def sheet(self, generator: nn.Module, people: int = 8) -> Tensor:
        return noise_samples(generator, 8 * people)

    def figures(self, trainer: Trainer) -> tuple[dict[str, Any], dict[str, Any]]:
        """How different the drawings are, beside as many true ones. A generator that collapsed
        draws one face however it is asked: its `diversity` is far below `diversity_true`. It says
        nothing of quality, which the samples show."""
        sampler: Any = trainer.sampler
        samples, true = noise_samples(trainer.ema), sampler.anime.first(64).cpu()
        figures = {"samples": len(samples), "diversity": pixel_diversity(samples)}
        return figures | {"diversity_true": pixel_diversity(true)}, {}

    def end(self, generator: nn.Module, model: Path) -> str:
        write_sheet(self.out / "samples.png", self.sheet(generator))
        return f"saved {model}, and samples.png beside it"


class Faces(Noise):
    """Of a run that draws faces as asked for: the sheet has `ASKED` in its rows, noise in its
    columns. Figures over time lie in out/scores.jsonl; after a resume, those that come again are
    dropped."""

    def __init__(self, config: Any, out: Path) -> None:
        require_measure()
        super().__init__(config, out)

    @cached_property
    def evaluator(self) -> FaceEvaluator:
        return FaceEvaluator(self.config.held_out, self.config.network.size)

    def __call__(self, generator: Any, images: int) -> None:
        super().__call__(generator, images)
        rows = [row for row in read_log(self.scores) if row["images"] < images]
        rows.append({"images": images, **self.evaluator.figures(generator)})
        write_atomic(self.scores, "".join(json.dumps(row) + "\n" for row in rows).encode())

    @property
    def scores(self) -> Path:
        return self.out / "scores.jsonl"

    def sheet(self, generator: nn.Module, people: int = 8) -> Tensor:
        return face_samples(generator)

    def figures(self, trainer: Trainer) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of the model, of the true drawings of the same people ("true: ..."), and how far the
        nearest training drawing is from either."""
        sampler: Any = trainer.sampler
        generator: Any = trainer.ema
        known, seen = self.evaluator, sampler.anime.first(NEIGHBOURS).cpu()
        images = draw(generator, known.conditions)
        figures: dict[str, Any] = {"people": len(known.people), **known.of(images)}
        figures |= {f"true: {name}": value for name, value in known.of(known.true).items()}
        return figures | known.nearest(images, seen), {"over_time": read_log(self.scores)}


def read_log(path: Path) -> list[dict[str, Any]]:
    """The reports in a log file, if it exists, without a line that a power cut cut short."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


RESULTS: dict[str, type[Translation]] = {
    problems.TRANSLATION: Translation,
    problems.BACKWARD: Backward,
    problems.PORTRAIT: Portraits,
    problems.NOISE: Noise,
    problems.FACES: Faces,
}
"""What a problem's models are for -> what its runs show."""


def noise_samples(generator: Any, n: int = 64, seed: int = 0) -> Tensor:
    """(n, 3, S, S) in [-1, 1], on the CPU: drawings of the seed's fixed noise."""
    return generate(generator, fixed_noise(n, generator.config.latent, seed))


def face_samples(generator: Any) -> Tensor:
    """(64, 3, S, S) in [-1, 1], on the CPU: row i of eight is asked for `ASKED[i]`, column j has
    noise j."""
    noise = fixed_noise(64, generator.config.latent)[:8].repeat(8, 1)
    return generate(generator, noise, encode(People.of(*ASKED)).repeat_interleave(8, 0))


def write_sheet(path: Path, images: Tensor) -> None:
    """Images (n, 3, S, S) in rows of eight, as a PNG; GanlibError if the disk fails."""
    write_atomic(path, png(grid(images, min(8, len(images)))))
