"""`ganlib models`: what ships, with its figures."""

from dataclasses import dataclass
from typing import Any

from ganlib.cli.options import parse
from ganlib.cli.output import Output
from ganlib.pipelines.problems import PROBLEMS, Problem
from ganlib.weights import FOLDER, card, shipped

FIGURES = ("ratio", "l1_over_copy", "probe_fid", "style")
"""What is told of a card."""


@dataclass(frozen=True)
class Options:
    """How to show them."""

    json: str = ""  # write what is known of them to this file; - is standard output


def run(words: list[str]) -> int:
    """A line for each model."""
    about = "List the models that ship, with their figures on held-out people."
    options = parse(Options, words, "ganlib models", about, "ganlib models --json -")
    output = Output(options.json)
    rows = [describe(name) for name in shipped()]
    output.say(f"{'name':<10}{'for':<33}{'pixels':>7}{'MB':>6}  figures")
    for row in rows:
        size = row["bytes"] / 1e6
        output.say(f"{row['name']:<10}{row['use']:<33}{row['size']:>7}{size:>6.1f}  {row['says']}")
    output.say("\nratio, l1_over_copy: error to the true drawing ÷ that of the photograph itself.")
    output.say(f"Their cards, with command, seed, time and all figures: {FOLDER}/NAME.json")
    output.write(rows)
    return 0


def describe(name: str) -> dict[str, Any]:
    """What the card and the file of a shipped model say."""
    path = FOLDER / f"{name}.safetensors"
    known = card(path)
    held = known.get("held_out", {})
    figures = {k: held[k] for k in FIGURES if k in held}
    people = held.get("twins", held.get("people"))
    says = ", ".join(f"{k} {v:.2f}" for k, v in figures.items())
    return {
        "name": name,
        "use": PROBLEMS.get(known["problem"], Problem).use,  # a problem may be gone
        "size": known.get("settings", {}).get("size"),
        "bytes": path.stat().st_size,
        "figures": figures,
        "held_out_people": people,
        "says": f"{says} ({people} held-out people)",
        "command": known.get("command"),
    }
