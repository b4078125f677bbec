"""Noise to image: the problem that GANs were made for (Goodfellow et al. 2014).

The interface is the one in interface.py, and so is everything that D does: nothing in
its game or its penalties asks where a fake came from.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlib.distributed import joined
from ganlib.errors import GanlibError
from ganlib.network import Network
from ganlib.objectives.interface import Images
from ganlib.objectives.paired import PairedTranslation
from ganlib.objectives.settings import ObjectiveSettings


@dataclass(frozen=True)
class NoiseSettings(ObjectiveSettings):
    """The game's settings are those of every objective; there is no source to reconstruct."""

    paired: float = 0.0
    """Always 0: noise has no twin."""
    low_frequency: float = 0.0
    """Always 0, as there is no photograph whose tones to keep."""
    match_tones: bool = False
    exposure: float = 0.0
    """Always 0, for the same reason."""
    cycle: float = 0.0
    """Always 0: there is no way back."""
    r1_gamma: float = 0.05
    """γ of R1. D gives one logit an image, so it is larger than for a map of them; twice what
    Karras et al. 2020 give 64 pixels and a batch of 32 (their γ is 0.0002 · 64² / 32 = 0.026)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("paired", "low_frequency", "exposure", "cycle", "identity"):
            if getattr(self, name):
                raise GanlibError(
                    f"NoiseSettings.{name} must be 0: an image made from noise has no source to "
                    "be held to; leave it out."
                )
        if not self.adversarial:
            raise GanlibError("NoiseSettings.adversarial must be above 0: D is the only teacher.")


class NoiseToImage(PairedTranslation):
    """G turns noise into drawings; D is its only teacher.

    Batches hold "anime". The noise of a step is drawn inside `generate`, from torch's global random
    numbers on G's device, so a seed decides it and a captured step draws anew each time it runs.
    `fixed` is noise (64, latent) that never changes, so that pictures of a run can be compared.
    """

    fixed: Tensor

    def __init__(
        self,
        generator: Network,
        discriminator: nn.Module,
        settings: ObjectiveSettings | None = None,
    ) -> None:
        """`generator` takes noise (N, `generator.settings.latent`)."""
        super().__init__(generator, discriminator, settings or NoiseSettings())
        draw = torch.Generator().manual_seed(0)
        fixed = torch.randn(64, generator.settings.latent, generator=draw)
        # Made again from its own seed: a checkpoint need not hold it.
        self.register_buffer("fixed", fixed, persistent=False)

    def noise(self, n: int) -> Tensor:
        """(n, latent) of N(0, 1), from torch's global random numbers; each process its own rows."""
        like, latent = self.fixed, self.fixed.shape[1]
        return joined(
            lambda rows: torch.randn(rows, latent, dtype=like.dtype, device=like.device), (n,)
        )

    def generate(self, batch: Images) -> Images:
        """{"anime": as many drawings from noise as batch["anime"] holds real ones}."""
        return {"anime": self.generator(self.noise(len(batch["anime"])))}

    @torch.no_grad()
    def samples(self, generator: nn.Module | None = None) -> Tensor:
        """Drawings (64, 3, S, S) in [-1, 1] of the fixed noise, by `generator` or the own."""
        return (generator or self.generator)(self.fixed)
