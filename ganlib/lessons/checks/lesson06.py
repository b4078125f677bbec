"""Lesson 06, from noise to faces."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.networks import dcgan
from ganlib.core.networks.conditional import projection_logit
from ganlib.lessons import latents
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.outcomes import UntriedError, is_missing

Build = Callable[..., nn.Module]


class _Network(Function):
    """Checks a function that builds a network: what this makes of the last of the inputs, with
    weights that are set to given numbers, in order; and how many weights it has."""

    def _outcomes(self, function: Any, rounds: Any) -> Any:
        def run(*given: Any) -> Any:
            network = function(*given[:-1])
            if is_missing(network):
                raise UntriedError
            torch.manual_seed(0)
            weights = [*network.double().parameters()]
            for weight in weights:
                weight.data = 0.1 * torch.randn(weight.numel()).double().view_as(weight)
            output = network(given[-1])
            sizes = sum(weight.numel() for weight in weights)
            return output if output.ndim > 1 else output[:, None], sizes

        return super()._outcomes(run, rounds)


def _generator(latent: int = 64, width: int = 32) -> nn.Module:
    return dcgan.DCGANGenerator(dcgan.DCGANGeneratorConfig(32, latent, width, "resize"))


def _other_g(*end: nn.Module, side: int = 4, norm: Any = nn.GroupNorm, act: Any = nn.ReLU) -> Build:
    """A generator in which something is different."""

    def build(latent: int, width: int) -> nn.Module:
        maps = 4 * width, 2 * width, width, 3
        layers: list[Any] = [nn.Linear(latent, maps[0] * side**2)]
        layers.append(nn.Unflatten(1, (maps[0], side, side)))
        for c, d in pairwise(maps):
            layers += [norm(8, c), act(), dcgan.ResizeConv(c, d)]
        return nn.Sequential(*layers, *end)

    return build


generator = _Network(
    _generator,
    lambda draw: (5, 8, draw(2, 5)),
    _other_g(),
    "the tanh is missing: pictures lie in [-1, 1]",
    _other_g(nn.Sigmoid()),
    "a sigmoid gives numbers from 0 to 1; pictures lie in [-1, 1]: tanh",
    _other_g(nn.ReLU(), nn.Tanh()),
    "a ReLU before the tanh: no number comes out below 0, and no picture is dark",
    _other_g(nn.Tanh(), norm=nn.Identity),
    "the group norms are missing",
    _other_g(nn.Tanh(), act=nn.Identity),
    "the ReLUs are missing",
    _other_g(nn.Tanh(), side=32),
    "32 is the *last* side; the dense layer's maps are three doublings before: 4 × 4",
    praise="right: this G draws from now on",
)


def _discriminator(inputs: int = 3, outputs: int = 1, width: int = 32) -> nn.Module:
    """The library's, for packs that are laid on one another already."""
    of_d = dcgan.DCGANDiscriminatorConfig(32, width, outputs=outputs, pack=inputs // 3)
    return nn.Sequential(dcgan.DCGANDiscriminator(of_d).layers, nn.Flatten())


def _other_d(*end: nn.Module, norms: int = 2, act: Any = None) -> Build:
    """A discriminator in which something is different."""

    def build(inputs: int, outputs: int, width: int) -> nn.Module:
        layers: list[Any] = []
        for i, (c, d) in enumerate(pairwise((inputs, width, 2 * width, 4 * width))):
            norm = [nn.GroupNorm(8, d)] if i >= 3 - norms else []
            layers += [nn.Conv2d(c, d, 4, 2, 1), *norm, act() if act else nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * width, outputs), *end)

    return build


discriminator = _Network(
    _discriminator,
    lambda draw: (3, 2, 8, draw(2, 3, 32, 32)),
    _other_d(nn.Sigmoid()),
    "a sigmoid at the end: the losses take logits, and have the sigmoid inside",
    _other_d(act=nn.ReLU),
    "plain ReLUs: where they are 0 no gradient goes back to G. Leaky ones, of 0.2",
    _other_d(act=nn.LeakyReLU),
    "PyTorch's own leaky ReLU has 0.01 below 0; here it is 0.2",
    _other_d(norms=0),
    "the group norms after the second and third convolution are missing",
    _other_d(norms=3),
    "the first convolution has a norm too: it would hide how bright the picture is",
    praise="right: one logit for each picture",
)

slerp = Function(
    latents.slerp,
    lambda draw: (draw(6), draw(6), 0.3),
    lambda a, b, t: (1 - t) * a + t * b,
    "this is the straight way: it leaves the shell",
    lambda a, b, t: latents.slerp(b, a, t),
    "the ends are exchanged: it begins at a",
    lambda a, b, t: latents.slerp(a, b, t) * latents.angle(a, b).sin(),
    "the division by sin Ω is missing: at t = 0 it gives a · sin Ω",
    lambda a, b, t: latents.slerp(a / a.norm(), b / b.norm(), t),
    "only directions are left: the ends must be a and b, with their lengths",
    praise="right: the whole way is on the shell",
)

projection = Function(
    lambda features, condition, w, b, V: projection_logit(features, condition, w, b, V),
    lambda draw: (draw(5, 4), draw(5, 3), draw(4), draw(), draw(3, 4)),
    lambda f, c, w, b, v: f @ w + b,
    "it only scores whether the picture is real: the condition is not in it",
    lambda f, c, w, b, v: (c @ v * f).sum(1),
    "it only scores whether the picture is what c says: w and b are not in it",
    lambda f, c, w, b, v: (f @ w + b)[:, None] + f @ (c @ v).T,
    "a table: every picture meets every condition. Row i of one belongs to row i of the other",
    lambda f, c, w, b, v: f @ w + (c @ v * f).sum(1),
    "b is missing: D cannot shift all its logits",
    lambda f, c, w, b, v: f @ w + b + (c @ v).sum(1),
    "cᵀV is never multiplied by the features: this scores conditions, whatever is drawn",
    praise="right: one logit, the sum of two scores",
)


def _distances(
    fakes: Tensor, true: Tensor, power: int = 1, less: int = 1, parts: Any = (2, -1, -1)
) -> tuple[Tensor, Tensor, Tensor]:
    def mean(a: Tensor, b: Tensor, minus: int = 0) -> Tensor:
        found = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist") ** power
        return found.sum() / (len(a) * (len(b) - minus))

    near, own, truth = mean(fakes, true), mean(fakes, fakes, less), mean(true, true, less)
    return near, own, parts[0] * near + parts[1] * own + parts[2] * truth


distances = Function(
    _distances,
    lambda draw: (draw(4, 3), draw(6, 3) + 1),
    lambda x, y: _distances(x, y, less=0),
    "a picture has the distance 0 to itself, and that is no pair: divide by n (n − 1)",
    lambda x, y: _distances(x, y, power=2),
    "squared distances: then only the means of both sets are compared, and not their diversity",
    lambda x, y: _distances(x, y, parts=(1, -1, -1)),
    "nearness counts twice in the third number: 2 · near",
    lambda x, y: _distances(x, y, parts=(2, -1, 0)),
    "the true drawings' own diversity is missing in the third number",
    lambda x, y: _distances(x, y, parts=(2, 0, -1)),
    "the fakes' diversity is missing in the third number: then it rewards averages again",
    lambda x, y: _distances(x, y, parts=(2, 1, 1)),
    "diversities are subtracted from 2 · near, not added",
    differentiable=False,
    praise="right: 0 for true drawings, and above it for all else",
)
