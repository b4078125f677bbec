"""People that training never saw: photographs, true drawings, and what is read from these."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ganlib.core.log import progress
from ganlib.data.images import to_tensor
from ganlib.data.pixels import to_uint8
from ganlib.data.portrait_pairs import circles
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import STYLES, Traits, draw, photograph
from ganlib.drawing.draw import paint
from ganlib.drawing.frame import Framed, frame
from ganlib.drawing.scene import Scene
from ganlib.measure import labels
from ganlib.measure.labels import Answers, Reader

READER_SIZE = 384
"""Drawings that readers are fitted on are made at this size: four times as fast as at 768."""


@dataclass(frozen=True)
class HeldOut:
    """People that training never saw, in one style, with a reader of its drawings.

    `photo` and `anime` are (N, 3, S, S) in [-1, 1]; `eyes` (N, 1, S, S) is true about them; `said`
    holds the labels that count: those that the reader also reads from the true drawing.
    """

    style: str
    names: list[str]
    traits: list[Traits]
    framed: list[Framed]
    photo: Tensor
    anime: Tensor
    eyes: Tensor
    reader: Reader
    said: list[Answers]

    def alike(self, images: Tensor) -> list[dict[str, bool]]:
        """Which labels that count are read from pictures (N, 3, S, S) as they are."""
        found = []
        for picture, framed, said in zip(images, self.framed, self.said, strict=True):
            read = self.reader(labels.features(_pixels(picture), framed))
            found.append({name: labels.agrees(name, read[name], said[name]) for name in said})
        return found


def _pixels(image: Tensor) -> NDArray[np.uint8]:
    """(3, S, S) in [-1, 1] to (S, S, 3)."""
    array: NDArray[np.uint8] = to_uint8(image).permute(1, 2, 0).numpy()
    return array


Pair = tuple[Image.Image, Image.Image, Framed, list[list[float]]]
Sample = tuple[str, dict[str, labels.Vector], Answers]


def _pair(job: tuple[str, str], folder: PortraitFolder, size: int) -> Pair:
    style, portrait = STYLES[job[0]], folder[job[1]]
    both = photograph(portrait, size), draw(portrait, style, size)
    return *both, frame(portrait, size, style), circles(portrait)


def _samples(job: tuple[str, str, int], folder: PortraitFolder, size: int) -> list[Sample]:
    """One person, drawn as labelled and `labels.changed`."""
    style, name, number = STYLES[job[0]], job[1], job[2]
    found = []
    portrait = folder[name]
    other = replace(portrait, traits=labels.changed(portrait.traits, number))
    for drawn in (portrait, other):
        scene = Scene(frame(drawn, READER_SIZE, style), drawn.traits, style)
        paint(scene)
        pixels = np.clip(scene.canvas.pixels, 0, 255).astype(np.uint8)
        picture = Image.fromarray(pixels).resize((size, size), Image.Resampling.LANCZOS)
        about = labels.features(np.asarray(picture), frame(drawn, size, style))
        found.append((name, about, labels.answers(drawn.traits)))
    return found


def fitted_on(folder: PortraitFolder) -> list[str]:
    """Whom readers are fitted on: about 30 people of the training set, many of them covered or
    bearded, always the same."""
    names = [name for name in folder.names if not folder.held_out(name)]
    covered = [name for name in names if folder.traits(name).covered][::2]
    bearded = [name for name in names if folder.corrections.get(name, {}).get("beard")][::4]
    others = [name for name in names if name not in (*covered, *bearded)][::9]
    return list(dict.fromkeys(covered + bearded + others))


def draw_held_out(folder: PortraitFolder, size: int, styles: Sequence[str]) -> list[HeldOut]:
    """Draw held-out people in styles, `size` pixels wide, and fit a reader for each style on the
    people of `fitted_on`.

    A second or three a drawing, on as many processes as there are processors.
    """
    names = [name for name in folder.names if folder.held_out(name)]
    people = [(n, i) for i, n in enumerate(fitted_on(folder))]
    true = [(style, name) for style in styles for name in names]
    learnt = [(style, name, number) for style in styles for name, number in people]
    # Forked, a process could inherit locks of torch's threads.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn) as pool:
        pairs = pool.map(partial(_pair, folder=folder, size=size), true)
        samples = pool.map(partial(_samples, folder=folder, size=size), learnt)
        both = [*progress(pairs, desc="drawing the truth", total=len(true))]
        read = [*progress(samples, desc="drawing for readers", total=len(learnt))]
    found, traits = [], [folder.traits(name) for name in names]
    for k, style in enumerate(styles):
        part = read[k * len(people) : (k + 1) * len(people)]
        reader = Reader([sample for two in part for sample in two])
        mine = both[k * len(names) : (k + 1) * len(names)]
        found.append(_held_out(style, names, traits, mine, reader))
    return found


def about_eyes(places: list[list[list[float]]], size: int) -> Tensor:
    """(N, 1, S, S): true within the first two `circles` of each picture."""
    centres = (torch.arange(size) + 0.5) / size
    eyes = torch.tensor(places)[:, :2, :, None, None]
    away = torch.hypot(centres - eyes[:, :, 0], centres[:, None] - eyes[:, :, 1])
    return (away < eyes[:, :, 2]).any(1, keepdim=True)


def _held_out(
    style: str, names: list[str], traits: list[Traits], pairs: list[Pair], reader: Reader
) -> HeldOut:
    photo, anime = to_tensor([pair[0] for pair in pairs]), to_tensor([pair[1] for pair in pairs])
    eyes = about_eyes([pair[3] for pair in pairs], photo.shape[-1])
    framed = [pair[2] for pair in pairs]
    said = []
    for person, picture, place in zip(traits, anime, framed, strict=True):
        read = reader(labels.features(_pixels(picture), place))
        label = labels.answers(person) | {n: read[n] for n in labels.COLOURS if n in read}
        said.append(
            {n: label[n] for n in read if n in label and labels.agrees(n, read[n], label[n])}
        )
    return HeldOut(style, names, traits, framed, photo, anime, eyes, reader, said)
