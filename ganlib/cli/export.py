"""`ganlib export`: a model as an ONNX file, checked against PyTorch."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from ganlib.cli.options import parse
from ganlib.cli.output import Output, require_writable
from ganlib.core.config import require
from ganlib.core.errors import ConfigError
from ganlib.pipelines.export import TOLERANCE, export, require_packages


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to write, and where."""

    model: Annotated[str, tyro.conf.Positional] = field()  # a translator's name or file, or finder
    out: Path = field()  # file to write, .onnx
    size: int = 0  # side of the pictures, pixels; 0: the model's own
    json: str = ""  # write the figures to this file too; - is standard output

    def __post_init__(self) -> None:
        require(self, "size", 0 <= self.size <= 4096, "from 0 to 4096")
        if self.out.suffix != ".onnx" or self.out.is_dir():
            raise ConfigError("out", f"must be a file called something.onnx, not {self.out}.")


def run(words: list[str]) -> int:
    """Write it, and say how it compares with PyTorch."""
    about = "Write a model as ONNX, for programs without PyTorch; it must give the same drawings."
    example = "ganlib export portrait --out portrait.onnx"
    options = parse(Options, words, "ganlib export", about, example)
    require_packages()
    require_writable(options.out.parent)
    output = Output(options.json)
    done = export(options.model, options.out, options.size or None)
    inputs = " and ".join(
        f"{name} (N, {', '.join(map(str, shape))})" for name, shape in done.inputs.items()
    )
    output.say(f"{options.out}: {done.bytes / 1e6:.1f} MB, ONNX, float32, N is free")
    output.say(f"{inputs} → {' and '.join(done.outputs)}")
    if done.styles:
        output.say(f"style: a weight for each of {', '.join(done.styles)}, in this order")
    output.say(f"largest difference from PyTorch: {done.difference:.1e} ({TOLERANCE:.0e} allowed)")
    output.say(f"one picture: PyTorch {done.torch_ms:.1f} ms, onnxruntime {done.onnx_ms:.1f} ms")
    output.write(asdict(done))
    return 0
