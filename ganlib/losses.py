"""The adversarial games: for each, what the discriminator and what the generator descend.

Both work on logits (unbounded scores; larger means "more real") of any shape, so a patch
discriminator's map needs no special case, and the real and the fake batch may differ in size.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from ganlib.errors import GanlibError


class Game(NamedTuple):
    """Two losses, each a scalar in float32 or wider, each to be minimised by its own player."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    """(real logits, fake logits) -> loss."""
    generator: Callable[[Tensor], Tensor]
    """fake logits -> loss."""


def _wide(logits: Tensor) -> Tensor:
    # A mean of bfloat16 numbers keeps two or three digits: too few to watch a game by.
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def nonsaturating_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Binary cross-entropy, -log D(x) - log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1).

    The logarithm of a sigmoid is written as a softplus, which stays finite at every logit.
    """
    return softplus(-_wide(real)).mean() + softplus(_wide(fake)).mean()


def nonsaturating_generator(fake: Tensor) -> Tensor:
    """-log D(G(z)) (Goodfellow et al. 2014, section 3): a strong slope exactly where G is bad."""
    return softplus(-_wide(fake)).mean()


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """(D(x) - 1)²/2 + D(G(z))²/2 (Mao et al. 2017, equation 2 with a=0, b=1)."""
    return (_wide(real) - 1).square().mean() / 2 + _wide(fake).square().mean() / 2


def least_squares_generator(fake: Tensor) -> Tensor:
    """(D(G(z)) - 1)²/2 (Mao et al. 2017, equation 2 with c=1)."""
    return (_wide(fake) - 1).square().mean() / 2


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (Lim and Ye 2017; Miyato et al. 2018, equation 16)."""
    return relu(1 - _wide(real)).mean() + relu(1 + _wide(fake)).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """-D(G(z)) (Miyato et al. 2018, equation 17)."""
    return -_wide(fake).mean()


GAMES = {
    "nonsaturating": Game(nonsaturating_discriminator, nonsaturating_generator),
    "least_squares": Game(least_squares_discriminator, least_squares_generator),
    "hinge": Game(hinge_discriminator, hinge_generator),
}


def game(name: str) -> Game:
    """The game of that name; GanlibError lists the names if there is none."""
    if name not in GAMES:
        raise GanlibError(f"there is no game called {name!r}; choose one of {', '.join(GAMES)}.")
    return GAMES[name]
