"""Two ways to translate without pairs at equal compute, by held-out error (lesson 08).

`python -m benchmarks equal-compute` made the stored runs.
"""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
SUBJECT = "equal_compute"  # where a file of results keeps this record
SIDES = ("unpaired-quick", "cyclegan")  # in `problems.PROBLEMS`


def stored() -> Any:
    """The runs that ship: "seconds" of each, "hardware", "mean" over seeds, "runs" by name and
    seed."""
    text = (RESULTS / "equal_compute.json").read_text(encoding="utf-8")
    return json.loads(text)[SUBJECT]


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
    seeds = f"mean of {record['seeds']} seeds; the worst seed {100 * record['least_lower']:.0f} %"
    lines += ["", f"The error of {SIDES[0]} is {100 * record['lower']:.0f} % lower ({seeds})."]
    return "\n".join(lines)
