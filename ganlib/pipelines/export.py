"""Models as ONNX files, for programs that run without PyTorch, such as a page in a browser.

A file is written only if onnxruntime computes from it what PyTorch does. Styles are a second input,
numbers and not names: float32 weights (N, styles), one of them 1, or several for a mixture. That is
what the network itself takes, and the plainest array of JavaScript."""

import logging
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganlib import __version__
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.files import write_atomic
from ganlib.data.finder import SIZE, load_finder
from ganlib.measure.hardware import require_extra
from ganlib.pipelines.stylize import Stylizer

TOLERANCE = 1e-3
"""The most by which an output may differ from PyTorch's; drawings lie in [-1, 1]."""
ROUNDS = 5
"""Pictures that each is timed on, in turn; the median counts."""


@dataclass(frozen=True)
class Exported:
    """What was written, and how it compares."""

    inputs: dict[str, tuple[int, ...]]
    """Name -> shape of one row: the file takes any number of rows."""
    outputs: tuple[str, ...]
    styles: tuple[str, ...]
    """What the weights in "style" are of, in their order; empty for a model without styles."""
    size: int
    bytes: int
    difference: float
    """The largest between PyTorch and onnxruntime, over all outputs."""
    torch_ms: float
    onnx_ms: float
    """For one picture on the CPU, on as many threads as PyTorch has."""


def export(name: Path | str, path: Path, size: int | None = None) -> Exported:
    """Write a model as ONNX: a translator's name or path (`Stylizer.load`), or "finder".

    "photo" (N, 3, size, size) in [-1, 1], and "style" (N, styles) for a model with styles, give
    "drawing" (N, 3, size, size). The finder's "photo" gives "logit" (N,) and "points" (N, 12, 2)
    (`data.finder.Finder`). All are float32; N is free. GanlibError without the packages of the
    extra "onnx", for another kind of model, and if an output differs by more than `TOLERANCE`."""
    require_packages()
    styles: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ("drawing",)
    if name == "finder":
        if size not in (None, SIZE):
            raise ConfigError("size", f"of the finder is {SIZE}, not {size}: leave it out.")
        model: nn.Module = load_finder()
        size, outputs = SIZE, ("logit", "points")
    else:
        stylizer = Stylizer.load(name, device="cpu", precision="fp32", size=size)
        model, styles, size = stylizer.model, tuple(stylizer.styles), stylizer.size
    shapes = {"photo": (3, size, size), **({"style": (len(styles),)} if styles else {})}
    data = _as_onnx(model, shapes, outputs, {"size": str(size), "styles": ",".join(styles)})
    difference, *times = _compare(model, _session(data, outputs), shapes)
    if not difference <= TOLERANCE:  # NaN is refused too
        problem = f"differs from PyTorch's by {difference:.1e}, more than {TOLERANCE:.0e}"
        raise GanlibError(
            f"{path} was not written: onnxruntime's output {problem}; try other versions of torch, "
            "onnxscript and onnxruntime."
        )
    write_atomic(path, data)
    return Exported(shapes, outputs, styles, size, len(data), difference, *times)


def require_packages() -> None:
    """GanlibError without what an export needs beyond the core."""
    require_extra("onnx", "onnx", "onnxscript", "onnxruntime")


def _as_onnx(
    model: nn.Module,
    shapes: dict[str, tuple[int, ...]],
    outputs: tuple[str, ...],
    card: dict[str, str],
) -> bytes:
    rows = torch.export.Dim("rows", min=1, max=4096)
    with warnings.catch_warnings():  # of torch about itself, and about packages beside
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(max(before, logging.WARNING))
        try:
            program = torch.onnx.export(
                model,
                tuple(_examples(shapes, 0)),
                input_names=list(shapes),
                output_names=list(outputs),
                dynamic_shapes=tuple({0: rows} for _ in shapes),
                dynamo=True,
                verbose=False,
            )
        finally:
            logging.disable(before)
    proto: Any = program.model_proto  # type: ignore[union-attr]
    for node in proto.graph.node:  # each says in which file of this machine it was written
        del node.metadata_props[:]
    del proto.metadata_props[:]
    for key, value in {"ganlib": __version__, **card}.items():
        proto.metadata_props.add(key=key, value=value)
    return proto.SerializeToString()


Run = Callable[[list[Tensor]], list[NDArray[np.float32]]]


def _session(data: bytes, outputs: tuple[str, ...]) -> Run:
    """The function that an ONNX file computes, on the CPU."""
    onnxruntime: Any = import_module("onnxruntime")  # here only with the extra
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [about.name for about in session.get_inputs()]

    def run(inputs: list[Tensor]) -> list[NDArray[np.float32]]:
        given = {name: t.numpy() for name, t in zip(names, inputs, strict=True)}
        return session.run(list(outputs), given)

    return run


def _examples(shapes: dict[str, tuple[int, ...]], seed: int) -> list[Tensor]:
    """Three rows of inputs: noise, soft shapes as photographs have, and both; styles are mixed."""
    draws = torch.Generator().manual_seed(seed)
    side = shapes["photo"][-1]
    noise = torch.rand(1, 3, side, side, generator=draws) * 2 - 1
    coarse = torch.rand(1, 3, 6, 6, generator=draws) * 2.4 - 1.2
    soft = interpolate(coarse, (side, side), mode="bicubic").clamp(-1, 1)
    examples = [torch.cat([noise, soft, 0.9 * soft + 0.1 * noise])]
    if "style" in shapes:
        weights = torch.rand(3, *shapes["style"], generator=draws)
        weights[0] = torch.eye(*shapes["style"])[0]
        examples.append(weights / weights.sum(1, keepdim=True))
    return examples


@torch.inference_mode()
def _compare(
    model: nn.Module, run: Run, shapes: dict[str, tuple[int, ...]]
) -> tuple[float, float, float]:
    """(largest difference, median milliseconds for one picture of PyTorch, of onnxruntime): in
    turn, so that a busy machine slows both alike."""
    differences: list[float] = []
    times: list[tuple[float, float]] = []
    for turn in range(ROUNDS + 1):
        inputs = _examples(shapes, turn)
        if turn:  # the first, of three rows, warms up
            inputs = [rows[turn % 3 :][:1] for rows in inputs]
        start = time.perf_counter()
        ours = model(*inputs)
        middle = time.perf_counter()
        theirs = run(inputs)
        times.append((middle - start, time.perf_counter() - middle))
        pairs = zip([ours] if isinstance(ours, Tensor) else ours, theirs, strict=True)
        for one, other in pairs:
            alike = one.shape == other.shape
            differences.append(float(np.abs(one.numpy() - other).max()) if alike else np.inf)
    torch_ms, onnx_ms = np.median(times[1:], 0) * 1000
    return float(np.max(differences)), round(float(torch_ms), 2), round(float(onnx_ms), 2)
