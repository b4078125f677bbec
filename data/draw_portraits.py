"""Draws people in every house style: pairs of photograph and drawing to learn from.

    python data/draw_portraits.py --photos FOLDER --out FOLDER [--size 384] [--rendered 0]
                                  [--varied 0] [--swapped 0] [--sheets data/figures]

The photographs of data/portraits/ lie in --photos. The folder --out is as `ganlib train portrait
--pairs` reads it (ganlib/data/portrait_pairs.py); what is there already is kept, so that the work
goes on where it stopped. --rendered adds so many rendered people, --varied so many pictures of each
real one that training may see, with other faces, hair and clothes before other backgrounds;
--swapped so many rounds of what is rare: men with another's jaw, bearded or not (two pictures of
each), faces under another's scarf or hat, people in glasses. A sheet has all drawings of one style,
and no photograph.
"""

import argparse
import json
import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ganlib.core.files import write_atomic
from ganlib.core.log import progress
from ganlib.data.drawn import twin_portraits
from ganlib.data.images import png
from ganlib.data.portrait_pairs import PAIRS_FILE, circles, paths
from ganlib.data.portraits import RENDERED, PortraitFolder
from ganlib.data.reshaped import reshaped
from ganlib.data.swapped import bearded, in_glasses, with_face
from ganlib.data.varied import varied
from ganlib.drawing import STYLES, Portrait, draw, parts, photograph
from ganlib.drawing.frame import head_turn
from ganlib.twins import People, sample_people

FOLDER = Path(__file__).parent / "portraits"
COLUMNS, THUMBNAIL = 16, 128
SEED, ZOOM, DETAIL = 60_000, 0.7, 1.4
"""Of the rendered people; how small they are; how much larger than the pair they are rendered."""
ALIKE, SHARES = 48, (0.4, 0.8)
"""Of the real ones: how many may give a face its shape; by how much, towards theirs or away."""
SKIN_APART, TURN_APART = 0.25, 0.5
"""How far the skin and the turn of the head of who lends something may be from the other's."""
TURNED = 0.7
"""Heads turned further (`head_turn`) are drawn worst: they are not changed for more pairs."""
BEARD, COVER, GLASSES = "bcg"
LENDERS = {BEARD: 10, COVER: 4}
"""Of those whose skin and turn are nearest: how many may lend a beard, or the head about a face."""
Made = tuple[str, list[list[float]]]
"""Name, circles about eyes and mouth."""


def make(portrait: Portrait, name: str, out: Path, size: int) -> Made:
    """Draw a person in every style, and the map of parts, but for what is there."""
    ways = [photograph, *(partial(draw, style=style) for style in STYLES.values()), parts]
    for way, path in zip(ways, paths(out, name), strict=True):
        if not path.exists():
            # What is there is whole, whenever the work stops.
            write_atomic(path, png(way(portrait, size=size), compress_level=1))
    return name, circles(portrait)


def there(out: Path, name: str) -> bool:
    """Whether all of a person's pictures are."""
    return all(path.exists() for path in paths(out, name))


def draw_person(name: str, photos: Path, out: Path, size: int) -> Made:
    """A real person in every style."""
    torch.set_num_threads(1)
    return make(PortraitFolder(FOLDER, photos)[name], name, out, size)


def draw_varied(name: str, photos: Path, out: Path, size: int) -> Made:
    """A real person, "female_v2_013", as changed for the second time: in the shape of their face by
    another whose head is turned alike, in clothes, hair and background. "b2" instead of "v2": with
    another's jaw, bearded or not; "c2": under another's scarf or hat; "g2": in glasses."""
    torch.set_num_threads(1)
    folder, (sex, kind, number) = PortraitFolder(FOLDER, photos), name.split("_")
    real = f"{sex}_{number}"
    rng = np.random.default_rng(seed := zlib.crc32(name.encode()))
    person, others = folder[real], trained_on(folder, but=real)
    if kind[0] == GLASSES:
        # Its own stream: with the same one, the shape of glasses would go with that of the face.
        person = in_glasses(person, seed + 1)
    elif kind[0] in LENDERS:
        who = lenders(folder, real, kind[0])
        if kind[0] == BEARD:
            # Half of the jaws are shaved ones: a seam is no sign of a beard.
            full = rng.random() < 0.5
            who = [other for other in who if folder.outlined(other) == full] or who
        other = folder[rng.choice(who[: LENDERS[kind[0]]])]
        person = bearded(person, other) if kind[0] == BEARD else with_face(other, person)
    turns = {other: head_turn(folder.landmarks[other]) for other in [real, *others]}
    alike = sorted(others, key=lambda other: abs(turns[other] - turns[real]))[:ALIKE]
    share = rng.choice([-1, 1]) * rng.uniform(*SHARES)
    shaped = reshaped(person, folder[rng.choice(alike)], share)
    return make(varied(shaped, folder[rng.choice(others)], seed), name, out, size)


def trained_on(folder: PortraitFolder, but: str = "") -> list[str]:
    """The people whom training may see, without one of them."""
    return [name for name in folder.names if name != but and not folder.held_out(name)]


def lenders(folder: PortraitFolder, name: str, kind: str) -> list[str]:
    """Who may lend a person a jaw, or the covered head about their face, the best first: of their
    sex, with skin as dark and a head turned alike. A jaw's beard must have the colour that it would
    be drawn in; a bearded face needs a bearded head, and an open mouth an open one."""
    own, turn, full = folder.traits(name), head_turn(folder.landmarks[name]), folder.outlined(name)

    def apart(other: str) -> tuple[float, float]:
        turned = abs(head_turn(folder.landmarks[other]) - turn)
        return abs(folder.traits(other).skin - own.skin), turned

    def fit(other: str) -> bool:
        traits, (skin, turned) = folder.traits(other), apart(other)
        far = abs(head_turn(folder.landmarks[other])) > TURNED
        if traits.sex != own.sex or skin > SKIN_APART or turned > TURN_APART or far:
            return False
        if kind == BEARD:
            return not folder.outlined(other) or traits.grizzled == own.grizzled
        alike = (folder.outlined(other), traits.teeth, traits.glasses) == (full, own.teeth, "none")
        return traits.covered and alike

    def likeness(other: str) -> float:
        skin, turned = apart(other)
        return skin + 0.5 * turned

    return sorted(filter(fit, trained_on(folder, but=name)), key=likeness)


def rare(folder: PortraitFolder, frontal: list[str]) -> dict[str, list[str]]:
    """Who can be given what is rare: another's jaw men without an outlined beard, another's head
    the uncovered, if there is somebody to lend it, and glasses every second of those with neither:
    more would be commoner than bare eyes."""
    traits = {name: folder.traits(name) for name in frontal}
    bare = [n for n in frontal if not traits[n].covered and traits[n].glasses == "none"]
    shaved = [name for name in frontal if not folder.outlined(name) and traits[name].male]

    def served(names: list[str], kind: str) -> list[str]:
        return [name for name in names if lenders(folder, name, kind)]

    return {BEARD: served(shaved, BEARD), COVER: served(bare, COVER), GLASSES: bare[::2]}


def as_sitters(people: People) -> People:
    """Rendered people as the portraits are: nearly frontal, awake, well photographed."""

    def of(name: str) -> torch.Tensor:
        return people.field(name)[:, 0, 0]

    eyes, mouth = of("eye_open"), of("mouth_open")
    shut, clear = mouth < 0.25, of("glasses") < 3
    return people.replace(
        zoom=ZOOM,
        shift_x=0.0,
        shift_y=0.0,
        **{name: of(name) * 0.7 for name in ("yaw", "pitch", "roll")},
        **{name: of(name) * 0.5 for name in ("blur", "noise", "jpeg")},
        # Half-open eyes and mouths are drawn wide: such pairs would teach a wrong expression.
        eye_open=torch.where(eyes < 0.2, eyes, eyes.clamp(min=0.85)),
        mouth_open=mouth * ~shut,
        smile=torch.where(shut, of("smile"), of("smile").clamp(min=0.2)),
        glasses=of("glasses") * clear,  # eyes would be drawn through sunglasses
        pattern=of("pattern") * (of("cover") == 0),  # rendered scarves have no print
    )


def rendered_name(number: int) -> str:
    return f"{RENDERED}{number:05d}"


def draw_rendered(number: int, out: Path, size: int) -> Made:
    """The rendered person of a number, in every style."""
    torch.set_num_threads(1)
    people = as_sitters(sample_people(number + 1, SEED)[-1:])
    portrait = twin_portraits(people, round(DETAIL * size))[0]
    return make(portrait, rendered_name(number), out, size)


def sheet(pictures: Sequence[Path]) -> Image.Image:
    """All pictures, 16 in a row."""
    rows = -(-len(pictures) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * THUMBNAIL, rows * THUMBNAIL), "white")
    for i, path in enumerate(pictures):
        small = Image.open(path).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        page.paste(small, (i % COLUMNS * THUMBNAIL, i // COLUMNS * THUMBNAIL))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--rendered", type=int, default=0)
    parser.add_argument("--varied", type=int, default=0)
    parser.add_argument("--swapped", type=int, default=0)
    parser.add_argument("--sheets", type=Path)
    options = parser.parse_args()
    folder = PortraitFolder(FOLDER, options.photos)
    names, seen = folder.names, trained_on(folder)
    frontal = [name for name in seen if abs(head_turn(folder.landmarks[name])) <= TURNED]
    changed = [
        name.replace("_", f"_v{turn}_") for turn in range(1, options.varied + 1) for name in frontal
    ]
    for kind, whose in rare(folder, frontal).items() if options.swapped else ():
        turns = range(1, options.swapped * (2 if kind == BEARD else 1) + 1)
        changed += [name.replace("_", f"_{kind}{turn}_") for turn in turns for name in whose]
    for path in paths(options.out, ""):
        path.parent.mkdir(parents=True, exist_ok=True)
    where = {"out": options.out, "size": options.size}
    jobs = {name: partial(draw_person, name, options.photos, **where) for name in names}
    for number in range(options.rendered):
        jobs[rendered_name(number)] = partial(draw_rendered, number, **where)
    jobs |= {name: partial(draw_varied, name, options.photos, **where) for name in changed}
    file = options.out / PAIRS_FILE
    index: dict[str, list[list[float]]] = json.loads(file.read_bytes()) if file.exists() else {}
    todo = [job for name, job in jobs.items() if not (name in index and there(options.out, name))]
    try:
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            done = (future.result() for future in [pool.submit(job) for job in todo])
            index |= progress(done, desc="people", total=len(todo))
    finally:
        write_atomic(file, json.dumps(index).encode())
    if options.sheets:
        _, *styles, _ = zip(*(paths(options.out, name) for name in names), strict=True)
        for style, drawn in zip(STYLES, styles, strict=True):
            sheet(drawn).save(options.sheets / f"drawings_{style}.webp", quality=82)


if __name__ == "__main__":
    main()
