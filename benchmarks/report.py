"""From the JSON files of a folder: the tables `speed.md`, `modes.md` and `recipes.md`, and the plot
`speed.png`.

python benchmarks/report.py [FOLDER]      (default: benchmarks/results)
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

from ganlib.bench.modes import mode_table  # noqa: E402
from ganlib.bench.recipes import recipe_table  # noqa: E402

RESULTS = Path(__file__).parent / "results"
HEAD = (
    "| device | batch | side | images/s | least to most | × tutorial | × its data on device | "
    "of matrix peak | memory |"
)


def records(folder: Path) -> list[dict]:
    """Every record of `ganlib bench core` in the folder, by device and batch."""
    return sorted(_records(folder, "core"), key=lambda r: (r["device"], r["batch"]))


def mode_records(folder: Path) -> list[dict]:
    """Every record of `ganlib bench modes` in the folder, by file name."""
    return _records(folder, "modes")


def recipe_records(folder: Path) -> list[dict]:
    """Every record of `ganlib bench recipes` in the folder, by file name."""
    return _records(folder, "recipes")


def _records(folder: Path, what: str) -> list[dict]:
    found = []
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text())
        if what in record:
            found.append({"file": path.name} | record[what])
    return found


def device_name(record: dict) -> str:
    """The hardware's name, and the threads that a CPU used."""
    hardware = record["hardware"]
    if record["device"].startswith("cuda"):
        return hardware["gpu"]
    return f"{hardware['cpu']}, {hardware['threads']} threads"


def markdown(found: list[dict]) -> str:
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
            f"{record['matrix_flops_per_second'] / 1e12:.1f} TFLOP/s in a large bfloat16 product; "
            f"{record['flops_per_image'] / 1e9:.2f} GFLOP an image."
        )
    return "\n".join(lines) + "\n"


def modes_markdown(found: list[dict]) -> str:
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
            f"{mode_table(record)}\n\n"
            f"- `{record['file']}`: means of n = {record['seeds']} seeds, {record['samples']} "
            f"samples each; {device_name(record)}; torch {record['hardware']['torch']}; all of it "
            f"{record['seconds']:.0f} s ({seconds}).\n"
            f"- Published rows: {record['published']['source']}."
        )
    return "\n\n".join(parts) + "\n"


def recipes_markdown(found: list[dict]) -> str:
    """For each record its table, and what it was measured with."""
    parts = []
    for record in found:
        hardware = record["hardware"]
        parts.append(
            f"`{record['file']}`: {record['seconds']:.0f} processor seconds a run, one thread of "
            f"{hardware['cpu']}, torch {hardware['torch']}; {record['twins']} photographs and as "
            f"many drawings of other people, {record['size']} pixels; held out: "
            f"{record['held_out']} twins.\n\n{recipe_table(record)}"
        )
    return "\n\n".join(parts) + "\n"


def plot(found: list[dict], path: Path) -> None:
    """Bars of images per second, a panel for each record, with the spread."""
    figure, panels = plt.subplots(1, len(found), figsize=(4.2 * len(found), 3.2), squeeze=False)
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
    plt.close(figure)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    found, modes, recipes = records(folder), mode_records(folder), recipe_records(folder)
    if not found and not modes and not recipes:
        sys.exit(
            f"{folder} holds no JSON file of `ganlib bench core`, `ganlib bench modes` or `ganlib "
            "bench recipes`; make one with --json."
        )
    if found:
        text = markdown(found)
        (folder / "speed.md").write_text(text, encoding="utf-8")
        plot(found, folder / "speed.png")
        print(text)
    if modes:
        text = modes_markdown(modes)
        (folder / "modes.md").write_text(text, encoding="utf-8")
        print(text)
    if recipes:
        text = recipes_markdown(recipes)
        (folder / "recipes.md").write_text(text, encoding="utf-8")
        print(text)


if __name__ == "__main__":
    main()
