"""A problem = its networks and the two losses they descend.

Every objective is an `nn.Module` with the same face, which is all that the trainer knows of it:

    generator                            the network that serves
    settings                             a dataclass of the terms, their weights and options
    weights                              the same with the value that each schedule among them has
                                         now: the trainer sets it before each step
    generators(), discriminators()       the parameters of the two players
    generate(batch) -> outputs           every fake of this step, made once, with its graph
    discriminator_loss(batch, outputs)   named terms that sum to D's loss; fakes detached inside
    penalty(batch, outputs)              named terms for every `penalty_every`-th step, scaled by it
    generator_loss(batch, outputs)       named terms that sum to G's loss
    monitors                             detached scalars worth watching, from the last D step

G does not move between D's step and its own, so the fakes of `generate` serve both.
Images are (N, 3, S, S) in [-1, 1]; worlds are "photo" and "anime", and "wild" holds photographs of
real people, who have no twin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from ganlib.augment import check_policy, diff_augment
from ganlib.distributed import joined
from ganlib.errors import GanlibError
from ganlib.losses import game
from ganlib.penalties import r1, r2, wgan_gp
from ganlib.pool import ImagePool
from ganlib.reconstruction import cycle, identity, l1, low_frequency
from ganlib.schedules import Schedule, settled

Weight = float | Schedule
SCHEDULED = "adversarial paired low_frequency cycle identity r1_gamma r2_gamma gradient_penalty"
"""The settings that may be a `Schedule` over the images seen."""
Images = dict[str, Tensor]
Terms = dict[str, Tensor]


@dataclass(frozen=True)
class ObjectiveSettings:
    """The terms and their weights. A weight of 0 removes a term, and what it costs.

    A weight may be a `Schedule` over the images seen: its term stays, also where the value is 0.
    """

    game: str = "nonsaturating"
    """A name in `losses.GAMES`."""
    label_smoothing: float = 0.0
    """What D's label for real images is lowered by, for games with labels; Salimans 2016: 0.1."""
    adversarial: Weight = 1.0
    """Weight of the game in G's loss. 0 trains no discriminator at all."""
    paired: Weight = 30.0
    """Weight of the L1 between a twin's translation and its true drawing. Isola et al. 2017 use
    100; mixed training wants 5, or the game on real photographs is hardly heard."""
    low_frequency: Weight = 5.0
    """Weight of the L1 to the source after averaging: too little loses hair and skin, too much
    keeps the photograph."""
    factor: int = 16
    """Side of the squares averaged for that, pixels; it divides the image's side. Smaller squares
    forbid larger eyes."""
    match_tones: bool = True
    """Whether the source's tones are first carried over to the drawings' (`reconstruction.Tones`);
    the objective's maker does it, who has the data."""
    cycle: Weight = 10.0
    """Weight of the way there and back (Zhu et al. 2017 use 10), with reconstruction "cycle"."""
    identity: Weight = 0.0
    """Weight of G(drawing) = drawing in unpaired training; Zhu et al. 2017 use 5."""
    augment: str = "translation"
    """What D sees differently each time (`augment.diff_augment`); "" for nothing."""
    r1_gamma: Weight = 1e-4
    """γ of R1; 0 for no penalty. It meets the sum of all patch logits, hence its smallness."""
    r1_every: int = 16
    """D steps from one penalty to the next (Karras et al. 2020, lazy regularisation)."""
    r2_gamma: Weight = 0.0
    """γ of R2, the same on the fakes; 0 for none. R3GAN uses both (Huang et al. 2024)."""
    gradient_penalty: Weight = 0.0
    """λ of WGAN-GP, with the game "wasserstein"; Gulrajani et al. 2017 use 10, every step."""
    pool: int = 0
    """Past fakes kept for D to judge beside the new ones (`pool.ImagePool`); 0 for none, Zhu et al.
    2017 keep 50."""

    def __post_init__(self) -> None:
        game(self.game, self.label_smoothing)
        check_policy(self.augment)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, dict):  # as JSON has a schedule
                object.__setattr__(self, field.name, value := Schedule(**value))
            if isinstance(value, Schedule):
                if field.name not in SCHEDULED.split():
                    raise GanlibError(f"ObjectiveSettings.{field.name} cannot be a schedule.")
                continue
            least = 1 if field.name in ("factor", "r1_every") else 0
            if not isinstance(value, str) and not least <= value < float("inf"):
                raise GanlibError(
                    f"ObjectiveSettings.{field.name} must be {least} or more, not {value!r}."
                )


class PairedTranslation(nn.Module):
    """Twins known: L1 to the true drawing, and a game for the sharpness that L1 averages away.

    Batches hold "photo" and "anime", row i of one the twin of row i of the other.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        settings: ObjectiveSettings | None = None,
        tones: nn.Module | None = None,
    ) -> None:
        """`tones` carries photographs' low frequencies over to drawings (`reconstruction.Tones`);
        None compares them as they are. Paired training has no use for it."""
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.settings = settings or ObjectiveSettings()
        self.weights = settled(self.settings, 0)
        self.tones = tones
        self.pool = self._make_pool(generator)
        self.monitors: Terms = {}

    def _make_pool(self, generator: nn.Module) -> nn.Module | None:
        size = self.settings.pool and generator.settings.size
        return ImagePool(self.settings.pool, (3, size, size)) if size else None

    @property
    def penalty_every(self) -> int:
        """D steps from one call of `penalty` to the next; 0 for never."""
        s = self.settings
        wanted = s.adversarial and (s.r1_gamma or s.r2_gamma or s.gradient_penalty)
        return s.r1_every if wanted else 0

    def generators(self) -> list[nn.Parameter]:
        """What G's optimiser moves."""
        return list(self.generator.parameters())

    def discriminators(self) -> list[nn.Parameter]:
        """What D's optimiser moves."""
        return list(self.discriminator.parameters())

    def generate(self, batch: Images) -> Images:
        """{"anime": translations of batch["photo"]}."""
        return {"anime": self.generator(batch["photo"])}

    def fakes(self, outputs: Images) -> list[Tensor]:
        """The translations that D compares with drawings, one batch for each kind."""
        return [outputs["anime"]]

    def discriminator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"game"}: drawings against translations."""
        if not self.settings.adversarial:
            return {}
        fakes = self.fakes(outputs)
        return {"game": self._judge(self.discriminator, batch["anime"], fakes, self.pool)}

    def penalty(self, batch: Images, outputs: Images) -> Terms:
        """{"r1", "r2", "gp"}, those with a weight: each k-fold, k = `penalty_every`, so that its
        mean over k steps is the term times its weight."""
        fakes = torch.cat(self.fakes(outputs))
        return self._slopes(self.discriminator, batch["anime"], fakes)

    def generator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"paired", "game"}."""
        terms = self._persuade(self.discriminator, self.fakes(outputs), batch["anime"])
        if self.settings.paired:
            terms["paired"] = self.weights.paired * l1(outputs["anime"], batch["anime"])
        return terms

    def _judge(
        self,
        discriminator: nn.Module,
        real: Tensor,
        fakes: list[Tensor],
        pool: nn.Module | None = None,
    ) -> Tensor:
        # One pass over both: half as many kernels, and the same function as two passes, because
        # nothing in D mixes the rows of a batch.
        fake, parts = torch.cat(fakes), [len(kind) for kind in fakes]
        images = torch.cat([real, pool(fake, parts) if pool else fake.detach()])
        logits = discriminator(diff_augment(images, self.settings.augment, (len(real), *parts)))
        real_logits, fake_logits = logits.split([len(real), len(fake)])
        self.monitors = {
            "real_logit": real_logits.detach().float().mean(),
            "fake_logit": fake_logits.detach().float().mean(),
        }
        rules = game(self.settings.game, self.settings.label_smoothing)
        return rules.discriminator(real_logits, fake_logits)

    def _slopes(self, discriminator: nn.Module, real: Tensor, fake: Tensor, way: str = "") -> Terms:
        s, now = self.settings, self.weights
        terms = {}
        if s.r1_gamma:
            terms[f"r1{way}"] = now.r1_gamma * s.r1_every * r1(discriminator, real)
        if s.r2_gamma:
            terms[f"r2{way}"] = now.r2_gamma * s.r1_every * r2(discriminator, fake)
        if s.gradient_penalty:
            weight = now.gradient_penalty * s.r1_every
            mix = joined(lambda rows: torch.rand(rows, device=real.device), (len(real),))
            terms[f"gp{way}"] = weight * wgan_gp(discriminator, real, fake, mix)
        return terms

    def _persuade(
        self,
        discriminator: nn.Module,
        fakes: list[Tensor],
        real: Tensor,
        way: str = "",
    ) -> Terms:
        if not self.settings.adversarial:
            return {}
        rules = game(self.settings.game)
        parts = [len(kind) for kind in fakes]
        seen = diff_augment(torch.cat(fakes), self.settings.augment, parts)
        logits = [discriminator(seen)]
        if rules.paired:
            with torch.no_grad():
                logits.append(discriminator(diff_augment(real, self.settings.augment)))
        return {f"game{way}": self.weights.adversarial * rules.generator(*logits)}


class MixedTranslation(PairedTranslation):
    """For real photographs: twins show what a drawing is, the game carries it over to the wild.

    Batches hold the twins "photo" and "anime", and "wild". One generator, one discriminator; all
    translations play the game, the twins' are held to their drawings, the wild ones to the low
    frequencies of their photographs.
    """

    def generate(self, batch: Images) -> Images:
        """{"anime": of batch["photo"], "wild": of batch["wild"]}, made in one pass."""
        twins, wild = batch["photo"], batch["wild"]
        drawings = self.generator(torch.cat([twins, wild]))
        anime, wild_anime = drawings.split([len(twins), len(wild)])
        return {"anime": anime, "wild": wild_anime}

    def fakes(self, outputs: Images) -> list[Tensor]:
        """Both kinds of translation: D must not learn to tell twins from wild."""
        return [outputs["anime"], outputs["wild"]]

    def generator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"paired", "game", "low_frequency"}."""
        settings, weights = self.settings, self.weights
        terms = super().generator_loss(batch, outputs)
        if settings.low_frequency:
            kept = low_frequency(outputs["wild"], batch["wild"], settings.factor, self.tones)
            terms["low_frequency"] = weights.low_frequency * kept
        return terms


class UnpairedTranslation(PairedTranslation):
    """Twins unknown: photographs and drawings of different people, in no order.

    What keeps the person is either the low frequencies of the photograph, which need one generator,
    or the cycle (Zhu et al. 2017), which needs a second generator and a second discriminator for
    the way back, and takes about three times as long.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        settings: ObjectiveSettings | None = None,
        tones: nn.Module | None = None,
        reconstruction: str = "low_frequency",
        back: Sequence[nn.Module] = (),
    ) -> None:
        """`back` is (generator, discriminator) for drawings to photographs; "cycle" needs it."""
        super().__init__(generator, discriminator, settings, tones)
        if reconstruction not in ("low_frequency", "cycle"):
            raise GanlibError(
                f'reconstruction must be "low_frequency" or "cycle", not {reconstruction!r}.'
            )
        if (reconstruction == "cycle") != (len(back) == 2):
            raise GanlibError(
                'reconstruction "cycle" needs back=(generator, discriminator) for the way back, '
                "and no other reconstruction takes it."
            )
        self.back = nn.ModuleList(back)
        self.pool_back = self._make_pool(back[0]) if back else None

    def generators(self) -> list[nn.Parameter]:
        """What G's optimiser moves: both ways, if there are two."""
        return super().generators() + [p for net in self.back[:1] for p in net.parameters()]

    def discriminators(self) -> list[nn.Parameter]:
        """What D's optimiser moves: both worlds', if there are two."""
        return super().discriminators() + [p for net in self.back[1:] for p in net.parameters()]

    def generate(self, batch: Images) -> Images:
        """{"anime"}, with a cycle also {"photo", "photo_again", "anime_again"}."""
        photo, anime = batch["photo"], batch["anime"]
        # Drawings join the pass only if the identity term asks for them.
        drawn = self.generator(torch.cat([photo, anime]) if self.settings.identity else photo)
        outputs = {"anime": drawn[: len(photo)], "identity": drawn[len(photo) :]}
        if self.back:
            outputs["photo"] = self.back[0](anime)
        if self.back and self.settings.cycle:
            outputs["photo_again"] = self.back[0](outputs["anime"])
            outputs["anime_again"] = self.generator(outputs["photo"])
        return outputs

    def discriminator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"game"}, with a cycle also {"game_back"}: photographs against the way back's."""
        terms = {}
        if self.back and self.settings.adversarial:
            pair = batch["photo"], [outputs["photo"]]
            terms["game_back"] = self._judge(self.back[1], *pair, self.pool_back)
        # Last, so that the monitors show the game that serves.
        return super().discriminator_loss(batch, outputs) | terms

    def penalty(self, batch: Images, outputs: Images) -> Terms:
        """As in paired training, with a cycle also {"r1_back", "r2_back", "gp_back"}."""
        terms = super().penalty(batch, outputs)
        if self.back:
            terms |= self._slopes(self.back[1], batch["photo"], outputs["photo"], "_back")
        return terms

    def generator_loss(self, batch: Images, outputs: Images) -> Terms:
        """{"game", "identity"} and {"low_frequency"} or {"game_back", "cycle"}."""
        settings, weights = self.settings, self.weights
        terms = self._persuade(self.discriminator, self.fakes(outputs), batch["anime"])
        if settings.identity:
            terms["identity"] = weights.identity * identity(outputs["identity"], batch["anime"])
        if self.back:
            terms |= self._persuade(self.back[1], [outputs["photo"]], batch["photo"], "_back")
        if self.back and settings.cycle:
            there = cycle(outputs["photo_again"], batch["photo"])
            terms["cycle"] = weights.cycle * (there + cycle(outputs["anime_again"], batch["anime"]))
        if not self.back and settings.low_frequency:
            kept = low_frequency(outputs["anime"], batch["photo"], settings.factor, self.tones)
            terms["low_frequency"] = weights.low_frequency * kept
        return terms
