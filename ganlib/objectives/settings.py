"""The terms of an objective's losses, their weights and options."""

from dataclasses import dataclass, fields

from ganlib.augment import check_policy
from ganlib.errors import GanlibError
from ganlib.losses import game
from ganlib.reconstruction import distance
from ganlib.schedules import Schedule

Weight = float | Schedule
WEIGHTS = (
    *("adversarial", "paired", "perceptual", "total_variation"),
    *("low_frequency", "cycle", "identity"),
)
"""The settings that are weights of G's terms."""
SCHEDULED = (*WEIGHTS, "r1_gamma", "r2_gamma", "gradient_penalty")
"""The settings that may be a `Schedule` over the images seen."""
WHOLE = ("factor", "r1_every", "pool")
NAMES = ("game", "distance", "augment")


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
    """Weight of the distance between a twin's translation and its true drawing. Isola et al. 2017
    use 100; mixed training wants 5, or the game on real photographs is hardly heard."""
    distance: str = "l1"
    """What that distance is, a name in `reconstruction.DISTANCES`."""
    perceptual: Weight = 0.0
    """Weight of the distance between the two as a frozen network sees them (Johnson et al. 2016):
    what is small in pixels and large to a reader, such as a closed eye. The objective is given the
    network."""
    total_variation: Weight = 0.0
    """Weight of the translations' own roughness (`reconstruction.total_variation`)."""
    low_frequency: Weight = 5.0
    """Weight of the L1 to the source after averaging: too little loses hair and skin, too much
    keeps the photograph."""
    factor: int = 16
    """Side of the squares averaged for that, pixels; it divides the image's side. Smaller squares
    say sooner where things are, and leave less room for larger eyes: short runs gain by them."""
    match_tones: bool = True
    """Whether the source's tones are first carried over to the drawings' (`reconstruction.Tones`);
    the objective's maker does it, who has the data."""
    exposure: float = 0.0
    """Stops by which photographs' exposures differ (a standard deviation): each photograph's own is
    then taken out of its tones, in stops (`exposure.ExposedTones`). 0 leaves the tones as they
    are carried over."""
    cycle: Weight = 10.0
    """Weight of the way there and back (Zhu et al. 2017 use 10), with reconstruction "cycle"."""
    identity: Weight = 0.0
    """Weight of G(drawing) = drawing in unpaired training, and of the like for a way back, if there
    is one; Zhu et al. 2017 use 5."""
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
        for name in NAMES:
            if not isinstance(getattr(self, name), str):
                given = getattr(self, name)
                raise GanlibError(f"ObjectiveSettings.{name} is a name, not {given!r}.")
        game(self.game, self.label_smoothing)
        distance(self.distance)
        check_policy(self.augment)
        if self.exposure and not self.match_tones:
            raise GanlibError("exposures are taken out of matched tones: with none, exposure is 0.")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, dict):  # as JSON has a schedule
                object.__setattr__(self, field.name, value := Schedule(**value))
            if isinstance(value, Schedule):
                if field.name not in SCHEDULED:
                    raise GanlibError(f"ObjectiveSettings.{field.name} cannot be a schedule.")
                continue
            least = 1 if field.name in ("factor", "r1_every") else 0
            if field.name in WHOLE and not isinstance(value, int):
                raise GanlibError(f"ObjectiveSettings.{field.name} is whole, not {value!r}.")
            if field.name not in NAMES and not least <= value < float("inf"):
                raise GanlibError(
                    f"ObjectiveSettings.{field.name} must be {least} or more, not {value!r}."
                )
