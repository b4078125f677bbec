"""Mode coverage by the PacGAN protocol (Lin et al. 2018, section 4.1), beside its published table.

`python -m benchmarks modes` made the stored runs.
"""

from functools import partial
from typing import Any

from ganlib.lessons.stored import record

SUBJECT = "modes"  # where a file of results keeps this record


stored = partial(record, SUBJECT)
"""The runs that ship: "toys", by toy and config, and "published"."""


def mode_table(record: dict[str, Any]) -> str:
    """A Markdown table of a record: published rows, then this run's means."""
    published, measured = record["published"], record["toys"]
    head = " | ".join(f"{toy}: modes | quality | reverse KL" for toy in measured)
    lines = [f"| method | {head} |", "|---|" + "---|" * (3 * len(measured))]
    for name in published["ring"]:
        cells = [_cells(published[toy][name], 2) for toy in measured]
        lines.append(f"| {name} (published) | {' | '.join(cells)} |")
    for name in measured["ring"]:
        cells = [_cells(measured[toy][name]["mean"], 3) for toy in measured]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(row: dict[str, float], digits: int) -> str:
    quality = f"{100 * row['quality']:.1f} %"
    return f"{row['modes']:.1f} | {quality} | {row['reverse_kl']:.{digits}f}"
