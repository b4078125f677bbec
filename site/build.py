"""Assemble the page in build/site: models as ONNX, onnxruntime-web from npm, and what lies here.

    python site/build.py [--model portrait] [--out build/site]

Any static host can serve the folder, under any path.
"""

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage.data import astronaut

from ganlib import __version__
from ganlib.core.errors import GanlibError
from ganlib.data import aligned, faces, finder
from ganlib.drawing import frame
from ganlib.pipelines.export import export
from ganlib.weights import load_model

HERE = Path(__file__).resolve().parent
PAGES = ("index.html", "style.css", "page.js", "view.js", "drawer.js", "frame.js", "finder.js")
"""Files that are copied as they are, with icon.svg."""
RUNTIME = "onnxruntime-web@1.30.0"
INTEGRITY = (
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJm"
    "g8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)
"""Of the package as npm has it: another one is refused."""
SCRIPT, BINARY = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
"""The WebAssembly runtime: its script, with all that it needs, and its code."""


def fetch_runtime(folder: Path) -> None:
    """The two files of onnxruntime-web, from npm; GanlibError unless the package is the pinned."""
    npm = shutil.which("npm")
    if npm is None:
        raise GanlibError(
            "make site takes onnxruntime-web from npm: install Node.js, which has it."
        )
    with tempfile.TemporaryDirectory() as name:
        done = subprocess.run(
            [npm, "pack", RUNTIME, "--silent"], cwd=name, capture_output=True, text=True
        )
        packages = list(Path(name).glob("*.tgz"))
        if done.returncode or not packages:
            raise GanlibError(f"npm could not fetch {RUNTIME}: {done.stderr.strip() or 'no file'}.")
        data = packages[0].read_bytes()
        found = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        if found != INTEGRITY:
            raise GanlibError(f"{RUNTIME} from npm is not what it was: {found}, not {INTEGRITY}.")
        with tarfile.open(packages[0]) as package:
            for file in (SCRIPT, BINARY):
                member = package.extractfile(f"package/dist/{file}")
                assert member is not None
                (folder / file).write_bytes(member.read())


def numbers_of_frame(size: int) -> dict[str, Any]:
    """What frame.js needs: the numbers of `data.aligned` and `drawing.frame`."""
    # Whether somebody is a man is not known: the mean of both, as in `align`.
    style = frame.PHOTOGRAPHS
    return {
        "size": size,
        "share": aligned.SHARE,
        "pupilsAt": frame.PUPILS_AT,
        "forehead": frame.FOREHEAD,
        "narrowing": style.narrowing * (1 + frame._OF_MEN) / 2,
        "turned": frame._TURNED,
        "mouths": frame._MOUTHS,
        "byMouth": frame._BY_MOUTH,
        "depth": float(np.mean([frame.depth(style, male) for male in (True, False)])),
        "depths": frame._DEPTHS,
        "widths": frame._WIDTHS,
    }


def numbers_of_finder() -> dict[str, Any]:
    """What finder.js needs: the numbers of `data.finder` and `data.faces`."""
    return {
        "window": finder.SIZE,
        "meanFace": [[place.real, place.imag] for place in finder.MEAN_FACE],
        "mirrored": finder.MIRRORED,
        "views": finder.VIEWS,
        "short": faces._SHORT,
        "long": faces._LONG,
        "large": faces._LARGE,
        "small": faces._SMALL,
        "stride": faces._STRIDE,
        "worthALook": faces._WORTH_A_LOOK,
        "most": faces._MOST,
        "each": faces._EACH,
        "found": faces.FOUND,
        "sure": faces.SURE,
    }


def named_by_content(path: Path) -> dict[str, Any]:
    """Rename a file by its bytes, so that a browser never takes an old one for it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    path = path.rename(path.with_name(f"{path.stem}-{digest}{path.suffix}"))
    return {"file": path.name, "bytes": path.stat().st_size}


def assemble(model: str, folder: Path) -> None:
    """Write everything into an empty folder."""
    fetch_runtime(folder)
    drawn = export(model, folder / "portrait.onnx")
    if not drawn.styles:
        raise GanlibError(f"{model} has no styles: the page needs a portrait model.")
    export("finder", folder / "finder.onnx")
    Image.fromarray(astronaut()).save(folder / "example.jpg", quality=90)
    for name in (*PAGES, "icon.svg"):
        shutil.copy(HERE / name, folder)
    settings = {
        "ganlib": __version__,
        "styles": drawn.styles,
        "weights": sum(p.numel() for p in load_model(model)[0].parameters()),
        "runtime": named_by_content(folder / BINARY),
        "model": named_by_content(folder / "portrait.onnx"),
        "finder": named_by_content(folder / "finder.onnx"),
        "example": "example.jpg",
        "frame": numbers_of_frame(drawn.size),
        "find": numbers_of_finder(),
    }
    small = sorted({*PAGES, "icon.svg", "example.jpg", SCRIPT})
    content = [json.dumps(settings), *((folder / name).read_bytes().hex() for name in small)]
    settings["version"] = f"ganlib-{hashlib.sha256(''.join(content).encode()).hexdigest()[:12]}"
    (folder / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    worker = (HERE / "sw.js").read_text(encoding="utf-8")
    files = json.dumps(["./", "settings.json", *small])
    worker = worker.replace("@VERSION@", settings["version"]).replace('["@FILES@"]', files)
    (folder / "sw.js").write_text(worker, encoding="utf-8")


def main() -> int:
    """Build beside the old page, then take its place: it is never half there."""
    parser = argparse.ArgumentParser(description="Assemble the page that draws in the browser.")
    parser.add_argument("--model", default="portrait", help="a shipped model's name, or its file")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "site")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out.parent) as name:
        try:
            folder = Path(name) / "site"
            folder.mkdir()
            assemble(options.model, folder)
        except GanlibError as error:
            print(f"make site: error: {error}", file=sys.stderr)
            return 1
        if options.out.exists():
            shutil.rmtree(options.out)
        folder.rename(options.out)
    size = sum(path.stat().st_size for path in options.out.iterdir()) / 1e6
    print(f"{options.out}: {size:.1f} MB; try it: python -m http.server -d {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
