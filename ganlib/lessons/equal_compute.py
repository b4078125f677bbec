"""Two ways to translate without pairs at equal compute, by held-out error (lesson 08).

`python -m benchmarks equal-compute` made the stored runs.
"""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
SUBJECT = "equal_compute"
"""Where a file of results keeps this record."""
SIDES = ("unpaired-quick", "cyclegan")
"""Names in `pipelines.problems.PROBLEMS`: ours, and CycleGAN as published, at half the width."""


def stored() -> dict[str, Any]:
    """The runs that ship: "seconds" of each, "hardware", "mean" over seeds, "runs" by name and
    seed."""
    text = (RESULTS / "equal_compute.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)[SUBJECT]
    return record


def equal_compute_table(record: dict[str, Any]) -> str:
    """A Markdown table of a record: a row for each config, and by how much ours is lower."""
    head = "| config | images | processor seconds | held-out L1 | ÷ copy | least to most |"
    lines = [head, "|" + "---|" * 6]
    for name in SIDES:
        mean = record["mean"][name]
        ratios = [run["ratio"] for run in record["runs"][name].values()]
        lines.append(
            f"| {name} | {mean['images']:,.0f} | {mean['cpu_seconds']:.0f} | {mean['l1']:.4f} | "
            f"{mean['ratio']:.3f} | {min(ratios):.3f} to {max(ratios):.3f} |"
        )
    n, lower, least = record["seeds"], 100 * record["lower"], 100 * record["least_lower"]
    lines += ["", f"The error of {SIDES[0]} is {lower:.0f} % lower (mean of {n} seeds; "]
    lines[-1] += f"the worst seed {least:.0f} %)."
    return "\n".join(lines)
