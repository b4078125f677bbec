"""The book: every lesson, page and module is in it; nightly it is built and looked at.

The nightly part needs the extras `book` and `browser`, npm and a Chromium; it is skipped, visibly,
without them.
"""

import base64
import io
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image
from test_readme import options_of

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "book"
BUILD = runpy.run_path(str(BOOK / "build.py"))
PAGES = sorted(BOOK.rglob("*.md"))
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def toctree(page):
    """The entries of a page's tables of contents, options left out."""
    blocks = re.findall(r"```\{toctree\}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.split() if not line.startswith(":")]


def test_the_settings_are_those_of_this_tree():
    settings = runpy.run_path(str(BOOK / "conf.py"))
    assert settings["nb_execution_mode"] == "off"
    assert f'"{settings["release"]}"' in (ROOT / "ganlib" / "__init__.py").read_text()
    assert "://" not in settings["mathjax_path"]


def test_every_page_and_every_lesson_is_in_a_table_of_contents():
    top = toctree(BOOK / "index.md")
    assert "lessons/*" in top and len(LESSONS) >= 9
    assert {name for name in top if name.isupper()} == set(BUILD["COMMUNITY"])
    found = {BOOK / f"{name}.md" for name in top}
    found |= {BOOK / "api" / f"{name}.md" for name in toctree(BOOK / "api" / "index.md")}
    assert {page for page in PAGES if page != BOOK / "index.md"} <= found


def test_every_module_of_the_core_has_its_place_once():
    shown = [
        name
        for page in PAGES
        for name in re.findall(r"^\.\. automodule:: (.*)$", page.read_text("utf-8"), re.MULTILINE)
    ]
    core = ROOT / "ganlib" / "core"
    files = [path for path in core.rglob("*.py") if path.stem != "__init__"]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    assert sorted(shown) == sorted(names)


def test_every_field_of_a_config_is_explained():
    from ganlib.core import config

    comments = runpy.run_path(str(BOOK / "conf.py"))["field_comments"]
    for cls in (config.AdversarialConfig, config.MixedLoss, config.TrainConfig):
        own = {name for name in vars(cls)["__annotations__"]}
        assert set(comments(cls)) == own
        assert all(len(words) > 5 for words in comments(cls).values())


@pytest.mark.parametrize("path", [*PAGES, *LESSONS], ids=lambda path: path.name)
def test_every_picture_has_words_for_who_does_not_see_it(path):
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        shown = [o.get("data", {}) for c in cells for o in c.get("outputs", [])]
        text += "".join("".join(data.get("text/html", "")) for data in shown)
        assert not any("image/png" in data and "text/html" not in data for data in shown)
    assert all(len(words) >= 10 for words in re.findall(r"!\[([^\]]*)\]\(", text))
    for tag in re.findall(r"<img [^>]*>", text):
        assert re.search(r'alt="[^"]{10,}"', tag), tag[:60]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_links_out_of_the_lessons_lead_to_pages_of_the_book(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    for target in re.findall(r"\]\(\.\./([^)#]*)", text):
        assert target.startswith("book/") and ROOT / target in PAGES, target


COMMANDS = {
    line
    for page in PAGES
    for line in re.findall(
        r"^(ganlib [^#\n]+)", page.read_text("utf-8").replace("\\\n", " "), re.MULTILINE
    )
}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_parses(command):
    assert not isinstance(options_of(shlex.split(command)[1:]), int)


def picture():
    """(the bytes of a PNG of 20 x 10 pixels, the same as an embedded picture)."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10)).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return buffer.getvalue(), f'<img src="data:image/png;base64,{data}" alt="nothing" width="40">'


def test_a_lesson_for_the_book_has_pictures_in_files_and_no_dead_widgets(tmp_path, monkeypatch):
    monkeypatch.setitem(BUILD["as_file"].__globals__, "EXTRA", tmp_path)
    png, tag = picture()
    badge = next(iter(BUILD["BADGES"]))
    outputs = [
        {"output_type": "display_data", "data": {"text/html": [tag], "image/png": "x"}},
        {"output_type": "display_data", "data": {BUILD["WIDGET"]: {}, "text/plain": "dead"}},
    ]
    cells = [
        {"cell_type": "markdown", "source": [f"[![Open]({badge})](there)\n", "more"]},
        {"cell_type": "code", "source": ["1"], "outputs": outputs},
    ]
    (tmp_path / "l.ipynb").write_text(json.dumps({"cells": cells}))
    words, code = json.loads(BUILD["lesson"](tmp_path / "l.ipynb"))["cells"]
    assert badge not in words["source"] and (BOOK / "_static").joinpath("colab.svg").exists()
    (shown,) = code["outputs"]
    (file,) = (tmp_path / "lessons" / "pictures").iterdir()
    assert file.read_bytes() == png and "image/png" not in shown["data"]
    for part in (file.name, 'alt="nothing"', 'width="40" height="20"', 'loading="lazy"'):
        assert part in shown["data"]["text/html"]
    assert 'width="40" ' in shown["data"]["text/html"].replace('height="20"', "")


class Links(HTMLParser):
    """What a page links to or loads, and the places in it that can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.places = [], [], set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        sheet = tag == "link" and given.get("rel") in ("stylesheet", "preload", "icon")
        if source := given.get("href") if sheet else given.get("src"):
            self.loaded.append(source)


@pytest.fixture(scope="module")
def book():
    """The folder of the book, built with every warning an error."""
    for name in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(name, reason="needs the extra book")
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    done = subprocess.run(
        [sys.executable, str(BOOK / "build.py")], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return BUILD["OUT"]


def own_pages(book):
    """Pages of the book itself, without those of the page for browsers."""
    pages = {p: Links(p) for p in sorted(book.rglob("*.html")) if book / "site" not in p.parents}
    assert len(pages) > len(PAGES) + len(LESSONS)
    return pages


@pytest.mark.nightly
def test_every_link_within_the_book_leads_somewhere(book, measured):
    pages, links = own_pages(book), 0
    for path, page in pages.items():
        for link in (*page.links, *page.loaded):
            target = urlsplit(link)
            if target.scheme:
                continue
            there = (path.parent / unquote(target.path)).resolve() if target.path else path
            assert there.exists(), f"{path.relative_to(book)} links to {link}"
            if target.fragment and there.suffix == ".html":
                places = pages[there].places if there in pages else Links(there).places
                assert unquote(target.fragment) in places, f"{path.relative_to(book)}: {link}"
            links += 1
    measured(f"the book: {len(pages)} pages, {links} links within it")


@pytest.mark.nightly
def test_nothing_is_loaded_from_elsewhere(book):
    for path, page in own_pages(book).items():
        found = [link for link in page.loaded if urlsplit(link).scheme not in ("", "data")]
        assert found == [], path.relative_to(book)
    for sheet in book.rglob("*.css"):
        text = sheet.read_text("utf-8")
        assert not re.search(r"(url\(|@import\s+)[\"']?(https?:)?//", text), sheet.name


@pytest.fixture(scope="module")
def browser(book):
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the browser extra")
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser, path, **look):
    """(a page of the book when its formulas are drawn, what it asked the network for)."""
    page, asked = browser.new_page(**look), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    return page, [url for url in asked if not url.startswith(("file:", "data:"))]


LOOKED_AT = ("index.html", "lessons/02_discriminator.html", "api/losses.html")


@pytest.mark.nightly
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_can_be_read_by_everybody(book, browser, name, scheme, measured):
    page, asked = opened(browser, book / name, color_scheme=scheme)
    assert asked == []
    page.add_script_tag(path=BUILD["npm_file"]("axe-core", "4.14.1", "axe.min.js"))
    found = page.evaluate("axe.run()")
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    said = [f"{v['id']}: {node['html'][:200]}" for v in bad for node in v["nodes"]]
    measured(f"{name}, {scheme}: {len(found['passes'])} rules of axe passed, {len(bad)} did not")
    assert said == []
    page.close()


@pytest.mark.nightly
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_is_no_wider_than_a_phone(book, browser, name):
    page, _ = opened(browser, book / name, viewport={"width": 375, "height": 700})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375
    page.close()


@pytest.mark.nightly
def test_formulas_are_drawn_and_words_are_found(book, browser):
    page, _ = opened(browser, book / LOOKED_AT[1])
    formulas = page.locator("div.math mjx-container svg")
    assert formulas.count() >= 7
    assert page.locator("mjx-merror").count() == 0
    page.close()
    page, _ = opened(browser, book / "search.html")
    page.goto((book / "search.html").as_uri() + "?q=calibrated")
    page.wait_for_selector("#search-results li a")
    assert "02" in page.locator("#search-results").inner_text()
    page.close()
