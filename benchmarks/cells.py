"""What lessons define in their cells, for benchmarks and tests that run just that."""

import ast
import contextlib
from typing import Any


def definitions(notebook: Any) -> dict[str, Any]:
    """Names at the top of a lesson (as nbformat reads it), without anything that runs: imports,
    functions, classes, and constants written out. Left out are exercises, and what needs a value
    that was computed."""
    space: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or "exercise" in cell.metadata.get("tags", []):
            continue
        for node in ast.parse(cell.source).body:
            defines = isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
            if defines or (isinstance(node, ast.Assign) and _is_constant(node.value)):
                with contextlib.suppress(NameError):
                    exec(compile(ast.Module([node], []), "<lesson>", "exec"), space)
    return space


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True
