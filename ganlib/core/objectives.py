"""Problems: each is its networks and the two losses that they minimise.

Images are (N, 3, S, S) in [-1, 1]. A batch holds "anime", drawings, and what else its problem asks
for: "photo", photographs; "unpaired", photographs that have no drawing; "condition".
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.augment import diff_augment
from ganlib.core.config import values_at
from ganlib.core.losses import gan_loss
from ganlib.core.networks.base import Network
from ganlib.core.parallel import draw_rows
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.core.pool import ImagePool
from ganlib.core.reconstruction import DISTANCES, cycle, identity, l1, low_frequency, perceptual

Batch = dict[str, Tensor]
Terms = dict[str, Tensor]  # named scalars whose sum is a loss
Score = Callable[[Tensor], Tensor]  # a discriminator: images to logits


class Objective(nn.Module, ABC):
    """A problem: `generator` is the network that serves, `config` the losses' weights and options.

    `weights` is the config with the value that each schedule has now: the trainer sets it. G does
    not move between D's step and its own, so the fakes of `generate` serve both. `monitors` are
    detached scalars worth watching, from the last step of D. Every `penalty_every`-th step of D
    has the `penalty`; 0 for none.
    """

    generator: Network
    penalty_every: int = 0

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config, self.weights = config, values_at(config, 0)
        self.monitors: Terms = {}

    @abstractmethod
    def generators(self) -> list[nn.Module]:
        """The networks that G's optimiser moves."""

    @abstractmethod
    def discriminators(self) -> list[nn.Module]:
        """The networks that D's optimiser moves."""

    @abstractmethod
    def generate(self, batch: Batch) -> Batch:
        """Every fake of this step, made once, with its graph."""

    @abstractmethod
    def discriminator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        """The terms of D's loss, fakes detached inside."""

    @abstractmethod
    def penalty(self, batch: Batch, fakes: Batch) -> Terms:
        """Further terms of D's loss, scaled by `penalty_every`."""

    @abstractmethod
    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        """The terms of G's loss."""


class AdversarialObjective(Objective):
    """One generator against one discriminator, on the domain "anime"; what problems share."""

    def __init__(self, g: Network, d: nn.Module, config: Any) -> None:
        """`config`: an `AdversarialConfig`, of the problem's own kind."""
        super().__init__(config)
        self.generator, self.discriminator = g, d
        penalised = config.r1_gamma or config.r2_gamma or config.gradient_penalty
        self.penalty_every = config.penalty_every if penalised and config.adversarial_weight else 0

    def generators(self) -> list[nn.Module]:
        return [self.generator]

    def discriminators(self) -> list[nn.Module]:
        return [self.discriminator]

    def score(self, batch: Batch) -> Score:
        """D, as it scores images of this batch."""
        return self.discriminator

    def compared(self, fakes: Batch) -> list[Tensor]:
        """The fakes that D compares with drawings, one batch for each kind."""
        return [fakes["anime"]]

    def discriminator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        given = self.score(batch), batch["anime"], self.compared(fakes)
        weight = self.config.adversarial_weight
        return {"adversarial": self.discriminator_term(*given)} if weight else {}

    def penalty(self, batch: Batch, fakes: Batch) -> Terms:
        return self.penalties(self.score(batch), batch["anime"], torch.cat(self.compared(fakes)))

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        given = self.score(batch), batch["anime"], self.compared(fakes)
        weight = self.config.adversarial_weight
        return {"adversarial": self.generator_term(*given)} if weight else {}

    def discriminator_term(
        self, score: Score, real: Tensor, fakes: list[Tensor], pool: ImagePool | None = None
    ) -> Tensor:
        """D's loss on real images and on fakes, or past ones from a pool."""
        # One pass over both: half as many kernels, and the same function as two passes, because
        # nothing in D mixes the rows of a batch.
        fake, parts = torch.cat(fakes), [len(kind) for kind in fakes]
        images = torch.cat([real, pool(fake, parts) if pool else fake.detach()])
        logits = score(diff_augment(images, self.config.augment, (len(real), *parts)))
        real_logits, fake_logits = logits.split([len(real), len(fake)])
        named = {"real_logit": real_logits, "fake_logit": fake_logits}
        self.monitors = {name: logits.detach().float().mean() for name, logits in named.items()}
        loss = gan_loss(self.config.loss, self.config.label_smoothing)
        return loss.discriminator(real_logits, fake_logits)

    def generator_term(self, score: Score, real: Tensor, fakes: list[Tensor]) -> Tensor:
        """G's adversarial loss times its weight."""
        loss, augment = gan_loss(self.config.loss), self.config.augment
        seen = diff_augment(torch.cat(fakes), augment, [len(kind) for kind in fakes])
        logits = [score(seen)]
        if loss.paired:
            with torch.no_grad():
                logits.append(score(diff_augment(real, augment)))
        return self.weights.adversarial_weight * loss.generator(*logits)

    def penalties(self, score: Score, real: Tensor, fake: Tensor) -> Terms:
        """{"r1", "r2", "gp"}, those with a weight: each k-fold, k = `penalty_every`, so that its
        mean over k steps is the term times its weight."""
        config, now, terms = self.config, self.weights, {}
        if config.r1_gamma:
            terms["r1"] = now.r1_gamma * config.penalty_every * r1(score, real)
        if config.r2_gamma:
            terms["r2"] = now.r2_gamma * config.penalty_every * r2(score, fake)
        if config.gradient_penalty:
            mix = draw_rows(lambda rows: torch.rand(rows, device=real.device), (len(real),))
            weight = now.gradient_penalty * config.penalty_every
            terms["gp"] = weight * wgan_gp(score, real, fake, mix)
        return terms


class NoiseToImage(AdversarialObjective):
    """G turns noise into drawings (Goodfellow et al. 2014). The noise of a step is drawn inside
    `generate`, from torch's global random numbers, so a seed decides it."""

    def noise(self, like: Tensor) -> Tensor:
        """(n, latent) of N(0, 1) for n images, on their device; each process its own rows."""
        latent, kind = self.generator.config.latent, {"dtype": like.dtype, "device": like.device}
        return draw_rows(lambda rows: torch.randn(rows, latent, **kind), (len(like),))

    def generate(self, batch: Batch) -> Batch:
        return {"anime": self.generator(self.noise(batch["anime"]))}


class ConditionalNoiseToImage(NoiseToImage):
    """Noise and a "condition" (N, C) to drawings; D scores drawing and condition together.

    Fakes get the conditions of the batch's drawings: they then have the data's own joint
    frequencies, and D's two means differ by what was drawn.
    """

    def generate(self, batch: Batch) -> Batch:
        return {"anime": self.generator(self.noise(batch["anime"]), batch["condition"])}

    def score(self, batch: Batch) -> Score:
        # Images come as k blocks in the batch's order: real and fake in one pass.
        condition = batch["condition"]
        return lambda x: self.discriminator(x, condition.repeat(len(x) // len(condition), 1))


class PairedTranslation(AdversarialObjective):
    """Pairs, row by row: a distance to the true drawing, and an adversarial term for the sharpness
    that the distance averages away (Isola et al. 2017).

    `features`: the frozen network of the perceptual term, images to a list of tensors.
    """

    def __init__(self, g: Network, d: nn.Module, config: Any, features: Any = None) -> None:
        super().__init__(g, d, config)
        self.features = features

    def generate(self, batch: Batch) -> Batch:
        return {"anime": self.generator(batch["photo"])}

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        terms, now = super().generator_loss(batch, fakes), self.weights
        ours, true = fakes["anime"], batch["anime"]
        if self.config.paired_weight:
            terms["paired"] = now.paired_weight * DISTANCES[self.config.distance](ours, true)
        if self.features is not None:
            terms["perceptual"] = now.perceptual_weight * perceptual(ours, true, self.features)
        return terms


class UnpairedTranslation(AdversarialObjective):
    """No pairs: photographs and drawings of different people, in no order. What keeps the person
    are the low frequencies of the photograph, which need one generator only.

    `transport`: as in `reconstruction.low_frequency`. "source", if a batch has it, is each
    photograph in its own light: G sees "photo", its low frequencies are held to the other. G then
    relies less on the light that it sees: less of an accident of exposure is handed on, and less of
    true differences in brightness too.
    """

    def __init__(
        self, g: Network, d: nn.Module, config: Any, transport: nn.Module | None = None
    ) -> None:
        super().__init__(g, d, config)
        self.transport = transport

    def generate(self, batch: Batch) -> Batch:
        return {"anime": self.generator(batch["photo"])}

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        source = batch.get("source", batch["photo"])
        return super().generator_loss(batch, fakes) | self.kept(fakes["anime"], source)

    def kept(self, output: Tensor, source: Tensor) -> Terms:
        """{"low_frequency"} of translations and their photographs, if it has a weight."""
        if not self.config.low_frequency_weight:
            return {}
        error = low_frequency(output, source, self.config.factor, self.transport)
        return {"low_frequency": self.weights.low_frequency_weight * error}


class MixedTranslation(UnpairedTranslation):
    """Pairs ("photo", "anime") show what a drawing is; the adversarial term carries it over to
    photographs without a drawing ("unpaired"), which are held to their low frequencies."""

    def generate(self, batch: Batch) -> Batch:
        kinds = batch["photo"], batch["unpaired"]
        anime, unpaired = self.generator(torch.cat(kinds)).split([len(kind) for kind in kinds])
        return {"anime": anime, "unpaired": unpaired}

    def compared(self, fakes: Batch) -> list[Tensor]:
        return [fakes["anime"], fakes["unpaired"]]  # D must not learn to tell them apart

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        terms = AdversarialObjective.generator_loss(self, batch, fakes)
        if self.config.paired_weight:
            terms["paired"] = self.weights.paired_weight * l1(fakes["anime"], batch["anime"])
        return terms | self.kept(fakes["unpaired"], batch.get("source", batch["unpaired"]))


class CycleGAN(AdversarialObjective):
    """Two generators, there and back, and two discriminators (Zhu et al. 2017), at about three
    times the cost of `UnpairedTranslation`. `inverse` turns "anime" into "photo"."""

    def __init__(
        self, g: Network, d: nn.Module, inverse: Network, photo_d: nn.Module, config: Any
    ) -> None:
        super().__init__(g, d, config)
        self.inverse, self.photo_discriminator = inverse, photo_d
        sides, shape = ("anime", "photo"), (3, g.config.size, g.config.size)
        pools = {side: ImagePool(config.pool, shape) for side in sides if config.pool}
        self.pools = nn.ModuleDict(pools)

    def generators(self) -> list[nn.Module]:
        return [self.generator, self.inverse]

    def discriminators(self) -> list[nn.Module]:
        return [self.discriminator, self.photo_discriminator]

    def generate(self, batch: Batch) -> Batch:
        """Both translations; "same_...": what each generator makes of its own target domain;
        "..._again": there and back."""
        photo, anime, same = batch["photo"], batch["anime"], self.config.identity_weight
        drawn = self.generator(torch.cat([photo, anime]) if same else photo)
        back = self.inverse(torch.cat([anime, photo]) if same else anime)
        fakes = {"anime": drawn[: len(photo)], "same_anime": drawn[len(photo) :]}
        fakes |= {"photo": back[: len(anime)], "same_photo": back[len(anime) :]}
        if self.config.cycle_weight:
            fakes["photo_again"] = self.inverse(fakes["anime"])
            fakes["anime_again"] = self.generator(fakes["photo"])
        return fakes

    def discriminator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        if not self.config.adversarial_weight:
            return {}
        sides: dict[str, Any] = {"photo": self.photo_discriminator, "anime": self.discriminator}
        back, there = (  # drawings last: the monitors are of the discriminator that matters
            self.discriminator_term(d, batch[side], [fakes[side]], dict(self.pools).get(side))
            for side, d in sides.items()
        )
        return {"adversarial": there, "adversarial_back": back}

    def penalty(self, batch: Batch, fakes: Batch) -> Terms:
        back = self.penalties(self.photo_discriminator, batch["photo"], fakes["photo"])
        return super().penalty(batch, fakes) | {f"{name}_back": t for name, t in back.items()}

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        config, now, terms = self.config, self.weights, super().generator_loss(batch, fakes)
        if config.identity_weight:
            kept = identity(fakes["same_anime"], batch["anime"])
            kept = kept + identity(fakes["same_photo"], batch["photo"])
            terms["identity"] = now.identity_weight * kept
        if config.adversarial_weight:
            back = self.generator_term(self.photo_discriminator, batch["photo"], [fakes["photo"]])
            terms["adversarial_back"] = back
        if config.cycle_weight:
            there = cycle(fakes["photo_again"], batch["photo"])
            again = cycle(fakes["anime_again"], batch["anime"])
            terms["cycle"] = now.cycle_weight * (there + again)
        return terms
