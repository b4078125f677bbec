"""Faces of other shapes: more people from as many photographs.

A network that has seen a hundred and fifty faces knows them by their shapes. A face takes a part of
another's proportions here, photograph, regions and points alike, and is drawn as somebody new.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import map_coordinates, zoom

from ganlib.drawing import Portrait
from ganlib.drawing.canvas import Curve

_STEP = 8
"""Pixels between the places where the displacement is computed; it is smooth."""
_SMOOTH = 20.0
"""How far the spline may miss single points, so that errors of the face points make no folds."""
_EDGE = 6
"""Places along each edge of the photograph that stay where they are."""


def reshaped(portrait: Portrait, other: Portrait, share: float) -> Portrait:
    """The person with a face that is `share` of the way to another's shape, 1 being all of it; less
    than 0 is away from it.

    Both are compared once the other's points are turned, moved and enlarged to lie as near as may
    be. The edges of the photograph stay. Heads should be turned alike: a profile has no shape that
    a frontal face could take.
    """
    target = portrait.points + share * (_laid_over(other.points, portrait.points) - portrait.points)
    return laid_onto(portrait, target)


def laid_onto(portrait: Portrait, target: Curve) -> Portrait:
    """The portrait bent so that its face points lie at `target`, (478, 2) in pixels of the
    photograph, whose edges stay. They come within a few pixels, as the spline is smooth."""
    height, width = portrait.regions.shape
    along = np.linspace(0, 1, _EDGE)
    edges = [(x, y) for x in along for y in along if {x, y} & {0.0, 1.0}]
    still = np.array(edges) * [width, height]
    knots = np.concatenate((target, still))
    moves = np.concatenate((portrait.points - target, np.zeros_like(still)))
    source = RBFInterpolator(knots, moves, kernel="thin_plate_spline", smoothing=_SMOOTH)
    columns, rows = np.meshgrid(*(np.arange(0, n + _STEP, _STEP) for n in (width, height)))
    coarse = source(np.stack((columns.ravel(), rows.ravel()), -1)).T.reshape(2, *columns.shape)
    # zoom lays the first and last places of both grids over each other.
    fine = [zoom(move, [((n - 1) * _STEP + 1) / n for n in move.shape], order=1) for move in coarse]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    at = y + fine[1][:height, :width], x + fine[0][:height, :width]
    channels = np.moveaxis(portrait.photo, 2, 0)
    photo = [map_coordinates(channel, at, order=1, mode="nearest") for channel in channels]
    larger = float(portrait.points.std(0).mean() / target.std(0).mean())
    return replace(
        portrait,
        photo=np.stack(photo, -1),
        points=_moved(portrait.points, source, larger),
        regions=map_coordinates(portrait.regions, at, order=0, mode="nearest"),
        beard=tuple(_moved(outline, source, larger) for outline in portrait.beard),
    )


def _laid_over(points: Curve, own: Curve) -> Curve:
    """Points turned, moved and enlarged by least squares."""
    theirs, ours = (each[:, 0] + 1j * each[:, 1] for each in (points, own))
    centred = theirs - theirs.mean()
    factor = np.vdot(centred, ours - ours.mean()) / np.vdot(centred, centred)
    laid: NDArray[np.complex128] = factor * centred + ours.mean()
    return np.stack((laid.real, laid.imag), -1)


def _moved(points: Curve, source: Callable[[Curve], Any], larger: float) -> Curve:
    """Where points go: places whose source they are. `larger`: size of the source over that of its
    place."""
    places = points.copy()
    for _ in range(40):
        # Steps as long as places lie apart: whole ones overshoot where much is made small.
        places = places - (places + source(places) - points) / max(larger, 1.0)
    return places
