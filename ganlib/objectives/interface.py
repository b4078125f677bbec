"""What an objective is: a problem's networks, and the two losses they descend.

The trainer knows no more of a problem than this. G does not move between D's step and its own, so
the fakes of `generate` serve both.
Images are (N, 3, S, S) in [-1, 1]; worlds are "photo" and "anime", and "wild" holds photographs of
real people, who have no twin.
"""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from ganlib.network import Network
from ganlib.schedules import settled

Images = dict[str, Tensor]
Terms = dict[str, Tensor]


class Objective(nn.Module, ABC):
    """The base of every problem: `generator` is the network that serves.

    `settings`, a frozen dataclass, are the terms, their weights and options; `weights` the same
    with the value that each schedule among them has now: the trainer sets it before each step.
    `monitors` are detached scalars worth watching, from the last D step.
    """

    generator: Network
    settings: Any
    weights: Any
    monitors: Terms

    def __init__(self, settings: Any) -> None:
        super().__init__()
        self.settings = settings
        self.weights = settled(settings, 0)
        self.monitors = {}

    def weight(self, name: str) -> float:
        """The value that a weight of the settings has now."""
        return getattr(self.weights, name)

    @property
    @abstractmethod
    def penalty_every(self) -> int:
        """D steps from one call of `penalty` to the next; 0 for never."""

    @abstractmethod
    def generators(self) -> list[nn.Parameter]:
        """What G's optimiser moves."""

    @abstractmethod
    def discriminators(self) -> list[nn.Parameter]:
        """What D's optimiser moves."""

    @abstractmethod
    def generate(self, batch: Images) -> Images:
        """Every fake of this step, made once, with its graph."""

    @abstractmethod
    def discriminator_loss(self, batch: Images, outputs: Images) -> Terms:
        """Named terms that sum to D's loss; fakes detached inside."""

    @abstractmethod
    def penalty(self, batch: Images, outputs: Images) -> Terms:
        """Named terms for every `penalty_every`-th step, scaled by it."""

    @abstractmethod
    def generator_loss(self, batch: Images, outputs: Images) -> Terms:
        """Named terms that sum to G's loss."""
