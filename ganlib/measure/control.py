"""Does a generator draw what it is asked for? Its drawings are read by the probe."""

import torch
from torch import Tensor

from ganlib.measure.attributes import BY_NAME, DOMAINS, truths, visible
from ganlib.core.networks.conditional import ConditionalGenerator, draw
from ganlib.data.conditions import encode
from ganlib.measure.metrics import diversity, frechet, nearest_of
from ganlib.twins import FIELDS, People, render_drawings
from ganlib.measure.probe import Probe, load_probe, probe_card
from ganlib.measure.probe_scores import balanced, kept
from ganlib.data.datasets import HELD_OUT_SEED, face_people

READ = ("hair_shade", "hair_style", "skin", "glasses", "sunglasses", "cover", "scarf", "beard")
"""What the probe reads of what a condition asks for; besides, the house style."""
STYLES = next(about for about in FIELDS if about.name == "style").choices


def control(
    images: Tensor,
    people: People,
    probe: Probe | None = None,
    tolerance: dict[str, float] | None = None,
) -> dict[str, float]:
    """{"style" and each of `READ`: share of the pictures that show what was asked for}.

    Answers weigh alike, rare or not: the share is taken for each answer by itself, and then their
    mean. So whoever never draws a scarf gets a half for scarves, though most people wear none.

    Args:
        images: (n, 3, S, S) in [-1, 1], row i drawn for person i.
        people: who was asked for. Only what would be visible of them is judged.
        probe: what reads; the one that ships.
        tolerance: {attribute: error granted}, from the probe's card.

    True drawings of the same people are read with errors too: their row is the ceiling.
    """
    probe = probe or load_probe()
    tolerance = probe_card()["tolerance"] if tolerance is None else tolerance
    read, wanted, asked = probe.read(images), truths(people, images), visible(people, drawn=True)
    style = torch.tensor([DOMAINS.index(name) for name in STYLES])[
        people.field("style").flatten().long()
    ]
    shares = {"style": balanced(read["world"] == style, style)}
    for about in (BY_NAME[name] for name in READ):
        name, which = about.name, asked[about.name]
        granted = tolerance.get(name, 0.0)
        shares[name] = kept(about, read[name][which], wanted[name][which], granted)
    return shares


class FaceEvaluator:
    """What conditional generators are measured by: held-out people, their true drawings, a probe.

    `n` people; figures of sets compare only at equal n.
    """

    def __init__(self, n: int = 1000, size: int = 64, probe: Probe | None = None) -> None:
        self.probe = probe or load_probe()
        self.people = face_people(n, HELD_OUT_SEED)
        self.conditions = encode(self.people)
        self.true = render_drawings(self.people, size)
        self.features = self.probe.embed(self.true)

    def figures(self, generator: ConditionalGenerator) -> dict[str, float]:
        """probe_fid and diversity_probe of a drawing for each of the people, `control` by name."""
        images = draw(generator, self.conditions)
        return self.of(images)

    def of(self, images: Tensor) -> dict[str, float]:
        """The same of pictures (n, 3, S, S) that are there already, such as the true ones."""
        record = {"probe_fid": frechet(self.probe.embed(images), self.features)}
        record["diversity_probe"] = diversity(images, self.probe).probe
        return record | control(images, self.people, self.probe)

    def nearest(self, images: Tensor, training: Tensor) -> dict[str, float]:
        """Median distance to the nearest training picture: of the images, and of true ones that
        were held out."""
        seen = self.probe.embed(training)
        ours = nearest_of(self.probe.embed(images), seen).median().item()
        return {"nearest": ours, "nearest_true": nearest_of(self.features, seen).median().item()}
