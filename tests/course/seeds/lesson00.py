"""Lesson 00: the GAN in thirty lines, and the test of what it makes."""

import ast
from functools import cache
from pathlib import Path

import nbformat
import torch
from torch import nn
from torch.nn.functional import softplus

from seeds import Claim

LESSON = Path(__file__).parents[3] / "notebooks" / "00_start_here.ipynb"


def tree_of(name):
    (cell,) = (c for c in nbformat.read(LESSON, as_version=4).cells if c.id == name)
    return ast.parse(cell.source)


@cache
def source():
    """The cell itself, without its seed."""
    tree = tree_of("thirty_code")
    tree.body = [node for node in tree.body if "manual_seed" not in ast.unparse(node)]
    return compile(tree, "thirty_code", "exec")


@cache
def _fills():
    tree, space = tree_of("thirty_score"), {}
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    exec(compile(tree, "thirty_score", "exec"), space)
    return space["fills"]


def fills(points):
    """The lesson's own test: whether numbers (n, 1) fill both humps."""
    return _fills()(points)


def made(seed):
    """What the lesson's cell leaves behind: networks, snapshots, `real_batch`."""
    space = {"torch": torch, "nn": nn, "softplus": softplus}
    torch.manual_seed(seed)
    exec(source(), space)
    return space


def fills_both_humps(seed):
    return fills(made(seed)["snapshots"][3000])


CLAIMS = (Claim("the GAN in thirty lines fills both humps", fills_both_humps),)
