"""Lesson 11, the training core."""

import copy
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core import losses
from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.core.networks import dcgan
from ganlib.core.objectives import NoiseToImage
from ganlib.core.trainer import Trainer
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.lesson04 import _Adapted
from ganlib.lessons.checks.outcomes import is_missing


def _listed(make: Any, said: dict[str, str]) -> list[Any]:
    """The wrong answers that `make` makes of the keys, and what is said of them."""
    return [each for what, words in said.items() for each in (make(what), words)]


def _watched(step: Any) -> Any:
    """After two steps: weights, D's gradients, losses, and how both networks were called. They
    are in float64, which autocast leaves as it is."""

    def run(g: nn.Module, d: nn.Module, _g: str, _d: str, reals: Tensor, noises: Tensor) -> Any:
        seen, values, inside = list[Any](), list[Any](), torch.is_autocast_enabled
        for network in (g, d):
            network.register_forward_pre_hook(lambda _, x: seen.extend((len(x[0]), inside("cpu"))))
        given = g, d, *(torch.optim.SGD(network.parameters(), 0.5) for network in (g, d))
        for batch in zip(reals, noises, strict=True):
            pair = step(*given, *batch, partial(torch.autocast, "cpu", torch.bfloat16))
            values += pair if isinstance(pair, tuple | list | Tensor) else [pair]
        if is_missing(values):
            return None
        seen += [getattr(value, "requires_grad", 2) for value in values]  # 2: a Python number
        seen += [parameter.requires_grad for parameter in d.parameters()]
        values += [p.grad for p in d.parameters() if p.grad is not None]
        return [*g.parameters(), *d.parameters(), *values, torch.tensor(seen)]

    return run


def _step(other: str) -> Any:
    cast: Any = {"bare": nullcontext}.get(other)

    def step(g: Any, d: Any, opt_g: Any, opt_d: Any, real: Any, z: Any, autocast: Any) -> Any:
        with autocast():
            fake = g(z)
            seen = fake.detach()
            logits = (d(real), d(seen)) if "two" in other else d(torch.cat([real, seen])).chunk(2)
            loss_d = losses.logistic_discriminator(*logits)
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
        d.requires_grad_("open" in other)
        with (cast or autocast)():
            loss_g = losses.nonsaturating_generator(d(fake))
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        d.requires_grad_("shut" not in other)
        kept = {"read": Tensor.item, "graph": lambda loss: loss}.get(other, Tensor.detach)
        return kept(loss_d), kept(loss_g)

    return step


_STEPS = {
    "two": "the same numbers, but D is called twice in its turn: join both batches by torch.cat",
    "two open": "this is lesson 04's round: one pass of D for both, and D frozen in G's turn",
    "open": "D is not frozen in G's turn: its weights get gradients that nobody uses",
    "read": "`.item()` waits for the device: return loss.detach(), and read it later",
    "graph": "the losses still hold their graphs: detach what you return",
    "bare": "G's turn is outside of autocast: its forward pass belongs inside too",
    "shut": "D stays frozen: after G's turn it must be able to learn again",
}


def _network(draw: Any, outputs: int) -> nn.Module:
    made = nn.Linear(2, outputs).double()
    made.weight.data, made.bias.data = draw(outputs, 2), draw(outputs)
    return made


step = _Adapted(
    _watched,
    _step(""),
    lambda draw: (_network(draw, 2), _network(draw, 1), "", "", draw(2, 5, 2), draw(2, 5, 2)),
    *_listed(_step, _STEPS),
    differentiable=False,
    praise="right: one pass of D, D frozen in G's turn, nothing read",
)


def _average(slow: Any, now: Any, images: float, batch: int, half_life: float) -> Any:
    return slow + (1 - 0.5 ** (batch / min(half_life, images / 10))) * (now - slow)


average = Function(
    _average,
    lambda draw: (draw(2, 3), draw(2, 3), 3000 * draw().exp().item(), 32, 500.0),
    lambda slow, now, n, batch, life: _average(slow, now, 1e9, batch, life),
    "early in the run the half-life is images / 10, if that is less",
    lambda slow, now, n, batch, life: _average(slow, now, n, 1, life),
    "the half-life is in images: a step is `batch` of them",
    lambda slow, now, n, batch, life: _average(now, slow, n, batch, life),
    "the shares are exchanged: the average takes little of the new weights",
    edges=[(torch.zeros(2), torch.ones(2), n, 32, 500.0) for n in (1000.0, 9000.0)],
    differentiable=False,
    praise="right: a small share of the new, the rest of the old",
)


def _resumed(state: Any) -> Any:
    """The weights of a run that was killed one step after `state`, and resumed."""

    def fresh(seed: int) -> Trainer:
        torch.manual_seed(seed)
        g = dcgan.DCGANGenerator(dcgan.DCGANGeneratorConfig(8, 4, 8))
        d = dcgan.DCGANDiscriminator(dcgan.DCGANDiscriminatorConfig(8, 8))
        config = TrainConfig(24, 4, lr_g=0.01, lr_d=0.01, decay=1.0, precision="fp32")
        problem = NoiseToImage(g, d, NoiseLoss(augment="", r1_gamma=0.0))
        return Trainer(problem, lambda n: {"anime": torch.rand(n, 3, 8, 8)}, config)

    def run(seed: int) -> Any:
        old, new = fresh(seed), fresh(seed + 1)
        old.train_step()
        kept = state(old)
        if is_missing(kept):
            return None
        old.train_step()  # and is killed
        for name, part in {**new.modules, **new.optimizers}.items():
            if name in kept:
                part.load_state_dict(kept[name])
        new.step, new.images = kept.get("step", 0), kept.get("images", 0)
        new.train_step()
        new.train_step()
        return [p for module in new.modules.values() for p in module.parameters()]

    return run


def _state(without: str) -> Any:
    def state(trainer: Trainer) -> dict[str, Any]:
        parts = {**trainer.modules, **trainer.optimizers}
        kept: dict[str, Any] = {name: part.state_dict() for name, part in parts.items()}
        kept |= {"step": trainer.step, "images": trainer.images}
        kept = kept if without == "copies" else copy.deepcopy(kept)
        return {name: part for name, part in kept.items() if name not in without.split()}

    return state


_STATES = {
    "copies": "state_dict gives the tensors themselves, and the run goes on changing them: copy",
    "ema": "the average is missing: it is no function of the weights of now",
    "adam_g adam_d": "the optimisers are missing: Adam begins again without its moments",
    "step images": "step and images are missing: random numbers and rates begin again",
    "step": "step is missing: the random numbers of a step are seeded by it",
    "images": "images is missing: learning rates and the average's share go by it",
}
state = _Adapted(
    _resumed,
    _state(""),
    lambda draw: (int(100 * draw().abs()),),
    *_listed(_state, _STATES),
    differentiable=False,
    praise="right: killed and resumed, the run is the same bit for bit",
)

speed_up = Function(
    lambda shares, factors: 1 / (1 - shares.sum() + (shares / factors).sum()),
    lambda draw: (draw(4).softmax(0)[:3], 1 + draw(3).exp()),
    lambda p, s: 1 / (p / s).sum(),
    "what is not sped up is left out: it takes its time as before",
    lambda p, s: 1 - p.sum() + (p / s).sum(),
    "this is the new time as a share of the old: the speed-up is one over it",
    praise="right: the parts' times add up",
)
