"""What a cycle permits: a picture of one person that carries another where nobody sees it.

Chu et al. 2017 found it in trained CycleGANs. Here it is done on purpose: by a formula that is
exact, and by two networks that are rewarded for it. Images are (N, 3, H, W) in [-1, 1], with even
sides.
"""

import math

import torch
from torch import Tensor
from tqdm.auto import tqdm

from ganlib.errors import GanlibError
from ganlib.models import Translator, TranslatorSettings
from ganlib.reconstruction import cycle, l1
from ganlib.runtime import seed_step
from ganlib.stores import ImageStore


def checkerboard(height: int, width: int) -> Tensor:
    """(height, width) of +1 and -1: the highest frequency that a picture has. Every average over an
    even square of pixels is 0."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)
    return 1.0 - 2.0 * ((rows + columns) % 2)


def coarse(images: Tensor, step: float) -> Tensor:
    """Every value moved to the nearest multiple of `step`; no slope passes."""
    return (images / step).round() * step


def hide(photo: Tensor, drawing: Tensor, amplitude: float = 0.02, step: float = 0.1) -> Tensor:
    """The drawing in coarse tones, and on them the photograph as a faint checkerboard.

    `amplitude`, the largest change of a value, is less than half of `step`; GanlibError otherwise.
    """
    if not 0 < amplitude < step / 2:
        raise GanlibError(
            f"hide needs an amplitude between 0 and half of the step {step:g}, not {amplitude:g}."
        )
    board = checkerboard(*photo.shape[-2:]).to(photo)
    return coarse(drawing, step) + amplitude * board * photo


def seek(picture: Tensor, amplitude: float = 0.02, step: float = 0.1) -> Tensor:
    """The photograph that `hide` put there, whatever the drawing."""
    board = checkerboard(*picture.shape[-2:]).to(picture)
    return board * (picture - coarse(picture, step)) / amplitude


def noise_error(sigma: Tensor | float, amplitude: Tensor | float) -> Tensor:
    """Mean |error| of `seek` if noise of the standard deviation sigma falls on the picture, as long
    as it does not reach the next coarse tone: sigma / amplitude times the mean of |N(0, 1)|."""
    return torch.as_tensor(sigma) / amplitude * math.sqrt(2 / math.pi)


def bytes_of(picture: Tensor, levels: int = 256) -> Tensor:
    """The picture as a file with that many levels would give it back."""
    top = (levels - 1) / 2
    return ((picture.clamp(-1, 1) + 1) * top).round() / top - 1


def learn_to_hide(
    photos: ImageStore, stranger: Tensor, images: int, seed: int = 0, batch: int = 16
) -> tuple[Translator, Translator]:
    """(G, F) trained so that G draws the one stranger (1, 3, S, S), whoever comes, and F gives the
    photograph back: a judge who accepts any good drawing would not object."""
    torch.manual_seed(seed)
    shape = TranslatorSettings(stranger.shape[-1], patch=2, width=24, blocks=2)
    there, home = Translator(shape), Translator(shape)
    pair = torch.nn.ModuleList([there, home]).to(stranger.device)
    adam = torch.optim.Adam(pair.parameters(), 1e-3, (0.5, 0.99))
    steps = max(1, images // batch)
    slow = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.05, steps)
    for step in tqdm(range(steps), desc="learning to hide", unit="step"):
        seed_step(seed, step)
        photo = photos.sample(batch)
        drawn = there(photo)
        loss = 10 * l1(drawn, stranger.expand_as(drawn)) + cycle(home(drawn), photo)
        adam.zero_grad()
        loss.backward()
        adam.step()
        slow.step()
    return there.eval(), home.eval()


@torch.inference_mode()
def survival(
    there: torch.nn.Module, home: torch.nn.Module, photo: Tensor, sigmas: list[float]
) -> list[float]:
    """The cycle's error for each standard deviation of noise on the picture between the two, which
    is kept in [-1, 1]."""
    drawn, draw = there(photo), torch.Generator().manual_seed(0)
    noise = torch.randn(drawn.shape, generator=draw).to(drawn.device)
    return [cycle(home((drawn + sigma * noise).clamp(-1, 1)), photo).item() for sigma in sigmas]
