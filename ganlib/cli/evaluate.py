"""`ganlib evaluate`: one table of what a model draws, beside baselines and beside the truth."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlib.core.device import find_device
from ganlib.weights import TRANSLATORS, load_any
from ganlib.cli.output import columns, table, write_json
from ganlib.measure.comparison import Columns, Evaluator, compare_noise, compare_photos, compare_twins
from ganlib.core.networks.conditional import ConditionalGenerator
from ganlib.core.networks.conditional import draw as draw_faces
from ganlib.data.conditions import encode
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import draw, pixel_errors
from ganlib.data.faces import crop_face, find_face
from ganlib.data.images import list_photos, read_photo, to_tensor
from ganlib.measure.inception import Inception
from ganlib.measure.metrics import frechet, kernel
from ganlib.twins import People, render_drawings, sample_people
from ganlib.measure.probe import SIZE, probe_card
from ganlib.data.datasets import (
    HELD_OUT_SEED,
    HOUSE_STYLE,
    face_people,
    held_out_people,
    split_photos,
)

SEEN = 1500
"""Drawings of the training set that are rendered again, to compare with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("checkpoint", help="a shipped model's name, such as unpaired, or a .safetensors file")
    add("--twins", type=int, default=512, help="held-out people (default 512)")
    add("--photos", type=Path, nargs="+", default=[], help="real photographs or folders of them")
    add(
        "--held-out-photos",
        action="store_true",
        help="of --photos, given as they were in training, only those that it held out: every "
        "tenth by name",
    )
    add("--inception", type=Path, help="Inception weights of yours: plain FID and KID too")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--precision", default="auto", choices=runtime.PRECISIONS)
    add("--json", type=Path, help="write the figures to this file too")


def run(args: argparse.Namespace) -> int:
    if args.twins < 2:
        raise GanlibError(f"--twins must be 2 or more, not {args.twins}.")
    if args.held_out_photos and not args.photos:
        raise GanlibError("--held-out-photos chooses among --photos; give those too.")
    inception = Inception(args.inception) if args.inception else None
    model, kind, card = load_any(args.checkpoint)
    model = model.to(find_device(args.device)).eval()
    size = model.config.size
    if kind in TRANSLATORS:
        record = _translator(args, model, size, card, inception)
    else:
        record = _generator(args, model, size, card, inception)
    write_json(args.json, record)
    return 0


def _translator(
    args: argparse.Namespace, model: Any, size: int, card: dict[str, Any], extra: Inception | None
) -> dict[str, Any]:
    # First, as a folder that cannot be read should not cost the minutes of all that follows.
    framed = _framed(args, size) if args.photos and size >= SIZE else None
    if framed and card.get("problem") == "mixed" and not args.held_out_photos:
        print("This model was trained on photographs. If these are among them, add")
        print("--held-out-photos: else it is judged on what it has seen.\n")
    back = card.get("problem") == "back"
    drawn = draw(model, size, args.twins, args.precision, back)
    record = pixel_errors(drawn)
    print(table(record))
    if back:
        print("\nThis is a way back: its photographs of drawings, scored against the true ones.")
        return record
    if size < SIZE:
        print(f"\nThe probe reads pictures of {SIZE} pixels or more: no more can be measured.")
        return record
    ruler = Evaluator.of(_seen(card, size))
    record["columns"] = found = compare_twins(drawn, ruler)
    if extra:
        _add_inception(found["model"], drawn.output, ruler, extra)
    _print("Held-out people, whose true drawings are known", found)
    if framed:
        photos, left_out = framed
        real = compare_photos(model, photos, ruler, args.precision)
        about = {"held_out": args.held_out_photos, "n": len(photos), "without_face": left_out}
        record["photographs"] = about | {"columns": real}
        _print(f"{len(photos)} photographs ({left_out} more without a face): as the photo", real)
    return record | _about(len(ruler.seen))


def _generator(
    args: argparse.Namespace, model: Any, size: int, card: dict[str, Any], extra: Inception | None
) -> dict[str, Any]:
    """A generator of faces from noise: what makes sense without a person."""
    if args.photos:
        raise GanlibError("a generator from noise draws no photograph; leave --photos out.")
    if size < SIZE:
        raise GanlibError(f"the probe reads pictures of {SIZE} pixels or more, this draws {size}.")
    if isinstance(model, ConditionalGenerator):
        # Asked for held-out people, whose true drawings it is compared with.
        people = face_people(args.twins, HELD_OUT_SEED)
        truth, seen = (render_drawings(who, size) for who in (people, _trained_on(card)))
        sample = _face_sampler(model, encode(people))
    else:
        truth, seen = render_drawings(held_out_people(args.twins), size), _seen(card, size)
        sample = _sampler(model)
    ruler = Evaluator.of(seen)
    found = compare_noise(sample, truth, ruler)
    if extra:
        _add_inception(found["model"], sample(len(truth)), ruler, extra)
    _print(f"{args.twins} drawings from noise", found)
    return {"samples": args.twins, "size": size, "columns": found} | _about(len(ruler.seen))


def _face_sampler(model: ConditionalGenerator, conditions: Tensor) -> Callable[[int], Tensor]:
    @torch.no_grad()
    def sample(n: int) -> Tensor:
        return draw_faces(model, conditions[:n])

    return sample


def _sampler(model: Any) -> Callable[[int], Tensor]:
    where = next(model.parameters()).device

    @torch.no_grad()
    def sample(n: int) -> Tensor:
        noise = torch.randn(n, model.config.latent, generator=torch.Generator().manual_seed(0))
        return torch.cat([model(part.to(where)).float().cpu() for part in noise.split(64)])

    return sample


def _trained_on(card: dict[str, Any]) -> People:
    """Some of the people that a generator of faces learnt from."""
    return face_people(min(SEEN, card.get("twins", SEEN)), card.get("seed", 0))


def _seen(card: dict[str, Any], size: int) -> Tensor:
    """Drawings that the model saw, rendered again; without a card, those of the usual seed."""
    seed = card.get("seed", 0) + (card.get("problem") == "unpaired")
    if seed == HELD_OUT_SEED:
        raise GanlibError("this model's card says that it was trained on the held-out people.")
    people = sample_people(min(SEEN, card.get("twins", SEEN)), seed, HOUSE_STYLE)
    return render_drawings(people, size)


def _framed(args: argparse.Namespace, size: int) -> tuple[Tensor, int]:
    """(faces (N, 3, size, size) framed as for `ganlib stylize`, photographs without a face)."""
    photos = split_photos(args.photos)[1] if args.held_out_photos else list_photos(args.photos)
    images = [read_photo(path) for path in photos]
    frames = [find_face(image) for image in images]
    found = [crop_face(i, f, size) for i, f in zip(images, frames, strict=True) if f.found]
    if len(found) < 2:
        raise GanlibError("--photos needs two photographs or more in which a face is found.")
    return to_tensor(found).contiguous(), len(photos) - len(found)


def _add_inception(column: dict[str, Any], images: Tensor, ruler: Evaluator, net: Inception) -> None:
    n = min(len(images), len(ruler.seen))
    ours, true = net.embed(images[:n]), net.embed(ruler.seen[:n])
    column |= {"inception_fid": frechet(ours, true), "inception_kid": kernel(ours, true)}
    column["inception_n"] = n


def _about(seen: int) -> dict[str, Any]:
    card = probe_card()
    about = {name: card.get(name) for name in ("commit", "seed", "tolerance")}
    return {"seen": seen, "probe": about}


def _print(title: str, found: Columns) -> None:
    print(f"\n{title}")
    print(columns(found))
