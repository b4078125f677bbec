"""The model between a run's and the one that it went on from: some of what the run has changed.

    python data/interpolate_models.py BEFORE AFTER SHARE OUT --pairs PAIRS [--pens SHARE]

A run with a discriminator that goes on from one without sharpens lines, and puts strokes where
nothing is sure. Between both weights lie models with most of the lines and few of the strokes (Wang
et al. 2018, ESRGAN, section 3.4). The strokes are the pens' work, the lines what all before has
learnt to see: `--pens` gives the pens a share of their own. BEFORE, AFTER and OUT are .safetensors
files, each with its card beside it. OUT holds float16, half the bytes, and is measured so, on the
held-out PAIRS that `data/draw_portraits.py` made.
"""

import argparse
from pathlib import Path
from typing import Any

import torch

from ganlib.core.errors import GanlibError
from ganlib.data.portrait_pairs import load_pairs
from ganlib.measure.portraits import portrait_errors
from ganlib.weights import load_model, save_model


def between(
    before: Path, after: Path, share: float, pens: float | None = None
) -> tuple[Any, dict[str, Any]]:
    """(the network, AFTER's card without its figures)."""
    (network, begun), (other, card) = load_model(before), load_model(after)
    start = card
    while start.get("command") != begun["command"]:
        start = start.get("init", {})
        if not start:
            raise GanlibError(f"{after} did not go on from {before}, as its card says.")
    theirs = other.state_dict()
    with torch.no_grad():
        for name, weight in network.state_dict().items():
            own = name.startswith("pens.") and pens is not None
            weight.lerp_(theirs[name], pens if own else share)
    # Rounded first, so that what is measured is what is kept.
    network.half().float()
    return network, {name: value for name, value in card.items() if name != "held_out"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("share", type=float)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--pens", type=float)
    options = parser.parse_args()
    network, card = between(options.before, options.after, options.share, options.pens)
    held_out = load_pairs(options.pairs, held_out=True, size=network.config.size)
    words = [options.before, options.after, options.share, options.out, "--pairs", options.pairs]
    words += [] if options.pens is None else ["--pens", options.pens]
    card["interpolated"] = " ".join(["python data/interpolate_models.py", *map(str, words)])
    card["held_out"] = portrait_errors(network, held_out)
    save_model(options.out, network.half(), card)


if __name__ == "__main__":
    main()
