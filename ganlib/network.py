"""What all networks have in common."""

from typing import Any

from torch import nn


class Network(nn.Module):
    """A player of a game, which `settings`, a dataclass of its class's own, can rebuild."""

    settings: Any
