"""Whether what is read of an attribute agrees with the truth."""

import torch
from torch import Tensor

from ganlib.measure.attributes import Attribute


def errors(about: Attribute, answer: Tensor, truth: Tensor) -> Tensor:
    """The error of each answer, (n,): 0 or 1 for binary and choice, |difference| for a number, root
    mean square over the channels for a colour."""
    if about.kind == "binary":
        return ((answer > 0.5) != truth).float()
    if about.kind == "choice":
        return (answer != truth).float()
    if about.kind == "number":
        return (answer - truth).abs()
    return (answer - truth).square().mean(1).sqrt()


def balanced(right: Tensor, truth: Tensor) -> float:
    """Balanced accuracy: the share that is `right` (n,) for each value of `truth` (n,), averaged
    over the values; nan for n = 0. Always to say "no scarf" gets a half, though few wear one."""
    shares = [right[truth == answer].float().mean() for answer in truth.unique()]
    return torch.stack(shares).mean().item() if shares else float("nan")


def kept(about: Attribute, answer: Tensor, truth: Tensor, tolerance: float = 0.0) -> float:
    """Share of the answers that agree with the truth; nan for none.

    For "binary" and "choice" the share of equal ones, `balanced`; for "number" and "colour" that of
    errors within `tolerance`.
    """
    right = errors(about, answer, truth) <= tolerance
    if about.kind in ("number", "colour"):
        return right.float().mean().item()
    return balanced(right, truth)
