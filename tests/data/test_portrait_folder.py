"""The committed portraits: complete, in range, and consistent with one another."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import REGIONS, mesh
from ganlib.twins import FIELDS

FOLDER = Path(__file__).parents[2] / "data" / "portraits"
NOWHERE = Path("no-such-folder")


@pytest.fixture(scope="module")
def portraits() -> PortraitFolder:
    return PortraitFolder(FOLDER, NOWHERE)


def test_every_portrait_has_points_regions_and_labels(portraits):
    assert len(portraits.names) == 160
    assert sorted(portraits.landmarks) == portraits.names
    assert sorted(path.stem for path in (FOLDER / "regions").iterdir()) == portraits.names
    assert set(portraits.corrections) <= set(portraits.names)


def test_labels_use_the_words_of_the_rendered_people(portraits):
    choices = {field.name: field.choices for field in FIELDS if field.choices}
    for name in portraits.names:
        for key, value in portraits.labels[name].items():
            if key in choices and value:
                assert value in choices[key], (name, key)
        assert portraits.traits(name).sex in ("female", "male")
        assert portraits.traits(name).lid in ("single", "double", "hooded")


def test_regions_agree_with_the_points(portraits):
    """Nose and cheeks are skin; hair, if any, is above the eyes; the frame's top is not cloth."""
    for name in portraits.names:
        regions = np.asarray(Image.open(FOLDER / "regions" / f"{name}.png"))
        assert regions.shape == (512, 512)
        assert regions.max() < len(REGIONS)
        x, y = (portraits.landmarks[name][mesh.NOSE_TIP] / 32767 * 512).astype(int)
        assert REGIONS[regions[y, x]] == "skin", name


def test_one_in_ten_is_held_out(portraits):
    held = [name for name in portraits.names if portraits.held_out(name)]
    assert len(held) == 16
    assert "female_000" in held
    assert "male_070" in held


def test_what_is_missing_is_named(tmp_path, portraits):
    with pytest.raises(GanlibError, match=r"no photograph female_000\.jpg"):
        portraits["female_000"]
    with pytest.raises(GanlibError, match="no portrait called nobody"):
        portraits["nobody"]
    with pytest.raises(GanlibError, match=r"labels\.json is missing"):
        PortraitFolder(tmp_path, NOWHERE)


def test_no_photograph_and_no_long_numbers_are_committed():
    assert {path.suffix for path in FOLDER.rglob("*") if path.is_file()} == {
        ".json",
        ".png",
        ".safetensors",
    }
    for path in (FOLDER / "regions").iterdir():
        with Image.open(path) as picture:
            assert picture.mode == "P"
    json.loads((FOLDER / "corrections.json").read_text("utf-8"))
