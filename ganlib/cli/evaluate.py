"""`ganlib evaluate`: one table of what a model draws, beside baselines and beside the truth."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import tyro
from torch import Tensor

from ganlib.cli.options import Common, parse
from ganlib.cli.output import Output, columns, table
from ganlib.core.config import require
from ganlib.core.device import autocast, find_device, find_precision
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.conditional import ConditionalGenerator
from ganlib.core.networks.dcgan import DCGANGenerator
from ganlib.data import datasets
from ganlib.data.conditions import encode
from ganlib.data.faces import crop_face, find_face
from ganlib.data.images import list_photos, read_photo, to_tensor
from ganlib.data.left_out import leave_out
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import STYLES
from ganlib.measure.comparison import Evaluator, compare_noise, compare_photos, compare_twins
from ganlib.measure.control import draw as draw_faces
from ganlib.measure.held_out import draw_held_out
from ganlib.measure.metrics import require_measure
from ganlib.measure.portraits import compare, draw_styles
from ganlib.measure.probe import SIZE, probe_card
from ganlib.measure.translation import draw, pixel_errors
from ganlib.pipelines.results import noise_samples
from ganlib.twins import render_drawings, sample_people
from ganlib.weights import FOLDER, is_backward, load_model

SEEN = 1500
"""Drawings of the training set that are rendered again, to compare with."""
LEGEND = """\
l1 to truth: lower is nearer. probe_fid, probe_kid: distance of the set to true drawings, lower is
nearer. kept ...: share of people whose attribute the probe reads as in the truth. nearest_training:
far below held-out drawings' would be memorised. diversity: 0 if all are alike."""

PORTRAITS = FOLDER.parents[1] / "data" / "portraits"
"""What a checkout knows of real portraits; an installed package has none of it."""
PORTRAITS_LEGEND = """\
..._over_copy: over what the photograph scores. line_sharpness, eye_sharpness: gradients, square by
square; 1 for the truth, about a half or less for sharpened photographs, combs and noise.
..._gradient: their mean length over the truth's, which texture drives up. kept ...: share of labels
that are read in the drawing as in the truth, each answer counting alike; of the groups, the plain
share. tones: fitted on these very people. combed: the truth's details as a pattern. noise: the
truth with noise of the model's L1."""


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """What is measured, and on whom."""

    model: Annotated[str, tyro.conf.Positional] = field()  # a shipped name, or a .safetensors file
    twins: int = 512  # held-out people
    photos: tuple[Path, ...] = ()  # real photographs too: files, or folders of them
    held_out_photos: bool = False  # of --photos only those that training held out: every tenth
    style: str = ""  # of models that draw in several styles, only this one; default: all
    device: str = "auto"  # auto, cpu, cuda, mps
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where hardware has it

    def __post_init__(self) -> None:
        require(self, "twins", self.twins >= 2, "2 or more")
        if self.held_out_photos and not self.photos:
            raise ConfigError("held_out_photos", "chooses among --photos; give those too.")


def run(words: list[str]) -> int:
    """Measure, print a table, write the figures."""
    about = "Measure a model beside baselines and beside the truth."
    options = parse(Options, words, "ganlib evaluate", about, "ganlib evaluate unpaired")
    output = Output(options.json)
    require_measure()
    model, card = load_model(options.model)
    model = model.to(find_device(options.device)).eval()
    if is_backward(card):
        output.write(_backward(options, output, model))
        return 0
    if getattr(model.config, "styles", 0) > 1:
        output.write(_portraits(options, output, model))
        return 0
    if options.style:
        raise ConfigError("style", f"cannot be chosen: {options.model} draws in one style.")
    of_noise = isinstance(model, ConditionalGenerator | DCGANGenerator)
    measure = _generator if of_noise else _translator
    output.write(measure(options, output, model, card))
    return 0


def _backward(options: Options, output: Output, model: Any) -> dict[str, Any]:
    if options.photos:
        problem = "is of no use: a backward model turns drawings into photographs."
        raise ConfigError("photos", problem)
    drawn = draw(model, model.config.size, options.twins, options.precision, backward=True)
    record = pixel_errors(drawn)
    output.say(table(record))
    output.say("\nA backward model: its photographs of drawings, scored against the true ones.")
    return record


def _portraits(options: Options, output: Output, model: Any) -> dict[str, Any]:
    """A model of several styles, on the held-out people of data/portraits."""
    if not PORTRAITS.is_dir():
        raise ConfigError(
            "model", f"needs {PORTRAITS}, which a checkout of ganlib has; run it there."
        )
    if len(options.photos) != 1 or not options.photos[0].is_dir():
        raise ConfigError(
            "photos", "must be the folder with the portraits that data/README.md says where to get."
        )
    if options.style and options.style not in STYLES:
        raise ConfigError("style", f"must be one of {', '.join(STYLES)}, not {options.style!r}.")
    styles = [options.style] if options.style else list(STYLES)
    output.say("drawing the held-out people, and others to fit readers on; some minutes ...")
    folder = PortraitFolder(PORTRAITS, options.photos[0])
    held = draw_held_out(folder, model.config.size, styles)
    outputs = [
        draw_styles(model, part.photo, part.style, precision=options.precision) for part in held
    ]
    record = compare(held, outputs)
    about = f"{len(held[0].names)} held-out people in the style {', '.join(styles)}"
    output.say(f"\n{about}\n{columns(record['columns'])}\n\nThe model, style by style")
    output.say(columns(record["styles"]))
    output.say("\nThe model, for groups of people")
    for name, group in record["groups"].items():
        output.say(f"  {name}\n    " + table(group).replace("\n", "\n    "))
    output.say("\nLabels that count\n" + table(record["counted"]) + "\n\n" + PORTRAITS_LEGEND)
    return record


def _translator(
    options: Options, output: Output, model: Any, card: dict[str, Any]
) -> dict[str, Any]:
    size = model.config.size
    # First, as a folder that cannot be read should not cost the minutes of all that follows.
    framed = _framed(options, size) if options.photos and size >= SIZE else None
    if framed and "photographs" in card and not options.held_out_photos:
        output.say("This model was trained on photographs. If these are among them, add")
        output.say("--held-out-photos: else it is scored on what it has seen.\n")
    drawn = draw(model, size, options.twins, options.precision)
    record = pixel_errors(drawn)
    output.say(table(record))
    if size < SIZE:
        output.say(f"\nThe probe reads pictures of {SIZE} pixels or more: that is all.")
        return record
    evaluator = Evaluator.of(_seen(card, size))
    record["columns"] = found = compare_twins(drawn, evaluator)
    output.say("\nHeld-out people, whose true drawings are known\n" + columns(found))
    del drawn  # what comes may need as much memory
    if framed:
        photos, left_out = framed
        real = compare_photos(model, from_uint8(photos), evaluator, options.precision)
        about = {"held_out": options.held_out_photos, "n": len(photos), "without_face": left_out}
        record["photographs"] = about | {"columns": real}
        output.say(f"\n{len(photos)} photographs ({left_out} more without a face): kept as in them")
        output.say(columns(real))
    output.say("\n" + LEGEND)
    return record | _about(len(evaluator.seen))


def _generator(
    options: Options, output: Output, model: Any, card: dict[str, Any]
) -> dict[str, Any]:
    """A generator of faces from noise: what makes sense without a person."""
    size = model.config.size
    if options.photos:
        raise ConfigError("photos", "are of no use: a generator from noise draws no photograph.")
    if size < SIZE:
        raise GanlibError(f"the probe reads pictures of {SIZE} pixels or more, this draws {size}.")
    output.say("rendering, drawing and comparing; a minute or two ...")
    where = next(model.parameters()).device
    with autocast(find_precision(options.precision, where), where):
        if isinstance(model, ConditionalGenerator):
            # Asked for held-out people, whose true drawings it is compared with.
            people = datasets.face_people(options.twins, datasets.HELD_OUT_SEED)
            images = draw_faces(model, encode(people))
        else:
            people = datasets.held_out_people(options.twins)
            images = noise_samples(model, options.twins)
    trained = _trained_on if isinstance(model, ConditionalGenerator) else _seen
    evaluator = Evaluator.of(trained(card, size))
    found = compare_noise(images, render_drawings(people, size), evaluator)
    output.say(f"\n{options.twins} drawings from noise\n{columns(found)}\n\n{LEGEND}")
    about = _about(len(evaluator.seen))
    return {"samples": options.twins, "size": size, "columns": found} | about


def _trained_on(card: dict[str, Any], size: int) -> Tensor:
    """Drawings of some of the people that a generator of faces learnt from."""
    people = datasets.face_people(min(SEEN, card.get("twins", SEEN)), card.get("seed", 0))
    return render_drawings(people, size)


def _seen(card: dict[str, Any], size: int) -> Tensor:
    """Drawings that the model saw, rendered again; without a card, those of the usual seed."""
    others = ("unpaired", "cyclegan", "back-translation")
    seed = card.get("seed", 0) + (card.get("problem") in others)
    if seed == datasets.HELD_OUT_SEED:
        raise GanlibError("this model's card says that it was trained on the held-out people.")
    many = card.get("people_drawn", card.get("drawings", card.get("twins", SEEN)))
    return render_drawings(sample_people(min(SEEN, many), seed, datasets.HOUSE_STYLE), size)


def _framed(options: Options, size: int) -> tuple[Tensor, int]:
    """(faces framed as for `ganlib stylize`, uint8 (N, 3, size, size); photographs without one)."""
    paths = list(options.photos)
    photos = datasets.split_photos(paths)[1] if options.held_out_photos else list_photos(paths)
    crops: list[Tensor] = []
    without = 0
    for path in photos:
        try:
            image = read_photo(path)
        except GanlibError as error:
            leave_out(error)
            continue
        frame = find_face(image)
        if frame.found:  # as bytes: floats would take four times as much
            crops.append(to_uint8(to_tensor(crop_face(image, frame, size))))
        else:
            without += 1
    if len(crops) < 2:
        raise ConfigError("photos", "needs two photographs or more in which a face is found.")
    return torch.cat(crops), without


def _about(seen: int) -> dict[str, Any]:
    card = probe_card()
    about = {name: card.get(name) for name in ("commit", "seed", "tolerance")}
    return {"seen": seen, "probe": about}
