"""Problems: each is its networks and the two losses that they minimise. Images are (N, 3, S, S) in
[-1, 1]. A batch holds "anime", drawings, and what else its problem asks for: "photo", photographs;
"unpaired", photographs without a drawing; "condition"."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ganlib.core.augment import diff_augment
from ganlib.core.config import values_at
from ganlib.core.losses import gan_loss
from ganlib.core.networks.base import Network
from ganlib.core.parallel import draw_rows
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.core.pool import ImagePool
from ganlib.core.reconstruction import DISTANCES, l1, low_frequency, perceptual

Batch = dict[str, Tensor]
Terms = dict[str, Tensor]  # named scalars whose sum is a loss


class Comparison(NamedTuple):
    """What one discriminator compares."""

    score: Callable[[Tensor], Tensor]  # images to logits
    real: Tensor
    fakes: list[Tensor]  # one batch for each kind
    pool: Any = None  # an `ImagePool` if D sees past fakes in place of some of these


class Objective(nn.Module):
    """A problem: G against D, on the domain "anime"; `generator` is the network that serves.
    `config` (`AdversarialConfig`) has the losses' weights and options; `now` is the config with the
    value that each schedule has in this step. `monitors` are detached scalars worth watching, from
    D's last step; its every `penalty_every`-th has the `penalty`."""

    conditions: tuple[str, ...] = ()  # what a batch has for both networks to see beside images
    kinds: tuple[str, ...] = ("anime",)  # of fakes; D gets no sign of a fake's kind

    def __init__(self, g: Network, d: nn.Module, config: Any) -> None:
        super().__init__()
        self.generator, self.discriminator = g, d
        self.generators: list[nn.Module] = [g]  # the networks that each optimiser moves
        self.discriminators: list[nn.Module] = [d]
        self.config, self.now = config, values_at(config, 0)
        self.monitors: Terms = {}
        penalised = config.r1_gamma or config.r2_gamma or config.gradient_penalty
        self.penalty_every = config.penalty_every if penalised and config.adversarial_weight else 0

    def generate(self, batch: Batch) -> Batch:
        """Every fake of this step, with its graph, made once: G moves in its own step only."""
        return {"anime": self.generator(batch["photo"], *[batch[name] for name in self.conditions])}

    def comparisons(self, batch: Batch, fakes: Batch) -> dict[str, Comparison]:
        """Suffix of its terms' names ("", "_coarse", "_back") -> what a discriminator compares."""
        score, kinds = self.score_with(self.discriminator, batch), [fakes[k] for k in self.kinds]
        return {"": Comparison(score, batch["anime"], kinds)}

    def score_with(self, d: nn.Module, batch: Batch) -> Callable[[Tensor], Tensor]:
        """Images to a discriminator's logits. The images are blocks in the batch's order, such as
        real ones and then fakes: every block is scored with the batch's conditions."""

        def score(images: Tensor) -> Tensor:
            blocks = len(images) // len(batch["anime"])
            return d(images, *[batch[name].repeat(blocks, 1) for name in self.conditions])

        return score

    def compared(self, batch: Batch, fakes: Batch) -> list[tuple[str, Comparison]]:
        """The items of `comparisons`; none while the adversarial term has no weight."""
        return [*self.comparisons(batch, fakes).items()] if self.now.adversarial_weight else []

    def discriminator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        """The terms of D's loss, fakes detached inside."""
        config, terms = self.config, Terms()
        # Drawings come last, so that the monitors are of the discriminator that matters.
        for suffix, given in reversed(self.compared(batch, fakes)):
            # One pass for both, with half the kernels: the same as two, as nothing in D mixes rows.
            # A D that scores packs of images has fewer logits than images, in the same order.
            real, fake = given.real, torch.cat(given.fakes)
            parts = [len(kind) for kind in given.fakes]
            images = torch.cat([real, given.pool(fake, parts) if given.pool else fake.detach()])
            logits = given.score(diff_augment(images, config.augment, (len(real), *parts)))
            real_logits, fake_logits = logits.tensor_split([len(logits) * len(real) // len(images)])
            named = {"real_logit": real_logits, "fake_logit": fake_logits}
            self.monitors = {name: seen.detach().float().mean() for name, seen in named.items()}
            loss = gan_loss(config.loss)
            terms[f"adversarial{suffix}"] = loss.discriminator(real_logits, fake_logits)
        return terms

    def penalty(self, batch: Batch, fakes: Batch) -> Terms:
        """Those of "r1", "r2" and "gp" that have a weight: each k-fold, k = `penalty_every`, so
        that its mean over k steps is the term times its weight."""
        config, k, now, terms = self.config, self.penalty_every, self.now, Terms()
        for suffix, (score, real, kinds, _) in reversed(self.compared(batch, fakes)):
            fake = torch.cat(kinds)
            if config.r1_gamma:
                terms[f"r1{suffix}"] = k * now.r1_gamma * r1(score, real)
            if config.r2_gamma:
                terms[f"r2{suffix}"] = k * now.r2_gamma * r2(score, fake)
            if config.gradient_penalty:
                terms[f"gp{suffix}"] = k * now.gradient_penalty * wgan_gp(score, real, fake)
        return terms

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        """The terms of G's loss."""
        config, terms, loss = self.config, Terms(), gan_loss(self.config.loss)
        for suffix, given in self.compared(batch, fakes):
            parts = [len(kind) for kind in given.fakes]
            logits = [given.score(diff_augment(torch.cat(given.fakes), config.augment, parts))]
            if loss.relativistic:
                with torch.no_grad():
                    logits.append(given.score(diff_augment(given.real, config.augment)))
            terms[f"adversarial{suffix}"] = self.now.adversarial_weight * loss.generator(*logits)
        return terms


class NoiseToImage(Objective):
    """G turns noise into drawings (Goodfellow et al. 2014)."""

    def noise(self, like: Tensor) -> Tensor:
        """(n, latent) of N(0, 1) for n images, from torch's global random numbers."""
        latent = self.generator.config.latent
        return draw_rows(lambda rows: like.new_empty(rows, latent).normal_(), (len(like),))

    def generate(self, batch: Batch) -> Batch:
        noise = self.noise(batch["anime"])
        return {"anime": self.generator(noise, *[batch[name] for name in self.conditions])}


class ConditionalNoiseToImage(NoiseToImage):
    """Noise and a "condition" (N, C) to drawings; D scores drawing and condition together. Fakes
    get the conditions of the batch's drawings, so that D finds no difference in frequencies."""

    conditions = ("condition",)


class PairedTranslation(Objective):
    """Pairs, row by row: a distance to the true drawing beside the adversarial term (Isola et al.
    2017). `features`: the perceptual term's frozen network, images to a list of tensors."""

    def __init__(self, g: Network, d: nn.Module, config: Any, features: Any = None) -> None:
        super().__init__(g, d, config)
        self.features = features

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        terms, now = super().generator_loss(batch, fakes), self.now
        both = fakes["anime"], batch["anime"]
        if self.config.paired_weight:
            terms["paired"] = now.paired_weight * DISTANCES[self.config.distance](*both)
        if self.features is not None:
            terms["perceptual"] = now.perceptual_weight * perceptual(*both, self.features)
        return terms


class UnpairedTranslation(Objective):
    """No pairs: photographs and drawings of different people, in no order. What keeps the person
    are the low frequencies of "source", if a batch has it (each "photo" in its own light), else of
    "photo". `transport`: as in `reconstruction.low_frequency`."""

    def __init__(self, g: Network, d: nn.Module, config: Any, transport: Any = None) -> None:
        super().__init__(g, d, config)
        self.transport = transport

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        source = batch.get("source", batch["photo"])
        return super().generator_loss(batch, fakes) | self.kept(fakes["anime"], source)

    def kept(self, output: Tensor, source: Tensor) -> Terms:
        """{"low_frequency"} of translations and their photographs, if it has a weight."""
        if not self.config.low_frequency_weight:
            return {}
        error = low_frequency(output, source, self.config.factor, self.transport)
        return {"low_frequency": self.now.low_frequency_weight * error}


class MixedTranslation(UnpairedTranslation):
    """Pairs ("photo", "anime") show what a drawing is; the adversarial term carries it over to
    photographs without a drawing ("unpaired"), which are held to their low frequencies."""

    kinds = ("anime", "unpaired")

    def generate(self, batch: Batch) -> Batch:
        kinds = batch["photo"], batch["unpaired"]
        anime, unpaired = self.generator(torch.cat(kinds)).split([len(kind) for kind in kinds])
        return {"anime": anime, "unpaired": unpaired}

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        terms = Objective.generator_loss(self, batch, fakes)
        if self.config.paired_weight:
            terms["paired"] = self.now.paired_weight * l1(fakes["anime"], batch["anime"])
        return terms | self.kept(fakes["unpaired"], batch.get("source", batch["unpaired"]))


class CycleGAN(Objective):
    """Two generators, there and back, and two discriminators (Zhu et al. 2017), at about three
    times the cost of `UnpairedTranslation`. `inverse` turns "anime" into "photo"."""

    def __init__(self, g: Network, d: nn.Module, f: Network, f_d: nn.Module, config: Any) -> None:
        super().__init__(g, d, config)
        self.inverse, self.photo_discriminator = f, f_d
        self.generators, self.discriminators = [g, f], [d, f_d]
        sides, shape = ("anime", "photo") if config.pool else (), (3, g.config.size, g.config.size)
        self.pools = nn.ModuleDict({side: ImagePool(config.pool, shape) for side in sides})

    def generate(self, batch: Batch) -> Batch:
        """Both translations, "same_..." (of what is in the domain already), "..._again" (back)."""
        photo, anime, same = batch["photo"], batch["anime"], self.config.identity_weight
        drawn = self.generator(torch.cat([photo, anime]) if same else photo)
        back = self.inverse(torch.cat([anime, photo]) if same else anime)
        fakes = {"anime": drawn[: len(photo)], "same_anime": drawn[len(photo) :]}
        fakes |= {"photo": back[: len(anime)], "same_photo": back[len(anime) :]}
        if self.config.cycle_weight:
            fakes["photo_again"] = self.inverse(fakes["anime"])
            fakes["anime_again"] = self.generator(fakes["photo"])
        return fakes

    def comparisons(self, batch: Batch, fakes: Batch) -> dict[str, Comparison]:
        pools, d, back = dict(self.pools), self.discriminator, self.photo_discriminator
        return {
            "": Comparison(d, batch["anime"], [fakes["anime"]], pools.get("anime")),
            "_back": Comparison(back, batch["photo"], [fakes["photo"]], pools.get("photo")),
        }

    def generator_loss(self, batch: Batch, fakes: Batch) -> Terms:
        config, now, terms = self.config, self.now, super().generator_loss(batch, fakes)
        photo, anime = batch["photo"], batch["anime"]
        if config.identity_weight:
            kept = l1(fakes["same_anime"], anime) + l1(fakes["same_photo"], photo)
            terms["identity"] = now.identity_weight * kept
        if config.cycle_weight:
            back = l1(fakes["photo_again"], photo) + l1(fakes["anime_again"], anime)
            terms["cycle"] = now.cycle_weight * back
        return terms
