"""Twins unknown: what keeps the person must be found in the photograph itself."""

import torch
from torch import nn

from ganlib.errors import GanlibError
from ganlib.network import Network
from ganlib.objectives.interface import Images, Terms
from ganlib.objectives.paired import PairedTranslation
from ganlib.objectives.settings import ObjectiveSettings
from ganlib.reconstruction import cycle, identity, low_frequency


class UnpairedTranslation(PairedTranslation):
    """Twins unknown: photographs and drawings of different people, in no order.

    What keeps the person is either the low frequencies of the photograph, which need one generator,
    or the cycle (Zhu et al. 2017), which needs a second generator and a second discriminator for
    the way back, and takes about three times as long.

    Batches hold "photo" and "anime"; "source", if there, is each photograph in its own light (else
    "photo" is): G sees the one, its low frequencies are held to the other. G then trusts less what
    it sees of the light, and draws nearer to the median of what the photograph may have been: less
    of an accident of exposure is handed on, and less of true differences in brightness too. (Unlike
    in Lehtinen et al. 2018, the target's own light is in the input as well, and is not removed.)
    """

    def __init__(
        self,
        generator: Network,
        discriminator: nn.Module,
        settings: ObjectiveSettings | None = None,
        tones: nn.Module | None = None,
        reconstruction: str = "low_frequency",
        back: tuple[Network, nn.Module] | tuple[()] = (),
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
            home = self.back[0](torch.cat([anime, photo]) if self.settings.identity else anime)
            outputs |= {"photo": home[: len(anime)], "identity_back": home[len(anime) :]}
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
        settings = self.settings
        terms = self._persuade(self.discriminator, self.fakes(outputs), batch["anime"])
        terms |= self._rough(outputs)
        if settings.identity:
            kept = identity(outputs["identity"], batch["anime"])
            if self.back:
                kept = kept + identity(outputs["identity_back"], batch["photo"])
            terms["identity"] = self.weight("identity") * kept
        if self.back:
            terms |= self._persuade(self.back[1], [outputs["photo"]], batch["photo"], "_back")
        if self.back and settings.cycle:
            there = cycle(outputs["photo_again"], batch["photo"])
            again = cycle(outputs["anime_again"], batch["anime"])
            terms["cycle"] = self.weight("cycle") * (there + again)
        if not self.back and settings.low_frequency:
            source = batch.get("source", batch["photo"])
            kept = low_frequency(outputs["anime"], source, settings.factor, self.tones)
            terms["low_frequency"] = self.weight("low_frequency") * kept
        return terms
