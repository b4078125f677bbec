"""`ganlib models`: every shipped model, with the figures of its card."""

import json

from ganlib.cli.models import FIGURES
from ganlib.weights import FOLDER, shipped


def cards():
    return {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in shipped()}


def test_every_shipped_model_has_a_line_with_its_figures(ganlib):
    done = ganlib("models")
    assert (done.status, done.err) == (0, "")
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    for name, card in cards().items():
        line, held = lines[name], card["held_out"]
        known = [figure for figure in FIGURES if figure in held]
        assert known, name
        assert all(f"{figure} {held[figure]:.2f}" in line for figure in known)
        assert f" {card['settings']['size']} " in line
        assert f"({held.get('twins', held.get('people'))} held-out people)" in line
        assert "?" not in line


def test_the_json_has_the_cards_own_numbers(ganlib):
    done = ganlib("models", "--json", "-")
    assert done.status == 0 and "held-out people" in done.err
    rows, known = {row["name"]: row for row in json.loads(done.out)}, cards()
    assert list(rows) == list(known)
    for name, row in rows.items():
        card = known[name]
        assert row["figures"].items() <= card["held_out"].items()
        assert row["command"] == card["command"] and row["size"] == card["settings"]["size"]
        assert row["bytes"] == (FOLDER / f"{name}.safetensors").stat().st_size
