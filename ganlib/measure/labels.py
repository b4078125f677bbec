"""Attributes that are read from a drawing at known places, and compared with a person's labels.

Where eyes, hair and clothes lie in a drawing is known from its frame. Pixels there make a short
feature vector for each attribute; a `Reader` is fitted on true drawings of other people in the
same style. It is no network: what it reads is a colour, or a line that is there or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.color import rgb2lab

from ganlib.drawing import Traits, mesh
from ganlib.drawing.canvas import Curve, curve, mix, normals
from ganlib.drawing.frame import Framed
from ganlib.drawing.portrait import CLOTH, HAIR

Vector = NDArray[np.float64]
Answers = dict[str, Any]
"""Attribute -> class, a number for "skin", Lab (3,) for "clothes"; absent if it cannot show."""
NUMBERS, COLOURS = {"skin": 0.15}, {"clothes": 12.0}
"""Attributes that are numbers or colours (Lab), and the error up to which they are kept."""
HAIR_CLASSES = {
    **{"black": "dark", "dark brown": "dark", "brown": "brown", "auburn": "brown"},
    **{"red": "brown", "blond": "blond", "grey": "grey", "white": "grey"},
}
EYE_CLASSES = {
    **{"dark brown": "brown", "brown": "brown", "hazel": "hazel or green"},
    **{"green": "hazel or green", "blue": "blue or grey", "grey": "blue or grey"},
}
LINED, SMOOTH = 0.56, 0.42
"""Ages from which a drawing shows several lines, and below which none."""
FEWEST = 60
"""Pixels of a region, without its border, whose colour can be read."""
_STUD, _HOOP = np.array([84.0, 2, 34]), np.array([80.0, 6, 50])
"""Lab of the gold of ear-rings, with a little of their outline."""
READABLE = 0.7
"""Balanced accuracy below which an attribute is not read in a style: ink has no colours."""
SHRINKAGE = 0.1
"""Share of its diagonal in the pooled covariance: there are few drawings."""


def answers(traits: Traits) -> Answers:
    """What the labels say, but for what cannot show or lies between two answers."""
    found: Answers = {"skin": traits.skin}
    found["beard"] = "none" if traits.beard == "none" else "some"
    found["glasses"] = "none" if traits.glasses == "none" else "some"
    found["cover"] = "some" if traits.covered else "none"
    found["teeth"] = "shown" if traits.teeth else "hidden"
    if traits.glasses != "sunglasses":
        found["eye colour"] = EYE_CLASSES[traits.eye_colour]
    if traits.cover != "scarf":
        found["ear-rings"] = "none" if traits.earrings == "none" else "some"
    if not traits.covered and traits.hair_style not in ("bald", "shaved"):
        found["hair colour"] = HAIR_CLASSES[traits.hair_colour]
    if not SMOOTH <= traits.age < LINED:
        found["age lines"] = "some" if traits.age >= LINED else "none"
    return found


def changed(traits: Traits, number: int) -> Traits:
    """The same person with what is rare, without what was there, and in other colours: drawn so as
    well, few people show every answer."""
    hair, eyes = list(HAIR_CLASSES), list(EYE_CLASSES)
    return replace(
        traits,
        skin=(traits.skin + 0.5) % 1,
        age=0.2 if traits.age >= SMOOTH else 0.85,
        hair_colour=hair[number % len(hair)],
        eye_colour=eyes[number % len(eyes)],
        beard="none",  # one that the photograph does not show is not drawn either
        glasses=("round", "square")[number % 2] if traits.glasses == "none" else "none",
        earrings=("hoops", "studs")[number % 2] if traits.earrings == "none" else "none",
        teeth=not traits.teeth,
    )


class _Look:
    """A drawing (S, S, 3) of [0, 255] in Lab, with the places of its frame, also S pixels wide."""

    def __init__(self, picture: ArrayLike, framed: Framed) -> None:
        self.lab: Vector = rgb2lab(np.asarray(picture, np.float64) / 255)
        self.framed, self.unit, self.at = framed, framed.unit, framed.at
        self.rows, self.columns = np.mgrid[: framed.size, : framed.size] + 0.5
        self.skin = np.median([self.around(self.at(p), 4).mean(0) for p in (50, 280, 151, 9)], 0)

    def around(self, centre: Vector, wide: float, high: float = 0.0) -> Vector:
        """Lab (n, 3) of the pixels of an ellipse, whose half axes are in units of the frame."""
        x = np.clip(centre, 2, self.framed.size - 3)
        across, down = wide * self.unit, (high or wide) * self.unit
        far = ((self.columns - x[0]) / across) ** 2 + ((self.rows - x[1]) / down) ** 2
        return self.lab[far <= max(1.0, far.min())]

    def region(self, kind: int) -> Vector:
        """Lab (n, 3) of the pixels of a region, away from its border."""
        steps = max(int(1.5 * self.unit), 1)
        return self.lab[ndimage.binary_erosion(self.framed.regions == kind, iterations=steps)]

    def contrast(self, path: Curve, reach: float = 2.5) -> float:
        """How much darker (L) a path is than what lies `reach` units beside it, on average."""
        across = normals(path) * reach * self.unit
        points = np.stack([path, path + across, path - across]).transpose(2, 0, 1) - 0.5
        middle, *sides = ndimage.map_coordinates(
            self.lab[..., 0], points[::-1], order=1, mode="nearest"
        )
        return float(np.mean(np.mean(sides, 0) - middle))


def _hair(look: _Look) -> Vector | None:
    seen = look.region(HAIR)
    if len(seen) < FEWEST:
        return None
    return np.array([*np.percentile(seen[:, 0], (15, 50, 85)), *np.median(seen[:, 1:], 0)])


def _eyes(look: _Look) -> Vector:
    sides = []
    for eye in mesh.EYES:
        centre = mix(look.at(eye.inner), look.at(eye.outer), 0.65)
        below = centre + np.array([0, 2.5 * look.unit])
        sides.append([*look.around(below, 5, 3.5).mean(0), *look.around(centre, 6)[:, 1:].mean(0)])
    return np.mean(sides, 0)


def _beard(look: _Look) -> Vector:
    lip = mix(look.at(mesh.NOSE_BASE), look.at(0), 0.5)
    chin = mix(look.at(17), look.at(mesh.CHIN), 0.6)
    jaw = [look.around(look.at(*pair), 4).mean(0) for pair in ((172, 210), (397, 430))]
    spots = [look.around(lip, 5, 1.5).mean(0), look.around(chin, 5, 3).mean(0), np.mean(jaw, 0)]
    return np.concatenate([(spots - look.skin)[:, 0], [look.skin[0]]])


def _glasses(look: _Look) -> Vector:
    """Along the lower half of a round and of a square frame; lashes lie at the upper."""
    angle = np.linspace(0.12, np.pi - 0.12, 48)
    found = []
    for power in (1.0, 0.45):
        x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power * 17
        shape = np.stack([x, np.sin(angle) ** power * 12.5], 1) * look.unit
        centres = [look.at(e.outer, e.inner) + [0, 1.5 * look.unit] for e in mesh.EYES]
        found.append(np.mean([look.contrast(centre + shape, 3) for centre in centres]))
    return np.array([max(found), min(found)])


def _cover(look: _Look) -> Vector:
    """Above the forehead: its colour, and how far that is from the brows'; how far it, what is
    beside the cheeks, and the neck are from the skin."""
    unit, top = look.unit, look.at(mesh.FOREHEAD)
    crown = np.concatenate([look.around(top - [0, rise * unit], 8, 4) for rise in (22, 29)])
    sides = [look.at(p) + np.array([side * 4, 1]) * unit for p, side in ((132, -1), (361, 1))]
    side = np.mean([look.around(place, 3).mean(0) for place in sides], 0)
    neck = look.around(look.at(mesh.CHIN) + np.array([0, 14]) * unit, 8, 3).mean(0)
    brow = np.mean([look.around(look.at(*eye.brow_top[1:4]), 6, 2).min(0) for eye in mesh.EYES], 0)
    colour = crown.mean(0)
    apart = [np.linalg.norm(place - look.skin) for place in (colour, side, neck)]
    same = np.linalg.norm((colour - brow)[1:])
    return np.array([*apart, same, *colour, np.linalg.norm(colour - side)])


def _earrings(look: _Look) -> Vector:
    """How far the nearest colour is from gold, what is yellow, and what is lighter than its
    surroundings, where ear-rings hang; of the clearer side, as a turned head shows one."""
    sides = []
    for lobe, side in ((132, -1), (361, 1)):
        place = look.at(lobe) + np.array([side * 4, 1]) * look.unit
        stud = look.around(place, 3.5)
        ring = look.around(place + np.array([side, 5]) * look.unit, 6, 9)
        gold = -min(
            np.percentile(np.linalg.norm(seen - tone, axis=1), 5)
            for seen, tone in ((stud, _STUD), (ring, _HOOP))
        )
        yellow = np.percentile(ring[:, 2], 98) - np.median(ring[:, 2])
        lighter = np.percentile(stud[:, 0], 98) - np.median(ring[:, 0])
        sides.append([gold, yellow, lighter, ring[:, 0].std()])
    return np.max(sides, 0)


def _teeth(look: _Look) -> Vector:
    half = np.hypot(*(look.at(78) - look.at(308))) / 2 / look.unit
    mouth = look.around(look.at(13, 14) + [0, 0.5 * look.unit], 0.55 * half, 3)
    low, high = np.percentile(mouth[:, 0], (5, 93)) - look.skin[0]
    return np.array([high, low, mouth[:, 1].mean() - look.skin[1], look.skin[0]])


def _lines(look: _Look) -> Vector:
    beside, under = [], []
    for wing, mouth, below, middle in ((129, 61, 216, 206), (358, 291, 436, 426)):
        start, end = look.at(wing), mix(look.at(mouth), look.at(below), 0.6)
        path = curve(
            [mix(start, end, 0.2), mix(start, look.at(middle), 0.78), mix(start, end, 0.7)]
        )
        beside.append(look.contrast(path))
    for eye in mesh.EYES:
        ends = np.array([(-6, 6.0), (0, 8.4), (6, 6.2)]) * look.unit
        under.append(look.contrast(curve(look.at(eye.lower[4]) + ends)))
    return np.array([np.mean(beside), np.mean(under)])


def _clothes(look: _Look) -> Vector | None:
    seen = look.region(CLOTH)
    return np.median(seen, 0) if len(seen) >= FEWEST else None


FEATURES: dict[str, Callable[[_Look], Vector | None]] = {
    "hair colour": _hair,
    "skin": lambda look: np.array([*look.skin, look.skin[0] ** 2 / 100]),
    "clothes": _clothes,
    "eye colour": _eyes,
    "beard": _beard,
    "glasses": _glasses,
    "cover": _cover,
    "teeth": _teeth,
    "ear-rings": _earrings,
    "age lines": _lines,
}
"""Attribute -> its features of a drawing; None where too little of it is in the picture."""


def features(picture: ArrayLike, framed: Framed) -> dict[str, Vector]:
    """The feature vector of each attribute that can be read from a drawing (S, S, 3) of [0, 255],
    whose frame is S pixels wide (`ganlib.drawing.frame.frame`)."""
    look = _Look(picture, framed)
    found = {name: measure(look) for name, measure in FEATURES.items()}
    return {name: vector for name, vector in found.items() if vector is not None}


def _fit(name: str, vectors: Vector, labels: list[Any]) -> Callable[[Vector], Any]:
    """A function of a feature vector: least squares for a number, else the nearest centroid under
    one covariance of all classes (linear discriminant analysis)."""
    if name in NUMBERS:
        basis = np.column_stack([vectors, np.ones(len(vectors))])
        weights = np.linalg.lstsq(basis, np.array(labels), rcond=None)[0]
        return lambda vector: float(np.clip(np.append(vector, 1) @ weights, 0, 1))
    names, which = np.unique(labels, return_inverse=True)
    centres = np.stack([vectors[which == k].mean(0) for k in range(len(names))])
    rest = vectors - centres[which]
    pooled = rest.T @ rest / max(len(rest) - len(names), 1)
    inverse = np.linalg.inv(pooled + np.diag(SHRINKAGE * np.diag(pooled) + 1e-6))

    def nearest(vector: Vector) -> str:
        away = vector - centres
        return str(names[np.einsum("ki,ij,kj->k", away, inverse, away).argmin()])

    return nearest


def balanced(pairs: Sequence[tuple[Any, bool]]) -> float:
    """The share that is right for each answer, averaged over the answers; `pairs` are (answer,
    whether it is right). Always to say "none" gets a half. Numbers and colours count as one."""
    shares: dict[str, list[bool]] = {}
    for said, right in pairs:
        shares.setdefault(said if isinstance(said, str) else "", []).append(right)
    return float(np.mean([np.mean(share) for share in shares.values()]))


class Reader:
    """Reads the attributes of drawings in one style.

    Fitted on (person's name, `features`, `answers`) of true drawings. Classes are read by nearest
    centroid, numbers by least squares; a colour is the feature itself. `accuracy` is the balanced
    one on people left out of the fit, by attribute; what is below `READABLE` is not read.
    """

    def __init__(self, samples: Sequence[tuple[str, dict[str, Vector], Answers]]) -> None:
        self.known: dict[str, Callable[[Vector], Any]] = dict.fromkeys(COLOURS, lambda v: v)
        self.accuracy: dict[str, float] = {}
        for name in FEATURES.keys() - COLOURS.keys():
            rows = [
                (n, f[name], said[name]) for n, f, said in samples if name in f and name in said
            ]
            if len({said for _, _, said in rows}) < 2:
                continue
            vectors, labels = np.array([row[1] for row in rows]), [row[2] for row in rows]
            right = []
            for person in dict.fromkeys(row[0] for row in rows):
                others = [i for i, row in enumerate(rows) if row[0] != person]
                read = _fit(name, vectors[others], [labels[i] for i in others])
                right += [(said, agrees(name, read(v), said)) for n, v, said in rows if n == person]
            self.accuracy[name] = balanced(right)
            if self.accuracy[name] >= READABLE:
                self.known[name] = _fit(name, vectors, labels)

    def __call__(self, found: dict[str, Vector]) -> Answers:
        """What the features of one drawing say."""
        return {name: self.known[name](v) for name, v in found.items() if name in self.known}


def agrees(name: str, one: Any, other: Any) -> bool:
    """Whether two answers about an attribute are alike: equal, or within its tolerance."""
    if name in NUMBERS:
        return bool(abs(one - other) <= NUMBERS[name] + 1e-9)
    if name in COLOURS:
        return bool(np.linalg.norm(np.subtract(one, other)) <= COLOURS[name])
    return bool(one == other)
