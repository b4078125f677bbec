"""Twins and real photographs together."""

import torch
from torch import Tensor

from ganlib.errors import GanlibError
from ganlib.losses import game
from ganlib.objectives.interface import Images, Terms
from ganlib.objectives.paired import PairedTranslation
from ganlib.objectives.settings import ObjectiveSettings
from ganlib.reconstruction import low_frequency


class MixedTranslation(PairedTranslation):
    """For real photographs: twins show what a drawing is, the game carries it over to the wild.

    Batches hold the twins "photo" and "anime", and "wild". One generator, one discriminator; all
    translations play the game, the twins' are held to their drawings, the wild ones to the low
    frequencies of their photographs. There are as many drawings as twins, and as many fakes as
    twins and wild: games and penalties that compare row by row cannot be played (GanlibError).
    "source", if there, is each wild photograph in its own light, as in `UnpairedTranslation`.
    """

    @staticmethod
    def check(settings: ObjectiveSettings) -> None:
        """GanlibError for a game or penalty that compares row by row."""
        if game(settings.game).paired or settings.gradient_penalty:
            raise GanlibError(
                "in mixed training, and with --back, D sees fewer drawings than translations, but "
                "the relativistic game and the gradient penalty compare them one by one; choose "
                "another game, or R1 and R2."
            )

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
        settings = self.settings
        terms = super().generator_loss(batch, outputs)
        if settings.low_frequency:
            source = batch.get("source", batch["wild"])
            kept = low_frequency(outputs["wild"], source, settings.factor, self.tones)
            terms["low_frequency"] = self.weight("low_frequency") * kept
        return terms
