"""Benchmarks whose rows are kept as they come, and which go on where they were cut off."""

import json

import pytest

from ganlib.core.errors import GanlibError


def never(name, scale, seed):
    raise AssertionError(f"{name} was done already")


def goes_on(play, path, run, killed_at, subject, order):
    """Cut `play(path, run)` off at a setting, let it go on, and return its record; `order` is
    (setting, seed) of all rows."""

    def killed(name, scale, seed):
        if name == killed_at:
            raise GanlibError("the power failed")
        return run(name, scale, seed)

    path.write_text('{"step": {"other": "figures"}}')
    with pytest.raises(GanlibError, match="power failed"):
        play(path, killed)
    kept = json.loads(path.read_text())
    assert kept["step"] == {"other": "figures"}, "what else the file holds stays"
    assert 0 < len(kept[subject]["rows"]) < len(order)
    done = play(path, run)
    assert done == json.loads(path.read_text())[subject]
    assert [(row["setting"], row["seed"]) for row in done["rows"]] == order
    assert play(path, never) == done
    return done


def pictures(path):
    """The names of those that lie beside a record."""
    return {file.name for file in path.with_suffix("").iterdir()}
