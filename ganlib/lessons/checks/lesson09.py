"""Lesson 09, when translation fails."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss, softplus

from ganlib.lessons.checks.core import Function
from ganlib.lessons.discriminators import memorised


def _vitals(real: Tensor, fake: Tensor) -> tuple[Tensor, ...]:
    right = (real > 0).double().mean() + (fake < 0).double().mean()
    loss = softplus(-real).mean() + softplus(fake).mean()
    return right / 2, loss, fake.sigmoid().mean(), (-fake).sigmoid().mean()


vitals = Function(
    _vitals,
    lambda draw: (draw(5, 1, 2, 2) + 1, draw(3, 1, 2, 2) - 0.5),
    lambda r, f: (torch.cat([r > 0, f < 0]).double().mean(), *_vitals(r, f)[1:]),
    "the accuracy counts all logits alike: take the share of each kind, then their mean, or a D "
    "that calls everything real is right wherever reals are many",
    lambda r, f: (2 * _vitals(r, f)[0], *_vitals(r, f)[1:]),
    "the two shares are added: halve their sum, so that a D that guesses has ½",
    lambda r, f: ((r.sigmoid() > 0).double().mean() / 2, *_vitals(r, f)[1:]),
    "a sigmoid is always above 0: compare the logits with 0, or probabilities with ½",
    lambda r, f: ((r > 0).double().mean(), *_vitals(r, f)[1:]),
    "this is the share of the reals alone: a D that calls everything real has all of it",
    lambda r, f: (_vitals(r, f)[0], _vitals(r, f)[1] / 2, *_vitals(r, f)[2:]),
    "D's loss is halved: the course adds its two means, so that guessing costs 2 ln 2",
    lambda r, f: (*_vitals(r, f)[:2], *_vitals(r, f)[:1:-1]),
    "the last two are exchanged: the saturating loss, whose derivative is σ(a), comes first",
    lambda r, f: (*_vitals(r, f)[:2], *_vitals(f, r)[2:]),
    "G learns from what D says of *fakes*: the last two are of their logits",
    lambda r, f: (*_vitals(r, f)[:2], -softplus(f).mean(), softplus(-f).mean()),
    "these are G's losses; asked for is the size of their derivatives, (09.1)",
    differentiable=False,
    praise="right: guessing gives ½, 1.386, ½ and ½",
)


def _gradients(adversarial: Any, kept: Any, drawing: Tensor) -> list[Tensor]:
    x = drawing.detach().requires_grad_()
    return [torch.autograd.grad(term(x), x)[0] for term in (adversarial, kept)]


def _pull(adversarial: Any, kept: Any, drawing: Tensor, far: Any = torch.norm) -> Tensor:
    a, b = map(far, _gradients(adversarial, kept, drawing))
    return b / (a + b)


def _ratio(adversarial: Any, kept: Any, drawing: Tensor) -> Tensor:
    a, b = map(torch.norm, _gradients(adversarial, kept, drawing))
    return b / a


def _terms(draw: Any) -> tuple[Any, Any, Tensor]:
    w, y, k = draw(2, 3, 4, 4), draw(2, 3, 4, 4), draw().exp()
    return (
        lambda x: softplus(-(w * x).sum((1, 2, 3))).mean(),
        lambda x: k * l1_loss(x, y),
        draw(2, 3, 4, 4),
    )


pull = Function(
    _pull,
    _terms,
    _ratio,
    "this is the ratio of the two norms; divide by their sum, so that it ends at 1",
    lambda a, k, x: k(x) / (a(x) + k(x)),
    "these are the terms' values; a loss may be large and pull at nothing: take gradients",
    lambda a, k, x: _pull(a, k, x, lambda g: g.square().sum()),
    "these are squared norms: a root is missing",
    lambda a, k, x: _pull(a, k, x, lambda g: g.sum().abs()),
    "gradients of opposite sign cancel in a sum: take the norm",
    lambda a, k, x: (g := _gradients(a, k, x))[1].norm() / (g[0] + g[1]).norm(),
    "the norm of the sum: gradients that oppose each other make that small. Add the two norms",
    differentiable=False,
    praise="right: 0 is the adversarial term alone, 1 the other alone",
)


def _shifted(images: Tensor, down: Tensor, right: Tensor) -> Tensor:
    place = torch.arange(images.shape[-1])

    def identity(by: Tensor) -> Tensor:
        return (place[:, None] - place == by[:, None, None, None]).to(images)

    return identity(down) @ images @ identity(right).transpose(2, 3)


def _kept(images: Tensor, top: Tensor, left: Tensor, half: int = 2) -> Tensor:
    place, side = torch.arange(images.shape[-1]), images.shape[-1] // half
    rows, columns = (
        (place >= start[:, None]) & (place < start[:, None] + side) for start in (top, left)
    )
    return ~(rows[:, None, :, None] & columns[:, None, None, :])


def _augment(images: Tensor, down: Tensor, right: Tensor, top: Tensor, left: Tensor) -> Tensor:
    return _shifted(images, down, right) * _kept(images, top, left)


def _rolled(images: Tensor, down: Tensor, right: Tensor) -> Tensor:
    rows = zip(images, down.tolist(), right.tolist(), strict=True)
    return torch.stack([image.roll((d, r), (1, 2)) for image, d, r in rows])


augment = Function(
    _augment,
    lambda draw: (
        draw(3, 2, 8, 8),
        *(torch.tensor(each) for each in ([1, -2, 0], [-1, 2, 1], [2, 0, 4], [0, 3, 1])),
    ),
    lambda x, d, r, t, s: _rolled(x, d, r) * _kept(x, t, s),
    "what leaves on one side comes back on the other: zeros should move in",
    lambda x, d, r, t, s: _augment(x, -d, -r, t, s),
    "the pictures move the other way: down and right are positive",
    lambda x, d, r, t, s: _shifted(x, d, r),
    "moved well; the hole is missing",
    lambda x, d, r, t, s: x * _kept(x, t, s),
    "a good hole; the pictures have not moved",
    lambda x, d, r, t, s: _shifted(x * _kept(x, t, s), d, r),
    "the hole has moved along with the picture: move first, then cut",
    lambda x, d, r, t, s: _shifted(x, d, r) * ~_kept(x, t, s),
    "only the hole is left: multiply by 0 inside, by 1 outside",
    lambda x, d, r, t, s: _shifted(x, d, r) * _kept(x, t, s, half=4),
    "the side of the hole is half of the picture's, not a quarter",
    lambda x, d, r, t, s: _augment(x, d[:1].expand(3), r[:1].expand(3), t, s),
    "every picture moves as the first one does; each has its own numbers",
    lambda x, d, r, t, s: _augment(x, d, r, t[:1].expand(3), s[:1].expand(3)),
    "every picture has the first one's hole; each has its own numbers",
    praise="right, and the gradient passes: where D sees nothing, G gets none",
)

memory = Function(
    memorised,
    lambda draw: (draw(7) + 2, draw(5), draw(6) - 2),
    lambda s, h, f: (h.mean() - f.mean()) / (s.mean() - f.mean()),
    "this is 1 − r: it is 1 for a D that has memorised nothing",
    lambda s, h, f: (s.mean() - h.mean()) / (h.mean() - f.mean()),
    "divide by the distance of the *seen* ones from the fakes: then a D to which held-out drawings "
    "are fakes has exactly 1",
    lambda s, h, f: memorised(s.sigmoid(), h.sigmoid(), f.sigmoid()),
    "of logits, not of probabilities, which are all alike where D is sure",
    lambda s, h, f: memorised(s.sum(), h.sum(), f.sum()),
    "sums: the three batches differ in size, so take means",
    lambda s, h, f: s.mean() - h.mean(),
    "a difference of logits has no scale: divide by what D keeps between seen and fake",
    differentiable=False,
    praise="right: 0 has learnt what drawings are, 1 has learnt these",
)


class _Back(Function):
    """Of G(x) = tanh(g x) and F(y) = f y + f²: by the gradient with respect to g and f. Drawings
    come to the engine as whole numbers, so that none is taken with respect to them."""

    def _outcomes(self, function: Any, rounds: Any) -> Any:
        def run(g: Tensor, f: Tensor, drawing: Tensor) -> Any:
            return function(
                lambda x: torch.tanh(g * x), lambda y: f * y + f**2, drawing.double() / 100
            )

        return super()._outcomes(run, rounds)


def _home(generator: Any, backward: Any, drawing: Tensor) -> Tensor:
    return generator(backward(drawing).detach())


back = _Back(
    lambda generator, backward, drawing: l1_loss(_home(generator, backward, drawing), drawing),
    lambda draw: (draw(), draw(), (60 * draw(2, 3, 4, 4)).long()),
    lambda g, f, y: l1_loss(g(f(y)), y),
    "the value is right, but F learns with G: then both may agree on a code, as in a cycle. "
    "Detach F's photograph",
    lambda g, f, y: l1_loss(g(f(y)).detach(), y),
    "the drawing is detached, not the photograph: G learns nothing",
    lambda g, f, y: l1_loss(f(g(y)), y),
    "the wrong way round: F makes the photograph first",
    lambda g, f, y: l1_loss(g(y), y),
    "this is the identity term: G gets the drawing itself, not F's photograph of it",
    lambda g, f, y: l1_loss(_home(g, f, y), f(y).detach()),
    "G is held to F's photograph; what is real here is the drawing",
    lambda g, f, y: mse_loss(_home(g, f, y), y),
    "squares; the term is an L1",
    praise="right: F is fixed, G learns, and its answer is a real drawing",
)
