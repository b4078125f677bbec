"""A pytest plugin that makes one mistake in the library while it is imported.

`GANLIB_MUTATION=<its name> python -m pytest -p mutate ...`. The function's syntax tree is changed,
not its text, so a mistake survives changes of layout and of what lies around it. No file changes.
"""

import ast
import importlib.machinery
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

Change = Callable[[ast.AST], ast.AST]


class Mutation(NamedTuple):
    mistake: str
    function: str
    """Module (below ganlib), a colon, and the function's name, with its class."""
    change: Change
    caught_by: str


class Rewrite(ast.NodeTransformer):
    """Puts `rule(node)` in the place of every node, from the leaves up; None leaves it alone."""

    def __init__(self, rule: Callable[[Any], ast.AST | None]) -> None:
        self.rule = rule

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        return self.rule(node) or node

    __call__ = visit


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def is_read(node: ast.AST) -> bool:
    """Whether a node is an expression, and not the target of an assignment."""
    return isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def replace(old: str, new: str) -> Change:
    """One expression by another."""
    text = ast.unparse(expression(old))
    return Rewrite(lambda n: expression(new) if is_read(n) and ast.unparse(n) == text else None)


def drop_call(name: str) -> Change:
    """x.name(...) becomes x."""

    def rule(node: ast.AST) -> ast.AST | None:
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        return node.func.value if called and node.func.attr == name else None

    return Rewrite(rule)


def rename(old: str, new: str) -> Change:
    """x.old becomes x.new."""

    def rule(node: ast.AST) -> ast.AST | None:
        named = isinstance(node, ast.Attribute) and node.attr == old
        return ast.Attribute(node.value, new, node.ctx) if named else None

    return Rewrite(rule)


def drop_statement(part: str) -> Change:
    """Every simple statement that contains this text is left out."""
    simple = ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign
    return Rewrite(
        lambda n: ast.Pass() if isinstance(n, simple) and part in ast.unparse(n) else None
    )


def swap(one: str, other: str) -> Change:
    """Two names are read for each other."""
    names = {one: other, other: one}

    def rule(node: ast.AST) -> ast.AST | None:
        known = isinstance(node, ast.Name) and is_read(node) and node.id in names
        return ast.Name(names[node.id], node.ctx) if known else None

    return Rewrite(rule)


def swap_strings(one: str, other: str) -> Change:
    """Two strings, such as a batch's keys, stand for each other."""
    words = {one: other, other: one}

    def rule(node: ast.AST) -> ast.AST | None:
        known = isinstance(node, ast.Constant) and node.value in words
        return ast.Constant(words[node.value]) if known else None

    return Rewrite(rule)


def negate(node: ast.AST) -> ast.AST:
    """What is returned, with its sign turned."""

    def rule(node: ast.AST) -> ast.AST | None:
        given = isinstance(node, ast.Return) and node.value
        return ast.Return(ast.UnaryOp(ast.USub(), node.value)) if given else None

    return Rewrite(rule)(node)


def returns(text: str) -> Change:
    """The function gives this, whatever it computed before."""

    def change(node: ast.AST) -> ast.AST:
        node.body = [ast.Return(expression(text))]  # type: ignore[attr-defined]
        return node

    return change


def mutate(tree: ast.Module, path: str, change: Change) -> None:
    """Change one function of a module's tree; SystemExit if there is nothing to change."""
    owner: Any = tree
    *classes, name = path.split(".")
    for part in classes:
        owner = next(n for n in owner.body if isinstance(n, ast.ClassDef) and n.name == part)
    functions = {n.name: i for i, n in enumerate(owner.body) if isinstance(n, ast.FunctionDef)}
    if name not in functions:
        sys.exit(f"{path} is not there any more: name its new place")
    place = functions[name]
    before = ast.dump(owner.body[place])
    owner.body[place] = change(owner.body[place])
    if ast.dump(owner.body[place]) == before:
        sys.exit(f"{path} has nothing left to change: write this mutation anew")
    ast.fix_missing_locations(tree)


def install(mutation: Mutation) -> None:
    """From now on, the module is imported with its mistake."""
    module, function = mutation.function.split(":")

    class Loader(importlib.machinery.SourceFileLoader):
        def get_code(self, fullname: str) -> Any:
            tree = ast.parse(self.get_data(self.path))
            mutate(tree, function, mutation.change)
            return compile(tree, self.path, "exec")

    class Finder:
        @staticmethod
        def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
            if name != f"ganlib.{module}":
                return None
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            assert spec and spec.origin
            spec.loader = Loader(name, spec.origin)
            return spec

    sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]


if wanted := os.environ.get("GANLIB_MUTATION"):
    from mistakes import MUTATIONS

    install(next(m for m in MUTATIONS if m.mistake == wanted))
