"""Problems: each is its networks and the two losses that they descend."""

from ganlib.objectives.conditional import ConditionalNoiseToImage
from ganlib.objectives.interface import Images, Objective, Terms
from ganlib.objectives.mixed import MixedTranslation
from ganlib.objectives.noise import NoiseSettings, NoiseToImage
from ganlib.objectives.paired import PairedTranslation
from ganlib.objectives.points import NoiseToPoints, PointFeed, ToySettings
from ganlib.objectives.settings import ObjectiveSettings
from ganlib.objectives.unpaired import UnpairedTranslation

__all__ = [
    "ConditionalNoiseToImage",
    "Images",
    "MixedTranslation",
    "NoiseSettings",
    "NoiseToImage",
    "NoiseToPoints",
    "Objective",
    "ObjectiveSettings",
    "PairedTranslation",
    "PointFeed",
    "Terms",
    "ToySettings",
    "UnpairedTranslation",
]
