"""Build the book: python book/build.py [--draft]. It lies in build/book, to be opened or served.

The lessons are taken from notebooks/ with the outputs that are stored there; nothing is executed.
Formulas are drawn by MathJax, which npm brings once, into build/; after that no network is needed.
"""

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from PIL import Image

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
BUILD = ROOT / "build"
SOURCE, OUT, EXTRA = BUILD / "book-source", BUILD / "book", BUILD / "book-extra"
MATHJAX = "mathjax", "3.2.2", "es5/tex-svg-full.js"
COMMUNITY = ("CONTRIBUTING", "CHANGELOG", "CODE_OF_CONDUCT", "SECURITY")
WIDGET = "application/vnd.jupyter.widget-view+json"
EMBEDDED = re.compile(r'<img src="data:image/(\w+);base64,([^"]+)"([^>]*)>')
FORMULA = re.compile(r"\s*^(\$\$.+?\$\$)\s*", re.DOTALL | re.MULTILINE)
BADGES = {
    "https://colab.research.google.com/assets/colab-badge.svg": "colab.svg",
    "https://mybinder.org/badge_logo.svg": "binder.svg",
}
"""Pictures that pages would load from elsewhere -> ours in _static/."""


written: set[Path] = set()


def write(path: Path, data: bytes) -> None:
    """Write what has changed only: Sphinx reads again what is newer."""
    written.add(path)
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def npm_file(package: str, version: str, name: str) -> Path:
    """A file of an npm package, fetched into build/npm once."""
    path = BUILD / "npm" / f"{package}-{version}" / name
    if not path.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit(f"the book needs {package}, which npm brings: install Node.js, then try again")
        folder = BUILD / "npm"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "pack", "--silent", f"{package}@{version}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with tarfile.open(folder / f"{package}-{version}.tgz") as archive:
            (member,) = (m for m in archive if m.name == f"package/{name}")
            write(path, archive.extractfile(member).read())  # type: ignore[union-attr]
    return path


def as_file(match: re.Match[str]) -> str:
    """An embedded picture as a file of its own, which a browser loads when it comes into view."""
    kind, data, rest = match.groups()
    picture = base64.b64decode(data)
    name = f"{hashlib.sha256(picture).hexdigest()[:16]}.{kind}"
    write(EXTRA / "lessons" / "pictures" / name, picture)
    width, height = Image.open(io.BytesIO(picture)).size
    if shown := re.search(r' width="(\d+)"', rest):
        rest = rest.replace(shown[0], "")
        width, height = int(shown[1]), round(height * int(shown[1]) / width)
    size = f'width="{width}" height="{height}"'
    return f'<img src="pictures/{name}" class="figure" loading="lazy" {size}{rest}>'


def lesson(path: Path) -> bytes:
    """A lesson with its pictures in files, our badges, formulas in paragraphs, no dead widgets."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            # Sphinx takes a formula for a displayed one only if it is a paragraph of its own.
            cell["source"] = FORMULA.sub(r"\n\n\1\n\n", cell["source"])
            cell["source"] = cell["source"].replace("](../book/", "](../")  # pages lie one up
        for url, badge in BADGES.items():
            cell["source"] = cell["source"].replace(url, f"../_static/{badge}")
        cell["outputs"] = [o for o in cell.get("outputs", []) if WIDGET not in o.get("data", {})]
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = EMBEDDED.sub(as_file, "".join(data["text/html"]))
                data.pop("image/png", None)  # the same picture, for paper
        if cell["cell_type"] != "code":
            del cell["outputs"]
    return json.dumps(notebook, ensure_ascii=False).encode()


def gather() -> None:
    """Lay the sources of the book in build/: its pages, the lessons, the community's files."""
    for path in BOOK.rglob("*.md"):
        write(SOURCE / path.relative_to(BOOK), path.read_bytes())
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        write(SOURCE / "lessons" / path.name, lesson(path))
    for name in COMMUNITY:
        write(SOURCE / f"{name}.md", (ROOT / f"{name}.md").read_bytes())
    write(SOURCE / "data" / "README.md", (ROOT / "data" / "README.md").read_bytes())
    stored = ROOT / "ganlib" / "lessons" / "results"
    for path in (*(ROOT / "data" / "figures").iterdir(), stored / "unseen.webp"):
        write(SOURCE / "figures" / path.name, path.read_bytes())
    package, version, name = MATHJAX
    script = npm_file(package, version, name)
    write(EXTRA / "_static" / "mathjax" / script.name, script.read_bytes())
    for path in (*SOURCE.rglob("*"), *EXTRA.rglob("*")):
        if path.is_file() and path not in written:
            path.unlink()  # of a lesson or a page that is gone


def main(draft: bool) -> int:
    """Build the book; the exit status. Every warning is an error, unless it is a draft."""
    from sphinx.cmd.build import build_main

    gather()
    shutil.rmtree(OUT / "_modules", ignore_errors=True)  # viewcode misses places that are new
    site = BUILD / "site"
    strict = [] if draft else ["-W", "--keep-going"]
    tags = ["-t", "site"] if site.is_dir() else []
    extra = ["-D", f"html_extra_path={EXTRA}"]
    status = build_main(
        ["-q", "-n", *strict, *tags, *extra, "-c", str(BOOK), str(SOURCE), str(OUT)]
    )
    if tags:
        shutil.copytree(site, OUT / "site", dirs_exist_ok=True)
    if not status:
        print(f"the book is {OUT / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main("--draft" in sys.argv[1:]))
