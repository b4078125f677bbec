"""How well a conditional generator follows its conditions, as the probe reads its drawings."""

import torch
from torch import Tensor, nn

from ganlib.core.networks.conditional import ConditionalGenerator
from ganlib.data.conditions import encode
from ganlib.data.datasets import HELD_OUT_SEED, face_people
from ganlib.measure.attributes import BY_NAME, CHOICES, DOMAINS, truths, visible
from ganlib.measure.metrics import diversity, frechet, mean_distance, nearest_of
from ganlib.measure.probe import Probe, load_probe, probe_card
from ganlib.measure.probe_scores import balanced, kept
from ganlib.twins import People, render_drawings

READ = ("hair_shade", "hair_style", "skin", "glasses", "sunglasses", "cover", "scarf", "beard")
"""The attributes that a condition decides, and the probe reads; besides these, the style."""
STYLES = CHOICES["style"]


def control(images: Tensor, people: People, probe: Probe | None = None) -> dict[str, float]:
    """{"style" and each of `READ`: share of the pictures that show what was asked for}.

    The shares are `balanced`: a generator that never draws a scarf gets a half for scarves, though
    most people wear none. The probe errs on true drawings too: their shares are the ceiling.

    Args:
        images: (n, 3, S, S) in [-1, 1], row i drawn for person i.
        people: who was asked for. Only what would be visible of them counts.
        probe: what reads; by default the one that ships, whose tolerances count for any.
    """
    probe, tolerance = probe or load_probe(), probe_card()["tolerance"]
    read, wanted, shown = probe.read(images), truths(people, images), visible(people, drawn=True)
    style = torch.tensor([DOMAINS.index(name) for name in STYLES])
    style = style[people.field("style").flatten().long()]
    shares = {"style": balanced(read["domain"] == style, style)}
    for name in READ:
        ours, true = read[name][shown[name]], wanted[name][shown[name]]
        shares[name] = kept(BY_NAME[name], ours, true, tolerance.get(name, 0.0))
    return shares


def fixed_noise(n: int, latent: int, seed: int = 0) -> Tensor:
    """(n, latent) of N(0, 1), always the same."""
    return torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def generate(generator: nn.Module, *inputs: Tensor, batch: int = 64) -> Tensor:
    """What a generator makes of n rows of its inputs, in batches: (n, 3, S, S), on the CPU."""
    where = next(generator.parameters()).device
    rows = zip(*(each.split(batch) for each in inputs), strict=True)
    return torch.cat([generator(*(x.to(where) for x in row)).float().cpu() for row in rows])


def draw(generator: ConditionalGenerator, conditions: Tensor, seed: int = 0) -> Tensor:
    """A drawing for each condition (n, C), its noise decided by the seed: as of `generate`."""
    noise = fixed_noise(len(conditions), generator.config.latent, seed)
    return generate(generator, noise, conditions)


def diversity_within(images: Tensor, k: int, probe: Probe | None = None) -> float:
    """How different drawings of one condition are, as the "probe" of `diversity`: the mean over
    conditions of pictures (n k, 3, S, S), k of each together. 0 if the noise changes nothing."""
    groups = (probe or load_probe()).embed(images).cpu().split(k)
    return sum(mean_distance(group, 2.0) for group in groups) / len(groups)


class FaceEvaluator:
    """Measures conditional generators on n held-out people, against their true drawings.

    Figures of sets compare only at equal n. `true` are the drawings (n, 3, S, S) in [-1, 1],
    `conditions` what asks for them, `features` the probe's of them.
    """

    def __init__(self, n: int = 1000, size: int = 64, probe: Probe | None = None) -> None:
        self.probe = probe or load_probe()
        self.people = face_people(n, HELD_OUT_SEED)
        self.conditions = encode(self.people)
        self.true = render_drawings(self.people, size)
        self.features = self.probe.embed(self.true)

    def figures(self, generator: ConditionalGenerator) -> dict[str, float]:
        """`of` a drawing for each of the people."""
        return self.of(draw(generator, self.conditions))

    def of(self, images: Tensor) -> dict[str, float]:
        """probe_fid, diversity_probe and `control` of pictures (n, 3, S, S), row i of person i."""
        record = {"probe_fid": frechet(self.probe.embed(images), self.features)}
        record["diversity_probe"] = diversity(images, self.probe).probe
        return record | control(images, self.people, self.probe)

    def nearest(self, images: Tensor, training: Tensor) -> dict[str, float]:
        """Median distance to the nearest training picture, of the images and of the true ones."""
        seen = self.probe.embed(training)
        ours = nearest_of(self.probe.embed(images), seen).median().item()
        return {"nearest": ours, "nearest_true": nearest_of(self.features, seen).median().item()}
