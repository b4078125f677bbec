"""Eyes and brows, from back to front: white, lid shadow, iris, pupil, lights, lashes, crease."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Canvas, Curve, curve, mix, moved, normals
from ganlib.drawing.contour import TURNED
from ganlib.drawing.palette import times
from ganlib.drawing.portrait import BACKGROUND, CLOTH
from ganlib.drawing.scene import Scene

# The template of an open drawn eye: share of its width from the inner corner, and of its height.
_UPPER_X = np.array([0.0, 0.12, 0.32, 0.55, 0.78, 0.93, 1.0])
_UPPER_Y = np.array([0.10, -0.26, -0.52, -0.59, -0.47, -0.22, 0.03])
_LOWER = ((0.95, 0.21), (0.76, 0.36), (0.5, 0.41), (0.28, 0.37), (0.1, 0.25))


def across(scene: Scene) -> NDArray[np.float64]:
    """The direction from the picture's left eye to its right one: a head may lean."""
    line = scene.at(*mesh.RIGHT_EYE.upper[::8]) - scene.at(*mesh.LEFT_EYE.upper[::8])
    return line / np.hypot(*line)


class _Opening:
    """Where one eye is drawn: its axes, width and height, and the curves of its lids."""

    width: float
    height: float

    def __init__(self, scene: Scene, eye: mesh.Eye) -> None:
        outer, self.inner = scene.at(eye.outer), scene.at(eye.inner)
        self.eye = eye
        self.seen = seen = float(np.hypot(*(outer - self.inner)))
        upper, lower = scene.points(eye.upper), scene.points(eye.lower)
        along, level = (outer - self.inner) / seen, across(scene)
        upright = level[::-1] * [-1, 1]
        tilt = float(np.clip(along @ upright, -0.18, 0.18))
        self.across = level * eye.side * np.sqrt(1 - tilt**2) + upright * tilt
        self.down = np.array([-self.across[1], self.across[0]]) * eye.side
        self.gap = float(np.max((lower - upper) @ self.down))

        # The person's own lids: how they differ from an average eye moves the template.
        place = ((upper - self.inner) @ along) / seen
        own = ((upper - self.inner) @ self.down) / max(self.gap, 1e-3 * seen)
        order = np.argsort(place)
        t = _UPPER_X
        seen_upper = np.interp(t, place[order], own[order])
        usual = -0.62 * np.sin(np.pi * np.clip(t, 0, 1)) ** 0.8
        personal = np.clip(seen_upper - usual, -0.2, 0.2) * np.sin(np.pi * t) * 0.9
        # With age the lid hangs over the outer corner; without a fold it is flat.
        personal += 0.14 * _older(scene) * np.clip((t - 0.35) / 0.4, 0, 1)
        flat = 0.06 * (scene.traits.lid != "double") * np.sin(np.pi * t)
        self.personal = personal + flat

    def grow(self, scene: Scene, openness: float) -> None:
        """Enlarge the eye as its style does: less on men, on older people and on turned heads."""
        traits, style, unit, older = scene.traits, scene.style, scene.unit, _older(scene)
        widening = (style.eye_width - 1) * (0.7 if traits.male else 0.95)
        widening *= (1 - 0.5 * older) * (1 - 0.5 * abs(scene.framed.turn))
        self.width = min(self.seen * (1 + widening), max(self._room(scene), 0.75 * self.seen))
        height = style.eye_height * float(np.clip(openness / 0.29, 0.45, 1.2)) ** 0.9
        height *= (0.8 if traits.male else 0.97) * (1 - 0.25 * older)
        height *= {"narrow": 0.88, "almond": 0.97}.get(traits.eye_shape, 1.04)
        height *= (0.88 if traits.lid == "single" else 1.0) * (0.93 if traits.teeth else 1.0)
        # A squint, too, shows its iris.
        height = max(height, 7.0 if traits.male else 7.4) * unit
        self.height = min(height, 0.76 * self.width)

    def _room(self, scene: Scene) -> float:
        """How wide the eye may be within the outline, which face points miss on turned heads."""
        if abs(scene.framed.turn) <= TURNED:
            side = scene.at(127 if self.eye.side < 0 else 356)[0]
            return float(max(abs(side - self.inner[0]) - 2.5 * scene.unit, 0.9 * self.seen))
        steps = np.arange(0, 60 * scene.unit)
        path = np.round(self.inner + steps[:, None] * self.across).astype(int)
        columns, rows = np.clip(path, 0, scene.size - 1).T
        beyond = np.isin(scene.regions[rows, columns], (BACKGROUND, CLOTH))
        return float(steps[beyond][0] / 1.13 - scene.unit) if beyond.any() else np.inf

    @cached_property
    def upper(self) -> Curve:
        return self.curve(np.stack([_UPPER_X, _UPPER_Y + self.personal], 1))

    @cached_property
    def outline(self) -> Curve:
        return np.vstack([self.upper, self.curve(_LOWER)])

    def place(self, shares: ArrayLike) -> Curve:
        """Shares (..., 2) of width (from the inner corner) and height (downwards) as points."""
        x, y = np.split(np.asarray(shares, np.float64), 2, -1)
        return self.inner + self.across * x * self.width + self.down * y * self.height

    def curve(self, shares: ArrayLike) -> Curve:
        """The curve through places (n, 2)."""
        return curve(self.place(shares))


def _older(scene: Scene) -> float:
    """From 0, young, to 1: from middle age eyes are drawn smaller."""
    return float(np.clip((scene.traits.age - 0.3) / 0.35, 0, 1))


def _openness(openings: list[_Opening]) -> NDArray[np.float64]:
    """How far each eye is open, over the width of an eye seen from the front; a pair is alike."""
    own = np.array([opening.gap for opening in openings]) / max(o.seen for o in openings)
    winks = own.min() < 0.07 and own.max() > 0.18
    return own if winks else mix(own, own.mean(), 0.75)


def paint_eyes(scene: Scene) -> None:
    """Both eyes and brows."""
    openings = [_Opening(scene, eye) for eye in mesh.EYES]
    for opening, openness in zip(openings, _openness(openings), strict=True):
        opening.grow(scene, float(openness))
        places = np.vstack([opening.outline, scene.points(opening.eye.brow_top)])
        canvas, window = scene.canvas.part(places, 14 * scene.unit)
        features = scene.features[window]
        if openness < 0.07:
            lid = opening.curve([(0, 0), (0.3, 0.17), (0.65, 0.16), (1, -0.04)])
            canvas.stroke(lid, scene.colours.lash, 3.4 * scene.unit)
        else:
            _paint_open(scene, canvas, opening, features)
        _paint_brow(scene, canvas, opening, features)


def _paint_open(scene: Scene, canvas: Canvas, opening: _Opening, features: Array) -> None:
    unit = scene.unit
    white = canvas.shape(opening.outline)
    np.maximum(features, scene.blur(white, 1.0) * 4, out=features)
    # On dark skin pure white would glare.
    canvas.over(
        white, mix([250, 248, 246], scene.colours.skin, 0.16 if scene.colours.deep else 0.0)
    )
    _paint_iris(scene, canvas, opening, white)
    lid = 1 - moved(white, *(opening.down * 0.16 * opening.height))
    canvas.over(np.clip(lid, 0, 1) * white * 0.38, [70, 56, 84])
    _paint_lashes(scene, canvas, opening)
    line = scene.colours.skin_line
    bottom = opening.curve([(0.84, 0.335), (0.62, 0.415), (0.36, 0.41)])
    canvas.stroke(bottom, line, 1.1 * unit, 0.3, 0.85)
    if scene.traits.lid != "single":
        lift = -0.80 if scene.traits.lid == "double" else -0.70
        crease = [(0.14, -0.56), (0.38, lift), (0.64, lift - 0.05), (0.94, lift + 0.24)]
        soft = mix(line, scene.colours.skin_shadow, 0.3)
        canvas.stroke(opening.curve(crease), soft, 1.1 * unit, 0.3, 0.8)


def _paint_iris(scene: Scene, canvas: Canvas, opening: _Opening, white: Array) -> None:
    style, colour = scene.style, scene.colours.iris
    gaze = scene.at(*range(opening.eye.iris, opening.eye.iris + 5))
    ends = scene.at(opening.eye.outer), scene.at(opening.eye.inner)
    aside = ((gaze - (ends[0] + ends[1]) / 2) @ opening.across) / np.hypot(*(ends[0] - ends[1]))
    centre = opening.place((0.48 + 0.6 * float(np.clip(aside, -0.2, 0.2)), -0.11))
    radius = style.iris / 2 * opening.width * (0.88 if scene.traits.male else 1.0)
    # Both lids cut the iris, the more so the narrower the eye: white all around it stares.
    tall = float(np.clip(1.1 * radius, 0.58 * opening.height, 0.74 * opening.height))
    radius = min(radius, 1.05 * tall)
    x, y = canvas.x - centre[0], canvas.y - centre[1]
    dx, dy = x / radius, (x * opening.down[0] + y * opening.down[1]) / tall

    def disc(share: float, x: float = 0.0, y: float = 0.0, flat: float = 1.0) -> Array:
        return np.clip((share - np.hypot(dx - x, (dy - y) / flat)) * radius + 0.5, 0, 1)

    canvas.over(disc(1.0) * white, times(colour, 0.32))
    ramp = np.clip((dy + 0.8) / 1.7, 0, 1)[..., None]
    shades = times(colour, 0.45) * (1 - ramp) + np.clip(colour * 1.35 + 20, 0, 255) * ramp
    canvas.over(disc(0.87) * white, shades)
    glow = np.exp(-(((dx / 0.5) ** 2 + ((dy - 0.6) / 0.22) ** 2) * 1.6)) * disc(0.85) * white
    canvas.over(glow * 0.6, np.clip(colour * 1.6 + 62, 0, 255))
    pupil = np.clip((1 - np.hypot(dx / 0.38, dy / 0.45)) * 0.4 * radius + 0.5, 0, 1)
    canvas.over(pupil * white, times(colour, 0.15))
    # Lights lie on the same side of the picture in both eyes.
    lights = (disc(0.30, -0.30, -0.40, 0.85), 1), (disc(0.14, 0.36, 0.44), 0.92)
    for light, share in (*lights, (disc(0.09, 0.05, 0.62), 0.8))[: style.lights]:
        canvas.over(light * white * share, [255, 255, 255])


def _paint_lashes(scene: Scene, canvas: Canvas, opening: _Opening) -> None:
    traits, lash, path = scene.traits, scene.colours.lash, opening.upper
    width = scene.style.lash * (0.62 if traits.male else 1.0) * (1 - 0.2 * (traits.age > 0.6))
    t = np.linspace(0, 1, len(path))
    swell = 0.3 + 0.7 * np.sin(np.pi * np.clip(0.86 * t + 0.02, 0, 1)) ** 0.8
    widths = width * scene.unit * swell * (0.75 + 0.35 * t)
    widths[-4:] *= np.linspace(1, 0.4, 4)
    away = normals(path)
    away *= np.sign(-(away @ opening.down))[:, None]
    canvas.over(canvas.line(path + away * widths[:, None] * 0.25, widths), lash)
    if traits.male:
        return
    tip = 1.13 if traits.age < 0.65 else 1.04  # lashes shorten with age
    wing = [(0.84, -0.42), (tip, -0.20), (1.02, 0.08), (0.92, -0.10)]
    canvas.fill(opening.place(wing), lash)
    if traits.makeup > 0.4:
        canvas.fill(opening.place([(0.68, -0.57), (1.0, -0.55), (0.9, -0.3)]), lash)
        lid = [(0.1, -0.4), (0.5, -0.86), (1.05, -0.5), (0.9, -0.2), (0.5, -0.55)]
        shade = canvas.shape(curve(opening.place(lid), closed=True), 1.2 * scene.unit)
        tone = mix(scene.colours.skin_shadow, [150, 70, 90], 0.4)
        canvas.over(shade * 0.25 * traits.makeup, tone)


def _paint_brow(scene: Scene, canvas: Canvas, opening: _Opening, features: Array) -> None:
    eye, unit, traits = opening.eye, scene.unit, scene.traits
    top, bottom = scene.points(eye.brow_top), scene.points(eye.brow_bottom)
    middle = (top + bottom) / 2
    # Large eyes push brows into a frown: where they fall towards the nose is kept in part.
    upright = across(scene)[::-1] * [-1, 1]
    height = middle @ upright
    height -= height.mean()
    kept = 0.85 * height
    kept -= 0.6 * max(kept[-1] - kept[2] - 0.6 * unit, 0) * np.array([0, 0, 0, 0.45, 1])
    middle += np.outer(kept - height, upright)
    thick = float(np.linalg.norm(top - bottom, axis=1).mean()) * 0.9 * traits.brow_weight
    thick = float(np.clip(thick, (3.3 if traits.male else 2.7) * unit, 6.6 * unit)) * (
        1.1 if traits.male else 0.95
    )
    # Raised above the drawn eye, at least so far that a lid fits between.
    gap = (opening.place((0.5, -0.59)) - middle[2]) @ upright
    rise = max((1.4 if traits.male else 2.6) * unit, 4.8 * unit - gap)
    path = curve(middle - upright * rise, steps=8)
    t = np.linspace(1, 0, len(path))
    widths = thick * np.interp(t, [0, 0.12, 0.5, 1], [0.7, 1, 0.95, 0.2])
    brow = canvas.line(path, widths)
    canvas.over(brow * 0.95, scene.colours.brow)
    np.maximum(features, brow, out=features)
