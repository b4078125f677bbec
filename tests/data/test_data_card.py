"""The data card says who is drawn: its table is what the command that it names makes."""

import importlib.util
from pathlib import Path

from ganlib.twins import FIELDS

DATA = Path(__file__).parents[2] / "data"


def maker():
    found = importlib.util.spec_from_file_location("make_card", DATA / "make_card.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_table_of_the_card_is_that_of_the_people():
    card = (DATA / "README.md").read_text(encoding="utf-8")
    table = maker().table()
    assert table in card
    assert all(f"`{field.name}`" in table for field in FIELDS)
    assert f"{len(FIELDS)} named numbers" in card
