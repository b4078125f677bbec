"""Frames of a film in, drawings out that hold still where the film does.

Drawn one by one, frames flicker: face points jitter, noise and light change, and the network
answers to it all. Here points are smoothed over time, frames are aligned by them, and where one
shows nothing new the drawing is carried over. Light that changes everywhere is taken out."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter1d, maximum_filter, uniform_filter
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.data.aligned import align
from ganlib.data.faces import Face, find_faces
from ganlib.data.images import to_pil
from ganlib.pipelines.stylize import Converted, Stylizer

Array = NDArray[np.float64]
SMOOTH = 3.0  # standard deviation, in frames, by which a face's shape, not its place, is smoothed
NOISE, CHANGED = 0.06, 0.2  # in [-1, 1]: nothing is new up to the first, all from the second on
SEEN, AROUND = 5, 15  # pixels that are averaged before they are compared; width of what changes
SLACK = 1 / 256  # share of the side by which a line may lie beside its place, as heads lean
FAR = 6.0  # pixels of the frame by which the points are put right at most


def follow(frames: Sequence[Image.Image]) -> list[Face]:
    """One face through all RGB frames: the largest of the first, then always the nearest. Frames
    without one get points between those before and after. GanlibError if no frame has a face."""
    faces: dict[int, Face] = {}
    for number, frame in enumerate(progress(frames, desc="finding the face")):
        if found := find_faces(frame):
            last = faces[max(faces)].points.mean(0) if faces else found[0].points.mean(0)
            faces[number] = min(found, key=lambda face: np.hypot(*(face.points.mean(0) - last)))
    if not faces:
        raise GanlibError(f"no face is seen in any of {len(frames)} frames; give others.")
    known, first = sorted(faces), faces[min(faces)]
    given = np.stack([faces[number].points for number in known]).reshape(len(known), -1)
    every = [np.interp(range(len(frames)), known, column) for column in given.T]
    points = smoothed(np.stack(every, -1).reshape(len(frames), -1, 2))
    return [replace(first, points=each) for each in points]


def smoothed(points: Array, frames: float = SMOOTH) -> Array:
    """Points of a face (T, n, 2), in any unit: their shape smoothed over time, their mean kept."""
    centre = points.mean(1, keepdims=True)
    return centre + gaussian_filter1d(points - centre, frames, axis=0, mode="nearest")


def beside(picture: Array, kept: Array) -> tuple[Array, Array]:
    """((right, down) in pixels by which a picture lies beside the kept one, the picture in the
    light of the kept one): both (S, S, 3) in [-1, 1]. By least squares, for shifts of a pixel or
    two; the tenth of all places that differs most, as something moves there, does not count."""
    soft, old = (uniform_filter(each, (SEEN, SEEN, 1)) for each in (picture, kept))
    alike = np.ones(kept.shape[:2], bool)
    for _ in range(2):
        ours, theirs = soft[alike], old[alike]
        middle, wanted = ours.mean(0), theirs.mean(0)
        spread = ((ours - middle) * (theirs - wanted)).mean(0)
        gain = (spread + 1e-6) / (ours.var(0) + 1e-6)
        error = ((soft - middle) * gain + wanted - old).mean(-1)
        alike = np.abs(error) <= np.quantile(np.abs(error), 0.9)
    down, right = np.gradient(old.mean(-1))
    ways = np.stack([right[alike], down[alike]], -1)
    shift = -np.linalg.lstsq(ways, error[alike], rcond=None)[0]
    return shift, (picture - middle) * gain + wanted


def change(picture: Array, kept: Array) -> Array:
    """(S, S, 1): from 0 where a picture shows what the kept one does, noise apart and to `SLACK`
    in place, to 1; both (S, S, 3) in [-1, 1], of one light."""
    soft, old = (uniform_filter(each, (SEEN, SEEN, 1)) for each in (picture, kept))
    down, right = np.gradient(old, axis=(0, 1))
    error = (np.abs(soft - old) - SLACK * len(kept) * np.hypot(down, right)).max(-1)
    share = np.clip((maximum_filter(error, AROUND) - NOISE) / (CHANGED - NOISE), 0, 1)
    return uniform_filter(share, AROUND // 2)[..., None]


def flicker(drawn: Tensor, seen: Tensor) -> float:
    """How much more drawings change from frame to frame than what is seen there, noise averaged
    out: mean over all places; both (T, 3, S, S) in [-1, 1]. A picture that is frozen has 0 too."""
    soft = avg_pool2d(seen, SEEN, 1, SEEN // 2, count_include_pad=False)
    ours, theirs = (each.diff(dim=0).abs().mean(1) for each in (drawn, soft))
    return float((ours - theirs).clamp_min(0).mean())


def stylize_frames(stylizer: Stylizer, frames: Sequence[Image.Image]) -> list[Converted]:
    """The drawings of one face in the RGB frames of a film, in their order. "source" is what is
    known of it by then: each place as of the last frame in which it changed. GanlibError if there
    is no frame or no face, or for a model without styles."""
    if not stylizer.styles:
        raise GanlibError("frames are aligned as a model with styles wants it; give one.")
    start, found = time.perf_counter(), list[Converted]()
    kept = drawn = np.zeros(())
    for face, frame in zip(follow(frames), progress(frames, desc="drawing"), strict=True):
        how, new = align(face, frame, stylizer.size), np.ones(())
        picture = np.asarray(how.photo(frame)) / 127.5 - 1
        if found:
            shift = np.clip(beside(picture, kept)[0], -FAR, FAR)
            face = replace(face, points=face.points + shift / how.placement.scale)
            how = align(face, frame, stylizer.size)
            picture = beside(np.asarray(how.photo(frame)) / 127.5 - 1, kept)[1]
            new = change(picture, kept)
        kept = new * picture + (1 - new) * kept
        draft = stylizer.translate(_image(kept))[0].permute(1, 2, 0).double().numpy()
        drawn = new * draft + (1 - new) * drawn
        source, anime = to_pil(torch.cat([_image(kept), _image(drawn)]))
        found.append(Converted(source, anime, face.frame(), 0.0, how, faces=1))
    return [replace(one, seconds=(time.perf_counter() - start) / len(found)) for one in found]


def _image(pixels: Array) -> Tensor:
    return torch.from_numpy(pixels).float().permute(2, 0, 1)[None]
