"""Answers to lesson 11: steps as people write them, averages by powers, checkpoints by hand."""

import copy
import io

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce
from torch.nn.functional import softplus


def of_d(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def by_labels(g, d, opt_g, opt_d, real, noise, autocast):
    """Labels in place of softplus, D frozen weight by weight, no tuple."""
    n = len(real)
    labels = torch.cat([torch.ones(n, 1), torch.zeros(n, 1)]).to(real)
    with autocast():
        fakes = g(noise)
        logits = d(torch.cat((real, fakes.detach()), dim=0))
        loss_d = 2 * logit_bce(logits, labels)
    opt_d.zero_grad(set_to_none=True)
    loss_d.backward()
    opt_d.step()
    for weight in d.parameters():
        weight.requires_grad = False
    with autocast():
        loss_g = logit_bce(d(fakes), torch.ones_like(real[:, :1]))
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    for weight in d.parameters():
        weight.requires_grad = True
    return [loss_d.detach(), loss_g.detach()]


def by_hand(g, d, opt_g, opt_d, real, noise, autocast):
    """No frozen D: G's gradients are asked for alone."""
    with autocast():
        fake = g(noise)
        logits = d(torch.cat([real, fake.detach()]))
        loss_d = of_d(logits[: len(real)], logits[len(real) :])
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()
    with autocast():
        loss_g = softplus(-d(fake)).mean()
    weights = list(g.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(loss_g, weights), strict=True):
        weight.grad = gradient
    opt_g.step()
    return loss_d.detach(), loss_g.detach()


def changed(*, passes=1, frozen=True, free=True, cast=True, keep=torch.Tensor.detach):
    def step(g, d, opt_g, opt_d, real, noise, autocast):
        with autocast():
            fake = g(noise)
            pair = real, fake.detach()
            logits = d(torch.cat(pair)).chunk(2) if passes == 1 else [d(each) for each in pair]
            loss_d = of_d(*logits)
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
        d.requires_grad_(not frozen)
        if cast:
            with autocast():
                loss_g = softplus(-d(fake)).mean()
        else:
            loss_g = softplus(-d(fake)).mean()
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        d.requires_grad_(free)
        return keep(loss_d), keep(loss_g)

    return step


def kept(trainer, parts=("objective", "ema", "adam_g", "adam_d"), copied=True, counts=True):
    all_parts = trainer.modules | trainer.optimizers
    found = {name: all_parts[name].state_dict() for name in parts}
    if counts:
        found.update(step=trainer.step, images=trainer.images)
    return copy.deepcopy(found) if copied else found


def by_file(trainer):
    """Through bytes, as a file does."""
    file = io.BytesIO()
    torch.save(kept(trainer, copied=False), file)
    file.seek(0)
    return torch.load(file)


ANSWERS = {
    "step": (
        [by_labels, by_hand, changed()],
        [
            (changed(passes=2), "D is called twice"),
            (changed(passes=2, frozen=False), "lesson 04's round"),
            (changed(frozen=False), "not frozen"),
            (changed(free=False), "stays frozen"),
            (changed(keep=float), "waits for the device"),
            (changed(keep=lambda loss: loss), "hold their graphs"),
            (changed(cast=False), "outside of autocast"),
        ],
    ),
    "average": (
        [
            lambda slow, now, n, batch, life: torch.lerp(
                slow, now, 1 - 2 ** (-batch / min(life, 0.1 * n))
            ),
            lambda slow, now, n, batch, life: (
                slow * 0.5 ** max(batch / life, 10 * batch / n)
                + now * (1 - 0.5 ** max(batch / life, 10 * batch / n))
            ),
        ],
        [
            (lambda slow, now, n, b, h: slow + (1 - 0.5 ** (b / h)) * (now - slow), "early in"),
            (
                lambda slow, now, n, b, h: slow + (1 - 0.5 ** (1 / min(h, n / 10))) * (now - slow),
                "is in images",
            ),
            (
                lambda slow, now, n, b, h: slow + 0.5 ** (b / min(h, n / 10)) * (now - slow),
                "exchanged",
            ),
            (lambda slow, now, n, b, h: 1 * now, "now has not moved"),
        ],
    ),
    "state": (
        [kept, by_file],
        [
            (lambda trainer: kept(trainer, copied=False), "goes on changing them"),
            (lambda trainer: kept(trainer, ("objective", "adam_g", "adam_d")), "average is"),
            (lambda trainer: kept(trainer, ("objective", "ema")), "optimisers are missing"),
            (lambda trainer: kept(trainer, counts=False), "step and images"),
        ],
    ),
    "speed_up": (
        [
            lambda p, s: 1 / (1 + (p * (1 / s - 1)).sum()),
            lambda p, s: torch.reciprocal(1 - (p - p / s).sum()),
        ],
        [
            (lambda p, s: 1 / sum(a / b for a, b in zip(p, s, strict=True)), "is left out"),
            (lambda p, s: 1 + (p * (1 / s - 1)).sum(), "the new time"),
            (lambda p, s: (p * s).sum() + 1 - p.sum(), "it gives 1.265"),
            (lambda p, s: 1 / (1 - p.sum()), "it gives"),
        ],
    ),
}
