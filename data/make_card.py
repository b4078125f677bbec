"""Write the data card's table of who is drawn again: python data/make_card.py."""

import re
from pathlib import Path

import torch

from ganlib.core.files import write_atomic
from ganlib.twins import GROUPS, Field, People, sample_people

CARD = Path(__file__).parent / "README.md"
START, END = "<!-- who is drawn -->\n", "<!-- /who is drawn -->"


def _spread(field: Field, people: People) -> str:
    column = people.values[:, field.column]
    if field.choices:
        shares = torch.bincount(column.long(), minlength=len(field.choices)) / len(column)
        order = shares.argsort(descending=True).tolist()
        return ", ".join(f"{field.choices[k]} {100 * shares[k]:.0f} %" for k in order)
    digits = 3 if field.high < 0.1 else 2
    marks = torch.quantile(column, torch.tensor([0.05, 0.5, 0.95])).tolist()
    return " · ".join(f"{round(mark, digits) + 0:g}" for mark in marks)


def table(n: int = 20_000) -> str:
    """Every field, its range, and how it is spread over n people: for numbers the 5th, 50th and
    95th of a hundred, for choices the shares."""
    people = sample_people(n, seed=0)
    rows = ["| about | field | range | 5 · 50 · 95 of 100 people, or shares |", "|---|---|---|---|"]
    for group, fields in GROUPS.items():
        for field in fields:
            unit = f", unit {field.unit}" if field.unit and not field.choices else ""
            span = "choice" if field.choices else f"{field.low:g} to {field.high:g}{unit}"
            rows.append(f"| {group} | `{field.name}` | {span} | {_spread(field, people)} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    old = CARD.read_text(encoding="utf-8")
    new = re.sub(f"{START}.*{END}", lambda _: START + table() + END, old, flags=re.DOTALL)
    write_atomic(CARD, new.encode())


if __name__ == "__main__":
    main()
