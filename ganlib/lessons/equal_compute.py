"""CycleGAN, and the same with another term in place of its second half, at equal compute (lesson
08). `python -m benchmarks equal-compute` made the stored runs."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ganlib.lessons import stored as results
from ganlib.lessons.stored import record

SUBJECT = "equal_compute"  # where a file of results keeps this record
SIDES = ("low frequencies", "cycle")


def by_rank(tones: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Tones (n, ...) of one domain to those of another, each place and channel for itself: the
    target's tone that has as many of the target below it, in share, as the source has below the
    tone. `source` (N, ...) and `target` (M, ...) are the datasets. In one dimension this is the
    optimal transport (Peyré and Cuturi 2019, section 2.6)."""
    ordered, wanted = source.flatten(1).sort(0).values, target.flatten(1).sort(0).values
    rank = torch.searchsorted(ordered.T.contiguous(), tones.flatten(1).T.contiguous()).T
    place = (rank * len(target) // len(source)).clamp(max=len(target) - 1)
    return wanted.gather(0, place).view_as(tones)


stored, portraits = partial(record, SUBJECT), partial(record, "portraits_unpaired")
"""The records that ship, of this benchmark and of `portraits_unpaired`."""


def pictures(name: str, subject: str = SUBJECT) -> Tensor:
    """The first people held out as a side of the record draws them (seed 0): (n, 3, S, S)."""
    return results.pictures(subject, name)


def equal_compute_table(record: dict[str, Any]) -> str:
    """A Markdown table of a record: a row for each side and baseline, and which side errs less."""
    head = "| | images | error ÷ copy | least to most | distance to drawings | noise gain |"
    lines = [head, "|" + "---|" * 6]
    for name, row in record["baselines"].items():
        lines.append(f"| {name} | – | {row['ratio']:.3f} | – | {row['distance']:.1f} | – |")
    for name in SIDES:
        mean, ratios = record["mean"][name], [r["ratio"] for r in record["runs"][name].values()]
        gain = f"{mean['noise_gain']:.2f}" if "noise_gain" in mean else "–"
        lines.append(
            f"| {name} | {mean['images']:,.0f} | {mean['ratio']:.3f} | {min(ratios):.3f} to "
            f"{max(ratios):.3f} | {mean['distance']:.1f} | {gain} |"
        )
    better = min(SIDES, key=lambda name: record["mean"][name]["ratio"])
    lines += ["", f"Less error: {better}, in {record['wins'][better]} of {record['seeds']} seeds."]
    return "\n".join(lines)
