"""Tables and a plot from the JSON files of benchmarks: no figure is typed by hand."""

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks import own_style
from ganlib.core.errors import GanlibError
from ganlib.lessons import equal_compute, modes, stored

RESULTS = Path(__file__).parent / "results"
HEAD = (
    "| device | batch | side | images/s | least to most | × tutorial | × its data on device | "
    "of matrix peak | memory |"
)


def records(what: str, *folders: Path) -> list[dict[str, Any]]:
    """Every record of one benchmark in some folders, by file name."""
    found = []
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if what in record:
            found.append({"file": path.name} | record[what])
    return found


def device_name(record: dict[str, Any]) -> str:
    """The hardware's name, and the threads that a CPU used."""
    hardware = record["hardware"]
    if record["device"].startswith("cuda"):
        return hardware["gpu"]
    return f"{hardware['cpu']}, {hardware['threads']} threads"


def markdown(found: list[dict[str, Any]]) -> str:
    """One row for each side of each record, and below them what they were measured with."""
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    for record in found:
        for side, rate in record["images_per_second"].items():
            times = [
                f"{record[key][side]['median']:.2f}" if side in record[key] else ""
                for key in ("times_tutorial", "times_tutorial_device")
            ]
            memory = record["reserved_bytes"].get(side)
            lines.append(
                f"| {device_name(record)} | {record['batch']} | {side} | {rate['median']:.0f} | "
                f"{rate['least']:.0f} to {rate['most']:.0f} | {times[0]} | {times[1]} | "
                f"{100 * record['share_of_matrix_peak'][side]:.1f} % | "
                f"{f'{memory / 2**20:.0f} MiB' if memory is not None else ''} |"
            )
    lines.append("")
    for record in found:
        lines.append(
            f"- `{record['file']}`: DCGAN of width {record['width']}, {record['size']} pixels, "
            f"ganlib in {record['precision']}; medians of n = {record['windows']} windows, in "
            f"turns; torch {record['hardware']['torch']}; "
            f"{record['matrix_flops_per_second'] / 1e12:.1f} TFLOP/s in a large "
            f"{record['precision']} product; "
            f"{record['flops_per_image'] / 1e9:.2f} GFLOP an image."
        )
    return "\n".join(lines) + "\n"


def modes_markdown(found: list[dict[str, Any]]) -> str:
    """A table for each record, and below it how it was measured."""
    parts = []
    for record in found:
        seconds = ", ".join(
            f"{name} on the {toy} {row['seconds']:.0f} s"
            for toy, rows in record["toys"].items()
            for name, row in rows.items()
            if "seconds" in row
        )
        parts.append(
            f"{modes.mode_table(record)}\n\n"
            f"- `{record['file']}`: means of n = {record['seeds']} seeds, {record['samples']} "
            f"samples each; {device_name(record)}; torch {record['hardware']['torch']}; all of it "
            f"{record['seconds']:.0f} s ({seconds}).\n"
            f"- Published rows: {record['published']['source']}."
        )
    return "\n\n".join(parts) + "\n"


def equal_compute_markdown(found: list[dict[str, Any]]) -> str:
    """For each record its table, and what it was measured with."""
    parts = []
    for record in found:
        hardware = record["hardware"]
        parts.append(
            f"`{record['file']}`: {record['seconds']:.0f} processor seconds a run, one thread of "
            f"{hardware['cpu']}, torch {hardware['torch']}; {record['twins']} photographs and as "
            f"many drawings of other people, {record['size']} pixels; held out: "
            f"{record['held_out']} twins.\n\n{equal_compute.equal_compute_table(record)}"
        )
    return "\n\n".join(parts) + "\n"


def own_style_markdown(found: list[dict[str, Any]]) -> str:
    """For each record its table, and what it was measured with."""
    parts = []
    for record in found:
        scale, hardware = record["scale"], record["hardware"]
        parts.append(
            f"`{record['file']}`: `{scale['init']}` goes on for {scale['images']} images of "
            f"{scale['size']} pixels; {scale['held_out']} rendered people held out; "
            f"{device_name(record)}, torch {hardware['torch']}.\n\n{own_style.markdown(record)}"
        )
    return "\n\n".join(parts) + "\n"


def plot(found: list[dict[str, Any]], path: Path) -> None:
    """Bars of images per second, a panel for each record, with the spread."""
    figure = Figure(figsize=(4.2 * len(found), 3.2))
    panels = figure.subplots(1, len(found), squeeze=False)
    for panel, record in zip(panels[0], found, strict=True):
        rates = record["images_per_second"]
        medians = [rate["median"] for rate in rates.values()]
        low = [rate["median"] - rate["least"] for rate in rates.values()]
        high = [rate["most"] - rate["median"] for rate in rates.values()]
        colours = ["tab:gray" if side.startswith("tutorial") else "tab:blue" for side in rates]
        panel.barh(list(rates), medians, xerr=[low, high], color=colours)
        panel.invert_yaxis()
        panel.set_xlabel("images/s")
        panel.set_title(f"{device_name(record)}\nbatch {record['batch']}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


TABLES = {
    "core": ("speed.md", markdown),
    "modes": ("modes.md", modes_markdown),
    "equal_compute": ("equal_compute.md", equal_compute_markdown),
    own_style.NAME: ("own_style.md", own_style_markdown),
}
"""Benchmark -> its table's file, and what makes it."""


def report(folder: Path | None = None) -> None:
    """Write the tables of `TABLES`, and the plot speed.png.

    Args:
        folder: where the JSON files are, and the tables go. Without one the files are those of
            benchmarks/results and of the lessons, and the tables go to benchmarks/results.
    """
    folders, out = ((folder,), folder) if folder else ((RESULTS, stored.RESULTS), RESULTS)
    found = {what: records(what, *folders) for what in TABLES}
    if not any(found.values()):
        known = ", ".join(TABLES)
        raise GanlibError(f"{folder} holds no record of {known}; make one with --json.")
    for what, rows in found.items():
        name, make = TABLES[what]
        if rows:
            text = make(rows)
            (out / name).write_text(text, encoding="utf-8")
            print(text)
    if found["core"]:
        plot(found["core"], out / "speed.png")
