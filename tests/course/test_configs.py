"""Configs as lessons handle them."""

import pytest

from ganlib.core.errors import GanlibError
from ganlib.lessons.configs import changed, differences, flat
from ganlib.pipelines.problems import QUICK, CycleGANConfig


def test_a_field_is_changed_in_the_part_that_has_it():
    calm = changed(QUICK, width=32, factor=16, lr_g=3e-4, init="paired", loss="hinge")
    assert (calm.network.width, calm.loss.factor, calm.train.lr_g) == (32, 16, 3e-4)
    assert calm.init == "paired" and calm.loss.loss == "hinge"
    assert set(differences(QUICK, calm)) == {"width", "factor", "lr_g", "init", "loss"}
    assert differences(QUICK, calm)["width"] == (24, 32)


def test_a_field_that_no_part_has_is_named():
    with pytest.raises(GanlibError, match="UnpairedConfig has no widht, pool"):
        changed(QUICK, widht=32, pool=50)


def test_what_only_one_config_has_is_shown_as_a_dash():
    found = differences(QUICK, CycleGANConfig())
    assert found["factor"] == (8, "–") and found["pool"] == ("–", 50)
    assert found["batch"] == (8, 1) and "blocks" not in found
    assert flat(QUICK).keys() >= {"size", "twins", "loss", "images", "init"}
